//! The list of documents that an installation knows from a file: what its front ends ask, gathered when they were built.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Pos, ServerError};
use cache::TextName;
use serde::Deserialize;

use super::persisted::digest;
use super::{Document, Documents};

/// The documents of the list.
#[derive(Default)]
pub(super) struct Listed {
    ids: HashMap<String, Arc<Document>>,
    names: HashMap<TextName, Arc<Document>>,
}

impl Listed {
    pub(super) fn by_id(&self, id: &str) -> Option<Arc<Document>> {
        self.ids.get(id).cloned()
    }

    pub(super) fn by_name(&self, name: &TextName) -> Option<Arc<Document>> {
        self.names.get(name).cloned()
    }
}

/// The two forms of the file.
#[derive(Deserialize)]
#[serde(untagged)]
enum Manifest {
    /// As Apollo's tools write it.
    Apollo { format: String, version: u64, operations: Vec<Operation> },
    /// Ids and texts, as those of Relay and GraphQL Code Generator write them.
    Plain(HashMap<String, String>),
}

#[derive(Deserialize)]
struct Operation {
    id: String,
    body: String,
}

impl Documents {
    /// Reads the list, once, after the schema is known. All of its documents are checked as if they had been sent; answers
    /// how many there are, or a sentence that names the one that is wrong.
    pub fn allow(&self, manifest: &str) -> Result<usize, String> {
        let manifest: Manifest = serde_json::from_str(manifest)
            .map_err(|_| "this is neither a manifest of persisted queries nor an object of ids and texts".to_owned())?;
        let mut entries: Vec<(String, String)> = match manifest {
            Manifest::Apollo { format, version: 1, operations } if format == "apollo-persisted-query-manifest" => {
                operations.into_iter().map(|operation| (operation.id, operation.body)).collect()
            }
            Manifest::Apollo { format, version, .. } => {
                return Err(format!("{format} {version} is not a known format"));
            }
            Manifest::Plain(texts) => texts.into_iter().collect(),
        };
        entries.sort_unstable();
        let mut listed = Listed::default();
        for (id, text) in entries {
            let name = cache::name_of(&text);
            if id.strip_prefix("sha256:").is_some_and(|hash| digest(hash) != Some(name)) {
                return Err(format!("the document {id:?}: this is not the hash of its text"));
            }
            let document = match listed.by_name(&name) {
                Some(document) => document,
                None => Arc::new(
                    self.make(&text, Some(name), None)
                        .map_err(|errors| format!("the document {id:?}: {}", told(&errors)))?,
                ),
            };
            listed.names.insert(name, document.clone());
            // An id that looks like a hash is asked for as one, whatever it is the hash of.
            if let Some(name) = digest(&id) {
                listed.names.insert(name, document.clone());
            }
            if listed.ids.insert(id.clone(), document).is_some() {
                return Err(format!("the document {id:?} is there twice"));
            }
        }
        let count = listed.ids.len();
        self.inner.listed.set(listed).map_err(|_| "the list has been read before".to_owned())?;
        Ok(count)
    }

    pub(super) fn listed(&self) -> &Listed {
        self.inner.listed.get_or_init(Listed::default)
    }
}

fn told(errors: &[ServerError]) -> String {
    let told = errors.iter().map(|error| match error.locations.first() {
        Some(Pos { line, column }) => format!("{} (line {line}, column {column})", error.message),
        None => error.message.clone(),
    });
    told.collect::<Vec<_>>().join(" ")
}
