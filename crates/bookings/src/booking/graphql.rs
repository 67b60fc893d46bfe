//! Bookings in the schema.

mod input;
mod line;
mod mutation;
mod object;
mod policy;
mod query;

use crate::booking::service::run_or_own;
use crate::permissions::{AVAILABILITY_READ, BOOKINGS_ALL, BOOKINGS_BOOK, BOOKINGS_OWN};
use access::Cx;
use async_graphql::Context;
use kernel::Result;

pub(crate) use input::{BookingContactInput, LineWishInput, overrides, whose, wish};
pub(crate) use line::LineObject;
pub use mutation::BookingMutation;
pub use object::BookingObject;
pub use query::BookingQuery;

/// The caller, if they run bookings: asked before what is wrong with their input.
pub(crate) fn runner<'a>(ctx: &Context<'a>) -> Result<&'a Cx> {
    let cx = gql::cx(ctx)?;
    cx.require_any(&[BOOKINGS_ALL, BOOKINGS_OWN]).map(|_| cx)
}

/// The caller, if they run bookings, or are a client, whose own ones they reach: asked before what is wrong with their input.
pub(crate) fn runner_or_client<'a>(ctx: &Context<'a>) -> Result<&'a Cx> {
    let cx = gql::cx(ctx)?;
    run_or_own(cx).map(|()| cx)
}

/// The caller, if they may book: asked before what is wrong with their input.
pub(crate) fn booker<'a>(ctx: &Context<'a>) -> Result<&'a Cx> {
    let cx = gql::cx(ctx)?;
    cx.require_any(&[BOOKINGS_ALL, BOOKINGS_OWN, BOOKINGS_BOOK]).map(|_| cx)
}

/// The caller, if they may ask for availability: asked before what is wrong with their input.
pub(crate) fn asker<'a>(ctx: &Context<'a>) -> Result<&'a Cx> {
    let cx = gql::cx(ctx)?;
    cx.require(AVAILABILITY_READ).map(|()| cx)
}
