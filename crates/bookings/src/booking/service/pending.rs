//! What a pending booking waits for comes in, or does not come in time. Each thing that comes is written over the version it
//! was seen at, so of an approval, a payment and the end of the wait at one moment each counts once, in some order.

use super::{again, idempotency_key};
use crate::Bookings;
use crate::booking::{Awaited, Booking, BookingId, CancelReason, Status, Transition, repo};
use crate::calendar::ChangeKind;
use crate::error::BookingErrorCode;
use crate::events::{BookingApproved, BookingConfirmed, BookingPrepaid};
use crate::permissions::{BOOKINGS_ALL, BOOKINGS_OWN};
use crate::sweep::ExpirePending;
use access::Cx;
use db::Tx;
use kernel::{Error, Result};

impl Bookings {
    /// Approves a pending booking: it is agreed, unless its prepayment is still awaited.
    pub async fn confirm(&self, cx: &Cx, id: BookingId, version: i32) -> Result<Booking> {
        cx.require_any(&[BOOKINGS_ALL, BOOKINGS_OWN])?;
        db::transaction!(self.db, cx.company()?, |tx| {
            let before = self.expected(cx, tx, id, version).await?;
            self.lift_in(cx, tx, before, Awaited::Approval).await
        })
    }

    /// Staff say that a prepayment came in: the booking is agreed, unless approval is still awaited.
    pub async fn receive_prepayment(&self, cx: &Cx, id: BookingId, version: i32, key: &str) -> Result<Booking> {
        cx.require_any(&[BOOKINGS_ALL, BOOKINGS_OWN])?;
        let key = idempotency_key(cx, "bookingPrepaymentReceive", key, &(id, version))?;
        db::transaction!(self.db, cx.company()?, |tx| {
            if let Some(ids) = tx.idempotent(&key).await? {
                again(tx, &ids).await
            } else {
                let before = self.expected(cx, tx, id, version).await?;
                let booking = self.lift_in(cx, tx, before, Awaited::Prepayment).await?;
                tx.remember(&key, &[booking.id.uuid()]).await?;
                Ok(booking)
            }
        })
    }

    /// A payment for the prepayment was recorded, for the crate that records it: the company is checked, the role is not.
    pub async fn prepayment_received_in(&self, cx: &Cx, tx: &mut Tx, id: BookingId) -> Result<Booking> {
        let before = repo::find(tx, id).await?.ok_or_else(Error::not_found)?;
        self.lift_in(cx, tx, before, Awaited::Prepayment).await
    }

    /// Declines a booking that was not agreed in time; one that was, or waits longer now, stays as it is.
    pub(crate) async fn expire_pending(&self, cx: &Cx, id: BookingId) -> Result<()> {
        db::transaction!(self.db, cx.company()?, |tx| {
            let Some(before) = repo::find(tx, id).await? else { return Ok(()) };
            let is_over = before.pending_until.is_some_and(|until| until <= tx.now());
            if before.status != Status::Pending || !is_over {
                return Ok(());
            }
            self.decline_in(cx, tx, before, CancelReason::Timeout).await.map(|_| ())
        })
    }

    /// Lets the wait of a pending booking end by itself.
    pub(crate) async fn watch_pending_in(&self, cx: &Cx, tx: &mut Tx, booking: &Booking) -> Result<()> {
        match booking.pending_until {
            Some(until) => self.jobs.enqueue_at_in(cx, tx, &ExpirePending { booking: booking.id }, until).await,
            None => Ok(()),
        }
    }

    async fn lift_in(&self, cx: &Cx, tx: &mut Tx, before: Booking, what: Awaited) -> Result<Booking> {
        let status = super::transition::advanced(&before, Transition::Confirm, tx.now())?;
        let left = before.awaits.without(what).ok_or_else(|| Error::conflict(BookingErrorCode::NotAwaited))?;
        let mut booking = Booking { awaits: left, ..before.clone() };
        if left.is_empty() {
            booking.status = status;
            booking.pending_until = None;
        }
        self.save_in(tx, &mut booking, before.status).await?;
        match what {
            Awaited::Prepayment => {
                let event = BookingPrepaid {
                    booking: booking.id,
                    client: booking.client_id,
                    amount_minor: booking.prepayment.minor,
                };
                self.jobs.publish_in(cx, tx, &event).await?;
            }
            Awaited::Approval if !left.is_empty() => {
                let event = BookingApproved { booking: booking.id, client: booking.client_id };
                self.jobs.publish_in(cx, tx, &event).await?;
            }
            Awaited::Approval => {}
        }
        if booking.status == Status::Confirmed {
            self.jobs.publish_in(cx, tx, &BookingConfirmed::of(&booking)).await?;
        }
        self.announce_in(tx, ChangeKind::Status, &booking, Some(&before))?;
        Ok(booking)
    }
}
