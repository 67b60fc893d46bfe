//! A rota: a cycle of days that repeats from an anchor date on (2/2, 3/1, any weeks). It is a pattern, not time: nobody can
//! be booked by it. Its days become shifts when they are drafted into the plan and published from there.

mod cycle;
mod draft;
mod entity;
pub(crate) mod graphql;
mod repo;
mod service;

use crate::member::StaffId;
use crate::schedule::Intervals;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use tenancy::LocationId;

pub use cycle::{Cycle, CycleDays};
pub use draft::{RotaDraft, RotaPatch};
pub(crate) use repo::list;

kernel::id! {
    /// A rota.
    pub struct RotaId("rot");
}

/// The cycle of one person at one location, while it is valid. Those of one person and location that are not archived
/// never overlap in validity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rota {
    /// Its id.
    pub id: RotaId,
    /// Who works.
    pub staff_id: StaffId,
    /// Where.
    pub location_id: LocationId,
    /// What planners call it; may be empty.
    pub name: String,
    /// A date on which the cycle's first day falls; before it the cycle runs backwards.
    pub anchor: NaiveDate,
    /// The days that repeat.
    pub cycle: Cycle,
    /// The first day on which it counts.
    pub valid_from: NaiveDate,
    /// The last day on which it counts; `None` is without end.
    pub valid_to: Option<NaiveDate>,
    /// Nothing is drafted from it any more.
    pub archived: bool,
    /// Goes up with each edit.
    pub version: i32,
}

impl Rota {
    /// What it gives on a date: intervals, none of them on a free day, or `None` where it is not valid.
    pub fn on(&self, date: NaiveDate) -> Option<&Intervals> {
        let valid = !self.archived && self.valid_from <= date && self.valid_to.is_none_or(|to| date <= to);
        valid.then(|| self.cycle.day((date - self.anchor).num_days()))
    }

    /// Is there a day on which both count?
    pub fn meets(&self, other: &Self) -> bool {
        (self.staff_id, self.location_id) == (other.staff_id, other.location_id)
            && self.valid_to.is_none_or(|to| other.valid_from <= to)
            && other.valid_to.is_none_or(|to| self.valid_from <= to)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use chrono::Days;
    use kernel::time::WallInterval;
    use proptest::prelude::*;

    fn hours(hour: u16) -> WallInterval {
        let time = |hour: u16| kernel::WallTime::from_minutes(hour * 60).unwrap();
        WallInterval::new(time(hour), time(hour + 1))
    }

    fn rota(anchor: NaiveDate, cycle: Cycle) -> Rota {
        Rota {
            id: RotaId::new(),
            staff_id: StaffId::new(),
            location_id: LocationId::new(),
            name: String::new(),
            anchor,
            cycle,
            valid_from: NaiveDate::MIN,
            valid_to: None,
            archived: false,
            version: 1,
        }
    }

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn two_on_two_off_knows_no_weeks_months_or_leap_years() {
        let on = CycleDays { days: 2, intervals: vec![hours(9)] };
        let off = CycleDays { days: 2, intervals: vec![] };
        let rota = rota(date("2028-02-27"), Cycle::new(&[on, off]).unwrap());
        let works = |day: &str| !rota.on(date(day)).unwrap().is_empty();
        // 27, 28 on; 29 February and 1 March off; 2, 3 March on.
        assert_eq!(
            ["2028-02-27", "2028-02-28", "2028-02-29", "2028-03-01", "2028-03-02", "2028-03-03", "2028-03-04"]
                .map(works),
            [true, true, false, false, true, true, false]
        );
        assert_eq!(["2028-02-26", "2028-02-25", "2028-02-24", "2028-02-23"].map(works), [false, false, true, true]);
    }

    #[test]
    fn it_counts_while_it_is_valid_and_not_archived() {
        let cycle = Cycle::new(&[CycleDays { days: 1, intervals: vec![hours(9)] }]).unwrap();
        let mut rota = rota(date("2026-03-02"), cycle);
        (rota.valid_from, rota.valid_to) = (date("2026-03-05"), Some(date("2026-03-06")));
        let counts = |rota: &Rota| {
            ["2026-03-04", "2026-03-05", "2026-03-06", "2026-03-07"].map(|day| rota.on(date(day)).is_some())
        };
        assert_eq!(counts(&rota), [false, true, true, false]);
        rota.archived = true;
        assert_eq!(counts(&rota), [false; 4]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        /// The model: walk from the anchor day by day, over up to thirty years either way, turning a wheel by one each day.
        #[test]
        fn a_cycle_turns_by_one_each_day_over_years(
            blocks in proptest::collection::vec((1_u8..9, proptest::option::of(0_u16..23)), 1..6),
            anchor in 0_u64..20_000,
            distance in -11_000_i64..11_000,
        ) {
            let anchor = date("1999-12-31") + Days::new(anchor);
            let wheel: Vec<Option<u16>> =
                blocks.iter().flat_map(|(days, hour)| std::iter::repeat_n(*hour, usize::from(*days))).collect();
            let cycle: Vec<CycleDays> = blocks.iter().map(|(days, hour)| CycleDays {
                days: (*days).into(),
                intervals: hour.iter().copied().map(hours).collect(),
            }).collect();
            let rota = rota(anchor, Cycle::new(&cycle).unwrap());
            let (mut at, mut spoke) = (anchor, 0_usize);
            for _ in 0..distance.abs() {
                if distance > 0 {
                    (at, spoke) = (at.succ_opt().unwrap(), if spoke + 1 == wheel.len() { 0 } else { spoke + 1 });
                } else {
                    (at, spoke) = (at.pred_opt().unwrap(), if spoke == 0 { wheel.len() - 1 } else { spoke - 1 });
                }
            }
            let expected: Vec<WallInterval> = wheel[spoke].iter().copied().map(hours).collect();
            prop_assert_eq!(rota.on(at).unwrap(), &expected);
        }
    }
}
