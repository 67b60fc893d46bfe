//! The edge: what reaches the server over HTTP and sockets, and what it answers before and around an operation.

mod errors;
mod events;
mod examples;
mod explorer;
mod guard;
mod http;
mod http2;
mod observed;
mod persisted;
mod schema;
mod sockets;
mod tokens;
mod wire;
