//! Use cases of members: change, remove, list.

use access::{Actor, Cx, PermissionSet};
use chrono::{DateTime, Utc};
use db::{Reader, Tx};
use kernel::{CommonCode, Error, Page, PageRequest, Result, UserId};

use super::{Member, MemberId, repo};
use crate::company;
use crate::error::TenancyErrorCode;
use crate::events::{MemberRemoved, RoleChanged};
use crate::handle::Tenancy;
use crate::location::{self, LocationId};
use crate::permissions::{MEMBERS_READ, MEMBERS_WRITE};
use crate::role::{self, RoleRef};
use crate::user;

/// An edit of a member.
#[derive(Debug, Clone)]
pub struct MemberChange {
    /// The version that was seen.
    pub version: i32,
    /// Another role.
    pub role: Option<RoleRef>,
    /// All locations they work at from now on: information, which limits nothing.
    pub location_ids: Option<Vec<LocationId>>,
    /// When their place ends by itself; `Some(None)` takes the end away.
    pub ends_at: Option<Option<DateTime<Utc>>>,
}

impl Tenancy {
    /// What a person may do in the reader's company now; none for who has no living place in it, or may not log in. For
    /// other crates, about what was made in somebody's name.
    pub async fn facts_permissions_of(&self, r: &Reader, user: UserId) -> Result<Option<PermissionSet>> {
        let member = repo::find_of_user(r, r.company(), user).await?.filter(|member| member.is_active(r.now()));
        let Some(member) = member else { return Ok(None) };
        if user::repo::find(r, user).await?.is_none_or(|user| user.disabled_at.is_some()) {
            return Ok(None);
        }
        Ok(Some(role::repo::resolve(r, r.company(), member.role).await?.permissions()))
    }

    /// The company's members in the order in which they joined.
    pub async fn members(&self, cx: &Cx, reader: &Reader, request: &PageRequest) -> Result<Page<Member>> {
        cx.require(MEMBERS_READ)?;
        repo::page(reader, request).await
    }

    /// The member who is this user in the reader's company at present. For other crates: it checks the company, not
    /// the role.
    pub async fn find_member_of_user(&self, reader: &Reader, user: UserId) -> Result<Option<Member>> {
        let member = repo::find_of_user(reader, reader.company(), user).await?;
        Ok(member.filter(|member| member.is_active(reader.now())))
    }

    /// Changes a member's role, locations or end. It acts with their next request.
    pub async fn change_member(&self, cx: &Cx, id: MemberId, change: MemberChange) -> Result<Member> {
        cx.require(MEMBERS_WRITE)?;
        let company = cx.company()?;
        db::transaction!(self.db(), company, |tx| {
            let current = self.open_member(cx, tx, id).await?;
            if let Some(role) = change.role {
                self.within_reach(cx, tx, role, "role").await?;
            }
            if let Some(locations) = &change.location_ids {
                location::repo::expect_all(tx, locations).await?;
            }
            if change.ends_at.flatten().is_some_and(|end| end <= tx.now()) {
                return Err(Error::invalid(CommonCode::OutOfRange).at("endsAt"));
            }
            let next = Member {
                role: change.role.unwrap_or(current.role),
                location_ids: change.location_ids.clone().unwrap_or_else(|| current.location_ids.clone()),
                ends_at: change.ends_at.unwrap_or(current.ends_at),
                ..current.clone()
            };
            save(tx, &current, &next, change.version).await?;
            self.jobs().publish_in(cx, tx, &RoleChanged { member: id, user: current.user_id }).await?;
            repo::find(tx, company, id).await?.ok_or_else(Error::not_found)
        })
    }

    /// Removes a member. Their next request for this company is refused.
    pub async fn remove_member(&self, cx: &Cx, id: MemberId, version: i32) -> Result<Member> {
        cx.require(MEMBERS_WRITE)?;
        let company = cx.company()?;
        db::transaction!(self.db(), company, |tx| {
            let current = self.open_member(cx, tx, id).await?;
            let next = Member { removed_at: Some(tx.now()), ..current.clone() };
            save(tx, &current, &next, version).await?;
            self.jobs().publish_in(cx, tx, &MemberRemoved { member: id, user: current.user_id }).await?;
            repo::find(tx, company, id).await?.ok_or_else(Error::not_found)
        })
    }

    /// Takes the company's lock, and the member if the actor may still change them: somebody else may have removed or
    /// lowered the actor since the request began.
    async fn open_member(&self, cx: &Cx, tx: &Tx, id: MemberId) -> Result<Member> {
        company::repo::lock(tx).await?;
        if !acting(cx, tx).await?.contains(MEMBERS_WRITE) {
            return Err(Error::forbidden(MEMBERS_WRITE.name));
        }
        let member = repo::find(tx, tx.company(), id).await?.filter(|member| member.removed_at.is_none());
        let member = member.ok_or_else(Error::not_found)?;
        self.within_reach(cx, tx, member.role, "role").await?;
        Ok(member)
    }

    /// Refuses a role that can do more than the actor.
    pub(crate) async fn within_reach(&self, cx: &Cx, tx: &Tx, role: RoleRef, field: &'static str) -> Result<()> {
        let permissions = role::repo::resolve(tx, tx.company(), role).await?.permissions();
        if acting(cx, tx).await?.contains_all(&permissions) {
            Ok(())
        } else {
            Err(Error::conflict(TenancyErrorCode::ExceedsOwnPermissions).at(field))
        }
    }
}

/// What the actor may do as the transaction sees it.
async fn acting(cx: &Cx, tx: &Tx) -> Result<PermissionSet> {
    let Actor::User { user, .. } = &cx.actor else { return Ok(cx.permissions()) };
    match repo::find_of_user(tx, tx.company(), *user).await? {
        Some(member) if member.is_active(tx.now()) => {
            Ok(role::repo::resolve(tx, tx.company(), member.role).await?.permissions())
        }
        _ => Ok(PermissionSet::EMPTY),
    }
}

async fn save(tx: &Tx, current: &Member, next: &Member, version: i32) -> Result<()> {
    let leaves = current.is_lasting_administrator() && !next.is_lasting_administrator();
    if leaves && repo::count_other_administrators(tx, current.id).await? == 0 {
        return Err(Error::conflict(TenancyErrorCode::LastAdministrator));
    }
    if repo::update(tx, next, version).await? {
        Ok(())
    } else {
        Err(Error::conflict(CommonCode::VersionConflict).at("version").current(current.clone()))
    }
}
