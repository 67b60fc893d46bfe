//! What a resource and its status look like.

use crate::Catalog;
use crate::maintenance::graphql::MaintenanceObject;
use crate::resource::{Resource, ResourceId, ResourceStatus, StatusKind};
use crate::resource_type::graphql::ResourceTypeObject;
use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};
use gql::{Load, Source};
use kernel::Error;
use std::collections::HashMap;

kernel::id! {
    /// A booking, as `bookings` spells it.
    struct BookingId("bkg");
}

/// A resource.
#[derive(Clone, Debug)]
pub struct ResourceObject(Resource);

impl From<Resource> for ResourceObject {
    fn from(resource: Resource) -> Self {
        Self(resource)
    }
}

/// A resource: one room, chair or piece of equipment that bookings take whole.
#[Object(name = "Resource")]
impl ResourceObject {
    /// The resource's id, `rsc_…`.
    async fn id(&self) -> ID {
        gql::to_id(self.0.id)
    }

    /// What kind of thing it is.
    async fn kind(&self, ctx: &Context<'_>) -> Result<ResourceTypeObject> {
        let resources = ctx.data::<Catalog>()?.resources(&*gql::reader(ctx).await?).await?;
        Ok(resources.get_type(self.0.type_id).cloned().ok_or_else(Error::not_found)?.into())
    }

    /// Where it stands, `loc_…`.
    async fn location_id(&self) -> ID {
        gql::to_id(self.0.location_id)
    }

    /// Its name, unique among the live resources of its location.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// How many people it holds; bookings take the smallest that suffices.
    async fn capacity(&self) -> u16 {
        self.0.capacity
    }

    /// Whether it can be booked at present: switched off without a date, unlike maintenance.
    async fn active(&self) -> bool {
        self.0.active
    }

    /// What it is at an instant: free, busy or under maintenance, until when and by what.
    /// Permission: catalog.internal.
    async fn status(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The instant; now when left out.")] at: Option<gql::DateTime>,
    ) -> Result<Option<ResourceStatusObject>> {
        let at = match at {
            Some(at) => at.utc(),
            // The snapshot's instant, one for all units of the answer: each its own would be a statement for each.
            None => gql::reader(ctx).await?.now(),
        };
        let status = gql::load(ctx, StatusKey { resource: self.0.id, at }).await?;
        Ok(status.map(ResourceStatusObject))
    }

    /// Whether it is withdrawn for good.
    async fn archived(&self) -> bool {
        self.0.archived
    }

    /// Grows with each edit; an edit names the one that it is based on.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

gql::ready!(ResourceObject: id, location_id, name, capacity, active, archived, version);

impl gql::Node for ResourceObject {
    type Id = ResourceId;

    async fn find(ctx: &Context<'_>, id: ResourceId) -> Result<Self> {
        let reader = gql::reader(ctx).await?;
        Ok(ctx.data::<Catalog>()?.get_resource(gql::cx(ctx)?, &reader, id).await?.into())
    }
}

gql::node!(ResourceObject);

/// Asks for the status of one unit; all that are asked at one instant are answered together.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct StatusKey {
    resource: ResourceId,
    at: DateTime<Utc>,
}

impl Load for StatusKey {
    type Value = ResourceStatus;

    async fn load(source: &Source, keys: &[Self]) -> kernel::Result<HashMap<Self, ResourceStatus>> {
        let mut by_instant: HashMap<DateTime<Utc>, Vec<ResourceId>> = HashMap::new();
        for key in keys {
            by_instant.entry(key.at).or_default().push(key.resource);
        }
        let (catalog, reader) = (source.handle::<Catalog>()?, source.reader().await?);
        let mut found = HashMap::with_capacity(keys.len());
        for (at, resources) in by_instant {
            let statuses = catalog.resource_statuses(source.cx(), &reader, &resources, at).await?;
            let key = |status: ResourceStatus| (Self { resource: status.resource_id, at }, status);
            found.extend(statuses.into_iter().map(key));
        }
        Ok(found)
    }
}

/// The status of a unit.
pub struct ResourceStatusObject(ResourceStatus);

impl From<ResourceStatus> for ResourceStatusObject {
    fn from(status: ResourceStatus) -> Self {
        Self(status)
    }
}

/// What a resource is at an instant. Never stored: derived from maintenance and bookings.
#[Object(name = "ResourceStatus")]
impl ResourceStatusObject {
    /// The resource.
    async fn resource(&self, ctx: &Context<'_>) -> Result<ResourceObject> {
        let resources = ctx.data::<Catalog>()?.resources(&*gql::reader(ctx).await?).await?;
        Ok(resources.get(self.0.resource_id).cloned().ok_or_else(Error::not_found)?.into())
    }

    /// The instant that was asked about.
    async fn at(&self, ctx: &Context<'_>) -> Result<gql::DateTime> {
        crate::graphql::local_time(ctx, self.0.resource_id, self.0.at).await
    }

    /// Free, busy or under maintenance.
    async fn kind(&self) -> StatusKind {
        self.0.kind
    }

    /// When this status ends, as far as is known now; null when nothing is planned.
    async fn until(&self, ctx: &Context<'_>) -> Result<Option<gql::DateTime>> {
        match self.0.until {
            Some(until) => crate::graphql::local_time(ctx, self.0.resource_id, until).await.map(Some),
            None => Ok(None),
        }
    }

    /// The window that makes it MAINTENANCE.
    async fn maintenance(&self, ctx: &Context<'_>) -> Result<Option<MaintenanceObject>> {
        let Some(id) = self.0.maintenance_id else { return Ok(None) };
        let resources = ctx.data::<Catalog>()?.resources(&*gql::reader(ctx).await?).await?;
        Ok(resources.get_maintenance(id).cloned().map(MaintenanceObject::from))
    }

    /// The booking that makes it BUSY, `bkg_…`; null when a hold does.
    async fn booking_id(&self) -> Option<ID> {
        // The type of this id belongs to a higher crate; its text is the same for everybody.
        self.0.booking_id.map(|id| gql::to_id(BookingId::from_uuid(id)))
    }
}
