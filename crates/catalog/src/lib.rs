//! What a company sells and what it sells it with: categories, services, resources, maintenance.
//!
//! Nothing here is ever deleted; archived rows stay readable, since old bookings show them. All of it is small per
//! company and served from two snapshots keyed by the stamp "catalog", which every writer renews.
//! Who performs a service is `staff`'s; whether a time is free is `bookings`'.

mod cancellation_policy;
mod category;
pub mod edit;
mod error;
pub mod events;
pub mod field;
mod graphql;
mod handle;
mod localized;
mod maintenance;
pub mod permissions;
mod portion;
mod resource;
mod resource_type;
mod services;
pub mod stored;

pub use cancellation_policy::graphql::CancellationPolicyObject;
pub use cancellation_policy::{
    CancellationPolicies, CancellationPolicy, CancellationPolicyDraft, CancellationPolicyId, CancellationPolicyPatch,
    CancellationTier, LateCancellation, TierDraft,
};
pub use category::graphql::CategoryObject;
pub use category::{Categories, Category, CategoryDraft, CategoryId};
pub use error::{CatalogErrorCode, CatalogUserError};
pub use graphql::{CatalogMutation, CatalogQuery, LocalizedText, LocalizedTextInput, in_language, patch};
pub use handle::{Catalog, STAMP, register};
pub use localized::{Bounds, DESCRIPTION, Localized, NAME};
pub use maintenance::graphql::MaintenanceObject;
pub use maintenance::{Maintenance, MaintenanceDraft, MaintenanceFilter, MaintenanceId, MaintenancePatch};
pub use portion::{Portion, PortionDraft, PortionKind, PortionObject};
pub use resource::graphql::{ResourceObject, ResourceStatusObject};
pub use resource_type::graphql::ResourceTypeObject;
pub use services::graphql::{ServiceObject, ServicePrice, ServiceProcessing};

gql::messages!();

pub use resource::{
    Resource, ResourceDraft, ResourceFilter, ResourceId, ResourcePatch, ResourceStatus, Resources, StatusKind,
};
pub use resource_type::{ResourceType, ResourceTypeId};
pub use services::{
    AddOn, AddOnDraft, AddOnId, Price, PriceDraft, PriceKind, Processing, ProcessingDraft, Requirement,
    RequirementDraft, RequirementTarget, Service, ServiceDraft, ServiceFilter, ServiceId, ServiceKind, ServiceOrder,
    ServicePatch, ServiceRules, ServiceRulesDraft, ServiceRulesPatch, Services, Visibility,
};
