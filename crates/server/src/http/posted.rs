//! What a request asks for, read from a body, a query string or a socket's message, before anybody looks at its document.

use std::borrow::Cow;

use percent_encoding::percent_decode;
use serde::Deserialize;
use serde_json::{Map, Value};

/// The parameters of a GraphQL request. Unknown ones are ignored, as the specification says.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Posted {
    /// The text of the document.
    #[serde(default)]
    pub query: Option<String>,
    /// Which of its operations.
    #[serde(default)]
    pub operation_name: Option<String>,
    /// Values of the operation's variables.
    #[serde(default)]
    pub variables: Option<Map<String, Value>>,
    /// `persistedQuery` is known of these.
    #[serde(default)]
    pub extensions: Option<Map<String, Value>>,
    /// A document that the server knows, instead of its text.
    #[serde(default)]
    pub document_id: Option<String>,
}

/// One request or several in a body.
#[derive(Debug)]
pub enum Batch {
    /// An object.
    One(Box<Posted>),
    /// A list.
    Many(Vec<Posted>),
}

impl Batch {
    /// Reads a body. The error is a sentence for the author of the client.
    pub fn read(body: &[u8], max: usize) -> Result<Self, String> {
        if std::str::from_utf8(body).is_err() {
            return Err("The body is not UTF-8.".to_owned());
        }
        let is_list = body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
        if is_list {
            let requests: Vec<Posted> = serde_json::from_slice(body).map_err(|error| unreadable(&error))?;
            if requests.is_empty() || requests.len() > max {
                return Err(format!("A request has 1 to {max} operations."));
            }
            requests.iter().try_for_each(Posted::check)?;
            return Ok(Self::Many(requests));
        }
        let request: Posted = serde_json::from_slice(body).map_err(|error| unreadable(&error))?;
        request.check()?;
        Ok(Self::One(Box::new(request)))
    }

    /// How many operations it asks for.
    pub fn len(&self) -> usize {
        match self {
            Self::One(_) => 1,
            Self::Many(requests) => requests.len(),
        }
    }
}

impl Posted {
    /// Reads a query string: `variables` and `extensions` are JSON in text, an empty optional parameter is an absent one.
    pub fn from_query_string(text: &str) -> Result<Self, &'static str> {
        let mut posted = Self::default();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = decoded(value)?;
            let is_repeated = match decoded(name)?.as_ref() {
                "query" => posted.query.replace(value).is_some(),
                name if value.is_empty() && NAMES.contains(&name) => false,
                "operationName" => posted.operation_name.replace(value).is_some(),
                "documentId" => posted.document_id.replace(value).is_some(),
                "variables" => {
                    let value = object(&value).map_err(|_| "The parameter `variables` is not a JSON object.")?;
                    value.is_some_and(|value| posted.variables.replace(value).is_some())
                }
                "extensions" => {
                    let value = object(&value).map_err(|_| "The parameter `extensions` is not a JSON object.")?;
                    value.is_some_and(|value| posted.extensions.replace(value).is_some())
                }
                _ => false,
            };
            if is_repeated {
                return Err("A parameter stands twice in the query string.");
            }
        }
        posted.check()?;
        Ok(posted)
    }

    /// Something must say which document.
    pub fn check(&self) -> Result<(), &'static str> {
        let is_persisted = self.extensions.as_ref().is_some_and(|extensions| extensions.contains_key("persistedQuery"));
        if self.query.is_some() || self.document_id.is_some() || is_persisted {
            Ok(())
        } else {
            Err("The parameter `query` is missing.")
        }
    }
}

const NAMES: [&str; 4] = ["operationName", "documentId", "variables", "extensions"];

/// None for null, which is an absent parameter.
fn object(text: &str) -> Result<Option<Map<String, Value>>, serde_json::Error> {
    serde_json::from_str(text)
}

/// `application/x-www-form-urlencoded`, and UTF-8 within it or nothing.
fn decoded(text: &str) -> Result<String, &'static str> {
    let spaced = text.replace('+', " ");
    let decoded = percent_decode(spaced.as_bytes()).decode_utf8().map(Cow::into_owned);
    decoded.map_err(|_| "The query string is not UTF-8.")
}

fn unreadable(error: &serde_json::Error) -> String {
    // The parser's message may quote values; the place helps enough.
    let (line, column) = (error.line(), error.column());
    if error.is_data() {
        format!(
            "The body is not a GraphQL request: `query`, `operationName` and `documentId` are strings, `variables` and \
             `extensions` objects (line {line}, column {column})."
        )
    } else {
        format!("The body is not JSON (line {line}, column {column}).")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn bodies_are_one_request_or_a_short_list() {
        assert!(matches!(Batch::read(br#" {"query":"{a}","unknown":1}"#, 2), Ok(Batch::One(_))));
        assert!(
            matches!(Batch::read(br#"[{"query":"{a}"},{"query":"{b}","variables":null}]"#, 2), Ok(Batch::Many(list)) if list.len() == 2)
        );
        assert!(Batch::read(br#"{"extensions":{"persistedQuery":{}}}"#, 2).is_ok());
        for body in [
            "",
            "[]",
            "1",
            "null",
            "\"{a}\"",
            "{}",
            "{\"query\":null}",
            r#"{"qeury":"{a}"}"#,
            r#"{"query":1}"#,
            r#"{"query":"{a}","query":"{b}"}"#,
            r#"{"query":"{a}","variables":[]}"#,
            r#"{"query":"{a}","operationName":1}"#,
            r#"{"query":"{a}","extensions":1}"#,
            r#"{"query":"{a}"} {}"#,
            r#"[{"query":"a"},{"query":"a"},{"query":"a"}]"#,
            r#"[{"query":"a"},1]"#,
            r#"[[{"query":"a"}]]"#,
        ] {
            assert!(Batch::read(body.as_bytes(), 2).is_err(), "{body}");
        }
        assert_eq!(Batch::read(b"{\"query\":\"\xff\"}", 2).unwrap_err(), "The body is not UTF-8.");
    }

    #[test]
    fn query_strings_are_read_to_the_letter() {
        let read = Posted::from_query_string;
        let posted =
            read("query=%7Ba%2Bb%7D+c&variables=%7B%22x%22:1%7D&operationName=&extensions=null&other=1").unwrap();
        assert_eq!(posted.query.as_deref(), Some("{a+b} c"));
        assert_eq!(posted.variables.unwrap()["x"], 1);
        assert_eq!((posted.operation_name, posted.extensions), (None, None));
        assert_eq!(read("query={a}&operationName=null").unwrap().operation_name.as_deref(), Some("null"));
        assert_eq!(read("documentId=sha256:1").unwrap().document_id.as_deref(), Some("sha256:1"));
        for text in [
            "",
            "variables={}",
            "query={a}&query={b}",
            "query={a}&variables=[]",
            "query={a}&variables=1",
            "query={a}&variables={",
            "query={a}&extensions=1",
            "query=%FF",
            "query={a}&%FF=1",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
