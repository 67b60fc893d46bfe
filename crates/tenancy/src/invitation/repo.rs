//! Statements on `invitation`.

use chrono::Duration;
use db::{Order, Reader, Tx};
use kernel::{CompanyId, CursorKey, Email, Page, PageRequest, Result, UserId};
use sea_orm::{ActiveValue::Set, ColumnTrait, PaginatorTrait, QueryFilter};
use uuid::Uuid;

use super::entity::{ActiveModel, Column, Entity, Model};
use super::{Invitation, InvitationId, VALID_DAYS};
use crate::globals::{Globals, stored};
use crate::link;
use crate::role::{RoleId, RoleRef};

/// The row that a link names, whichever company it belongs to.
pub(crate) async fn find_by_link(globals: &impl Globals, id: Uuid) -> Result<Option<Model>> {
    globals.rows::<Entity>().filter(Column::Id.eq(id)).one(globals.conn()).await.map_err(db::fault)
}

pub(crate) async fn find(reader: &Reader, id: InvitationId) -> Result<Option<Invitation>> {
    let row = of_company(reader).filter(Column::Id.eq(id.uuid())).one(reader.conn()).await.map_err(db::fault)?;
    row.map(Invitation::try_from).transpose()
}

/// The invitation of an address that was neither accepted nor withdrawn; it may have expired.
pub(crate) async fn find_pending(reader: &Reader, email: &Email) -> Result<Option<Invitation>> {
    let row = of_company(reader)
        .filter(Column::Email.eq(email.as_str()))
        .filter(Column::AcceptedAt.is_null())
        .filter(Column::RevokedAt.is_null())
        .one(reader.conn())
        .await
        .map_err(db::fault)?;
    row.map(Invitation::try_from).transpose()
}

/// Invitations that were neither accepted nor withdrawn, newest first; expired ones too, since they can be sent again.
pub(crate) async fn page(reader: &Reader, request: &PageRequest) -> Result<Page<Invitation>> {
    let select = of_company(reader).filter(Column::AcceptedAt.is_null()).filter(Column::RevokedAt.is_null());
    let order = Order {
        column: Column::CreatedAt,
        id: Column::Id,
        descending: true,
        key_of: |row: &Model| CursorKey::Time(row.created_at),
        id_of: |row: &Model| row.id,
    };
    db::page(reader, select, order, request).await?.try_map(Invitation::try_from)
}

/// How many pending invitations promise a custom role.
pub(crate) async fn count_with_role(reader: &Reader, role: RoleId) -> Result<u64> {
    of_company(reader)
        .filter(Column::RoleId.eq(role.uuid()))
        .filter(Column::AcceptedAt.is_null())
        .filter(Column::RevokedAt.is_null())
        .count(reader.conn())
        .await
        .map_err(db::fault)
}

pub(crate) async fn insert(tx: &Tx, invitation: &Invitation) -> Result<()> {
    let (builtin_role, role_id) = invitation.role.columns();
    tx.insert_global(ActiveModel {
        company_id: Set(tx.company().uuid()),
        id: Set(invitation.id.uuid()),
        email: Set(invitation.email.to_string()),
        builtin_role: Set(builtin_role),
        role_id: Set(role_id),
        location_ids: Set(serde_json::json!(invitation.location_ids)),
        nonce: Set(link::nonce()),
        locale: Set(invitation.locale.code().to_owned()),
        invited_by: Set(invitation.invited_by.map(UserId::uuid)),
        expires_at: Set(invitation.expires_at),
        accepted_at: Set(None),
        revoked_at: Set(None),
        created_at: Set(invitation.created_at),
        sent_at: Set(invitation.sent_at),
    })
    .await
}

/// Gives a pending invitation a new link for seven more days; `false` when it is no longer pending.
pub(crate) async fn renew(tx: &Tx, id: InvitationId) -> Result<bool> {
    let now = tx.now();
    let change = ActiveModel {
        nonce: Set(link::nonce()),
        expires_at: Set(now + Duration::days(VALID_DAYS)),
        sent_at: Set(now),
        ..Default::default()
    };
    close(tx, id, change).await
}

/// Withdraws a pending invitation; `false` when it is no longer pending.
pub(crate) async fn revoke(tx: &Tx, id: InvitationId) -> Result<bool> {
    close(tx, id, ActiveModel { revoked_at: Set(Some(tx.now())), ..Default::default() }).await
}

/// Uses a pending invitation up; of two acceptances at once the second gets `false`.
pub(crate) async fn accept(tx: &Tx, id: InvitationId) -> Result<bool> {
    close(tx, id, ActiveModel { accepted_at: Set(Some(tx.now())), ..Default::default() }).await
}

async fn close(tx: &Tx, id: InvitationId, change: ActiveModel) -> Result<bool> {
    let done = tx
        .update_global::<Entity>()
        .set(change)
        .filter(Column::CompanyId.eq(tx.company().uuid()))
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::AcceptedAt.is_null())
        .filter(Column::RevokedAt.is_null())
        .exec(tx.conn())
        .await
        .map_err(db::fault)?;
    Ok(done.rows_affected == 1)
}

fn of_company(reader: &Reader) -> sea_orm::Select<Entity> {
    reader.find_global::<Entity>().filter(Column::CompanyId.eq(reader.company().uuid()))
}

impl TryFrom<Model> for Invitation {
    type Error = kernel::Error;

    fn try_from(row: Model) -> Result<Self> {
        Ok(Self {
            id: InvitationId::from_uuid(row.id),
            company_id: CompanyId::from_uuid(row.company_id),
            email: stored("e-mail", Email::parse(&row.email))?,
            role: RoleRef::from_columns(row.builtin_role.as_deref(), row.role_id)?,
            location_ids: stored("locations of an invitation", serde_json::from_value(row.location_ids))?,
            locale: stored("locale", row.locale.parse())?,
            invited_by: row.invited_by.map(UserId::from_uuid),
            expires_at: row.expires_at,
            accepted_at: row.accepted_at,
            revoked_at: row.revoked_at,
            created_at: row.created_at,
            sent_at: row.sent_at,
        })
    }
}
