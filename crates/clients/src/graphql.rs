//! The roots of this crate, merged from its aggregates.

use async_graphql::MergedObject;

use crate::client::graphql::{ClientMutation, ClientQuery};
use crate::note::graphql::{NoteMutation, NoteQuery};
use crate::sign_in::graphql::{SignInMutation, SignInQuery};

/// Queries about clients.
#[derive(MergedObject, Default)]
pub struct ClientsQuery(ClientQuery, NoteQuery, SignInQuery);

/// Changes of clients.
#[derive(MergedObject, Default)]
pub struct ClientsMutation(ClientMutation, NoteMutation, SignInMutation);
