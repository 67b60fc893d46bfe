//! What callers may write on a card.

use async_graphql::{ID, InputObject, MaybeUndefined};
use gql::{LocalDate, LocalTime, Locale, Weekday};
use kernel::{Result, WallInterval};

use super::super::{ClientChange, ClientFilter, ContactChannel, NewClient, NewPreferences};

/// Which clients are asked for; every field given narrows the list.
#[derive(InputObject, Default)]
#[graphql(name = "ClientFilterInput")]
pub(super) struct FilterInput {
    /// Part of a name in any case, a phone in any spelling, or an e-mail address. Phones and addresses need the
    /// permission clients.contacts.
    search: Option<String>,
    /// Exactly these cards; at most 100.
    ids: Option<Vec<ID>>,
    /// Cards with every one of these tags; at most 10.
    tags: Option<Vec<String>>,
    /// Only those on the block list, or only those not on it.
    blocked: Option<bool>,
    /// Archived cards instead of live ones; null: both.
    #[graphql(default_with = "Some(false)")]
    archived: Option<bool>,
}

const IDS_MAX: usize = 100;
const TAGS_MAX: usize = 10;

impl FilterInput {
    pub(super) fn read(self) -> Result<ClientFilter> {
        let tags = self.tags.unwrap_or_default();
        if self.ids.as_ref().is_some_and(|ids| ids.len() > IDS_MAX) {
            return Err(kernel::Error::invalid_argument("filter.ids").with("max", IDS_MAX));
        }
        if tags.len() > TAGS_MAX {
            return Err(kernel::Error::invalid_argument("filter.tags").with("max", TAGS_MAX));
        }
        Ok(ClientFilter {
            search: self.search,
            ids: self.ids.map(|ids| gql::ids(&ids)).transpose()?,
            tags,
            blocked: self.blocked,
            archived: self.archived,
        })
    }
}

/// A card to be made.
#[derive(InputObject)]
pub(super) struct ClientCreateInput {
    /// What they are called: 1 to 120 characters.
    name: String,
    /// Phones in any spelling, the preferred one first; at most 10.
    phones: Option<Vec<String>>,
    /// E-mail addresses, the preferred one first; at most 10.
    emails: Option<Vec<String>>,
    /// Date of birth, not in the future.
    birthday: Option<LocalDate>,
    /// The company's own marks: at most 30 of 40 characters.
    tags: Option<Vec<String>>,
    /// Where they heard of the company: at most 80 characters.
    source: Option<String>,
    /// The language to write to them in; null: the company's.
    language: Option<Locale>,
    /// What they like.
    preferences: Option<PreferencesInput>,
    /// What they said about advertising.
    consent: Option<ConsentInput>,
    /// The caller's key, at most 64 characters: a repeated request with the same key makes one card.
    idempotency_key: Option<String>,
}

impl ClientCreateInput {
    pub(super) fn read(self) -> Result<NewClient> {
        Ok(NewClient {
            card: ClientChange {
                name: Some(self.name),
                phones: self.phones,
                emails: self.emails,
                birthday: self.birthday.map(|date| Some(date.0)),
                tags: self.tags,
                source: self.source.map(Some),
                language: self.language.map(|language| Some(language.into())),
                preferences: self.preferences.map(PreferencesInput::read).transpose()?,
            },
            consent: self.consent.map(|consent| (consent.given, consent.wording)),
            idempotency_key: self.idempotency_key,
        })
    }
}

/// What a client said about advertising.
#[derive(InputObject)]
#[graphql(name = "MarketingConsentInput")]
pub(super) struct ConsentInput {
    /// Whether they agreed.
    given: bool,
    /// The sentence that they were shown: at most 1,000 characters.
    wording: String,
}

/// An edit of a card. A field that is left out stays as it is; null empties it.
#[derive(InputObject)]
pub(super) struct ClientUpdateInput {
    /// Whose card.
    pub(super) id: ID,
    /// The version that the edit is based on.
    pub(super) version: i32,
    /// What they are called: 1 to 120 characters.
    name: Option<String>,
    /// All phones, in any spelling, the preferred one first; at most 10.
    phones: Option<Vec<String>>,
    /// All e-mail addresses, the preferred one first; at most 10.
    emails: Option<Vec<String>>,
    /// Date of birth, not in the future.
    birthday: MaybeUndefined<LocalDate>,
    /// All marks: at most 30 of 40 characters.
    tags: Option<Vec<String>>,
    /// Where they heard of the company: at most 80 characters.
    source: MaybeUndefined<String>,
    /// The language to write to them in.
    language: MaybeUndefined<Locale>,
    /// What they like, as a whole.
    preferences: Option<PreferencesInput>,
}

impl ClientUpdateInput {
    pub(super) fn read(self) -> Result<ClientChange> {
        Ok(ClientChange {
            name: self.name,
            phones: self.phones,
            emails: self.emails,
            birthday: given(self.birthday).map(|date| date.map(|date| date.0)),
            tags: self.tags,
            source: given(self.source),
            language: given(self.language).map(|language| language.map(Into::into)),
            preferences: self.preferences.map(PreferencesInput::read).transpose()?,
        })
    }
}

/// None: left out. Some(None): null.
#[allow(clippy::option_option, reason = "left out, null and given are three answers")]
fn given<T>(value: MaybeUndefined<T>) -> Option<Option<T>> {
    match value {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(value) => Some(Some(value)),
    }
}

/// What a client likes.
#[derive(InputObject)]
#[graphql(name = "ClientPreferencesInput")]
pub(super) struct PreferencesInput {
    /// Staff members they like to come to, the favourite first; at most 20.
    staff_ids: Option<Vec<ID>>,
    /// Days that suit them; empty: any.
    weekdays: Option<Vec<Weekday>>,
    /// Times of day that suit them; at most 7, empty: any.
    hours: Option<Vec<HoursInput>>,
    /// How they like to be reached.
    channel: Option<ContactChannel>,
    /// Anything else: at most 1,000 characters.
    note: Option<String>,
}

impl PreferencesInput {
    fn read(self) -> Result<NewPreferences> {
        Ok(NewPreferences {
            staff: gql::ids(&self.staff_ids.unwrap_or_default())?,
            weekdays: self.weekdays.unwrap_or_default().into_iter().map(Into::into).collect(),
            hours: self.hours.unwrap_or_default().into_iter().map(HoursInput::read).collect(),
            channel: self.channel,
            note: self.note,
        })
    }
}

/// A time of day that suits a client.
#[derive(InputObject)]
#[graphql(name = "ClientHoursInput")]
pub(super) struct HoursInput {
    /// From when.
    start: LocalTime,
    /// Until when; at or before the start, it is on the next day.
    end: LocalTime,
}

impl HoursInput {
    fn read(self) -> WallInterval {
        WallInterval { start: self.start.into(), end: self.end.into() }
    }
}

/// Declares inputs that ask for no more than the card, as the caller has seen it.
macro_rules! card_inputs {
    ($($(#[$meta:meta])+ $name:ident;)+) => {$(
        $(#[$meta])+
        #[derive(InputObject)]
        pub(super) struct $name {
            /// Whose card.
            pub(super) id: ID,
            /// The version that the caller has seen.
            pub(super) version: i32,
        }
    )+};
}

card_inputs! {
    /// A card to be put away.
    ClientArchiveInput;
    /// An archived card to be brought back.
    ClientRestoreInput;
    /// A client to be taken off the block list.
    ClientUnblockInput;
}

/// A client to be put onto the block list.
#[derive(InputObject)]
pub(super) struct ClientBlockInput {
    /// Whose card.
    pub(super) id: ID,
    /// The version that the caller has seen.
    pub(super) version: i32,
    /// Why: 1 to 500 characters. The client never sees it.
    pub(super) reason: String,
}

/// What a client said about advertising.
#[derive(InputObject)]
pub(super) struct ClientConsentSetInput {
    /// Whose card.
    pub(super) id: ID,
    /// The version that the caller has seen.
    pub(super) version: i32,
    /// Whether they agreed.
    pub(super) given: bool,
    /// The sentence that they were shown: at most 1,000 characters.
    pub(super) wording: String,
}
