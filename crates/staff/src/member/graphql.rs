//! Staff members in the schema.

mod input;
mod mutation;
mod object;
mod query;

pub use mutation::StaffMemberMutation;
pub use object::{MemberObject, PerformsObject};
pub use query::StaffMemberQuery;
