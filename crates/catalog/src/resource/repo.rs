//! Queries of resources.

use super::entity::{ActiveModel, Column, Entity, Model};
use super::{Resource, ResourceId, Resources};
use crate::resource_type::ResourceTypeId;
use crate::stored::narrow;
use db::{Reader, Tx, fault};
use kernel::Result;
use kernel::text::search_key;
use sea_orm::{ActiveValue::Set, ColumnTrait, QueryFilter};
use tenancy::LocationId;

/// Every type, unit and recent maintenance window of the company, in three statements.
pub async fn load(r: &Reader) -> Result<Resources> {
    let types = crate::resource_type::load(r).await?;
    let rows = r.find::<Entity>().all(r.conn()).await.map_err(fault)?;
    let units = rows.into_iter().map(resource_of).collect::<Result<_>>()?;
    Ok(Resources::new(types, units, crate::maintenance::load(r).await?))
}

/// Inserts a resource.
pub async fn insert(tx: &Tx, resource: &Resource) -> Result<()> {
    let (id, type_id) = (Set(resource.id.uuid()), Set(resource.type_id.uuid()));
    tx.insert(ActiveModel { id, type_id, created_at: Set(tx.now()), ..row_of(tx, resource) }).await
}

/// Writes a resource over the version `expected`; false when it has another one by now.
pub async fn update(tx: &Tx, resource: &Resource, expected: i32) -> Result<bool> {
    write(tx, resource.id, expected, row_of(tx, resource)).await
}

/// Archives or restores a resource of the version `expected`; false when it has another one by now.
pub async fn archive(tx: &Tx, id: ResourceId, expected: i32, archived: bool) -> Result<bool> {
    let change = ActiveModel {
        archived_at: Set(archived.then(|| tx.now())),
        updated_at: Set(tx.now()),
        version: Set(expected + 1),
        ..Default::default()
    };
    write(tx, id, expected, change).await
}

async fn write(tx: &Tx, id: ResourceId, expected: i32, change: ActiveModel) -> Result<bool> {
    let update = tx.update::<Entity>().set(change);
    let update = update.filter(Column::Id.eq(id.uuid())).filter(Column::Version.eq(expected));
    Ok(update.exec(tx.conn()).await.map_err(fault)?.rows_affected == 1)
}

fn row_of(tx: &Tx, resource: &Resource) -> ActiveModel {
    ActiveModel {
        location_id: Set(resource.location_id.uuid()),
        name: Set(resource.name.clone()),
        name_key: Set(search_key(&resource.name)),
        capacity: Set(resource.capacity.into()),
        active: Set(resource.active),
        version: Set(resource.version),
        updated_at: Set(tx.now()),
        ..Default::default()
    }
}

fn resource_of(row: Model) -> Result<Resource> {
    Ok(Resource {
        id: ResourceId::from_uuid(row.id),
        type_id: ResourceTypeId::from_uuid(row.type_id),
        location_id: LocationId::from_uuid(row.location_id),
        name: row.name,
        capacity: narrow(row.capacity)?,
        active: row.active,
        archived: row.archived_at.is_some(),
        version: row.version,
    })
}
