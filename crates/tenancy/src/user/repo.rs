//! Statements on `user_account`.

use chrono::{DateTime, Duration, Utc};
use db::Tx;
use kernel::{Email, Locale, Result, UserId};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ActiveValue::Set, ColumnTrait, QueryFilter};

use super::entity::{ActiveModel, Column, Entity, Model};
use super::{RESET_HOURS, User, VERIFICATION_HOURS};
use crate::globals::{Globals, stored};
use crate::link;

/// What is written when somebody registers.
pub(crate) struct Registration<'a> {
    pub(crate) email: &'a Email,
    pub(crate) name: &'a str,
    pub(crate) locale: Locale,
    pub(crate) password_hash: &'a str,
    /// Whether the address is known to be theirs.
    pub(crate) verified: bool,
}

pub(crate) async fn find(globals: &impl Globals, id: UserId) -> Result<Option<Model>> {
    globals.rows::<Entity>().filter(Column::Id.eq(id.uuid())).one(globals.conn()).await.map_err(db::fault)
}

pub(crate) async fn find_many(globals: &impl Globals, ids: &[UserId]) -> Result<Vec<Model>> {
    let ids = ids.iter().map(|id| id.uuid());
    globals.rows::<Entity>().filter(Column::Id.is_in(ids)).all(globals.conn()).await.map_err(db::fault)
}

pub(crate) async fn find_by_email(globals: &impl Globals, email: &Email) -> Result<Option<Model>> {
    globals.rows::<Entity>().filter(Column::Email.eq(email.as_str())).one(globals.conn()).await.map_err(db::fault)
}

pub(crate) async fn insert(tx: &Tx, id: UserId, new: &Registration<'_>) -> Result<()> {
    let now = tx.now();
    tx.insert_global(ActiveModel {
        id: Set(id.uuid()),
        email: Set(new.email.to_string()),
        name: Set(new.name.to_owned()),
        locale: Set(new.locale.code().to_owned()),
        password_hash: Set(new.password_hash.to_owned()),
        password_changed_at: Set(now),
        email_verified_at: Set(new.verified.then_some(now)),
        verification_nonce: Set((!new.verified).then(link::nonce)),
        verification_expires_at: Set((!new.verified).then(|| now + Duration::hours(VERIFICATION_HOURS))),
        reset_nonce: Set(None),
        reset_expires_at: Set(None),
        disabled_at: Set(None),
        version: Set(1),
        created_at: Set(now),
        updated_at: Set(now),
    })
    .await
}

/// Registering again while the address is unproven starts over: only the newest link and the newest password go together.
pub(crate) async fn register_again(tx: &Tx, id: UserId, new: &Registration<'_>) -> Result<()> {
    let now = tx.now();
    tx.update_global::<Entity>()
        .set(ActiveModel {
            name: Set(new.name.to_owned()),
            locale: Set(new.locale.code().to_owned()),
            password_hash: Set(new.password_hash.to_owned()),
            password_changed_at: Set(now),
            email_verified_at: Set(new.verified.then_some(now)),
            verification_nonce: Set((!new.verified).then(link::nonce)),
            verification_expires_at: Set((!new.verified).then(|| now + Duration::hours(VERIFICATION_HOURS))),
            updated_at: Set(now),
            ..Default::default()
        })
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::EmailVerifiedAt.is_null())
        .exec(tx.conn())
        .await
        .map_err(db::fault)?;
    Ok(())
}

pub(crate) async fn renew_verification(tx: &Tx, id: UserId) -> Result<()> {
    let expires = tx.now() + Duration::hours(VERIFICATION_HOURS);
    let change = ActiveModel {
        verification_nonce: Set(Some(link::nonce())),
        verification_expires_at: Set(Some(expires)),
        ..Default::default()
    };
    tx.update_global::<Entity>()
        .set(change)
        .filter(Column::Id.eq(id.uuid()))
        .exec(tx.conn())
        .await
        .map_err(db::fault)?;
    Ok(())
}

/// Marks the address as proven while link and password are still those of the row that was read; `false` when they are not.
pub(crate) async fn verify(tx: &Tx, user: &Model) -> Result<bool> {
    let now = tx.now();
    let change = ActiveModel {
        email_verified_at: Set(Some(now)),
        verification_nonce: Set(None),
        verification_expires_at: Set(None),
        updated_at: Set(now),
        ..Default::default()
    };
    let done = tx
        .update_global::<Entity>()
        .set(change)
        .filter(Column::Id.eq(user.id))
        .filter(Column::VerificationNonce.eq(user.verification_nonce.clone()))
        .filter(Column::PasswordHash.eq(user.password_hash.as_str()))
        .exec(tx.conn())
        .await
        .map_err(db::fault)?;
    Ok(done.rows_affected == 1)
}

pub(crate) async fn start_reset(tx: &Tx, id: UserId) -> Result<()> {
    let expires = tx.now() + Duration::hours(RESET_HOURS);
    let change = ActiveModel {
        reset_nonce: Set(Some(link::nonce())),
        reset_expires_at: Set(Some(expires)),
        ..Default::default()
    };
    tx.update_global::<Entity>()
        .set(change)
        .filter(Column::Id.eq(id.uuid()))
        .exec(tx.conn())
        .await
        .map_err(db::fault)?;
    Ok(())
}

/// Sets a password. With a nonce only while the link with it is the valid one, which it then no longer is, and whoever
/// had the link has proven the address. Without one only while the password is still the one that was compared.
pub(crate) async fn set_password(tx: &Tx, user: &Model, hash: &str, nonce: Option<&[u8]>) -> Result<bool> {
    let now = tx.now();
    let mut change = ActiveModel {
        password_hash: Set(hash.to_owned()),
        password_changed_at: Set(now),
        reset_nonce: Set(None),
        reset_expires_at: Set(None),
        updated_at: Set(now),
        ..Default::default()
    };
    let mut update = tx.update_global::<Entity>().filter(Column::Id.eq(user.id));
    if let Some(nonce) = nonce {
        change.email_verified_at = Set(Some(user.email_verified_at.unwrap_or(now)));
        change.verification_nonce = Set(None);
        update = update.filter(Column::ResetNonce.eq(nonce.to_vec()));
    } else {
        update = update.filter(Column::PasswordHash.eq(user.password_hash.as_str()));
    }
    Ok(update.set(change).exec(tx.conn()).await.map_err(db::fault)?.rows_affected == 1)
}

/// Whether the account still has the password that was compared, and holds it so until the transaction ends: who changes
/// or resets it meanwhile waits, and then sees the session that was opened.
pub(crate) async fn keep_password(tx: &Tx, user: &Model) -> Result<bool> {
    let same = ActiveModel { password_hash: Set(user.password_hash.clone()), ..Default::default() };
    let update = tx.update_global::<Entity>().filter(Column::Id.eq(user.id));
    let update =
        update.filter(Column::PasswordHash.eq(user.password_hash.as_str())).filter(Column::DisabledAt.is_null());
    Ok(update.set(same).exec(tx.conn()).await.map_err(db::fault)?.rows_affected == 1)
}

/// Saves an edit if the row still has the version that was seen.
pub(crate) async fn update(tx: &Tx, id: UserId, version: i32, name: &str, locale: Locale) -> Result<bool> {
    let change = ActiveModel {
        name: Set(name.to_owned()),
        locale: Set(locale.code().to_owned()),
        updated_at: Set(tx.now()),
        ..Default::default()
    };
    let done = tx
        .update_global::<Entity>()
        .set(change)
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::Version.eq(version))
        .exec(tx.conn())
        .await
        .map_err(db::fault)?;
    Ok(done.rows_affected == 1)
}

/// Whether a link's deadline has not passed.
pub(crate) fn is_live(expires_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
    expires_at.is_some_and(|expires| now < expires)
}

impl TryFrom<Model> for User {
    type Error = kernel::Error;

    fn try_from(row: Model) -> Result<Self> {
        Ok(Self {
            id: UserId::from_uuid(row.id),
            email: stored("e-mail", Email::parse(&row.email))?,
            name: row.name,
            locale: stored("locale", row.locale.parse())?,
            email_verified_at: row.email_verified_at,
            created_at: row.created_at,
            version: row.version,
        })
    }
}
