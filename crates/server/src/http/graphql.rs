//! `/graphql`: queries and mutations by POST, queries by GET, subscriptions as server-sent events.
//! Statuses: with `application/graphql-response+json` a request that could not be executed is 4xx or 5xx; with
//! `application/json` every well-formed request is 200.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use access::Cx;
use async_graphql::{Response as Result_, ServerError, Value};
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::{ALLOW, CONTENT_LENGTH};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use futures_util::FutureExt as _;
use kernel::Error;
use serde::Serialize;
use tokio::time::Instant;

use super::caller::{self, Caller};
use super::media::{Media, is_json};
use super::verb::{NOT_BY_GET, OnlyQueries};
use super::{answer, stream};
use crate::app::App;
use crate::telemetry::PANICS;

/// `POST /graphql`.
pub async fn post(State(app): State<Arc<App>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Some(media) = Media::wanted(&parts.headers) else { return not_acceptable() };
    let plain = if media == Media::Events { Media::Json } else { media };
    if !is_json(&parts.headers) {
        let message = "The body must be application/json in UTF-8.";
        return answer::malformed(StatusCode::UNSUPPORTED_MEDIA_TYPE, plain, "INVALID_ARGUMENT", message);
    }
    let deadline = deadline(&app);
    let length = parts.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    let body = match read(body, length, app.config.http.body_limit_bytes, deadline).await {
        Ok(body) => body,
        Err((status, message)) => return answer::malformed(status, plain, "INVALID_ARGUMENT", message),
    };
    let batch = match parse(&body, app.config.graphql.max_batch) {
        Ok(batch) => batch,
        Err(message) => return answer::malformed(StatusCode::BAD_REQUEST, plain, "INVALID_ARGUMENT", &message),
    };
    let caller = match caller::identify(&app, &parts, batch.len()).await {
        Ok(caller) => caller,
        Err(refused) => return refused.answer(plain),
    };
    match (media, batch) {
        (Media::Events, Batch::One(request)) => stream::events(app, caller, *request),
        (Media::Events, Batch::Many(_)) => {
            let message = "Several operations cannot be answered as one stream of events.";
            answer::malformed(StatusCode::BAD_REQUEST, plain, "INVALID_ARGUMENT", message)
        }
        (_, Batch::One(request)) => {
            let result = execute(&app, &caller.cx, *request, deadline).await;
            caller.dress(one(&result, media))
        }
        (_, Batch::Many(requests)) => {
            let mut results = Vec::with_capacity(requests.len());
            // One after the other: one HTTP request holds at most one connection to the database at a time.
            for request in requests {
                results.push(execute(&app, &caller.cx, request, deadline).await);
            }
            let results: Vec<Told<'_>> = results.iter().map(Told::of).collect();
            caller.dress(answer::json(StatusCode::OK, media, &results))
        }
    }
}

/// `GET /graphql?query=…&variables=…&operationName=…`: queries only.
pub async fn get(State(app): State<Arc<App>>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let Some(media) = Media::wanted(&parts.headers).filter(|media| *media != Media::Events) else {
        return not_acceptable();
    };
    let request = match axum::extract::Query::<Asked>::try_from_uri(&parts.uri) {
        Ok(query) => query.0.request(),
        Err(_) => Err("The query string cannot be read."),
    };
    let request = match request {
        Ok(request) => request.data(OnlyQueries),
        Err(message) => return answer::malformed(StatusCode::BAD_REQUEST, media, "INVALID_ARGUMENT", message),
    };
    let caller = match caller::identify(&app, &parts, 1).await {
        Ok(caller) => caller,
        Err(refused) => return refused.answer(media),
    };
    let result = execute(&app, &caller.cx, request, deadline(&app)).await;
    if first_code(&result) == Some(NOT_BY_GET) {
        let mut response = answer::json(StatusCode::METHOD_NOT_ALLOWED, media, &Told::of(&result));
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
        return response;
    }
    caller.dress(one(&result, media))
}

/// Runs one operation: never longer than the deadline, never taking the request down with it.
pub async fn execute(app: &App, cx: &Cx, request: async_graphql::Request, deadline: Instant) -> Result_ {
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
pub fn failed(error: Error, cx: &Cx) -> Result_ {
    Result_::from_errors(vec![gql::refuse(error, cx)])
}

/// Whether nothing was executed: then there is no `data`, not even null.
pub fn is_request_error(result: &Result_) -> bool {
    result.data == Value::Null && !result.errors.is_empty() && result.errors.iter().all(|error| error.path.is_empty())
}

/// A result as it is sent: without `data` when there was no execution.
#[derive(Serialize)]
pub struct Told<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Value>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [ServerError],
    #[serde(skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    extensions: &'a std::collections::BTreeMap<String, Value>,
}

impl<'a> Told<'a> {
    /// What is sent of a result.
    pub fn of(result: &'a Result_) -> Self {
        let data = (!is_request_error(result)).then_some(&result.data);
        Self { data, errors: &result.errors, extensions: &result.extensions }
    }
}

fn one(result: &Result_, media: Media) -> Response {
    let status = match media {
        Media::Graphql if is_request_error(result) => match first_code(result) {
            Some("UNAVAILABLE") => StatusCode::SERVICE_UNAVAILABLE,
            Some("INTERNAL") => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        },
        _ => StatusCode::OK,
    };
    answer::json(status, media, &Told::of(result))
}

fn first_code(result: &Result_) -> Option<&str> {
    match result.errors.first()?.extensions.as_ref()?.get("code")? {
        Value::String(code) => Some(code),
        _ => None,
    }
}

/// The body, when it is small enough and comes in time.
async fn read(
    body: Body,
    length: Option<usize>,
    limit: usize,
    deadline: Instant,
) -> Result<Bytes, (StatusCode, &'static str)> {
    const TOO_LARGE: (StatusCode, &str) = (StatusCode::PAYLOAD_TOO_LARGE, "The body is too large.");
    if length.is_some_and(|length| length > limit) {
        return Err(TOO_LARGE);
    }
    match tokio::time::timeout_at(deadline, axum::body::to_bytes(body, limit)).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(_)) => Err(TOO_LARGE),
        Err(_) => Err((StatusCode::REQUEST_TIMEOUT, "The body did not come in time.")),
    }
}

fn deadline(app: &App) -> Instant {
    Instant::now() + Duration::from_secs(app.config.http.deadline_seconds)
}

fn not_acceptable() -> Response {
    let message = "Answers are application/graphql-response+json, application/json or, by POST, text/event-stream.";
    answer::malformed(StatusCode::NOT_ACCEPTABLE, Media::Json, "INVALID_ARGUMENT", message)
}

/// What a body holds.
enum Batch {
    One(Box<async_graphql::Request>),
    Many(Vec<async_graphql::Request>),
}

impl Batch {
    fn len(&self) -> usize {
        match self {
            Self::One(_) => 1,
            Self::Many(requests) => requests.len(),
        }
    }
}

fn parse(body: &[u8], max: usize) -> Result<Batch, String> {
    let is_list = body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
    if is_list {
        let requests: Vec<Posted> = serde_json::from_slice(body).map_err(|error| unreadable(&error))?;
        if requests.is_empty() || requests.len() > max {
            return Err(format!("A request has 1 to {max} operations."));
        }
        return Ok(Batch::Many(requests.into_iter().map(Posted::request).collect()));
    }
    let request: Posted = serde_json::from_slice(body).map_err(|error| unreadable(&error))?;
    Ok(Batch::One(Box::new(request.request())))
}

fn unreadable(error: &serde_json::Error) -> String {
    // The parser's message quotes no values but the place helps.
    format!("The body is not a GraphQL request (line {}, column {}).", error.line(), error.column())
}

/// A request in a body or a socket message.
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Posted {
    query: String,
    operation_name: Option<String>,
    variables: Option<serde_json::Map<String, serde_json::Value>>,
    /// Read, so that it must be an object; none is in use.
    #[serde(default)]
    #[allow(dead_code)]
    extensions: Option<serde_json::Map<String, serde_json::Value>>,
}

impl Posted {
    /// The request to execute.
    pub fn request(self) -> async_graphql::Request {
        let mut request = async_graphql::Request::new(self.query);
        request.operation_name = self.operation_name;
        let variables = serde_json::Value::Object(self.variables.unwrap_or_default());
        request.variables(async_graphql::Variables::from_json(variables))
    }
}

/// A request in a query string: variables are JSON in text.
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    query: Option<String>,
    operation_name: Option<String>,
    variables: Option<String>,
}

impl Asked {
    fn request(self) -> Result<async_graphql::Request, &'static str> {
        let query = self.query.ok_or("The parameter `query` is missing.")?;
        let operation_name = self.operation_name.filter(|name| !name.is_empty());
        let variables = match self.variables.as_deref() {
            None | Some("") => None,
            Some(text) => serde_json::from_str(text).map_err(|_| "The parameter `variables` is not a JSON object.")?,
        };
        Ok(Posted { query, operation_name, variables, extensions: None }.request())
    }
}

/// For streams: who is asking, kept for as long as they listen.
pub fn with_data(request: async_graphql::Request, caller: &Caller, app: &App) -> async_graphql::Request {
    request.data(gql::Request::new(caller.cx.clone(), app.db.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_one_request_or_a_short_list() {
        assert!(matches!(parse(br#" {"query":"{a}"}"#, 2), Ok(Batch::One(_))));
        assert!(
            matches!(parse(br#"[{"query":"{a}"},{"query":"{b}","variables":null}]"#, 2), Ok(Batch::Many(list)) if list.len() == 2)
        );
        for body in [
            "",
            "[]",
            "1",
            "null",
            "\"{a}\"",
            "{}",
            r#"{"qeury":"{a}"}"#,
            r#"{"query":1}"#,
            r#"{"query":"{a}","variables":[]}"#,
            r#"{"query":"{a}","operationName":1}"#,
            r#"{"query":"{a}","extensions":1}"#,
            r#"[{"query":"a"},{"query":"a"},{"query":"a"}]"#,
        ] {
            assert!(parse(body.as_bytes(), 2).is_err(), "{body}");
        }
    }

    #[test]
    fn a_refused_request_has_no_data_and_a_failed_field_has() {
        let refused = Result_::from_errors(vec![ServerError::new("no", None)]);
        assert_eq!(serde_json::json!(Told::of(&refused)), serde_json::json!({"errors": [{"message": "no"}]}));
        let mut failed = ServerError::new("no", None);
        failed.path = vec![async_graphql::PathSegment::Field("a".into())];
        let failed = Result_::from_errors(vec![failed]);
        assert_eq!(serde_json::json!(Told::of(&failed))["data"], serde_json::Value::Null);
        assert_eq!(one(&failed, Media::Graphql).status(), StatusCode::OK);
        assert_eq!(one(&refused, Media::Graphql).status(), StatusCode::BAD_REQUEST);
        assert_eq!(one(&refused, Media::Json).status(), StatusCode::OK);
    }
}
