//! Moving visits of a series to another time of day, to other people, or both: one, one and those after it, or all that
//! have not begun. What was agreed stays, as when a single visit is moved.

use super::read::Around;
use super::visits::{Planned, on_date};
use super::{LostOn, changed_before, enough, remembered};
use crate::Bookings;
use crate::availability::{Rule, Rules};
use crate::booking::service::{idempotency_key, version_conflict};
use crate::booking::{Booking, BookingId, Initiator, LineId};
use crate::error::{BookingErrorCode, slot_taken, transition};
use crate::events::{BookingSeriesMoved, SeriesVisit};
use crate::permissions::{BOOKINGS_ALL, BOOKINGS_OWN};
use crate::rules;
use crate::series::{Changed, Mode, Outcome, Scope, Series, SeriesId, repo};
use crate::slots::{ATTEMPTS, Asked, Audience, Own, World, limited, lost, place, subjects};
use access::Cx;
use chrono::{DateTime, Days, NaiveDate, Utc};
use db::{IdempotencyKey, Reader, Tx};
use kernel::{CommonCode, Error, Result, WallTime};
use serde::Serialize;
use staff::StaffId;
use std::collections::BTreeMap;
use uuid::Uuid;

/// A move of visits of a series.
#[derive(Debug, Clone)]
pub struct SeriesMove {
    /// The visit that it begins with.
    pub booking: BookingId,
    /// The version of it that the caller saw.
    pub version: i32,
    /// How far it reaches.
    pub scope: Scope,
    /// What the clock at the location is to show when a visit starts; none: as before.
    pub time: Option<WallTime>,
    /// Lines that somebody else is to do.
    pub staff: Vec<StaffAt>,
    /// Rules to set aside.
    pub overrides: Vec<Rule>,
    /// What is done when not every date is possible; a visit that is skipped stays where it was.
    pub mode: Mode,
    /// Only say what would be.
    pub dry_run: bool,
    /// The caller's key.
    pub idempotency_key: String,
}

/// A line that somebody else is to do, by its place in the visit.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct StaffAt {
    /// The line, from 0.
    pub position: usize,
    /// By whom; none: by whoever suits.
    pub staff: Option<StaffId>,
}

#[derive(Serialize)]
struct Digested<'a> {
    booking: BookingId,
    version: i32,
    scope: Scope,
    time: Option<WallTime>,
    staff: &'a [StaffAt],
    overrides: Vec<String>,
    mode: Mode,
}

/// The visits that move and what was chosen for each, on a snapshot.
struct Plan {
    world: World,
    series: Series,
    pivot: Booking,
    usual: Option<Uuid>,
    moves: Vec<(Booking, Planned)>,
}

impl SeriesMove {
    fn start_of(&self, series: &Series, booking: &Booking) -> DateTime<Utc> {
        match (self.time, booking.series) {
            (Some(time), Some(own)) => crate::recurrence::Anchor { time, ..series.anchor() }.on(own.date),
            _ => booking.starts_at,
        }
    }

    fn resolve(&self, cx: &Cx, world: &World, booking: &Booking, waived: Rules) -> Result<Asked> {
        let staff: BTreeMap<LineId, Option<StaffId>> = self
            .staff
            .iter()
            .filter_map(|change| Some((booking.lines.get(change.position)?.id, change.staff)))
            .collect();
        let audience = Audience::of(cx, &world.members);
        let mut asked = Asked::again(world, audience, booking.location_id, booking.lines.clone(), &staff, waived)?;
        asked.client = Some(booking.client_id);
        Ok(asked)
    }

    /// What is wrong with it whatever the dates.
    fn checked(&self, pivot: &Booking) -> Result<()> {
        if self.time.is_none() && self.staff.is_empty() {
            return Err(Error::invalid(BookingErrorCode::NothingToChange).at("time"));
        }
        for (at, change) in self.staff.iter().enumerate() {
            let Some(line) = pivot.lines.get(change.position) else {
                return Err(Error::invalid(CommonCode::OutOfRange).at(format!("staff.{at}.position")));
            };
            if change.staff.is_some() && line.staff_id.is_none() {
                return Err(Error::invalid(BookingErrorCode::StaffNotNeeded).at(format!("staff.{at}.staffId")));
            }
        }
        Ok(())
    }
}

impl Bookings {
    /// Moves visits of a series. With `ThisAndFollowing` they become a series of their own.
    pub async fn move_series(&self, cx: &Cx, wanted: &SeriesMove) -> Result<Changed> {
        cx.require_any(&[BOOKINGS_ALL, BOOKINGS_OWN])?;
        let waived = rules::waived(cx, &wanted.overrides)?;
        let digested = Digested {
            booking: wanted.booking,
            version: wanted.version,
            scope: wanted.scope,
            time: wanted.time,
            staff: &wanted.staff,
            overrides: rules::codes(&wanted.overrides),
            mode: wanted.mode,
        };
        let key = idempotency_key(cx, "bookingSeriesMove", &wanted.idempotency_key, &digested)?;
        let mut lost = LostOn::default();
        for attempt in 1..=ATTEMPTS {
            let tried = self.try_series_move(cx, wanted, waived, &key, &lost, attempt == ATTEMPTS).await;
            if wanted.dry_run {
                return tried;
            }
            if let Some(changed) = self.ended(cx, &key, tried, &mut lost, attempt).await? {
                return Ok(changed);
            }
        }
        Err(slot_taken())
    }

    async fn try_series_move(
        &self,
        cx: &Cx,
        wanted: &SeriesMove,
        waived: Rules,
        key: &IdempotencyKey,
        lost: &LostOn,
        is_last: bool,
    ) -> Result<Changed> {
        let company = cx.company()?;
        let plan = self.plan_series_move(cx, &self.db.read(company).await?, wanted, waived, lost).await?;
        let outcomes = plan.moves.iter().map(|(_, planned)| planned.outcome()).collect();
        let outcomes = enough(wanted.mode, plan.series.zone, outcomes, "time")?;
        if wanted.dry_run {
            return Ok(Changed { zone: plan.series.zone, series: None, outcomes });
        }
        let changed = db::transaction!(self.db, company, |tx| {
            match tx.idempotent(key).await? {
                Some(ids) => changed_before(tx, &ids).await,
                None => self.move_visits_in(cx, tx, wanted, waived, &plan, key, is_last).await,
            }
        })?;
        db::failpoint!("bookings.commit.after");
        Ok(changed)
    }

    /// Chooses on a snapshot. No visit that moves stands in the way of another one that does.
    async fn plan_series_move(
        &self,
        cx: &Cx,
        r: &Reader,
        wanted: &SeriesMove,
        waived: Rules,
        lost: &LostOn,
    ) -> Result<Plan> {
        let world = World::load(self, r).await?;
        let pivot = self.visible(cx, r, &world, wanted.booking).await?;
        if wanted.staff.iter().filter_map(|change| change.staff).any(|id| world.members.get(id).is_none()) {
            return Err(Error::not_found());
        }
        let Around { series, visits, .. } = self.around(cx, r, &pivot).await?;
        if pivot.version != wanted.version {
            return Err(version_conflict(pivot));
        }
        if !pivot.status.movable() {
            return Err(transition(crate::booking::Refusal::NoArrow));
        }
        wanted.checked(&pivot)?;
        let movable = |booking: &Booking| booking.status.movable();
        let reached: Vec<&Booking> = wanted.scope.reaches(&series, &pivot, &visits, r.now(), movable).collect();
        let own = Own::of(reached.iter().copied());
        let (mut usual, mut asked_usual) = (None, false);
        let mut moves = Vec::with_capacity(reached.len());
        for booking in reached {
            let Some(date) = booking.series.map(|own| own.date) else { continue };
            let starts_at = wanted.start_of(&series, booking);
            let mut asked = wanted.resolve(cx, &world, booking, waived)?;
            if asked.chooses_staff() && !asked_usual {
                self.prefer_usual(r, &mut asked, Some(booking.client_id)).await?;
                (usual, asked_usual) = (asked.visit.usual, true);
            }
            asked.visit.usual = usual;
            asked.visit.without = lost.on(date).iter().copied().collect();
            let placed = place(r, &world, &asked, starts_at, r.now(), &own, None).await?;
            moves.push((booking.clone(), Planned { date, starts_at, placed }));
        }
        if wanted.staff.is_empty() && moves.iter().all(|(booking, planned)| booking.starts_at == planned.starts_at) {
            return Err(Error::invalid(BookingErrorCode::NothingToChange).at("time"));
        }
        Ok(Plan { world, series, pivot, usual, moves })
    }

    #[allow(clippy::too_many_arguments, reason = "what a try is made of")]
    async fn move_visits_in(
        &self,
        cx: &Cx,
        tx: &mut Tx,
        wanted: &SeriesMove,
        waived: Rules,
        plan: &Plan,
        key: &IdempotencyKey,
        is_last: bool,
    ) -> Result<Changed> {
        let chosen = plan.moves.iter().filter_map(|(_, planned)| planned.placed.as_ref().ok());
        let client = plan.pivot.client_id;
        let mut also = Vec::new();
        for (booking, _) in &plan.moves {
            also.extend(limited(&wanted.resolve(cx, &plan.world, booking, waived)?, &plan.world));
        }
        let world =
            self.lock_in(tx, &plan.world, plan.pivot.location_id, Some(client), &subjects(chosen), also).await?;
        let (pivot, around) = self.around_in(cx, tx, wanted.booking, wanted.version).await?;
        let Around { series, visits, is_whole } = around;
        let told_with = (wanted.scope != Scope::This).then_some(series.id);
        let (mut outcomes, mut moved, mut lost_on) =
            (Vec::with_capacity(plan.moves.len()), Vec::new(), BTreeMap::new());
        for (seen, planned) in in_order(&plan.moves) {
            let before = visits.iter().find(|booking| booking.id == seen.id && booking.version == seen.version);
            // Somebody changed this visit since it was planned: look again.
            let Some(before) = before else { return Err(once_more(is_last, pivot)) };
            let mut outcome = Outcome { booking: Some(before.id), ..planned.outcome() };
            if let Ok(chosen) = &planned.placed {
                let mut asked = wanted.resolve(cx, &world, before, waived)?;
                asked.visit.usual = plan.usual;
                let own = Own::of([before]);
                match self.decide_in(tx, &world, asked, chosen, &own, tx.now()).await? {
                    Ok(taken) => {
                        let after = self.write_move_in(cx, tx, before, &taken, Initiator::Staff, told_with).await;
                        moved.push((before.clone(), after.map_err(|error| on_date(error, planned.date))?));
                    }
                    Err(violations) => {
                        let lost = lost(&violations);
                        if !lost.is_empty() {
                            lost_on.insert(planned.date, lost);
                        }
                        outcome = Outcome { staff: Vec::new(), violations, ..outcome };
                    }
                }
            }
            outcomes.push(outcome);
        }
        if !lost_on.is_empty() && !is_last {
            return Err(LostOn(lost_on).refusal());
        }
        outcomes.sort_by_key(|outcome| outcome.date);
        moved.sort_by_key(|(before, _)| before.series.map(|own| own.date));
        let outcomes = enough(wanted.mode, series.zone, outcomes, "time")?;
        let series = if is_whole { restate_in(tx, series, &pivot, wanted).await? } else { series };
        if told_with.is_some() {
            let event = BookingSeriesMoved {
                series: series.id,
                client: series.client_id,
                split_from: series.split_from.filter(|_| wanted.scope == Scope::ThisAndFollowing),
                visits: moved.iter().map(|(before, after)| told(before, after)).collect(),
            };
            self.jobs.publish_in(cx, tx, &event).await?;
        }
        tx.remember(key, &remembered(series.id, moved.iter().map(|(_, after)| after))).await?;
        Ok(Changed { zone: series.zone, series: Some(series), outcomes })
    }
}

/// In which order visits move so that none has to wait for the next one's place: the last first when they move to a later
/// time.
fn in_order(moves: &[(Booking, Planned)]) -> Box<dyn Iterator<Item = &(Booking, Planned)> + Send + '_> {
    let later = moves.iter().any(|(booking, planned)| planned.starts_at > booking.starts_at);
    if later { Box::new(moves.iter().rev()) } else { Box::new(moves.iter()) }
}

/// The series as it is from now on: with another time and other people, and split where only what follows moved.
async fn restate_in(tx: &mut Tx, mut series: Series, pivot: &Booking, wanted: &SeriesMove) -> Result<Series> {
    let Some(own) = pivot.series else { return Ok(series) };
    if wanted.scope == Scope::This {
        return Ok(series);
    }
    let anchor = series.anchor();
    let given = series.recurrence.rule.dates(&anchor).map_err(Error::internal)?;
    let (done, left): (Vec<NaiveDate>, Vec<NaiveDate>) = given.partition(|date| *date < own.date);
    let split = wanted.scope == Scope::ThisAndFollowing && !done.is_empty();
    let mut after = series.clone();
    after.time = wanted.time.unwrap_or(series.time);
    for change in &wanted.staff {
        if let Some(line) = after.wish.lines.get_mut(change.position) {
            line.staff = change.staff;
        }
    }
    if !split {
        return if repo::update(tx, &mut after).await? { Ok(after) } else { Err(slot_taken()) };
    }
    let last = own.date.checked_sub_days(Days::new(1)).unwrap_or(own.date);
    after.id = SeriesId::new();
    after.split_from = Some(series.id);
    // A rule counts its weeks and months from a date of its own; a visit may stand on one that was added.
    after.first_date = left.first().copied().unwrap_or(own.date);
    after.recurrence.rule = series.recurrence.rule.after(done.len());
    after.recurrence.also.retain(|date| *date >= after.first_date);
    after.recurrence.except.retain(|date| *date >= own.date);
    after.skipped.retain(|skipped| skipped.date >= own.date);
    (after.version, after.created_at, after.updated_at) = (1, tx.now(), tx.now());
    series.recurrence.rule = series.recurrence.rule.until(last);
    series.recurrence.also.retain(|date| *date <= last);
    series.recurrence.except.retain(|date| *date <= last);
    series.skipped.retain(|skipped| skipped.date <= last);
    if !repo::update(tx, &mut series).await? {
        return Err(slot_taken());
    }
    repo::insert(tx, &after).await?;
    repo::hand_over(tx, series.id, after.id, own.date).await?;
    Ok(after)
}

fn once_more(last: bool, pivot: Booking) -> Error {
    if last { version_conflict(pivot) } else { LostOn::default().refusal() }
}

fn told(before: &Booking, after: &Booking) -> SeriesVisit {
    let retimed = before.starts_at != after.starts_at;
    SeriesVisit {
        booking: after.id,
        starts_at: after.starts_at,
        was: retimed.then_some((before.starts_at, before.ends_at)),
    }
}
