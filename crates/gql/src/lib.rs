//! The GraphQL kit: what every domain's `graphql.rs` is written with, and what surrounds an operation.
//!
//! A resolver turns input into a call and the result into an object; nothing else. It finds its caller with [`cx`], its
//! snapshot with [`reader`], single rows with [`load`], and ends a mutation with [`settle`]. `?` on a `kernel::Error` is
//! right everywhere: the error is mapped, worded and masked once, when the operation ends.
//! Not here: HTTP and sockets (server), and any domain's types.

mod collect;
mod connection;
mod cursor;
mod document;
mod extension;
mod fault;
mod id;
mod json;
mod limits;
mod load;
mod message;
mod money;
mod node;
mod observe;
mod payload;
mod ready;
mod request;
mod rules;
mod scalar;
mod schema;
mod settle;
mod swift;
mod syntax;
mod variables;

pub use connection::{Connection, ConnectionArgs, Edge, PageInfo, Paging};
pub use cursor::Cursors;
pub use document::{Asked, Audience, Document, DocumentOptions, Documents};
pub use fault::refuse;
pub use id::{id, ids, to_id};
pub use json::{Leaf, write as write_json};
pub use limits::Limits;
pub use load::{Load, Source, feed, load, load_many};
pub use message::{Catalogue, say};
pub use money::Money;
pub use node::{AnyNode, Node, NodeQuery};
pub use observe::{Observed, Observer, Outcome};
pub use payload::answer;
pub use ready::{Ready, Writer};
pub use request::{Request, cx, reader};
pub use scalar::{Currency, DateTime, Json, LocalDate, LocalTime, Locale, Long, TimeZone, Weekday};
pub use schema::{Settings, schema};
pub use settle::{Refusal, UserError, missing_messages, settle};
pub use swift::{Rows, Swift};

/// For the macros of this crate only.
#[doc(hidden)]
pub mod support {
    pub use crate::message::Sentences;
    pub use crate::node::Registered;
    pub use crate::ready::{Answer, Leafy, Woody, is_named, resolved};
    pub use crate::settle::{Codes, code_name, code_named};
    pub use inventory;
    pub use kernel;
}
