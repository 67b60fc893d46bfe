//! Random locations and visits, small enough for the model and dense enough that every rule bites. One seed, one case.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use kernel::time::{TimeRange, WallInterval, WallTime};
use smallvec::SmallVec;
use uuid::Uuid;

use super::limits::Books;
use super::world::{Person, Room, World, kind, person, unit};
use crate::availability::{
    Dates, Grid, Lane, Line, Policy, Processing, Requirement, Rule, Rules, Staff, StaffChoice, Target, Unit, Visit,
};

/// Dates around which clocks change, in zones with usual and unusual ways to do so, and plain ones.
const DAYS: [(Tz, &str); 14] = [
    (Tz::Europe__Kyiv, "2026-11-23"),
    (Tz::Europe__Kyiv, "2026-03-29"),
    (Tz::Europe__Kyiv, "2026-10-25"),
    (Tz::America__New_York, "2026-03-08"),
    (Tz::America__New_York, "2026-11-01"),
    (Tz::Australia__Lord_Howe, "2026-04-05"),
    (Tz::Australia__Lord_Howe, "2026-10-04"),
    // The clock skips midnight itself, or goes back over it.
    (Tz::America__Santiago, "2026-09-06"),
    (Tz::Asia__Beirut, "2026-03-29"),
    (Tz::Atlantic__Azores, "2026-10-25"),
    (Tz::America__Havana, "2026-11-01"),
    (Tz::Asia__Kathmandu, "2028-02-29"),
    (Tz::Europe__London, "2026-03-29"),
    (Tz::UTC, "2026-12-31"),
];

/// `SplitMix64` (Steele, Lea and Flood 2014): small, seeded, the same everywhere.
pub struct Random(u64);

impl Random {
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A whole number from `from` to `to`, both included.
    pub fn between(&mut self, from: u16, to: u16) -> u16 {
        from + u16::try_from(self.next() % u64::from(to - from + 1)).unwrap()
    }

    /// True once in so many times.
    pub fn once_in(&mut self, times: u16) -> bool {
        self.between(1, times) == 1
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[usize::from(self.between(0, u16::try_from(from.len() - 1).unwrap()))]
    }
}

/// A location and a visit to it.
#[derive(Debug)]
pub struct Case {
    pub world: World,
    pub visit: Visit,
}

impl Case {
    pub fn random(random: &mut Random) -> Self {
        let (zone, day) = random.pick(&DAYS);
        let day: NaiveDate = day.parse().unwrap();
        let first = day - Days::new(random.between(0, 1).into());
        let dates = Dates::query(first, first + Days::new(random.between(0, 1).into())).unwrap();
        let midnight = first.and_time(chrono::NaiveTime::MIN).and_utc();
        let mut world = World {
            zone,
            dates,
            opening: Vec::new(),
            closures: Vec::new(),
            people: Vec::new(),
            rooms: Vec::new(),
            policy: policy(random, first),
            now: midnight
                + TimeDelta::minutes(i64::from(random.between(0, 2000)) - 1500)
                + TimeDelta::seconds(random.between(0, 59).into()),
            books: Books::default(),
        };
        world.opening = if random.once_in(3) { world.daily("00:00-24:00") } else { hours(random, &world, 1) };
        world.closures = ranges(random, midnight, 1, 6);
        for n in 0..u128::from(random.between(1, 4)) {
            let person = worker(random, &world, n, midnight);
            world.people.push(person);
        }
        for n in 0..u128::from(random.between(0, 4)) {
            let unit = Unit { id: unit(n), kind: kind(random.between(0, 1).into()), capacity: random.between(1, 3) };
            let busy = ranges(random, midnight, 8, 1);
            world.rooms.push(Room { unit, maintenance: ranges(random, midnight, 1, 3), busy });
        }
        let visit = visit(random);
        if random.once_in(4) {
            world.books = Books::random(random, &world);
        }
        Self { world, visit }
    }
}

fn policy(random: &mut Random, first: NaiveDate) -> Policy {
    let mut waived = Rules::NONE;
    if random.once_in(6) {
        waived = Rule::ALL.into_iter().filter(|_| random.once_in(4)).collect();
    }
    Policy {
        step: random.pick(&[15, 15, 20, 30, 60, 5, 10, 48, 1]),
        grid: if random.once_in(3) { Grid::ShiftStart } else { Grid::Midnight },
        tight: random.once_in(10),
        notice_minutes: random.pick(&[0, 0, 60, 90, 1440]),
        horizon_days: random.pick(&[60, 60, 1, 0]),
        first_date: random.once_in(12).then(|| first + Days::new(random.between(0, 1).into())),
        last_date: random.once_in(12).then(|| first + Days::new(random.between(0, 1).into())),
        buffer_overhang: random.once_in(4),
        waived,
    }
}

fn worker(random: &mut Random, world: &World, n: u128, midnight: DateTime<Utc>) -> Person {
    let mut staff = Staff::new(person(n));
    staff.lanes = if random.once_in(5) { 2 } else { 1 };
    if random.once_in(8) {
        staff.employed_from = Some(world.dates.first() + Days::new(random.between(0, 1).into()));
    }
    if random.once_in(8) {
        staff.employed_to = Some(world.dates.first() + Days::new(random.between(0, 1).into()));
    }
    for service in 0..3 {
        if !random.once_in(5) {
            let duration = random.once_in(4).then(|| random.pick(&[10, 25, 40, 75]));
            staff = staff.with_skill(Uuid::from_u128(service), duration);
        }
    }
    let busy = ranges(random, midnight, 6, 1).into_iter().map(|range| {
        let lane = if random.once_in(5) { Lane::Every } else { Lane::One(u8::try_from(random.between(0, 1)).unwrap()) };
        (lane, range)
    });
    let busy = busy.collect();
    let time_off = ranges(random, midnight, 1, 4);
    Person { staff, shifts: hours(random, world, 2), time_off, imported: ranges(random, midnight, 2, 3), busy }
}

fn visit(random: &mut Random) -> Visit {
    let count = random.pick(&[1, 1, 1, 2, 2, 3]);
    let apart = if random.once_in(2) { 0 } else { 2 };
    Visit {
        lines: (0..count).map(|_| Line { together: random.between(0, 2) > apart, ..line(random) }).collect(),
        usual: random.once_in(3).then(|| person(random.between(0, 4).into())),
        without: if random.once_in(10) { [person(0), unit(0)].into_iter().collect() } else { SmallVec::new() },
    }
}

fn line(random: &mut Random) -> Line {
    let staff = match random.between(0, 9) {
        0 => StaffChoice::Nobody,
        1..=3 => StaffChoice::Chosen(person(random.between(0, 4).into())),
        4 | 5 => StaffChoice::AnyOf((0..random.between(1, 3)).map(|_| person(random.between(0, 4).into())).collect()),
        _ => StaffChoice::Any,
    };
    let wanted = random.pick(&[0, 0, 0, 1, 1, 2, 3]);
    let requirements = (0..wanted).map(|_| Requirement {
        target: if random.once_in(3) {
            Target::Unit(unit(random.between(0, 3).into()))
        } else {
            Target::Type(kind(random.between(0, 1).into()))
        },
        units: random.pick(&[1, 1, 1, 2]),
        capacity: random.pick(&[0, 1, 1, 2]),
        setup: random.pick(&[0, 0, 10]),
        cleanup: random.pick(&[0, 0, 15, 45]),
    });
    let requirements = requirements.collect();
    let processing = random
        .once_in(4)
        .then(|| Processing { after: random.pick(&[5, 10, 15, 30]), minutes: random.pick(&[5, 10, 20, 30]) });
    Line {
        service: Uuid::from_u128(random.between(0, 2).into()),
        duration: random.pick(&[15, 30, 30, 45, 60, 90, 7]),
        extra: random.pick(&[0, 0, 0, 15]),
        is_fixed: random.once_in(4),
        together: false,
        processing,
        buffer_before: random.pick(&[0, 0, 5, 15]),
        buffer_after: random.pick(&[0, 0, 10, 15, 30]),
        staff,
        requirements,
    }
}

/// Intervals for every date that matters: none, one or two, also over midnight and over the hours in which clocks
/// change.
fn hours(random: &mut Random, world: &World, most: u16) -> Vec<(NaiveDate, WallInterval)> {
    let mut hours = Vec::new();
    for date in world.days() {
        if random.once_in(12) {
            continue;
        }
        for _ in 0..random.between(1, most) {
            let start = random.pick(&[0, 60, 120, 150, 195, 480, 540, 600, 605, 780, 1080, 1320, 1380]);
            let length = random.pick(&[60, 180, 240, 300, 480, 720, 1440]);
            let end = if start + length <= 1440 { start + length } else { (start + length) % 1440 };
            let wall = |minutes| WallTime::from_minutes(minutes).unwrap();
            hours.push((date, WallInterval::new(wall(start), wall(end))));
        }
    }
    hours
}

/// Up to `most` ranges within two days and a half; none at all except once in so many times.
fn ranges(random: &mut Random, midnight: DateTime<Utc>, most: u16, once_in: u16) -> Vec<TimeRange> {
    if !random.once_in(once_in) {
        return Vec::new();
    }
    let range = |random: &mut Random| {
        let from = midnight + TimeDelta::minutes(i64::from(random.between(0, 700)) * 5 - 720);
        TimeRange::starting(from, i64::from(random.pick(&[5, 15, 30, 30, 60, 60, 120, 300, 17])))
    };
    (0..random.between(1, most)).map(|_| range(random)).collect()
}
