//! The worker: looks for due companies, takes a fair share of jobs from each, runs them side by side.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::time::Duration;

use db::Reader;
use futures_util::StreamExt;
use kernel::{CompanyId, Result};
use tokio::task::{Id, JoinSet};
use tokio::time::Instant;

use crate::due::{self, Walk};
use crate::queue::{self, Claimed, Lease};
use crate::run::{Ending, give_back};
use crate::{Jobs, publish};

/// How many jobs [`Jobs::drain`] holds while it runs them one by one: none may outlive its lease waiting.
const DRAIN: u64 = 10;

/// How many companies are asked for their jobs at once.
const CLAIMS: usize = 4;

/// How a worker works.
#[derive(Clone, Debug)]
pub struct WorkerOptions {
    /// How many jobs run side by side.
    pub concurrency: usize,
    /// How often to look when nothing calls.
    pub poll: Duration,
    /// How long a job is held without a sign of life. A worker that dies is replaced after this.
    pub lease: Duration,
    /// How long running jobs may go on after the worker was told to stop.
    pub grace: Duration,
}

impl Default for WorkerOptions {
    fn default() -> Self {
        Self {
            concurrency: 8,
            poll: Duration::from_secs(1),
            lease: Duration::from_mins(1),
            grace: Duration::from_secs(25),
        }
    }
}

/// What [`Jobs::drain`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drained {
    /// Jobs that were done.
    pub done: usize,
    /// Tries that failed and will be repeated later.
    pub again: usize,
    /// Jobs that were given up.
    pub dead: usize,
}

impl Jobs {
    /// Works until `stop`; then finishes what runs, or gives it back when that takes too long.
    pub async fn work(&self, options: WorkerOptions, stop: impl Future<Output = ()> + Send) {
        let _counted = Counted::new(self);
        let mut worker = Worker::new(self.clone(), options);
        worker.work(stop).await;
        worker.finish().await;
    }

    /// Runs everything that is due, and what comes of it, one after the other. For tests and the command line.
    pub async fn drain(&self) -> Result<Drained> {
        let (mut drained, mut walk) = (Drained::default(), Walk::default());
        let lease = WorkerOptions::default().lease;
        loop {
            let companies = due::companies(&self.inner.db.read_due().await?, &mut walk).await?;
            let mut ran = false;
            for company in companies {
                for claimed in queue::claim(&self.inner.db, company, DRAIN, lease).await? {
                    ran = true;
                    match self.run(claimed, lease).await {
                        Ending::Done => drained.done += 1,
                        Ending::Again => drained.again += 1,
                        Ending::Dead => drained.dead += 1,
                        Ending::Lost => {}
                    }
                }
            }
            if !ran {
                return Ok(drained);
            }
        }
    }

    /// Starts the schedules that are due now. The worker does it by itself; tests that drain say when.
    pub async fn tick(&self) -> Result<()> {
        self.prepare_schedules().await?;
        let reader = self.inner.db.read(CompanyId::NONE).await?;
        self.start_schedules(&reader).await
    }
}

/// Says that this process has a worker while it has one.
struct Counted(Jobs);

impl Counted {
    fn new(jobs: &Jobs) -> Self {
        jobs.inner.workers.fetch_add(1, Ordering::Relaxed);
        Self(jobs.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.inner.workers.fetch_sub(1, Ordering::Relaxed);
    }
}

struct Worker {
    jobs: Jobs,
    options: WorkerOptions,
    walk: Walk,
    /// Where the last round ended, so that the next one starts with somebody else.
    round: usize,
    running: JoinSet<Ending>,
    leases: HashMap<Id, Lease>,
}

impl Worker {
    fn new(jobs: Jobs, options: WorkerOptions) -> Self {
        Self { jobs, options, walk: Walk::default(), round: 0, running: JoinSet::new(), leases: HashMap::new() }
    }

    /// Stops only between two looks: what was claimed has been started.
    async fn work(&mut self, stop: impl Future<Output = ()>) {
        let mut stop = std::pin::pin!(stop);
        let jobs = self.jobs.clone();
        let mut nudges = jobs.inner.cache.subscribe(publish::nudges());
        let mut next_schedules = Instant::now();
        let mut prepared = false;
        let mut trouble = 0_u32;
        loop {
            let schedules = Instant::now() >= next_schedules;
            match self.look(schedules, &mut prepared).await {
                Ok(()) => trouble = 0,
                Err(error) => {
                    trouble += 1;
                    tracing::warn!(%error, "the worker could not look for jobs");
                }
            }
            if schedules {
                next_schedules = Instant::now() + self.options.poll;
            }
            tokio::select! {
                () = &mut stop => return,
                Some(ended) = self.running.join_next_with_id() => self.note(ended),
                () = jobs.inner.wake.notified(), if trouble == 0 => {}
                Some(_) = nudges.next(), if trouble == 0 => {}
                () = tokio::time::sleep(self.options.poll * (trouble + 1).min(10)) => {}
            }
            while let Some(ended) = self.running.try_join_next_with_id() {
                self.note(ended);
            }
        }
    }

    fn note(&mut self, ended: Result<(Id, Ending), tokio::task::JoinError>) {
        let id = match &ended {
            Ok((id, _)) => *id,
            Err(error) => error.id(),
        };
        self.leases.remove(&id);
    }

    async fn look(&mut self, schedules: bool, prepared: &mut bool) -> Result<()> {
        if !*prepared {
            self.jobs.prepare_schedules().await?;
            *prepared = true;
        }
        let free = self.options.concurrency.saturating_sub(self.running.len());
        let reader = self.jobs.inner.db.read_due().await?;
        if schedules {
            self.jobs.start_schedules(&reader).await?;
        }
        if free > 0 { self.take(reader, free).await } else { Ok(()) }
    }

    /// Fills the free places: from each due company an equal share, beginning with another company each round.
    async fn take(&mut self, reader: Reader, free: usize) -> Result<()> {
        let mut companies = due::companies(&reader, &mut self.walk).await?;
        drop(reader);
        if companies.is_empty() {
            return Ok(());
        }
        let count = companies.len();
        companies.rotate_left(self.round % count);
        self.round = self.round.wrapping_add(free.min(count));
        let (db, lease) = (self.jobs.inner.db.clone(), self.options.lease);
        let mut claims = futures_util::stream::iter(shares(free, companies))
            .map(|(company, limit)| queue::claim(&db, company, limit, lease))
            .buffer_unordered(CLAIMS);
        // One that failed must not leave jobs behind that another has claimed: all are waited for.
        let mut outcome = Ok(());
        while let Some(claimed) = claims.next().await {
            match claimed {
                Ok(claimed) => claimed.into_iter().for_each(|claimed| self.start(claimed)),
                Err(error) => outcome = Err(error),
            }
        }
        outcome
    }

    fn start(&mut self, claimed: Claimed) {
        let (jobs, lease, held) = (self.jobs.clone(), self.options.lease, claimed.lease);
        let task = self.running.spawn(async move { jobs.run(claimed, lease).await });
        self.leases.insert(task.id(), held);
    }

    async fn finish(mut self) {
        let end = Instant::now() + self.options.grace;
        while let Ok(Some(ended)) = tokio::time::timeout_at(end, self.running.join_next_with_id()).await {
            self.note(ended);
        }
        self.running.shutdown().await;
        for lease in self.leases.values() {
            match give_back(&self.jobs, lease).await {
                Ok(_) => tracing::info!(job = %lease.job, "a job was stopped and given back"),
                Err(error) => {
                    tracing::warn!(%error, job = %lease.job, "a job could not be given back; its lease runs out");
                }
            }
        }
    }
}

/// Deals `free` places out: as many to each company as to the next, to the first ones when there are too few.
fn shares(free: usize, companies: Vec<CompanyId>) -> impl Iterator<Item = (CompanyId, u64)> {
    let share = free.div_ceil(companies.len().max(1)).max(1);
    let mut left = free;
    companies.into_iter().map_while(move |company| {
        let limit = share.min(left);
        left -= limit;
        (limit > 0).then_some((company, limit as u64))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(free: usize, companies: usize) -> Vec<u64> {
        let companies = std::iter::repeat_with(CompanyId::new).take(companies).collect();
        shares(free, companies).map(|(_, limit)| limit).collect()
    }

    #[test]
    fn places_are_dealt_out_evenly_and_never_twice() {
        assert_eq!(limits(8, 1), [8]);
        assert_eq!(limits(8, 3), [3, 3, 2]);
        assert_eq!(limits(2, 5), [1, 1]);
        assert!(limits(0, 5).is_empty());
        assert!(limits(8, 0).is_empty());
    }
}
