//! `/graphql/ws`: the graphql-transport-ws protocol over a WebSocket
//! (<https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>), with its close codes.
//! A socket authenticates once, in `connection_init`, and closes when its session ends.

mod connection;
mod message;

use std::sync::Arc;

use axum::extract::{FromRequestParts as _, Request, State, WebSocketUpgrade};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use super::answer;
use super::media::Media;
use crate::app::App;

const PROTOCOL: &str = "graphql-transport-ws";
/// Buffers are per socket: ten thousand idle ones must fit in little memory.
const READ_BUFFER: usize = 4 * 1024;
const LARGEST_MESSAGE: usize = 256 * 1024;

/// Turns the connection into a socket.
pub async fn upgrade(State(app): State<Arc<App>>, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    let upgrade = match WebSocketUpgrade::from_request_parts(&mut parts, &app).await {
        Ok(upgrade) => upgrade,
        Err(rejection) => return rejection.into_response(),
    };
    let upgrade = upgrade
        .protocols([PROTOCOL])
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0)
        .max_write_buffer_size(LARGEST_MESSAGE * 4)
        .max_message_size(LARGEST_MESSAGE)
        .max_frame_size(LARGEST_MESSAGE);
    if upgrade.selected_protocol().is_none() {
        let message = "The only subprotocol is graphql-transport-ws.";
        return answer::malformed(StatusCode::BAD_REQUEST, Media::Json, "INVALID_ARGUMENT", message);
    }
    let tracked = app.sockets.clone();
    upgrade.on_upgrade(move |socket| tracked.track_future(connection::run(app, parts, socket)))
}
