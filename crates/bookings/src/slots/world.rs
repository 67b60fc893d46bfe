//! The small tables that a decision looks at, from one snapshot or transaction, and whose eyes it looks with.

use crate::Bookings;
use crate::permissions::{BOOKINGS_ALL, BOOKINGS_OWN};
use access::Cx;
use cache::Cache;
use catalog::{CancellationPolicies, Resources, Service, Services};
use chrono::{DateTime, Utc};
use db::{Reader, Stamp, Tx};
use kernel::{Error, Result};
use staff::{BusyTimes, Schedules, StaffId, StaffMember, StaffTable};
use std::sync::Arc;
use tenancy::{CompanySettings, Location, LocationId, Locations};

/// The small tables of a company. From the cache outside a transaction, from the rows inside one.
#[derive(Clone)]
pub(crate) struct World {
    /// Where days of taken time are kept.
    pub(super) cache: Cache,
    /// The stamps that the tables were read under.
    seen: [(&'static str, Stamp); 4],
    /// When they were read.
    pub(crate) now: DateTime<Utc>,
    pub(crate) settings: Arc<CompanySettings>,
    pub(crate) locations: Arc<Locations>,
    pub(crate) services: Arc<Services>,
    pub(crate) resources: Arc<Resources>,
    pub(crate) policies: Arc<CancellationPolicies>,
    pub(crate) members: Arc<StaffTable>,
    pub(crate) schedules: Arc<Schedules>,
    pub(crate) busy_times: Arc<BusyTimes>,
}

impl World {
    pub(crate) async fn load(bookings: &Bookings, r: &Reader) -> Result<Self> {
        Ok(Self {
            cache: bookings.cache.clone(),
            seen: [tenancy::STAMP, catalog::STAMP, staff::STAMP, staff::BUSY_STAMP]
                .map(|table| (table, r.stamp(table))),
            now: r.now(),
            settings: bookings.tenancy.settings(r).await?,
            locations: bookings.tenancy.locations(r).await?,
            services: bookings.catalog.services(r).await?,
            resources: bookings.catalog.resources(r).await?,
            policies: bookings.catalog.cancellation_policies(r).await?,
            members: bookings.staff.members(r).await?,
            schedules: bookings.staff.schedules(r).await?,
            busy_times: bookings.staff.busy_times(r).await?,
        })
    }

    /// The tables as they are in a transaction that holds its locks: the `planned` ones where nothing changed since, which
    /// spares the transaction a dozen statements while others wait for it.
    pub(crate) async fn load_in(bookings: &Bookings, tx: &Tx, planned: &Self) -> Result<Self> {
        if tx.unchanged(&planned.seen).await? { Ok(planned.clone()) } else { Self::load(bookings, tx).await }
    }

    /// A location where something can be booked.
    pub(crate) fn location(&self, id: LocationId) -> Result<&Location> {
        self.locations.get(id).filter(|location| !location.archived).ok_or_else(Error::not_found)
    }
}

/// Whose eyes a schedule is looked at with: it decides which services and people exist at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    /// A client on a web page: what the public catalogue offers.
    Public,
    /// Somebody who runs their own calendar alone; none when they have no staff profile.
    Own(Option<StaffId>),
    /// Somebody who runs the whole calendar.
    Everybody,
}

impl Audience {
    /// The widest that the caller may have.
    pub(crate) fn of(cx: &Cx, members: &StaffTable) -> Self {
        if Self::is_stranger(cx) {
            Self::Public
        } else if cx.can(BOOKINGS_ALL) {
            Self::Everybody
        } else {
            Self::Own(own_profile(cx, members))
        }
    }

    /// Whether the caller may do no more than a client on a web page.
    pub(crate) fn is_stranger(cx: &Cx) -> bool {
        cx.is_public() || !(cx.can(BOOKINGS_ALL) || cx.can(BOOKINGS_OWN))
    }

    pub(crate) fn sees_service(self, service: &Service) -> bool {
        self != Self::Public || service.open_to_public()
    }

    pub(crate) fn sees_member(self, member: &StaffMember) -> bool {
        match self {
            Self::Public => member.listed_publicly(),
            Self::Own(own) => own == Some(member.id),
            Self::Everybody => true,
        }
    }
}

/// The staff profile of the user who is asking.
pub(crate) fn own_profile(cx: &Cx, members: &StaffTable) -> Option<StaffId> {
    cx.user().ok().and_then(|user| members.of_user(user)).map(|member| member.id)
}
