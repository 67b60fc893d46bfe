//! Whose visits stand in the way: a broken rule about somebody's or something's time, with the bookings that have that time.
//! For people who move visits about in a calendar; nothing is decided by it.

use super::asked::Asked;
use super::facts::{Own, facts_for};
use super::taking::is_taken;
use super::world::{Audience, World};
use crate::Bookings;
use crate::availability::{Candidate, Dates, PlacedLine, Placement, Policy, Rules, Violation, Visit, evaluate};
use crate::booking::{Booking, BookingId, repo};
use crate::rules::for_strangers;
use access::Cx;
use chrono::{DateTime, Utc};
use db::{Owner, Reader};
use kernel::time::{TimeRange, local_date};
use kernel::{Error, Result};
use smallvec::SmallVec;
use uuid::Uuid;

/// A broken rule and the bookings that break it.
#[derive(Debug, Clone)]
pub(crate) struct Clash {
    pub(crate) violation: Violation,
    /// Those that the caller may see, in order of start; none where it is not about others' time.
    pub(crate) bookings: Vec<Booking>,
}

impl From<Violation> for Clash {
    fn from(violation: Violation) -> Self {
        Self { violation, bookings: Vec::new() }
    }
}

/// Somebody or something that the visit would have kept.
struct Kept {
    subject: Uuid,
    ranges: SmallVec<[TimeRange; 2]>,
}

impl Bookings {
    /// Adds to the rules that a visit at `start` breaks whose bookings have its time. Three statements where there is a clash,
    /// none where there is none.
    pub(crate) async fn clashes(
        &self,
        cx: &Cx,
        r: &Reader,
        world: &World,
        (asked, start): (&Asked, DateTime<Utc>),
        own: &Own,
        violations: Vec<Violation>,
    ) -> Result<Vec<Clash>> {
        if Audience::is_stranger(cx) {
            // Whose visits they are is nobody's business, and why somebody is not free neither.
            return Ok(for_strangers(&violations).into_iter().map(Clash::from).collect());
        }
        let mut clashes: Vec<Clash> = violations.into_iter().map(Clash::from).collect();
        let taken = |clash: &Clash| is_taken(&clash.violation);
        let Some(layout) = (if clashes.iter().any(taken) { layout(r, world, asked, start).await? } else { None })
        else {
            return Ok(clashes);
        };
        let kept: Vec<Option<Kept>> = clashes
            .iter()
            .map(|clash| Some(&clash.violation).filter(|one| is_taken(one)).and_then(|one| kept(asked, &layout, one)))
            .collect();
        let whole = kept.iter().flatten().flat_map(|kept| &kept.ranges).copied().reduce(hull);
        let subjects: Vec<Uuid> = kept.iter().flatten().map(|kept| kept.subject).collect();
        let Some(whole) = whole else { return Ok(clashes) };
        let mut busy = r.busy(&subjects, whole).await?;
        busy.retain(|taken| !own.has(taken.owner));
        let lines: Vec<Uuid> = busy.iter().filter_map(|taken| line_of(taken.owner)).collect();
        let owners = repo::owners_of_lines(r, &lines).await?;
        let mut ids: Vec<BookingId> = owners.values().copied().collect();
        ids.sort_unstable();
        ids.dedup();
        let reach = self.reach(cx, r).await?;
        let mut bookings = repo::list_by_ids(r, &ids).await?;
        bookings.retain(|booking| reach.has(booking));
        bookings.sort_by_key(|booking| (booking.starts_at, booking.id));
        for (clash, kept) in clashes.iter_mut().zip(kept) {
            let Some(kept) = kept else { continue };
            let in_the_way: Vec<BookingId> = busy
                .iter()
                .filter(|taken| taken.subject.id == kept.subject)
                .filter(|taken| kept.ranges.iter().any(|range| range.overlaps(taken.busy)))
                .filter_map(|taken| owners.get(&line_of(taken.owner)?).copied())
                .collect();
            clash.bookings = bookings.iter().filter(|one| in_the_way.contains(&one.id)).cloned().collect();
        }
        Ok(clashes)
    }
}

/// Where the visit would stand if nobody else had any time; none where that is not the reason.
async fn layout(r: &Reader, world: &World, asked: &Asked, start: DateTime<Utc>) -> Result<Option<Placement>> {
    let zone = world.locations.get(asked.location).ok_or_else(Error::not_found)?.zone;
    let facts = facts_for(r, world, asked, Dates::on(local_date(zone, start)), None, None).await?;
    let visit = Visit { without: SmallVec::new(), ..asked.visit.clone() };
    let policy = Policy { waived: Rules::OVERRIDABLE, ..asked.policy };
    Ok(evaluate(Candidate { start, visit: &visit }, &facts, &policy, r.now()).ok())
}

/// For how long the visit would have kept whom the rule is about.
fn kept(asked: &Asked, layout: &Placement, broken: &Violation) -> Option<Kept> {
    let (at, subject) = (broken.line?, broken.subject?);
    let (line, placed): (_, &PlacedLine) = (asked.visit.lines.get(at)?, layout.lines.get(at)?);
    let unit = placed.units.iter().find(|unit| unit.id == subject);
    let ranges = match (placed.staff.filter(|staff| staff.id == subject), unit) {
        (Some(staff), _) => staff.ranges().collect(),
        (None, Some(unit)) => SmallVec::from_iter([unit.occupied]),
        // Somebody else, or another unit of the kind: as long as the line keeps anybody or anything.
        (None, None) => {
            let longest = |own: u16, of_needs: fn(&crate::availability::Requirement) -> u16| {
                line.requirements.iter().map(of_needs).chain([own]).max().unwrap_or(own)
            };
            let (before, after) =
                (longest(line.buffer_before, |need| need.setup), longest(line.buffer_after, |need| need.cleanup));
            SmallVec::from_iter([placed.range.widen(before.into(), after.into())])
        }
    };
    Some(Kept { subject, ranges })
}

fn hull(one: TimeRange, other: TimeRange) -> TimeRange {
    TimeRange { from: one.from.min(other.from), to: one.to.max(other.to) }
}

/// The line of a booking that has taken time.
pub(crate) fn line_of(owner: Owner) -> Option<Uuid> {
    match owner {
        Owner::BookingLine(id) => Some(id),
        Owner::Hold(_) | Owner::Session(_) => None,
    }
}
