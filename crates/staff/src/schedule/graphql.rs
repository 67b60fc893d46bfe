//! Hours in the schema.

use super::{HoursDraft, Shift, ShiftSource, Template, TemplateDraft};
use crate::Staff;
use crate::error::StaffUserError;
use crate::exception::graphql::ExceptionObject;
use crate::graphql::{TimeInterval, caller, member};
use crate::member::StaffMember;
use crate::member::graphql::MemberObject;
use crate::permissions::{SCHEDULE_WRITE, STAFF_INTERNAL};
use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use gql::{LocalDate, LocalTime, Weekday};
use kernel::time::WallInterval;
use tenancy::ports::AffectedBooking;

/// A template.
pub struct TemplateObject(Template);

/// The hours of one person at one location in a usual week, while they are valid.
#[Object(name = "StaffHours")]
impl TemplateObject {
    /// Whose hours.
    async fn staff_member(&self, ctx: &Context<'_>) -> Result<MemberObject> {
        member(ctx, self.0.staff_id).await
    }

    /// Where, `loc_…`.
    async fn location_id(&self) -> ID {
        gql::to_id(self.0.location_id)
    }

    /// The first day on which they count.
    async fn valid_from(&self) -> LocalDate {
        self.0.valid_from.into()
    }

    /// The last day on which they count; null is without end.
    async fn valid_to(&self) -> Option<LocalDate> {
        self.0.valid_to.map(LocalDate)
    }

    /// The intervals from Monday on, those of a day by start.
    async fn intervals(&self) -> Vec<WeeklyInterval> {
        self.0.week.iter().map(WeeklyInterval::from).collect()
    }
}

/// A stretch of a weekday in local time.
#[derive(Clone, Debug, SimpleObject)]
pub struct WeeklyInterval {
    /// The weekday on which it starts.
    weekday: Weekday,
    /// When it starts.
    starts_at: LocalTime,
    /// When it ends: on the next day when it is not after the start. `24:00` ends the day.
    ends_at: LocalTime,
}

impl From<(chrono::Weekday, WallInterval)> for WeeklyInterval {
    fn from((weekday, interval): (chrono::Weekday, WallInterval)) -> Self {
        Self { weekday: weekday.into(), starts_at: interval.start.into(), ends_at: interval.end.into() }
    }
}

/// What somebody works.
pub struct ShiftObject(Shift);

/// What somebody works at a location on a local date, before opening hours, closures and time off are taken from it.
#[Object(name = "StaffShift")]
impl ShiftObject {
    /// Who works.
    async fn staff_member(&self, ctx: &Context<'_>) -> Result<MemberObject> {
        member(ctx, self.0.staff_id).await
    }

    /// Where, `loc_…`.
    async fn location_id(&self) -> ID {
        gql::to_id(self.0.location_id)
    }

    /// The local date on which the intervals start.
    async fn date(&self) -> LocalDate {
        self.0.date.into()
    }

    /// What they work, by start; empty on a day off that an exception or the published shift plan gave.
    async fn intervals(&self) -> Vec<TimeInterval> {
        self.0.intervals.iter().copied().map(TimeInterval::from).collect()
    }

    /// What says so.
    async fn source(&self) -> ShiftSource {
        self.0.source
    }

    /// The exception that says so; null when none does.
    async fn exception(&self) -> Option<ExceptionObject> {
        self.0.exception.clone().map(ExceptionObject::from)
    }
}

/// Queries about hours.
#[derive(Default)]
pub struct ScheduleQuery;

#[Object]
impl ScheduleQuery {
    /// The weekly hours of one person, by location and first day; those that ended more than a year ago are left out.
    /// Permission: staff.internal.
    async fn staff_hours(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose.")] staff_id: ID,
    ) -> Result<Option<Vec<TemplateObject>>> {
        let (cx, id) = (caller(ctx, &[STAFF_INTERNAL])?, gql::id(&staff_id)?);
        let reader = gql::reader(ctx).await?;
        let templates = ctx.data::<Staff>()?.list_hours(cx, &reader, id).await?;
        Ok(Some(templates.into_iter().map(TemplateObject).collect()))
    }

    /// Who works where and when: exceptions, else published shifts, else weekly hours, by date, before opening hours, closures
    /// and time off are taken from them. Permission: staff.internal.
    async fn staff_shifts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first local date.")] from: LocalDate,
        #[graphql(desc = "The last local date: at most 62 days are asked for at once.")] to: LocalDate,
        #[graphql(desc = "Of these people; left out: of all who are here.")] staff_ids: Option<Vec<ID>>,
        #[graphql(desc = "Only at this location.")] location_id: Option<ID>,
    ) -> Result<Option<Vec<ShiftObject>>> {
        let cx = caller(ctx, &[STAFF_INTERNAL])?;
        let staff = staff_ids.as_deref().map(gql::ids).transpose()?;
        let place = location_id.as_ref().map(gql::id).transpose()?;
        let reader = gql::reader(ctx).await?;
        let (from, to) = (from.into(), to.into());
        let shifts = ctx.data::<Staff>()?.list_shifts(cx, &reader, staff.as_deref(), place, from, to).await?;
        Ok(Some(shifts.into_iter().map(ShiftObject).collect()))
    }
}

/// A stretch of a weekday in local time.
#[derive(InputObject)]
struct WeeklyIntervalInput {
    /// The weekday on which it starts.
    weekday: Weekday,
    /// When it starts.
    starts_at: LocalTime,
    /// When it ends: on the next day when it is not after the start. `24:00` ends the day.
    ends_at: LocalTime,
}

/// Hours of a usual week while they are valid.
#[derive(InputObject)]
struct StaffHoursInput {
    /// The first day on which they count; left out: the first day that is replaced.
    valid_from: Option<LocalDate>,
    /// The last day on which they count; left out: without end.
    valid_to: Option<LocalDate>,
    /// The intervals in any order: at most 12 a day, none of which overlap.
    intervals: Vec<WeeklyIntervalInput>,
}

/// The hours of one person at one location from a day on.
#[derive(InputObject)]
struct StaffHoursSetInput {
    /// Whose hours.
    staff_id: ID,
    /// The version of the staff member that the edit is based on.
    version: i32,
    /// Where: a location at which they work.
    location_id: ID,
    /// The first day that is replaced; left out: today at the location. Hours before it stay as they were.
    from: Option<LocalDate>,
    /// The hours by their validity, at most 20, which do not meet; between them and after them nobody works. An empty
    /// list ends the person's hours at this location.
    templates: Vec<StaffHoursInput>,
    /// Whether this is only a preview: the same answer, and nothing is written.
    #[graphql(default)]
    dry_run: bool,
}

impl StaffHoursSetInput {
    fn read(self) -> kernel::Result<HoursDraft> {
        let interval =
            |it: WeeklyIntervalInput| (it.weekday.into(), WallInterval::new(it.starts_at.into(), it.ends_at.into()));
        let template = |it: StaffHoursInput| TemplateDraft {
            valid_from: it.valid_from.map(Into::into),
            valid_to: it.valid_to.map(Into::into),
            intervals: it.intervals.into_iter().map(interval).collect(),
        };
        Ok(HoursDraft {
            staff_id: gql::id(&self.staff_id)?,
            location_id: gql::id(&self.location_id)?,
            from: self.from.map(Into::into),
            templates: self.templates.into_iter().map(template).collect(),
        })
    }
}

gql::payloads! {
    StaffUserError;
    /// What became of weekly hours.
    StaffHoursSetPayload { staff_member: MemberObject = StaffMember, affected_bookings: [AffectedBooking] } or current: StaffMember;
}

/// Changes of hours.
#[derive(Default)]
pub struct ScheduleMutation;

#[Object]
impl ScheduleMutation {
    /// Replaces the weekly hours of one person at one location from a day on, all at once. It cancels no booking: the
    /// answer lists those that now conflict. Emits `staff.hours_set`. Permission: schedule.write.
    async fn staff_hours_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The hours.")] input: StaffHoursSetInput,
    ) -> Result<Option<StaffHoursSetPayload>> {
        let cx = caller(ctx, &[SCHEDULE_WRITE])?;
        let (version, preview) = (input.version, input.dry_run);
        let outcome = ctx.data::<Staff>()?.set_hours(cx, version, &input.read()?, preview).await;
        gql::answer(ctx, outcome)
    }
}
