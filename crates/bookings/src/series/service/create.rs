//! Booking a series: every date decided by the engine, all or those that are possible, in one transaction.

use super::visits::{Planned, Template};
use super::{LostOn, changed_before, enough, remembered, visits};
use crate::Bookings;
use crate::availability::{Rule, Rules};
use crate::booking::service::{NewBooking, SlotChoice, idempotency_key};
use crate::error::slot_taken;
use crate::events::BookingSeriesCreated;
use crate::limits::CREATE;
use crate::permissions::{BOOKINGS_ALL, BOOKINGS_NOTES, BOOKINGS_OWN};
use crate::recurrence::{Anchor, Recurrence};
use crate::rules;
use crate::series::{Changed, Mode, Series, SeriesId, repo};
use crate::slots::{ATTEMPTS, VisitWish, World};
use access::Cx;
use chrono::{DateTime, NaiveDate};
use clients::ClientId;
use db::{IdempotencyKey, Tx};
use kernel::{Result, WallTime};
use serde::Serialize;

/// A series to be booked.
#[derive(Debug, Clone)]
pub struct NewSeries {
    /// Where and what.
    pub wish: VisitWish,
    /// The date from which on the rule counts.
    pub first_date: NaiveDate,
    /// What the clock at the location shows when a visit starts.
    pub time: WallTime,
    /// What repeats.
    pub recurrence: Recurrence,
    /// Whose visits.
    pub client: ClientId,
    /// What the client may read, on every visit.
    pub client_note: Option<String>,
    /// What the client never sees, on every visit.
    pub internal_note: Option<String>,
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
struct Digested<'a> {
    wish: &'a VisitWish,
    first_date: NaiveDate,
    time: WallTime,
    recurrence: &'a Recurrence,
    client: ClientId,
    notes: [Option<&'a str>; 2],
    overrides: Vec<String>,
    mode: Mode,
}

impl Bookings {
    /// Books a series for a client of the company. A dry run writes nothing and claims no key.
    pub async fn create_series(&self, cx: &Cx, new: &NewSeries) -> Result<Changed> {
        cx.require_any(&[BOOKINGS_ALL, BOOKINGS_OWN])?;
        if new.internal_note.is_some() {
            cx.require(BOOKINGS_NOTES)?;
        }
        let waived = rules::waived(cx, &new.overrides)?;
        let digested = Digested {
            wish: &new.wish,
            first_date: new.first_date,
            time: new.time,
            recurrence: &new.recurrence,
            client: new.client,
            notes: [new.client_note.as_deref(), new.internal_note.as_deref()],
            overrides: rules::codes(&new.overrides),
            mode: new.mode,
        };
        let key = idempotency_key(cx, "bookingSeriesCreate", &new.idempotency_key, &digested)?;
        self.limit(cx, &CREATE).await?;
        let template = template(new, waived)?;
        let mut lost = LostOn::default();
        for attempt in 1..=ATTEMPTS {
            let tried = self.try_series(cx, new, &template, &key, &lost, attempt == ATTEMPTS).await;
            if new.dry_run {
                return tried;
            }
            if let Some(changed) = self.ended(cx, &key, tried, &mut lost, attempt).await? {
                return Ok(changed);
            }
        }
        Err(slot_taken())
    }

    async fn try_series(
        &self,
        cx: &Cx,
        new: &NewSeries,
        template: &Template<'_>,
        key: &IdempotencyKey,
        lost: &LostOn,
        is_last: bool,
    ) -> Result<Changed> {
        let company = cx.company()?;
        let anchor = |world: &World| -> Result<Anchor> {
            Ok(Anchor { zone: world.location(new.wish.location)?.zone, date: new.first_date, time: new.time })
        };
        let dates =
            |world: &World| new.recurrence.occurrences(&anchor(world)?).map_err(|error| error.within("recurrence"));
        let plan = self.plan_visits(cx, &self.db.read(company).await?, template, dates, lost).await?;
        let anchor = anchor(&plan.world)?;
        let outcomes =
            enough(new.mode, anchor.zone, plan.dates.iter().map(Planned::outcome).collect(), template.field)?;
        if new.dry_run {
            return Ok(Changed { zone: anchor.zone, series: None, outcomes });
        }
        let changed = db::transaction!(self.db, company, |tx| {
            if let Some(ids) = tx.idempotent(key).await? {
                changed_before(tx, &ids).await
            } else {
                let id = SeriesId::new();
                let decided = self.decide_visits_in(cx, tx, template, &plan, id, is_last).await?;
                let series = Series { skipped: decided.skipped(), ..series(tx, id, new, anchor) };
                repo::insert(tx, &series).await?;
                self.write_visits_in(cx, tx, &decided.bookings).await?;
                let event = BookingSeriesCreated {
                    series: id,
                    client: new.client,
                    visits: visits(&decided.bookings),
                    skipped: series.skipped.iter().map(|skipped| skipped.date).collect(),
                };
                self.jobs.publish_in(cx, tx, &event).await?;
                tx.remember(key, &remembered(id, &decided.bookings)).await?;
                Ok(Changed { zone: series.zone, series: Some(series), outcomes: decided.outcomes })
            }
        })?;
        db::failpoint!("bookings.commit.after");
        Ok(changed)
    }
}

fn template(new: &NewSeries, waived: Rules) -> Result<Template<'_>> {
    let note = crate::booking::service::note;
    Ok(Template {
        wish: &new.wish,
        client: new.client,
        waived,
        new: NewBooking {
            slot: SlotChoice::Time { wish: new.wish.clone(), starts_at: DateTime::UNIX_EPOCH },
            whose: None,
            guests: Vec::new(),
            client_note: note("clientNote", new.client_note.clone())?,
            internal_note: note("internalNote", new.internal_note.clone())?,
            overrides: new.overrides.clone(),
            idempotency_key: new.idempotency_key.clone(),
        },
        mode: new.mode,
        field: "recurrence",
    })
}

fn series(tx: &Tx, id: SeriesId, new: &NewSeries, anchor: Anchor) -> Series {
    Series {
        id,
        client_id: new.client,
        wish: new.wish.clone(),
        recurrence: new.recurrence.clone(),
        zone: anchor.zone,
        first_date: new.first_date,
        time: new.time,
        skipped: Vec::new(),
        split_from: None,
        ended_at: None,
        version: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    }
}
