//! The edge: what reaches the server over HTTP and sockets, and what it answers before and around an operation.

mod examples;
mod explorer;
mod http;
mod observed;
mod schema;
