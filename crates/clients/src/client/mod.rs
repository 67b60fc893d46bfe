//! A client's card: who somebody is to a company, how to reach them, what they like, whether they are welcome.
//!
//! Phones and e-mails are not unique: families share them, people mistype them. Only the card's id identifies.
//! Visits are not here: bookings know them (see `ports.rs`).

mod amend;
mod bulk;
mod entity;
pub(crate) mod graphql;
mod keys;
mod loader;
pub(crate) mod repo;
mod search;
pub(crate) mod service;

use chrono::{DateTime, NaiveDate, Utc, Weekday};
use kernel::{Email, Locale, Phone, UserId, WallInterval};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use amend::{ClientChange, NewClient, NewPreferences};
pub use repo::ClientOrder;
pub use search::ClientFilter;
pub use service::{Attached, Contact};

kernel::id! {
    /// A client's card.
    pub struct ClientId("cli");
    /// A staff member as named by a client's preferences; staff itself lives above this crate.
    pub struct PreferredStaffId("stf");
}

/// One client of one company.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Client {
    /// The card's id.
    pub id: ClientId,
    /// What they are called.
    pub name: String,
    /// Phones, the preferred one first.
    pub phones: Vec<Phone>,
    /// E-mail addresses, the preferred one first.
    pub emails: Vec<Email>,
    /// Date of birth.
    pub birthday: Option<NaiveDate>,
    /// The company's own marks, in the order in which they were given.
    pub tags: Vec<String>,
    /// Where they heard of the company.
    pub source: Option<String>,
    /// The language to write to them in; None: the company's.
    pub language: Option<Locale>,
    /// What they like.
    pub preferences: Preferences,
    /// Set while they are on the block list.
    pub block: Option<Block>,
    /// Their last word about advertising; None: never asked.
    pub consent: Option<Consent>,
    /// The member who added the card; None: it came from the public side or the server.
    pub created_by: Option<UserId>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// Grows with each change.
    pub version: i32,
    /// When it was put away.
    pub archived_at: Option<DateTime<Utc>>,
}

/// What a client likes. Wishes, not rules: they sort and remind, and refuse nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preferences {
    /// People they like to come to, the favourite first.
    pub staff: Vec<PreferredStaffId>,
    /// Days that suit them; empty: any.
    pub weekdays: Vec<Weekday>,
    /// Times of day that suit them; empty: any.
    pub hours: Vec<WallInterval>,
    /// How they like to be reached.
    pub channel: Option<ContactChannel>,
    /// Anything else: drinks, music, a quiet chair.
    pub note: Option<String>,
}

/// A way to reach somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, async_graphql::Enum)]
#[serde(rename_all = "lowercase")]
pub enum ContactChannel {
    /// By e-mail.
    Email,
    /// By text message.
    Sms,
    /// By a call.
    Phone,
    /// Not at all, unless something goes wrong.
    None,
}

/// Why and since when a client is on the block list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// Since when.
    pub since: DateTime<Utc>,
    /// What staff wrote; the client never sees it.
    pub reason: String,
}

/// A client's word about advertising, as proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// Whether they agreed.
    pub given: bool,
    /// When they said so.
    pub at: DateTime<Utc>,
    /// The sentence that they were shown.
    pub wording: String,
}

impl cache::Versioned for Client {
    const TABLE: &'static str = "clients.client";

    fn version(&self) -> (Uuid, i32) {
        (self.id.uuid(), self.version)
    }

    fn bytes(&self) -> usize {
        // Phones, addresses and tags are few and short.
        size_of::<Self>() + self.name.len() + 48 * (self.phones.len() + self.emails.len() + self.tags.len())
    }
}

impl Client {
    /// Whether the card was put away.
    pub fn is_archived(&self) -> bool {
        self.archived_at.is_some()
    }

    /// Whether they may not book by themselves.
    pub fn is_blocked(&self) -> bool {
        self.block.is_some()
    }

    /// The language to write to them in.
    pub fn language(&self, company: Locale) -> Locale {
        self.language.unwrap_or(company)
    }

    /// A card with a name still to come.
    fn blank(id: ClientId, created_by: Option<UserId>, now: DateTime<Utc>) -> Self {
        Self {
            id,
            name: String::new(),
            phones: Vec::new(),
            emails: Vec::new(),
            birthday: None,
            tags: Vec::new(),
            source: None,
            language: None,
            preferences: Preferences::default(),
            block: None,
            consent: None,
            created_by,
            created_at: now,
            updated_at: now,
            version: 1,
            archived_at: None,
        }
    }
}

impl Preferences {
    /// The staff members it names, for the crate that knows them.
    fn staff_uuids(&self) -> Vec<Uuid> {
        self.staff.iter().map(|id| id.uuid()).collect()
    }
}
