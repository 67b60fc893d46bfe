//! What repeats: a rule of RFC 5545 becomes dates, and dates at one time of day become instants.
//!
//! Reading and expanding a rule is [`ical::Rule`]'s, endless ones too; [`Recurrence`] is what people ask for, held to the
//! limits of a booking calendar. Not here: whether a visit is possible at such an instant.

mod fault;
pub mod graphql;

pub(crate) use fault::refused;
pub use ical::{Anchor, Fault, Rule};

use chrono::{DateTime, Months, NaiveDate, Utc};
use kernel::Result;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The most occurrences that are made at once.
pub const MAX_OCCURRENCES: usize = 104;
/// The last occurrence lies at most so many months after the first date.
pub const MAX_MONTHS: u32 = 24;

/// A rule with the dates that are left out of it and added to it: RRULE, EXDATE and RDATE.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recurrence {
    /// The rule in its one spelling.
    pub rule: Rule,
    /// Dates on which nothing takes place, whatever the rule says.
    pub except: BTreeSet<NaiveDate>,
    /// Dates on which something takes place besides.
    pub also: BTreeSet<NaiveDate>,
}

/// One time that something takes place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Occurrence {
    /// The date that the rule gives.
    pub date: NaiveDate,
    /// When that is.
    pub starts_at: DateTime<Utc>,
}

impl Recurrence {
    /// Reads a rule and its dates. Refused at `rule`, `exceptDates` or `alsoDates`.
    pub fn new(rule: &str, except: &[NaiveDate], also: &[NaiveDate]) -> Result<Self> {
        let rule = Rule::read(rule).map_err(|fault| refused(fault).at("rule"))?;
        Ok(Self { rule, except: few("exceptDates", except)?, also: few("alsoDates", also)? })
    }

    /// Every occurrence from the anchor's date on, in order and each once: at least one, at most [`MAX_OCCURRENCES`], none
    /// later than [`MAX_MONTHS`] after the anchor's date. A rule that goes beyond is refused, never cut in silence.
    pub fn occurrences(&self, anchor: &Anchor) -> Result<Vec<Occurrence>> {
        let too_long = |field: &'static str| refused(Fault::TooLong).at(field);
        if self.rule.is_endless() {
            return Err(refused(Fault::Endless).at("rule"));
        }
        let last = anchor.date.checked_add_months(Months::new(MAX_MONTHS)).unwrap_or(NaiveDate::MAX);
        if self.also.iter().any(|date| *date < anchor.date || *date > last) {
            return Err(too_long("alsoDates"));
        }
        let mut dates: BTreeSet<NaiveDate> = BTreeSet::new();
        for date in self.rule.dates(anchor).map_err(|fault| refused(fault).at("rule"))? {
            if date > last || dates.len() == MAX_OCCURRENCES {
                return Err(too_long("rule"));
            }
            dates.insert(date);
        }
        dates.extend(&self.also);
        dates.retain(|date| !self.except.contains(date));
        if dates.len() > MAX_OCCURRENCES {
            return Err(too_long("alsoDates"));
        }
        let mut found: Vec<Occurrence> =
            dates.into_iter().map(|date| Occurrence { date, starts_at: anchor.on(date) }).collect();
        // Two dates are one instant where a zone left a whole date out.
        found.dedup_by_key(|occurrence| occurrence.starts_at);
        if found.is_empty() { Err(refused(Fault::Empty).at("rule")) } else { Ok(found) }
    }
}

fn few(field: &'static str, dates: &[NaiveDate]) -> Result<BTreeSet<NaiveDate>> {
    if dates.len() > MAX_OCCURRENCES {
        return Err(refused(Fault::TooLong).at(field));
    }
    Ok(dates.iter().copied().collect())
}

#[cfg(test)]
mod tests;
