//! Exceptions as they are asked for: one wish for several days. Pure.

use crate::error::StaffErrorCode;
use crate::member::StaffId;
use crate::schedule::Intervals;
use crate::schedule::week::one_day;
use chrono::{NaiveDate, TimeDelta};
use kernel::text::text;
use kernel::time::WallInterval;
use kernel::{Checks, CommonCode, Issue, Result};
use std::collections::BTreeSet;
use tenancy::LocationId;

/// How many days one wish may name.
const MAX_DATES: usize = 366;
/// How far back and ahead a day may lie.
const REACH: TimeDelta = TimeDelta::days(2 * 366);

/// Which days of whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DaysOfExceptions {
    /// Whose.
    pub staff_id: StaffId,
    /// Where; `None` is wherever they work.
    pub location_id: Option<LocationId>,
    /// On which days.
    pub dates: Vec<NaiveDate>,
}

/// The same hours on several days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExceptionsDraft {
    /// Which days of whom.
    pub days: DaysOfExceptions,
    /// What they work instead, in any order; empty means they do not work.
    pub intervals: Vec<WallInterval>,
    /// Why.
    pub note: String,
}

impl DaysOfExceptions {
    /// The days in order; what is wrong with them is noted. `today` is roughly the present.
    pub fn check(&self, checks: &mut Checks, today: NaiveDate) -> BTreeSet<NaiveDate> {
        checks.ensure("dates", !self.dates.is_empty(), CommonCode::Required);
        let many = self.dates.len() > MAX_DATES;
        checks.ensure("dates", !many, Issue::new(CommonCode::TooLong).with("max", MAX_DATES));
        let mut dates = BTreeSet::new();
        for (index, date) in self.dates.iter().take(MAX_DATES).enumerate() {
            let at = format!("dates.{index}");
            checks.ensure(at.clone(), (*date - today).abs() <= REACH, CommonCode::OutOfRange);
            checks.ensure(at, dates.insert(*date), CommonCode::Duplicate);
        }
        dates
    }
}

impl ExceptionsDraft {
    /// The days, the hours and the note, or everything that is wrong with them.
    pub fn check(&self, today: NaiveDate) -> Result<(BTreeSet<NaiveDate>, Intervals, String)> {
        let mut checks = Checks::new();
        let dates = self.days.check(&mut checks, today);
        let intervals = checks.nested("intervals", one_day(&self.intervals))?;
        let note = checks.check("note", text(&self.note, 0, 200));
        // A day off holds everywhere; hours are hours of a place.
        let placed = self.days.location_id.is_some() || self.intervals.is_empty();
        checks.ensure("locationId", placed, StaffErrorCode::LocationNeeded);
        checks.build(|| Some((dates, intervals?, note?)))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn draft(dates: &[&str], intervals: Vec<WallInterval>) -> ExceptionsDraft {
        let dates = dates.iter().map(|date| day(date)).collect();
        let days = DaysOfExceptions { staff_id: StaffId::new(), location_id: None, dates };
        ExceptionsDraft { days, intervals, note: String::new() }
    }

    #[test]
    fn a_day_off_needs_no_place_and_hours_do() {
        let today = day("2026-11-22");
        let (dates, hours, _) = draft(&["2026-12-25", "2026-12-24"], vec![]).check(today).unwrap();
        assert_eq!(dates.into_iter().collect::<Vec<_>>(), [day("2026-12-24"), day("2026-12-25")]);
        assert!(hours.is_empty());
        let noon = WallInterval::new("12:00".parse().unwrap(), "14:00".parse().unwrap());
        let told = draft(&["2026-12-24"], vec![noon]).check(today).unwrap_err();
        assert_eq!(told.to_string(), "invalid LOCATION_NEEDED@locationId");
    }

    #[test]
    fn days_are_few_distinct_and_near() {
        let told = |dates: &[&str]| draft(dates, vec![]).check(day("2026-11-22")).unwrap_err().to_string();
        assert_eq!(told(&[]), "invalid REQUIRED@dates");
        assert_eq!(told(&["2026-12-24", "2026-12-24"]), "invalid DUPLICATE@dates.1");
        assert_eq!(told(&["9999-12-31"]), "invalid OUT_OF_RANGE@dates.0");
    }
}
