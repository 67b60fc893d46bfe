//! Keyset pages: the rows after or before a cursor in an order that ends in the id, so that no row is skipped or repeated
//! when others are inserted meanwhile, and page 1,000 costs what page 1 costs.

use crate::{Reader, fault};
use kernel::Result;
use kernel::page::{Cursor, CursorKey, Direction, Page, PageRequest};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, EntityTrait, Order as Sort, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select, Value,
};
use uuid::Uuid;

/// What a list is ordered by: one NOT NULL column, then the id.
pub struct Order<E: EntityTrait> {
    /// The ordering column.
    pub column: E::Column,
    /// The id column that breaks ties.
    pub id: E::Column,
    /// From the greatest to the least?
    pub descending: bool,
    /// A row's value of the ordering column.
    pub key_of: fn(&E::Model) -> CursorKey,
    /// A row's id.
    pub id_of: fn(&E::Model) -> Uuid,
}

/// Reads one page of `select`, which holds the filters and no order.
pub async fn page<E>(
    reader: &Reader,
    select: Select<E>,
    order: Order<E>,
    request: &PageRequest,
) -> Result<Page<E::Model>>
where
    E: EntityTrait,
    E::Model: Send + Sync + sea_orm::FromQueryResult,
{
    let total = if request.want_total { Some(select.clone().count(reader.conn()).await.map_err(fault)?) } else { None };
    let backward = request.direction == Direction::Backward;
    let descending = order.descending != backward;
    let sort = if descending { Sort::Desc } else { Sort::Asc };
    let mut query = select.order_by(order.column, sort.clone()).order_by(order.id, sort).limit(request.limit + 1);
    if let Some(cursor) = &request.cursor {
        let row = Expr::tuple([order.column.into_expr(), order.id.into_expr()]);
        let at = Expr::tuple([Expr::val(value(&cursor.key)), Expr::val(cursor.id)]);
        query = query.filter(if descending { row.lt(at) } else { row.gt(at) });
    }
    let mut items = query.all(reader.conn()).await.map_err(fault)?;
    let limit = usize::try_from(request.limit).unwrap_or(usize::MAX);
    let more = items.len() > limit;
    items.truncate(limit);
    if backward {
        items.reverse();
    }
    let cursors = items.iter().map(|item| Cursor { key: (order.key_of)(item), id: (order.id_of)(item) }).collect();
    // From a cursor there is something on its other side: the row that it stands for, at least until that is gone.
    let behind = request.cursor.is_some();
    let (has_next, has_previous) = if backward { (behind, more) } else { (more, behind) };
    Ok(Page { items, cursors, has_next, has_previous, total })
}

fn value(key: &CursorKey) -> Value {
    match key {
        CursorKey::Int(number) => (*number).into(),
        CursorKey::Text(text) => text.clone().into(),
        CursorKey::Time(instant) => (*instant).into(),
        CursorKey::Date(date) => (*date).into(),
        CursorKey::Bytes(bytes) => bytes.clone().into(),
    }
}
