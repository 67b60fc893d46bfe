//! The life of a booking as a pure machine: which transition leads where, and what the clock has to say about it.
//! Holding the slot, versions and history belong to the services; nothing here reads a database or a clock.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

/// Hours within which a no-show can be taken back.
pub const NO_SHOW_UNDO_HOURS: i64 = 24;

/// Where a booking stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, async_graphql::Enum)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[graphql(name = "BookingStatus")]
pub enum Status {
    /// Waits for approval by staff or for its prepayment; the slot is taken.
    Pending,
    /// Agreed.
    Confirmed,
    /// The client is here.
    Arrived,
    /// The visit is going on.
    InService,
    /// The visit is over.
    Completed,
    /// Called off by the client or by staff; the slot is free again.
    Cancelled,
    /// Not accepted by staff, or not agreed in time; the slot is free again.
    Declined,
    /// The client never came.
    NoShow,
}

/// What can be done to a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transition {
    /// Accept a pending booking.
    Confirm,
    /// Refuse a pending booking.
    Decline,
    /// The client came.
    Arrive,
    /// The visit begins.
    Start,
    /// The visit is over.
    Complete,
    /// The client did not come.
    MarkNoShow,
    /// The no-show was a mistake.
    UndoNoShow,
    /// Call the booking off.
    Cancel,
}

/// Why a transition is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The status has no such arrow.
    NoArrow,
    /// Start plus grace has not come yet.
    TooEarly,
    /// The time for taking it back is over.
    TooLate,
}

/// What of the booking and of the world a transition looks at.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// The present instant.
    pub now: DateTime<Utc>,
    /// When the visit starts.
    pub starts_at: DateTime<Utc>,
    /// When the present status was reached.
    pub since: DateTime<Utc>,
    /// Minutes after the start before which nobody is a no-show.
    pub grace_minutes: u16,
}

impl Status {
    /// Every status, in the order of a booking's life.
    pub const ALL: [Self; 8] = [
        Self::Pending,
        Self::Confirmed,
        Self::Arrived,
        Self::InService,
        Self::Completed,
        Self::Cancelled,
        Self::Declined,
        Self::NoShow,
    ];

    /// Whether a booking of this status keeps its time from others.
    pub const fn blocks(self) -> bool {
        match self {
            Self::Pending | Self::Confirmed | Self::Arrived | Self::InService | Self::Completed => true,
            Self::Cancelled | Self::Declined | Self::NoShow => false,
        }
    }

    /// Whether the visit may still be moved to another time.
    pub const fn movable(self) -> bool {
        matches!(self, Self::Pending | Self::Confirmed)
    }

    /// Whether what the visit consists of may still change.
    pub const fn editable(self) -> bool {
        matches!(self, Self::Pending | Self::Confirmed | Self::Arrived | Self::InService)
    }

    /// Whether the visit may still be called off.
    pub const fn cancellable(self) -> bool {
        self.arrow(Transition::Cancel).is_some()
    }

    /// The stored form.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Confirmed => "CONFIRMED",
            Self::Arrived => "ARRIVED",
            Self::InService => "IN_SERVICE",
            Self::Completed => "COMPLETED",
            Self::Cancelled => "CANCELLED",
            Self::Declined => "DECLINED",
            Self::NoShow => "NO_SHOW",
        }
    }

    /// Reads the stored form.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }

    /// The status after `transition`, or why it is refused.
    pub fn after(self, transition: Transition, at: Moment) -> Result<Self, Refusal> {
        let next = self.arrow(transition).ok_or(Refusal::NoArrow)?;
        match transition {
            Transition::MarkNoShow if at.now < at.starts_at + Duration::minutes(at.grace_minutes.into()) => {
                Err(Refusal::TooEarly)
            }
            Transition::UndoNoShow if at.now > at.since + Duration::hours(NO_SHOW_UNDO_HOURS) => Err(Refusal::TooLate),
            _ => Ok(next),
        }
    }

    const fn arrow(self, transition: Transition) -> Option<Self> {
        Some(match (self, transition) {
            (Self::Pending, Transition::Confirm) | (Self::NoShow, Transition::UndoNoShow) => Self::Confirmed,
            (Self::Pending, Transition::Decline) => Self::Declined,
            (Self::Confirmed, Transition::Arrive) => Self::Arrived,
            (Self::Arrived, Transition::Start) => Self::InService,
            (Self::InService, Transition::Complete) => Self::Completed,
            (Self::Confirmed | Self::Arrived, Transition::MarkNoShow) => Self::NoShow,
            (Self::Pending | Self::Confirmed | Self::Arrived, Transition::Cancel) => Self::Cancelled,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;

    const TRANSITIONS: [Transition; 8] = [
        Transition::Confirm,
        Transition::Decline,
        Transition::Arrive,
        Transition::Start,
        Transition::Complete,
        Transition::MarkNoShow,
        Transition::UndoNoShow,
        Transition::Cancel,
    ];

    fn at(minutes_after_start: i64) -> Moment {
        let starts_at = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        Moment {
            now: starts_at + Duration::minutes(minutes_after_start),
            starts_at,
            since: starts_at,
            grace_minutes: 10,
        }
    }

    #[test]
    fn the_arrows_are_exactly_those_of_the_rules() {
        let mut arrows = Vec::new();
        for from in Status::ALL {
            for transition in TRANSITIONS {
                if let Ok(to) = from.after(transition, at(15)) {
                    arrows.push(format!("{} {transition:?} {}", from.as_str(), to.as_str()));
                }
            }
        }
        assert_eq!(
            arrows,
            [
                "PENDING Confirm CONFIRMED",
                "PENDING Decline DECLINED",
                "PENDING Cancel CANCELLED",
                "CONFIRMED Arrive ARRIVED",
                "CONFIRMED MarkNoShow NO_SHOW",
                "CONFIRMED Cancel CANCELLED",
                "ARRIVED Start IN_SERVICE",
                "ARRIVED MarkNoShow NO_SHOW",
                "ARRIVED Cancel CANCELLED",
                "IN_SERVICE Complete COMPLETED",
                "NO_SHOW UndoNoShow CONFIRMED",
            ]
        );
    }

    #[test]
    fn nobody_is_a_no_show_before_the_grace_is_over() {
        assert_eq!(Status::Confirmed.after(Transition::MarkNoShow, at(9)), Err(Refusal::TooEarly));
        assert_eq!(Status::Confirmed.after(Transition::MarkNoShow, at(10)), Ok(Status::NoShow));
        let patient = |minutes| Moment { grace_minutes: 45, ..at(minutes) };
        assert_eq!(Status::Confirmed.after(Transition::MarkNoShow, patient(44)), Err(Refusal::TooEarly));
        assert_eq!(Status::Confirmed.after(Transition::MarkNoShow, patient(45)), Ok(Status::NoShow));
    }

    #[test]
    fn a_no_show_can_be_taken_back_for_a_day() {
        assert_eq!(Status::NoShow.after(Transition::UndoNoShow, at(24 * 60)), Ok(Status::Confirmed));
        assert_eq!(Status::NoShow.after(Transition::UndoNoShow, at(24 * 60 + 1)), Err(Refusal::TooLate));
    }

    #[test]
    fn stored_forms_read_back() {
        for status in Status::ALL {
            assert_eq!(Status::parse(status.as_str()), Some(status));
        }
        assert_eq!(Status::parse("LOST"), None);
    }

    #[test]
    fn only_the_three_lost_states_free_the_slot() {
        let free: Vec<_> = Status::ALL.into_iter().filter(|status| !status.blocks()).collect();
        assert_eq!(free, [Status::Cancelled, Status::Declined, Status::NoShow]);
    }
}
