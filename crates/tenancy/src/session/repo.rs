//! Statements on `session`.

use chrono::{DateTime, Utc};
use db::Tx;
use kernel::{CompanyId, Result, UserId};
use sea_orm::sea_query::LockType;
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, QueryFilter, QueryOrder, QuerySelect};

use super::entity::{ActiveModel, Column, Entity, Model};
use super::{Ending, Session, SessionId};
use crate::globals::Globals;

pub(crate) async fn insert(tx: &Tx, row: ActiveModel) -> Result<()> {
    tx.insert_global(row).await
}

/// The session, locked until the transaction ends: of two refreshes at once the second sees what the first did.
pub(crate) async fn lock(tx: &Tx, id: SessionId) -> Result<Option<Model>> {
    tx.find_global::<Entity>()
        .filter(Column::Id.eq(id.uuid()))
        .lock(LockType::NoKeyUpdate)
        .one(tx.conn())
        .await
        .map_err(db::fault)
}

/// The sessions of a person that live, newest first.
pub(crate) async fn list(globals: &impl Globals, user: UserId, now: DateTime<Utc>) -> Result<Vec<Session>> {
    let rows = globals
        .rows::<Entity>()
        .filter(Column::UserId.eq(user.uuid()))
        .filter(Column::RevokedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        .limit(100)
        .all(globals.conn())
        .await
        .map_err(db::fault)?;
    Ok(rows.into_iter().map(Session::from).collect())
}

pub(crate) async fn save(tx: &Tx, id: SessionId, change: ActiveModel) -> Result<()> {
    tx.update_global::<Entity>()
        .set(change)
        .filter(Column::Id.eq(id.uuid()))
        .exec(tx.conn())
        .await
        .map_err(db::fault)?;
    Ok(())
}

/// Notes that the session was used with its newest pair. A pair that a refresh has replaced meanwhile is left alone.
pub(crate) async fn mark_used(tx: &Tx, id: SessionId, generation: i32) -> Result<()> {
    let change = ActiveModel { pair_used: Set(true), last_seen_at: Set(tx.now()), ..Default::default() };
    tx.update_global::<Entity>()
        .set(change)
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::Generation.eq(generation))
        .exec(tx.conn())
        .await
        .map_err(db::fault)?;
    Ok(())
}

/// Ends one session of a person; `false` when there is no such living one.
pub(crate) async fn revoke(tx: &Tx, user: UserId, id: SessionId, why: Ending) -> Result<bool> {
    let done = tx
        .update_global::<Entity>()
        .set(ending(tx, why))
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::UserId.eq(user.uuid()))
        .filter(Column::RevokedAt.is_null())
        .exec(tx.conn())
        .await
        .map_err(db::fault)?;
    Ok(done.rows_affected == 1)
}

/// Ends every session of a person but one; answers how many.
pub(crate) async fn revoke_all(tx: &Tx, user: UserId, except: Option<SessionId>, why: Ending) -> Result<u64> {
    let mut update = tx
        .update_global::<Entity>()
        .set(ending(tx, why))
        .filter(Column::UserId.eq(user.uuid()))
        .filter(Column::RevokedAt.is_null());
    if let Some(except) = except {
        update = update.filter(Column::Id.ne(except.uuid()));
    }
    Ok(update.exec(tx.conn()).await.map_err(db::fault)?.rows_affected)
}

/// Forgets sessions that ended before an instant; answers how many.
pub(crate) async fn forget_ended(tx: &Tx, before: DateTime<Utc>) -> Result<u64> {
    let ended = Condition::any().add(Column::ExpiresAt.lt(before)).add(Column::RevokedAt.lt(before));
    let done = tx.delete_global::<Entity>().filter(ended).exec(tx.conn()).await.map_err(db::fault)?;
    Ok(done.rows_affected)
}

fn ending(tx: &Tx, why: Ending) -> ActiveModel {
    ActiveModel { revoked_at: Set(Some(tx.now())), revoked_for: Set(Some(why.name().to_owned())), ..Default::default() }
}

impl From<Model> for Session {
    fn from(row: Model) -> Self {
        Self {
            id: SessionId::from_uuid(row.id),
            user_id: UserId::from_uuid(row.user_id),
            company_id: row.company_id.map(CompanyId::from_uuid),
            address: row.address,
            user_agent: row.user_agent,
            created_at: row.created_at,
            last_seen_at: row.last_seen_at,
            expires_at: row.expires_at,
        }
    }
}
