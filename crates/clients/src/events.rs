//! What happens to clients, for higher crates and the audit trail. Ids and codes only: what people wrote before and
//! after is kept apart, where it can be erased.

use jobs::Event;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{ClientCodeId, ClientId, ClientSessionId, NoteId};

macro_rules! client_events {
    ($($(#[$meta:meta])* $name:ident = $text:literal { $($(#[$field_meta:meta])* $field:ident: $kind:ty),* $(,)? })+) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $name {
            /// Whose card.
            pub client: ClientId,
            $($(#[$field_meta])* pub $field: $kind,)*
        }

        impl Event for $name {
            const NAME: &'static str = $text;

            fn subject(&self) -> Option<Uuid> {
                Some(self.client.uuid())
            }
        }
    )+};
}

client_events! {
    /// A card was made.
    ClientCreated = "client.created" {}
    /// Fields of a card were edited.
    ClientChanged = "client.changed" {
        /// GraphQL names of the fields.
        fields: Vec<String>,
    }
    /// A card was put away.
    ClientArchived = "client.archived" {}
    /// A card was brought back.
    ClientRestored = "client.restored" {}
    /// A client came onto the block list, or the reason changed.
    ClientBlocked = "client.blocked" {}
    /// A client left the block list.
    ClientUnblocked = "client.unblocked" {}
    /// A client allowed advertising or took that back.
    ClientConsentChanged = "client.consent_changed" {
        /// Whether it is allowed now.
        given: bool,
    }
    /// A private note was written.
    ClientNoteAdded = "client.note_added" {
        /// Which one.
        note: NoteId,
    }
    /// A private note was edited, pinned or unpinned.
    ClientNoteChanged = "client.note_changed" {
        /// Which one.
        note: NoteId,
    }
    /// A private note was taken away.
    ClientNoteRemoved = "client.note_removed" {
        /// Which one.
        note: NoteId,
    }
}

/// Events about who somebody is, before any card is known.
macro_rules! proof_events {
    ($($(#[$meta:meta])* $name:ident = $text:literal of $field:ident: $kind:ty;)+) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $name {
            /// Which one.
            pub $field: $kind,
        }

        impl Event for $name {
            const NAME: &'static str = $text;

            fn subject(&self) -> Option<Uuid> {
                Some(self.$field.uuid())
            }
        }
    )+};
}

proof_events! {
    /// Somebody had a code sent to an address.
    ClientCodeRequested = "client.code_requested" of code: ClientCodeId;
    /// A client signed in with a code.
    ClientSignedIn = "client.signed_in" of session: ClientSessionId;
    /// A client ended their session.
    ClientSignedOut = "client.signed_out" of session: ClientSessionId;
}
