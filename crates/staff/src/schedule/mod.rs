//! When somebody works: weekly templates with validity, the published shift plan over them, dated exceptions over both,
//! time off.
//!
//! [`Schedules::day`] is the one place that says which intervals count on a date. Opening hours, closures and time
//! off are subtracted by whoever asks (the slot engine), as instants, in the location's zone.

pub(crate) mod clash;
mod day;
mod draft;
mod entity;
pub(crate) mod graphql;
mod repo;
pub(crate) mod service;
pub(crate) mod week;

use crate::exception::Exception;
use crate::member::StaffId;
use crate::plan::PlanMonth;
use crate::time_off::TimeOff;
use chrono::NaiveDate;
use kernel::time::WallInterval;
use serde::{Deserialize, Serialize};
use tenancy::LocationId;

pub use day::{Schedules, ShiftSource};
pub use draft::{HoursDraft, TemplateDraft};
pub(crate) use repo::load;
pub use service::Shift;
pub use week::Week;

/// The hours of one person at one location in a usual week, while they are valid.
/// Templates of one person and location never overlap in validity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// Who works.
    pub staff_id: StaffId,
    /// Where.
    pub location_id: LocationId,
    /// The first day on which it counts.
    pub valid_from: NaiveDate,
    /// The last day on which it counts; `None` is without end.
    pub valid_to: Option<NaiveDate>,
    /// The intervals by weekday.
    pub week: Week,
}

impl Template {
    /// Does it count on this day?
    pub fn valid_on(&self, date: NaiveDate) -> bool {
        self.valid_from <= date && self.valid_to.is_none_or(|to| date <= to)
    }
}

/// Who somebody is to the schedules: where they may work and on which days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Employment {
    /// Who.
    pub staff_id: StaffId,
    /// Where they may work; empty means everywhere.
    pub location_ids: Vec<LocationId>,
    /// The first day of their employment.
    pub employed_from: Option<NaiveDate>,
    /// The last day of their employment.
    pub employed_to: Option<NaiveDate>,
    /// Have they left?
    pub archived: bool,
}

/// All hours of a company as rows; what [`Schedules`] is built from and stored as.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ScheduleRows {
    /// Everybody, those who left too.
    pub employments: Vec<Employment>,
    /// The templates in force now or later, and those that ended within a year.
    pub templates: Vec<Template>,
    /// The exceptions from a year ago on.
    pub exceptions: Vec<Exception>,
    /// The published shift plan from a year ago on.
    pub plan: Vec<PlanMonth>,
    /// The time off that ends after a year ago: requested, approved, declined.
    pub time_off: Vec<TimeOff>,
}

/// Intervals of one day, by start.
pub type Intervals = Vec<WallInterval>;
