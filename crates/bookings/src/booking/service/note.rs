//! Editing a booking's notes: the one that its client may read, and the internal one.

use super::create::note;
use crate::Bookings;
use crate::booking::{Booking, BookingId};
use crate::calendar::ChangeKind;
use crate::error::BookingErrorCode;
use crate::events::BookingNoted;
use crate::permissions::{BOOKINGS_ALL, BOOKINGS_NOTES, BOOKINGS_OWN};
use access::Cx;
use kernel::{Error, Result};

/// New texts of notes; what is `None` stays, an empty text removes the note.
#[derive(Debug, Clone, Default)]
pub struct NoteChange {
    /// What the client may read.
    pub client_note: Option<String>,
    /// What the client never sees.
    pub internal_note: Option<String>,
}

impl Bookings {
    /// Edits notes. An edit that changes nothing is not recorded.
    pub async fn edit_notes(&self, cx: &Cx, id: BookingId, version: i32, change: &NoteChange) -> Result<Booking> {
        cx.require_any(&[BOOKINGS_ALL, BOOKINGS_OWN])?;
        if change.internal_note.is_some() {
            cx.require(BOOKINGS_NOTES)?;
        }
        if change.client_note.is_none() && change.internal_note.is_none() {
            return Err(Error::invalid(BookingErrorCode::NothingToChange));
        }
        let client_note = note("clientNote", change.client_note.clone())?;
        let internal_note = note("internalNote", change.internal_note.clone())?;
        db::transaction!(self.db, cx.company()?, |tx| {
            let before = self.expected(cx, tx, id, version).await?;
            let mut booking = before.clone();
            if change.client_note.is_some() {
                booking.client_note.clone_from(&client_note);
            }
            if change.internal_note.is_some() {
                booking.internal_note.clone_from(&internal_note);
            }
            let event = BookingNoted {
                booking: id,
                client_visible: booking.client_note != before.client_note,
                internal: booking.internal_note != before.internal_note,
            };
            if event.client_visible || event.internal {
                self.save_in(tx, &mut booking, before.status).await?;
                self.jobs.publish_in(cx, tx, &event).await?;
                self.announce_in(tx, ChangeKind::Noted, &booking, Some(&before))?;
            }
            Ok(booking)
        })
    }
}
