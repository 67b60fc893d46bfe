//! A staff member: somebody who performs services, with or without a login.

mod draft;
mod entity;
mod filter;
pub(crate) mod graphql;
mod performs;
mod repo;
mod service;
mod table;

use catalog::{Localized, ServiceId};
use chrono::NaiveDate;
use kernel::{Money, UserId};
use serde::{Deserialize, Serialize};
use tenancy::LocationId;

pub use draft::{MemberDraft, MemberPatch};
pub use filter::MemberFilter;
pub use performs::PerformsDraft;
pub(crate) use repo::load;
pub use table::StaffTable;

kernel::id! {
    /// A staff member.
    pub struct StaffId("stf");
}

/// A profile: who somebody is to the clients and to the calendar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffMember {
    /// Their id.
    pub id: StaffId,
    /// The user that they log in as, a member of the company; many have none.
    pub user_id: Option<UserId>,
    /// The name that clients see.
    pub name: String,
    /// What they are, such as "top stylist"; may be empty.
    pub title: Localized,
    /// A text about them for clients; may be empty.
    pub bio: Localized,
    /// Where they work; empty means at every location.
    pub location_ids: Vec<LocationId>,
    /// What they perform, ordered by service id.
    pub performs: Vec<Performs>,
    /// The colour in the calendar: `#rrggbb`.
    pub color: Option<String>,
    /// Can clients book them themselves?
    pub bookable_online: bool,
    /// How many bookings they may have at once; 1 unless they are known to work in parallel.
    pub lanes: u8,
    /// The first day of their employment.
    pub employed_from: Option<NaiveDate>,
    /// The last day of their employment.
    pub employed_to: Option<NaiveDate>,
    /// Where they stand in lists, smallest first.
    pub position: i32,
    /// Have they left?
    pub archived: bool,
    /// Goes up with each edit of the profile, of what they perform and of their hours.
    pub version: i32,
}

/// A service that a staff member performs, with what differs for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Performs {
    /// The service.
    pub service_id: ServiceId,
    /// Their own duration; `None` takes the service's.
    pub duration_minutes: Option<u16>,
    /// Their own price, in the company's currency; `None` takes the service's.
    pub price: Option<Money>,
}

impl StaffMember {
    /// What they perform of this service, if they do.
    pub fn performs(&self, service: ServiceId) -> Option<&Performs> {
        self.performs.iter().find(|performs| performs.service_id == service)
    }

    /// May they work at this location?
    pub fn works_at(&self, location: LocationId) -> bool {
        self.location_ids.is_empty() || self.location_ids.contains(&location)
    }

    /// Are they employed on this day?
    pub fn employed_on(&self, date: NaiveDate) -> bool {
        self.employed_from.is_none_or(|from| from <= date) && self.employed_to.is_none_or(|to| date <= to)
    }

    /// Does the public see them?
    pub fn listed_publicly(&self) -> bool {
        self.bookable_online && !self.archived
    }
}
