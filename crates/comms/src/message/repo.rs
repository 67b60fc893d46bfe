//! The only statements on messages.

use db::{Order, Reader, Tx, fault};
use kernel::{CursorKey, Page, PageRequest, Result};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ColumnTrait, QueryFilter};

use super::entity::{self, Column, Entity};
use super::read::MessageFilter;
use super::{Message, MessageId, Reason, State};

pub(super) async fn find(reader: &Reader, id: MessageId) -> Result<Option<Message>> {
    let row = reader.find_by_id::<Entity>(id.uuid()).one(reader.conn()).await.map_err(fault)?;
    row.map(Message::try_from).transpose()
}

pub(super) async fn page(reader: &Reader, filter: &MessageFilter, request: &PageRequest) -> Result<Page<Message>> {
    let mut select = reader.find::<Entity>();
    if let Some(booking) = filter.booking {
        select = select.filter(Column::BookingId.eq(booking.uuid()));
    }
    if let Some(client) = filter.client {
        select = select.filter(Column::ClientId.eq(client.uuid()));
    }
    if let Some(state) = filter.state {
        select = select.filter(Column::State.eq(state.name()));
    }
    let order = Order {
        column: Column::QueuedAt,
        id: Column::Id,
        descending: true,
        key_of: |row: &entity::Model| CursorKey::Time(row.queued_at),
        id_of: |row: &entity::Model| row.id,
    };
    db::page(reader, select, order, request).await?.try_map(Message::try_from)
}

/// Stores a message unless this event has one to this recipient already.
pub(super) async fn insert(tx: &Tx, message: &Message) -> Result<()> {
    tx.upsert([entity::row(message)?], OnConflict::new().do_nothing().to_owned()).await
}

/// Notes what became of a message that was neither sent nor skipped before; false when it was.
pub(super) async fn settle(tx: &Tx, id: MessageId, state: State, reason: Option<Reason>, tried: bool) -> Result<bool> {
    let finished = (state != State::Queued).then(|| tx.now());
    let update = tx
        .update::<Entity>()
        .col_expr(Column::State, Expr::value(state.name()))
        .col_expr(Column::Reason, Expr::value(reason.map(Reason::name)))
        .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(i32::from(tried)))
        .col_expr(Column::FinishedAt, Expr::value(finished))
        .col_expr(Column::UpdatedAt, Expr::value(tx.now()))
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::State.is_in([State::Queued.name(), State::Failed.name()]));
    Ok(update.exec(tx.conn()).await.map_err(fault)?.rows_affected == 1)
}
