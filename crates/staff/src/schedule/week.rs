//! The intervals of a usual week, and what may stand in one.

use super::Intervals;
use crate::error::StaffErrorCode;
use chrono::{Datelike, NaiveDate, Weekday};
use kernel::time::WallInterval;
use kernel::{Error, Result};
use serde::{Deserialize, Serialize};

/// How many intervals one day may have.
pub(crate) const MAX_INTERVALS_A_DAY: usize = 12;
pub(crate) const DAY: u32 = 24 * 60;
const WEEK: u32 = 7 * DAY;

/// Intervals by weekday, Monday first; those of a day by start. No two of them overlap, not even a night shift and
/// the morning after it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Week([Intervals; 7]);

impl Week {
    /// A week of these intervals, in any order. Refuses overlaps and more than twelve intervals in a day.
    pub fn new(intervals: &[(Weekday, WallInterval)]) -> Result<Self> {
        let mut week = Self::default();
        for (weekday, interval) in intervals {
            week.0[index(*weekday)].push(*interval);
        }
        for day in &mut week.0 {
            day.sort_by_key(|interval| interval.start);
            if day.len() > MAX_INTERVALS_A_DAY {
                return Err(Error::invalid(StaffErrorCode::TooManyIntervals).with("max", MAX_INTERVALS_A_DAY));
            }
        }
        match first_overlap(&week.spans(), WEEK) {
            Some(at) => Err(Error::invalid(StaffErrorCode::IntervalsOverlap).with("day", weekday_of(at))),
            None => Ok(week),
        }
    }

    /// The intervals that start on this date.
    pub fn on(&self, date: NaiveDate) -> Intervals {
        self.0[index(date.weekday())].clone()
    }

    /// All intervals from Monday on, each with its weekday.
    pub fn iter(&self) -> impl Iterator<Item = (Weekday, WallInterval)> + '_ {
        let weekdays = std::iter::successors(Some(Weekday::Mon), |day| Some(day.succ()));
        weekdays.zip(&self.0).flat_map(|(weekday, day)| day.iter().map(move |interval| (weekday, *interval)))
    }

    /// Is nobody at work in it?
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(Vec::is_empty)
    }

    /// Each interval as minutes from Monday 00:00: start and length.
    fn spans(&self) -> Vec<(u32, u32)> {
        let start = |weekday: Weekday, interval: WallInterval| {
            weekday.num_days_from_monday() * DAY + u32::from(interval.start.minutes())
        };
        self.iter().map(|(weekday, interval)| (start(weekday, interval), u32::from(interval.minutes()))).collect()
    }
}

/// Sorts the intervals of one dated day; refuses overlaps and more than twelve.
pub(crate) fn one_day(intervals: &[WallInterval]) -> Result<Intervals> {
    if intervals.len() > MAX_INTERVALS_A_DAY {
        return Err(Error::invalid(StaffErrorCode::TooManyIntervals).with("max", MAX_INTERVALS_A_DAY));
    }
    let mut day = intervals.to_vec();
    day.sort_by_key(|interval| interval.start);
    if day.windows(2).any(|pair| pair[0].overlaps(pair[1])) {
        return Err(Error::invalid(StaffErrorCode::IntervalsOverlap));
    }
    Ok(day)
}

/// The start of the first span that runs into the next one, on a circle of so many minutes. `spans` are start and length,
/// sorted by start.
pub(crate) fn first_overlap(spans: &[(u32, u32)], circle: u32) -> Option<u32> {
    let (first, rest) = spans.split_first()?;
    let followers = rest.iter().map(|(start, _)| *start).chain([first.0 + circle]);
    spans.iter().zip(followers).find(|((start, length), next)| start + length > *next).map(|((start, _), _)| *start)
}

fn index(weekday: Weekday) -> usize {
    weekday.num_days_from_monday() as usize
}

fn weekday_of(minute: u32) -> Weekday {
    std::iter::successors(Some(Weekday::Mon), |day| Some(day.succ()))
        .nth((minute / DAY) as usize)
        .unwrap_or(Weekday::Mon)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use kernel::time::WallTime;
    use proptest::prelude::*;

    fn interval(start: &str, end: &str) -> WallInterval {
        WallInterval::new(start.parse().unwrap(), end.parse().unwrap())
    }

    #[test]
    fn a_day_has_several_intervals_by_start() {
        let (morning, evening) = (interval("09:00", "13:00"), interval("14:00", "24:00"));
        let week = Week::new(&[(Weekday::Mon, evening), (Weekday::Mon, morning)]).unwrap();
        let monday = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
        assert_eq!(week.on(monday), [morning, evening]);
        assert!(week.on(monday.succ_opt().unwrap()).is_empty());
    }

    #[test]
    fn a_night_shift_runs_into_the_next_morning_and_sunday_into_monday() {
        let night = interval("22:00", "06:00");
        let overlap = |first: Weekday, next: Weekday, morning: WallInterval| {
            Week::new(&[(first, night), (next, morning)])
                .is_err_and(|error| error.has(StaffErrorCode::IntervalsOverlap))
        };
        assert!(overlap(Weekday::Tue, Weekday::Wed, interval("05:00", "12:00")));
        assert!(!overlap(Weekday::Tue, Weekday::Wed, interval("06:00", "12:00")));
        assert!(overlap(Weekday::Sun, Weekday::Mon, interval("05:59", "12:00")));
        assert!(!overlap(Weekday::Sun, Weekday::Mon, interval("06:00", "12:00")));
    }

    #[test]
    fn a_dated_day_is_sorted_and_has_no_overlap() {
        let (morning, noon) = (interval("09:00", "13:00"), interval("13:00", "15:00"));
        assert_eq!(one_day(&[noon, morning]).unwrap(), [morning, noon]);
        assert!(one_day(&[morning, interval("12:59", "15:00")]).is_err());
        assert!(one_day(&[interval("20:00", "04:00"), interval("23:00", "24:00")]).is_err());
        assert!(one_day(&[morning; 13]).unwrap_err().has(StaffErrorCode::TooManyIntervals));
    }

    fn any_interval() -> impl Strategy<Value = (Weekday, WallInterval)> {
        (0..7_u8, 0..=1440_u16, 0..=1440_u16).prop_map(|(day, start, end)| {
            let time = |minutes| WallTime::from_minutes(minutes).unwrap();
            (Weekday::try_from(day).unwrap(), WallInterval::new(time(start), time(end)))
        })
    }

    proptest! {
        /// The model: minutes of the week, each taken at most once.
        #[test]
        fn a_week_is_refused_exactly_when_a_minute_is_taken_twice(
            intervals in proptest::collection::vec(any_interval(), 0..8),
        ) {
            let mut taken = vec![0_u8; WEEK as usize];
            for (weekday, interval) in &intervals {
                let start = weekday.num_days_from_monday() * DAY + u32::from(interval.start.minutes());
                for minute in start..start + u32::from(interval.minutes()) {
                    taken[(minute % WEEK) as usize] += 1;
                }
            }
            prop_assert_eq!(Week::new(&intervals).is_err(), taken.iter().any(|times| *times > 1));
        }
    }
}
