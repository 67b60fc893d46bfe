//! What somebody would like to have, and what of it can be judged without looking at any calendar.

use super::world::World;
use crate::availability::MAX_TOGETHER;
use crate::booking::{Line, LineId, MAX_GUESTS, MAX_LINES, MAX_PERSONS, TakenAddOn};
use crate::error::BookingErrorCode;
use catalog::{AddOnId, ResourceId, Service, ServiceId};
use kernel::{CommonCode, Error, Issue, Result};
use serde::{Deserialize, Serialize};
use staff::StaffId;
use tenancy::LocationId;

/// A visit that somebody would like to have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitWish {
    /// Where.
    pub location: LocationId,
    /// What, in order.
    pub lines: Vec<LineWish>,
}

/// One service of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineWish {
    /// The service.
    pub service: ServiceId,
    /// By whom; none: by whoever suits.
    pub staff: Option<StaffId>,
    /// Whether it is to begin together with the line before it.
    pub with_previous: bool,
    /// What is to come on top of the service.
    pub add_ons: Vec<AddOnId>,
    /// For how many people it is.
    pub persons: i32,
    /// For which companion, from 1; none: for the client.
    pub guest: Option<i32>,
}

impl LineWish {
    /// A service for the client alone, after the line before it.
    pub const fn new(service: ServiceId, staff: Option<StaffId>) -> Self {
        Self { service, staff, with_previous: false, add_ons: Vec::new(), persons: 1, guest: None }
    }
}

impl LineWish {
    /// The same as a line that was agreed before.
    pub(super) fn again(line: &Line) -> Self {
        Self {
            with_previous: line.with_previous,
            add_ons: line.add_ons.iter().map(|add_on| add_on.id).collect(),
            persons: line.persons.into(),
            guest: line.guest.map(Into::into),
            ..Self::new(line.service_id, line.staff_id)
        }
    }
}

/// A line of a visit as it is to be: one that it has with what changes, or a new one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(clippy::option_option, reason = "left as it is, emptied and set are three different wishes")]
pub struct LineEdit {
    /// Which of its lines; none: a new one.
    pub line: Option<LineId>,
    /// Another service; needed for a new line.
    pub service: Option<ServiceId>,
    /// By somebody else; `None` inside: by whoever suits.
    pub staff: Option<Option<StaffId>>,
    /// With these units.
    pub resources: Option<Vec<ResourceId>>,
    /// Whether it is to begin together with the line before it.
    pub with_previous: Option<bool>,
    /// What is to come on top of the service.
    pub add_ons: Option<Vec<AddOnId>>,
    /// For how many people it is.
    pub persons: Option<i32>,
    /// For which companion; `None` inside: for the client.
    pub guest: Option<Option<i32>>,
    /// How long it is to take, add-ons included, whatever its service and person usually take.
    pub minutes: Option<i32>,
}

impl LineEdit {
    /// The line that is wished for, out of one that the visit has. Another service is taken without add-ons.
    pub(super) fn wish(&self, world: &World, before: Option<&Line>) -> Result<LineWish> {
        let service = self.service.or_else(|| before.map(|line| line.service_id));
        let service = service.ok_or_else(|| Error::invalid(CommonCode::Required).at("serviceId"))?;
        let mut wish = before.map_or_else(|| LineWish::new(service, None), LineWish::again);
        if wish.service != service {
            let needs_staff = world.services.get(service).is_some_and(|service| service.requires_staff);
            wish = LineWish { service, staff: wish.staff.filter(|_| needs_staff), add_ons: Vec::new(), ..wish };
        }
        Ok(self.over(service, wish))
    }

    /// What it changes of a wish.
    fn over(&self, service: ServiceId, wish: LineWish) -> LineWish {
        LineWish {
            staff: self.staff.unwrap_or(wish.staff),
            with_previous: self.with_previous.unwrap_or(wish.with_previous),
            add_ons: self.add_ons.clone().unwrap_or(wish.add_ons),
            persons: self.persons.unwrap_or(wish.persons),
            guest: self.guest.unwrap_or(wish.guest),
            service,
        }
    }

    /// Whether it makes something else of a line that the visit has.
    pub(crate) fn changes(&self, line: &Line) -> bool {
        let (service, has) = (self.service.unwrap_or(line.service_id), LineWish::again(line));
        let units = self.resources.as_ref().is_some_and(|ids| {
            ids.len() != line.resources.len() || ids.iter().any(|id| line.resources.iter().all(|unit| unit.id != *id))
        });
        service != line.service_id
            || units
            || self.minutes.is_some_and(|minutes| minutes != i32::from(line.duration_minutes))
            || self.over(service, has.clone()) != has
    }

    /// How long it is to take, checked.
    pub(super) fn minutes(&self) -> Result<Option<u16>> {
        let within = |minutes: i32| u16::try_from(minutes).ok().filter(|minutes| (1..=DAY).contains(minutes));
        self.minutes.map(|minutes| within(minutes).ok_or_else(|| out_of("durationMinutes", DAY))).transpose()
    }
}

/// The longest line in minutes.
const DAY: u16 = 1_440;

fn out_of(field: &'static str, max: u16) -> Error {
    Error::invalid(Issue::new(CommonCode::OutOfRange).with("min", 1).with("max", max).at(field))
}

/// What a line has beside its service and its person, checked.
#[derive(Debug, Clone)]
pub(super) struct Trimmings {
    pub(super) add_ons: Vec<TakenAddOn>,
    pub(super) persons: u16,
    pub(super) guest: Option<u8>,
}

impl Trimmings {
    /// Minutes that the add-ons take.
    pub(super) fn minutes(&self) -> u16 {
        Self::minutes_of(&self.add_ons)
    }

    /// The same of any add-ons.
    pub(super) fn minutes_of(add_ons: &[TakenAddOn]) -> u16 {
        add_ons.iter().fold(0, |sum, add_on| sum.saturating_add(add_on.minutes))
    }
}

impl VisitWish {
    /// Whether its lines make a visit at all, whatever they are of.
    pub(super) fn check_shape(&self) -> Result<()> {
        if self.lines.is_empty() {
            return Err(Error::invalid(CommonCode::Required).at("lines"));
        }
        if self.lines.len() > MAX_LINES {
            return Err(Error::invalid(CommonCode::TooLong).at("lines").with("max", MAX_LINES));
        }
        let mut together = 1;
        for (at, line) in self.lines.iter().enumerate() {
            let field = || format!("lines.{at}.withPrevious");
            together = if line.with_previous { together + 1 } else { 1 };
            if line.with_previous && at == 0 {
                return Err(Error::invalid(BookingErrorCode::NoLineBefore).at(field()));
            }
            if together > MAX_TOGETHER {
                return Err(Error::invalid(BookingErrorCode::TooManyTogether).at(field()).with("max", MAX_TOGETHER));
            }
        }
        Ok(())
    }

    /// Whether nobody is asked for by name more often at once than they have lanes.
    pub(super) fn check_people(&self, world: &World) -> Result<()> {
        let mut step = 0;
        for (at, line) in self.lines.iter().enumerate() {
            if !line.with_previous {
                step = at;
            }
            let Some(member) = line.staff.and_then(|id| world.members.get(id)) else { continue };
            let times = self.lines[step..=at].iter().filter(|other| other.staff == line.staff).count();
            if times > usize::from(member.lanes) {
                return Err(Error::invalid(BookingErrorCode::StaffTwiceAtOnce).at(format!("lines.{at}.staffId")));
            }
        }
        Ok(())
    }
}

impl LineWish {
    /// Everything about the line beside its service and its person; what it `has` already stays as it was agreed.
    pub(super) fn trimmings(&self, world: &World, service: &Service, has: &[TakenAddOn]) -> Result<Trimmings> {
        let persons = u16::try_from(self.persons).ok().filter(|persons| (1..=MAX_PERSONS).contains(persons));
        let guest = match self.guest {
            None => None,
            Some(guest) => {
                let guest = u8::try_from(guest).ok().filter(|guest| (1..=MAX_GUESTS).contains(guest));
                Some(guest.ok_or_else(|| out_of("guest", MAX_GUESTS.into()))?)
            }
        };
        let mut add_ons: Vec<TakenAddOn> = Vec::with_capacity(self.add_ons.len());
        for (at, id) in self.add_ons.iter().enumerate() {
            let refused = |code: Issue| Error::invalid(code.at(format!("addOnIds.{at}")));
            if add_ons.iter().any(|known| known.id == *id) {
                return Err(refused(Issue::new(CommonCode::Duplicate)));
            }
            if let Some(same) = has.iter().find(|add_on| add_on.id == *id) {
                add_ons.push(same.clone());
                continue;
            }
            let Some(add_on) = service.add_on(*id) else {
                let known = world.services.iter().flat_map(|service| &service.add_ons).find(|known| known.id == *id);
                return Err(match known {
                    None => Error::not_found(),
                    Some(_) if service.add_ons.iter().any(|own| own.id == *id) => {
                        refused(Issue::new(CommonCode::Archived))
                    }
                    Some(_) => refused(Issue::new(BookingErrorCode::AddOnNotOffered)),
                });
            };
            add_ons.push(TakenAddOn {
                id: add_on.id,
                name: add_on.name.clone(),
                minutes: add_on.minutes,
                price_minor: add_on.price.minor,
            });
        }
        Ok(Trimmings { add_ons, persons: persons.ok_or_else(|| out_of("persons", MAX_PERSONS))?, guest })
    }
}
