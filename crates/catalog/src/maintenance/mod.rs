//! A maintenance window: a time in which a resource cannot be used, with its reason.
//!
//! A window is a fact, never an allocation: it may be laid over bookings, which are then listed for somebody to
//! resolve, and two windows of one unit may overlap.

mod draft;
mod entity;
pub(crate) mod graphql;
mod repo;
mod service;

use crate::resource::ResourceId;
use kernel::time::TimeRange;
use serde::{Deserialize, Serialize};

pub use draft::{MaintenanceDraft, MaintenanceFilter, MaintenancePatch};
pub(crate) use repo::load;

kernel::id! {
    /// A maintenance window.
    pub struct MaintenanceId("mnt");
}

/// A time in which a resource cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Maintenance {
    /// Its id.
    pub id: MaintenanceId,
    /// The unit that is out of use.
    pub resource_id: ResourceId,
    /// From when until when, half-open.
    pub range: TimeRange,
    /// Why, in the words of whoever planned it; may be empty.
    pub reason: String,
    /// Goes up with each edit.
    pub version: i32,
}
