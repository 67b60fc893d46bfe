//! Queries of resource types.

use super::entity::{ActiveModel, Column, Entity, Model};
use super::{ResourceType, ResourceTypeId};
use crate::localized::Localized;
use db::{Reader, Tx, fault};
use kernel::Result;
use sea_orm::{ActiveValue::Set, ColumnTrait, QueryFilter};

/// Every resource type of the company.
pub async fn load(r: &Reader) -> Result<Vec<ResourceType>> {
    let rows = r.find::<Entity>().all(r.conn()).await.map_err(fault)?;
    Ok(rows.into_iter().map(type_of).collect())
}

/// Inserts a resource type.
pub async fn insert(tx: &Tx, kind: &ResourceType) -> Result<()> {
    let id = Set(kind.id.uuid());
    tx.insert(ActiveModel { id, created_at: Set(tx.now()), ..row_of(tx, kind) }).await
}

/// Writes a resource type over the version `expected`; false when it has another one by now.
pub async fn update(tx: &Tx, kind: &ResourceType, expected: i32) -> Result<bool> {
    write(tx, kind.id, expected, row_of(tx, kind)).await
}

/// Archives or restores a type of the version `expected`; false when it has another one by now.
pub async fn archive(tx: &Tx, id: ResourceTypeId, expected: i32, archived: bool) -> Result<bool> {
    let change = ActiveModel {
        archived_at: Set(archived.then(|| tx.now())),
        updated_at: Set(tx.now()),
        version: Set(expected + 1),
        ..Default::default()
    };
    write(tx, id, expected, change).await
}

async fn write(tx: &Tx, id: ResourceTypeId, expected: i32, change: ActiveModel) -> Result<bool> {
    let update = tx.update::<Entity>().set(change);
    let update = update.filter(Column::Id.eq(id.uuid())).filter(Column::Version.eq(expected));
    Ok(update.exec(tx.conn()).await.map_err(fault)?.rows_affected == 1)
}

fn row_of(tx: &Tx, kind: &ResourceType) -> ActiveModel {
    ActiveModel {
        name_uk: Set(kind.name.uk.clone()),
        name_en: Set(kind.name.en.clone()),
        name_key: Set(kind.name.key()),
        version: Set(kind.version),
        updated_at: Set(tx.now()),
        ..Default::default()
    }
}

fn type_of(row: Model) -> ResourceType {
    ResourceType {
        id: ResourceTypeId::from_uuid(row.id),
        name: Localized { uk: row.name_uk, en: row.name_en },
        archived: row.archived_at.is_some(),
        version: row.version,
    }
}
