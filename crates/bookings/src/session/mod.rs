//! A group session: a service that takes place at an hour that the company sets, with seats that clients book.
//!
//! Person and units are allocated once, by the session. A seat is a booking that names the session: it has a line and a
//! price but occupies nothing of its own. How many seats are gone is one guarded counter on the session's row, live holds
//! included; it changes only under that row's lock, so whoever reads it there reads what is true.

pub(crate) mod entity;
pub mod graphql;
mod loader;
mod recurrence;
pub(crate) mod repo;
pub mod service;

pub(crate) use loader::{RosterLoad, SessionLoad};
pub use recurrence::{InRecurrence, Planned, RecurrenceId};

use crate::availability::Rule;
use crate::booking::{CancelReason, Line, Terms};
use catalog::{CancellationPolicy, ServiceId, Visibility};
use chrono::{DateTime, Duration, NaiveDate, Utc};
use chrono_tz::Tz;
use kernel::Currency;
use serde::{Deserialize, Serialize};
use staff::StaffId;
use tenancy::LocationId;

kernel::id! {
    /// A group session.
    pub struct GroupSessionId("gse");
}

/// The most seats that a session may have; its cancellation ends as many bookings in one transaction.
pub const MAX_SEATS: u16 = 500;
/// Minutes before the start after which a freed seat is promised to nobody by itself, where nothing else is said.
pub const WAITLIST_CLOSES_MINUTES: u32 = 120;

/// A session as it was planned and as it stands.
#[derive(Debug, Clone)]
pub struct GroupSession {
    /// Its id.
    pub id: GroupSessionId,
    /// Where it stands.
    pub status: SessionStatus,
    /// Who may see and book it, besides what the service says.
    pub visibility: Visibility,
    /// The branch.
    pub location_id: LocationId,
    /// Start, without buffers.
    pub starts_at: DateTime<Utc>,
    /// End, without buffers.
    pub ends_at: DateTime<Utc>,
    /// The location's zone when it was planned.
    pub zone: Tz,
    /// Its date in that zone.
    pub local_date: NaiveDate,
    /// The currency of the line's price.
    pub currency: Currency,
    /// Service, person, units and the price of one seat, as planned.
    pub line: Line,
    /// Rules that staff set aside by name.
    pub overrides: Vec<Rule>,
    /// Seats in all.
    pub capacity: u16,
    /// Seats that bookings and holds have.
    pub taken: u16,
    /// Whether somebody let more seats be taken than there are.
    pub overfull: bool,
    /// Minutes before the start after which a freed seat is promised to nobody by itself.
    pub waitlist_closes_minutes: u32,
    /// Its place among sessions that repeat.
    pub recurrence: Option<InRecurrence>,
    /// Why it was called off.
    pub cancel_reason: Option<CancelReason>,
    /// The same in someone's words.
    pub cancel_note: Option<String>,
    /// Grows with each change that people make; not with each seat.
    pub version: i32,
    /// When it was planned.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

impl GroupSession {
    /// Seats that can still be booked.
    pub fn seats_left(&self) -> u16 {
        self.capacity.saturating_sub(self.taken)
    }

    /// The service.
    pub fn service_id(&self) -> ServiceId {
        self.line.service_id
    }

    /// Who holds it; none where the service needs nobody.
    pub fn staff_id(&self) -> Option<StaffId> {
        self.line.staff_id
    }

    /// The line of somebody's seats where the session stands now; what was agreed about money stays.
    pub(crate) fn line_like(&self, agreed: &Line) -> Line {
        Line { id: agreed.id, price: agreed.price, tax_rate_bp: agreed.tax_rate_bp, ..self.line.clone() }
    }

    /// Until when a freed seat goes to whoever waits first: as the session says, and never later than its seats are called
    /// off for nothing. Nobody is promoted into a fee.
    pub(crate) fn waitlist_closes_at(&self, policy: Option<&CancellationPolicy>) -> DateTime<Utc> {
        let own = self.starts_at - Duration::minutes(i64::from(self.waitlist_closes_minutes));
        let terms = policy.map(|policy| Terms::agreed(&[policy], self.line.price.minor, self.starts_at));
        terms.and_then(|terms| terms.free_until()).map_or(own, |free_until| own.min(free_until))
    }
}

/// Where a session stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, async_graphql::Enum)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[graphql(name = "GroupSessionStatus")]
pub enum SessionStatus {
    /// It is to take place; seats can be booked.
    Scheduled,
    /// It was called off, and its bookings with it.
    Cancelled,
    /// It is over.
    Completed,
}

impl SessionStatus {
    const ALL: [Self; 3] = [Self::Scheduled, Self::Cancelled, Self::Completed];

    /// The stored form.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled => "SCHEDULED",
            Self::Cancelled => "CANCELLED",
            Self::Completed => "COMPLETED",
        }
    }

    /// Reads the stored form.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

/// Seats of a session, as a booking or a hold has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seats {
    /// Of which session.
    pub session: GroupSessionId,
    /// For how many people.
    pub party: u16,
}
