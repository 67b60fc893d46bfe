//! The roots of this crate, merged from its aggregates, and what their schemas share.

use crate::Staff;
use crate::busy_calendar::graphql::{BusyCalendarMutation, BusyCalendarQuery};
use crate::exception::graphql::{ExceptionMutation, ExceptionQuery};
use crate::member::graphql::{MemberObject, StaffMemberMutation, StaffMemberQuery};
use crate::member::{StaffId, StaffMember};
use crate::plan::graphql::{PlanMutation, PlanQuery};
use crate::rota::graphql::{RotaMutation, RotaQuery};
use crate::schedule::graphql::{ScheduleMutation, ScheduleQuery};
use crate::shift_calendar::graphql::ShiftCalendarRoot;
use crate::time_off::graphql::{TimeOffMutation, TimeOffQuery};
use access::{Cx, Permission};
use async_graphql::{Context, InputObject, MergedObject, Result, SimpleObject};
use kernel::Error;
use kernel::time::WallInterval;

/// Queries about the staff.
#[derive(MergedObject, Default)]
pub struct StaffQuery(
    StaffMemberQuery,
    ScheduleQuery,
    RotaQuery,
    PlanQuery,
    ShiftCalendarRoot,
    ExceptionQuery,
    TimeOffQuery,
    BusyCalendarQuery,
);

/// Changes of the staff.
#[derive(MergedObject, Default)]
pub struct StaffMutation(
    StaffMemberMutation,
    ScheduleMutation,
    RotaMutation,
    PlanMutation,
    ExceptionMutation,
    TimeOffMutation,
    BusyCalendarMutation,
);

/// A stretch of a working day in local time.
#[derive(Clone, Debug, SimpleObject)]
pub struct TimeInterval {
    /// When it starts.
    starts_at: gql::LocalTime,
    /// When it ends: on the next day when it is not after the start. `24:00` ends the day.
    ends_at: gql::LocalTime,
}

impl From<WallInterval> for TimeInterval {
    fn from(interval: WallInterval) -> Self {
        Self { starts_at: interval.start.into(), ends_at: interval.end.into() }
    }
}

/// A stretch of a working day in local time.
#[derive(Clone, Debug, InputObject)]
pub struct TimeIntervalInput {
    /// When it starts.
    starts_at: gql::LocalTime,
    /// When it ends: on the next day when it is not after the start. `24:00` ends the day.
    ends_at: gql::LocalTime,
}

impl From<TimeIntervalInput> for WallInterval {
    fn from(input: TimeIntervalInput) -> Self {
        Self::new(input.starts_at.into(), input.ends_at.into())
    }
}

/// The caller, who has one of these permissions. Asked before ids are read: whoever may not learns nothing of them.
pub(crate) fn caller<'a>(ctx: &Context<'a>, permissions: &[Permission]) -> Result<&'a Cx> {
    let cx = gql::cx(ctx)?;
    cx.require_any(permissions)?;
    Ok(cx)
}

/// A staff member by id, from the snapshot.
pub(crate) async fn member(ctx: &Context<'_>, id: StaffId) -> Result<MemberObject> {
    let members = ctx.data::<Staff>()?.members(&*gql::reader(ctx).await?).await?;
    let found: Option<StaffMember> = members.get(id).cloned();
    Ok(found.ok_or_else(Error::not_found)?.into())
}
