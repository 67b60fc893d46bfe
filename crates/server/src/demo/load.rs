//! Databases for load tests: many companies of the same kind. Each company's people, places and services come through
//! the services; its clients and bookings in bulk ([`bookings::bulk`]), packed into working time without gaps to decide.

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use bookings::Status;
use bookings::bulk::BulkVisit;
use chrono::{DateTime, TimeDelta, Utc};
use clients::ClientChange;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use rand::RngExt as _;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;

use super::company::{self, Made, day, moment, of};
use super::plan::DAYS;
use super::stage::Stage;
use super::story::Tally;
use super::{FOUNDED, crowd, data, seeded};

/// Companies filled at a time: while one waits for the database, another makes its rows.
const AT_ONCE: usize = 3;
const GRID: i64 = 15;
/// The oldest day that is filled: a century is enough for any count, and a date.
const MOST_DAYS: i64 = 36_500;

/// Fills so many companies with so many bookings each.
pub async fn fill(stage: &Stage, companies: u32, bookings: u32) -> Result<(Vec<Made>, Tally)> {
    ensure!((1..=10_000).contains(&companies), "--companies is between 1 and 10000");
    let began = Instant::now();
    stage.at(stage.now - FOUNDED);
    let filled = stream::iter(1..=companies).map(|number| {
        let task = tokio::spawn(one(stage.clone(), number, bookings));
        async move { task.await? }
    });
    let filled: Vec<(Made, usize)> = filled.buffered(AT_ONCE).try_collect().await?;
    let booked = filled.iter().map(|(_, booked)| booked).sum();
    tracing::info!(companies, bookings = booked, milliseconds = began.elapsed().as_millis(), "filled");
    Ok((filled.into_iter().map(|(made, _)| made).collect(), Tally { booked, refused: 0 }))
}

async fn one(stage: Stage, number: u32, bookings: u32) -> Result<(Made, usize)> {
    let (plan, names) = (data::load_company(number)?, data::names()?);
    let mut rng = seeded(&stage, &plan);
    let mut made = company::make(&stage, &plan).await.with_context(|| plan.slug.clone())?;
    let founded = Instant::now();
    let crowd = crowd::visitors(&names, plan.clients, &mut rng);
    let cards: Vec<ClientChange> =
        crowd.iter().map(|visitor| crowd::card(visitor, &plan, &names, &mut rng).card).collect();
    made.clients = stage.domains().clients.load(&made.cx, &cards).await.context("clients")?;
    let visits = pack(&plan, &made, stage.now, bookings as usize, &mut rng)?;
    let booked = stage.domains().bookings.load(&made.cx, &visits).await.context("bookings")?;
    tracing::info!(company = plan.slug, bookings = booked, milliseconds = founded.elapsed().as_millis(), "loaded");
    Ok((made, booked))
}

/// Visits back to back through everybody's days, from three weeks ahead into the past until there are enough. Everybody
/// has a chair of their own.
fn pack(
    plan: &data::Company,
    made: &Made,
    now: DateTime<Utc>,
    count: usize,
    rng: &mut StdRng,
) -> Result<Vec<BulkVisit>> {
    let today = kernel::time::local_date(made.zone, now);
    let mut visits = Vec::with_capacity(count);
    for offset in (-MOST_DAYS..=DAYS).rev() {
        let date = day(today, offset);
        for (person, chair) in plan.staff.iter().zip(&plan.units) {
            for hours in &person.hours {
                let mut at = moment(made.zone, date, hours.from);
                let closes = moment(made.zone, date, hours.to);
                loop {
                    if visits.len() == count {
                        return Ok(visits);
                    }
                    let service = plan.services.choose(rng).context("a company has services")?;
                    let taken = i64::from(service.minutes + service.after);
                    if at + TimeDelta::minutes(taken) > closes {
                        break;
                    }
                    let resources =
                        if service.needs.is_empty() { Vec::new() } else { vec![of(&made.resources, &chair.key)?] };
                    visits.push(BulkVisit {
                        client: *made.clients.choose(rng).context("a company has clients")?,
                        location: of(&made.locations, &hours.at)?,
                        service: of(&made.services, &service.key)?,
                        staff: Some(of(&made.staff, &person.key)?),
                        resources,
                        starts_at: at,
                        booked_at: (at - TimeDelta::days(rng.random_range(1..10))).min(now),
                        status: status(at < now, rng),
                    });
                    at += TimeDelta::minutes((taken + GRID - 1) / GRID * GRID);
                }
            }
        }
    }
    Ok(visits)
}

fn status(past: bool, rng: &mut StdRng) -> Status {
    match (past, rng.random_range(0..100)) {
        (true, 0..5) => Status::NoShow,
        (true, 5..12) | (false, 0..5) => Status::Cancelled,
        (true, _) => Status::Completed,
        (false, 5..10) => Status::Pending,
        (false, _) => Status::Confirmed,
    }
}
