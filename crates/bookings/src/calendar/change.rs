//! Word of a change in the calendar, for who has it open: ids and times, sent after the commit. A hint to look again, not
//! the news itself: whoever gets it reads the booking with their own eyes.

use crate::Bookings;
use crate::booking::service::Reach;
use crate::booking::{Booking, BookingId};
use crate::hold::Hold;
use crate::session::GroupSession;
use chrono::{DateTime, Utc};
use db::Tx;
use jobs::Topic;
use kernel::Result;
use serde::{Deserialize, Serialize};
use staff::StaffId;
use tenancy::LocationId;

/// The topic of a company's calendar.
pub(crate) const TOPIC: &str = "calendar";

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, async_graphql::Enum)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[graphql(name = "CalendarChangeKind")]
pub enum ChangeKind {
    /// A visit was booked.
    Created,
    /// A visit was moved.
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
    /// Something was missed: read the calendar anew.
    Missed,
}

/// What changed, where and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub(crate) kind: ChangeKind,
    pub(crate) booking: Option<BookingId>,
    pub(crate) location: Option<LocationId>,
    /// Whose calendar, before and after.
    pub(crate) staff: Vec<StaffId>,
    /// The range that it touches, before and after.
    pub(crate) from: Option<DateTime<Utc>>,
    pub(crate) to: Option<DateTime<Utc>>,
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
        Self {
            kind,
            booking: Some(booking.id),
            location: Some(booking.location_id),
            staff,
            from: Some(from),
            to: Some(to),
        }
    }

    /// A change of a hold.
    pub(crate) fn of_hold(kind: ChangeKind, hold: &Hold) -> Self {
        let mut staff: Vec<StaffId> = hold.lines.iter().filter_map(|line| line.staff_id).collect();
        staff.sort_unstable();
        staff.dedup();
        Self {
            kind,
            booking: None,
            location: Some(hold.location_id),
            staff,
            from: Some(hold.starts_at),
            to: Some(hold.ends_at),
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
            kind,
            booking: None,
            location: Some(session.location_id),
            staff,
            from: both().map(|session| session.starts_at).min(),
            to: both().map(|session| session.ends_at).max(),
        }
    }

    /// Word that words were lost.
    pub(crate) const fn missed() -> Self {
        Self { kind: ChangeKind::Missed, booking: None, location: None, staff: Vec::new(), from: None, to: None }
    }

    /// Whether a listener who asked for these locations and people wants it; empty means all.
    pub(crate) fn is_wanted(&self, locations: &[LocationId], people: &[StaffId]) -> bool {
        self.kind == ChangeKind::Missed
            || (locations.is_empty() || self.location.is_some_and(|location| locations.contains(&location)))
                && (people.is_empty() || self.staff.iter().any(|staff| people.contains(staff)))
    }

    /// Whether a listener of this reach may know of it.
    pub(crate) fn is_within(&self, reach: Reach) -> bool {
        match reach {
            _ if self.kind == ChangeKind::Missed => true,
            Reach::All => true,
            Reach::Own(own) => own.is_some_and(|own| self.staff.contains(&own)),
        }
    }
}

impl Bookings {
    pub(crate) fn announce_change_in(&self, tx: &mut Tx, change: &Change) -> Result<()> {
        let topic = Topic::new(tx.company(), TOPIC);
        self.jobs.live().publish_after(tx, topic, change)
    }

    pub(crate) fn announce_hold_in(&self, tx: &mut Tx, kind: ChangeKind, hold: &Hold) -> Result<()> {
        self.announce_change_in(tx, &Change::of_hold(kind, hold))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(staff: StaffId, location: LocationId) -> Change {
        Change {
            kind: ChangeKind::Created,
            booking: None,
            location: Some(location),
            staff: vec![staff],
            from: None,
            to: None,
        }
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
    fn a_listener_may_ask_for_places_and_people() {
        let (person, here, there) = (StaffId::new(), LocationId::new(), LocationId::new());
        assert!(change(person, here).is_wanted(&[here], &[person]));
        assert!(!change(person, here).is_wanted(&[there], &[]));
        assert!(!change(person, here).is_wanted(&[], &[StaffId::new()]));
        assert!(Change::missed().is_wanted(&[there], &[person]));
    }
}
