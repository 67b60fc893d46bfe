//! Time off in the schema.

#![allow(clippy::doc_markdown, reason = "names of permissions stand bare at the end of descriptions, as everywhere")]

use super::{TimeOff, TimeOffDraft, TimeOffFilter, TimeOffId, TimeOffStatus};
use crate::Staff;
use crate::error::StaffUserError;
use crate::graphql::{caller, member};
use crate::member::graphql::MemberObject;
use crate::permissions::{TIME_OFF_ALL, TIME_OFF_OWN};
use async_graphql::{Context, ID, InputObject, Object, Result};
use gql::{Connection, ConnectionArgs, DateTime, Paging};
use kernel::Error;
use tenancy::ports::AffectedBooking;

/// A time off.
#[derive(Clone, Debug)]
pub struct TimeOffObject(TimeOff);

impl From<TimeOff> for TimeOffObject {
    fn from(off: TimeOff) -> Self {
        Self(off)
    }
}

/// A time in which somebody is away from all locations, once it is approved.
#[Object(name = "TimeOff")]
impl TimeOffObject {
    /// The time off's id, `abs_…`.
    async fn id(&self) -> ID {
        gql::to_id(self.0.id)
    }

    /// Who is away.
    async fn staff_member(&self, ctx: &Context<'_>) -> Result<MemberObject> {
        member(ctx, self.0.staff_id).await
    }

    /// When it starts.
    async fn starts_at(&self, ctx: &Context<'_>) -> Result<DateTime> {
        local_time(ctx, self.0.range.from).await
    }

    /// When it ends: the first instant at which they are back.
    async fn ends_at(&self, ctx: &Context<'_>) -> Result<DateTime> {
        local_time(ctx, self.0.range.to).await
    }

    /// Why; may be empty.
    async fn reason(&self) -> &str {
        &self.0.reason
    }

    /// Only an approved one keeps bookings away.
    async fn status(&self) -> TimeOffStatus {
        self.0.status
    }

    /// Grows with each change; a change names the one that it is based on.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// Time off belongs to no location: it is told by the clocks of the company.
async fn local_time(ctx: &Context<'_>, instant: chrono::DateTime<chrono::Utc>) -> Result<DateTime> {
    let settings = ctx.data::<Staff>()?.tenancy.settings(&*gql::reader(ctx).await?).await?;
    Ok(DateTime::at(instant, settings.zone))
}

impl gql::Node for TimeOffObject {
    type Id = TimeOffId;

    async fn find(ctx: &Context<'_>, id: TimeOffId) -> Result<Self> {
        let reader = gql::reader(ctx).await?;
        Ok(ctx.data::<Staff>()?.get_time_off(gql::cx(ctx)?, &reader, id).await?.into())
    }
}

gql::node!(TimeOffObject);

/// Which time off to list. What is left out does not matter.
#[derive(Default, InputObject)]
struct TimeOffFilterInput {
    /// That of these people.
    staff_ids: Option<Vec<ID>>,
    /// That in these statuses.
    statuses: Option<Vec<TimeOffStatus>>,
    /// That which has not ended at this instant.
    from: Option<DateTime>,
    /// That which starts before this instant.
    to: Option<DateTime>,
}

/// The most entries in one list of a filter.
const FILTER_MAX: usize = 200;

/// Queries about time off.
#[derive(Default)]
pub struct TimeOffQuery;

#[Object]
impl TimeOffQuery {
    /// Time off by start: everybody's with `time_off.all`, else one's own. Permission: time_off.own.
    async fn time_off(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which time off; left out: all.")] filter: Option<TimeOffFilterInput>,
        #[graphql(desc = "How many of the first ones; 1 to 100, 50 when left out.")] first: Option<i32>,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many of the last ones; 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<TimeOffObject>>> {
        let cx = caller(ctx, &[TIME_OFF_ALL, TIME_OFF_OWN])?;
        let paging = Paging::new(ctx, "timeOff.startsAt.asc", ConnectionArgs { first, after, last, before })?;
        let filter = filter.unwrap_or_default();
        if filter.staff_ids.as_ref().is_some_and(|ids| ids.len() > FILTER_MAX) {
            return Err(Error::invalid_argument("filter.staffIds").with("max", FILTER_MAX).into());
        }
        if filter.statuses.as_ref().is_some_and(|statuses| statuses.len() > FILTER_MAX) {
            return Err(Error::invalid_argument("filter.statuses").with("max", FILTER_MAX).into());
        }
        let filter = TimeOffFilter {
            staff_ids: filter.staff_ids.as_deref().map(gql::ids).transpose()?,
            statuses: filter.statuses,
            from: filter.from.map(DateTime::utc),
            to: filter.to.map(DateTime::utc),
        };
        let reader = gql::reader(ctx).await?;
        let page = ctx.data::<Staff>()?.list_time_off(cx, &reader, &filter, paging.request()).await?;
        Ok(Some(paging.connection(page, TimeOffObject::from)))
    }
}

/// Time off to be asked for.
#[derive(InputObject)]
struct TimeOffRequestInput {
    /// Who is away. Without `time_off.all` only oneself.
    staff_id: ID,
    /// When it starts, in whole minutes.
    starts_at: DateTime,
    /// When it ends, in whole minutes: after the start, in the future, at most two years later.
    ends_at: DateTime,
    /// Why: at most 500 characters.
    #[graphql(default)]
    reason: String,
    /// The caller's key, at most 64 characters: a repeated request with the same key asks once.
    idempotency_key: Option<String>,
    /// Whether this is only a preview: the same answer, and nothing is written; the id is then nobody's.
    #[graphql(default)]
    dry_run: bool,
}

/// A request to be granted.
#[derive(InputObject)]
struct TimeOffApproveInput {
    /// Which.
    id: ID,
    /// The version that the caller has seen.
    version: i32,
    /// Whether this is only a preview: the same answer, and nothing is written.
    #[graphql(default)]
    dry_run: bool,
}

/// A request to be refused.
#[derive(InputObject)]
struct TimeOffDeclineInput {
    /// Which.
    id: ID,
    /// The version that the caller has seen.
    version: i32,
}

/// Time off to be withdrawn.
#[derive(InputObject)]
struct TimeOffCancelInput {
    /// Which.
    id: ID,
    /// The version that the caller has seen.
    version: i32,
}

gql::payloads! {
    StaffUserError;
    /// What became of a request for time off.
    TimeOffRequestPayload { time_off: TimeOffObject = TimeOff, affected_bookings: [AffectedBooking] };
    /// What became of the granting of a request.
    TimeOffApprovePayload { time_off: TimeOffObject = TimeOff, affected_bookings: [AffectedBooking] } or current: TimeOff;
    /// What became of the refusal of a request.
    TimeOffDeclinePayload { time_off: TimeOffObject = TimeOff, affected_bookings: [AffectedBooking] } or current: TimeOff;
    /// What became of the withdrawal of time off.
    TimeOffCancelPayload { time_off: TimeOffObject = TimeOff } or current: TimeOff;
}

/// Changes of time off.
#[derive(Default)]
pub struct TimeOffMutation;

#[Object]
impl TimeOffMutation {
    /// Asks for time off, one's own or, with `time_off.all`, anybody's, which is then approved at once. It cancels no
    /// booking: the answer lists those that an approved one hits. Emits `time_off.changed`. Permission: time_off.own.
    async fn time_off_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The time off.")] input: TimeOffRequestInput,
    ) -> Result<Option<TimeOffRequestPayload>> {
        let cx = caller(ctx, &[TIME_OFF_ALL, TIME_OFF_OWN])?;
        let draft = TimeOffDraft {
            staff_id: gql::id(&input.staff_id)?,
            starts_at: input.starts_at.utc(),
            ends_at: input.ends_at.utc(),
            reason: input.reason,
        };
        let key = input.idempotency_key.as_deref();
        let outcome = ctx.data::<Staff>()?.request_time_off(cx, draft, key, input.dry_run).await;
        gql::answer(ctx, outcome)
    }

    /// Grants a request; the answer lists the bookings that it hits. Emits `time_off.changed`. Permission: time_off.all.
    async fn time_off_approve(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which request.")] input: TimeOffApproveInput,
    ) -> Result<Option<TimeOffApprovePayload>> {
        let (cx, id) = (caller(ctx, &[TIME_OFF_ALL])?, gql::id(&input.id)?);
        let outcome = ctx.data::<Staff>()?.decide_time_off(cx, id, input.version, true, input.dry_run).await;
        gql::answer(ctx, outcome)
    }

    /// Refuses a request. Emits `time_off.changed`. Permission: time_off.all.
    async fn time_off_decline(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which request.")] input: TimeOffDeclineInput,
    ) -> Result<Option<TimeOffDeclinePayload>> {
        let (cx, id) = (caller(ctx, &[TIME_OFF_ALL])?, gql::id(&input.id)?);
        let outcome = ctx.data::<Staff>()?.decide_time_off(cx, id, input.version, false, false).await;
        gql::answer(ctx, outcome)
    }

    /// Withdraws time off that is not over: one's own, or anybody's with `time_off.all`. Emits `time_off.changed`.
    /// Permission: time_off.own.
    async fn time_off_cancel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: TimeOffCancelInput,
    ) -> Result<Option<TimeOffCancelPayload>> {
        let (cx, id) = (caller(ctx, &[TIME_OFF_ALL, TIME_OFF_OWN])?, gql::id(&input.id)?);
        let outcome = ctx.data::<Staff>()?.cancel_time_off(cx, id, input.version).await;
        gql::answer(ctx, outcome)
    }
}
