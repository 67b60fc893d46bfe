//! A location as plain data: what the tests describe, the model reads and the engine is given.

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use kernel::time::{TimeRange, WallInterval};
use smallvec::smallvec;
use uuid::Uuid;

use super::limits::Books;
use crate::availability::{
    Candidate, Dates, Facts, Lane, Line, Placement, Policy, Processing, Requirement, Rule, Slots, Staff, StaffChoice,
    Target, Unit, Violation, Visit, evaluate, slots,
};

/// The service that everyone in an example does.
pub const SERVICE: Uuid = Uuid::from_u128(0x5e);
/// The longest visit that the tests ask for.
pub const REACH: u32 = 1440;

/// Staff member `n`.
pub const fn person(n: u128) -> Uuid {
    Uuid::from_u128(0xa000 + n)
}

/// Unit `n`.
pub const fn unit(n: u128) -> Uuid {
    Uuid::from_u128(0xb000 + n)
}

/// Unit type `n`.
pub const fn kind(n: u128) -> Uuid {
    Uuid::from_u128(0xc000 + n)
}

#[derive(Debug, Clone)]
pub struct World {
    pub zone: Tz,
    pub dates: Dates,
    pub opening: Vec<(NaiveDate, WallInterval)>,
    pub closures: Vec<TimeRange>,
    pub people: Vec<Person>,
    pub rooms: Vec<Room>,
    pub policy: Policy,
    pub now: DateTime<Utc>,
    pub books: Books,
}

#[derive(Debug, Clone)]
pub struct Person {
    pub staff: Staff,
    pub shifts: Vec<(NaiveDate, WallInterval)>,
    pub time_off: Vec<TimeRange>,
    pub imported: Vec<TimeRange>,
    pub busy: Vec<(Lane, TimeRange)>,
}

#[derive(Debug, Clone)]
pub struct Room {
    pub unit: Unit,
    pub maintenance: Vec<TimeRange>,
    pub busy: Vec<TimeRange>,
}

impl World {
    /// Open around the clock on the dates and around them, nobody there, asked a day before.
    pub fn open(zone: Tz, first: &str, last: &str) -> Self {
        let dates = Dates::query(date(first), date(last)).unwrap();
        let mut world = Self {
            zone,
            dates,
            opening: Vec::new(),
            closures: Vec::new(),
            people: Vec::new(),
            rooms: Vec::new(),
            policy: Policy::default(),
            now: zone.from_local_datetime(&(dates.first() - TimeDelta::days(1)).into()).earliest().unwrap().to_utc(),
            books: Books::default(),
        };
        world.opening = world.daily("00:00-24:00");
        world
    }

    /// Every date that matters to a visit of up to [`REACH`].
    pub fn days(&self) -> impl Iterator<Item = NaiveDate> + use<> {
        let end = self.dates.last() + TimeDelta::days(1);
        (self.dates.first() - TimeDelta::days(1)).iter_days().take_while(move |date| *date <= end)
    }

    /// The same intervals on every date.
    pub fn daily(&self, intervals: &str) -> Vec<(NaiveDate, WallInterval)> {
        self.days().flat_map(|date| wall(intervals).into_iter().map(move |interval| (date, interval))).collect()
    }

    /// Adds person `n`, who does [`SERVICE`] and works these hours daily.
    pub fn with_person(mut self, n: u128, shifts: &str) -> Self {
        let staff = Staff::new(person(n)).with_skill(SERVICE, None);
        self.people.push(Person {
            staff,
            shifts: self.daily(shifts),
            time_off: Vec::new(),
            imported: Vec::new(),
            busy: Vec::new(),
        });
        self
    }

    pub fn with_room(mut self, n: u128, of: u128, capacity: u16) -> Self {
        let unit = Unit { id: unit(n), kind: kind(of), capacity };
        self.rooms.push(Room { unit, maintenance: Vec::new(), busy: Vec::new() });
        self
    }

    /// A range of local time such as `2026-11-23 10:00 / 2026-11-23 11:30`.
    pub fn range(&self, text: &str) -> TimeRange {
        let (from, to) = text.split_once(" / ").unwrap();
        TimeRange::new(self.at(from), self.at(to))
    }

    /// An instant from local time, the earlier of two.
    pub fn at(&self, text: &str) -> DateTime<Utc> {
        let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap();
        self.zone.from_local_datetime(&local).earliest().unwrap().to_utc()
    }

    pub fn facts(&self) -> Facts {
        let on = |intervals: &[(NaiveDate, WallInterval)], date| {
            intervals.iter().filter(|(of, _)| *of == date).map(|(_, interval)| *interval).collect::<Vec<_>>()
        };
        let mut facts = Facts::builder(self.zone, self.dates, REACH);
        facts.opening(|date| on(&self.opening, date));
        self.closures.iter().for_each(|range| facts.closure(*range));
        for person in &self.people {
            let id = person.staff.id;
            facts.staff(person.staff.clone(), |date| on(&person.shifts, date));
            person.time_off.iter().for_each(|range| facts.time_off(id, *range));
            person.imported.iter().for_each(|range| facts.imported(id, *range));
            person.busy.iter().for_each(|(lane, range)| facts.busy(id, *lane, *range));
        }
        for room in &self.rooms {
            let id = room.unit.id;
            facts.unit(room.unit);
            room.maintenance.iter().for_each(|range| facts.maintenance(id, *range));
            room.busy.iter().for_each(|range| facts.busy(id, Lane::One(0), *range));
        }
        self.books.tell(&mut facts);
        facts.finish()
    }

    pub fn slots(&self, visit: &Visit) -> Slots {
        slots(visit, &self.facts(), &self.policy, self.now)
    }

    /// The slots as local wall times with offsets, such as `23 10:00+02:00` (day of the month first).
    pub fn offers(&self, visit: &Visit) -> Vec<String> {
        self.slots(visit).as_slice().iter().map(|slot| slot.local().format("%d %H:%M%:z").to_string()).collect()
    }

    /// The slots as bare local times.
    pub fn times(&self, visit: &Visit) -> Vec<String> {
        self.slots(visit).as_slice().iter().map(|slot| slot.wall().format("%H:%M").to_string()).collect()
    }

    pub fn evaluate(&self, visit: &Visit, start: DateTime<Utc>) -> Result<Placement, Vec<Violation>> {
        evaluate(Candidate { start, visit }, &self.facts(), &self.policy, self.now)
    }

    /// The codes that a start is refused with; none when it is not.
    pub fn why(&self, visit: &Visit, start: &str) -> Vec<Rule> {
        self.evaluate(visit, self.at(start)).err().unwrap_or_default().iter().map(|violation| violation.rule).collect()
    }
}

/// A visit of one line, done by anyone.
pub fn visit(duration: u16) -> Visit {
    Visit { lines: smallvec![line(duration)], ..Visit::default() }
}

pub fn line(duration: u16) -> Line {
    Line::new(SERVICE, duration)
}

impl Line {
    /// Done by someone else than anyone.
    #[must_use]
    pub fn by(mut self, staff: StaffChoice) -> Self {
        self.staff = staff;
        self
    }

    /// With buffers.
    #[must_use]
    pub fn buffers(mut self, before: u16, after: u16) -> Self {
        (self.buffer_before, self.buffer_after) = (before, after);
        self
    }

    /// Beginning together with the line before it.
    #[must_use]
    pub fn together(mut self) -> Self {
        self.together = true;
        self
    }

    /// Leaving the staff member free in the middle.
    #[must_use]
    pub fn processing(mut self, after: u16, minutes: u16) -> Self {
        self.processing = Some(Processing { after, minutes });
        self
    }

    /// With one more requirement.
    #[must_use]
    pub fn using(mut self, target: Target, units: u16, setup: u16, cleanup: u16) -> Self {
        self.requirements.push(Requirement { target, units, capacity: 0, setup, cleanup });
        self
    }
}

/// A visit of these lines.
pub fn lines<const N: usize>(lines: [Line; N]) -> Visit {
    Visit { lines: lines.into_iter().collect(), ..Visit::default() }
}

pub fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Intervals such as `09:00-13:00 14:00-18:00`.
pub fn wall(intervals: &str) -> Vec<WallInterval> {
    let interval = |text: &str| {
        let (start, end) = text.split_once('-').unwrap();
        WallInterval::new(start.parse().unwrap(), end.parse().unwrap())
    };
    intervals.split_whitespace().map(interval).collect()
}
