//! A visit while its lines are gathered: each out of today's catalogue, or out of what was agreed before. Services and people
//! are looked up and checked here, and nowhere else.

use super::asked::Asked;
use super::wish::{LineEdit, LineWish, Trimmings};
use super::world::{Audience, World};
use crate::availability::{self, Policy, Rules, StaffChoice, Target, Visit};
use crate::booking::{self, Booking, Line, LineId, MAX_VISIT_MINUTES, TakenAddOn, TakenUnit};
use crate::error::BookingErrorCode;
use catalog::{PriceKind, Processing, Requirement, RequirementTarget, ResourceId, Service, ServiceId, ServiceKind};
use chrono::Days;
use kernel::time::local_date;
use kernel::{CommonCode, Error, Issue, Result};
use smallvec::SmallVec;
use staff::{StaffId, StaffMember};
use std::collections::BTreeMap;
use tenancy::{Grid, Location};

/// What a line is made of.
#[derive(Debug, Clone)]
pub(super) enum Origin {
    /// Today's catalogue; under the id of the line whose place it takes.
    Catalogue(Option<LineId>, Trimmings),
    /// What was agreed before.
    Agreed(Box<Line>),
}

/// Which units a line is to take.
#[derive(Clone, Copy)]
pub(super) enum Units<'a> {
    /// Whichever suit.
    Any,
    /// These, and whichever suit where they are too few.
    Named(&'a [ResourceId]),
    /// Those that it has.
    Kept,
}

/// The line of the booking that each edit is about; none for a new one.
pub(super) fn befores<'a>(booking: &'a Booking, edits: &[LineEdit]) -> Result<Vec<Option<&'a Line>>> {
    let mut befores = Vec::with_capacity(edits.len());
    for (at, edit) in edits.iter().enumerate() {
        if edit.line.is_some() && edits[..at].iter().any(|other| other.line == edit.line) {
            return Err(Error::invalid(CommonCode::Duplicate).at(format!("lines.{at}.lineId")));
        }
        let before = edit.line.map(|id| booking.lines.iter().find(|line| line.id == id).ok_or_else(Error::not_found));
        befores.push(before.transpose()?);
    }
    Ok(befores)
}

/// A visit while its lines are gathered.
pub(super) struct Draft<'a> {
    world: &'a World,
    audience: Audience,
    location: &'a Location,
    people: People,
    lines: SmallVec<[availability::Line; 2]>,
    services: Vec<&'a Service>,
    origins: Vec<Origin>,
}

impl<'a> Draft<'a> {
    pub(super) fn new(world: &'a World, audience: Audience, location: &'a Location) -> Self {
        Self {
            world,
            audience,
            location,
            people: People::default(),
            lines: SmallVec::new(),
            services: Vec::new(),
            origins: Vec::new(),
        }
    }

    /// Adds a line as the catalogue has it today.
    pub(super) fn add_new(&mut self, wish: &LineWish, purpose: Purpose) -> Result<()> {
        let (world, location) = (self.world, self.location);
        let service = offered(world, self.audience, location, wish.service, purpose)?;
        let staff = who(world, self.audience, location, service, wish.staff, &mut self.people)?;
        let own = wish.trimmings(world, service, &[])?;
        self.lines.push(availability::Line {
            extra: own.minutes(),
            together: wish.with_previous,
            processing: processing(service.processing),
            buffer_before: service.buffer_before,
            buffer_after: service.buffer_after,
            staff,
            requirements: requirements(&service.requirements, own.persons),
            ..availability::Line::new(service.id.uuid(), service.duration_minutes)
        });
        self.services.push(service);
        self.origins.push(Origin::Catalogue(None, own));
        Ok(())
    }

    /// Adds a line that was agreed before, by somebody else where `staff` says so.
    #[allow(clippy::option_option, reason = "as agreed, by whoever suits and by somebody are three different wishes")]
    pub(super) fn add_agreed(&mut self, line: Line, staff: Option<Option<StaffId>>, units: Units<'_>) -> Result<()> {
        let world = self.world;
        let service = world.services.get(line.service_id).ok_or_else(Error::not_found)?;
        let choice = match (line.staff_id, staff) {
            (None, _) => StaffChoice::Nobody,
            // Whoever has the visit keeps it, qualified today or not: that was agreed.
            (Some(same), None) => self.people.agreed(world, same, service),
            (Some(_), Some(other)) => who(world, self.audience, self.location, service, other, &mut self.people)?,
        };
        let needs = match units {
            Units::Kept => line.resources.iter().map(kept).collect(),
            Units::Any | Units::Named(_) => requirements(&line.requirements, line.persons),
        };
        self.lines.push(availability::Line {
            is_fixed: true,
            together: line.with_previous,
            processing: processing(line.processing),
            buffer_before: line.buffer_before_minutes,
            buffer_after: line.buffer_after_minutes,
            staff: choice,
            requirements: needs,
            ..availability::Line::new(service.id.uuid(), line.duration_minutes)
        });
        self.services.push(service);
        self.origins.push(Origin::Agreed(Box::new(line)));
        self.name_units(units)
    }

    /// Adds a line as an edit makes it out of one of the booking's, or anew.
    pub(super) fn add_edited(
        &mut self,
        edit: &LineEdit,
        before: Option<&Line>,
        wish: &LineWish,
        keep_units: bool,
    ) -> Result<()> {
        let named = edit.resources.as_deref().map(Units::Named);
        let minutes = edit.minutes()?;
        let Some(same) = before.filter(|line| line.service_id == wish.service) else {
            self.add_new(wish, Purpose::Visit)?;
            if let (Some(line), Some(minutes)) = (self.lines.last_mut(), minutes) {
                (line.duration, line.extra, line.is_fixed) = (minutes, 0, true);
            }
            if let Some(Origin::Catalogue(id, _)) = self.origins.last_mut() {
                *id = before.map(|line| line.id);
            }
            return self.name_units(named.unwrap_or(Units::Any));
        };
        let service = self.world.services.get(same.service_id).ok_or_else(Error::not_found)?;
        let own = wish.trimmings(self.world, service, &same.add_ons)?;
        let kept = if keep_units && own.persons == same.persons { Units::Kept } else { Units::Any };
        let staff = edit.staff.filter(|staff| staff.is_none() || *staff != same.staff_id);
        if same.staff_id.is_none() && staff.flatten().is_some() {
            return Err(Error::invalid(BookingErrorCode::StaffNotNeeded).at("staffId"));
        }
        let line = trimmed(same, own, wish.with_previous, minutes);
        self.add_agreed(line, staff, named.unwrap_or(kept))
    }

    /// Lets the last line take units that are named, each in place of one of its kind.
    fn name_units(&mut self, units: Units<'_>) -> Result<()> {
        let (Units::Named(ids), Some(line)) = (units, self.lines.last_mut()) else { return Ok(()) };
        for (at, id) in ids.iter().enumerate() {
            let refused = |issue: Issue| Error::invalid(issue.at(format!("resourceIds.{at}")));
            let unit = self.world.resources.get(*id).ok_or_else(Error::not_found)?;
            if ids[..at].contains(id) {
                return Err(refused(Issue::new(CommonCode::Duplicate)));
            }
            if !unit.usable() || unit.location_id != self.location.id {
                return Err(refused(Issue::new(BookingErrorCode::NoResource)));
            }
            let needs = &mut line.requirements;
            if needs.iter().any(|need| need.target == Target::Unit(id.uuid())) {
                continue;
            }
            let of_kind = |need: &&mut availability::Requirement| {
                need.target == Target::Type(unit.type_id.uuid()) && need.units > 0
            };
            let Some(need) = needs.iter_mut().find(of_kind) else {
                return Err(refused(Issue::new(BookingErrorCode::ResourceNotNeeded)));
            };
            if unit.capacity < need.capacity {
                return Err(refused(Issue::new(BookingErrorCode::NoResource)));
            }
            need.units -= 1;
            let named = availability::Requirement { target: Target::Unit(id.uuid()), units: 1, capacity: 0, ..*need };
            needs.push(named);
        }
        Ok(())
    }

    pub(super) fn finish(self, waived: Rules) -> Result<Asked> {
        let asked = Asked {
            location: self.location.id,
            visit: Visit { lines: self.lines, ..Visit::default() },
            policy: policy(self.world, self.location, &self.services, waived),
            agreed: agreed(self.world, &self.services),
            people: self.people.0.into_values().collect(),
            client: None,
            ahead: 0,
            is_limited: true,
            tacit: Rules::NONE,
            origins: self.origins,
        };
        if i64::from(asked.reach()) > MAX_VISIT_MINUTES {
            return Err(Error::invalid(BookingErrorCode::VisitTooLong).at("lines"));
        }
        Ok(asked)
    }
}

/// A line that was agreed, with other trimmings: what it takes and costs changes by what they do.
fn trimmed(before: &Line, own: Trimmings, with_previous: bool, minutes: Option<u16>) -> Line {
    let more = i32::from(own.minutes()) - i32::from(Trimmings::minutes_of(&before.add_ons));
    let lasting = u16::try_from((i32::from(before.duration_minutes) + more).max(1)).unwrap_or(u16::MAX);
    let extra = cost(&own.add_ons);
    Line {
        with_previous,
        guest: own.guest,
        persons: own.persons,
        duration_minutes: minutes.unwrap_or(lasting),
        price: priced(before.price.kind, before.price.minor - cost(&before.add_ons) + extra, extra),
        add_ons: own.add_ons,
        ..before.clone()
    }
}

pub(super) fn cost(add_ons: &[TakenAddOn]) -> i64 {
    add_ons.iter().map(|add_on| add_on.price_minor).sum()
}

/// A price of which `extra` is for add-ons: what costs something is not free any more.
pub(super) const fn priced(kind: PriceKind, minor: i64, extra: i64) -> booking::Price {
    let kind = if extra > 0 && matches!(kind, PriceKind::Free) { PriceKind::Fixed } else { kind };
    booking::Price { kind, minor }
}

/// A unit that a line has, as a need for this very unit.
fn kept(unit: &TakenUnit) -> availability::Requirement {
    availability::Requirement {
        target: Target::Unit(unit.id.uuid()),
        units: 1,
        capacity: 0,
        setup: unit.setup_minutes,
        cleanup: unit.cleanup_minutes,
    }
}

/// The people of the lines, each once, with all that they do.
#[derive(Default)]
struct People(BTreeMap<StaffId, availability::Staff>);

impl People {
    fn add(&mut self, member: &StaffMember, service: &Service) {
        let staff = self.0.entry(member.id).or_insert_with(|| availability::Staff {
            lanes: member.lanes,
            employed_from: member.employed_from,
            employed_to: member.employed_to,
            ..availability::Staff::new(member.id.uuid())
        });
        let service_id = service.id.uuid();
        let known = staff.skills.iter().any(|skill| skill.service == service_id);
        if let (false, Some(performs)) = (known, member.performs(service.id)) {
            staff.skills.push(availability::Skill { service: service_id, duration: performs.duration_minutes });
        }
    }

    fn agreed(&mut self, world: &World, id: StaffId, service: &Service) -> StaffChoice {
        if let Some(member) = world.members.get(id) {
            self.add(member, service);
            if let Some(staff) = self.0.get_mut(&id)
                && !staff.skills.iter().any(|skill| skill.service == service.id.uuid())
            {
                staff.skills.push(availability::Skill { service: service.id.uuid(), duration: None });
            }
        }
        StaffChoice::Chosen(id.uuid())
    }
}

/// What a service is wanted for: those for groups take place in sessions, all others in visits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Visit,
    Session,
}

fn offered<'a>(
    world: &'a World,
    audience: Audience,
    location: &Location,
    id: ServiceId,
    purpose: Purpose,
) -> Result<&'a Service> {
    let service =
        world.services.get(id).filter(|service| audience.sees_service(service)).ok_or_else(Error::not_found)?;
    let refused = if service.archived {
        Some(Issue::new(CommonCode::Archived))
    } else if purpose == Purpose::Visit && service.kind == ServiceKind::Group {
        Some(Issue::new(BookingErrorCode::ServiceNotBookable))
    } else if purpose == Purpose::Session && service.kind != ServiceKind::Group {
        Some(Issue::new(BookingErrorCode::ServiceNotForGroups))
    } else if !service.offered_at(location.id) {
        Some(Issue::new(BookingErrorCode::ServiceNotOffered))
    } else {
        None
    };
    match refused {
        Some(issue) => Err(Error::invalid(issue.at("serviceId"))),
        None => Ok(service),
    }
}

fn who(
    world: &World,
    audience: Audience,
    location: &Location,
    service: &Service,
    wanted: Option<StaffId>,
    people: &mut People,
) -> Result<StaffChoice> {
    if !service.requires_staff {
        return match wanted {
            None => Ok(StaffChoice::Nobody),
            Some(_) => Err(Error::invalid(BookingErrorCode::StaffNotNeeded).at("staffId")),
        };
    }
    if let Some(id) = wanted {
        let member =
            world.members.get(id).filter(|member| audience.sees_member(member)).ok_or_else(Error::not_found)?;
        if member.archived {
            return Err(Error::invalid(CommonCode::Archived).at("staffId"));
        }
        people.add(member, service);
        return Ok(StaffChoice::Chosen(id.uuid()));
    }
    let eligible = world.members.iter().filter(|member| {
        !member.archived
            && audience.sees_member(member)
            && member.works_at(location.id)
            && member.performs(service.id).is_some()
    });
    let mut ids = SmallVec::new();
    for member in eligible {
        people.add(member, service);
        ids.push(member.id.uuid());
    }
    Ok(StaffChoice::AnyOf(ids))
}

/// The service's own rule before the company's; of several services the strictest. The grid is that of the first one,
/// since it is what starts.
fn policy(world: &World, location: &Location, services: &[&Service], waived: Rules) -> Policy {
    let agreed = agreed(world, services);
    // A last date of a service's own stands in place of a horizon; where others have none, theirs holds as well.
    let last = services.iter().filter_map(|service| service.bookable_to).min();
    let others = services.iter().any(|service| service.bookable_to.is_none());
    let horizon = || local_date(location.zone, world.now).checked_add_days(Days::new(agreed.horizon_days.into()));
    Policy {
        step: services.first().and_then(|service| service.step_minutes).unwrap_or(location.step_minutes).max(1),
        grid: match location.grid {
            Grid::Midnight => availability::Grid::Midnight,
            Grid::ShiftStart => availability::Grid::ShiftStart,
        },
        tight: location.tight_starts,
        notice_minutes: agreed.notice_minutes,
        horizon_days: agreed.horizon_days,
        first_date: services.iter().filter_map(|service| service.bookable_from).max(),
        last_date: last.map(|last| horizon().filter(|_| others).map_or(last, |horizon| horizon.min(last))),
        buffer_overhang: location.buffer_overhang,
        waived,
    }
}

fn agreed(world: &World, services: &[&Service]) -> booking::Policy {
    let settings = &world.settings;
    let notice = services.iter().map(|service| service.notice_minutes.unwrap_or(settings.notice_minutes)).max();
    let horizon = services.iter().map(|service| service.horizon_days.unwrap_or(settings.horizon_days)).min();
    booking::Policy {
        notice_minutes: notice.unwrap_or(settings.notice_minutes),
        horizon_days: horizon.unwrap_or(settings.horizon_days),
        approval_required: services
            .iter()
            .any(|service| service.rules.approval_required.unwrap_or(settings.approval_required)),
        no_show_grace_minutes: settings.no_show_grace_minutes,
        // What it costs to call off is known with the price and the start.
        cancellation: booking::Terms::default(),
    }
}

fn processing(of: Option<Processing>) -> Option<availability::Processing> {
    of.map(|gap| availability::Processing { after: gap.after, minutes: gap.minutes })
}

/// One unit of a kind is shared by everybody whom the line is for; of several each has their own.
fn requirements(of: &[Requirement], persons: u16) -> SmallVec<[availability::Requirement; 2]> {
    of.iter()
        .map(|need| availability::Requirement {
            target: match need.target {
                RequirementTarget::Type(id) => Target::Type(id.uuid()),
                RequirementTarget::Unit(id) => Target::Unit(id.uuid()),
            },
            units: need.units.max(1),
            capacity: if need.units > 1 { 0 } else { persons },
            setup: need.setup_minutes,
            cleanup: need.cleanup_minutes,
        })
        .collect()
}
