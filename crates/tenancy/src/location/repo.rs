//! Statements on `location`.

use db::{Reader, Tx};
use kernel::text::search_key;
use kernel::{CommonCode, CompanyId, Error, Phone, Result};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ActiveValue::Set, ColumnTrait, PaginatorTrait, QueryFilter, QueryOrder};

use super::entity::{ActiveModel, Column, Entity, Model};
use super::service::{CheckedLocation, LIMIT};
use super::{Grid, Location, LocationId};
use crate::closure::{self, Closure};
use crate::globals::stored;

/// The company's locations in order of name, with their closures: two statements.
pub(crate) async fn list(reader: &Reader) -> Result<Vec<Location>> {
    let rows = reader
        .find::<Entity>()
        .order_by_asc(Column::NameKey)
        .order_by_asc(Column::Id)
        .all(reader.conn())
        .await
        .map_err(db::fault)?;
    let closures = closure::repo::list(reader, None).await?;
    rows.into_iter().map(|row| assemble(row, &closures)).collect()
}

/// One location with its closures.
pub(crate) async fn find(reader: &Reader, id: LocationId) -> Result<Option<Location>> {
    let row = reader.find_by_id::<Entity>(id.uuid()).one(reader.conn()).await.map_err(db::fault)?;
    let Some(row) = row else { return Ok(None) };
    let closures = closure::repo::list(reader, Some(id)).await?;
    assemble(row, &closures).map(Some)
}

/// Fails with `NOT_FOUND` unless each of these is a location of the company that is not archived.
pub(crate) async fn expect_all(reader: &Reader, ids: &[LocationId]) -> Result<()> {
    let mut wanted: Vec<_> = ids.iter().map(|id| id.uuid()).collect();
    wanted.sort_unstable();
    wanted.dedup();
    if wanted.is_empty() {
        return Ok(());
    }
    let count = u64::try_from(wanted.len()).unwrap_or(u64::MAX);
    // More than a company can have: not worth a statement, and perhaps more than one takes.
    if count > LIMIT {
        return Err(Error::not_found());
    }
    let open = reader.find::<Entity>().filter(Column::Id.is_in(wanted)).filter(Column::ArchivedAt.is_null());
    if open.count(reader.conn()).await.map_err(db::fault)? == count { Ok(()) } else { Err(Error::not_found()) }
}

/// How many locations the company has that are not archived.
pub(crate) async fn count_open(reader: &Reader) -> Result<u64> {
    reader.find::<Entity>().filter(Column::ArchivedAt.is_null()).count(reader.conn()).await.map_err(db::fault)
}

pub(crate) async fn insert(tx: &Tx, id: LocationId, new: &CheckedLocation) -> Result<()> {
    let now = tx.now();
    let row = ActiveModel {
        id: Set(id.uuid()),
        version: Set(1),
        created_at: Set(now),
        archived_at: Set(None),
        ..columns(new, now)?
    };
    tx.insert(row).await.map_err(name_taken)
}

/// Saves an edit if the row still has the version that was seen.
pub(crate) async fn update(tx: &Tx, id: LocationId, new: &CheckedLocation, version: i32) -> Result<bool> {
    save(tx, id, columns(new, tx.now())?, version).await
}

/// Archives or takes back, if the row still has the version that was seen.
pub(crate) async fn set_archived(tx: &Tx, id: LocationId, archived: bool, version: i32) -> Result<bool> {
    let now = tx.now();
    let change = ActiveModel { archived_at: Set(archived.then_some(now)), updated_at: Set(now), ..Default::default() };
    save(tx, id, change, version).await
}

async fn save(tx: &Tx, id: LocationId, change: ActiveModel, version: i32) -> Result<bool> {
    let done = tx
        .update::<Entity>()
        .set(change)
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::Version.eq(version))
        .exec(tx.conn())
        .await
        .map_err(db::fault)
        .map_err(name_taken)?;
    Ok(done.rows_affected == 1)
}

fn columns(new: &CheckedLocation, now: chrono::DateTime<chrono::Utc>) -> Result<ActiveModel> {
    Ok(ActiveModel {
        name: Set(new.name.clone()),
        name_key: Set(search_key(&new.name)),
        zone: Set(new.zone.name().to_owned()),
        address: Set(new.address.clone()),
        phone: Set(new.phone.as_ref().map(ToString::to_string)),
        step_minutes: Set(i32::from(new.step_minutes)),
        grid: Set(new.grid.name().to_owned()),
        buffer_overhang: Set(new.buffer_overhang),
        tight_starts: Set(new.tight_starts),
        opening: Set(serde_json::to_value(&new.opening).map_err(Error::internal)?),
        updated_at: Set(now),
        ..Default::default()
    })
}

fn name_taken(error: Error) -> Error {
    if db::Fault::is_unique_violation(&error) { Error::conflict(CommonCode::Taken).at("name") } else { error }
}

fn assemble(row: Model, closures: &[Closure]) -> Result<Location> {
    let id = LocationId::from_uuid(row.id);
    Ok(Location {
        id,
        company_id: CompanyId::from_uuid(row.company_id),
        name: row.name,
        zone: stored("zone", row.zone.parse())?,
        address: row.address,
        phone: row.phone.as_deref().map(|phone| stored("phone", Phone::parse(phone))).transpose()?,
        step_minutes: stored("step", row.step_minutes.try_into())?,
        grid: Grid::from_name(&row.grid),
        buffer_overhang: row.buffer_overhang,
        tight_starts: row.tight_starts,
        opening: stored("opening hours", serde_json::from_value(row.opening))?,
        closures: closures.iter().filter(|closure| closure.location_id == id).cloned().collect(),
        archived: row.archived_at.is_some(),
        version: row.version,
    })
}
