//! Ending a session: called off with all its bookings, or over.

use super::GroupSession;
use super::change::expect_scheduled;
use super::plan::session_again;
use crate::Bookings;
use crate::booking::service::{Ending, idempotency_key, note};
use crate::booking::{Cost, Status, Transition, repo as bookings};
use crate::error::BookingErrorCode;
use crate::events::{GroupSessionCancelled, GroupSessionCompleted};
use crate::hold::{self, State};
use crate::permissions::{BOOKINGS_ALL, BOOKINGS_OWN};
use crate::session::{GroupSessionId, SessionStatus};
use access::Cx;
use db::{Owner, Tx};
use kernel::{Error, Result};

impl Bookings {
    /// Calls a session off: its bookings are cancelled with the same reason, its holds end, its time is free again.
    pub async fn cancel_session(
        &self,
        cx: &Cx,
        id: GroupSessionId,
        version: i32,
        ending: Ending,
        key: &str,
    ) -> Result<GroupSession> {
        cx.require_any(&[BOOKINGS_ALL, BOOKINGS_OWN])?;
        let ending = Ending { note: note("note", ending.note)?, ..ending };
        let key = idempotency_key(cx, "groupSessionCancel", key, &(id, version, &ending))?;
        db::transaction!(self.db, cx.company()?, |tx| {
            if let Some(ids) = tx.idempotent(&key).await? {
                session_again(tx, &ids).await
            } else {
                let session = self.cancel_session_in(cx, tx, id, version, &ending).await?;
                tx.remember(&key, &[id.uuid()]).await?;
                Ok(session)
            }
        })
    }

    pub(super) async fn cancel_session_in(
        &self,
        cx: &Cx,
        tx: &mut Tx,
        id: GroupSessionId,
        version: i32,
        ending: &Ending,
    ) -> Result<GroupSession> {
        let before = self.expected_session(cx, tx, id, version).await?;
        expect_scheduled(&before)?;
        let mut session = GroupSession {
            status: SessionStatus::Cancelled,
            cancel_reason: Some(ending.reason),
            cancel_note: ending.note.clone(),
            ..before.clone()
        };
        self.save_session_in(tx, &mut session).await?;
        tx.release_allocations(&[Owner::Session(id.uuid())]).await?;
        crate::waitlist::repo::close(tx, id).await?;
        for hold in hold::repo::list_of_session(tx, id).await? {
            self.end_in(cx, tx, hold, State::Released).await?;
        }
        for booking in bookings::list_of_session(tx, id).await? {
            // Somebody who is being served already is a visit that takes place.
            if matches!(booking.status, Status::Pending | Status::Confirmed | Status::Arrived) {
                self.advance_in(cx, tx, booking, Transition::Cancel, Some(ending), Cost::default()).await?;
            }
        }
        let event = GroupSessionCancelled { session: id, starts_at: before.starts_at, reason: ending.reason };
        self.jobs.publish_in(cx, tx, &event).await?;
        self.announce_session_in(tx, &session, Some(&before))?;
        crate::session::repo::find(tx, id).await?.ok_or_else(Error::not_found)
    }

    /// The session is over, once it began: who was marked as come has been served, what is left of its time is free.
    pub async fn complete_session(&self, cx: &Cx, id: GroupSessionId, version: i32) -> Result<GroupSession> {
        cx.require_any(&[BOOKINGS_ALL, BOOKINGS_OWN])?;
        db::transaction!(self.db, cx.company()?, |tx| {
            let before = self.expected_session(cx, tx, id, version).await?;
            expect_scheduled(&before)?;
            if tx.now() < before.starts_at {
                return Err(Error::conflict(BookingErrorCode::SessionNotBegun));
            }
            let mut session = GroupSession { status: SessionStatus::Completed, ..before.clone() };
            self.save_session_in(tx, &mut session).await?;
            for booking in bookings::list_of_session(tx, id).await? {
                let mut booking = booking;
                for step in [Transition::Start, Transition::Complete] {
                    let is_next = match step {
                        Transition::Start => booking.status == Status::Arrived,
                        _ => booking.status == Status::InService,
                    };
                    if is_next {
                        booking = self.advance_in(cx, tx, booking, step, None, Cost::default()).await?;
                    }
                }
            }
            let ended_early_at = (tx.now() < before.ends_at).then(|| tx.now());
            if let Some(at) = ended_early_at {
                // What follows (buffer, cleaning) follows the real end.
                tx.shorten_allocations(Owner::Session(id.uuid()), at + session.line.aftermath()).await?;
            }
            self.jobs.publish_in(cx, tx, &GroupSessionCompleted { session: id, ended_early_at }).await?;
            self.announce_session_in(tx, &session, Some(&before))?;
            Ok(session)
        })
    }
}
