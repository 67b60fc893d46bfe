//! Changing sessions that repeat together: one, one and those after it, or all that are yet to come. Each is changed by the
//! steps of the single change, in one transaction, under locks that are taken at once: schedules, then the rows of the
//! whole repetition in order of their ids.
//!
//! How far a change reaches is what it is for series of bookings: the session that it begins with; of the others those that
//! are scheduled, have not begun and stand where their repetition says.

mod cancel;
mod reschedule;
mod update;

pub use cancel::SessionsCancel;
pub use reschedule::SessionsMove;
pub use update::SessionsChange;

use super::change::expect_scheduled;
use super::{GroupSession, Reach, version_conflict};
use crate::Bookings;
use crate::error::BookingErrorCode;
use crate::series::Scope;
use crate::session::{GroupSessionId, InRecurrence, Planned, RecurrenceId, SessionStatus, repo};
use access::Cx;
use chrono::{DateTime, Utc};
use db::{Reader, Tx};
use kernel::{Error, Result};
use serde::Serialize;

/// Which sessions of a repetition are changed.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Several {
    /// The session that it begins with.
    pub id: GroupSessionId,
    /// The version of it that the caller saw.
    pub version: i32,
    /// How far it reaches.
    pub scope: Scope,
}

/// A session that repeats, and those of its repetition that the caller reaches, by date.
struct Around {
    pivot: GroupSession,
    own: InRecurrence,
    sessions: Vec<GroupSession>,
    /// Whether these are all. Who reaches a part changes that part, and leaves the repetition to who reaches the whole.
    is_whole: bool,
    scope: Scope,
}

impl Around {
    /// What surrounds a session; `all` are those of its repetition.
    fn of(reach: Reach, wanted: &Several, mut all: Vec<GroupSession>) -> Result<Self> {
        let (id, whole) = (wanted.id, all.len());
        all.retain(|session| reach.has_session(session));
        let pivot = all.iter().find(|session| session.id == id).cloned().ok_or_else(Error::not_found)?;
        if pivot.version != wanted.version {
            return Err(version_conflict(pivot));
        }
        expect_scheduled(&pivot)?;
        let own = pivot.recurrence.clone().ok_or_else(not_repeated)?;
        Ok(Self { own, is_whole: all.len() == whole, sessions: all, scope: wanted.scope, pivot })
    }

    fn in_scope(&self) -> impl Iterator<Item = &GroupSession> {
        let from = Some(self.own.plan.date);
        self.sessions.iter().filter(move |session| match self.scope {
            Scope::This => self.is_pivot(session),
            Scope::ThisAndFollowing => session.recurrence.as_ref().map(|own| own.plan.date) >= from,
            Scope::All => true,
        })
    }

    /// The sessions that a change reaches.
    fn reached(&self, now: DateTime<Utc>) -> impl Iterator<Item = &GroupSession> {
        self.in_scope()
            .filter(move |session| self.is_pivot(session) || (is_ahead(session, now) && session.keeps_time()))
    }

    fn is_pivot(&self, session: &GroupSession) -> bool {
        session.id == self.pivot.id
    }

    /// Whether a session has what its repetition says; if not, it was given it alone and keeps it. What the change begins
    /// with keeps nothing.
    fn shares<T: PartialEq>(
        &self,
        session: &GroupSession,
        now: impl Fn(&GroupSession) -> T,
        planned: impl Fn(&Planned) -> T,
    ) -> bool {
        self.is_pivot(session) || session.recurrence.as_ref().is_some_and(|own| planned(&own.plan) == now(session))
    }
}

fn is_ahead(session: &GroupSession, now: DateTime<Utc>) -> bool {
    session.status == SessionStatus::Scheduled && session.starts_at > now
}

fn not_repeated() -> Error {
    Error::invalid(BookingErrorCode::NotInSeries).at("id")
}

impl Bookings {
    async fn around_session(&self, cx: &Cx, r: &Reader, wanted: &Several) -> Result<Around> {
        let reach = self.reach(cx, r).await?;
        let of = repeated(r, reach, wanted.id).await?;
        Around::of(reach, wanted, repo::list_of_recurrence(r, of).await?)
    }

    /// The same under the locks of all these sessions.
    async fn around_session_in(&self, cx: &Cx, tx: &Tx, wanted: &Several) -> Result<Around> {
        let reach = self.reach(cx, tx).await?;
        let of = repeated(tx, reach, wanted.id).await?;
        Around::of(reach, wanted, repo::lock_recurrence(tx, of).await?)
    }

    /// Writes what the repetition says from now on of its sessions in scope that are yet to come, also of those that were
    /// passed over. Where only what follows changed, that becomes a repetition of its own.
    async fn restate_in(&self, tx: &Tx, around: &Around, says: impl Fn(&Planned) -> Planned) -> Result<()> {
        if around.scope == Scope::This || !around.is_whole {
            return Ok(());
        }
        let has_before = around.in_scope().count() < around.sessions.len();
        let id = if has_before { RecurrenceId::new() } else { around.own.id };
        for session in around.in_scope() {
            let Some(own) = &session.recurrence else { continue };
            let changes = around.is_pivot(session) || is_ahead(session, tx.now());
            let after = InRecurrence { id, plan: if changes { says(&own.plan) } else { own.plan.clone() } };
            if after != *own {
                repo::restate(tx, session.id, &after).await?;
            }
        }
        Ok(())
    }
}

/// The repetition of a session that the caller reaches.
async fn repeated(r: &Reader, reach: Reach, id: GroupSessionId) -> Result<RecurrenceId> {
    let session = repo::find(r, id).await?.filter(|session| reach.has_session(session)).ok_or_else(Error::not_found)?;
    session.recurrence.map(|own| own.id).ok_or_else(not_repeated)
}
