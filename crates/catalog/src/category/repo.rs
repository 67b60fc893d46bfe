//! Queries of categories.

use super::entity::{ActiveModel, Column, Entity, Model};
use super::{Categories, Category, CategoryId};
use crate::localized::Localized;
use db::{Reader, Tx, fault};
use kernel::Result;
use sea_orm::{ActiveValue::Set, ColumnTrait, QueryFilter};

/// Every category of the company.
pub async fn load(r: &Reader) -> Result<Categories> {
    let rows = r.find::<Entity>().all(r.conn()).await.map_err(fault)?;
    Ok(Categories::new(rows.into_iter().map(category_of).collect()))
}

/// Inserts a category.
pub async fn insert(tx: &Tx, category: &Category) -> Result<()> {
    let id = Set(category.id.uuid());
    tx.insert(ActiveModel { id, created_at: Set(tx.now()), ..row_of(tx, category) }).await
}

/// Writes a category over the version `expected`; false when it has another one by now.
pub async fn update(tx: &Tx, category: &Category, expected: i32) -> Result<bool> {
    write(tx, category.id, expected, row_of(tx, category)).await
}

/// Archives or restores a category of the version `expected`; false when it has another one by now.
pub async fn archive(tx: &Tx, id: CategoryId, expected: i32, archived: bool) -> Result<bool> {
    let change = ActiveModel {
        archived_at: Set(archived.then(|| tx.now())),
        updated_at: Set(tx.now()),
        version: Set(expected + 1),
        ..Default::default()
    };
    write(tx, id, expected, change).await
}

async fn write(tx: &Tx, id: CategoryId, expected: i32, change: ActiveModel) -> Result<bool> {
    let update = tx.update::<Entity>().set(change);
    let update = update.filter(Column::Id.eq(id.uuid())).filter(Column::Version.eq(expected));
    Ok(update.exec(tx.conn()).await.map_err(fault)?.rows_affected == 1)
}

fn row_of(tx: &Tx, category: &Category) -> ActiveModel {
    ActiveModel {
        name_uk: Set(category.name.uk.clone()),
        name_en: Set(category.name.en.clone()),
        name_key: Set(category.name.key()),
        position: Set(category.position),
        version: Set(category.version),
        updated_at: Set(tx.now()),
        ..Default::default()
    }
}

fn category_of(row: Model) -> Category {
    Category {
        id: CategoryId::from_uuid(row.id),
        name: Localized { uk: row.name_uk, en: row.name_en },
        position: row.position,
        archived: row.archived_at.is_some(),
        version: row.version,
    }
}
