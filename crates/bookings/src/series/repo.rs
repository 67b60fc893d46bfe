//! The queries over series. Every function works on one company's snapshot or transaction.

use super::entity::{ActiveModel, Column, Entity, Model};
use super::{Series, SeriesId};
use crate::booking::entity::{booking, line};
use crate::booking::repo::{json, read_json};
use chrono::NaiveDate;
use clients::ClientId;
use db::{Reader, Tx};
use kernel::{CursorKey, Error, Page, PageRequest, Result, WallTime};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{ColumnTrait, QueryFilter};
use staff::StaffId;
use uuid::Uuid;

/// Which series a list shows; what is empty does not narrow it.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of this client.
    pub client: Option<ClientId>,
    /// With a visit by this person: the fence of who may see only their own.
    pub own: Option<StaffId>,
}

/// A series.
pub async fn find(r: &Reader, id: SeriesId) -> Result<Option<Series>> {
    let row = r.find_by_id::<Entity>(id.uuid()).one(r.conn()).await.map_err(db::fault)?;
    row.map(assemble).transpose()
}

/// Those of these series that exist, in no order.
pub async fn list_by_ids(r: &Reader, ids: &[SeriesId]) -> Result<Vec<Series>> {
    let ids = ids.iter().map(|id| id.uuid());
    let rows = r.find::<Entity>().filter(Column::Id.is_in(ids)).all(r.conn()).await.map_err(db::fault)?;
    rows.into_iter().map(assemble).collect()
}

/// A page of series, the newest first.
pub async fn page(r: &Reader, filter: &Filter, request: &PageRequest) -> Result<Page<Series>> {
    let mut select = r.find::<Entity>();
    if let Some(client) = filter.client {
        select = select.filter(Column::ClientId.eq(client.uuid()));
    }
    if let Some(own) = filter.own {
        let company = r.company().uuid();
        let visits = Query::select()
            .column(line::Column::BookingId)
            .from(line::Entity)
            .and_where(line::Column::CompanyId.eq(company))
            .and_where(line::Column::StaffId.eq(own.uuid()))
            .to_owned();
        let series = Query::select()
            .column(booking::Column::SeriesId)
            .from(booking::Entity)
            .and_where(booking::Column::CompanyId.eq(company))
            .and_where(booking::Column::SeriesId.is_not_null())
            .and_where(booking::Column::Id.in_subquery(visits))
            .to_owned();
        select = select.filter(Column::Id.in_subquery(series));
    }
    let order = db::Order {
        column: Column::CreatedAt,
        id: Column::Id,
        descending: true,
        key_of: |row: &Model| CursorKey::Time(row.created_at),
        id_of: |row: &Model| row.id,
    };
    db::page(r, select, order, request).await?.try_map(assemble)
}

/// Writes a new series.
pub async fn insert(tx: &mut Tx, series: &Series) -> Result<()> {
    tx.insert(row(series)?).await?;
    Ok(())
}

/// Writes a changed series over the version it was read at; `false` when somebody else was faster.
pub async fn update(tx: &Tx, series: &mut Series) -> Result<bool> {
    let version = series.version;
    series.version += 1;
    series.updated_at = tx.now();
    let changes = ActiveModel { id: NotSet, created_at: NotSet, ..row(series)? };
    let done = tx
        .update::<Entity>()
        .set(changes)
        .filter(Column::Id.eq(series.id.uuid()))
        .filter(Column::Version.eq(version))
        .exec(tx.conn())
        .await
        .map_err(db::fault)?;
    Ok(done.rows_affected == 1)
}

/// Gives the visits of a series from a date on to another series. It is a change of each, so each has its next version.
pub async fn hand_over(tx: &Tx, from: SeriesId, to: SeriesId, since: NaiveDate) -> Result<()> {
    tx.update::<booking::Entity>()
        .col_expr(booking::Column::SeriesId, Expr::value(to.uuid()))
        .col_expr(booking::Column::Version, Expr::col(booking::Column::Version).add(1))
        .filter(booking::Column::SeriesId.eq(from.uuid()))
        .filter(booking::Column::SeriesDate.gte(since))
        .exec(tx.conn())
        .await
        .map_err(db::fault)?;
    Ok(())
}

fn row(series: &Series) -> Result<ActiveModel> {
    Ok(ActiveModel {
        company_id: NotSet,
        id: Set(series.id.uuid()),
        location_id: Set(series.wish.location.uuid()),
        client_id: Set(series.client_id.uuid()),
        wish: Set(json(&series.wish)?),
        recurrence: Set(json(&series.recurrence)?),
        zone: Set(series.zone.name().to_owned()),
        first_date: Set(series.first_date),
        start_minutes: Set(series.time.into()),
        skipped: Set(json(&series.skipped)?),
        split_from: Set(series.split_from.map(SeriesId::uuid)),
        ended_at: Set(series.ended_at),
        version: Set(series.version),
        created_at: Set(series.created_at),
        updated_at: Set(series.updated_at),
    })
}

fn assemble(row: Model) -> Result<Series> {
    let broken = |what: &str| Error::internal(format!("a stored series has an unreadable {what}"));
    Ok(Series {
        id: SeriesId::from_uuid(row.id),
        client_id: ClientId::from_uuid(row.client_id),
        wish: read_json(row.wish)?,
        recurrence: read_json(row.recurrence)?,
        zone: row.zone.parse().map_err(|_| broken("zone"))?,
        first_date: row.first_date,
        time: WallTime::try_from(row.start_minutes).map_err(|_| broken("time"))?,
        skipped: read_json(row.skipped)?,
        split_from: row.split_from.map(|id: Uuid| SeriesId::from_uuid(id)),
        ended_at: row.ended_at,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}
