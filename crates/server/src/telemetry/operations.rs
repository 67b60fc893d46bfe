//! What becomes of an operation that has ended: metrics, and a line in the log when it was slow.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use access::Cx;
use async_graphql::ServerError;
use gql::{Observed, Observer, Outcome};
use metrics::{counter, histogram};

use super::Names;
use super::metrics::{OPERATION_COST, OPERATION_ERRORS, OPERATION_SECONDS, OPERATION_STATEMENTS, OPERATIONS, PANICS};
use super::names::OTHER;

/// Enough of a hash to find the document by.
const HASH_BYTES: usize = 8;

/// Counts operations.
#[derive(Debug)]
pub struct Operations {
    names: Names,
    slow: Option<Duration>,
}

impl Operations {
    /// With a log line for each operation that takes `slow` or longer.
    pub fn new(names: Names, slow: Option<Duration>) -> Self {
        Self { names, slow }
    }

    /// Counts an operation that its transport refused before there was anything to execute.
    pub fn refused(&self, errors: &[ServerError]) {
        self.ended(&Observed::refused(OTHER.into(), errors));
    }
}

impl Observer for Operations {
    fn label(&self, name: Option<&str>, caller: Option<&Cx>) -> Arc<str> {
        self.names.label(name, caller)
    }

    fn ended(&self, operation: &Observed<'_>) {
        let (label, kind, outcome) = (&operation.label, operation.kind, operation.outcome);
        let name = || label.clone();
        counter!(OPERATIONS, "operation" => name(), "kind" => kind, "outcome" => outcome.name()).increment(1);
        histogram!(OPERATION_SECONDS, "operation" => name(), "kind" => kind).record(operation.elapsed);
        if outcome == Outcome::Panic {
            counter!(PANICS).increment(1);
        }
        for code in &operation.codes {
            counter!(OPERATION_ERRORS, "operation" => name(), "code" => (*code).to_owned()).increment(1);
        }
        if outcome != Outcome::Refused {
            histogram!(OPERATION_STATEMENTS, "operation" => name()).record(float(operation.statements));
            if let Some(cost) = operation.cost {
                histogram!(OPERATION_COST, "operation" => name()).record(float(cost));
            }
        }
        if self.slow.is_some_and(|slow| operation.elapsed >= slow) {
            log_slow(operation);
        }
    }
}

fn log_slow(operation: &Observed<'_>) {
    tracing::warn!(
        operation = &*operation.label,
        kind = operation.kind,
        document = operation.document.as_ref().map(hash),
        ms = u64::try_from(operation.elapsed.as_millis()).unwrap_or(u64::MAX),
        statements = operation.statements,
        cost = operation.cost,
        outcome = operation.outcome.name(),
        request_id = operation.request_id.map(tracing::field::display),
        "a slow operation"
    );
}

/// The beginning of the document's SHA-256 in hexadecimal: what persisted documents are named by.
fn hash(document: &[u8; 32]) -> String {
    document.iter().take(HASH_BYTES).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[allow(clippy::cast_precision_loss, reason = "counts of one operation are far below 2^52")]
fn float(count: u64) -> f64 {
    count as f64
}
