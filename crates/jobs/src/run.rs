//! Running one job: calls its handler, keeps the lease while it works, records what became of it.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use access::{Actor, ActorKind, ActorRef, Channel, Cx};
use chrono::{DateTime, Utc};
use futures_util::FutureExt;
use kernel::{CompanyId, Error, Result};
use serde_json::Value;
use tracing::Instrument;

use crate::queue::{self, Claimed, Lease, MAX_ATTEMPTS, Verdict};
use crate::registry::{Call, Delivery, HandlerResult, JobError};
use crate::{EventId, JobId, Jobs};

/// The longest one try may take.
const LONGEST: Duration = Duration::from_mins(10);
/// How long a job rests that this release has no handler for: another process may have one.
const UNKNOWN_REST: Duration = Duration::from_mins(1);
/// How often the result is told to a database that doesn't answer; after that the lease runs out and it runs again.
const TELLINGS: u32 = 5;

/// What was stored of a job and its event, before anybody knows their types.
pub(crate) struct Stored {
    pub(crate) payload: Value,
    pub(crate) version: u16,
    job: JobId,
    event: Option<EventId>,
    actor: Option<ActorRef>,
    at: DateTime<Utc>,
    attempt: u32,
}

impl Stored {
    pub(crate) fn deliver<P>(&self, payload: P, lease: Lease, completed: Arc<AtomicBool>) -> Delivery<P> {
        Delivery {
            payload,
            job: self.job,
            event: self.event,
            actor: self.actor,
            at: self.at,
            attempt: self.attempt,
            lease,
            completed,
        }
    }
}

impl From<&Claimed> for Stored {
    fn from(claimed: &Claimed) -> Self {
        let (job, event) = (&claimed.job, claimed.event.as_ref());
        let actor = event.and_then(|event| {
            ActorKind::from_name(&event.actor_kind).map(|kind| ActorRef { kind, id: event.actor_id })
        });
        Self {
            payload: event.map_or_else(|| job.payload.clone().unwrap_or_default(), |event| event.payload.clone()),
            version: event.and_then(|event| u16::try_from(event.version).ok()).unwrap_or(1),
            job: JobId::from_uuid(job.id),
            event: job.event_id.map(EventId::from_uuid),
            actor,
            at: event.map_or(job.created_at, |event| event.at),
            attempt: u32::try_from(job.attempts).unwrap_or(1),
        }
    }
}

/// How one try ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Done,
    Again,
    Dead,
    /// Somebody else has the job now, or nobody could be told: the result does not count.
    Lost,
}

impl Ending {
    fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Again => "again",
            Self::Dead => "dead",
            Self::Lost => "lost",
        }
    }
}

/// Counts itself among the running jobs.
struct Running;

impl Running {
    fn begin() -> Self {
        metrics::gauge!("zapys_jobs_running").increment(1.0);
        Self
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        metrics::gauge!("zapys_jobs_running").decrement(1.0);
    }
}

impl Jobs {
    /// Runs one job to its end. Never fails: what goes wrong is recorded with the job.
    pub(crate) async fn run(&self, claimed: Claimed, lease: Duration) -> Ending {
        let span = tracing::info_span!(
            "job",
            handler = claimed.job.handler,
            job = %JobId::from_uuid(claimed.job.id),
            company = %claimed.lease.company,
            request = %claimed.job.request_id,
            attempt = claimed.job.attempts,
        );
        // Only traces see spans of this target. The job's id and the request's join it to the log and to the trace of
        // the request that made the job.
        let traced = tracing::info_span!(
            target: "zapys_trace",
            "job",
            otel.name = %format_args!("job {}", claimed.job.handler),
            otel.kind = "consumer",
            otel.status_code = tracing::field::Empty,
            zapys.job.handler = claimed.job.handler,
            zapys.job.id = %JobId::from_uuid(claimed.job.id),
            zapys.job.attempt = claimed.job.attempts,
            zapys.job.ending = tracing::field::Empty,
            zapys.request_id = %claimed.job.request_id,
        );
        let _running = Running::begin();
        let ending = self.run_in_span(claimed, lease).instrument(span).instrument(traced.clone()).await;
        traced.record("zapys.job.ending", ending.name());
        if ending == Ending::Dead {
            traced.record("otel.status_code", "ERROR");
        }
        ending
    }

    async fn run_in_span(&self, claimed: Claimed, lease: Duration) -> Ending {
        let started = Instant::now();
        let handler = self.registry().ok().and_then(|registry| registry.handler(&claimed.job.handler));
        let Some((name, call)) = handler else {
            tracing::warn!("this release has no such handler");
            self.tell(&claimed.lease, &Verdict::Untried { after: UNKNOWN_REST }).await;
            return Ending::Again;
        };
        let completed = Arc::new(AtomicBool::new(false));
        let work = self.call(name, call, &claimed, completed.clone());
        let outcome = self.hold(work, &completed, claimed.lease, lease).await;
        let ending = match outcome {
            None => Ending::Lost,
            Some(_) if completed.load(Ordering::Acquire) => Ending::Done,
            Some(outcome) => {
                db::failpoint!("jobs.before_settle");
                let (verdict, ending) = judge(outcome, claimed.job.attempts);
                if self.tell(&claimed.lease, &verdict).await { ending } else { Ending::Lost }
            }
        };
        if ending == Ending::Lost {
            tracing::warn!("the lease was lost; the result does not count");
        }
        metrics::counter!("zapys_jobs_total", "handler" => name, "ending" => ending.name()).increment(1);
        metrics::histogram!("zapys_job_seconds", "handler" => name).record(started.elapsed());
        metrics::histogram!("zapys_job_late_seconds").record(claimed.late.to_std().unwrap_or_default());
        ending
    }

    async fn call(
        &self,
        name: &'static str,
        call: Call,
        claimed: &Claimed,
        completed: Arc<AtomicBool>,
    ) -> HandlerResult {
        let company = claimed.lease.company;
        if company == CompanyId::NONE && self.registry()?.per_company.contains(name) {
            return Ok(Box::pin(self.deal_out(name)).await?);
        }
        let cx = Cx::builder(self.inner.db.clock().clone())
            .company(company)
            .actor(Actor::System { name })
            .channel(Channel::System)
            .request_id(claimed.job.request_id)
            .build();
        let work = async move { call(cx, Stored::from(claimed), claimed.lease, completed).await };
        // A handler that panics takes down neither the worker nor the jobs beside it.
        let outcome = tokio::time::timeout(LONGEST, AssertUnwindSafe(work).catch_unwind()).await;
        match outcome {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Err(JobError::Retry(Error::internal("the handler panicked"))),
            Err(_) => Err(JobError::Retry(Error::unavailable("the handler took too long"))),
        }
    }

    /// Works while extending the lease. None when the lease is lost meanwhile: the work is dropped.
    async fn hold(
        &self,
        work: impl Future<Output = HandlerResult>,
        completed: &AtomicBool,
        held: Lease,
        lease: Duration,
    ) -> Option<HandlerResult> {
        let mut work = std::pin::pin!(work);
        loop {
            tokio::select! {
                biased;
                outcome = &mut work => return Some(outcome),
                () = tokio::time::sleep(lease / 3) => {}
            }
            // The work goes on while the database is asked; only a plain "no" ends it.
            let extended = tokio::select! {
                biased;
                outcome = &mut work => return Some(outcome),
                extended = Box::pin(held.extend(&self.inner.db, lease)) => extended,
            };
            match extended {
                Ok(true) => {}
                // The handler has marked it as done and is finishing what else it does.
                Ok(false) if completed.load(Ordering::Acquire) => return Some(work.await),
                Ok(false) => return None,
                Err(error) => tracing::warn!(%error, "the lease could not be extended"),
            }
        }
    }

    /// Tells the database what became of a job. False when it no longer wants to know.
    pub(crate) async fn tell(&self, lease: &Lease, verdict: &Verdict) -> bool {
        for telling in 1..=TELLINGS {
            match Box::pin(lease.settle(&self.inner.db, verdict)).await {
                Ok(told) => return told,
                Err(error) if telling < TELLINGS => {
                    tracing::warn!(%error, "the result could not be recorded, trying again");
                    tokio::time::sleep(Duration::from_millis(200) * telling).await;
                }
                Err(error) => tracing::error!(%error, "the result could not be recorded; the job will run again"),
            }
        }
        false
    }
}

fn judge(outcome: HandlerResult, attempts: i32) -> (Verdict, Ending) {
    let error = match outcome {
        Ok(()) => return (Verdict::Done, Ending::Done),
        Err(error) => error,
    };
    let text = describe(error.error());
    let after = match error {
        JobError::Fail(_) => None,
        JobError::Retry(_) => Some(queue::pause(attempts)),
        JobError::RetryAfter(_, after) => Some(after),
    };
    if let Some(after) = after.filter(|_| attempts < MAX_ATTEMPTS) {
        tracing::warn!(error = text, "a job failed and will run again");
        (Verdict::Again { after, error: text }, Ending::Again)
    } else {
        tracing::error!(error = text, "a job failed and was given up");
        (Verdict::Dead { error: text }, Ending::Dead)
    }
}

fn describe(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(source) = cause {
        text.push_str(": ");
        text.push_str(&source.to_string());
        cause = source.source();
    }
    text
}

/// For callers that stop before a job's end: nothing was tried.
pub(crate) async fn give_back(jobs: &Jobs, lease: &Lease) -> Result<bool> {
    lease.settle(&jobs.inner.db, &Verdict::Untried { after: Duration::ZERO }).await
}
