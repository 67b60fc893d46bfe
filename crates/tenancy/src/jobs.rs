//! Regular work: sessions that ended long ago and old idempotency keys are forgotten.

use std::time::Duration;

use access::Cx;
use chrono::TimeDelta;
use jobs::{Companies, Delivery, Registrar, Tick};
use kernel::{CompanyId, Result};

use crate::company;
use crate::handle::Tenancy;
use crate::session;

/// How long an ended session is kept for questions about it, in days.
const KEEP_ENDED_DAYS: i64 = 30;
/// How long a repeated request gets the first one's result, in days.
const KEEP_KEYS_DAYS: i64 = 3;
const DAY: Duration = Duration::from_hours(24);

/// Registers the crate's regular work.
pub fn register(registrar: &mut Registrar, tenancy: &Tenancy) {
    let keys = tenancy.clone();
    registrar.every_company("tenancy.forget_idempotency_keys", DAY, move |cx: Cx, _tick: Delivery<Tick>| {
        let tenancy = keys.clone();
        async move {
            tenancy.forget_idempotency_keys(cx.company()?).await?;
            Ok(())
        }
    });
    let tenancy = tenancy.clone();
    registrar.every("tenancy.forget_sessions", DAY, move |_cx: Cx, _tick: Delivery<Tick>| {
        let tenancy = tenancy.clone();
        async move {
            tenancy.forget_ended_sessions().await?;
            Ok(())
        }
    });
}

impl Tenancy {
    async fn forget_idempotency_keys(&self, company: CompanyId) -> Result<u64> {
        db::transaction!(self.db(), company, |tx| {
            tx.forget_idempotency(tx.now() - TimeDelta::days(KEEP_KEYS_DAYS)).await
        })
    }

    async fn forget_ended_sessions(&self) -> Result<u64> {
        db::transaction!(self.db(), CompanyId::NONE, |tx| {
            session::repo::forget_ended(tx, tx.now() - TimeDelta::days(KEEP_ENDED_DAYS)).await
        })
    }
}

#[async_trait::async_trait]
impl Companies for Tenancy {
    async fn page(&self, after: Option<CompanyId>, limit: u64) -> Result<Vec<CompanyId>> {
        company::repo::list_ids(&self.db().directory().await?, after, limit).await
    }
}
