//! Asking for cards.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result};
use gql::{Connection, ConnectionArgs, Paging};

use super::super::{ClientFilter, ClientOrder};
use super::input::FilterInput;
use super::object::ClientObject;
use crate::Clients;

/// What a list of clients is ordered by.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(super) enum ClientOrderField {
    /// By name, as the company's language sorts.
    Name,
    /// By the time of making.
    CreatedAt,
}

/// How a list of clients is ordered.
#[derive(InputObject)]
#[graphql(name = "ClientOrderInput")]
pub(super) struct OrderInput {
    /// By what.
    field: ClientOrderField,
    /// From the greatest to the least?
    #[graphql(default)]
    descending: bool,
}

impl OrderInput {
    fn read(order: Option<Self>) -> ((ClientOrder, bool), &'static str) {
        let (field, descending) =
            order.map_or((ClientOrderField::Name, false), |order| (order.field, order.descending));
        match (field, descending) {
            (ClientOrderField::Name, false) => ((ClientOrder::Name, false), "clients.name"),
            (ClientOrderField::Name, true) => ((ClientOrder::Name, true), "clients.name.desc"),
            (ClientOrderField::CreatedAt, false) => ((ClientOrder::CreatedAt, false), "clients.createdAt"),
            (ClientOrderField::CreatedAt, true) => ((ClientOrder::CreatedAt, true), "clients.createdAt.desc"),
        }
    }
}

/// Queries about cards.
#[derive(Default)]
pub struct ClientQuery;

#[Object]
impl ClientQuery {
    /// A client's card. Permission: clients.own.
    async fn client(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The card's id.")] id: ID,
    ) -> Result<Option<ClientObject>> {
        let cx = gql::cx(ctx)?;
        let reader = gql::reader(ctx).await?;
        Ok(Some(ctx.data::<Clients>()?.get(cx, &reader, gql::id(&id)?).await?.into()))
    }

    /// Live cards that may be the same person as this one: a phone, an address or the name in common; at most ten, the
    /// newest first. Permission: clients.own.
    async fn client_duplicates(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Like which card.")] id: ID,
    ) -> Result<Option<Vec<ClientObject>>> {
        let (cx, clients) = (gql::cx(ctx)?, ctx.data::<Clients>()?);
        let reader = gql::reader(ctx).await?;
        let client = clients.get(cx, &reader, gql::id(&id)?).await?;
        let alike = clients.duplicates(cx, &reader, &client).await?;
        Ok(Some(alike.into_iter().map(ClientObject::from).collect()))
    }

    /// Clients by name, phone, address or tag; live ones unless asked otherwise. Without the permission clients.all only
    /// the own ones: those with a visit in the own calendar, and those one added oneself. Permission: clients.own.
    #[allow(clippy::too_many_arguments, reason = "the arguments of the field")]
    async fn clients(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<FilterInput>,
        #[graphql(desc = "In which order; by name when left out.")] order_by: Option<OrderInput>,
        #[graphql(desc = "How many of the first ones; 1 to 100, 50 when left out.")] first: Option<i32>,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many of the last ones; 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<ClientObject>>> {
        let cx = gql::cx(ctx)?;
        let live = || Ok(ClientFilter { archived: Some(false), ..ClientFilter::default() });
        let filter = filter.map_or_else(live, FilterInput::read)?;
        let (order, order_name) = OrderInput::read(order_by);
        let paging = Paging::new(ctx, order_name, ConnectionArgs { first, after, last, before })?;
        let reader = gql::reader(ctx).await?;
        let page = ctx.data::<Clients>()?.list(cx, &reader, &filter, order, paging.request()).await?;
        Ok(Some(paging.connection(page, ClientObject::from)))
    }
}
