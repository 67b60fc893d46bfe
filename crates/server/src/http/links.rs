//! Where the links in mails lead when no front end takes them: one page that confirms an address, sets a password or
//! accepts an invitation, and one on which a client sees, moves and cancels a visit, through the API like any other page. The
//! token stands in the fragment, which no browser sends. An installation with a front end of its own sets `http.public_url`,
//! a company with a page for its clients sets that, and nobody comes here.

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::IntoResponse;
use axum::routing::get;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
                      form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

/// The paths that tenancy and bookings write into mails, and what the pages are made of.
pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/verify-email", get(page))
        .route("/reset-password", get(page))
        .route("/accept-invitation", get(page))
        .route("/manage-booking", get(visit))
        .route("/links/app.js", get(script))
        .route("/links/visit.js", get(visit_script))
        .route("/links/style.css", get(style))
}

// Both pages begin alike: `head.html`, up to the script.

async fn page() -> impl IntoResponse {
    html(concat!(include_str!("links/head.html"), include_str!("links/index.html")))
}

async fn script() -> impl IntoResponse {
    javascript(include_str!("links/app.js"))
}

async fn visit() -> impl IntoResponse {
    html(concat!(include_str!("links/head.html"), include_str!("links/visit.html")))
}

async fn visit_script() -> impl IntoResponse {
    javascript(include_str!("links/visit.js"))
}

fn html(text: &'static str) -> impl IntoResponse {
    let headers =
        [(CONTENT_TYPE, "text/html; charset=utf-8"), (CONTENT_SECURITY_POLICY, POLICY), (CACHE_CONTROL, "no-cache")];
    (headers, text)
}

fn javascript(text: &'static str) -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/javascript; charset=utf-8"), (CACHE_CONTROL, "no-cache")], text)
}

async fn style() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/css; charset=utf-8"), (CACHE_CONTROL, "no-cache")], include_str!("links/style.css"))
}
