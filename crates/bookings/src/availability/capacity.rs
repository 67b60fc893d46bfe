//! How much of a day is left: minutes that could be worked, and those of them that nothing occupies yet. The same hours,
//! closures, absences and occupied time as [`super::evaluate`] looks at. It says nothing of single starts: an hour in
//! twelve pieces is an hour here and no slot there.

use chrono::NaiveDate;
use uuid::Uuid;

use super::facts::Facts;
use super::spans::{Span, Spans};

/// The minutes of one subject on one local date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Capacity {
    /// Minutes that can be worked or used: hours inside opening hours, without closures, absences and maintenance.
    pub planned: u32,
    /// Those of them in which nothing occupies the subject (a person: not on every lane).
    pub free: u32,
}

impl Facts {
    /// A staff member's minutes on a local date; none for who was not added. A shift over midnight counts on both dates.
    pub fn staff_capacity(&self, id: Uuid, date: NaiveDate) -> Option<Capacity> {
        let staff = self.staff(id)?;
        let day = self.day(date).intersect(staff.employed);
        let hours = collect(staff.shifts.intersections(&self.opening, day));
        let blocked = union([&self.closures, &staff.time_off, &staff.imported]);
        let mut lanes = staff.lanes.iter();
        let first = lanes.next().cloned().unwrap_or_default();
        let busy = lanes.fold(first, |busy, lane| collect(busy.intersections(lane, day)));
        Some(capacity(&hours, day, &blocked, &busy))
    }

    /// A unit's minutes on a local date; none for one that was not added.
    pub fn unit_capacity(&self, id: Uuid, date: NaiveDate) -> Option<Capacity> {
        let unit = self.units.iter().find(|facts| facts.unit.id == id)?;
        let blocked = union([&self.closures, &unit.maintenance]);
        Some(capacity(&self.opening, self.day(date), &blocked, &unit.busy))
    }

    fn day(&self, date: NaiveDate) -> Span {
        Span::new(self.calendar.start_of(date), self.calendar.end_of(date))
    }
}

fn capacity(hours: &Spans, day: Span, blocked: &Spans, busy: &Spans) -> Capacity {
    let taken = union([blocked, busy]);
    let (mut planned, mut free) = (0, 0);
    for span in hours.within(day) {
        let span = span.intersect(day);
        planned += span.minutes() - blocked.minutes_within(span);
        free += span.minutes() - taken.minutes_within(span);
    }
    let minutes = |minutes: i64| u32::try_from(minutes).unwrap_or(0);
    Capacity { planned: minutes(planned), free: minutes(free) }
}

fn union<const N: usize>(sets: [&Spans; N]) -> Spans {
    collect(sets.into_iter().flat_map(|set| set.as_slice().iter().copied()))
}

fn collect(spans: impl Iterator<Item = Span>) -> Spans {
    let mut set = Spans::default();
    spans.for_each(|span| set.push(span));
    set.normalize();
    set
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::super::{Dates, Lane, Staff, Unit};
    use super::*;
    use chrono_tz::Tz;
    use kernel::time::{TimeRange, WallInterval, WallTime, project};
    use proptest::prelude::*;

    fn date(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 3, day).unwrap()
    }

    fn wall(from: u16, to: u16) -> WallInterval {
        WallInterval::new(WallTime::from_minutes(from).unwrap(), WallTime::from_minutes(to).unwrap())
    }

    fn range(day: u32, from: u16, to: u16) -> TimeRange {
        project(Tz::Europe__Kyiv, date(day), wall(from, to)).unwrap()
    }

    #[test]
    fn hours_lose_what_is_closed_and_free_time_what_is_taken() {
        let (person, chair) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let mut facts = Facts::builder(Tz::Europe__Kyiv, Dates::on(date(3)), 0);
        facts.opening(|_| [wall(9 * 60, 19 * 60)]);
        facts.staff(Staff::new(person), |_| [wall(8 * 60, 12 * 60), wall(13 * 60, 20 * 60)]);
        facts.unit(Unit { id: chair, kind: chair, capacity: 1 });
        facts.closure(range(3, 18 * 60, 20 * 60));
        facts.time_off(person, range(3, 9 * 60, 10 * 60));
        // Half of it lies in the break, an hour in working time.
        facts.busy(person, Lane::Every, range(3, 11 * 60, 13 * 60));
        facts.busy(chair, Lane::Every, range(3, 11 * 60, 13 * 60));
        let facts = facts.finish();
        // 9–12 and 13–19 without 18–19 and 9–10: 7 hours.
        assert_eq!(facts.staff_capacity(person, date(3)), Some(Capacity { planned: 420, free: 360 }));
        assert_eq!(facts.unit_capacity(chair, date(3)), Some(Capacity { planned: 540, free: 420 }));
        assert_eq!(facts.staff_capacity(chair, date(3)), None);
    }

    #[test]
    fn a_second_lane_keeps_time_free_until_both_are_taken() {
        let person = Uuid::from_u128(1);
        let mut facts = Facts::builder(Tz::Europe__Kyiv, Dates::on(date(3)), 0);
        facts.opening(|_| [wall(0, 24 * 60)]);
        facts.staff(Staff { lanes: 2, ..Staff::new(person) }, |_| [wall(9 * 60, 11 * 60)]);
        facts.busy(person, Lane::One(0), range(3, 9 * 60, 10 * 60));
        facts.busy(person, Lane::One(1), range(3, 9 * 60 + 30, 10 * 60 + 30));
        let facts = facts.finish();
        assert_eq!(facts.staff_capacity(person, date(3)), Some(Capacity { planned: 120, free: 90 }));
    }

    #[test]
    fn the_day_on_which_clocks_change_is_as_long_as_it_is() {
        let person = Uuid::from_u128(1);
        let mut facts = Facts::builder(Tz::Europe__Kyiv, Dates::on(date(29)), 0);
        facts.opening(|_| [wall(0, 24 * 60)]);
        facts.staff(Staff::new(person), |_| [wall(0, 24 * 60)]);
        assert_eq!(facts.finish().staff_capacity(person, date(29)), Some(Capacity { planned: 23 * 60, free: 23 * 60 }));
    }

    proptest! {
        /// The same counted minute by minute.
        #[test]
        fn it_is_what_counting_minutes_gives(
            shifts in proptest::collection::vec((0_u16..1380, 1_u16..300), 0..3),
            closures in proptest::collection::vec((0_u16..1380, 1_u16..300), 0..3),
            absences in proptest::collection::vec((0_u16..1380, 1_u16..300), 0..3),
            busy in proptest::collection::vec((0_u16..1380, 1_u16..300), 0..4),
        ) {
            let person = Uuid::from_u128(1);
            let to = |(from, minutes): &(u16, u16)| (*from, (from + minutes).min(1440));
            let mut facts = Facts::builder(Tz::UTC, Dates::on(date(3)), 0);
            facts.opening(|_| [wall(8 * 60, 20 * 60)]);
            let hours: Vec<_> = shifts.iter().map(to).collect();
            facts.staff(Staff::new(person), |at| {
                let here = at == date(3);
                hours.iter().filter(move |_| here).map(|(from, to)| wall(*from, *to)).collect::<Vec<_>>()
            });
            let utc = |(from, to): (u16, u16)| project(Tz::UTC, date(3), wall(from, to)).unwrap();
            closures.iter().map(to).for_each(|it| facts.closure(utc(it)));
            absences.iter().map(to).for_each(|it| facts.time_off(person, utc(it)));
            busy.iter().map(to).for_each(|it| facts.busy(person, Lane::Every, utc(it)));
            let inside = |set: &[(u16, u16)], minute: u16| set.iter().map(to).any(|(from, to)| from <= minute && minute < to);
            let planned = |minute: &u16| {
                (8 * 60..20 * 60).contains(minute) && inside(&shifts, *minute)
                    && !inside(&closures, *minute) && !inside(&absences, *minute)
            };
            let all: Vec<u16> = (0..1440).filter(planned).collect();
            let free = all.iter().filter(|minute| !inside(&busy, **minute)).count();
            let expected = Capacity { planned: u32::try_from(all.len()).unwrap(), free: u32::try_from(free).unwrap() };
            prop_assert_eq!(facts.finish().staff_capacity(person, date(3)), Some(expected));
        }
    }
}
