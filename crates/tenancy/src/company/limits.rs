//! How much a company takes on: limits that staff may exceed by naming the rule. Absent: no limit.

use super::service::within;
use kernel::Checks;
use serde::{Deserialize, Serialize};

/// How much of one kind a company takes on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookingLimits {
    /// Visits of one client that are still to come.
    pub client_active: Option<u16>,
    /// Visits of one client on one local day.
    pub client_daily: Option<u16>,
    /// Visits of one staff member on one local day.
    pub staff_daily: Option<u16>,
    /// Minutes of services, without buffers, of one staff member on one local day.
    pub staff_daily_minutes: Option<u16>,
}

/// An edit of the limits: what is `None` stays, the inner `None` takes the limit away.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(clippy::option_option, reason = "left out, taken away and set are three different wishes")]
#[allow(missing_docs, reason = "the fields are those of the limits")]
pub struct BookingLimitsChange {
    pub client_active: Option<Option<i32>>,
    pub client_daily: Option<Option<i32>>,
    pub staff_daily: Option<Option<i32>>,
    pub staff_daily_minutes: Option<Option<i32>>,
}

impl BookingLimitsChange {
    /// The limits after the edit; what is wrong is noted below `bookingLimits`.
    pub(super) fn check(self, checks: &mut Checks, before: BookingLimits) -> Option<BookingLimits> {
        let mut one = |field: &'static str, wish: Option<Option<i32>>, before: Option<u16>, (min, max): (i32, i32)| {
            let Some(wish) = wish else { return Some(before) };
            checks.optional(format!("bookingLimits.{field}"), wish.map(|limit| within::<u16>(limit, min, max)))
        };
        let client_active = one("clientActive", self.client_active, before.client_active, (1, 1_000));
        let client_daily = one("clientDaily", self.client_daily, before.client_daily, (1, 100));
        let staff_daily = one("staffDaily", self.staff_daily, before.staff_daily, (1, 200));
        let minutes = one("staffDailyMinutes", self.staff_daily_minutes, before.staff_daily_minutes, (5, 1_440));
        Some(BookingLimits {
            client_active: client_active?,
            client_daily: client_daily?,
            staff_daily: staff_daily?,
            staff_daily_minutes: minutes?,
        })
    }
}
