//! The crate's handle: what other crates and the resolvers hold.

use crate::busy_calendar::{BusyTimes, RefreshBusyCalendar};
use crate::member::StaffTable;
use crate::schedule::Schedules;
use cache::Cache;
use catalog::Catalog;
use db::{Db, Reader};
use jobs::{Delivery, Jobs, Tick};
use kernel::Result;
use outbound::Outbound;
use std::sync::Arc;
use std::time::Duration;
use tenancy::Tenancy;

/// The name of the stamp that every write of this crate renews.
pub const STAMP: &str = "staff";

/// The name of the stamp that imported busy time renews: it changes by itself and often, and takes no other snapshot along.
pub const BUSY_STAMP: &str = "staff_busy";

/// The staff: use cases for people, snapshots for other crates. Cheap to clone.
#[derive(Clone)]
pub struct Staff {
    pub(crate) db: Db,
    pub(crate) cache: Cache,
    pub(crate) jobs: Jobs,
    pub(crate) tenancy: Tenancy,
    pub(crate) catalog: Catalog,
    pub(crate) outbound: Outbound,
}

impl Staff {
    /// The staff over these.
    pub fn new(db: Db, cache: Cache, jobs: Jobs, tenancy: Tenancy, catalog: Catalog, outbound: Outbound) -> Self {
        Self { db, cache, jobs, tenancy, catalog, outbound }
    }

    /// Every staff member of the reader's company, archived ones too: from the cache outside a transaction, from
    /// the tables inside one. For other crates: it checks the company, not the role.
    pub async fn members(&self, r: &Reader) -> Result<Arc<StaffTable>> {
        self.cache.small_table(r, "staff.members", STAMP, || crate::member::load(r)).await
    }

    /// The hours of everybody in the reader's company; see [`Staff::members`].
    pub async fn schedules(&self, r: &Reader) -> Result<Arc<Schedules>> {
        self.cache.small_table(r, "staff.schedules", STAMP, || crate::schedule::load(r)).await
    }

    /// When other calendars say that people of the reader's company are busy; see [`Staff::members`].
    pub async fn busy_times(&self, r: &Reader) -> Result<Arc<BusyTimes>> {
        self.cache.small_table(r, "staff.busy_times", BUSY_STAMP, || crate::busy_calendar::load(r)).await
    }
}

/// How often subscriptions are looked for that nobody reads any more.
const LOOK: Duration = Duration::from_hours(6);

/// Registers the jobs of this crate; it reacts to nothing, its facts are read by others.
pub fn register(registrar: &mut jobs::Registrar, staff: &Staff) {
    let handle = staff.clone();
    registrar.every_company("staff.resume_busy_calendars", LOOK, move |cx: access::Cx, _tick: Delivery<Tick>| {
        let staff = handle.clone();
        async move { Ok(staff.resume_forgotten_calendars(&cx).await?) }
    });
    let handle = staff.clone();
    registrar.job(move |cx: access::Cx, delivery: Delivery<RefreshBusyCalendar>| {
        let staff = handle.clone();
        async move { Ok(Box::pin(staff.refresh_due_calendar(&cx, delivery.payload)).await?) }
    });
}
