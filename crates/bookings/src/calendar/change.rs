//! Word of a change in the calendar, for who has it open: ids, times and the steps of the dates' stamps, sent after the
//! commit. A hint to look again, not the news itself: whoever gets it reads the booking with their own eyes.
//!
//! A listener who has the stamp before a step knows the date up to it, and may apply the change; any other reads the date
//! anew. So nothing that is lost on the way stays unnoticed for longer than until the next change, and whoever comes back
//! compares stamps.

use crate::Bookings;
use crate::booking::service::Reach;
use crate::booking::{Booking, BookingId, Line};
use crate::hold::{Hold, HoldId};
use crate::session::GroupSession;
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use db::{DayStep, Tx};
use jobs::Topic;
use kernel::Result;
use kernel::time::{TimeRange, local_date};
use serde::{Deserialize, Serialize};
use staff::StaffId;
use std::collections::BTreeSet;
use tenancy::LocationId;

/// The topic of a company's calendar.
pub(crate) const TOPIC: &str = "calendar";

/// The small tables that a page shows.
pub(crate) const SHOWN: [&str; 4] = [tenancy::STAMP, catalog::STAMP, staff::STAMP, staff::BUSY_STAMP];

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, async_graphql::Enum)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[graphql(name = "CalendarChangeKind")]
pub enum ChangeKind {
    /// A visit was booked.
    Created,
    /// A visit was moved, or consists of something else.
    Rescheduled,
    /// A booking's status changed.
    Status,
    /// A booking's notes changed.
    Noted,
    /// A slot is held.
    Held,
    /// A held slot is free again.
    Released,
    /// A group session was planned or changed.
    Session,
    /// Something else that a page shows changed: hours, shifts, absences, closures, maintenance, people, units. Read the
    /// page anew.
    Settings,
    /// Something was missed: read the calendar anew.
    Missed,
}

/// A step of a local date's stamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    pub(crate) date: NaiveDate,
    pub(crate) previous: i64,
    pub(crate) current: i64,
}

impl From<&DayStep> for Step {
    fn from(step: &DayStep) -> Self {
        Self { date: step.date, previous: step.previous.0, current: step.current.0 }
    }
}

/// What changed, where and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub(crate) kind: ChangeKind,
    pub(crate) booking: Option<BookingId>,
    #[serde(default)]
    pub(crate) hold: Option<HoldId>,
    pub(crate) location: Option<LocationId>,
    /// Whose calendar, before and after.
    pub(crate) staff: Vec<StaffId>,
    /// The range that it touches, before and after.
    pub(crate) from: Option<DateTime<Utc>>,
    pub(crate) to: Option<DateTime<Utc>>,
    /// The dates that it touches, before and after, with their stamps. Known at commit.
    #[serde(default)]
    pub(crate) days: Vec<Step>,
    /// The same dates before their stamps are known.
    #[serde(skip)]
    dates: BTreeSet<NaiveDate>,
}

impl Change {
    /// A change of a booking.
    pub(crate) fn of(kind: ChangeKind, booking: &Booking, before: Option<&Booking>) -> Self {
        let mut staff = booking.staff_ids();
        staff.extend(before.map(Booking::staff_ids).unwrap_or_default());
        staff.sort_unstable();
        staff.dedup();
        let from = before.map_or(booking.starts_at, |before| before.starts_at.min(booking.starts_at));
        let to = before.map_or(booking.ends_at, |before| before.ends_at.max(booking.ends_at));
        let of = |booking: &Booking| {
            dates_of(&booking.lines, booking.zone, TimeRange::new(booking.starts_at, booking.ends_at))
        };
        let mut dates = of(booking);
        dates.append(&mut before.map(of).unwrap_or_default());
        Self {
            booking: Some(booking.id),
            location: Some(booking.location_id),
            staff,
            from: Some(from),
            to: Some(to),
            dates,
            ..Self::nowhere(kind)
        }
    }

    /// A change of a hold.
    pub(crate) fn of_hold(kind: ChangeKind, hold: &Hold) -> Self {
        let mut staff: Vec<StaffId> = hold.lines.iter().filter_map(|line| line.staff_id).collect();
        staff.sort_unstable();
        staff.dedup();
        Self {
            hold: Some(hold.id),
            location: Some(hold.location_id),
            staff,
            from: Some(hold.starts_at),
            to: Some(hold.ends_at),
            dates: dates_of(&hold.lines, hold.zone, TimeRange::new(hold.starts_at, hold.ends_at)),
            ..Self::nowhere(kind)
        }
    }

    /// A change of a group session.
    pub(crate) fn of_session(kind: ChangeKind, session: &GroupSession, before: Option<&GroupSession>) -> Self {
        let both = [Some(session), before];
        let both = || both.iter().copied().flatten();
        let mut staff: Vec<StaffId> = both().filter_map(GroupSession::staff_id).collect();
        staff.sort_unstable();
        staff.dedup();
        Self {
            location: Some(session.location_id),
            staff,
            from: both().map(|session| session.starts_at).min(),
            to: both().map(|session| session.ends_at).max(),
            dates: both()
                .flat_map(|session| {
                    let whole = TimeRange::new(session.starts_at, session.ends_at);
                    dates_of(std::slice::from_ref(&session.line), session.zone, whole)
                })
                .collect(),
            ..Self::nowhere(kind)
        }
    }

    /// Word that words were lost.
    pub(crate) const fn missed() -> Self {
        Self::nowhere(ChangeKind::Missed)
    }

    /// Word that something beside bookings and holds changed.
    pub(crate) const fn of_settings() -> Self {
        Self::nowhere(ChangeKind::Settings)
    }

    const fn nowhere(kind: ChangeKind) -> Self {
        Self {
            kind,
            booking: None,
            hold: None,
            location: None,
            staff: Vec::new(),
            from: None,
            to: None,
            days: Vec::new(),
            dates: BTreeSet::new(),
        }
    }

    /// Whether it concerns everybody and says nothing of anybody.
    const fn is_general(&self) -> bool {
        matches!(self.kind, ChangeKind::Missed | ChangeKind::Settings)
    }

    /// Whether a listener who asked for these locations and people wants it; empty means all.
    pub(crate) fn is_wanted(&self, locations: &[LocationId], people: &[StaffId]) -> bool {
        self.is_general()
            || (locations.is_empty() || self.location.is_some_and(|location| locations.contains(&location)))
                && (people.is_empty() || self.staff.iter().any(|staff| people.contains(staff)))
    }

    /// Whether a listener of this reach may know of it.
    pub(crate) fn is_within(&self, reach: Reach) -> bool {
        match reach {
            _ if self.is_general() => true,
            Reach::All => true,
            Reach::Own(own) => own.is_some_and(|own| self.staff.contains(&own)),
        }
    }
}

/// The local dates of a visit, and those on which its lines take somebody's or something's time, buffers included.
fn dates_of(lines: &[Line], zone: Tz, visit: TimeRange) -> BTreeSet<NaiveDate> {
    let ranges = lines.iter().map(Line::occupied).chain([visit]);
    ranges.flat_map(|range| dates_in(zone, range)).collect()
}

/// The local dates that a range touches.
fn dates_in(zone: Tz, range: TimeRange) -> impl Iterator<Item = NaiveDate> {
    let last = local_date(zone, range.to - chrono::Duration::microseconds(1));
    local_date(zone, range.from).iter_days().take_while(move |date| *date <= last)
}

impl Bookings {
    pub(crate) fn announce_change_in(&self, tx: &mut Tx, change: &Change) -> Result<()> {
        let (topic, change) = (Topic::new(tx.company(), TOPIC), change.clone());
        let dates = change.dates.clone();
        let told = move |steps: &[DayStep]| Change { days: steps.iter().map(Step::from).collect(), ..change };
        self.jobs.live().publish_days_after(tx, topic, dates, told)
    }

    /// Tells open calendars whenever one of the small tables that they show has changed, whoever changes it.
    pub(crate) fn announce_settings(&self) {
        let jobs = self.jobs.clone();
        self.db.watch_stamps(move |company, touched| {
            if SHOWN.iter().any(|table| touched.contains(table)) {
                jobs.live().publish(&Topic::new(company, TOPIC), &Change::of_settings());
            }
        });
    }

    pub(crate) fn announce_hold_in(&self, tx: &mut Tx, kind: ChangeKind, hold: &Hold) -> Result<()> {
        self.announce_change_in(tx, &Change::of_hold(kind, hold))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used)]

    use super::*;

    fn change(staff: StaffId, location: LocationId) -> Change {
        Change { location: Some(location), staff: vec![staff], ..Change::nowhere(ChangeKind::Created) }
    }

    #[test]
    fn who_may_see_only_their_own_hears_of_nothing_else() {
        let (mine, theirs, here) = (StaffId::new(), StaffId::new(), LocationId::new());
        assert!(change(mine, here).is_within(Reach::Own(Some(mine))));
        assert!(!change(theirs, here).is_within(Reach::Own(Some(mine))));
        assert!(!change(theirs, here).is_within(Reach::Own(None)));
        assert!(change(theirs, here).is_within(Reach::All));
        assert!(Change::missed().is_within(Reach::Own(None)));
    }

    #[test]
    fn a_visit_touches_each_date_on_which_it_takes_time() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().expect("an instant");
        let dates = |from: &str, to: &str| -> Vec<String> {
            let range = TimeRange::new(at(from), at(to));
            dates_in(Tz::Europe__Kyiv, range).map(|date| date.to_string()).collect()
        };
        assert_eq!(dates("2026-03-03T20:00:00Z", "2026-03-03T22:00:00Z"), ["2026-03-03"]);
        assert_eq!(dates("2026-03-03T20:00:00Z", "2026-03-03T22:01:00Z"), ["2026-03-03", "2026-03-04"]);
    }

    #[test]
    fn a_listener_may_ask_for_places_and_people() {
        let (person, here, there) = (StaffId::new(), LocationId::new(), LocationId::new());
        assert!(change(person, here).is_wanted(&[here], &[person]));
        assert!(!change(person, here).is_wanted(&[there], &[]));
        assert!(!change(person, here).is_wanted(&[], &[StaffId::new()]));
        assert!(Change::missed().is_wanted(&[there], &[person]));
    }
}
