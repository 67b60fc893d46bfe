//! Tenancy through its GraphQL roots, on a real database: on SQLite always, on PostgreSQL when `ZAPYS_TEST_POSTGRES` names a
//! server. Mails are not sent: a test asks for a link where comms would.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod access_control;
mod accounts;
mod companies;
mod invitations;
mod keys;
mod messages;
mod sessions;
mod setup;
