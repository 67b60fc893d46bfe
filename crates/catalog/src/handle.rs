//! The crate's handle: what other crates and the resolvers hold.

use crate::cancellation_policy::CancellationPolicies;
use crate::category::Categories;
use crate::resource::Resources;
use crate::services::Services;
use cache::{Cache, StampedKey};
use db::{Db, Reader};
use jobs::Jobs;
use kernel::Result;
use std::sync::Arc;
use tenancy::Tenancy;

/// The name of the stamp that every write of this crate renews.
pub const STAMP: &str = "catalog";

/// The catalogue: use cases for people, snapshots for other crates. Cheap to clone.
#[derive(Clone)]
pub struct Catalog {
    pub(crate) db: Db,
    pub(crate) cache: Cache,
    pub(crate) jobs: Jobs,
    pub(crate) tenancy: Tenancy,
}

impl Catalog {
    /// The catalogue over these.
    pub fn new(db: Db, cache: Cache, jobs: Jobs, tenancy: Tenancy) -> Self {
        Self { db, cache, jobs, tenancy }
    }

    /// Every service of the reader's company, archived ones too: from the cache outside a transaction, from the
    /// tables inside one. For other crates: it checks the company, not the role.
    pub async fn services(&self, r: &Reader) -> Result<Arc<Services>> {
        if r.in_transaction() {
            return crate::services::load(r).await.map(Arc::new);
        }
        let key = StampedKey { company: r.company(), table: "catalog.services", stamp: r.stamp(STAMP).0 };
        self.cache.stamped(key, crate::services::load(r)).await
    }

    /// Every category of the reader's company; see [`Catalog::services`].
    pub async fn categories(&self, r: &Reader) -> Result<Arc<Categories>> {
        if r.in_transaction() {
            return crate::category::load(r).await.map(Arc::new);
        }
        let key = StampedKey { company: r.company(), table: "catalog.categories", stamp: r.stamp(STAMP).0 };
        self.cache.stamped(key, crate::category::load(r)).await
    }

    /// Every cancellation policy of the reader's company; see [`Catalog::services`].
    pub async fn cancellation_policies(&self, r: &Reader) -> Result<Arc<CancellationPolicies>> {
        if r.in_transaction() {
            return crate::cancellation_policy::load(r).await.map(Arc::new);
        }
        let key = StampedKey { company: r.company(), table: "catalog.cancellation_policies", stamp: r.stamp(STAMP).0 };
        self.cache.stamped(key, crate::cancellation_policy::load(r)).await
    }

    /// Every resource type, unit and maintenance window of the reader's company; see [`Catalog::services`].
    pub async fn resources(&self, r: &Reader) -> Result<Arc<Resources>> {
        if r.in_transaction() {
            return crate::resource::load(r).await.map(Arc::new);
        }
        let key = StampedKey { company: r.company(), table: "catalog.resources", stamp: r.stamp(STAMP).0 };
        self.cache.stamped(key, crate::resource::load(r)).await
    }
}

/// Registers what this crate reacts to: nothing yet, its facts are read by others.
pub fn register(_registrar: &mut jobs::Registrar, _catalog: &Catalog) {}
