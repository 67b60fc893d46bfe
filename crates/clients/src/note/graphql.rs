//! Notes in the schema.

use async_graphql::{Context, ID, InputObject, Object, Result};
use gql::{Connection, ConnectionArgs, DateTime, Paging};

use super::{NewNote, Note, NoteChange, NoteId};
use crate::client::graphql::ClientObject;
use crate::{ClientId, ClientUserError, Clients};

/// A private note about a client.
#[derive(Clone)]
pub struct NoteObject(Note);

impl From<Note> for NoteObject {
    fn from(note: Note) -> Self {
        Self(note)
    }
}

/// A private note about a client; the client never sees it.
#[Object(name = "ClientNote")]
impl NoteObject {
    /// The note's id, `not_…`.
    async fn id(&self) -> ID {
        gql::to_id(self.0.id)
    }

    /// About whom.
    async fn client(&self, ctx: &Context<'_>) -> Result<Option<ClientObject>> {
        Ok(gql::load::<ClientId>(ctx, self.0.client_id).await?.map(ClientObject::from))
    }

    /// The user who wrote it, `usr_…`; null: a program.
    async fn author_id(&self) -> Option<ID> {
        self.0.author.map(gql::to_id)
    }

    /// What they wrote.
    async fn body(&self) -> &str {
        &self.0.body
    }

    /// Whether it stands above the others.
    async fn pinned(&self) -> bool {
        self.0.pinned
    }

    /// When it was written.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When it was last edited.
    async fn updated_at(&self) -> DateTime {
        self.0.updated_at.into()
    }

    /// Grows with each edit; an edit names the one that it is based on.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

impl gql::Node for NoteObject {
    type Id = NoteId;

    async fn find(ctx: &Context<'_>, id: NoteId) -> Result<Self> {
        let reader = gql::reader(ctx).await?;
        Ok(ctx.data::<Clients>()?.get_note(gql::cx(ctx)?, &reader, id).await?.into())
    }
}

gql::node!(NoteObject);

/// Queries about notes.
#[derive(Default)]
pub struct NoteQuery;

#[Object]
impl NoteQuery {
    /// All private notes about a client, the newest first. Permission: clients.notes.
    async fn client_notes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "About whom.")] client_id: ID,
        #[graphql(desc = "How many of the first ones; 1 to 100, 50 when left out.")] first: Option<i32>,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many of the last ones; 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<NoteObject>>> {
        let (cx, client) = (gql::cx(ctx)?, gql::id(&client_id)?);
        let paging = Paging::new(ctx, "clientNotes.createdAt.desc", ConnectionArgs { first, after, last, before })?;
        let reader = gql::reader(ctx).await?;
        let page = ctx.data::<Clients>()?.list_notes(cx, &reader, client, paging.request()).await?;
        Ok(Some(paging.connection(page, NoteObject::from)))
    }
}

/// A note to be written.
#[derive(InputObject)]
struct ClientNoteCreateInput {
    /// About whom.
    client_id: ID,
    /// What: 1 to 4,000 characters.
    body: String,
    /// Whether it stands above the others; at most 20 of a client's do.
    #[graphql(default)]
    pinned: bool,
    /// The caller's key, at most 64 characters: a repeated request with the same key writes one note.
    idempotency_key: Option<String>,
}

/// An edit of a note. A field that is left out stays as it is.
#[derive(InputObject)]
struct ClientNoteUpdateInput {
    /// Which note.
    id: ID,
    /// The version that the edit is based on.
    version: i32,
    /// What: 1 to 4,000 characters.
    body: Option<String>,
    /// Whether it stands above the others; at most 20 of a client's do.
    pinned: Option<bool>,
}

/// A note to be taken away.
#[derive(InputObject)]
struct ClientNoteDeleteInput {
    /// Which note.
    id: ID,
    /// The version that the caller has seen.
    version: i32,
}

gql::payloads! {
    ClientUserError;
    /// What became of a new note.
    ClientNoteCreatePayload { note: NoteObject = Note };
    /// What became of an edit of a note.
    ClientNoteUpdatePayload { note: NoteObject = Note } or current: Note;
    /// What became of the removal of a note.
    ClientNoteDeletePayload { note: NoteObject = Note } or current: Note;
}

/// Changes of notes.
#[derive(Default)]
pub struct NoteMutation;

#[Object]
impl NoteMutation {
    /// Writes a private note about a client. Emits `client.note_added`. Permission: clients.notes.
    async fn client_note_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The note.")] input: ClientNoteCreateInput,
    ) -> Result<Option<ClientNoteCreatePayload>> {
        let new = NewNote {
            client_id: gql::id(&input.client_id)?,
            body: input.body,
            pinned: input.pinned,
            idempotency_key: input.idempotency_key,
        };
        let outcome = ctx.data::<Clients>()?.add_note(gql::cx(ctx)?, new).await;
        gql::answer(ctx, outcome)
    }

    /// Edits, pins or unpins a note: one's own, or anybody's with clients.all. Emits `client.note_changed`.
    /// Permission: clients.notes.
    async fn client_note_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The edit.")] input: ClientNoteUpdateInput,
    ) -> Result<Option<ClientNoteUpdatePayload>> {
        let change = NoteChange { body: input.body, pinned: input.pinned };
        let (cx, id) = (gql::cx(ctx)?, gql::id(&input.id)?);
        let outcome = ctx.data::<Clients>()?.change_note(cx, id, input.version, change).await;
        gql::answer(ctx, outcome)
    }

    /// Takes a note away: one's own, or anybody's with clients.all. Emits `client.note_removed`.
    /// Permission: clients.notes.
    async fn client_note_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which note.")] input: ClientNoteDeleteInput,
    ) -> Result<Option<ClientNoteDeletePayload>> {
        let outcome = ctx.data::<Clients>()?.remove_note(gql::cx(ctx)?, gql::id(&input.id)?, input.version).await;
        gql::answer(ctx, outcome)
    }
}
