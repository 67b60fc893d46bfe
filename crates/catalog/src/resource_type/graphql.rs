//! Resource types in the schema, where they are called kinds: there, a type is something else.

use super::{ResourceType, ResourceTypeId};
use crate::Catalog;
use crate::error::CatalogUserError;
use crate::graphql::{LocalizedText, LocalizedTextInput, in_language, writer};
use async_graphql::{Context, ID, InputObject, Object, Result};
use kernel::Error;

/// A kind of resource.
#[derive(Clone, Debug)]
pub struct ResourceTypeObject(ResourceType);

impl From<ResourceType> for ResourceTypeObject {
    fn from(resource_type: ResourceType) -> Self {
        Self(resource_type)
    }
}

/// A kind of resource: rooms, halls, chairs, equipment. Services require units of a kind.
#[Object(name = "ResourceKind")]
impl ResourceTypeObject {
    /// The kind's id, `rty_…`.
    async fn id(&self) -> ID {
        gql::to_id(self.0.id)
    }

    /// Its name in one language; in another one where it is not translated.
    async fn name(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The language; the caller's when left out.")] locale: Option<gql::Locale>,
    ) -> Result<String> {
        in_language(ctx, &self.0.name, locale)
    }

    /// Its name in all languages.
    async fn names(&self) -> LocalizedText {
        self.0.name.clone().into()
    }

    /// Whether it is withdrawn.
    async fn archived(&self) -> bool {
        self.0.archived
    }

    /// Grows with each edit; an edit names the one that it is based on.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

impl gql::Node for ResourceTypeObject {
    type Id = ResourceTypeId;

    async fn find(ctx: &Context<'_>, id: ResourceTypeId) -> Result<Self> {
        let reader = gql::reader(ctx).await?;
        let types = ctx.data::<Catalog>()?.list_resource_types(gql::cx(ctx)?, &reader, true).await?;
        let found = types.into_iter().find(|resource_type| resource_type.id == id);
        Ok(found.ok_or_else(Error::not_found)?.into())
    }
}

gql::node!(ResourceTypeObject);

/// Queries about resource kinds.
#[derive(Default)]
pub struct ResourceTypeQuery;

#[Object]
impl ResourceTypeQuery {
    /// All resource kinds by name. Permission: catalog.internal.
    async fn resource_kinds(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whether archived ones are listed too.", default)] include_archived: bool,
    ) -> Result<Option<Vec<ResourceTypeObject>>> {
        let reader = gql::reader(ctx).await?;
        let types = ctx.data::<Catalog>()?.list_resource_types(gql::cx(ctx)?, &reader, include_archived).await?;
        Ok(Some(types.into_iter().map(ResourceTypeObject::from).collect()))
    }
}

/// A resource kind to be made.
#[derive(InputObject)]
struct ResourceKindCreateInput {
    /// Its name: at least one language, at most 120 characters each; unique among live kinds.
    name: LocalizedTextInput,
    /// The caller's key, at most 64 characters: a repeated request with the same key makes one kind.
    idempotency_key: Option<String>,
}

/// Another name of a resource kind.
#[derive(InputObject)]
struct ResourceKindUpdateInput {
    /// Which kind.
    id: ID,
    /// The version that the edit is based on.
    version: i32,
    /// Its name in all languages: a language that is left out is emptied.
    name: LocalizedTextInput,
}

/// A resource kind to be archived.
#[derive(InputObject)]
struct ResourceKindArchiveInput {
    /// Which kind.
    id: ID,
    /// The version that the caller has seen.
    version: i32,
}

/// A resource kind to be taken back.
#[derive(InputObject)]
struct ResourceKindRestoreInput {
    /// Which kind.
    id: ID,
    /// The version that the caller has seen.
    version: i32,
}

gql::payloads! {
    CatalogUserError;
    /// What became of a new resource kind.
    ResourceKindCreatePayload { resource_kind: ResourceTypeObject = ResourceType };
    /// What became of an edit of a resource kind.
    ResourceKindUpdatePayload { resource_kind: ResourceTypeObject = ResourceType } or current: ResourceType;
    /// What became of the archiving of a resource kind.
    ResourceKindArchivePayload { resource_kind: ResourceTypeObject = ResourceType } or current: ResourceType;
    /// What became of the return of a resource kind.
    ResourceKindRestorePayload { resource_kind: ResourceTypeObject = ResourceType } or current: ResourceType;
}

/// Changes of resource kinds.
#[derive(Default)]
pub struct ResourceTypeMutation;

#[Object]
impl ResourceTypeMutation {
    /// Makes a resource kind. Emits `resource_type.created`. Permission: catalog.write.
    async fn resource_kind_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The kind.")] input: ResourceKindCreateInput,
    ) -> Result<Option<ResourceKindCreatePayload>> {
        let key = input.idempotency_key.as_deref();
        let outcome = ctx.data::<Catalog>()?.create_resource_type(writer(ctx)?, input.name.into(), key).await;
        gql::answer(ctx, outcome)
    }

    /// Renames a resource kind. Emits `resource_type.updated`. Permission: catalog.write.
    async fn resource_kind_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The edit.")] input: ResourceKindUpdateInput,
    ) -> Result<Option<ResourceKindUpdatePayload>> {
        let (cx, id) = (writer(ctx)?, gql::id(&input.id)?);
        let outcome = ctx.data::<Catalog>()?.update_resource_type(cx, id, input.version, input.name.into()).await;
        gql::answer(ctx, outcome)
    }

    /// Archives a resource kind; refused with `IN_USE` while it has live units or a live service requires it.
    /// Emits `resource_type.archived`. Permission: catalog.write.
    async fn resource_kind_archive(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which kind.")] input: ResourceKindArchiveInput,
    ) -> Result<Option<ResourceKindArchivePayload>> {
        let (cx, id) = (writer(ctx)?, gql::id(&input.id)?);
        let outcome = ctx.data::<Catalog>()?.archive_resource_type(cx, id, input.version).await;
        gql::answer(ctx, outcome)
    }

    /// Takes an archived resource kind back. Emits `resource_type.restored`. Permission: catalog.write.
    async fn resource_kind_restore(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which kind.")] input: ResourceKindRestoreInput,
    ) -> Result<Option<ResourceKindRestorePayload>> {
        let (cx, id) = (writer(ctx)?, gql::id(&input.id)?);
        let outcome = ctx.data::<Catalog>()?.restore_resource_type(cx, id, input.version).await;
        gql::answer(ctx, outcome)
    }
}
