//! A stretch of time between two instants, half-open.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// From an instant (included) to another (excluded). Empty when `to` is not after `from`: an empty range
/// overlaps nothing and contains nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TimeRange {
    /// The first instant inside.
    pub from: DateTime<Utc>,
    /// The first instant after it.
    pub to: DateTime<Utc>,
}

impl TimeRange {
    /// The range between two instants.
    pub const fn new(from: DateTime<Utc>, to: DateTime<Utc>) -> Self {
        Self { from, to }
    }

    /// The range of `minutes` that starts at `from`; empty when that would leave the calendar.
    pub fn starting(from: DateTime<Utc>, minutes: i64) -> Self {
        Self { from, to: shift(from, minutes) }
    }

    /// Whether it holds no instant.
    pub fn is_empty(self) -> bool {
        self.to <= self.from
    }

    /// Whether the two share an instant. Touching is not overlapping.
    pub fn overlaps(self, other: Self) -> bool {
        self.from < other.to && other.from < self.to && !self.is_empty() && !other.is_empty()
    }

    /// Whether the instant lies inside.
    pub fn contains(self, instant: DateTime<Utc>) -> bool {
        self.from <= instant && instant < self.to
    }

    /// Whether all of a non-empty `other` lies inside.
    pub fn covers(self, other: Self) -> bool {
        self.from <= other.from && other.to <= self.to && !other.is_empty()
    }

    /// What both share.
    pub fn intersect(self, other: Self) -> Option<Self> {
        let shared = Self::new(self.from.max(other.from), self.to.min(other.to));
        (!shared.is_empty()).then_some(shared)
    }

    /// What remains of it without `other`: nothing, one piece or two.
    pub fn subtract(self, other: Self) -> impl Iterator<Item = Self> {
        let pieces = if self.overlaps(other) {
            [Self::new(self.from, self.from.max(other.from)), Self::new(self.to.min(other.to), self.to)]
        } else {
            [self, Self::new(self.to, self.to)]
        };
        pieces.into_iter().filter(|piece| !piece.is_empty())
    }

    /// It with `before` minutes more in front and `after` minutes more behind.
    #[must_use]
    pub fn widen(self, before: i64, after: i64) -> Self {
        Self::new(shift(self.from, -before), shift(self.to, after))
    }

    /// Its length in whole elapsed minutes; 0 when empty.
    pub fn minutes(self) -> i64 {
        (self.to - self.from).num_minutes().max(0)
    }
}

/// The first instant there is for us: year 1. An open range starts here.
pub const EARLIEST: DateTime<Utc> = at(-62_135_596_800);

/// The last whole minute there is for us: year 9999. An open range ends here. Years of five digits are written with a
/// sign, which is another order where instants are compared as text.
pub const LATEST: DateTime<Utc> = at(253_402_300_740);

const fn at(seconds: i64) -> DateTime<Utc> {
    match DateTime::from_timestamp(seconds, 0) {
        Some(instant) => instant,
        None => DateTime::UNIX_EPOCH,
    }
}

/// An instant some minutes later, held at the ends of our calendar rather than going beyond them.
fn shift(instant: DateTime<Utc>, minutes: i64) -> DateTime<Utc> {
    let end = if minutes < 0 { EARLIEST } else { LATEST };
    let moved = TimeDelta::try_minutes(minutes).and_then(|delta| instant.checked_add_signed(delta));
    moved.unwrap_or(end).clamp(EARLIEST, LATEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(from: i64, to: i64) -> TimeRange {
        let at = |minute: i64| DateTime::UNIX_EPOCH + TimeDelta::minutes(minute);
        TimeRange::new(at(from), at(to))
    }

    #[test]
    fn touching_ranges_do_not_overlap() {
        assert!(!range(0, 10).overlaps(range(10, 20)));
        assert!(range(0, 11).overlaps(range(10, 20)));
        assert!(!range(5, 5).overlaps(range(0, 10)) && !range(9, 1).overlaps(range(0, 10)));
        assert!(range(0, 10).covers(range(0, 10)) && !range(0, 10).covers(range(0, 11)));
    }

    #[test]
    fn subtraction_leaves_up_to_two_pieces() {
        let left = |a: TimeRange, b: TimeRange| a.subtract(b).collect::<Vec<_>>();
        assert_eq!(left(range(0, 10), range(3, 5)), [range(0, 3), range(5, 10)]);
        assert_eq!(left(range(0, 10), range(0, 5)), [range(5, 10)]);
        assert_eq!(left(range(0, 10), range(-5, 15)), []);
        assert_eq!(left(range(0, 10), range(10, 15)), [range(0, 10)]);
    }

    #[test]
    fn the_ends_of_the_calendar_hold() {
        assert_eq!(LATEST.to_rfc3339(), "9999-12-31T23:59:00+00:00");
        assert_eq!(EARLIEST.to_rfc3339(), "0001-01-01T00:00:00+00:00");
        assert!(TimeRange::starting(LATEST, 5).is_empty());
        assert_eq!(range(0, 10).widen(5, 5), range(-5, 15));
        assert_eq!(range(0, 10).widen(i64::MAX, i64::MAX).from, EARLIEST);
    }
}
