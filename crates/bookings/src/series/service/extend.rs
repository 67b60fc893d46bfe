//! Continuing a series to a later date. Its new visits are decided as those of a new series are.

use super::visits::{Planned, Template};
use super::{LostOn, changed_before, enough, remembered, stale, visits};
use crate::Bookings;
use crate::availability::Rule;
use crate::booking::service::{NewBooking, SlotChoice, idempotency_key};
use crate::error::{BookingErrorCode, slot_taken, transition};
use crate::events::BookingSeriesExtended;
use crate::limits::CREATE;
use crate::permissions::{BOOKINGS_ALL, BOOKINGS_OWN};
use crate::recurrence::{Occurrence, Recurrence, refused};
use crate::rules;
use crate::series::{Changed, Mode, Series, SeriesId, repo};
use crate::slots::ATTEMPTS;
use access::Cx;
use chrono::{DateTime, NaiveDate};
use db::IdempotencyKey;
use kernel::{Error, Result};
use serde::Serialize;

/// A series that goes on.
#[derive(Debug, Clone)]
pub struct SeriesExtension {
    /// Which.
    pub id: SeriesId,
    /// The version that the caller saw.
    pub version: i32,
    /// Its last date from now on, itself included.
    pub until: NaiveDate,
    /// Rules to set aside.
    pub overrides: Vec<Rule>,
    /// What is done when not every date is possible.
    pub mode: Mode,
    /// Only say what would be.
    pub dry_run: bool,
    /// The caller's key.
    pub idempotency_key: String,
}

#[derive(Serialize)]
struct Digested {
    id: SeriesId,
    version: i32,
    until: NaiveDate,
    overrides: Vec<String>,
    mode: Mode,
}

impl Bookings {
    /// Books the dates that the rule gives after the series' last one, up to the new last date.
    pub async fn extend_series(&self, cx: &Cx, wanted: &SeriesExtension) -> Result<Changed> {
        cx.require_any(&[BOOKINGS_ALL, BOOKINGS_OWN])?;
        let overrides = rules::codes(&wanted.overrides);
        let (id, version, until, mode) = (wanted.id, wanted.version, wanted.until, wanted.mode);
        let digested = Digested { id, version, until, overrides, mode };
        let key = idempotency_key(cx, "bookingSeriesExtend", &wanted.idempotency_key, &digested)?;
        self.limit(cx, &CREATE).await?;
        let mut lost = LostOn::default();
        for attempt in 1..=ATTEMPTS {
            let tried = self.try_extension(cx, wanted, &key, &lost, attempt == ATTEMPTS).await;
            if wanted.dry_run {
                return tried;
            }
            if let Some(changed) = self.ended(cx, &key, tried, &mut lost, attempt).await? {
                return Ok(changed);
            }
        }
        Err(slot_taken())
    }

    async fn try_extension(
        &self,
        cx: &Cx,
        wanted: &SeriesExtension,
        key: &IdempotencyKey,
        lost: &LostOn,
        is_last: bool,
    ) -> Result<Changed> {
        let company = cx.company()?;
        let waived = rules::waived(cx, &wanted.overrides)?;
        let (series, plan) = {
            let r = self.db.read(company).await?;
            let series = self.get_series(cx, &r, wanted.id).await?;
            if series.version != wanted.version {
                return Err(stale(series));
            }
            let (_, dates) = continued(&series, wanted.until)?;
            let template = template(&series, wanted, waived);
            let plan = self.plan_visits(cx, &r, &template, |_| Ok(dates), lost).await?;
            (series, plan)
        };
        let outcomes = enough(wanted.mode, series.zone, plan.dates.iter().map(Planned::outcome).collect(), "until")?;
        if wanted.dry_run {
            return Ok(Changed { zone: series.zone, series: None, outcomes });
        }
        let template = template(&series, wanted, waived);
        let changed = db::transaction!(self.db, company, |tx| {
            if let Some(ids) = tx.idempotent(key).await? {
                changed_before(tx, &ids).await
            } else {
                let decided = self.decide_visits_in(cx, tx, &template, &plan, series.id, is_last).await?;
                let mut after = series.clone();
                after.recurrence = continued(&series, wanted.until)?.0;
                after.skipped.extend(decided.skipped());
                if !repo::update(tx, &mut after).await? {
                    let current = repo::find(tx, series.id).await?.ok_or_else(Error::not_found)?;
                    return Err(stale(current));
                }
                self.write_visits_in(cx, tx, &decided.bookings).await?;
                let event = BookingSeriesExtended {
                    series: series.id,
                    client: series.client_id,
                    visits: visits(&decided.bookings),
                    skipped: decided.skipped().iter().map(|skipped| skipped.date).collect(),
                };
                self.jobs.publish_in(cx, tx, &event).await?;
                tx.remember(key, &remembered(series.id, &decided.bookings)).await?;
                Ok(Changed { zone: after.zone, series: Some(after), outcomes: decided.outcomes })
            }
        })?;
        db::failpoint!("bookings.commit.after");
        Ok(changed)
    }
}

/// What repeats once the series goes on to `until`, and the dates that this adds.
fn continued(series: &Series, until: NaiveDate) -> Result<(Recurrence, Vec<Occurrence>)> {
    if series.ended_at.is_some() {
        return Err(transition(crate::booking::Refusal::NoArrow));
    }
    let anchor = series.anchor();
    let given = series.recurrence.rule.dates(&anchor).map_err(|fault| refused(fault).at("until"))?;
    let last = given.chain(series.recurrence.also.iter().copied()).max().unwrap_or(series.first_date);
    let recurrence = Recurrence { rule: series.recurrence.rule.until(until), ..series.recurrence.clone() };
    let nothing = || Error::invalid(BookingErrorCode::NothingToChange).at("until");
    if until <= last {
        return Err(nothing());
    }
    // Whatever is wrong with the longer rule is wrong with its new end.
    let all = recurrence.occurrences(&anchor).map_err(|error| error.at("until"))?;
    let added: Vec<Occurrence> = all.into_iter().filter(|occurrence| occurrence.date > last).collect();
    if added.is_empty() { Err(nothing()) } else { Ok((recurrence, added)) }
}

fn template<'a>(series: &'a Series, wanted: &SeriesExtension, waived: crate::availability::Rules) -> Template<'a> {
    Template {
        wish: &series.wish,
        client: series.client_id,
        waived,
        new: NewBooking {
            slot: SlotChoice::Time { wish: series.wish.clone(), starts_at: DateTime::UNIX_EPOCH },
            whose: None,
            guests: Vec::new(),
            client_note: None,
            internal_note: None,
            overrides: wanted.overrides.clone(),
            idempotency_key: wanted.idempotency_key.clone(),
        },
        mode: wanted.mode,
        field: "until",
    }
}
