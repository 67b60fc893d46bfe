//! Staff members in the schema.

mod input;
mod mutation;
mod object;
mod query;

pub use mutation::{MemberMutation, StaffMemberPayload};
pub use object::{MemberObject, PerformsObject};
pub use query::MemberQuery;
