//! Statements on `closure`.

use chrono::Duration;
use db::{Reader, Tx};
use kernel::{Result, TimeRange};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ActiveValue::Set, ColumnTrait, PaginatorTrait, QueryFilter, QueryOrder};

use super::entity::{ActiveModel, Column, Entity, Model};
use super::{Closure, ClosureId};
use crate::location::LocationId;

/// How long ended closures are still shown in the calendar, in days.
const PAST_DAYS: i64 = 400;

/// Closures in order of start, of one location or all, that have not ended long ago.
pub(crate) async fn list(reader: &Reader, location: Option<LocationId>) -> Result<Vec<Closure>> {
    let mut select = reader
        .find::<Entity>()
        .filter(Column::ArchivedAt.is_null())
        .filter(Column::EndsAt.gt(reader.now() - Duration::days(PAST_DAYS)));
    if let Some(location) = location {
        select = select.filter(Column::LocationId.eq(location.uuid()));
    }
    let rows =
        select.order_by_asc(Column::StartsAt).order_by_asc(Column::Id).all(reader.conn()).await.map_err(db::fault)?;
    Ok(rows.into_iter().map(Closure::from).collect())
}

pub(crate) async fn find(reader: &Reader, id: ClosureId) -> Result<Option<Closure>> {
    let row = reader
        .find_by_id::<Entity>(id.uuid())
        .filter(Column::ArchivedAt.is_null())
        .one(reader.conn())
        .await
        .map_err(db::fault)?;
    Ok(row.map(Closure::from))
}

/// How many closures of a location are still to come.
pub(crate) async fn count_coming(reader: &Reader, location: LocationId) -> Result<u64> {
    reader
        .find::<Entity>()
        .filter(Column::LocationId.eq(location.uuid()))
        .filter(Column::ArchivedAt.is_null())
        .filter(Column::EndsAt.gt(reader.now()))
        .count(reader.conn())
        .await
        .map_err(db::fault)
}

pub(crate) async fn insert_many(tx: &Tx, closures: &[Closure]) -> Result<()> {
    let now = tx.now();
    let row = |closure: &Closure| ActiveModel {
        company_id: Set(tx.company().uuid()),
        id: Set(closure.id.uuid()),
        location_id: Set(closure.location_id.uuid()),
        starts_at: Set(closure.range.from),
        ends_at: Set(closure.range.to),
        reason: Set(closure.reason.clone()),
        version: Set(closure.version),
        created_at: Set(now),
        updated_at: Set(now),
        archived_at: Set(None),
    };
    tx.insert_many(closures.iter().map(row).collect::<Vec<_>>()).await
}

/// Saves an edit if the row still has the version that was seen.
pub(crate) async fn update(tx: &Tx, closure: &Closure, version: i32) -> Result<bool> {
    let change = ActiveModel {
        starts_at: Set(closure.range.from),
        ends_at: Set(closure.range.to),
        reason: Set(closure.reason.clone()),
        updated_at: Set(tx.now()),
        ..Default::default()
    };
    save(tx, closure.id, change, version).await
}

/// Takes a closure back, if the row still has the version that was seen.
pub(crate) async fn remove(tx: &Tx, id: ClosureId, version: i32) -> Result<bool> {
    let now = tx.now();
    save(tx, id, ActiveModel { archived_at: Set(Some(now)), updated_at: Set(now), ..Default::default() }, version).await
}

async fn save(tx: &Tx, id: ClosureId, change: ActiveModel, version: i32) -> Result<bool> {
    let done = tx
        .update::<Entity>()
        .set(change)
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::Version.eq(version))
        .filter(Column::ArchivedAt.is_null())
        .exec(tx.conn())
        .await
        .map_err(db::fault)?;
    Ok(done.rows_affected == 1)
}

impl From<Model> for Closure {
    fn from(row: Model) -> Self {
        Self {
            id: ClosureId::from_uuid(row.id),
            location_id: LocationId::from_uuid(row.location_id),
            range: TimeRange::new(row.starts_at, row.ends_at),
            reason: row.reason,
            version: row.version,
        }
    }
}
