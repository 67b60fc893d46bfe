//! Use cases of group sessions, one subject a file. What they share is here: whose sessions a caller reaches, writing a
//! change over the version it was made on, and saying what happened.
//!
//! Locks are taken in one order: schedules, then sessions by id, then bookings and holds. Everything that touches seats
//! holds the session's row, so seats are decided one caller after another, whoever they are.

mod attend;
mod change;
mod end;
mod hold;
mod plan;
mod read;
mod recur;
mod seat;
mod several;
mod transfer;

pub use attend::Mark;
pub use change::{SessionChange, SessionMove};
pub use hold::NewSeatHold;
pub use plan::NewSession;
pub use recur::{Conflict, Conflicts, NewSessions, RecurrenceMode, RepeatedSessions};
pub(crate) use seat::{seat_in, seats_of};
pub use several::{SessionsCancel, SessionsChange, SessionsMove, Several};
pub use transfer::SeatMove;

use super::{GroupSession, GroupSessionId, MAX_SEATS, repo};
use crate::Bookings;
use crate::booking::service::Reach;
use crate::calendar::{Change, ChangeKind};
use crate::slots::{Audience, World, own_profile};
use access::Cx;
use chrono::{DateTime, Utc};
use db::{Reader, Tx};
use kernel::{CommonCode, Error, Issue, Result};

impl Reach {
    /// Whether the session exists for this caller.
    pub(crate) fn has_session(self, session: &GroupSession) -> bool {
        match self {
            Self::All => true,
            Self::Own(own) => own.is_some() && session.staff_id() == own,
        }
    }
}

impl Bookings {
    /// A session that the caller may see: staff by whose it is, others by what the company shows. Anything else is not
    /// found.
    pub(crate) async fn visible_session(&self, cx: &Cx, r: &Reader, id: GroupSessionId) -> Result<GroupSession> {
        let session = repo::find(r, id).await?.ok_or_else(Error::not_found)?;
        self.expect_visible(cx, r, &session).await?;
        Ok(session)
    }

    pub(crate) async fn expect_visible(&self, cx: &Cx, r: &Reader, session: &GroupSession) -> Result<()> {
        let seen = if Audience::is_stranger(cx) {
            let services = self.catalog.services(r).await?;
            session.visibility != catalog::Visibility::Staff
                && services.get(session.service_id()).is_some_and(catalog::Service::open_to_public)
        } else {
            self.reach(cx, r).await?.has_session(session)
        };
        if seen { Ok(()) } else { Err(Error::not_found()) }
    }

    /// The session as the caller has seen it, under its lock, for a change.
    async fn expected_session(&self, cx: &Cx, tx: &Tx, id: GroupSessionId, version: i32) -> Result<GroupSession> {
        let reach = self.reach(cx, tx).await?;
        let session = repo::lock(tx, id).await?.filter(|session| reach.has_session(session));
        let session = session.ok_or_else(Error::not_found)?;
        if session.version == version { Ok(session) } else { Err(version_conflict(session)) }
    }

    /// Writes a change over the version that it was made on.
    async fn save_session_in(&self, tx: &Tx, session: &mut GroupSession) -> Result<()> {
        let version = session.version;
        session.version += 1;
        session.updated_at = tx.now();
        if repo::update(tx, session, version).await? {
            return Ok(());
        }
        let current = repo::find(tx, session.id).await?.ok_or_else(Error::not_found)?;
        Err(version_conflict(current))
    }

    /// Tells open calendars about a session, once it has committed.
    fn announce_session_in(&self, tx: &mut Tx, session: &GroupSession, before: Option<&GroupSession>) -> Result<()> {
        self.announce_change_in(tx, &Change::of_session(ChangeKind::Session, session, before))
    }

    /// Until when a freed seat of a session goes to whoever waits first.
    pub(crate) async fn waitlist_closes_at(&self, r: &Reader, session: &GroupSession) -> Result<DateTime<Utc>> {
        let (services, policies) = (self.catalog.services(r).await?, self.catalog.cancellation_policies(r).await?);
        let named = services.get(session.service_id()).and_then(|service| service.rules.cancellation_policy_id);
        let policy = named.and_then(|id| policies.get(id)).or_else(|| policies.default_policy());
        Ok(session.waitlist_closes_at(policy))
    }

    /// Whose eyes the caller plans sessions with.
    fn planner(cx: &Cx, world: &World) -> Audience {
        if cx.can(crate::permissions::BOOKINGS_ALL) {
            Audience::Everybody
        } else {
            Audience::Own(own_profile(cx, &world.members))
        }
    }
}

/// Somebody else was faster; the answer carries the current state.
fn version_conflict(current: GroupSession) -> Error {
    Error::conflict(CommonCode::VersionConflict).at("version").current(current)
}

/// A whole number within bounds, both included, for a field.
fn number<N: TryFrom<i32>>(field: &'static str, value: i32, min: i32, max: i32) -> Result<N> {
    let refused = || Error::invalid(Issue::new(CommonCode::OutOfRange).with("min", min).with("max", max).at(field));
    if !(min..=max).contains(&value) {
        return Err(refused());
    }
    N::try_from(value).map_err(|_| refused())
}

/// Seats that a session may have.
pub(crate) fn capacity(value: i32) -> Result<u16> {
    number("capacity", value, 1, MAX_SEATS.into())
}

/// People that one booking may bring.
pub(crate) fn party(value: i32) -> Result<u16> {
    number("partySize", value, 1, MAX_SEATS.into())
}

/// Minutes before the start after which a freed seat is promised to nobody: up to a week.
pub(crate) fn waitlist_closes(value: i32) -> Result<u32> {
    number("waitlistClosesMinutes", value, 0, 7 * 24 * 60)
}

/// Days by which sessions that repeat are moved, to later dates or to earlier ones.
pub(crate) fn shift_days(value: i32) -> Result<i32> {
    number("shiftDays", value, -31, 31)
}
