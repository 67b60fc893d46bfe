//! Counting statements, so that a test can say what an operation costs and a metric can show it.
//!
//! The counter of the task that opens a handle goes with the handle, so batches that run in other tasks count too.
//! What counts is a message to the database and its answer: a prelude is one; COMMIT and ROLLBACK are not counted,
//! since a reader's end is not waited for.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

tokio::task_local! {
    static COUNTER: Arc<AtomicU64>;
}

/// Runs `work` and also returns how many statements it sent.
pub async fn counted<F: Future>(work: F) -> (F::Output, u64) {
    let counter = Arc::new(AtomicU64::new(0));
    let output = COUNTER.scope(counter.clone(), work).await;
    (output, counter.load(Ordering::Relaxed))
}

/// The counter of the running operation, if anybody counts.
pub fn current_counter() -> Option<Arc<AtomicU64>> {
    COUNTER.try_with(Arc::clone).ok()
}

/// Runs `work` in another task on behalf of the operation that `counter` counts for.
pub async fn counting<F: Future>(counter: Arc<AtomicU64>, work: F) -> F::Output {
    COUNTER.scope(counter, work).await
}
