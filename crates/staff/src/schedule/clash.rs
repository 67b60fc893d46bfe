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
/// (a year, where zones differ), and every exception from `today` on.
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
    dates
}
