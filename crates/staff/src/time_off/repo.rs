//! Queries of time off.

use super::entity::{ActiveModel, Column, Entity, Model};
use super::{TimeOff, TimeOffFilter, TimeOffId, TimeOffStatus};
use crate::member::StaffId;
use catalog::stored::{name_of, named};
use chrono::{DateTime, Utc};
use db::{Order, Reader, Tx, fault};
use kernel::time::TimeRange;
use kernel::{CursorKey, Page, PageRequest, Result};
use sea_orm::{ActiveValue::Set, ColumnTrait, QueryFilter};

/// The time off that ends after an instant and was not cancelled.
pub async fn load(r: &Reader, since: DateTime<Utc>) -> Result<Vec<TimeOff>> {
    let cancelled = name_of(STATUSES, TimeOffStatus::Cancelled);
    let rows = r.find::<Entity>().filter(Column::EndsAt.gt(since)).filter(Column::Status.ne(cancelled));
    rows.all(r.conn()).await.map_err(fault)?.into_iter().map(time_off_of).collect()
}

/// One time off in any status.
pub async fn find(r: &Reader, id: TimeOffId) -> Result<Option<TimeOff>> {
    let row = r.find_by_id::<Entity>(id.uuid()).one(r.conn()).await.map_err(fault)?;
    row.map(time_off_of).transpose()
}

/// A page of time off by start, cancelled ones too.
pub async fn list(r: &Reader, filter: &TimeOffFilter, page: &PageRequest) -> Result<Page<TimeOff>> {
    let mut select = r.find::<Entity>();
    if let Some(staff) = &filter.staff_ids {
        select = select.filter(Column::StaffId.is_in(staff.iter().map(|id| id.uuid())));
    }
    if let Some(statuses) = &filter.statuses {
        select = select.filter(Column::Status.is_in(statuses.iter().map(|status| name_of(STATUSES, *status))));
    }
    if let Some(from) = filter.from {
        select = select.filter(Column::EndsAt.gt(from));
    }
    if let Some(to) = filter.to {
        select = select.filter(Column::StartsAt.lt(to));
    }
    let order = Order::<Entity> {
        column: Column::StartsAt,
        id: Column::Id,
        descending: false,
        key_of: |row: &Model| CursorKey::Time(row.starts_at),
        id_of: |row: &Model| row.id,
    };
    db::page(r, select, order, page).await?.try_map(time_off_of)
}

/// Inserts a time off.
pub async fn insert(tx: &Tx, off: &TimeOff) -> Result<()> {
    tx.insert(ActiveModel {
        id: Set(off.id.uuid()),
        staff_id: Set(off.staff_id.uuid()),
        starts_at: Set(off.range.from),
        ends_at: Set(off.range.to),
        reason: Set(off.reason.clone()),
        status: Set(name_of(STATUSES, off.status).to_owned()),
        version: Set(off.version),
        created_at: Set(tx.now()),
        updated_at: Set(tx.now()),
        ..Default::default()
    })
    .await
}

/// Gives a time off of the version `expected` another status; false when it has another version by now.
pub async fn set_status(tx: &Tx, id: TimeOffId, expected: i32, status: TimeOffStatus) -> Result<bool> {
    let change = ActiveModel {
        status: Set(name_of(STATUSES, status).to_owned()),
        version: Set(expected + 1),
        updated_at: Set(tx.now()),
        ..Default::default()
    };
    let update = tx.update::<Entity>().set(change);
    let update = update.filter(Column::Id.eq(id.uuid())).filter(Column::Version.eq(expected));
    Ok(update.exec(tx.conn()).await.map_err(fault)?.rows_affected == 1)
}

fn time_off_of(row: Model) -> Result<TimeOff> {
    Ok(TimeOff {
        id: TimeOffId::from_uuid(row.id),
        staff_id: StaffId::from_uuid(row.staff_id),
        range: TimeRange::new(row.starts_at, row.ends_at),
        reason: row.reason,
        status: named(STATUSES, &row.status)?,
        version: row.version,
    })
}

const STATUSES: &[(TimeOffStatus, &str)] = &[
    (TimeOffStatus::Requested, "requested"),
    (TimeOffStatus::Approved, "approved"),
    (TimeOffStatus::Declined, "declined"),
    (TimeOffStatus::Cancelled, "cancelled"),
];
