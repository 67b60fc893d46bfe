//! Giving many visits to other people at once: to one who is named, or to whoever is free. Each is a move of its own that keeps
//! its start: decided, written and refused by itself, so that what is possible is done and the rest is said one by one.

use super::ahead::Ahead;
use super::change::Wanted;
use super::reschedule::{LineMove, Move};
use super::{again, idempotency_key};
use crate::Bookings;
use crate::availability::{Limits, Rule, Rules};
use crate::booking::{Booking, BookingId, Initiator, Line, repo};
use crate::error::{BookingErrorCode, broken_by};
use crate::limits::holder;
use crate::permissions::{BOOKINGS_ALL, BOOKINGS_OWN};
use crate::rules;
use crate::slots::{Audience, Clash, World};
use access::Cx;
use db::{IdempotencyKey, Reader};
use kernel::{CommonCode, Error, Result};
use sha2::{Digest as _, Sha256};
use staff::StaffId;
use std::fmt::Write as _;
use uuid::Uuid;

/// Visits in one request.
const MOST: usize = 100;

/// Visits that others are to do.
#[derive(Debug, Clone)]
pub struct Reassignment {
    /// Which.
    pub bookings: Vec<BookingId>,
    /// Whose lines; none: those that cannot be done by who has them, or all where all can.
    pub from: Option<StaffId>,
    /// By whom; none: by whoever suits best, but by nobody who gives lines away.
    pub to: Option<StaffId>,
    /// Rules to set aside.
    pub overrides: Vec<Rule>,
    /// Whether this only shows what would happen.
    pub dry_run: bool,
    /// The caller's key.
    pub idempotency_key: String,
}

/// What became of one visit.
#[derive(Debug)]
pub struct Reassigned {
    /// Which.
    pub id: BookingId,
    /// The visit as it is, or would be, now; or why not.
    pub outcome: Result<Booking>,
}

/// A visit, who is to do which lines of it, and who gives them away.
struct Handing {
    booking: Booking,
    wanted: Move,
    /// Those of them who keep nothing of it.
    givers: Vec<Uuid>,
}

/// The rules by which a line cannot be done by who has it.
const OF_PEOPLE: [Rule; 5] = [
    Rule::StaffNotEmployed,
    Rule::StaffNotQualified,
    Rule::OutsideWorkingHours,
    Rule::StaffTimeOff,
    Rule::StaffImportedBusy,
];

impl Bookings {
    /// Gives visits to other people, in the order in which they are named. A dry run writes nothing: each visit is shown
    /// after those before it.
    pub async fn reassign(&self, cx: &Cx, wanted: &Reassignment) -> Result<Vec<Reassigned>> {
        cx.require_any(&[BOOKINGS_ALL, BOOKINGS_OWN])?;
        let waived = rules::waived(cx, &wanted.overrides)?;
        wanted.checked()?;
        // The caller's key is checked as any other; what is remembered is remembered visit by visit.
        idempotency_key(cx, "bookingsReassign", &wanted.idempotency_key, &())?;
        let company = cx.company()?;
        let (bookings, world) = {
            let r = self.db.read(company).await?;
            let world = World::load(self, &r).await?;
            wanted.expect_people(cx, &world)?;
            (self.all_visible(cx, &r, &wanted.bookings).await?, world)
        };
        let mut done = Vec::with_capacity(bookings.len());
        if wanted.dry_run {
            let r = self.db.read(company).await?;
            let mut ahead = Ahead::default();
            for (at, booking) in bookings.into_iter().enumerate() {
                let id = booking.id;
                let outcome = Box::pin(self.try_reassign(cx, &r, &world, wanted, waived, booking, &mut ahead)).await;
                done.push(Reassigned { id, outcome: user_errors(outcome, at)? });
            }
            return Ok(done);
        }
        for (at, booking) in bookings.into_iter().enumerate() {
            let id = booking.id;
            let outcome = Box::pin(self.reassign_one(cx, wanted, waived, booking)).await;
            done.push(Reassigned { id, outcome: user_errors(outcome, at)? });
        }
        Ok(done)
    }

    async fn reassign_one(&self, cx: &Cx, wanted: &Reassignment, waived: Rules, booking: Booking) -> Result<Booking> {
        let key = wanted.key_of(cx, booking.id)?;
        let handing = {
            let r = self.db.read(cx.company()?).await?;
            if let Some(ids) = r.remembered(&key).await? {
                return again(&r, &ids).await;
            }
            let world = World::load(self, &r).await?;
            self.handing(&r, &world, wanted, booking).await?
        };
        self.change_visit(cx, Wanted::Move(&handing.wanted), waived, &key, handing.givers).await
    }

    #[allow(clippy::too_many_arguments, reason = "what a try is made of")]
    async fn try_reassign(
        &self,
        cx: &Cx,
        r: &Reader,
        world: &World,
        wanted: &Reassignment,
        waived: Rules,
        booking: Booking,
        ahead: &mut Ahead,
    ) -> Result<Booking> {
        let handing = self.handing(r, world, wanted, booking).await?;
        let (change, own) = (Wanted::Move(&handing.wanted), ahead.own());
        let mut without = handing.givers.clone();
        let mut full = Vec::new();
        let taken = loop {
            let plan = self.plan_change(cx, r, world.clone(), change, waived, &without, &own).await;
            let taken = match plan {
                Ok(plan) => plan.taken()?,
                // Nobody is left beside those whose day is full.
                Err(error) if !full.is_empty() && error.is_user_error() => {
                    return Err(broken_by(full.into_iter().map(Clash::from).collect()));
                }
                Err(error) => return Err(error),
            };
            let more = if waived.contains(Rule::StaffDayFull) {
                Vec::new()
            } else {
                ahead.fills(r, limits(world), &taken).await?
            };
            if more.is_empty() {
                break taken;
            }
            without.extend(more.iter().filter_map(|one| one.subject));
            full.extend(more);
        };
        let booking = super::change::changed(&handing.booking, &taken, Initiator::Staff, r.now())?;
        ahead.promise(&handing.booking, &taken);
        Ok(booking)
    }

    /// Who is to do which lines of a visit.
    async fn handing(&self, r: &Reader, world: &World, wanted: &Reassignment, booking: Booking) -> Result<Handing> {
        let unable: Vec<usize> = if wanted.from.is_some() {
            Vec::new()
        } else {
            let broken = self.violations_of(r, world, &booking).await?;
            broken.iter().filter(|one| OF_PEOPLE.contains(&one.rule)).filter_map(|one| one.line).collect()
        };
        let given = booking.lines.iter().enumerate().filter(|(at, line)| match wanted.from {
            Some(_) => line.staff_id == wanted.from,
            None => line.staff_id.is_some() && (unable.is_empty() || unable.contains(at)),
        });
        let given = given.filter(|(_, line)| wanted.to.is_none() || line.staff_id != wanted.to);
        let (lines, givers): (Vec<LineMove>, Vec<Option<Uuid>>) = given
            .map(|(_, line)| (LineMove { line: line.id, staff: wanted.to }, line.staff_id.map(StaffId::uuid)))
            .unzip();
        // Whoever keeps a line of the visit is not left out of it: what they give away they cannot do.
        let keeps = |giver: &Uuid| {
            let own = |line: &&Line| line.staff_id.map(StaffId::uuid) == Some(*giver);
            booking.lines.iter().filter(own).any(|line| lines.iter().all(|given| given.line != line.id))
        };
        let givers = givers.into_iter().flatten().filter(|giver| !keeps(giver)).collect();
        if lines.is_empty() {
            return Err(Error::invalid(BookingErrorCode::NothingToChange));
        }
        let wanted = Move {
            id: booking.id,
            version: booking.version,
            starts_at: booking.starts_at,
            lines,
            overrides: wanted.overrides.clone(),
            initiator: Initiator::Staff,
            dry_run: wanted.dry_run,
            idempotency_key: wanted.idempotency_key.clone(),
        };
        Ok(Handing { booking, wanted, givers })
    }

    /// The bookings of these ids, in this order; not found when the caller may not see one of them.
    async fn all_visible(&self, cx: &Cx, r: &Reader, ids: &[BookingId]) -> Result<Vec<Booking>> {
        let reach = self.reach(cx, r).await?;
        let mut found = repo::list_by_ids(r, ids).await?;
        found.retain(|booking| reach.has(booking));
        if found.len() < ids.len() {
            return Err(Error::not_found());
        }
        found.sort_by_key(|booking| ids.iter().position(|id| *id == booking.id));
        Ok(found)
    }
}

impl Reassignment {
    /// What is wrong with it whatever the visits.
    fn checked(&self) -> Result<()> {
        if self.bookings.is_empty() {
            return Err(Error::invalid(CommonCode::Required).at("bookingIds"));
        }
        if self.bookings.len() > MOST {
            return Err(Error::invalid(CommonCode::TooLong).at("bookingIds").with("max", MOST));
        }
        if let Some(at) = (1..self.bookings.len()).find(|at| self.bookings[..*at].contains(&self.bookings[*at])) {
            return Err(Error::invalid(CommonCode::Duplicate).at(format!("bookingIds.{at}")));
        }
        if self.from.is_some() && self.from == self.to {
            return Err(Error::invalid(BookingErrorCode::NothingToChange).at("staffId"));
        }
        Ok(())
    }

    /// Both people exist for the caller, and the one who is to do it is still here.
    fn expect_people(&self, cx: &Cx, world: &World) -> Result<()> {
        let audience = Audience::of(cx, &world.members);
        let find = |id: StaffId| {
            world.members.get(id).filter(|member| audience.sees_member(member)).ok_or_else(Error::not_found)
        };
        self.from.map(find).transpose()?;
        match self.to.map(find).transpose()? {
            Some(member) if member.archived => Err(Error::invalid(CommonCode::Archived).at("staffId")),
            _ => Ok(()),
        }
    }

    /// The key of one visit's part: a request that was cut off goes on where it was when it is repeated.
    fn key_of(&self, cx: &Cx, booking: BookingId) -> Result<IdempotencyKey> {
        let digest = Sha256::new().chain_update(&self.idempotency_key).chain_update(booking.uuid()).finalize();
        let mut key = String::with_capacity(IdempotencyKey::MAX_LENGTH);
        for byte in digest {
            write!(key, "{byte:02x}").map_err(Error::internal)?;
        }
        let input = (booking, self.from, self.to, rules::codes(&self.overrides));
        IdempotencyKey::new(holder(cx), "bookingsReassign", &key, &input)
    }
}

/// How much people take on in a day.
fn limits(world: &World) -> Limits {
    let limits = world.settings.limits;
    Limits { staff_visits: limits.staff_daily, staff_minutes: limits.staff_daily_minutes, ..Limits::default() }
}

/// What a person can mend is said of the visit, at the field that names it: the fields of a single move are none of this
/// request. Anything else ends the request.
fn user_errors(outcome: Result<Booking>, at: usize) -> Result<Result<Booking>> {
    match outcome {
        Err(error) if !error.is_user_error() => Err(error),
        Err(mut error) => {
            for issue in &mut error.issues {
                issue.field = Some(format!("bookingIds.{at}").into());
            }
            error.issues.dedup();
            Ok(Err(error))
        }
        Ok(booking) => Ok(Ok(booking)),
    }
}
