//! Whether the process lives, whether it can serve, and the keys that its tokens are signed with.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse as _, Response};
use cache::Health;
use serde::Serialize;

use super::answer;
use super::media::Media;
use crate::app::App;

/// What `/health/ready` answers.
#[derive(Serialize)]
struct Readiness {
    status: &'static str,
    database: &'static str,
    cache: &'static str,
}

/// 200 while the process can answer at all. A supervisor restarts it otherwise, so nothing outside of it counts.
pub async fn live() -> &'static str {
    "live"
}

/// 200 when requests can be served; 503 without the database, or when the process is stopping. Redis is not needed.
pub async fn ready(State(app): State<Arc<App>>) -> Response {
    let database = app.db.ping().await.is_ok();
    let ready = database && !app.stopping.is_cancelled();
    let body = Readiness {
        status: if ready { "ready" } else { "unavailable" },
        database: if database { "ok" } else { "unavailable" },
        cache: match app.cache.health().await {
            Health::Memory => "memory",
            Health::Redis => "redis",
            Health::Degraded => "degraded",
        },
    };
    answer::json(if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, Media::Json, &body)
}

/// The public keys of access tokens (RFC 7517).
pub async fn jwks(State(app): State<Arc<App>>) -> Response {
    match app.domains.tenancy.jwks() {
        Ok(keys) => ([(CACHE_CONTROL, "public, max-age=300")], axum::Json(keys)).into_response(),
        Err(error) => {
            tracing::error!(?error, "the signing keys cannot be shown");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
