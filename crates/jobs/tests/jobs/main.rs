//! Jobs over a real database of each engine that this run has, under a clock that the tests move.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::missing_panics_doc)]

mod audit;
mod delivery;
mod lease;
mod live;
mod regular;
mod setup;
mod worker;
