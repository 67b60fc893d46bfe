//! The calendar for other calendars: feeds in the iCalendar format, each behind a secret address that is shown once and can
//! be revoked, and the entry of one visit behind a signed link.
//!
//! A feed shows what its maker may see now: when they lose that right, or leave, the address is as unknown as any other.

mod entity;
pub mod graphql;
mod ics;
mod repo;
mod service;
mod token;

pub use service::{NewFeed, Published};

use chrono::{DateTime, Utc};
use kernel::UserId;
use serde::Serialize;
use staff::StaffId;
use tenancy::LocationId;

kernel::id! {
    /// A feed.
    pub struct FeedId("fed");
}

/// Feeds that a company may have at once.
pub const MAX_FEEDS: u64 = 200;
/// Days before today whose visits a feed shows.
pub const PAST_DAYS: i64 = 30;
/// Days after today whose visits a feed shows.
pub const FUTURE_DAYS: i64 = 400;
/// Entries in a feed: the earliest ones of its days.
pub const MAX_ENTRIES: u64 = 5_000;

/// Whose visits a feed shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Scope {
    /// Everybody's.
    Company,
    /// Those at a location.
    Location(LocationId),
    /// What a staff member does.
    Staff(StaffId),
}

/// A feed; not its address, of which a hash alone is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    /// Its id.
    pub id: FeedId,
    /// What people call it.
    pub name: String,
    /// Whose visits it shows.
    pub scope: Scope,
    /// Whether entries say who comes.
    pub client_names: bool,
    /// Who made it, and whose rights it has.
    pub created_by: Option<UserId>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When its address last became another one.
    pub rotated_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
    /// Goes up with each change.
    pub version: i32,
}
