//! `/graphql`: queries and mutations by POST, queries by GET, any operation as server-sent events.
//! Statuses are those of GraphQL over HTTP: docs/graphql.md has the table.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use access::Cx;
use async_graphql::parser::types::OperationType;
use async_graphql::{Response as Outcome, Variables};
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::{ALLOW, CONTENT_LENGTH, EXPECT};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use futures_util::{FutureExt as _, StreamExt as _};
use gql::Observer as _;
use kernel::Error;
use tokio::time::Instant;

use super::caller::{self, Caller};
use super::media::{Accepted, Media, is_json, is_plain};
use super::posted::Batch;
use super::result::{many, one};
use super::{answer, places, stream};
use crate::app::App;
use crate::telemetry::PANICS;

pub use super::posted::Posted;
pub use super::result::Told;

const INVALID: &str = "INVALID_ARGUMENT";

/// `POST /graphql`.
pub async fn post(State(app): State<Arc<App>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Some(accepted) = Accepted::read(&parts.headers) else { return not_acceptable() };
    let media = accepted.answer();
    if !is_json(&parts.headers) || !is_plain(&parts.headers) {
        return unsupported(media);
    }
    let deadline = deadline(&app);
    let body = match read(body, &parts.headers, app.config.http.body_limit_bytes, deadline).await {
        Ok(body) => body,
        Err((status, message)) => return answer::malformed(status, media, INVALID, message),
    };
    let batch = match Batch::read(&body, app.config.graphql.max_batch) {
        Ok(batch) => batch,
        Err(message) => return answer::malformed(StatusCode::BAD_REQUEST, media, INVALID, &message),
    };
    let caller = match caller::identify(&app, &parts, batch.len()).await {
        Ok(caller) => caller,
        Err(refused) => return refused.answer(media),
    };
    // What lives as long as a stream of events must not keep the body.
    drop((parts, body));
    match batch {
        Batch::One(posted) => single(app, caller, accepted, *posted, Verb::Post, deadline).await,
        Batch::Many(_) if accepted.wants_only_events() => {
            let message = "Several operations cannot be answered as one stream of events.";
            answer::malformed(StatusCode::BAD_REQUEST, media, INVALID, message)
        }
        Batch::Many(batch) => {
            let mut results = Vec::with_capacity(batch.len());
            // One after the other: one HTTP request holds at most one connection to the database at a time.
            for posted in batch {
                let result = match prepare(&app, &caller.cx, posted).await {
                    Ok(prepared) if prepared.kind == Some(OperationType::Subscription) => no_stream(),
                    Ok(prepared) => execute(&app, &caller.cx, caller.lend(prepared.request), deadline).await,
                    Err(refused) => refused,
                };
                results.push(result);
            }
            let response = caller.dress(many(&results, media));
            results.iter().fold(response, |response, result| Caller::give(result, response))
        }
    }
}

/// `GET /graphql?query=…&variables=…&operationName=…&extensions=…`: queries, and subscriptions as events.
pub async fn get(State(app): State<Arc<App>>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let Some(accepted) = Accepted::read(&parts.headers) else { return not_acceptable() };
    let media = accepted.answer();
    let posted = match Posted::from_query_string(parts.uri.query().unwrap_or_default()) {
        Ok(posted) => posted,
        Err(message) => return answer::malformed(StatusCode::BAD_REQUEST, media, INVALID, message),
    };
    let caller = match caller::identify(&app, &parts, 1).await {
        Ok(caller) => caller,
        Err(refused) => return refused.answer(media),
    };
    drop(parts);
    let deadline = deadline(&app);
    single(app, caller, accepted, posted, Verb::Get, deadline).await
}

/// `OPTIONS /graphql` that is not a preflight.
pub async fn options() -> Response {
    (StatusCode::NO_CONTENT, [(ALLOW, "GET, HEAD, POST, OPTIONS")]).into_response()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verb {
    Get,
    Post,
}

async fn single(
    app: Arc<App>,
    caller: Caller,
    accepted: Accepted,
    posted: Posted,
    verb: Verb,
    deadline: Instant,
) -> Response {
    let media = accepted.answer();
    let prepared = match prepare(&app, &caller.cx, posted).await {
        Ok(prepared) => prepared,
        Err(refused) if accepted.wants_only_events() => return stream::only(&refused),
        Err(refused) => return caller.dress(one(&refused, media)),
    };
    if verb == Verb::Get && prepared.kind == Some(OperationType::Mutation) {
        let mut response = answer::malformed(
            StatusCode::METHOD_NOT_ALLOWED,
            media,
            INVALID,
            "A mutation cannot be sent by GET: a link or an image of a foreign page must not change anything.",
        );
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
        return response;
    }
    let is_subscription = prepared.kind == Some(OperationType::Subscription);
    if accepted.wants_events(is_subscription) {
        return match app.places.take(caller.cx.address) {
            Some(place) => stream::events(app, caller, prepared.request, place),
            None => caller.dress(answer::refuse(Error::rate_limited(places::LATER), &caller.cx, media)),
        };
    }
    if is_subscription {
        return caller.dress(one(&no_stream(), media));
    }
    let result = execute(&app, &caller.cx, caller.lend(prepared.request), deadline).await;
    Caller::give(&result, caller.dress(one(&result, media)))
}

/// A request whose document is known.
pub struct Prepared {
    /// What to execute.
    pub request: async_graphql::Request,
    /// What kind of operation that would be; None when the document does not say which, and execution will refuse.
    pub kind: Option<OperationType>,
}

/// Finds the document that is asked for, by its text or by its name, and looks at what it would do.
pub async fn prepare(app: &App, cx: &Cx, posted: Posted) -> Result<Prepared, Outcome> {
    let Posted { query, operation_name, variables, extensions, document_id } = posted;
    let asked =
        gql::Asked { query: query.as_deref(), document_id: document_id.as_deref(), extensions: extensions.as_ref() };
    let document = app.documents.resolve(asked, cx).await.map_err(|errors| {
        let label = app.operations.label(None, None);
        app.operations.ended(&gql::Observed::refused(label, &errors));
        Outcome::from_errors(errors)
    })?;
    let kind = document.kind(operation_name.as_deref());
    let variables = Variables::from_json(serde_json::Value::Object(variables.unwrap_or_default()));
    let mut request = async_graphql::Request::new("").variables(variables).data(document);
    request.operation_name = operation_name;
    Ok(Prepared { request, kind })
}

/// Runs one query or mutation: never longer than the deadline, never taking the request down with it.
pub async fn execute(app: &App, cx: &Cx, request: async_graphql::Request, deadline: Instant) -> Outcome {
    let request = request.data(gql::Request::new(cx.clone(), app.db.clone()).until(deadline.into_std()));
    let run = AssertUnwindSafe(app.schema.execute(request)).catch_unwind();
    // Dropping the operation rolls its transaction back.
    match tokio::time::timeout_at(deadline, run).await {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => {
            metrics::counter!(PANICS).increment(1);
            failed(Error::internal("an operation panicked"), cx)
        }
        Err(_) => failed(Error::unavailable("the deadline of the request passed"), cx),
    }
}

/// The result of an operation that was not executed.
pub fn failed(error: Error, cx: &Cx) -> Outcome {
    Outcome::from_errors(vec![gql::refuse(error, cx)])
}

fn deadline(app: &App) -> Instant {
    Instant::now() + Duration::from_secs(app.config.http.deadline_seconds)
}

/// The body, when it is small enough and comes in time.
async fn read(
    body: Body,
    headers: &HeaderMap,
    limit: usize,
    deadline: Instant,
) -> Result<Bytes, (StatusCode, &'static str)> {
    let length = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    let is_announced_too_large = length.is_some_and(|length| length > limit);
    let mut read = Vec::with_capacity(length.unwrap_or_default().min(limit));
    let mut chunks = body.into_data_stream();
    let gathered = async {
        if is_announced_too_large {
            return Err((StatusCode::PAYLOAD_TOO_LARGE, "The body is too large."));
        }
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|_| (StatusCode::BAD_REQUEST, "The body broke off."))?;
            if read.len() + chunk.len() > limit {
                return Err((StatusCode::PAYLOAD_TOO_LARGE, "The body is too large."));
            }
            read.extend_from_slice(&chunk);
        }
        Ok(())
    };
    let gathered = tokio::time::timeout_at(deadline, gathered).await;
    match gathered.unwrap_or(Err((StatusCode::REQUEST_TIMEOUT, "The body did not come in time."))) {
        Ok(()) => Ok(read.into()),
        Err(refusal) => {
            if refusal.0 == StatusCode::PAYLOAD_TOO_LARGE && !headers.contains_key(EXPECT) {
                swallow(chunks, limit).await;
            }
            Err(refusal)
        }
    }
}

/// Takes some of what is still coming: a connection that is closed while its peer writes loses the answer on the way.
async fn swallow(mut chunks: axum::body::BodyDataStream, limit: usize) {
    const PATIENCE: Duration = Duration::from_secs(1);
    let mut room = limit.saturating_mul(8);
    let swallowed = async {
        while let Some(Ok(chunk)) = chunks.next().await {
            room = room.saturating_sub(chunk.len());
            if room == 0 {
                return;
            }
        }
    };
    let _ = tokio::time::timeout(PATIENCE, swallowed).await;
}

fn no_stream() -> Outcome {
    let text = "A subscription needs `Accept: text/event-stream`, or the WebSocket at /graphql/ws.";
    Outcome::from_errors(vec![answer::coded(INVALID, text)])
}

fn not_acceptable() -> Response {
    let message = "Answers are application/graphql-response+json, application/json or text/event-stream.";
    answer::malformed(StatusCode::NOT_ACCEPTABLE, Media::Either, INVALID, message)
}

fn unsupported(media: Media) -> Response {
    let message = "The body must be application/json in UTF-8, without a content coding.";
    let mut response = answer::malformed(StatusCode::UNSUPPORTED_MEDIA_TYPE, media, INVALID, message);
    let headers = response.headers_mut();
    headers.insert("accept-post", HeaderValue::from_static("application/json"));
    headers.insert("accept-encoding", HeaderValue::from_static("identity"));
    response
}
