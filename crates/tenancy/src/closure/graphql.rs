//! Closures in the schema.

use async_graphql::{Context, ID, InputObject, Object, Result};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use kernel::Error;

use super::{Closure, ClosureChange, ClosureId, NewClosure};
use crate::error::TenancyUserError;
use crate::handle::Tenancy;
use crate::ports::AffectedBooking;

/// A closure.
#[derive(Clone, Debug)]
pub struct ClosureObject(Closure);

impl From<Closure> for ClosureObject {
    fn from(closure: Closure) -> Self {
        Self(closure)
    }
}

/// A stretch of time in which a location is shut whatever its opening hours say.
#[Object(name = "Closure")]
impl ClosureObject {
    /// The closure's id, `clo_…`.
    async fn id(&self) -> ID {
        gql::to_id(self.0.id)
    }

    /// The location that is shut.
    async fn location_id(&self) -> ID {
        gql::to_id(self.0.location_id)
    }

    /// From when, in the location's zone.
    async fn starts_at(&self, ctx: &Context<'_>) -> Result<gql::DateTime> {
        local_time(ctx, &self.0, self.0.range.from).await
    }

    /// Until when, in the location's zone.
    async fn ends_at(&self, ctx: &Context<'_>) -> Result<gql::DateTime> {
        local_time(ctx, &self.0, self.0.range.to).await
    }

    /// What people are told; may be empty.
    async fn reason(&self) -> &str {
        &self.0.reason
    }

    /// Grows with each edit; an edit names the one that it is based on.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

impl gql::Node for ClosureObject {
    type Id = ClosureId;

    async fn find(ctx: &Context<'_>, id: ClosureId) -> Result<Self> {
        let (_, locations) = ctx.data::<Tenancy>()?.company(gql::cx(ctx)?, &*gql::reader(ctx).await?).await?;
        let found = locations.iter().flat_map(|location| &location.closures).find(|closure| closure.id == id);
        Ok(found.cloned().ok_or_else(Error::not_found)?.into())
    }
}

gql::node!(ClosureObject);

/// An instant in the zone of the closure's location.
async fn local_time(ctx: &Context<'_>, closure: &Closure, at: DateTime<Utc>) -> Result<gql::DateTime> {
    let locations = ctx.data::<Tenancy>()?.locations(&*gql::reader(ctx).await?).await?;
    Ok(gql::DateTime::at(at, locations.get(closure.location_id).map_or(Tz::UTC, |location| location.zone)))
}

/// A closure to be made.
#[derive(InputObject)]
struct ClosureCreateInput {
    /// The location to shut.
    location_id: ID,
    /// From when, a whole minute.
    starts_at: gql::DateTime,
    /// Until when, a whole minute, at most two years later.
    ends_at: gql::DateTime,
    /// What people are told, at most 200 characters.
    #[graphql(default)]
    reason: String,
    /// The caller's key, at most 64 characters: a repeated request with the same key makes one closure.
    idempotency_key: Option<String>,
    /// Whether this is only a preview: the same answer, and nothing is written; the id is then nobody's.
    #[graphql(default)]
    dry_run: bool,
}

/// An edit of a closure. A field that is left out stays as it is.
#[derive(InputObject)]
struct ClosureUpdateInput {
    /// Which closure.
    id: ID,
    /// The version that the edit is based on.
    version: i32,
    /// Another start.
    starts_at: Option<gql::DateTime>,
    /// Another end.
    ends_at: Option<gql::DateTime>,
    /// Another reason.
    reason: Option<String>,
    /// Whether this is only a preview: the same answer, and nothing is written.
    #[graphql(default)]
    dry_run: bool,
}

/// A closure to be taken back.
#[derive(InputObject)]
struct ClosureRemoveInput {
    /// Which closure.
    id: ID,
    /// The version that the caller has seen.
    version: i32,
}

gql::payloads! {
    TenancyUserError;
    /// What became of a new closure.
    ClosureCreatePayload { closure: ClosureObject = Closure, affected_bookings: [AffectedBooking] };
    /// What became of an edit of a closure.
    ClosureUpdatePayload { closure: ClosureObject = Closure, affected_bookings: [AffectedBooking] } or current: Closure;
    /// What became of the removal of a closure.
    ClosureRemovePayload { closure: ClosureObject = Closure } or current: Closure;
}

/// Changes of closures.
#[derive(Default)]
pub struct ClosureMutation;

#[Object]
impl ClosureMutation {
    /// Shuts a location for a while. Cancels nothing: answers the bookings that it hits. Emits `closure.created`.
    /// Permission: locations.write.
    async fn closure_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The closure.")] input: ClosureCreateInput,
    ) -> Result<Option<ClosureCreatePayload>> {
        let new = NewClosure {
            location: gql::id(&input.location_id)?,
            starts_at: input.starts_at.utc(),
            ends_at: input.ends_at.utc(),
            reason: input.reason,
            idempotency_key: input.idempotency_key,
        };
        let outcome = ctx.data::<Tenancy>()?.create_closure(gql::cx(ctx)?, new, input.dry_run).await;
        gql::answer(ctx, outcome)
    }

    /// Moves a closure or gives it another reason. Answers the bookings that it hits. Emits `closure.updated`.
    /// Permission: locations.write.
    async fn closure_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The edit.")] input: ClosureUpdateInput,
    ) -> Result<Option<ClosureUpdatePayload>> {
        let (cx, id) = (gql::cx(ctx)?, gql::id(&input.id)?);
        let change = ClosureChange {
            version: input.version,
            starts_at: input.starts_at.map(gql::DateTime::utc),
            ends_at: input.ends_at.map(gql::DateTime::utc),
            reason: input.reason,
        };
        let outcome = ctx.data::<Tenancy>()?.update_closure(cx, id, change, input.dry_run).await;
        gql::answer(ctx, outcome)
    }

    /// Takes a closure back: the location works as its opening hours say. Emits `closure.removed`.
    /// Permission: locations.write.
    async fn closure_remove(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which closure.")] input: ClosureRemoveInput,
    ) -> Result<Option<ClosureRemovePayload>> {
        let (cx, id) = (gql::cx(ctx)?, gql::id(&input.id)?);
        let outcome = ctx.data::<Tenancy>()?.remove_closure(cx, id, input.version).await;
        gql::answer(ctx, outcome)
    }
}
