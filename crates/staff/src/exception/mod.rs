//! A dated exception: on this day, at this location, somebody works other hours than their template says, or not.

mod draft;
mod entity;
pub(crate) mod graphql;
mod repo;
mod service;

use crate::member::StaffId;
use chrono::NaiveDate;
use kernel::time::WallInterval;
use serde::{Deserialize, Serialize};
use tenancy::LocationId;

pub use draft::{DaysOfExceptions, ExceptionsDraft};
pub(crate) use repo::load;

kernel::id! {
    /// A dated exception.
    pub struct ExceptionId("exc");
}

/// The hours of one person at one location on one day. It replaces the day, night shift that begins on it included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exception {
    /// Its id.
    pub id: ExceptionId,
    /// Whose day.
    pub staff_id: StaffId,
    /// Where.
    pub location_id: LocationId,
    /// The local date.
    pub date: NaiveDate,
    /// What they work instead, by start; empty means they do not work.
    pub intervals: Vec<WallInterval>,
    /// Why; may be empty.
    pub note: String,
}
