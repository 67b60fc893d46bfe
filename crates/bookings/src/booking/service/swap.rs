//! Two visits change places: each takes the other's start and people, both or neither.
//!
//! Both are planned with neither in the way. Under the locks of all that either touches their old times are given back
//! together, and then each is decided by the engine and written in turn, so that the second one meets the first where it
//! stands now. Rows are written in the order of ids: opposite swaps cannot wait for each other.

use super::{idempotency_key, is_stale, owners, version_conflict};
use crate::Bookings;
use crate::availability::{Placement, Rule, Rules, Violation};
use crate::booking::{Booking, BookingId, Initiator, LineId, repo};
use crate::error::{BookingErrorCode, broken, is_slot_taken, rules_of, slot_taken, transition};
use crate::permissions::{BOOKINGS_ALL, BOOKINGS_OWN};
use crate::rules;
use crate::slots::{ATTEMPTS, Asked, Audience, Clash, Lost, Own, World, lost, place, subjects};
use access::Cx;
use db::{IdempotencyKey, Reader, Subject, Tx};
use kernel::{CommonCode, Error, Result};
use serde::Serialize;
use staff::StaffId;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Two visits that are to change places.
#[derive(Debug, Clone)]
pub struct Swap {
    /// Which.
    pub sides: [SwapSide; 2],
    /// Rules to set aside for both.
    pub overrides: Vec<Rule>,
    /// Whether this only shows what would happen.
    pub dry_run: bool,
    /// The caller's key.
    pub idempotency_key: String,
}

/// One of them as the caller saw it.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct SwapSide {
    /// Which.
    pub id: BookingId,
    /// The version that the caller saw.
    pub version: i32,
}

/// The rules that keep each of the two from the other's place; attached to a refusal.
#[derive(Debug, Clone, Default)]
pub(crate) struct BrokenBySide(pub(crate) [Vec<Clash>; 2]);

/// Whom one of the two was too late for; others may still do.
#[derive(Debug, Clone)]
struct LostBySide(usize, Vec<Uuid>);

/// Where both would stand, chosen on a snapshot.
struct Plan {
    world: World,
    pair: [Booking; 2],
    placements: [Placement; 2],
}

/// The fields of the input that say which, and which version.
const FIELDS: [(&str, &str); 2] = [("id", "version"), ("otherBookingId", "otherVersion")];

#[derive(Serialize)]
struct Digested {
    sides: [SwapSide; 2],
    overrides: Vec<String>,
}

impl Bookings {
    /// Lets two visits change places. A dry run goes the whole way and takes everything back.
    pub async fn swap(&self, cx: &Cx, wanted: &Swap) -> Result<[Booking; 2]> {
        cx.require_any(&[BOOKINGS_ALL, BOOKINGS_OWN])?;
        let waived = rules::waived(cx, &wanted.overrides)?;
        let digested = Digested { sides: wanted.sides, overrides: rules::codes(&wanted.overrides) };
        let key = idempotency_key(cx, "bookingSwap", &wanted.idempotency_key, &digested)?;
        let mut without = <[Vec<Uuid>; 2]>::default();
        for attempt in 1.. {
            let swapped = self.try_swap(cx, wanted, waived, &key, &without).await;
            let Err(error) = &swapped else { return swapped };
            if !wanted.dry_run
                && let Some(ids) = self.done_before(cx, &key, error).await?
            {
                return both_again(&self.db.read(cx.company()?).await?, &ids).await;
            }
            match error.attached::<LostBySide>() {
                Some(LostBySide(side, more)) if attempt < ATTEMPTS => without[*side].extend_from_slice(more),
                _ => return swapped,
            }
        }
        Err(slot_taken())
    }

    async fn try_swap(
        &self,
        cx: &Cx,
        wanted: &Swap,
        waived: Rules,
        key: &IdempotencyKey,
        without: &[Vec<Uuid>; 2],
    ) -> Result<[Booking; 2]> {
        let company = cx.company()?;
        let plan = self.plan_swap(cx, &self.db.read(company).await?, wanted, waived, without).await?;
        let swapped = db::transaction!(self.db, company, |tx| {
            tx.preview_if(wanted.dry_run);
            let done = if wanted.dry_run { None } else { tx.idempotent(key).await? };
            match done {
                Some(ids) => both_again(tx, &ids).await,
                None => self.swap_in(cx, tx, wanted, waived, &plan, key).await,
            }
        })?;
        db::failpoint!("bookings.commit.after");
        Ok(swapped)
    }

    async fn plan_swap(
        &self,
        cx: &Cx,
        r: &Reader,
        wanted: &Swap,
        waived: Rules,
        without: &[Vec<Uuid>; 2],
    ) -> Result<Plan> {
        let world = World::load(self, r).await?;
        let [one, other] = wanted.sides;
        let pair = [self.visible(cx, r, &world, one.id).await?, self.visible(cx, r, &world, other.id).await?];
        refuse(&pair, wanted)?;
        let own = Own::of(&pair);
        let mut asked = [resolve(cx, &world, &pair, 0, waived)?, resolve(cx, &world, &pair, 1, waived)?];
        for (asked, without) in asked.iter_mut().zip(without) {
            asked.visit.without = without.iter().copied().collect();
        }
        let [first, second] = &asked;
        let first = place(r, &world, first, pair[1].starts_at, r.now(), &own, None).await?;
        let second = place(r, &world, second, pair[0].starts_at, r.now(), &own, None).await?;
        match (first, second) {
            (Ok(first), Ok(second)) => Ok(Plan { world, pair, placements: [first, second] }),
            (first, second) => {
                let mut clashes = <[Vec<Clash>; 2]>::default();
                for (side, placed) in [first, second].into_iter().enumerate() {
                    let visit = (&asked[side], pair[1 - side].starts_at);
                    let violations = placed.err().unwrap_or_default();
                    clashes[side] = self.clashes(cx, r, &world, visit, &own, violations).await?;
                }
                Err(refused(clashes))
            }
        }
    }

    async fn swap_in(
        &self,
        cx: &Cx,
        tx: &mut Tx,
        wanted: &Swap,
        waived: Rules,
        plan: &Plan,
        key: &IdempotencyKey,
    ) -> Result<[Booking; 2]> {
        let [client, other_client] = plan.pair.each_ref().map(|booking| booking.client_id);
        let also = Some(Subject::client(other_client).exclusive());
        let touched = subjects(&plan.placements);
        let world = self.lock_in(tx, &plan.world, plan.pair[0].location_id, Some(client), &touched, also).await?;
        let reach = self.reach(cx, tx).await?;
        let mut found = Vec::with_capacity(2);
        for side in wanted.sides {
            let booking = repo::find(tx, side.id).await?.filter(|booking| reach.has(booking));
            found.push(booking.ok_or_else(Error::not_found)?);
        }
        let pair = <[Booking; 2]>::try_from(found).map_err(|_| Error::internal("two were asked for"))?;
        refuse(&pair, wanted)?;
        tx.release_allocations(&pair.each_ref().map(owners).concat()).await?;
        let mut swapped = pair.clone();
        let mut sides = [0, 1];
        sides.sort_by_key(|side| pair[*side].id);
        for side in sides {
            let asked = resolve(cx, &world, &pair, side, waived)?;
            let own = Own::of([&pair[side]]);
            let decided = self.decide_in(tx, &world, asked, &plan.placements[side], &own, tx.now()).await?;
            let taken = decided.map_err(|violations| beaten(violations, side))?;
            let written = self.write_move_in(cx, tx, &pair[side], &taken, Initiator::Staff, None).await;
            swapped[side] = written.map_err(|error| at_side(error, side))?;
        }
        if !wanted.dry_run {
            tx.remember(key, &swapped.each_ref().map(|booking| booking.id.uuid())).await?;
        }
        Ok(swapped)
    }
}

/// What can be told of the two without looking at any calendar.
fn refuse(pair: &[Booking; 2], wanted: &Swap) -> Result<()> {
    for (at, (booking, side)) in pair.iter().zip(wanted.sides).enumerate() {
        let (field, version) = FIELDS[at];
        if at == 1 && booking.id == pair[0].id {
            return Err(Error::invalid(CommonCode::Duplicate).at(field));
        }
        if is_stale(booking, side.version) {
            return Err(version_conflict(booking.clone()).at(version));
        }
        if booking.session_id.is_some() {
            return Err(Error::conflict(BookingErrorCode::BookedInSession).at(field));
        }
        if !booking.status.movable() {
            return Err(transition(crate::booking::Refusal::NoArrow).at(field));
        }
    }
    let [one, other] = pair;
    let (field, _) = FIELDS[1];
    if one.location_id != other.location_id {
        return Err(Error::invalid(BookingErrorCode::OtherLocation).at(field));
    }
    if one.starts_at == other.starts_at && people(pair, 0).is_empty() && people(pair, 1).is_empty() {
        return Err(Error::invalid(BookingErrorCode::NothingToChange).at(field));
    }
    Ok(())
}

/// Who is to do the lines of one of the two that change hands: whoever does the other's line at the same position, or its
/// last one. Who has a line already is not asked anew: that was agreed.
fn people(pair: &[Booking; 2], side: usize) -> BTreeMap<LineId, Option<StaffId>> {
    let (own, other) = (&pair[side], &pair[1 - side]);
    let change = |(at, line): (usize, &crate::booking::Line)| {
        let theirs = other.lines.get(at).or_else(|| other.lines.last())?.staff_id?;
        line.staff_id.filter(|own| *own != theirs).map(|_| (line.id, Some(theirs)))
    };
    own.lines.iter().enumerate().filter_map(change).collect()
}

fn resolve(cx: &Cx, world: &World, pair: &[Booking; 2], side: usize, waived: Rules) -> Result<Asked> {
    let (own, audience) = (&pair[side], Audience::of(cx, &world.members));
    let asked = Asked::again(world, audience, own.location_id, own.lines.clone(), &people(pair, side), waived);
    asked.map_err(|error| at_side(error, side))
}

/// The refusal for all that stands in the way of either.
fn refused(clashes: [Vec<Clash>; 2]) -> Error {
    let each = clashes.iter().enumerate().filter(|(_, clashes)| !clashes.is_empty());
    let errors = each.map(|(side, clashes)| at_side(broken(&rules_of(clashes)), side));
    let error = errors.reduce(|mut one, other| {
        one.issues.extend(other.issues.iter().cloned());
        one
    });
    error.unwrap_or_else(slot_taken).current(BrokenBySide(clashes))
}

/// The refusal under locks: with whose time it was, where others may do.
fn beaten(violations: Vec<Violation>, side: usize) -> Error {
    let lost = lost(&violations);
    if !lost.is_empty() {
        return at_side(slot_taken().current(Lost(lost)), side);
    }
    let mut both = <[Vec<Clash>; 2]>::default();
    both[side] = violations.into_iter().map(Clash::from).collect();
    refused(both)
}

/// The refusal at the field that says which of the two it is about.
fn at_side(mut error: Error, side: usize) -> Error {
    if !error.is_user_error() || error.has(CommonCode::VersionConflict) {
        return error;
    }
    for issue in &mut error.issues {
        issue.field = Some(FIELDS[side].0.into());
    }
    error.issues.dedup();
    match Lost::of(&error).filter(|_| is_slot_taken(&error)).map(<[Uuid]>::to_vec) {
        Some(lost) => error.current(LostBySide(side, lost)),
        None => error,
    }
}

/// The bookings that an earlier request with this key swapped.
async fn both_again(r: &Reader, ids: &[Uuid]) -> Result<[Booking; 2]> {
    let [one, other] = ids else { return Err(Error::not_found()) };
    let find = async |id: &Uuid| repo::find(r, BookingId::from_uuid(*id)).await?.ok_or_else(Error::not_found);
    Ok([find(one).await?, find(other).await?])
}
