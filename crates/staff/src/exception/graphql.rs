//! Exceptions in the schema.

use super::{DaysOfExceptions, Exception, ExceptionsDraft};
use crate::Staff;
use crate::error::StaffUserError;
use crate::graphql::{TimeInterval, TimeIntervalInput, caller, member};
use crate::member::StaffMember;
use crate::member::graphql::MemberObject;
use crate::permissions::{SCHEDULE_WRITE, STAFF_INTERNAL};
use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use gql::{LocalDate, Refusal};
use tenancy::ports::AffectedBooking;

/// A dated exception.
#[derive(Clone, Debug)]
pub struct ExceptionObject(Exception);

impl From<Exception> for ExceptionObject {
    fn from(exception: Exception) -> Self {
        Self(exception)
    }
}

/// Other hours of one person at one location on one day, in place of published shifts and of the weekly hours.
#[Object(name = "StaffException")]
impl ExceptionObject {
    /// The exception's id, `exc_…`.
    async fn id(&self) -> ID {
        gql::to_id(self.0.id)
    }

    /// Whose day.
    async fn staff_member(&self, ctx: &Context<'_>) -> Result<MemberObject> {
        member(ctx, self.0.staff_id).await
    }

    /// Where, `loc_…`.
    async fn location_id(&self) -> ID {
        gql::to_id(self.0.location_id)
    }

    /// The local date.
    async fn date(&self) -> LocalDate {
        self.0.date.into()
    }

    /// What they work instead, by start; empty means that they do not work.
    async fn intervals(&self) -> Vec<TimeInterval> {
        self.0.intervals.iter().copied().map(TimeInterval::from).collect()
    }

    /// Why; may be empty.
    async fn note(&self) -> &str {
        &self.0.note
    }
}

/// Queries about exceptions.
#[derive(Default)]
pub struct ExceptionQuery;

#[Object]
impl ExceptionQuery {
    /// The exceptions of one person, by date; those of more than a year ago are left out.
    /// Permission: staff.internal.
    async fn staff_exceptions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose.")] staff_id: ID,
        #[graphql(desc = "The first local date.")] from: LocalDate,
        #[graphql(desc = "The last local date: at most 366 days are asked for at once.")] to: LocalDate,
    ) -> Result<Option<Vec<ExceptionObject>>> {
        let (cx, id) = (caller(ctx, &[STAFF_INTERNAL])?, gql::id(&staff_id)?);
        let reader = gql::reader(ctx).await?;
        let exceptions = ctx.data::<Staff>()?.list_exceptions(cx, &reader, id, from.into(), to.into()).await?;
        Ok(Some(exceptions.into_iter().map(ExceptionObject::from).collect()))
    }
}

/// The same hours on several days.
#[derive(InputObject)]
struct StaffExceptionsSetInput {
    /// Whose days.
    staff_id: ID,
    /// The version of the staff member that the edit is based on.
    version: i32,
    /// Where; may be left out for a day off, which then holds wherever they work.
    location_id: Option<ID>,
    /// On which local dates: 1 to 366, within two years.
    dates: Vec<LocalDate>,
    /// What they work instead: at most 12 intervals, none of which overlap. Empty: they do not work.
    intervals: Vec<TimeIntervalInput>,
    /// Why: at most 200 characters.
    #[graphql(default)]
    note: String,
    /// Whether this is only a preview: the same answer, and nothing is written.
    #[graphql(default)]
    dry_run: bool,
}

/// Days that go back to published shifts and weekly hours.
#[derive(InputObject)]
struct StaffExceptionsRemoveInput {
    /// Whose days.
    staff_id: ID,
    /// The version of the staff member that the edit is based on.
    version: i32,
    /// Where; left out: wherever they work.
    location_id: Option<ID>,
    /// Which local dates: 1 to 366.
    dates: Vec<LocalDate>,
    /// Whether this is only a preview: the same answer, and nothing is written.
    #[graphql(default)]
    dry_run: bool,
}

fn days(staff: &ID, place: Option<&ID>, dates: Vec<LocalDate>) -> kernel::Result<DaysOfExceptions> {
    Ok(DaysOfExceptions {
        staff_id: gql::id(staff)?,
        location_id: place.map(gql::id).transpose()?,
        dates: dates.into_iter().map(Into::into).collect(),
    })
}

/// What became of exceptions.
#[derive(SimpleObject)]
struct StaffExceptionsSetPayload {
    /// The staff member; null when the change was refused.
    staff_member: Option<MemberObject>,
    /// The exceptions that were set.
    exceptions: Vec<ExceptionObject>,
    /// The bookings that conflict with the change. None of them was changed.
    affected_bookings: Vec<AffectedBooking>,
    /// The staff member as they stand, after `VERSION_CONFLICT`.
    current: Option<MemberObject>,
    /// What to mend; empty when the change was made.
    user_errors: Vec<StaffUserError>,
}

type Set = (StaffMember, Vec<Exception>, Vec<AffectedBooking>);

impl From<Result<Set, Refusal>> for StaffExceptionsSetPayload {
    fn from(outcome: Result<Set, Refusal>) -> Self {
        match outcome {
            Ok((member, exceptions, affected_bookings)) => Self {
                staff_member: Some(member.into()),
                exceptions: exceptions.into_iter().map(ExceptionObject::from).collect(),
                affected_bookings,
                current: None,
                user_errors: Vec::new(),
            },
            Err(refusal) => Self {
                staff_member: None,
                exceptions: Vec::new(),
                affected_bookings: Vec::new(),
                current: refusal.current::<StaffMember>().map(MemberObject::from),
                user_errors: refusal.into(),
            },
        }
    }
}

gql::payloads! {
    StaffUserError;
    /// What became of exceptions that were taken away.
    StaffExceptionsRemovePayload { staff_member: MemberObject = StaffMember, affected_bookings: [AffectedBooking] } or current: StaffMember;
}

/// Changes of exceptions.
#[derive(Default)]
pub struct ExceptionMutation;

#[Object]
impl ExceptionMutation {
    /// Gives somebody other hours, or none, on several days, in place of what stood there. It cancels no booking: the
    /// answer lists those that now conflict. Emits `staff.exceptions_set`. Permission: schedule.write.
    async fn staff_exceptions_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The days and their hours.")] input: StaffExceptionsSetInput,
    ) -> Result<Option<StaffExceptionsSetPayload>> {
        let cx = caller(ctx, &[SCHEDULE_WRITE])?;
        let draft = ExceptionsDraft {
            days: days(&input.staff_id, input.location_id.as_ref(), input.dates)?,
            intervals: input.intervals.into_iter().map(Into::into).collect(),
            note: input.note,
        };
        let outcome = ctx.data::<Staff>()?.set_exceptions(cx, input.version, &draft, input.dry_run).await;
        gql::answer(ctx, outcome)
    }

    /// Takes exceptions away: the days go back to published shifts, else to the weekly hours. The answer lists the bookings that now conflict.
    /// Emits `staff.exceptions_set`. Permission: schedule.write.
    async fn staff_exceptions_remove(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The days.")] input: StaffExceptionsRemoveInput,
    ) -> Result<Option<StaffExceptionsRemovePayload>> {
        let cx = caller(ctx, &[SCHEDULE_WRITE])?;
        let days = days(&input.staff_id, input.location_id.as_ref(), input.dates)?;
        let outcome = ctx.data::<Staff>()?.remove_exceptions(cx, input.version, &days, input.dry_run).await;
        gql::answer(ctx, outcome)
    }
}
