//! The only statements on codes and clients' sessions.

use chrono::{DateTime, Utc};
use db::{Reader, Tx, fault};
use kernel::{Email, Error, Result};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query, SelectStatement};
use sea_orm::{ActiveValue::NotSet, ActiveValue::Set, ColumnTrait, QueryFilter};

use super::entity::{code, session};
use super::{CODE_TRIES, ClientCodeId, ClientSessionId, Code, Session, Way};

/// Makes this the code of its address; the one before is worth nothing from the commit on.
pub(super) async fn put(tx: &Tx, new: &Code) -> Result<()> {
    use code::Column as C;
    let row = code::ActiveModel {
        company_id: NotSet,
        id: Set(new.id.uuid()),
        channel: Set(Way::Email.name().to_owned()),
        address: Set(new.address.to_string()),
        language: Set(new.language.code().to_owned()),
        nonce: Set(new.nonce.clone()),
        tries: Set(0),
        sent_at: Set(tx.now()),
        expires_at: Set(new.expires_at),
        used_at: Set(None),
    };
    let replace = OnConflict::columns([C::CompanyId, C::Channel, C::Address])
        .update_columns([C::Id, C::Language, C::Nonce, C::Tries, C::SentAt, C::ExpiresAt, C::UsedAt])
        .to_owned();
    tx.upsert([row], replace).await
}

/// Whether the statements below look at what they find. Where a test says no, its race must show that they have to.
fn is_guarded() -> bool {
    db::failpoint!("clients.skip_code_guard", |_| false);
    true
}

/// Counts a try and gives the code of an address; none when there is none that can still be used. Whoever comes at the same
/// moment waits here for the other's commit.
pub(super) async fn attempt(tx: &Tx, address: &Email) -> Result<Option<Code>> {
    use code::Column as C;
    let of_address = |column: C, value: &str| column.eq(value);
    let mut update = tx
        .update::<code::Entity>()
        .col_expr(C::Tries, Expr::col(C::Tries).add(1))
        .filter(of_address(C::Channel, Way::Email.name()))
        .filter(of_address(C::Address, address.as_str()))
        .filter(C::ExpiresAt.gt(tx.now()));
    if is_guarded() {
        update = update.filter(C::UsedAt.is_null()).filter(C::Tries.lt(CODE_TRIES));
    }
    if update.exec(tx.conn()).await.map_err(fault)?.rows_affected == 0 {
        return Ok(None);
    }
    let row = tx
        .find::<code::Entity>()
        .filter(of_address(C::Channel, Way::Email.name()))
        .filter(of_address(C::Address, address.as_str()))
        .one(tx.conn())
        .await
        .map_err(fault)?;
    row.map(Code::try_from).transpose()
}

/// Uses a code up.
pub(super) async fn spend(tx: &Tx, id: ClientCodeId) -> Result<()> {
    let change = code::ActiveModel { used_at: Set(Some(tx.now())), ..Default::default() };
    let update = tx.update::<code::Entity>().set(change).filter(code::Column::Id.eq(id.uuid()));
    update.exec(tx.conn()).await.map_err(fault)?;
    Ok(())
}

/// A code that can still be used.
pub(super) async fn find_code(r: &Reader, id: ClientCodeId) -> Result<Option<Code>> {
    let select = r
        .find_by_id::<code::Entity>(id.uuid())
        .filter(code::Column::UsedAt.is_null())
        .filter(code::Column::Tries.lt(CODE_TRIES))
        .filter(code::Column::ExpiresAt.gt(r.now()));
    select.one(r.conn()).await.map_err(fault)?.map(Code::try_from).transpose()
}

pub(super) async fn open(tx: &Tx, new: &Session) -> Result<()> {
    tx.insert(session::ActiveModel {
        company_id: NotSet,
        id: Set(new.id.uuid()),
        channel: Set(Way::Email.name().to_owned()),
        address: Set(new.address.to_string()),
        language: Set(new.language.code().to_owned()),
        created_at: Set(tx.now()),
        expires_at: Set(new.expires_at),
        revoked_at: Set(None),
    })
    .await
}

/// A session that lives.
pub(super) async fn find_session(r: &Reader, id: ClientSessionId) -> Result<Option<Session>> {
    let select = r
        .find_by_id::<session::Entity>(id.uuid())
        .filter(session::Column::RevokedAt.is_null())
        .filter(session::Column::ExpiresAt.gt(r.now()));
    select.one(r.conn()).await.map_err(fault)?.map(Session::try_from).transpose()
}

/// Selects the address that a session's owner proved.
pub(super) fn select_address(r: &Reader, id: ClientSessionId) -> SelectStatement {
    Query::select()
        .column(session::Column::Address)
        .from(session::Entity)
        .and_where(session::Column::CompanyId.eq(r.company().uuid()))
        .and_where(session::Column::Id.eq(id.uuid()))
        .to_owned()
}

/// Ends a session; doing it twice is doing it once.
pub(super) async fn close(tx: &Tx, id: ClientSessionId) -> Result<()> {
    let change = session::ActiveModel { revoked_at: Set(Some(tx.now())), ..Default::default() };
    let update = tx.update::<session::Entity>().set(change).filter(session::Column::Id.eq(id.uuid()));
    update.filter(session::Column::RevokedAt.is_null()).exec(tx.conn()).await.map_err(fault)?;
    Ok(())
}

/// Forgets codes and sessions that ended before an instant.
pub(super) async fn forget(tx: &Tx, before: DateTime<Utc>) -> Result<()> {
    let codes = tx.delete::<code::Entity>().filter(code::Column::ExpiresAt.lt(before));
    codes.exec(tx.conn()).await.map_err(fault)?;
    let sessions = tx.delete::<session::Entity>().filter(session::Column::ExpiresAt.lt(before));
    sessions.exec(tx.conn()).await.map_err(fault)?;
    Ok(())
}

impl TryFrom<code::Model> for Code {
    type Error = Error;

    fn try_from(row: code::Model) -> Result<Self> {
        Ok(Self {
            id: ClientCodeId::from_uuid(row.id),
            address: Email::parse(&row.address).map_err(Error::internal)?,
            language: row.language.parse().map_err(Error::internal)?,
            nonce: row.nonce,
            expires_at: row.expires_at,
        })
    }
}

impl TryFrom<session::Model> for Session {
    type Error = Error;

    fn try_from(row: session::Model) -> Result<Self> {
        Ok(Self {
            id: ClientSessionId::from_uuid(row.id),
            address: Email::parse(&row.address).map_err(Error::internal)?,
            language: row.language.parse().map_err(Error::internal)?,
            expires_at: row.expires_at,
        })
    }
}
