//! Lists that people page through: Relay connections over `kernel::Page`.
//!
//! ```ignore
//! let paging = gql::Paging::new(ctx, "clients.name", ConnectionArgs { first, after, last, before })?;
//! let page = clients.list(cx, &reader, filter, paging.request()).await?;
//! Ok(paging.connection(page, ClientObject::from))
//! ```

use std::borrow::Cow;

use async_graphql::{Context, Object, OutputType, SimpleObject, TypeName};
use kernel::{Page, PageRequest, Result};

use crate::cursor::Seal;
use crate::{Cursors, cx};

/// Relay's four arguments, as a resolver got them.
#[derive(Debug, Clone, Default)]
pub struct ConnectionArgs {
    /// How many of the first items; 1 to 100.
    pub first: Option<i32>,
    /// Only items after this cursor.
    pub after: Option<String>,
    /// How many of the last items; 1 to 100.
    pub last: Option<i32>,
    /// Only items before this cursor.
    pub before: Option<String>,
}

/// A request for a page, and the seal of its cursors.
pub struct Paging {
    request: PageRequest,
    seal: Seal,
}

impl Paging {
    /// Reads the arguments of a list in this order (`bookings.startsAt.desc`). A cursor of another company, another
    /// order, or garbage is `INVALID_ARGUMENT`, and so are contradicting arguments and sizes outside 1 to 100.
    pub fn new(ctx: &Context<'_>, order: &str, args: ConnectionArgs) -> Result<Self> {
        let seal = Cursors::of(ctx)?.seal(cx(ctx)?.company_id(), order);
        let after = args.after.map(|text| seal.open("after", &text)).transpose()?;
        let before = args.before.map(|text| seal.open("before", &text)).transpose()?;
        let want_total = ctx.look_ahead().field("totalCount").exists();
        Ok(Self { request: PageRequest::relay(args.first, after, args.last, before, want_total)?, seal })
    }

    /// What to read.
    pub fn request(&self) -> &PageRequest {
        &self.request
    }

    /// The connection of what was read.
    pub fn connection<T, N: OutputType>(&self, page: Page<T>, node: impl FnMut(T) -> N) -> Connection<N> {
        let page = page.map(node);
        let cursors = page.cursors.iter().map(|cursor| self.seal.close(cursor));
        Connection {
            edges: cursors.zip(page.items).map(|(cursor, node)| Edge { cursor, node }).collect(),
            has_next: page.has_next,
            has_previous: page.has_previous,
            total: page.total,
        }
    }
}

/// A page of a list.
pub struct Connection<N: OutputType> {
    edges: Vec<Edge<N>>,
    has_next: bool,
    has_previous: bool,
    total: Option<u64>,
}

/// A page of a list.
#[Object(name_type)]
impl<N: OutputType> Connection<N> {
    /// The items with their cursors.
    async fn edges(&self) -> &[Edge<N>] {
        &self.edges
    }

    /// The items alone.
    async fn nodes(&self) -> Vec<&N> {
        self.edges.iter().map(|edge| &edge.node).collect()
    }

    /// Where this page stands in the list.
    async fn page_info(&self) -> PageInfo {
        PageInfo {
            has_next_page: self.has_next,
            has_previous_page: self.has_previous,
            start_cursor: self.edges.first().map(|edge| edge.cursor.clone()),
            end_cursor: self.edges.last().map(|edge| edge.cursor.clone()),
        }
    }

    /// How many items the whole list has. Counted only when it is selected.
    async fn total_count(&self) -> Option<u64> {
        self.total
    }
}

impl<N: OutputType> TypeName for Connection<N> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Connection", N::type_name()).into()
    }
}

/// One item of a page.
#[derive(SimpleObject)]
#[graphql(name_type)]
pub struct Edge<N: OutputType> {
    /// Where the item stands; opaque, for `after` and `before` of the same list in the same order.
    cursor: String,
    /// The item.
    node: N,
}

impl<N: OutputType> TypeName for Edge<N> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Edge", N::type_name()).into()
    }
}

/// Where a page stands in its list.
#[derive(SimpleObject)]
pub struct PageInfo {
    /// Whether the list goes on after this page.
    has_next_page: bool,
    /// Whether something stands before this page.
    has_previous_page: bool,
    /// The cursor of the first item, null on an empty page.
    start_cursor: Option<String>,
    /// The cursor of the last item, null on an empty page.
    end_cursor: Option<String>,
}
