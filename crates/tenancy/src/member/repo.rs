//! Statements on `membership`.

use chrono::{DateTime, Utc};
use db::{Order, Reader, Tx};
use kernel::{CompanyId, CursorKey, Page, PageRequest, Result, UserId};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, PaginatorTrait, QueryFilter, QueryOrder};

use super::entity::{ActiveModel, Column, Entity, Model};
use super::{Member, MemberId};
use crate::globals::{Globals, stored};
use crate::location::LocationId;
use crate::role::{RoleId, RoleRef};

pub(crate) async fn find(globals: &impl Globals, company: CompanyId, id: MemberId) -> Result<Option<Member>> {
    let row = globals
        .rows::<Entity>()
        .filter(Column::CompanyId.eq(company.uuid()))
        .filter(Column::Id.eq(id.uuid()))
        .one(globals.conn())
        .await
        .map_err(db::fault)?;
    row.map(Member::try_from).transpose()
}

/// A person's place in a company, also one that ended.
pub(crate) async fn find_of_user(globals: &impl Globals, company: CompanyId, user: UserId) -> Result<Option<Member>> {
    let row = globals
        .rows::<Entity>()
        .filter(Column::CompanyId.eq(company.uuid()))
        .filter(Column::UserId.eq(user.uuid()))
        .one(globals.conn())
        .await
        .map_err(db::fault)?;
    row.map(Member::try_from).transpose()
}

/// A person's living places in all companies, oldest first.
pub(crate) async fn list_of_user(globals: &impl Globals, user: UserId, now: DateTime<Utc>) -> Result<Vec<Member>> {
    let rows = globals
        .rows::<Entity>()
        .filter(Column::UserId.eq(user.uuid()))
        .filter(active(now))
        .order_by_asc(Column::CreatedAt)
        .order_by_asc(Column::Id)
        .all(globals.conn())
        .await
        .map_err(db::fault)?;
    rows.into_iter().map(Member::try_from).collect()
}

/// The company's living members in the order in which they joined.
pub(crate) async fn page(reader: &Reader, request: &PageRequest) -> Result<Page<Member>> {
    let select = reader
        .find_global::<Entity>()
        .filter(Column::CompanyId.eq(reader.company().uuid()))
        .filter(active(reader.now()));
    let order = Order {
        column: Column::CreatedAt,
        id: Column::Id,
        descending: false,
        key_of: |row: &Model| CursorKey::Time(row.created_at),
        id_of: |row: &Model| row.id,
    };
    db::page(reader, select, order, request).await?.try_map(Member::try_from)
}

/// How many members other than this one are administrators for good.
pub(crate) async fn count_other_administrators(tx: &Tx, except: MemberId) -> Result<u64> {
    let (builtin, _) = RoleRef::ADMINISTRATOR.columns();
    tx.find_global::<Entity>()
        .filter(Column::CompanyId.eq(tx.company().uuid()))
        .filter(Column::BuiltinRole.eq(builtin))
        .filter(Column::RemovedAt.is_null())
        .filter(Column::EndsAt.is_null())
        .filter(Column::Id.ne(except.uuid()))
        .count(tx.conn())
        .await
        .map_err(db::fault)
}

/// How many members have a custom role.
pub(crate) async fn count_with_role(tx: &Tx, role: RoleId) -> Result<u64> {
    tx.find_global::<Entity>()
        .filter(Column::CompanyId.eq(tx.company().uuid()))
        .filter(Column::RoleId.eq(role.uuid()))
        .filter(Column::RemovedAt.is_null())
        .count(tx.conn())
        .await
        .map_err(db::fault)
}

/// Adds a person to the company of the transaction.
pub(crate) async fn insert(tx: &Tx, id: MemberId, user: UserId, role: RoleRef, locations: &[LocationId]) -> Result<()> {
    let now = tx.now();
    let (builtin_role, role_id) = role.columns();
    tx.insert_global(ActiveModel {
        company_id: Set(tx.company().uuid()),
        id: Set(id.uuid()),
        user_id: Set(user.uuid()),
        builtin_role: Set(builtin_role),
        role_id: Set(role_id),
        location_ids: Set(serde_json::json!(locations)),
        ends_at: Set(None),
        removed_at: Set(None),
        version: Set(1),
        created_at: Set(now),
        updated_at: Set(now),
    })
    .await
}

/// Saves a member if the row still has the version that was seen.
pub(crate) async fn update(tx: &Tx, member: &Member, version: i32) -> Result<bool> {
    let (builtin_role, role_id) = member.role.columns();
    let change = ActiveModel {
        builtin_role: Set(builtin_role),
        role_id: Set(role_id),
        location_ids: Set(serde_json::json!(member.location_ids)),
        ends_at: Set(member.ends_at),
        removed_at: Set(member.removed_at),
        updated_at: Set(tx.now()),
        ..Default::default()
    };
    let done = tx
        .update_global::<Entity>()
        .set(change)
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::CompanyId.eq(tx.company().uuid()))
        .filter(Column::Id.eq(member.id.uuid()))
        .filter(Column::Version.eq(version))
        .exec(tx.conn())
        .await
        .map_err(db::fault)?;
    Ok(done.rows_affected == 1)
}

fn active(now: DateTime<Utc>) -> Condition {
    Condition::all()
        .add(Column::RemovedAt.is_null())
        .add(Condition::any().add(Column::EndsAt.is_null()).add(Column::EndsAt.gt(now)))
}

impl TryFrom<Model> for Member {
    type Error = kernel::Error;

    fn try_from(row: Model) -> Result<Self> {
        Ok(Self {
            id: MemberId::from_uuid(row.id),
            company_id: CompanyId::from_uuid(row.company_id),
            user_id: UserId::from_uuid(row.user_id),
            role: RoleRef::from_columns(row.builtin_role.as_deref(), row.role_id)?,
            location_ids: stored("locations of a member", serde_json::from_value(row.location_ids))?,
            ends_at: row.ends_at,
            removed_at: row.removed_at,
            created_at: row.created_at,
            version: row.version,
        })
    }
}
