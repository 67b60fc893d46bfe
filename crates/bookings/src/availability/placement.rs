//! Where a candidate lands: the concrete staff member, lane and units of each line, and what each of them is occupied
//! for.

use chrono::NaiveDate;
use kernel::time::TimeRange;
use smallvec::SmallVec;
use uuid::Uuid;

use super::spans::{Span, Spans};
use super::violation::Violation;

/// A candidate that may be booked, resolved.
///
/// `occupied` ranges of one subject and lane never overlap, also within the visit: where lines of one visit share a
/// subject, their buffers merge (nobody tidies up between two parts of one visit), and the merged range is cut at the
/// later line's start, so that each line keeps an allocation of its own and their union is what the subject is occupied
/// for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// First line's start to last line's end, without buffers: what the client sees.
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
    /// What the allocation holds: buffers included.
    pub occupied: TimeRange,
    /// Why this one.
    pub reason: Choice,
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
        cut(lines, |line| line.staff.as_mut().filter(|it| (it.id, it.lane) == subject).map(|it| &mut it.occupied));
    }
    let units: SmallVec<[Uuid; 4]> = lines.iter().flat_map(|line| &line.units).map(|it| it.id).collect();
    for id in units {
        cut(lines, |line| line.units.iter_mut().find(|it| it.id == id).map(|it| &mut it.occupied));
    }
}

/// One subject's ranges. Lines come in order of their starts and never overlap without their buffers, so a merged range
/// is cut at the start of each later line that lies in it.
fn cut(lines: &mut [PlacedLine], occupied: impl Fn(&mut PlacedLine) -> Option<&mut TimeRange>) {
    let mut union = Spans::default();
    lines.iter_mut().filter_map(&occupied).for_each(|range| union.push(Span::around(*range)));
    union.normalize();
    for merged in union.as_slice().iter().map(|span| span.range()) {
        let mut end = merged.to;
        for line in lines.iter_mut().rev() {
            let start = line.range.from;
            if merged.contains(start)
                && let Some(range) = occupied(line)
            {
                *range = TimeRange::new(start, end);
                end = start;
            }
        }
        // The first of them has the merged range's beginning.
        if let Some(first) = lines.iter_mut().filter(|line| merged.contains(line.range.from)).find_map(&occupied) {
            first.from = merged.from;
        }
    }
}
