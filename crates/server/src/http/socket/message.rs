//! The messages of graphql-transport-ws, and its close codes.

use async_graphql::ServerError;
use axum::extract::ws::{CloseFrame, Message};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::http::graphql::{Posted, Told};

/// What a client says.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Said {
    /// The first message: who is there.
    ConnectionInit {
        /// Holds `authorization`, as the header of a request would.
        #[serde(default)]
        payload: Option<Map<String, Value>>,
    },
    /// Start an operation.
    Subscribe {
        /// Chosen by the client; unique among those that run.
        id: String,
        /// The operation.
        payload: Posted,
    },
    /// Stop an operation.
    Complete {
        /// Which one.
        id: String,
    },
    /// Are you there?
    Ping {
        /// Anything.
        #[serde(default)]
        #[allow(dead_code)]
        payload: Option<Map<String, Value>>,
    },
    /// I am here.
    Pong {
        /// Anything.
        #[serde(default)]
        #[allow(dead_code)]
        payload: Option<Map<String, Value>>,
    },
}

/// What the server says.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Say<'a> {
    /// You are known now.
    ConnectionAck,
    /// I am here.
    Pong,
    /// A result of an operation.
    Next {
        /// Of which.
        id: &'a str,
        /// The result.
        payload: Told<'a>,
    },
    /// An operation that could not be executed; it has ended.
    Error {
        /// Which.
        id: &'a str,
        /// Why.
        payload: &'a [ServerError],
    },
    /// An operation has ended.
    Complete {
        /// Which.
        id: &'a str,
    },
}

impl Say<'_> {
    /// The message to send.
    pub fn message(&self) -> Message {
        // Every part serialises: there are no maps with keys that are no text.
        Message::Text(serde_json::to_string(self).unwrap_or_default().into())
    }
}

/// Why the server closes a socket. The protocol fixes the numbers from 4400 on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closing {
    /// The server stops; come again, to another one.
    GoingAway,
    /// A message that is none.
    BadMessage,
    /// An operation before the acknowledgement.
    NotInitialised,
    /// `connection_init` was refused, or the session behind it has ended.
    Forbidden,
    /// No `connection_init` in time.
    InitialisationTimeout,
    /// Two running operations of one id.
    DuplicateId,
    /// A second `connection_init`.
    TooManyInitialisations,
    /// More operations than one socket may run, or too many requests.
    TooMany,
}

impl Closing {
    /// The close frame.
    pub fn message(self) -> Message {
        let (code, reason) = match self {
            Self::GoingAway => (1001, "Going away"),
            Self::BadMessage => (4400, "Bad request"),
            Self::NotInitialised => (4401, "Unauthorized"),
            Self::Forbidden => (4403, "Forbidden"),
            Self::InitialisationTimeout => (4408, "Connection initialisation timeout"),
            Self::DuplicateId => (4409, "Subscriber already exists"),
            Self::TooManyInitialisations => (4429, "Too many initialisation requests"),
            Self::TooMany => (1013, "Too many operations"),
        };
        Message::Close(Some(CloseFrame { code, reason: reason.into() }))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn messages_have_the_names_of_the_protocol() {
        assert_eq!(Say::ConnectionAck.message(), Message::Text(r#"{"type":"connection_ack"}"#.into()));
        assert_eq!(Say::Complete { id: "1" }.message(), Message::Text(r#"{"type":"complete","id":"1"}"#.into()));
        let said = |text| serde_json::from_str::<Said>(text);
        assert!(matches!(said(r#"{"type":"connection_init"}"#), Ok(Said::ConnectionInit { payload: None })));
        assert!(matches!(said(r#"{"type":"ping","payload":{"a":1}}"#), Ok(Said::Ping { .. })));
        assert!(matches!(
            said(r#"{"type":"subscribe","id":"1","payload":{"query":"{a}"}}"#),
            Ok(Said::Subscribe { .. })
        ));
        for text in
            ["{}", r#"{"type":"start","id":"1"}"#, r#"{"type":"subscribe","payload":{"query":"{a}"}}"#, "[]", "1"]
        {
            assert!(said(text).is_err(), "{text}");
        }
    }
}
