//! The shift plan: what somebody works at a location on a date, drafted first, then published. Only what is published
//! counts as working time (see [`crate::Schedules::day`]).
//!
//! A date that is planned with no intervals is a free day: it holds against the weekly hours. A date that is not planned
//! goes by the weekly hours.

pub(crate) mod arrange;
mod draft;
mod entity;
pub(crate) mod graphql;
mod repo;
mod service;

use crate::member::StaffId;
use crate::schedule::Intervals;
use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tenancy::LocationId;

pub use draft::{PlanScope, ShiftDraft, WeekCopy};
pub(crate) use repo::{drafts_between, load};

/// A day of the plan: of whom, where and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlanKey {
    /// Who works.
    pub staff_id: StaffId,
    /// Where.
    pub location_id: LocationId,
    /// The local date on which the intervals start.
    pub date: NaiveDate,
}

/// Planned days with what is worked on them, by start; nothing on a free day.
pub type PlanDays = BTreeMap<PlanKey, Intervals>;

/// Changes of planned days: what they become, `None` where they are no longer planned.
pub type PlanChanges = BTreeMap<PlanKey, Option<Intervals>>;

/// Which half of the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PlanState {
    /// What planners work on; nobody else sees it and nobody can be booked by it.
    Draft,
    /// What counts.
    Published,
}

/// The planned days of one person at one location in a month: the unit in which the plan is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanMonth {
    /// Who works.
    pub staff_id: StaffId,
    /// Where.
    pub location_id: LocationId,
    /// The first date of the month.
    pub month: NaiveDate,
    /// The planned dates.
    pub days: BTreeMap<NaiveDate, Intervals>,
}

/// A planned day, as it is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedDay {
    /// Of whom, where and when.
    pub key: PlanKey,
    /// What is worked, by start; nothing on a free day.
    pub intervals: Intervals,
}

impl PlanKey {
    /// The first date of its month.
    pub(crate) fn month(self) -> NaiveDate {
        month_of(self.date)
    }
}

impl PlanMonth {
    /// Its days, each with its key.
    pub(crate) fn keyed(self) -> impl Iterator<Item = (PlanKey, Intervals)> {
        let (staff_id, location_id) = (self.staff_id, self.location_id);
        self.days.into_iter().map(move |(date, intervals)| (PlanKey { staff_id, location_id, date }, intervals))
    }
}

/// The first date of a date's month.
pub(crate) fn month_of(date: NaiveDate) -> NaiveDate {
    date.with_day(1).unwrap_or(date)
}

/// Planned days by month, for where they are indexed or stored.
pub(crate) fn months_of(days: PlanDays) -> Vec<PlanMonth> {
    let mut months: BTreeMap<(StaffId, LocationId, NaiveDate), PlanMonth> = BTreeMap::new();
    for (key, intervals) in days {
        let (staff_id, location_id, month) = (key.staff_id, key.location_id, key.month());
        let entry = months.entry((staff_id, location_id, month));
        let entry = entry.or_insert_with(|| PlanMonth { staff_id, location_id, month, days: BTreeMap::new() });
        entry.days.insert(key.date, intervals);
    }
    months.into_values().collect()
}
