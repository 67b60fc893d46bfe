//! Regular work for each company: one run deals out a job per company, so that one company's trouble is its own.

use async_trait::async_trait;
use kernel::{CompanyId, Result};
use sea_orm::sea_query::OnConflict;

use crate::Jobs;
use crate::publish;
use crate::registry::Tick;

/// The one who knows all companies: a port, since companies belong to a higher crate.
#[async_trait]
pub trait Companies: Send + Sync {
    /// Up to `limit` companies in the order of their ids, from the one after `after`.
    async fn page(&self, after: Option<CompanyId>, limit: u64) -> Result<Vec<CompanyId>>;
}

const PAGE: u64 = 500;

impl Jobs {
    /// Makes a job `name` for each company that has none waiting. May be repeated after a crash: keys see to it.
    pub(crate) async fn deal_out(&self, name: &'static str) -> Result<()> {
        let Some(companies) = &self.registry()?.companies else {
            tracing::error!(schedule = name, "nobody said who knows all companies");
            return Ok(());
        };
        let mut after = None;
        loop {
            let page = companies.page(after, PAGE).await?;
            for company in &page {
                self.deal(name, *company).await?;
            }
            after = page.last().copied();
            if after.is_none() {
                return Ok(());
            }
        }
    }

    async fn deal(&self, name: &'static str, company: CompanyId) -> Result<()> {
        db::transaction!(self.inner.db, company, |tx| {
            let payload = serde_json::to_value(Tick {}).map_err(kernel::Error::internal)?;
            let row = publish::regular(tx, name, payload);
            tx.upsert([row], OnConflict::new().do_nothing().to_owned()).await?;
            self.wake_after(tx);
            Ok(())
        })
    }
}
