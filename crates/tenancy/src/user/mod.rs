//! A person with an account: how they register, prove their address, and keep or regain their password.
//! One answer for known and unknown addresses, in text and in time: who has an account is nobody's business.

pub(crate) mod entity;
mod graphql;
pub(crate) mod password;
pub(crate) mod repo;
pub(crate) mod service;

use chrono::{DateTime, Utc};
use kernel::{Email, Locale, UserId};

pub use graphql::{UserMutation, UserObject, UserQuery};
pub use password::PasswordWork;
pub(crate) use service::link_invalid;
pub use service::{NewUser, UserChange};

/// How long the link that proves an address works.
pub const VERIFICATION_HOURS: i64 = 48;
/// How long the link that sets a new password works.
pub const RESET_HOURS: i64 = 1;

/// A person with an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// Their address, with which they log in.
    pub email: Email,
    /// Their name.
    pub name: String,
    /// The language we write to them in.
    pub locale: Locale,
    /// When they proved the address.
    pub email_verified_at: Option<DateTime<Utc>>,
    /// When they registered.
    pub created_at: DateTime<Utc>,
    /// Counts edits; an edit names the one it saw.
    pub version: i32,
}
