//! What an operation was and how it ended, told once to whoever measures, whatever the transport. Each event of a
//! subscription is an operation of its own. Variables are not part of it.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use access::Cx;
use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationType};
use async_graphql::{Name, Response, ServerError, Value};
use sha2::{Digest as _, Sha256};
use tracing::Instrument as _;
use uuid::Uuid;

use crate::request::Request;

/// The kind of what does not say what it is.
const UNKNOWN: &str = "unknown";
/// Taking the hash of a longer text would take longer than refusing it.
const LONGEST_HASHED: usize = 64 * 1024;

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
    document: OnceLock<[u8; 32]>,
    measured: OnceLock<Measured>,
    /// Whether the response under way has been told of.
    is_told: AtomicBool,
}

struct Measured {
    name: Option<String>,
    kind: &'static str,
    cost: u64,
}

impl Watch {
    pub(crate) fn new(observer: Option<Arc<dyn Observer>>) -> Self {
        Self {
            observer,
            arrived: Instant::now(),
            document: OnceLock::new(),
            measured: OnceLock::new(),
            is_told: AtomicBool::new(false),
        }
    }

    /// The text came in.
    pub(crate) fn asked(&self, document: &str) {
        if self.observer.is_some() && document.len() <= LONGEST_HASHED {
            let _ = self.document.set(Sha256::digest(document).into());
        }
    }

    /// The text was understood, and is within the limits.
    pub(crate) fn measured(&self, document: &ExecutableDocument, name: Option<&str>, cost: u64) {
        let (name, kind) = chosen(&document.operations, name);
        let _ = self.measured.set(Measured { name, kind, cost });
    }

    /// The operation, or an event of it, begins.
    pub(crate) fn begin(&self, sender: &Request) -> Running<'_> {
        let name = self.measured.get().and_then(|measured| measured.name.as_deref());
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
        let name = self.measured.get().and_then(|measured| measured.name.as_deref());
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
            document: self.document.get().copied(),
            cost: self.cost(),
            statements: 0,
            elapsed: Duration::ZERO,
            request_id: sender.map(|sender| sender.cx().request_id),
        }
    }

    fn kind(&self) -> &'static str {
        self.measured.get().map_or(UNKNOWN, |measured| measured.kind)
    }

    fn cost(&self) -> Option<u64> {
        self.measured.get().map(|measured| measured.cost)
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

/// The operation that runs: its name and kind.
fn chosen(operations: &DocumentOperations, name: Option<&str>) -> (Option<String>, &'static str) {
    let found = match (operations, name) {
        (DocumentOperations::Single(operation), _) => Some((None, operation)),
        (DocumentOperations::Multiple(operations), Some(name)) => operations.get_key_value(&Name::new(name)).map(named),
        (DocumentOperations::Multiple(operations), None) => {
            operations.iter().next().filter(|_| operations.len() == 1).map(named)
        }
    };
    let Some((name, operation)) = found else { return (None, UNKNOWN) };
    let kind = match operation.node.ty {
        OperationType::Query => "query",
        OperationType::Mutation => "mutation",
        OperationType::Subscription => "subscription",
    };
    (name, kind)
}

fn named<'a, T>((name, operation): (&Name, &'a T)) -> (Option<String>, &'a T) {
    (Some(name.to_string()), operation)
}
