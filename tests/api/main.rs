//! Tests of the whole system through its public API, on every engine that the environment offers (see tests/harness).
//! One folder of files by subject; `generated` is made from the schema and so covers what is added later.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::assigning_clones,
    clippy::float_cmp,
    clippy::format_collect,
    clippy::format_push_string,
    clippy::large_stack_arrays,
    clippy::similar_names,
    reason = "a test is read more often than it runs"
)]

mod bad_input;
mod calendar;
mod client_access;
mod edge;
mod fault;
mod feeds;
mod flow;
mod generated;
mod groups;
mod live;
mod race;
mod scheduling;

fn main() -> std::process::ExitCode {
    harness::main()
}
