//! Changes of services.

use super::input::{ServiceCreateInput, ServiceUpdateInput};
use super::object::ServiceObject;
use crate::Catalog;
use crate::error::CatalogUserError;
use crate::graphql::writer;
use crate::services::Service;
use async_graphql::{Context, ID, InputObject, Object, Result};

/// A service to be archived.
#[derive(InputObject)]
struct ServiceArchiveInput {
    /// Which service.
    id: ID,
    /// The version that the caller has seen.
    version: i32,
}

/// A service to be taken back.
#[derive(InputObject)]
struct ServiceRestoreInput {
    /// Which service.
    id: ID,
    /// The version that the caller has seen.
    version: i32,
}

gql::payloads! {
    CatalogUserError;
    /// What became of a new service.
    ServiceCreatePayload { service: ServiceObject = Service };
    /// What became of an edit of a service.
    ServiceUpdatePayload { service: ServiceObject = Service } or current: Service;
    /// What became of the archiving of a service.
    ServiceArchivePayload { service: ServiceObject = Service } or current: Service;
    /// What became of the return of a service.
    ServiceRestorePayload { service: ServiceObject = Service } or current: Service;
}

/// Changes of services.
#[derive(Default)]
pub struct ServiceMutation;

#[Object]
impl ServiceMutation {
    /// Makes a service. Emits service.created. Permission: catalog.write.
    async fn service_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The service.")] mut input: ServiceCreateInput,
    ) -> Result<Option<ServiceCreatePayload>> {
        let (cx, key) = (writer(ctx)?, input.idempotency_key.take());
        let draft = input.read()?;
        let outcome = ctx.data::<Catalog>()?.create_service(cx, draft, key.as_deref()).await;
        gql::answer(ctx, outcome)
    }

    /// Edits a service; nothing that is booked changes. Emits service.updated. Permission: catalog.write.
    async fn service_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The edit.")] input: ServiceUpdateInput,
    ) -> Result<Option<ServiceUpdatePayload>> {
        let (cx, id, version) = (writer(ctx)?, gql::id(&input.id)?, input.version);
        let outcome = ctx.data::<Catalog>()?.update_service(cx, id, version, input.read()?).await;
        gql::answer(ctx, outcome)
    }

    /// Archives a service: nobody can book it any more, what is booked stays. Emits service.archived.
    /// Permission: catalog.write.
    async fn service_archive(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which service.")] input: ServiceArchiveInput,
    ) -> Result<Option<ServiceArchivePayload>> {
        let (cx, id) = (writer(ctx)?, gql::id(&input.id)?);
        let outcome = ctx.data::<Catalog>()?.archive_service(cx, id, input.version).await;
        gql::answer(ctx, outcome)
    }

    /// Takes an archived service back into sale. Emits service.restored. Permission: catalog.write.
    async fn service_restore(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which service.")] input: ServiceRestoreInput,
    ) -> Result<Option<ServiceRestorePayload>> {
        let (cx, id) = (writer(ctx)?, gql::id(&input.id)?);
        let outcome = ctx.data::<Catalog>()?.restore_service(cx, id, input.version).await;
        gql::answer(ctx, outcome)
    }
}
