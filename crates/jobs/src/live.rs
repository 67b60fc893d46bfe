//! Live notifications: "this changed, look again", to whoever is looking now. After the commit, or not at all.

use cache::{Cache, Subscription, Topic};
use chrono::NaiveDate;
use db::{DayStep, Tx};
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

    /// The same for a change of these local dates: the message is made of the steps that their stamps took.
    pub fn publish_days_after<M: Serialize>(
        &self,
        tx: &mut Tx,
        topic: Topic,
        dates: impl IntoIterator<Item = NaiveDate>,
        message: impl FnOnce(&[DayStep]) -> M + Send + Sync + 'static,
    ) -> Result<()> {
        if topic.company != tx.company() {
            return Err(Error::internal("a live notification for another company than the transaction's"));
        }
        let cache = self.cache.clone();
        tx.change_days(dates, move |steps| match serde_json::to_string(&message(steps)) {
            Ok(message) => cache.signal(&topic, message),
            // Listeners notice by the next step that they missed one.
            Err(error) => tracing::error!(%error, "a live notification could not be written"),
        });
        Ok(())
    }

    /// Tells the listeners of `topic` at once.
    pub fn publish(&self, topic: &Topic, message: &impl Serialize) {
        match serde_json::to_string(message) {
            Ok(message) => self.cache.signal(topic, message),
            Err(error) => tracing::error!(%error, "a live notification could not be written"),
        }
    }

    /// What happens to `topic` from now on. The caller has checked that the topic's company is the listener's.
    pub fn subscribe(&self, topic: Topic) -> Subscription {
        self.cache.subscribe(topic)
    }
}
