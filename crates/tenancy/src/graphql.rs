//! The schema's share of tenancy: the aggregates' roots, merged, and what several payloads use.

use async_graphql::{ID, MaybeUndefined, MergedObject};

use crate::{api_key, audit, closure, company, holiday, invitation, location, member, role, session, user};

/// Queries about users, companies and access.
#[derive(MergedObject, Default)]
pub struct TenancyQuery(
    user::UserQuery,
    session::SessionQuery,
    company::CompanyQuery,
    location::LocationQuery,
    holiday::HolidayQuery,
    member::MemberQuery,
    role::RoleQuery,
    invitation::InvitationQuery,
    api_key::ApiKeyQuery,
    audit::AuditQuery,
);

/// Changes of users, companies and access.
#[derive(MergedObject, Default)]
pub struct TenancyMutation(
    user::UserMutation,
    session::SessionMutation,
    company::CompanyMutation,
    location::LocationMutation,
    closure::ClosureMutation,
    holiday::HolidayMutation,
    member::MemberMutation,
    role::RoleMutation,
    invitation::InvitationMutation,
    api_key::ApiKeyMutation,
);

/// Declares payloads of what is done and answers nothing else.
macro_rules! done_payloads {
    ($($(#[$meta:meta])+ $name:ident;)+) => {$(
        $(#[$meta])+
        #[derive(::async_graphql::SimpleObject)]
        struct $name {
            /// Whether it was done. For what strangers may ask, also when there was nothing to do: the answer tells nothing.
            done: bool,
            /// What to mend; empty when it was done.
            user_errors: Vec<$crate::error::TenancyUserError>,
        }

        impl From<Result<(), ::gql::Refusal>> for $name {
            fn from(outcome: Result<(), ::gql::Refusal>) -> Self {
                match outcome {
                    Ok(()) => Self { done: true, user_errors: Vec::new() },
                    Err(refusal) => Self { done: false, user_errors: refusal.into() },
                }
            }
        }
    )+};
}

pub(crate) use done_payloads;

/// The three states of an input: absent stays, null takes away, a value replaces.
#[allow(clippy::option_option, reason = "an input has exactly these three states")]
pub(crate) fn patch<T>(value: MaybeUndefined<T>) -> Option<Option<T>> {
    match value {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(value) => Some(Some(value)),
    }
}

/// Typed ids of a list of one kind, as output.
pub(crate) fn to_ids<I: kernel::Id>(ids: &[I]) -> Vec<ID> {
    ids.iter().map(|id| gql::to_id(*id)).collect()
}
