//! Editing seats and visibility of sessions that repeat. One that was given its own keeps them.

use super::{Around, Several};
use crate::Bookings;
use crate::permissions::{BOOKINGS_ALL, BOOKINGS_OWN};
use crate::recurrence::Occurrence;
use crate::session::service::recur::{Conflict, sessions_again, settle};
use crate::session::service::{RecurrenceMode, RepeatedSessions, SessionChange};
use crate::session::{GroupSession, Planned};
use access::Cx;
use db::Tx;
use kernel::Result;
use uuid::Uuid;

/// An edit of sessions.
#[derive(Debug, Clone, Copy)]
pub struct SessionsChange {
    /// Which.
    pub which: Several,
    /// What is edited.
    pub change: SessionChange,
    /// What is done when more seats of one are taken than there are to be; one that is skipped stays as it was.
    pub mode: RecurrenceMode,
    /// Whether this only shows what would happen.
    pub dry_run: bool,
}

impl SessionsChange {
    /// What of it one session takes.
    fn of(&self, around: &Around, session: &GroupSession) -> SessionChange {
        let SessionChange { capacity, force, visibility, waitlist_closes_minutes } = self.change;
        let (seats, seen, closes) = (
            around.shares(session, |one| one.capacity, |plan| plan.capacity),
            around.shares(session, |one| one.visibility, |plan| plan.visibility),
            around.shares(session, |one| one.waitlist_closes_minutes, |plan| plan.waitlist_closes_minutes),
        );
        SessionChange {
            capacity: capacity.filter(|_| seats),
            force,
            visibility: visibility.filter(|_| seen),
            waitlist_closes_minutes: waitlist_closes_minutes.filter(|_| closes),
        }
    }

    fn says(&self, plan: &Planned) -> Planned {
        Planned {
            capacity: self.change.capacity.unwrap_or(plan.capacity),
            visibility: self.change.visibility.unwrap_or(plan.visibility),
            waitlist_closes_minutes: self.change.waitlist_closes_minutes.unwrap_or(plan.waitlist_closes_minutes),
            ..plan.clone()
        }
    }
}

impl Bookings {
    /// Edits seats and visibility of sessions, each as a single edit would.
    pub async fn change_sessions(&self, cx: &Cx, wanted: &SessionsChange) -> Result<RepeatedSessions> {
        cx.require_any(&[BOOKINGS_ALL, BOOKINGS_OWN])?;
        db::transaction!(self.db, cx.company()?, |tx| {
            tx.preview_if(wanted.dry_run);
            Box::pin(self.change_sessions_in(cx, tx, wanted)).await
        })
    }

    async fn change_sessions_in(&self, cx: &Cx, tx: &mut Tx, wanted: &SessionsChange) -> Result<RepeatedSessions> {
        let around = self.around_session_in(cx, tx, &wanted.which).await?;
        wanted.change.expect_any()?;
        let (mut changed, mut refused): (Vec<Uuid>, Vec<Conflict>) = (Vec::new(), Vec::new());
        for session in around.reached(tx.now()) {
            let change = wanted.of(&around, session);
            if change.is_empty() {
                continue;
            }
            match self.change_session_in(cx, tx, session.id, session.version, change).await {
                Ok(session) => changed.push(session.id.uuid()),
                Err(error) if error.is_user_error() => {
                    let stands = Occurrence { date: session.local_date, starts_at: session.starts_at };
                    refused.push(Conflict::of(session, stands, &error));
                }
                Err(error) => return Err(error),
            }
        }
        let conflicts = settle(wanted.mode, changed.is_empty(), refused, "capacity")?;
        self.restate_in(tx, &around, |plan| wanted.says(plan)).await?;
        Ok(RepeatedSessions { conflicts, ..sessions_again(tx, &changed).await? })
    }
}
