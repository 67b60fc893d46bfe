//! What surrounds one operation: its caller, and the one snapshot that its resolvers read.
//!
//! A query is answered from one snapshot, opened by the first resolver that reads. A mutation opens none before its
//! transaction: [`crate::settle`] starts a new one, so that the payload shows what was just written. Each event of a
//! subscription is an operation of its own; between events nothing is held.

use std::any::Any;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use access::Cx;
use async_graphql::dataloader::{DataLoader, HashMapCache};
use async_graphql::parser::types::OperationType;
use async_graphql::{Context, QueryPathNode, QueryPathSegment, SchemaEnv};
use db::{Db, Reader};
use kernel::{Error, Result};
use tokio::sync::OnceCell;

use crate::load::{Batches, Source};

/// Who sent an operation and where its data is. The transport puts one into each request's data.
#[derive(Clone)]
pub struct Request {
    cx: Cx,
    db: Db,
    deadline: Option<Instant>,
    /// The caller as a subscription last saw them; shared by its clones.
    seen: Arc<Mutex<Option<Cx>>>,
}

impl Request {
    /// An operation of `cx` on `db`.
    pub fn new(cx: Cx, db: Db) -> Self {
        Self { cx, db, deadline: None, seen: Arc::default() }
    }

    /// The same, which its transport gives up at this moment: so that metrics can tell that from a caller who left.
    #[must_use]
    pub fn until(self, deadline: Instant) -> Self {
        Self { deadline: Some(deadline), ..self }
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// The caller.
    pub fn cx(&self) -> &Cx {
        &self.cx
    }

    /// The events of this subscription from now on are of the caller as they are now. It asks before each event: what
    /// somebody may see is not what they could see when they began to listen.
    pub fn see(&self, cx: Cx) {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(cx);
    }

    /// The same with the caller as they were last seen.
    pub(crate) fn current(&self) -> Self {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Self { cx: seen.unwrap_or_else(|| self.cx.clone()), ..self.clone() }
    }

    /// Opens a snapshot of the caller's company, for a subscription that reads before its first event.
    pub async fn read(&self) -> Result<Reader> {
        self.db.read(self.cx.company()?).await
    }
}

/// The caller of this operation. Each root field has a context of its own, so that a use case that forgot to
/// authorise isn't covered by its neighbour.
pub fn cx<'a>(ctx: &Context<'a>) -> Result<&'a Cx> {
    if let Some(operation) = ctx.data_opt::<Arc<Operation>>() {
        let in_turn = ctx.query_env.operation.node.ty == OperationType::Mutation;
        return Ok(operation.cx(ctx.path_node.as_ref().map_or("", root), in_turn));
    }
    // The stream of a subscription is made outside of any event.
    ctx.data_opt::<Request>().map(Request::cx).ok_or_else(outside)
}

/// The snapshot of this operation, opened by whoever asks first and shared by all its resolvers.
pub async fn reader(ctx: &Context<'_>) -> Result<Arc<Reader>> {
    ctx.data_opt::<Arc<Operation>>().ok_or_else(outside)?.scope().snapshot.reader().await
}

pub(crate) fn outside() -> Error {
    Error::internal("a resolver ran outside of an operation: the transport gave no gql::Request")
}

/// The response key of the root field above `node`.
fn root<'a>(node: &QueryPathNode<'a>) -> &'a str {
    let mut top = node;
    while let Some(parent) = top.parent {
        top = parent;
    }
    match top.segment {
        QueryPathSegment::Name(name) => name,
        QueryPathSegment::Index(_) => "",
    }
}

/// One run of the executor: a query, a mutation, or one event of a subscription.
pub(crate) struct Operation {
    request: Request,
    schema: SchemaEnv,
    callers: Box<[OnceLock<(String, Cx)>]>,
    scope: Mutex<Arc<Scope>>,
}

/// A snapshot and the loader that reads it.
pub(crate) struct Scope {
    pub(crate) snapshot: Arc<Snapshot>,
    pub(crate) loader: DataLoader<Batches, HashMapCache>,
}

/// A snapshot that is opened when somebody needs it.
pub(crate) struct Snapshot {
    request: Request,
    reader: OnceCell<Arc<Reader>>,
}

impl Operation {
    /// `roots` is the most root fields that an operation may have.
    pub(crate) fn new(request: Request, schema: SchemaEnv, roots: usize) -> Self {
        let scope = Mutex::new(Scope::new(&request, &schema));
        Self { callers: (0..roots).map(|_| OnceLock::new()).collect(), scope, request, schema }
    }

    /// The caller as the root field of this response key sees it. Where root fields run `in_turn`, the one that begins ends
    /// the snapshot of the one before: whoever waits for a connection must hold none.
    fn cx(&self, root: &str, in_turn: bool) -> &Cx {
        for (position, place) in self.callers.iter().enumerate() {
            let (key, cx) = place.get_or_init(|| {
                if in_turn && position > 0 {
                    self.renew();
                }
                (root.to_owned(), self.request.cx.fresh())
            });
            if key == root {
                return cx;
            }
        }
        &self.request.cx
    }

    /// The root fields that asked for their caller, and then nobody decided whether they may.
    pub(crate) fn undecided(&self) -> Vec<&str> {
        let callers = self.callers.iter().filter_map(OnceLock::get);
        callers.filter(|(_, cx)| !cx.is_decided()).map(|(root, _)| root.as_str()).collect()
    }

    pub(crate) fn scope(&self) -> Arc<Scope> {
        self.scope.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Forgets what was read so far: the next read sees what has been committed by now.
    pub(crate) fn renew(&self) {
        *self.scope.lock().unwrap_or_else(PoisonError::into_inner) = Scope::new(&self.request, &self.schema);
    }
}

impl Scope {
    fn new(request: &Request, schema: &SchemaEnv) -> Arc<Self> {
        let snapshot = Arc::new(Snapshot { request: request.clone(), reader: OnceCell::new() });
        let source = Source::new(snapshot.clone(), schema.clone());
        Arc::new(Self { snapshot, loader: Batches::loader(source) })
    }
}

impl Snapshot {
    pub(crate) fn cx(&self) -> &Cx {
        &self.request.cx
    }

    pub(crate) async fn reader(&self) -> Result<Arc<Reader>> {
        if let Some(reader) = self.reader.get() {
            return Ok(reader.clone());
        }
        // Boxed: every resolver that reads moves this future, and only the first of them opens anything.
        Box::pin(self.reader.get_or_try_init(|| async { self.request.read().await.map(Arc::new) })).await.cloned()
    }
}

/// What the schema was given by the composition: a domain's handle.
pub(crate) fn handle<T: Any + Send + Sync>(schema: &SchemaEnv) -> Result<&T> {
    let value = schema.data.get(&std::any::TypeId::of::<T>()).and_then(|value| value.downcast_ref());
    value.ok_or_else(|| Error::internal(format!("the schema has no {}", std::any::type_name::<T>())))
}
