//! The place of a session among sessions that repeat: what the repetition says of it, beside what it is.
//!
//! Where the two differ the session was changed alone, on purpose: a change of the repetition leaves that as it is. One that
//! stands at another time is passed over altogether, as a visit of a series is; one that was given another person, other
//! seats or another visibility keeps those. This is the RECURRENCE-ID of RFC 5545 with the properties that go with it.

use super::GroupSession;
use catalog::Visibility;
use chrono::{DateTime, Days, NaiveDate, Timelike as _, Utc};
use chrono_tz::Tz;
use kernel::{Edge, WallTime, time};
use serde::{Deserialize, Serialize};
use staff::StaffId;

kernel::id! {
    /// Group sessions that repeat.
    pub struct RecurrenceId("gsr");
}

/// The place of a session in a repetition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InRecurrence {
    /// Which repetition.
    pub id: RecurrenceId,
    /// What it says of this session.
    pub plan: Planned,
}

/// What a repetition says of one of its sessions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// The date at the location.
    pub date: NaiveDate,
    /// What the clock at the location shows when it starts.
    pub time: WallTime,
    /// Who holds it.
    pub staff: Option<StaffId>,
    /// Seats in all.
    pub capacity: u16,
    /// Who may see and book it.
    pub visibility: Visibility,
    /// Minutes before the start after which a freed seat is promised to nobody by itself.
    pub waitlist_closes_minutes: u32,
}

impl Planned {
    /// What a session is now.
    pub(crate) fn of(session: &GroupSession) -> Self {
        Self {
            date: session.local_date,
            time: wall_time(session.starts_at, session.zone),
            staff: session.staff_id(),
            capacity: session.capacity,
            visibility: session.visibility,
            waitlist_closes_minutes: session.waitlist_closes_minutes,
        }
    }

    /// When that is: the time stays on the wall, also where clocks change.
    pub(crate) fn start(&self, zone: Tz) -> DateTime<Utc> {
        time::instant(zone, self.date, self.time, Edge::Start)
    }

    /// The same so many days later, at another time of day where one is given.
    pub(crate) fn moved(&self, days: i32, time: Option<WallTime>) -> Self {
        let by = Days::new(days.unsigned_abs().into());
        let date = if days < 0 { self.date.checked_sub_days(by) } else { self.date.checked_add_days(by) };
        Self { date: date.unwrap_or(self.date), time: time.unwrap_or(self.time), ..self.clone() }
    }
}

impl GroupSession {
    /// Whether it stands where its repetition says.
    pub(crate) fn keeps_time(&self) -> bool {
        self.recurrence.as_ref().is_some_and(|own| own.plan.start(self.zone) == self.starts_at)
    }
}

/// What a clock shows, to the minute.
pub(crate) fn wall_time(at: DateTime<Utc>, zone: Tz) -> WallTime {
    let local = at.with_timezone(&zone);
    let minutes = u16::try_from(local.hour() * 60 + local.minute()).unwrap_or_default();
    WallTime::from_minutes(minutes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use chrono_tz::Europe::Kyiv;

    fn planned(date: &str, time: &str) -> Planned {
        Planned {
            date: date.parse().unwrap(),
            time: time.parse().unwrap(),
            staff: None,
            capacity: 5,
            visibility: Visibility::Public,
            waitlist_closes_minutes: 120,
        }
    }

    fn start(planned: &Planned) -> String {
        planned.start(Kyiv).with_timezone(&Kyiv).format("%m-%dT%H:%M%:z").to_string()
    }

    /// On 29 March 2026 clocks go from 03:00 to 04:00, on 25 October from 04:00 back to 03:00.
    #[test]
    fn a_time_that_the_clock_skips_comes_back_on_other_days() {
        let night = planned("2026-03-28", "03:30");
        assert_eq!(start(&night), "03-28T03:30+02:00");
        let skipped = night.moved(1, None);
        assert_eq!(start(&skipped), "03-29T04:00+03:00");
        assert_eq!(start(&skipped.moved(1, None)), "03-30T03:30+03:00");
        assert_eq!(start(&skipped.moved(-1, None)), "03-28T03:30+02:00");
        assert_eq!(start(&skipped.moved(0, Some("12:00".parse().unwrap()))), "03-29T12:00+03:00");
        assert_eq!(start(&night.moved(211, None)), "10-25T03:30+03:00", "of two the earlier one");
    }
}
