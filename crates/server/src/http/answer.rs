//! Answers of the edge itself, in the same form as those of operations: `{"errors": [{message, extensions.code}]}`.

use access::Cx;
use async_graphql::{ErrorExtensionValues, ServerError, Value};
use axum::body::Body;
use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use kernel::{Error, Kind};
use serde::Serialize;

use super::media::Media;

/// What whoever showed nothing is told to show (RFC 6750, 3): no error is named then.
pub const CHALLENGE: HeaderValue = HeaderValue::from_static("Bearer realm=\"zapys\"");

/// A JSON answer of a status and form. Answers are about one caller at one moment: nobody may keep them.
pub fn json(status: StatusCode, media: Media, body: &impl Serialize) -> Response {
    written(status, media, |out| serde_json::to_writer(out, body))
}

/// The same with a body that `write` writes.
pub fn written(
    status: StatusCode,
    media: Media,
    write: impl FnOnce(&mut Vec<u8>) -> serde_json::Result<()>,
) -> Response {
    let mut body = Vec::with_capacity(256);
    match write(&mut body) {
        Ok(()) => {
            let mut response = Response::new(Body::from(body));
            *response.status_mut() = status;
            response.headers_mut().insert(CONTENT_TYPE, media.content_type(status));
            response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }
        Err(error) => {
            tracing::error!(%error, "an answer could not be written as JSON");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Refuses a request that did not become an operation, with the status that its kind has.
pub fn refuse(error: Error, cx: &Cx, media: Media) -> Response {
    let kind = error.kind();
    let mut response = json(status_of(kind), media, &Refusal::of(gql::refuse(error, cx)));
    match kind {
        Kind::RateLimited { retry_after } => {
            let seconds = retry_after.as_millis().div_ceil(1000).max(1);
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(u64::try_from(seconds).unwrap_or(u64::MAX)));
        }
        Kind::Unavailable => {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        Kind::Unauthenticated => {
            response.headers_mut().insert(WWW_AUTHENTICATE, CHALLENGE);
        }
        _ => {}
    }
    response
}

/// Refuses a request that is not of the form that the protocol asks for. In English: a program's author reads it.
pub fn malformed(status: StatusCode, media: Media, code: &str, message: &str) -> Response {
    json(status, media, &Refusal::of(coded(code, message)))
}

/// An error of the edge with its code.
pub fn coded(code: &str, message: &str) -> ServerError {
    let mut extensions = ErrorExtensionValues::default();
    extensions.set("code", Value::from(code));
    ServerError { extensions: Some(extensions), ..ServerError::new(message, None) }
}

/// Whatever no route takes. `OPTIONS *` asks about the server as a whole (RFC 9110, 9.3.7).
pub async fn anything_else(method: Method, uri: Uri) -> Response {
    if method == Method::OPTIONS && uri.path() == "*" {
        return (StatusCode::NO_CONTENT, [(ALLOW, "GET, HEAD, POST, OPTIONS")]).into_response();
    }
    not_found().await
}

/// No such path.
pub async fn not_found() -> Response {
    malformed(StatusCode::NOT_FOUND, Media::Either, "NOT_FOUND", "There is nothing at this address.")
}

/// No such verb at this path.
pub async fn method_not_allowed() -> Response {
    malformed(
        StatusCode::METHOD_NOT_ALLOWED,
        Media::Either,
        "INVALID_ARGUMENT",
        "This address does not take this method.",
    )
}

fn status_of(kind: Kind) -> StatusCode {
    match kind {
        Kind::Invalid | Kind::Conflict | Kind::InvalidArgument => StatusCode::BAD_REQUEST,
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::Forbidden { .. } => StatusCode::FORBIDDEN,
        Kind::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// A result without `data`: nothing was executed.
#[derive(Serialize)]
struct Refusal {
    errors: [ServerError; 1],
}

impl Refusal {
    fn of(error: ServerError) -> Self {
        Self { errors: [error] }
    }
}
