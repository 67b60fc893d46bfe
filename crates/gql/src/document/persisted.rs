//! Documents that a request names instead of sending them: `documentId` of the persisted documents of GraphQL over HTTP, and
//! Apollo's automatic persisted queries (`extensions.persistedQuery`). A name that is a hash is checked against the text
//! whoever sends it, and only what passed the guard and validation is kept under it.

use std::sync::Arc;

use access::Cx;
use async_graphql::ServerError;
use cache::TextName;
use serde_json::Value;

use super::{Document, Documents};
use crate::fault::{
    DOCUMENT_NOT_LISTED, INVALID_ARGUMENT, PERSISTED_QUERY_HASH_MISMATCH, PERSISTED_QUERY_NOT_FOUND,
    PERSISTED_QUERY_NOT_SUPPORTED, coded,
};

/// What a request says about its document, however it came: body, query string, socket message.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked<'a> {
    /// `query`.
    pub query: Option<&'a str>,
    /// `documentId`.
    pub document_id: Option<&'a str>,
    /// `extensions`, for its `persistedQuery`.
    pub extensions: Option<&'a serde_json::Map<String, Value>>,
}

/// How a request names its document.
#[derive(Debug, PartialEq, Eq)]
enum Named<'a> {
    Hash(TextName),
    /// A name that only the list can know.
    Own(&'a str),
}

impl Documents {
    /// The document that a request asks for. Errors are ready to be answered, each with `extensions.code`.
    pub async fn resolve(&self, asked: Asked<'_>, cx: &Cx) -> Result<Arc<Document>, Vec<ServerError>> {
        self.find(asked, cx).await.and_then(|document| self.admit(document, Some(cx)))
    }

    async fn find(&self, asked: Asked<'_>, cx: &Cx) -> Result<Arc<Document>, Vec<ServerError>> {
        match (named(asked).map_err(|error| vec![error])?, asked.query) {
            (None, None) => Err(vec![refusal("The request has no `query` and no `documentId`.", INVALID_ARGUMENT)]),
            (None, Some(text)) => self.parse(text, cx),
            (Some(Named::Hash(name)), Some(text)) => {
                if cache::name_of(text) != name {
                    return Err(vec![refusal("The hash is not that of the query.", PERSISTED_QUERY_HASH_MISMATCH)]);
                }
                let document = self.parse(text, cx)?;
                if !self.inner.options.only_listed {
                    self.inner.cache.keep_text(text).await;
                }
                Ok(document)
            }
            (Some(Named::Own(_)), Some(_)) => {
                Err(vec![refusal("A request has a `query` or a `documentId`, not both.", INVALID_ARGUMENT)])
            }
            (Some(Named::Own(id)), None) => self.listed().by_id(id).ok_or_else(|| vec![self.unknown()]),
            (Some(Named::Hash(name)), None) => {
                if let Some(document) = self.listed().by_name(&name) {
                    return Ok(document);
                }
                if self.inner.options.only_listed {
                    return Err(vec![self.unknown()]);
                }
                if let Some(document) = self.shelf().get(&name) {
                    return Ok(document);
                }
                match self.inner.cache.text(&name).await {
                    Some(text) => self.parse(&text, cx),
                    None => Err(vec![self.unknown()]),
                }
            }
        }
    }

    fn unknown(&self) -> ServerError {
        if self.inner.options.only_listed {
            not_listed()
        } else {
            // Clients look for exactly this sentence, and send the text.
            refusal("PersistedQueryNotFound", PERSISTED_QUERY_NOT_FOUND)
        }
    }
}

pub(super) fn not_listed() -> ServerError {
    refusal("Only the documents of this installation's list are answered.", DOCUMENT_NOT_LISTED)
}

fn refusal(message: &str, code: &str) -> ServerError {
    coded(ServerError::new(message, None), code)
}

fn named(asked: Asked<'_>) -> Result<Option<Named<'_>>, ServerError> {
    let persisted =
        asked.extensions.and_then(|extensions| extensions.get("persistedQuery")).filter(|value| !value.is_null());
    match (asked.document_id, persisted) {
        (None, None) => Ok(None),
        (Some(id), None) => identified(id).map(Some),
        (None, Some(persisted)) => automatic(persisted).map(Some),
        (Some(_), Some(_)) => {
            Err(refusal("A request has a `documentId` or a `persistedQuery`, not both.", INVALID_ARGUMENT))
        }
    }
}

/// The syntax of document identifiers.
fn identified(id: &str) -> Result<Named<'_>, ServerError> {
    let is_plain = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
    };
    let invalid = || refusal("This is not a document identifier.", INVALID_ARGUMENT);
    match id.split_once(':') {
        None if is_plain(id) => Ok(Named::Own(id)),
        Some(("sha256", hash)) if !hash.bytes().any(|byte| byte.is_ascii_uppercase()) => {
            digest(hash).map(Named::Hash).ok_or_else(invalid)
        }
        Some((prefix, rest)) if prefix.len() > 2 && prefix.starts_with("x-") && is_plain(prefix) && is_plain(rest) => {
            Ok(Named::Own(id))
        }
        _ => Err(invalid()),
    }
}

fn automatic(persisted: &Value) -> Result<Named<'_>, ServerError> {
    if !persisted.is_object() {
        return Err(refusal("`persistedQuery` is not an object.", INVALID_ARGUMENT));
    }
    if persisted.get("version").and_then(Value::as_u64) != Some(1) {
        return Err(refusal("PersistedQueryNotSupported", PERSISTED_QUERY_NOT_SUPPORTED));
    }
    let hash = persisted.get("sha256Hash").and_then(Value::as_str).and_then(digest);
    hash.map(Named::Hash).ok_or_else(|| refusal("`sha256Hash` is not a hash in hexadecimal digits.", INVALID_ARGUMENT))
}

/// The bytes of 64 hexadecimal digits.
pub(super) fn digest(hash: &str) -> Option<TextName> {
    let mut bytes = TextName::default();
    if hash.len() != 2 * bytes.len() || !hash.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(hash.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn identifiers_have_a_syntax() {
        let text = "query ($id: ID!) {\n  user(id: $id) {\n    name\n  }\n}";
        let id = "sha256:7dba4bd717b41f10434822356a93c32b1fb4907b983e854300ad839f84cdcd6e";
        assert_eq!(identified(id).unwrap(), Named::Hash(cache::name_of(text)));
        for own in ["x-vendor:1.2~3", "d41d8cd98f00b204e9800998ecf8427e", "BookingPage_1"] {
            assert_eq!(identified(own).unwrap(), Named::Own(own));
        }
        let upper = id.replace("7dba", "7DBA");
        for bad in [
            "",
            ":",
            "sha256:",
            "sha256:abc",
            upper.as_str(),
            "md5:abc",
            "x-:a",
            "x-a:",
            "x-a:b:c",
            "a b",
            "a/b",
            "\u{457}",
        ] {
            assert!(identified(bad).is_err(), "{bad}");
        }
    }
}
