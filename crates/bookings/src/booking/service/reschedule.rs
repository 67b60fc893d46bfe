//! Moving a visit to another time, or to other people. What was agreed stays: durations, buffers, prices, needs. People stay
//! unless the caller names others.

use super::change::Wanted;
use super::{idempotency_key, run_or_own};
use crate::Bookings;
use crate::availability::{Rule, Rules};
use crate::booking::{Booking, BookingId, Initiator, LineId, MoveRefusal};
use crate::error::{BookingErrorCode, transition};
use crate::rules;
use crate::slots::{Asked, Audience, World};
use access::Cx;
use chrono::{DateTime, Utc};
use kernel::{Error, Result};
use serde::Serialize;
use staff::StaffId;
use std::collections::BTreeMap;

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

impl Move {
    /// What the digest of a request covers.
    fn digested(&self) -> impl Serialize + '_ {
        (self.id, self.version, self.starts_at, &self.lines, rules::codes(&self.overrides), self.initiator)
    }

    /// What is wrong with it whatever the calendar.
    pub(super) fn refuse(&self, booking: &Booking, now: DateTime<Utc>) -> Result<()> {
        if !booking.status.movable() {
            return Err(transition(crate::booking::Refusal::NoArrow));
        }
        if self.initiator == Initiator::Client {
            if !booking.is_ahead(now) {
                return Err(Error::conflict(BookingErrorCode::RescheduleTooLate));
            }
            booking.policy.cancellation.moving(now, booking.client_moves).map_err(|refusal| match refusal {
                MoveRefusal::TooLate => Error::conflict(BookingErrorCode::RescheduleTooLate),
                MoveRefusal::TooOften => Error::conflict(BookingErrorCode::RescheduleLimit),
            })?;
        }
        let same = booking.starts_at == self.starts_at && self.lines.is_empty();
        if same { Err(Error::invalid(BookingErrorCode::NothingToChange).at("startsAt")) } else { Ok(()) }
    }

    /// The visit as it would be.
    pub(super) fn resolve(&self, cx: &Cx, world: &World, booking: &Booking, waived: Rules) -> Result<Asked> {
        let staff: BTreeMap<LineId, Option<StaffId>> = self.lines.iter().map(|line| (line.line, line.staff)).collect();
        if staff.keys().any(|id| booking.lines.iter().all(|line| line.id != *id)) {
            return Err(Error::not_found());
        }
        if let Some(at) = self.lines.iter().position(|change| {
            change.staff.is_some() && booking.lines.iter().any(|line| line.id == change.line && line.staff_id.is_none())
        }) {
            return Err(Error::invalid(BookingErrorCode::StaffNotNeeded).at(format!("lines.{at}.staffId")));
        }
        let audience = Audience::of(cx, &world.members);
        Asked::again(world, audience, booking.location_id, booking.lines.clone(), &staff, waived)
    }
}

impl Bookings {
    /// Moves a visit to another time, other people, or both. A dry run goes the whole way and takes everything back. A client
    /// moves their own, on their own wish.
    pub async fn reschedule(&self, cx: &Cx, wanted: &Move) -> Result<Booking> {
        run_or_own(cx)?;
        let wanted = &wanted.of(cx);
        let waived = rules::waived(cx, &wanted.overrides)?;
        let key = idempotency_key(cx, "bookingReschedule", &wanted.idempotency_key, &wanted.digested())?;
        self.change_visit(cx, Wanted::Move(wanted), waived, &key, Vec::new()).await
    }
}
