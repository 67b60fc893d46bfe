//! GraphiQL at /graphiql, from the files that build.rs found, or a page that says how to get them. Nothing is loaded from
//! elsewhere: it works offline, under a policy that allows only this server. Paths are looked up in a fixed table.

use std::io::Read as _;
use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse as _, Redirect, Response};
use flate2::read::GzDecoder;
use serde_json::json;

use super::answer;
use crate::app::App;

/// Scripts and workers only from files of this server, and no `eval`. Styles also inline: the editor (Monaco) writes its
/// theme and the place of every line as style elements and attributes, and has no way to mark them with a nonce.
/// `connect-src 'self'` covers ws: and wss: of the same host, as Content Security Policy Level 3 has it.
const POLICY: &str = "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self' 'unsafe-inline'; \
                      img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'none'; \
                      base-uri 'none'; frame-ancestors 'none'";

/// One file of the page.
struct Asset {
    path: &'static str,
    kind: &'static str,
    tag: &'static str,
    gzip: &'static [u8],
}

/// Empty when the program was built without them.
const ASSETS: &[Asset] = include!(concat!(env!("OUT_DIR"), "/explorer.rs"));
const MISSING: &str = include_str!("explorer/missing.html");

/// `/`: leads to the page, or says where the API is when there is no page.
pub async fn home(State(app): State<Arc<App>>) -> Response {
    if app.config.graphql.explorer {
        return Redirect::to("/graphiql").into_response();
    }
    Json(json!({ "name": "zapys", "graphql": "/graphql", "subscriptions": "/graphql/ws", "health": "/health/ready" }))
        .into_response()
}

/// The page.
pub async fn page(headers: HeaderMap) -> Response {
    if let Some(page) = find("index.html") {
        return serve(page, &headers);
    }
    let headers =
        [(CONTENT_TYPE, "text/html; charset=utf-8"), (CONTENT_SECURITY_POLICY, POLICY), (CACHE_CONTROL, "no-cache")];
    (headers, MISSING).into_response()
}

/// What it is made of.
pub async fn asset(uri: Uri, headers: HeaderMap) -> Response {
    match uri.path().strip_prefix("/graphiql/").and_then(find) {
        Some(asset) => serve(asset, &headers),
        None => answer::not_found().await,
    }
}

fn find(path: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.path == path)
}

fn serve(asset: &'static Asset, headers: &HeaderMap) -> Response {
    // Names in this folder carry a hash of their content.
    let is_immutable = asset.path.starts_with("assets/");
    let caching = if is_immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut response = Response::new(Body::empty());
    let mut set = |name: HeaderName, value: &'static str| {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    };
    set(CACHE_CONTROL, caching);
    set(ETAG, asset.tag);
    set(VARY, "accept-encoding");
    // On scripts too: a worker is bound by the policy that came with its own file.
    set(CONTENT_SECURITY_POLICY, POLICY);
    if is_known(headers, asset.tag) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return response;
    }
    set(CONTENT_TYPE, asset.kind);
    if accepts_gzip(headers) {
        set(CONTENT_ENCODING, "gzip");
        *response.body_mut() = Body::from(asset.gzip);
        return response;
    }
    let mut plain = Vec::new();
    if let Err(error) = GzDecoder::new(asset.gzip).read_to_end(&mut plain) {
        tracing::error!(%error, path = asset.path, "an embedded file cannot be read");
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    *response.body_mut() = Body::from(plain);
    response
}

/// Whether the caller has this version (RFC 9110, section 13.1.2; the comparison is weak).
fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let mut listed = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    listed.any(|list| list.split(',').any(|one| one.trim() == "*" || opaque(one) == opaque(tag)))
}

/// RFC 9110, section 12.5.3: named, or covered by `*`, and not with the weight 0.
fn accepts_gzip(headers: &HeaderMap) -> bool {
    let listed = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let mut by_star = false;
    for one in listed.flat_map(|list| list.split(',')) {
        let (name, weight) = one.split_once(';').unwrap_or((one, "q=1"));
        let weight = weight.trim().trim_start_matches(['q', 'Q']).trim_start_matches('=').parse::<f32>();
        let accepted = weight.is_ok_and(|weight| weight > 0.0);
        match name.trim() {
            name if name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip") => return accepted,
            "*" => by_star = accepted,
            _ => {}
        }
    }
    by_star
}
