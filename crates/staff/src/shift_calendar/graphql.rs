//! The shift calendar in the schema.

use super::{Absence, CalendarShift, DayTotal, ShiftCalendar, ShiftCalendarQuery, StaffDay, StaffShifts};
use crate::Staff;
use crate::exception::graphql::ExceptionObject;
use crate::graphql::{TimeInterval, caller, member};
use crate::member::graphql::MemberObject;
use crate::permissions::STAFF_INTERNAL;
use crate::schedule::ShiftSource;
use crate::time_off::TimeOffStatus;
use async_graphql::{Context, ID, Object, Result, SimpleObject};
use gql::{DateTime, LocalDate, Long};
use kernel::Error;
use tenancy::ClosureObject;

/// A page of the calendar.
pub struct ShiftCalendarObject(ShiftCalendar);

/// Who works where and when over a range of dates, with what is planned after opening hours, closures and time off.
#[Object(name = "ShiftCalendar")]
impl ShiftCalendarObject {
    /// By person, in list order.
    async fn staff(&self) -> Vec<StaffShiftsObject> {
        self.0.staff.iter().cloned().map(StaffShiftsObject).collect()
    }

    /// The sum of each date.
    async fn days(&self) -> Vec<ShiftCalendarTotal> {
        self.0.days.iter().map(ShiftCalendarTotal::from).collect()
    }

    /// What shuts the locations in the range, public holidays that were made closures too, by start.
    async fn closures(&self) -> Vec<ClosureObject> {
        self.0.closures.iter().cloned().map(ClosureObject::from).collect()
    }

    /// The elapsed minutes that all of them are planned to work.
    async fn planned_minutes(&self) -> Long {
        self.0.staff.iter().map(StaffShifts::planned_minutes).sum::<i64>().into()
    }
}

/// The sum of a date.
#[derive(SimpleObject)]
struct ShiftCalendarTotal {
    /// The local date.
    date: LocalDate,
    /// The elapsed minutes that all of them are planned to work.
    planned_minutes: Long,
    /// How many people work.
    people: usize,
}

impl From<&DayTotal> for ShiftCalendarTotal {
    fn from(total: &DayTotal) -> Self {
        Self { date: total.date.into(), planned_minutes: total.planned_minutes.into(), people: total.people }
    }
}

/// One person.
struct StaffShiftsObject(StaffShifts);

/// The shifts of one person.
#[Object(name = "StaffShiftCalendar")]
impl StaffShiftsObject {
    /// Who.
    async fn staff_member(&self, ctx: &Context<'_>) -> Result<MemberObject> {
        member(ctx, self.0.staff_id).await
    }

    /// The dates on which there is something to show, in order.
    async fn days(&self) -> Vec<StaffDayObject> {
        self.0.days.iter().cloned().map(StaffDayObject).collect()
    }

    /// When they are away, by start: approved time off; with `time_off.all`, or as the person themselves, also what is asked
    /// for and not decided.
    async fn absences(&self, ctx: &Context<'_>) -> Result<Vec<ShiftAbsence>> {
        let settings = ctx.data::<Staff>()?.tenancy.settings(&*gql::reader(ctx).await?).await?;
        let absence = |absence: &Absence| ShiftAbsence {
            time_off_id: absence.id.map(gql::to_id),
            starts_at: DateTime::at(absence.range.from, settings.zone),
            ends_at: DateTime::at(absence.range.to, settings.zone),
            status: absence.status,
        };
        Ok(self.0.absences.iter().map(absence).collect())
    }

    /// The elapsed minutes that they are planned to work.
    async fn planned_minutes(&self) -> Long {
        self.0.planned_minutes().into()
    }
}

/// A stretch in which somebody is away.
#[derive(SimpleObject)]
struct ShiftAbsence {
    /// The time off, `abs_…`; null where the caller may not see it.
    time_off_id: Option<ID>,
    /// When it starts, by the company's clocks.
    starts_at: DateTime,
    /// When it ends, by the company's clocks.
    ends_at: DateTime,
    /// `APPROVED`, or `REQUESTED` where it is only asked for.
    status: TimeOffStatus,
}

/// One date of one person.
struct StaffDayObject(StaffDay);

/// One date of one person.
#[Object(name = "StaffShiftDay")]
impl StaffDayObject {
    /// The local date; a night shift belongs to the one on which it starts.
    async fn date(&self) -> LocalDate {
        self.0.date.into()
    }

    /// What they work, by location.
    async fn shifts(&self) -> Vec<CalendarShiftObject> {
        self.0.shifts.iter().cloned().map(CalendarShiftObject).collect()
    }

    /// The elapsed minutes that they are planned to work. A minute that two dates share counts on the earlier one.
    async fn planned_minutes(&self) -> Long {
        self.0.planned_minutes.into()
    }
}

/// A shift of the calendar.
struct CalendarShiftObject(CalendarShift);

/// What somebody works at a location on a date.
#[Object(name = "StaffDayShift")]
impl CalendarShiftObject {
    /// Where, `loc_…`.
    async fn location_id(&self) -> ID {
        gql::to_id(self.0.location_id)
    }

    /// What says so; null where there is only a draft.
    async fn source(&self) -> Option<ShiftSource> {
        self.0.source
    }

    /// What is worked in local time, by start, before anything is taken from it; empty on a free day.
    async fn intervals(&self) -> Vec<TimeInterval> {
        self.0.intervals.iter().copied().map(TimeInterval::from).collect()
    }

    /// The exception that says so; null when none does.
    async fn exception(&self) -> Option<ExceptionObject> {
        self.0.exception.clone().map(ExceptionObject::from)
    }

    /// What is drafted and not published, empty on a free day; null where nothing is, and for whoever does not plan.
    async fn draft(&self) -> Option<Vec<TimeInterval>> {
        let draft = self.0.draft.as_ref()?;
        Some(draft.iter().copied().map(TimeInterval::from).collect())
    }

    /// What opening hours, closures and approved time off leave of it, by start, in the location's zone.
    async fn working(&self) -> Vec<WorkingTime> {
        let zone = self.0.zone;
        let range = |range: &kernel::TimeRange| WorkingTime {
            starts_at: DateTime::at(range.from, zone),
            ends_at: DateTime::at(range.to, zone),
        };
        self.0.working.iter().map(range).collect()
    }

    /// The elapsed minutes of `working`.
    async fn planned_minutes(&self) -> Long {
        self.0.working.minutes().into()
    }
}

/// A stretch of working time.
#[derive(SimpleObject)]
struct WorkingTime {
    /// When it starts.
    starts_at: DateTime,
    /// When it ends.
    ends_at: DateTime,
}

/// The most entries in one list of ids.
const IDS_MAX: usize = 200;

/// The query of the shift calendar.
#[derive(Default)]
pub struct ShiftCalendarRoot;

#[Object]
impl ShiftCalendarRoot {
    /// The shift calendar of a range of dates, its statements as many whatever it shows. With the permission schedule.write
    /// everybody's, with drafts; without it one's own published shifts. Permission: staff.internal.
    async fn shift_calendar(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first local date.")] from: LocalDate,
        #[graphql(desc = "The last local date: at most 62 days are asked for at once.")] to: LocalDate,
        #[graphql(desc = "Of these people, at most 200; left out: of all who are here.")] staff_ids: Option<Vec<ID>>,
        #[graphql(desc = "Only at these locations, at most 200; left out: at all that are not archived.")]
        location_ids: Option<Vec<ID>>,
    ) -> Result<Option<ShiftCalendarObject>> {
        let cx = caller(ctx, &[STAFF_INTERNAL])?;
        for (name, ids) in [("staffIds", &staff_ids), ("locationIds", &location_ids)] {
            if ids.as_ref().is_some_and(|ids| ids.len() > IDS_MAX) {
                return Err(Error::invalid_argument(name).with("max", IDS_MAX).into());
            }
        }
        let query = ShiftCalendarQuery {
            from: from.into(),
            to: to.into(),
            staff: staff_ids.as_deref().map(gql::ids).transpose()?,
            places: location_ids.as_deref().map(gql::ids).transpose()?,
        };
        let reader = gql::reader(ctx).await?;
        let calendar = ctx.data::<Staff>()?.shift_calendar(cx, &reader, &query).await?;
        Ok(Some(ShiftCalendarObject(calendar)))
    }
}
