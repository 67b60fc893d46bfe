//! The server: composition of the domains, web edge, worker and settings. The binary `zapys` is a thin layer over this
//! library; tests build the same [`App`] in their own process, with their clock, settings and listener.
//! No rule of the business lives here.

pub mod app;
pub mod changes;
pub mod cli;
pub mod config;
pub mod demo;
pub mod doctor;
mod documents;
mod domains;
pub mod http;
pub mod secret;
pub mod telemetry;

pub use app::{App, Setup};
pub use config::Config;
pub use documents::permissions_page;
pub use domains::{Domains, Mutation, Query, Schema, Subscription, sdl};
