//! The only statements on notes.

use chrono::{DateTime, Utc};
use db::{Order, Reader, Tx, fault};
use kernel::{CursorKey, Page, PageRequest, Result};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Func, Query, WindowStatement};
use sea_orm::{ColumnTrait, Order as Sort, PaginatorTrait, QueryFilter, QueryOrder, Set};

use super::entity::{self, ActiveModel, Column, Entity};
use super::{Note, NoteId, SHOWN};
use crate::ClientId;

pub(super) async fn find(reader: &Reader, id: NoteId) -> Result<Option<Note>> {
    let row = reader.find_by_id::<Entity>(id.uuid()).filter(Column::ArchivedAt.is_null()).one(reader.conn()).await;
    Ok(row.map_err(fault)?.map(Note::from))
}

pub(super) async fn page(reader: &Reader, client: ClientId, request: &PageRequest) -> Result<Page<Note>> {
    let select =
        reader.find::<Entity>().filter(Column::ClientId.eq(client.uuid())).filter(Column::ArchivedAt.is_null());
    let order = Order {
        column: Column::CreatedAt,
        id: Column::Id,
        descending: true,
        key_of: |row: &entity::Model| CursorKey::Time(row.created_at),
        id_of: |row: &entity::Model| row.id,
    };
    Ok(db::page(reader, select, order, request).await?.map(Note::from))
}

/// The first [`SHOWN`] notes of each client, pinned ones first, then the newest; one statement for all of them.
pub(super) async fn first_of(reader: &Reader, clients: &[ClientId]) -> Result<Vec<Note>> {
    let place = Alias::new("place");
    let ids = clients.iter().map(|id| id.uuid());
    let window = WindowStatement::partition_by(Column::ClientId)
        .order_by(Column::Pinned, Sort::Desc)
        .order_by(Column::CreatedAt, Sort::Desc)
        .order_by(Column::Id, Sort::Desc)
        .to_owned();
    let placed = Query::select()
        .column(Column::Id)
        .expr_window_as(Func::cust("row_number"), window, place.clone())
        .from(Entity)
        .and_where(Column::CompanyId.eq(reader.company().uuid()))
        .and_where(Column::ClientId.is_in(ids))
        .and_where(Column::ArchivedAt.is_null())
        .to_owned();
    let shown = Query::select()
        .column(Column::Id)
        .from_subquery(placed, Alias::new("placed"))
        .and_where(Expr::col(place).lte(SHOWN))
        .to_owned();
    let rows = reader
        .find::<Entity>()
        .filter(Column::Id.in_subquery(shown))
        .order_by_desc(Column::Pinned)
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        .all(reader.conn())
        .await
        .map_err(fault)?;
    Ok(rows.into_iter().map(Note::from).collect())
}

/// How many live notes of the client are pinned.
pub(super) async fn pinned(reader: &Reader, client: ClientId) -> Result<u64> {
    let pinned = reader
        .find::<Entity>()
        .filter(Column::ClientId.eq(client.uuid()))
        .filter(Column::ArchivedAt.is_null())
        .filter(Column::Pinned.eq(true));
    pinned.count(reader.conn()).await.map_err(fault)
}

pub(super) async fn insert(tx: &Tx, note: &Note) -> Result<()> {
    tx.insert(entity::row(note)).await
}

/// Writes the note over version `expected`; false when that is no longer the stored one.
pub(super) async fn update(tx: &Tx, note: &Note, expected: i32) -> Result<bool> {
    write(tx, entity::row(note), note.id, expected).await
}

/// Takes the note away, if its version is still `expected`.
pub(super) async fn archive(tx: &Tx, id: NoteId, expected: i32, at: DateTime<Utc>) -> Result<bool> {
    let row = ActiveModel { archived_at: Set(Some(at)), version: Set(expected + 1), ..ActiveModel::default() };
    write(tx, row, id, expected).await
}

async fn write(tx: &Tx, row: ActiveModel, id: NoteId, expected: i32) -> Result<bool> {
    let update = tx
        .update::<Entity>()
        .set(row)
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::Version.eq(expected))
        .filter(Column::ArchivedAt.is_null());
    Ok(update.exec(tx.conn()).await.map_err(fault)?.rows_affected == 1)
}
