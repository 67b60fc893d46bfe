//! Nobody is at two locations at once. Hours are local to their location, so they are compared as instants. Pure.

use super::Schedules;
use crate::member::StaffId;
use chrono::{Days, NaiveDate};
use chrono_tz::Tz;
use kernel::time::{TimeRange, project};
use std::collections::BTreeSet;
use tenancy::LocationId;

/// A day on which somebody would be at two locations at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clash {
    /// The local date of the later of the two intervals.
    pub date: NaiveDate,
    /// One location.
    pub first: LocationId,
    /// The other.
    pub second: LocationId,
}

/// A week repeats itself; the day after it shows a night shift's end against the first morning.
const ONE_WEEK: u64 = 8;
/// Zones shift against one another only with their clock changes: a year shows every offset that they have.
const ONE_YEAR: u64 = 372;

/// The first day among `dates` and their neighbours on which intervals at two of `places` overlap.
pub fn first_clash(
    schedules: &Schedules,
    staff: StaffId,
    places: &[(LocationId, Tz)],
    dates: &BTreeSet<NaiveDate>,
) -> Option<Clash> {
    let around = |date: &NaiveDate| [date.pred_opt(), Some(*date), date.succ_opt()].into_iter().flatten();
    let dates: BTreeSet<NaiveDate> = dates.iter().flat_map(around).collect();
    let mut shifts: Vec<(TimeRange, NaiveDate, LocationId)> = Vec::new();
    for (place, zone) in places {
        for date in &dates {
            let intervals = schedules.day(staff, *place, *date).into_iter();
            shifts.extend(intervals.filter_map(|it| project(*zone, *date, it)).map(|range| (range, *date, *place)));
        }
    }
    shifts.sort_by_key(|(range, _, place)| (range.from, *place));
    // Of the shifts that began before, the one that ends last at each location is the one to run into.
    let mut latest: Vec<(TimeRange, LocationId)> = Vec::new();
    for (range, date, place) in shifts {
        if let Some((_, other)) = latest.iter().find(|(before, at)| *at != place && before.overlaps(range)) {
            return Some(Clash { date, first: *other, second: place });
        }
        match latest.iter_mut().find(|(_, at)| *at == place) {
            Some((before, _)) if before.to < range.to => *before = range,
            Some(_) => {}
            None => latest.push((range, place)),
        }
    }
    None
}

/// The days that show whether the templates at `place` clash with those elsewhere: where their validity meets, a week
/// (a year, where zones differ), and every exception and published day of the plan from `today` on.
pub fn telling_dates(
    schedules: &Schedules,
    staff: StaffId,
    place: LocationId,
    places: &[(LocationId, Tz)],
    today: NaiveDate,
) -> BTreeSet<NaiveDate> {
    let same_zone = places.windows(2).all(|pair| pair[0].1 == pair[1].1);
    let span = Days::new(if same_zone { ONE_WEEK } else { ONE_YEAR });
    let mut dates = BTreeSet::new();
    for (other, _) in places.iter().filter(|(other, _)| *other != place) {
        for here in schedules.templates_of(staff, place) {
            for there in schedules.templates_of(staff, *other) {
                let from = today.max(here.valid_from).max(there.valid_from);
                let shown = from.checked_add_days(span).unwrap_or(NaiveDate::MAX);
                let to = [here.valid_to, there.valid_to].into_iter().flatten().fold(shown, NaiveDate::min);
                dates.extend(from.iter_days().take_while(|date| *date <= to));
            }
        }
    }
    let exceptions = schedules.exceptions().iter().filter(|it| it.staff_id == staff && it.date >= today);
    dates.extend(exceptions.map(|exception| exception.date));
    dates.extend(schedules.planned_dates(staff).filter(|date| *date >= today));
    dates
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::exception::{Exception, ExceptionId};
    use crate::schedule::{Employment, ScheduleRows, Template, Week};
    use chrono::Weekday;
    use kernel::time::WallInterval;

    const KYIV: Tz = Tz::Europe__Kyiv;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn interval(start: &str, end: &str) -> WallInterval {
        WallInterval::new(start.parse().unwrap(), end.parse().unwrap())
    }

    struct Case {
        staff: StaffId,
        rows: ScheduleRows,
        places: Vec<(LocationId, Tz)>,
    }

    fn case(zones: &[Tz]) -> Case {
        let staff = StaffId::new();
        let somebody = Employment {
            staff_id: staff,
            location_ids: vec![],
            employed_from: None,
            employed_to: None,
            archived: false,
        };
        let rows = ScheduleRows { employments: vec![somebody], ..ScheduleRows::default() };
        Case { staff, rows, places: zones.iter().map(|zone| (LocationId::new(), *zone)).collect() }
    }

    impl Case {
        fn works(mut self, place: usize, from: &str, hours: &[(Weekday, WallInterval)]) -> Self {
            self.rows.templates.push(Template {
                staff_id: self.staff,
                location_id: self.places[place].0,
                valid_from: day(from),
                valid_to: None,
                week: Week::new(hours).unwrap(),
            });
            self
        }

        fn except(mut self, place: usize, date: &str, hours: &[WallInterval]) -> Self {
            self.rows.exceptions.push(Exception {
                id: ExceptionId::new(),
                staff_id: self.staff,
                location_id: self.places[place].0,
                date: day(date),
                intervals: hours.to_vec(),
                note: String::new(),
            });
            self
        }

        /// The first clash that setting hours at the first place would find on 22 November 2026, a Sunday.
        fn clash(self) -> Option<NaiveDate> {
            let schedules = Schedules::new(self.rows);
            let dates = telling_dates(&schedules, self.staff, self.places[0].0, &self.places, day("2026-11-22"));
            first_clash(&schedules, self.staff, &self.places, &dates).map(|clash| clash.date)
        }
    }

    #[test]
    fn mornings_here_and_evenings_there_go_together() {
        let (morning, evening) = (interval("09:00", "13:00"), interval("13:00", "18:00"));
        let case = || case(&[KYIV, KYIV]).works(0, "2026-01-01", &[(Weekday::Mon, morning)]);
        assert_eq!(case().works(1, "2026-01-01", &[(Weekday::Mon, evening)]).clash(), None);
        let late = interval("12:59", "18:00");
        assert_eq!(case().works(1, "2026-01-01", &[(Weekday::Mon, late)]).clash(), Some(day("2026-11-23")));
        assert_eq!(case().works(1, "2027-03-01", &[(Weekday::Mon, late)]).clash(), Some(day("2027-03-01")));
    }

    #[test]
    fn a_night_shift_here_meets_a_morning_there() {
        let case = case(&[KYIV, KYIV]).works(0, "2026-01-01", &[(Weekday::Sun, interval("22:00", "06:00"))]).works(
            1,
            "2026-01-01",
            &[(Weekday::Mon, interval("05:00", "09:00"))],
        );
        assert_eq!(case.clash(), Some(day("2026-11-23")));
    }

    #[test]
    fn hours_of_different_zones_are_compared_as_instants() {
        let hours = [(Weekday::Tue, interval("09:00", "12:00"))];
        let meeting = [(Weekday::Tue, interval("10:00", "13:00"))];
        // Kyiv is an hour ahead of Warsaw: 10:00 in Kyiv is 09:00 in Warsaw.
        let clash = |there: &[_]| {
            case(&[KYIV, Tz::Europe__Warsaw]).works(0, "2026-01-01", &meeting).works(1, "2026-01-01", there).clash()
        };
        assert_eq!(clash(&hours), Some(day("2026-11-24")));
        assert_eq!(clash(&[(Weekday::Tue, interval("12:00", "15:00"))]), None);
    }

    #[test]
    fn an_exception_makes_a_clash_and_mends_one() {
        let (work, all_day) = (interval("09:00", "18:00"), [(Weekday::Wed, interval("09:00", "18:00"))]);
        let case = || case(&[KYIV, KYIV]).works(0, "2026-01-01", &all_day).except(1, "2026-12-02", &[work]);
        assert_eq!(case().clash(), Some(day("2026-12-02")));
        assert_eq!(case().except(0, "2026-12-02", &[]).clash(), None);
    }
}
