//! Staff members in the schema.

mod input;
mod mutation;
mod object;
mod query;

pub use mutation::{StaffMemberMutation, StaffMemberPayload};
pub use object::{MemberObject, PerformsObject};
pub use query::StaffMemberQuery;
