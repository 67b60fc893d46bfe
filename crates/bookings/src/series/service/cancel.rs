//! Calling off visits of a series: one, one and those after it, or all that have not begun.

use super::read::Around;
use super::{changed_before, outcome_of, remembered, visits};
use crate::Bookings;
use crate::booking::service::{Ending, due, idempotency_key, note};
use crate::booking::{Booking, BookingId, Transition};
use crate::error::slot_taken;
use crate::events::BookingSeriesCancelled;
use crate::permissions::{BOOKINGS_ALL, BOOKINGS_OWN};
use crate::series::{Changed, Scope, Series, repo};
use access::Cx;
use chrono::Days;
use db::{Subject, Tx};
use kernel::Result;
use serde::Serialize;

/// Visits to be called off.
#[derive(Debug, Clone)]
pub struct SeriesCancel {
    /// The visit that it begins with.
    pub booking: BookingId,
    /// The version of it that the caller saw.
    pub version: i32,
    /// How far it reaches.
    pub scope: Scope,
    /// Why.
    pub ending: Ending,
    /// The caller's key.
    pub idempotency_key: String,
}

#[derive(Serialize)]
struct Digested<'a> {
    booking: BookingId,
    version: i32,
    scope: Scope,
    ending: &'a Ending,
}

impl Bookings {
    /// Calls visits off; their time is free again. What each costs is what it would cost alone: nothing, unless its client
    /// asked or staff charge it. All of them, or none when somebody changed one of them meanwhile, or when one is too late to be
    /// called off on its client's wish.
    pub async fn cancel_series(&self, cx: &Cx, wanted: &SeriesCancel) -> Result<Changed> {
        cx.require_any(&[BOOKINGS_ALL, BOOKINGS_OWN])?;
        let ending = Ending { note: note("note", wanted.ending.note.clone())?, ..wanted.ending.clone() };
        let (booking, version, scope) = (wanted.booking, wanted.version, wanted.scope);
        let digested = Digested { booking, version, scope, ending: &ending };
        let key = idempotency_key(cx, "bookingSeriesCancel", &wanted.idempotency_key, &digested)?;
        let changed = db::transaction!(self.db, cx.company()?, |tx| {
            match tx.idempotent(&key).await? {
                Some(ids) => changed_before(tx, &ids).await,
                None => Box::pin(self.cancel_visits_in(cx, tx, wanted, &ending, &key)).await,
            }
        })?;
        db::failpoint!("bookings.commit.after");
        Ok(changed)
    }

    async fn cancel_visits_in(
        &self,
        cx: &Cx,
        tx: &mut Tx,
        wanted: &SeriesCancel,
        ending: &Ending,
        key: &db::IdempotencyKey,
    ) -> Result<Changed> {
        let named = self.get(cx, tx, wanted.booking).await?;
        self.around(cx, tx, &named).await?;
        let client = named.client_id;
        tx.lock_schedules(&[Subject::client(client).exclusive()]).await?;
        let (pivot, around) = self.around_in(cx, tx, wanted.booking, wanted.version).await?;
        let Around { series, visits: known, is_whole } = around;
        let now = tx.now();
        let ends = |booking: &Booking| booking.status.after(Transition::Cancel, booking.moment(now)).is_ok();
        let reached: Vec<Booking> = wanted.scope.reaches(&series, &pivot, &known, now, ends).cloned().collect();
        let told_with = (wanted.scope != Scope::This).then_some(series.id);
        let ending = Ending { series: told_with, ..ending.clone() };
        let mut ended = Vec::with_capacity(reached.len());
        for before in reached {
            let cost = due(&before, Transition::Cancel, &ending, now).map_err(|error| error.current(before.clone()))?;
            ended.push(self.advance_in(cx, tx, before, Transition::Cancel, Some(&ending), cost).await?);
        }
        let series = if is_whole { shorten_in(tx, series, &pivot, wanted.scope).await? } else { series };
        if wanted.scope != Scope::This {
            let event = BookingSeriesCancelled {
                series: series.id,
                client: series.client_id,
                visits: visits(&ended),
                reason: ending.reason,
            };
            self.jobs.publish_in(cx, tx, &event).await?;
        }
        tx.remember(key, &remembered(series.id, &ended)).await?;
        let outcomes = ended.iter().filter_map(outcome_of).collect();
        Ok(Changed { zone: series.zone, series: Some(series), outcomes })
    }
}

/// The series without what was called off, so that continuing it does not bring that back.
async fn shorten_in(tx: &Tx, mut series: Series, pivot: &Booking, scope: Scope) -> Result<Series> {
    let Some(own) = pivot.series else { return Ok(series) };
    match scope {
        Scope::This => {
            series.recurrence.also.remove(&own.date);
            series.recurrence.except.insert(own.date);
        }
        Scope::ThisAndFollowing => {
            let last = own.date.checked_sub_days(Days::new(1)).unwrap_or(own.date);
            series.recurrence.rule = series.recurrence.rule.until(last);
            series.recurrence.also.retain(|date| *date <= last);
        }
        Scope::All => series.ended_at = Some(tx.now()),
    }
    // The client is locked, and whoever changes a series locks its client first: nobody else can have been here.
    if repo::update(tx, &mut series).await? { Ok(series) } else { Err(slot_taken()) }
}
