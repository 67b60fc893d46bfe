//! What every request gets: an id, a log line, metrics, security headers, CORS, and an answer even when its handler
//! panics. The log line has no query string, no address and nothing that a person typed.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD,
    CONNECTION, CONTENT_SECURITY_POLICY, HOST, ORIGIN, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, TRANSFER_ENCODING,
    VARY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use futures_util::FutureExt as _;
use tracing::Instrument as _;
use uuid::Uuid;

use super::media::Media;
use super::{answer, caller};
use crate::app::App;
use crate::telemetry::{Counted, IN_FLIGHT, PANICS, REQUEST_SECONDS, REQUESTS, traces};

/// The id of a request, in its extensions.
#[derive(Debug, Clone, Copy)]
pub struct RequestId(pub Uuid);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
/// What pages may send: what we read, and what GraphQL clients and tracers add of their own.
const ALLOWED: &str = "authorization, content-type, accept-language, x-request-id, traceparent, tracestate, \
                       graphql-require-preflight, apollo-require-preflight, x-apollo-operation-name, \
                       apollographql-client-name, apollographql-client-version";
/// Nothing may be loaded by, or around, an answer of the API. A page that needs more says so itself.
const NOTHING: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");

pub async fn surround(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let id = request_id(request.headers());
    let route = label(request.uri().path());
    let method = request.method().clone();
    let cross_origin = request.headers().contains_key(ORIGIN);
    let is_secure = app.config.http.public_url.starts_with("https://");
    let with_cookie = caller::cookie_origin(&app, request.headers()).cloned();
    // Over HTTP/1 a body that comes in chunks may have come with a length too, of which nothing is left to see here. Who reads
    // such a request differently than somebody in front must not read another one (RFC 9112, 6.1).
    let is_last = request.version() == Version::HTTP_11 && request.headers().contains_key(TRANSFER_ENCODING);
    if !has_one_host(&request) {
        let message = "A request of HTTP/1.1 has one Host header.";
        let mut response = answer::malformed(StatusCode::BAD_REQUEST, Media::Either, "INVALID_ARGUMENT", message);
        dress(response.headers_mut(), id, cross_origin, is_secure);
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        return response;
    }
    if is_preflight(&method, request.headers()) {
        return preflight(with_cookie);
    }
    request.extensions_mut().insert(RequestId(id));
    let trace = traces::request(request.headers(), verb(&method), route, id);
    let span = tracing::info_span!("request", request_id = %id, trace_id = tracing::field::Empty);
    if let Some(trace_id) = traces::trace_id(&trace) {
        span.record("trace_id", tracing::field::display(trace_id));
    }
    let started = Instant::now();
    let in_flight = Counted::new(IN_FLIGHT);
    let outcome = AssertUnwindSafe(next.run(request)).catch_unwind().instrument(span.clone());
    let outcome = outcome.instrument(trace.clone()).await;
    drop(in_flight);
    let mut response = outcome.unwrap_or_else(|_| {
        metrics::counter!(PANICS).increment(1);
        let message = format!("Something went wrong here. The id of the request is {id}.");
        answer::malformed(StatusCode::INTERNAL_SERVER_ERROR, Media::Either, "INTERNAL", &message)
    });
    dress(response.headers_mut(), id, cross_origin, is_secure);
    credentials(response.headers_mut(), with_cookie);
    let (status, elapsed) = (response.status().as_u16(), started.elapsed());
    traces::answered(&trace, status);
    metrics::counter!(REQUESTS, "route" => route, "method" => verb(&method), "status" => status.to_string())
        .increment(1);
    metrics::histogram!(REQUEST_SECONDS, "route" => route).record(elapsed);
    span.in_scope(|| {
        let ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        if route.starts_with("/health") {
            tracing::debug!(%method, route, status, ms, "answered");
        } else {
            tracing::info!(%method, route, status, ms, "answered");
        }
    });
    // Whoever keeps the connection open while we stop should take the next request to another process.
    if is_last || app.stopping.is_cancelled() {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// The caller's id when it is a UUID, so that logs of several systems can be joined; else a new one.
fn request_id(headers: &HeaderMap) -> Uuid {
    let given = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok());
    given.and_then(|text| Uuid::try_parse(text).ok()).unwrap_or_else(Uuid::now_v7)
}

/// What every request of HTTP/1.1 must have (RFC 9112, 3.2); older ones need none, HTTP/2 has another place for it.
fn has_one_host(request: &Request) -> bool {
    if request.version() != Version::HTTP_11 {
        return true;
    }
    let mut hosts = request.headers().get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
    // Empty where the target has no host, such as `*`.
    host.is_empty() || Authority::try_from(host.as_bytes()).is_ok_and(|host| is_host(&host))
}

/// Whether it is a host with a port or none, and nobody's name in front.
fn is_host(authority: &Authority) -> bool {
    let port = authority.as_str().strip_prefix(authority.host());
    port.is_some_and(|port| {
        port.is_empty() || port.strip_prefix(':').is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit()))
    })
}

fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    method == Method::OPTIONS && headers.contains_key(ORIGIN) && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// A preflight carries no key, so it cannot be judged: any origin may ask, without credentials. The request that
/// follows is refused when its key does not list the origin. Origins whose pages use cookies are told so.
fn preflight(with_cookie: Option<HeaderValue>) -> Response {
    let headers = [
        (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"),
        (ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED),
        (ACCESS_CONTROL_MAX_AGE, "7200"),
        (VARY, "origin, access-control-request-method, access-control-request-headers"),
    ];
    let mut response = (StatusCode::NO_CONTENT, headers).into_response();
    credentials(response.headers_mut(), with_cookie);
    response
}

/// Lets a page of the operator's list send and receive its cookie.
fn credentials(headers: &mut HeaderMap, origin: Option<HeaderValue>) {
    if let Some(origin) = origin {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    }
}

fn dress(headers: &mut HeaderMap, id: Uuid, cross_origin: bool, is_secure: bool) {
    if let Ok(id) = HeaderValue::from_str(&id.to_string()) {
        headers.insert(REQUEST_ID, id);
    }
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(NOTHING);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    // Pages read answers by CORS; no foreign page embeds them or keeps a hand on a window of ours.
    headers.insert(RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(OPENER_POLICY, HeaderValue::from_static("same-origin"));
    if is_secure {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    // A file that says itself what it varies by is the same for everybody.
    let everything = "origin, accept, accept-language, authorization";
    let varies_by = if headers.contains_key(VARY) { "origin" } else { everything };
    headers.append(VARY, HeaderValue::from_static(varies_by));
    if cross_origin {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        let exposed = "x-request-id, retry-after, x-ratelimit-limit, x-ratelimit-remaining";
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(exposed));
    }
}

/// The route for metrics: what strangers make up is one value.
fn label(path: &str) -> &'static str {
    const KNOWN: [&str; 6] =
        ["/graphql", "/graphql/ws", "/graphiql", "/health/live", "/health/ready", "/.well-known/jwks.json"];
    // What follows is a secret.
    if path.starts_with("/ics/") {
        return "/ics";
    }
    KNOWN.into_iter().find(|known| *known == path).unwrap_or("other")
}

fn verb(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        _ => "other",
    }
}
