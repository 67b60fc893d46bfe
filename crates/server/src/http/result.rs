//! How the result of an operation is written, and with which status.

use std::collections::BTreeMap;

use async_graphql::{Response as Outcome, ServerError, Value};
use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;

use super::answer;
use super::media::Media;

/// A result as it is sent: without `data` when there was no execution.
pub struct Told<'a> {
    data: Option<&'a Value>,
    errors: &'a [ServerError],
    extensions: &'a BTreeMap<String, Value>,
}

impl<'a> Told<'a> {
    /// What is sent of a result.
    pub fn of(result: &'a Outcome) -> Self {
        let data = (!is_request_error(result)).then_some(&result.data);
        Self { data, errors: &result.errors, extensions: &result.extensions }
    }

    /// Writes it as JSON. Not by serde: long lists of `data` are text already.
    pub fn write(&self, out: &mut Vec<u8>) -> serde_json::Result<()> {
        out.push(b'{');
        let start = out.len();
        if let Some(data) = self.data {
            out.extend_from_slice(br#""data":"#);
            gql::write_json(data, out);
        }
        let part = |name: &[u8], out: &mut Vec<u8>| {
            if out.len() > start {
                out.push(b',');
            }
            out.extend_from_slice(name);
        };
        if !self.errors.is_empty() {
            part(br#""errors":"#, out);
            serde_json::to_writer(&mut *out, self.errors)?;
        }
        if !self.extensions.is_empty() {
            part(br#""extensions":"#, out);
            serde_json::to_writer(&mut *out, self.extensions)?;
        }
        out.push(b'}');
        Ok(())
    }
}

/// Whether nothing was executed: then there is no `data`, not even null.
pub fn is_request_error(result: &Outcome) -> bool {
    result.data == Value::Null && !result.errors.is_empty() && result.errors.iter().all(|error| error.path.is_empty())
}

/// The answer with one result.
pub fn one(result: &Outcome, media: Media) -> Response {
    let status = status(result, media);
    let mut response = answer::written(status, media, |out| Told::of(result).write(out));
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
    answer::written(StatusCode::OK, media, |out| {
        out.push(b'[');
        for (place, result) in results.iter().enumerate() {
            if place > 0 {
                out.push(b',');
            }
            Told::of(result).write(out)?;
        }
        out.push(b']');
        Ok(())
    })
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
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    fn told(result: &Outcome) -> String {
        let mut out = Vec::new();
        Told::of(result).write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_refused_request_has_no_data_and_a_failed_field_has() {
        let refused = Outcome::from_errors(vec![ServerError::new("no", None)]);
        assert_eq!(told(&refused), r#"{"errors":[{"message":"no"}]}"#);
        let mut failed = ServerError::new("no", None);
        failed.path = vec![async_graphql::PathSegment::Field("a".into())];
        let failed = Outcome::from_errors(vec![failed]);
        assert_eq!(told(&failed), r#"{"data":null,"errors":[{"message":"no","path":["a"]}]}"#);
        assert_eq!(one(&failed, Media::Graphql).status(), StatusCode::OK);
        assert_eq!(one(&refused, Media::Graphql).status(), StatusCode::BAD_REQUEST);
        assert_eq!(one(&refused, Media::Either).status(), StatusCode::BAD_REQUEST);
        assert_eq!(one(&refused, Media::Json).status(), StatusCode::OK);
    }
}
