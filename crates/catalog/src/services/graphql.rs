//! Services in the schema.

mod input;
mod mutation;
mod object;
mod query;
mod rules;

pub use mutation::ServiceMutation;
pub use object::{ServiceObject, ServicePrice, ServiceProcessing};
pub use query::ServiceQuery;
