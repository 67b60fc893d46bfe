//! Where a candidate lands: the concrete staff member, lane and units of each line, and what each of them is occupied for.

use chrono::NaiveDate;
use kernel::time::TimeRange;
use smallvec::SmallVec;
use uuid::Uuid;

use super::violation::Violation;

/// A candidate that may be booked, resolved.
///
/// `occupied` ranges of one subject and lane never overlap, also within the visit: where lines of one visit share a subject,
/// their buffers merge (nobody tidies up between two parts of one visit), and the merged range is cut at the later line's start,
/// so that each line keeps an allocation of its own and their union is what the subject is occupied for.
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
