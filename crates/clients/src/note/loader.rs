//! The notes that stand on cards, in batches.

use std::collections::HashMap;

use gql::{Load, Source};
use kernel::Result;

use super::{Note, repo};
use crate::ClientId;

/// The first notes of a client.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct NotesOf(pub(crate) ClientId);

impl Load for NotesOf {
    type Value = Vec<Note>;

    async fn load(source: &Source, keys: &[Self]) -> Result<HashMap<Self, Vec<Note>>> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let mut notes: HashMap<Self, Vec<Note>> = HashMap::new();
        for note in repo::first_of(&*source.reader().await?, &ids).await? {
            notes.entry(Self(note.client_id)).or_default().push(note);
        }
        Ok(notes)
    }
}
