//! Reading the audit log.

use access::Cx;
use db::Reader;
use jobs::{Entry, EventId, HistoryFilter};
use kernel::{Error, Page, PageRequest, Result};

use crate::handle::Tenancy;
use crate::permissions::AUDIT_READ;

/// The most names in a filter.
const NAMES_LIMIT: usize = 50;

impl Tenancy {
    /// What happened in the company, newest first.
    pub async fn audit_log(
        &self,
        cx: &Cx,
        reader: &Reader,
        filter: &HistoryFilter,
        request: &PageRequest,
    ) -> Result<Page<Entry>> {
        cx.require(AUDIT_READ)?;
        if filter.names.len() > NAMES_LIMIT {
            return Err(Error::invalid_argument("names").with("max", NAMES_LIMIT));
        }
        // PostgreSQL has no text with NUL in it.
        if filter.names.iter().any(|name| name.contains('\0')) {
            return Err(Error::invalid_argument("names"));
        }
        self.jobs().audit(reader, filter, request).await
    }

    /// One entry of the log.
    pub async fn audit_entry(&self, cx: &Cx, reader: &Reader, id: EventId) -> Result<Entry> {
        cx.require(AUDIT_READ)?;
        self.jobs().entry(reader, id).await?.ok_or_else(Error::not_found)
    }
}
