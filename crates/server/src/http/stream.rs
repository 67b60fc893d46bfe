//! Results as they come, for sockets and for server-sent events (GraphQL over SSE, distinct connections mode: one request,
//! one stream). Nothing is kept of what was sent: whoever comes again begins anew.

mod turn;

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName};
use axum::response::{IntoResponse as _, Response};
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;

use super::caller::Caller;
use super::graphql::{Told, failed};
use super::places::Place;
use crate::app::App;
use crate::telemetry::{Counted, PANICS, SOCKETS, SUBSCRIPTIONS};
use turn::Turn;

pub use turn::InTime;

/// Nginx would gather the events before it passes them on.
const BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");
/// With a field of data, though it is empty: browsers ignore an event without one.
const COMPLETE: Bytes = Bytes::from_static(b"event: complete\ndata: \n\n");
const COMMENT: Bytes = Bytes::from_static(b":\n\n");

/// What came of an operation.
pub enum Outcome {
    /// It was not executed, or could not go on; nothing follows.
    Refused(async_graphql::Response),
    /// A result: the only one of a query or mutation, one of many of a subscription.
    Result(async_graphql::Response),
}

/// Answers with the results of an operation as they come. The stream ends with `complete` when the operation has, and
/// without it when the session ends or the server stops: then the client should come again.
pub fn events(app: Arc<App>, caller: Caller, request: async_graphql::Request, place: Place) -> Response {
    let keep_alive = Duration::from_secs(app.config.graphql.stream_keep_alive_seconds.max(1));
    let (mut ended, counted) = (app.listeners.watch(&caller.cx), Counted::new(SOCKETS));
    let results = results(&app, &caller, request).map(|outcome| match outcome {
        Outcome::Refused(result) | Outcome::Result(result) => next(&result),
    });
    let cut = Box::pin(async move {
        tokio::select! {
            () = app.stopping.cancelled() => {}
            () = ended.wait() => {}
        }
        drop((counted, place));
    });
    let complete = futures_util::stream::once(std::future::ready(COMPLETE));
    let events = results.chain(complete).take_until(cut).boxed();
    let body = futures_util::stream::unfold(events, move |mut events| async move {
        let event = match tokio::time::timeout(keep_alive, events.next()).await {
            Ok(event) => event?,
            Err(_) => COMMENT,
        };
        Some((Ok::<_, Infallible>(event), events))
    });
    answer(Body::from_stream(body))
}

/// The answer to a request for events that was not executed: its errors as the only result.
pub fn only(refused: &async_graphql::Response) -> Response {
    answer(Body::from([next(refused), COMPLETE].concat()))
}

fn answer(body: Body) -> Response {
    let headers = [(CONTENT_TYPE, "text/event-stream"), (CACHE_CONTROL, "no-store"), (BUFFERING, "no")];
    (headers, body).into_response()
}

/// The results of any operation, each within the deadline of a request. Dropping the stream drops what runs, and with it
/// its transaction. A panic ends it with an error instead of taking others down.
pub fn results(app: &App, caller: &Caller, request: async_graphql::Request) -> BoxStream<'static, Outcome> {
    let turn = Turn::new(caller.cx.clone(), Duration::from_secs(app.config.http.deadline_seconds));
    let request = request.data(gql::Request::new(caller.cx.clone(), app.db.clone())).data(turn.clone());
    let results = AssertUnwindSafe(app.schema.execute_stream(request)).catch_unwind();
    let counted = Counted::new(SUBSCRIPTIONS);
    let outcome = move |result: Result<async_graphql::Response, _>| {
        // Counted for as long as the stream is kept.
        let _ = &counted;
        match result {
            Ok(result) if turn.was_taken() => Outcome::Result(result),
            Ok(mut result) => {
                // Nothing of a result was made, so there is no place in it that an error could be about.
                result.errors.iter_mut().for_each(|error| error.path.clear());
                Outcome::Refused(result)
            }
            Err(_) => {
                metrics::counter!(PANICS).increment(1);
                Outcome::Refused(failed(kernel::Error::internal("an operation panicked"), &turn.cx))
            }
        }
    };
    results.map(outcome).boxed()
}

/// JSON is one line, so it is one field.
fn next(result: &async_graphql::Response) -> Bytes {
    let mut event = b"event: next\ndata: ".to_vec();
    match Told::of(result).write(&mut event) {
        Ok(()) => {
            event.extend(b"\n\n");
            event.into()
        }
        Err(error) => {
            tracing::error!(%error, "a result could not be written as JSON");
            COMPLETE
        }
    }
}
