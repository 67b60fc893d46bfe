//! The stamped snapshot: a company's settings and locations, which every calendar page and booking needs.
//! Outside a transaction they come from the cache under the stamp `tenancy` of the reader; inside one from the tables, so
//! that what it has written itself is seen. Whoever writes them touches the stamp.

use std::sync::Arc;

use db::Reader;
use kernel::{Error, Result};

use crate::company::{self, CompanySettings};
use crate::handle::Tenancy;
use crate::location::{self, Locations};

/// The name of the stamp that every write to settings, locations, hours and closures renews.
pub const STAMP: &str = "tenancy";

impl Tenancy {
    /// The company's settings as this reader sees them.
    pub async fn settings(&self, reader: &Reader) -> Result<Arc<CompanySettings>> {
        self.cache().small_table(reader, "tenancy.settings", STAMP, || load_settings(reader)).await
    }

    /// The company's locations, with opening hours and closures, as this reader sees them.
    pub async fn locations(&self, reader: &Reader) -> Result<Arc<Locations>> {
        self.cache().small_table(reader, "tenancy.locations", STAMP, || load_locations(reader)).await
    }
}

async fn load_settings(reader: &Reader) -> Result<CompanySettings> {
    company::repo::find(reader, reader.company()).await?.ok_or_else(Error::not_found)
}

async fn load_locations(reader: &Reader) -> Result<Locations> {
    location::repo::list(reader).await.map(Locations::from)
}
