//! Changing a session: its seats and who sees it, or when and by whom it takes place. A move frees the old time and takes
//! the new one together, or nothing changes; every booking moves with it.

use super::plan::{named, session_again};
use super::{GroupSession, seat};
use crate::Bookings;
use crate::availability::{Rule, Rules};
use crate::booking::service::{idempotency_key, rescheduled};
use crate::booking::{LineId, repo as bookings};
use crate::calendar::ChangeKind;
use crate::error::{BookingErrorCode, broken};
use crate::events::{GroupSessionChanged, GroupSessionMoved};
use crate::permissions::{BOOKINGS_ALL, BOOKINGS_OWN};
use crate::rules;
use crate::session::{GroupSessionId, SessionStatus, repo};
use crate::slots::{ATTEMPTS, Asked, Choice, Lost, Own, Taken, Taking, World, place};
use access::Cx;
use catalog::Visibility;
use chrono::{DateTime, Utc};
use db::{Owner, Reader, Tx};
use kernel::{Error, Issue, Result};
use staff::StaffId;
use std::collections::BTreeMap;
use uuid::Uuid;

/// What of a session is edited; what is none stays.
#[derive(Debug, Clone, Copy, Default)]
pub struct SessionChange {
    /// Seats in all.
    pub capacity: Option<u16>,
    /// Whether there may be fewer seats than are taken.
    pub force: bool,
    /// Who may see and book it.
    pub visibility: Option<Visibility>,
    /// Minutes before the start after which a freed seat is promised to nobody.
    pub waitlist_closes_minutes: Option<u32>,
}

impl SessionChange {
    /// Whether it changes nothing.
    pub(super) const fn is_empty(&self) -> bool {
        self.capacity.is_none() && self.visibility.is_none() && self.waitlist_closes_minutes.is_none()
    }

    pub(super) fn expect_any(&self) -> Result<()> {
        if self.is_empty() { Err(Error::invalid(BookingErrorCode::NothingToChange)) } else { Ok(()) }
    }
}

/// A move of a session.
#[derive(Debug, Clone)]
pub struct SessionMove {
    /// Which.
    pub id: GroupSessionId,
    /// The version that the caller saw.
    pub version: i32,
    /// The new start.
    pub starts_at: DateTime<Utc>,
    /// Somebody else who is to hold it.
    pub staff: Option<StaffId>,
    /// Rules to set aside.
    pub overrides: Vec<Rule>,
    /// The caller's key.
    pub idempotency_key: String,
}

impl Bookings {
    /// Edits seats and visibility. There are never fewer seats than are taken unless that is forced.
    pub async fn change_session(
        &self,
        cx: &Cx,
        id: GroupSessionId,
        version: i32,
        change: SessionChange,
    ) -> Result<GroupSession> {
        cx.require_any(&[BOOKINGS_ALL, BOOKINGS_OWN])?;
        db::transaction!(self.db, cx.company()?, |tx| self.change_session_in(cx, tx, id, version, change).await)
    }

    pub(super) async fn change_session_in(
        &self,
        cx: &Cx,
        tx: &mut Tx,
        id: GroupSessionId,
        version: i32,
        change: SessionChange,
    ) -> Result<GroupSession> {
        let before = self.expected_session(cx, tx, id, version).await?;
        expect_scheduled(&before)?;
        change.expect_any()?;
        let before = self.without_dead_holds_in(cx, tx, before).await?;
        let mut session = before.clone();
        session.visibility = change.visibility.unwrap_or(before.visibility);
        session.waitlist_closes_minutes = change.waitlist_closes_minutes.unwrap_or(before.waitlist_closes_minutes);
        session.capacity = change.capacity.unwrap_or(before.capacity);
        session.overfull = session.capacity < session.taken;
        if session.overfull && change.capacity.is_some() && !change.force {
            let issue = Issue::new(BookingErrorCode::SeatsTaken).with("taken", session.taken);
            return Err(Error::conflict(issue.at("capacity")));
        }
        self.save_session_in(tx, &mut session).await?;
        self.jobs.publish_in(cx, tx, &GroupSessionChanged::of(&session)).await?;
        self.announce_session_in(tx, &session, Some(&before))?;
        crate::waitlist::repo::follow_session(tx, id, self.waitlist_closes_at(tx, &session).await?).await?;
        self.promote_in(cx, tx, id).await?;
        repo::find(tx, id).await?.ok_or_else(Error::not_found)
    }

    /// Moves a session to another time, another person, or both, with all its bookings.
    pub async fn move_session(&self, cx: &Cx, wanted: &SessionMove) -> Result<GroupSession> {
        cx.require_any(&[BOOKINGS_ALL, BOOKINGS_OWN])?;
        let waived = rules::waived(cx, &wanted.overrides)?;
        let digested = (wanted.id, wanted.version, wanted.starts_at, wanted.staff, rules::codes(&wanted.overrides));
        let key = idempotency_key(cx, "groupSessionReschedule", &wanted.idempotency_key, &digested)?;
        let mut without: Vec<Uuid> = Vec::new();
        for attempt in 1.. {
            let moved = self.try_move_session(cx, wanted, waived, &key, &without).await;
            let Err(error) = &moved else { return moved };
            // A repetition finds the version that it made itself.
            if let Some(ids) = self.done_before(cx, &key, error).await? {
                return session_again(&self.db.read(cx.company()?).await?, &ids).await;
            }
            match Lost::of(error) {
                Some(lost) if attempt < ATTEMPTS => without.extend_from_slice(lost),
                _ => return moved,
            }
        }
        Err(crate::error::slot_taken())
    }

    async fn try_move_session(
        &self,
        cx: &Cx,
        wanted: &SessionMove,
        waived: Rules,
        key: &db::IdempotencyKey,
        without: &[Uuid],
    ) -> Result<GroupSession> {
        let company = cx.company()?;
        let choice = self.choose_move(cx, &self.db.read(company).await?, wanted, waived, without).await?;
        let session = db::transaction!(self.db, company, |tx| {
            if let Some(ids) = tx.idempotent(key).await? {
                session_again(tx, &ids).await
            } else {
                let session = self.move_session_in(cx, tx, wanted, waived, &choice).await?;
                tx.remember(key, &[session.id.uuid()]).await?;
                Ok(session)
            }
        })?;
        db::failpoint!("bookings.commit.after");
        Ok(session)
    }

    async fn choose_move(
        &self,
        cx: &Cx,
        r: &Reader,
        wanted: &SessionMove,
        waived: Rules,
        without: &[Uuid],
    ) -> Result<Choice> {
        let reach = self.reach(cx, r).await?;
        let session = repo::find(r, wanted.id).await?.filter(|session| reach.has_session(session));
        let session = session.ok_or_else(Error::not_found)?;
        refuse_stale(&session, wanted)?;
        let world = World::load(self, r).await?;
        self.choose_move_of(cx, r, &world, &session, wanted, waived, &Own::sessions([session.id]), without).await
    }

    /// Chooses who and what a session would have where it moves, on a snapshot.
    #[allow(clippy::too_many_arguments, reason = "what a choice is made of")]
    pub(super) async fn choose_move_of(
        &self,
        cx: &Cx,
        r: &Reader,
        world: &World,
        session: &GroupSession,
        wanted: &SessionMove,
        waived: Rules,
        own: &Own,
        without: &[Uuid],
    ) -> Result<Choice> {
        let mut asked = resolve(cx, world, session, wanted, waived)?;
        asked.visit.without = without.iter().copied().collect();
        let placed = place(r, world, &asked, wanted.starts_at, r.now(), own, None).await?;
        let placement = placed.map_err(|violations| named(broken(&violations)))?;
        Ok(Choice { placement, usual: None, location: session.location_id, world: world.clone() })
    }

    async fn move_session_in(
        &self,
        cx: &Cx,
        tx: &mut Tx,
        wanted: &SessionMove,
        waived: Rules,
        choice: &Choice,
    ) -> Result<GroupSession> {
        // Read before the schedules are locked, which come before sessions; the version says under its lock whether it
        // is still the same.
        let planned = repo::find(tx, wanted.id).await?.ok_or_else(Error::not_found)?;
        refuse_stale(&planned, wanted)?;
        let taken = self.take_move_in(cx, tx, &planned, wanted, waived, choice).await?;
        let before = self.expected_session(cx, tx, wanted.id, wanted.version).await?;
        self.write_session_move_in(cx, tx, &before, &taken).await
    }

    /// Decides a move under locks. Nothing is written yet.
    pub(super) async fn take_move_in(
        &self,
        cx: &Cx,
        tx: &mut Tx,
        session: &GroupSession,
        wanted: &SessionMove,
        waived: Rules,
        choice: &Choice,
    ) -> Result<Taken> {
        let own = Own::sessions([session.id]);
        let taking = Taking { choice, client: None, own: &own, as_of: None, also: None };
        self.take_in(tx, |world| resolve(cx, world, session, wanted, waived), &taking).await.map_err(named)
    }

    /// Writes a session where it was decided to stand, with all who come. Only under its lock.
    pub(super) async fn write_session_move_in(
        &self,
        cx: &Cx,
        tx: &mut Tx,
        before: &GroupSession,
        taken: &Taken,
    ) -> Result<GroupSession> {
        let mut session = moved(before, taken)?;
        self.save_session_in(tx, &mut session).await?;
        let owner = Owner::Session(session.id.uuid());
        tx.release_allocations(&[owner]).await?;
        self.allocate_in(tx, taken, |_| owner, None).await?;
        self.jobs.publish_in(cx, tx, &GroupSessionMoved::of(before, &session)).await?;
        self.announce_session_in(tx, &session, Some(before))?;
        self.move_seats_in(cx, tx, &session).await?;
        Ok(session)
    }

    /// Every booking that is still to come, and every hold, goes where its session went.
    async fn move_seats_in(&self, cx: &Cx, tx: &mut Tx, session: &GroupSession) -> Result<()> {
        crate::hold::repo::follow_session(tx, session).await?;
        let closes_at = self.waitlist_closes_at(tx, session).await?;
        crate::waitlist::repo::follow_session(tx, session.id, closes_at).await?;
        for before in bookings::list_of_session(tx, session.id).await? {
            if !before.status.movable() {
                continue;
            }
            let mut booking = before.clone();
            seat::place_at(&mut booking, session);
            self.save_in(tx, &mut booking, before.status).await?;
            bookings::write_lines(tx, &booking, &before.lines).await?;
            self.jobs.publish_in(cx, tx, &rescheduled(&before, &booking)).await?;
            self.announce_in(tx, ChangeKind::Rescheduled, &booking, Some(&before))?;
        }
        Ok(())
    }
}

/// Only a session that is yet to take place is changed.
pub(super) fn expect_scheduled(session: &GroupSession) -> Result<()> {
    if session.status == SessionStatus::Scheduled {
        Ok(())
    } else {
        Err(Error::conflict(BookingErrorCode::WrongStatus))
    }
}

fn refuse_stale(session: &GroupSession, wanted: &SessionMove) -> Result<()> {
    if session.version != wanted.version {
        return Err(super::version_conflict(session.clone()));
    }
    expect_scheduled(session)?;
    let same = session.starts_at == wanted.starts_at && wanted.staff.is_none_or(|to| session.staff_id() == Some(to));
    if same { Err(Error::invalid(BookingErrorCode::NothingToChange).at("startsAt")) } else { Ok(()) }
}

fn resolve(cx: &Cx, world: &World, session: &GroupSession, wanted: &SessionMove, waived: Rules) -> Result<Asked> {
    if let Some(id) = wanted.staff
        && session.staff_id().is_none()
    {
        world.members.get(id).ok_or_else(Error::not_found)?;
        return Err(Error::invalid(BookingErrorCode::StaffNotNeeded).at("staffId"));
    }
    let staff: BTreeMap<LineId, Option<StaffId>> =
        wanted.staff.map(|staff| (session.line.id, Some(staff))).into_iter().collect();
    let lines = vec![session.line.clone()];
    let asked = Asked::again(world, Bookings::planner(cx, world), session.location_id, lines, &staff, waived);
    Ok(asked.map_err(named)?.planned_by_company())
}

fn moved(before: &GroupSession, taken: &Taken) -> Result<GroupSession> {
    let line = taken.lines.first().cloned().ok_or_else(|| Error::internal("a session without a line"))?;
    Ok(GroupSession {
        starts_at: taken.placement.range.from,
        ends_at: taken.placement.range.to,
        zone: taken.zone()?,
        local_date: taken.placement.date,
        overrides: taken.overrides(),
        line,
        ..before.clone()
    })
}
