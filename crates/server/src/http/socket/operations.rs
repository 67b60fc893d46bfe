//! The operations that run on a socket. An id is taken from the moment its operation is asked for until its last message
//! is about to be written, or its client says `complete`; after that nothing of it is sent.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::BoxStream;
use futures_util::{FutureExt as _, StreamExt as _};
use kernel::Error;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio_tungstenite::tungstenite::Utf8Bytes;
use tokio_util::task::AbortOnDropHandle;

use super::message::{Closing, Say};
use crate::app::App;
use crate::http::caller::{self, Caller};
use crate::http::graphql::{Posted, Told, failed, prepare};
use crate::http::stream::{self, Outcome};
use crate::telemetry::PANICS;

/// Messages of all operations that wait to be written.
const QUEUE: usize = 32;
/// When to try again after too many operations at once: one of them may have ended by then.
const LATER: Duration = Duration::from_secs(1);

/// The operations of a socket. Dropping it stops them all.
pub struct Operations {
    app: Arc<App>,
    caller: Caller,
    running: Vec<Running>,
    runs: u64,
    outbox: Sender<Box<Outgoing>>,
    queue: Receiver<Box<Outgoing>>,
}

struct Running {
    id: Arc<str>,
    /// A client may use an id again: this tells its operations apart.
    run: u64,
    _task: AbortOnDropHandle<()>,
}

/// What an operation hands to its connection.
struct Outgoing {
    run: u64,
    text: Utf8Bytes,
    is_last: bool,
}

impl Operations {
    /// None yet.
    pub fn new(app: Arc<App>, caller: Caller) -> Self {
        let (outbox, queue) = mpsc::channel(QUEUE);
        Self { app, caller, running: Vec::new(), runs: 0, outbox, queue }
    }

    /// Begins an operation.
    pub fn start(&mut self, id: Box<str>, posted: Box<Posted>) -> Result<(), Closing> {
        if self.running.iter().any(|running| *running.id == *id) {
            return Err(Closing::DuplicateId(id));
        }
        self.runs += 1;
        let id: Arc<str> = id.into();
        let outlet = Outlet { id: id.clone(), run: self.runs, outbox: self.outbox.clone() };
        let is_one_too_many = self.running.len() >= self.app.config.graphql.max_socket_operations;
        let (app, caller) = (self.app.clone(), self.caller.clone());
        let task = tokio::spawn(async move {
            let results = Box::pin(begin(app, caller, posted, is_one_too_many)).await;
            outlet.send(results).await;
        });
        self.running.push(Running { id, run: self.runs, _task: AbortOnDropHandle::new(task) });
        Ok(())
    }

    /// Stops an operation, if it runs.
    pub fn stop(&mut self, id: &str) {
        self.running.retain(|running| *running.id != *id);
    }

    /// The next message to write. Can be given up and called again.
    pub async fn next(&mut self) -> Utf8Bytes {
        loop {
            let Some(outgoing) = self.queue.recv().await else { return std::future::pending().await };
            let Some(place) = self.running.iter().position(|running| running.run == outgoing.run) else { continue };
            if outgoing.is_last {
                self.running.swap_remove(place);
            }
            return outgoing.text;
        }
    }
}

/// The results of an operation, or why there are none. Counted against the limit of the session like a request.
async fn begin(
    app: Arc<App>,
    caller: Caller,
    posted: Box<Posted>,
    is_one_too_many: bool,
) -> BoxStream<'static, Outcome> {
    let begun = async {
        let now = async {
            caller::take(&app, &caller.cx).await?;
            if is_one_too_many {
                return Err(Error::rate_limited(LATER));
            }
            caller.anew(&app).await
        };
        let now = now.await.map_err(|error| Box::new(failed(error, &caller.cx)))?;
        let prepared = prepare(&app, &now.cx, *posted).await.map_err(Box::new)?;
        Ok(stream::results(&app, &now, prepared.request))
    };
    let results = AssertUnwindSafe(begun).catch_unwind().await.unwrap_or_else(|_| {
        metrics::counter!(PANICS).increment(1);
        Err(Box::new(failed(Error::internal("an operation panicked before it began"), &caller.cx)))
    });
    let refused = |refused: Box<_>| futures_util::stream::iter([Outcome::Refused(*refused)]).boxed();
    results.unwrap_or_else(refused)
}

/// Where an operation's messages go.
struct Outlet {
    id: Arc<str>,
    run: u64,
    outbox: Sender<Box<Outgoing>>,
}

impl Outlet {
    async fn send(self, mut results: BoxStream<'static, Outcome>) {
        let id = &*self.id;
        while let Some(outcome) = results.next().await {
            let (text, is_last) = match outcome {
                Outcome::Refused(result) => (Say::Error { id, payload: &result.errors }.text(), true),
                Outcome::Result(result) => (Say::next(id, &Told::of(&result)), false),
            };
            if self.hand(text, is_last).await.is_none() || is_last {
                return;
            }
        }
        self.hand(Say::Complete { id }.text(), true).await;
    }

    /// None when the connection has gone.
    async fn hand(&self, text: Utf8Bytes, is_last: bool) -> Option<()> {
        self.outbox.send(Box::new(Outgoing { run: self.run, text, is_last })).await.ok()
    }
}
