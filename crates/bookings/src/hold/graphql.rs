//! Holds in the schema.

use super::service::{Held, NewHold};
use super::{Hold, HoldToken, State};
use crate::booking::graphql::{LineObject, LineWishInput, booker, overrides, wish};
use crate::error::{BookingErrorCode, told_to};
use crate::rules::ScheduleRule;
use crate::session::SessionLoad;
use crate::session::graphql::GroupSessionObject;
use crate::slots::AvailabilityQuery;
use crate::slots::graphql::{AvailableSlot, other_times};
use crate::{BookingUserError, Bookings};
use async_graphql::{ComplexObject, Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use chrono::Utc;
use gql::{DateTime, LocalDate, TimeZone};
use tenancy::{LocationObject, Tenancy};

/// A hold.
#[derive(Clone)]
pub struct HoldObject(Hold);

impl From<Hold> for HoldObject {
    fn from(hold: Hold) -> Self {
        Self(hold)
    }
}

/// A slot kept for a few minutes for whoever has its token.
#[Object(name = "Hold")]
impl HoldObject {
    /// The hold's id, `hld_…`.
    async fn id(&self) -> ID {
        gql::to_id(self.0.id)
    }

    /// Where it stands.
    async fn state(&self, ctx: &Context<'_>) -> Result<HoldState> {
        let now = gql::reader(ctx).await?.now();
        Ok(match self.0.state {
            State::Live if now < self.0.expires_at => HoldState::Live,
            State::Live | State::Expired => HoldState::Expired,
            State::Consumed => HoldState::Booked,
            State::Released => HoldState::Released,
        })
    }

    /// When it ends by itself.
    async fn expires_at(&self) -> DateTime {
        DateTime::at(self.0.expires_at, self.0.zone)
    }

    /// Whether it was extended; once is all.
    async fn extended(&self) -> bool {
        self.0.extended
    }

    /// The branch.
    async fn location(&self, ctx: &Context<'_>) -> Result<Option<LocationObject>> {
        let locations = ctx.data::<Tenancy>()?.locations(&*gql::reader(ctx).await?).await?;
        Ok(locations.shared(self.0.location_id).map(LocationObject::from))
    }

    /// When the first service would start.
    async fn starts_at(&self) -> DateTime {
        DateTime::at(self.0.starts_at, self.0.zone)
    }

    /// When the last service would end.
    async fn ends_at(&self) -> DateTime {
        DateTime::at(self.0.ends_at, self.0.zone)
    }

    /// The location's zone.
    async fn time_zone(&self) -> TimeZone {
        TimeZone(self.0.zone)
    }

    /// The date at the location.
    async fn local_date(&self) -> LocalDate {
        LocalDate(self.0.local_date)
    }

    /// The session that it keeps seats of; null for a visit of its own.
    async fn group_session(&self, ctx: &Context<'_>) -> Result<Option<GroupSessionObject>> {
        let Some(id) = self.0.session_id else { return Ok(None) };
        Ok(gql::load(ctx, SessionLoad(id)).await?.map(GroupSessionObject::from))
    }

    /// For how many people: the seats of a session that it keeps; 1 for a visit of its own.
    async fn party_size(&self) -> u16 {
        self.0.party_size
    }

    /// The services in order, with the people and units that are kept for them.
    async fn lines(&self) -> Vec<LineObject> {
        let object = |line| LineObject::alone(line, self.0.zone, self.0.currency);
        self.0.lines.iter().map(object).collect()
    }
}

/// Where a hold stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub enum HoldState {
    /// It keeps its slot.
    Live,
    /// It became a booking.
    Booked,
    /// It was given back.
    Released,
    /// It ran out.
    Expired,
}

/// A slot to be held.
#[derive(InputObject)]
pub(super) struct HoldCreateInput {
    /// The branch.
    location_id: ID,
    /// When the first service would start.
    starts_at: DateTime,
    /// The services in order, one after another; at most 10.
    lines: Vec<LineWishInput>,
    /// The client's card, when staff know it already.
    client_id: Option<ID>,
    /// Rules to set aside, each by name. Needs the permission bookings.override.
    overrides: Option<Vec<ScheduleRule>>,
    /// The caller's key, at most 64 characters: a repeated request with the same key holds once.
    idempotency_key: String,
}

impl HoldCreateInput {
    fn read(&self) -> kernel::Result<NewHold> {
        Ok(NewHold {
            wish: wish(&self.location_id, &self.lines)?,
            starts_at: self.starts_at.utc(),
            client: self.client_id.as_ref().map(gql::id).transpose()?,
            overrides: overrides(self.overrides.clone()),
            idempotency_key: self.idempotency_key.clone(),
        })
    }
}

/// A hold to be given back.
#[derive(InputObject)]
pub(super) struct HoldReleaseInput {
    /// Its token.
    token: String,
}

/// A hold to be extended.
#[derive(InputObject)]
pub(super) struct HoldExtendInput {
    /// Its token.
    token: String,
    /// The caller's key, at most 64 characters: a repeated request with the same key extends once.
    idempotency_key: String,
}

/// What became of a request to hold a slot.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct HoldCreatePayload {
    /// The hold; null when it was refused.
    hold: Option<HoldObject>,
    /// The secret that owns the hold: it books it, or gives it back. Keep it; it can't be asked for.
    token: Option<String>,
    /// Why it was refused.
    user_errors: Vec<BookingUserError>,
    #[graphql(skip)]
    asked: Option<(AvailabilityQuery, chrono::DateTime<Utc>)>,
}

/// What became of a request to hold a slot.
#[ComplexObject]
impl HoldCreatePayload {
    /// After `SLOT_TAKEN`: the nearest other times for the same visit, at most five. Looked for only when selected.
    async fn alternatives(&self, ctx: &Context<'_>) -> Result<Vec<AvailableSlot>> {
        other_times(ctx, self.asked.as_ref()).await
    }
}

gql::payloads! {
    BookingUserError;
    /// What became of a hold that was given back.
    HoldReleasePayload { hold: HoldObject = Hold };
    /// What became of a hold that was to be extended.
    HoldExtendPayload { hold: HoldObject = Hold };
}

/// Queries about holds.
#[derive(Default)]
pub struct HoldQuery;

#[Object]
impl HoldQuery {
    /// The hold that a token owns. Permission:
    /// bookings.book, bookings.own or bookings.all.
    async fn hold(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token.")] token: String,
    ) -> Result<Option<HoldObject>> {
        let (cx, reader) = (booker(ctx)?, gql::reader(ctx).await?);
        Ok(Some(HoldObject(ctx.data::<Bookings>()?.find_hold(cx, &reader, &token).await?)))
    }
}

/// Mutations of holds.
#[derive(Default)]
pub struct HoldMutation;

#[Object]
impl HoldMutation {
    /// Keeps a slot for a few minutes. It is hidden from everybody but the owner of the token. A client has at most five at
    /// once, and so has a client's card; what strangers hold of one company at once is bounded too. Emits hold.created. Permission:
    /// bookings.book, bookings.own or bookings.all.
    async fn hold_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The slot.")] input: HoldCreateInput,
    ) -> Result<Option<HoldCreatePayload>> {
        let cx = booker(ctx)?;
        let new = input.read()?;
        let asked = AvailabilityQuery {
            wish: new.wish.clone(),
            hold: None,
            moving: None,
            as_agreed: None,
            client: new.client,
            overrides: Vec::new(),
        };
        let starts_at = new.starts_at;
        let held = ctx.data::<Bookings>()?.hold(cx, new).await.map_err(|error| told_to(cx, error));
        Ok(Some(match gql::settle(ctx, held)? {
            Ok(Held { hold, token }) => HoldCreatePayload {
                hold: Some(HoldObject(hold)),
                token: Some(HoldToken::reveal(&token).to_owned()),
                user_errors: Vec::new(),
                asked: None,
            },
            Err(refusal) => HoldCreatePayload {
                hold: None,
                token: None,
                asked: refusal.has(BookingErrorCode::SlotTaken).then_some((asked, starts_at)),
                user_errors: refusal.into(),
            },
        }))
    }

    /// Keeps a held slot longer by the company's `holdExtensionMinutes`, once: when a payment starts. Emits hold.extended.
    /// Permission:
    /// bookings.book, bookings.own or bookings.all.
    async fn hold_extend(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: HoldExtendInput,
    ) -> Result<Option<HoldExtendPayload>> {
        let cx = booker(ctx)?;
        let done = ctx.data::<Bookings>()?.extend_hold(cx, &input.token, &input.idempotency_key).await;
        gql::answer(ctx, done)
    }

    /// Gives a held slot back; twice is once. Emits hold.released. Permission:
    /// bookings.book, bookings.own or bookings.all.
    async fn hold_release(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: HoldReleaseInput,
    ) -> Result<Option<HoldReleasePayload>> {
        let done = ctx.data::<Bookings>()?.release_hold(booker(ctx)?, &input.token).await;
        gql::answer(ctx, done)
    }
}
