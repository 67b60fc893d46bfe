//! Moving a visit: the old time is freed and the new one taken together, or nothing changes.
//! What was agreed stays: durations, buffers, prices, needs. People stay unless the caller names others.

use super::{again, idempotency_key};
use crate::Bookings;
use crate::availability::{Rule, Rules};
use crate::booking::{Booking, BookingId, Initiator, LineId, MoveRefusal, repo};
use crate::calendar::ChangeKind;
use crate::error::{BookingErrorCode, broken_by, transition};
use crate::events::BookingRescheduled;
use crate::permissions::{BOOKINGS_ALL, BOOKINGS_OWN};
use crate::rules;
use crate::series::SeriesId;
use crate::slots::{ATTEMPTS, Asked, Audience, Choice, Lost, Own, Taken, Taking, World, place};
use access::Cx;
use chrono::{DateTime, Utc};
use db::{Owner, Reader, Tx};
use kernel::{Error, Result};
use serde::Serialize;
use staff::StaffId;
use std::collections::BTreeMap;
use uuid::Uuid;

/// A move of a visit.
#[derive(Debug, Clone)]
pub struct Move {
    /// Which.
    pub id: BookingId,
    /// The version that the caller saw.
    pub version: i32,
    /// The new start.
    pub starts_at: DateTime<Utc>,
    /// Lines that somebody else is to do.
    pub lines: Vec<LineMove>,
    /// Rules to set aside.
    pub overrides: Vec<Rule>,
    /// On whose wish; the client's terms hold for the client alone.
    pub initiator: Initiator,
    /// Whether this only shows what would happen. A preview needs no memory: its key is not remembered.
    pub dry_run: bool,
    /// The caller's key.
    pub idempotency_key: String,
}

/// A line that somebody else is to do.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct LineMove {
    /// The line.
    pub line: LineId,
    /// By whom; none: by whoever suits.
    pub staff: Option<StaffId>,
}

#[derive(Serialize)]
struct Digested<'a> {
    id: BookingId,
    version: i32,
    starts_at: DateTime<Utc>,
    lines: &'a [LineMove],
    overrides: Vec<String>,
    initiator: Initiator,
}

impl Bookings {
    /// Moves a visit to another time, other people, or both. A dry run goes the whole way and takes everything back.
    pub async fn reschedule(&self, cx: &Cx, wanted: &Move) -> Result<Booking> {
        cx.require_any(&[BOOKINGS_ALL, BOOKINGS_OWN])?;
        let waived = rules::waived(cx, &wanted.overrides)?;
        let digested = Digested {
            id: wanted.id,
            version: wanted.version,
            starts_at: wanted.starts_at,
            lines: &wanted.lines,
            overrides: rules::codes(&wanted.overrides),
            initiator: wanted.initiator,
        };
        let key = idempotency_key(cx, "bookingReschedule", &wanted.idempotency_key, &digested)?;
        let mut without: Vec<Uuid> = Vec::new();
        for attempt in 1.. {
            let moved = self.try_move(cx, wanted, waived, &key, &without).await;
            let Err(error) = &moved else { return moved };
            // A repetition finds a newer version, or nothing left to change.
            if !wanted.dry_run
                && let Some(ids) = self.done_before(cx, &key, error).await?
            {
                return again(&self.db.read(cx.company()?).await?, &ids).await;
            }
            match Lost::of(error) {
                Some(lost) if attempt < ATTEMPTS => without.extend_from_slice(lost),
                _ => return moved,
            }
        }
        Err(crate::error::slot_taken())
    }

    async fn try_move(
        &self,
        cx: &Cx,
        wanted: &Move,
        waived: Rules,
        key: &db::IdempotencyKey,
        without: &[Uuid],
    ) -> Result<Booking> {
        let company = cx.company()?;
        let choice = self.plan_move(cx, &self.db.read(company).await?, wanted, waived, without).await?;
        let booking = db::transaction!(self.db, company, |tx| {
            tx.preview_if(wanted.dry_run);
            let done = if wanted.dry_run { None } else { tx.idempotent(key).await? };
            match done {
                Some(ids) => again(tx, &ids).await,
                None => self.move_in(cx, tx, wanted, waived, &choice, key).await,
            }
        })?;
        db::failpoint!("bookings.commit.after");
        Ok(booking)
    }

    async fn plan_move(&self, cx: &Cx, r: &Reader, wanted: &Move, waived: Rules, without: &[Uuid]) -> Result<Choice> {
        let world = World::load(self, r).await?;
        let booking = self.visible(cx, r, &world, wanted.id).await?;
        refuse_stale(&booking, wanted, r.now())?;
        let mut asked = resolve(cx, &world, &booking, wanted, waived)?;
        asked.client = Some(booking.client_id);
        self.prefer_usual(r, &mut asked, Some(booking.client_id)).await?;
        let usual = asked.visit.usual;
        asked.visit.without = without.iter().copied().collect();
        let placed = place(r, &world, &asked, wanted.starts_at, r.now(), &own(&booking), None).await?;
        let placement = placed.map_err(broken_by)?;
        Ok(Choice { placement, usual, location: booking.location_id, world })
    }

    async fn move_in(
        &self,
        cx: &Cx,
        tx: &mut Tx,
        wanted: &Move,
        waived: Rules,
        choice: &Choice,
        key: &db::IdempotencyKey,
    ) -> Result<Booking> {
        let before = self.expected(cx, tx, wanted.id, wanted.version).await?;
        refuse_stale(&before, wanted, tx.now())?;
        let resolve = |world: &World| {
            let mut asked = resolve(cx, world, &before, wanted, waived)?;
            asked.visit.usual = choice.usual;
            Ok(asked)
        };
        let own = own(&before);
        let taking = Taking { choice, client: Some(before.client_id), own: &own, as_of: None, also: None };
        let taken = self.take_in(tx, resolve, &taking).await?;
        let booking = self.write_move_in(cx, tx, &before, &taken, wanted.initiator, None).await?;
        if !wanted.dry_run {
            tx.remember(key, &[booking.id.uuid()]).await?;
        }
        Ok(booking)
    }

    /// Writes a visit where it was decided to stand: gives its old time back, takes the new one, and says so. `series` is
    /// set when it moves with its series, whose client is told of all visits at once.
    pub(crate) async fn write_move_in(
        &self,
        cx: &Cx,
        tx: &mut Tx,
        before: &Booking,
        taken: &Taken,
        initiator: Initiator,
        series: Option<SeriesId>,
    ) -> Result<Booking> {
        let mut booking = before.clone();
        booking.starts_at = taken.placement.range.from;
        booking.ends_at = taken.placement.range.to;
        booking.zone = taken.zone()?;
        booking.local_date = taken.placement.date;
        booking.overrides = taken.placement.overridden.iter().map(|violation| violation.rule).collect();
        booking.lines.clone_from(&taken.lines);
        renew_terms(&mut booking, initiator, tx.now());
        if booking.pending_until != before.pending_until {
            self.watch_pending_in(cx, tx, &booking).await?;
        }
        self.save_in(tx, &mut booking, before.status).await?;
        repo::update_lines(tx, &booking).await?;
        let old: Vec<Owner> = before.lines.iter().map(|line| Owner::BookingLine(line.id.uuid())).collect();
        tx.release_allocations(&old).await?;
        self.allocate_in(tx, taken, |line| Owner::BookingLine(line.id.uuid()), None).await?;
        self.jobs.publish_in(cx, tx, &BookingRescheduled { series, ..rescheduled(before, &booking) }).await?;
        self.announce_in(tx, ChangeKind::Rescheduled, &booking, Some(before))?;
        Ok(booking)
    }
}

/// The deadlines of the new time; what was agreed stays. A client who is late wins no time by moving.
fn renew_terms(booking: &mut Booking, initiator: Initiator, now: DateTime<Utc>) {
    let terms = &booking.policy.cancellation;
    let keep_earlier = initiator == Initiator::Client && terms.is_late(now);
    booking.policy.cancellation = terms.moved(booking.starts_at, keep_earlier);
    booking.client_moves += u16::from(initiator == Initiator::Client);
    booking.pending_until = booking.pending_until.map(|until| until.min(booking.starts_at));
}

fn refuse_stale(booking: &Booking, wanted: &Move, now: DateTime<Utc>) -> Result<()> {
    if booking.version != wanted.version {
        return Err(super::version_conflict(booking.clone()));
    }
    if booking.session_id.is_some() {
        return Err(Error::conflict(BookingErrorCode::BookedInSession).at("id"));
    }
    if !booking.status.movable() {
        return Err(transition(crate::booking::Refusal::NoArrow));
    }
    if wanted.initiator == Initiator::Client {
        booking.policy.cancellation.moving(now, booking.client_moves).map_err(|refusal| match refusal {
            MoveRefusal::TooLate => Error::conflict(BookingErrorCode::RescheduleTooLate),
            MoveRefusal::TooOften => Error::conflict(BookingErrorCode::RescheduleLimit),
        })?;
    }
    let same = booking.starts_at == wanted.starts_at && wanted.lines.is_empty();
    if same { Err(Error::invalid(BookingErrorCode::NothingToChange).at("startsAt")) } else { Ok(()) }
}

fn resolve(cx: &Cx, world: &World, booking: &Booking, wanted: &Move, waived: Rules) -> Result<Asked> {
    let staff: BTreeMap<LineId, Option<StaffId>> = wanted.lines.iter().map(|line| (line.line, line.staff)).collect();
    if staff.keys().any(|id| booking.lines.iter().all(|line| line.id != *id)) {
        return Err(Error::not_found());
    }
    if let Some(at) = wanted.lines.iter().position(|change| {
        change.staff.is_some() && booking.lines.iter().any(|line| line.id == change.line && line.staff_id.is_none())
    }) {
        return Err(Error::invalid(BookingErrorCode::StaffNotNeeded).at(format!("lines.{at}.staffId")));
    }
    let audience = Audience::of(cx, &world.members);
    Asked::again(world, audience, booking.location_id, booking.lines.clone(), &staff, waived)
}

fn own(booking: &Booking) -> Own {
    Own { lines: booking.lines.iter().map(|line| line.id).collect(), ..Own::default() }
}

pub(crate) fn rescheduled(before: &Booking, after: &Booking) -> BookingRescheduled {
    BookingRescheduled {
        booking: after.id,
        client: after.client_id,
        from_starts_at: before.starts_at,
        from_ends_at: before.ends_at,
        from_staff: before.staff_ids(),
        starts_at: after.starts_at,
        ends_at: after.ends_at,
        staff: after.staff_ids(),
        overrides: rules::codes(&after.overrides),
        initiator: if after.client_moves > before.client_moves { Initiator::Client } else { Initiator::Staff },
        series: None,
    }
}
