//! Calendars of other programs that keep somebody from being booked: uploaded, or read again and again from an address.
//!
//! Of a calendar only the stretches of time are kept in which its owner is busy, joined where they touch: it is private,
//! and what is in it is nobody's business here. What was read is a copy; it is replaced as a whole and deleted with its
//! calendar. The address is a secret (whoever has it reads the calendar): it is stored sealed and never shown again.

mod draft;
mod entity;
pub(crate) mod graphql;
mod read;
mod refresh;
mod repo;
mod service;
mod times;

use crate::member::StaffId;
use async_graphql::Enum;
use chrono::{DateTime, TimeDelta, Utc};

pub use draft::{ImportDraft, SubscribeDraft};
pub use refresh::RefreshBusyCalendar;
pub use times::BusyTimes;
pub(crate) use times::load;

kernel::id! {
    /// A calendar of somebody's busy time.
    pub struct BusyCalendarId("bcl");
}

/// Calendars that one person may have at once.
pub const MAX_CALENDARS: u64 = 5;
/// Longest text that is uploaded, in bytes: what fits into a request.
pub const MAX_TEXT: usize = 1_000_000;
/// Longest text that is fetched, in bytes.
pub const MAX_FETCHED: usize = 4 * 1024 * 1024;
/// Entries that are read of a calendar.
pub const MAX_ENTRIES: usize = 20_000;
/// Stretches of time that are kept of a calendar.
pub const MAX_RANGES: usize = 3_000;
/// Days from today on for which a calendar counts.
pub const WINDOW_DAYS: u64 = 731;
/// How often an address is asked.
pub const REFRESH: TimeDelta = TimeDelta::minutes(15);
/// The longest pause after failures.
pub const LONGEST_PAUSE: TimeDelta = TimeDelta::days(1);
/// A subscription that is overdue for so long is not waited for any more: jobs are tried again for less.
const FORGOTTEN: TimeDelta = TimeDelta::hours(2);
/// After so long a calendar is read anew though it did not change: the window has moved on.
pub const REREAD: TimeDelta = TimeDelta::days(7);

/// Where a calendar comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
pub enum BusyCalendarSource {
    /// It was uploaded once; it changes when it is uploaded again.
    Upload,
    /// It is read from an address every quarter of an hour.
    Subscription,
}

/// Why a calendar could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
pub enum BusyCalendarFault {
    /// The address is none of the public internet, or leads to one that is not.
    AddressRefused,
    /// Nobody answers at the address, or too slowly, or nothing that reads.
    Unreachable,
    /// The answer is that there is no such thing, or not for us.
    Denied,
    /// There is more in it than is read.
    TooLarge,
    /// What is there is no calendar.
    NotACalendar,
}

/// A calendar of busy time; neither its address nor what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BusyCalendar {
    /// Its id.
    pub id: BusyCalendarId,
    /// Whose.
    pub staff_id: StaffId,
    /// What people call it.
    pub name: String,
    /// Where it comes from.
    pub source: BusyCalendarSource,
    /// The host of its address.
    pub host: Option<String>,
    /// Stretches of time that count.
    pub range_count: i32,
    /// Entries that were not understood.
    pub unread_count: i32,
    /// When what counts was read.
    pub read_at: DateTime<Utc>,
    /// When its address last gave it, changed or not.
    pub fetched_at: Option<DateTime<Utc>>,
    /// Why it could not be read the last time.
    pub fault: Option<BusyCalendarFault>,
    /// How often it could not be read, since it last could.
    pub failures: i32,
    /// When its address is asked again.
    pub next_fetch_at: Option<DateTime<Utc>>,
    /// When it was taken away.
    pub removed_at: Option<DateTime<Utc>>,
    /// Goes up with each change that a person makes.
    pub version: i32,
}

impl BusyCalendar {
    /// When it is asked next: after a failure twice as late each time.
    fn pause(failures: i32) -> TimeDelta {
        let doublings = u32::try_from(failures.clamp(0, 10)).unwrap_or(0);
        REFRESH.checked_mul(1 << doublings).unwrap_or(LONGEST_PAUSE).min(LONGEST_PAUSE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_fails_is_asked_less_and_less_but_daily() {
        let minutes: Vec<i64> = (0..9).map(|failures| BusyCalendar::pause(failures).num_minutes()).collect();
        assert_eq!(minutes, [15, 30, 60, 120, 240, 480, 960, 1440, 1440]);
        assert_eq!(BusyCalendar::pause(i32::MAX), LONGEST_PAUSE);
    }
}
