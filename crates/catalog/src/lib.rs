//! What a company sells and what it sells it with: categories, services, resources, maintenance.
//!
//! Nothing here is ever deleted; archived rows stay readable, since old bookings show them. All of it is small per
//! company and served from two snapshots keyed by the stamp "catalog", which every writer renews.
//! Who performs a service is `staff`'s; whether a time is free is `bookings`'.

mod category;
mod error;
mod events;
mod graphql;
mod handle;
mod localized;
mod maintenance;
mod permissions;
mod resource;
mod resource_type;
mod services;

pub use category::{Category, CategoryId};
pub use error::{CatalogErrorCode, CatalogUserError};
pub use events::{
    CategoryChanged, MaintenanceCancelled, MaintenanceChanged, MaintenanceScheduled, ResourceArchived, ResourceChanged,
    ResourceCreated, ResourceTypeChanged, ServiceArchived, ServiceCreated, ServiceRestored, ServiceUpdated,
};
pub use graphql::{CatalogMutation, CatalogQuery};
pub use handle::{Catalog, register};
pub use localized::{Bounds, DESCRIPTION, Localized, NAME};
pub use maintenance::{Maintenance, MaintenanceId};
pub use permissions::permissions;
pub use resource::{Resource, ResourceFilter, ResourceId, ResourceStatus, Resources, StatusKind};
pub use resource_type::{ResourceType, ResourceTypeId};
pub use services::{
    Price, PriceKind, Requirement, RequirementTarget, Service, ServiceDraft, ServiceFilter, ServiceId, ServiceKind,
    ServiceOrder, ServicePatch, Services, Visibility,
};
