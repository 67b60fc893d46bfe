//! Calendars for other calendars, at addresses that are secrets themselves: whoever has one may read it, and no header says
//! who they are. What is unknown, revoked or malformed is one and the same 404.

use std::sync::Arc;

use access::Cx;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, ETAG, IF_NONE_MATCH, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use bookings::feed::Published;
use kernel::Kind;

use super::answer;
use crate::app::App;

/// `GET /ics/{name}.ics`.
pub async fn get(State(app): State<Arc<App>>, Path(file): Path<String>, headers: HeaderMap) -> Response {
    let Some(name) = file.strip_suffix(".ics") else { return answer::not_found().await };
    let cx = Cx::builder(app.db.clock().clone()).build();
    match app.domains.bookings.published(&cx, name).await {
        Ok(Some(published)) => calendar(published, &headers),
        Ok(None) => answer::not_found().await,
        Err(error) => match error.kind {
            Kind::RateLimited { retry_after } => {
                let seconds = HeaderValue::from(retry_after.as_secs() + 1);
                (StatusCode::TOO_MANY_REQUESTS, [(RETRY_AFTER, seconds)]).into_response()
            }
            Kind::Unavailable => {
                (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, HeaderValue::from_static("1"))]).into_response()
            }
            _ => {
                tracing::error!(%error, "a calendar cannot be shown");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        },
    }
}

/// The text, or the word that it is still what the caller has. It may be kept, but has to be asked for each time: a revoked
/// address is unknown at once.
fn calendar(published: Published, headers: &HeaderMap) -> Response {
    let tag = format!("\"{}\"", published.tag());
    let known = headers.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let same = known.split(',').map(str::trim).any(|one| one == "*" || one.trim_start_matches("W/") == tag);
    let mut response = if same {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let disposition = format!("inline; filename=\"{}\"", published.file);
        let mut response = Response::new(Body::from(published.text));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/calendar; charset=utf-8"));
        if let Ok(disposition) = HeaderValue::try_from(disposition) {
            response.headers_mut().insert(CONTENT_DISPOSITION, disposition);
        }
        response
    };
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    if let Ok(tag) = HeaderValue::try_from(tag) {
        response.headers_mut().insert(ETAG, tag);
    }
    response
}
