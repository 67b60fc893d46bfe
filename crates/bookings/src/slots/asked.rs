//! What a caller asks for, resolved: services and people looked up and checked, rules gathered, ready for the engine.
//! A new visit is resolved from the catalogue; one that was agreed (a move, a hold) from its own copies of it.

use super::draft::{Draft, Origin, Purpose, Units, befores, cost, priced};
use super::taking::FAR;
use super::wish::{LineEdit, Trimmings, VisitWish};
use super::world::{Audience, World};
use crate::availability::{self, Choice, Placement, Policy, Rule, Rules, StaffChoice, Visit};
use crate::booking::{self, Booking, Line, LineId, TakenUnit};
use catalog::{Requirement, RequirementTarget, ResourceId, Resources, ServiceId};
use clients::ClientId;
use kernel::{Error, Money, Result};
use staff::StaffId;
use std::collections::BTreeMap;
use std::ops::Range;
use tenancy::LocationId;

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
    /// Start rules that it does not answer for again, since it keeps its start.
    pub(super) tacit: Rules,
    /// What each line is made of.
    pub(super) origins: Vec<Origin>,
}

/// The rules that only the start of a visit breaks.
const OF_THE_START: [Rule; 3] = [Rule::NotOnGrid, Rule::TooSoon, Rule::BeyondHorizon];

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
        let mut draft = Draft::new(world, audience, world.location(wish.location)?);
        wish.check_shape()?;
        for (at, line) in wish.lines.iter().enumerate() {
            draft.add_new(line, purpose).map_err(|error| at_line(error, at))?;
        }
        wish.check_people(world)?;
        draft.finish(waived)
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
        let mut draft = Draft::new(world, audience, world.locations.get(location).ok_or_else(Error::not_found)?);
        for (at, line) in before.into_iter().enumerate() {
            let other = staff.get(&line.id).copied();
            draft.add_agreed(line, other, Units::Any).map_err(|error| at_line(error, at))?;
        }
        draft.finish(waived)
    }

    /// Resolves a booking exactly where it stands: with its own people and units and no others.
    pub(crate) fn pinned(world: &World, booking: &Booking, waived: Rules) -> Result<Self> {
        let location = world.locations.get(booking.location_id).ok_or_else(Error::not_found)?;
        let mut draft = Draft::new(world, Audience::Everybody, location);
        for line in &booking.lines {
            draft.add_agreed(line.clone(), None, Units::Kept)?;
        }
        draft.finish(waived)
    }

    /// Resolves a booking as its lines are to be. What stays of a line stays as it was agreed; what is new is as the
    /// catalogue has it today. `keep_units`: where no others are named, a line takes the units that it has.
    pub(crate) fn edited(
        world: &World,
        audience: Audience,
        booking: &Booking,
        edits: &[LineEdit],
        keep_units: bool,
        waived: Rules,
    ) -> Result<Self> {
        let location = world.locations.get(booking.location_id).ok_or_else(Error::not_found)?;
        let befores = befores(booking, edits)?;
        let each = || edits.iter().zip(befores.iter().copied()).enumerate();
        let wish = |(at, (edit, before)): (usize, (&LineEdit, Option<&Line>))| {
            edit.wish(world, before).map_err(|error| at_line(error, at))
        };
        let wish = VisitWish { location: location.id, lines: each().map(wish).collect::<Result<_>>()? };
        wish.check_shape()?;
        let mut draft = Draft::new(world, audience, location);
        for ((at, (edit, before)), wish) in each().zip(&wish.lines) {
            draft.add_edited(edit, before, wish, keep_units).map_err(|error| at_line(error, at))?;
        }
        wish.check_people(world)?;
        draft.finish(waived)
    }

    /// The visit keeps its start: whether that may be booked was asked when it was. Which of those rules it breaks is of
    /// record only where they were set aside, before or now.
    pub(crate) fn at_agreed_start(mut self, overrides: &[Rule]) -> Self {
        for rule in OF_THE_START {
            if !self.policy.waived.contains(rule) && !overrides.contains(&rule) {
                self.tacit = self.tacit.with(rule);
            }
            self.policy.waived = self.policy.waived.with(rule);
        }
        self
    }

    /// The rules that were set aside for it at this placement.
    pub(crate) fn overrides(&self, placement: &Placement) -> Vec<Rule> {
        placement.overridden.iter().map(|one| one.rule).filter(|rule| !self.tacit.contains(*rule)).collect()
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
            let own = skills.filter_map(|skill| skill.duration.filter(|_| !line.is_fixed));
            let minutes = own.chain([line.duration]).max();
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
            let origin = self.origins.get(at).ok_or_else(Error::not_found)?;
            let mut line = match origin {
                Origin::Agreed(before) => Line::clone(before),
                Origin::Catalogue(id, trimmings) => {
                    let staff = placed.staff.map(|staff| StaffId::from_uuid(staff.id));
                    let fresh = self.fresh_line(world, at, trimmings, staff)?;
                    Line { id: id.unwrap_or(fresh.id), ..fresh }
                }
            };
            let same = placed.staff.map(|staff| staff.id) == line.staff_id.map(StaffId::uuid);
            line.staff_id = placed.staff.map(|staff| StaffId::from_uuid(staff.id));
            if !same || matches!(origin, Origin::Catalogue(..)) {
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
                .filter_map(|unit| world.resources.get(ResourceId::from_uuid(unit.id)))
                .map(|unit| taken(&world.resources, unit.id, &line.requirements))
                .collect::<Option<_>>()
                .ok_or_else(Error::not_found)?;
            lines.push(line);
        }
        Ok(lines)
    }

    fn fresh_line(&self, world: &World, at: usize, trimmings: &Trimmings, staff: Option<StaffId>) -> Result<Line> {
        let asked = self.visit.lines.get(at).ok_or_else(Error::not_found)?;
        let service = world.services.get(ServiceId::from_uuid(asked.service)).ok_or_else(Error::not_found)?;
        let own_price = staff
            .and_then(|id| world.members.get(id))
            .and_then(|member| member.performs(service.id))
            .and_then(|performs| performs.price);
        let extra = cost(&trimmings.add_ons);
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
            price: priced(
                service.price.kind,
                own_price.map_or(service.price.money.minor, |money: Money| money.minor) + extra,
                extra,
            ),
            tax_rate_bp: service.tax_rate_bp,
            requirements: service.requirements.clone(),
            resources: Vec::new(),
        })
    }
}

/// A placed unit as the line keeps it: with the longest set-up and clean-up of the needs that it serves.
fn taken(resources: &Resources, id: ResourceId, needs: &[Requirement]) -> Option<TakenUnit> {
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
