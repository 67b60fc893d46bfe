//! When people are busy elsewhere: the snapshot that availability is decided by.

use super::repo;
use crate::member::StaffId;
use chrono::{DateTime, Datelike as _, Months, NaiveDate, NaiveTime, Utc};
use db::Reader;
use kernel::Result;
use kernel::time::{RangeSet, TimeRange};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::{BTreeMap, HashMap};

/// A stretch of time in minutes since 1970, as it is stored.
pub(super) type Minutes = (i64, i64);

/// The imported busy time of a company's staff from last month on; empty where nobody imported any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BusyTimes(HashMap<StaffId, RangeSet>);

impl BusyTimes {
    /// The stretches of a person that share time with `range`, by start. None touches another.
    pub fn of(&self, staff: StaffId, range: TimeRange) -> impl Iterator<Item = TimeRange> {
        let all = self.0.get(&staff).map(RangeSet::as_slice).unwrap_or_default();
        let first = all.partition_point(|busy| busy.to <= range.from);
        all[first..].iter().copied().take_while(move |busy| busy.from < range.to)
    }
}

impl FromIterator<(StaffId, TimeRange)> for BusyTimes {
    fn from_iter<I: IntoIterator<Item = (StaffId, TimeRange)>>(times: I) -> Self {
        let mut by_person: HashMap<StaffId, Vec<TimeRange>> = HashMap::new();
        for (staff, range) in times {
            by_person.entry(staff).or_default().push(range);
        }
        Self(by_person.into_iter().map(|(staff, ranges)| (staff, ranges.into_iter().collect())).collect())
    }
}

impl Serialize for BusyTimes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rows =
            self.0.iter().map(|(staff, ranges)| (staff, ranges.iter().copied().map(minutes).collect::<Vec<_>>()));
        serializer.collect_seq(rows)
    }
}

impl<'de> Deserialize<'de> for BusyTimes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let rows = Vec::<(StaffId, Vec<Minutes>)>::deserialize(deserializer)?;
        Ok(rows.into_iter().flat_map(|(staff, ranges)| ranges.into_iter().map(move |it| (staff, range(it)))).collect())
    }
}

/// Loads the snapshot: two statements, one where nobody has a calendar.
pub async fn load(r: &Reader) -> Result<BusyTimes> {
    let owners = repo::owners(r).await?;
    if owners.is_empty() {
        return Ok(BusyTimes::default());
    }
    let since = month_of(r.now().date_naive()) - Months::new(1);
    let rows = repo::months_since(r, since).await?;
    let of_owner = |(calendar, ranges): (_, Vec<Minutes>)| owners.get(&calendar).map(|staff| (*staff, ranges));
    let owned = rows.into_iter().filter_map(of_owner);
    Ok(owned.flat_map(|(staff, ranges)| ranges.into_iter().map(move |it| (staff, range(it)))).collect())
}

/// Stretches by month in UTC; one that crosses the end of a month is cut there.
pub(super) fn by_month(ranges: &RangeSet) -> BTreeMap<NaiveDate, Vec<Minutes>> {
    let mut months: BTreeMap<NaiveDate, Vec<Minutes>> = BTreeMap::new();
    for whole in ranges {
        let mut from = whole.from;
        while from < whole.to {
            let month = month_of(from.date_naive());
            let next = (month + Months::new(1)).and_time(NaiveTime::MIN).and_utc();
            let to = whole.to.min(next);
            months.entry(month).or_default().push(minutes(TimeRange::new(from, to)));
            from = to;
        }
    }
    months
}

fn month_of(date: NaiveDate) -> NaiveDate {
    date.with_day(1).unwrap_or(date)
}

fn minutes(range: TimeRange) -> Minutes {
    (range.from.timestamp() / 60, range.to.timestamp() / 60)
}

fn range((from, to): Minutes) -> TimeRange {
    let at = |minutes: i64| DateTime::<Utc>::from_timestamp(minutes.saturating_mul(60), 0).unwrap_or_default();
    TimeRange::new(at(from), at(to))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn months_hold_all_of_it_and_nothing_else(spans in prop::collection::vec((-50_000_i64..1_200_000, 1_i64..100_000), 0..20)) {
            let ranges: RangeSet = spans.into_iter().map(|(from, length)| range((from, from + length))).collect();
            let months = by_month(&ranges);
            for (month, stored) in &months {
                let end = *month + Months::new(1);
                prop_assert!(stored.iter().all(|it| range(*it).from.date_naive() >= *month));
                prop_assert!(stored.iter().all(|it| range(*it).to <= end.and_time(NaiveTime::MIN).and_utc()));
            }
            let joined: RangeSet = months.into_values().flatten().map(range).collect();
            prop_assert_eq!(joined, ranges);
        }

        #[test]
        fn a_snapshot_reads_as_it_was_written(spans in prop::collection::vec((0_usize..3, 0_i64..5_000, 1_i64..500), 0..20)) {
            let staff = [StaffId::new(), StaffId::new(), StaffId::new()];
            let all = spans.iter().map(|(who, from, length)| (staff[*who], range((*from, from + length))));
            let times: BusyTimes = all.clone().collect();
            let text = serde_json::to_string(&times).unwrap();
            prop_assert_eq!(&serde_json::from_str::<BusyTimes>(&text).unwrap(), &times);
            let window = range((1_000, 2_000));
            for who in staff {
                let found: Vec<TimeRange> = times.of(who, window).collect();
                let expected: RangeSet = all.clone().filter(|(of, _)| *of == who).map(|(_, range)| range).collect();
                let expected: Vec<TimeRange> = expected.iter().copied().filter(|it| it.overlaps(window)).collect();
                prop_assert_eq!(found, expected);
            }
        }
    }
}
