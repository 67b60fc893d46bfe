//! The database crate against real engines: SQLite always, PostgreSQL when `ZAPYS_TEST_POSTGRES` names a server.
#![allow(clippy::unwrap_used, clippy::expect_used)]
#![allow(clippy::disallowed_methods, reason = "what stands below the guards is looked at from outside them")]

extern crate zapys_db as db;

mod allocation;
mod cancel;
mod engine;
mod fence;
mod idempotency;
mod migrate;
mod transaction;
