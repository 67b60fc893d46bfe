//! Demo companies, made through the services as people would make them, and databases for load tests.
//!
//! The same day gives the same companies, people and plan of visits; ids, keys and references are drawn anew. Nothing is
//! mailed: the stage has no letters (see [`stage`]).

mod company;
mod crowd;
mod data;
mod days;
mod load;
mod plan;
mod report;
mod stage;
mod story;

use anyhow::{Context as _, Result, ensure};
use chrono::{Datelike as _, TimeDelta};
use jobs::Companies as _;
use rand::SeedableRng as _;
use rand::rngs::StdRng;

use crate::app::App;
use crate::cli::Demo;
use company::Made;
use report::Report;
use stage::Stage;
use story::Tally;

/// How long ago the companies were founded: before the first visit was booked.
const FOUNDED: TimeDelta = TimeDelta::days(60);

/// Whether the database has no company yet, so that it can be filled.
pub async fn is_fresh(app: &App) -> Result<bool> {
    Ok(app.domains.tenancy.page(None, 1).await?.is_empty())
}

/// Fills a fresh database and answers what to print.
pub async fn fill(app: &App, options: &Demo) -> Result<String> {
    ensure!(
        is_fresh(app).await?,
        "the database has companies already and stays as it is: demo data goes into a fresh one only \
         (database.url, ZAPYS__DATABASE__URL)"
    );
    let stage = Stage::open(app).await?;
    let filled = match (options.companies, options.bookings) {
        (Some(companies), Some(bookings)) => Box::pin(load::fill(&stage, companies, bookings)).await,
        _ => Box::pin(both(&stage)).await,
    };
    if filled.is_ok() {
        // What followed from all that, such as names put in order, is done too.
        stage.at(stage.now);
        stage.domains().jobs.drain().await?;
    }
    stage.close().await;
    let (made, tally) = filled?;
    let report = Report::of(app, made, tally).await?;
    if options.json { report.json() } else { Ok(report.text()) }
}

/// The two companies to look around in.
async fn both(stage: &Stage) -> Result<(Vec<Made>, Tally)> {
    let names = data::names()?;
    let (mut made, mut tally) = (Vec::new(), Tally::default());
    for plan in data::companies()? {
        let began = std::time::Instant::now();
        let mut rng = seeded(stage, &plan);
        stage.at(stage.now - FOUNDED);
        let mut company = company::make(stage, &plan).await.with_context(|| plan.slug.clone())?;
        let crowd = crowd::visitors(&names, plan.clients, &mut rng);
        for visitor in &crowd {
            let card = crowd::card(visitor, &plan, &names, &mut rng);
            let client = stage.domains().clients.create(&company.cx, card).await.context("client")?;
            if let Some(note) = crowd::note(client.id, &plan, &mut rng) {
                stage.domains().clients.add_note(&company.cx, note).await.context("note")?;
            }
            company.clients.push(client.id);
        }
        let visits = plan::visits(&plan, &company, stage.now, &mut rng)?;
        let played =
            Box::pin(story::play(stage, &company, &crowd, &visits)).await.with_context(|| plan.slug.clone())?;
        tracing::info!(
            company = plan.slug,
            clients = crowd.len(),
            bookings = played.booked,
            refused = played.refused,
            milliseconds = began.elapsed().as_millis(),
            "filled"
        );
        tally.booked += played.booked;
        tally.refused += played.refused;
        made.push(company);
    }
    Ok((made, tally))
}

/// The same numbers on the same day for the same company.
fn seeded(stage: &Stage, plan: &data::Company) -> StdRng {
    let day = u64::from(stage.today(plan.zone).num_days_from_ce().unsigned_abs());
    let salt = plan.slug.bytes().fold(0_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    StdRng::seed_from_u64(salt ^ (day << 20))
}
