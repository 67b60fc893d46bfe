//! Busy calendars in the schema.

#![allow(clippy::doc_markdown, reason = "names of permissions stand bare at the end of descriptions, as everywhere")]

use super::{BusyCalendar, BusyCalendarFault, BusyCalendarId, BusyCalendarSource, ImportDraft, SubscribeDraft};
use crate::Staff;
use crate::error::StaffUserError;
use crate::graphql::{caller, member};
use crate::member::graphql::MemberObject;
use crate::permissions::{BUSY_CALENDARS_ALL, BUSY_CALENDARS_OWN};
use async_graphql::{Context, ID, InputObject, Object, Result};
use gql::DateTime;
use tenancy::ports::AffectedBooking;

/// A calendar of busy time.
#[derive(Clone, Debug)]
pub struct BusyCalendarObject(BusyCalendar);

impl From<BusyCalendar> for BusyCalendarObject {
    fn from(calendar: BusyCalendar) -> Self {
        Self(calendar)
    }
}

/// A calendar of another program in which a staff member is busy: what it holds keeps bookings away. Of its entries only
/// the times are kept, never what they are about.
#[Object(name = "BusyCalendar")]
impl BusyCalendarObject {
    /// The calendar's id, `bcl_…`.
    async fn id(&self) -> ID {
        gql::to_id(self.0.id)
    }

    /// Whose it is.
    async fn staff_member(&self, ctx: &Context<'_>) -> Result<MemberObject> {
        member(ctx, self.0.staff_id).await
    }

    /// What people call it.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Where it comes from.
    async fn source(&self) -> BusyCalendarSource {
        self.0.source
    }

    /// The host of a subscription's address. The address itself is a secret and is shown to nobody.
    async fn host(&self) -> Option<&str> {
        self.0.host.as_deref()
    }

    /// How many stretches of busy time count, from yesterday to two years ahead of when it was read; what overlaps or
    /// touches is one.
    async fn range_count(&self) -> i32 {
        self.0.range_count
    }

    /// How many entries could not be read, or repeat by a rule that is not supported: of those the first date alone counts.
    async fn unread_count(&self) -> i32 {
        self.0.unread_count
    }

    /// When what counts was read.
    async fn read_at(&self, ctx: &Context<'_>) -> Result<DateTime> {
        local_time(ctx, self.0.read_at).await
    }

    /// When a subscription's address last gave the calendar, changed or not.
    async fn last_fetched_at(&self, ctx: &Context<'_>) -> Result<Option<DateTime>> {
        optional(ctx, self.0.fetched_at).await
    }

    /// Why a subscription could not be read the last time; null when it could. What was read before goes on to count.
    async fn last_fault(&self) -> Option<BusyCalendarFault> {
        self.0.fault
    }

    /// When a subscription is read next: every 15 minutes, after failures less and less often, but daily.
    async fn next_fetch_at(&self, ctx: &Context<'_>) -> Result<Option<DateTime>> {
        optional(ctx, self.0.next_fetch_at).await
    }

    /// Whether it was taken away: it counts no more.
    async fn removed(&self) -> bool {
        self.0.removed_at.is_some()
    }

    /// Grows with each change that a person makes; a change names the one that it is based on.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

async fn optional(ctx: &Context<'_>, instant: Option<chrono::DateTime<chrono::Utc>>) -> Result<Option<DateTime>> {
    match instant {
        Some(instant) => local_time(ctx, instant).await.map(Some),
        None => Ok(None),
    }
}

/// It belongs to no location: it is told by the clocks of the company.
async fn local_time(ctx: &Context<'_>, instant: chrono::DateTime<chrono::Utc>) -> Result<DateTime> {
    let settings = ctx.data::<Staff>()?.tenancy.settings(&*gql::reader(ctx).await?).await?;
    Ok(DateTime::at(instant, settings.zone))
}

impl gql::Node for BusyCalendarObject {
    type Id = BusyCalendarId;

    async fn find(ctx: &Context<'_>, id: BusyCalendarId) -> Result<Self> {
        let reader = gql::reader(ctx).await?;
        Ok(ctx.data::<Staff>()?.get_busy_calendar(gql::cx(ctx)?, &reader, id).await?.into())
    }
}

gql::node!(BusyCalendarObject);

/// Queries about busy calendars.
#[derive(Default)]
pub struct BusyCalendarQuery;

#[Object]
impl BusyCalendarQuery {
    /// The busy calendars of a staff member, in the order in which they were brought in, at most 5: one's own, with
    /// `busy_calendars.all` anybody's. Permission: busy_calendars.own.
    async fn busy_calendars(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose.")] staff_id: ID,
    ) -> Result<Option<Vec<BusyCalendarObject>>> {
        let cx = caller(ctx, &[BUSY_CALENDARS_ALL, BUSY_CALENDARS_OWN])?;
        let reader = gql::reader(ctx).await?;
        let calendars = ctx.data::<Staff>()?.list_busy_calendars(cx, &reader, gql::id(&staff_id)?).await?;
        Ok(Some(calendars.into_iter().map(BusyCalendarObject::from).collect()))
    }
}

/// A calendar to be uploaded.
#[derive(InputObject)]
struct BusyCalendarImportInput {
    /// Whose it is. Without `busy_calendars.all` only oneself.
    staff_id: ID,
    /// What people call it: 1 to 60 characters. An upload of this name that the person has already is replaced.
    name: String,
    /// The iCalendar text (RFC 5545): at most 1,000,000 bytes.
    text: String,
    /// The caller's key, at most 64 characters: a repeated request with the same key uploads once.
    idempotency_key: Option<String>,
    /// Whether this is only a preview: the same answer, and nothing is written; the id is then nobody's.
    #[graphql(default)]
    dry_run: bool,
}

/// A calendar to be read from an address.
#[derive(InputObject)]
struct BusyCalendarSubscribeInput {
    /// Whose it is. Without `busy_calendars.all` only oneself.
    staff_id: ID,
    /// What people call it: 1 to 60 characters, another name than the person's other calendars have.
    name: String,
    /// Its address, `https` or `webcal`, on the public internet: at most 2,000 bytes, without user and password. The
    /// calendar has at most 4 MiB.
    url: String,
    /// The caller's key, at most 64 characters: a repeated request with the same key subscribes once.
    idempotency_key: Option<String>,
    /// Whether this is only a preview: the address is asked, the answer is the same, and nothing is written; the id is then
    /// nobody's.
    #[graphql(default)]
    dry_run: bool,
}

/// A subscription to be read now.
#[derive(InputObject)]
struct BusyCalendarRefreshInput {
    /// Which.
    id: ID,
}

/// A calendar to be taken away.
#[derive(InputObject)]
struct BusyCalendarRemoveInput {
    /// Which.
    id: ID,
    /// The version that the caller has seen.
    version: i32,
}

gql::payloads! {
    StaffUserError;
    /// What became of an upload.
    BusyCalendarImportPayload { busy_calendar: BusyCalendarObject = BusyCalendar, affected_bookings: [AffectedBooking] };
    /// What became of a subscription.
    BusyCalendarSubscribePayload { busy_calendar: BusyCalendarObject = BusyCalendar, affected_bookings: [AffectedBooking] };
    /// What became of reading a subscription; `lastFault` of the calendar says what went wrong.
    BusyCalendarRefreshPayload { busy_calendar: BusyCalendarObject = BusyCalendar, affected_bookings: [AffectedBooking] };
    /// What became of taking a calendar away.
    BusyCalendarRemovePayload { busy_calendar: BusyCalendarObject = BusyCalendar } or current: BusyCalendar;
}

/// Changes of busy calendars.
#[derive(Default)]
pub struct BusyCalendarMutation;

#[Object]
impl BusyCalendarMutation {
    /// Uploads a calendar in which a staff member is busy, or uploads it anew: what it holds from yesterday to two years
    /// ahead keeps bookings away from then on. It cancels no booking: the answer lists those that busy time stands
    /// against. Emits `busy_calendar.changed`. Permission: busy_calendars.own.
    async fn busy_calendar_import(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The calendar.")] input: BusyCalendarImportInput,
    ) -> Result<Option<BusyCalendarImportPayload>> {
        let cx = caller(ctx, &[BUSY_CALENDARS_ALL, BUSY_CALENDARS_OWN])?;
        let draft = ImportDraft { staff_id: gql::id(&input.staff_id)?, name: input.name, text: input.text };
        let key = input.idempotency_key.as_deref();
        gql::answer(ctx, ctx.data::<Staff>()?.import_busy_calendar(cx, draft, key, input.dry_run).await)
    }

    /// Reads the calendar at an address, at once and then every 15 minutes, as one in which a staff member is busy. It
    /// cancels no booking: the answer lists those that busy time stands against. Emits `busy_calendar.changed`.
    /// Permission: busy_calendars.own.
    async fn busy_calendar_subscribe(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The calendar.")] input: BusyCalendarSubscribeInput,
    ) -> Result<Option<BusyCalendarSubscribePayload>> {
        let cx = caller(ctx, &[BUSY_CALENDARS_ALL, BUSY_CALENDARS_OWN])?;
        let draft = SubscribeDraft { staff_id: gql::id(&input.staff_id)?, name: input.name, url: input.url };
        let key = input.idempotency_key.as_deref();
        gql::answer(ctx, Box::pin(ctx.data::<Staff>()?.subscribe_busy_calendar(cx, draft, key, input.dry_run)).await)
    }

    /// Reads a subscription now. When its address gives no calendar, `lastFault` says why, and what was read before goes on
    /// to count. The answer lists the bookings that busy time stands against. Emits `busy_calendar.changed`.
    /// Permission: busy_calendars.own.
    async fn busy_calendar_refresh(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: BusyCalendarRefreshInput,
    ) -> Result<Option<BusyCalendarRefreshPayload>> {
        let (cx, id) = (caller(ctx, &[BUSY_CALENDARS_ALL, BUSY_CALENDARS_OWN])?, gql::id(&input.id)?);
        gql::answer(ctx, Box::pin(ctx.data::<Staff>()?.refresh_busy_calendar(cx, id)).await)
    }

    /// Takes a calendar away: its time is free again, and neither its address nor what was read of it is kept. Emits
    /// `busy_calendar.changed`. Permission: busy_calendars.own.
    async fn busy_calendar_remove(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: BusyCalendarRemoveInput,
    ) -> Result<Option<BusyCalendarRemovePayload>> {
        let (cx, id) = (caller(ctx, &[BUSY_CALENDARS_ALL, BUSY_CALENDARS_OWN])?, gql::id(&input.id)?);
        gql::answer(ctx, ctx.data::<Staff>()?.remove_busy_calendar(cx, id, input.version).await)
    }
}
