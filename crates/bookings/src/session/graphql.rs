//! Group sessions in the schema.

mod input;
mod mutation;
mod object;
mod query;
mod several;

pub use mutation::GroupSessionMutation;
pub use object::GroupSessionObject;
pub use query::GroupSessionQuery;

use crate::permissions::{AVAILABILITY_READ, BOOKINGS_ALL, BOOKINGS_OWN};
use access::Cx;
use async_graphql::Context;
use kernel::Result;

/// The caller, if they may look at sessions: asked before what is wrong with their input.
fn looker<'a>(ctx: &Context<'a>) -> Result<&'a Cx> {
    let cx = gql::cx(ctx)?;
    cx.require_any(&[AVAILABILITY_READ, BOOKINGS_ALL, BOOKINGS_OWN]).map(|_| cx)
}
