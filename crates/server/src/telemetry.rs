//! Logs, metrics and traces. They have ids, codes and durations: never names, phones, addresses of people, tokens,
//! variables or texts of operations. Metrics are labelled by what has few values, and nobody can make them more.

pub mod logs;
pub mod metrics;
mod names;
mod operations;
mod sample;
pub mod traces;

pub use logs::start;
pub use metrics::{CONNECTIONS, Counted, IN_FLIGHT, PANICS, REQUEST_SECONDS, REQUESTS, SOCKETS, SUBSCRIPTIONS};
pub use names::Names;
pub use operations::Operations;
