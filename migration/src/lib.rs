//! The schema's history: one ordered list, one file per domain and change.
//!
//! A migration is written once in engine-neutral DDL (see [`ddl`]) and runs on SQLite and PostgreSQL alike.
//! Shipped files are never edited; the next change is the next file. [`migrate`] runs them, one process at a time.

pub mod ddl;
mod run;

mod m20261122_000001_foundation;
mod m20261122_000001b_jobs;
mod m20261122_000002_tenancy;
mod m20261122_000003_catalog;
mod m20261122_000004_clients;
mod m20261122_000005_staff;
mod m20261122_000006_bookings;
mod m20261122_000007_comms;
mod m20261130_000008_session_refresh;
mod m20261130_000010_shifts;
mod m20261130_000012_visits;
mod m20261130_000013_policies;
mod m20261130_000015_sessions;
mod m20261130_000015b_waitlist;
mod m20261130_000016_series;
mod m20261130_000018_feeds;
mod m20261130_000019_busy_lookup;
mod m20261130_000021_client_access;
mod m20261130_000022_busy_calendars;
mod m20261130_000024_session_plans;

pub use run::{Target, migrate};
use sea_orm_migration::prelude::*;

/// Every migration in the order in which it runs.
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261122_000001_foundation::Migration),
            Box::new(m20261122_000001b_jobs::Migration),
            Box::new(m20261122_000002_tenancy::Migration),
            Box::new(m20261122_000003_catalog::Migration),
            Box::new(m20261122_000004_clients::Migration),
            Box::new(m20261122_000005_staff::Migration),
            Box::new(m20261122_000006_bookings::Migration),
            Box::new(m20261122_000007_comms::Migration),
            Box::new(m20261130_000008_session_refresh::Migration),
            Box::new(m20261130_000010_shifts::Migration),
            Box::new(m20261130_000012_visits::Migration),
            Box::new(m20261130_000013_policies::Migration),
            Box::new(m20261130_000015_sessions::Migration),
            Box::new(m20261130_000015b_waitlist::Migration),
            Box::new(m20261130_000016_series::Migration),
            Box::new(m20261130_000018_feeds::Migration),
            Box::new(m20261130_000019_busy_lookup::Migration),
            Box::new(m20261130_000021_client_access::Migration),
            Box::new(m20261130_000022_busy_calendars::Migration),
            Box::new(m20261130_000024_session_plans::Migration),
        ]
    }
}
