//! What planners ask for: shifts for many dates at once, stretches of the plan, copies of a week. Pure.

use crate::error::StaffErrorCode;
use crate::member::{StaffId, StaffMember};
use crate::schedule::Intervals;
use crate::schedule::week::one_day;
use chrono::{Datelike, Days, NaiveDate, TimeDelta};
use kernel::time::WallInterval;
use kernel::{Checks, CommonCode, Error, Issue, Result};
use std::collections::BTreeSet;
use tenancy::LocationId;

/// How many local days one operation on the plan may span.
pub const MAX_DAYS: i64 = 62;
/// How many weeks one week may be copied to.
const MAX_WEEKS: usize = 12;
/// How many dates one draft may name.
const MAX_DATES: usize = 366;
/// How far back and ahead a planned date may lie.
const REACH: TimeDelta = TimeDelta::days(2 * 366);

/// The same shifts of one person at one location on several dates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShiftDraft {
    /// Who works.
    pub staff_id: StaffId,
    /// Where.
    pub location_id: LocationId,
    /// On which dates.
    pub dates: Vec<NaiveDate>,
    /// What they work, in any order; nothing makes them free days.
    pub intervals: Vec<WallInterval>,
}

/// A stretch of the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanScope {
    /// The first date.
    pub from: NaiveDate,
    /// The last date.
    pub to: NaiveDate,
    /// Of whom; `None` is everybody who has not left.
    pub staff: Option<Vec<StaffId>>,
    /// Where; `None` is everywhere.
    pub places: Option<Vec<LocationId>>,
}

/// A week that is copied to others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeekCopy {
    /// A date of the week that is copied, Monday to Sunday.
    pub from_week: NaiveDate,
    /// Dates of the weeks that it is copied to.
    pub to_weeks: Vec<NaiveDate>,
    /// Of whom; `None` is everybody who has not left.
    pub staff: Option<Vec<StaffId>>,
    /// Where; `None` is everywhere.
    pub places: Option<Vec<LocationId>>,
}

impl ShiftDraft {
    /// The dates and the intervals; what is wrong is noted below `at`. `today` is roughly the present.
    pub fn check(
        &self,
        checks: &mut Checks,
        at: &str,
        member: &StaffMember,
        today: NaiveDate,
    ) -> Result<Option<(BTreeSet<NaiveDate>, Intervals)>> {
        checks.ensure(format!("{at}.dates"), !self.dates.is_empty(), CommonCode::Required);
        let many = Issue::new(CommonCode::TooLong).with("max", MAX_DATES);
        checks.ensure(format!("{at}.dates"), self.dates.len() <= MAX_DATES, many);
        let mut dates = BTreeSet::new();
        for (index, date) in self.dates.iter().take(MAX_DATES).enumerate() {
            let at = format!("{at}.dates.{index}");
            checks.ensure(at.clone(), (*date - today).abs() <= REACH, CommonCode::OutOfRange);
            checks.ensure(at.clone(), dates.insert(*date), CommonCode::Duplicate);
            let strange = Issue::new(StaffErrorCode::NotEmployed).with("date", date);
            checks.ensure(at, member.employed_on(*date), strange);
        }
        let intervals = checks.nested(&format!("{at}.intervals"), one_day(&self.intervals))?;
        Ok(intervals.map(|intervals| (dates, intervals)))
    }
}

impl PlanScope {
    /// Refuses a stretch that ends before it starts, is longer than 62 days or lies beyond all planning.
    pub fn check(&self, today: NaiveDate) -> Result<()> {
        let mut checks = Checks::new();
        checks.ensure("to", self.to >= self.from, StaffErrorCode::EndBeforeStart);
        let long = (self.to - self.from).num_days() >= MAX_DAYS;
        checks.ensure("to", !long, Issue::new(CommonCode::OutOfRange).with("max", MAX_DAYS));
        checks.ensure("from", (self.from - today).abs() <= REACH, CommonCode::OutOfRange);
        checks.finish()
    }

    /// Its dates in order.
    pub fn dates(&self) -> impl Iterator<Item = NaiveDate> + use<> {
        let to = self.to;
        self.from.iter_days().take_while(move |date| *date <= to)
    }

    /// Does it include this location?
    pub fn has_place(&self, place: LocationId) -> bool {
        self.places.as_ref().is_none_or(|places| places.contains(&place))
    }
}

impl WeekCopy {
    /// The Monday of the copied week and those of the others, in order; what is wrong is told at its field.
    pub fn check(&self, today: NaiveDate) -> Result<(NaiveDate, BTreeSet<NaiveDate>)> {
        let from = monday(self.from_week);
        let mut checks = Checks::new();
        checks.ensure("toWeeks", !self.to_weeks.is_empty(), CommonCode::Required);
        let many = Issue::new(CommonCode::TooLong).with("max", MAX_WEEKS);
        checks.ensure("toWeeks", self.to_weeks.len() <= MAX_WEEKS, many);
        checks.ensure("fromWeek", (from - today).abs() <= REACH, CommonCode::OutOfRange);
        let mut weeks = BTreeSet::new();
        for (index, week) in self.to_weeks.iter().take(MAX_WEEKS).enumerate() {
            let (at, week) = (format!("toWeeks.{index}"), monday(*week));
            checks.ensure(at.clone(), (week - today).abs() <= REACH, CommonCode::OutOfRange);
            checks.ensure(at, week != from && weeks.insert(week), CommonCode::Duplicate);
        }
        checks.finish()?;
        Ok((from, weeks))
    }

    /// The days of all its weeks, as a stretch of the plan.
    pub fn scope(&self, from: NaiveDate, weeks: &BTreeSet<NaiveDate>) -> Result<PlanScope> {
        let (first, last) = (weeks.first().copied().unwrap_or(from), weeks.last().copied().unwrap_or(from));
        let sunday =
            from.max(last).checked_add_days(Days::new(6)).ok_or_else(|| Error::invalid(CommonCode::OutOfRange))?;
        Ok(PlanScope { from: from.min(first), to: sunday, staff: self.staff.clone(), places: self.places.clone() })
    }
}

/// The Monday of a date's week.
fn monday(date: NaiveDate) -> NaiveDate {
    let days = Days::new(date.weekday().num_days_from_monday().into());
    date.checked_sub_days(days).unwrap_or(date)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn scope(from: &str, to: &str) -> String {
        let scope = PlanScope { from: day(from), to: day(to), staff: None, places: None };
        scope.check(day("2026-03-02")).map_or_else(|error| error.to_string(), |()| scope.dates().count().to_string())
    }

    #[test]
    fn a_stretch_has_at_most_sixty_two_days() {
        assert_eq!(scope("2026-03-02", "2026-03-02"), "1");
        assert_eq!(scope("2026-03-02", "2026-05-02"), "62");
        assert_eq!(scope("2026-03-02", "2026-05-03"), "invalid OUT_OF_RANGE@to");
        assert_eq!(scope("2026-03-02", "2026-03-01"), "invalid END_BEFORE_START@to");
        assert_eq!(scope("2036-03-02", "2036-03-02"), "invalid OUT_OF_RANGE@from");
    }

    #[test]
    fn any_date_names_its_week() {
        let copy = |to: &[&str]| {
            let to_weeks = to.iter().map(|date| day(date)).collect();
            let copy = WeekCopy { from_week: day("2026-03-08"), to_weeks, staff: None, places: None };
            copy.check(day("2026-03-02")).map_err(|error| error.to_string())
        };
        let (from, weeks) = copy(&["2026-03-20", "2026-03-09"]).unwrap();
        assert_eq!(from, day("2026-03-02"));
        assert_eq!(weeks.into_iter().collect::<Vec<_>>(), [day("2026-03-09"), day("2026-03-16")]);
        assert_eq!(copy(&[]).unwrap_err(), "invalid REQUIRED@toWeeks");
        assert_eq!(copy(&["2026-03-05"]).unwrap_err(), "invalid DUPLICATE@toWeeks.0");
        assert_eq!(copy(&["2026-03-09", "2026-03-15"]).unwrap_err(), "invalid DUPLICATE@toWeeks.1");
    }
}
