//! What several requests, or several processes, share outside the database: values, limits, signals.
//!
//! Everything works in one process without anything else; with a Redis it is shared between processes. Redis is
//! never needed for a right answer: when it is slow, gone or full, requests go on without it.
//!
//! Deliberately absent: a way to delete or overwrite a value. Values are immutable under a stamp that the database
//! gives anew with each change, so there is nothing to invalidate and nothing to forget to invalidate.

mod breaker;
mod health;
mod key;
mod limit;
mod redis;
mod signal;
mod stamped;
mod text;
mod versioned;

use std::sync::Arc;
use std::time::Duration;

use kernel::{Error, Result};

pub use health::Health;
pub use key::{RateKey, StampedKey, Topic};
pub use limit::{Quota, Verdict};
pub use signal::{Signal, Subscription};
pub use text::{TextName, name_of};
pub use versioned::Versioned;

use crate::limit::LocalLimits;
use crate::redis::Remote;
use crate::signal::Signals;
use crate::stamped::LocalValues;
use crate::text::LocalTexts;

/// How to open a [`Cache`].
#[derive(Clone, Debug)]
pub struct Options {
    /// `redis://…`; none keeps everything in this process.
    pub redis_url: Option<String>,
    /// The longest a request ever waits for Redis.
    pub redis_timeout: Duration,
    /// Connections to Redis per process.
    pub redis_connections: usize,
    /// Leads every key and channel, so that installations can share a Redis.
    pub prefix: String,
    /// Which release wrote a shared value: two releases side by side never read one another's.
    pub release: String,
    /// How much memory the values kept in this process may take, roughly.
    pub memory_bytes: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            redis_url: None,
            redis_timeout: Duration::from_millis(80),
            redis_connections: 8,
            prefix: "zapys".to_owned(),
            release: env!("CARGO_PKG_VERSION").to_owned(),
            memory_bytes: 64 * 1024 * 1024,
        }
    }
}

/// Shared values, rate limits and signals. Cheap to clone.
#[derive(Clone)]
pub struct Cache {
    inner: Arc<Inner>,
}

struct Inner {
    tier: Tier,
    values: LocalValues,
    texts: LocalTexts,
    limits: LocalLimits,
    signals: Signals,
}

/// Where what is shared lives.
enum Tier {
    Memory,
    Redis(Arc<Remote>),
}

impl Tier {
    fn remote(&self) -> Option<&Arc<Remote>> {
        match self {
            Self::Memory => None,
            Self::Redis(remote) => Some(remote),
        }
    }
}

impl Cache {
    /// A cache of this process alone.
    pub fn memory() -> Self {
        Self::assemble(Tier::Memory, &Options::default())
    }

    /// Opens the cache that `options` describe. Fails only on an address that can't be one: a Redis that is down
    /// now is like one that goes down later. Must be called inside a Tokio runtime.
    pub fn open(options: &Options) -> Result<Self> {
        let tier = match &options.redis_url {
            None => Tier::Memory,
            Some(url) => Tier::Redis(Arc::new(Remote::open(url, options).map_err(Error::internal)?)),
        };
        let cache = Self::assemble(tier, options);
        if let Some(remote) = cache.inner.tier.remote() {
            cache.inner.signals.listen(remote.clone());
        }
        Ok(cache)
    }

    /// Whether other processes see what this one shares.
    pub fn is_shared(&self) -> bool {
        self.inner.tier.remote().is_some()
    }

    fn assemble(tier: Tier, options: &Options) -> Self {
        let inner = Inner {
            tier,
            values: LocalValues::new(options.memory_bytes),
            texts: LocalTexts::new(options.memory_bytes / 8),
            limits: LocalLimits::default(),
            signals: Signals::default(),
        };
        Self { inner: Arc::new(inner) }
    }
}
