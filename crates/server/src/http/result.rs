//! How the result of an operation is written, and with which status.

use std::collections::BTreeMap;

use async_graphql::{Response as Outcome, ServerError, Value};
use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use serde::Serialize;

use super::answer;
use super::media::Media;

/// A result as it is sent: without `data` when there was no execution.
#[derive(Serialize)]
pub struct Told<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Value>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [ServerError],
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    extensions: &'a BTreeMap<String, Value>,
}

impl<'a> Told<'a> {
    /// What is sent of a result.
    pub fn of(result: &'a Outcome) -> Self {
        let data = (!is_request_error(result)).then_some(&result.data);
        Self { data, errors: &result.errors, extensions: &result.extensions }
    }
}

/// Whether nothing was executed: then there is no `data`, not even null.
pub fn is_request_error(result: &Outcome) -> bool {
    result.data == Value::Null && !result.errors.is_empty() && result.errors.iter().all(|error| error.path.is_empty())
}

/// The answer with one result.
pub fn one(result: &Outcome, media: Media) -> Response {
    let status = status(result, media);
    let mut response = answer::json(status, media, &Told::of(result));
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    if status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(WWW_AUTHENTICATE, answer::CHALLENGE);
    }
    response
}

/// The answer with the results of a batch, in its order.
pub fn many(results: &[Outcome], media: Media) -> Response {
    answer::json(StatusCode::OK, media, &results.iter().map(Told::of).collect::<Vec<_>>())
}

fn status(result: &Outcome, media: Media) -> StatusCode {
    if !media.has_status() || !is_request_error(result) {
        return StatusCode::OK;
    }
    match first_code(result) {
        Some("UNAUTHENTICATED") => StatusCode::UNAUTHORIZED,
        Some("FORBIDDEN") => StatusCode::FORBIDDEN,
        Some("RATE_LIMITED") => StatusCode::TOO_MANY_REQUESTS,
        Some("UNAVAILABLE") => StatusCode::SERVICE_UNAVAILABLE,
        Some("INTERNAL") => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    }
}

fn first_code(result: &Outcome) -> Option<&str> {
    match result.errors.first()?.extensions.as_ref()?.get("code")? {
        Value::String(code) => Some(code),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_request_has_no_data_and_a_failed_field_has() {
        let refused = Outcome::from_errors(vec![ServerError::new("no", None)]);
        assert_eq!(serde_json::json!(Told::of(&refused)), serde_json::json!({"errors": [{"message": "no"}]}));
        let mut failed = ServerError::new("no", None);
        failed.path = vec![async_graphql::PathSegment::Field("a".into())];
        let failed = Outcome::from_errors(vec![failed]);
        assert_eq!(serde_json::json!(Told::of(&failed))["data"], serde_json::Value::Null);
        assert_eq!(one(&failed, Media::Graphql).status(), StatusCode::OK);
        assert_eq!(one(&refused, Media::Graphql).status(), StatusCode::BAD_REQUEST);
        assert_eq!(one(&refused, Media::Either).status(), StatusCode::BAD_REQUEST);
        assert_eq!(one(&refused, Media::Json).status(), StatusCode::OK);
    }
}
