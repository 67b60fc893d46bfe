//! The days of a rota that repeat, and what may stand in them. Pure.

use crate::error::StaffErrorCode;
use crate::schedule::Intervals;
use crate::schedule::week::{DAY, first_overlap, one_day};
use kernel::time::WallInterval;
use kernel::{Checks, CommonCode, Issue, Result};
use serde::{Deserialize, Serialize};

/// How many days a cycle may have: twelve weeks.
const MAX_DAYS: usize = 84;

/// Days in order, each with its intervals by start; a day without intervals is free. The last is followed by the first,
/// and nowhere on that circle do two intervals overlap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cycle(Vec<Intervals>);

/// Some days in a row that are alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CycleDays {
    /// How many.
    pub days: i32,
    /// What is worked on each of them, in any order; empty when they are free.
    pub intervals: Vec<WallInterval>,
}

impl Cycle {
    /// The cycle of these days. What is wrong is told at the entry it is in.
    pub fn new(blocks: &[CycleDays]) -> Result<Self> {
        let mut checks = Checks::new();
        let mut days: Vec<Intervals> = Vec::new();
        let mut owners = Vec::new();
        for (index, block) in blocks.iter().take(MAX_DAYS).enumerate() {
            let count = usize::try_from(block.days).ok().filter(|count| (1..=MAX_DAYS).contains(count));
            let issue = Issue::new(CommonCode::OutOfRange).with("min", 1).with("max", MAX_DAYS);
            let count = checks.check(format!("{index}.days"), count.ok_or(issue));
            let intervals = checks.nested(&format!("{index}.intervals"), one_day(&block.intervals))?;
            let (Some(count), Some(intervals)) = (count, intervals) else { continue };
            days.extend(std::iter::repeat_n(intervals, count));
            owners.extend(std::iter::repeat_n(index, count));
        }
        checks.finish()?;
        if days.is_empty() {
            return Err(kernel::Error::invalid(CommonCode::Required));
        }
        if days.len() > MAX_DAYS || blocks.len() > MAX_DAYS {
            return Err(kernel::Error::invalid(Issue::new(CommonCode::TooLong).with("max", MAX_DAYS)));
        }
        let cycle = Self(days);
        match cycle.first_overlap().and_then(|day| owners.get(day)) {
            Some(owner) => {
                Err(kernel::Error::invalid(StaffErrorCode::IntervalsOverlap).at(format!("{owner}.intervals")))
            }
            None => Ok(cycle),
        }
    }

    /// The day that is so many days after the first; negative before it.
    pub fn day(&self, offset: i64) -> &Intervals {
        // A cycle has between 1 and 84 days, so both conversions hold.
        let length = i64::try_from(self.0.len().max(1)).unwrap_or(1);
        &self.0[usize::try_from(offset.rem_euclid(length)).unwrap_or(0)]
    }

    /// The days from the first on.
    pub fn days(&self) -> &[Intervals] {
        &self.0
    }

    /// The day whose last interval runs into what follows.
    fn first_overlap(&self) -> Option<usize> {
        let mut spans = Vec::new();
        for (start, day) in (0..).step_by(DAY as usize).zip(&self.0) {
            spans.extend(day.iter().map(|it| (start + u32::from(it.start.minutes()), u32::from(it.minutes()))));
        }
        let circle = u32::try_from(self.0.len()).unwrap_or(0) * DAY;
        first_overlap(&spans, circle).map(|minute| (minute / DAY) as usize)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    fn block(days: i32, hours: &[(&str, &str)]) -> CycleDays {
        let interval = |(from, to): &(&str, &str)| WallInterval::new(from.parse().unwrap(), to.parse().unwrap());
        CycleDays { days, intervals: hours.iter().map(interval).collect() }
    }

    fn told(blocks: &[CycleDays]) -> String {
        Cycle::new(blocks).map_or_else(|error| error.to_string(), |cycle| cycle.days().len().to_string())
    }

    #[test]
    fn blocks_are_spread_out_and_mistakes_told_where_they_are() {
        assert_eq!(told(&[block(2, &[("09:00", "21:00")]), block(2, &[])]), "4");
        assert_eq!(told(&[block(3, &[("20:00", "08:00")]), block(1, &[])]), "4");
        assert_eq!(told(&[]), "invalid REQUIRED");
        assert_eq!(told(&[block(0, &[]), block(85, &[])]), "invalid OUT_OF_RANGE@0.days OUT_OF_RANGE@1.days");
        assert_eq!(told(&[block(84, &[]), block(1, &[])]), "invalid TOO_LONG");
        let overlapping = block(1, &[("09:00", "13:00"), ("12:00", "15:00")]);
        assert_eq!(told(&[block(1, &[]), overlapping]), "invalid INTERVALS_OVERLAP@1.intervals");
    }

    #[test]
    fn the_last_night_of_a_cycle_meets_its_first_morning() {
        let (morning, night) = (block(1, &[("06:00", "14:00")]), block(1, &[("22:00", "07:00")]));
        assert_eq!(told(&[morning.clone(), night.clone()]), "invalid INTERVALS_OVERLAP@1.intervals");
        assert_eq!(told(&[morning, night, block(1, &[])]), "3");
        // A whole day, every day, touches itself and does not overlap.
        assert_eq!(told(&[block(1, &[("00:00", "00:00")])]), "1");
        assert_eq!(told(&[block(1, &[("10:00", "10:00")])]), "1");
    }
}
