//! Queries of dated exceptions. One that is replaced or taken away keeps its row.

use super::entity::{ActiveModel, Column, Entity, Model};
use super::{Exception, ExceptionId};
use crate::member::StaffId;
use chrono::NaiveDate;
use db::{Reader, Tx, fault};
use kernel::{Error, Result};
use sea_orm::{ActiveValue::Set, ColumnTrait, QueryFilter};
use std::collections::BTreeSet;
use tenancy::LocationId;

/// The exceptions in force from a date on.
pub async fn load(r: &Reader, since: NaiveDate) -> Result<Vec<Exception>> {
    let rows = r.find::<Entity>().filter(Column::ReplacedAt.is_null()).filter(Column::Date.gte(since));
    rows.all(r.conn()).await.map_err(fault)?.into_iter().map(exception_of).collect()
}

/// Takes the exceptions of some days away.
pub async fn remove(tx: &Tx, staff: StaffId, places: &[LocationId], dates: &BTreeSet<NaiveDate>) -> Result<()> {
    tx.update::<Entity>()
        .set(ActiveModel { replaced_at: Set(Some(tx.now())), ..Default::default() })
        .filter(Column::StaffId.eq(staff.uuid()))
        .filter(Column::LocationId.is_in(places.iter().map(|place| place.uuid())))
        .filter(Column::Date.is_in(dates.iter().copied()))
        .filter(Column::ReplacedAt.is_null())
        .exec(tx.conn())
        .await
        .map_err(fault)?;
    Ok(())
}

/// Inserts exceptions on days that have none.
pub async fn insert(tx: &Tx, exceptions: &[Exception]) -> Result<()> {
    let row = |exception: &Exception| {
        Ok(ActiveModel {
            id: Set(exception.id.uuid()),
            staff_id: Set(exception.staff_id.uuid()),
            location_id: Set(exception.location_id.uuid()),
            date: Set(exception.date),
            intervals: Set(serde_json::to_value(&exception.intervals).map_err(Error::internal)?),
            note: Set(exception.note.clone()),
            created_at: Set(tx.now()),
            ..Default::default()
        })
    };
    tx.insert_many(exceptions.iter().map(row).collect::<Result<Vec<_>>>()?).await
}

fn exception_of(row: Model) -> Result<Exception> {
    Ok(Exception {
        id: ExceptionId::from_uuid(row.id),
        staff_id: StaffId::from_uuid(row.staff_id),
        location_id: LocationId::from_uuid(row.location_id),
        date: row.date,
        intervals: serde_json::from_value(row.intervals).map_err(Error::internal)?,
        note: row.note,
    })
}
