//! The way to Redis: pooled connections, a short time limit on everything, the breaker.
//!
//! Holds: no call takes longer than the time limit, and every failure is counted and answered as "nothing known".
//! Each command has one key, so a Redis Cluster behind a proxy serves as well.

use std::time::Duration;

use deadpool_redis::redis::aio::PubSub;
use deadpool_redis::redis::{self, Client, RedisError, Script};
use deadpool_redis::{Manager, Pool, PoolConfig, PoolError, Runtime, Timeouts};
use futures_util::future::BoxFuture;
use tokio::time::timeout;

use crate::Options;
use crate::breaker::{Breaker, FIRST_PAUSE};

/// How long a shared value is kept: it is immutable, so this only bounds what nobody asks for any more.
const VALUE_SECONDS: u64 = 6 * 60 * 60;

pub(crate) struct Remote {
    pool: Pool,
    client: Client,
    breaker: Breaker,
    timeout: Duration,
    pub(crate) prefix: String,
    pub(crate) release: String,
}

/// Why Redis didn't answer. Only for the log: callers do without.
enum Failure {
    TimedOut,
    Pool(PoolError),
    Redis(RedisError),
}

impl Remote {
    pub(crate) fn open(url: &str, options: &Options) -> Result<Self, RedisError> {
        let client = Client::open(url)?;
        let limit = Some(options.redis_timeout);
        let pool = Pool::builder(Manager::new(url)?)
            .config(PoolConfig {
                max_size: options.redis_connections.max(1),
                timeouts: Timeouts { wait: limit, create: limit, recycle: limit },
                ..PoolConfig::default()
            })
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| RedisError::from((redis::ErrorKind::InvalidClientConfig, "pool", error.to_string())))?;
        Ok(Self {
            pool,
            client,
            breaker: Breaker::new(FIRST_PAUSE),
            timeout: options.redis_timeout,
            prefix: options.prefix.clone(),
            release: options.release.clone(),
        })
    }

    /// The stored value, if there is one and Redis says so in time.
    pub(crate) async fn get(&self, key: &str) -> Option<Vec<u8>> {
        let mut command = redis::cmd("GET");
        command.arg(key);
        self.ask(|connection| Box::pin(async move { command.query_async::<Option<Vec<u8>>>(connection).await }))
            .await
            .flatten()
    }

    /// Stores a value; a failure only makes others load it themselves.
    pub(crate) async fn put(&self, key: &str, value: &[u8]) {
        let mut command = redis::cmd("SET");
        command.arg(key).arg(value).arg("EX").arg(VALUE_SECONDS);
        self.ask(|connection| Box::pin(async move { command.query_async::<()>(connection).await })).await;
    }

    /// Runs a script over one key.
    pub(crate) async fn script(&self, script: &'static Script, key: &str, arguments: &[i64]) -> Option<(i64, i64)> {
        let mut call = script.key(key);
        for argument in arguments {
            call.arg(*argument);
        }
        self.ask(|connection| Box::pin(async move { call.invoke_async::<(i64, i64)>(connection).await })).await
    }

    /// Sends a message to every listening process. False when Redis did not take it.
    pub(crate) async fn publish(&self, channel: &str, message: &str) -> bool {
        let mut command = redis::cmd("PUBLISH");
        command.arg(channel).arg(message);
        self.ask(|connection| Box::pin(async move { command.query_async::<i64>(connection).await })).await.is_some()
    }

    /// Whether it answers. Asks past the breaker, so that health tells the present.
    pub(crate) async fn ping(&self) -> bool {
        let command = redis::cmd("PING");
        self.ask_anyway(|connection| Box::pin(async move { command.query_async::<String>(connection).await }))
            .await
            .is_some()
    }

    /// A connection of its own for listening.
    pub(crate) async fn listen(&self, channel: &str) -> Result<PubSub, RedisError> {
        let mut connection = self.client.get_async_pubsub().await?;
        connection.subscribe(channel).await?;
        Ok(connection)
    }

    async fn ask<T>(
        &self,
        call: impl for<'c> FnOnce(&'c mut deadpool_redis::Connection) -> BoxFuture<'c, Result<T, RedisError>>,
    ) -> Option<T> {
        if !self.breaker.allows() {
            metrics::counter!("zapys_redis_skipped_total").increment(1);
            return None;
        }
        self.ask_anyway(call).await
    }

    async fn ask_anyway<T>(
        &self,
        call: impl for<'c> FnOnce(&'c mut deadpool_redis::Connection) -> BoxFuture<'c, Result<T, RedisError>>,
    ) -> Option<T> {
        let answer = timeout(self.timeout, async {
            let mut connection = self.pool.get().await.map_err(Failure::Pool)?;
            call(&mut connection).await.map_err(Failure::Redis)
        })
        .await
        .unwrap_or(Err(Failure::TimedOut));
        match answer {
            Ok(value) => {
                if self.breaker.succeeded() {
                    metrics::gauge!("zapys_redis_up").set(1.0);
                    tracing::info!("redis answers again");
                }
                Some(value)
            }
            Err(failure) => {
                self.note(&failure);
                None
            }
        }
    }

    fn note(&self, failure: &Failure) {
        metrics::counter!("zapys_redis_failures_total").increment(1);
        if self.breaker.failed() {
            metrics::gauge!("zapys_redis_up").set(0.0);
            match failure {
                Failure::TimedOut => tracing::warn!("redis does not answer in time; going on without it"),
                Failure::Pool(error) => tracing::warn!(%error, "redis is out of reach; going on without it"),
                Failure::Redis(error) => tracing::warn!(%error, "redis refused; going on without it"),
            }
        }
    }

    /// Whether requests ask it at present.
    pub(crate) fn is_trusted(&self) -> bool {
        self.breaker.is_closed()
    }
}
