//! The waiting list in the schema.

use super::repo::WaitlistFilter;
use super::service::{Joined, Leaving, NewEntry, Place, Wanted};
use super::{WaitlistEntry, WaitlistEntryId, WaitlistStatus, Window};
use crate::booking::BookingLoad;
use crate::booking::graphql::{BookingContactInput, BookingObject, booker, runner, whose};
use crate::error::BookingErrorCode;
use crate::hold::HoldToken;
use crate::hold::graphql::HoldObject;
use crate::session::SessionLoad;
use crate::session::graphql::GroupSessionObject;
use crate::session::service::party;
use crate::slots::Audience;
use crate::{BookingUserError, Bookings};
use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use catalog::{Catalog, ServiceObject};
use clients::ClientObject;
use gql::{Connection, ConnectionArgs, DateTime, LocalDate, LocalTime, Paging};
use kernel::{CommonCode, Error};
use staff::{MemberObject, Staff};
use tenancy::{LocationObject, Tenancy};

/// An entry of the waiting list.
#[derive(Clone)]
pub struct WaitlistEntryObject(WaitlistEntry);

impl From<WaitlistEntry> for WaitlistEntryObject {
    fn from(entry: WaitlistEntry) -> Self {
        Self(entry)
    }
}

/// Somebody who waits for seats of a full session, or for a visit in hours that are taken.
#[Object(name = "WaitlistEntry")]
impl WaitlistEntryObject {
    /// The entry's id, `wle_…`.
    async fn id(&self) -> ID {
        gql::to_id(self.0.id)
    }

    /// Where it stands.
    async fn status(&self, ctx: &Context<'_>) -> Result<WaitlistStatus> {
        let now = gql::reader(ctx).await?.now();
        let is_over = self.0.status == WaitlistStatus::Waiting && self.0.expires_at <= now;
        Ok(if is_over { WaitlistStatus::Expired } else { self.0.status })
    }

    /// Who waits; null to clients.
    async fn client(&self, ctx: &Context<'_>) -> Result<Option<ClientObject>> {
        if Audience::is_stranger(gql::cx(ctx)?) {
            return Ok(None);
        }
        Ok(gql::load(ctx, self.0.client_id).await?.map(ClientObject::from))
    }

    /// Where.
    async fn location(&self, ctx: &Context<'_>) -> Result<Option<LocationObject>> {
        let locations = ctx.data::<Tenancy>()?.locations(&*gql::reader(ctx).await?).await?;
        Ok(locations.shared(self.0.location_id).map(LocationObject::from))
    }

    /// For what.
    async fn service(&self, ctx: &Context<'_>) -> Result<Option<ServiceObject>> {
        let services = ctx.data::<Catalog>()?.services(&*gql::reader(ctx).await?).await?;
        Ok(services.shared(self.0.service_id).map(ServiceObject::from))
    }

    /// The session whose seats they wait for; null for who waits for a visit.
    async fn group_session(&self, ctx: &Context<'_>) -> Result<Option<GroupSessionObject>> {
        let Some(id) = self.0.session_id else { return Ok(None) };
        Ok(gql::load(ctx, SessionLoad(id)).await?.map(GroupSessionObject::from))
    }

    /// For how many people: seats of a session.
    async fn party_size(&self) -> u16 {
        self.0.party_size
    }

    /// By any of these; empty: by anybody.
    async fn staff(&self, ctx: &Context<'_>) -> Result<Vec<MemberObject>> {
        let members = ctx.data::<Staff>()?.members(&*gql::reader(ctx).await?).await?;
        Ok(self.0.staff_ids.iter().filter_map(|id| members.shared(*id)).map(MemberObject::from).collect())
    }

    /// In any of these hours; empty for seats of a session.
    async fn windows(&self) -> Vec<WaitlistWindow> {
        self.0.windows.iter().copied().map(Into::into).collect()
    }

    /// When waiting ends by itself.
    async fn expires_at(&self) -> DateTime {
        DateTime::from(self.0.expires_at)
    }

    /// The booking that came of it; null to clients, who have its letter.
    async fn booking(&self, ctx: &Context<'_>) -> Result<Option<BookingObject>> {
        let Some(id) = self.0.booking_id.filter(|_| gql::cx(ctx).is_ok_and(|cx| !Audience::is_stranger(cx))) else {
            return Ok(None);
        };
        Ok(gql::load(ctx, BookingLoad(id)).await?.map(BookingObject::from))
    }

    /// Grows with each change.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// When they joined: earlier goes first.
    async fn created_at(&self) -> DateTime {
        DateTime::from(self.0.created_at)
    }
}

impl gql::Node for WaitlistEntryObject {
    type Id = WaitlistEntryId;

    async fn find(ctx: &Context<'_>, id: WaitlistEntryId) -> Result<Self> {
        let (cx, reader) = (runner(ctx)?, gql::reader(ctx).await?);
        Ok(ctx.data::<Bookings>()?.get_entry(cx, &reader, id).await?.into())
    }
}
gql::node!(WaitlistEntryObject);

/// Local hours in which somebody could come.
#[derive(SimpleObject)]
pub struct WaitlistWindow {
    /// First date at the location.
    from: LocalDate,
    /// Last date at the location, itself included.
    to: LocalDate,
    /// No earlier than this time of day.
    starts_at: LocalTime,
    /// Over by this time of the same day.
    ends_at: LocalTime,
}

impl From<Window> for WaitlistWindow {
    fn from(window: Window) -> Self {
        Self {
            from: LocalDate(window.from),
            to: LocalDate(window.to),
            starts_at: LocalTime(window.starts_at),
            ends_at: LocalTime(window.ends_at),
        }
    }
}

/// Local hours in which somebody could come.
#[derive(InputObject)]
struct WaitlistWindowInput {
    /// First date at the location.
    from: LocalDate,
    /// Last date at the location, itself included; at most a year ahead.
    to: LocalDate,
    /// No earlier than this time of day.
    starts_at: LocalTime,
    /// Over by this time of the same day.
    ends_at: LocalTime,
}

/// Somebody who wants to wait: for seats of a session, or for a service in some hours.
#[derive(InputObject)]
struct WaitlistJoinInput {
    /// The session; then no location, service, staff and hours are given.
    group_session_id: Option<ID>,
    /// For how many people, 1 when left out. Only with a session.
    party_size: Option<i32>,
    /// Where; for a visit.
    location_id: Option<ID>,
    /// For what; for a visit.
    service_id: Option<ID>,
    /// By any of these, at most 50; left out: by anybody.
    staff_ids: Option<Vec<ID>>,
    /// In any of these hours, at most 20; for a visit.
    windows: Option<Vec<WaitlistWindowInput>>,
    /// A client's card; for staff.
    client_id: Option<ID>,
    /// Somebody who says who they are.
    client: Option<BookingContactInput>,
    /// The caller's key, at most 64 characters: a repeated request with the same key joins once.
    idempotency_key: String,
}

impl WaitlistJoinInput {
    fn read(&self, caller: kernel::Locale) -> kernel::Result<NewEntry> {
        let required = |field: &'static str| Error::invalid(CommonCode::Required).at(field);
        let whose = whose(self.client_id.as_ref(), self.client.as_ref(), caller)?;
        let wanted = match (&self.group_session_id, &self.location_id, &self.service_id) {
            (Some(session), None, None) if self.windows.is_none() && self.staff_ids.is_none() => {
                Wanted::Seats { session: gql::id(session)?, party: party(self.party_size.unwrap_or(1))? }
            }
            (Some(_), ..) | (None, None, None) => {
                return Err(Error::invalid(BookingErrorCode::SlotAmbiguous).at("groupSessionId"));
            }
            (None, Some(_), Some(_)) if self.party_size.is_some() => return Err(required("groupSessionId")),
            (None, Some(location), Some(service)) => Wanted::Visit {
                location: gql::id(location)?,
                service: gql::id(service)?,
                staff: gql::ids(self.staff_ids.as_deref().unwrap_or_default())?,
                windows: self.windows.iter().flatten().map(WaitlistWindowInput::read).collect(),
            },
            (None, None, _) => return Err(required("locationId")),
            (None, _, None) => return Err(required("serviceId")),
        };
        Ok(NewEntry { wanted, whose, idempotency_key: self.idempotency_key.clone() })
    }
}

impl WaitlistWindowInput {
    fn read(&self) -> Window {
        Window {
            from: self.from.into(),
            to: self.to.into(),
            starts_at: self.starts_at.into(),
            ends_at: self.ends_at.into(),
        }
    }
}

/// Whose place is given up: by its token, or by its id for staff.
#[derive(InputObject)]
struct WaitlistLeaveInput {
    /// The entry; for staff.
    id: Option<ID>,
    /// The token that owns the place; for who waits.
    token: Option<String>,
}

impl WaitlistLeaveInput {
    fn read(&self) -> kernel::Result<Leaving> {
        match (&self.id, &self.token) {
            (Some(id), None) => Ok(Leaving::Entry(gql::id(id)?)),
            (None, Some(token)) => Ok(Leaving::Token(token.clone())),
            (None, None) => Err(Error::invalid(CommonCode::Required).at("token")),
            (Some(_), Some(_)) => Err(Error::invalid(BookingErrorCode::EntryAmbiguous).at("token")),
        }
    }
}

/// What became of a request to wait.
#[derive(SimpleObject)]
pub struct WaitlistJoinPayload {
    /// The place in the list; null when it was refused.
    entry: Option<WaitlistEntryObject>,
    /// The secret that owns the place: it shows it and gives it up. Keep it; it can't be asked for.
    token: Option<String>,
    /// How many go before; null for who waits for a visit, where it depends on what is freed.
    ahead: Option<u64>,
    /// Why it was refused.
    user_errors: Vec<BookingUserError>,
}

gql::payloads! {
    BookingUserError;
    /// What became of a place that was given up.
    WaitlistLeavePayload { entry: WaitlistEntryObject = WaitlistEntry };
}

/// A place in the waiting list as its owner sees it.
#[derive(SimpleObject)]
pub struct WaitlistPlace {
    /// The entry.
    entry: WaitlistEntryObject,
    /// How many go before; null for who waits for a visit, where it depends on what is freed.
    ahead: Option<u64>,
    /// The slot that is held for them now, for 15 minutes; null when there is none.
    offer: Option<HoldObject>,
    /// The secret that books the offered slot (`bookingCreate`) or declines it (`holdRelease`).
    offer_token: Option<String>,
}

/// Which entries are asked for; every field given narrows the list.
#[derive(InputObject, Default)]
struct WaitlistFilterInput {
    /// For seats of this session.
    group_session_id: Option<ID>,
    /// For this service.
    service_id: Option<ID>,
    /// At this location.
    location_id: Option<ID>,
    /// Of this client.
    client_id: Option<ID>,
    /// In any of these states.
    statuses: Option<Vec<WaitlistStatus>>,
}

const STATUSES_MAX: usize = 100;

impl WaitlistFilterInput {
    fn read(self) -> kernel::Result<WaitlistFilter> {
        fn one<I: kernel::Id>(id: Option<ID>) -> kernel::Result<Vec<I>> {
            Ok(id.as_ref().map(gql::id).transpose()?.into_iter().collect())
        }
        let statuses = self.statuses.unwrap_or_default();
        if statuses.len() > STATUSES_MAX {
            return Err(Error::invalid_argument("filter.statuses").with("max", STATUSES_MAX));
        }
        Ok(WaitlistFilter {
            sessions: one(self.group_session_id)?,
            services: one(self.service_id)?,
            locations: one(self.location_id)?,
            clients: one(self.client_id)?,
            statuses,
            ..WaitlistFilter::default()
        })
    }
}

/// Queries about the waiting list.
#[derive(Default)]
pub struct WaitlistQuery;

#[Object]
impl WaitlistQuery {
    /// Who waits, in the order in which they joined. Without the permission bookings.all only for sessions that the caller
    /// holds. Permission: bookings.own.
    async fn waitlist(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<WaitlistFilterInput>,
        #[graphql(desc = "How many of the first; at most 100.")] first: Option<i32>,
        #[graphql(desc = "Only after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many of the last; at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<WaitlistEntryObject>>> {
        let cx = runner(ctx)?;
        let paging = Paging::new(ctx, "waitlist.createdAt", ConnectionArgs { first, after, last, before })?;
        let filter = filter.unwrap_or_default().read()?;
        let reader = gql::reader(ctx).await?;
        let page = ctx.data::<Bookings>()?.list_waitlist(cx, &reader, filter, paging.request()).await?;
        Ok(Some(paging.connection(page, WaitlistEntryObject::from)))
    }

    /// The place that a token owns, with what is offered to it now. Permission:
    /// bookings.book, bookings.own or bookings.all.
    async fn waitlist_place(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token.")] token: String,
    ) -> Result<Option<WaitlistPlace>> {
        let (cx, reader) = (booker(ctx)?, gql::reader(ctx).await?);
        let Place { entry, ahead, offer } = ctx.data::<Bookings>()?.place_in_waitlist(cx, &reader, &token).await?;
        Ok(Some(WaitlistPlace {
            entry: entry.into(),
            ahead,
            offer_token: offer.as_ref().map(|held| HoldToken::reveal(&held.token).to_owned()),
            offer: offer.map(|held| held.hold.into()),
        }))
    }
}

/// Mutations of the waiting list.
#[derive(Default)]
pub struct WaitlistMutation;

#[Object]
impl WaitlistMutation {
    /// Joins the waiting list. A freed seat of a session is booked for whoever waits first, until its list closes; freed
    /// time of a person is held for the first whom it suits, for 15 minutes. Emits waitlist.joined. Permission:
    /// bookings.book, bookings.own or bookings.all.
    async fn waitlist_join(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "For what, and who.")] input: WaitlistJoinInput,
    ) -> Result<Option<WaitlistJoinPayload>> {
        let (cx, bookings) = (booker(ctx)?, ctx.data::<Bookings>()?);
        let joined = match input.read(cx.locale) {
            Ok(new) => bookings.join_waitlist(cx, &new).await,
            Err(error) => Err(error),
        };
        Ok(Some(match gql::settle(ctx, joined)? {
            Ok(Joined { entry, token }) => {
                let ahead = bookings.ahead_of(&*gql::reader(ctx).await?, &entry).await?;
                WaitlistJoinPayload {
                    entry: Some(entry.into()),
                    token: Some(HoldToken::reveal(&token).to_owned()),
                    ahead,
                    user_errors: Vec::new(),
                }
            }
            Err(refusal) => WaitlistJoinPayload { entry: None, token: None, ahead: None, user_errors: refusal.into() },
        }))
    }

    /// Gives a place in the waiting list up; whoever was offered a slot declines it by that, and it goes to the next. Emits
    /// waitlist.left. Permission:
    /// bookings.book, bookings.own or bookings.all.
    async fn waitlist_leave(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose place.")] input: WaitlistLeaveInput,
    ) -> Result<Option<WaitlistLeavePayload>> {
        let (cx, bookings) = (booker(ctx)?, ctx.data::<Bookings>()?);
        let done = match input.read() {
            Ok(leaving) => bookings.leave_waitlist(cx, &leaving).await,
            Err(error) => Err(error),
        };
        gql::answer(ctx, done)
    }
}
