//! Use cases of custom roles.

use access::{Cx, PermissionSet};
use db::Reader;
use kernel::text::text;
use kernel::{Checks, CommonCode, Error, Issue, Result};

use super::{CustomRole, RoleId, repo};
use crate::error::TenancyErrorCode;
use crate::events::{RoleArchived, RoleCreated, RoleUpdated};
use crate::handle::Tenancy;
use crate::idempotency::idempotency;
use crate::permissions::{MEMBERS_READ, ROLES_WRITE};
use crate::{invitation, member};

/// The most custom roles of a company.
const LIMIT: usize = 50;
const NAME_LENGTH: usize = 60;

/// What a custom role is made of.
#[derive(Debug, Clone, serde::Serialize)]
pub struct NewRole {
    /// Its name.
    pub name: String,
    /// Names of its permissions.
    pub permissions: Vec<String>,
    /// Makes a repeated request harmless.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// An edit of a custom role.
#[derive(Debug, Clone)]
pub struct RoleChange {
    /// The version that was seen.
    pub version: i32,
    /// A new name.
    pub name: Option<String>,
    /// Names of all its permissions from now on.
    pub permissions: Option<Vec<String>>,
}

impl Tenancy {
    /// Makes a custom role.
    pub async fn create_role(&self, cx: &Cx, new: NewRole) -> Result<CustomRole> {
        cx.require(ROLES_WRITE)?;
        let company = cx.company()?;
        let mut checks = Checks::new();
        let name = checks.check("name", text(&new.name, 1, NAME_LENGTH));
        let permissions = checks.check("permissions", within_own(cx, &new.permissions));
        let (name, permissions) = checks.build(|| Some((name?, permissions?)))?;
        let key = idempotency(cx, "roleCreate", new.idempotency_key.as_deref(), &new)?;
        db::transaction!(self.db(), company, |tx| {
            if let Some(known) = key.done(tx).await? {
                return repo::find(tx, company, RoleId::from_uuid(known)).await?.ok_or_else(Error::not_found);
            }
            if repo::list(tx, company).await?.iter().filter(|role| !role.archived).count() >= LIMIT {
                return Err(Error::conflict(CommonCode::LimitReached).with("max", LIMIT));
            }
            let id = RoleId::new();
            repo::insert(tx, id, &name, permissions).await?;
            self.jobs().publish_in(cx, tx, &RoleCreated { role: id }).await?;
            key.remember(tx, id.uuid()).await?;
            repo::find(tx, company, id).await?.ok_or_else(Error::not_found)
        })
    }

    /// Changes a custom role. Whoever has it can do more or less with their next request.
    pub async fn update_role(&self, cx: &Cx, id: RoleId, change: RoleChange) -> Result<CustomRole> {
        cx.require(ROLES_WRITE)?;
        let company = cx.company()?;
        let mut checks = Checks::new();
        let name = checks.optional("name", change.name.as_deref().map(|name| text(name, 1, NAME_LENGTH)));
        let permissions =
            checks.optional("permissions", change.permissions.as_ref().map(|names| within_own(cx, names)));
        let (name, permissions) = checks.build(|| Some((name?, permissions?)))?;
        db::transaction!(self.db(), company, |tx| {
            let current = repo::find(tx, company, id).await?.ok_or_else(Error::not_found)?;
            if current.archived {
                return Err(Error::conflict(CommonCode::Archived));
            }
            // Taking away is changing too: whoever lacks a permission cannot decide that others lose it.
            if !cx.permissions().contains_all(&current.permissions) {
                return Err(Error::conflict(TenancyErrorCode::ExceedsOwnPermissions));
            }
            let next = CustomRole {
                name: name.clone().unwrap_or_else(|| current.name.clone()),
                permissions: permissions.unwrap_or(current.permissions),
                ..current.clone()
            };
            if !repo::update(tx, &next, change.version).await? {
                return Err(Error::conflict(CommonCode::VersionConflict).at("version").current(current));
            }
            self.jobs().publish_in(cx, tx, &RoleUpdated { role: id }).await?;
            repo::find(tx, company, id).await?.ok_or_else(Error::not_found)
        })
    }

    /// Archives a custom role that nobody has and no open invitation promises.
    pub async fn archive_role(&self, cx: &Cx, id: RoleId, version: i32) -> Result<CustomRole> {
        cx.require(ROLES_WRITE)?;
        let company = cx.company()?;
        db::transaction!(self.db(), company, |tx| {
            // The company's lock is what joining and changing roles take: nobody gets the role meanwhile.
            crate::company::repo::lock(tx).await?;
            let current = repo::find(tx, company, id).await?.ok_or_else(Error::not_found)?;
            if current.version != version {
                return Err(Error::conflict(CommonCode::VersionConflict).at("version").current(current));
            }
            let used = member::repo::count_with_role(tx, id).await? + invitation::repo::count_with_role(tx, id).await?;
            if used > 0 {
                return Err(Error::conflict(CommonCode::InUse));
            }
            let next = CustomRole { archived: true, ..current.clone() };
            if !repo::update(tx, &next, version).await? {
                return Err(Error::conflict(CommonCode::VersionConflict).at("version").current(current));
            }
            self.jobs().publish_in(cx, tx, &RoleArchived { role: id }).await?;
            repo::find(tx, company, id).await?.ok_or_else(Error::not_found)
        })
    }

    /// The company's custom roles, archived ones last.
    pub async fn roles(&self, cx: &Cx, reader: &Reader) -> Result<Vec<CustomRole>> {
        cx.require(MEMBERS_READ)?;
        repo::list(reader, cx.company()?).await
    }
}

/// The permissions of these names, which the caller must have.
pub(crate) fn within_own(cx: &Cx, names: &[String]) -> Result<PermissionSet, Issue> {
    let set = PermissionSet::from_names(names)
        .map_err(|unknown| Issue::new(TenancyErrorCode::UnknownPermission).with("name", unknown.0))?;
    if set.is_empty() {
        return Err(Issue::new(CommonCode::Required));
    }
    if cx.permissions().contains_all(&set) { Ok(set) } else { Err(Issue::new(TenancyErrorCode::ExceedsOwnPermissions)) }
}
