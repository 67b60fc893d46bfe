//! Queries of maintenance windows.

use super::entity::{ActiveModel, Column, Entity, Model};
use super::{Maintenance, MaintenanceId};
use crate::resource::ResourceId;
use chrono::TimeDelta;
use db::{Reader, Tx, fault};
use kernel::Result;
use kernel::time::TimeRange;
use sea_orm::{ActiveValue::Set, ColumnTrait, QueryFilter};

/// How long a window that ended is still in the snapshot: calendars are turned back, but not for ever.
const KEPT: TimeDelta = TimeDelta::days(366);

/// The windows that are not cancelled and did not end more than a year ago.
pub async fn load(r: &Reader) -> Result<Vec<Maintenance>> {
    let windows = r.find::<Entity>().filter(Column::CancelledAt.is_null()).filter(Column::EndsAt.gt(r.now() - KEPT));
    let rows = windows.all(r.conn()).await.map_err(fault)?;
    Ok(rows.into_iter().map(window_of).collect())
}

/// Inserts a window.
pub async fn insert(tx: &Tx, window: &Maintenance) -> Result<()> {
    let (id, resource_id) = (Set(window.id.uuid()), Set(window.resource_id.uuid()));
    tx.insert(ActiveModel { id, resource_id, created_at: Set(tx.now()), ..row_of(tx, window) }).await
}

/// Writes a window over the version `expected`; false when it has another one by now.
pub async fn update(tx: &Tx, window: &Maintenance, expected: i32) -> Result<bool> {
    write(tx, window.id, expected, row_of(tx, window)).await
}

/// Calls a window of the version `expected` off; false when it has another one by now.
pub async fn cancel(tx: &Tx, id: MaintenanceId, expected: i32) -> Result<bool> {
    let change = ActiveModel {
        cancelled_at: Set(Some(tx.now())),
        updated_at: Set(tx.now()),
        version: Set(expected + 1),
        ..Default::default()
    };
    write(tx, id, expected, change).await
}

async fn write(tx: &Tx, id: MaintenanceId, expected: i32, change: ActiveModel) -> Result<bool> {
    let update = tx.update::<Entity>().set(change);
    let update = update.filter(Column::Id.eq(id.uuid())).filter(Column::Version.eq(expected));
    Ok(update.exec(tx.conn()).await.map_err(fault)?.rows_affected == 1)
}

fn row_of(tx: &Tx, window: &Maintenance) -> ActiveModel {
    ActiveModel {
        starts_at: Set(window.range.from),
        ends_at: Set(window.range.to),
        reason: Set(window.reason.clone()),
        version: Set(window.version),
        updated_at: Set(tx.now()),
        ..Default::default()
    }
}

fn window_of(row: Model) -> Maintenance {
    Maintenance {
        id: MaintenanceId::from_uuid(row.id),
        resource_id: ResourceId::from_uuid(row.resource_id),
        range: TimeRange::new(row.starts_at, row.ends_at),
        reason: row.reason,
        version: row.version,
    }
}
