//! What is left of a shift: within opening hours, without closures and time off, in elapsed time. Pure. It sums up what is
//! planned; whether a visit is possible is decided by the slot engine alone.

use chrono::{Datelike, NaiveDate};
use kernel::WallInterval;
use kernel::time::{RangeSet, TimeRange, project};
use tenancy::Location;

/// The time of a date's intervals that is open, not closed and not away.
pub fn working(location: &Location, date: NaiveDate, intervals: &[WallInterval], away: &RangeSet) -> RangeSet {
    let shifts: RangeSet = intervals.iter().filter_map(|it| project(location.zone, date, *it)).collect();
    if shifts.is_empty() {
        return shifts;
    }
    let hit = |range: &TimeRange| shifts.overlaps(*range);
    let closed: RangeSet = location.closures.iter().map(|closure| closure.range).filter(hit).collect();
    shifts.intersect(&opening(location, date)).subtract(&closed).subtract(away)
}

/// The opening hours around a date: those of the day before may still run, and a night shift ends in those of the next.
fn opening(location: &Location, date: NaiveDate) -> RangeSet {
    let days = [date.pred_opt(), Some(date), date.succ_opt()].into_iter().flatten();
    let on = |date: NaiveDate| {
        let hours = location.opening.iter().filter(move |opening| opening.weekday == date.weekday());
        hours.filter_map(move |opening| project(location.zone, date, opening.interval))
    };
    days.flat_map(on).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use chrono::{DateTime, Days, NaiveDateTime, TimeDelta, Utc, Weekday};
    use chrono_tz::Tz;
    use kernel::{CompanyId, WallTime};
    use proptest::prelude::*;
    use std::collections::HashMap;
    use std::sync::{Arc, LazyLock, Mutex};
    use tenancy::{Closure, ClosureId, Grid, LocationId, OpeningInterval};

    const KYIV: Tz = Tz::Europe__Kyiv;

    fn location(opening: Vec<(Weekday, WallInterval)>, closures: &[TimeRange]) -> Location {
        let id = LocationId::new();
        let closure = |range: &TimeRange| Closure {
            id: ClosureId::new(),
            location_id: id,
            range: *range,
            reason: String::new(),
            version: 1,
        };
        Location {
            id,
            company_id: CompanyId::new(),
            name: String::new(),
            zone: KYIV,
            address: String::new(),
            phone: None,
            step_minutes: 15,
            grid: Grid::Midnight,
            buffer_overhang: false,
            tight_starts: false,
            opening: opening.into_iter().map(|(weekday, interval)| OpeningInterval { weekday, interval }).collect(),
            closures: closures.iter().map(closure).collect(),
            archived: false,
            version: 1,
        }
    }

    fn hours(from: &str, to: &str) -> WallInterval {
        WallInterval::new(from.parse().unwrap(), to.parse().unwrap())
    }

    fn always() -> Vec<(Weekday, WallInterval)> {
        let week = std::iter::successors(Some(Weekday::Mon), |day| Some(day.succ())).take(7);
        week.map(|day| (day, hours("00:00", "24:00"))).collect()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_night_shift_is_as_long_as_the_night() {
        let minutes =
            |date| working(&location(always(), &[]), day(date), &[hours("22:00", "06:00")], &RangeSet::new()).minutes();
        assert_eq!(minutes("2026-03-27"), 480);
        // The night in which 03:00 becomes 04:00, and the one in which 04:00 becomes 03:00.
        assert_eq!(minutes("2026-03-28"), 420);
        assert_eq!(minutes("2026-10-24"), 540);
    }

    #[test]
    fn opening_hours_closures_and_absences_take_their_part() {
        let opening = vec![(Weekday::Tue, hours("10:00", "20:00"))];
        let closure = TimeRange::new(at("2026-03-10T12:00:00Z"), at("2026-03-10T13:00:00Z"));
        let away: RangeSet = TimeRange::new(at("2026-03-10T07:00:00Z"), at("2026-03-10T08:30:00Z")).into();
        // 09:00 to 21:00 is cut to 10:00 to 20:00; away until 10:30; shut 14:00 to 15:00.
        let left = working(&location(opening, &[closure]), day("2026-03-10"), &[hours("09:00", "21:00")], &away);
        assert_eq!(left.minutes(), 210 + 300);
    }

    /// Every minute around a date with what the clock in Kyiv shows.
    type Clock = Arc<Vec<NaiveDateTime>>;

    fn first_minute(date: NaiveDate) -> DateTime<Utc> {
        (date - Days::new(2)).and_hms_opt(0, 0, 0).unwrap().and_utc()
    }

    fn clock(date: NaiveDate) -> Clock {
        static CLOCKS: LazyLock<Mutex<HashMap<NaiveDate, Clock>>> = LazyLock::new(Mutex::default);
        let shown = |minute: i64| (first_minute(date) + TimeDelta::minutes(minute)).with_timezone(&KYIV).naive_local();
        let mut clocks = CLOCKS.lock().unwrap();
        clocks.entry(date).or_insert_with(|| Arc::new((0..5 * 1440).map(shown).collect())).clone()
    }

    /// The model: from the first minute whose clock shows the start or later, until the last one that shows the end; where no
    /// clock shows it, until the last that shows less is over.
    fn mark(clock: &Clock, date: NaiveDate, interval: WallInterval, minutes: &mut [bool]) {
        let shown = |minutes: u16| date.and_hms_opt(0, 0, 0).unwrap() + TimeDelta::minutes(minutes.into());
        let (start, end) = (shown(interval.start.minutes()), shown(interval.end_minutes()));
        let first = clock.iter().position(|local| *local >= start).unwrap();
        let before = || clock.iter().rposition(|local| *local < end).map(|last| last + 1);
        let last = clock.iter().rposition(|local| *local == end).or_else(before).unwrap();
        for minute in minutes.iter_mut().take(last).skip(first) {
            *minute = true;
        }
    }

    fn intervals() -> impl Strategy<Value = Vec<WallInterval>> {
        let interval = (0..=1440_u16, 0..=1440_u16).prop_map(|(start, end)| {
            WallInterval::new(WallTime::from_minutes(start).unwrap(), WallTime::from_minutes(end).unwrap())
        });
        proptest::collection::vec(interval, 0..3)
    }

    fn ranges() -> impl Strategy<Value = Vec<(i64, i64)>> {
        proptest::collection::vec((0..7_200_i64, 1..900_i64), 0..3)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        /// Minute by minute, on plain days and on those around both changes of the clock.
        #[test]
        fn what_is_left_agrees_with_the_clock_on_the_wall(
            date in prop::sample::select(vec![
                "2026-03-27", "2026-03-28", "2026-03-29", "2026-06-15", "2026-10-24", "2026-10-25", "2027-03-28",
            ]),
            shifts in intervals(),
            opening in proptest::collection::vec(intervals(), 3),
            closed in ranges(),
            away in ranges(),
        ) {
            let date = day(date);
            let clock = clock(date);
            let range = |(from, length): &(i64, i64)| {
                let from = first_minute(date) + TimeDelta::minutes(*from);
                TimeRange::new(from, from + TimeDelta::minutes(*length))
            };
            let days = [date.pred_opt().unwrap(), date, date.succ_opt().unwrap()];
            let hours = days.iter().zip(&opening).flat_map(|(day, hours)| hours.iter().map(|it| (day.weekday(), *it)));
            let closures: Vec<TimeRange> = closed.iter().map(range).collect();
            let location = location(hours.collect(), &closures);
            let left = working(&location, date, &shifts, &away.iter().map(range).collect());

            let (mut work, mut open) = (vec![false; clock.len()], vec![false; clock.len()]);
            for interval in &shifts {
                mark(&clock, date, *interval, &mut work);
            }
            for (day, hours) in days.iter().zip(&opening) {
                for interval in hours {
                    mark(&clock, *day, *interval, &mut open);
                }
            }
            let out = |minute: usize| {
                let minute = i64::try_from(minute).unwrap();
                closed.iter().chain(&away).any(|(from, length)| (*from..from + length).contains(&minute))
            };
            let expected = (0..clock.len()).filter(|minute| work[*minute] && open[*minute] && !out(*minute)).count();
            prop_assert_eq!(left.minutes(), i64::try_from(expected).unwrap());
        }
    }
}
