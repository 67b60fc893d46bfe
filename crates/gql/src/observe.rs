//! What an operation was and how it ended, told once to whoever measures, whatever the transport. Each event of a
//! subscription is an operation of its own. Variables are not part of it.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use access::Cx;
use async_graphql::parser::types::OperationType;
use async_graphql::{Response, ServerError, Value};
use tracing::Instrument as _;
use uuid::Uuid;

use crate::document::Document;
use crate::request::Request;

/// The kind of what does not say what it is.
const UNKNOWN: &str = "unknown";

/// Whoever measures operations.
pub trait Observer: fmt::Debug + Send + Sync {
    /// What an operation of this name is called where names must be few: callers make them up. `caller` is whose valid
    /// document has the name; none when nothing ran, and then a new name says nothing about this installation.
    fn label(&self, name: Option<&str>, caller: Option<&Cx>) -> Arc<str>;

    /// An operation, or an event of a subscription, has ended.
    fn ended(&self, operation: &Observed<'_>);
}

/// How an operation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Without errors. What a mutation refused as `userErrors` is no error.
    Ok,
    /// Some fields failed.
    Error,
    /// Nothing ran: the request itself was wrong, or beyond the limits.
    Refused,
    /// A resolver panicked.
    Panic,
    /// The deadline of its request passed.
    Deadline,
    /// Whoever asked has gone.
    Dropped,
}

impl Outcome {
    /// Its name in metrics, logs and traces.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Error => "error",
            Self::Refused => "refused",
            Self::Panic => "panic",
            Self::Deadline => "deadline",
            Self::Dropped => "dropped",
        }
    }
}

/// One operation that has ended.
#[derive(Debug)]
pub struct Observed<'a> {
    /// What [`Observer::label`] calls it.
    pub label: Arc<str>,
    /// `query`, `mutation`, `subscription`, or `unknown` when the document does not say.
    pub kind: &'static str,
    /// How it ended.
    pub outcome: Outcome,
    /// The codes of its errors, one per error.
    pub codes: Vec<&'a str>,
    /// The SHA-256 of its document; none when that was too long to take it of.
    pub document: Option<[u8; 32]>,
    /// What the limits took it for; none when it was refused before.
    pub cost: Option<u64>,
    /// SQL statements.
    pub statements: u64,
    /// How long it took, from its arrival, or from the event that it answers.
    pub elapsed: Duration,
    /// The request that it came with.
    pub request_id: Option<Uuid>,
}

impl<'a> Observed<'a> {
    /// A request of which nothing is known but why nothing ran.
    pub fn refused(label: Arc<str>, errors: &'a [ServerError]) -> Self {
        Self {
            label,
            kind: UNKNOWN,
            outcome: Outcome::Refused,
            codes: codes(errors),
            document: None,
            cost: None,
            statements: 0,
            elapsed: Duration::ZERO,
            request_id: None,
        }
    }
}

/// What is known so far of one request's operation.
pub(crate) struct Watch {
    observer: Option<Arc<dyn Observer>>,
    arrived: Instant,
    found: OnceLock<Found>,
    cost: OnceLock<u64>,
    /// Whether the response under way has been told of.
    is_told: AtomicBool,
}

struct Found {
    name: Option<String>,
    kind: &'static str,
    digest: Option<[u8; 32]>,
}

impl Watch {
    pub(crate) fn new(observer: Option<Arc<dyn Observer>>) -> Self {
        Self {
            observer,
            arrived: Instant::now(),
            found: OnceLock::new(),
            cost: OnceLock::new(),
            is_told: AtomicBool::new(false),
        }
    }

    /// The document is known, and with it what would run.
    pub(crate) fn found(&self, document: &Document, asked: Option<&str>) {
        let name = document.operation_name(asked).map(str::to_owned);
        let kind = match document.kind(asked) {
            Some(OperationType::Query) => "query",
            Some(OperationType::Mutation) => "mutation",
            Some(OperationType::Subscription) => "subscription",
            None => UNKNOWN,
        };
        let _ = self.found.set(Found { name, kind, digest: document.digest() });
    }

    /// Nobody asked: the request is one of this program's own.
    pub(crate) fn disregard(&self) {
        self.is_told.store(true, Ordering::Relaxed);
    }

    /// So much it will cost at most.
    pub(crate) fn measured(&self, cost: u64) {
        let _ = self.cost.set(cost);
    }

    /// The operation, or an event of it, begins.
    pub(crate) fn begin(&self, sender: &Request) -> Running<'_> {
        let name = self.found.get().and_then(|found| found.name.as_deref());
        let label = self.observer.as_ref().map(|observer| observer.label(name, Some(sender.cx())));
        let label = label.unwrap_or_default();
        let kind = self.kind();
        // Only traces see spans of this target: a log line has the request's.
        let span = tracing::info_span!(
            target: "zapys_trace",
            "graphql",
            otel.name = %format_args!("{kind} {label}"),
            otel.status_code = tracing::field::Empty,
            graphql.operation.name = %label,
            graphql.operation.type = kind,
            error.type = tracing::field::Empty,
            zapys.graphql.cost = self.cost(),
            zapys.db.statements = tracing::field::Empty,
            zapys.request_id = %sender.cx().request_id,
        );
        let began = if kind == "subscription" { Instant::now() } else { self.arrived };
        Running { watch: self, sender: sender.clone(), label, began, span, statements: Arc::default(), is_over: false }
    }

    /// Tells of a response that no execution stands behind, unless there was one.
    pub(crate) fn answered(&self, response: &Response, sender: Option<&Request>) {
        if self.is_told.swap(false, Ordering::Relaxed) || response.errors.is_empty() {
            return;
        }
        let Some(observer) = &self.observer else { return };
        let name = self.found.get().and_then(|found| found.name.as_deref());
        let refused = Observed::refused(observer.label(name, None), &response.errors);
        let elapsed = self.arrived.elapsed();
        observer.ended(&Observed {
            outcome: refused.outcome,
            codes: refused.codes,
            elapsed,
            ..self.about(refused.label, sender)
        });
    }

    fn about(&self, label: Arc<str>, sender: Option<&Request>) -> Observed<'static> {
        Observed {
            label,
            kind: self.kind(),
            outcome: Outcome::Ok,
            codes: Vec::new(),
            document: self.found.get().and_then(|found| found.digest),
            cost: self.cost(),
            statements: 0,
            elapsed: Duration::ZERO,
            request_id: sender.map(|sender| sender.cx().request_id),
        }
    }

    fn kind(&self) -> &'static str {
        self.found.get().map_or(UNKNOWN, |found| found.kind)
    }

    fn cost(&self) -> Option<u64> {
        self.cost.get().copied()
    }
}

/// An operation that runs. Dropped before its end, it was given up.
pub(crate) struct Running<'a> {
    watch: &'a Watch,
    sender: Request,
    label: Arc<str>,
    began: Instant,
    span: tracing::Span,
    statements: Arc<AtomicU64>,
    is_over: bool,
}

impl Running<'_> {
    /// Runs the operation, counting its statements.
    pub(crate) async fn through<F: Future>(&self, work: F) -> F::Output {
        db::counting(self.statements.clone(), work).instrument(self.span.clone()).await
    }

    /// How many statements there were so far.
    pub(crate) fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// It came to an end, by itself or by a panic.
    pub(crate) fn ended(mut self, response: &Response, panicked: bool) {
        let outcome = match (panicked, response.errors.is_empty()) {
            (true, _) => Outcome::Panic,
            (false, true) => Outcome::Ok,
            (false, false) => Outcome::Error,
        };
        self.tell(outcome, codes(&response.errors));
    }

    fn tell(&mut self, outcome: Outcome, codes: Vec<&str>) {
        self.is_over = true;
        self.watch.is_told.store(true, Ordering::Relaxed);
        let statements = self.statements();
        self.span.record("zapys.db.statements", statements);
        if let Some(code) = codes.first() {
            self.span.record("error.type", code);
        }
        // What the caller did wrong is no failure of this server.
        if matches!(outcome, Outcome::Panic | Outcome::Deadline)
            || codes.iter().any(|code| matches!(*code, "INTERNAL" | "UNAVAILABLE"))
        {
            self.span.record("otel.status_code", "ERROR");
        }
        if let Some(observer) = &self.watch.observer {
            observer.ended(&Observed {
                outcome,
                codes,
                statements,
                elapsed: self.began.elapsed(),
                ..self.watch.about(self.label.clone(), Some(&self.sender))
            });
        }
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        if self.sender.deadline().is_some_and(|deadline| deadline <= Instant::now()) {
            self.tell(Outcome::Deadline, vec!["UNAVAILABLE"]);
        } else {
            self.tell(Outcome::Dropped, Vec::new());
        }
    }
}

fn codes(errors: &[ServerError]) -> Vec<&str> {
    errors
        .iter()
        .map(|error| match error.extensions.as_ref().and_then(|values| values.get("code")) {
            Some(Value::String(code)) => code.as_str(),
            _ => "INTERNAL",
        })
        .collect()
}
