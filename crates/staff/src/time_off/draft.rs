//! What is asked for when somebody wants to be away, and the list of it. Pure.

use super::{TimeOff, TimeOffId, TimeOffStatus};
use crate::error::StaffErrorCode;
use crate::member::StaffId;
use catalog::field::range;
use chrono::{DateTime, Utc};
use kernel::text::multiline;
use kernel::{Checks, Result};
use serde::Serialize;

/// A time off as asked for: nothing is checked yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TimeOffDraft {
    /// Who is away.
    pub staff_id: StaffId,
    /// From when.
    pub starts_at: DateTime<Utc>,
    /// Until when.
    pub ends_at: DateTime<Utc>,
    /// Why.
    pub reason: String,
}

/// Which time off to list; what is `None` does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TimeOffFilter {
    /// That of these people.
    pub staff_ids: Option<Vec<StaffId>>,
    /// That in these statuses.
    pub statuses: Option<Vec<TimeOffStatus>>,
    /// That which has not ended at this instant.
    pub from: Option<DateTime<Utc>>,
    /// That which starts before this instant.
    pub to: Option<DateTime<Utc>>,
}

impl TimeOffDraft {
    /// The time off that this draft makes, or everything that is wrong with it. What is over at `now` is refused.
    pub fn check(self, id: TimeOffId, status: TimeOffStatus, now: DateTime<Utc>) -> Result<TimeOff> {
        let mut checks = Checks::new();
        let range = range(&mut checks, self.starts_at, self.ends_at, StaffErrorCode::EndBeforeStart);
        let over = range.is_some_and(|range| range.to <= now);
        checks.ensure("endsAt", !over, StaffErrorCode::AlreadyOver);
        let reason = checks.check("reason", multiline(&self.reason, 0, 500));
        checks
            .build(|| Some(TimeOff { id, staff_id: self.staff_id, range: range?, reason: reason?, status, version: 1 }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_declined_or_cancelled_stays_so() {
        use TimeOffStatus::{Approved, Cancelled, Declined, Requested};
        let all = [Requested, Approved, Declined, Cancelled];
        let allowed: Vec<_> = all
            .iter()
            .flat_map(|from| all.iter().map(move |to| (*from, *to)))
            .filter(|(from, to)| from.may_become(*to))
            .collect();
        let expected = [(Requested, Approved), (Requested, Declined), (Requested, Cancelled), (Approved, Cancelled)];
        assert_eq!(allowed, expected);
    }
}
