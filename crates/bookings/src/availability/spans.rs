//! Half-open ranges of whole minutes since the Unix epoch, sorted, disjoint and never touching: the engine's currency.
//! Instants become minutes here and nowhere else; what blocks is rounded outwards, so nothing is ever freer than its
//! rows say.

use chrono::{DateTime, Utc};
use kernel::time::TimeRange;

/// Minutes since the Unix epoch.
pub(super) type Minute = i64;

/// The minute that the instant lies in.
pub(super) fn floor(instant: DateTime<Utc>) -> Minute {
    instant.timestamp().div_euclid(60)
}

/// The first whole minute that is not before the instant.
pub(super) fn ceil(instant: DateTime<Utc>) -> Minute {
    let whole = instant.timestamp().rem_euclid(60) == 0 && instant.timestamp_subsec_nanos() == 0;
    floor(instant) + i64::from(!whole)
}

/// The instant at which a minute begins; chrono's own limits for what lies beyond them.
pub(super) fn instant(minute: Minute) -> DateTime<Utc> {
    let beyond = if minute < 0 { DateTime::<Utc>::MIN_UTC } else { DateTime::<Utc>::MAX_UTC };
    minute.checked_mul(60).and_then(|seconds| DateTime::from_timestamp(seconds, 0)).unwrap_or(beyond)
}

/// `[from, to)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span {
    pub(super) from: Minute,
    pub(super) to: Minute,
}

impl Span {
    pub(super) const fn new(from: Minute, to: Minute) -> Self {
        Self { from, to }
    }

    /// The least span of whole minutes that holds the range.
    pub(super) fn around(range: TimeRange) -> Self {
        Self { from: floor(range.from), to: ceil(range.to) }
    }

    pub(super) fn range(self) -> TimeRange {
        TimeRange { from: instant(self.from), to: instant(self.to) }
    }

    pub(super) const fn is_empty(self) -> bool {
        self.to <= self.from
    }

    pub(super) const fn minutes(self) -> Minute {
        if self.is_empty() { 0 } else { self.to - self.from }
    }

    pub(super) fn intersect(self, other: Self) -> Self {
        Self { from: self.from.max(other.from), to: self.to.min(other.to) }
    }
}

/// A set of minutes as spans. Push in any order, then [`Spans::normalize`] once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Spans(Vec<Span>);

impl Spans {
    pub(super) fn push(&mut self, span: Span) {
        if !span.is_empty() {
            self.0.push(span);
        }
    }

    /// Sorts, and merges what overlaps or touches. Rows mostly come sorted, which the sort notices.
    pub(super) fn normalize(&mut self) {
        self.0.sort_unstable();
        self.0.dedup_by(|next, kept| {
            let merges = next.from <= kept.to;
            if merges {
                kept.to = kept.to.max(next.to);
            }
            merges
        });
    }

    pub(super) fn as_slice(&self) -> &[Span] {
        &self.0
    }

    /// The spans that share a minute with the window.
    pub(super) fn within(&self, window: Span) -> &[Span] {
        let rest = &self.0[self.0.partition_point(|span| span.to <= window.from)..];
        &rest[..rest.partition_point(|span| span.from < window.to)]
    }

    /// The minutes of the window that are in the set.
    pub(super) fn minutes_within(&self, window: Span) -> Minute {
        self.within(window).iter().map(|span| span.intersect(window).minutes()).sum()
    }

    /// The span that holds the minute.
    pub(super) fn around(&self, minute: Minute) -> Option<Span> {
        self.within(Span::new(minute, minute + 1)).first().copied()
    }

    /// The last span that begins before the minute; it may hold it.
    pub(super) fn last_before(&self, minute: Minute) -> Option<Span> {
        self.0[..self.0.partition_point(|span| span.from < minute)].last().copied()
    }

    /// The first span that ends after the minute; it may hold it.
    pub(super) fn first_after(&self, minute: Minute) -> Option<Span> {
        self.0.get(self.0.partition_point(|span| span.to <= minute)).copied()
    }

    /// What is in both, in order.
    pub(super) fn intersections<'a>(&'a self, other: &'a Self, window: Span) -> impl Iterator<Item = Span> + 'a {
        self.within(window).iter().flat_map(move |span| other.within(*span).iter().map(move |met| met.intersect(*span)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(pairs: &[(i64, i64)]) -> Spans {
        let mut set = Spans::default();
        for &(from, to) in pairs {
            set.push(Span::new(from, to));
        }
        set.normalize();
        set
    }

    #[test]
    fn merges_what_touches_and_drops_what_is_empty() {
        assert_eq!(spans(&[(10, 20), (0, 5), (5, 7), (15, 30), (40, 40)]), spans(&[(0, 7), (10, 30)]));
        assert_eq!(spans(&[(0, 100), (10, 20)]).as_slice(), &[Span::new(0, 100)]);
    }

    #[test]
    fn finds_what_shares_a_minute_with_a_window() {
        let set = spans(&[(0, 10), (20, 30), (40, 50)]);
        assert_eq!(set.within(Span::new(10, 20)), &[]);
        assert_eq!(set.within(Span::new(9, 21)), &[Span::new(0, 10), Span::new(20, 30)]);
        assert_eq!(set.minutes_within(Span::new(5, 45)), 20);
        assert_eq!(set.around(20), Some(Span::new(20, 30)));
        assert_eq!(set.around(30), None);
    }

    #[test]
    fn instants_round_outwards() {
        let range = TimeRange {
            from: DateTime::from_timestamp(61, 0).unwrap_or_default(),
            to: DateTime::from_timestamp(120, 1).unwrap_or_default(),
        };
        assert_eq!(Span::around(range), Span::new(1, 3));
        assert_eq!(floor(DateTime::from_timestamp(-1, 0).unwrap_or_default()), -1);
    }
}
