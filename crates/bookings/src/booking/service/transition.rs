//! Everything that changes a booking's status: one way through the status machine, by compare-and-swap on status and
//! version. Ending a visit frees its time; taking back a no-show takes it again, if it is still free.

use super::{again, idempotency_key, is_stale, owners, run_or_own, version_conflict};
use crate::Bookings;
use crate::availability::Rules;
use crate::booking::{Awaits, Booking, BookingId, CancelReason, Cost, Initiator, Status, Transition};
use crate::calendar::ChangeKind;
use crate::error::{BookingErrorCode, broken, transition};
use crate::events::{
    BookingArrived, BookingCancelled, BookingCompleted, BookingConfirmed, BookingDeclined, BookingNoShow,
    BookingNoShowUndone, BookingStarted,
};
use crate::permissions::{BOOKINGS_ALL, BOOKINGS_OWN};
use crate::series::SeriesId;
use crate::slots::{Asked, Audience, Choice, Own, Taking, World, place};
use access::Cx;
use chrono::{DateTime, Utc};
use db::{Owner, Subject, Tx};
use kernel::{Error, Money, Result};
use serde::Serialize;
use std::collections::BTreeMap;

/// Why a booking ends before its visit.
#[derive(Debug, Clone, Serialize)]
pub struct Ending {
    /// By code.
    pub reason: CancelReason,
    /// In someone's words; the client may read them.
    pub note: Option<String>,
    /// On whose wish it is called off; of no meaning for a refusal.
    #[serde(default)]
    pub initiator: Initiator,
    /// Whether the client's terms are charged although staff call it off.
    #[serde(default)]
    pub charge: bool,
    /// The series that ends with it, whose client is told of all visits at once.
    #[serde(skip)]
    pub series: Option<SeriesId>,
}

impl Ending {
    /// For this reason, free of charge.
    pub const fn free(reason: CancelReason) -> Self {
        Self { reason, note: None, initiator: Initiator::Staff, charge: false, series: None }
    }
}

impl Bookings {
    /// The client came.
    pub async fn arrive(&self, cx: &Cx, id: BookingId, version: i32) -> Result<Booking> {
        cx.require_any(&[BOOKINGS_ALL, BOOKINGS_OWN])?;
        self.step(cx, id, version, Transition::Arrive).await
    }

    /// The visit begins.
    pub async fn start(&self, cx: &Cx, id: BookingId, version: i32) -> Result<Booking> {
        cx.require_any(&[BOOKINGS_ALL, BOOKINGS_OWN])?;
        self.step(cx, id, version, Transition::Start).await
    }

    /// The visit is over; what is left of its time is free again.
    pub async fn complete(&self, cx: &Cx, id: BookingId, version: i32) -> Result<Booking> {
        cx.require_any(&[BOOKINGS_ALL, BOOKINGS_OWN])?;
        self.step(cx, id, version, Transition::Complete).await
    }

    /// The client did not come; the time is free again. What staying away costs by the booking's terms is due, unless
    /// staff waive it.
    pub async fn mark_no_show(&self, cx: &Cx, id: BookingId, version: i32, waive_fee: bool) -> Result<Booking> {
        cx.require_any(&[BOOKINGS_ALL, BOOKINGS_OWN])?;
        db::transaction!(self.db, cx.company()?, |tx| {
            let before = self.expected(cx, tx, id, version).await?;
            let due = if waive_fee { Cost::default() } else { before.policy.cancellation.staying_away() };
            self.advance_in(cx, tx, before, Transition::MarkNoShow, None, due).await
        })
    }

    /// Does not accept a pending booking; the time is free again.
    pub async fn decline(&self, cx: &Cx, id: BookingId, version: i32, ending: Ending, key: &str) -> Result<Booking> {
        cx.require_any(&[BOOKINGS_ALL, BOOKINGS_OWN])?;
        self.end(cx, "bookingDecline", (id, version), Transition::Decline, ending, key).await
    }

    /// Calls a booking off; the time is free again. On the client's wish their terms hold: late, it is charged or
    /// refused. Staff call off for nothing, unless they charge the same. A client calls off their own, on their own wish.
    pub async fn cancel(&self, cx: &Cx, id: BookingId, version: i32, ending: Ending, key: &str) -> Result<Booking> {
        run_or_own(cx)?;
        self.end(cx, "bookingCancel", (id, version), Transition::Cancel, ending.of(cx), key).await
    }

    /// Takes a no-show back, if the time is still free.
    pub async fn undo_no_show(&self, cx: &Cx, id: BookingId, version: i32) -> Result<Booking> {
        cx.require_any(&[BOOKINGS_ALL, BOOKINGS_OWN])?;
        let company = cx.company()?;
        let choice = {
            let r = self.db.read(company).await?;
            let world = World::load(self, &r).await?;
            let booking = self.visible(cx, &r, &world, id).await?;
            if is_stale(&booking, version) {
                return Err(version_conflict(booking));
            }
            advanced(&booking, Transition::UndoNoShow, r.now())?;
            if booking.session_id.is_some() {
                drop(r);
                return self.step(cx, id, version, Transition::UndoNoShow).await;
            }
            let asked = as_agreed(&world, &booking)?;
            let placed = place(&r, &world, &asked, booking.starts_at, r.now(), &Own::default(), None).await?;
            let placement = placed.map_err(|violations| broken(&violations))?;
            Choice { placement, usual: None, location: booking.location_id, world }
        };
        db::transaction!(self.db, company, |tx| {
            let before = self.expected(cx, tx, id, version).await?;
            let status = advanced(&before, Transition::UndoNoShow, tx.now())?;
            let taking = Taking {
                choice: &choice,
                client: Some(before.client_id),
                own: &Own::default(),
                as_of: None,
                also: None,
            };
            let taken = self.take_in(tx, |world| as_agreed(world, &before), &taking).await?;
            let lines = taken.lines.clone();
            let mut booking = Booking { status, lines, fee: None, deposit_kept: false, ..before.clone() };
            self.save_in(tx, &mut booking, before.status).await?;
            crate::booking::repo::write_lines(tx, &booking, &before.lines).await?;
            self.allocate_in(tx, &taken, |line| Owner::BookingLine(line.id.uuid()), None).await?;
            let event = BookingNoShowUndone { booking: booking.id, client: booking.client_id };
            self.jobs.publish_in(cx, tx, &event).await?;
            self.announce_in(tx, ChangeKind::Status, &booking, Some(&before))?;
            Ok(booking)
        })
    }

    async fn step(&self, cx: &Cx, id: BookingId, version: i32, transition: Transition) -> Result<Booking> {
        db::transaction!(self.db, cx.company()?, |tx| {
            let before = self.expected(cx, tx, id, version).await?;
            self.advance_in(cx, tx, before, transition, None, Cost::default()).await
        })
    }

    async fn end(
        &self,
        cx: &Cx,
        operation: &'static str,
        (id, version): (BookingId, i32),
        transition: Transition,
        ending: Ending,
        key: &str,
    ) -> Result<Booking> {
        let ending = Ending { note: super::create::note("note", ending.note)?, ..ending };
        let key = idempotency_key(cx, operation, key, &(id, version, &ending))?;
        let booking = db::transaction!(self.db, cx.company()?, |tx| {
            if let Some(ids) = tx.idempotent(&key).await? {
                again(tx, &ids).await
            } else {
                let before = self.expected(cx, tx, id, version).await?;
                let due = due(&before, transition, &ending, tx.now())?;
                let booking = self.advance_in(cx, tx, before, transition, Some(&ending), due).await?;
                tx.remember(&key, &[booking.id.uuid()]).await?;
                Ok(booking)
            }
        })?;
        db::failpoint!("bookings.commit.after");
        Ok(booking)
    }

    /// Declines a pending booking by itself: nobody's permission is asked.
    pub(super) async fn decline_in(&self, cx: &Cx, tx: &mut Tx, before: Booking, why: CancelReason) -> Result<Booking> {
        self.advance_in(cx, tx, before, Transition::Decline, Some(&Ending::free(why)), Cost::default()).await
    }

    /// Takes one step of a booking's life, under the version that it was read at.
    pub(crate) async fn advance_in(
        &self,
        cx: &Cx,
        tx: &mut Tx,
        before: Booking,
        by: Transition,
        ending: Option<&Ending>,
        due: Cost,
    ) -> Result<Booking> {
        let mut booking = before.clone();
        booking.status = advanced(&before, by, tx.now())?;
        if let Some(ending) = ending {
            booking.cancel_reason = Some(ending.reason);
            booking.cancel_note.clone_from(&ending.note);
        }
        booking.fee = (due.fee_minor > 0).then_some(Money { minor: due.fee_minor, currency: booking.currency() });
        booking.deposit_kept = due.keeps_deposit;
        if booking.status != Status::Pending {
            (booking.awaits, booking.pending_until) = (Awaits::default(), None);
        }
        if booking.session_id.is_some() {
            self.settle_seats_in(cx, tx, &before, &booking).await?;
        } else {
            self.free_in(tx, &booking).await?;
        }
        self.save_in(tx, &mut booking, before.status).await?;
        self.publish_step_in(cx, tx, &before, &booking, by, ending).await?;
        self.announce_in(tx, ChangeKind::Status, &booking, Some(&before))?;
        Ok(booking)
    }

    /// Gives back what the new status no longer needs: all of it, or what is left of a visit that ended early.
    async fn free_in(&self, tx: &Tx, booking: &Booking) -> Result<()> {
        if !booking.status.blocks() {
            // The client's lock keeps limits per client right; people and units only get freer.
            tx.lock_schedules(&[Subject::client(booking.client_id).exclusive()]).await?;
            tx.release_allocations(&owners(booking)).await?;
        } else if booking.status == Status::Completed && tx.now() < booking.ends_at {
            for line in &booking.lines {
                let owner = Owner::BookingLine(line.id.uuid());
                if line.starts_at < tx.now() {
                    // What follows a visit (buffer, cleaning) follows its real end.
                    tx.shorten_allocations(owner, tx.now() + line.aftermath()).await?;
                } else {
                    tx.release_allocations(&[owner]).await?;
                }
            }
        }
        Ok(())
    }

    async fn publish_step_in(
        &self,
        cx: &Cx,
        tx: &mut Tx,
        before: &Booking,
        after: &Booking,
        by: Transition,
        ending: Option<&Ending>,
    ) -> Result<()> {
        let (booking, client) = (after.id, after.client_id);
        let reason = ending.map_or(CancelReason::Other, |ending| ending.reason);
        match by {
            Transition::Confirm => self.jobs.publish_in(cx, tx, &BookingConfirmed::of(after)).await,
            Transition::Decline => self.jobs.publish_in(cx, tx, &BookingDeclined { booking, client, reason }).await,
            Transition::Arrive => self.jobs.publish_in(cx, tx, &BookingArrived { booking, client }).await,
            Transition::Start => self.jobs.publish_in(cx, tx, &BookingStarted { booking, client }).await,
            Transition::Complete => {
                let ended_early_at = (tx.now() < after.ends_at).then(|| tx.now());
                self.jobs.publish_in(cx, tx, &BookingCompleted { booking, client, ended_early_at }).await
            }
            Transition::MarkNoShow => {
                let (fee_minor, deposit_kept) = (after.fee.map_or(0, |fee| fee.minor), after.deposit_kept);
                self.jobs.publish_in(cx, tx, &BookingNoShow { booking, client, fee_minor, deposit_kept }).await
            }
            Transition::UndoNoShow => self.jobs.publish_in(cx, tx, &BookingNoShowUndone { booking, client }).await,
            Transition::Cancel => {
                let event = BookingCancelled {
                    booking,
                    client,
                    from: before.status,
                    starts_at: after.starts_at,
                    reason,
                    fee_minor: after.fee.map_or(0, |fee| fee.minor),
                    deposit_kept: after.deposit_kept,
                    series: ending.and_then(|ending| ending.series),
                };
                self.jobs.publish_in(cx, tx, &event).await
            }
        }?;
        Ok(())
    }
}

/// What is due because a booking ends like this; refused where its terms do not let its client end it so late.
pub(crate) fn due(before: &Booking, by: Transition, ending: &Ending, now: DateTime<Utc>) -> Result<Cost> {
    advanced(before, by, now)?;
    if by != Transition::Cancel {
        return Ok(Cost::default());
    }
    let cost = before.cost_of_cancelling(now);
    match ending.initiator {
        Initiator::Client if cost.refused || !before.is_ahead(now) => {
            Err(Error::conflict(BookingErrorCode::CancelTooLate))
        }
        Initiator::Client => Ok(cost),
        Initiator::Staff if ending.charge => Ok(cost),
        Initiator::Staff => Ok(Cost::default()),
    }
}

pub(super) fn advanced(booking: &Booking, by: Transition, now: DateTime<Utc>) -> Result<Status> {
    booking.status.after(by, booking.moment(now)).map_err(transition)
}

/// The visit exactly where it was agreed: only who else has the time by now can stand in its way.
fn as_agreed(world: &World, booking: &Booking) -> Result<Asked> {
    let lines = booking.lines.clone();
    if lines.is_empty() {
        return Err(Error::not_found());
    }
    Asked::again(world, Audience::Everybody, booking.location_id, lines, &BTreeMap::new(), Rules::OVERRIDABLE)
}
