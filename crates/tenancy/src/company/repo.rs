//! Statements on `company`.

use db::Tx;
use kernel::{CommonCode, CompanyId, Error, Result, Slug};
use sea_orm::sea_query::{Expr, ExprTrait, LockType};
use sea_orm::{ActiveValue::Set, ColumnTrait, QueryFilter, QueryOrder, QuerySelect};

use super::entity::{ActiveModel, Column, Entity, Model};
use super::{BookingLimits, CompanySettings};
use crate::globals::{Globals, stored};

pub(crate) async fn find(globals: &impl Globals, id: CompanyId) -> Result<Option<CompanySettings>> {
    let row = globals.rows::<Entity>().filter(Column::Id.eq(id.uuid())).one(globals.conn()).await.map_err(db::fault)?;
    row.map(CompanySettings::try_from).transpose()
}

/// These companies, in order of name.
pub(crate) async fn find_many(globals: &impl Globals, ids: &[CompanyId]) -> Result<Vec<CompanySettings>> {
    let rows = globals
        .rows::<Entity>()
        .filter(Column::Id.is_in(ids.iter().map(|id| id.uuid())))
        .order_by_asc(Column::Name)
        .order_by_asc(Column::Id)
        .all(globals.conn())
        .await
        .map_err(db::fault)?;
    rows.into_iter().map(CompanySettings::try_from).collect()
}

/// Whether the installation has a company with this slug.
pub(crate) async fn slug_is_taken(globals: &impl Globals, slug: &Slug) -> Result<bool> {
    let row =
        globals.rows::<Entity>().filter(Column::Slug.eq(slug.as_str())).one(globals.conn()).await.map_err(db::fault)?;
    Ok(row.is_some())
}

/// The ids of all companies after this one, for what is done for each of them.
pub(crate) async fn list_ids(globals: &impl Globals, after: Option<CompanyId>, limit: u64) -> Result<Vec<CompanyId>> {
    let mut select = globals.rows::<Entity>().select_only().column(Column::Id).order_by_asc(Column::Id).limit(limit);
    if let Some(after) = after {
        select = select.filter(Column::Id.gt(after.uuid()));
    }
    let ids: Vec<uuid::Uuid> = select.into_tuple().all(globals.conn()).await.map_err(db::fault)?;
    Ok(ids.into_iter().map(CompanyId::from_uuid).collect())
}

/// Locks the company of the transaction: whoever decides about members, roles or the number of things takes it, so that
/// two such decisions never overlap. On SQLite the single writer is the lock.
pub(crate) async fn lock(tx: &Tx) -> Result<()> {
    tx.find_global::<Entity>()
        .filter(Column::Id.eq(tx.company().uuid()))
        .lock(LockType::NoKeyUpdate)
        .one(tx.conn())
        .await
        .map_err(db::fault)?;
    Ok(())
}

pub(crate) async fn insert(tx: &Tx, company: &CompanySettings) -> Result<()> {
    let now = tx.now();
    let row =
        ActiveModel { id: Set(company.id.uuid()), version: Set(1), created_at: Set(now), ..columns(company, now) };
    tx.insert_global(row).await.map_err(slug_taken)
}

/// Saves an edit if the row still has the version that was seen.
pub(crate) async fn update(tx: &Tx, company: &CompanySettings, version: i32) -> Result<bool> {
    let done = tx
        .update_global::<Entity>()
        .set(columns(company, tx.now()))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::Id.eq(company.id.uuid()))
        .filter(Column::Version.eq(version))
        .exec(tx.conn())
        .await
        .map_err(db::fault)
        .map_err(slug_taken)?;
    Ok(done.rows_affected == 1)
}

fn columns(company: &CompanySettings, now: chrono::DateTime<chrono::Utc>) -> ActiveModel {
    ActiveModel {
        slug: Set(company.slug.clone()),
        name: Set(company.name.clone()),
        currency: Set(company.currency.code().to_owned()),
        locale: Set(company.locale.code().to_owned()),
        zone: Set(company.zone.name().to_owned()),
        notice_minutes: Set(i32::try_from(company.notice_minutes).unwrap_or(i32::MAX)),
        horizon_days: Set(i32::from(company.horizon_days)),
        hold_minutes: Set(i32::from(company.hold_minutes)),
        approval_required: Set(company.approval_required),
        no_show_grace_minutes: Set(i32::from(company.no_show_grace_minutes)),
        pending_minutes: Set(i32::from(company.pending_minutes)),
        hold_extension_minutes: Set(i32::from(company.hold_extension_minutes)),
        client_active_limit: Set(company.limits.client_active.map(Into::into)),
        client_daily_limit: Set(company.limits.client_daily.map(Into::into)),
        staff_daily_limit: Set(company.limits.staff_daily.map(Into::into)),
        staff_daily_minutes: Set(company.limits.staff_daily_minutes.map(Into::into)),
        client_page: Set(company.client_page.clone()),
        updated_at: Set(now),
        ..Default::default()
    }
}

pub(crate) fn slug_taken(error: Error) -> Error {
    if db::Fault::is_unique_violation(&error) { Error::conflict(CommonCode::Taken).at("slug") } else { error }
}

impl TryFrom<Model> for CompanySettings {
    type Error = Error;

    fn try_from(row: Model) -> Result<Self> {
        Ok(Self {
            id: CompanyId::from_uuid(row.id),
            name: row.name,
            slug: row.slug,
            currency: stored("currency", row.currency.parse())?,
            locale: stored("locale", row.locale.parse())?,
            zone: stored("zone", row.zone.parse())?,
            notice_minutes: stored("notice", row.notice_minutes.try_into())?,
            horizon_days: stored("horizon", row.horizon_days.try_into())?,
            hold_minutes: stored("hold time", row.hold_minutes.try_into())?,
            approval_required: row.approval_required,
            no_show_grace_minutes: stored("no-show grace", row.no_show_grace_minutes.try_into())?,
            pending_minutes: stored("pending time", row.pending_minutes.try_into())?,
            hold_extension_minutes: stored("hold extension", row.hold_extension_minutes.try_into())?,
            limits: BookingLimits {
                client_active: limit(row.client_active_limit)?,
                client_daily: limit(row.client_daily_limit)?,
                staff_daily: limit(row.staff_daily_limit)?,
                staff_daily_minutes: limit(row.staff_daily_minutes)?,
            },
            client_page: row.client_page,
            version: row.version,
        })
    }
}

fn limit(stored_limit: Option<i32>) -> Result<Option<u16>> {
    stored_limit.map(|limit| stored("limit", limit.try_into())).transpose()
}
