//! The engine's facts for a whole page: everybody and everything of it, place by place, and what is left of each day.

use crate::availability::{Capacity, Dates, Facts, FactsBuilder, Staff, Unit};
use crate::slots::{World, lane_of};
use catalog::ResourceId;
use chrono::{Datelike as _, NaiveDate};
use db::{Allocation, Reader};
use kernel::Result;
use kernel::time::TimeRange;
use staff::StaffId;
use std::collections::HashMap;
use tenancy::Location;
use uuid::Uuid;

/// What is left of each day, by person or unit and date.
pub(super) type Capacities<I> = HashMap<I, Vec<(NaiveDate, Capacity)>>;

/// What people and units have left on each of the dates, over these locations taken together. One statement: what occupies
/// them.
pub(super) async fn capacities(
    r: &Reader,
    world: &World,
    locations: &[&Location],
    people: &[StaffId],
    units: &[ResourceId],
    dates: Dates,
) -> Result<(Capacities<StaffId>, Capacities<ResourceId>)> {
    let mut facts: Vec<_> =
        locations.iter().map(|location| (*location, start(world, location, people, units, dates))).collect();
    let covers = facts.iter().map(|(_, facts)| facts.covers()).reduce(hull);
    let subjects: Vec<Uuid> = people.iter().map(|id| id.uuid()).chain(units.iter().map(|id| id.uuid())).collect();
    if let Some(covers) = covers {
        let take = |taken: &Allocation| {
            let lanes = world.members.get(StaffId::from_uuid(taken.subject.id)).map_or(1, |member| member.lanes);
            for (location, facts) in &mut facts {
                let here = taken.location == Some(location.id.uuid());
                facts.busy(taken.subject.id, lane_of(taken, lanes, here), taken.busy);
            }
        };
        world.each_taken(r, &subjects, covers, take).await?;
    }
    let facts: Vec<(&Location, Facts)> = facts.into_iter().map(|(place, facts)| (place, facts.finish())).collect();
    let days = || dates.first().iter_days().take(dates.days());
    let staff = people.iter().map(|id| {
        let on = |date| sum(facts.iter().filter_map(|(_, facts)| facts.staff_capacity(id.uuid(), date)));
        (*id, days().map(|date| (date, on(date))).collect())
    });
    let resources = units.iter().map(|id| {
        let on = |date| sum(facts.iter().filter_map(|(_, facts)| facts.unit_capacity(id.uuid(), date)));
        (*id, days().map(|date| (date, on(date))).collect())
    });
    Ok((staff.collect(), resources.collect()))
}

/// A place's facts but for what occupies people and units.
fn start(world: &World, location: &Location, people: &[StaffId], units: &[ResourceId], dates: Dates) -> FactsBuilder {
    let mut facts = Facts::builder(location.zone, dates, 0);
    let covers = facts.covers();
    facts.opening(|date| {
        location.opening.iter().filter(move |opening| opening.weekday == date.weekday()).map(|opening| opening.interval)
    });
    for closure in location.closures.iter().filter(|closure| closure.range.overlaps(covers)) {
        facts.closure(closure.range);
    }
    for member in people.iter().filter_map(|id| world.members.get(*id)) {
        let person = Staff {
            lanes: member.lanes,
            employed_from: member.employed_from,
            employed_to: member.employed_to,
            ..Staff::new(member.id.uuid())
        };
        facts.staff(person, |date| world.schedules.day(member.id, location.id, date));
        for absence in world.schedules.absences(member.id, covers) {
            facts.time_off(member.id.uuid(), absence);
        }
        for busy in world.busy_times.of(member.id, covers) {
            facts.imported(member.id.uuid(), busy);
        }
    }
    let here = |id: &&ResourceId| world.resources.get(**id).is_some_and(|unit| unit.location_id == location.id);
    for id in units.iter().filter(here) {
        facts.unit(Unit { id: id.uuid(), kind: Uuid::nil(), capacity: 1 });
        for maintenance in world.resources.maintenance_of(*id, covers) {
            facts.maintenance(id.uuid(), maintenance.range);
        }
    }
    facts
}

fn hull(one: TimeRange, other: TimeRange) -> TimeRange {
    TimeRange::new(one.from.min(other.from), one.to.max(other.to))
}

fn sum(parts: impl Iterator<Item = Capacity>) -> Capacity {
    parts.fold(Capacity::default(), |sum, part| Capacity {
        planned: sum.planned + part.planned,
        free: sum.free + part.free,
    })
}
