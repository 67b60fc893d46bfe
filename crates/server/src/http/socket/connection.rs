//! One socket from the upgrade to its close. The connection is one task that reads and writes; each operation is a
//! task of its own that hands its messages over a short queue, so that a slow reader slows its own operations only.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{Message, WebSocket};
use axum::http::request::Parts;
use futures_util::StreamExt as _;
use serde_json::{Map, Value};
use tokio::sync::mpsc::{self, Sender};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, timeout};

use super::message::{Closing, Said, Say};
use crate::app::App;
use crate::http::caller::{self, Caller};
use crate::http::graphql::{Posted, Told, failed, is_request_error, prepare};
use crate::http::stream;
use crate::telemetry::{Counted, SOCKETS};

const INITIALISATION: Duration = Duration::from_secs(10);
const PING: Duration = Duration::from_secs(30);
/// How long the peer may take for the close frame.
const FAREWELL: Duration = Duration::from_secs(2);
/// Messages of all operations that wait to be written.
const QUEUE: usize = 32;

/// Serves a socket until it closes.
pub async fn run(app: Arc<App>, parts: Parts, mut socket: WebSocket) {
    let counted = Counted::new(SOCKETS);
    let opened = timeout(INITIALISATION, initialise(&app, &parts, &mut socket));
    let closing = tokio::select! {
        biased;
        () = app.stopping.cancelled() => Some(Closing::GoingAway),
        opened = opened => match opened {
            Err(_) => Some(Closing::InitialisationTimeout),
            Ok(Err(closing)) => closing,
            Ok(Ok(caller)) => serve(&app, &mut socket, &caller).await,
        },
    };
    if let Some(closing) = closing {
        let _ = timeout(FAREWELL, socket.send(closing.message())).await;
    }
    drop(counted);
}

/// Waits for `connection_init` and finds out who is there. None as the reason: the peer has gone.
async fn initialise(app: &App, parts: &Parts, socket: &mut WebSocket) -> Result<Caller, Option<Closing>> {
    loop {
        match hear(socket).await? {
            None | Some(Said::Pong { .. } | Said::Complete { .. }) => {}
            Some(Said::ConnectionInit { payload }) => {
                let authorization = payload.as_ref().and_then(authorization);
                let caller = caller::identify_socket(app, parts, authorization).await;
                let caller = caller.map_err(|_| Some(Closing::Forbidden))?;
                socket.send(Say::ConnectionAck.message()).await.map_err(|_| None)?;
                return Ok(caller);
            }
            Some(Said::Ping { .. }) => socket.send(Say::Pong.message()).await.map_err(|_| None)?,
            Some(Said::Subscribe { .. }) => return Err(Some(Closing::NotInitialised)),
        }
    }
}

/// `authorization` of the payload, whatever the case of its name: front ends copy the header's.
fn authorization(payload: &Map<String, Value>) -> Option<&str> {
    payload.iter().find(|(name, _)| name.eq_ignore_ascii_case("authorization"))?.1.as_str()
}

/// One message; Ok(None) for a frame that says nothing. Err(None): the peer has gone.
async fn hear(socket: &mut WebSocket) -> Result<Option<Said>, Option<Closing>> {
    match socket.recv().await {
        None | Some(Err(_) | Ok(Message::Close(_))) => Err(None),
        Some(Ok(Message::Text(text))) => serde_json::from_str(&text).map(Some).map_err(|_| Some(Closing::BadMessage)),
        Some(Ok(Message::Binary(_))) => Err(Some(Closing::BadMessage)),
        Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(None),
    }
}

async fn serve(app: &Arc<App>, socket: &mut WebSocket, caller: &Caller) -> Option<Closing> {
    let (outbox, mut queue) = mpsc::channel(QUEUE);
    let mut operations = Operations { running: HashMap::new(), runs: 0, tasks: JoinSet::new(), outbox };
    let mut heard = Instant::now();
    let mut ping = tokio::time::interval_at(heard + PING, PING);
    let ended = caller.ended(app);
    tokio::pin!(ended);
    loop {
        tokio::select! {
            biased;
            () = app.stopping.cancelled() => return Some(Closing::GoingAway),
            () = &mut ended => return Some(Closing::Forbidden),
            _ = ping.tick() => {
                if heard.elapsed() > PING * 2 {
                    return None;
                }
                socket.send(Message::Ping(axum::body::Bytes::new())).await.ok()?;
            }
            Some(message) = queue.recv() => match message {
                Outgoing::Message(message) => socket.send(message).await.ok()?,
                Outgoing::Ended(id, run) => operations.ended(&id, run),
            },
            said = hear(socket) => {
                heard = Instant::now();
                match said {
                    Err(closing) => return closing,
                    Ok(None | Some(Said::Pong { .. })) => {}
                    Ok(Some(Said::Ping { .. })) => socket.send(Say::Pong.message()).await.ok()?,
                    Ok(Some(Said::ConnectionInit { .. })) => return Some(Closing::TooManyInitialisations),
                    Ok(Some(Said::Complete { id })) => operations.stop(&id),
                    Ok(Some(Said::Subscribe { id, payload })) => {
                        if operations.running.contains_key(&id) {
                            return Some(Closing::DuplicateId);
                        }
                        if operations.running.len() >= app.config.graphql.max_socket_operations
                            || caller::take(app, &caller.cx).await.is_err()
                        {
                            return Some(Closing::TooMany);
                        }
                        operations.start(app, caller, id, payload);
                    }
                }
            }
        }
    }
}

/// What an operation hands to its connection.
enum Outgoing {
    Message(Message),
    /// The operation of this id has ended, if it still is this run of it: a client may use an id again.
    Ended(String, u64),
}

/// The running operations of a socket. Dropping it stops them all.
struct Operations {
    running: HashMap<String, (u64, AbortHandle)>,
    runs: u64,
    tasks: JoinSet<()>,
    outbox: Sender<Outgoing>,
}

impl Operations {
    fn start(&mut self, app: &Arc<App>, caller: &Caller, id: String, request: Posted) {
        // Finished tasks are taken out here, else they would be kept until the socket closes.
        while self.tasks.try_join_next().is_some() {}
        self.runs += 1;
        let run = self.runs;
        let (app, caller, outbox, key) = (app.clone(), caller.clone(), self.outbox.clone(), id.clone());
        let handle = self.tasks.spawn(async move {
            if operate(&app, &caller, &id, request, &outbox).await.is_some() {
                let _ = outbox.send(Outgoing::Ended(id, run)).await;
            }
        });
        self.running.insert(key, (run, handle));
    }

    fn ended(&mut self, id: &str, run: u64) {
        if self.running.get(id).is_some_and(|(running, _)| *running == run) {
            self.running.remove(id);
        }
    }

    fn stop(&mut self, id: &str) {
        if let Some((_, handle)) = self.running.remove(id) {
            handle.abort();
        }
    }
}

/// Runs one operation to its end. None when the connection has gone.
async fn operate(app: &App, caller: &Caller, id: &str, posted: Posted, outbox: &Sender<Outgoing>) -> Option<()> {
    let caller = match caller.anew(app).await {
        Ok(caller) => caller,
        Err(error) => {
            let refused = failed(error, &caller.cx);
            let message = Say::Error { id, payload: &refused.errors }.message();
            return outbox.send(Outgoing::Message(message)).await.ok();
        }
    };
    let prepared = match prepare(app, &caller.cx, posted).await {
        Ok(prepared) => prepared,
        Err(refused) => {
            let message = Say::Error { id, payload: &refused.errors }.message();
            return outbox.send(Outgoing::Message(message)).await.ok();
        }
    };
    let mut results = stream::results(app, &caller, prepared.request);
    while let Some(result) = results.next().await {
        if is_request_error(&result) {
            let message = Say::Error { id, payload: &result.errors }.message();
            return outbox.send(Outgoing::Message(message)).await.ok();
        }
        let message = Say::Next { id, payload: Told::of(&result) }.message();
        outbox.send(Outgoing::Message(message)).await.ok()?;
    }
    outbox.send(Outgoing::Message(Say::Complete { id }.message())).await.ok()
}
