//! One turn of an operation whose results are streamed: the run of a query or mutation, or of one event of a subscription.
//! Each has the deadline of a request; the subscription itself has none.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use access::Cx;
use async_graphql::Response;
use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute};
use kernel::Error;

use crate::http::graphql::failed;

/// In the data of a request whose results are streamed.
#[derive(Clone)]
pub struct Turn {
    /// Whose request it is.
    pub cx: Cx,
    limit: Duration,
    taken: Arc<AtomicBool>,
}

impl Turn {
    /// Turns of a caller, none longer than `limit`.
    pub fn new(cx: Cx, limit: Duration) -> Self {
        Self { cx, limit, taken: Arc::default() }
    }

    /// Whether anything was executed: until then errors are about the request.
    pub fn was_taken(&self) -> bool {
        self.taken.load(Ordering::Relaxed)
    }
}

/// Gives up turns that take longer than they may.
pub struct InTime;

impl ExtensionFactory for InTime {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait::async_trait]
impl Extension for InTime {
    async fn execute(&self, ctx: &ExtensionContext<'_>, name: Option<&str>, next: NextExecute<'_>) -> Response {
        let Some(turn) = ctx.data_opt::<Turn>() else { return next.run(ctx, name).await };
        turn.taken.store(true, Ordering::Relaxed);
        // Dropping the operation rolls its transaction back.
        let run = tokio::time::timeout(turn.limit, next.run(ctx, name)).await;
        run.unwrap_or_else(|_| failed(Error::unavailable("the deadline of the request passed"), &turn.cx))
    }
}
