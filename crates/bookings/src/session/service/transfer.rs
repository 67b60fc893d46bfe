//! Moving seats to another session of the same service: the old seats are given up only for the new ones.

use super::seat::{not_open, place_at, seat_in};
use super::{GroupSession, repo};
use crate::Bookings;
use crate::availability::{Rule, Rules};
use crate::booking::service::{again, idempotency_key, rescheduled, version_conflict};
use crate::booking::{Booking, BookingId, repo as bookings};
use crate::calendar::ChangeKind;
use crate::error::{BookingErrorCode, transition};
use crate::permissions::{BOOKINGS_ALL, BOOKINGS_OWN};
use crate::rules;
use crate::session::{GroupSessionId, SessionStatus};
use crate::slots::World;
use access::Cx;
use db::Tx;
use kernel::{Error, Result};

/// A move of seats.
#[derive(Debug, Clone)]
pub struct SeatMove {
    /// Which booking.
    pub id: BookingId,
    /// The version that the caller saw.
    pub version: i32,
    /// To which session.
    pub to: GroupSessionId,
    /// Rules to set aside.
    pub overrides: Vec<Rule>,
    /// The caller's key.
    pub idempotency_key: String,
}

impl Bookings {
    /// Moves the seats of a booking to another session. What was agreed (the price) stays.
    pub async fn move_seats(&self, cx: &Cx, wanted: &SeatMove) -> Result<Booking> {
        cx.require_any(&[BOOKINGS_ALL, BOOKINGS_OWN])?;
        let waived = rules::waived(cx, &wanted.overrides)?;
        let digested = (wanted.id, wanted.version, wanted.to, rules::codes(&wanted.overrides));
        let key = idempotency_key(cx, "bookingMoveToSession", &wanted.idempotency_key, &digested)?;
        let booking = db::transaction!(self.db, cx.company()?, |tx| {
            if let Some(ids) = tx.idempotent(&key).await? {
                again(tx, &ids).await
            } else {
                let booking = Box::pin(self.move_seats_to_in(cx, tx, wanted, waived)).await?;
                tx.remember(&key, &[booking.id.uuid()]).await?;
                Ok(booking)
            }
        })?;
        db::failpoint!("bookings.commit.after");
        Ok(booking)
    }

    async fn move_seats_to_in(&self, cx: &Cx, tx: &mut Tx, wanted: &SeatMove, waived: Rules) -> Result<Booking> {
        let before = self.expected(cx, tx, wanted.id, wanted.version).await?;
        let target = self.visible_session(cx, tx, wanted.to).await?;
        let from = before.session_id.ok_or_else(|| Error::conflict(BookingErrorCode::NotASeat).at("id"))?;
        if from == target.id {
            return Err(Error::invalid(BookingErrorCode::NothingToChange).at("groupSessionId"));
        }
        if before.lines.iter().any(|line| line.service_id != target.service_id()) {
            return Err(Error::invalid(BookingErrorCode::OtherService).at("groupSessionId"));
        }
        let (_, target) = lock_both(tx, from, target.id).await?;
        // Under the locks the booking is read again: its seats are given back once.
        let before = bookings::find(tx, before.id).await?.ok_or_else(Error::not_found)?;
        if before.version != wanted.version {
            return Err(version_conflict(before));
        }
        if !before.status.movable() {
            return Err(transition(crate::booking::Refusal::NoArrow));
        }
        if target.status != SessionStatus::Scheduled {
            return Err(not_open());
        }
        let target = self.without_dead_holds_in(cx, tx, target).await?;
        let world = World::load(self, tx).await?;
        let seat = seat_in(tx, world, &target, before.party_size, waived, tx.now()).await?;
        self.take_seats_in(tx, &target, before.party_size.into(), 0).await?;
        let mut booking = before.clone();
        place_at(&mut booking, &target);
        booking.session_id = Some(target.id);
        booking.location_id = target.location_id;
        booking.overrides = seat.overrides();
        self.save_in(tx, &mut booking, before.status).await?;
        bookings::write_lines(tx, &booking, &before.lines).await?;
        self.jobs.publish_in(cx, tx, &rescheduled(&before, &booking)).await?;
        self.announce_in(tx, ChangeKind::Rescheduled, &booking, Some(&before))?;
        self.free_seats_in(cx, tx, from, before.party_size.into()).await?;
        Ok(booking)
    }
}

/// Both sessions under their locks, taken in order of id, so that two opposite moves do not wait for each other.
async fn lock_both(tx: &Tx, from: GroupSessionId, to: GroupSessionId) -> Result<(GroupSession, GroupSession)> {
    let (first, second) = if from.uuid() < to.uuid() { (from, to) } else { (to, from) };
    let one = repo::lock(tx, first).await?.ok_or_else(Error::not_found)?;
    let other = repo::lock(tx, second).await?.ok_or_else(Error::not_found)?;
    Ok(if first == from { (one, other) } else { (other, one) })
}
