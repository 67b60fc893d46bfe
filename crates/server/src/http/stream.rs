//! Subscriptions as server-sent events: GraphQL over SSE, distinct connections mode. One request, one stream.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;

use super::caller::Caller;
use super::graphql::{Told, failed, with_data};
use crate::app::App;
use crate::telemetry::{Counted, PANICS, SOCKETS, SUBSCRIPTIONS};

/// Shorter than what proxies take for silence.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Answers with the results of an operation as they come, until it ends, the session ends or the server stops.
pub fn events(app: Arc<App>, caller: Caller, request: async_graphql::Request) -> Response {
    let results = results(&app, &caller, request);
    let ended = async move {
        tokio::select! {
            () = app.stopping.cancelled() => {}
            () = caller.ended(&app) => {}
        }
    };
    let counted = Counted::new(SOCKETS);
    let next = results.take_until(Box::pin(ended)).map(move |result| {
        let _ = &counted;
        event("next", &result)
    });
    let complete = futures_util::stream::once(async { Event::default().event("complete").data("") });
    let mut response = Sse::new(next.chain(complete).map(Ok::<_, Infallible>))
        .keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
        .into_response();
    // Nginx would gather the events before it passes them on.
    response.headers_mut().insert("x-accel-buffering", axum::http::HeaderValue::from_static("no"));
    response
}

/// The answer to a request for events that was not executed: its errors as the only result.
pub fn only(refused: async_graphql::Response) -> Response {
    let events = [event("next", &refused), Event::default().event("complete").data("")];
    Sse::new(futures_util::stream::iter(events.map(Ok::<_, Infallible>))).into_response()
}

/// The results of any operation as a stream. A panic ends it with an error instead of taking others down.
pub fn results(
    app: &App,
    caller: &Caller,
    request: async_graphql::Request,
) -> BoxStream<'static, async_graphql::Response> {
    let cx = caller.cx.clone();
    let counted = Counted::new(SUBSCRIPTIONS);
    let stream = app.schema.execute_stream(with_data(request, caller, app));
    AssertUnwindSafe(stream)
        .catch_unwind()
        .map(move |result| {
            let _ = &counted;
            result.unwrap_or_else(|_| {
                metrics::counter!(PANICS).increment(1);
                failed(kernel::Error::internal("a subscription panicked"), &cx)
            })
        })
        .boxed()
}

fn event(name: &str, result: &async_graphql::Response) -> Event {
    let event = Event::default().event(name);
    event.json_data(Told::of(result)).unwrap_or_else(|_| Event::default().event("complete").data(""))
}
