//! Live notifications: "this changed, look again", to whoever is looking now. After the commit, or not at all.

use cache::{Cache, Subscription, Topic};
use db::Tx;
use kernel::{Error, Result};
use serde::Serialize;

/// Sends and receives live notifications. Cheap to clone.
#[derive(Clone)]
pub struct Live {
    cache: Cache,
}

impl Live {
    pub(crate) fn new(cache: Cache) -> Self {
        Self { cache }
    }

    /// Tells the listeners of `topic` once `tx` has committed. The topic must be of the transaction's company.
    pub fn publish_after(&self, tx: &mut Tx, topic: Topic, message: &impl Serialize) -> Result<()> {
        if topic.company != tx.company() {
            return Err(Error::internal("a live notification for another company than the transaction's"));
        }
        let message = serde_json::to_string(message).map_err(Error::internal)?;
        let cache = self.cache.clone();
        tx.after_commit(move || cache.signal(&topic, message));
        Ok(())
    }

    /// What happens to `topic` from now on. The caller has checked that the topic's company is the listener's.
    pub fn subscribe(&self, topic: Topic) -> Subscription {
        self.cache.subscribe(topic)
    }
}
