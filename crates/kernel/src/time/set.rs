//! A set of instants as sorted ranges that neither overlap nor touch: working time, busy time, what is left.
//! All operations are one sweep over both sets.

use serde::{Deserialize, Serialize};

use super::TimeRange;

/// Sorted, disjoint, non-empty ranges with a gap between any two.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "Vec<TimeRange>", into = "Vec<TimeRange>")]
pub struct RangeSet(Vec<TimeRange>);

impl RangeSet {
    /// The empty set.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The ranges in order.
    pub fn iter(&self) -> std::slice::Iter<'_, TimeRange> {
        self.0.iter()
    }

    /// The ranges in order.
    pub fn as_slice(&self) -> &[TimeRange] {
        &self.0
    }

    /// Whether it holds no instant.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The minutes of all ranges together.
    pub fn minutes(&self) -> i64 {
        self.0.iter().map(|range| range.minutes()).sum()
    }

    /// The range that a whole non-empty `range` lies in: working time covers a visit only in one piece.
    pub fn covering(&self, range: TimeRange) -> Option<TimeRange> {
        self.0.get(self.first_ending_after(range)).copied().filter(|candidate| candidate.covers(range))
    }

    /// Whether all of a non-empty `range` lies inside.
    pub fn covers(&self, range: TimeRange) -> bool {
        self.covering(range).is_some()
    }

    /// Whether any instant of `range` lies inside.
    pub fn overlaps(&self, range: TimeRange) -> bool {
        self.0.get(self.first_ending_after(range)).is_some_and(|candidate| candidate.overlaps(range))
    }

    /// What lies in either set.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        self.iter().chain(other.iter()).copied().collect()
    }

    /// What lies in both sets.
    #[must_use]
    pub fn intersect(&self, other: &Self) -> Self {
        let (mut left, mut right) = (self.0.as_slice(), other.0.as_slice());
        let mut shared = Vec::new();
        while let ([a, ..], [b, ..]) = (left, right) {
            shared.extend(a.intersect(*b));
            // The one that ends first can meet nothing more of the other set.
            if a.to <= b.to { left = &left[1..] } else { right = &right[1..] }
        }
        Self(shared)
    }

    /// What lies in this set and not in the other.
    #[must_use]
    pub fn subtract(&self, other: &Self) -> Self {
        let mut left = Vec::with_capacity(self.0.len());
        let mut holes = other.0.as_slice();
        for range in &self.0 {
            let mut from = range.from;
            while let [hole, ..] = holes {
                if hole.from >= range.to {
                    break;
                }
                if from < hole.from {
                    left.push(TimeRange::new(from, hole.from));
                }
                from = from.max(hole.to);
                // A hole that reaches beyond this range may cut the next one too.
                if hole.to > range.to {
                    break;
                }
                holes = &holes[1..];
            }
            if from < range.to {
                left.push(TimeRange::new(from, range.to));
            }
        }
        Self(left)
    }

    fn first_ending_after(&self, range: TimeRange) -> usize {
        self.0.partition_point(|candidate| candidate.to <= range.from)
    }
}

impl FromIterator<TimeRange> for RangeSet {
    /// The set of all instants of all ranges, in any order; overlapping and touching ones are joined.
    fn from_iter<I: IntoIterator<Item = TimeRange>>(ranges: I) -> Self {
        let mut ranges: Vec<TimeRange> = ranges.into_iter().filter(|range| !range.is_empty()).collect();
        ranges.sort_unstable_by_key(|range| range.from);
        let mut joined: Vec<TimeRange> = Vec::with_capacity(ranges.len());
        for range in ranges {
            match joined.last_mut() {
                Some(last) if range.from <= last.to => last.to = last.to.max(range.to),
                _ => joined.push(range),
            }
        }
        Self(joined)
    }
}

impl From<Vec<TimeRange>> for RangeSet {
    fn from(ranges: Vec<TimeRange>) -> Self {
        ranges.into_iter().collect()
    }
}

impl From<TimeRange> for RangeSet {
    fn from(range: TimeRange) -> Self {
        std::iter::once(range).collect()
    }
}

impl From<RangeSet> for Vec<TimeRange> {
    fn from(set: RangeSet) -> Self {
        set.0
    }
}

impl<'a> IntoIterator for &'a RangeSet {
    type Item = &'a TimeRange;
    type IntoIter = std::slice::Iter<'a, TimeRange>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};
    use proptest::prelude::*;

    use super::*;

    /// The model: which of 64 minutes are inside.
    fn model(set: &RangeSet) -> Vec<bool> {
        (0..64).map(|minute| set.iter().any(|range| range.contains(at(minute)))).collect()
    }

    fn at(minute: i64) -> DateTime<chrono::Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minute)
    }

    fn sets() -> impl Strategy<Value = RangeSet> {
        prop::collection::vec((0_i64..64, 0_i64..12), 0..8).prop_map(|ranges| {
            ranges.into_iter().map(|(from, length)| TimeRange::new(at(from), at((from + length).min(64)))).collect()
        })
    }

    proptest! {
        #[test]
        fn operations_agree_with_a_minute_by_minute_model(a in sets(), b in sets(), from in 0_i64..64, length in 1_i64..9) {
            let (x, y) = (model(&a), model(&b));
            let pairs = || x.iter().copied().zip(y.iter().copied());
            prop_assert_eq!(model(&a.union(&b)), pairs().map(|(x, y)| x || y).collect::<Vec<_>>());
            prop_assert_eq!(model(&a.intersect(&b)), pairs().map(|(x, y)| x && y).collect::<Vec<_>>());
            prop_assert_eq!(model(&a.subtract(&b)), pairs().map(|(x, y)| x && !y).collect::<Vec<_>>());
            let to = (from + length).min(64);
            let range = TimeRange::new(at(from), at(to));
            let (from, to) = (usize::try_from(from).unwrap_or(0), usize::try_from(to).unwrap_or(0));
            prop_assert_eq!(a.covers(range), x[from..to].iter().all(|inside| *inside));
            prop_assert_eq!(a.overlaps(range), x[from..to].iter().any(|inside| *inside));
        }

        #[test]
        fn results_stay_sorted_and_apart(a in sets(), b in sets()) {
            for set in [a.union(&b), a.intersect(&b), a.subtract(&b)] {
                prop_assert!(set.as_slice().windows(2).all(|pair| pair[0].to < pair[1].from));
                prop_assert!(set.iter().all(|range| !range.is_empty()));
            }
        }
    }
}
