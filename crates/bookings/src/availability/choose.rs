//! Out of those who can, who does it: by preference and load, then the first lane that will do.

use std::cmp::Reverse;

use uuid::Uuid;

use super::facts::StaffFacts;
use super::placement::{Choice, PlacedStaff};
use super::plan::{Doer, Plan};
use super::rules::Part;
use super::spans::{Minute, Span};
use super::visit::StaffChoice;

/// Who does a line, and why.
pub(super) struct Chosen<'a> {
    pub(super) doer: Doer<'a>,
    pub(super) reason: Choice,
}

/// What decides between two who can, smallest first.
type Rank = (Reverse<bool>, Minute, Fragments, Uuid);

/// Free pieces that remain of the gap that the line is put into, and their minutes together.
type Fragments = (u8, Minute);

/// Picks one of those who can do the line at the window's start; none when nobody can. Each comes once, with the lane.
pub(super) fn choose<'a>(
    plan: &Plan<'a>,
    index: usize,
    offset: Minute,
    able: &[Doer<'a>],
    window: Span,
    day: Span,
) -> Option<Chosen<'a>> {
    if matches!(plan.lines[index].line.staff, StaffChoice::Nobody | StaffChoice::Chosen(_)) {
        return able.first().map(|doer| Chosen { doer: *doer, reason: Choice::Chosen });
    }
    let mut ranked: Vec<(Rank, Doer<'a>)> = able
        .iter()
        .filter_map(|doer| {
            let staff = doer.performer.staff?;
            let part = plan.part(index, offset, doer.performer.duration);
            let usual = plan.question.visit.usual == Some(staff.staff.id);
            let booked = staff.lanes.iter().map(|lane| lane.minutes_within(day)).sum();
            Some(((Reverse(usual), booked, fragments(plan, &part, staff, doer.lane, window), staff.staff.id), *doer))
        })
        .collect();
    ranked.sort_unstable_by_key(|(rank, _)| *rank);
    let (best, doer) = *ranked.first()?;
    let reason = match ranked.get(1).map(|(next, _)| *next) {
        None => Choice::OnlyOne,
        Some(_) if best.0.0 => Choice::Usual,
        Some(next) if next.1 != best.1 => Choice::LeastBooked,
        Some(next) if next.2 != best.2 => Choice::LeastFragmented,
        Some(_) => Choice::First,
    };
    Some(Chosen { doer, reason })
}

/// How the staff member's day would be cut: what stays free right before and right after the occupied time.
fn fragments(plan: &Plan<'_>, part: &Part<'_>, staff: &StaffFacts, lane: usize, window: Span) -> Fragments {
    let facts = plan.question.facts;
    let occupied = part.claim(window.from, part.line.buffer_before, part.line.buffer_after);
    let inside = [&staff.shifts, &facts.opening];
    let outside = [&staff.lanes[lane], &staff.time_off, &staff.imported, &facts.closures];
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

/// The chosen one's part in the line at the window's start, before [`super::placement::settle`].
pub(super) fn place(part: &Part<'_>, chosen: &Chosen<'_>, window: Span) -> Option<PlacedStaff> {
    let staff = chosen.doer.performer.staff?;
    let mut ranges = part.attended().map(|(part, (before, after))| part.claim(window.from, before, after).range());
    Some(PlacedStaff {
        id: staff.staff.id,
        lane: u8::try_from(chosen.doer.lane).unwrap_or(u8::MAX),
        occupied: ranges.next()?,
        again: ranges.next(),
        reason: chosen.reason,
    })
}
