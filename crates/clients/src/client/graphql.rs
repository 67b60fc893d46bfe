//! Cards in the schema.

mod input;
mod mutation;
mod object;
mod query;

pub use mutation::ClientMutation;
pub use object::ClientObject;
pub use query::ClientQuery;
