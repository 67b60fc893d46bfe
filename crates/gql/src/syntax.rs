//! From the text of a document to the executor's tree, by the specification's grammar (September 2025), in one pass that
//! stops at the limit of tokens or nesting. The framework's own parser knows neither limit, quotes whole lines of
//! the caller's text in its messages, and panics on half a surrogate pair.

mod lexer;
mod parser;

use async_graphql::Pos;

pub(crate) use parser::parse;

/// Why a text is no document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) kind: FaultKind,
    pub(crate) message: String,
    pub(crate) pos: Pos,
}

/// What is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FaultKind {
    /// The grammar.
    Syntax,
    /// A rule that can only be checked while names are still there twice.
    Rule,
    /// A limit.
    Size,
}

impl Fault {
    fn syntax(pos: Pos, message: impl Into<String>) -> Self {
        Self { kind: FaultKind::Syntax, message: message.into(), pos }
    }

    fn rule(pos: Pos, message: impl Into<String>) -> Self {
        Self { kind: FaultKind::Rule, message: message.into(), pos }
    }

    fn size(pos: Pos, message: impl Into<String>) -> Self {
        Self { kind: FaultKind::Size, message: message.into(), pos }
    }
}

/// Some text of the caller as messages quote it: short, and on one line.
pub(crate) fn quoted(text: &str) -> String {
    const LONGEST: usize = 40;
    let mut shown: String = text.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    format!("\"{shown}\"")
}
