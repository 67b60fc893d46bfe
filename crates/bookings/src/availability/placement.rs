//! Where a candidate lands: the concrete staff member, lane and units of each line, and what each of them is occupied
//! for.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::time::TimeRange;
use smallvec::SmallVec;
use uuid::Uuid;

use super::spans::{Span, Spans};
use super::violation::Violation;

/// A candidate that may be booked, resolved.
///
/// Occupied ranges of one subject and lane never overlap, also within the visit: where lines of one visit share a
/// subject, their buffers merge (nobody tidies up between two parts of one visit), and the merged range is cut at the
/// later part's start, so that each line keeps allocations of its own and their union is what the subject is occupied
/// for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// First line's start to the end of the longest last one, without buffers: what the client sees.
    pub range: TimeRange,
    /// The local date of the start.
    pub date: NaiveDate,
    /// One for each line of the visit, in order.
    pub lines: SmallVec<[PlacedLine; 2]>,
    /// The rules that it breaks and that the policy waived: what an override is audited by.
    pub overridden: Vec<Violation>,
}

/// A line with everything chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedLine {
    /// Start and end, without buffers.
    pub range: TimeRange,
    /// Who does it, if anyone is needed.
    pub staff: Option<PlacedStaff>,
    /// What it is done with.
    pub units: SmallVec<[PlacedUnit; 2]>,
}

/// A staff member's part in a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlacedStaff {
    /// The staff member.
    pub id: Uuid,
    /// The lane, from 0.
    pub lane: u8,
    /// What the allocation holds: buffers included; up to the processing time, if there is one.
    pub occupied: TimeRange,
    /// What a second allocation holds: from the end of the processing time on.
    pub again: Option<TimeRange>,
    /// Why this one.
    pub reason: Choice,
}

impl PlacedStaff {
    /// What their allocations hold: one range, or two around the processing time.
    pub fn ranges(&self) -> impl Iterator<Item = TimeRange> + use<> {
        [Some(self.occupied), self.again].into_iter().flatten()
    }
}

/// A unit's part in a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlacedUnit {
    /// The unit.
    pub id: Uuid,
    /// What the allocation holds: set-up and clean-up included.
    pub occupied: TimeRange,
}

/// Why a staff member was taken, to be stored with the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Choice {
    /// Asked for by name.
    Chosen,
    /// The only one who could.
    OnlyOne,
    /// The client's usual staff member.
    Usual,
    /// Fewest booked minutes on that local day.
    LeastBooked,
    /// As few booked minutes as another, but leaves the day less fragmented.
    LeastFragmented,
    /// Equal in everything: the first by id.
    First,
}

impl Choice {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Chosen => "CHOSEN",
            Self::OnlyOne => "ONLY_ONE",
            Self::Usual => "USUAL",
            Self::LeastBooked => "LEAST_BOOKED",
            Self::LeastFragmented => "LEAST_FRAGMENTED",
            Self::First => "FIRST",
        }
    }
}

/// Cuts the occupied ranges of each subject and lane so that they touch where they overlapped; their union stays.
pub(super) fn settle(lines: &mut [PlacedLine]) {
    let staff: SmallVec<[(Uuid, u8); 2]> =
        lines.iter().filter_map(|line| line.staff).map(|it| (it.id, it.lane)).collect();
    for subject in staff {
        let mut parts: Parts<'_> = SmallVec::new();
        for line in lines.iter_mut() {
            if let Some(staff) = line.staff.as_mut().filter(|it| (it.id, it.lane) == subject) {
                parts.push((line.range.from, &mut staff.occupied));
                parts.extend(staff.again.as_mut().map(|again| (again.from, again)));
            }
        }
        cut(&mut parts);
    }
    let units: SmallVec<[Uuid; 4]> = lines.iter().flat_map(|line| &line.units).map(|it| it.id).collect();
    for id in units {
        let mut parts: Parts<'_> = SmallVec::new();
        for line in lines.iter_mut() {
            let start = line.range.from;
            parts.extend(line.units.iter_mut().find(|it| it.id == id).map(|it| (start, &mut it.occupied)));
        }
        cut(&mut parts);
    }
}

/// When each part of a subject's work begins, without what is before it, and the range to be cut.
type Parts<'l> = SmallVec<[(DateTime<Utc>, &'l mut TimeRange); 4]>;

/// One subject's ranges. Parts come in order of their starts and never overlap without their buffers, so a merged range
/// is cut at the start of each later part that lies in it.
fn cut(parts: &mut Parts<'_>) {
    let mut union = Spans::default();
    parts.iter().for_each(|(_, range)| union.push(Span::around(**range)));
    union.normalize();
    for merged in union.as_slice().iter().map(|span| span.range()) {
        let mut end = merged.to;
        for (start, range) in parts.iter_mut().rev().filter(|(start, _)| merged.contains(*start)) {
            **range = TimeRange::new(*start, end);
            end = *start;
        }
        // The first of them has the merged range's beginning.
        if let Some((_, first)) = parts.iter_mut().find(|(start, _)| merged.contains(*start)) {
            first.from = merged.from;
        }
    }
}
