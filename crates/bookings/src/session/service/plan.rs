//! Planning a session: the engine decides it like a visit, and it takes its person and units once, for all who come.

use super::GroupSession;
use crate::Bookings;
use crate::availability::{Rule, Rules};
use crate::booking::service::idempotency_key;
use crate::error::broken;
use crate::events::GroupSessionPlanned;
use crate::permissions::{BOOKINGS_ALL, BOOKINGS_OWN};
use crate::rules;
use crate::session::{
    GroupSessionId, InRecurrence, Planned, RecurrenceId, SessionStatus, WAITLIST_CLOSES_MINUTES, repo,
};
use crate::slots::{ATTEMPTS, Asked, Choice, LineWish, Lost, Own, Taken, Taking, VisitWish, World, place};
use access::Cx;
use catalog::{ServiceId, Visibility};
use chrono::{DateTime, NaiveDate, Utc};
use db::{Owner, Reader, Tx};
use kernel::{CommonCode, Error, Result, WallTime};
use serde::Serialize;
use staff::StaffId;
use tenancy::LocationId;
use uuid::Uuid;

/// A session to be planned.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Where.
    pub location: LocationId,
    /// What: a service for groups.
    pub service: ServiceId,
    /// By whom; none: by whoever suits.
    pub staff: Option<StaffId>,
    /// When.
    pub starts_at: DateTime<Utc>,
    /// Seats; none: as many as the largest unit that it takes holds.
    pub capacity: Option<u16>,
    /// Who may see and book it; none: who may the service.
    pub visibility: Option<Visibility>,
    /// Minutes before the start after which a freed seat is promised to nobody.
    pub waitlist_closes_minutes: Option<u32>,
    /// Rules to set aside.
    pub overrides: Vec<Rule>,
    /// The caller's key.
    pub idempotency_key: String,
}

impl NewSession {
    fn wish(&self) -> VisitWish {
        VisitWish { location: self.location, lines: vec![LineWish::new(self.service, self.staff)] }
    }

    /// What the digest of a request covers.
    pub(super) fn digested(&self) -> impl Serialize + use<> {
        let seats = (self.capacity, self.visibility.map(|visibility| visibility as u8), self.waitlist_closes_minutes);
        (self.wish(), self.starts_at, seats, rules::codes(&self.overrides))
    }
}

impl Bookings {
    /// Plans a session. Grid, notice and horizon are for what clients choose: the company may set any minute that is yet
    /// to come.
    pub async fn plan_session(&self, cx: &Cx, new: &NewSession) -> Result<GroupSession> {
        cx.require_any(&[BOOKINGS_ALL, BOOKINGS_OWN])?;
        let waived = rules::waived(cx, &new.overrides)?;
        let key = idempotency_key(cx, "groupSessionCreate", &new.idempotency_key, &new.digested())?;
        let mut without: Vec<Uuid> = Vec::new();
        for attempt in 1.. {
            let made = self.try_session(cx, new, waived, &key, &without).await;
            let Err(error) = &made else { return made };
            // A repetition finds its own session in its way.
            if let Some(ids) = self.done_before(cx, &key, error).await? {
                return session_again(&self.db.read(cx.company()?).await?, &ids).await;
            }
            match Lost::of(error) {
                Some(lost) if attempt < ATTEMPTS => without.extend_from_slice(lost),
                _ => return made,
            }
        }
        Err(crate::error::slot_taken())
    }

    async fn try_session(
        &self,
        cx: &Cx,
        new: &NewSession,
        waived: Rules,
        key: &db::IdempotencyKey,
        without: &[Uuid],
    ) -> Result<GroupSession> {
        let company = cx.company()?;
        let choice = self.choose_session(cx, &self.db.read(company).await?, new, waived, without).await?;
        let session = db::transaction!(self.db, company, |tx| {
            if let Some(ids) = tx.idempotent(key).await? {
                session_again(tx, &ids).await
            } else {
                let taken = self.take_session_in(cx, tx, new, waived, &choice).await?;
                let session = self.write_session_in(cx, tx, new, &taken, None).await?;
                tx.remember(key, &[session.id.uuid()]).await?;
                Ok(session)
            }
        })?;
        db::failpoint!("bookings.commit.after");
        Ok(session)
    }

    async fn choose_session(
        &self,
        cx: &Cx,
        r: &Reader,
        new: &NewSession,
        waived: Rules,
        without: &[Uuid],
    ) -> Result<Choice> {
        let world = World::load(self, r).await?;
        let mut asked = planned(cx, &world, new, waived)?;
        asked.visit.without = without.iter().copied().collect();
        let placed = place(r, &world, &asked, new.starts_at, r.now(), &Own::default(), None).await?;
        let placement = placed.map_err(|violations| named(broken(&violations)))?;
        Ok(Choice { placement, usual: None, location: new.location, world })
    }

    /// Decides a session under locks. Nothing is written yet.
    pub(super) async fn take_session_in(
        &self,
        cx: &Cx,
        tx: &mut Tx,
        new: &NewSession,
        waived: Rules,
        choice: &Choice,
    ) -> Result<Taken> {
        let resolve = |world: &World| planned(cx, world, new, waived);
        let taking = Taking { choice, client: None, own: &Own::default(), as_of: None, also: None };
        self.take_in(tx, resolve, &taking).await.map_err(named)
    }

    /// Writes a session that was decided, with what it occupies; of a repetition, with the date and time that it gives.
    pub(super) async fn write_session_in(
        &self,
        cx: &Cx,
        tx: &mut Tx,
        new: &NewSession,
        taken: &Taken,
        repeats: Option<(RecurrenceId, NaiveDate, WallTime)>,
    ) -> Result<GroupSession> {
        let mut session = draft(tx, new, taken)?;
        session.recurrence = repeats.map(|(id, date, time)| {
            let plan = Planned { date, time, ..Planned::of(&session) };
            InRecurrence { id, plan }
        });
        repo::insert_all(tx, std::slice::from_ref(&session)).await?;
        self.allocate_in(tx, taken, |_| Owner::Session(session.id.uuid()), None).await?;
        self.jobs.publish_in(cx, tx, &GroupSessionPlanned::of(&session)).await?;
        self.announce_session_in(tx, &session, None)?;
        Ok(session)
    }
}

pub(super) fn planned(cx: &Cx, world: &World, new: &NewSession, waived: Rules) -> Result<Asked> {
    Asked::session(world, Bookings::planner(cx, world), &new.wish(), waived).map_err(named)
}

fn draft(tx: &Tx, new: &NewSession, taken: &Taken) -> Result<GroupSession> {
    let line = taken.lines.first().cloned().ok_or_else(|| Error::internal("a session without a line"))?;
    let service = taken.world.services.get(line.service_id).ok_or_else(Error::not_found)?;
    let largest = line.resources.iter().filter_map(|unit| taken.world.resources.get(unit.id)).map(|unit| unit.capacity);
    let capacity = new.capacity.or_else(|| largest.max().filter(|seats| *seats > 0));
    Ok(GroupSession {
        id: GroupSessionId::new(),
        status: SessionStatus::Scheduled,
        visibility: new.visibility.unwrap_or(service.visibility),
        location_id: new.location,
        starts_at: taken.placement.range.from,
        ends_at: taken.placement.range.to,
        zone: taken.zone()?,
        local_date: taken.placement.date,
        currency: taken.world.settings.currency,
        line,
        overrides: taken.overrides(),
        capacity: capacity.ok_or_else(|| Error::invalid(CommonCode::Required).at("capacity"))?.min(super::MAX_SEATS),
        taken: 0,
        overfull: false,
        waitlist_closes_minutes: new.waitlist_closes_minutes.unwrap_or(WAITLIST_CLOSES_MINUTES),
        recurrence: None,
        cancel_reason: None,
        cancel_note: None,
        version: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    })
}

/// The session that an earlier request with this key made or changed.
pub(super) async fn session_again(r: &Reader, ids: &[Uuid]) -> Result<GroupSession> {
    let id = ids.first().copied().map(GroupSessionId::from_uuid).ok_or_else(Error::not_found)?;
    repo::find(r, id).await?.ok_or_else(Error::not_found)
}

/// A session has one line, and its input no list: `lines.0.staffId` is its `staffId`.
pub(super) fn named(mut error: Error) -> Error {
    for issue in &mut error.issues {
        if let Some(field) = issue.field.as_deref().and_then(|field| field.strip_prefix("lines.0.")) {
            issue.field = Some(field.to_owned().into());
        }
    }
    error
}
