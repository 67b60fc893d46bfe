//! Moving sessions that repeat: to another time of day, by days, to another person. Who was booked goes along.

use super::{Around, Several};
use crate::Bookings;
use crate::availability::{Rule, Rules};
use crate::booking::service::idempotency_key;
use crate::error::{BookingErrorCode, slot_taken};
use crate::permissions::{BOOKINGS_ALL, BOOKINGS_OWN};
use crate::recurrence::Occurrence;
use crate::rules;
use crate::session::service::recur::{Conflict, sessions_again, settle};
use crate::session::service::{RecurrenceMode, RepeatedSessions, SessionMove, version_conflict};
use crate::session::{GroupSession, GroupSessionId, Planned};
use crate::slots::{ATTEMPTS, Choice, Lost, Own, World, subjects};
use access::Cx;
use chrono_tz::Tz;
use db::{IdempotencyKey, Reader, Subject, Tx};
use kernel::{Error, Result, WallTime};
use serde::Serialize;
use staff::StaffId;
use std::collections::BTreeMap;
use uuid::Uuid;

/// A move of sessions.
#[derive(Debug, Clone)]
pub struct SessionsMove {
    /// Which.
    pub which: Several,
    /// What the clock at the location is to show when a session starts; none: as before.
    pub time: Option<WallTime>,
    /// By how many days each goes to a later date, or to an earlier one.
    pub shift_days: i32,
    /// Somebody else who is to hold them.
    pub staff: Option<StaffId>,
    /// Rules to set aside.
    pub overrides: Vec<Rule>,
    /// What is done when one cannot go where it is to; one that is skipped stays where it was.
    pub mode: RecurrenceMode,
    /// Whether this only shows what would happen.
    pub dry_run: bool,
    /// The caller's key.
    pub idempotency_key: String,
}

#[derive(Serialize)]
struct Digested {
    which: Several,
    time: Option<WallTime>,
    shift_days: i32,
    staff: Option<StaffId>,
    overrides: Vec<String>,
    mode: RecurrenceMode,
}

/// Whom somebody else was faster with, session by session; attached to the refusal that makes it be tried once more.
#[derive(Debug, Clone, Default)]
struct LostBy(BTreeMap<GroupSessionId, Vec<Uuid>>);

impl LostBy {
    fn add(&mut self, id: GroupSessionId, lost: &[Uuid]) {
        self.0.entry(id).or_default().extend_from_slice(lost);
    }

    fn refusal(self) -> Error {
        slot_taken().current(self)
    }
}

/// A session that moves, and what was chosen for it on a snapshot.
struct Moving {
    session: GroupSession,
    wanted: SessionMove,
    to: Occurrence,
    chosen: Result<Choice>,
}

impl Moving {
    fn conflict(&self, error: &Error) -> Conflict {
        Conflict::of(&self.session, self.to, error)
    }
}

impl SessionsMove {
    fn digested(&self) -> Digested {
        Digested {
            which: self.which,
            time: self.time,
            shift_days: self.shift_days,
            staff: self.staff,
            overrides: rules::codes(&self.overrides),
            mode: self.mode,
        }
    }

    /// What is wrong with it whatever the dates.
    fn checked(&self, pivot: &GroupSession) -> Result<()> {
        if self.time.is_none() && self.shift_days == 0 && self.staff.is_none() {
            return Err(Error::invalid(BookingErrorCode::NothingToChange).at("time"));
        }
        if self.staff.is_some() && pivot.staff_id().is_none() {
            return Err(Error::invalid(BookingErrorCode::StaffNotNeeded).at("staffId"));
        }
        Ok(())
    }

    /// Where a session is to stand. One that was moved alone goes where the repetition goes, not from where it stood.
    fn place_of(&self, session: &GroupSession, zone: Tz) -> Option<Occurrence> {
        let plan = &session.recurrence.as_ref()?.plan;
        if self.time.is_none() && self.shift_days == 0 {
            return Some(Occurrence { date: session.local_date, starts_at: session.starts_at });
        }
        let to = plan.moved(self.shift_days, self.time);
        Some(Occurrence { date: to.date, starts_at: to.start(zone) })
    }

    /// The move of one session; none where it is there already.
    fn of(&self, around: &Around, session: &GroupSession, to: Occurrence) -> Option<SessionMove> {
        let shares = around.shares(session, GroupSession::staff_id, |plan| plan.staff);
        let staff = self.staff.filter(|staff| shares && session.staff_id() != Some(*staff));
        (staff.is_some() || to.starts_at != session.starts_at).then(|| SessionMove {
            id: session.id,
            version: session.version,
            starts_at: to.starts_at,
            staff,
            overrides: self.overrides.clone(),
            idempotency_key: self.idempotency_key.clone(),
        })
    }

    fn says(&self, plan: &Planned) -> Planned {
        let staff = self.staff.or(plan.staff);
        Planned { staff, ..plan.moved(self.shift_days, self.time) }
    }
}

impl Bookings {
    /// Moves sessions, each as a single move would: all of them, or those that can go where they are to.
    pub async fn move_sessions(&self, cx: &Cx, wanted: &SessionsMove) -> Result<RepeatedSessions> {
        cx.require_any(&[BOOKINGS_ALL, BOOKINGS_OWN])?;
        let waived = rules::waived(cx, &wanted.overrides)?;
        let key = idempotency_key(cx, "groupSessionsReschedule", &wanted.idempotency_key, &wanted.digested())?;
        let mut lost = LostBy::default();
        for attempt in 1..=ATTEMPTS {
            let is_last = attempt == ATTEMPTS;
            let moved = Box::pin(self.try_move_sessions(cx, wanted, waived, &key, &lost, is_last)).await;
            let Err(error) = &moved else { return moved };
            // A repetition finds the versions that it made itself.
            if !wanted.dry_run
                && let Some(ids) = self.done_before(cx, &key, error).await?
            {
                return sessions_again(&self.db.read(cx.company()?).await?, &ids).await;
            }
            match error.attached::<LostBy>() {
                Some(more) if !is_last => more.0.iter().for_each(|(id, ids)| lost.add(*id, ids)),
                _ => return moved,
            }
        }
        Err(slot_taken())
    }

    async fn try_move_sessions(
        &self,
        cx: &Cx,
        wanted: &SessionsMove,
        waived: Rules,
        key: &IdempotencyKey,
        lost: &LostBy,
        is_last: bool,
    ) -> Result<RepeatedSessions> {
        let company = cx.company()?;
        let chosen = self.choose_moves(cx, &self.db.read(company).await?, wanted, waived, lost).await?;
        let moved = db::transaction!(self.db, company, |tx| {
            tx.preview_if(wanted.dry_run);
            let done = if wanted.dry_run { None } else { tx.idempotent(key).await? };
            match done {
                Some(ids) => sessions_again(tx, &ids).await,
                None => self.move_sessions_in(cx, tx, wanted, waived, &chosen, key, is_last).await,
            }
        })?;
        db::failpoint!("bookings.commit.after");
        Ok(moved)
    }

    /// Chooses on a snapshot. No session that moves stands in the way of another one that does.
    async fn choose_moves(
        &self,
        cx: &Cx,
        r: &Reader,
        wanted: &SessionsMove,
        waived: Rules,
        lost: &LostBy,
    ) -> Result<Vec<Moving>> {
        let world = World::load(self, r).await?;
        if wanted.staff.is_some_and(|id| world.members.get(id).is_none()) {
            return Err(Error::not_found());
        }
        let around = self.around_session(cx, r, &wanted.which).await?;
        wanted.checked(&around.pivot)?;
        let zone = world.location(around.pivot.location_id)?.zone;
        let own = Own::sessions(around.reached(r.now()).map(|session| session.id));
        let mut moves = Vec::new();
        for session in around.reached(r.now()) {
            let Some(to) = wanted.place_of(session, zone) else { continue };
            let Some(single) = wanted.of(&around, session, to) else { continue };
            let without = lost.0.get(&session.id).map_or(&[][..], Vec::as_slice);
            let chosen = self.choose_move_of(cx, r, &world, session, &single, waived, &own, without).await;
            if let Err(error) = &chosen
                && !error.is_user_error()
            {
                return Err(error.clone());
            }
            moves.push(Moving { session: session.clone(), wanted: single, to, chosen });
        }
        if moves.is_empty() {
            return Err(Error::invalid(BookingErrorCode::NothingToChange).at("time"));
        }
        let refused = moves.iter().filter_map(|moving| Some(moving.conflict(moving.chosen.as_ref().err()?)));
        settle(wanted.mode, moves.iter().all(|moving| moving.chosen.is_err()), refused.collect(), "time")?;
        Ok(moves)
    }

    #[allow(clippy::too_many_arguments, reason = "what a try is made of")]
    async fn move_sessions_in(
        &self,
        cx: &Cx,
        tx: &mut Tx,
        wanted: &SessionsMove,
        waived: Rules,
        chosen: &[Moving],
        key: &IdempotencyKey,
        is_last: bool,
    ) -> Result<RepeatedSessions> {
        let places = chosen.iter().filter_map(|moving| Some(&moving.chosen.as_ref().ok()?.placement));
        let mut locks: Vec<_> =
            chosen.iter().map(|moving| Subject::location(moving.session.location_id).shared()).collect();
        locks.extend(subjects(places).into_iter().map(Subject::exclusive));
        tx.lock_schedules(&locks).await?;
        let around = self.around_session_in(cx, tx, &wanted.which).await?;
        let (mut moved, mut refused): (Vec<Uuid>, Vec<Conflict>) = (Vec::new(), Vec::new());
        let mut lost = LostBy::default();
        for moving in in_order(chosen) {
            let (id, version) = (moving.session.id, moving.session.version);
            let before = around.reached(tx.now()).find(|session| session.id == id && session.version == version);
            // Somebody changed this session since it was looked at: look again.
            let Some(before) = before else {
                return Err(if is_last { version_conflict(around.pivot.clone()) } else { lost.refusal() });
            };
            let taken = match &moving.chosen {
                Ok(choice) => self.take_move_in(cx, tx, before, &moving.wanted, waived, choice).await,
                Err(error) => Err(error.clone()),
            };
            match taken {
                Ok(taken) => {
                    let written = self.write_session_move_in(cx, tx, before, &taken).await;
                    written.map_err(|error| by_session(error, id))?;
                    moved.push(id.uuid());
                }
                Err(error) if error.is_user_error() => {
                    lost.0.extend(Lost::of(&error).map(|ids| (id, ids.to_vec())));
                    refused.push(moving.conflict(&error));
                }
                Err(error) => return Err(error),
            }
        }
        if !lost.0.is_empty() && !is_last {
            return Err(lost.refusal());
        }
        refused.sort_by_key(|conflict| conflict.occurrence);
        let conflicts = settle(wanted.mode, moved.is_empty(), refused, "time")?;
        self.restate_in(tx, &around, |plan| wanted.says(plan)).await?;
        if !wanted.dry_run {
            tx.remember(key, &moved).await?;
        }
        Ok(RepeatedSessions { conflicts, ..sessions_again(tx, &moved).await? })
    }
}

/// In which order sessions move so that none has to wait for the next one's place: the last first when they move to a later
/// time.
fn in_order(moves: &[Moving]) -> Box<dyn Iterator<Item = &Moving> + Send + '_> {
    let is_later = moves.iter().any(|moving| moving.to.starts_at > moving.session.starts_at);
    if is_later { Box::new(moves.iter().rev()) } else { Box::new(moves.iter()) }
}

/// The database guard's refusal as one about a session.
fn by_session(error: Error, id: GroupSessionId) -> Error {
    match Lost::of(&error) {
        Some(ids) => LostBy(BTreeMap::from([(id, ids.to_vec())])).refusal(),
        None => error,
    }
}
