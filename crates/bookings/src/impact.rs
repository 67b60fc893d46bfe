//! What lower crates ask of bookings: whom a change of the calendar hits, what occupies a unit now, how often a client was
//! here, whose clients are whose. The server plugs these in. They answer about the company of the reader they are given.

use crate::Bookings;
use crate::availability::{Candidate, Dates, Rule, Rules, Violation, evaluate};
use crate::booking::entity::{booking, line};
use crate::booking::repo::{self, Concerned};
use crate::booking::{Booking, Status};
use crate::permissions::{BOOKINGS_ALL, BOOKINGS_OWN};
use crate::slots::{Asked, FAR, World, facts_for, line_of, own_profile};
use access::Cx;
use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};
use clients::ports::{ClientReach, ClientVisits, Visits};
use clients::{Client, ClientId};
use db::Reader;
use kernel::Result;
use kernel::time::{TimeRange, local_date};
use sea_orm::sea_query::{Expr, ExprTrait as _, Query, SelectStatement};
use sea_orm::{ColumnTrait as _, QueryFilter as _, QuerySelect as _};
use std::collections::HashMap;
use tenancy::ports::{AffectedBooking, CalendarChange, CalendarImpact, Occupation};
use uuid::Uuid;

/// As many bookings as one answer lists; whoever changes more than that at once looks at the calendar.
const MOST: u64 = 500;

#[async_trait]
impl CalendarImpact for Bookings {
    async fn affected(&self, cx: &Cx, reader: &Reader, change: &CalendarChange) -> Result<Vec<AffectedBooking>> {
        let now = reader.now();
        // Open-ended absences and closures reach to the end of time; no booking does.
        let range =
            change.range.map(|range| TimeRange { from: Ord::max(range.from, now), to: Ord::min(range.to, now + FAR) });
        if range.is_some_and(TimeRange::is_empty) {
            return Ok(Vec::new());
        }
        let by_units = self.bookings_with(reader, &change.resources, range).await?;
        let concerned = Concerned { locations: &change.locations, staff: &change.staff, bookings: &by_units };
        if concerned.is_empty() {
            return Ok(Vec::new());
        }
        let bookings = repo::list_upcoming(reader, now, range, &concerned, MOST).await?;
        let world = World::load(self, reader).await?;
        let mut hit = Vec::new();
        for booking in bookings.iter().filter(|booking| range.is_none_or(|range| touches(booking, range))) {
            let reasons = self.broken_rules(reader, &world, booking).await?;
            if !reasons.is_empty() {
                hit.push((booking, reasons));
            }
        }
        let names = self.names(cx, reader, &world, hit.iter().map(|(booking, _)| *booking)).await?;
        let listed = hit.into_iter().map(|(booking, reasons)| AffectedBooking {
            id: gql::to_id(booking.id),
            reference: booking.reference.clone(),
            starts_at: gql::DateTime::at(booking.starts_at, booking.zone),
            ends_at: gql::DateTime::at(booking.ends_at, booking.zone),
            client_name: names.get(&booking.client_id).cloned(),
            reasons: reasons.into_iter().map(|rule| rule.code().to_owned()).collect(),
        });
        Ok(listed.collect())
    }

    async fn occupied(&self, reader: &Reader, resources: &[Uuid], at: DateTime<Utc>) -> Result<Vec<Occupation>> {
        let instant = TimeRange { from: at, to: at + Duration::microseconds(1) };
        let taken = reader.busy(resources, instant).await?;
        let lines: Vec<Uuid> = taken.iter().filter_map(|taken| line_of(taken.owner)).collect();
        let owners = repo::owners_of_lines(reader, &lines).await?;
        let occupations = taken.iter().map(|taken| Occupation {
            resource: taken.subject.id,
            from: taken.busy.from,
            to: taken.busy.to,
            booking: line_of(taken.owner).and_then(|line| owners.get(&line)).map(|id| id.uuid()),
        });
        Ok(occupations.collect())
    }
}

impl Bookings {
    async fn bookings_with(&self, r: &Reader, units: &[Uuid], range: Option<TimeRange>) -> Result<Vec<Uuid>> {
        let range = range.unwrap_or_else(|| TimeRange { from: r.now(), to: r.now() + FAR });
        let lines: Vec<Uuid> = r.busy(units, range).await?.iter().filter_map(|taken| line_of(taken.owner)).collect();
        let mut bookings: Vec<Uuid> = repo::owners_of_lines(r, &lines).await?.values().map(|id| id.uuid()).collect();
        bookings.sort_unstable();
        bookings.dedup();
        Ok(bookings)
    }

    /// The rules that a booking breaks where it stands, each once.
    async fn broken_rules(&self, r: &Reader, world: &World, booking: &Booking) -> Result<Vec<Rule>> {
        let violations = self.violations_of(r, world, booking).await?;
        let mut rules: Vec<Rule> = violations.iter().map(|violation| violation.rule).collect();
        rules.sort_unstable();
        rules.dedup();
        Ok(rules)
    }

    /// What a booking breaks where it stands, with its own people and units, other than what was set aside for it. The
    /// engine decides; nobody else's time is looked at.
    pub(crate) async fn violations_of(&self, r: &Reader, world: &World, booking: &Booking) -> Result<Vec<Violation>> {
        let waived: Rules = booking.overrides.iter().copied().collect();
        let asked = Asked::pinned(world, booking, waived)?.at_agreed_start(&booking.overrides);
        let dates = Dates::on(local_date(booking.zone, booking.starts_at));
        let facts = facts_for(r, world, &asked, dates, None, None).await?;
        let candidate = Candidate { start: booking.starts_at, visit: &asked.visit };
        Ok(evaluate(candidate, &facts, &asked.policy, r.now()).err().unwrap_or_default())
    }

    /// Names of the clients of these bookings, as far as the caller may see the bookings.
    async fn names(
        &self,
        cx: &Cx,
        r: &Reader,
        world: &World,
        bookings: impl Iterator<Item = &Booking> + Send,
    ) -> Result<HashMap<ClientId, String>> {
        let own = cx.can(BOOKINGS_OWN).then(|| own_profile(cx, &world.members)).flatten();
        let seen = |booking: &&Booking| {
            cx.can(BOOKINGS_ALL) || booking.lines.iter().any(|line| own.is_some() && line.staff_id == own)
        };
        let mut ids: Vec<ClientId> = bookings.filter(seen).map(|booking| booking.client_id).collect();
        ids.sort_unstable();
        ids.dedup();
        let clients = self.clients.get_many(r, &ids).await?;
        Ok(clients.into_iter().map(|client: Client| (client.id, client.name)).collect())
    }
}

#[async_trait]
impl ClientVisits for Bookings {
    async fn visits(&self, reader: &Reader, clients: &[ClientId]) -> Result<HashMap<ClientId, Visits>> {
        let mut visits = HashMap::with_capacity(clients.len());
        if clients.is_empty() {
            return Ok(visits);
        }
        let now = reader.now();
        let starts = || Expr::col((booking::Entity, booking::Column::StartsAt));
        let begun = || starts().lte(now);
        let counted = Status::ALL.into_iter().filter(|status| status.blocks()).map(Status::as_str);
        let rows: Vec<(Uuid, i64, Option<DateTime<Utc>>, Option<DateTime<Utc>>)> = reader
            .find::<booking::Entity>()
            .filter(booking::Column::ClientId.is_in(clients.iter().map(|id| id.uuid())))
            .filter(booking::Column::Status.is_in(counted))
            .select_only()
            .column(booking::Column::ClientId)
            .expr_as(Expr::count(Expr::case(begun(), 1).into()), "begun")
            .expr_as(Expr::max(Expr::case(begun(), starts()).into()), "last")
            .expr_as(Expr::min(Expr::case(starts().gt(now), starts()).into()), "next")
            .group_by(booking::Column::ClientId)
            .into_tuple()
            .all(reader.conn())
            .await
            .map_err(db::fault)?;
        for (client, count, last, next) in rows {
            let count = u32::try_from(count).unwrap_or(u32::MAX);
            visits.insert(ClientId::from_uuid(client), Visits { count, last, next });
        }
        Ok(visits)
    }
}

#[async_trait]
impl ClientReach for Bookings {
    async fn own_clients(&self, cx: &Cx, reader: &Reader) -> Result<Option<SelectStatement>> {
        let members = self.staff.members(reader).await?;
        let Some(own) = own_profile(cx, &members) else { return Ok(None) };
        let company = reader.company().uuid();
        let lines = Query::select()
            .column(line::Column::BookingId)
            .from(line::Entity)
            .and_where(line::Column::CompanyId.eq(company))
            .and_where(line::Column::StaffId.eq(own.uuid()))
            .to_owned();
        let clients = Query::select()
            .column(booking::Column::ClientId)
            .from(booking::Entity)
            .and_where(booking::Column::CompanyId.eq(company))
            .and_where(booking::Column::Id.in_subquery(lines))
            .to_owned();
        Ok(Some(clients))
    }
}

/// Whether a visit with its buffers, set-up and clean-up reaches into the range.
fn touches(booking: &Booking, range: TimeRange) -> bool {
    booking.lines.iter().any(|line| line.occupied().overlaps(range))
}
