//! Editing the lines of a visit: adding, leaving out, replacing and resizing them, their order and what begins together, all
//! at once. Lines that stay keep what was agreed for them; what is new is as the catalogue has it today.

use super::change::Wanted;
use super::idempotency_key;
use crate::Bookings;
use crate::availability::{Rule, Rules};
use crate::booking::{Booking, BookingId, LineId, Refusal};
use crate::error::{BookingErrorCode, transition};
use crate::permissions::{BOOKINGS_ALL, BOOKINGS_OWN, BOOKINGS_RESIZE};
use crate::rules;
use crate::slots::{Asked, Audience, LineEdit, World};
use access::Cx;
use chrono::{DateTime, Utc};
use kernel::{Error, Result};
use serde::Serialize;

/// The lines that a visit is to have.
#[derive(Debug, Clone)]
pub struct LinesChange {
    /// Of which booking.
    pub id: BookingId,
    /// The version that the caller saw.
    pub version: i32,
    /// When the first of them is to start; none: as before.
    pub starts_at: Option<DateTime<Utc>>,
    /// All of them in order; a line that is not among them is left out of the visit.
    pub lines: Vec<LineEdit>,
    /// Rules to set aside.
    pub overrides: Vec<Rule>,
    /// Whether this only shows what would happen. A preview needs no memory: its key is not remembered.
    pub dry_run: bool,
    /// The caller's key.
    pub idempotency_key: String,
}

impl LinesChange {
    /// What the digest of a request covers.
    fn digested(&self) -> impl Serialize + '_ {
        (self.id, self.version, self.starts_at, &self.lines, rules::codes(&self.overrides))
    }

    /// What is wrong with it whatever the calendar. A visit that has begun may still grow, but begins when it did.
    pub(super) fn refuse(&self, booking: &Booking) -> Result<()> {
        let retimed = self.starts_at.is_some_and(|starts_at| starts_at != booking.starts_at);
        if !booking.status.editable() || (retimed && !booking.status.movable()) {
            return Err(transition(Refusal::NoArrow));
        }
        let lines = booking.lines.iter();
        let same = self.lines.len() == booking.lines.len()
            && lines.zip(&self.lines).all(|(line, edit)| edit.line == Some(line.id) && !edit.changes(line));
        if same && !retimed { Err(Error::invalid(BookingErrorCode::NothingToChange).at("lines")) } else { Ok(()) }
    }

    /// The visit as it would be.
    pub(super) fn resolve(
        &self,
        cx: &Cx,
        world: &World,
        booking: &Booking,
        waived: Rules,
        keep_units: bool,
    ) -> Result<Asked> {
        Asked::edited(world, Audience::of(cx, &world.members), booking, &self.lines, keep_units, waived)
    }

    /// The lines that were given a length of their own.
    pub(super) fn resized(&self, booking: &Booking) -> Vec<LineId> {
        let lines = booking.lines.iter().zip(&self.lines);
        lines.filter(|(_, edit)| edit.minutes.is_some()).map(|(line, _)| line.id).collect()
    }
}

impl Bookings {
    /// Gives a visit other lines. A dry run goes the whole way and takes everything back.
    pub async fn change_lines(&self, cx: &Cx, wanted: &LinesChange) -> Result<Booking> {
        cx.require_any(&[BOOKINGS_ALL, BOOKINGS_OWN])?;
        if wanted.lines.iter().any(|line| line.minutes.is_some()) {
            cx.require(BOOKINGS_RESIZE)?;
        }
        let waived = rules::waived(cx, &wanted.overrides)?;
        let key = idempotency_key(cx, "bookingLinesUpdate", &wanted.idempotency_key, &wanted.digested())?;
        self.change_visit(cx, Wanted::Lines(wanted), waived, &key, Vec::new()).await
    }
}
