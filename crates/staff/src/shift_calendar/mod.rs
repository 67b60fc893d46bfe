//! The shift calendar: who works where and when over a range of dates, what says so, what opening hours, closures and time
//! off leave of it, and the sums. One answer from the stamped snapshots; drafts take one statement.

pub(crate) mod graphql;
mod planned;
mod service;

use crate::exception::Exception;
use crate::member::StaffId;
use crate::schedule::{Intervals, ShiftSource};
use crate::time_off::{TimeOffId, TimeOffStatus};
use chrono::NaiveDate;
use chrono_tz::Tz;
use kernel::time::{RangeSet, TimeRange};
use tenancy::{Closure, LocationId};

/// Which part of the calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShiftCalendarQuery {
    /// The first date.
    pub from: NaiveDate,
    /// The last date, included; at most 62 days in all.
    pub to: NaiveDate,
    /// Of whom; `None` is everybody whom the caller may see and who has not left.
    pub staff: Option<Vec<StaffId>>,
    /// Where; `None` is every location that is not archived.
    pub places: Option<Vec<LocationId>>,
}

/// The shifts of a range of dates.
#[derive(Clone, Debug)]
pub struct ShiftCalendar {
    /// By person, in list order.
    pub staff: Vec<StaffShifts>,
    /// The sum of each date.
    pub days: Vec<DayTotal>,
    /// What shuts the locations in the range, by start.
    pub closures: Vec<Closure>,
}

/// The shifts of one person.
#[derive(Clone, Debug)]
pub struct StaffShifts {
    /// Who.
    pub staff_id: StaffId,
    /// The dates on which there is something to show.
    pub days: Vec<StaffDay>,
    /// When they are away, by start.
    pub absences: Vec<Absence>,
}

/// One date of one person.
#[derive(Clone, Debug)]
pub struct StaffDay {
    /// The local date.
    pub date: NaiveDate,
    /// What they work, by location.
    pub shifts: Vec<CalendarShift>,
    /// The elapsed minutes that are left to work; a minute that two dates share counts on the earlier one.
    pub planned_minutes: i64,
}

/// What somebody works at a location on a date.
#[derive(Clone, Debug)]
pub struct CalendarShift {
    /// Where.
    pub location_id: LocationId,
    /// The location's zone.
    pub zone: Tz,
    /// What says so; `None` where there is only a draft.
    pub source: Option<ShiftSource>,
    /// What is worked, by start; nothing on a free day.
    pub intervals: Intervals,
    /// The exception that says so, if it is one.
    pub exception: Option<Exception>,
    /// What is drafted and not published, for those who plan.
    pub draft: Option<Intervals>,
    /// What opening hours, closures and approved time off leave of it.
    pub working: RangeSet,
}

/// A stretch in which somebody is away.
#[derive(Clone, Debug)]
pub struct Absence {
    /// The time off, where the caller may see it.
    pub id: Option<TimeOffId>,
    /// From when until when.
    pub range: TimeRange,
    /// Approved, or only asked for.
    pub status: TimeOffStatus,
}

/// The sum of a date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayTotal {
    /// The local date.
    pub date: NaiveDate,
    /// The elapsed minutes of all people.
    pub planned_minutes: i64,
    /// How many people work.
    pub people: usize,
}

impl StaffShifts {
    /// The elapsed minutes of all dates.
    pub fn planned_minutes(&self) -> i64 {
        self.days.iter().map(|day| day.planned_minutes).sum()
    }
}
