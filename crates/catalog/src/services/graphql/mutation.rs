//! Changes of services.

use super::input::{ServiceCreateInput, ServiceUpdateInput};
use super::object::ServiceObject;
use crate::Catalog;
use crate::error::CatalogUserError;
use crate::graphql::writer;
use crate::services::Service;
use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use gql::Refusal;

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

/// What became of a service.
#[derive(SimpleObject)]
struct ServicePayload {
    /// The service; null when the change was refused.
    service: Option<ServiceObject>,
    /// The service as it stands, after `VERSION_CONFLICT`.
    current: Option<ServiceObject>,
    /// What to mend; empty when the change was made.
    user_errors: Vec<CatalogUserError>,
}

impl From<Result<Service, Refusal>> for ServicePayload {
    fn from(outcome: Result<Service, Refusal>) -> Self {
        match outcome {
            Ok(service) => Self { service: Some(service.into()), current: None, user_errors: Vec::new() },
            Err(refusal) => Self {
                service: None,
                current: refusal.attached::<Service>().cloned().map(ServiceObject::from),
                user_errors: refusal.into(),
            },
        }
    }
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
    ) -> Result<ServicePayload> {
        let (cx, key) = (writer(ctx)?, input.idempotency_key.take());
        let draft = input.read()?;
        let outcome = ctx.data::<Catalog>()?.create_service(cx, draft, key.as_deref()).await;
        Ok(gql::settle(ctx, outcome)?.into())
    }

    /// Edits a service; nothing that is booked changes. Emits service.updated. Permission: catalog.write.
    async fn service_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The edit.")] input: ServiceUpdateInput,
    ) -> Result<ServicePayload> {
        let (cx, id, version) = (writer(ctx)?, gql::id(&input.id)?, input.version);
        let outcome = ctx.data::<Catalog>()?.update_service(cx, id, version, input.read()?).await;
        Ok(gql::settle(ctx, outcome)?.into())
    }

    /// Archives a service: nobody can book it any more, what is booked stays. Emits service.archived.
    /// Permission: catalog.write.
    async fn service_archive(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which service.")] input: ServiceArchiveInput,
    ) -> Result<ServicePayload> {
        let (cx, id) = (writer(ctx)?, gql::id(&input.id)?);
        let outcome = ctx.data::<Catalog>()?.archive_service(cx, id, input.version).await;
        Ok(gql::settle(ctx, outcome)?.into())
    }

    /// Takes an archived service back into sale. Emits service.restored. Permission: catalog.write.
    async fn service_restore(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which service.")] input: ServiceRestoreInput,
    ) -> Result<ServicePayload> {
        let (cx, id) = (writer(ctx)?, gql::id(&input.id)?);
        let outcome = ctx.data::<Catalog>()?.restore_service(cx, id, input.version).await;
        Ok(gql::settle(ctx, outcome)?.into())
    }
}
