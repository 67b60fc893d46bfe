//! A message: one letter to one recipient because of one event, from the promise to its delivery.
//!
//! There is one per event, channel and recipient, so that nothing is sent twice. Its text isn't kept: it is written at
//! the moment of sending from what is true then, and not at all when it is no longer true.

mod compose;
mod entity;
pub(crate) mod graphql;
mod obsolete;
mod queue;
mod read;
mod repo;
mod send;

use async_graphql::Enum;
use bookings::{BookingId, HoldId};
use chrono::{DateTime, Utc};
use clients::ClientId;
use kernel::Locale;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use read::MessageFilter;
pub(crate) use send::SendMessage;

use crate::letter::Letter;

kernel::id! {
    /// A message.
    pub struct MessageId("msg");
}

/// One letter to one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its id; the Message-ID of its mail is made of it.
    pub id: MessageId,
    /// The event that asked for it.
    pub event_id: Uuid,
    /// Which letter.
    pub letter: Letter,
    /// By which way.
    pub channel: Channel,
    /// The address it goes to; empty when there is none.
    pub recipient: String,
    /// The language it is written in.
    pub language: Locale,
    /// The client it is to.
    pub client_id: Option<ClientId>,
    /// The booking it is about.
    pub booking_id: Option<BookingId>,
    /// What it was promised for.
    pub(crate) facts: Facts,
    /// What became of it.
    pub state: State,
    /// Why it was not sent, or not yet.
    pub reason: Option<Reason>,
    /// How often it was tried to hand it over.
    pub attempts: u32,
    /// When it was promised.
    pub queued_at: DateTime<Utc>,
    /// When it was sent or given up.
    pub finished_at: Option<DateTime<Utc>>,
}

/// What a letter was promised for: ids and times to compare with what is true when it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Facts {
    /// A visit at this time.
    Visit {
        /// When it starts.
        starts_at: DateTime<Utc>,
        /// When it was to start and end before it was moved.
        was: Option<(DateTime<Utc>, DateTime<Utc>)>,
        /// When the other visits start that the same letter tells of.
        #[serde(default)]
        also: Vec<DateTime<Utc>>,
    },
    /// A slot that is held for somebody who waited.
    Offer {
        /// The hold.
        hold: HoldId,
        /// Until when it is held.
        until: DateTime<Utc>,
    },
    /// Something about an account or an invitation: its id.
    Account(Uuid),
}

/// The way a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
#[graphql(name = "MessageChannel")]
pub enum Channel {
    /// By e-mail.
    Email,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
#[graphql(name = "MessageState")]
pub enum State {
    /// Promised, not sent yet.
    Queued,
    /// The mail server took it.
    Sent,
    /// It could not be sent.
    Failed,
    /// It was not to be sent any more, or never could be.
    Skipped,
}

/// Why a message was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
#[graphql(name = "MessageReason")]
pub enum Reason {
    /// The client has no address for this channel.
    NoAddress,
    /// The address was taken off the client's card meanwhile.
    AddressChanged,
    /// The visit has another time or state than the letter would say; a later letter tells the rest.
    Superseded,
    /// The visit has begun or is over.
    Past,
    /// The link in it was used, replaced or has expired.
    NotNeeded,
    /// The mail server refused the address or the mail for good.
    Refused,
    /// The mail server could not be reached or did not take it in many tries.
    Unavailable,
}

/// Names stored in rows.
macro_rules! stored {
    ($kind:ident { $($variant:ident = $name:literal),+ $(,)? }) => {
        impl $kind {
            /// The name stored in rows.
            pub(crate) const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// The value of a stored name.
            pub(crate) fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

stored!(Channel { Email = "email" });
stored!(State { Queued = "queued", Sent = "sent", Failed = "failed", Skipped = "skipped" });
stored!(Reason {
    NoAddress = "no_address",
    AddressChanged = "address_changed",
    Superseded = "superseded",
    Past = "past",
    NotNeeded = "not_needed",
    Refused = "refused",
    Unavailable = "unavailable",
});
