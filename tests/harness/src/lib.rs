//! What whole-system tests are written with: engines, servers, callers, mailboxes, companies to work in.
//!
//! ```ignore
//! harness::api_test! {
//!     async fn a_slot_can_be_booked(app: &App) {
//!         let salon = Company::new(app).await;
//!         …
//!     }
//! }
//! ```
//! Tests go through the public API of a real server on a real database, with a clock that stands still. There is no fake
//! of the database, and nothing here writes SQL into it.
#![allow(
    clippy::unwrap_used,
    clippy::format_push_string,
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a test helper fails by panicking"
)]

mod app;
mod client;
mod company;
mod dice;
mod engine;
pub mod introspection;
mod mailbox;
mod peer;
mod process;
mod raw;
mod registry;
mod socket;
mod things;

pub use app::{App, NOW, now};
pub use client::{Answer, Client, Payload};
pub use company::{Company, Ids, PASSWORD, Person, create, every_day, hire, key};
pub use dice::Dice;
pub use engine::{Engine, Storage};
pub use mailbox::{Mail, Mailbox};
pub use peer::{Peer, frame};
pub use process::{Process, command};
pub use raw::Raw;
pub use registry::{Body, Test, main};
pub use socket::Socket;

/// For [`api_test!`] only.
#[doc(hidden)]
pub use inventory;
