//! Answers as text.
//!
//! The framework builds a tree of values, which is then written and taken down again. Lists of many objects
//! ([`crate::Rows`]) are written as soon as they are resolved instead, and stand in the tree as the text that they are.

use std::fmt::Display;
use std::io::Write as _;

use async_graphql::{ID, Value};
use serde::Serialize;

/// JSON in a tree of values. No scalar of the schema is binary: what is, is text that was written by [`write`].
pub(crate) fn written(text: Vec<u8>) -> Value {
    Value::Binary(text.into())
}

/// Writes a value of an answer as JSON.
pub fn write(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Boolean(true) => out.extend_from_slice(b"true"),
        Value::Boolean(false) => out.extend_from_slice(b"false"),
        Value::Number(number) => scalar(number, out),
        Value::String(text) => scalar(text, out),
        Value::Enum(name) => scalar(name.as_str(), out),
        Value::Binary(text) => out.extend_from_slice(text),
        Value::List(items) => {
            out.push(b'[');
            for (place, item) in items.iter().enumerate() {
                separate(place, out);
                write(item, out);
            }
            out.push(b']');
        }
        Value::Object(fields) => {
            out.push(b'{');
            for (place, (name, value)) in fields.iter().enumerate() {
                separate(place, out);
                key(name, out);
                write(value, out);
            }
            out.push(b'}');
        }
    }
}

/// The comma before everything but the first.
pub(crate) fn separate(place: usize, out: &mut Vec<u8>) {
    if place > 0 {
        out.push(b',');
    }
}

/// The name of a field and its colon. Names are letters, digits and `_`.
pub(crate) fn key(name: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
}

/// A value that has no fields of its own and is written as it is.
pub trait Leaf {
    /// Writes it as JSON, just as the framework would.
    fn write(&self, out: &mut Vec<u8>);
}

macro_rules! leaves {
    ($($scalar:ty),+) => {$(
        impl Leaf for $scalar {
            fn write(&self, out: &mut Vec<u8>) {
                scalar(self, out);
            }
        }
    )+};
}

leaves!(bool, i32, u8, u16, u32, usize, i64, str, String);

impl Leaf for ID {
    fn write(&self, out: &mut Vec<u8>) {
        scalar(self.as_str(), out);
    }
}

impl<L: Leaf + ?Sized> Leaf for &L {
    fn write(&self, out: &mut Vec<u8>) {
        (**self).write(out);
    }
}

impl<L: Leaf> Leaf for Option<L> {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Some(leaf) => leaf.write(out),
            None => out.extend_from_slice(b"null"),
        }
    }
}

impl<L: Leaf> Leaf for [L] {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(b'[');
        for (place, leaf) in self.iter().enumerate() {
            separate(place, out);
            leaf.write(out);
        }
        out.push(b']');
    }
}

impl<L: Leaf> Leaf for Vec<L> {
    fn write(&self, out: &mut Vec<u8>) {
        self.as_slice().write(out);
    }
}

/// A text that is made as it is written, without anything in it that JSON would escape.
pub(crate) fn display(value: &impl Display, out: &mut Vec<u8>) {
    // Writing to memory does not fail.
    let _ = write!(out, "\"{value}\"");
}

pub(crate) fn scalar<T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) {
    // Writing numbers and text to memory does not fail.
    let written = serde_json::to_writer(&mut *out, value);
    debug_assert!(written.is_ok(), "{written:?}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::{Name, value};

    #[test]
    fn a_tree_is_written_as_serde_writes_it() {
        let tree = value!({
            "text": "\"\\\u{1}\n\u{2028}ї", "numbers": [0, -1, 1.5, i64::MAX], "empty": [{}, []], "none": null,
            "truth": [true, false],
        });
        let tree = Value::List(vec![tree, Value::Enum(Name::new("UPPER"))]);
        let mut out = Vec::new();
        write(&tree, &mut out);
        assert_eq!(String::from_utf8(out).ok(), serde_json::to_string(&tree).ok());
    }

    #[test]
    fn what_is_written_already_is_taken_as_it_is() {
        let mut inner = Vec::new();
        write(&value!({ "a": [1, "b"] }), &mut inner);
        let mut out = Vec::new();
        write(&Value::List(vec![written(inner), Value::Null]), &mut out);
        assert_eq!(String::from_utf8_lossy(&out), r#"[{"a":[1,"b"]},null]"#);
    }
}
