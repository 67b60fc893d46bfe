//! Payloads: what a mutation answers. Each mutation has one of its own, so that it can grow without the others; most are
//! of one shape, which [`payloads!`](crate::payloads!) writes.
//!
//! ```ignore
//! gql::payloads! {
//!     CatalogUserError;
//!     /// What became of a new resource.
//!     ResourceCreatePayload { resource: ResourceObject = Resource };
//!     /// What became of an edit of a resource.
//!     ResourceUpdatePayload { resource: ResourceObject = Resource, affected_bookings: [AffectedBooking] } or current: Resource;
//! }
//!
//! async fn resource_create(&self, ctx: &Context<'_>, input: ResourceCreateInput) -> Result<Option<ResourceCreatePayload>> {
//!     gql::answer(ctx, ctx.data::<Catalog>()?.create_resource(cx, draft).await)
//! }
//! ```

use async_graphql::{Context, Result};

use crate::settle::{Refusal, settle};

/// Ends a mutation with its payload: [`settle`](crate::settle), and the payload of either outcome. A root field may be
/// null, so that an error in one of a request's mutations does not take away what the others answered.
pub fn answer<T, P: From<Result<T, Refusal>>>(ctx: &Context<'_>, result: kernel::Result<T>) -> Result<Option<P>> {
    Ok(Some(settle(ctx, result)?.into()))
}

/// Declares payloads: `Name { field: Object = Model };` with the object of what the use case answers, and if wanted
/// `, field: [Item]` for a list that the use case answers beside it (as a pair), and `or field: Model` for what stands
/// now after `VERSION_CONFLICT`. The user error of the domain comes first.
#[macro_export]
macro_rules! payloads {
    ($error:ty; $(
        $(#[$meta:meta])+
        $name:ident { $field:ident: $object:ty = $model:ty $(, $list:ident: [$item:ty])? } $(or $current:ident: $conflict:ty)?;
    )+) => {$(
        $(#[$meta])+
        #[derive(::async_graphql::SimpleObject)]
        pub struct $name {
            /// What the change made of it; null when it was refused.
            $field: Option<$object>,
            $(
                /// The bookings that the change hits. None of them was changed.
                $list: Vec<$item>,
            )?
            $(
                /// What stands now, after `VERSION_CONFLICT`.
                $current: Option<$object>,
            )?
            /// What to mend; empty when the change was made.
            user_errors: Vec<$error>,
        }

        impl From<Result<($model $(, Vec<$item>)?), $crate::Refusal>> for $name {
            fn from(outcome: Result<($model $(, Vec<$item>)?), $crate::Refusal>) -> Self {
                match outcome {
                    Ok(($field $(, $list)?)) => Self {
                        $field: Some($field.into()),
                        $($list,)?
                        $($current: None,)?
                        user_errors: Vec::new(),
                    },
                    Err(refusal) => Self {
                        $field: None,
                        $($list: Vec::new(),)?
                        $($current: refusal.current::<$conflict>().map(Into::into),)?
                        user_errors: refusal.into(),
                    },
                }
            }
        }
    )+};
}
