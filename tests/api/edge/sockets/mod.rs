//! graphql-transport-ws on `/graphql/ws`: how a socket opens, every way it closes, what runs on it, who may listen, and
//! who is cut off.

mod closing;
mod frames;
mod handshake;
mod operations;
mod places;
mod rights;
mod slow;

use harness::{Client, Socket};
use serde_json::{Value, json};

/// Word of each change, and nothing that takes a statement.
pub const CHANGES: &str = "subscription { calendarChanged { kind bookingId } }";

/// What `connection_init` says of a caller.
pub fn payload(client: &Client) -> Value {
    client.token().map_or(Value::Null, |token| json!({ "authorization": format!("Bearer {token}") }))
}

/// A socket of a caller.
pub async fn open(client: &Client) -> Socket {
    Socket::open(client).await.expect("a socket")
}

/// Asks for an operation under an id.
async fn ask(socket: &mut Socket, id: &str, query: &str) {
    let message = json!({ "id": id, "type": "subscribe", "payload": { "query": query } });
    socket.send(message).await.expect("sent");
}

/// The next message.
async fn next(socket: &mut Socket) -> Value {
    socket.receive().await.expect("a message")
}

/// Whether the server still hears: the answer to a ping comes, and nothing before it.
async fn is_quiet(socket: &mut Socket) {
    let ping = json!({ "type": "ping", "payload": { "still": "there" } });
    socket.send(ping).await.expect("sent");
    assert_eq!(next(socket).await, json!({ "type": "pong", "payload": { "still": "there" } }));
}
