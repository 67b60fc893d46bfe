//! Closures in the schema.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use chrono_tz::Tz;
use kernel::Error;

use super::{Closure, ClosureChange, ClosureId, NewClosure};
use crate::error::TenancyUserError;
use crate::handle::Tenancy;
use crate::ports::AffectedBooking;

/// A closure.
#[derive(Clone, Debug)]
pub struct ClosureObject {
    closure: Closure,
    zone: Tz,
}

impl ClosureObject {
    /// A closure, shown in the zone of its location.
    pub fn new(closure: Closure, zone: Tz) -> Self {
        Self { closure, zone }
    }
}

/// A stretch of time in which a location is shut whatever its opening hours say.
#[Object(name = "Closure")]
impl ClosureObject {
    /// The closure's id, `clo_…`.
    async fn id(&self) -> ID {
        gql::to_id(self.closure.id)
    }

    /// The location that is shut.
    async fn location_id(&self) -> ID {
        gql::to_id(self.closure.location_id)
    }

    /// From when, in the location's zone.
    async fn starts_at(&self) -> gql::DateTime {
        gql::DateTime::at(self.closure.range.from, self.zone)
    }

    /// Until when, in the location's zone.
    async fn ends_at(&self) -> gql::DateTime {
        gql::DateTime::at(self.closure.range.to, self.zone)
    }

    /// What people are told; may be empty.
    async fn reason(&self) -> &str {
        &self.closure.reason
    }

    /// Grows with each edit; an edit names the one that it is based on.
    async fn version(&self) -> i32 {
        self.closure.version
    }
}

impl gql::Node for ClosureObject {
    type Id = ClosureId;

    async fn find(ctx: &Context<'_>, id: ClosureId) -> Result<Self> {
        let (_, locations) = ctx.data::<Tenancy>()?.company(gql::cx(ctx)?, &*gql::reader(ctx).await?).await?;
        let mut closures =
            locations.iter().flat_map(|location| location.closures.iter().map(|closure| (closure, location.zone)));
        let found = closures.find(|(closure, _)| closure.id == id);
        Ok(found.map(|(closure, zone)| Self::new(closure.clone(), zone)).ok_or_else(Error::not_found)?)
    }
}

gql::node!(ClosureObject);

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
}

/// A closure to be taken back.
#[derive(InputObject)]
struct ClosureRemoveInput {
    /// Which closure.
    id: ID,
    /// The version that the caller has seen.
    version: i32,
}

/// What became of a closure.
#[derive(SimpleObject)]
struct ClosurePayload {
    /// The closure, after a removal as it was; null when the change was refused.
    closure: Option<ClosureObject>,
    /// Bookings that stand in the closure. None of them was changed.
    affected_bookings: Vec<AffectedBooking>,
    /// The closure as it stands, after `VERSION_CONFLICT`.
    current: Option<ClosureObject>,
    /// What to mend; empty when the change was made.
    user_errors: Vec<TenancyUserError>,
}

impl ClosurePayload {
    /// The outcome, with instants in the zone of the location.
    async fn of(ctx: &Context<'_>, outcome: Result<(Closure, Vec<AffectedBooking>), gql::Refusal>) -> Result<Self> {
        let shown = async |closure: Closure| -> Result<ClosureObject> {
            let locations = ctx.data::<Tenancy>()?.locations(&*gql::reader(ctx).await?).await?;
            let zone = locations.get(closure.location_id).map_or(Tz::UTC, |location| location.zone);
            Ok(ClosureObject::new(closure, zone))
        };
        Ok(match outcome {
            Ok((closure, affected_bookings)) => {
                let closure = Some(shown(closure).await?);
                Self { closure, affected_bookings, current: None, user_errors: Vec::new() }
            }
            Err(refusal) => {
                let current = match refusal.attached::<Closure>() {
                    Some(current) => Some(shown(current.clone()).await?),
                    None => None,
                };
                Self { closure: None, affected_bookings: Vec::new(), current, user_errors: refusal.into() }
            }
        })
    }
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
    ) -> Result<ClosurePayload> {
        let new = NewClosure {
            location: gql::id(&input.location_id)?,
            starts_at: input.starts_at.utc(),
            ends_at: input.ends_at.utc(),
            reason: input.reason,
            idempotency_key: input.idempotency_key,
        };
        let outcome = ctx.data::<Tenancy>()?.create_closure(gql::cx(ctx)?, new).await;
        ClosurePayload::of(ctx, gql::settle(ctx, outcome)?).await
    }

    /// Moves a closure or gives it another reason. Answers the bookings that it hits. Emits `closure.updated`.
    /// Permission: locations.write.
    async fn closure_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The edit.")] input: ClosureUpdateInput,
    ) -> Result<ClosurePayload> {
        let (cx, id) = (gql::cx(ctx)?, gql::id(&input.id)?);
        let change = ClosureChange {
            version: input.version,
            starts_at: input.starts_at.map(gql::DateTime::utc),
            ends_at: input.ends_at.map(gql::DateTime::utc),
            reason: input.reason,
        };
        let outcome = ctx.data::<Tenancy>()?.update_closure(cx, id, change).await;
        ClosurePayload::of(ctx, gql::settle(ctx, outcome)?).await
    }

    /// Takes a closure back: the location works as its opening hours say. Emits `closure.removed`.
    /// Permission: locations.write.
    async fn closure_remove(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which closure.")] input: ClosureRemoveInput,
    ) -> Result<ClosurePayload> {
        let (cx, id) = (gql::cx(ctx)?, gql::id(&input.id)?);
        let outcome = ctx.data::<Tenancy>()?.remove_closure(cx, id, input.version).await;
        ClosurePayload::of(ctx, gql::settle(ctx, outcome.map(|closure| (closure, Vec::new())))?).await
    }
}
