//! Queries of rotas.

use super::entity::{ActiveModel, Column, Entity, Model};
use super::{Rota, RotaId};
use crate::member::StaffId;
use db::{Reader, Tx, fault};
use kernel::{Error, Result};
use sea_orm::{ActiveValue::Set, ColumnTrait, PaginatorTrait, QueryFilter, QueryOrder};
use tenancy::LocationId;

/// Rotas by person, location and first day; of these people, of all when it is `None`. Archived ones when asked for.
pub async fn list(r: &Reader, staff: Option<&[StaffId]>, archived: bool) -> Result<Vec<Rota>> {
    let mut select = r.find::<Entity>();
    if let Some(staff) = staff {
        select = select.filter(Column::StaffId.is_in(staff.iter().map(|id| id.uuid())));
    }
    if !archived {
        select = select.filter(Column::ArchivedAt.is_null());
    }
    let ordered = select
        .order_by_asc(Column::StaffId)
        .order_by_asc(Column::LocationId)
        .order_by_asc(Column::ValidFrom)
        .order_by_asc(Column::Id);
    ordered.all(r.conn()).await.map_err(fault)?.into_iter().map(rota_of).collect()
}

/// One rota, archived or not.
pub async fn find(r: &Reader, id: RotaId) -> Result<Option<Rota>> {
    r.find_by_id::<Entity>(id.uuid()).one(r.conn()).await.map_err(fault)?.map(rota_of).transpose()
}

/// How many of a person's rotas are not archived.
pub async fn count(r: &Reader, staff: StaffId) -> Result<u64> {
    let theirs = r.find::<Entity>().filter(Column::StaffId.eq(staff.uuid())).filter(Column::ArchivedAt.is_null());
    theirs.count(r.conn()).await.map_err(fault)
}

/// Inserts a rota.
pub async fn insert(tx: &Tx, rota: &Rota) -> Result<()> {
    let row = ActiveModel {
        id: Set(rota.id.uuid()),
        staff_id: Set(rota.staff_id.uuid()),
        location_id: Set(rota.location_id.uuid()),
        version: Set(rota.version),
        created_at: Set(tx.now()),
        ..row_of(tx, rota)?
    };
    tx.insert(row).await
}

/// Saves an edit of the version `expected`; false when it has another version by now.
pub async fn update(tx: &Tx, rota: &Rota, expected: i32) -> Result<bool> {
    let change = ActiveModel { version: Set(rota.version), ..row_of(tx, rota)? };
    let update = tx.update::<Entity>().set(change).filter(Column::Id.eq(rota.id.uuid()));
    let update = update.filter(Column::Version.eq(expected));
    Ok(update.exec(tx.conn()).await.map_err(fault)?.rows_affected == 1)
}

/// Everything of a row that an edit may change.
fn row_of(tx: &Tx, rota: &Rota) -> Result<ActiveModel> {
    Ok(ActiveModel {
        name: Set(rota.name.clone()),
        anchor: Set(rota.anchor),
        cycle: Set(serde_json::to_value(&rota.cycle).map_err(Error::internal)?),
        valid_from: Set(rota.valid_from),
        valid_to: Set(rota.valid_to),
        updated_at: Set(tx.now()),
        archived_at: Set(rota.archived.then(|| tx.now())),
        ..Default::default()
    })
}

fn rota_of(row: Model) -> Result<Rota> {
    Ok(Rota {
        id: RotaId::from_uuid(row.id),
        staff_id: StaffId::from_uuid(row.staff_id),
        location_id: LocationId::from_uuid(row.location_id),
        name: row.name,
        anchor: row.anchor,
        cycle: serde_json::from_value(row.cycle).map_err(Error::internal)?,
        valid_from: row.valid_from,
        valid_to: row.valid_to,
        archived: row.archived_at.is_some(),
        version: row.version,
    })
}
