//! Which services a list shows, and in which order. Lists are cut out of the snapshot, not of the database.

use super::{Service, ServiceKind, Visibility};
use crate::category::CategoryId;
use async_graphql::Enum;
use kernel::text::search_key;
use kernel::{Cursor, CursorKey, Locale};
use tenancy::LocationId;

/// Which services to list; what is `None` does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceFilter {
    /// Part of the name in any language, in any case.
    pub search: Option<String>,
    /// Those under this category.
    pub category_id: Option<CategoryId>,
    /// Those offered at this location.
    pub location_id: Option<LocationId>,
    /// Those of this kind.
    pub kind: Option<ServiceKind>,
    /// Those of this visibility.
    pub visibility: Option<Visibility>,
    /// Only archived ones, or only live ones; `None` lists live ones.
    pub archived: Option<bool>,
}

/// The order of a list of services, ascending.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
pub enum ServiceOrder {
    /// As the catalogue shows them: by position, then name.
    #[default]
    Position,
    /// By name alone.
    Name,
}

impl ServiceFilter {
    /// Does the list show this service?
    pub fn matches(&self, service: &Service) -> bool {
        service.archived == self.archived.unwrap_or(false)
            && self.category_id.is_none_or(|id| service.category_id == Some(id))
            && self.location_id.is_none_or(|id| service.offered_at(id))
            && self.kind.is_none_or(|kind| service.kind == kind)
            && self.visibility.is_none_or(|visibility| service.visibility == visibility)
            && self.search.as_deref().is_none_or(|needle| service.name.contains(&search_key(needle)))
    }
}

impl ServiceOrder {
    /// Where a service stands in this order; names are compared as in `locale`.
    pub fn place(self, service: &Service, locale: Locale) -> Cursor {
        let name = service.name.sort_key(locale);
        let key = match self {
            Self::Name => name,
            // Flipping the sign bit makes the bytes of a signed number ascend with it.
            Self::Position => [&(service.position ^ i32::MIN).to_be_bytes()[..], &name].concat(),
        };
        Cursor { key: CursorKey::Bytes(key), id: service.id.uuid() }
    }
}
