//! The queries over bookings and their lines. Every function works on one company's snapshot or transaction.

mod load;

pub use load::{load_of_client, load_of_services, load_of_staff};

use super::entity::{booking, line};
use super::{Awaits, Booking, BookingId, CancelReason, Line, LineId, Price, StaffChoice, Status};
use crate::series::{InSeries, SeriesId};
use crate::session::GroupSessionId;
use catalog::{Localized, PriceKind, Processing, ServiceId};
use chrono::{DateTime, Duration, NaiveDate, Utc};
use clients::{ClientId, Clients};
use db::{ByPosition as _, Document, Reader, Tx};
use kernel::time::TimeRange;
use kernel::{Currency, CursorKey, Error, Money, Page, PageRequest, Result};
use sea_orm::sea_query::{Expr, OnConflict, Query, SelectStatement};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait as _, Iterable as _, QueryFilter, QueryOrder,
    QueryTrait as _, Select,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use staff::StaffId;
use std::collections::HashMap;
use tenancy::LocationId;
use uuid::Uuid;

/// Which bookings a list shows; what is empty does not narrow it.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Any of these states.
    pub statuses: Vec<Status>,
    /// First local date.
    pub from: Option<NaiveDate>,
    /// Last local date, itself included.
    pub to: Option<NaiveDate>,
    /// With a line by any of these.
    pub staff: Vec<StaffId>,
    /// With a line of any of these.
    pub services: Vec<ServiceId>,
    /// At any of these.
    pub locations: Vec<LocationId>,
    /// Of any of these.
    pub clients: Vec<ClientId>,
    /// Exactly these.
    pub ids: Vec<BookingId>,
    /// With exactly this reference, or of a client that `matching_clients` selects: what a searched text means.
    pub reference: Option<String>,
    /// Selects ids of clients.
    pub matching_clients: Option<SelectStatement>,
    /// Changed since then.
    pub changed_since: Option<DateTime<Utc>>,
    /// At this instant still to come or going on, or else over or called off.
    pub ahead: Option<(bool, DateTime<Utc>)>,
    /// Besides all else, with a line by this person: the fence of who may see only their own.
    pub own: Option<StaffId>,
}

/// How a list is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// By which instant.
    pub by: OrderBy,
    /// The latest first?
    pub descending: bool,
}

/// The instants that a list can be ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderBy {
    /// When the visit starts.
    StartsAt,
    /// When it was booked.
    CreatedAt,
}

/// A booking with its lines.
pub async fn find(r: &Reader, id: BookingId) -> Result<Option<Booking>> {
    let rows = with_lines(r, r.find_by_id::<booking::Entity>(id.uuid())).await?;
    Ok(rows.into_iter().next())
}

/// A booking by what people read aloud.
pub async fn find_by_reference(r: &Reader, reference: &str) -> Result<Option<Booking>> {
    let select = r.find::<booking::Entity>().filter(booking::Column::Reference.eq(reference));
    Ok(with_lines(r, select).await?.into_iter().next())
}

/// Those of these bookings that exist, in no order.
pub async fn list_by_ids(r: &Reader, ids: &[BookingId]) -> Result<Vec<Booking>> {
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(1_000) {
        let chunk: Vec<Uuid> = chunk.iter().map(|id| id.uuid()).collect();
        found.extend(with_lines(r, r.find::<booking::Entity>().filter(booking::Column::Id.is_in(chunk))).await?);
    }
    Ok(found)
}

/// The bookings that keep seats of a session, with their lines, in order of booking.
pub async fn list_of_session(r: &Reader, session: GroupSessionId) -> Result<Vec<Booking>> {
    let blocking = Status::ALL.into_iter().filter(|status| status.blocks()).map(Status::as_str);
    let select = r
        .find::<booking::Entity>()
        .filter(booking::Column::SessionId.eq(session.uuid()))
        .filter(booking::Column::Status.is_in(blocking));
    let mut bookings = with_lines(r, select).await?;
    bookings.sort_by_key(|booking| (booking.created_at, booking.id));
    Ok(bookings)
}

/// The visits of these series with their lines, in order of their dates.
pub async fn list_of_series(r: &Reader, series: &[SeriesId]) -> Result<Vec<Booking>> {
    let ids = series.iter().map(|id| id.uuid());
    let mut visits = with_lines(r, r.find::<booking::Entity>().filter(booking::Column::SeriesId.is_in(ids))).await?;
    visits.sort_by_key(|booking| (booking.series.map(|own| own.date), booking.id));
    Ok(visits)
}

/// Ids and versions of bookings, and of their clients' cards.
#[derive(Debug, Default)]
pub struct Versions {
    /// The bookings, in order.
    pub bookings: Vec<(Uuid, i32)>,
    /// The cards, each once, in no order.
    pub clients: HashMap<Uuid, i32>,
}

/// Which bookings touch `range`, in order of start, each with its version and, if wanted, with that of its client's card: one
/// slim statement. [`list_by_ids`] reads them.
///
/// No visit is longer than a day, so what starts a day before the range cannot reach into it.
pub async fn versions_in_range(r: &Reader, range: TimeRange, filter: &Filter, clients: bool) -> Result<Versions> {
    use sea_orm::QuerySelect as _;
    let mut select = narrowed(r, r.find::<booking::Entity>(), filter)
        .filter(booking::Column::StartsAt.gte(range.from - Duration::minutes(super::MAX_VISIT_MINUTES)))
        .filter(booking::Column::StartsAt.lt(range.to))
        .filter(booking::Column::EndsAt.gt(range.from))
        .order_by_asc(booking::Column::StartsAt)
        .order_by_asc(booking::Column::Id)
        .select_only()
        .columns([booking::Column::Id, booking::Column::Version, booking::Column::ClientId]);
    if clients {
        select = Clients::with_version(select, booking::Column::CompanyId, booking::Column::ClientId);
    }
    let statement = select.build(r.conn().get_database_backend());
    let rows = r.conn().query_all_raw(statement).await.map_err(db::fault)?;
    let mut versions = Versions::default();
    for row in &rows {
        versions.bookings.push((db::column(row, 0).map_err(db::fault)?, db::column(row, 1).map_err(db::fault)?));
        if clients && let Some(version) = db::column(row, 3).map_err(db::fault)? {
            versions.clients.insert(db::column(row, 2).map_err(db::fault)?, version);
        }
    }
    Ok(versions)
}

/// The first `limit` of the bookings that start in `range`, with their lines, in order of start: two statements and one more
/// for each thousand.
pub async fn list_earliest_in_range(r: &Reader, range: TimeRange, filter: &Filter, limit: u64) -> Result<Vec<Booking>> {
    use sea_orm::QuerySelect as _;
    let ids: Vec<Uuid> = narrowed(r, r.find::<booking::Entity>(), filter)
        .filter(booking::Column::StartsAt.gte(range.from))
        .filter(booking::Column::StartsAt.lt(range.to))
        .select_only()
        .column(booking::Column::Id)
        .order_by_asc(booking::Column::StartsAt)
        .order_by_asc(booking::Column::Id)
        .limit(limit)
        .into_tuple()
        .all(r.conn())
        .await
        .map_err(db::fault)?;
    let ids: Vec<BookingId> = ids.into_iter().map(BookingId::from_uuid).collect();
    let mut bookings = list_by_ids(r, &ids).await?;
    bookings.sort_by_key(|booking| (booking.starts_at, booking.id));
    Ok(bookings)
}

/// How many bookings start on each local date, by state; dates and states without any are left out. One statement.
pub async fn count_by_date(r: &Reader, filter: &Filter) -> Result<Vec<(NaiveDate, Status, u32)>> {
    use sea_orm::QuerySelect as _;
    use sea_orm::sea_query::ExprTrait as _;
    let rows: Vec<(NaiveDate, String, i64)> = narrowed(r, r.find::<booking::Entity>(), filter)
        .select_only()
        .column(booking::Column::LocalDate)
        .column(booking::Column::Status)
        .expr_as(Expr::count(Expr::col((booking::Entity, booking::Column::Id))), "visits")
        .group_by(booking::Column::LocalDate)
        .group_by(booking::Column::Status)
        .into_tuple()
        .all(r.conn())
        .await
        .map_err(db::fault)?;
    let broken = || Error::internal("a stored booking has an unreadable status");
    let count = |(date, status, count): (NaiveDate, String, i64)| -> Result<(NaiveDate, Status, u32)> {
        Ok((date, Status::parse(&status).ok_or_else(broken)?, u32::try_from(count).unwrap_or(u32::MAX)))
    };
    rows.into_iter().map(count).collect()
}

/// Blocking bookings that end after `after`, at some of these locations or by some of these people, with their lines.
pub async fn list_upcoming(
    r: &Reader,
    after: DateTime<Utc>,
    range: Option<TimeRange>,
    concerned: &Concerned<'_>,
    limit: u64,
) -> Result<Vec<Booking>> {
    use sea_orm::QuerySelect as _;
    let mut any = Condition::any();
    if !concerned.locations.is_empty() {
        any = any.add(booking::Column::LocationId.is_in(concerned.locations.iter().copied()));
    }
    if !concerned.staff.is_empty() {
        any = any.add(by_line(r, line::Column::StaffId, concerned.staff.iter().copied()));
    }
    if !concerned.bookings.is_empty() {
        any = any.add(booking::Column::Id.is_in(concerned.bookings.iter().copied()));
    }
    let blocking = Status::ALL.into_iter().filter(|status| status.blocks() && *status != Status::Completed);
    let mut ids = r
        .find::<booking::Entity>()
        .filter(any)
        .filter(booking::Column::Status.is_in(blocking.map(Status::as_str)))
        .filter(booking::Column::StartsAt.gte(after - Duration::minutes(super::MAX_VISIT_MINUTES)))
        .filter(booking::Column::EndsAt.gt(after));
    if let Some(range) = range {
        let near = range.widen(2 * super::MAX_VISIT_MINUTES, super::MAX_VISIT_MINUTES);
        ids = ids.filter(booking::Column::StartsAt.gte(near.from)).filter(booking::Column::StartsAt.lt(near.to));
    }
    let ids: Vec<Uuid> = ids
        .select_only()
        .column(booking::Column::Id)
        .order_by_asc(booking::Column::StartsAt)
        .order_by_asc(booking::Column::Id)
        .limit(limit)
        .into_tuple()
        .all(r.conn())
        .await
        .map_err(db::fault)?;
    let ids: Vec<BookingId> = ids.into_iter().map(BookingId::from_uuid).collect();
    let mut bookings = list_by_ids(r, &ids).await?;
    bookings.sort_by_key(|booking| (booking.starts_at, booking.id));
    Ok(bookings)
}

/// Whose calendar a change concerns.
#[derive(Debug, Clone, Copy, Default)]
pub struct Concerned<'a> {
    /// Bookings at these locations.
    pub locations: &'a [Uuid],
    /// Bookings with a line by these people.
    pub staff: &'a [Uuid],
    /// These bookings.
    pub bookings: &'a [Uuid],
}

impl Concerned<'_> {
    /// Whether it concerns nobody.
    pub fn is_empty(&self) -> bool {
        self.locations.is_empty() && self.staff.is_empty() && self.bookings.is_empty()
    }
}

/// The bookings that these lines belong to.
pub async fn owners_of_lines(r: &Reader, lines: &[Uuid]) -> Result<HashMap<Uuid, BookingId>> {
    use sea_orm::QuerySelect as _;
    let mut owners = HashMap::with_capacity(lines.len());
    for chunk in lines.chunks(1_000) {
        let rows: Vec<(Uuid, Uuid)> = r
            .find::<line::Entity>()
            .filter(line::Column::Id.is_in(chunk.iter().copied()))
            .select_only()
            .column(line::Column::Id)
            .column(line::Column::BookingId)
            .into_tuple()
            .all(r.conn())
            .await
            .map_err(db::fault)?;
        owners.extend(rows.into_iter().map(|(line, booking)| (line, BookingId::from_uuid(booking))));
    }
    Ok(owners)
}

/// A page of bookings with their lines: two statements, and one more when the total is asked for.
pub async fn page(r: &Reader, filter: &Filter, order: Order, request: &PageRequest) -> Result<Page<Booking>> {
    let select = narrowed(r, r.find::<booking::Entity>(), filter);
    let column = match order.by {
        OrderBy::StartsAt => booking::Column::StartsAt,
        OrderBy::CreatedAt => booking::Column::CreatedAt,
    };
    let order = db::Order {
        column,
        id: booking::Column::Id,
        descending: order.descending,
        key_of: match order.by {
            OrderBy::StartsAt => |row: &booking::Model| CursorKey::Time(row.starts_at),
            OrderBy::CreatedAt => |row: &booking::Model| CursorKey::Time(row.created_at),
        },
        id_of: |row: &booking::Model| row.id,
    };
    let page = db::page(r, select, order, request).await?;
    let ids: Vec<Uuid> = page.items.iter().map(|row| row.id).collect();
    let mut lines = lines_of(r, &ids).await?;
    page.try_map(|row| {
        let own = lines.remove(&row.id).unwrap_or_default();
        assemble(row, own)
    })
}

/// The person who performed this client's visits at most, lately: their usual one.
pub async fn usual_staff(r: &Reader, client: ClientId, before: DateTime<Utc>) -> Result<Option<StaffId>> {
    use sea_orm::QuerySelect as _;
    let visits = Query::select()
        .column(booking::Column::Id)
        .from(booking::Entity)
        .and_where(booking::Column::CompanyId.eq(r.company().uuid()))
        .and_where(booking::Column::ClientId.eq(client.uuid()))
        .and_where(booking::Column::Status.eq(Status::Completed.as_str()))
        .and_where(booking::Column::StartsAt.lt(before))
        .to_owned();
    let last: Vec<Uuid> = r
        .find::<line::Entity>()
        .filter(line::Column::BookingId.in_subquery(visits))
        .filter(line::Column::StaffId.is_not_null())
        .select_only()
        .column(line::Column::StaffId)
        .order_by_desc(line::Column::StartsAt)
        .order_by_desc(line::Column::Id)
        .limit(20)
        .into_tuple()
        .all(r.conn())
        .await
        .map_err(db::fault)?;
    let mut counts: HashMap<Uuid, usize> = HashMap::new();
    for id in &last {
        *counts.entry(*id).or_default() += 1;
    }
    Ok(counts.into_iter().max_by_key(|(id, count)| (*count, *id)).map(|(id, _)| StaffId::from_uuid(id)))
}

/// Writes a new booking and its lines.
pub async fn insert(tx: &mut Tx, booking: &Booking) -> Result<()> {
    tx.insert(row(booking)).await?;
    let lines: Vec<line::ActiveModel> = booking
        .lines
        .iter()
        .enumerate()
        .map(|(position, line)| line_row(booking.id, position, line))
        .collect::<Result<_>>()?;
    tx.insert_many(lines).await
}

/// Writes new bookings and their lines, many to a statement.
pub async fn insert_all(tx: &Tx, bookings: &[Booking]) -> Result<()> {
    tx.insert_many(bookings.iter().map(row).collect::<Vec<_>>()).await?;
    let mut lines = Vec::with_capacity(bookings.len());
    for booking in bookings {
        for (position, line) in booking.lines.iter().enumerate() {
            lines.push(line_row(booking.id, position, line)?);
        }
    }
    tx.insert_many(lines).await
}

/// Writes a changed booking over the version it was read at; `false` when somebody else was faster.
pub async fn update(tx: &Tx, booking: &Booking, from: Status, version: i32) -> Result<bool> {
    use sea_orm::ActiveValue;
    let mut changes = row(booking);
    changes.id = ActiveValue::NotSet;
    changes.reference = ActiveValue::NotSet;
    // A series that is split hands its visits over by itself.
    changes.series_id = ActiveValue::NotSet;
    changes.series_date = ActiveValue::NotSet;
    changes.created_at = ActiveValue::NotSet;
    let mut update = tx.update::<booking::Entity>().set(changes).filter(booking::Column::Id.eq(booking.id.uuid()));
    if !unguarded() {
        update = update.filter(booking::Column::Status.eq(from.as_str())).filter(booking::Column::Version.eq(version));
    }
    Ok(update.exec(tx.conn()).await.map_err(db::fault)?.rows_affected == 1)
}

/// Test builds can look away from versions, to show that nothing else notices two who change one booking.
pub fn unguarded() -> bool {
    db::failpoint!("bookings.skip_version", |_| true);
    false
}

/// Writes a booking's lines over those that it had before. What a line was that is gone stays in the booking's history, and
/// its allocations with it.
pub async fn write_lines(tx: &Tx, booking: &Booking, before: &[Line]) -> Result<()> {
    use sea_orm::sea_query::ExprTrait as _;
    let ids = |lines: &[Line]| lines.iter().map(|line| line.id.uuid()).collect::<Vec<_>>();
    let left = ids(&booking.lines);
    if left != ids(before) {
        let of_booking = || line::Column::BookingId.eq(booking.id.uuid());
        tx.delete::<line::Entity>()
            .filter(of_booking())
            .filter(line::Column::Id.is_not_in(left))
            .exec(tx.conn())
            .await
            .map_err(db::fault)?;
        // No two lines of a booking have one place, also between two of them changing theirs.
        let far = i32::try_from(super::MAX_LINES).map_err(Error::internal)?;
        tx.update::<line::Entity>()
            .col_expr(line::Column::Position, Expr::col(line::Column::Position).add(far))
            .filter(of_booking())
            .exec(tx.conn())
            .await
            .map_err(db::fault)?;
    }
    let rows: Vec<line::ActiveModel> = (booking.lines.iter().enumerate())
        .map(|(position, line)| line_row(booking.id, position, line))
        .collect::<Result<_>>()?;
    let keys = [line::Column::CompanyId, line::Column::Id];
    let written: Vec<line::Column> =
        line::Column::iter().filter(|column| !matches!(column, line::Column::CompanyId | line::Column::Id)).collect();
    tx.upsert(rows, OnConflict::columns(keys).update_columns(written).to_owned()).await
}

/// Bookings with their lines in order of start: one statement, each row a line beside its booking.
async fn with_lines(r: &Reader, select: Select<booking::Entity>) -> Result<Vec<Booking>> {
    let select = select
        .find_with_related(line::Entity)
        .order_by_asc(booking::Column::StartsAt)
        .order_by_asc(booking::Column::Id)
        .order_by_asc(line::Column::Position);
    let statement = select.build(r.conn().get_database_backend());
    let rows = r.conn().query_all_raw(statement).await.map_err(db::fault)?;
    let mut found: Vec<(booking::Model, Vec<line::Model>)> = Vec::new();
    for row in &rows {
        let id: Uuid = db::column(row, ID).map_err(db::fault)?;
        if found.last().is_none_or(|(before, _)| before.id != id) {
            found.push((booking::Model::read(row, 0).map_err(db::fault)?, Vec::new()));
        }
        let line: Option<Uuid> = db::column(row, booking::Model::WIDTH + ID).map_err(db::fault)?;
        if let (Some(_), Some((_, lines))) = (line, found.last_mut()) {
            lines.push(line::Model::read(row, booking::Model::WIDTH).map_err(db::fault)?);
        }
    }
    found.into_iter().map(|(row, lines)| assemble(row, lines)).collect()
}

/// Where both tables have their id.
const ID: usize = 1;

async fn lines_of(r: &Reader, bookings: &[Uuid]) -> Result<HashMap<Uuid, Vec<line::Model>>> {
    let mut lines: HashMap<Uuid, Vec<line::Model>> = HashMap::with_capacity(bookings.len());
    if bookings.is_empty() {
        return Ok(lines);
    }
    let select = r
        .find::<line::Entity>()
        .filter(line::Column::BookingId.is_in(bookings.iter().copied()))
        .order_by_asc(line::Column::BookingId)
        .order_by_asc(line::Column::Position);
    for row in db::all(r, select).await? {
        lines.entry(row.booking_id).or_default().push(row);
    }
    Ok(lines)
}

fn narrowed(r: &Reader, mut select: Select<booking::Entity>, filter: &Filter) -> Select<booking::Entity> {
    if !filter.statuses.is_empty() {
        select = select.filter(booking::Column::Status.is_in(filter.statuses.iter().map(|status| status.as_str())));
    }
    // The local date decides; the instants beside it let the index on the start do the work, wide enough for any zone.
    if let Some(from) = filter.from {
        let earliest = around(from, -1);
        select = select.filter(booking::Column::LocalDate.gte(from)).filter(booking::Column::StartsAt.gte(earliest));
    }
    if let Some(to) = filter.to {
        let latest = around(to, 2);
        select = select.filter(booking::Column::LocalDate.lte(to)).filter(booking::Column::StartsAt.lte(latest));
    }
    if !filter.locations.is_empty() {
        select = select.filter(booking::Column::LocationId.is_in(filter.locations.iter().map(|id| id.uuid())));
    }
    if !filter.staff.is_empty() {
        select = select.filter(by_line(r, line::Column::StaffId, filter.staff.iter().map(|id| id.uuid())));
    }
    if !filter.services.is_empty() {
        select = select.filter(by_line(r, line::Column::ServiceId, filter.services.iter().map(|id| id.uuid())));
    }
    if let Some(own) = filter.own {
        select = select.filter(by_line(r, line::Column::StaffId, [own.uuid()]));
    }
    if !filter.ids.is_empty() {
        select = select.filter(booking::Column::Id.is_in(filter.ids.iter().map(|id| id.uuid())));
    }
    if !filter.clients.is_empty() {
        select = select.filter(booking::Column::ClientId.is_in(filter.clients.iter().map(|id| id.uuid())));
    }
    if let Some(since) = filter.changed_since {
        select = select.filter(booking::Column::UpdatedAt.gte(since));
    }
    if let Some((ahead, at)) = filter.ahead {
        let alive = [Status::Pending, Status::Confirmed, Status::Arrived, Status::InService].map(Status::as_str);
        let stands = Condition::all().add(booking::Column::EndsAt.gt(at)).add(booking::Column::Status.is_in(alive));
        select = select.filter(if ahead { stands } else { stands.not() });
    }
    if filter.reference.is_some() || filter.matching_clients.is_some() {
        let reference = filter.reference.as_ref().map(|reference| booking::Column::Reference.eq(reference.as_str()));
        let clients = filter.matching_clients.as_ref().map(|ids| booking::Column::ClientId.in_subquery(ids.clone()));
        select = select.filter(Condition::any().add_option(reference).add_option(clients));
    }
    select
}

/// A date's UTC midnight moved by some days, within the years that both engines write with four digits.
pub(crate) fn around(date: NaiveDate, days: i64) -> DateTime<Utc> {
    let midnight = |date: NaiveDate| date.and_time(chrono::NaiveTime::MIN).and_utc();
    let last = NaiveDate::from_ymd_opt(9999, 12, 31).map_or(DateTime::UNIX_EPOCH, midnight);
    (midnight(date) + Duration::days(days)).min(last)
}

fn by_line(r: &Reader, column: line::Column, ids: impl IntoIterator<Item = Uuid>) -> sea_orm::sea_query::SimpleExpr {
    let lines = Query::select()
        .column(line::Column::BookingId)
        .from(line::Entity)
        .and_where(line::Column::CompanyId.eq(r.company().uuid()))
        .and_where(column.is_in(ids))
        .to_owned();
    booking::Column::Id.in_subquery(lines)
}

fn row(booking: &Booking) -> booking::ActiveModel {
    booking::ActiveModel {
        company_id: sea_orm::ActiveValue::NotSet,
        id: Set(booking.id.uuid()),
        reference: Set(booking.reference.clone()),
        status: Set(booking.status.as_str().to_owned()),
        status_since: Set(booking.status_since),
        location_id: Set(booking.location_id.uuid()),
        client_id: Set(booking.client_id.uuid()),
        hold_id: Set(booking.hold_id.map(crate::hold::HoldId::uuid)),
        session_id: Set(booking.session_id.map(GroupSessionId::uuid)),
        party_size: Set(booking.party_size.into()),
        series_id: Set(booking.series.map(|own| own.id.uuid())),
        series_date: Set(booking.series.map(|own| own.date)),
        starts_at: Set(booking.starts_at),
        ends_at: Set(booking.ends_at),
        zone: Set(booking.zone.name().to_owned()),
        local_date: Set(booking.local_date),
        currency: Set(booking.currency().code().to_owned()),
        total_minor: Set(booking.total.minor),
        channel: Set(booking.channel.clone()),
        policy: Set(Document(booking.policy.clone())),
        awaits_approval: Set(booking.awaits.approval),
        awaits_prepayment: Set(booking.awaits.prepayment),
        pending_until: Set(booking.pending_until),
        prepayment_minor: Set(booking.prepayment.minor),
        fee_minor: Set(booking.fee.map(|fee| fee.minor)),
        deposit_kept: Set(booking.deposit_kept),
        client_moves: Set(booking.client_moves.into()),
        link_revocations: Set(booking.link_revocations.into()),
        overrides: Set(Document(crate::rules::codes(&booking.overrides))),
        guests: Set(Document(booking.guests.clone())),
        client_note: Set(booking.client_note.clone()),
        internal_note: Set(booking.internal_note.clone()),
        cancel_reason: Set(booking.cancel_reason.map(|reason| reason.as_str().to_owned())),
        cancel_note: Set(booking.cancel_note.clone()),
        version: Set(booking.version),
        created_at: Set(booking.created_at),
        updated_at: Set(booking.updated_at),
    }
}

fn line_row(booking: BookingId, position: usize, line: &Line) -> Result<line::ActiveModel> {
    Ok(line::ActiveModel {
        company_id: sea_orm::ActiveValue::NotSet,
        id: Set(line.id.uuid()),
        booking_id: Set(booking.uuid()),
        position: Set(i32::try_from(position).map_err(Error::internal)?),
        service_id: Set(line.service_id.uuid()),
        service_name_uk: Set(line.service_name.uk.clone()),
        service_name_en: Set(line.service_name.en.clone()),
        color: Set(line.color.clone()),
        with_previous: Set(line.with_previous),
        guest: Set(line.guest.map(Into::into)),
        persons: Set(line.persons.into()),
        add_ons: Set(Document(line.add_ons.clone())),
        staff_id: Set(line.staff_id.map(StaffId::uuid)),
        staff_name: Set(line.staff_name.clone()),
        staff_choice: Set(line.staff_choice.as_str().to_owned()),
        starts_at: Set(line.starts_at),
        ends_at: Set(line.ends_at),
        duration_minutes: Set(line.duration_minutes.into()),
        processing_after: Set(line.processing.map(|gap| gap.after.into())),
        processing_minutes: Set(line.processing.map(|gap| gap.minutes.into())),
        buffer_before_minutes: Set(line.buffer_before_minutes.into()),
        buffer_after_minutes: Set(line.buffer_after_minutes.into()),
        price_kind: Set(price_kind(line.price.kind).to_owned()),
        price_minor: Set(line.price.minor),
        tax_rate_bp: Set(line.tax_rate_bp.into()),
        requirements: Set(Document(line.requirements.clone())),
        resources: Set(Document(line.resources.clone())),
    })
}

fn assemble(row: booking::Model, lines: Vec<line::Model>) -> Result<Booking> {
    let currency: Currency = row.currency.parse().map_err(|_| broken("currency"))?;
    let mut lines =
        lines.into_iter().map(|line| Ok((line.position, assemble_line(line)?))).collect::<Result<Vec<_>>>()?;
    lines.sort_by_key(|(position, _)| *position);
    Ok(Booking {
        id: BookingId::from_uuid(row.id),
        status: Status::parse(&row.status).ok_or_else(|| broken("status"))?,
        status_since: row.status_since,
        location_id: LocationId::from_uuid(row.location_id),
        client_id: ClientId::from_uuid(row.client_id),
        hold_id: row.hold_id.map(crate::hold::HoldId::from_uuid),
        session_id: row.session_id.map(GroupSessionId::from_uuid),
        party_size: small(row.party_size)?,
        series: row.series_id.zip(row.series_date).map(|(id, date)| InSeries { id: SeriesId::from_uuid(id), date }),
        starts_at: row.starts_at,
        ends_at: row.ends_at,
        zone: row.zone.parse().map_err(|_| broken("zone"))?,
        local_date: row.local_date,
        total: Money { minor: row.total_minor, currency },
        channel: row.channel,
        policy: row.policy.0,
        awaits: Awaits { approval: row.awaits_approval, prepayment: row.awaits_prepayment },
        pending_until: row.pending_until,
        prepayment: Money { minor: row.prepayment_minor, currency },
        fee: row.fee_minor.map(|minor| Money { minor, currency }),
        deposit_kept: row.deposit_kept,
        client_moves: small(row.client_moves)?,
        link_revocations: small(row.link_revocations)?,
        overrides: crate::rules::parse(&row.overrides.0),
        guests: row.guests.0,
        client_note: row.client_note,
        internal_note: row.internal_note,
        cancel_reason: row.cancel_reason.as_deref().and_then(CancelReason::parse),
        cancel_note: row.cancel_note,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
        reference: row.reference,
        lines: lines.into_iter().map(|(_, line)| line).collect(),
    })
}

fn assemble_line(row: line::Model) -> Result<Line> {
    let processing = match (row.processing_after, row.processing_minutes) {
        (Some(after), Some(minutes)) => Some(Processing { after: small(after)?, minutes: small(minutes)? }),
        _ => None,
    };
    Ok(Line {
        id: LineId::from_uuid(row.id),
        service_id: ServiceId::from_uuid(row.service_id),
        service_name: Localized { uk: row.service_name_uk, en: row.service_name_en },
        color: row.color,
        with_previous: row.with_previous,
        guest: row.guest.map(u8::try_from).transpose().map_err(Error::internal)?,
        persons: small(row.persons)?,
        add_ons: row.add_ons.0,
        staff_id: row.staff_id.map(StaffId::from_uuid),
        staff_name: row.staff_name,
        staff_choice: StaffChoice::parse(&row.staff_choice).ok_or_else(|| broken("staff choice"))?,
        starts_at: row.starts_at,
        ends_at: row.ends_at,
        duration_minutes: small(row.duration_minutes)?,
        processing,
        buffer_before_minutes: small(row.buffer_before_minutes)?,
        buffer_after_minutes: small(row.buffer_after_minutes)?,
        price: Price { kind: read_price_kind(&row.price_kind)?, minor: row.price_minor },
        tax_rate_bp: small(row.tax_rate_bp)?,
        requirements: row.requirements.0,
        resources: row.resources.0,
    })
}

const fn price_kind(kind: PriceKind) -> &'static str {
    match kind {
        PriceKind::Fixed => "FIXED",
        PriceKind::From => "FROM",
        PriceKind::Free => "FREE",
    }
}

fn read_price_kind(text: &str) -> Result<PriceKind> {
    match text {
        "FIXED" => Ok(PriceKind::Fixed),
        "FROM" => Ok(PriceKind::From),
        "FREE" => Ok(PriceKind::Free),
        _ => Err(broken("price kind")),
    }
}

/// A value as it is stored in a document column.
pub fn json(value: &impl Serialize) -> Result<serde_json::Value> {
    serde_json::to_value(value).map_err(Error::internal)
}

/// A document column as a value.
pub fn read_json<T: DeserializeOwned>(value: serde_json::Value) -> Result<T> {
    serde_json::from_value(value).map_err(Error::internal)
}

fn small(value: i32) -> Result<u16> {
    u16::try_from(value).map_err(Error::internal)
}

fn broken(what: &str) -> Error {
    Error::internal(format!("a stored booking has an unreadable {what}"))
}
