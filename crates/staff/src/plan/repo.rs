//! Queries of the shift plan. A month that changes gets a new row; the old one keeps the instant at which it was replaced.

use super::entity::{ActiveModel, Column, Entity, Model};
use super::{PlanChanges, PlanDays, PlanMonth, PlanState, arrange, month_of, months_of};
use crate::member::StaffId;
use chrono::NaiveDate;
use db::{Reader, Tx, fault};
use kernel::{Error, Result};
use sea_orm::{ActiveValue::Set, ColumnTrait, QueryFilter, Select};
use std::collections::BTreeSet;
use tenancy::LocationId;
use uuid::Uuid;

/// The published months from that of a date on.
pub async fn load(r: &Reader, since: NaiveDate) -> Result<Vec<PlanMonth>> {
    let rows = current(r, PlanState::Published).filter(Column::Month.gte(month_of(since)));
    rows.all(r.conn()).await.map_err(fault)?.into_iter().map(month_of_row).collect()
}

/// The planned days between two dates, both included, of these people.
pub async fn days_in(
    r: &Reader,
    state: PlanState,
    staff: &[StaffId],
    from: NaiveDate,
    to: NaiveDate,
) -> Result<PlanDays> {
    let rows = rows_between(r, state, staff, from, to).await?;
    let mut days = PlanDays::new();
    for row in rows {
        days.extend(month_of_row(row)?.keyed().filter(|(key, _)| (from..=to).contains(&key.date)));
    }
    Ok(days)
}

/// The drafts of these people between two dates, both included.
pub async fn drafts_between(r: &Reader, staff: &[StaffId], from: NaiveDate, to: NaiveDate) -> Result<PlanDays> {
    days_in(r, PlanState::Draft, staff, from, to).await
}

/// Writes changes of planned days: three statements, and one for each hundred months that change.
pub async fn save(tx: &Tx, state: PlanState, changes: &PlanChanges) -> Result<()> {
    let dates = || changes.keys().map(|key| key.date);
    let (Some(from), Some(to)) = (dates().min(), dates().max()) else { return Ok(()) };
    let staff: BTreeSet<StaffId> = changes.keys().map(|key| key.staff_id).collect();
    let touched: BTreeSet<(StaffId, LocationId, NaiveDate)> =
        changes.keys().map(|key| (key.staff_id, key.location_id, key.month())).collect();
    let staff: Vec<StaffId> = staff.into_iter().collect();

    let (mut replaced, mut days) = (Vec::new(), PlanDays::new());
    for row in rows_between(tx, state, &staff, from, to).await? {
        let id = row.id;
        let month = month_of_row(row)?;
        if touched.contains(&(month.staff_id, month.location_id, month.month)) {
            replaced.push(id);
            days.extend(month.keyed());
        }
    }
    tx.update::<Entity>()
        .set(ActiveModel { replaced_at: Set(Some(tx.now())), ..Default::default() })
        .filter(Column::Id.is_in(replaced))
        .exec(tx.conn())
        .await
        .map_err(fault)?;
    let months = months_of(arrange::changed(days, changes));
    tx.insert_many(months.iter().map(|month| row_of(tx, state, month)).collect::<Result<Vec<_>>>()?).await
}

fn current(r: &Reader, state: PlanState) -> Select<Entity> {
    let published = state == PlanState::Published;
    r.find::<Entity>().filter(Column::ReplacedAt.is_null()).filter(Column::Published.eq(published))
}

async fn rows_between(
    r: &Reader,
    state: PlanState,
    staff: &[StaffId],
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<Model>> {
    let rows = current(r, state)
        .filter(Column::Month.gte(month_of(from)))
        .filter(Column::Month.lte(month_of(to)))
        .filter(Column::StaffId.is_in(staff.iter().map(|id| id.uuid())));
    rows.all(r.conn()).await.map_err(fault)
}

fn row_of(tx: &Tx, state: PlanState, month: &PlanMonth) -> Result<ActiveModel> {
    Ok(ActiveModel {
        id: Set(Uuid::now_v7()),
        staff_id: Set(month.staff_id.uuid()),
        location_id: Set(month.location_id.uuid()),
        month: Set(month.month),
        published: Set(state == PlanState::Published),
        days: Set(serde_json::to_value(&month.days).map_err(Error::internal)?),
        created_at: Set(tx.now()),
        ..Default::default()
    })
}

fn month_of_row(row: Model) -> Result<PlanMonth> {
    Ok(PlanMonth {
        staff_id: StaffId::from_uuid(row.staff_id),
        location_id: LocationId::from_uuid(row.location_id),
        month: row.month,
        days: serde_json::from_value(row.days).map_err(Error::internal)?,
    })
}
