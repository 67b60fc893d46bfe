//! What a card shows. Phones, addresses and notes ask for their own permission and are null without it. Who came here
//! through a booking or a message and may not see cards learns the name alone.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result, SimpleObject};
use gql::{DateTime, LocalDate, LocalTime, Locale, Weekday};

use super::super::loader::VisitsOf;
use super::super::{Block, Client, ClientId, Consent, ContactChannel, Preferences};
use crate::Clients;
use crate::note::NotesOf;
use crate::note::graphql::NoteObject;
use crate::permissions::{CLIENTS_ALL, CLIENTS_CONTACTS, CLIENTS_MANAGE, CLIENTS_NOTES, CLIENTS_OWN};
use crate::ports::Visits;

/// A client's card.
#[derive(Clone)]
pub struct ClientObject(pub(crate) Arc<Client>);

impl From<Client> for ClientObject {
    fn from(client: Client) -> Self {
        Self(Arc::new(client))
    }
}

impl From<Arc<Client>> for ClientObject {
    fn from(client: Arc<Client>) -> Self {
        Self(client)
    }
}

impl ClientObject {
    /// The card, for who may see cards.
    fn card(&self, ctx: &Context<'_>) -> Result<Option<&Client>> {
        let cx = gql::cx(ctx)?;
        Ok((cx.can(CLIENTS_ALL) || cx.can(CLIENTS_OWN)).then_some(&self.0))
    }
}

/// A client of the company. Of the card only the name is shown without the permission clients.own or clients.all.
#[Object(name = "Client")]
impl ClientObject {
    /// The card's id, `cli_…`.
    async fn id(&self) -> ID {
        gql::to_id(self.0.id)
    }

    /// What they are called.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Phones in E.164 form (`+380671234567`), the preferred one first. Null with FORBIDDEN without the permission
    /// clients.contacts.
    async fn phones(&self, ctx: &Context<'_>) -> Result<Option<Vec<&str>>> {
        gql::cx(ctx)?.require(CLIENTS_CONTACTS)?;
        Ok(Some(self.0.phones.iter().map(kernel::Phone::as_str).collect()))
    }

    /// E-mail addresses, the preferred one first. Null with FORBIDDEN without the permission clients.contacts.
    async fn emails(&self, ctx: &Context<'_>) -> Result<Option<Vec<&str>>> {
        gql::cx(ctx)?.require(CLIENTS_CONTACTS)?;
        Ok(Some(self.0.emails.iter().map(kernel::Email::as_str).collect()))
    }

    /// Date of birth.
    async fn birthday(&self, ctx: &Context<'_>) -> Result<Option<LocalDate>> {
        Ok(self.card(ctx)?.and_then(|card| card.birthday).map(LocalDate))
    }

    /// The company's own marks.
    async fn tags(&self, ctx: &Context<'_>) -> Result<&[String]> {
        Ok(self.card(ctx)?.map(|card| card.tags.as_slice()).unwrap_or_default())
    }

    /// Where they heard of the company.
    async fn source(&self, ctx: &Context<'_>) -> Result<Option<&str>> {
        Ok(self.card(ctx)?.and_then(|card| card.source.as_deref()))
    }

    /// The language to write to them in; null: the company's.
    async fn language(&self) -> Option<Locale> {
        self.0.language.map(Locale::from)
    }

    /// What they like.
    async fn preferences(&self, ctx: &Context<'_>) -> Result<PreferencesObject> {
        let preferences = self.card(ctx)?.map(|card| card.preferences.clone()).unwrap_or_default();
        Ok(PreferencesObject::from(&preferences))
    }

    /// Whether they are on the block list and may not book by themselves.
    async fn blocked(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(self.card(ctx)?.is_some_and(Client::is_blocked))
    }

    /// Since when and why they are on the block list. Null with FORBIDDEN without the permission clients.manage.
    async fn block(&self, ctx: &Context<'_>) -> Result<Option<BlockObject>> {
        gql::cx(ctx)?.require(CLIENTS_MANAGE)?;
        Ok(self.0.block.as_ref().map(BlockObject::from))
    }

    /// Their last word about advertising; null: never asked.
    async fn marketing_consent(&self, ctx: &Context<'_>) -> Result<Option<ConsentObject>> {
        Ok(self.card(ctx)?.and_then(|card| card.consent.as_ref()).map(ConsentObject::from))
    }

    /// Private notes: pinned ones first, then the newest; at most 50 (`clientNotes` pages through all). Null with
    /// FORBIDDEN without the permission clients.notes.
    async fn notes(&self, ctx: &Context<'_>) -> Result<Option<Vec<NoteObject>>> {
        gql::cx(ctx)?.require(CLIENTS_NOTES)?;
        let notes = gql::load(ctx, NotesOf(self.0.id)).await?.unwrap_or_default();
        Ok(Some(notes.into_iter().map(NoteObject::from).collect()))
    }

    /// Their visits in numbers. The visits themselves: `bookings(filter: {clientId})`.
    async fn visits(&self, ctx: &Context<'_>) -> Result<VisitsObject> {
        if self.card(ctx)?.is_none() {
            return Ok(Visits::default().into());
        }
        Ok(gql::load(ctx, VisitsOf(self.0.id)).await?.unwrap_or_default().into())
    }

    /// When the card was made.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When the card last changed.
    async fn updated_at(&self) -> DateTime {
        self.0.updated_at.into()
    }

    /// When the card was put away; null while it is in use.
    async fn archived_at(&self) -> Option<DateTime> {
        self.0.archived_at.map(DateTime::from)
    }

    /// Grows with each change; an edit names the one that it is based on.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

gql::ready!(ClientObject:
    id, name, phones, emails, birthday, tags, source, language, blocked, created_at, updated_at, archived_at, version,
);

impl gql::Node for ClientObject {
    type Id = ClientId;

    async fn find(ctx: &Context<'_>, id: ClientId) -> Result<Self> {
        let reader = gql::reader(ctx).await?;
        Ok(ctx.data::<Clients>()?.get(gql::cx(ctx)?, &reader, id).await?.into())
    }
}

gql::node!(ClientObject);

/// What a client likes.
#[derive(SimpleObject)]
#[graphql(name = "ClientPreferences")]
pub(super) struct PreferencesObject {
    /// Staff members they like to come to, the favourite first.
    staff_ids: Vec<ID>,
    /// Days that suit them; empty: any.
    weekdays: Vec<Weekday>,
    /// Times of day that suit them, local to the location; empty: any.
    hours: Vec<HoursObject>,
    /// How they like to be reached; null: nobody asked.
    channel: Option<ContactChannel>,
    /// Anything else.
    note: Option<String>,
}

impl From<&Preferences> for PreferencesObject {
    fn from(preferences: &Preferences) -> Self {
        Self {
            staff_ids: preferences.staff.iter().copied().map(gql::to_id).collect(),
            weekdays: preferences.weekdays.iter().copied().map(Weekday::from).collect(),
            hours: preferences
                .hours
                .iter()
                .map(|hours| HoursObject { start: hours.start.into(), end: hours.end.into() })
                .collect(),
            channel: preferences.channel,
            note: preferences.note.clone(),
        }
    }
}

/// A time of day that suits a client.
#[derive(SimpleObject)]
#[graphql(name = "ClientHours")]
pub(super) struct HoursObject {
    /// From when.
    start: LocalTime,
    /// Until when; at or before the start, it is on the next day.
    end: LocalTime,
}

/// An entry of the block list.
#[derive(SimpleObject)]
#[graphql(name = "ClientBlock")]
pub(super) struct BlockObject {
    /// Since when.
    since: DateTime,
    /// What staff wrote.
    reason: String,
}

impl From<&Block> for BlockObject {
    fn from(block: &Block) -> Self {
        Self { since: block.since.into(), reason: block.reason.clone() }
    }
}

/// A client's word about advertising, as proof.
#[derive(SimpleObject)]
#[graphql(name = "MarketingConsent")]
pub(super) struct ConsentObject {
    /// Whether they agreed.
    given: bool,
    /// When they said so.
    at: DateTime,
    /// The sentence that they were shown.
    wording: String,
}

impl From<&Consent> for ConsentObject {
    fn from(consent: &Consent) -> Self {
        Self { given: consent.given, at: consent.at.into(), wording: consent.wording.clone() }
    }
}

/// How often a client was here. Cancelled, declined and missed visits don't count.
#[derive(SimpleObject)]
#[graphql(name = "ClientVisits")]
pub(super) struct VisitsObject {
    /// Visits that have begun, up to now.
    count: u32,
    /// When the newest of them began.
    last_at: Option<DateTime>,
    /// When the next one begins.
    next_at: Option<DateTime>,
}

impl From<Visits> for VisitsObject {
    fn from(visits: Visits) -> Self {
        Self { count: visits.count, last_at: visits.last.map(DateTime::from), next_at: visits.next.map(DateTime::from) }
    }
}
