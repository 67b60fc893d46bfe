//! From an error to what the caller is told. One place for the whole API: resolvers just use `?`.
//!
//! Nothing but our own words leaves: an error that is neither a `kernel::Error` nor the executor's complaint about the
//! request is `INTERNAL`, masked with the request's id, and logged with its causes.

use access::Cx;
use async_graphql::{ErrorExtensionValues, ServerError, Value};
use kernel::{Error, Issue, Kind, Locale};

use crate::message::{say, say_for_any};

/// The codes of errors that no `kernel::Error` stands behind.
pub(crate) const PARSE_FAILED: &str = "GRAPHQL_PARSE_FAILED";
pub(crate) const VALIDATION_FAILED: &str = "GRAPHQL_VALIDATION_FAILED";
pub(crate) const TOO_COMPLEX: &str = "TOO_COMPLEX";
pub(crate) const INTROSPECTION_DISABLED: &str = "INTROSPECTION_DISABLED";
pub(crate) const PERSISTED_QUERY_NOT_FOUND: &str = "PERSISTED_QUERY_NOT_FOUND";
pub(crate) const PERSISTED_QUERY_NOT_SUPPORTED: &str = "PERSISTED_QUERY_NOT_SUPPORTED";
pub(crate) const PERSISTED_QUERY_HASH_MISMATCH: &str = "PERSISTED_QUERY_HASH_MISMATCH";
pub(crate) const DOCUMENT_NOT_LISTED: &str = "DOCUMENT_NOT_LISTED";
pub(crate) const INVALID_ARGUMENT: &str = "INVALID_ARGUMENT";

const OWN: &str = env!("CARGO_PKG_NAME");

/// The same error with a code.
pub(crate) fn coded(mut error: ServerError, code: &str) -> ServerError {
    error.extensions.get_or_insert_with(ErrorExtensionValues::default).set("code", code);
    error
}

/// What the caller is told of an error. Leaves alone what already has a code.
pub(crate) fn told(error: ServerError, cx: Option<&Cx>) -> ServerError {
    if error.extensions.as_ref().is_some_and(|values| values.get("code").is_some()) {
        return error;
    }
    match error.source::<Error>() {
        Some(cause) => {
            let (message, extensions) = worded(cause, cx);
            ServerError { message, extensions: Some(extensions), source: None, ..error }
        }
        None if error.source.is_none() && is_about_the_request(&error.message) => {
            coded(shortened(error), INVALID_ARGUMENT)
        }
        None => {
            let cause = Error::internal(error.message.clone());
            let (message, extensions) = worded(&cause, cx);
            ServerError { message, extensions: Some(extensions), source: None, ..error }
        }
    }
}

/// What the caller is told when the transport itself refuses: too often, who are you, not this way.
pub fn refuse(error: Error, cx: &Cx) -> ServerError {
    let (message, extensions) = worded(&error, Some(cx));
    ServerError { extensions: Some(extensions), ..ServerError::new(message, None) }
}

/// The error that stands for a panic: the text of the panic went to the log where it happened.
pub(crate) fn panicked(cx: Option<&Cx>) -> ServerError {
    let (message, extensions) = worded(&Error::internal("a resolver panicked"), cx);
    ServerError { extensions: Some(extensions), ..ServerError::new(message, None) }
}

fn worded(error: &Error, cx: Option<&Cx>) -> (String, ErrorExtensionValues) {
    let locale = cx.map_or(Locale::En, |cx| cx.locale);
    let request = cx.map_or_else(String::new, |cx| cx.request_id.to_string());
    let mut extensions = ErrorExtensionValues::default();
    let say = |id: &str, name: &str, value: &str| say(locale, OWN, id, &[(name, value.to_owned())]);
    let code = match error.kind {
        // A query has no `userErrors`: what a person could mend in a mutation is a wrong argument there.
        Kind::Invalid | Kind::Conflict => INVALID_ARGUMENT,
        kind => kind.code(),
    };
    extensions.set("code", code);
    let message = match error.kind {
        Kind::Invalid | Kind::Conflict | Kind::InvalidArgument => {
            extensions.set("issues", Value::List(error.issues.iter().map(|issue| shown(locale, issue)).collect()));
            let argument = error.issues.first().and_then(|issue| issue.field.as_deref()).unwrap_or_default();
            say(code, "argument", argument)
        }
        Kind::Forbidden { permission } => {
            extensions.set("permission", permission);
            say(code, "permission", permission)
        }
        Kind::RateLimited { retry_after } => {
            let seconds = retry_after.as_millis().div_ceil(1_000).max(1);
            extensions.set("retryAfterSeconds", u32::try_from(seconds).unwrap_or(u32::MAX));
            say(code, "seconds", &seconds.to_string())
        }
        Kind::Unavailable => {
            tracing::warn!(request_id = request, error = ?error, "a request failed: something it needs is not available");
            extensions.set("requestId", request.as_str());
            say(code, "request", &request)
        }
        Kind::Internal => {
            tracing::error!(request_id = request, error = ?error, "a request failed");
            extensions.set("requestId", request.as_str());
            say(code, "request", &request)
        }
        Kind::NotFound | Kind::Unauthenticated => say(code, "request", &request),
    };
    (message, extensions)
}

/// An issue of a wrong argument, for programs and people.
fn shown(locale: Locale, issue: &Issue) -> Value {
    let mut shown = async_graphql::indexmap::IndexMap::new();
    let mut set = |name: &str, value: Value| shown.insert(async_graphql::Name::new(name), value);
    set("code", issue.code.into());
    set("field", issue.field.as_deref().map_or(Value::Null, Value::from));
    set("message", say_for_any(locale, issue.code, &issue.args).into());
    Value::Object(shown)
}

/// Whether the executor's own message is about what the caller sent. It has no codes, only sentences; what is not
/// recognised here is masked. Documents and variables have been checked before, so what is left are values that the
/// schema's types admit and a resolver's do not (a negative `Int` where it counts), and the wrong transport.
fn is_about_the_request(message: &str) -> bool {
    const BEGINNINGS: [&str; 3] =
        ["Failed to parse \"", "Expected input type \"", "Subscriptions are not supported on this transport"];
    BEGINNINGS.iter().any(|beginning| message.starts_with(beginning))
}

/// The executor quotes the value that it refuses, however long it is.
fn shortened(error: ServerError) -> ServerError {
    const LONGEST: usize = 200;
    match error.message.char_indices().nth(LONGEST) {
        Some((end, _)) => ServerError { message: format!("{}…", &error.message[..end]), ..error },
        None => error,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use std::time::Duration;

    use super::*;
    use kernel::CommonCode;

    fn told_of(error: impl Into<async_graphql::Error>) -> ServerError {
        told(error.into().into_server_error(async_graphql::Pos::default()), None)
    }

    fn extension(error: &ServerError, name: &str) -> Value {
        error.extensions.as_ref().and_then(|values| values.get(name)).cloned().unwrap_or_default()
    }

    #[test]
    fn each_kind_has_its_code_and_what_a_program_needs() {
        let limited = told_of(Error::rate_limited(Duration::from_millis(1_200)));
        assert_eq!(extension(&limited, "code"), Value::from("RATE_LIMITED"));
        assert_eq!(extension(&limited, "retryAfterSeconds"), Value::from(2));
        assert_eq!(limited.message, "Too many requests. Try again in 2 seconds.");
        let forbidden = told_of(Error::forbidden("catalog.write"));
        assert_eq!(extension(&forbidden, "permission"), Value::from("catalog.write"));
        assert_eq!(extension(&told_of(Error::not_found()), "code"), Value::from("NOT_FOUND"));
        let range = told_of(Error::invalid(CommonCode::OutOfRange).at("range"));
        assert_eq!(extension(&range, "code"), Value::from("INVALID_ARGUMENT"));
        assert!(extension(&range, "issues").to_string().contains("OUT_OF_RANGE"));
    }

    #[test]
    fn foreign_words_never_leave() {
        let secret = "duplicate key value violates unique constraint \"client_phone\"";
        for error in [
            told_of(Error::internal(secret)),
            told_of(Error::unavailable(secret)),
            told_of(std::io::Error::other(secret)),
            told_of(async_graphql::Error::new(secret)),
            told_of(async_graphql::Error::new("Data `tenancy::Tenancy` does not exist.")),
        ] {
            let answer = serde_json::to_string(&error).unwrap();
            assert!(!answer.contains("client_phone") && !answer.contains("Tenancy"), "{answer}");
            assert!(matches!(extension(&error, "code"), Value::String(code) if code != "INVALID_ARGUMENT"));
        }
    }
    #[test]
    fn what_the_executor_says_of_a_value_is_told_in_short() {
        let told = told_of(async_graphql::Error::new(format!("Failed to parse \"Int\": {}", "ї".repeat(5_000))));
        assert_eq!((extension(&told, "code"), told.message.chars().count()), (Value::from(INVALID_ARGUMENT), 201));
    }
}
