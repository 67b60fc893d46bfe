//! Asking for series.

use super::input::FilterInput;
use super::object::SeriesObject;
use crate::Bookings;
use crate::booking::graphql::runner;
use async_graphql::{Context, ID, Object, Result};
use gql::{Connection, ConnectionArgs, Paging};

/// Queries about series.
#[derive(Default)]
pub struct SeriesQuery;

#[Object]
impl SeriesQuery {
    /// A series. Without the permission bookings.all only one with an own visit. Permission: bookings.own.
    async fn booking_series(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> Result<Option<SeriesObject>> {
        let cx = runner(ctx)?;
        let reader = gql::reader(ctx).await?;
        Ok(Some(ctx.data::<Bookings>()?.get_series(cx, &reader, gql::id(&id)?).await?.into()))
    }

    /// Series, the newest first. Without the permission bookings.all only those with an own visit. Permission: bookings.own.
    #[allow(clippy::too_many_arguments, reason = "the arguments of the field")]
    async fn booking_series_list(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<FilterInput>,
        #[graphql(desc = "How many of the first; at most 100.")] first: Option<i32>,
        #[graphql(desc = "Only after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many of the last; at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<SeriesObject>>> {
        let cx = runner(ctx)?;
        let paging = Paging::new(ctx, "bookingSeries.createdAt.desc", ConnectionArgs { first, after, last, before })?;
        let filter = filter.unwrap_or_default().read()?;
        let reader = gql::reader(ctx).await?;
        let page = ctx.data::<Bookings>()?.list_series(cx, &reader, filter, paging.request()).await?;
        Ok(Some(paging.connection(page, SeriesObject::from)))
    }
}
