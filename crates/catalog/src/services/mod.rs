//! A service: what a client can book, with everything that scheduling needs to know of it.
//!
//! A service is archived, never deleted: old bookings point at it. What a booking took from it (duration, price,
//! buffers) is a copy there, so an edit here changes nothing that is booked.

mod add_on;
pub(crate) mod draft;
mod entity;
mod filter;
pub(crate) mod graphql;
mod repo;
mod rules;
mod service;
mod table;

use crate::category::CategoryId;
use crate::localized::Localized;
use crate::resource::ResourceId;
use crate::resource_type::ResourceTypeId;
use async_graphql::Enum;
use chrono::NaiveDate;
use kernel::Money;
use serde::{Deserialize, Serialize};
use tenancy::LocationId;

pub use add_on::{AddOn, AddOnDraft, AddOnId};
pub use draft::{PriceDraft, ProcessingDraft, RequirementDraft, ServiceDraft, ServicePatch};
pub use filter::{ServiceFilter, ServiceOrder};
pub(crate) use repo::load;
pub use rules::{ServiceRules, ServiceRulesDraft, ServiceRulesPatch};
pub use table::Services;

kernel::id! {
    /// A service.
    pub struct ServiceId("svc");
}

/// A service as scheduling, pricing and the catalogue see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// Its id.
    pub id: ServiceId,
    /// The category that it is listed under.
    pub category_id: Option<CategoryId>,
    /// Its name; never empty.
    pub name: Localized,
    /// A longer text for clients; may be empty.
    pub description: Localized,
    /// One client, a group, or a room without a person.
    pub kind: ServiceKind,
    /// How long it takes: elapsed minutes, without buffers.
    pub duration_minutes: u16,
    /// Time in the middle in which it goes on without the staff member.
    pub processing: Option<Processing>,
    /// What it costs.
    pub price: Price,
    /// The tax that the price includes, in basis points: 2000 is 20 %.
    pub tax_rate_bp: u16,
    /// Minutes that the staff member is kept before the start; hidden from clients.
    pub buffer_before: u16,
    /// Minutes that the staff member is kept after the end; hidden from clients.
    pub buffer_after: u16,
    /// The distance between candidate starts; `None` takes the location's.
    pub step_minutes: Option<u16>,
    /// How long before its start it must be booked, in elapsed minutes; `None` takes the company's.
    pub notice_minutes: Option<u32>,
    /// How many local days ahead it can be booked; `None` takes the company's.
    pub horizon_days: Option<u16>,
    /// The first local date on which it can take place; `None`: any.
    pub bookable_from: Option<NaiveDate>,
    /// The last local date on which it can take place, instead of a horizon; `None`: as far as the horizon.
    pub bookable_to: Option<NaiveDate>,
    /// The colour in the calendar: `#RRGGBB`, lower case.
    pub color: Option<String>,
    /// Where it stands among its neighbours, smallest first.
    pub position: i32,
    /// Who may see and book it.
    pub visibility: Visibility,
    /// Where it is offered; empty means at every location.
    pub location_ids: Vec<LocationId>,
    /// The rooms, chairs and equipment that it takes.
    pub requirements: Vec<Requirement>,
    /// What clients may have on top of it; archived ones last.
    pub add_ons: Vec<AddOn>,
    /// Must somebody perform it? A rental needs nobody.
    pub requires_staff: bool,
    /// What it asks of its bookings beyond their times.
    pub rules: ServiceRules,
    /// Is it withdrawn from sale?
    pub archived: bool,
    /// Goes up with each edit.
    pub version: i32,
}

/// Time within a service that leaves the staff member free: colour takes, a mask dries. Rooms and chairs are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Processing {
    /// Minutes from the start.
    pub after: u16,
    /// How many; some of the service is left after them.
    pub minutes: u16,
}

/// What kind of thing is booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Enum)]
pub enum ServiceKind {
    /// One client, at an hour of their choice.
    Appointment,
    /// Several clients at an hour that the company sets.
    Group,
    /// A room or a thing for a while, without a staff member.
    Rental,
}

/// Who may see and book a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Enum)]
#[graphql(name = "ServiceVisibility")]
pub enum Visibility {
    /// Listed in the public catalogue.
    Public,
    /// Not listed, but bookable by who knows its id.
    Link,
    /// Only the company's own people see and book it.
    Staff,
}

/// How the price is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Enum)]
pub enum PriceKind {
    /// The price is what is paid.
    Fixed,
    /// The price is the least; the rest is settled on the spot.
    From,
    /// Nothing is paid; the sum is zero.
    Free,
}

/// What a service costs, tax included, in the company's currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    /// How the sum is to be read.
    pub kind: PriceKind,
    /// The sum; zero when the kind is `Free`.
    pub money: Money,
}

/// Something that a service takes while it is performed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requirement {
    /// Any unit of a type, or one named unit.
    pub target: RequirementTarget,
    /// How many units; always 1 for a named unit.
    pub units: u16,
    /// Minutes before the start during which the unit is taken to be prepared.
    pub setup_minutes: u16,
    /// Minutes after the end during which the unit is taken to be cleaned.
    pub cleanup_minutes: u16,
}

/// What a requirement points at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RequirementTarget {
    /// Any free units of this type at the booking's location.
    Type(ResourceTypeId),
    /// This unit and no other.
    Unit(ResourceId),
}

impl Service {
    /// Is it offered at this location?
    pub fn offered_at(&self, location: LocationId) -> bool {
        self.location_ids.is_empty() || self.location_ids.contains(&location)
    }

    /// The add-on with this id that can be had now.
    pub fn add_on(&self, id: AddOnId) -> Option<&AddOn> {
        self.add_ons.iter().find(|add_on| add_on.id == id && !add_on.archived)
    }

    /// Does it require this type or this very unit?
    pub fn requires(&self, target: RequirementTarget) -> bool {
        self.requirements.iter().any(|requirement| requirement.target == target)
    }

    /// May somebody outside the company see and book it, given its id?
    pub fn open_to_public(&self) -> bool {
        !self.archived && self.visibility != Visibility::Staff
    }

    /// Does the public catalogue list it?
    pub fn listed_publicly(&self) -> bool {
        !self.archived && self.visibility == Visibility::Public
    }
}
