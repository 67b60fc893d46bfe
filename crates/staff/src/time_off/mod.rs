//! Time off: instants in which somebody does not work at any location, once it is approved.
//!
//! It cancels no booking. What it hits is listed for somebody to resolve.

mod draft;
mod entity;
pub(crate) mod graphql;
mod repo;
mod service;

use crate::member::StaffId;
use async_graphql::Enum;
use kernel::time::TimeRange;
use serde::{Deserialize, Serialize};

pub use draft::{TimeOffDraft, TimeOffFilter};
pub(crate) use repo::load;

kernel::id! {
    /// A time off.
    pub struct TimeOffId("abs");
}

/// A time in which somebody is away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeOff {
    /// Its id.
    pub id: TimeOffId,
    /// Who is away.
    pub staff_id: StaffId,
    /// From when until when, half-open.
    pub range: TimeRange,
    /// Why; may be empty. Internal.
    pub reason: String,
    /// Only `Approved` keeps bookings away.
    pub status: TimeOffStatus,
    /// Goes up with each change.
    pub version: i32,
}

/// The life of a time off: requested, then approved or declined; what is not declined may be cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Enum)]
pub enum TimeOffStatus {
    /// Asked for, not decided.
    Requested,
    /// Granted: nothing can be booked in it.
    Approved,
    /// Refused.
    Declined,
    /// Withdrawn.
    Cancelled,
}

impl TimeOffStatus {
    /// May it go from here to `next`?
    pub fn may_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Requested, Self::Approved | Self::Declined | Self::Cancelled) | (Self::Approved, Self::Cancelled)
        )
    }
}
