//! Planning sessions that repeat: all dates are decided and written in one transaction, each as a session of its own.

use super::plan::{NewSession, named, planned};
use super::{GroupSession, repo};
use crate::Bookings;
use crate::availability::Rules;
use crate::booking::service::idempotency_key;
use crate::error::{BookingErrorCode, broken};
use crate::permissions::{BOOKINGS_ALL, BOOKINGS_OWN};
use crate::recurrence::{Anchor, Occurrence, Recurrence};
use crate::rules;
use crate::session::recurrence::wall_time;
use crate::session::{GroupSessionId, RecurrenceId};
use crate::slots::{Choice, Own, World, place, subjects};
use access::Cx;
use db::{Reader, Subject, Tx};
use kernel::time::local_date;
use kernel::{Error, Issue, Result};
use serde::Serialize;
use uuid::Uuid;

/// Sessions to be planned at one time of day on several dates.
#[derive(Debug, Clone)]
pub struct NewSessions {
    /// The first of them.
    pub first: NewSession,
    /// On which dates.
    pub recurrence: Recurrence,
    /// What happens when some date cannot be had.
    pub mode: RecurrenceMode,
}

/// What happens when some date of a repetition cannot be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, async_graphql::Enum)]
pub enum RecurrenceMode {
    /// Then none is planned, or changed.
    AllOrNothing,
    /// Then it is left out, and the others are planned, or changed.
    SkipConflicts,
}

/// A date that cannot be had, and why.
#[derive(Debug, Clone)]
pub struct Conflict {
    /// The date, and when it would have been.
    pub occurrence: Occurrence,
    /// The session that stays as it is; none where none was planned.
    pub session: Option<GroupSession>,
    /// Why.
    pub issues: Vec<Issue>,
}

/// The dates that stood in the way; attached to a refusal.
#[derive(Debug, Clone)]
pub struct Conflicts(pub Vec<Conflict>);

/// What was planned or changed, and the dates that could not be had. A repeated request is answered with what it planned or
/// changed alone.
#[derive(Debug, Clone)]
pub struct RepeatedSessions {
    /// In order of time.
    pub sessions: Vec<GroupSession>,
    /// In order of time.
    pub conflicts: Vec<Conflict>,
}

impl Bookings {
    /// Plans sessions on all dates of a rule.
    pub async fn plan_sessions(&self, cx: &Cx, new: &NewSessions) -> Result<RepeatedSessions> {
        cx.require_any(&[BOOKINGS_ALL, BOOKINGS_OWN])?;
        let waived = rules::waived(cx, &new.first.overrides)?;
        let key = idempotency_key(
            cx,
            "groupSessionsCreate",
            &new.first.idempotency_key,
            &(new.first.digested(), &new.recurrence, new.mode),
        )?;
        let company = cx.company()?;
        let chosen = self.choose_sessions(cx, &self.db.read(company).await?, new, waived).await;
        let chosen = match chosen {
            // A repetition finds its own sessions in its way.
            Err(error) => match self.done_before(cx, &key, &error).await? {
                Some(ids) => return sessions_again(&self.db.read(company).await?, &ids).await,
                None => return Err(error),
            },
            Ok(chosen) => chosen,
        };
        let planned = db::transaction!(self.db, company, |tx| {
            if let Some(ids) = tx.idempotent(&key).await? {
                sessions_again(tx, &ids).await
            } else {
                let planned = self.plan_sessions_in(cx, tx, new, waived, &chosen).await?;
                let ids: Vec<Uuid> = planned.sessions.iter().map(|session| session.id.uuid()).collect();
                tx.remember(&key, &ids).await?;
                Ok(planned)
            }
        })?;
        db::failpoint!("bookings.commit.after");
        Ok(planned)
    }

    /// Chooses a person and units for each date, on a snapshot: one statement a date.
    async fn choose_sessions(
        &self,
        cx: &Cx,
        r: &Reader,
        new: &NewSessions,
        waived: Rules,
    ) -> Result<Vec<(Occurrence, Result<Choice>)>> {
        let world = World::load(self, r).await?;
        let asked = planned(cx, &world, &new.first, waived)?;
        let zone = world.location(new.first.location)?.zone;
        let (date, time) = (local_date(zone, new.first.starts_at), wall_time(new.first.starts_at, zone));
        let anchor = Anchor { zone, date, time };
        let occurrences = new.recurrence.occurrences(&anchor).map_err(|error| error.within("recurrence"))?;
        let mut chosen = Vec::with_capacity(occurrences.len());
        for occurrence in occurrences {
            let placed = place(r, &world, &asked, occurrence.starts_at, r.now(), &Own::default(), None).await?;
            let choice = placed.map_err(|violations| named(broken(&violations))).map(|placement| Choice {
                placement,
                usual: None,
                location: new.first.location,
                world: world.clone(),
            });
            chosen.push((occurrence, choice));
        }
        let refused = chosen.iter().filter_map(|(at, choice)| Some(Conflict::new(*at, choice.as_ref().err()?)));
        let none_left = chosen.iter().all(|(_, choice)| choice.is_err());
        settle(new.mode, none_left, refused.collect(), "recurrence")?;
        Ok(chosen)
    }

    async fn plan_sessions_in(
        &self,
        cx: &Cx,
        tx: &mut Tx,
        new: &NewSessions,
        waived: Rules,
        chosen: &[(Occurrence, Result<Choice>)],
    ) -> Result<RepeatedSessions> {
        // Everybody of all dates at once, so that two repetitions never wait for each other.
        let choices = || chosen.iter().filter_map(|(_, choice)| choice.as_ref().ok());
        let mut locks = vec![Subject::location(new.first.location).shared()];
        locks.extend(choices().flat_map(|choice| subjects([&choice.placement])).map(Subject::exclusive));
        tx.lock_schedules(&locks).await?;
        let recurrence = RecurrenceId::new();
        let (mut sessions, mut refused) = (Vec::new(), Vec::new());
        for (occurrence, choice) in chosen {
            let session = NewSession { starts_at: occurrence.starts_at, ..new.first.clone() };
            let taken = match choice {
                Ok(choice) => self.take_session_in(cx, tx, &session, waived, choice).await,
                Err(error) => Err(error.clone()),
            };
            match taken {
                Ok(taken) => {
                    let time = wall_time(new.first.starts_at, taken.zone()?);
                    let repeats = Some((recurrence, occurrence.date, time));
                    sessions.push(self.write_session_in(cx, tx, &session, &taken, repeats).await?);
                }
                Err(error) if error.is_user_error() => refused.push(Conflict::new(*occurrence, &error)),
                Err(error) => return Err(error),
            }
        }
        let conflicts = settle(new.mode, sessions.is_empty(), refused, "recurrence")?;
        Ok(RepeatedSessions { sessions, conflicts })
    }
}

impl Conflict {
    fn new(occurrence: Occurrence, error: &Error) -> Self {
        Self { occurrence, session: None, issues: error.issues.clone() }
    }

    /// Of a session that would have been changed to stand at this occurrence.
    pub(super) fn of(session: &GroupSession, occurrence: Occurrence, error: &Error) -> Self {
        Self { session: Some(session.clone()), ..Self::new(occurrence, error) }
    }
}

/// Refuses the whole when a date that stands in the way may not be left out, or when nothing would be left. Else the dates
/// that are left out.
pub(super) fn settle(
    mode: RecurrenceMode,
    none_left: bool,
    conflicts: Vec<Conflict>,
    field: &'static str,
) -> Result<Vec<Conflict>> {
    if conflicts.is_empty() || (mode == RecurrenceMode::SkipConflicts && !none_left) {
        return Ok(conflicts);
    }
    let issue = Issue::new(BookingErrorCode::DatesTaken).with("dates", conflicts.len());
    Err(Error::conflict(issue.at(field)).current(Conflicts(conflicts)))
}

/// The sessions of an earlier request with the same key, as they stand now.
pub(super) async fn sessions_again(r: &Reader, ids: &[Uuid]) -> Result<RepeatedSessions> {
    let ids: Vec<GroupSessionId> = ids.iter().copied().map(GroupSessionId::from_uuid).collect();
    let mut sessions = repo::list_by_ids(r, &ids).await?;
    sessions.sort_by_key(|session| (session.starts_at, session.id));
    Ok(RepeatedSessions { sessions, conflicts: Vec::new() })
}
