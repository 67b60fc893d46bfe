//! Asking for bookings.

use super::input::{FilterInput, OrderInput};
use super::object::BookingObject;
use super::{runner, runner_or_client};
use crate::Bookings;
use crate::booking::service::OwnTime;
use async_graphql::{Context, ID, Object, Result};
use gql::{Connection, ConnectionArgs, Paging};
use tenancy::AuditEntry;

/// Queries about bookings.
#[derive(Default)]
pub struct BookingQuery;

#[Object]
impl BookingQuery {
    /// A booking. Permission: bookings.own, or a client for their own.
    async fn booking(&self, ctx: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Result<Option<BookingObject>> {
        let cx = runner_or_client(ctx)?;
        let reader = gql::reader(ctx).await?;
        Ok(Some(ctx.data::<Bookings>()?.get(cx, &reader, gql::id(&id)?).await?.into()))
    }

    /// A booking by what people read aloud. Permission: bookings.own.
    async fn booking_by_reference(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The reference in any spelling: `zp-7k4m2q`, `7K4M2Q`.")] reference: String,
    ) -> Result<Option<BookingObject>> {
        let cx = runner(ctx)?;
        let reader = gql::reader(ctx).await?;
        Ok(Some(ctx.data::<Bookings>()?.get_by_reference(cx, &reader, &reference).await?.into()))
    }

    /// Bookings by state, date, person, client, service, place or text. Without the permission bookings.all only the own
    /// ones. Permission: bookings.own.
    #[allow(clippy::too_many_arguments, reason = "the arguments of the field")]
    async fn bookings(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<FilterInput>,
        #[graphql(desc = "In which order; by start when left out.")] order_by: Option<OrderInput>,
        #[graphql(desc = "How many of the first; at most 100.")] first: Option<i32>,
        #[graphql(desc = "Only after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many of the last; at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<BookingObject>>> {
        let cx = runner(ctx)?;
        let (order, name) = OrderInput::read(order_by.as_ref());
        let paging = Paging::new(ctx, name, ConnectionArgs { first, after, last, before })?;
        let search = filter.unwrap_or_default().read()?;
        let reader = gql::reader(ctx).await?;
        let page = ctx.data::<Bookings>()?.list(cx, &reader, search, order, paging.request()).await?;
        Ok(Some(paging.connection(page, BookingObject::from)))
    }

    /// The visits of the client who asks: of all cards with the address that they proved, or the one that their link is for.
    /// Permission: a client, by the token of a code or by a link.
    async fn client_bookings(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Those to come, or those that are over.", default)] time: OwnTime,
        #[graphql(desc = "How many of the first; at most 100.")] first: Option<i32>,
        #[graphql(desc = "Only after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many of the last; at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<BookingObject>>> {
        let cx = gql::cx(ctx)?;
        cx.client()?;
        let name = match time {
            OwnTime::Upcoming => "clientBookings.upcoming",
            OwnTime::Past => "clientBookings.past",
        };
        let paging = Paging::new(ctx, name, ConnectionArgs { first, after, last, before })?;
        let reader = gql::reader(ctx).await?;
        let page = ctx.data::<Bookings>()?.list_own(cx, &reader, time, paging.request()).await?;
        Ok(Some(paging.connection(page, BookingObject::from)))
    }

    /// What happened to a booking, newest first: its part of the audit log. Permission: bookings.own.
    async fn booking_history(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which booking.")] booking_id: ID,
        #[graphql(desc = "How many of the first; at most 100.")] first: Option<i32>,
        #[graphql(desc = "Only after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many of the last; at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<AuditEntry>>> {
        let cx = runner(ctx)?;
        let paging = Paging::new(ctx, "booking.history", ConnectionArgs { first, after, last, before })?;
        let reader = gql::reader(ctx).await?;
        let page = ctx.data::<Bookings>()?.history(cx, &reader, gql::id(&booking_id)?, paging.request()).await?;
        Ok(Some(paging.connection(page, AuditEntry::from)))
    }
}
