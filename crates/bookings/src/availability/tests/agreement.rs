//! Offered = bookable, and both as the model says: ten thousand random cases; and the controls that keep the comparison
//! honest.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use chrono::{DateTime, TimeDelta, Utc};
use kernel::time::TimeRange;
use uuid::Uuid;

use super::cases::{Case, Random};
use super::model::{Model, minutes};
use super::world::World;
use crate::availability::{
    Candidate, Facts, Lane, PlacedLine, Placement, StaffChoice, Target, Violation, Visit, evaluate, slots, summarize,
};

const CASES: u64 = 10_000;

/// Asks the engine for the listing of a case.
fn listed(case: &Case, facts: &Facts) -> Vec<DateTime<Utc>> {
    let slots = slots(&case.visit, facts, &case.world.policy, case.world.now);
    slots.as_slice().iter().map(super::super::Slot::starts_at).collect()
}

fn ask(case: &Case, facts: &Facts, visit: &Visit, start: DateTime<Utc>) -> Result<Placement, Vec<Violation>> {
    evaluate(Candidate { start, visit }, facts, &case.world.policy, case.world.now)
}

#[test]
fn the_engine_agrees_with_the_model() {
    let (offered, placed, refused) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    let threads = thread::available_parallelism().map_or(2, |count| count.get() as u64);
    thread::scope(|scope| {
        for thread in 0..threads {
            let (offered, placed, refused) = (&offered, &placed, &refused);
            scope.spawn(move || {
                for seed in (thread..CASES).step_by(usize::try_from(threads).unwrap()) {
                    let counts = agrees(seed);
                    offered.fetch_add(counts[0], Ordering::Relaxed);
                    placed.fetch_add(counts[1], Ordering::Relaxed);
                    refused.fetch_add(counts[2], Ordering::Relaxed);
                }
            });
        }
    });
    // Cases in which nothing is ever free, or everything, would agree about nothing.
    let [offered, placed, refused] = [offered, placed, refused].map(AtomicUsize::into_inner);
    assert!(
        offered > 100_000 && placed > 10_000 && refused > 100_000,
        "{offered} offered, {placed} placed, {refused} refused"
    );
}

/// Checks one case; counts slots offered, placements checked and refusals compared.
fn agrees(seed: u64) -> [usize; 3] {
    let mut random = Random::new(seed);
    let case = Case::random(&mut random);
    let model = Model::new(&case.world, &case.visit);
    let facts = case.world.facts();
    let offered = listed(&case, &facts);
    assert_eq!(offered, model.offers(), "seed {seed}: {case:#?}");
    let known: BTreeSet<_> = offered.iter().copied().collect();
    let (mut placed, mut refused) = (0, 0);
    for start in model.minutes_of_dates() {
        let is_offered = known.contains(&start);
        if !random.once_in(if is_offered { 15 } else { 150 }) {
            continue;
        }
        match ask(&case, &facts, &case.visit, start) {
            Ok(placement) => {
                assert!(is_offered, "seed {seed}: {start} booked but not offered: {case:#?}");
                check_placement(&case, &model, start, &placement)
                    .unwrap_or_else(|fault| panic!("seed {seed}, {start}: {fault}: {case:#?}"));
                placed += 1;
            }
            Err(violations) => {
                assert!(!is_offered, "seed {seed}: {start} offered but refused as {violations:?}: {case:#?}");
                let found: BTreeSet<_> = violations.iter().copied().collect();
                assert_eq!(found.len(), violations.len(), "seed {seed}, {start}: a violation twice");
                assert_eq!(found, model.violations(start), "seed {seed}, {start}: {case:#?}");
                refused += 1;
            }
        }
    }
    [offered.len(), placed, refused]
}

/// Every promise of a placement, looked at from outside.
fn check_placement(case: &Case, model: &Model<'_>, start: DateTime<Utc>, placement: &Placement) -> Result<(), String> {
    let ensure = |holds: bool, what: &str| if holds { Ok(()) } else { Err(format!("{what}: {placement:#?}")) };
    let mut at = start;
    let mut from = 0;
    while from < case.visit.lines.len() {
        let step = model.step(from);
        let placed_lines = &placement.lines[step.clone()];
        let mut used = BTreeSet::new();
        for (line, placed) in case.visit.lines[step.clone()].iter().zip(placed_lines) {
            ensure(placed.range.from == at, "lines of a step begin together, steps follow one another")?;
            ensure(placed.staff.is_none() == (line.staff == StaffChoice::Nobody), "staff where staff is needed")?;
            if let Some(staff) = placed.staff {
                ensure(used.insert((staff.id, staff.lane)), "nobody does two lines of a step on one lane")?;
                let person = case.world.people.iter().find(|person| person.staff.id == staff.id).ok_or("a stranger")?;
                let skill = person.staff.skills.iter().find(|skill| skill.service == line.service).ok_or("no skill")?;
                let minutes = i64::from(minutes(line, skill));
                ensure(placed.range.minutes() == minutes, "the right duration")?;
                let taken =
                    || person.busy.iter().filter(|(lane, _)| [Lane::Every, Lane::One(staff.lane)].contains(lane));
                let is_free = |kept: &TimeRange| taken().all(|(_, range)| !range.overlaps(*kept));
                ensure(kept(line, placed.range).iter().all(is_free), "the lane is free")?;
            }
        }
        let units = placed_lines.iter().flat_map(|line| &line.units).map(|unit| unit.id);
        ensure(units.clone().collect::<BTreeSet<_>>().len() == units.count(), "no unit serves twice")?;
        if step.len() == 1 {
            check_units(case, &case.visit.lines[from], &placed_lines[0])?;
        } else {
            let minute = model.minute_of(at);
            let ways: Vec<_> = placed_lines.iter().map(|line| ((None, line.range.minutes()), 0)).collect();
            let expected = model.share_rooms(&step, &ways, minute).ok_or("not enough units")?;
            let found = placed_lines.iter().map(|line| line.units.iter().map(|unit| unit.id).collect::<BTreeSet<_>>());
            ensure(found.eq(expected.iter().cloned()), &format!("the smallest sufficient are {expected:?}"))?;
        }
        at = placed_lines.iter().map(|line| line.range.to).max().ok_or("an empty step")?;
        from = step.end;
    }
    ensure(placement.lines.len() == case.visit.lines.len(), "every line is placed")?;
    ensure(placement.range.from == start && placement.range.to == at, "the visit is its lines")?;
    if matches!(case.visit.lines[0].staff, StaffChoice::Any | StaffChoice::AnyOf(_)) {
        let best = model.ranked(start).first().copied();
        ensure(placement.lines[0].staff.map(|staff| staff.id) == best, &format!("the best is {best:?}"))?;
    }
    // What the database guard would refuse: two allocations of one subject and lane that overlap.
    let staff = placement.lines.iter().filter_map(|line| line.staff);
    let staff = staff.flat_map(|it| it.ranges().map(move |range| ((it.id, it.lane), range)));
    let units = placement.lines.iter().flat_map(|line| &line.units).map(|it| ((it.id, 0), it.occupied));
    let allocations: Vec<_> = staff.chain(units).collect();
    for (n, (subject, range)) in allocations.iter().enumerate() {
        let clash = allocations[..n].iter().any(|(other, taken)| other == subject && taken.overlaps(*range));
        ensure(!clash && !range.is_empty(), "allocations of a subject are apart")?;
    }
    check_union(case, placement)
}

/// The stretches for which a line keeps its person.
fn kept(line: &super::super::Line, range: TimeRange) -> Vec<TimeRange> {
    let whole = range.widen(line.buffer_before.into(), line.buffer_after.into());
    match line.processing {
        Some(gap) if i64::from(gap.after + gap.minutes) < range.minutes() => {
            let pauses = range.from + TimeDelta::minutes(gap.after.into());
            let resumes = pauses + TimeDelta::minutes(gap.minutes.into());
            vec![TimeRange::new(whole.from, pauses), TimeRange::new(resumes, whole.to)]
        }
        _ => vec![whole],
    }
}

fn check_units(case: &Case, line: &super::super::Line, placed: &PlacedLine) -> Result<(), String> {
    let ids: BTreeSet<_> = placed.units.iter().map(|unit| unit.id).collect();
    if ids.len() != placed.units.len() {
        return Err("a unit is used twice by one line".into());
    }
    let targets: BTreeSet<_> = line.requirements.iter().map(|wanted| wanted.target).collect();
    let is_named = |id: Uuid| targets.contains(&Target::Unit(id));
    let mut expected = BTreeSet::new();
    for target in targets.iter().copied() {
        let alike: Vec<_> = line.requirements.iter().filter(|wanted| wanted.target == target).collect();
        let claim = placed.range.widen(
            alike.iter().map(|wanted| wanted.setup).max().unwrap().into(),
            alike.iter().map(|wanted| wanted.cleanup).max().unwrap().into(),
        );
        let least = alike.iter().map(|wanted| wanted.capacity).max().unwrap();
        let mut fit: Vec<_> = (case.world.rooms.iter())
            .filter(|room| match target {
                Target::Unit(id) => room.unit.id == id,
                Target::Type(kind) => room.unit.kind == kind && room.unit.capacity >= least && !is_named(room.unit.id),
            })
            .filter(|room| !case.visit.without.contains(&room.unit.id))
            .filter(|room| room.busy.iter().chain(&room.maintenance).all(|range| !range.overlaps(claim)))
            .map(|room| (room.unit.capacity, room.unit.id))
            .collect();
        fit.sort_unstable();
        let count = if matches!(target, Target::Unit(_)) {
            1
        } else {
            alike.iter().map(|wanted| usize::from(wanted.units)).sum()
        };
        expected.extend(fit.into_iter().take(count).map(|(_, id)| id));
    }
    if ids == expected { Ok(()) } else { Err(format!("units {ids:?}, the smallest sufficient are {expected:?}")) }
}

/// What a subject is occupied for is what its lines claim: no more, no less.
fn check_union(case: &Case, placement: &Placement) -> Result<(), String> {
    let mut claimed: BTreeSet<(Uuid, u8, i64)> = BTreeSet::new();
    let mut occupied = claimed.clone();
    let minutes = |range: TimeRange| {
        (0..range.minutes()).map(move |minute| (range.from + TimeDelta::minutes(minute)).timestamp())
    };
    for (line, placed) in case.visit.lines.iter().zip(&placement.lines) {
        if let Some(staff) = placed.staff {
            let lane = staff.lane;
            let taken = staff.ranges().flat_map(minutes);
            occupied.extend(taken.map(|minute| (staff.id, lane, minute)));
            let claim = kept(line, placed.range).into_iter().flat_map(minutes);
            claimed.extend(claim.map(|minute| (staff.id, lane, minute)));
        }
        for unit in &placed.units {
            occupied.extend(minutes(unit.occupied).map(|minute| (unit.id, 0, minute)));
            let kind = case.world.rooms.iter().find(|room| room.unit.id == unit.id).map(|room| room.unit.kind);
            let named = line.requirements.iter().any(|wanted| wanted.target == Target::Unit(unit.id));
            let alike = line.requirements.iter().filter(|wanted| match wanted.target {
                Target::Unit(id) => id == unit.id,
                Target::Type(of) => Some(of) == kind && !named,
            });
            let (setup, cleanup) =
                alike.fold((0, 0), |most, wanted| (most.0.max(wanted.setup), most.1.max(wanted.cleanup)));
            let claim = placed.range.widen(setup.into(), cleanup.into());
            claimed.extend(minutes(claim).map(|minute| (unit.id, 0, minute)));
        }
    }
    if claimed == occupied { Ok(()) } else { Err("what is occupied is not what is claimed".into()) }
}

/// Small cases, every minute: what is not offered is refused, what is offered is booked, also with each staff member it
/// lists.
#[test]
fn offered_is_bookable_at_every_minute() {
    for seed in 20_000..20_040 {
        let case = Case::random(&mut Random::new(seed));
        let facts = case.world.facts();
        let found = slots(&case.visit, &facts, &case.world.policy, case.world.now);
        let offered: BTreeSet<_> = found.as_slice().iter().map(super::super::Slot::starts_at).collect();
        for start in Model::new(&case.world, &case.visit).minutes_of_dates() {
            assert_eq!(
                ask(&case, &facts, &case.visit, start).is_ok(),
                offered.contains(&start),
                "seed {seed}, {start}"
            );
        }
        for slot in found.as_slice().iter().step_by(5) {
            let listed: BTreeSet<_> = found.staff(slot).map(|staff| staff.id).collect();
            for person in &case.world.people {
                let mut visit = case.visit.clone();
                let is_asked = match &visit.lines[0].staff {
                    StaffChoice::Nobody => false,
                    StaffChoice::Any => true,
                    StaffChoice::Chosen(id) => *id == person.staff.id,
                    StaffChoice::AnyOf(ids) => ids.contains(&person.staff.id),
                };
                visit.lines[0].staff = StaffChoice::Chosen(person.staff.id);
                let is_free = is_asked && ask(&case, &facts, &visit, slot.starts_at()).is_ok();
                assert_eq!(listed.contains(&person.staff.id), is_free, "seed {seed}, {slot:?}");
            }
        }
    }
}

#[test]
fn the_summary_of_days_counts_the_listing() {
    for seed in 30_000..30_300 {
        let Case { world: World { policy, now, .. }, .. } = Case::random(&mut Random::new(seed));
        let case = Case::random(&mut Random::new(seed));
        let facts = case.world.facts();
        let listed = slots(&case.visit, &facts, &policy, now);
        for day in summarize(&case.visit, &facts, &policy, now) {
            let on_day = listed.on(day.date);
            assert_eq!((day.count, day.first), (on_day.len(), on_day.first().copied()), "seed {seed}");
        }
    }
}

/// The control: an engine that forgets one thing (made by keeping it from the engine, not from the model) is noticed
/// within the first of the cases that the right one passes.
#[test]
fn a_wrong_engine_is_caught() {
    type Forget = (&'static str, fn(&mut Case));
    let wrong: [Forget; 18] = [
        ("no buffers", |case| {
            case.visit.lines.iter_mut().for_each(|line| (line.buffer_before, line.buffer_after) = (0, 0));
        }),
        ("no clean-up", |case| {
            case.visit.lines.iter_mut().flat_map(|line| &mut line.requirements).for_each(|wanted| wanted.cleanup = 0);
        }),
        ("no time off", |case| case.world.people.iter_mut().for_each(|person| person.time_off.clear())),
        ("no other calendars", |case| case.world.people.iter_mut().for_each(|person| person.imported.clear())),
        ("no closures", |case| case.world.closures.clear()),
        ("busy a minute too short", |case| {
            let busy = case.world.people.iter_mut().flat_map(|person| &mut person.busy);
            busy.for_each(|(_, range)| range.to -= TimeDelta::minutes(1));
        }),
        ("one after another", |case| case.visit.lines.iter_mut().for_each(|line| line.together = false)),
        ("kept while it processes", |case| case.visit.lines.iter_mut().for_each(|line| line.processing = None)),
        ("at one's own pace", |case| case.visit.lines.iter_mut().for_each(|line| line.is_fixed = false)),
        ("nothing added", |case| case.visit.lines.iter_mut().for_each(|line| line.extra = 0)),
        ("one lane each", |case| case.world.people.iter_mut().for_each(|person| person.staff.lanes = 1)),
        ("loose", |case| case.world.policy.tight = false),
        ("visits of a person's day", |case| case.world.books.limits.staff_visits = None),
        ("minutes of a person's day", |case| case.world.books.limits.staff_minutes = None),
        ("visits to come", |case| case.world.books.limits.client_active = None),
        ("whose visit it is", |case| case.world.books.client = None),
        ("services of a day", |case| case.world.books.services.clear()),
        ("notice a minute too long", |case| case.world.policy.notice_minutes += 1),
    ];
    for (name, forget) in wrong {
        let is_caught = (0..1500).any(|seed| {
            let case = Case::random(&mut Random::new(seed));
            let mut forgetful = Case::random(&mut Random::new(seed));
            forget(&mut forgetful);
            Model::new(&case.world, &case.visit).offers() != listed(&forgetful, &forgetful.world.facts())
        });
        assert!(is_caught, "{name}: went unnoticed");
    }
}
