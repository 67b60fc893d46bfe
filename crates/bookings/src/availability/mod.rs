//! The slot engine: which starts are free, and whether one given start may be taken. One code path answers both.
//!
//! Every rule is a set of start minutes that it refuses ([`rules`]). A listing clears those sets from a bit mask over
//! the whole query; [`evaluate`] clears the very same sets from a mask that is one minute wide. So a time is offered if
//! and only if it can be booked, by construction. Deliberately not here: queries, permissions, clocks, async; [`Facts`]
//! is all it knows.
//!
//! ```text
//! let mut facts = Facts::builder(zone, dates, reach);         // once per location and query
//! facts.opening(|date| hours_of(date));                       // wall intervals of a local date
//! facts.staff(Staff::new(id), |date| shifts_of(date));        // exception, else template; breaks are the gaps
//! facts.busy(subject, Lane::One(0), range);                   // one call for each active allocation or live hold
//! let facts = facts.finish();
//! let slots = slots(&visit, &facts, &policy, now);            // the listing
//! let placement = evaluate(Candidate { start, visit: &visit }, &facts, &policy, now);
//! ```

mod bits;
mod capacity;
mod choose;
mod days;
mod evaluate;
mod facts;
mod limits;
mod matching;
mod placement;
mod plan;
mod policy;
mod rules;
mod search;
mod slots;
mod spans;
mod units;
mod violation;
mod visit;

pub use capacity::Capacity;
pub use evaluate::evaluate;
pub use facts::{Facts, FactsBuilder, Lane, Skill, Staff, Unit};
pub use limits::{ClientFacts, Limits, ServiceLimits, Tally};
pub use placement::{Choice, PlacedLine, PlacedStaff, PlacedUnit, Placement};
pub use policy::{Grid, Policy};
pub use slots::{DaySummary, Slot, SlotStaff, Slots, slots, summarize};
pub use violation::{Rule, Rules, Violation};
pub use visit::{
    Candidate, Dates, DatesFault, Line, MAX_QUERY_DAYS, MAX_TOGETHER, Processing, Requirement, StaffChoice, Target,
    Visit,
};

#[cfg(test)]
mod tests;
