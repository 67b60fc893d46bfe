//! Statements on `credential`.

use access::KeyKind;
use db::{Order, Reader, Tx};
use kernel::{CompanyId, CursorKey, Page, PageRequest, Result, UserId};
use sea_orm::{ActiveValue::Set, ColumnTrait, PaginatorTrait, QueryFilter};

use super::entity::{ActiveModel, Column, Entity, Model};
use super::{ApiKey, ApiKeyId};
use crate::globals::{Globals, stored};
use crate::role::repo::stored_permissions;

/// The key with this digest, revoked or not, whichever company it belongs to.
pub(crate) async fn find_by_hash(globals: &impl Globals, hash: Vec<u8>) -> Result<Option<ApiKey>> {
    let row = globals.rows::<Entity>().filter(Column::Hash.eq(hash)).one(globals.conn()).await.map_err(db::fault)?;
    row.map(ApiKey::try_from).transpose()
}

pub(crate) async fn find(globals: &impl Globals, company: CompanyId, id: ApiKeyId) -> Result<Option<ApiKey>> {
    let row = globals
        .rows::<Entity>()
        .filter(Column::CompanyId.eq(company.uuid()))
        .filter(Column::Id.eq(id.uuid()))
        .one(globals.conn())
        .await
        .map_err(db::fault)?;
    row.map(ApiKey::try_from).transpose()
}

/// The company's keys, newest first, revoked ones too.
pub(crate) async fn page(reader: &Reader, request: &PageRequest) -> Result<Page<ApiKey>> {
    let select = reader.find_global::<Entity>().filter(Column::CompanyId.eq(reader.company().uuid()));
    let order = Order {
        column: Column::CreatedAt,
        id: Column::Id,
        descending: true,
        key_of: |row: &Model| CursorKey::Time(row.created_at),
        id_of: |row: &Model| row.id,
    };
    db::page(reader, select, order, request).await?.try_map(ApiKey::try_from)
}

/// How many keys of the company work.
pub(crate) async fn count_live(tx: &Tx) -> Result<u64> {
    tx.find_global::<Entity>()
        .filter(Column::CompanyId.eq(tx.company().uuid()))
        .filter(Column::RevokedAt.is_null())
        .count(tx.conn())
        .await
        .map_err(db::fault)
}

pub(crate) async fn insert(tx: &Tx, key: &ApiKey, hash: Vec<u8>) -> Result<()> {
    tx.insert_global(ActiveModel {
        company_id: Set(tx.company().uuid()),
        id: Set(key.id.uuid()),
        kind: Set(kind_name(key.kind).to_owned()),
        name: Set(key.name.clone()),
        hint: Set(key.hint.clone()),
        hash: Set(hash),
        permissions: Set(serde_json::json!(key.permissions.names())),
        origins: Set(serde_json::json!(key.origins)),
        created_by: Set(key.created_by.map(UserId::uuid)),
        created_at: Set(key.created_at),
        last_used_at: Set(None),
        revoked_at: Set(None),
    })
    .await
}

/// Saves name and origins of a key that works; `false` when it was revoked.
pub(crate) async fn update(tx: &Tx, id: ApiKeyId, name: &str, origins: &[String]) -> Result<bool> {
    let change =
        ActiveModel { name: Set(name.to_owned()), origins: Set(serde_json::json!(origins)), ..Default::default() };
    save(tx, id, change).await
}

/// Makes a key worthless; `false` when it was already.
pub(crate) async fn revoke(tx: &Tx, id: ApiKeyId) -> Result<bool> {
    save(tx, id, ActiveModel { revoked_at: Set(Some(tx.now())), ..Default::default() }).await
}

/// Notes that a key was used.
pub(crate) async fn mark_used(tx: &Tx, id: ApiKeyId) -> Result<()> {
    save(tx, id, ActiveModel { last_used_at: Set(Some(tx.now())), ..Default::default() }).await?;
    Ok(())
}

async fn save(tx: &Tx, id: ApiKeyId, change: ActiveModel) -> Result<bool> {
    let done = tx
        .update_global::<Entity>()
        .set(change)
        .filter(Column::CompanyId.eq(tx.company().uuid()))
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::RevokedAt.is_null())
        .exec(tx.conn())
        .await
        .map_err(db::fault)?;
    Ok(done.rows_affected == 1)
}

fn kind_name(kind: KeyKind) -> &'static str {
    match kind {
        KeyKind::Publishable => "publishable",
        KeyKind::Secret => "secret",
    }
}

impl TryFrom<Model> for ApiKey {
    type Error = kernel::Error;

    fn try_from(row: Model) -> Result<Self> {
        Ok(Self {
            id: ApiKeyId::from_uuid(row.id),
            company_id: CompanyId::from_uuid(row.company_id),
            kind: match row.kind.as_str() {
                "publishable" => KeyKind::Publishable,
                "secret" => KeyKind::Secret,
                other => return Err(kernel::Error::internal(format!("stored kind of key {other:?} is unknown"))),
            },
            name: row.name,
            hint: row.hint,
            permissions: stored_permissions(&row.permissions),
            origins: stored("origins", serde_json::from_value(row.origins))?,
            created_by: row.created_by.map(UserId::from_uuid),
            created_at: row.created_at,
            last_used_at: row.last_used_at,
            revoked_at: row.revoked_at,
        })
    }
}
