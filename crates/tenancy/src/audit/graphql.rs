//! The audit log in the schema.

use access::ActorKind;
use async_graphql::{Context, Enum, ID, InputObject, Object, Result};
use gql::ConnectionArgs;
use jobs::{Entry, EventId, HistoryFilter};
use kernel::{Error, Id, UserId};

use crate::api_key::ApiKeyId;
use crate::handle::Tenancy;

/// What kind of actor it was.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "ActorKind", name = "ActorKind")]
enum AuditActorKind {
    /// A stranger.
    Anonymous,
    /// A person with an account.
    User,
    /// An API key.
    ApiKey,
    /// A client of the company.
    Client,
    /// The server itself.
    System,
}

/// One thing that happened in the company.
pub struct AuditEntry(Entry);

impl From<Entry> for AuditEntry {
    fn from(entry: Entry) -> Self {
        Self(entry)
    }
}

/// One thing that happened in the company.
#[Object]
impl AuditEntry {
    /// The entry's id, `evt_…`.
    async fn id(&self) -> ID {
        gql::to_id(self.0.id)
    }

    /// What happened: `booking.created`, `member.removed`, …
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// When.
    async fn at(&self) -> gql::DateTime {
        self.0.at.into()
    }

    /// What kind of actor did it.
    async fn actor_kind(&self) -> AuditActorKind {
        self.0.actor.kind.into()
    }

    /// Which person (`usr_…`) or key (`key_…`) did it; null for the others.
    async fn actor_id(&self) -> Option<ID> {
        let id = self.0.actor.id?;
        match self.0.actor.kind {
            ActorKind::User => Some(gql::to_id(UserId::from_uuid(id))),
            ActorKind::ApiKey => Some(gql::to_id(ApiKeyId::from_uuid(id))),
            _ => None,
        }
    }

    /// The request in which it was done, as in the server's log.
    async fn request_id(&self) -> String {
        self.0.request_id.to_string()
    }

    /// Ids, codes, amounts and times of what happened; never anything personal or secret.
    async fn data(&self) -> gql::Json {
        gql::Json(self.0.payload.clone())
    }
}

impl gql::Node for AuditEntry {
    type Id = EventId;

    async fn find(ctx: &Context<'_>, id: EventId) -> Result<Self> {
        let reader = gql::reader(ctx).await?;
        Ok(ctx.data::<Tenancy>()?.audit_entry(gql::cx(ctx)?, &reader, id).await?.into())
    }
}

gql::node!(AuditEntry);

/// Which entries are wanted. All conditions hold together.
#[derive(InputObject, Default)]
struct AuditFilterInput {
    /// Done by this person (`usr_…`) or API key (`key_…`).
    actor_id: Option<ID>,
    /// About this thing, by its id with any prefix.
    subject_id: Option<ID>,
    /// Of these names; at most 50.
    names: Option<Vec<String>>,
    /// From this instant on.
    from: Option<gql::DateTime>,
    /// Before this instant.
    to: Option<gql::DateTime>,
}

impl AuditFilterInput {
    fn read(self) -> kernel::Result<HistoryFilter> {
        let actor = self.actor_id.map(|id| {
            let user = gql::id::<UserId>(&id).map(Id::uuid);
            user.or_else(|_| gql::id::<ApiKeyId>(&id).map(Id::uuid))
        });
        Ok(HistoryFilter {
            actor: actor.transpose()?,
            subject: self.subject_id.as_ref().map(subject).transpose()?,
            names: self.names.unwrap_or_default(),
            from: self.from.map(gql::DateTime::utc),
            until: self.to.map(gql::DateTime::utc),
        })
    }
}

kernel::id! {
    /// Stands for any id: the subjects of events belong to every crate. Its prefix is replaced before it is read.
    struct AnyId("any");
}

fn subject(id: &ID) -> kernel::Result<uuid::Uuid> {
    let body = id.split_once('_').map(|(_, body)| body).ok_or_else(Error::not_found)?;
    Ok(format!("{}_{body}", AnyId::PREFIX).parse::<AnyId>()?.uuid())
}

/// Queries of the audit log.
#[derive(Default)]
pub struct AuditQuery;

#[Object]
impl AuditQuery {
    /// What happened in the company, newest first. Permission: audit.read.
    async fn audit_log(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which entries; all when left out.")] filter: Option<AuditFilterInput>,
        #[graphql(desc = "How many of the first items: 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only items after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many of the last items: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only items before this cursor.")] before: Option<String>,
    ) -> Result<Option<gql::Connection<AuditEntry>>> {
        let paging = gql::Paging::new(ctx, "audit.at.desc", ConnectionArgs { first, after, last, before })?;
        let filter = filter.unwrap_or_default().read()?;
        let reader = gql::reader(ctx).await?;
        let page = ctx.data::<Tenancy>()?.audit_log(gql::cx(ctx)?, &reader, &filter, paging.request()).await?;
        Ok(Some(paging.connection(page, AuditEntry::from)))
    }
}
