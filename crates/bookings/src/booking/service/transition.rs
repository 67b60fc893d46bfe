//! Everything that changes a booking's status: one way through the status machine, by compare-and-swap on status and
//! version. Ending a visit frees its time; taking back a no-show takes it again, if it is still free.

use super::{again, idempotency_key, version_conflict};
use crate::Bookings;
use crate::availability::Rules;
use crate::booking::{Booking, BookingId, CancelReason, Status, Transition};
use crate::calendar::ChangeKind;
use crate::error::{broken, transition};
use crate::events::{
    BookingArrived, BookingCancelled, BookingCompleted, BookingConfirmed, BookingDeclined, BookingNoShow,
    BookingNoShowUndone, BookingStarted,
};
use crate::permissions::{BOOKINGS_ALL, BOOKINGS_OWN};
use crate::slots::{Asked, Audience, Choice, Own, Taking, World, place};
use access::Cx;
use db::{Owner, Subject, Tx};
use kernel::{Error, Result};
use serde::Serialize;
use std::collections::BTreeMap;

/// Why a booking ends before its visit.
#[derive(Debug, Clone, Serialize)]
pub struct Ending {
    /// By code.
    pub reason: CancelReason,
    /// In someone's words; the client may read them.
    pub note: Option<String>,
}

impl Bookings {
    /// Accepts a pending booking.
    pub async fn confirm(&self, cx: &Cx, id: BookingId, version: i32) -> Result<Booking> {
        cx.require_any(&[BOOKINGS_ALL, BOOKINGS_OWN])?;
        self.step(cx, id, version, Transition::Confirm).await
    }

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

    /// The client did not come; the time is free again.
    pub async fn mark_no_show(&self, cx: &Cx, id: BookingId, version: i32) -> Result<Booking> {
        cx.require_any(&[BOOKINGS_ALL, BOOKINGS_OWN])?;
        self.step(cx, id, version, Transition::MarkNoShow).await
    }

    /// Does not accept a pending booking; the time is free again.
    pub async fn decline(&self, cx: &Cx, id: BookingId, version: i32, ending: Ending, key: &str) -> Result<Booking> {
        cx.require_any(&[BOOKINGS_ALL, BOOKINGS_OWN])?;
        self.end(cx, "bookingDecline", (id, version), Transition::Decline, ending, key).await
    }

    /// Calls a booking off; the time is free again.
    pub async fn cancel(&self, cx: &Cx, id: BookingId, version: i32, ending: Ending, key: &str) -> Result<Booking> {
        cx.require_any(&[BOOKINGS_ALL, BOOKINGS_OWN])?;
        self.end(cx, "bookingCancel", (id, version), Transition::Cancel, ending, key).await
    }

    /// Takes a no-show back, if the time is still free.
    pub async fn undo_no_show(&self, cx: &Cx, id: BookingId, version: i32) -> Result<Booking> {
        cx.require_any(&[BOOKINGS_ALL, BOOKINGS_OWN])?;
        let company = cx.company()?;
        let choice = {
            let r = self.db.read(company).await?;
            let world = World::load(self, &r).await?;
            let booking = self.visible(cx, &r, &world, id).await?;
            if booking.version != version {
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
            let mut booking = Booking { status, lines: taken.lines.clone(), ..before.clone() };
            self.save_in(tx, &mut booking, before.status).await?;
            crate::booking::repo::update_lines(tx, &booking).await?;
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
            self.advance_in(cx, tx, before, transition, None).await
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
                let booking = self.advance_in(cx, tx, before, transition, Some(&ending)).await?;
                tx.remember(&key, &[booking.id.uuid()]).await?;
                Ok(booking)
            }
        })?;
        db::failpoint!("bookings.commit.after");
        Ok(booking)
    }

    pub(crate) async fn advance_in(
        &self,
        cx: &Cx,
        tx: &mut Tx,
        before: Booking,
        by: Transition,
        ending: Option<&Ending>,
    ) -> Result<Booking> {
        let mut booking = before.clone();
        booking.status = advanced(&before, by, tx.now())?;
        if let Some(ending) = ending {
            booking.cancel_reason = Some(ending.reason);
            booking.cancel_note.clone_from(&ending.note);
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
        let owners: Vec<Owner> = booking.lines.iter().map(|line| Owner::BookingLine(line.id.uuid())).collect();
        if !booking.status.blocks() {
            // The client's lock keeps limits per client right; people and units only get freer.
            tx.lock_schedules(&[Subject::client(booking.client_id).exclusive()]).await?;
            tx.release_allocations(&owners).await?;
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
            Transition::MarkNoShow => self.jobs.publish_in(cx, tx, &BookingNoShow { booking, client }).await,
            Transition::UndoNoShow => self.jobs.publish_in(cx, tx, &BookingNoShowUndone { booking, client }).await,
            Transition::Cancel => {
                let event =
                    BookingCancelled { booking, client, from: before.status, starts_at: after.starts_at, reason };
                self.jobs.publish_in(cx, tx, &event).await
            }
        }?;
        Ok(())
    }
}

fn advanced(booking: &Booking, by: Transition, now: chrono::DateTime<chrono::Utc>) -> Result<Status> {
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
