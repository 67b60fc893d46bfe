//! API keys in the schema.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use gql::ConnectionArgs;
use kernel::Error;

use super::{ApiKey, ApiKeyChange, ApiKeyId, IssuedApiKey, NewApiKey, repo};
use crate::error::TenancyUserError;
use crate::handle::Tenancy;
use crate::permissions::API_KEYS_WRITE;

/// Whether strangers may know a key.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "access::KeyKind")]
pub enum ApiKeyKind {
    /// Stands in web pages: reads the public catalogue and availability, holds and books.
    Publishable,
    /// Known to the company's own programs only: may what was chosen for it.
    Secret,
}

/// An API key.
#[derive(Clone, Debug)]
pub struct ApiKeyObject(ApiKey);

impl From<ApiKey> for ApiKeyObject {
    fn from(key: ApiKey) -> Self {
        Self(key)
    }
}

/// An API key; not the key itself, which is shown once.
#[Object(name = "ApiKey")]
impl ApiKeyObject {
    /// The key's id, `key_…`.
    async fn id(&self) -> ID {
        gql::to_id(self.0.id)
    }

    /// Whether strangers may know it.
    async fn kind(&self) -> ApiKeyKind {
        self.0.kind.into()
    }

    /// What people call it.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Its last four characters.
    async fn hint(&self) -> &str {
        &self.0.hint
    }

    /// Names of a secret key's permissions, in order; empty for a publishable one, whose permissions are fixed.
    async fn permissions(&self) -> Vec<&'static str> {
        self.0.permissions.names()
    }

    /// Where a publishable key may be used from. It keeps honest websites apart and authenticates nobody.
    async fn origins(&self) -> &[String] {
        &self.0.origins
    }

    /// When it was made.
    async fn created_at(&self) -> gql::DateTime {
        self.0.created_at.into()
    }

    /// When it was last used, to within five minutes.
    async fn last_used_at(&self) -> Option<gql::DateTime> {
        self.0.last_used_at.map(gql::DateTime::from)
    }

    /// When it was revoked; null while it works.
    async fn revoked_at(&self) -> Option<gql::DateTime> {
        self.0.revoked_at.map(gql::DateTime::from)
    }
}

impl gql::Node for ApiKeyObject {
    type Id = ApiKeyId;

    async fn find(ctx: &Context<'_>, id: ApiKeyId) -> Result<Self> {
        gql::cx(ctx)?.require(API_KEYS_WRITE)?;
        let reader = gql::reader(ctx).await?;
        Ok(repo::find(&*reader, reader.company(), id).await?.ok_or_else(Error::not_found)?.into())
    }
}

gql::node!(ApiKeyObject);

/// Queries about API keys.
#[derive(Default)]
pub struct ApiKeyQuery;

#[Object]
impl ApiKeyQuery {
    /// The company's API keys, newest first, revoked ones too. Permission: keys.write.
    async fn api_keys(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many of the first items: 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only items after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many of the last items: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only items before this cursor.")] before: Option<String>,
    ) -> Result<Option<gql::Connection<ApiKeyObject>>> {
        let paging = gql::Paging::new(ctx, "apiKeys.createdAt.desc", ConnectionArgs { first, after, last, before })?;
        let reader = gql::reader(ctx).await?;
        let page = ctx.data::<Tenancy>()?.api_keys(gql::cx(ctx)?, &reader, paging.request()).await?;
        Ok(Some(paging.connection(page, ApiKeyObject::from)))
    }
}

/// An API key to be made.
#[derive(InputObject)]
struct ApiKeyCreateInput {
    /// What people call it, at most 60 characters.
    name: String,
    /// Whether strangers may know it.
    kind: ApiKeyKind,
    /// Names of a secret key's permissions, each of which the caller has; empty for a publishable one.
    #[graphql(default)]
    permissions: Vec<String>,
    /// Where a publishable key may be used from, such as `https://salon.example`: 1 to 50; empty for a secret one.
    #[graphql(default)]
    origins: Vec<String>,
    /// The caller's key, at most 64 characters: a repeated request makes one API key, and does not show it again.
    idempotency_key: Option<String>,
}

/// An edit of an API key. A field that is left out stays as it is.
#[derive(InputObject)]
struct ApiKeyUpdateInput {
    /// Which key.
    id: ID,
    /// Another name.
    name: Option<String>,
    /// All origins from now on.
    origins: Option<Vec<String>>,
}

/// An API key to be revoked.
#[derive(InputObject)]
struct ApiKeyRevokeInput {
    /// Which key.
    id: ID,
}

/// A new API key.
#[derive(SimpleObject)]
struct ApiKeyCreatePayload {
    /// The key's record; null when it was refused.
    api_key: Option<ApiKeyObject>,
    /// The key itself, sent as `Authorization: Bearer …`. It is shown this once; a repeated request gets null.
    key: Option<String>,
    /// What to mend; empty when it was made.
    user_errors: Vec<TenancyUserError>,
}

impl From<Result<IssuedApiKey, gql::Refusal>> for ApiKeyCreatePayload {
    fn from(outcome: Result<IssuedApiKey, gql::Refusal>) -> Self {
        match outcome {
            Ok(issued) => Self { api_key: Some(issued.key.into()), key: issued.secret, user_errors: Vec::new() },
            Err(refusal) => Self { api_key: None, key: None, user_errors: refusal.into() },
        }
    }
}

gql::payloads! {
    TenancyUserError;
    /// What became of an edit of an API key.
    ApiKeyUpdatePayload { api_key: ApiKeyObject = ApiKey };
    /// What became of the revocation of an API key.
    ApiKeyRevokePayload { api_key: ApiKeyObject = ApiKey };
}

/// Changes of API keys.
#[derive(Default)]
pub struct ApiKeyMutation;

#[Object]
impl ApiKeyMutation {
    /// Makes an API key and shows it, this once. Emits `api_key.created`. Permission: keys.write.
    async fn api_key_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The key.")] input: ApiKeyCreateInput,
    ) -> Result<Option<ApiKeyCreatePayload>> {
        let new = NewApiKey {
            name: input.name,
            kind: input.kind.into(),
            permissions: input.permissions,
            origins: input.origins,
            idempotency_key: input.idempotency_key,
        };
        let outcome = ctx.data::<Tenancy>()?.create_api_key(gql::cx(ctx)?, new).await;
        gql::answer(ctx, outcome)
    }

    /// Changes an API key's name or origins. Emits `api_key.updated`. Permission: keys.write.
    async fn api_key_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The edit.")] input: ApiKeyUpdateInput,
    ) -> Result<Option<ApiKeyUpdatePayload>> {
        let (cx, id) = (gql::cx(ctx)?, gql::id(&input.id)?);
        let change = ApiKeyChange { name: input.name, origins: input.origins };
        let outcome = ctx.data::<Tenancy>()?.update_api_key(cx, id, change).await;
        gql::answer(ctx, outcome)
    }

    /// Revokes an API key: its next request is refused. Emits `api_key.revoked`. Permission: keys.write.
    async fn api_key_revoke(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which key.")] input: ApiKeyRevokeInput,
    ) -> Result<Option<ApiKeyRevokePayload>> {
        let (cx, id) = (gql::cx(ctx)?, gql::id(&input.id)?);
        let outcome = ctx.data::<Tenancy>()?.revoke_api_key(cx, id).await;
        gql::answer(ctx, outcome)
    }
}
