//! A closure: a stretch of time in which a location is shut whatever its opening hours say (a holiday, a repair).
//! It cancels no booking: whoever makes or moves one is told which bookings it hits.

pub(crate) mod entity;
mod graphql;
pub(crate) mod repo;
pub(crate) mod service;

use kernel::TimeRange;
use serde::{Deserialize, Serialize};

pub use graphql::{ClosureMutation, ClosureObject};
pub use service::{ClosureChange, NewClosure};

use crate::location::LocationId;

kernel::id! {
    /// A closure of a location.
    pub struct ClosureId("clo");
}

/// A stretch of time in which a location is shut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closure {
    /// Its id.
    pub id: ClosureId,
    /// The location that is shut.
    pub location_id: LocationId,
    /// From when until when, half-open.
    pub range: TimeRange,
    /// What people are told; may be empty.
    pub reason: String,
    /// Counts edits; an edit names the one it saw.
    pub version: i32,
}
