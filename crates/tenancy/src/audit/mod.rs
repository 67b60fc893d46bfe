//! The audit log: everything that was recorded in the company, by every domain, newest first. Append-only; it is the
//! event table of jobs, read with the question who, what, when.

mod graphql;
mod service;

pub use graphql::{AuditEntry, AuditQuery};
