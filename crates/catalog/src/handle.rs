//! The crate's handle: what other crates and the resolvers hold.

use crate::cancellation_policy::CancellationPolicies;
use crate::category::Categories;
use crate::resource::Resources;
use crate::services::Services;
use cache::Cache;
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
        self.cache.small_table(r, "catalog.services", STAMP, || crate::services::load(r)).await
    }

    /// Every category of the reader's company; see [`Catalog::services`].
    pub async fn categories(&self, r: &Reader) -> Result<Arc<Categories>> {
        self.cache.small_table(r, "catalog.categories", STAMP, || crate::category::load(r)).await
    }

    /// Every cancellation policy of the reader's company; see [`Catalog::services`].
    pub async fn cancellation_policies(&self, r: &Reader) -> Result<Arc<CancellationPolicies>> {
        self.cache.small_table(r, "catalog.cancellation_policies", STAMP, || crate::cancellation_policy::load(r)).await
    }

    /// Every resource type, unit and maintenance window of the reader's company; see [`Catalog::services`].
    pub async fn resources(&self, r: &Reader) -> Result<Arc<Resources>> {
        self.cache.small_table(r, "catalog.resources", STAMP, || crate::resource::load(r)).await
    }
}

/// Registers what this crate reacts to: nothing yet, its facts are read by others.
pub fn register(_registrar: &mut jobs::Registrar, _catalog: &Catalog) {}
