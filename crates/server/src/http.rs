//! The web edge: routes, and what surrounds every request. Specifications that it keeps to: GraphQL over HTTP,
//! graphql-transport-ws, GraphQL over server-sent events (distinct connections), Fetch (CORS).
//! Not here: what an operation means (gql and the domains), who may what (access).

mod answer;
mod caller;
mod credentials;
mod explorer;
mod graphql;
mod health;
mod ics;
mod links;
mod listen;
mod media;
mod paced;
mod patient;
mod places;
mod posted;
mod result;
mod socket;
mod stream;
mod surround;
mod watch;

use std::sync::Arc;

use axum::Router;
use axum::routing::{any, get};

use crate::app::App;

pub use listen::serve;
pub use places::Places;
pub use stream::InTime;
pub use watch::{Listeners, watch};

/// Everything that the API port serves.
pub fn router(app: Arc<App>) -> Router {
    let mut router = Router::new()
        .route("/graphql", get(graphql::get).post(graphql::post).options(graphql::options))
        .route("/graphql/ws", any(socket::upgrade))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .route("/.well-known/jwks.json", get(health::jwks))
        .route("/ics/{file}", get(ics::get))
        .route("/", get(explorer::home))
        .merge(links::routes());
    if app.config.graphql.explorer {
        router = router
            .route("/graphiql", get(explorer::page))
            .route("/graphiql/", get(explorer::home))
            .route("/graphiql/{*path}", get(explorer::asset));
    }
    router
        .fallback(answer::anything_else)
        .method_not_allowed_fallback(answer::method_not_allowed)
        .layer(axum::middleware::from_fn_with_state(app.clone(), surround::surround))
        .with_state(app)
}
