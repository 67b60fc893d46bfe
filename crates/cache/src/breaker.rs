//! Stops asking a Redis that doesn't answer, so that its failure costs one wait and not one per request.
//!
//! The first failure opens it; then one probe at a time is let through, at growing intervals, until one succeeds.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The pause after the first failure; it doubles with each that follows.
pub(crate) const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// Whether Redis is worth asking now.
pub(crate) struct Breaker {
    started: Instant,
    first_pause: Duration,
    failures: AtomicU32,
    /// Milliseconds after `started` before which nobody asks.
    closed_again_at: AtomicU64,
}

impl Breaker {
    pub(crate) fn new(first_pause: Duration) -> Self {
        Self { started: Instant::now(), first_pause, failures: AtomicU32::new(0), closed_again_at: AtomicU64::new(0) }
    }

    /// Whether to ask. While it is open, the one caller who gets `true` is the probe.
    pub(crate) fn allows(&self) -> bool {
        if self.failures.load(Ordering::Acquire) == 0 {
            return true;
        }
        let now = self.now();
        let until = self.closed_again_at.load(Ordering::Acquire);
        // Moving the time on before asking is what keeps a second probe from starting.
        now >= until
            && self
                .closed_again_at
                .compare_exchange(until, now + millis(self.pause()), Ordering::AcqRel, Ordering::Acquire)
                .is_ok()
    }

    /// Whether it lets everybody through.
    pub(crate) fn is_closed(&self) -> bool {
        self.failures.load(Ordering::Acquire) == 0
    }

    /// Redis answered. True when it had not before.
    pub(crate) fn succeeded(&self) -> bool {
        self.failures.swap(0, Ordering::AcqRel) > 0
    }

    /// Redis failed. True when it had not before.
    pub(crate) fn failed(&self) -> bool {
        let before = self.failures.fetch_add(1, Ordering::AcqRel);
        self.closed_again_at.store(self.now() + millis(self.pause()), Ordering::Release);
        before == 0
    }

    fn pause(&self) -> Duration {
        let failures = self.failures.load(Ordering::Acquire).clamp(1, 8);
        (self.first_pause * 2_u32.pow(failures - 1)).min(LONGEST_PAUSE)
    }

    fn now(&self) -> u64 {
        millis(self.started.elapsed())
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread::sleep;

    #[test]
    fn one_failure_keeps_everybody_away_but_one_probe() {
        let pause = Duration::from_millis(100);
        let breaker = Breaker::new(pause);
        assert!(breaker.allows() && breaker.is_closed());
        assert!(breaker.failed(), "the first failure is news");
        assert!(!breaker.allows());
        sleep(pause * 11 / 10);
        assert!(breaker.allows(), "the probe");
        assert!(!breaker.allows(), "only one");
        assert!(!breaker.failed(), "no news");
        sleep(pause);
        assert!(!breaker.allows(), "the pause has grown");
        sleep(pause * 12 / 10);
        assert!(breaker.allows());
        assert!(breaker.succeeded() && breaker.is_closed() && breaker.allows());
    }
}
