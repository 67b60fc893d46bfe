//! How the cache is, for readiness and for people. A Redis that is gone never makes the server unready.

use crate::{Cache, Tier};

/// How the cache is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// Everything is in this process.
    Memory,
    /// Redis answers.
    Redis,
    /// Redis is configured and does not answer; everything works in this process alone.
    Degraded,
}

impl Cache {
    /// How the cache is now.
    pub async fn health(&self) -> Health {
        match &self.inner.tier {
            Tier::Memory => Health::Memory,
            Tier::Redis(remote) if remote.ping().await => Health::Redis,
            Tier::Redis(_) => Health::Degraded,
        }
    }
}
