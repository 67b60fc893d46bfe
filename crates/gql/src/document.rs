//! Documents: from what a request names to a checked tree, once for all requests that name the same.
//!
//! A [`Document`] has passed everything that does not depend on variables: limits, grammar, validation. What is left for
//! each request are the variables and what they cost. Failures are not remembered: who sends nonsense pays alone.

mod listed;
mod persisted;
mod shelf;

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use access::Cx;
use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition, OperationType};
use async_graphql::{
    Name, ObjectType, Positioned, Request, Response, Schema, SchemaEnv, ServerError, SubscriptionType,
};
use cache::Cache;
use futures_util::FutureExt as _;
use kernel::Error;

use crate::fault::{INTROSPECTION_DISABLED, PARSE_FAILED, TOO_COMPLEX, VALIDATION_FAILED, coded, refuse};
use crate::limits::Limits;
use crate::limits::measure::Measure;
use crate::rules;
use crate::syntax::{self, Fault, FaultKind};
use shelf::Shelf;

pub use persisted::Asked;

/// A longer text is never kept, nor is its hash taken.
const LONGEST_KEPT: usize = 64 * 1024;
/// What all kept documents may take, roughly.
const MEMORY: usize = 16 * 1024 * 1024;
/// What one may take of it.
const LARGEST_KEPT: usize = MEMORY / 32;
/// What a token becomes in memory, roughly: most of it is the fields' own size.
const MEMORY_PER_TOKEN: usize = 320;

/// Who may look at the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Audience {
    /// Whoever asks.
    Everyone,
    /// Users and secret keys; not strangers, nor a key that stands in a web page.
    Members,
    /// Not over the API.
    Nobody,
}

impl Audience {
    fn admits(self, cx: Option<&Cx>) -> bool {
        match self {
            Self::Everyone => true,
            Self::Members => cx.is_some_and(|cx| !cx.is_public()),
            Self::Nobody => false,
        }
    }
}

/// What an installation decides about documents.
#[derive(Debug, Clone, Copy)]
pub struct DocumentOptions {
    /// How much one operation may ask for.
    pub limits: Limits,
    /// Who may ask for the schema.
    pub introspection: Audience,
    /// Whether messages about an unknown name say which one could be meant, to those who may look at the schema.
    pub suggestions: bool,
    /// Whether only documents of the list are answered; see [`Documents::allow`].
    pub only_listed: bool,
}

impl Default for DocumentOptions {
    /// The usual limits, and nothing is hidden.
    fn default() -> Self {
        Self { limits: Limits::default(), introspection: Audience::Everyone, suggestions: true, only_listed: false }
    }
}

/// All documents that are known. Cheap to clone.
#[derive(Clone)]
pub struct Documents {
    inner: Arc<Inner>,
}

struct Inner {
    options: DocumentOptions,
    cache: Cache,
    schema: OnceLock<SchemaEnv>,
    shelf: Mutex<Shelf>,
    listed: OnceLock<listed::Listed>,
}

/// A document that can be executed, whatever its variables are.
pub struct Document {
    pub(crate) tree: ExecutableDocument,
    introspects: bool,
    memory: usize,
    /// The SHA-256 of the text; none of one too long to keep.
    digest: Option<[u8; 32]>,
}

/// In the data of a request that only shows the schema to its documents.
pub(crate) struct Introduction;

impl Documents {
    /// No documents yet.
    pub fn new(options: DocumentOptions, cache: Cache) -> Self {
        let (schema, shelf, listed) = (OnceLock::new(), Mutex::new(Shelf::new(MEMORY)), OnceLock::new());
        Self { inner: Arc::new(Inner { options, cache, schema, shelf, listed }) }
    }

    /// Tells which schema documents are for: once, when it is finished, before the first of them comes.
    pub fn attach<Q, M, S>(&self, schema: &Schema<Q, M, S>)
    where
        Q: ObjectType + 'static,
        M: ObjectType + 'static,
        S: SubscriptionType + 'static,
    {
        // The framework shows its types to extensions only. Nothing in this request waits for anything.
        let _: Option<Response> = schema.execute(Request::new("").data(Introduction)).now_or_never();
    }

    pub(crate) fn introduce(&self, schema: &SchemaEnv) {
        let _ = self.inner.schema.set(schema.clone());
    }

    #[cfg(test)]
    pub(crate) fn inner_schema(&self) -> &SchemaEnv {
        self.inner.schema.get().unwrap_or_else(|| panic!("not attached"))
    }

    /// The limits of an operation.
    pub(crate) fn limits(&self) -> &Limits {
        &self.inner.options.limits
    }

    /// The document of this text. Errors are ready to be answered, each with `extensions.code`, five at most; `cx` is who
    /// asks, since not everybody may look at the schema.
    pub fn parse(&self, text: &str, cx: &Cx) -> Result<Arc<Document>, Vec<ServerError>> {
        self.parse_for(text, Some(cx))
    }

    pub(crate) fn parse_for(&self, text: &str, cx: Option<&Cx>) -> Result<Arc<Document>, Vec<ServerError>> {
        let key = (text.len() <= LONGEST_KEPT).then(|| cache::name_of(text));
        if self.inner.options.only_listed {
            let document = key.and_then(|key| self.listed().by_name(&key));
            return self.admit(document.ok_or_else(|| vec![persisted::not_listed()])?, cx);
        }
        if let Some(document) = key.and_then(|key| self.shelf().get(&key)) {
            return self.admit(document, cx);
        }
        let document = Arc::new(self.make(text, key, cx)?);
        if let Some(key) = key.filter(|_| document.memory <= LARGEST_KEPT) {
            self.shelf().put(key, document.clone(), document.memory);
        }
        self.admit(document, cx)
    }

    /// Not everybody may look at the schema.
    fn admit(&self, document: Arc<Document>, cx: Option<&Cx>) -> Result<Arc<Document>, Vec<ServerError>> {
        if document.introspects && !self.inner.options.introspection.admits(cx) {
            let message = "The schema cannot be asked for here.";
            return Err(vec![coded(ServerError::new(message, None), INTROSPECTION_DISABLED)]);
        }
        Ok(document)
    }

    fn make(&self, text: &str, digest: Option<[u8; 32]>, cx: Option<&Cx>) -> Result<Document, Vec<ServerError>> {
        let Inner { options, schema, .. } = &*self.inner;
        let Some(schema) = schema.get() else {
            let error = Error::internal("documents came before they were attached to a schema");
            return Err(vec![cx.map_or_else(|| ServerError::new("", None), |cx| refuse(error, cx))]);
        };
        let parsed = syntax::parse(text, options.limits.tokens).map_err(|fault| vec![told(fault)])?;
        let measure = Measure::of(&parsed.document, &schema.registry);
        options.limits.check(&measure).map_err(|error| vec![error])?;
        let suggestions = options.suggestions && options.introspection.admits(cx);
        rules::check(&parsed.document, &schema.registry, suggestions)?;
        let memory = parsed.tokens * MEMORY_PER_TOKEN + text.len();
        Ok(Document { introspects: measure.introspects, tree: parsed.document, memory, digest })
    }

    fn shelf(&self) -> std::sync::MutexGuard<'_, Shelf> {
        self.inner.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn told(fault: Fault) -> ServerError {
    let code = match fault.kind {
        FaultKind::Syntax => PARSE_FAILED,
        FaultKind::Rule => VALIDATION_FAILED,
        FaultKind::Size => TOO_COMPLEX,
    };
    coded(ServerError::new(fault.message, Some(fault.pos)), code)
}

impl Document {
    /// The SHA-256 of its text; none when the text was too long to take it of.
    pub(crate) fn digest(&self) -> Option<[u8; 32]> {
        self.digest
    }

    /// What kind of operation would run; None when the document does not say which.
    pub fn kind(&self, operation_name: Option<&str>) -> Option<OperationType> {
        self.operation(operation_name).map(|operation| operation.node.ty)
    }

    /// The name of the operation that would run, as the document has it.
    pub fn operation_name<'a>(&'a self, asked: Option<&'a str>) -> Option<&'a str> {
        match &self.tree.operations {
            DocumentOperations::Single(_) => None,
            DocumentOperations::Multiple(operations) => {
                asked.or_else(|| operations.keys().next().filter(|_| operations.len() == 1).map(Name::as_str))
            }
        }
    }

    /// The operation that will run; none when the choice itself is wrong, which the executor says.
    pub(crate) fn operation(&self, name: Option<&str>) -> Option<&Positioned<OperationDefinition>> {
        match (&self.tree.operations, name) {
            (DocumentOperations::Single(operation), None) => Some(operation),
            (DocumentOperations::Single(_), Some(_)) => None,
            (DocumentOperations::Multiple(operations), Some(name)) => operations.get(name),
            (DocumentOperations::Multiple(operations), None) => {
                operations.values().next().filter(|_| operations.len() == 1)
            }
        }
    }
}
