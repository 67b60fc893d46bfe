//! The crate's handle: what other crates and the resolvers hold.

use crate::member::StaffTable;
use crate::schedule::Schedules;
use cache::Cache;
use catalog::Catalog;
use db::{Db, Reader};
use jobs::Jobs;
use kernel::Result;
use std::sync::Arc;
use tenancy::Tenancy;

/// The name of the stamp that every write of this crate renews.
pub const STAMP: &str = "staff";

/// The staff: use cases for people, snapshots for other crates. Cheap to clone.
#[derive(Clone)]
pub struct Staff {
    pub(crate) db: Db,
    pub(crate) cache: Cache,
    pub(crate) jobs: Jobs,
    pub(crate) tenancy: Tenancy,
    pub(crate) catalog: Catalog,
}

impl Staff {
    /// The staff over these.
    pub fn new(db: Db, cache: Cache, jobs: Jobs, tenancy: Tenancy, catalog: Catalog) -> Self {
        Self { db, cache, jobs, tenancy, catalog }
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
}

/// Registers what this crate reacts to: nothing yet, its facts are read by others.
pub fn register(_registrar: &mut jobs::Registrar, _staff: &Staff) {}
