//! The queries over the waiting list. Whoever joined earlier goes first; ids break ties.

use super::entity::{ActiveModel, Column, Entity, Model};
use super::{WaitlistEntry, WaitlistEntryId, WaitlistStatus};
use crate::booking::BookingId;
use crate::booking::repo::{json, read_json};
use crate::hold::{HoldId, HoldToken};
use crate::session::{GroupSessionId, entity as group_session};
use catalog::ServiceId;
use chrono::{DateTime, Utc};
use clients::ClientId;
use db::{Reader, Tx};
use kernel::{CursorKey, Error, Page, PageRequest, Result};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{ColumnTrait, ExprTrait as _, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, UpdateMany};
use staff::StaffId;
use tenancy::LocationId;

/// Which entries a list shows; what is empty does not narrow it.
#[derive(Debug, Clone, Default)]
pub struct WaitlistFilter {
    /// For seats of any of these sessions.
    pub sessions: Vec<GroupSessionId>,
    /// For any of these services.
    pub services: Vec<ServiceId>,
    /// At any of these.
    pub locations: Vec<LocationId>,
    /// Of any of these.
    pub clients: Vec<ClientId>,
    /// In any of these states.
    pub statuses: Vec<WaitlistStatus>,
    /// Besides all else, for seats of sessions that this person holds: the fence of who may see only their own.
    pub(crate) own: Option<StaffId>,
}

/// An entry.
pub(crate) async fn find(r: &Reader, id: WaitlistEntryId) -> Result<Option<WaitlistEntry>> {
    let row = r.find_by_id::<Entity>(id.uuid()).one(r.conn()).await.map_err(db::fault)?;
    row.map(assemble).transpose()
}

/// The entry that a token owns.
pub(crate) async fn find_by_token(r: &Reader, token: &HoldToken) -> Result<Option<WaitlistEntry>> {
    let row = r.find::<Entity>().filter(Column::TokenHash.eq(token.hash())).one(r.conn()).await.map_err(db::fault)?;
    row.map(assemble).transpose()
}

/// The entry that a hold was offered to.
pub(crate) async fn find_by_hold(r: &Reader, hold: HoldId) -> Result<Option<WaitlistEntry>> {
    let row = r.find::<Entity>().filter(Column::HoldId.eq(hold.uuid())).one(r.conn()).await.map_err(db::fault)?;
    row.map(assemble).transpose()
}

/// Whether somebody waits for seats of a session already.
pub(crate) async fn is_waiting(r: &Reader, session: GroupSessionId, client: ClientId) -> Result<bool> {
    let same = waiting(r, session).filter(Column::ClientId.eq(client.uuid()));
    Ok(same.count(r.conn()).await.map_err(db::fault)? > 0)
}

/// How many wait for seats of a session and joined before this one.
pub(crate) async fn count_before(r: &Reader, session: GroupSessionId, entry: &WaitlistEntry) -> Result<u64> {
    let earlier = Expr::tuple([Expr::col(Column::CreatedAt), Expr::col(Column::Id)])
        .lt(Expr::tuple([Expr::value(entry.created_at), Expr::value(entry.id.uuid())]));
    waiting(r, session).filter(earlier).count(r.conn()).await.map_err(db::fault)
}

/// Who is the next to get seats of a session: the first whose party is no larger than what is left.
pub(crate) async fn next_for_seats(r: &Reader, session: GroupSessionId, left: u16) -> Result<Option<WaitlistEntry>> {
    let next = waiting(r, session)
        .filter(Column::PartySize.lte(i32::from(left)))
        .order_by_asc(Column::CreatedAt)
        .order_by_asc(Column::Id)
        .one(r.conn())
        .await
        .map_err(db::fault)?;
    next.map(assemble).transpose()
}

/// Who waits for a visit at a location, in order.
pub(crate) async fn waiting_for_visits(r: &Reader, location: LocationId, limit: u64) -> Result<Vec<WaitlistEntry>> {
    let rows = r
        .find::<Entity>()
        .filter(Column::LocationId.eq(location.uuid()))
        .filter(Column::SessionId.is_null())
        .filter(Column::Status.eq(WaitlistStatus::Waiting.as_str()))
        .filter(Column::ExpiresAt.gt(r.now()))
        .order_by_asc(Column::CreatedAt)
        .order_by_asc(Column::Id)
        .limit(limit)
        .all(r.conn())
        .await
        .map_err(db::fault)?;
    rows.into_iter().map(assemble).collect()
}

/// A page of entries in the order in which they joined.
pub(crate) async fn page(r: &Reader, filter: &WaitlistFilter, request: &PageRequest) -> Result<Page<WaitlistEntry>> {
    let mut select = r.find::<Entity>();
    if !filter.sessions.is_empty() {
        select = select.filter(Column::SessionId.is_in(filter.sessions.iter().map(|id| id.uuid())));
    }
    if !filter.services.is_empty() {
        select = select.filter(Column::ServiceId.is_in(filter.services.iter().map(|id| id.uuid())));
    }
    if !filter.locations.is_empty() {
        select = select.filter(Column::LocationId.is_in(filter.locations.iter().map(|id| id.uuid())));
    }
    if !filter.clients.is_empty() {
        select = select.filter(Column::ClientId.is_in(filter.clients.iter().map(|id| id.uuid())));
    }
    if !filter.statuses.is_empty() {
        let mut any = sea_orm::Condition::any();
        for status in &filter.statuses {
            let stored = Column::Status.eq(status.as_str());
            any = any.add(match status {
                WaitlistStatus::Waiting => stored.and(Column::ExpiresAt.gt(r.now())),
                WaitlistStatus::Expired => stored.and(Column::ExpiresAt.lte(r.now())),
                _ => stored,
            });
        }
        select = select.filter(any);
    }
    if let Some(own) = filter.own {
        let own = Query::select()
            .column(group_session::Column::Id)
            .from(group_session::Entity)
            .and_where(group_session::Column::CompanyId.eq(r.company().uuid()))
            .and_where(group_session::Column::StaffId.eq(own.uuid()))
            .to_owned();
        select = select.filter(Column::SessionId.in_subquery(own));
    }
    let order = db::Order {
        column: Column::CreatedAt,
        id: Column::Id,
        descending: false,
        key_of: |row: &Model| CursorKey::Time(row.created_at),
        id_of: |row: &Model| row.id,
    };
    db::page(r, select, order, request).await?.try_map(assemble)
}

/// Writes a new entry.
pub(crate) async fn insert(tx: &Tx, entry: &WaitlistEntry, token: &HoldToken) -> Result<()> {
    tx.insert(ActiveModel {
        company_id: NotSet,
        id: Set(entry.id.uuid()),
        token_hash: Set(token.hash()),
        status: Set(entry.status.as_str().to_owned()),
        client_id: Set(entry.client_id.uuid()),
        channel: Set(entry.channel.clone()),
        location_id: Set(entry.location_id.uuid()),
        service_id: Set(entry.service_id.uuid()),
        session_id: Set(entry.session_id.map(GroupSessionId::uuid)),
        party_size: Set(entry.party_size.into()),
        staff_ids: Set(json(&entry.staff_ids)?),
        windows: Set(json(&entry.windows)?),
        expires_at: Set(entry.expires_at),
        hold_id: Set(None),
        booking_id: Set(None),
        version: Set(entry.version),
        created_at: Set(entry.created_at),
        updated_at: Set(entry.updated_at),
    })
    .await
}

/// Takes an entry from one state to another; `false` when it is in that state no longer: of two one happens.
pub(crate) async fn step(
    tx: &Tx,
    id: WaitlistEntryId,
    (from, to): (WaitlistStatus, WaitlistStatus),
    hold: Option<HoldId>,
    booking: Option<BookingId>,
) -> Result<bool> {
    let mut update = touched(tx)
        .col_expr(Column::Status, Expr::value(to.as_str()))
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::Status.eq(from.as_str()));
    if let Some(hold) = hold {
        update = update.col_expr(Column::HoldId, Expr::value(hold.uuid()));
    }
    if let Some(booking) = booking {
        update = update.col_expr(Column::BookingId, Expr::value(booking.uuid()));
    }
    Ok(update.exec(tx.conn()).await.map_err(db::fault)?.rows_affected == 1)
}

/// Lets the list of a session close then.
pub(crate) async fn follow_session(tx: &Tx, session: GroupSessionId, closes_at: DateTime<Utc>) -> Result<()> {
    touched(tx)
        .col_expr(Column::ExpiresAt, Expr::value(closes_at))
        .filter(Column::SessionId.eq(session.uuid()))
        .filter(Column::Status.eq(WaitlistStatus::Waiting.as_str()))
        .exec(tx.conn())
        .await
        .map_err(db::fault)?;
    Ok(())
}

/// Sends home who waits for a session that was called off.
pub(crate) async fn close(tx: &Tx, session: GroupSessionId) -> Result<()> {
    touched(tx)
        .col_expr(Column::ExpiresAt, Expr::value(tx.now()))
        .filter(Column::SessionId.eq(session.uuid()))
        .filter(Column::Status.eq(WaitlistStatus::Waiting.as_str()))
        .filter(Column::ExpiresAt.gt(tx.now()))
        .exec(tx.conn())
        .await
        .map_err(db::fault)?;
    Ok(())
}

fn touched(tx: &Tx) -> UpdateMany<Entity> {
    tx.update::<Entity>()
        .col_expr(Column::UpdatedAt, Expr::value(tx.now()))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
}

fn waiting(r: &Reader, session: GroupSessionId) -> sea_orm::Select<Entity> {
    r.find::<Entity>()
        .filter(Column::SessionId.eq(session.uuid()))
        .filter(Column::Status.eq(WaitlistStatus::Waiting.as_str()))
        .filter(Column::ExpiresAt.gt(r.now()))
}

fn assemble(row: Model) -> Result<WaitlistEntry> {
    let broken = || Error::internal("a stored entry of a waiting list has an unreadable status");
    Ok(WaitlistEntry {
        id: WaitlistEntryId::from_uuid(row.id),
        status: WaitlistStatus::parse(&row.status).ok_or_else(broken)?,
        client_id: ClientId::from_uuid(row.client_id),
        channel: row.channel,
        location_id: LocationId::from_uuid(row.location_id),
        service_id: ServiceId::from_uuid(row.service_id),
        session_id: row.session_id.map(GroupSessionId::from_uuid),
        party_size: u16::try_from(row.party_size).map_err(Error::internal)?,
        staff_ids: read_json(row.staff_ids)?,
        windows: read_json(row.windows)?,
        expires_at: row.expires_at,
        hold_id: row.hold_id.map(HoldId::from_uuid),
        booking_id: row.booking_id.map(BookingId::from_uuid),
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}
