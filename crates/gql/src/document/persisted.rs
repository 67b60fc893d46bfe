//! Documents that a request names instead of sending them.

use std::sync::Arc;

use access::Cx;
use async_graphql::ServerError;

use super::{Document, Documents};
use crate::fault::{INVALID_ARGUMENT, coded};

/// What a request says about its document, however it came: body, query string, socket message.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked<'a> {
    /// `query`.
    pub query: Option<&'a str>,
    /// `documentId`.
    pub document_id: Option<&'a str>,
    /// `extensions`, for its `persistedQuery`.
    pub extensions: Option<&'a serde_json::Map<String, serde_json::Value>>,
}

/// The documents of the list.
pub(super) struct Listed;

impl Documents {
    /// The document that a request asks for. Errors are ready to be answered, each with `extensions.code`.
    pub async fn resolve(&self, asked: Asked<'_>, cx: &Cx) -> Result<Arc<Document>, Vec<ServerError>> {
        let _ = &self.inner.cache;
        match asked.query {
            Some(text) => self.parse(text, cx),
            None => Err(vec![coded(ServerError::new("The request names no document.", None), INVALID_ARGUMENT)]),
        }
    }
}
