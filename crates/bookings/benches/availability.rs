//! The engine alone: a month of slots of half an hour for ten people with five bookings a day each, and how that grows.
//! `cargo bench -p zapys-bookings --bench availability`. Facts are built outside the timed part, except where the name says so.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use std::hint::black_box;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use kernel::time::{Edge, TimeRange, WallInterval, WallTime, instant};
use smallvec::smallvec;
use uuid::Uuid;
use zapys_bookings::availability::{
    Candidate, Dates, Facts, Lane, Line, Policy, Staff, Visit, evaluate, slots, summarize,
};

const ZONE: Tz = Tz::Europe__Kyiv;
const SERVICE: Uuid = Uuid::from_u128(1);

/// The rows of a salon, as they come from tables.
struct Salon {
    dates: Dates,
    staff: Vec<Staff>,
    busy: Vec<(Uuid, TimeRange)>,
}

impl Salon {
    /// Everyone works 09:00 to 19:00 every day, with five bookings of half an hour to an hour spread over it.
    fn new(people: u16, days: u16) -> Self {
        let first = NaiveDate::from_ymd_opt(2026, 11, 1).unwrap();
        let dates = Dates::query(first, first + Days::new(u64::from(days - 1))).unwrap();
        let staff: Vec<_> =
            (0..people).map(|n| Staff::new(Uuid::from_u128(1000 + u128::from(n))).with_skill(SERVICE, None)).collect();
        let mut busy = Vec::new();
        for (n, person) in (0_i64..).zip(&staff) {
            for (day, date) in (0_i64..).zip(first.iter_days().take(days.into())) {
                let opens = instant(ZONE, date, wall(540), Edge::Start);
                for booking in 0..5 {
                    let spread = (n * 7 + day * 11 + booking * 5) % 5;
                    let from = opens + TimeDelta::minutes(booking * 120 + spread * 15);
                    busy.push((person.id, TimeRange::starting(from, 30 + spread % 3 * 15)));
                }
            }
        }
        Self { dates, staff, busy }
    }

    fn facts(&self) -> Facts {
        let hours = [WallInterval::new(wall(540), wall(1140))];
        let mut facts = Facts::builder(ZONE, self.dates, 1440);
        facts.opening(|_| hours);
        for person in &self.staff {
            facts.staff(person.clone(), |_| hours);
        }
        for (staff, range) in &self.busy {
            facts.busy(*staff, Lane::One(0), *range);
        }
        facts.finish()
    }

    fn now(&self) -> DateTime<Utc> {
        instant(ZONE, self.dates.first(), WallTime::MIDNIGHT, Edge::Start)
    }
}

fn wall(minutes: u16) -> WallTime {
    WallTime::from_minutes(minutes).unwrap()
}

fn half_an_hour() -> Line {
    Line::new(SERVICE, 30)
}

fn one_line() -> Visit {
    Visit { lines: smallvec![half_an_hour()], ..Visit::default() }
}

fn listing(bench: &mut Criterion) {
    let policy = Policy { horizon_days: 90, ..Policy::default() };
    let mut group = bench.benchmark_group("slots");
    for (people, days) in [(10, 31), (1, 31), (5, 31), (20, 31), (50, 31), (10, 1), (10, 7), (10, 62)] {
        let salon = Salon::new(people, days);
        let facts = salon.facts();
        group.throughput(Throughput::Elements(u64::from(people) * u64::from(days)));
        group.bench_function(BenchmarkId::from_parameter(format!("{people} staff, {days} days")), |bench| {
            bench.iter(|| slots(black_box(&one_line()), black_box(&facts), &policy, salon.now()));
        });
    }
    group.finish();
}

fn others(bench: &mut Criterion) {
    let policy = Policy { horizon_days: 90, ..Policy::default() };
    let salon = Salon::new(10, 31);
    let facts = salon.facts();
    let visit = one_line();
    let mut group = bench.benchmark_group("10 staff, 31 days");
    group.bench_function("facts from rows", |bench| bench.iter(|| black_box(&salon).facts()));
    group.bench_function("facts from rows, then slots", |bench| {
        bench.iter(|| slots(&visit, &black_box(&salon).facts(), &policy, salon.now()));
    });
    group.bench_function("summary of days", |bench| {
        bench.iter(|| summarize(black_box(&visit), &facts, &policy, salon.now()));
    });
    let sequence = Visit { lines: smallvec![half_an_hour(), half_an_hour(), half_an_hour()], ..Visit::default() };
    group.bench_function("slots of three services", |bench| {
        bench.iter(|| slots(black_box(&sequence), &facts, &policy, salon.now()));
    });
    let together = |line: Line| Line { together: true, ..line };
    let parallel = Visit { lines: smallvec![half_an_hour(), together(half_an_hour())], ..Visit::default() };
    group.bench_function("slots of two services at once", |bench| {
        bench.iter(|| slots(black_box(&parallel), &facts, &policy, salon.now()));
    });
    let four = (0..4).map(|_| together(half_an_hour())).collect();
    let family = Visit { lines: four, ..Visit::default() };
    group.bench_function("slots of four services at once", |bench| {
        bench.iter(|| slots(black_box(&family), &facts, &policy, salon.now()));
    });
    let first = slots(&visit, &facts, &policy, salon.now()).as_slice()[0].starts_at();
    group.bench_function("evaluate a free start", |bench| {
        bench.iter(|| evaluate(Candidate { start: black_box(first), visit: &visit }, &facts, &policy, salon.now()));
    });
    let night = salon.now() + TimeDelta::hours(2);
    group.bench_function("evaluate a refused start", |bench| {
        bench.iter(|| evaluate(Candidate { start: black_box(night), visit: &visit }, &facts, &policy, salon.now()));
    });
    group.finish();
}

criterion_group!(benches, listing, others);
criterion_main!(benches);
