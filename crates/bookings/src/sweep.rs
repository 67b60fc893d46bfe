//! What bookings do by themselves: letting holds run out, and declining what was not agreed in time.
//!
//! Each hold brings its own job, due when it expires, so nothing scans companies for dead holds. Being late is harmless:
//! an expired hold blocks nobody, and whoever locks its people or units takes it off them first.

use crate::Bookings;
use crate::booking::BookingId;
use crate::hold::HoldId;
use jobs::{Delivery, Job, Registrar};
use serde::{Deserialize, Serialize};

/// Ends a hold whose time is over.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct ExpireHold {
    /// Which.
    pub hold: HoldId,
}

impl Job for ExpireHold {
    const NAME: &'static str = "bookings.expire_hold";
}

/// Declines a booking that was not agreed in time.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct ExpirePending {
    /// Which.
    pub booking: BookingId,
}

impl Job for ExpirePending {
    const NAME: &'static str = "bookings.expire_pending";
}

/// Registers the jobs of this crate.
pub(crate) fn register(registrar: &mut Registrar, bookings: &Bookings) {
    let handle = bookings.clone();
    registrar.job(move |cx: access::Cx, delivery: Delivery<ExpireHold>| {
        let bookings = handle.clone();
        async move { Ok(bookings.expire_hold(&cx, delivery.hold).await?) }
    });
    let handle = bookings.clone();
    registrar.job(move |cx: access::Cx, delivery: Delivery<ExpirePending>| {
        let bookings = handle.clone();
        async move { Ok(bookings.expire_pending(&cx, delivery.booking).await?) }
    });
}
