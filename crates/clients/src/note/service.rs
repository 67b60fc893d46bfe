//! Use cases of notes. A note is within reach when its client is.

use access::Cx;
use db::{Reader, Tx};
use jobs::{Detail, Event};
use kernel::text::multiline;
use kernel::{Checks, CommonCode, Error, Page, PageRequest, Result};
use serde::Serialize;
use serde_json::{Value, json};

use super::{Note, NoteId, PINNED_MAX, repo};
use crate::client::service::idempotency_key;
use crate::events::{ClientNoteAdded, ClientNoteChanged, ClientNoteRemoved};
use crate::permissions::{CLIENTS_ALL, CLIENTS_NOTES};
use crate::{ClientErrorCode, ClientId, Clients};

const BODY_MAX: usize = 4_000;

/// A note to be written.
#[derive(Clone, Debug, Serialize)]
pub struct NewNote {
    /// About whom.
    pub client_id: ClientId,
    /// At most 4,000 characters.
    pub body: String,
    /// Whether it stands above the others.
    pub pinned: bool,
    /// The caller's key, so that a repeated request writes one note.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// What is to be changed of a note; None leaves it as it is.
#[derive(Clone, Debug, Default)]
pub struct NoteChange {
    /// At most 4,000 characters.
    pub body: Option<String>,
    /// Whether it stands above the others.
    pub pinned: Option<bool>,
}

impl Clients {
    /// A page of the notes about a client, the newest first.
    pub async fn list_notes(
        &self,
        cx: &Cx,
        reader: &Reader,
        client: ClientId,
        request: &PageRequest,
    ) -> Result<Page<Note>> {
        cx.require(CLIENTS_NOTES)?;
        self.get(cx, reader, client).await?;
        repo::page(reader, client, request).await
    }

    /// One note about a client that the caller can see.
    pub async fn get_note(&self, cx: &Cx, reader: &Reader, id: NoteId) -> Result<Note> {
        cx.require(CLIENTS_NOTES)?;
        let note = repo::find(reader, id).await?.ok_or_else(Error::not_found)?;
        self.get(cx, reader, note.client_id).await?;
        Ok(note)
    }

    /// Writes a note about a client that the caller can see.
    pub async fn add_note(&self, cx: &Cx, new: NewNote) -> Result<Note> {
        cx.require(CLIENTS_NOTES)?;
        let body = body(&new.body)?;
        let key = idempotency_key(cx, "clientNoteCreate", new.idempotency_key.as_deref(), &new)?;
        db::transaction!(self.db, cx.company()?, |tx| {
            if let Some(key) = &key
                && let Some(ids) = tx.idempotent(key).await?
            {
                let id = ids.first().copied().map(NoteId::from_uuid).ok_or_else(Error::not_found)?;
                repo::find(tx, id).await?.ok_or_else(Error::not_found)
            } else {
                if self.get(cx, tx, new.client_id).await?.is_archived() {
                    return Err(Error::conflict(CommonCode::Archived).at("clientId"));
                }
                let note = Note {
                    id: NoteId::new(),
                    client_id: new.client_id,
                    author: cx.user().ok(),
                    body: body.clone(),
                    pinned: new.pinned,
                    created_at: tx.now(),
                    updated_at: tx.now(),
                    version: 1,
                };
                refuse_many_pinned(tx, &note, new.pinned).await?;
                repo::insert(tx, &note).await?;
                let event = ClientNoteAdded { client: note.client_id, note: note.id };
                self.publish_note_in(cx, tx, &event, json!(null), json!(note), note.client_id).await?;
                if let Some(key) = &key {
                    tx.remember(key, &[note.id.uuid()]).await?;
                }
                Ok(note)
            }
        })
    }

    /// Edits, pins or unpins a note.
    pub async fn change_note(&self, cx: &Cx, id: NoteId, version: i32, change: NoteChange) -> Result<Note> {
        cx.require(CLIENTS_NOTES)?;
        let text = change.body.as_deref().map(body).transpose()?;
        db::transaction!(self.db, cx.company()?, |tx| {
            let before = self.expected_note(cx, tx, id, version).await?;
            let mut after = before.clone();
            after.body = text.clone().unwrap_or(after.body);
            after.pinned = change.pinned.unwrap_or(after.pinned);
            if after == before {
                Ok(before)
            } else {
                refuse_many_pinned(tx, &after, after.pinned && !before.pinned).await?;
                after.version = version + 1;
                after.updated_at = tx.now();
                if !repo::update(tx, &after, version).await? {
                    return Err(self.note_conflict(tx, id).await?);
                }
                let event = ClientNoteChanged { client: after.client_id, note: id };
                self.publish_note_in(cx, tx, &event, json!(before), json!(after), after.client_id).await?;
                Ok(after)
            }
        })
    }

    /// Takes a note away.
    pub async fn remove_note(&self, cx: &Cx, id: NoteId, version: i32) -> Result<Note> {
        cx.require(CLIENTS_NOTES)?;
        db::transaction!(self.db, cx.company()?, |tx| {
            let note = self.expected_note(cx, tx, id, version).await?;
            if !repo::archive(tx, id, version, tx.now()).await? {
                return Err(self.note_conflict(tx, id).await?);
            }
            let event = ClientNoteRemoved { client: note.client_id, note: id };
            self.publish_note_in(cx, tx, &event, json!(note), json!(null), note.client_id).await?;
            Ok(note)
        })
    }

    /// The note as the caller has seen it, if they may change it.
    async fn expected_note(&self, cx: &Cx, tx: &Tx, id: NoteId, version: i32) -> Result<Note> {
        let note = repo::find(tx, id).await?.ok_or_else(Error::not_found)?;
        self.get(cx, tx, note.client_id).await?;
        let own = note.author.is_some() && note.author == cx.user().ok();
        if !own && !cx.can(CLIENTS_ALL) {
            return Err(Error::forbidden(CLIENTS_ALL.name));
        }
        if note.version == version { Ok(note) } else { Err(conflict(note)) }
    }

    /// Somebody else changed the note, or took it away, between our reading and writing.
    async fn note_conflict(&self, tx: &Tx, id: NoteId) -> Result<Error> {
        Ok(repo::find(tx, id).await?.map_or_else(Error::not_found, conflict))
    }

    async fn publish_note_in<E: Event>(
        &self,
        cx: &Cx,
        tx: &mut Tx,
        event: &E,
        before: Value,
        after: Value,
        client: ClientId,
    ) -> Result<()> {
        let detail = Detail::change(Some(client.uuid()), before, after);
        self.jobs.publish_with_detail_in(cx, tx, event, detail).await?;
        Ok(())
    }
}

async fn refuse_many_pinned(tx: &Tx, note: &Note, one_more: bool) -> Result<()> {
    if one_more && repo::pinned(tx, note.client_id).await? >= PINNED_MAX as u64 {
        return Err(Error::conflict(ClientErrorCode::TooManyPinned).at("pinned").with("max", PINNED_MAX));
    }
    Ok(())
}

fn body(raw: &str) -> Result<String> {
    let mut checks = Checks::new();
    let body = checks.check("body", multiline(raw, 1, BODY_MAX));
    checks.build(|| body)
}

fn conflict(current: Note) -> Error {
    Error::conflict(CommonCode::VersionConflict).at("version").current(current)
}
