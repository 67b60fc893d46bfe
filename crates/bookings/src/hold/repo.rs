//! The queries over holds.

use super::entity::{ActiveModel, Column, Entity, Model};
use super::{Hold, HoldId, HoldToken, State};
use crate::booking::repo::{json, read_json};
use crate::rules;
use crate::session::{GroupSession, GroupSessionId};
use chrono::{DateTime, NaiveDate, Utc};
use clients::ClientId;
use db::{Reader, Tx};
use kernel::time::TimeRange;
use kernel::{Error, Result};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::NotSet, ActiveValue::Set, ColumnTrait, Condition, PaginatorTrait, QueryFilter, QueryOrder, Select,
    UpdateMany,
};
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

/// The live holds that touch `range`, by start: one statement. None is longer than a day.
pub(crate) async fn list_live_in_range(r: &Reader, range: TimeRange) -> Result<Vec<Hold>> {
    let rows = r
        .find::<Entity>()
        .filter(Column::State.eq(State::Live.as_str()))
        .filter(Column::ExpiresAt.gt(r.now()))
        .filter(Column::StartsAt.lt(range.to))
        .filter(Column::EndsAt.gt(range.from))
        .order_by_asc(Column::StartsAt)
        .order_by_asc(Column::Id)
        .all(r.conn())
        .await
        .map_err(db::fault)?;
    rows.into_iter().map(assemble).collect()
}

/// How many live holds this holder has.
pub(crate) async fn count_live(r: &Reader, holder: &str) -> Result<u64> {
    live(r).filter(Column::Holder.eq(holder)).count(r.conn()).await.map_err(db::fault)
}

/// How many live holds this client's card has.
pub(crate) async fn count_live_of_client(r: &Reader, client: ClientId) -> Result<u64> {
    live(r).filter(Column::ClientId.eq(client.uuid())).count(r.conn()).await.map_err(db::fault)
}

/// How many live holds the company has.
pub(crate) async fn count_live_of_company(r: &Reader) -> Result<u64> {
    live(r).count(r.conn()).await.map_err(db::fault)
}

fn live(r: &Reader) -> Select<Entity> {
    r.find::<Entity>().filter(Column::State.eq(State::Live.as_str())).filter(Column::ExpiresAt.gt(r.now()))
}

/// Live holds of these local dates, and all those of the client.
pub(crate) async fn list_live(
    r: &Reader,
    (first, last): (NaiveDate, NaiveDate),
    client: Option<ClientId>,
) -> Result<Vec<Hold>> {
    let of_client = client.map(|client| Column::ClientId.eq(client.uuid()));
    let select = live(r).filter(Condition::any().add(Column::LocalDate.between(first, last)).add_option(of_client));
    select.all(r.conn()).await.map_err(db::fault)?.into_iter().map(assemble).collect()
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
        session_id: Set(hold.session_id.map(GroupSessionId::uuid)),
        party_size: Set(hold.party_size.into()),
        seats: Set(hold.session_id.map_or(0, |_| hold.party_size.into())),
        extended: Set(hold.extended),
        created_at: Set(hold.created_at),
        updated_at: Set(hold.created_at),
    })
    .await
}

/// Ends a live hold that does not become a booking; `false` when it has ended already. Running out also needs its time to
/// be over: it may have been extended meanwhile.
pub(crate) async fn end(tx: &Tx, id: HoldId, state: State) -> Result<bool> {
    let mut update = ended(tx, id, state).filter(Column::State.eq(State::Live.as_str()));
    if state == State::Expired {
        update = update.filter(Column::ExpiresAt.lte(tx.now()));
    }
    Ok(update.exec(tx.conn()).await.map_err(db::fault)?.rows_affected == 1)
}

/// Makes a hold a booking's, once: a live one that has not run out, or one that ran out and is late. `false` when it is
/// neither any more: of its expiry, its return and its confirmation one happens first, and each of the others sees that.
pub(crate) async fn consume(tx: &Tx, hold: &Hold) -> Result<bool> {
    let update = ended(tx, hold.id, State::Consumed);
    let update = if hold.is_late(tx.now()) {
        update.filter(Column::State.is_in([State::Live.as_str(), State::Expired.as_str()]))
    } else {
        update.filter(Column::State.eq(State::Live.as_str())).filter(Column::ExpiresAt.gt(tx.now()))
    };
    Ok(update.exec(tx.conn()).await.map_err(db::fault)?.rows_affected == 1)
}

/// Gives a live hold that was not extended yet more time; `false` when it has ended or was extended already.
pub(crate) async fn extend(tx: &Tx, id: HoldId, to: DateTime<Utc>) -> Result<bool> {
    let update = tx
        .update::<Entity>()
        .col_expr(Column::ExpiresAt, Expr::value(to))
        .col_expr(Column::Extended, Expr::value(true))
        .col_expr(Column::UpdatedAt, Expr::value(tx.now()))
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::State.eq(State::Live.as_str()))
        .filter(Column::Extended.eq(false))
        .filter(Column::ExpiresAt.gt(tx.now()));
    Ok(update.exec(tx.conn()).await.map_err(db::fault)?.rows_affected == 1)
}

fn ended(tx: &Tx, id: HoldId, state: State) -> UpdateMany<Entity> {
    tx.update::<Entity>()
        .col_expr(Column::State, Expr::value(state.as_str()))
        .col_expr(Column::UpdatedAt, Expr::value(tx.now()))
        .filter(Column::Id.eq(id.uuid()))
}

/// Takes the seats off a hold, and says how many it still had: none when it was dead and somebody has counted them back.
/// Only under its session's lock.
pub(crate) async fn give_up_seats(tx: &Tx, id: HoldId) -> Result<i32> {
    let row = tx.find_by_id::<Entity>(id.uuid()).one(tx.conn()).await.map_err(db::fault)?;
    let seats = row.map_or(0, |row| row.seats);
    if seats > 0 {
        tx.update::<Entity>()
            .col_expr(Column::Seats, Expr::value(0))
            .filter(Column::Id.eq(id.uuid()))
            .exec(tx.conn())
            .await
            .map_err(db::fault)?;
    }
    Ok(seats)
}

/// The holds that have seats of a session. Only under its lock.
pub(crate) async fn list_of_session(tx: &Tx, session: GroupSessionId) -> Result<Vec<Hold>> {
    let select = tx.find::<Entity>().filter(Column::SessionId.eq(session.uuid())).filter(Column::Seats.gt(0));
    let rows = select.all(tx.conn()).await.map_err(db::fault)?;
    rows.into_iter().map(assemble).collect()
}

/// Puts the holds of a session where it was moved. Only under its lock.
pub(crate) async fn follow_session(tx: &Tx, session: &GroupSession) -> Result<()> {
    for hold in list_of_session(tx, session.id).await? {
        let lines: Vec<_> = hold.lines.iter().map(|line| session.line_like(line)).collect();
        tx.update::<Entity>()
            .col_expr(Column::StartsAt, Expr::value(session.starts_at))
            .col_expr(Column::EndsAt, Expr::value(session.ends_at))
            .col_expr(Column::LocalDate, Expr::value(session.local_date))
            .col_expr(Column::Lines, Expr::value(json(&lines)?))
            .filter(Column::Id.eq(hold.id.uuid()))
            .exec(tx.conn())
            .await
            .map_err(db::fault)?;
    }
    Ok(())
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
        extended: row.extended,
        created_at: row.created_at,
        session_id: row.session_id.map(GroupSessionId::from_uuid),
        party_size: u16::try_from(row.party_size).map_err(Error::internal)?,
    })
}
