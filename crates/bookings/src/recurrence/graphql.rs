//! A recurrence in the schema.

use super::{MAX_OCCURRENCES, Recurrence};
use async_graphql::{InputObject, SimpleObject};
use chrono::NaiveDate;
use gql::LocalDate;
use kernel::Result;

/// What repeats, over dates; the time of day stays the same also where clocks change.
#[derive(InputObject, Clone)]
pub struct RecurrenceInput {
    /// A rule of RFC 5545: `FREQ=WEEKLY;BYDAY=TU,TH;COUNT=10`. It must end, by `COUNT` or `UNTIL`, with at most 104
    /// occurrences within 24 months. `FREQ` is DAILY, WEEKLY, MONTHLY or YEARLY; `BYHOUR`, `BYMINUTE`, `BYSECOND`,
    /// counted beside plain weekdays (`MO,1TU`) and the fifth last weekday of a month are not supported. At most 500 characters.
    pub rule: String,
    /// Dates at the location on which nothing takes place, whatever the rule says; at most 104.
    pub except_dates: Option<Vec<LocalDate>>,
    /// Dates at the location on which something takes place besides; at most 104.
    pub also_dates: Option<Vec<LocalDate>>,
}

impl RecurrenceInput {
    /// What it says. Refused at `recurrence.rule`, `recurrence.exceptDates` or `recurrence.alsoDates`.
    pub fn read(&self) -> Result<Recurrence> {
        let dates = |dates: &Option<Vec<LocalDate>>| -> Vec<NaiveDate> {
            // One more than may be is enough to be refused.
            dates.iter().flatten().take(MAX_OCCURRENCES + 1).map(|date| date.0).collect()
        };
        Recurrence::new(&self.rule, &dates(&self.except_dates), &dates(&self.also_dates))
            .map_err(|error| error.within("recurrence"))
    }
}

/// What repeats, over dates; the time of day stays the same also where clocks change.
#[derive(SimpleObject)]
#[graphql(name = "Recurrence")]
pub struct RecurrenceObject {
    /// The rule of RFC 5545 in its one spelling.
    rule: String,
    /// Dates at the location that are left out.
    except_dates: Vec<LocalDate>,
    /// Dates at the location that are added.
    also_dates: Vec<LocalDate>,
}

impl From<&Recurrence> for RecurrenceObject {
    fn from(recurrence: &Recurrence) -> Self {
        Self {
            rule: recurrence.rule.to_string(),
            except_dates: recurrence.except.iter().copied().map(LocalDate).collect(),
            also_dates: recurrence.also.iter().copied().map(LocalDate).collect(),
        }
    }
}
