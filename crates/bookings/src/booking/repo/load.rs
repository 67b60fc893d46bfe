//! How much is booked already: counted by the database, by local date. Blocking bookings count; the caller's own lines do not.

use super::around;
use crate::availability::{ClientFacts, Tally};
use crate::booking::entity::{booking, line};
use crate::booking::{LineId, Status};
use chrono::NaiveDate;
use clients::ClientId;
use db::Reader;
use kernel::Result;
use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{ColumnTrait as _, JoinType, QueryFilter as _, QuerySelect as _, RelationTrait as _, Select};
use uuid::Uuid;

/// Of each of these people: visits and minutes of lines on each local date of the span that has any.
pub async fn load_of_staff(
    r: &Reader,
    staff: &[Uuid],
    span: (NaiveDate, NaiveDate),
    own: &[LineId],
) -> Result<Vec<(Uuid, NaiveDate, Tally)>> {
    if staff.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<(Uuid, NaiveDate, i64, i64)> = lines_on(r, span, own)
        .filter(line::Column::StaffId.is_in(staff.iter().copied()))
        .select_only()
        .column(line::Column::StaffId)
        .column(booking::Column::LocalDate)
        .expr_as(Expr::col((line::Entity, line::Column::BookingId)).count_distinct(), "visits")
        .expr_as(Expr::col((line::Entity, line::Column::DurationMinutes)).sum(), "minutes")
        .group_by(line::Column::StaffId)
        .group_by(booking::Column::LocalDate)
        .into_tuple()
        .all(r.conn())
        .await
        .map_err(db::fault)?;
    Ok(rows.into_iter().map(|(id, date, visits, minutes)| (id, date, tally(visits, minutes))).collect())
}

/// Of each of these services: how often it is done on each local date of the span on which it is.
pub async fn load_of_services(
    r: &Reader,
    services: &[Uuid],
    span: (NaiveDate, NaiveDate),
    own: &[LineId],
) -> Result<Vec<(Uuid, NaiveDate, Tally)>> {
    if services.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<(Uuid, NaiveDate, i64)> = lines_on(r, span, own)
        .filter(line::Column::ServiceId.is_in(services.iter().copied()))
        .select_only()
        .column(line::Column::ServiceId)
        .column(booking::Column::LocalDate)
        .expr_as(Expr::col((line::Entity, line::Column::Id)).count(), "times")
        .group_by(line::Column::ServiceId)
        .group_by(booking::Column::LocalDate)
        .into_tuple()
        .all(r.conn())
        .await
        .map_err(db::fault)?;
    Ok(rows.into_iter().map(|(id, date, times)| (id, date, tally(times, 0))).collect())
}

/// The other visits of a client: all of them, those to come, and by local date within the span.
pub async fn load_of_client(
    r: &Reader,
    client: ClientId,
    (first, last): (NaiveDate, NaiveDate),
    own: &[LineId],
) -> Result<ClientFacts> {
    let to_come = [Status::Pending, Status::Confirmed, Status::Arrived].map(Status::as_str);
    let active = booking::Column::StartsAt.gte(r.now()).and(booking::Column::Status.is_in(to_come));
    let totals: Option<(i64, i64)> = visits_of(r, client, own)
        .select_only()
        .expr_as(Expr::col(booking::Column::Id).count(), "visits")
        .expr_as(Expr::count(Expr::case(active, 1).into()), "active")
        .into_tuple()
        .one(r.conn())
        .await
        .map_err(db::fault)?;
    let days: Vec<(NaiveDate, i64)> = visits_of(r, client, own)
        .filter(booking::Column::LocalDate.between(first, last))
        .select_only()
        .column(booking::Column::LocalDate)
        .expr_as(Expr::col(booking::Column::Id).count(), "visits")
        .group_by(booking::Column::LocalDate)
        .into_tuple()
        .all(r.conn())
        .await
        .map_err(db::fault)?;
    let (visits, active) = totals.unwrap_or_default();
    let days = days.into_iter().map(|(date, visits)| (date, small(visits))).collect();
    Ok(ClientFacts { active: small(active), visits: small(visits), days })
}

/// Lines of blocking bookings on these local dates. Seats are left out: their session is planned by the company, whoever comes.
/// The instants beside the dates let the index on the start do the work.
fn lines_on(r: &Reader, (first, last): (NaiveDate, NaiveDate), own: &[LineId]) -> Select<line::Entity> {
    let mut select = r
        .find::<line::Entity>()
        .join(JoinType::InnerJoin, line::Relation::Booking.def())
        .filter(booking::Column::LocalDate.between(first, last))
        .filter(booking::Column::Status.is_in(blocking()))
        .filter(booking::Column::SessionId.is_null())
        .filter(line::Column::StartsAt.gte(around(first, -1)))
        .filter(line::Column::StartsAt.lte(around(last, 3)));
    if !own.is_empty() {
        select = select.filter(line::Column::Id.is_not_in(own.iter().map(|id| id.uuid())));
    }
    select
}

fn visits_of(r: &Reader, client: ClientId, own: &[LineId]) -> Select<booking::Entity> {
    let mut select = r
        .find::<booking::Entity>()
        .filter(booking::Column::ClientId.eq(client.uuid()))
        .filter(booking::Column::Status.is_in(blocking()));
    if !own.is_empty() {
        let theirs = Query::select()
            .column(line::Column::BookingId)
            .from(line::Entity)
            .and_where(line::Column::CompanyId.eq(r.company().uuid()))
            .and_where(line::Column::Id.is_in(own.iter().map(|id| id.uuid())))
            .to_owned();
        select = select.filter(booking::Column::Id.not_in_subquery(theirs));
    }
    select
}

fn blocking() -> impl Iterator<Item = &'static str> {
    Status::ALL.into_iter().filter(|status| status.blocks()).map(Status::as_str)
}

fn tally(count: i64, minutes: i64) -> Tally {
    Tally { count: small(count), minutes: small(minutes) }
}

fn small(count: i64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
