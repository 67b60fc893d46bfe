//! The intervals of a usual week, and what may stand in one.

use super::Intervals;
use crate::error::StaffErrorCode;
use chrono::{Datelike, NaiveDate, Weekday};
use kernel::time::WallInterval;
use kernel::{Error, Result};
use serde::{Deserialize, Serialize};

/// How many intervals one day may have.
pub(crate) const MAX_INTERVALS_A_DAY: usize = 12;
const DAY: u32 = 24 * 60;
const WEEK: u32 = 7 * DAY;

/// Intervals by weekday, Monday first; those of a day by start. No two of them overlap, not even a night shift and
/// the morning after it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Week([Intervals; 7]);

/// A template as it is asked for: not yet checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TemplateDraft {
    /// The first day on which it counts.
    pub valid_from: NaiveDate,
    /// The last day on which it counts.
    pub valid_to: Option<NaiveDate>,
    /// The intervals in any order.
    pub intervals: Vec<(Weekday, WallInterval)>,
}

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
        match first_overlap(&week.spans()) {
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
        self.iter().map(|(weekday, interval)| (start(weekday, interval), length(interval))).collect()
    }
}

/// Sorts the intervals of one dated day; refuses overlaps and more than twelve.
pub(crate) fn one_day(intervals: &[WallInterval]) -> Result<Intervals> {
    if intervals.len() > MAX_INTERVALS_A_DAY {
        return Err(Error::invalid(StaffErrorCode::TooManyIntervals).with("max", MAX_INTERVALS_A_DAY));
    }
    let mut day = intervals.to_vec();
    day.sort_by_key(|interval| interval.start);
    let ends_late = |pair: &[WallInterval]| {
        u32::from(pair[0].start.minutes()) + length(pair[0]) > u32::from(pair[1].start.minutes())
    };
    if day.windows(2).any(ends_late) {
        return Err(Error::invalid(StaffErrorCode::IntervalsOverlap));
    }
    Ok(day)
}

/// How many wall-clock minutes an interval has; one whose end is not after its start crosses midnight.
fn length(interval: WallInterval) -> u32 {
    let (start, end) = (u32::from(interval.start.minutes()), u32::from(interval.end.minutes()));
    if end > start { end - start } else { end + DAY - start }
}

/// The start of the first span that runs into the next one; the week is a circle. `spans` are sorted by start.
fn first_overlap(spans: &[(u32, u32)]) -> Option<u32> {
    let (first, rest) = spans.split_first()?;
    if rest.is_empty() {
        return (first.1 > WEEK).then_some(first.0);
    }
    let followers = rest.iter().map(|(start, _)| *start).chain([first.0 + WEEK]);
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
