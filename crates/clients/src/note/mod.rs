//! A private note about a client: staff write it, the client never sees it. Its author and whoever sees all clients may
//! change it; taking it away archives it.

mod entity;
pub(crate) mod graphql;
mod loader;
mod repo;
mod service;

use chrono::{DateTime, Utc};
use kernel::UserId;
use serde::{Deserialize, Serialize};

pub(crate) use loader::NotesOf;
pub use service::{NewNote, NoteChange};

use crate::ClientId;

kernel::id! {
    /// A private note about a client.
    pub struct NoteId("not");
}

/// The most pinned notes of one client.
pub const PINNED_MAX: usize = 20;
/// How many notes stand on the card itself; the rest is paged.
pub const SHOWN: u64 = 50;

/// What somebody wrote about a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Its id.
    pub id: NoteId,
    /// About whom.
    pub client_id: ClientId,
    /// Who wrote it; None: a program.
    pub author: Option<UserId>,
    /// What they wrote.
    pub body: String,
    /// Whether it stands above the others.
    pub pinned: bool,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// When it was last edited.
    pub updated_at: DateTime<Utc>,
    /// Grows with each edit.
    pub version: i32,
}
