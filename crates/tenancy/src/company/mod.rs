//! A company: the tenant, its settings, and how it comes to be (with its first location and its administrator).
//! The slug is its name in addresses and unique in the installation. The currency never changes: money is recorded in it.

pub(crate) mod entity;
mod graphql;
pub(crate) mod repo;
pub(crate) mod service;

use chrono_tz::Tz;
use kernel::{CompanyId, Currency, Locale};
use serde::{Deserialize, Serialize};

pub use graphql::{CompanyMutation, CompanyObject, CompanyQuery};
pub use service::{CompanyChange, NewCompany};

/// Default distance to the last bookable day, in days.
pub const DEFAULT_HORIZON_DAYS: u16 = 60;
/// Default life of a hold, in minutes.
pub const DEFAULT_HOLD_MINUTES: u16 = 10;

/// A company and how it takes bookings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompanySettings {
    /// Its id.
    pub id: CompanyId,
    /// Its name.
    pub name: String,
    /// Its name in addresses.
    pub slug: String,
    /// The currency of all its money.
    pub currency: Currency,
    /// The language of its messages where the client's is not known, and of its sorting.
    pub locale: Locale,
    /// The zone of its reports and of new locations.
    pub zone: Tz,
    /// How long before its start a visit can still be booked, in elapsed minutes.
    pub notice_minutes: u32,
    /// How many local days ahead a visit can be booked; the last one counts whole.
    pub horizon_days: u16,
    /// How long a hold keeps a slot, in minutes: 2 to 30.
    pub hold_minutes: u16,
    /// Whether online bookings wait for the company's approval.
    pub approval_required: bool,
    /// Counts edits; an edit names the one it saw.
    pub version: i32,
}
