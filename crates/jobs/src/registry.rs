//! Who reacts to what: filled once at composition, read-only afterwards.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use access::{ActorRef, Cx};
use chrono::{DateTime, Utc};
use db::Tx;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use kernel::Error;

use crate::queue::{Lease, MAX_ATTEMPTS};
use crate::run::Stored;
use crate::{Companies, Event, EventId, Job, JobId};

/// What a handler answers.
pub type HandlerResult = Result<(), JobError>;

/// Why a handler did not do it.
#[derive(Debug, Clone)]
pub enum JobError {
    /// It may work later: again after a growing pause, ten times in all.
    Retry(Error),
    /// It may work at a known time: again after this long.
    RetryAfter(Error, Duration),
    /// It will never work: given up at once, for a person to see.
    Fail(Error),
}

impl JobError {
    /// What went wrong.
    pub fn error(&self) -> &Error {
        match self {
            Self::Retry(error) | Self::RetryAfter(error, _) | Self::Fail(error) => error,
        }
    }
}

impl From<Error> for JobError {
    fn from(error: Error) -> Self {
        Self::Retry(error)
    }
}

/// What a handler is given: an event or a job, and which one. Reads as what it carries: `delivery.booking_id`.
pub struct Delivery<P> {
    /// The event or job itself.
    pub payload: P,
    /// The job that runs.
    pub job: JobId,
    /// The event that it follows from. With the handler's name it is what the handler is idempotent by.
    pub event: Option<EventId>,
    /// Who caused the event.
    pub actor: Option<ActorRef>,
    /// When the event happened, or the job was made.
    pub at: DateTime<Utc>,
    /// Which try this is: 1 for the first.
    pub attempt: u32,
    pub(crate) lease: Lease,
    pub(crate) completed: Arc<AtomicBool>,
}

impl<P> Deref for Delivery<P> {
    type Target = P;

    fn deref(&self) -> &P {
        &self.payload
    }
}

impl<P> Delivery<P> {
    /// Whether the job is given up when this try fails.
    pub fn is_last_try(&self) -> bool {
        u32::try_from(MAX_ATTEMPTS).is_ok_and(|most| self.attempt >= most)
    }

    /// Marks the job as done in the handler's own transaction, so that its effect happens exactly once. Fails when the
    /// lease is lost, which rolls the effect back: somebody else has the job now.
    pub async fn complete_in(&self, tx: &mut Tx) -> kernel::Result<()> {
        self.lease.complete_in(tx).await?;
        let completed = self.completed.clone();
        tx.after_commit(move || completed.store(true, Ordering::Release));
        Ok(())
    }
}

/// Something that handles deliveries of `P`: any `Fn(Cx, Delivery<P>) -> impl Future<Output = HandlerResult>`.
pub trait Handler<P>: Send + Sync + 'static {
    /// Does it. The context is the server's own, for the company of the event.
    fn handle(&self, cx: Cx, delivery: Delivery<P>) -> BoxFuture<'static, HandlerResult>;
}

impl<P, F, O> Handler<P> for F
where
    F: Fn(Cx, Delivery<P>) -> O + Send + Sync + 'static,
    O: Future<Output = HandlerResult> + Send + 'static,
{
    fn handle(&self, cx: Cx, delivery: Delivery<P>) -> BoxFuture<'static, HandlerResult> {
        self(cx, delivery).boxed()
    }
}

/// What a regular run is told: nothing but that it is time.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct Tick {}

pub(crate) type Call =
    Arc<dyn Fn(Cx, Stored, Lease, Arc<AtomicBool>) -> BoxFuture<'static, HandlerResult> + Send + Sync>;

/// Gathers handlers while the domains are put together.
#[derive(Default)]
pub struct Registrar {
    registry: Registry,
}

/// Everything that was registered.
#[derive(Default)]
pub(crate) struct Registry {
    handlers: HashMap<&'static str, Call>,
    reactions: BTreeMap<&'static str, Vec<&'static str>>,
    pub(crate) schedules: BTreeMap<&'static str, Duration>,
    /// Schedules whose run for the reserved company only deals out a run for each real one.
    pub(crate) per_company: HashSet<&'static str>,
    pub(crate) companies: Option<Arc<dyn Companies>>,
}

impl Registrar {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Calls `handler` for each `E`. Its `name` is stored with the jobs: `<crate>.<verb>`, never reused for another.
    ///
    /// # Panics
    /// As all of these do, when two handlers have one name: the second would take the first one's jobs.
    pub fn on<E: Event>(&mut self, name: &'static str, handler: impl Handler<E>) {
        self.add(name, handler, |stored| E::upgrade(stored.version, stored.payload.clone()));
        self.registry.reactions.entry(E::NAME).or_default().push(name);
    }

    /// Calls `handler` for each `J`.
    ///
    /// # Panics
    /// When the name is taken.
    pub fn job<J: Job>(&mut self, handler: impl Handler<J>) {
        self.add(J::NAME, handler, |stored| serde_json::from_value(stored.payload.clone()));
    }

    /// Calls `handler` once per `period`, in one of all processes, for the reserved company. Times are multiples of the
    /// period since 1970 in UTC; those missed while nothing ran are skipped, but for one.
    ///
    /// # Panics
    /// When the name is taken.
    pub fn every(&mut self, name: &'static str, period: Duration, handler: impl Handler<Tick>) {
        self.add(name, handler, |stored| serde_json::from_value(stored.payload.clone()));
        self.registry.schedules.insert(name, period);
    }

    /// Calls `handler` once per `period` for each company.
    ///
    /// # Panics
    /// When the name is taken.
    pub fn every_company(&mut self, name: &'static str, period: Duration, handler: impl Handler<Tick>) {
        self.every(name, period, handler);
        self.registry.per_company.insert(name);
    }

    /// Says who knows all companies; [`Registrar::every_company`] asks it.
    pub fn companies(&mut self, companies: Arc<dyn Companies>) {
        self.registry.companies = Some(companies);
    }

    fn add<P: Send + 'static>(
        &mut self,
        name: &'static str,
        handler: impl Handler<P>,
        read: impl Fn(&Stored) -> serde_json::Result<P> + Send + Sync + 'static,
    ) {
        let call: Call = Arc::new(move |cx, stored, lease, completed| match read(&stored) {
            Ok(payload) => handler.handle(cx, stored.deliver(payload, lease, completed)),
            Err(error) => std::future::ready(Err(JobError::Fail(Error::internal(error)))).boxed(),
        });
        let before = self.registry.handlers.insert(name, call);
        assert!(before.is_none(), "two handlers are called {name}");
    }

    pub(crate) fn finish(self) -> Registry {
        self.registry
    }
}

impl Registry {
    /// The handlers that react to an event.
    pub(crate) fn reactions(&self, event: &str) -> &[&'static str] {
        self.reactions.get(event).map_or(&[], Vec::as_slice)
    }

    /// The handler of this name, and the name as this program spells it.
    pub(crate) fn handler(&self, name: &str) -> Option<(&'static str, Call)> {
        self.handlers.get_key_value(name).map(|(name, call)| (*name, call.clone()))
    }
}
