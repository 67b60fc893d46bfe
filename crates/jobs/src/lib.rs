//! What happened, and what follows from it.
//!
//! A use case publishes an event inside its transaction: one row that stays as the audit trail, and one job per handler
//! that reacts to it. The job table is the outbox: what committed will be handled, what did not commit never was.
//!
//! To react to an event: `registrar.on::<BookingCreated>("comms.send_confirmation", handler)` in the domain's
//! `register()`. To do something later: a [`Job`] and `registrar.job`. At regular times: `registrar.every`.
//! A handler runs at least once, perhaps twice; [`Delivery::complete_in`] makes its database effect happen once.
//!
//! Deliberately absent: what events mean (their emitters), and delivery to the outside (comms).

mod backlog;
mod companies;
mod dead;
mod due;
mod entity;
mod event;
mod history;
mod live;
pub mod permissions;
mod publish;
mod queue;
mod registry;
mod run;
mod schedule;
mod worker;

use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, OnceLock};

use cache::Cache;
use db::Db;
use kernel::{Error, Result};
use tokio::sync::Notify;

pub use backlog::Backlog;
pub use cache::{Signal, Topic};
pub use companies::Companies;
pub use dead::DeadJob;
pub use event::{Event, EventId, Job, JobId};
pub use history::{Entry, HistoryFilter};
pub use live::Live;
pub use publish::Detail;
pub use registry::{Delivery, Handler, HandlerResult, JobError, Registrar, Tick};
pub use worker::{Drained, WorkerOptions};

use crate::registry::Registry;

/// Events, jobs and live notifications. Cheap to clone.
#[derive(Clone)]
pub struct Jobs {
    inner: Arc<Inner>,
}

struct Inner {
    db: Db,
    cache: Cache,
    registry: OnceLock<Registry>,
    /// Rung after a commit that made jobs.
    wake: Notify,
    /// Workers running in this process.
    workers: AtomicUsize,
}

impl Jobs {
    /// The handle, before anybody has registered: domains need it to be made, handlers need the domains.
    pub fn new(db: Db, cache: Cache) -> Self {
        let inner = Inner { db, cache, registry: OnceLock::new(), wake: Notify::new(), workers: AtomicUsize::new(0) };
        Self { inner: Arc::new(inner) }
    }

    /// Takes over what the domains registered. Once, before the first request.
    pub fn install(&self, registrar: Registrar) -> Result<()> {
        let taken = self.inner.registry.set(registrar.finish());
        taken.map_err(|_| Error::internal("handlers were registered twice"))
    }

    /// Live notifications.
    pub fn live(&self) -> Live {
        Live::new(self.inner.cache.clone())
    }

    /// Publishing before everybody has registered would lose their jobs, so it fails.
    fn registry(&self) -> Result<&Registry> {
        self.inner.registry.get().ok_or_else(|| Error::internal("no handlers are registered yet"))
    }
}
