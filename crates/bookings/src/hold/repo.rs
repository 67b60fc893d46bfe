//! The queries over holds.

use super::entity::{ActiveModel, Column, Entity, Model};
use super::{Hold, HoldId, HoldToken, State};
use crate::booking::repo::{json, read_json};
use crate::rules;
use clients::ClientId;
use db::{Reader, Tx};
use kernel::{Error, Result};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::NotSet, ActiveValue::Set, ColumnTrait, PaginatorTrait, QueryFilter};
use tenancy::LocationId;

/// The hold of a token, whatever became of it.
pub(crate) async fn find_by_token(r: &Reader, token: &HoldToken) -> Result<Option<Hold>> {
    let row = r.find::<Entity>().filter(Column::TokenHash.eq(token.hash())).one(r.conn()).await.map_err(db::fault)?;
    row.map(assemble).transpose()
}

/// A hold by its id, whatever became of it.
pub(crate) async fn find(r: &Reader, id: HoldId) -> Result<Option<Hold>> {
    let row = r.find_by_id::<Entity>(id.uuid()).one(r.conn()).await.map_err(db::fault)?;
    row.map(assemble).transpose()
}

/// How many live holds this holder has.
pub(crate) async fn count_live(r: &Reader, holder: &str) -> Result<u64> {
    r.find::<Entity>()
        .filter(Column::Holder.eq(holder))
        .filter(Column::State.eq(State::Live.as_str()))
        .filter(Column::ExpiresAt.gt(r.now()))
        .count(r.conn())
        .await
        .map_err(db::fault)
}

/// Writes a new hold.
pub(crate) async fn insert(tx: &Tx, hold: &Hold, token: &HoldToken) -> Result<()> {
    tx.insert(ActiveModel {
        company_id: NotSet,
        id: Set(hold.id.uuid()),
        token_hash: Set(token.hash()),
        holder: Set(hold.holder.clone()),
        state: Set(hold.state.as_str().to_owned()),
        location_id: Set(hold.location_id.uuid()),
        client_id: Set(hold.client_id.map(ClientId::uuid)),
        starts_at: Set(hold.starts_at),
        ends_at: Set(hold.ends_at),
        zone: Set(hold.zone.name().to_owned()),
        local_date: Set(hold.local_date),
        currency: Set(hold.currency.code().to_owned()),
        lines: Set(json(&hold.lines)?),
        overrides: Set(json(&rules::codes(&hold.overrides))?),
        expires_at: Set(hold.expires_at),
        created_at: Set(hold.created_at),
        updated_at: Set(hold.created_at),
    })
    .await
}

/// Ends a live hold; `false` when it has ended already. Becoming a booking also needs it not to have run out: of its
/// expiry and its confirmation one happens.
pub(crate) async fn end(tx: &Tx, id: HoldId, state: State) -> Result<bool> {
    let mut update = tx
        .update::<Entity>()
        .col_expr(Column::State, Expr::value(state.as_str()))
        .col_expr(Column::UpdatedAt, Expr::value(tx.now()))
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::State.eq(State::Live.as_str()));
    if state == State::Consumed {
        update = update.filter(Column::ExpiresAt.gt(tx.now()));
    }
    Ok(update.exec(tx.conn()).await.map_err(db::fault)?.rows_affected == 1)
}

fn assemble(row: Model) -> Result<Hold> {
    let broken = |what: &str| Error::internal(format!("a stored hold has an unreadable {what}"));
    Ok(Hold {
        id: HoldId::from_uuid(row.id),
        holder: row.holder,
        state: State::parse(&row.state).ok_or_else(|| broken("state"))?,
        location_id: LocationId::from_uuid(row.location_id),
        client_id: row.client_id.map(ClientId::from_uuid),
        starts_at: row.starts_at,
        ends_at: row.ends_at,
        zone: row.zone.parse().map_err(|_| broken("zone"))?,
        local_date: row.local_date,
        currency: row.currency.parse().map_err(|_| broken("currency"))?,
        lines: read_json(row.lines)?,
        overrides: rules::parse(&read_json::<Vec<String>>(row.overrides)?),
        expires_at: row.expires_at,
        created_at: row.created_at,
    })
}
