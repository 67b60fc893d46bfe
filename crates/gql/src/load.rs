//! Single rows by id, in batches, once per operation. A domain says how a batch of one key type is loaded
//! ([`Load`]); a list that already has the rows feeds them, and the loader then serves them without a statement.

use std::any::Any;
use std::collections::HashMap;
use std::future::Future;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use access::Cx;
use async_graphql::dataloader::{DataLoader, HashMapCache, Loader};
use async_graphql::futures_util::task::{FutureObj, Spawn, SpawnError};
use async_graphql::runtime::TokioTimer;
use async_graphql::{Context, SchemaEnv};
use db::Reader;
use kernel::{Error, Result};
use tokio::runtime::Handle;
use tracing::Instrument as _;

use crate::request::{Operation, Snapshot, handle, outside};

/// A key whose values are loaded in batches: a typed id, or a small struct around one.
///
/// ```ignore
/// impl gql::Load for ClientId {
///     type Value = Client;
///
///     async fn load(source: &gql::Source, ids: &[Self]) -> kernel::Result<HashMap<Self, Client>> {
///         let clients = source.handle::<Clients>()?.get_many(&*source.reader().await?, ids).await?;
///         Ok(clients.into_iter().map(|client| (client.id, client)).collect())
///     }
/// }
/// ```
pub trait Load: Copy + Eq + Hash + Send + Sync + 'static {
    /// What the key stands for. Cloned for each resolver: an `Arc` when it is large.
    type Value: Clone + Send + Sync + 'static;

    /// Loads a batch in a fixed number of statements. What does not exist is left out.
    fn load(source: &Source, keys: &[Self]) -> impl Future<Output = Result<HashMap<Self, Self::Value>>> + Send;
}

/// Where a batch loads from.
pub struct Source {
    snapshot: Arc<Snapshot>,
    schema: SchemaEnv,
}

impl Source {
    pub(crate) fn new(snapshot: Arc<Snapshot>, schema: SchemaEnv) -> Self {
        Self { snapshot, schema }
    }

    /// The caller of the operation.
    pub fn cx(&self) -> &Cx {
        self.snapshot.cx()
    }

    /// The snapshot of the operation.
    pub async fn reader(&self) -> Result<Arc<Reader>> {
        self.snapshot.reader().await
    }

    /// A domain's handle, as given to the schema.
    pub fn handle<T: Any + Send + Sync>(&self) -> Result<&T> {
        handle(&self.schema)
    }
}

/// The value of `key`, if it exists. Keys asked for at the same time are loaded together.
pub async fn load<K: Load>(ctx: &Context<'_>, key: K) -> Result<Option<K::Value>> {
    let scope = ctx.data_opt::<Arc<Operation>>().ok_or_else(outside)?.scope();
    // Boxed: resolvers that load nothing move it too.
    Box::pin(scope.loader.load_one(key)).await
}

/// The values of `keys` that exist, in the order of `keys`.
pub async fn load_many<K: Load>(ctx: &Context<'_>, keys: &[K]) -> Result<Vec<K::Value>> {
    let scope = ctx.data_opt::<Arc<Operation>>().ok_or_else(outside)?.scope();
    let values = scope.loader.load_many(keys.iter().copied()).await?;
    Ok(keys.iter().filter_map(|key| values.get(key).cloned()).collect())
}

/// Hands over values that were read anyway, by a join or a look-ahead.
pub async fn feed<K: Load>(ctx: &Context<'_>, values: impl IntoIterator<Item = (K, K::Value)>) -> Result<()> {
    let scope = ctx.data_opt::<Arc<Operation>>().ok_or_else(outside)?.scope();
    scope.loader.feed_many(values).await;
    Ok(())
}

/// All key types' batches over one source: the loader of an operation.
pub(crate) struct Batches(Source);

/// One millisecond gathers what an operation's resolvers ask for at once; none would split the batches.
const DELAY: Duration = Duration::from_millis(1);
/// As many as one `IN` list takes (PostgreSQL plans longer ones badly).
const BATCH: usize = 1_000;

impl Batches {
    pub(crate) fn loader(source: Source) -> DataLoader<Self, HashMapCache> {
        let spawner = Counted(Handle::current());
        DataLoader::with_cache(Self(source), spawner, TokioTimer::default(), HashMapCache::default())
            .delay(DELAY)
            .max_batch_size(BATCH)
    }
}

impl<K: Load> Loader<K> for Batches {
    type Value = K::Value;
    type Error = Error;

    async fn load(&self, keys: &[K]) -> Result<HashMap<K, K::Value>> {
        K::load(&self.0, keys).await
    }
}

/// Spawns batches so that their statements count for, and their logs and traces tell of, the operation that waits for
/// them.
struct Counted(Handle);

impl Spawn for Counted {
    fn spawn_obj(&self, batch: FutureObj<'static, ()>) -> Result<(), SpawnError> {
        match db::current_counter() {
            Some(counter) => drop(self.0.spawn(db::counting(counter, batch).in_current_span())),
            None => drop(self.0.spawn(batch)),
        }
        Ok(())
    }
}
