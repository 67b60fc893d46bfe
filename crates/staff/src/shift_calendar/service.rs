//! Reading the shift calendar. Who plans sees everybody, drafts too; whoever else sees their own published shifts.

use super::planned::working;
use super::{Absence, CalendarShift, DayTotal, ShiftCalendar, ShiftCalendarQuery, StaffDay, StaffShifts};
use crate::Staff;
use crate::member::{StaffId, StaffTable};
use crate::permissions::{SCHEDULE_WRITE, STAFF_INTERNAL, TIME_OFF_ALL, TIME_OFF_OWN};
use crate::plan::{PlanDays, PlanKey};
use crate::schedule::Schedules;
use crate::time_off::TimeOffStatus;
use access::Cx;
use chrono::NaiveDate;
use db::Reader;
use kernel::time::{RangeSet, TimeRange, day_range};
use kernel::{Error, Result};
use tenancy::{Location, Locations};

/// How many local days the calendar shows at once.
const MAX_DAYS: i64 = 62;

/// What a page is made from.
struct Sources<'a> {
    schedules: &'a Schedules,
    places: Vec<&'a Location>,
    drafts: PlanDays,
    dates: Vec<NaiveDate>,
    span: TimeRange,
}

impl Staff {
    /// The shift calendar as the caller may see it. Nobody's id that is hidden from them is found.
    pub async fn shift_calendar(&self, cx: &Cx, r: &Reader, query: &ShiftCalendarQuery) -> Result<ShiftCalendar> {
        cx.require(STAFF_INTERNAL)?;
        let (members, locations) = (self.members(r).await?, self.tenancy.locations(r).await?);
        let plans = cx.can(SCHEDULE_WRITE);
        let own = cx.user().ok().and_then(|user| members.of_user(user)).map(|member| member.id);
        let people = people(&members, query.staff.as_deref(), plans, own)?;
        let places = places(&locations, query)?;
        if query.to < query.from || (query.to - query.from).num_days() >= MAX_DAYS {
            return Err(Error::invalid_argument("to").with("max", MAX_DAYS));
        }
        let drafts =
            if plans { crate::plan::drafts_between(r, &people, query.from, query.to).await? } else { PlanDays::new() };
        let Some(span) = span(&places, query) else {
            return Ok(ShiftCalendar { staff: Vec::new(), days: Vec::new(), closures: Vec::new() });
        };
        let schedules = self.schedules(r).await?;
        let dates = query.from.iter_days().take_while(|date| *date <= query.to).collect();
        let sources = Sources { schedules: &schedules, places, drafts, dates, span };
        let staff: Vec<StaffShifts> = people
            .iter()
            .map(|id| {
                let told = cx.can(TIME_OFF_ALL) || (cx.can(TIME_OFF_OWN) && own == Some(*id));
                sources.of_person(*id, told)
            })
            .collect();
        let days = sources.dates.iter().map(|date| total(*date, &staff)).collect();
        let closures = sources.places.iter().flat_map(|place| &place.closures);
        let mut closures: Vec<_> = closures.filter(|closure| closure.range.overlaps(span)).cloned().collect();
        closures.sort_by_key(|closure| (closure.range.from, closure.id));
        Ok(ShiftCalendar { staff, days, closures })
    }
}

impl Sources<'_> {
    fn of_person(&self, id: StaffId, told: bool) -> StaffShifts {
        let away: RangeSet = self.schedules.absences(id, wide(self.span)).collect();
        // What the day before works into the first date counts there.
        let before = self.dates.first().and_then(NaiveDate::pred_opt);
        let before = before.into_iter().flat_map(|date| self.shifts(id, date, &away));
        let mut counted = before.fold(RangeSet::new(), |all, shift| all.union(&shift.working));
        let mut days = Vec::new();
        for date in &self.dates {
            let shifts = self.shifts(id, *date, &away);
            let all = shifts.iter().fold(RangeSet::new(), |all, shift| all.union(&shift.working));
            let planned_minutes = all.subtract(&counted).minutes();
            counted = counted.union(&all);
            if !shifts.is_empty() {
                days.push(StaffDay { date: *date, shifts, planned_minutes });
            }
        }
        StaffShifts { staff_id: id, days, absences: self.absences(id, told) }
    }

    fn shifts(&self, staff_id: StaffId, date: NaiveDate, away: &RangeSet) -> Vec<CalendarShift> {
        let shift = |place: &&Location| {
            let effective = self.schedules.sourced_day(staff_id, place.id, date);
            let draft = self.drafts.get(&PlanKey { staff_id, location_id: place.id, date }).cloned();
            if effective.is_none() && draft.is_none() {
                return None;
            }
            let (source, intervals) = effective.unzip();
            let intervals = intervals.unwrap_or_default();
            let exception = self.schedules.exception(staff_id, place.id, date).filter(|_| source.is_some());
            Some(CalendarShift {
                location_id: place.id,
                zone: place.zone,
                source,
                working: working(place, date, &intervals, away),
                exception: exception.cloned(),
                intervals,
                draft,
            })
        };
        self.places.iter().filter_map(shift).collect()
    }

    /// Approved time off; what is asked for and the ids only where the caller may see them.
    fn absences(&self, id: StaffId, told: bool) -> Vec<Absence> {
        let shown = |status| status == TimeOffStatus::Approved || (told && status == TimeOffStatus::Requested);
        let theirs = self.schedules.time_off_of(id).filter(|off| off.range.overlaps(self.span) && shown(off.status));
        theirs.map(|off| Absence { id: told.then_some(off.id), range: off.range, status: off.status }).collect()
    }
}

fn people(members: &StaffTable, wanted: Option<&[StaffId]>, plans: bool, own: Option<StaffId>) -> Result<Vec<StaffId>> {
    let seen = |id: StaffId| plans || own == Some(id);
    match wanted {
        Some(wanted) if wanted.iter().any(|id| members.get(*id).is_none() || !seen(*id)) => Err(Error::not_found()),
        Some(wanted) => Ok(members.iter().map(|member| member.id).filter(|id| wanted.contains(id)).collect()),
        None => {
            Ok(members.iter().filter(|member| !member.archived && seen(member.id)).map(|member| member.id).collect())
        }
    }
}

fn places<'a>(locations: &'a Locations, query: &ShiftCalendarQuery) -> Result<Vec<&'a Location>> {
    match &query.places {
        Some(wanted) if wanted.iter().any(|id| locations.get(*id).is_none()) => Err(Error::not_found()),
        Some(wanted) => Ok(locations.iter().filter(|location| wanted.contains(&location.id)).collect()),
        None => Ok(locations.open().collect()),
    }
}

/// The dates as instants: locations may lie in several zones, so from the earliest midnight to the latest.
fn span(places: &[&Location], query: &ShiftCalendarQuery) -> Option<TimeRange> {
    let from = places.iter().map(|place| day_range(place.zone, query.from).from).min()?;
    let to = places.iter().map(|place| day_range(place.zone, query.to).to).max()?;
    Some(TimeRange::new(from, to))
}

/// A shift of the last date may end on the next, and one of the day before is counted.
fn wide(span: TimeRange) -> TimeRange {
    const TWO_DAYS: i64 = 2 * 1440;
    span.widen(TWO_DAYS, TWO_DAYS)
}

fn total(date: NaiveDate, staff: &[StaffShifts]) -> DayTotal {
    let days = staff.iter().flat_map(|person| person.days.iter().filter(|day| day.date == date));
    let minutes: Vec<i64> = days.map(|day| day.planned_minutes).collect();
    let people = minutes.iter().filter(|minutes| **minutes > 0).count();
    DayTotal { date, planned_minutes: minutes.iter().sum(), people }
}
