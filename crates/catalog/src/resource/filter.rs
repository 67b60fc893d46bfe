//! Which resources a list shows. Lists are cut out of the snapshot, not of the database.

use super::Resource;
use crate::resource_type::ResourceTypeId;
use kernel::text::{search_key, sort_key};
use kernel::{Cursor, CursorKey, Locale};
use tenancy::LocationId;

/// Which resources to list; what is `None` does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResourceFilter {
    /// Part of the name, in any case.
    pub search: Option<String>,
    /// Those of this type.
    pub type_id: Option<ResourceTypeId>,
    /// Those at this location.
    pub location_id: Option<LocationId>,
    /// Only those that are switched on, or off.
    pub active: Option<bool>,
    /// Only archived ones, or only live ones; `None` lists live ones.
    pub archived: Option<bool>,
}

impl ResourceFilter {
    /// Does the list show this resource?
    pub fn matches(&self, resource: &Resource) -> bool {
        resource.archived == self.archived.unwrap_or(false)
            && self.type_id.is_none_or(|id| resource.type_id == id)
            && self.location_id.is_none_or(|id| resource.location_id == id)
            && self.active.is_none_or(|active| resource.active == active)
            && self.search.as_deref().is_none_or(|needle| search_key(&resource.name).contains(&search_key(needle)))
    }
}

/// Where a resource stands in a list: by name, as compared in `locale`.
pub fn place(resource: &Resource, locale: Locale) -> Cursor {
    Cursor { key: CursorKey::Bytes(sort_key(&resource.name, locale)), id: resource.id.uuid() }
}
