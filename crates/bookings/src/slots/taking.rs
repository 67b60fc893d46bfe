//! Taking a slot: chosen without locks, then decided again under them by the same engine on the same rows.
//!
//! The choice is made on a snapshot, so that a hopeless request is refused without a lock and only the chosen people and
//! units are locked. Under the locks everything is read and evaluated anew; whoever was faster makes it a refusal, and the
//! caller runs the whole again without that candidate. The database's own guard speaks last.

use super::asked::Asked;
use super::facts::{Own, facts_for};
use super::world::World;
use crate::Bookings;
use crate::availability::{Candidate, Dates, Placement, Rule, Violation, Visit, evaluate};
use crate::booking::Line;
use crate::error::{broken_by, slot_taken};
use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use clients::ClientId;
use db::{Allocate, Lock, NewAllocation, Owner, Reader, Subject, SubjectKind, Tx};
use kernel::time::local_date;
use kernel::{Error, Result};
use smallvec::SmallVec;
use staff::StaffId;
use tenancy::LocationId;
use uuid::Uuid;

/// How often a slot is tried with other people or units before it counts as taken.
pub(crate) const ATTEMPTS: usize = 5;

/// No visit lies further from now, whatever is set aside: beyond it are only slips of the pen.
pub(crate) const FAR: Duration = Duration::days(3 * 366);

/// People and units that somebody else was faster with; attached to a `SLOT_TAKEN`.
#[derive(Debug, Clone)]
pub(crate) struct Lost(pub(crate) Vec<Uuid>);

impl Lost {
    /// Whom a refusal was about, where others may still do.
    pub(crate) fn of(error: &Error) -> Option<&[Uuid]> {
        error.attached::<Self>().map(|lost| lost.0.as_slice()).filter(|lost| !lost.is_empty())
    }
}

/// What was chosen on a snapshot, without locks.
pub(crate) struct Choice {
    /// When, by whom and with what.
    pub(crate) placement: Placement,
    /// Whom the client usually visits; a tie was broken by it.
    pub(crate) usual: Option<Uuid>,
    /// Where.
    pub(crate) location: LocationId,
    /// The small tables that it was chosen with.
    pub(crate) world: World,
}

/// What is about to be taken.
pub(crate) struct Taking<'a> {
    /// What was chosen.
    pub(crate) choice: &'a Choice,
    /// For whom, once that is known.
    pub(crate) client: Option<ClientId>,
    /// What the caller has already.
    pub(crate) own: &'a Own,
    /// The moment that the notice counts from; the transaction's own by default.
    pub(crate) as_of: Option<DateTime<Utc>>,
    /// One more thing to lock.
    pub(crate) also: Option<Lock>,
}

/// A slot that was decided under locks and not yet written.
pub(crate) struct Taken {
    pub(crate) world: World,
    pub(crate) asked: Asked,
    pub(crate) placement: Placement,
    pub(crate) lines: Vec<Line>,
}

impl Taken {
    /// The location's zone.
    pub(crate) fn zone(&self) -> Result<Tz> {
        Ok(self.world.locations.get(self.asked.location).ok_or_else(Error::not_found)?.zone)
    }

    /// What it occupies.
    pub(crate) fn allocations(
        &self,
        owner: impl Fn(&Line) -> Owner,
        expires_at: Option<DateTime<Utc>>,
    ) -> Vec<NewAllocation> {
        let mut wanted = Vec::with_capacity(self.lines.len() * 2);
        let location = Some(self.asked.location.uuid());
        for (line, placed) in self.lines.iter().zip(&self.placement.lines) {
            let owner = owner(line);
            let row = |subject, lane, busy| NewAllocation { subject, lane, busy, owner, location, expires_at };
            if let Some(staff) = &placed.staff {
                let subject = Subject::staff(StaffId::from_uuid(staff.id));
                wanted.extend(staff.ranges().map(|busy| row(subject, i32::from(staff.lane), busy)));
            }
            let unit = |id| Subject { kind: SubjectKind::Resource, id };
            wanted.extend(placed.units.iter().map(|placed| row(unit(placed.id), 0, placed.occupied)));
        }
        wanted
    }

    /// The rules that were set aside for it.
    pub(crate) fn overrides(&self) -> Vec<Rule> {
        self.asked.overrides(&self.placement)
    }
}

/// Test builds can switch off the row locks and the overlap rule, to show that the database's guard holds alone.
pub(crate) fn guarded_by_constraint_alone() -> bool {
    db::failpoint!("bookings.skip_row_lock_and_overlap", |_| true);
    false
}

/// Where and by whom a visit would take place at `start`, on this snapshot or transaction. `as_of` is the moment that the
/// notice counts from.
///
/// Where nothing but others' time stands in the way, that alone is the answer: that somebody else is off on that day is no
/// reason when whoever works is taken.
pub(crate) async fn place(
    r: &Reader,
    world: &World,
    asked: &Asked,
    start: DateTime<Utc>,
    as_of: DateTime<Utc>,
    own: &Own,
    only: Option<&[Uuid]>,
) -> Result<Result<Placement, Vec<Violation>>> {
    if (start - r.now()).abs() > FAR {
        return Ok(Err(vec![Violation { rule: Rule::NotCovered, line: None, subject: None }]));
    }
    let zone = world.locations.get(asked.location).ok_or_else(Error::not_found)?.zone;
    let dates = Dates::on(local_date(zone, start));
    let facts = facts_for(r, world, asked, dates, Some(own), only).await?;
    let mut violations = match evaluate(Candidate { start, visit: &asked.visit }, &facts, &asked.policy, as_of) {
        Ok(placement) => return Ok(Ok(placement)),
        Err(violations) => violations,
    };
    if violations.iter().any(is_taken) && !violations.iter().all(is_taken) {
        let facts = facts_for(r, world, asked, dates, None, only).await?;
        let visit = Visit { without: SmallVec::new(), ..asked.visit.clone() };
        if evaluate(Candidate { start, visit: &visit }, &facts, &asked.policy, as_of).is_ok() {
            // A full day is somebody else's time as well, and may be set aside.
            violations.retain(|one| is_taken(one) || is_limit(one));
        }
    }
    Ok(Err(violations))
}

fn is_limit(violation: &Violation) -> bool {
    matches!(
        violation.rule,
        Rule::StaffDayFull | Rule::ServiceDayFull | Rule::ClientDayFull | Rule::ClientLimit | Rule::FirstVisitOnly
    )
}

pub(super) fn is_taken(violation: &Violation) -> bool {
    matches!(violation.rule, Rule::StaffBusy | Rule::ResourceBusy)
}

/// Whether somebody else may still do: one who has time, or a day that is not full.
fn others_may(violation: &Violation) -> bool {
    is_taken(violation) || violation.rule == Rule::StaffDayFull
}

/// Whose time stands in the way, where that is all: with somebody else it may do.
pub(crate) fn lost(violations: &[Violation]) -> Vec<Uuid> {
    if !violations.iter().all(others_may) {
        return Vec::new();
    }
    violations.iter().filter_map(|one| one.subject).collect()
}

/// The refusal for broken rules, with whose time it was that stood in the way.
fn refused(violations: Vec<Violation>) -> Error {
    let lost: Vec<Uuid> = violations.iter().filter(|one| others_may(one)).filter_map(|one| one.subject).collect();
    let others = violations.iter().any(others_may);
    let error = broken_by(violations.into_iter().map(Into::into).collect());
    if others { error.current(Lost(lost)) } else { error }
}

/// A schedule row of its own for each service that is done only so often a day, among the clients': whoever books it counts
/// alone. A limit that is set between the choice and the locks binds the next booking.
pub(crate) fn limited(asked: &Asked, world: &World) -> Vec<Lock> {
    if !asked.is_limited {
        return Vec::new();
    }
    let limited = super::load::limited_services(world, asked).into_iter();
    let limited = limited.filter(|(_, limits)| limits.times.is_some());
    limited.map(|(id, _)| Subject { kind: SubjectKind::Client, id }.exclusive()).collect()
}

impl Bookings {
    /// Decides a chosen placement again under locks: location shared; client, people and units exclusive.
    ///
    /// `resolve` is called with the tables as they are now, since hours, people and services may have changed between the
    /// choice and the locks.
    pub(crate) async fn take_in(
        &self,
        tx: &mut Tx,
        resolve: impl Fn(&World) -> Result<Asked>,
        taking: &Taking<'_>,
    ) -> Result<Taken> {
        let Choice { placement, location, world, .. } = taking.choice;
        let also = limited(&resolve(world)?, world).into_iter().chain(taking.also);
        let world = self.lock_in(tx, world, *location, taking.client, &subjects([placement]), also).await?;
        let as_of = taking.as_of.unwrap_or_else(|| tx.now());
        let mut asked = resolve(&world)?;
        asked.client = taking.client;
        let decided = self.decide_in(tx, &world, asked, placement, taking.own, as_of).await?;
        decided.map_err(refused)
    }

    /// Locks all that a decision is about, once in a transaction: location shared; client, people and units exclusive;
    /// `also` whatever else it counts. Gives the tables as they are under the locks.
    pub(crate) async fn lock_in(
        &self,
        tx: &mut Tx,
        planned: &World,
        location: LocationId,
        client: Option<ClientId>,
        subjects: &[Subject],
        also: impl IntoIterator<Item = Lock>,
    ) -> Result<World> {
        if !guarded_by_constraint_alone() {
            let mut locks = vec![Subject::location(location).shared()];
            locks.extend(client.map(|client| Subject::client(client).exclusive()));
            locks.extend(subjects.iter().map(|subject| subject.exclusive()));
            locks.extend(also);
            tx.lock_schedules(&locks).await?;
        }
        tx.release_expired(subjects).await?;
        World::load_in(self, tx, planned).await
    }

    /// Decides a placement that was chosen before, under locks that hold already: it, or what stands in its way by now.
    pub(crate) async fn decide_in(
        &self,
        tx: &Tx,
        world: &World,
        mut asked: Asked,
        chosen: &Placement,
        own: &Own,
        as_of: DateTime<Utc>,
    ) -> Result<Result<Taken, Vec<Violation>>> {
        asked.settle_on(chosen);
        let only: Vec<Uuid> = subjects([chosen]).iter().map(|subject| subject.id).collect();
        let mut placement = match place(tx, world, &asked, chosen.range.from, as_of, own, Some(&only)).await? {
            Ok(placement) => placement,
            Err(violations) => return Ok(Err(violations)),
        };
        remember_reasons(&mut placement, chosen);
        let lines = asked.lines(world, &placement)?;
        Ok(Ok(Taken { world: world.clone(), asked, placement, lines }))
    }

    /// Writes what a decided slot occupies. A refusal by the database's guard is `SLOT_TAKEN`.
    pub(crate) async fn allocate_in(
        &self,
        tx: &Tx,
        taken: &Taken,
        owner: impl Fn(&Line) -> Owner,
        expires_at: Option<DateTime<Utc>>,
    ) -> Result<()> {
        let wanted = taken.allocations(owner, expires_at);
        match tx.allocate(&wanted).await? {
            Allocate::Done => Ok(()),
            Allocate::Refused(subject, _) => Err(slot_taken().current(Lost(vec![subject.id]))),
        }
    }
}

/// The people and units of placements, each once.
pub(crate) fn subjects<'a>(placements: impl IntoIterator<Item = &'a Placement>) -> Vec<Subject> {
    let mut subjects = Vec::new();
    for line in placements.into_iter().flat_map(|placement| &placement.lines) {
        subjects.extend(line.staff.iter().map(|staff| Subject { kind: SubjectKind::Staff, id: staff.id }));
        subjects.extend(line.units.iter().map(|unit| Subject { kind: SubjectKind::Resource, id: unit.id }));
    }
    subjects.sort_unstable();
    subjects.dedup();
    subjects
}

/// Under the locks nobody else is looked at, so why somebody was chosen is known from the choice alone.
fn remember_reasons(placement: &mut Placement, chosen: &Placement) {
    for (line, before) in placement.lines.iter_mut().zip(&chosen.lines) {
        if let (Some(staff), Some(before)) = (&mut line.staff, &before.staff)
            && staff.id == before.id
        {
            staff.reason = before.reason;
        }
    }
}
