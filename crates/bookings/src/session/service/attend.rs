//! The roll-call of a session: who came and who did not, in one go. Each mark is a step of the booking's own machine.

use super::GroupSession;
use crate::Bookings;
use crate::booking::{BookingId, Cost, Status, Transition, repo as bookings};
use crate::error::BookingErrorCode;
use crate::permissions::{BOOKINGS_ALL, BOOKINGS_OWN};
use crate::session::{GroupSessionId, MAX_SEATS, SessionStatus, repo};
use access::Cx;
use kernel::{CommonCode, Error, Result};

/// Whether somebody came.
#[derive(Debug, Clone, Copy)]
pub struct Mark {
    /// The booking.
    pub booking: BookingId,
    /// They came; otherwise they did not.
    pub came: bool,
}

impl Bookings {
    /// Marks bookings of a session as come or not come: all of them or, when one is refused, none. A mark that stands
    /// already is left as it is, so a roll-call can be sent again.
    pub async fn mark_attendance(&self, cx: &Cx, id: GroupSessionId, marks: &[Mark]) -> Result<GroupSession> {
        cx.require_any(&[BOOKINGS_ALL, BOOKINGS_OWN])?;
        if marks.is_empty() {
            return Err(Error::invalid(CommonCode::Required).at("marks"));
        }
        if marks.len() > usize::from(MAX_SEATS) {
            return Err(Error::invalid(CommonCode::TooLong).at("marks").with("max", MAX_SEATS));
        }
        db::transaction!(self.db, cx.company()?, |tx| {
            let reach = self.reach(cx, tx).await?;
            let session = repo::lock(tx, id).await?.filter(|session| reach.has_session(session));
            let session = session.ok_or_else(Error::not_found)?;
            if session.status == SessionStatus::Cancelled {
                return Err(Error::conflict(BookingErrorCode::SessionNotOpen));
            }
            let ids: Vec<BookingId> = marks.iter().map(|mark| mark.booking).collect();
            let mut roster = bookings::list_by_ids(tx, &ids).await?;
            for (at, mark) in marks.iter().enumerate() {
                let found = roster.iter().position(|booking| booking.id == mark.booking);
                let booking = found.map(|found| roster.swap_remove(found));
                let booking = booking.filter(|booking| reach.has(booking)).ok_or_else(Error::not_found)?;
                if booking.session_id != Some(id) {
                    return Err(at_mark(Error::conflict(BookingErrorCode::NotASeat), at));
                }
                if let Some(step) = step(booking.status, mark.came) {
                    let is_missed = step == Transition::MarkNoShow;
                    let due = if is_missed { booking.policy.cancellation.staying_away() } else { Cost::default() };
                    let done = self.advance_in(cx, tx, booking, step, None, due).await;
                    done.map_err(|error| at_mark(error, at))?;
                }
            }
            repo::find(tx, id).await?.ok_or_else(Error::not_found)
        })
    }
}

/// The step that a mark asks for; none when it is true already.
const fn step(status: Status, came: bool) -> Option<Transition> {
    match (status, came) {
        (Status::Arrived | Status::InService | Status::Completed, true) | (Status::NoShow, false) => None,
        (Status::NoShow, true) => Some(Transition::UndoNoShow),
        (_, true) => Some(Transition::Arrive),
        (_, false) => Some(Transition::MarkNoShow),
    }
}

fn at_mark(mut error: Error, at: usize) -> Error {
    if error.is_user_error() {
        for issue in &mut error.issues {
            issue.field = Some(format!("marks.{at}.bookingId").into());
        }
    }
    error
}
