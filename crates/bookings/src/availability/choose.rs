//! Out of those who can, who does it: staff by preference and load, the first free lane, the smallest sufficient units.

use std::cmp::Reverse;

use uuid::Uuid;

use super::bits::Bits;
use super::facts::StaffFacts;
use super::placement::{Choice, PlacedLine, PlacedStaff, PlacedUnit};
use super::rules::Part;
use super::search::{Performer, Plan};
use super::spans::{Minute, Span, Spans};
use super::visit::StaffChoice;

/// Who does a line, and why.
pub(super) struct Chosen<'a> {
    pub(super) performer: Performer<'a>,
    pub(super) reason: Choice,
}

/// What decides between two who can, smallest first.
type Rank = (Reverse<bool>, Minute, Fragments, Uuid);

/// Free pieces that remain of the gap that the line is put into, and their minutes together.
type Fragments = (u8, Minute);

/// Picks one of those who can do the line at the window's start; none when nobody can.
pub(super) fn choose<'a>(
    plan: &Plan<'a>,
    index: usize,
    offset: Minute,
    able: &[Performer<'a>],
    window: Span,
    day: Span,
) -> Option<Chosen<'a>> {
    if matches!(plan.lines[index].line.staff, StaffChoice::Nobody | StaffChoice::Chosen(_)) {
        return able.first().map(|performer| Chosen { performer: *performer, reason: Choice::Chosen });
    }
    let mut ranked: Vec<(Rank, Performer<'a>)> = able
        .iter()
        .filter_map(|performer| {
            let staff = performer.staff?;
            let part = plan.part(index, offset, performer.duration);
            let usual = plan.question.visit.usual == Some(staff.staff.id);
            let booked = staff.lanes.iter().map(|lane| lane.minutes_within(day)).sum();
            Some(((Reverse(usual), booked, fragments(plan, &part, staff, window), staff.staff.id), *performer))
        })
        .collect();
    ranked.sort_unstable_by_key(|(rank, _)| *rank);
    let (best, performer) = *ranked.first()?;
    let reason = match ranked.get(1).map(|(next, _)| *next) {
        None => Choice::OnlyOne,
        Some(_) if best.0.0 => Choice::Usual,
        Some(next) if next.1 != best.1 => Choice::LeastBooked,
        Some(next) if next.2 != best.2 => Choice::LeastFragmented,
        Some(_) => Choice::First,
    };
    Some(Chosen { performer, reason })
}

/// How the staff member's day would be cut: what stays free right before and right after the occupied time.
fn fragments(plan: &Plan<'_>, part: &Part<'_>, staff: &StaffFacts, window: Span) -> Fragments {
    let facts = plan.question.facts;
    let occupied = claim_of_staff(part, window);
    let inside = [&staff.shifts, &facts.opening];
    let outside = [&staff.lanes[free_lane(part, staff, window)], &staff.time_off, &facts.closures];
    let free_from =
        (inside.iter().map(|hours| hours.around(occupied.from - 1).map_or(occupied.from, |span| span.from)))
            .chain(outside.iter().map(|taken| taken.last_before(occupied.from).map_or(Minute::MIN, |span| span.to)))
            .fold(Minute::MIN, Minute::max);
    let free_to = (inside.iter().map(|hours| hours.around(occupied.to).map_or(occupied.to, |span| span.to)))
        .chain(outside.iter().map(|taken| taken.first_after(occupied.to).map_or(Minute::MAX, |span| span.from)))
        .fold(Minute::MAX, Minute::min);
    let pieces = [Span::new(free_from, occupied.from).minutes(), Span::new(occupied.to, free_to).minutes()];
    (pieces.iter().map(|minutes| u8::from(*minutes > 0)).sum(), pieces.iter().sum())
}

fn claim_of_staff(part: &Part<'_>, window: Span) -> Span {
    part.claim(window.from, part.line.buffer_before, part.line.buffer_after)
}

/// The first lane on which the staff member is free for the part; lane 0 for one who is not.
fn free_lane(part: &Part<'_>, staff: &StaffFacts, window: Span) -> usize {
    let is_free = |lane: &Spans| {
        let mut starts = Bits::full(window);
        part.stay_outside(lane, (part.line.buffer_before, part.line.buffer_after), &mut starts);
        !starts.is_empty()
    };
    staff.lanes.iter().position(is_free).unwrap_or(0)
}

/// The line with concrete lane and units, at the window's start, before [`super::placement::settle`].
pub(super) fn place(plan: &Plan<'_>, part: &Part<'_>, chosen: &Chosen<'_>, window: Span) -> PlacedLine {
    let staff = chosen.performer.staff.map(|staff| PlacedStaff {
        id: staff.staff.id,
        lane: u8::try_from(free_lane(part, staff, window)).unwrap_or(u8::MAX),
        occupied: claim_of_staff(part, window).range(),
        reason: chosen.reason,
    });
    let units = plan.lines[part.index].needs.iter().flat_map(|need| {
        let free = need.units.iter().filter(|unit| {
            let mut starts = Bits::full(window);
            need.keep_free(&plan.question, part, unit, &mut starts);
            !starts.is_empty()
        });
        let occupied = part.claim(window.from, need.tidy.0, need.tidy.1).range();
        free.take(need.count).map(move |unit| PlacedUnit { id: unit.unit.id, occupied })
    });
    PlacedLine { range: part.claim(window.from, 0, 0).range(), staff, units: units.collect() }
}
