//! A booking: one visit of one client, and of companions if they bring some, made of lines in steps.
//!
//! What was agreed is copied onto the booking (names, price, duration, buffers, policy, zone): later edits of the
//! catalogue change nothing booked. Which transitions exist is in [`status`]; whether a time is possible is the
//! engine's answer alone.

mod awaits;
pub(crate) mod entity;
pub mod graphql;
mod line;
mod link;
mod loader;
pub mod reference;
pub(crate) mod repo;
pub mod service;
pub mod status;
pub mod terms;

pub use awaits::{Awaited, Awaits};
pub use line::{Line, Price, StaffChoice, TakenAddOn, TakenUnit};
pub use link::LINK_DAYS;
pub(crate) use link::ManageToken;
pub(crate) use loader::BookingLoad;
pub use status::{Moment, Refusal, Status, Transition};
pub use terms::{Cost, MoveRefusal, Terms};

use crate::availability::Rule;
use crate::hold::HoldId;
use crate::series::InSeries;
use crate::session::GroupSessionId;
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use clients::ClientId;
use kernel::{Currency, Money};
use serde::{Deserialize, Serialize};
use staff::StaffId;
use tenancy::LocationId;
use uuid::Uuid;

kernel::id! {
    /// A booking.
    pub struct BookingId("bkg");
}
kernel::id! {
    /// A line of a booking.
    pub struct LineId("bln");
}

/// The longest visit in minutes; range queries rely on it to look back no further than one day.
pub const MAX_VISIT_MINUTES: i64 = 24 * 60;
/// Lines in one visit.
pub const MAX_LINES: usize = 10;
/// Companions in one visit.
pub const MAX_GUESTS: u8 = 9;
/// People that one line may be for.
pub const MAX_PERSONS: u16 = 1_000;

/// One visit as it was agreed and as it stands.
#[derive(Debug, Clone)]
pub struct Booking {
    /// Its id.
    pub id: BookingId,
    /// What people read aloud: `ZP-7K4M2Q`.
    pub reference: String,
    /// Where it stands.
    pub status: Status,
    /// When it came to stand there.
    pub status_since: DateTime<Utc>,
    /// The branch.
    pub location_id: LocationId,
    /// Whose visit it is.
    pub client_id: ClientId,
    /// The hold that it was made from.
    pub hold_id: Option<HoldId>,
    /// The session that it has seats of; then its lines occupy nothing of their own.
    pub session_id: Option<GroupSessionId>,
    /// For how many people: seats of a session.
    pub party_size: u16,
    /// The series that it belongs to.
    pub series: Option<InSeries>,
    /// Start of the first line, without buffers.
    pub starts_at: DateTime<Utc>,
    /// End of the last line to end, without buffers.
    pub ends_at: DateTime<Utc>,
    /// The location's zone when it was booked.
    pub zone: Tz,
    /// Its date in that zone.
    pub local_date: NaiveDate,
    /// Sum of the lines' prices.
    pub total: Money,
    /// How it came in.
    pub channel: String,
    /// The rules that held when it was booked.
    pub policy: Policy,
    /// What it waits for while it is pending.
    pub awaits: Awaits,
    /// When it is declined unless it was agreed by then; only while it is pending.
    pub pending_until: Option<DateTime<Utc>>,
    /// What was to be paid before it was agreed, of its total; zero when nothing was. Whether it came in is said by
    /// `awaits` alone: payments are recorded elsewhere.
    pub prepayment: Money,
    /// What is due because it was called off late, or because the client stayed away.
    pub fee: Option<Money>,
    /// Whether its prepayment is kept by the company for the same reason.
    pub deposit_kept: bool,
    /// How often the client has moved it.
    pub client_moves: u16,
    /// How often staff took the links to it back: those of before open nothing any more.
    pub link_revocations: u16,
    /// Rules that staff set aside by name.
    pub overrides: Vec<Rule>,
    /// What the companions are called, in order; those who are not named are only counted.
    pub guests: Vec<String>,
    /// What the client wrote or may read.
    pub client_note: Option<String>,
    /// What the client never sees.
    pub internal_note: Option<String>,
    /// Why it was called off or declined.
    pub cancel_reason: Option<CancelReason>,
    /// The same in someone's words.
    pub cancel_note: Option<String>,
    /// Grows with each change.
    pub version: i32,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// Its lines in order.
    pub lines: Vec<Line>,
}

impl cache::Versioned for Booking {
    const TABLE: &'static str = "bookings.booking";

    fn version(&self) -> (Uuid, i32) {
        (self.id.uuid(), self.version)
    }

    fn bytes(&self) -> usize {
        let notes = [&self.client_note, &self.internal_note, &self.cancel_note];
        let notes: usize = notes.into_iter().flatten().map(String::len).sum();
        // What lies in documents, and names: some hundred bytes a line.
        size_of::<Self>() + notes + self.lines.len() * (size_of::<Line>() + 256)
    }
}

impl Booking {
    /// The staff members of its lines, each once, in order of appearance.
    pub fn staff_ids(&self) -> Vec<StaffId> {
        let mut ids = Vec::with_capacity(self.lines.len());
        for line in &self.lines {
            if let Some(id) = line.staff_id
                && !ids.contains(&id)
            {
                ids.push(id);
            }
        }
        ids
    }

    /// Its currency.
    pub fn currency(&self) -> Currency {
        self.total.currency
    }

    /// What calling it off at this instant costs its client. Before it is agreed it is free: nothing was promised.
    pub fn cost_of_cancelling(&self, at: DateTime<Utc>) -> Cost {
        if self.status == Status::Pending { Cost::default() } else { self.policy.cancellation.cancelling(at) }
    }

    /// Whether its client may still do something with it alone: from its start on it is the company's to say what became of it.
    pub fn is_ahead(&self, at: DateTime<Utc>) -> bool {
        at < self.starts_at
    }

    /// What a status transition looks at.
    pub fn moment(&self, now: DateTime<Utc>) -> Moment {
        Moment {
            now,
            starts_at: self.starts_at,
            since: self.status_since,
            grace_minutes: self.policy.no_show_grace_minutes,
        }
    }
}

/// The booking rules as they were when the visit was agreed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Least minutes between booking and start.
    pub notice_minutes: u32,
    /// Days ahead that could be booked.
    pub horizon_days: u16,
    /// Whether staff had to approve it.
    pub approval_required: bool,
    /// Minutes after the start before which the client was no no-show.
    #[serde(default = "usual_grace")]
    pub no_show_grace_minutes: u16,
    /// What calling it off costs, and until when the client may move it.
    #[serde(default)]
    pub cancellation: Terms,
}

/// What held for bookings of before the grace could be set.
const fn usual_grace() -> u16 {
    10
}

/// On whose wish a booking is moved or called off.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, async_graphql::Enum)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[graphql(name = "BookingInitiator")]
pub enum Initiator {
    /// On the company's: the client's terms do not bind it.
    #[default]
    Staff,
    /// On the client's: their cancellation terms hold.
    Client,
}

/// Why a visit does not take place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, async_graphql::Enum)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[graphql(name = "BookingCancelReason")]
pub enum CancelReason {
    /// The client asked for it.
    ClientRequest,
    /// The staff member cannot.
    StaffUnavailable,
    /// The place or equipment cannot.
    ResourceUnavailable,
    /// It was booked twice.
    Duplicate,
    /// Nobody answered in time.
    Timeout,
    /// Something else; the note says what.
    Other,
}

impl CancelReason {
    const ALL: [Self; 6] = [
        Self::ClientRequest,
        Self::StaffUnavailable,
        Self::ResourceUnavailable,
        Self::Duplicate,
        Self::Timeout,
        Self::Other,
    ];

    /// The stored form.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClientRequest => "CLIENT_REQUEST",
            Self::StaffUnavailable => "STAFF_UNAVAILABLE",
            Self::ResourceUnavailable => "RESOURCE_UNAVAILABLE",
            Self::Duplicate => "DUPLICATE",
            Self::Timeout => "TIMEOUT",
            Self::Other => "OTHER",
        }
    }

    /// Reads the stored form.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == text)
    }
}
