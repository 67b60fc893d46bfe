//! Clients through their GraphQL roots, on a real database: on SQLite always, on PostgreSQL when `ZAPYS_TEST_POSTGRES`
//! names a server.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod cards;
mod contacts;
mod notes;
mod search;
mod setup;
