//! The queries over group sessions. The counter of seats is written by [`count_seats`] alone.

use super::entity::{ActiveModel, Column, Entity, Model};
use super::{GroupSession, GroupSessionId, InRecurrence, Planned, RecurrenceId, SessionStatus};
use crate::booking::entity::booking;
use crate::booking::repo::{json, read_json};
use crate::booking::{BookingId, CancelReason, MAX_VISIT_MINUTES};
use crate::hold::entity as hold;
use crate::rules;
use catalog::{ServiceId, Visibility};
use chrono::{DateTime, Duration, NaiveDate, Utc};
use db::{Reader, Tx};
use kernel::time::TimeRange;
use kernel::{CursorKey, Error, Page, PageRequest, Result};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ExprTrait as _, QueryFilter, QueryOrder, QuerySelect, Select};
use staff::StaffId;
use std::collections::HashMap;
use tenancy::LocationId;
use uuid::Uuid;

/// Which sessions a list shows; what is empty does not narrow it.
#[derive(Debug, Clone, Default)]
pub struct SessionFilter {
    /// First local date.
    pub from: Option<NaiveDate>,
    /// Last local date, itself included.
    pub to: Option<NaiveDate>,
    /// At any of these.
    pub locations: Vec<LocationId>,
    /// Of any of these.
    pub services: Vec<ServiceId>,
    /// By any of these.
    pub staff: Vec<StaffId>,
    /// In any of these states.
    pub statuses: Vec<SessionStatus>,
    /// With a seat left.
    pub with_seats: bool,
    /// Besides all else, by this person: the fence of who may see only their own.
    pub(crate) own: Option<StaffId>,
    /// Besides all else, what a client may see: listed, of one of these services, starting after the instant.
    pub(crate) public: Option<(Vec<ServiceId>, DateTime<Utc>)>,
}

/// A session.
pub(crate) async fn find(r: &Reader, id: GroupSessionId) -> Result<Option<GroupSession>> {
    let row = r.find_by_id::<Entity>(id.uuid()).one(r.conn()).await.map_err(db::fault)?;
    row.map(assemble).transpose()
}

/// A session under its row's lock, as it is now: whoever takes or gives back seats, or changes what the seats are of,
/// holds it until commit. Schedules are locked before sessions, sessions before bookings and holds.
pub(crate) async fn lock(tx: &Tx, id: GroupSessionId) -> Result<Option<GroupSession>> {
    let mut select = tx.find_by_id::<Entity>(id.uuid());
    if !unlocked() {
        select = select.lock_exclusive();
    }
    select.one(tx.conn()).await.map_err(db::fault)?.map(assemble).transpose()
}

/// Test builds can switch off the lock of a session's row, to show that the counter's own guard holds alone.
fn unlocked() -> bool {
    db::failpoint!("sessions.skip_row_lock", |_| true);
    false
}

/// Those of these sessions that exist, in no order.
pub(crate) async fn list_by_ids(r: &Reader, ids: &[GroupSessionId]) -> Result<Vec<GroupSession>> {
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(1_000) {
        let chunk = chunk.iter().map(|id| id.uuid());
        let rows = r.find::<Entity>().filter(Column::Id.is_in(chunk)).all(r.conn()).await.map_err(db::fault)?;
        found.extend(rows.into_iter().map(assemble).collect::<Result<Vec<_>>>()?);
    }
    Ok(found)
}

/// The sessions of a repetition, whatever became of them, in order of the dates that it gives them.
pub(crate) async fn list_of_recurrence(r: &Reader, id: RecurrenceId) -> Result<Vec<GroupSession>> {
    ordered(r.find::<Entity>().filter(Column::RecurrenceId.eq(id.uuid())).all(r.conn()).await.map_err(db::fault)?)
}

/// The same under the locks of their rows, which are taken in order of their ids.
pub(crate) async fn lock_recurrence(tx: &Tx, id: RecurrenceId) -> Result<Vec<GroupSession>> {
    let mut select = tx.find::<Entity>().filter(Column::RecurrenceId.eq(id.uuid())).order_by_asc(Column::Id);
    if !unlocked() {
        select = select.lock_exclusive();
    }
    ordered(select.all(tx.conn()).await.map_err(db::fault)?)
}

fn ordered(rows: Vec<Model>) -> Result<Vec<GroupSession>> {
    let mut sessions = rows.into_iter().map(assemble).collect::<Result<Vec<_>>>()?;
    sessions.sort_by_key(|session| (session.recurrence.as_ref().map(|own| own.plan.date), session.id));
    Ok(sessions)
}

/// The sessions that touch `range`, by start: one statement. None is longer than a day.
pub(crate) async fn list_in_range(r: &Reader, range: TimeRange, filter: &SessionFilter) -> Result<Vec<GroupSession>> {
    let rows = narrowed(r.find::<Entity>(), filter)
        .filter(Column::StartsAt.gte(range.from - Duration::minutes(MAX_VISIT_MINUTES)))
        .filter(Column::StartsAt.lt(range.to))
        .filter(Column::EndsAt.gt(range.from))
        .order_by_asc(Column::StartsAt)
        .order_by_asc(Column::Id)
        .all(r.conn())
        .await
        .map_err(db::fault)?;
    rows.into_iter().map(assemble).collect()
}

/// A page of sessions by start: one statement, and one more when the total is asked for.
pub(crate) async fn page(r: &Reader, filter: &SessionFilter, request: &PageRequest) -> Result<Page<GroupSession>> {
    let order = db::Order {
        column: Column::StartsAt,
        id: Column::Id,
        descending: false,
        key_of: |row: &Model| CursorKey::Time(row.starts_at),
        id_of: |row: &Model| row.id,
    };
    db::page(r, narrowed(r.find::<Entity>(), filter), order, request).await?.try_map(assemble)
}

/// The ids of the bookings of these sessions, but of those that were called off or declined, in order of booking.
pub(crate) async fn rosters(
    r: &Reader,
    sessions: &[GroupSessionId],
) -> Result<HashMap<GroupSessionId, Vec<BookingId>>> {
    let mut rosters: HashMap<GroupSessionId, Vec<BookingId>> = HashMap::with_capacity(sessions.len());
    let rows: Vec<(Option<Uuid>, Uuid)> = r
        .find::<booking::Entity>()
        .filter(booking::Column::SessionId.is_in(sessions.iter().map(|id| id.uuid())))
        .filter(booking::Column::Status.is_not_in(["CANCELLED", "DECLINED"]))
        .select_only()
        .column(booking::Column::SessionId)
        .column(booking::Column::Id)
        .order_by_asc(booking::Column::CreatedAt)
        .order_by_asc(booking::Column::Id)
        .into_tuple()
        .all(r.conn())
        .await
        .map_err(db::fault)?;
    for (session, id) in rows {
        if let Some(session) = session {
            rosters.entry(GroupSessionId::from_uuid(session)).or_default().push(BookingId::from_uuid(id));
        }
    }
    Ok(rosters)
}

/// Writes new sessions.
pub(crate) async fn insert_all(tx: &Tx, sessions: &[GroupSession]) -> Result<()> {
    let rows = sessions.iter().map(|session| {
        Ok(ActiveModel {
            id: Set(session.id.uuid()),
            taken: Set(session.taken.into()),
            recurrence_id: Set(session.recurrence.as_ref().map(|own| own.id.uuid())),
            recurrence_plan: Set(session.recurrence.as_ref().map(|own| json(&own.plan)).transpose()?),
            created_at: Set(session.created_at),
            ..row(session)?
        })
    });
    tx.insert_many(rows.collect::<Result<Vec<_>>>()?).await
}

/// Writes a changed session over the version it was read at; `false` when somebody else was faster. Its counter stays.
pub(crate) async fn update(tx: &Tx, session: &GroupSession, version: i32) -> Result<bool> {
    let update = tx.update::<Entity>().set(row(session)?);
    let update = update.filter(Column::Id.eq(session.id.uuid())).filter(Column::Version.eq(version));
    Ok(update.exec(tx.conn()).await.map_err(db::fault)?.rows_affected == 1)
}

/// Writes what a repetition says of a session from now on. The session itself stays as it is.
pub(crate) async fn restate(tx: &Tx, id: GroupSessionId, own: &InRecurrence) -> Result<()> {
    tx.update::<Entity>()
        .col_expr(Column::RecurrenceId, Expr::value(own.id.uuid()))
        .col_expr(Column::RecurrencePlan, Expr::value(json(&own.plan)?))
        .filter(Column::Id.eq(id.uuid()))
        .exec(tx.conn())
        .await
        .map_err(db::fault)?;
    Ok(())
}

/// Counts seats that are taken and seats that are given back, in one; `false`, and nothing changed, when there are not so
/// many left. Giving back alone is always possible.
pub(crate) async fn count_seats(tx: &Tx, id: GroupSessionId, taken: i32, freed: i32) -> Result<bool> {
    let by = taken - freed;
    let mut update = tx
        .update::<Entity>()
        .col_expr(Column::Taken, Expr::col(Column::Taken).add(by))
        .filter(Column::Id.eq(id.uuid()));
    if taken > 0 && !unguarded() {
        update = update.filter(Expr::col(Column::Taken).add(by).lte(Expr::col(Column::Capacity)));
    }
    Ok(update.exec(tx.conn()).await.map_err(db::fault)?.rows_affected == 1)
}

/// Test builds can switch off the counter's guard, for the negative control of the races.
fn unguarded() -> bool {
    db::failpoint!("sessions.skip_seat_guard", |_| true);
    false
}

/// Takes the seats off holds of a session that have run out, and says how many those were. Only under the session's lock;
/// the holds themselves are ended by their jobs.
pub(crate) async fn reap_dead_holds(tx: &Tx, id: GroupSessionId) -> Result<i32> {
    let dead = tx
        .find::<hold::Entity>()
        .filter(hold::Column::SessionId.eq(id.uuid()))
        .filter(hold::Column::Seats.gt(0))
        .filter(hold::Column::ExpiresAt.lte(tx.now()))
        .all(tx.conn())
        .await
        .map_err(db::fault)?;
    if dead.is_empty() {
        return Ok(0);
    }
    tx.update::<hold::Entity>()
        .col_expr(hold::Column::Seats, Expr::value(0))
        .filter(hold::Column::Id.is_in(dead.iter().map(|hold| hold.id)))
        .exec(tx.conn())
        .await
        .map_err(db::fault)?;
    Ok(dead.iter().map(|hold| hold.seats).sum())
}

fn narrowed(mut select: Select<Entity>, filter: &SessionFilter) -> Select<Entity> {
    // The local date decides; the instants beside it let the index on the start do the work, wide enough for any zone.
    if let Some(from) = filter.from {
        select = select
            .filter(Column::LocalDate.gte(from))
            .filter(Column::StartsAt.gte(crate::booking::repo::around(from, -1)));
    }
    if let Some(to) = filter.to {
        select =
            select.filter(Column::LocalDate.lte(to)).filter(Column::StartsAt.lte(crate::booking::repo::around(to, 2)));
    }
    if !filter.locations.is_empty() {
        select = select.filter(Column::LocationId.is_in(filter.locations.iter().map(|id| id.uuid())));
    }
    if !filter.services.is_empty() {
        select = select.filter(Column::ServiceId.is_in(filter.services.iter().map(|id| id.uuid())));
    }
    if !filter.staff.is_empty() {
        select = select.filter(Column::StaffId.is_in(filter.staff.iter().map(|id| id.uuid())));
    }
    if !filter.statuses.is_empty() {
        select = select.filter(Column::Status.is_in(filter.statuses.iter().map(|status| status.as_str())));
    }
    if filter.with_seats {
        select = select.filter(Expr::col(Column::Taken).lt(Expr::col(Column::Capacity)));
    }
    if let Some(own) = filter.own {
        select = select.filter(Column::StaffId.eq(own.uuid()));
    }
    if let Some((services, after)) = &filter.public {
        select = select
            .filter(Column::Status.eq(SessionStatus::Scheduled.as_str()))
            .filter(Column::Visibility.eq(visibility(Visibility::Public)))
            .filter(Column::ServiceId.is_in(services.iter().map(|id| id.uuid())))
            .filter(Column::StartsAt.gt(*after));
    }
    select
}

/// Everything but the id, the counter, and what never changes.
fn row(session: &GroupSession) -> Result<ActiveModel> {
    Ok(ActiveModel {
        company_id: NotSet,
        id: NotSet,
        status: Set(session.status.as_str().to_owned()),
        visibility: Set(visibility(session.visibility).to_owned()),
        location_id: Set(session.location_id.uuid()),
        service_id: Set(session.service_id().uuid()),
        staff_id: Set(session.staff_id().map(StaffId::uuid)),
        starts_at: Set(session.starts_at),
        ends_at: Set(session.ends_at),
        zone: Set(session.zone.name().to_owned()),
        local_date: Set(session.local_date),
        currency: Set(session.currency.code().to_owned()),
        line: Set(json(&session.line)?),
        overrides: Set(json(&rules::codes(&session.overrides))?),
        capacity: Set(session.capacity.into()),
        taken: NotSet,
        overfull: Set(session.overfull),
        waitlist_closes_minutes: Set(i32::try_from(session.waitlist_closes_minutes).map_err(Error::internal)?),
        recurrence_id: NotSet,
        recurrence_plan: NotSet,
        cancel_reason: Set(session.cancel_reason.map(|reason| reason.as_str().to_owned())),
        cancel_note: Set(session.cancel_note.clone()),
        version: Set(session.version),
        created_at: NotSet,
        updated_at: Set(session.updated_at),
    })
}

fn assemble(row: Model) -> Result<GroupSession> {
    let broken = |what: &str| Error::internal(format!("a stored session has an unreadable {what}"));
    let mut session = GroupSession {
        id: GroupSessionId::from_uuid(row.id),
        status: SessionStatus::parse(&row.status).ok_or_else(|| broken("status"))?,
        visibility: read_visibility(&row.visibility).ok_or_else(|| broken("visibility"))?,
        location_id: LocationId::from_uuid(row.location_id),
        starts_at: row.starts_at,
        ends_at: row.ends_at,
        zone: row.zone.parse().map_err(|_| broken("zone"))?,
        local_date: row.local_date,
        currency: row.currency.parse().map_err(|_| broken("currency"))?,
        line: read_json(row.line)?,
        overrides: rules::parse(&read_json::<Vec<String>>(row.overrides)?),
        capacity: u16::try_from(row.capacity).map_err(Error::internal)?,
        taken: u16::try_from(row.taken).map_err(Error::internal)?,
        overfull: row.overfull,
        waitlist_closes_minutes: u32::try_from(row.waitlist_closes_minutes).map_err(Error::internal)?,
        recurrence: None,
        cancel_reason: row.cancel_reason.as_deref().and_then(CancelReason::parse),
        cancel_note: row.cancel_note,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    };
    if let Some(id) = row.recurrence_id.map(RecurrenceId::from_uuid) {
        // Sessions that were planned before there was a plan to compare with are as their repetition says.
        let plan = row.recurrence_plan.map(read_json).transpose()?.unwrap_or_else(|| Planned::of(&session));
        session.recurrence = Some(InRecurrence { id, plan });
    }
    Ok(session)
}

const fn visibility(of: Visibility) -> &'static str {
    match of {
        Visibility::Public => "PUBLIC",
        Visibility::Link => "LINK",
        Visibility::Staff => "STAFF",
    }
}

fn read_visibility(text: &str) -> Option<Visibility> {
    [Visibility::Public, Visibility::Link, Visibility::Staff].into_iter().find(|one| visibility(*one) == text)
}
