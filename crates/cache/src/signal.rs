//! Signals: short messages to whoever listens now, in this process and, through Redis, in the others.
//!
//! A signal is a hint, never the only way to learn of something: it may be lost, and then the listener is told that
//! something was. One Redis channel carries all topics, so no name chosen by a caller becomes a channel.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use deadpool_redis::redis::Value;
use deadpool_redis::redis::aio::PubSub;
use futures_util::{Stream, StreamExt, stream};
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::time::timeout;
use uuid::Uuid;

use crate::redis::Remote;
use crate::{Cache, Topic};

/// How many signals of a topic a slow listener may be behind before it misses some.
const BEHIND: usize = 64;
/// How long to wait before listening to Redis again.
const PAUSE: Duration = Duration::from_secs(1);
/// After so long a silence the connection is asked whether it still lives.
const QUIET: Duration = Duration::from_secs(10);

/// What a listener gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signal {
    /// A message.
    Message(Arc<str>),
    /// Messages were lost (a slow listener, a Redis that was gone): read the present state anew.
    Missed,
}

/// The signals of one topic, from now on. Dropping it ends listening.
pub type Subscription = std::pin::Pin<Box<dyn Stream<Item = Signal> + Send>>;

/// As a message travels through Redis.
#[derive(Serialize, Deserialize)]
struct Envelope {
    /// The sending process, which has told its own listeners already.
    origin: Uuid,
    topic: Topic,
    message: String,
}

#[derive(Clone)]
pub(crate) struct Signals {
    origin: Uuid,
    topics: Arc<Mutex<HashMap<Topic, broadcast::Sender<Signal>>>>,
}

impl Default for Signals {
    fn default() -> Self {
        Self { origin: Uuid::now_v7(), topics: Arc::default() }
    }
}

impl Signals {
    fn topics(&self) -> MutexGuard<'_, HashMap<Topic, broadcast::Sender<Signal>>> {
        self.topics.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn subscribe(&self, topic: Topic) -> broadcast::Receiver<Signal> {
        let mut topics = self.topics();
        // The quiet ones are forgotten when others come, so topics take no more memory than listeners.
        if topics.len() >= 1_024 && topics.len().is_power_of_two() {
            topics.retain(|_, sender| sender.receiver_count() > 0);
        }
        topics.entry(topic).or_insert_with(|| broadcast::channel(BEHIND).0).subscribe()
    }

    fn deliver(&self, topic: &Topic, message: Arc<str>) {
        let mut topics = self.topics();
        if let Some(sender) = topics.get(topic)
            && sender.send(Signal::Message(message)).is_err()
        {
            topics.remove(topic);
        }
    }

    fn tell_missed(&self) {
        self.topics().retain(|_, sender| sender.send(Signal::Missed).is_ok());
    }

    /// Passes on what other processes send, until this process has no cache any more.
    pub(crate) fn listen(&self, remote: Arc<Remote>) {
        let (signals, remote) = (self.clone(), Arc::downgrade(&remote));
        tokio::spawn(async move {
            let mut interrupted = false;
            while let Some(remote) = remote.upgrade() {
                match remote.listen(&channel(&remote)).await {
                    Ok(connection) => {
                        if interrupted {
                            signals.tell_missed();
                        }
                        drop(remote);
                        signals.pass_on(connection).await;
                        interrupted = true;
                    }
                    Err(error) => {
                        tracing::debug!(%error, "not listening to other processes");
                        interrupted = true;
                        drop(remote);
                    }
                }
                tokio::time::sleep(PAUSE).await;
            }
        });
    }

    /// Passes on what arrives, until the connection ends or stops answering.
    async fn pass_on(&self, connection: PubSub) {
        let (mut questions, mut messages) = connection.split();
        loop {
            match timeout(QUIET, messages.next()).await {
                Ok(Some(message)) => self.receive(message.get_payload_bytes()),
                Err(_) if timeout(QUIET, questions.ping::<Value>()).await.is_ok_and(|pong| pong.is_ok()) => {}
                Ok(None) | Err(_) => return,
            }
        }
    }

    fn receive(&self, payload: &[u8]) {
        match serde_json::from_slice::<Envelope>(payload) {
            Ok(envelope) if envelope.origin == self.origin => {}
            Ok(envelope) => self.deliver(&envelope.topic, envelope.message.into()),
            Err(error) => tracing::warn!(%error, "an unreadable signal from another process"),
        }
    }
}

fn channel(remote: &Remote) -> String {
    format!("{}:signals", remote.prefix)
}

impl Cache {
    /// Tells everybody who listens to `topic`: those in this process at once, the others through Redis, which is not
    /// waited for. Must be called inside a Tokio runtime.
    pub fn signal(&self, topic: &Topic, message: impl Into<Arc<str>>) {
        let message = message.into();
        self.inner.signals.deliver(topic, message.clone());
        let Some(remote) = self.inner.tier.remote().cloned() else { return };
        let envelope =
            Envelope { origin: self.inner.signals.origin, topic: topic.clone(), message: message.to_string() };
        match serde_json::to_string(&envelope) {
            Ok(text) => drop(tokio::spawn(async move { remote.publish(&channel(&remote), &text).await })),
            Err(error) => tracing::error!(%error, "a signal could not be written"),
        }
    }

    /// How many listen to `topic` in this process.
    pub fn listeners(&self, topic: &Topic) -> usize {
        self.inner.signals.topics().get(topic).map_or(0, broadcast::Sender::receiver_count)
    }

    /// The signals of `topic` from now on.
    pub fn subscribe(&self, topic: Topic) -> Subscription {
        let receiver = self.inner.signals.subscribe(topic);
        Box::pin(stream::unfold(receiver, |mut receiver| async move {
            match receiver.recv().await {
                Ok(signal) => Some((signal, receiver)),
                Err(RecvError::Lagged(_)) => Some((Signal::Missed, receiver)),
                Err(RecvError::Closed) => None,
            }
        }))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use kernel::CompanyId;

    #[tokio::test]
    async fn listeners_of_the_topic_hear_it_and_no_others() {
        let (cache, company) = (Cache::memory(), CompanyId::new());
        let topic = Topic::new(company, "calendar");
        let mut mine = cache.subscribe(topic.clone());
        assert_eq!(cache.listeners(&topic), 1);
        let mut theirs = cache.subscribe(Topic::new(CompanyId::new(), "calendar"));
        cache.signal(&topic, "moved");
        assert_eq!(mine.next().await, Some(Signal::Message("moved".into())));
        assert!(futures_util::poll!(theirs.next()).is_pending());
    }

    #[tokio::test]
    async fn a_slow_listener_is_told_that_it_missed_something() {
        let (cache, topic) = (Cache::memory(), Topic::new(CompanyId::new(), "calendar"));
        let mut slow = cache.subscribe(topic.clone());
        for number in 0..=BEHIND {
            cache.signal(&topic, number.to_string());
        }
        assert_eq!(slow.next().await, Some(Signal::Missed));
        assert_eq!(slow.next().await, Some(Signal::Message("1".into())));
    }

    #[tokio::test]
    async fn a_topic_without_listeners_is_forgotten() {
        let (cache, topic) = (Cache::memory(), Topic::new(CompanyId::new(), "calendar"));
        drop(cache.subscribe(topic.clone()));
        cache.signal(&topic, "to nobody");
        assert!(cache.inner.signals.topics().is_empty());
    }
}
