//! A company: the tenant, its settings, and how it comes to be (with its first location and its administrator).
//! The slug is its name in addresses and unique in the installation. The currency never changes: money is recorded in it.

pub(crate) mod entity;
mod graphql;
mod limits;
mod page;
pub(crate) mod repo;
pub(crate) mod service;

use chrono_tz::Tz;
use kernel::{CompanyId, Currency, Locale};
use serde::{Deserialize, Serialize};

pub use graphql::{CompanyMutation, CompanyObject, CompanyQuery};
pub use limits::{BookingLimits, BookingLimitsChange};
pub use service::{CompanyChange, NewCompany};

/// Default distance to the last bookable day, in days.
pub const DEFAULT_HORIZON_DAYS: u16 = 60;
/// Default life of a hold, in minutes.
pub const DEFAULT_HOLD_MINUTES: u16 = 10;
/// Default time that an extension adds to a hold, in minutes.
pub const DEFAULT_HOLD_EXTENSION_MINUTES: u16 = 10;
/// Default time after the start before which nobody is a no-show, in minutes.
pub const DEFAULT_NO_SHOW_GRACE_MINUTES: u16 = 10;
/// Default time that a booking waits for approval or prepayment, in minutes: a day.
pub const DEFAULT_PENDING_MINUTES: u16 = 24 * 60;

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
    /// Whether online bookings wait for the company's approval, unless the service says otherwise.
    pub approval_required: bool,
    /// Minutes after the start before which nobody is a no-show: 0 to 240.
    pub no_show_grace_minutes: u16,
    /// How long a booking waits for approval or prepayment, in elapsed minutes, and never beyond its start.
    pub pending_minutes: u16,
    /// What an extension adds to a hold, in minutes: 2 to 30.
    pub hold_extension_minutes: u16,
    /// How much of one kind the company takes on.
    pub limits: BookingLimits,
    /// The page on which clients see, move and cancel a visit by the link of a letter; none: the installation's own.
    #[serde(default)]
    pub client_page: Option<String>,
    /// Counts edits; an edit names the one it saw.
    pub version: i32,
}
