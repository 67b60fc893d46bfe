//! Changes of resources.

use super::object::ResourceObject;
use crate::Catalog;
use crate::error::CatalogUserError;
use crate::graphql::writer;
use crate::resource::{Resource, ResourceDraft, ResourcePatch};
use async_graphql::{Context, ID, InputObject, Object, Result};
use tenancy::ports::AffectedBooking;

/// A resource to be made.
#[derive(InputObject)]
struct ResourceCreateInput {
    /// What kind of thing it is.
    kind_id: ID,
    /// Where it stands.
    location_id: ID,
    /// Its name: 1 to 80 characters, unique among the live resources of its location.
    name: String,
    /// How many people it holds: 1 to 10000.
    #[graphql(default = 1)]
    capacity: i32,
    /// Whether it can be booked at present.
    #[graphql(default = true)]
    active: bool,
    /// The caller's key, at most 64 characters: a repeated request with the same key makes one resource.
    idempotency_key: Option<String>,
}

/// An edit of a resource. A field that is left out stays as it is.
#[derive(InputObject)]
struct ResourceUpdateInput {
    /// Which resource.
    id: ID,
    /// The version that the edit is based on.
    version: i32,
    /// Where it stands.
    location_id: Option<ID>,
    /// Its name: 1 to 80 characters.
    name: Option<String>,
    /// How many people it holds: 1 to 10000.
    capacity: Option<i32>,
    /// Whether it can be booked at present.
    active: Option<bool>,
}

/// A resource to be archived.
#[derive(InputObject)]
struct ResourceArchiveInput {
    /// Which resource.
    id: ID,
    /// The version that the caller has seen.
    version: i32,
}

/// A resource to be taken back.
#[derive(InputObject)]
struct ResourceRestoreInput {
    /// Which resource.
    id: ID,
    /// The version that the caller has seen.
    version: i32,
}

gql::payloads! {
    CatalogUserError;
    /// What became of a new resource.
    ResourceCreatePayload { resource: ResourceObject = Resource };
    /// What became of an edit of a resource.
    ResourceUpdatePayload { resource: ResourceObject = Resource, affected_bookings: [AffectedBooking] } or current: Resource;
    /// What became of the archiving of a resource.
    ResourceArchivePayload { resource: ResourceObject = Resource, affected_bookings: [AffectedBooking] } or current: Resource;
    /// What became of the return of a resource.
    ResourceRestorePayload { resource: ResourceObject = Resource } or current: Resource;
}

/// Changes of resources.
#[derive(Default)]
pub struct ResourceMutation;

#[Object]
impl ResourceMutation {
    /// Makes a resource. Emits resource.created. Permission: catalog.write.
    async fn resource_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The resource.")] input: ResourceCreateInput,
    ) -> Result<Option<ResourceCreatePayload>> {
        let cx = writer(ctx)?;
        let draft = ResourceDraft {
            type_id: gql::id(&input.kind_id)?,
            location_id: gql::id(&input.location_id)?,
            name: input.name,
            capacity: input.capacity,
            active: input.active,
        };
        let outcome = ctx.data::<Catalog>()?.create_resource(cx, draft, input.idempotency_key.as_deref()).await;
        gql::answer(ctx, outcome)
    }

    /// Edits a resource; answers with the bookings that it can no longer serve. Emits resource.updated.
    /// Permission: catalog.write.
    async fn resource_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The edit.")] input: ResourceUpdateInput,
    ) -> Result<Option<ResourceUpdatePayload>> {
        let (cx, id) = (writer(ctx)?, gql::id(&input.id)?);
        let patch = ResourcePatch {
            location_id: input.location_id.as_ref().map(gql::id).transpose()?,
            name: input.name,
            capacity: input.capacity,
            active: input.active,
        };
        let outcome = ctx.data::<Catalog>()?.update_resource(cx, id, input.version, patch).await;
        gql::answer(ctx, outcome)
    }

    /// Archives a resource; answers with the bookings that hold it. Refused with `IN_USE` while a live service
    /// requires this very unit. Emits resource.archived. Permission: catalog.write.
    async fn resource_archive(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which resource.")] input: ResourceArchiveInput,
    ) -> Result<Option<ResourceArchivePayload>> {
        let (cx, id) = (writer(ctx)?, gql::id(&input.id)?);
        let outcome = ctx.data::<Catalog>()?.archive_resource(cx, id, input.version).await;
        gql::answer(ctx, outcome)
    }

    /// Takes an archived resource back. Emits resource.restored. Permission: catalog.write.
    async fn resource_restore(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which resource.")] input: ResourceRestoreInput,
    ) -> Result<Option<ResourceRestorePayload>> {
        let (cx, id) = (writer(ctx)?, gql::id(&input.id)?);
        let outcome = ctx.data::<Catalog>()?.restore_resource(cx, id, input.version).await;
        gql::answer(ctx, outcome)
    }
}
