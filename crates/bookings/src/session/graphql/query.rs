//! Asking for group sessions.

use super::looker;
use super::object::GroupSessionObject;
use crate::Bookings;
use crate::session::SessionStatus;
use crate::session::repo::SessionFilter;
use async_graphql::{Context, ID, InputObject, Object, Result};
use gql::{Connection, ConnectionArgs, LocalDate, Paging};
use kernel::Error;

/// Which sessions are asked for; every field given narrows the list.
#[derive(InputObject, Default)]
#[graphql(name = "GroupSessionFilterInput")]
struct FilterInput {
    /// From this date at the location on.
    from: Option<LocalDate>,
    /// To this date at the location, itself included.
    to: Option<LocalDate>,
    /// At any of these; at most 100.
    location_ids: Option<Vec<ID>>,
    /// Of any of these; at most 100.
    service_ids: Option<Vec<ID>>,
    /// Held by any of these; at most 100.
    staff_ids: Option<Vec<ID>>,
    /// In any of these states.
    statuses: Option<Vec<SessionStatus>>,
    /// Only those with a seat left.
    with_seats: Option<bool>,
}

const IDS_MAX: usize = 100;

impl FilterInput {
    fn read(self) -> kernel::Result<SessionFilter> {
        fn few<I: kernel::Id>(ids: Option<Vec<ID>>, name: &'static str) -> kernel::Result<Vec<I>> {
            let ids = ids.unwrap_or_default();
            if ids.len() > IDS_MAX {
                return Err(Error::invalid_argument(name).with("max", IDS_MAX));
            }
            gql::ids(&ids)
        }
        if self.statuses.as_ref().is_some_and(|statuses| statuses.len() > IDS_MAX) {
            return Err(Error::invalid_argument("filter.statuses").with("max", IDS_MAX));
        }
        Ok(SessionFilter {
            from: self.from.map(Into::into),
            to: self.to.map(Into::into),
            locations: few(self.location_ids, "filter.locationIds")?,
            services: few(self.service_ids, "filter.serviceIds")?,
            staff: few(self.staff_ids, "filter.staffIds")?,
            statuses: self.statuses.unwrap_or_default(),
            with_seats: self.with_seats.unwrap_or_default(),
            ..SessionFilter::default()
        })
    }
}

/// Queries about group sessions.
#[derive(Default)]
pub struct GroupSessionQuery;

#[Object]
impl GroupSessionQuery {
    /// A group session. Clients see those that their service and visibility open to the public; staff without the
    /// permission bookings.all their own. Permission: availability.read, bookings.own or bookings.all.
    async fn group_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id, `gse_…`.")] id: ID,
    ) -> Result<Option<GroupSessionObject>> {
        let (cx, id) = (looker(ctx)?, gql::id(&id)?);
        let reader = gql::reader(ctx).await?;
        Ok(Some(ctx.data::<Bookings>()?.get_session(cx, &reader, id).await?.into()))
    }

    /// Group sessions by start. Clients see those to come that are listed publicly; staff without the permission
    /// bookings.all their own. Permission: availability.read, bookings.own or bookings.all.
    async fn group_sessions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<FilterInput>,
        #[graphql(desc = "How many of the first; at most 100.")] first: Option<i32>,
        #[graphql(desc = "Only after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many of the last; at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<GroupSessionObject>>> {
        let cx = looker(ctx)?;
        let paging = Paging::new(ctx, "groupSessions.startsAt", ConnectionArgs { first, after, last, before })?;
        let filter = filter.unwrap_or_default().read()?;
        let reader = gql::reader(ctx).await?;
        let page = ctx.data::<Bookings>()?.list_sessions(cx, &reader, filter, paging.request()).await?;
        Ok(Some(paging.connection(page, GroupSessionObject::from)))
    }
}
