//! The waiting list: who wants a seat of a full session, or a visit in hours that are taken.
//!
//! A freed seat goes to the first whose party it fits, in the transaction that frees it, until the session's list closes.
//! Freed time of a person is offered to the first whom it suits: a hold of 15 minutes that they alone can book; when they
//! decline or let it lapse, to the next. Whether it suits is the engine's answer, as for every visit.

mod entity;
pub mod graphql;
pub(crate) mod repo;
pub mod service;

use crate::booking::BookingId;
use crate::hold::HoldId;
use crate::session::GroupSessionId;
use catalog::ServiceId;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use clients::ClientId;
use kernel::time::WallTime;
use serde::{Deserialize, Serialize};
use staff::StaffId;
use tenancy::LocationId;

kernel::id! {
    /// Somebody's place in a waiting list.
    pub struct WaitlistEntryId("wle");
}

/// Minutes that an offered slot is held.
pub const OFFER_MINUTES: i64 = 15;
/// Windows in one entry.
pub const MAX_WINDOWS: usize = 20;
/// Staff members in one entry.
pub const MAX_STAFF: usize = 50;
/// How many days ahead somebody may wait.
pub const MAX_DAYS_AHEAD: u64 = 366;

/// Somebody who waits.
#[derive(Debug, Clone)]
pub struct WaitlistEntry {
    /// Its id.
    pub id: WaitlistEntryId,
    /// Where it stands.
    pub status: WaitlistStatus,
    /// Who waits.
    pub client_id: ClientId,
    /// How they came in; a booking that is made for them came in the same way.
    pub channel: String,
    /// Where.
    pub location_id: LocationId,
    /// For what.
    pub service_id: ServiceId,
    /// For seats of this session; none: for a visit.
    pub session_id: Option<GroupSessionId>,
    /// For how many people: seats of a session.
    pub party_size: u16,
    /// By any of these; empty: by anybody.
    pub staff_ids: Vec<StaffId>,
    /// In any of these; empty for seats of a session.
    pub windows: Vec<Window>,
    /// When waiting ends by itself.
    pub expires_at: DateTime<Utc>,
    /// The hold that they were offered.
    pub hold_id: Option<HoldId>,
    /// The booking that came of it.
    pub booking_id: Option<BookingId>,
    /// Grows with each change.
    pub version: i32,
    /// When they joined: earlier goes first.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

impl WaitlistEntry {
    /// Whether they came in by themselves, so that a booking for them waits for approval where theirs would.
    pub fn is_clients_own(&self) -> bool {
        self.channel == "PUBLIC"
    }

    /// Whether this person may be the one who does it.
    pub fn wants(&self, staff: StaffId) -> bool {
        self.staff_ids.is_empty() || self.staff_ids.contains(&staff)
    }

    /// Whether a visit from one local time to another lies in some window.
    pub fn has_room_for(&self, from: NaiveDateTime, to: NaiveDateTime) -> bool {
        self.windows.iter().any(|window| window.holds(from, to))
    }
}

/// Local hours in which somebody could come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// First local date.
    pub from: NaiveDate,
    /// Last local date, itself included.
    pub to: NaiveDate,
    /// No earlier than this time of day.
    pub starts_at: WallTime,
    /// Over by this time of the same day.
    pub ends_at: WallTime,
}

impl Window {
    /// Whether a visit from one local time to another lies in it. One that ends after midnight does not.
    pub fn holds(&self, from: NaiveDateTime, to: NaiveDateTime) -> bool {
        let date = from.date();
        let minutes = |time: NaiveDateTime| (time - date.and_time(NaiveTime::MIN)).num_minutes();
        self.from <= date
            && date <= self.to
            && i64::from(self.starts_at.minutes()) <= minutes(from)
            && minutes(to) <= i64::from(self.ends_at.minutes())
    }
}

/// Where an entry stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, async_graphql::Enum)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[graphql(name = "WaitlistStatus")]
pub enum WaitlistStatus {
    /// They wait.
    Waiting,
    /// A slot is held for them, for 15 minutes.
    Offered,
    /// They have a booking.
    Booked,
    /// They wait no longer, or staff took them off.
    Left,
    /// They were offered a slot and did not take it.
    Lapsed,
    /// The time for which they waited has come.
    Expired,
}

impl WaitlistStatus {
    /// The states that are stored: that the time has come is told by the clock.
    const STORED: [Self; 5] = [Self::Waiting, Self::Offered, Self::Booked, Self::Left, Self::Lapsed];

    /// The stored form.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting | Self::Expired => "WAITING",
            Self::Offered => "OFFERED",
            Self::Booked => "BOOKED",
            Self::Left => "LEFT",
            Self::Lapsed => "LAPSED",
        }
    }

    /// Reads the stored form.
    pub fn parse(text: &str) -> Option<Self> {
        Self::STORED.into_iter().find(|status| status.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;
    use chrono::Duration;
    use proptest::prelude::*;

    fn wall(minutes: u16) -> WallTime {
        WallTime::from_minutes(minutes).unwrap()
    }

    fn day(number: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 3, number).unwrap()
    }

    fn at(date: u32, minutes: u16) -> NaiveDateTime {
        day(date).and_time(NaiveTime::MIN) + Duration::minutes(minutes.into())
    }

    #[test]
    fn midnight_ends_a_day() {
        let evening = Window { from: day(2), to: day(3), starts_at: wall(18 * 60), ends_at: wall(24 * 60) };
        assert!(evening.holds(at(3, 23 * 60), at(4, 0)));
        assert!(!evening.holds(at(3, 23 * 60), at(4, 30)), "it ends on the next day");
        assert!(!evening.holds(at(4, 19 * 60), at(4, 20 * 60)));
        let until_ten = Window { ends_at: wall(22 * 60), ..evening };
        assert!(!until_ten.holds(at(2, 23 * 60), at(3, 0)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        /// Against counting minutes: every minute of the visit lies in the window.
        #[test]
        fn a_window_holds_what_lies_in_it(
            first in 2_u32..8, days in 0_u32..4, from in 0_u16..1_440, to in 1_u16..=1_440,
            date in 1_u32..14, start in 0_u16..1_440, minutes in 1_u16..600,
        ) {
            let window = Window { from: day(first), to: day(first + days), starts_at: wall(from), ends_at: wall(to) };
            let inside = (first..=first + days).contains(&date)
                && (start..start + minutes).all(|minute| from <= minute && minute < to);
            prop_assert_eq!(window.holds(at(date, start), at(date, start + minutes)), inside);
        }
    }
}
