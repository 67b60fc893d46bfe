//! A resource: one room, chair or piece of equipment that bookings take whole.
//!
//! Whether it is free is never stored: it is derived at an instant from maintenance and bookings (`status.rs`).

mod draft;
mod entity;
mod filter;
pub(crate) mod graphql;
mod repo;
mod service;
mod status;
mod table;

use crate::resource_type::ResourceTypeId;
use serde::{Deserialize, Serialize};
use tenancy::LocationId;

pub use draft::{ResourceDraft, ResourcePatch};
pub use filter::ResourceFilter;
pub(crate) use repo::load;
pub use status::{ResourceStatus, StatusKind};
pub use table::Resources;

kernel::id! {
    /// A resource unit.
    pub struct ResourceId("rsc");
}

/// One concrete unit of a type, standing at one location.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    /// Its id.
    pub id: ResourceId,
    /// What kind of thing it is.
    pub type_id: ResourceTypeId,
    /// Where it stands.
    pub location_id: LocationId,
    /// Its name, unique at its location among live units.
    pub name: String,
    /// How many people it holds; bookings take the smallest that suffices.
    pub capacity: u16,
    /// Can it be booked at present? A unit is switched off without a date, unlike maintenance.
    pub active: bool,
    /// Is it withdrawn for good?
    pub archived: bool,
    /// Goes up with each edit.
    pub version: i32,
}

impl Resource {
    /// Can bookings take it at all?
    pub fn usable(&self) -> bool {
        self.active && !self.archived
    }
}
