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
use crate::session::GroupSessionId;
use crate::slots::{Choice, Own, World, place, subjects};
use access::Cx;
use chrono::Timelike as _;
use db::{Reader, Subject, Tx};
use kernel::{Error, Issue, Result, WallTime};
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
    /// Then none is planned.
    AllOrNothing,
    /// Then it is left out, and the others are planned.
    SkipConflicts,
}

/// A date that cannot be had, and why.
#[derive(Debug, Clone)]
pub struct Conflict {
    /// The date, and when it would have been.
    pub occurrence: Occurrence,
    /// Why.
    pub issues: Vec<Issue>,
}

/// The dates that stood in the way; attached to a refusal.
#[derive(Debug, Clone)]
pub struct Conflicts(pub Vec<Conflict>);

/// What was planned, and the dates that could not be had. A repeated request is answered with what it planned alone.
#[derive(Debug, Clone)]
pub struct PlannedSessions {
    /// In order of time.
    pub sessions: Vec<GroupSession>,
    /// In order of time.
    pub conflicts: Vec<Conflict>,
}

impl Bookings {
    /// Plans sessions on all dates of a rule.
    pub async fn plan_sessions(&self, cx: &Cx, new: &NewSessions) -> Result<PlannedSessions> {
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
                Some(ids) => return planned_again(&self.db.read(company).await?, &ids).await,
                None => return Err(error),
            },
            Ok(chosen) => chosen,
        };
        let planned = db::transaction!(self.db, company, |tx| {
            if let Some(ids) = tx.idempotent(&key).await? {
                planned_again(tx, &ids).await
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
        let start = new.first.starts_at.with_timezone(&zone);
        let minutes = u16::try_from(start.hour() * 60 + start.minute()).map_err(Error::internal)?;
        let time = WallTime::from_minutes(minutes).map_err(Error::internal)?;
        let anchor = Anchor { zone, date: start.date_naive(), time };
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
        let none_left = chosen.iter().all(|(_, choice)| choice.is_err());
        refuse(new.mode, none_left, chosen.iter().filter_map(|(at, choice)| Some((*at, choice.as_ref().err()?))))?;
        Ok(chosen)
    }

    async fn plan_sessions_in(
        &self,
        cx: &Cx,
        tx: &mut Tx,
        new: &NewSessions,
        waived: Rules,
        chosen: &[(Occurrence, Result<Choice>)],
    ) -> Result<PlannedSessions> {
        // Everybody of all dates at once, so that two repetitions never wait for each other.
        let choices = || chosen.iter().filter_map(|(_, choice)| choice.as_ref().ok());
        let mut locks = vec![Subject::location(new.first.location).shared()];
        locks.extend(choices().flat_map(|choice| subjects([&choice.placement])).map(Subject::exclusive));
        tx.lock_schedules(&locks).await?;
        let recurrence = Uuid::now_v7();
        let (mut sessions, mut refused) = (Vec::new(), Vec::new());
        for (occurrence, choice) in chosen {
            let session = NewSession { starts_at: occurrence.starts_at, ..new.first.clone() };
            let taken = match choice {
                Ok(choice) => self.take_session_in(cx, tx, &session, waived, choice).await,
                Err(error) => Err(error.clone()),
            };
            match taken {
                Ok(taken) => sessions.push(self.write_session_in(cx, tx, &session, &taken, Some(recurrence)).await?),
                Err(error) if error.is_user_error() => refused.push((*occurrence, error)),
                Err(error) => return Err(error),
            }
        }
        refuse(new.mode, sessions.is_empty(), refused.iter().map(|(at, error)| (*at, error)))?;
        let conflicts =
            refused.into_iter().map(|(occurrence, error)| Conflict { occurrence, issues: error.issues.clone() });
        Ok(PlannedSessions { sessions, conflicts: conflicts.collect() })
    }
}

/// Refuses the whole when a date that stands in the way may not be left out, or when nothing would be left.
fn refuse<'a>(
    mode: RecurrenceMode,
    none_left: bool,
    refused: impl Iterator<Item = (Occurrence, &'a Error)>,
) -> Result<()> {
    let conflicts: Vec<Conflict> =
        refused.map(|(occurrence, error)| Conflict { occurrence, issues: error.issues.clone() }).collect();
    if conflicts.is_empty() || (mode == RecurrenceMode::SkipConflicts && !none_left) {
        return Ok(());
    }
    let issue = Issue::new(BookingErrorCode::DatesTaken).with("dates", conflicts.len());
    Err(Error::conflict(issue.at("recurrence")).current(Conflicts(conflicts)))
}

async fn planned_again(r: &Reader, ids: &[Uuid]) -> Result<PlannedSessions> {
    let ids: Vec<GroupSessionId> = ids.iter().copied().map(GroupSessionId::from_uuid).collect();
    let mut sessions = repo::list_by_ids(r, &ids).await?;
    sessions.sort_by_key(|session| (session.starts_at, session.id));
    Ok(PlannedSessions { sessions, conflicts: Vec::new() })
}
