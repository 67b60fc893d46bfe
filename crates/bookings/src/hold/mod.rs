//! A hold: a slot kept for a few minutes for whoever has its token, while they fill in a form.
//!
//! The token is shown once; its hash is stored. A hold blocks everybody but its owner. It ends by becoming a booking, by
//! being given back, or by time: whoever locks a subject first takes dead holds off it, the sweep does the rest. It is
//! extended once, when a payment starts; one that ran out a little while ago may still take its slot again, if it is free.

pub(crate) mod entity;
pub mod graphql;
pub(crate) mod repo;
pub mod service;
mod token;

pub use token::HoldToken;

use crate::availability::Rule;
use crate::booking::Line;
use crate::session::{GroupSessionId, Seats};
use crate::waitlist::WaitlistEntryId;
use chrono::{DateTime, Duration, NaiveDate, Utc};
use chrono_tz::Tz;
use clients::ClientId;
use kernel::Currency;
use tenancy::LocationId;

kernel::id! {
    /// A hold.
    pub struct HoldId("hld");
}

/// Live holds that a client (a page's key at one network address) may have at once.
pub const MAX_LIVE_HOLDS: u64 = 5;
/// Live holds that a member of staff, or a program with a secret key, may have at once: they serve many clients.
pub const MAX_LIVE_HOLDS_OF_STAFF: u64 = 100;

/// Live holds that one client's card may have at once, whoever made them.
pub const MAX_LIVE_HOLDS_OF_CLIENT: u64 = 5;
/// Live holds of a company beyond which strangers get no more. It stops floods from many addresses; requests at the same
/// moment may pass it by a few.
pub const MAX_LIVE_HOLDS_OF_COMPANY: u64 = 2_000;
/// Minutes after its end in which a hold may still become a booking, if its slot is free: a payment may succeed late.
pub const LATE_MINUTES: i64 = 60;

/// A slot kept for somebody.
#[derive(Debug, Clone)]
pub struct Hold {
    /// Its id.
    pub id: HoldId,
    /// Who has it, as the caps count them.
    pub holder: String,
    /// Where it stands.
    pub state: State,
    /// The branch.
    pub location_id: LocationId,
    /// Whose visit it will be, when that is known.
    pub client_id: Option<ClientId>,
    /// Start of the first line, without buffers.
    pub starts_at: DateTime<Utc>,
    /// End of the last line, without buffers.
    pub ends_at: DateTime<Utc>,
    /// The location's zone when it was held.
    pub zone: Tz,
    /// The date in that zone.
    pub local_date: NaiveDate,
    /// The currency of the lines' prices.
    pub currency: Currency,
    /// The lines as they would be booked.
    pub lines: Vec<Line>,
    /// Rules that staff set aside by name.
    pub overrides: Vec<Rule>,
    /// When it ends by itself.
    pub expires_at: DateTime<Utc>,
    /// Whether it was extended; once is all.
    pub extended: bool,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// The session that it keeps seats of; then its lines occupy nothing of their own.
    pub session_id: Option<GroupSessionId>,
    /// For how many people: seats of a session.
    pub party_size: u16,
}

impl Hold {
    /// Whether it still keeps its slot.
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.state == State::Live && now < self.expires_at
    }

    /// Whether it was offered to somebody who waited.
    pub(crate) fn is_offer(&self) -> bool {
        self.holder.starts_with(OFFERED)
    }

    /// The seats that it keeps, if it is seats that it keeps.
    pub fn seats(&self) -> Option<Seats> {
        self.session_id.map(|session| Seats { session, party: self.party_size })
    }

    /// Whether it ran out so lately, before its visit, that its owner may still take the slot again. Seats and offers are
    /// given to the next who waits.
    pub fn is_late(&self, now: DateTime<Utc>) -> bool {
        let may_return = self.session_id.is_none() && !self.is_offer();
        matches!(self.state, State::Live | State::Expired)
            && may_return
            && self.expires_at <= now
            && now < self.expires_at + Duration::minutes(LATE_MINUTES)
            && now < self.starts_at
    }
}

/// The holder of what is held for somebody who waits: counted with nobody's own holds.
pub(crate) fn offered_to(entry: WaitlistEntryId) -> String {
    format!("{OFFERED}{entry}")
}

const OFFERED: &str = "waitlist:";

/// Where a hold stands. Only a live one blocks, and only until it expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Keeps its slot.
    Live,
    /// Became a booking.
    Consumed,
    /// Was given back.
    Released,
    /// Ran out.
    Expired,
}

impl State {
    const ALL: [Self; 4] = [Self::Live, Self::Consumed, Self::Released, Self::Expired];

    /// The stored form.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "LIVE",
            Self::Consumed => "CONSUMED",
            Self::Released => "RELEASED",
            Self::Expired => "EXPIRED",
        }
    }

    /// Reads the stored form.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}
