//! Statements on `role`.

use access::{PermissionSet, Role};
use db::Tx;
use kernel::text::search_key;
use kernel::{CommonCode, CompanyId, Error, Result};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ActiveValue::Set, ColumnTrait, QueryFilter, QueryOrder};

use super::entity::{ActiveModel, Column, Entity, Model};
use super::{CustomRole, RoleId, RoleRef};
use crate::globals::Globals;

pub(crate) async fn find(globals: &impl Globals, company: CompanyId, id: RoleId) -> Result<Option<CustomRole>> {
    let row = globals
        .rows::<Entity>()
        .filter(Column::CompanyId.eq(company.uuid()))
        .filter(Column::Id.eq(id.uuid()))
        .one(globals.conn())
        .await
        .map_err(db::fault)?;
    Ok(row.map(CustomRole::from))
}

/// The company's custom roles in order of name, archived ones last.
pub(crate) async fn list(globals: &impl Globals, company: CompanyId) -> Result<Vec<CustomRole>> {
    let rows = globals
        .rows::<Entity>()
        .filter(Column::CompanyId.eq(company.uuid()))
        .order_by_asc(Column::NameKey)
        .order_by_asc(Column::Id)
        .all(globals.conn())
        .await
        .map_err(db::fault)?;
    let mut roles: Vec<CustomRole> = rows.into_iter().map(CustomRole::from).collect();
    roles.sort_by_key(|role| role.archived);
    Ok(roles)
}

/// The role that a reference names; one that is archived or of another company is not found.
pub(crate) async fn resolve(globals: &impl Globals, company: CompanyId, role: RoleRef) -> Result<Role> {
    match role {
        RoleRef::Builtin(role) => Ok(role.into()),
        RoleRef::Custom(id) => {
            let role = find(globals, company, id).await?.filter(|role| !role.archived);
            role.map(Role::from).ok_or_else(Error::not_found)
        }
    }
}

pub(crate) async fn insert(tx: &Tx, id: RoleId, name: &str, permissions: PermissionSet) -> Result<()> {
    let now = tx.now();
    tx.insert_global(ActiveModel {
        company_id: Set(tx.company().uuid()),
        id: Set(id.uuid()),
        name: Set(name.to_owned()),
        name_key: Set(search_key(name)),
        permissions: Set(serde_json::json!(permissions.names())),
        version: Set(1),
        created_at: Set(now),
        updated_at: Set(now),
        archived_at: Set(None),
    })
    .await
    .map_err(name_taken)
}

/// Saves an edit if the row still has the version that was seen.
pub(crate) async fn update(tx: &Tx, role: &CustomRole, version: i32) -> Result<bool> {
    let change = ActiveModel {
        name: Set(role.name.clone()),
        name_key: Set(search_key(&role.name)),
        permissions: Set(serde_json::json!(role.permissions.names())),
        archived_at: Set(role.archived.then(|| tx.now())),
        updated_at: Set(tx.now()),
        ..Default::default()
    };
    let done = tx
        .update_global::<Entity>()
        .set(change)
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::CompanyId.eq(tx.company().uuid()))
        .filter(Column::Id.eq(role.id.uuid()))
        .filter(Column::Version.eq(version))
        .exec(tx.conn())
        .await
        .map_err(db::fault)
        .map_err(name_taken)?;
    Ok(done.rows_affected == 1)
}

fn name_taken(error: Error) -> Error {
    if db::Fault::is_unique_violation(&error) { Error::conflict(CommonCode::Taken).at("name") } else { error }
}

/// The names of permissions in a JSON array.
pub(crate) fn stored_permissions(names: &serde_json::Value) -> PermissionSet {
    PermissionSet::from_stored(names.as_array().into_iter().flatten().filter_map(serde_json::Value::as_str))
}

impl From<Model> for CustomRole {
    fn from(row: Model) -> Self {
        Self {
            id: RoleId::from_uuid(row.id),
            name: row.name,
            permissions: stored_permissions(&row.permissions),
            archived: row.archived_at.is_some(),
            version: row.version,
        }
    }
}
