//! `/graphql/ws`: the graphql-transport-ws protocol over a WebSocket
//! (<https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>), with its close codes.
//! A socket authenticates once, in `connection_init`, never by a cookie or the address, and closes when its session ends.

mod connection;
mod greeting;
mod message;
mod operations;
mod wire;

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{
    ALLOW, CONNECTION, HeaderName, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL,
    SEC_WEBSOCKET_VERSION, UPGRADE,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::Response;
use kernel::Error;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::media::Media;
use super::{answer, caller, places};
use crate::app::App;

const PROTOCOL: &str = "graphql-transport-ws";
const VERSION: &str = "13";

/// Turns the connection into a socket (RFC 6455, section 4.2).
pub async fn upgrade(State(app): State<Arc<App>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    if let Err(refused) = caller::inspect(&parts) {
        return refused.answer(Media::Json);
    }
    let mut request = Request::from_parts(parts, body);
    let key = match key_of(&app, &request) {
        Ok(key) => key,
        Err(refusal) => return *refusal,
    };
    let upgrade = hyper::upgrade::on(&mut request);
    let parts = Box::new(request.into_parts().0);
    let Some(place) = app.places.take(caller::address_of(&app, &parts)) else {
        return answer::refuse(Error::rate_limited(places::LATER), &caller::stranger(&app, &parts), Media::Json);
    };
    let tracked = app.sockets.clone();
    tracked.spawn(async move {
        match upgrade.await {
            Ok(upgraded) => connection::run(app, parts, upgraded).await,
            Err(error) => tracing::debug!(%error, "a connection did not become a socket"),
        }
        drop(place);
    });
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    ask_for_upgrade(response.headers_mut());
    response.headers_mut().insert(SEC_WEBSOCKET_ACCEPT, key);
    response.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(PROTOCOL));
    response
}

/// What answers the client's key, when the request is an upgrade to our protocol.
fn key_of(app: &App, request: &Request) -> Result<HeaderValue, Box<Response>> {
    let headers = request.headers();
    if request.method() != Method::GET {
        let mut refusal = refuse(StatusCode::METHOD_NOT_ALLOWED, "A socket is opened by GET.");
        refusal.headers_mut().insert(ALLOW, HeaderValue::from_static("GET"));
        return Err(Box::new(refusal));
    }
    if !lists(headers, CONNECTION, "upgrade") || !lists(headers, UPGRADE, "websocket") {
        let mut refusal = refuse(StatusCode::UPGRADE_REQUIRED, "Only WebSockets are served here.");
        ask_for_upgrade(refusal.headers_mut());
        return Err(Box::new(refusal));
    }
    if headers.get(SEC_WEBSOCKET_VERSION).is_none_or(|version| version != VERSION) {
        let mut refusal = refuse(StatusCode::UPGRADE_REQUIRED, "The only version of the WebSocket protocol is 13.");
        ask_for_upgrade(refusal.headers_mut());
        refusal.headers_mut().insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static(VERSION));
        return Err(Box::new(refusal));
    }
    let malformed = || Box::new(refuse(StatusCode::BAD_REQUEST, "Sec-WebSocket-Key must be 16 bytes in base64."));
    let key = headers.get(SEC_WEBSOCKET_KEY).filter(|key| is_key(key.as_bytes())).ok_or_else(malformed)?;
    if !offers(headers) {
        return Err(Box::new(refuse(StatusCode::BAD_REQUEST, "The only subprotocol is graphql-transport-ws.")));
    }
    if app.sockets.len() >= app.config.http.max_connections {
        let message = "There are as many sockets as there may be.";
        return Err(Box::new(answer::malformed(StatusCode::SERVICE_UNAVAILABLE, Media::Json, "UNAVAILABLE", message)));
    }
    HeaderValue::try_from(derive_accept_key(key.as_bytes())).map_err(|_| malformed())
}

fn refuse(status: StatusCode, message: &str) -> Response {
    answer::malformed(status, Media::Json, "INVALID_ARGUMENT", message)
}

fn ask_for_upgrade(headers: &mut HeaderMap) {
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
}

/// Whether a header that is a list has this entry, in any case.
fn lists(headers: &HeaderMap, name: HeaderName, entry: &str) -> bool {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|value| value.trim().eq_ignore_ascii_case(entry))
}

/// Whether our protocol is among those that the client offers. Names of subprotocols have a case.
fn offers(headers: &HeaderMap) -> bool {
    let values = headers.get_all(SEC_WEBSOCKET_PROTOCOL).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|value| value.trim() == PROTOCOL)
}

/// Whether it is the base64 of 16 bytes: 22 characters and two that fill up.
fn is_key(key: &[u8]) -> bool {
    let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    key.len() == 24 && key.ends_with(b"==") && key[..22].iter().all(is_digit)
}
