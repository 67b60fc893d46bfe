//! What is asked for: a visit of one or more services, one after another or together, and the local dates in question.
//! Durations, buffers, set-up and clean-up are elapsed minutes. Ids are the bare keys of staff, services and resources.

use std::ops::Range;

use chrono::{DateTime, Days, NaiveDate, Utc};
use smallvec::SmallVec;
use uuid::Uuid;

/// The longest span of local dates that one listing may cover.
pub const MAX_QUERY_DAYS: u16 = 62;

/// How many lines may begin together: each needs people and units of its own, and every way to share them out counts.
pub const MAX_TOGETHER: usize = 5;

/// A visit: services in steps. The lines of a step begin together and need different people (or lanes of one) and
/// different units; the next step begins when the longest of them ends.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Visit {
    /// The services, step by step. An empty visit is never offered.
    pub lines: SmallVec<[Line; 2]>,
    /// The client's usual staff member: preferred wherever any is asked for and this one is free.
    pub usual: Option<Uuid>,
    /// Subjects just found taken (a lost race): treated as busy at every time.
    pub without: SmallVec<[Uuid; 2]>,
}

/// One service of a visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The service: a staff member can do it when [`super::Skill`] names it.
    pub service: Uuid,
    /// Minutes that it takes unless the staff member's skill says otherwise, or it is fixed. At least 1.
    pub duration: u16,
    /// Minutes that come on top, whoever does it: what was added to the service.
    pub extra: u16,
    /// Whether it takes its own minutes whoever does it: as it was agreed, or as somebody decided.
    pub is_fixed: bool,
    /// Whether it begins together with the line before it, and not when that one's step ends. The first line of a visit
    /// begins it, whatever stands here.
    pub together: bool,
    /// Minutes in the middle that leave the staff member free; the units are kept.
    pub processing: Option<Processing>,
    /// Minutes before the start that the staff member is occupied.
    pub buffer_before: u16,
    /// Minutes after the end that the staff member is occupied.
    pub buffer_after: u16,
    /// Who does it.
    pub staff: StaffChoice,
    /// What it is done with. Requirements of one type within a line add up, with the longest set-up and clean-up; units
    /// are distinct within a line; a named unit does not count for its type's requirement.
    pub requirements: SmallVec<[Requirement; 2]>,
}

impl Line {
    /// A line that takes this long and needs nothing but someone to do it, as soon as the line before it has ended.
    pub fn new(service: Uuid, duration: u16) -> Self {
        Self {
            service,
            duration,
            extra: 0,
            is_fixed: false,
            together: false,
            processing: None,
            buffer_before: 0,
            buffer_after: 0,
            staff: StaffChoice::Any,
            requirements: SmallVec::new(),
        }
    }
}

/// Time within a line during which it goes on by itself (colour that takes, a mask that dries).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Processing {
    /// Minutes from the line's start.
    pub after: u16,
    /// How many. Where a staff member's own duration leaves nothing to do after it, they are kept throughout.
    pub minutes: u16,
}

/// Who may do a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StaffChoice {
    /// No one: a rental. The line then lies, buffers included, inside opening hours.
    Nobody,
    /// This staff member and no other.
    Chosen(Uuid),
    /// Whoever of these suits best.
    AnyOf(SmallVec<[Uuid; 4]>),
    /// Whoever in the facts does the service and suits best.
    Any,
}

impl Visit {
    /// The steps, as ranges of the lines.
    pub fn steps(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        let mut from = 0;
        std::iter::from_fn(move || {
            let rest = self.lines.get(from + 1..)?;
            let step = from..from + 1 + rest.iter().take_while(|line| line.together).count();
            from = step.end;
            Some(step)
        })
    }
}

/// A need for resource units during a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Requirement {
    /// Which unit, or any of which type.
    pub target: Target,
    /// How many units of a type; a named unit counts once. At least 1.
    pub units: u16,
    /// The least capacity (persons) that a unit must have; 0 or 1 means any. Applies to units of a type.
    pub capacity: u16,
    /// Minutes before the start that the unit is occupied.
    pub setup: u16,
    /// Minutes after the end that the unit is occupied.
    pub cleanup: u16,
}

/// What a requirement asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Target {
    /// Any free units of this resource type: the smallest sufficient capacity first, then by id.
    Type(Uuid),
    /// This very unit.
    Unit(Uuid),
}

/// A visit at a given start.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// When its first line begins.
    pub start: DateTime<Utc>,
    /// What is to be done.
    pub visit: &'a Visit,
}

/// A span of local dates, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dates {
    first: NaiveDate,
    last: NaiveDate,
}

/// Why two dates are not a span that can be asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DatesFault {
    /// The last date is before the first.
    #[error("the last date is before the first")]
    Reversed,
    /// More than [`MAX_QUERY_DAYS`] dates.
    #[error("more than {MAX_QUERY_DAYS} days")]
    TooLong,
}

impl Dates {
    /// The dates of a listing: at most [`MAX_QUERY_DAYS`].
    pub fn query(first: NaiveDate, last: NaiveDate) -> Result<Self, DatesFault> {
        if last < first {
            return Err(DatesFault::Reversed);
        }
        if (last - first).num_days() >= i64::from(MAX_QUERY_DAYS) {
            return Err(DatesFault::TooLong);
        }
        Ok(Self { first, last })
    }

    /// One date, for a single candidate.
    pub const fn on(date: NaiveDate) -> Self {
        Self { first: date, last: date }
    }

    /// From `first` to the horizon's last day, for a summary by day: as long as the horizon is.
    pub fn to_horizon(first: NaiveDate, horizon_days: u16) -> Self {
        let last = first.checked_add_days(Days::new(u64::from(horizon_days))).unwrap_or(NaiveDate::MAX);
        Self { first, last }
    }

    /// The first date.
    pub const fn first(self) -> NaiveDate {
        self.first
    }

    /// The last date, included.
    pub const fn last(self) -> NaiveDate {
        self.last
    }

    /// Whether the date is one of them.
    pub fn contains(self, date: NaiveDate) -> bool {
        self.first <= date && date <= self.last
    }

    /// How many dates.
    pub fn days(self) -> usize {
        usize::try_from((self.last - self.first).num_days() + 1).unwrap_or(0)
    }
}
