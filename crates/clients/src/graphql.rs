//! The roots of this crate, merged from its aggregates.

use async_graphql::MergedObject;

use crate::client::graphql::{ClientMutation, ClientQuery};
use crate::note::graphql::{NoteMutation, NoteQuery};

/// Queries about clients.
#[derive(MergedObject, Default)]
pub struct ClientsQuery(ClientQuery, NoteQuery);

/// Changes of clients.
#[derive(MergedObject, Default)]
pub struct ClientsMutation(ClientMutation, NoteMutation);
