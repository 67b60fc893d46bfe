//! What a caller asks for, resolved: services and people looked up and checked, rules gathered, ready for the engine.
//! A new visit is resolved from the catalogue; one that was agreed (a move, a hold) from its own copies of it.

use super::taking::FAR;
use super::wish::{Trimmings, VisitWish};
use super::world::{Audience, World};
use crate::availability::{self, Choice, Placement, Policy, Rules, StaffChoice, Target, Visit};
use crate::booking::{self, Booking, Line, LineId, MAX_VISIT_MINUTES, TakenUnit};
use crate::error::BookingErrorCode;
use catalog::{PriceKind, Processing, Requirement, RequirementTarget, Resources, Service, ServiceId, ServiceKind};
use chrono::Days;
use clients::ClientId;
use kernel::time::local_date;
use kernel::{CommonCode, Error, Issue, Money, Result};
use smallvec::SmallVec;
use staff::{StaffId, StaffMember};
use std::collections::BTreeMap;
use std::ops::Range;
use tenancy::{Grid, Location, LocationId};

/// A resolved visit.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) location: LocationId,
    pub(crate) visit: Visit,
    pub(crate) policy: Policy,
    /// What of the policy is copied onto the booking.
    pub(crate) agreed: booking::Policy,
    /// Everybody who may do some line, with what they do.
    pub(crate) people: Vec<availability::Staff>,
    /// Whose visit it will be, once that is known: limits of the client are looked at then.
    pub(crate) client: Option<ClientId>,
    /// Further visits to come of that client, decided in the same step and not written yet.
    pub(crate) ahead: u32,
    /// Whether limits hold: not for what the company plans itself.
    pub(crate) is_limited: bool,
    /// What was agreed before, line by line; empty for a new visit.
    before: Vec<Line>,
    /// What the lines of a new visit have beside services and people; empty for one that was agreed before.
    trimmings: Vec<Trimmings>,
}

impl Asked {
    /// Resolves a wish as `audience` sees the company.
    pub(crate) fn resolve(world: &World, audience: Audience, wish: &VisitWish, waived: Rules) -> Result<Self> {
        Self::resolve_for(world, audience, wish, waived, Purpose::Visit)
    }

    /// Resolves a session for a group as the company plans it.
    pub(crate) fn session(world: &World, audience: Audience, wish: &VisitWish, waived: Rules) -> Result<Self> {
        Self::resolve_for(world, audience, wish, waived, Purpose::Session).map(Self::planned_by_company)
    }

    /// Grid, notice, horizon, window and limits are for what clients choose. What the company sets may start at any minute that is yet to
    /// come, as far ahead as anything may lie.
    pub(crate) fn planned_by_company(mut self) -> Self {
        self.is_limited = false;
        self.policy = Policy {
            step: 1,
            grid: availability::Grid::Midnight,
            tight: false,
            first_date: None,
            last_date: None,
            notice_minutes: 0,
            horizon_days: u16::try_from(FAR.num_days()).unwrap_or(u16::MAX),
            ..self.policy
        };
        self
    }

    fn resolve_for(
        world: &World,
        audience: Audience,
        wish: &VisitWish,
        waived: Rules,
        purpose: Purpose,
    ) -> Result<Self> {
        let location = world.location(wish.location)?;
        wish.check_shape()?;
        let mut people = People::default();
        let mut lines = SmallVec::new();
        let mut services = Vec::with_capacity(wish.lines.len());
        let mut trimmings = Vec::with_capacity(wish.lines.len());
        for (at, line) in wish.lines.iter().enumerate() {
            let service =
                offered(world, audience, location, line.service, purpose).map_err(|error| at_line(error, at))?;
            let staff =
                who(world, audience, location, service, line.staff, &mut people).map_err(|error| at_line(error, at))?;
            let own = line.trimmings(world, service).map_err(|error| at_line(error, at))?;
            lines.push(availability::Line {
                extra: own.minutes(),
                together: line.with_previous,
                processing: processing(service.processing),
                buffer_before: service.buffer_before,
                buffer_after: service.buffer_after,
                staff,
                requirements: requirements(&service.requirements, own.persons),
                ..availability::Line::new(service.id.uuid(), service.duration_minutes)
            });
            services.push(service);
            trimmings.push(own);
        }
        wish.check_people(world)?;
        let asked = Self {
            location: location.id,
            visit: Visit { lines, ..Visit::default() },
            policy: policy(world, location, &services, waived),
            agreed: agreed(world, &services),
            people: people.finish(),
            client: None,
            ahead: 0,
            is_limited: true,
            before: Vec::new(),
            trimmings,
        };
        asked.checked()
    }

    /// Resolves what was agreed before, with other people where `staff` names them (by line; `None` inside: anybody).
    pub(crate) fn again(
        world: &World,
        audience: Audience,
        location: LocationId,
        before: Vec<Line>,
        staff: &BTreeMap<LineId, Option<StaffId>>,
        waived: Rules,
    ) -> Result<Self> {
        let location = world.locations.get(location).ok_or_else(Error::not_found)?;
        let mut people = People::default();
        let mut lines = SmallVec::new();
        let mut services = Vec::with_capacity(before.len());
        for (at, line) in before.iter().enumerate() {
            let service = world.services.get(line.service_id).ok_or_else(Error::not_found)?;
            let choice = match (line.staff_id, staff.get(&line.id)) {
                (None, _) => StaffChoice::Nobody,
                // Whoever has the visit keeps it, qualified today or not: that was agreed.
                (Some(same), None) => people.agreed(world, same, service),
                (Some(_), Some(other)) => {
                    who(world, audience, location, service, *other, &mut people).map_err(|error| at_line(error, at))?
                }
            };
            lines.push(availability::Line {
                together: line.with_previous,
                processing: processing(line.processing),
                buffer_before: line.buffer_before_minutes,
                buffer_after: line.buffer_after_minutes,
                staff: choice,
                requirements: requirements(&line.requirements, line.persons),
                ..availability::Line::new(service.id.uuid(), line.duration_minutes)
            });
            services.push(service);
        }
        Self {
            location: location.id,
            visit: Visit { lines, ..Visit::default() },
            policy: policy(world, location, &services, waived),
            agreed: agreed(world, &services),
            people: people.durations_as_agreed(),
            client: None,
            ahead: 0,
            is_limited: true,
            before,
            trimmings: Vec::new(),
        }
        .checked()
    }

    /// Resolves a booking exactly where it stands: with its own people and units and no others.
    pub(crate) fn pinned(world: &World, booking: &Booking, waived: Rules) -> Result<Self> {
        let everybody = Audience::Everybody;
        let mut asked =
            Self::again(world, everybody, booking.location_id, booking.lines.clone(), &BTreeMap::new(), waived)?;
        for (line, before) in asked.visit.lines.iter_mut().zip(&booking.lines) {
            line.requirements = before
                .resources
                .iter()
                .map(|unit| availability::Requirement {
                    target: Target::Unit(unit.id.uuid()),
                    units: 1,
                    capacity: 0,
                    setup: unit.setup_minutes,
                    cleanup: unit.cleanup_minutes,
                })
                .collect();
        }
        Ok(asked)
    }

    /// Leaves the choice of people as it was made: under locks nobody else is looked at.
    pub(crate) fn settle_on(&mut self, chosen: &Placement) {
        for (line, placed) in self.visit.lines.iter_mut().zip(&chosen.lines) {
            if let (StaffChoice::AnyOf(_), Some(staff)) = (&line.staff, placed.staff) {
                line.staff = StaffChoice::Chosen(staff.id);
            }
        }
    }

    /// Whether a choice of people is open, so that the client's usual one matters.
    pub(crate) fn chooses_staff(&self) -> bool {
        self.visit.lines.iter().any(|line| matches!(&line.staff, StaffChoice::AnyOf(ids) if ids.len() > 1))
    }

    /// The longest time in minutes that it may stretch, buffers included.
    pub(crate) fn reach(&self) -> u32 {
        let longest = |line: &availability::Line| {
            let skills =
                self.people.iter().flat_map(|staff| &staff.skills).filter(|skill| skill.service == line.service);
            let minutes = skills.filter_map(|skill| skill.duration).chain([line.duration]).max();
            u32::from(minutes.unwrap_or(line.duration)) + u32::from(line.extra)
        };
        let of_step = |step: Range<usize>| self.visit.lines[step].iter().map(longest).max().unwrap_or(0);
        let minutes: u32 = self.visit.steps().map(of_step).sum();
        let around = |line: &availability::Line| {
            let units = line.requirements.iter().map(|need| need.setup.max(need.cleanup)).max().unwrap_or(0);
            line.buffer_before.max(line.buffer_after).max(units)
        };
        minutes + 2 * self.visit.lines.iter().map(|line| u32::from(around(line))).max().unwrap_or(0)
    }

    /// The lines as they would be booked at this placement.
    pub(crate) fn lines(&self, world: &World, placement: &Placement) -> Result<Vec<Line>> {
        let mut lines = Vec::with_capacity(placement.lines.len());
        for (at, placed) in placement.lines.iter().enumerate() {
            let mut line = match self.before.get(at) {
                Some(before) => before.clone(),
                None => self.fresh_line(world, at, placed.staff.map(|staff| StaffId::from_uuid(staff.id)))?,
            };
            let same = placed.staff.map(|staff| staff.id) == line.staff_id.map(StaffId::uuid);
            line.staff_id = placed.staff.map(|staff| StaffId::from_uuid(staff.id));
            if !same || self.before.is_empty() {
                let member = line.staff_id.and_then(|id| world.members.get(id));
                line.staff_name = member.map(|member| member.name.clone());
                line.staff_choice = placed.staff.map_or(booking::StaffChoice::None, |staff| choice(staff.reason));
            }
            line.starts_at = placed.range.from;
            line.ends_at = placed.range.to;
            line.duration_minutes =
                u16::try_from((placed.range.to - placed.range.from).num_minutes()).map_err(Error::internal)?;
            line.resources = placed
                .units
                .iter()
                .filter_map(|unit| world.resources.get(catalog::ResourceId::from_uuid(unit.id)))
                .map(|unit| taken(&world.resources, unit.id, &line.requirements))
                .collect::<Option<_>>()
                .ok_or_else(Error::not_found)?;
            lines.push(line);
        }
        Ok(lines)
    }

    fn fresh_line(&self, world: &World, at: usize, staff: Option<StaffId>) -> Result<Line> {
        let asked = self.visit.lines.get(at).ok_or_else(Error::not_found)?;
        let service = world.services.get(ServiceId::from_uuid(asked.service)).ok_or_else(Error::not_found)?;
        let own_price = staff
            .and_then(|id| world.members.get(id))
            .and_then(|member| member.performs(service.id))
            .and_then(|performs| performs.price);
        let trimmings = self.trimmings.get(at).ok_or_else(Error::not_found)?;
        let extra: i64 = trimmings.add_ons.iter().map(|add_on| add_on.price_minor).sum();
        // What costs something is not free any more.
        let kind =
            if extra > 0 && service.price.kind == PriceKind::Free { PriceKind::Fixed } else { service.price.kind };
        Ok(Line {
            id: LineId::new(),
            service_id: service.id,
            service_name: service.name.clone(),
            color: service.color.clone(),
            with_previous: asked.together,
            guest: trimmings.guest,
            persons: trimmings.persons,
            add_ons: trimmings.add_ons.clone(),
            staff_id: None,
            staff_name: None,
            staff_choice: booking::StaffChoice::None,
            starts_at: chrono::DateTime::UNIX_EPOCH,
            ends_at: chrono::DateTime::UNIX_EPOCH,
            duration_minutes: service.duration_minutes,
            processing: service.processing,
            buffer_before_minutes: service.buffer_before,
            buffer_after_minutes: service.buffer_after,
            price: booking::Price {
                kind,
                minor: own_price.map_or(service.price.money.minor, |money: Money| money.minor) + extra,
            },
            tax_rate_bp: service.tax_rate_bp,
            requirements: service.requirements.clone(),
            resources: Vec::new(),
        })
    }

    fn checked(self) -> Result<Self> {
        if i64::from(self.reach()) > MAX_VISIT_MINUTES {
            return Err(Error::invalid(BookingErrorCode::VisitTooLong).at("lines"));
        }
        Ok(self)
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

    /// A moved visit takes as long as it was agreed, whoever does it.
    fn durations_as_agreed(self) -> Vec<availability::Staff> {
        let mut people = self.finish();
        for skill in people.iter_mut().flat_map(|staff| &mut staff.skills) {
            skill.duration = None;
        }
        people
    }

    fn finish(self) -> Vec<availability::Staff> {
        self.0.into_values().collect()
    }
}

/// What a service is wanted for: those for groups take place in sessions, all others in visits.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
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

/// A placed unit as the line keeps it: with the longest set-up and clean-up of the needs that it serves.
fn taken(resources: &Resources, id: catalog::ResourceId, needs: &[Requirement]) -> Option<TakenUnit> {
    let unit = resources.get(id)?;
    let named = |need: &&Requirement| need.target == RequirementTarget::Unit(id);
    let typed = |need: &&Requirement| need.target == RequirementTarget::Type(unit.type_id);
    let served: Vec<_> = match needs.iter().find(named) {
        Some(need) => vec![need],
        None => needs.iter().filter(typed).collect(),
    };
    Some(TakenUnit {
        id,
        name: unit.name.clone(),
        setup_minutes: served.iter().map(|need| need.setup_minutes).max().unwrap_or(0),
        cleanup_minutes: served.iter().map(|need| need.cleanup_minutes).max().unwrap_or(0),
    })
}

const fn choice(reason: Choice) -> booking::StaffChoice {
    match reason {
        Choice::Chosen => booking::StaffChoice::Named,
        Choice::OnlyOne => booking::StaffChoice::OnlyOne,
        Choice::Usual => booking::StaffChoice::Usual,
        Choice::LeastBooked => booking::StaffChoice::LeastBooked,
        Choice::LeastFragmented => booking::StaffChoice::LeastFragmented,
        Choice::First => booking::StaffChoice::First,
    }
}

fn at_line(error: Error, at: usize) -> Error {
    if error.is_user_error() { error.within(&format!("lines.{at}")) } else { error }
}
