//! The one conversion between wall time and instants. Two rules decide where clocks change:
//! a time that the clock skips is the first instant after the gap, for starts and ends alike (a shift shrinks, it
//! never inverts); a time that comes twice is the earlier instant for a start, the later for an end (a shift grows).

use chrono::{DateTime, Days, MappedLocalTime, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use smallvec::SmallVec;

use super::{TimeRange, WallInterval, WallTime};

/// Which end of an interval a wall time is: it decides which of two instants is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// The start: the earlier of two.
    Start,
    /// The end: the later of two.
    End,
}

/// The instants at which a clock shows one time of one date: none, one or two, in order.
pub type Starts = SmallVec<[DateTime<Utc>; 2]>;

/// The instant of a wall time on a local date.
pub fn instant(zone: Tz, date: NaiveDate, time: WallTime, edge: Edge) -> DateTime<Utc> {
    let local = at(date, time.minutes());
    let instants = instants_of(zone, local);
    let found = match edge {
        Edge::Start => instants.first(),
        Edge::End => instants.last(),
    };
    found.copied().unwrap_or_else(|| end_of_gap(zone, local))
}

/// The stretch of time that an interval of a local date is. None when a clock change swallowed it.
pub fn project(zone: Tz, date: NaiveDate, interval: WallInterval) -> Option<TimeRange> {
    let from = instant(zone, date, interval.start, Edge::Start);
    let end_date = if interval.crosses_midnight() { next(date) } else { date };
    let range = TimeRange::new(from, instant(zone, end_date, interval.end, Edge::End));
    (!range.is_empty()).then_some(range)
}

/// Every instant at which a slot may start that is written as this wall time: none in a gap, both where the
/// hour repeats, in order.
pub fn starts_at(zone: Tz, date: NaiveDate, time: WallTime) -> Starts {
    instants_of(zone, at(date, time.minutes()))
}

/// The local date at an instant.
pub fn local_date(zone: Tz, instant: DateTime<Utc>) -> NaiveDate {
    instant.with_timezone(&zone).date_naive()
}

/// All of a local date: from its first midnight to the first midnight of the next date. Both ends are read as
/// starts, so that consecutive days always meet. Empty for a date that a zone left out (Apia, 30 December 2011).
pub fn day_range(zone: Tz, date: NaiveDate) -> TimeRange {
    let midnight = |date| instant(zone, date, WallTime::MIDNIGHT, Edge::Start);
    TimeRange::new(midnight(date), midnight(next(date)))
}

fn instants_of(zone: Tz, local: NaiveDateTime) -> Starts {
    match zone.from_local_datetime(&local) {
        MappedLocalTime::None => Starts::new(),
        MappedLocalTime::Single(only) => std::iter::once(only.to_utc()).collect(),
        MappedLocalTime::Ambiguous(one, other) => {
            let (one, other) = (one.to_utc(), other.to_utc());
            [one.min(other), one.max(other)].into_iter().collect()
        }
    }
}

/// The first instant whose local time is at or after `local`, which lies in a gap. The local clock runs evenly
/// on both sides of the gap, so the instant is found by halving the span that any offset can put it in.
fn end_of_gap(zone: Tz, local: NaiveDateTime) -> DateTime<Utc> {
    // Offsets lie within 16 hours of UTC.
    let widest = TimeDelta::hours(16);
    let (Some(low), Some(high)) = (local.checked_sub_signed(widest), local.checked_add_signed(widest)) else {
        return local.and_utc();
    };
    let (mut low, mut high) = (low.and_utc().timestamp(), high.and_utc().timestamp());
    while high - low > 1 {
        let middle = low.midpoint(high);
        let reached = DateTime::from_timestamp(middle, 0).is_some_and(|instant| {
            let offset = zone.offset_from_utc_datetime(&instant.naive_utc()).fix();
            instant.naive_utc().checked_add_offset(offset).is_some_and(|shown| shown >= local)
        });
        if reached { high = middle } else { low = middle }
    }
    DateTime::from_timestamp(high, 0).unwrap_or(local.and_utc())
}

fn at(date: NaiveDate, minutes: u16) -> NaiveDateTime {
    // 24:00 is the next date's midnight; the last date of the calendar has none.
    date.and_time(NaiveTime::MIN).checked_add_signed(TimeDelta::minutes(minutes.into())).unwrap_or(NaiveDateTime::MAX)
}

fn next(date: NaiveDate) -> NaiveDate {
    date.checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX)
}

#[cfg(test)]
mod tests;
