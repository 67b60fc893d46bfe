//! The database crate against real engines: SQLite always, PostgreSQL when `ZAPYS_TEST_POSTGRES` names a server.
#![allow(clippy::unwrap_used, clippy::expect_used)]

extern crate zapys_db as db;

mod allocation;
mod engine;
mod fence;
mod idempotency;
mod migrate;
mod transaction;
