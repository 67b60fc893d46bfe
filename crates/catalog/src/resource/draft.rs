//! What is asked for when a resource is made or edited. Pure.

use super::{Resource, ResourceId};
use crate::field::number;
use crate::resource_type::ResourceTypeId;
use kernel::text::text;
use kernel::{Checks, Result};
use serde::Serialize;
use tenancy::LocationId;

/// A resource as asked for: nothing is checked yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ResourceDraft {
    /// What kind of thing it is.
    pub type_id: ResourceTypeId,
    /// Where it stands.
    pub location_id: LocationId,
    /// Its name.
    pub name: String,
    /// How many people it holds.
    pub capacity: i32,
    /// Can it be booked at present?
    pub active: bool,
}

/// An edit: what is `None` stays. The type never changes: services require types.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResourcePatch {
    /// Another place.
    pub location_id: Option<LocationId>,
    /// Another name.
    pub name: Option<String>,
    /// Another capacity.
    pub capacity: Option<i32>,
    /// Switches it on or off.
    pub active: Option<bool>,
}

impl ResourceDraft {
    /// The draft of a resource after an edit.
    pub fn of(resource: &Resource, patch: ResourcePatch) -> Self {
        Self {
            type_id: resource.type_id,
            location_id: patch.location_id.unwrap_or(resource.location_id),
            name: patch.name.unwrap_or_else(|| resource.name.clone()),
            capacity: patch.capacity.unwrap_or_else(|| resource.capacity.into()),
            active: patch.active.unwrap_or(resource.active),
        }
    }

    /// The resource that this draft makes, or everything that is wrong with it; ids are resolved by the caller.
    pub fn check(self, id: ResourceId) -> Result<Resource> {
        let mut checks = Checks::new();
        let name = checks.check("name", text(&self.name, 1, 80));
        let capacity = checks.check("capacity", number(self.capacity, 1, 10_000));
        checks.build(|| {
            Some(Resource {
                id,
                type_id: self.type_id,
                location_id: self.location_id,
                name: name?,
                capacity: capacity?,
                active: self.active,
                archived: false,
                version: 1,
            })
        })
    }
}
