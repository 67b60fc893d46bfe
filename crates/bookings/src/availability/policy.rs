//! The rules that a company or location sets, resolved by the caller for the services asked for (the service's own
//! step, notice and horizon come before the location's and company's; of several services the strictest holds).

use chrono::{Days, NaiveDate};

use super::violation::Rules;

/// What a candidate is measured against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Minutes from one candidate start to the next. At least 1; with [`Grid::Midnight`] it divides 1440.
    pub step: u16,
    /// Where the grid begins.
    pub grid: Grid,
    /// Whether, besides the grid, a start is offered at which the first line would touch time that its staff member is
    /// occupied already, so that no gap is left between.
    pub tight: bool,
    /// A start is at least this many elapsed minutes from now; exactly that many is enough.
    pub notice_minutes: u32,
    /// The last local date that may be booked is today and this many days, the whole of it.
    pub horizon_days: u16,
    /// The first local date that may be booked; none: any.
    pub first_date: Option<NaiveDate>,
    /// The last local date that may be booked, in place of the horizon; none: as far as that.
    pub last_date: Option<NaiveDate>,
    /// Whether a staff member's buffers may stick out of the working time.
    pub buffer_overhang: bool,
    /// Rules set aside for this request, each by name. Those that are never overridable are kept whatever stands here.
    pub waived: Rules,
}

/// Where the grid of candidate starts is anchored. Bookings, closures and absences never move it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grid {
    /// Local 00:00.
    Midnight,
    /// The start of the working interval (shift within opening hours) of the first line's staff member; of the opening
    /// interval when nobody is needed.
    ShiftStart,
}

impl Policy {
    /// The last local date that may be booked.
    pub fn last_date(&self, today: NaiveDate) -> NaiveDate {
        let horizon = || today.checked_add_days(Days::new(self.horizon_days.into())).unwrap_or(NaiveDate::MAX);
        self.last_date.unwrap_or_else(horizon)
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            step: 15,
            grid: Grid::Midnight,
            tight: false,
            notice_minutes: 0,
            horizon_days: 60,
            first_date: None,
            last_date: None,
            buffer_overhang: false,
            waived: Rules::NONE,
        }
    }
}
