//! Maintenance windows in the schema.

use super::{Maintenance, MaintenanceDraft, MaintenanceFilter, MaintenanceId, MaintenancePatch};
use crate::Catalog;
use crate::error::CatalogUserError;
use crate::graphql::{local_time, viewer, writer};
use crate::permissions::CATALOG_INTERNAL;
use crate::resource::graphql::ResourceObject;
use async_graphql::{Context, ID, InputObject, Object, Result};
use gql::{Connection, ConnectionArgs, Paging};
use kernel::Error;
use tenancy::ports::AffectedBooking;

/// A maintenance window.
#[derive(Clone, Debug)]
pub struct MaintenanceObject(Maintenance);

impl From<Maintenance> for MaintenanceObject {
    fn from(window: Maintenance) -> Self {
        Self(window)
    }
}

/// A time in which a resource cannot be used. It cancels no booking.
#[Object(name = "MaintenanceWindow")]
impl MaintenanceObject {
    /// The window's id, `mnt_…`.
    async fn id(&self) -> ID {
        gql::to_id(self.0.id)
    }

    /// The resource that is out of use.
    async fn resource(&self, ctx: &Context<'_>) -> Result<ResourceObject> {
        let resources = ctx.data::<Catalog>()?.resources(&*gql::reader(ctx).await?).await?;
        Ok(resources.get(self.0.resource_id).cloned().ok_or_else(Error::not_found)?.into())
    }

    /// When it starts.
    async fn starts_at(&self, ctx: &Context<'_>) -> Result<gql::DateTime> {
        local_time(ctx, self.0.resource_id, self.0.range.from).await
    }

    /// When it ends: the first instant at which the resource can be used again.
    async fn ends_at(&self, ctx: &Context<'_>) -> Result<gql::DateTime> {
        local_time(ctx, self.0.resource_id, self.0.range.to).await
    }

    /// Why; may be empty.
    async fn reason(&self) -> &str {
        &self.0.reason
    }

    /// Grows with each edit; an edit names the one that it is based on.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

impl gql::Node for MaintenanceObject {
    type Id = MaintenanceId;

    async fn find(ctx: &Context<'_>, id: MaintenanceId) -> Result<Self> {
        let reader = gql::reader(ctx).await?;
        Ok(ctx.data::<Catalog>()?.get_maintenance(gql::cx(ctx)?, &reader, id).await?.into())
    }
}

gql::node!(MaintenanceObject);

/// Which maintenance windows to list. What is left out does not matter.
#[derive(Default, InputObject)]
struct MaintenanceFilterInput {
    /// Those of these resources.
    resource_ids: Option<Vec<ID>>,
    /// Those that have not ended at this instant.
    from: Option<gql::DateTime>,
    /// Those that start before this instant.
    to: Option<gql::DateTime>,
}

/// Queries about maintenance.
#[derive(Default)]
pub struct MaintenanceQuery;

#[Object]
impl MaintenanceQuery {
    /// Maintenance windows by start; those that ended more than a year ago are left out.
    /// Permission: catalog.internal.
    async fn maintenance_windows(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which windows; left out: all.")] filter: Option<MaintenanceFilterInput>,
        #[graphql(desc = "How many of the first ones; 1 to 100, 50 when left out.")] first: Option<i32>,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many of the last ones; 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<MaintenanceObject>>> {
        let cx = viewer(ctx, CATALOG_INTERNAL)?;
        let paging = Paging::new(ctx, "maintenance.startsAt.asc", ConnectionArgs { first, after, last, before })?;
        let filter = filter.unwrap_or_default();
        let filter = MaintenanceFilter {
            resource_ids: filter.resource_ids.as_deref().map(gql::ids).transpose()?,
            from: filter.from.map(gql::DateTime::utc),
            to: filter.to.map(gql::DateTime::utc),
        };
        let reader = gql::reader(ctx).await?;
        let page = ctx.data::<Catalog>()?.list_maintenance(cx, &reader, &filter, paging.request()).await?;
        Ok(Some(paging.connection(page, MaintenanceObject::from)))
    }
}

/// Maintenance to be planned.
#[derive(InputObject)]
struct MaintenanceCreateInput {
    /// Of which resource.
    resource_id: ID,
    /// When it starts, in whole minutes.
    starts_at: gql::DateTime,
    /// When it ends, in whole minutes: after the start, in the future, at most two years later.
    ends_at: gql::DateTime,
    /// Why: at most 500 characters.
    #[graphql(default)]
    reason: String,
    /// The caller's key, at most 64 characters: a repeated request with the same key plans it once.
    idempotency_key: Option<String>,
}

/// An edit of maintenance that is not over. A field that is left out stays as it is.
#[derive(InputObject)]
struct MaintenanceUpdateInput {
    /// Which window.
    id: ID,
    /// The version that the edit is based on.
    version: i32,
    /// When it starts, in whole minutes.
    starts_at: Option<gql::DateTime>,
    /// When it ends, in whole minutes.
    ends_at: Option<gql::DateTime>,
    /// Why: at most 500 characters.
    reason: Option<String>,
}

/// Maintenance to be called off.
#[derive(InputObject)]
struct MaintenanceCancelInput {
    /// Which window.
    id: ID,
    /// The version that the caller has seen.
    version: i32,
}

gql::payloads! {
    CatalogUserError;
    /// What became of planned maintenance.
    MaintenanceCreatePayload { maintenance: MaintenanceObject = Maintenance, affected_bookings: [AffectedBooking] };
    /// What became of an edit of maintenance.
    MaintenanceUpdatePayload { maintenance: MaintenanceObject = Maintenance, affected_bookings: [AffectedBooking] } or current: Maintenance;
    /// What became of maintenance that was called off.
    MaintenanceCancelPayload { maintenance: MaintenanceObject = Maintenance } or current: Maintenance;
}

/// Changes of maintenance.
#[derive(Default)]
pub struct MaintenanceMutation;

#[Object]
impl MaintenanceMutation {
    /// Plans maintenance of a resource. It cancels no booking: the answer lists those that it hits. Windows of one
    /// resource may overlap. Emits maintenance.scheduled. Permission: catalog.write.
    async fn maintenance_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The window.")] input: MaintenanceCreateInput,
    ) -> Result<Option<MaintenanceCreatePayload>> {
        let cx = writer(ctx)?;
        let draft = MaintenanceDraft {
            resource_id: gql::id(&input.resource_id)?,
            starts_at: input.starts_at.utc(),
            ends_at: input.ends_at.utc(),
            reason: input.reason,
        };
        let key = input.idempotency_key.as_deref();
        let outcome = ctx.data::<Catalog>()?.schedule_maintenance(cx, draft, key).await;
        gql::answer(ctx, outcome)
    }

    /// Moves maintenance or gives it another reason; the answer lists the bookings that it hits now.
    /// Emits maintenance.updated. Permission: catalog.write.
    async fn maintenance_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The edit.")] input: MaintenanceUpdateInput,
    ) -> Result<Option<MaintenanceUpdatePayload>> {
        let (cx, id) = (writer(ctx)?, gql::id(&input.id)?);
        let patch = MaintenancePatch {
            starts_at: input.starts_at.map(gql::DateTime::utc),
            ends_at: input.ends_at.map(gql::DateTime::utc),
            reason: input.reason,
        };
        let outcome = ctx.data::<Catalog>()?.update_maintenance(cx, id, input.version, patch).await;
        gql::answer(ctx, outcome)
    }

    /// Calls maintenance off that is not over. Emits maintenance.cancelled. Permission: catalog.write.
    async fn maintenance_cancel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which window.")] input: MaintenanceCancelInput,
    ) -> Result<Option<MaintenanceCancelPayload>> {
        let (cx, id) = (writer(ctx)?, gql::id(&input.id)?);
        let outcome = ctx.data::<Catalog>()?.cancel_maintenance(cx, id, input.version).await;
        gql::answer(ctx, outcome)
    }
}
