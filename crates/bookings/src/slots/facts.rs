//! Rows of one snapshot become the engine's facts. What the caller owns already (a hold, the booking being moved) is left
//! out, so that it does not stand in its own way.

use super::asked::Asked;
use super::taking::Taken;
use super::world::World;
use crate::availability::{Dates, Facts, Lane, Unit};
use crate::booking::{Booking, LineId};
use crate::hold::HoldId;
use crate::session::GroupSessionId;
use catalog::{Resource, ResourceId, ResourceTypeId};
use chrono::Datelike as _;
use db::{Allocation, NewAllocation, Owner, Reader};
use kernel::{Error, Result};
use staff::StaffId;
use std::collections::BTreeMap;
use tenancy::Location;
use uuid::Uuid;

/// Time that the caller has already.
#[derive(Debug, Clone, Default)]
pub(crate) struct Own {
    pub(crate) hold: Option<HoldId>,
    pub(crate) lines: Vec<LineId>,
    pub(crate) sessions: Vec<GroupSessionId>,
    /// What would be given back before, in a plan that nothing is written of yet.
    pub(crate) freed: Vec<LineId>,
    /// What would be taken before, in such a plan.
    pub(crate) promised: Vec<NewAllocation>,
}

impl Own {
    /// What these bookings have.
    pub(crate) fn of<'a>(bookings: impl IntoIterator<Item = &'a Booking>) -> Self {
        Self {
            lines: bookings.into_iter().flat_map(|booking| &booking.lines).map(|line| line.id).collect(),
            ..Self::default()
        }
    }

    /// What these sessions have.
    pub(crate) fn sessions(ids: impl IntoIterator<Item = GroupSessionId>) -> Self {
        Self { sessions: ids.into_iter().collect(), ..Self::default() }
    }

    /// Remembers where a booking would stand, for what is planned after it.
    pub(crate) fn promise(&mut self, before: &Booking, taken: &Taken) {
        self.freed.extend(before.lines.iter().map(|line| line.id));
        self.promised.extend(taken.allocations(|line| Owner::BookingLine(line.id.uuid()), None));
    }

    pub(super) fn has(&self, owner: Owner) -> bool {
        match owner {
            Owner::Hold(id) => self.hold.map(HoldId::uuid) == Some(id),
            Owner::BookingLine(id) => self.lines.iter().chain(&self.freed).any(|line| line.uuid() == id),
            Owner::Session(id) => self.sessions.iter().any(|session| session.uuid() == id),
        }
    }
}

/// The facts for a visit on these dates; `only` narrows people and units to those that are locked. One statement: what
/// occupies them, and some more where limits are set; none when nothing is `own`ed, for who asks about hours alone.
pub(crate) async fn facts_for(
    r: &Reader,
    world: &World,
    asked: &Asked,
    dates: Dates,
    own: Option<&Own>,
    only: Option<&[Uuid]>,
) -> Result<Facts> {
    let location = world.locations.get(asked.location).ok_or_else(Error::not_found)?;
    let concerned = |id: Uuid| only.is_none_or(|only| only.contains(&id));
    let units = units(world, location, asked);
    let units: Vec<&Resource> = units.into_values().filter(|unit| concerned(unit.id.uuid())).collect();
    let people: Vec<_> = asked.people.iter().filter(|staff| concerned(staff.id)).collect();

    let mut facts = Facts::builder(location.zone, dates, asked.reach());
    let covers = facts.covers();
    facts.opening(|date| {
        location.opening.iter().filter(move |opening| opening.weekday == date.weekday()).map(|opening| opening.interval)
    });
    for closure in location.closures.iter().filter(|closure| closure.range.overlaps(covers)) {
        facts.closure(closure.range);
    }
    for staff in &people {
        let id = StaffId::from_uuid(staff.id);
        facts.staff((*staff).clone(), |date| world.schedules.day(id, location.id, date));
        for absence in world.schedules.absences(id, covers) {
            facts.time_off(staff.id, absence);
        }
        for busy in world.busy_times.of(id, covers) {
            facts.imported(staff.id, busy);
        }
    }
    for unit in &units {
        facts.unit(Unit { id: unit.id.uuid(), kind: unit.type_id.uuid(), capacity: unit.capacity });
        for maintenance in world.resources.maintenance_of(unit.id, covers) {
            facts.maintenance(unit.id.uuid(), maintenance.range);
        }
    }
    if let Some(own) = own.filter(|_| !super::guarded_by_constraint_alone()) {
        let subjects: Vec<Uuid> =
            people.iter().map(|staff| staff.id).chain(units.iter().map(|unit| unit.id.uuid())).collect();
        let here = location.id.uuid();
        let mut take = |taken: &Allocation| {
            let lanes = people.iter().find(|staff| staff.id == taken.subject.id).map_or(1, |staff| staff.lanes);
            facts.busy(taken.subject.id, lane_of(taken, lanes, taken.location == Some(here)), taken.busy);
        };
        for promised in &own.promised {
            take(&Allocation::from(*promised));
        }
        let others = |taken: &Allocation| {
            if !own.has(taken.owner) {
                take(taken);
            }
        };
        world.each_taken(r, &subjects, covers, others).await?;
        super::load::add(r, world, asked, dates, own, &mut facts).await?;
    }
    Ok(facts.finish())
}

/// The lane that taken time fills. Nobody is at two locations at once; and what lies on a lane that was given up keeps the
/// whole person.
pub(crate) fn lane_of(taken: &Allocation, lanes: u8, here: bool) -> Lane {
    let lane = u8::try_from(taken.lane).ok().filter(|lane| here && *lane < lanes);
    lane.map_or(Lane::Every, Lane::One)
}

/// The units that may serve some line here, each once.
fn units<'a>(world: &'a World, location: &Location, asked: &Asked) -> BTreeMap<ResourceId, &'a Resource> {
    let mut units = BTreeMap::new();
    for need in asked.visit.lines.iter().flat_map(|line| &line.requirements) {
        match need.target {
            crate::availability::Target::Type(id) => {
                let usable = world.resources.usable_units(ResourceTypeId::from_uuid(id), location.id);
                units.extend(usable.into_iter().map(|unit| (unit.id, unit)));
            }
            crate::availability::Target::Unit(id) => {
                let unit = world.resources.get(ResourceId::from_uuid(id));
                let here = unit.filter(|unit| unit.usable() && unit.location_id == location.id);
                units.extend(here.map(|unit| (unit.id, unit)));
            }
        }
    }
    units
}
