//! The messages of graphql-transport-ws, and its close codes.

use std::fmt::Display;

use async_graphql::ServerError;
use serde::Serialize;
use serde_json::{Map, Value};
use tokio_tungstenite::tungstenite::Utf8Bytes;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use crate::http::graphql::{Posted, Told};

/// The id of an operation is sent with each of its results.
const LONGEST_ID: usize = 1024;
/// A close frame has 125 bytes, two of them for the code.
const LONGEST_REASON: usize = 123;

/// What a message may carry beside its meaning.
pub type Payload = Option<Map<String, Value>>;

/// What a client says.
pub enum Said {
    /// The first message: who is there. Holds `authorization`, as the header of a request would.
    ConnectionInit(Payload),
    /// Start an operation, under an id that is unique among those that run.
    Subscribe(Box<str>, Box<Posted>),
    /// Stop an operation.
    Complete(Box<str>),
    /// Are you there?
    Ping(Payload),
    /// I am here.
    Pong,
}

impl Said {
    /// Reads a message; whatever is not exactly one closes the socket.
    pub fn read(text: &str) -> Result<Self, Closing> {
        let message = serde_json::from_str::<Value>(text).map_err(|_| bad("The message is not JSON"))?;
        let Value::Object(mut message) = message else { return Err(bad("The message is not a JSON object")) };
        let kind = match message.remove("type") {
            Some(Value::String(kind)) => kind,
            Some(_) => return Err(bad("`type` is not a string")),
            None => return Err(bad("`type` is missing")),
        };
        match kind.as_str() {
            "connection_init" => Ok(Self::ConnectionInit(payload(&mut message)?)),
            "subscribe" => {
                let id = id(&mut message)?;
                let payload = message.remove("payload").ok_or_else(|| bad("`payload` is missing"))?;
                if !payload.is_object() {
                    return Err(bad("`payload` is not an object"));
                }
                let posted: Posted =
                    serde_json::from_value(payload).map_err(|error| bad(format_args!("`payload`: {error}")))?;
                posted.check().map_err(|reason| bad(format_args!("`payload`: {reason}")))?;
                Ok(Self::Subscribe(id, Box::new(posted)))
            }
            "complete" => Ok(Self::Complete(id(&mut message)?)),
            "ping" => Ok(Self::Ping(payload(&mut message)?)),
            "pong" => payload(&mut message).map(|_| Self::Pong),
            "connection_ack" | "next" | "error" => Err(bad(format_args!("`{kind}` is for the server to say"))),
            _ => Err(bad(format_args!("Unknown message type `{kind}`"))),
        }
    }
}

fn id(message: &mut Map<String, Value>) -> Result<Box<str>, Closing> {
    match message.remove("id") {
        Some(Value::String(id)) if id.is_empty() => Err(bad("`id` is empty")),
        Some(Value::String(id)) if id.len() > LONGEST_ID => Err(bad("`id` is too long")),
        Some(Value::String(id)) => Ok(id.into()),
        Some(_) => Err(bad("`id` is not a string")),
        None => Err(bad("`id` is missing")),
    }
}

fn payload(message: &mut Map<String, Value>) -> Result<Payload, Closing> {
    match message.remove("payload") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(payload)) => Ok(Some(payload)),
        Some(_) => Err(bad("`payload` is not an object")),
    }
}

fn bad(reason: impl Display) -> Closing {
    Closing::BadMessage(reason.to_string())
}

/// What the server says.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Say<'a> {
    /// You are known now.
    ConnectionAck,
    /// I am here; with what the ping carried.
    Pong {
        /// As it came.
        #[serde(skip_serializing_if = "Option::is_none")]
        payload: Payload,
    },
    /// An operation that was not executed; it has ended.
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
    /// The message as it is sent.
    pub fn text(&self) -> Utf8Bytes {
        // Every part serialises: there are no maps with keys that are no text.
        serde_json::to_string(self).unwrap_or_default().into()
    }

    /// A result of an operation, `next`.
    pub fn next(id: &str, result: &Told<'_>) -> Utf8Bytes {
        let mut out = br#"{"type":"next","id":"#.to_vec();
        let mut write = || {
            serde_json::to_writer(&mut out, id)?;
            out.extend_from_slice(br#","payload":"#);
            result.write(&mut out)
        };
        if let Err(error) = write() {
            tracing::error!(%error, "a result could not be written as JSON");
            return Utf8Bytes::default();
        }
        out.push(b'}');
        String::from_utf8(out).unwrap_or_default().into()
    }
}

/// Why a socket ends. The protocol fixes the numbers from 4400 on, RFC 6455 those below 2000.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Closing {
    /// The peer has gone, or has closed the socket: there is nobody to tell.
    Gone,
    /// The server stops; come again, to another one.
    GoingAway,
    /// Bytes that are no frames.
    Protocol,
    /// A text that is not UTF-8.
    NotText,
    /// A message beyond the limit.
    TooLarge,
    /// A message that is none, and why.
    BadMessage(String),
    /// An operation before the acknowledgement.
    NotInitialised,
    /// `connection_init` was refused, or the session behind it has ended.
    Forbidden,
    /// No `connection_init` in time.
    InitialisationTimeout,
    /// Two running operations of one id.
    DuplicateId(Box<str>),
    /// A second `connection_init`.
    TooManyInitialisations,
    /// Who is there could not be found out now: something is down, or they ask too often.
    TryAgain,
    /// A fault of ours.
    Broken,
}

impl Closing {
    /// The close frame, if anybody is there to read it.
    pub fn frame(&self) -> Option<CloseFrame> {
        let (code, reason) = match self {
            Self::Gone => return None,
            Self::GoingAway => (1001, "Going away".to_owned()),
            Self::Protocol => (1002, "Protocol error".to_owned()),
            Self::NotText => (1007, "Text that is not UTF-8".to_owned()),
            Self::TooLarge => (1009, "Message too large".to_owned()),
            Self::Broken => (1011, "Internal error".to_owned()),
            Self::TryAgain => (1013, "Try again later".to_owned()),
            Self::BadMessage(reason) => (4400, reason.clone()),
            Self::NotInitialised => (4401, "Unauthorized".to_owned()),
            Self::Forbidden => (4403, "Forbidden".to_owned()),
            Self::InitialisationTimeout => (4408, "Connection initialisation timeout".to_owned()),
            Self::DuplicateId(id) => (4409, duplicate(id)),
            Self::TooManyInitialisations => (4429, "Too many initialisation requests".to_owned()),
        };
        Some(CloseFrame { code: code.into(), reason: cut(&reason, LONGEST_REASON).into() })
    }
}

/// The protocol's sentence; an id that is too long for it is cut.
fn duplicate(id: &str) -> String {
    const SENTENCE: usize = "Subscriber for  already exists".len();
    format!("Subscriber for {} already exists", cut(id, LONGEST_REASON - SENTENCE))
}

/// The beginning of a text, at most so many bytes.
fn cut(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    fn refusal(text: &str) -> (u16, String) {
        let frame = Said::read(text).err().and_then(|closing| closing.frame()).expect("a refusal");
        (frame.code.into(), frame.reason.to_string())
    }

    #[test]
    fn messages_have_the_names_of_the_protocol() {
        assert_eq!(Say::ConnectionAck.text(), r#"{"type":"connection_ack"}"#);
        assert_eq!(Say::Complete { id: "1" }.text(), r#"{"type":"complete","id":"1"}"#);
        assert_eq!(Say::Pong { payload: None }.text(), r#"{"type":"pong"}"#);
        assert!(matches!(Said::read(r#"{"type":"connection_init","payload":null}"#), Ok(Said::ConnectionInit(None))));
        assert!(matches!(Said::read(r#"{"type":"ping","payload":{"a":1}}"#), Ok(Said::Ping(Some(_)))));
        let subscribe = r#"{"type":"subscribe","id":"1","payload":{"query":"{a}","variables":null}}"#;
        assert!(matches!(Said::read(subscribe), Ok(Said::Subscribe(id, _)) if &*id == "1"));
    }

    #[test]
    fn a_refusal_says_what_is_wrong_in_as_many_bytes_as_a_frame_has() {
        assert_eq!(refusal("{"), (4400, "The message is not JSON".to_owned()));
        let (code, reason) = refusal(&format!(r#"{{"type":"{}"}}"#, "є".repeat(100)));
        // A letter of two bytes is not cut in half.
        assert_eq!((code, reason.len()), (4400, 122));
        let frame = Closing::DuplicateId("ї".repeat(100).into()).frame().unwrap();
        assert_eq!(u16::from(frame.code), 4409);
        assert!(frame.reason.len() <= 123 && frame.reason.ends_with(" already exists"), "{}", frame.reason);
    }
}
