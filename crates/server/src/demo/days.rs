//! What is special on days around today: closures, maintenance, rotas, other hours, absences.

use anyhow::{Context as _, Result};
use catalog::MaintenanceDraft;
use chrono::{DateTime, Days, NaiveDate, Utc};
use chrono_tz::Tz;
use kernel::WallInterval;
use kernel::time::day_range;
use staff::{CycleDays, DaysOfExceptions, ExceptionsDraft, PlanScope, RotaDraft, TimeOffDraft};
use tenancy::NewClosure;

use super::company::{Made, day, moment, of};
use super::data;
use super::plan::DAYS;
use super::stage::Stage;

/// Plans all of it, as of the stage's present clock.
pub async fn fill(stage: &Stage, plan: &data::Company, made: &Made) -> Result<()> {
    let domains = stage.domains();
    let (cx, zone, today) = (&made.cx, made.zone, stage.today(made.zone));
    for closure in &plan.closures {
        let (starts_at, ends_at) = whole_days(zone, today, closure.day, closure.days);
        let location = of(&made.locations, &closure.at)?;
        let reason = closure.reason.clone();
        let new = NewClosure { location, starts_at, ends_at, reason, idempotency_key: None };
        domains.tenancy.create_closure(cx, new, false).await?;
    }
    for window in &plan.maintenance {
        let draft = MaintenanceDraft {
            resource_id: of(&made.resources, &window.unit)?,
            starts_at: moment(zone, day(today, window.day), window.from),
            ends_at: moment(zone, day(today, window.day), window.to),
            reason: window.reason.clone(),
        };
        domains.catalog.schedule_maintenance(cx, draft, None).await?;
    }
    for rota in &plan.rotas {
        rotate(stage, made, rota, today).await?;
    }
    for exception in &plan.exceptions {
        let reader = stage.db().read(made.id).await?;
        let staff_id = of(&made.staff, &exception.who)?;
        let version = domains.staff.get_member(cx, &reader, staff_id).await?.version;
        drop(reader);
        let hours = exception.from.zip(exception.to).map(|(from, to)| WallInterval::new(from, to));
        let location_id = exception.at.as_deref().map(|place| of(&made.locations, place)).transpose()?;
        let draft = ExceptionsDraft {
            days: DaysOfExceptions { staff_id, location_id, dates: vec![day(today, exception.day)] },
            intervals: hours.into_iter().collect(),
            note: exception.note.clone(),
        };
        domains.staff.set_exceptions(cx, version, &draft, false).await?;
    }
    for off in &plan.time_off {
        let (starts_at, ends_at) = whole_days(zone, today, off.day, off.days);
        let staff_id = of(&made.staff, &off.who)?;
        let draft = TimeOffDraft { staff_id, starts_at, ends_at, reason: off.reason.clone() };
        domains.staff.request_time_off(cx, draft, None, false).await?;
    }
    Ok(())
}

/// Somebody's rota: published as far as the calendar is filled, and drafted for as long again.
async fn rotate(stage: &Stage, made: &Made, rota: &data::Rota, today: NaiveDate) -> Result<()> {
    let (staff, cx) = (&stage.domains().staff, &made.cx);
    let (staff_id, location_id) = (of(&made.staff, &rota.who)?, of(&made.locations, &rota.at)?);
    let first = day(today, -DAYS);
    let works = vec![WallInterval::new(rota.from, rota.to)];
    let draft = RotaDraft {
        staff_id,
        location_id,
        name: rota.name.clone(),
        anchor: first,
        cycle: vec![
            CycleDays { days: rota.works, intervals: works },
            CycleDays { days: rota.rests, intervals: Vec::new() },
        ],
        valid_from: None,
        valid_to: None,
    };
    staff.create_rota(cx, &draft, None).await.with_context(|| rota.who.clone())?;
    let stretch = |from, to| PlanScope {
        from: day(today, from),
        to: day(today, to),
        staff: Some(vec![staff_id]),
        places: Some(vec![location_id]),
    };
    let (filled, after) = (stretch(-DAYS, DAYS), stretch(DAYS + 1, 2 * DAYS));
    staff.generate_drafts(cx, &filled, false).await?;
    staff.publish_plan(cx, &filled, false).await?;
    staff.generate_drafts(cx, &after, false).await?;
    Ok(())
}

fn whole_days(zone: Tz, today: NaiveDate, from: i64, days: i64) -> (DateTime<Utc>, DateTime<Utc>) {
    let first = day(today, from);
    let last = first + Days::new(u64::try_from(days - 1).unwrap_or(0));
    (day_range(zone, first).from, day_range(zone, last).to)
}
