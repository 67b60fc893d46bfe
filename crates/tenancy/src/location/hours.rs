//! Opening hours of a location: weekly intervals in local wall time. Pure.
//! No two intervals of a week overlap, whichever midnight they cross; touching is allowed.

use chrono::Weekday;
use kernel::WallInterval;
use serde::{Deserialize, Serialize};

/// The most intervals one weekday may have.
pub const MAX_INTERVALS_A_DAY: usize = 10;

const DAY: i32 = 1440;
const WEEK: i32 = 7 * DAY;

/// One interval of one weekday. An interval that ends at or before its start ends on the next day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpeningInterval {
    /// The weekday on which it starts.
    pub weekday: Weekday,
    /// From when until when.
    pub interval: WallInterval,
}

/// Why opening hours are refused; the index is that of the offending interval as given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoursFault {
    /// It overlaps another interval.
    Overlap(usize),
    /// Its weekday has too many intervals.
    TooMany(usize),
}

/// Checks a week and puts it in order of weekday and start.
pub fn arrange(week: Vec<OpeningInterval>) -> Result<Vec<OpeningInterval>, HoursFault> {
    for (index, interval) in week.iter().enumerate() {
        if week[..index].iter().filter(|other| other.weekday == interval.weekday).count() >= MAX_INTERVALS_A_DAY {
            return Err(HoursFault::TooMany(index));
        }
        if week[..index].iter().any(|other| overlap(*other, *interval)) {
            return Err(HoursFault::Overlap(index));
        }
    }
    let mut week = week;
    week.sort_by_key(|interval| span(*interval).0);
    Ok(week)
}

/// Start and end in minutes of the week; the end may lie past its last minute.
fn span(opening: OpeningInterval) -> (i32, i32) {
    let (start, end) = (i32::from(opening.interval.start.minutes()), i32::from(opening.interval.end.minutes()));
    let midnight = i32::try_from(opening.weekday.num_days_from_monday()).unwrap_or(0) * DAY;
    let end = if end <= start { end + DAY } else { end };
    (midnight + start, midnight + end)
}

/// Sunday's night may reach into Monday, so one of the two is also compared a week earlier and later.
fn overlap(left: OpeningInterval, right: OpeningInterval) -> bool {
    let ((left_start, left_end), (right_start, right_end)) = (span(left), span(right));
    [-WEEK, 0, WEEK].iter().any(|shift| left_start + shift < right_end && right_start < left_end + shift)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    fn open(weekday: Weekday, start: &str, end: &str) -> OpeningInterval {
        OpeningInterval { weekday, interval: WallInterval { start: start.parse().unwrap(), end: end.parse().unwrap() } }
    }

    #[test]
    fn a_week_is_put_in_order() {
        let (late, early) = (open(Weekday::Tue, "14:00", "20:00"), open(Weekday::Tue, "09:00", "14:00"));
        let monday = open(Weekday::Mon, "09:00", "24:00");
        assert_eq!(arrange(vec![late, monday, early]).unwrap(), vec![monday, early, late]);
    }

    #[test]
    fn overlaps_are_found_over_every_midnight() {
        let night = open(Weekday::Sun, "20:00", "02:00");
        assert_eq!(arrange(vec![night, open(Weekday::Mon, "01:00", "05:00")]), Err(HoursFault::Overlap(1)));
        assert!(arrange(vec![night, open(Weekday::Mon, "02:00", "05:00")]).is_ok());
        let whole = open(Weekday::Wed, "00:00", "00:00");
        assert_eq!(arrange(vec![whole, open(Weekday::Wed, "23:00", "23:30")]), Err(HoursFault::Overlap(1)));
        assert!(arrange(vec![whole, open(Weekday::Thu, "00:00", "24:00")]).is_ok());
    }

    #[test]
    fn a_day_has_a_limit() {
        let minutes = (0..11).map(|hour| open(Weekday::Fri, &format!("{hour:02}:00"), &format!("{hour:02}:30")));
        assert_eq!(arrange(minutes.collect()), Err(HoursFault::TooMany(10)));
    }
}
