//! Rate limits: a token bucket per key, in Redis when there is one, else (and while it is gone) in this process.
//!
//! Both sides run the generic cell rate algorithm: a bucket is one instant, "the time at which it is full again".

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock, PoisonError, RwLock};
use std::time::Duration;

use deadpool_redis::redis::Script;
use governor::clock::{Clock as _, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use kernel::{Error, Result};

use crate::{Cache, RateKey};

/// How much of something is allowed: `burst` at once, refilled evenly over `per`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Quota {
    /// The size of the bucket. Zero counts as one.
    pub burst: u32,
    /// How long an empty bucket takes to fill.
    pub per: Duration,
}

impl Quota {
    /// `burst` at once, and as many again over each `per`.
    pub const fn new(burst: u32, per: Duration) -> Self {
        Self { burst, per }
    }

    /// So many a minute.
    pub const fn per_minute(burst: u32) -> Self {
        Self::new(burst, Duration::from_mins(1))
    }

    fn interval(self) -> Duration {
        (self.per / self.burst.max(1)).max(Duration::from_micros(1))
    }
}

/// What a limit said, also for the headers of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The size of the bucket.
    pub limit: u32,
    /// What is left in it.
    pub remaining: u32,
    /// None: go on. Some: refused, and after this long one more will be allowed.
    pub retry_after: Option<Duration>,
}

impl Verdict {
    /// Goes on, or fails with `RateLimited`.
    pub fn into_result(self) -> Result<()> {
        self.retry_after.map_or(Ok(()), |wait| Err(Error::rate_limited(wait)))
    }
}

/// Takes one from the bucket at KEYS[1]: ARGV is interval and burst x interval in microseconds. Answers how long to
/// wait (0 = taken) and how much is left. Numbers stay below 2^53, where Lua's are exact.
static TAKE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"local time = redis.call('TIME')
          local now = time[1] * 1000000 + time[2]
          local interval, depth = tonumber(ARGV[1]), tonumber(ARGV[2])
          local full = math.max(tonumber(redis.call('GET', KEYS[1]) or '0') or 0, now)
          local after = full + interval
          if after - now > depth then return {after - depth - now, 0} end
          redis.call('SET', KEYS[1], string.format('%.0f', after), 'PX', math.ceil((after - now) / 1000))
          return {0, math.floor((depth - (after - now)) / interval)}",
    )
});

type Limiter =
    governor::RateLimiter<RateKey, DefaultKeyedStateStore<RateKey>, DefaultClock, StateInformationMiddleware>;

/// One limiter per scope and quota: both come from code and configuration, so there are few.
#[derive(Default)]
pub(crate) struct LocalLimits {
    limiters: RwLock<HashMap<(&'static str, Quota), Arc<Limiter>>>,
    taken: AtomicU32,
}

/// After so many takings buckets that are full again are forgotten.
const TIDY_EVERY: u32 = 16_384;

impl LocalLimits {
    fn take(&self, key: &RateKey, quota: Quota) -> Verdict {
        let limiter = self.limiter(key.scope, quota);
        if self.taken.fetch_add(1, Ordering::Relaxed) % TIDY_EVERY == TIDY_EVERY - 1 {
            self.tidy();
        }
        let limit = quota.burst.max(1);
        match limiter.check_key(key) {
            Ok(state) => Verdict { limit, remaining: state.remaining_burst_capacity(), retry_after: None },
            Err(until) => {
                let wait = until.wait_time_from(limiter.clock().now());
                Verdict { limit, remaining: 0, retry_after: Some(wait) }
            }
        }
    }

    fn limiter(&self, scope: &'static str, quota: Quota) -> Arc<Limiter> {
        // A poisoned lock is as good as a sound one: the map is only ever added to.
        let known = self.limiters.read().unwrap_or_else(PoisonError::into_inner).get(&(scope, quota)).cloned();
        known.unwrap_or_else(|| {
            let mut limiters = self.limiters.write().unwrap_or_else(PoisonError::into_inner);
            limiters.entry((scope, quota)).or_insert_with(|| Arc::new(limiter(quota))).clone()
        })
    }

    fn tidy(&self) {
        for limiter in self.limiters.read().unwrap_or_else(PoisonError::into_inner).values() {
            limiter.retain_recent();
        }
    }
}

fn limiter(quota: Quota) -> Limiter {
    let burst = NonZeroU32::new(quota.burst).unwrap_or(NonZeroU32::MIN);
    // The interval is never zero, for which alone governor has no quota.
    let quota = governor::Quota::with_period(quota.interval()).unwrap_or_else(|| governor::Quota::per_second(burst));
    governor::RateLimiter::keyed(quota.allow_burst(burst)).with_middleware()
}

impl Cache {
    /// Takes one from the bucket of `key` and says how it stands.
    pub async fn take(&self, key: &RateKey, quota: Quota) -> Verdict {
        let verdict = match self.inner.tier.remote() {
            Some(remote) => {
                let interval = micros(quota.interval());
                let arguments = [interval, interval.saturating_mul(i64::from(quota.burst.max(1)))];
                remote.script(&TAKE, &key.text(&remote.prefix), &arguments).await.map(|answer| shared(quota, answer))
            }
            None => None,
        };
        let verdict = verdict.unwrap_or_else(|| self.inner.limits.take(key, quota));
        if verdict.retry_after.is_some() {
            metrics::counter!("zapys_rate_limited_total", "scope" => key.scope).increment(1);
        }
        verdict
    }

    /// Takes one from the bucket of `key`, or fails with `RateLimited`.
    pub async fn limit(&self, key: &RateKey, quota: Quota) -> Result<()> {
        self.take(key, quota).await.into_result()
    }
}

fn shared(quota: Quota, (wait, left): (i64, i64)) -> Verdict {
    Verdict {
        limit: quota.burst.max(1),
        remaining: u32::try_from(left).unwrap_or(0),
        retry_after: u64::try_from(wait).ok().filter(|wait| *wait > 0).map(Duration::from_micros),
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX / 1_000_000)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use kernel::Kind;

    #[tokio::test]
    async fn a_bucket_empties_refuses_and_says_when_to_come_again() {
        let cache = Cache::memory();
        let (key, quota) = (RateKey::global("test", "somebody"), Quota::new(3, Duration::from_secs(30)));
        let left: Vec<u32> = [
            cache.take(&key, quota).await.remaining,
            cache.take(&key, quota).await.remaining,
            cache.take(&key, quota).await.remaining,
        ]
        .into();
        assert_eq!(left, [2, 1, 0]);
        let Kind::RateLimited { retry_after } = cache.limit(&key, quota).await.unwrap_err().kind else {
            panic!("not refused");
        };
        assert!(retry_after > Duration::from_secs(8) && retry_after <= Duration::from_secs(10));
        cache.limit(&RateKey::global("test", "another"), quota).await.unwrap();
        cache.limit(&RateKey::global("other", "somebody"), quota).await.unwrap();
    }

    #[tokio::test]
    async fn a_bucket_of_nothing_allows_one() {
        let cache = Cache::memory();
        let (key, quota) = (RateKey::global("test", "x"), Quota::per_minute(0));
        assert!(cache.limit(&key, quota).await.is_ok());
        assert!(cache.limit(&key, quota).await.is_err());
    }
}
