//! Resources in the schema.

mod mutation;
mod object;
mod query;

pub use mutation::ResourceMutation;
pub use object::{ResourceObject, ResourceStatusObject};
pub use query::ResourceQuery;
