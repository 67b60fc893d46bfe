//! Values under a stamp: first this process' memory, then Redis, then whoever loads them.
//!
//! Holds: a value belongs to (company, table, stamp) and never changes, so an old one can't be served for a new
//! stamp; of many who want one value at once, one loads it. Must not be called inside an open `Tx`: a transaction
//! may still roll back the stamp it sees.

use std::any::{Any, TypeId};
use std::io;
use std::sync::Arc;
use std::time::Duration;

use db::Reader;
use kernel::Result;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::redis::Remote;
use crate::{Cache, StampedKey};

/// Longer than any snapshot lives: what nobody asked for since belongs to an old stamp.
const IDLE: Duration = Duration::from_mins(30);
/// A value larger than this stays in the process: sending it would take longer than loading it.
const LARGEST_SHARED: usize = 2 * 1024 * 1024;
/// Structures in memory take about this many times their JSON.
const MEMORY_PER_BYTE: u32 = 3;

/// The id of a row where it is a row that is kept ([`crate::versioned`]), else nil. The type is part of the key: two types under
/// one name are two values.
type LocalKey = (StampedKey, Uuid, TypeId);

fn local<T: 'static>(key: StampedKey) -> LocalKey {
    (key, Uuid::nil(), TypeId::of::<T>())
}

#[derive(Clone)]
pub(crate) struct Held {
    pub(crate) value: Arc<dyn Any + Send + Sync>,
    pub(crate) weight: u32,
}

pub(crate) struct LocalValues {
    pub(crate) values: moka::future::Cache<LocalKey, Held>,
}

impl LocalValues {
    pub(crate) fn new(memory_bytes: u64) -> Self {
        let values = moka::future::Cache::builder()
            .max_capacity(memory_bytes)
            .weigher(|_, held: &Held| held.weight)
            .time_to_idle(IDLE)
            .build();
        Self { values }
    }
}

impl Cache {
    /// A small table of the reader's company, whole, under the stamp that each change of it renews. Within one snapshot it
    /// is looked for once; inside a transaction it is read from its rows each time, since the transaction may have changed
    /// them and may still be rolled back.
    pub async fn small_table<T, F>(
        &self,
        r: &Reader,
        table: &'static str,
        stamp: &str,
        load: impl FnOnce() -> F,
    ) -> Result<Arc<T>>
    where
        T: Serialize + DeserializeOwned + Send + Sync + 'static,
        F: Future<Output = Result<T>>,
    {
        if r.in_transaction() {
            return Box::pin(load()).await.map(Arc::new);
        }
        if let Some(value) = r.kept(table) {
            return Ok(value);
        }
        let key = StampedKey { company: r.company(), table, stamp: r.stamp(stamp).0 };
        // What loads is boxed: it is large and rare, and whoever reads a table, each resolver of a page, moves this future.
        let value = Box::pin(async { self.stamped(key, load()).await }).await?;
        r.keep(table, value.clone());
        Ok(value)
    }

    /// A value that only this process keeps: one of many that are cheap to make together, such as the days of a calendar.
    pub async fn here<T: Send + Sync + 'static>(&self, key: StampedKey) -> Option<Arc<T>> {
        self.inner.values.values.get(&local::<T>(key)).await.and_then(typed)
    }

    /// Keeps a value of about so many bytes for [`Cache::here`].
    pub async fn keep_here<T: Send + Sync + 'static>(&self, key: StampedKey, value: Arc<T>, bytes: usize) {
        let weight = u32::try_from(bytes).unwrap_or(u32::MAX).saturating_add(256);
        self.inner.values.values.insert(local::<T>(key), Held { value, weight }).await;
    }

    /// The value under `key`; `load` makes it when neither this process nor Redis has it.
    ///
    /// `load` must read from the very snapshot that gave the stamp. Its error goes to everybody who waited for it
    /// and is not remembered.
    pub async fn stamped<T, F>(&self, key: StampedKey, load: F) -> Result<Arc<T>>
    where
        T: Serialize + DeserializeOwned + Send + Sync + 'static,
        F: Future<Output = Result<T>>,
    {
        let local = local::<T>(key);
        if let Some(value) = self.inner.values.values.get(&local).await.and_then(typed) {
            count(key.table, "memory");
            return Ok(value);
        }
        // Boxed, since this part is large and runs rarely.
        let held = Box::pin(self.inner.values.values.try_get_with(local, self.fetch(key, load))).await;
        let held = held.map_err(Arc::unwrap_or_clone)?;
        typed(held).ok_or_else(|| kernel::Error::internal("a cached value has another type than its key"))
    }

    async fn fetch<T, F>(&self, key: StampedKey, load: F) -> Result<Held>
    where
        T: Serialize + DeserializeOwned + Send + Sync + 'static,
        F: Future<Output = Result<T>>,
    {
        let Some(remote) = self.inner.tier.remote() else {
            count(key.table, "load");
            let value = load.await?;
            let mut size = Size::default();
            let _ = serde_json::to_writer(&mut size, &value);
            return Ok(hold(value, size.0));
        };
        let name = key.text(&remote.prefix, &remote.release);
        if let Some((value, size)) = shared::<T>(remote, &name).await {
            count(key.table, "redis");
            return Ok(hold(value, size));
        }
        count(key.table, "load");
        let value = load.await?;
        let bytes = serde_json::to_vec(&value).map_err(kernel::Error::internal)?;
        let size = bytes.len();
        if size <= LARGEST_SHARED && remote.is_trusted() {
            // The request has its value; telling the others is not worth its wait.
            let remote = remote.clone();
            tokio::spawn(async move { remote.put(&name, &bytes).await });
        }
        Ok(hold(value, size))
    }
}

/// What Redis has under `name`. What can't be read (cut, or of another shape) is as good as absent.
async fn shared<T: DeserializeOwned>(remote: &Remote, name: &str) -> Option<(T, usize)> {
    let bytes = remote.get(name).await?;
    match serde_json::from_slice(&bytes) {
        Ok(value) => Some((value, bytes.len())),
        Err(error) => {
            tracing::warn!(key = name, %error, "a shared value could not be read");
            None
        }
    }
}

pub(crate) fn typed<T: Send + Sync + 'static>(held: Held) -> Option<Arc<T>> {
    held.value.downcast().ok()
}

fn hold<T: Send + Sync + 'static>(value: T, size: usize) -> Held {
    let weight = u32::try_from(size).unwrap_or(u32::MAX).saturating_mul(MEMORY_PER_BYTE).saturating_add(256);
    Held { value: Arc::new(value), weight }
}

fn count(table: &'static str, from: &'static str) {
    metrics::counter!("zapys_cache_total", "table" => table, "from" => from).increment(1);
}

/// Counts what is written to it: the size of a value without a copy of it.
#[derive(Default)]
struct Size(usize);

impl io::Write for Size {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use kernel::{CompanyId, Error, Kind};
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn key(company: CompanyId, stamp: i64) -> StampedKey {
        StampedKey { company, table: "test", stamp }
    }

    #[tokio::test]
    async fn a_hundred_who_ask_at_once_load_once() {
        let (cache, key, loads) = (Cache::memory(), key(CompanyId::new(), 1), Arc::new(AtomicUsize::new(0)));
        let all = futures_util::future::join_all((0..100).map(|_| {
            let (cache, loads) = (cache.clone(), loads.clone());
            async move {
                cache
                    .stamped(key, async {
                        loads.fetch_add(1, Ordering::SeqCst);
                        tokio::time::sleep(Duration::from_millis(20)).await;
                        Ok(vec![1_u8, 2, 3])
                    })
                    .await
            }
        }))
        .await;
        assert!(all.into_iter().all(|value| *value.unwrap() == [1, 2, 3]));
        assert_eq!(loads.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_new_stamp_or_company_or_type_is_a_new_value() {
        let (cache, company) = (Cache::memory(), CompanyId::new());
        let load = |value: &str| std::future::ready(Ok(value.to_owned()));
        assert_eq!(*cache.stamped(key(company, 1), load("old")).await.unwrap(), "old");
        assert_eq!(*cache.stamped(key(company, 2), load("new")).await.unwrap(), "new");
        assert_eq!(*cache.stamped(key(company, 1), load("late")).await.unwrap(), "old");
        assert_eq!(*cache.stamped(key(CompanyId::new(), 1), load("theirs")).await.unwrap(), "theirs");
        assert_eq!(*cache.stamped(key(company, 1), async { Ok(5_u8) }).await.unwrap(), 5);
    }

    #[tokio::test]
    async fn a_failure_keeps_its_kind_and_is_not_remembered() {
        let (cache, key) = (Cache::memory(), key(CompanyId::new(), 1));
        let failed = cache.stamped::<u8, _>(key, async { Err(Error::unavailable("database")) }).await;
        assert_eq!(failed.unwrap_err().kind, Kind::Unavailable);
        assert_eq!(*cache.stamped(key, async { Ok(1_u8) }).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn a_caller_who_gives_up_leaves_the_load_to_the_next() {
        let (cache, key) = (Cache::memory(), key(CompanyId::new(), 1));
        let never = cache.stamped::<u8, _>(key, std::future::pending());
        assert!(tokio::time::timeout(Duration::from_millis(10), never).await.is_err());
        assert_eq!(*cache.stamped(key, async { Ok(1_u8) }).await.unwrap(), 1);
    }
}
