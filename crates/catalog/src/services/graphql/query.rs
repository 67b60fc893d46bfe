//! Queries about services.

use super::input::ServiceFilterInput;
use super::object::ServiceObject;
use crate::Catalog;
use crate::graphql::viewer;
use crate::permissions::CATALOG_READ;
use crate::services::ServiceOrder;
use async_graphql::{Context, ID, Object, Result};
use gql::{Connection, ConnectionArgs, Paging};

/// Queries about services.
#[derive(Default)]
pub struct ServiceQuery;

#[Object]
impl ServiceQuery {
    /// Services. A publishable key sees those that are public and not archived. Permission: catalog.read.
    #[allow(clippy::too_many_arguments, reason = "Relay's four, and what to list in which order")]
    async fn services(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which services; left out: all live ones.")] filter: Option<ServiceFilterInput>,
        #[graphql(desc = "In which order, ascending.", default)] order_by: ServiceOrder,
        #[graphql(desc = "How many of the first ones; 1 to 100, 50 when left out.")] first: Option<i32>,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many of the last ones; 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<ServiceObject>>> {
        let cx = viewer(ctx, CATALOG_READ)?;
        let order = match order_by {
            ServiceOrder::Position => "services.position.asc",
            ServiceOrder::Name => "services.name.asc",
        };
        let paging = Paging::new(ctx, order, ConnectionArgs { first, after, last, before })?;
        let filter = filter.unwrap_or_default().read()?;
        let reader = gql::reader(ctx).await?;
        let page = ctx.data::<Catalog>()?.list_services(cx, &reader, &filter, order_by, paging.request()).await?;
        Ok(Some(paging.connection(page, ServiceObject::from)))
    }

    /// One service. A publishable key finds what is open to clients, listed or by link. Permission: catalog.read.
    async fn service(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The service's id, `svc_…`.")] id: ID,
    ) -> Result<Option<ServiceObject>> {
        let (cx, id) = (viewer(ctx, CATALOG_READ)?, gql::id(&id)?);
        let reader = gql::reader(ctx).await?;
        Ok(Some(ctx.data::<Catalog>()?.get_service(cx, &reader, id).await?.into()))
    }
}
