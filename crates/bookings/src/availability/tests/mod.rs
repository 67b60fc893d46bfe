//! The engine against examples, against clocks that change, and against a model that shares no code with it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod agreement;
mod cases;
mod clocks;
mod examples;
mod limits;
mod model;
mod world;
