//! Texts that are named by their own SHA-256: whoever knows the name knows the text, so nothing can be wrong about one.
//!
//! Holds: what is answered has the name that was asked for, whatever Redis says; and forgetting is always allowed.

use std::time::Duration;

use sha2::{Digest as _, Sha256};

use crate::Cache;

/// The SHA-256 of a text.
pub type TextName = [u8; 32];

/// Longer ones are not kept.
const LONGEST: usize = 64 * 1024;
const IDLE: Duration = Duration::from_hours(24);

pub(crate) struct LocalTexts {
    texts: moka::future::Cache<TextName, String>,
}

impl LocalTexts {
    pub(crate) fn new(memory_bytes: u64) -> Self {
        let weight = |_: &TextName, text: &String| u32::try_from(text.len() + 128).unwrap_or(u32::MAX);
        Self {
            texts: moka::future::Cache::builder().max_capacity(memory_bytes).weigher(weight).time_to_idle(IDLE).build(),
        }
    }
}

/// The name of a text.
pub fn name_of(text: &str) -> TextName {
    Sha256::digest(text).into()
}

impl Cache {
    /// The text of this name, if somebody left it here lately.
    pub async fn text(&self, name: &TextName) -> Option<String> {
        if let Some(text) = self.inner.texts.texts.get(name).await {
            return Some(text);
        }
        let remote = self.inner.tier.remote()?;
        let bytes = remote.get(&crate::key::text(name, &remote.prefix)).await?;
        let text = String::from_utf8(bytes).ok().filter(|text| name_of(text) == *name)?;
        self.inner.texts.texts.insert(*name, text.clone()).await;
        Some(text)
    }

    /// Leaves a text for whoever asks for its name, here and in other processes. A long one is not taken.
    pub async fn keep_text(&self, text: &str) {
        if text.len() > LONGEST {
            return;
        }
        let name = name_of(text);
        self.inner.texts.texts.insert(name, text.to_owned()).await;
        if let Some(remote) = self.inner.tier.remote() {
            remote.put(&crate::key::text(&name, &remote.prefix), text.as_bytes()).await;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[tokio::test]
    async fn a_text_is_found_by_its_name() {
        let cache = Cache::memory();
        assert_eq!(cache.text(&name_of("{a}")).await, None);
        cache.keep_text("{a}").await;
        assert_eq!(cache.text(&name_of("{a}")).await.as_deref(), Some("{a}"));
        let long = "a".repeat(LONGEST + 1);
        cache.keep_text(&long).await;
        assert_eq!(cache.text(&name_of(&long)).await, None);
    }

    #[tokio::test]
    async fn a_redis_that_is_gone_costs_nothing_but_the_others() {
        let options = crate::Options { redis_url: Some("redis://127.0.0.1:1".to_owned()), ..crate::Options::default() };
        let cache = Cache::open(&options).unwrap();
        cache.keep_text("{a}").await;
        assert_eq!(cache.text(&name_of("{a}")).await.as_deref(), Some("{a}"));
        assert_eq!(cache.text(&name_of("{b}")).await, None);
    }

    #[tokio::test]
    async fn another_process_finds_it_and_nobody_can_leave_another_text_under_its_name() {
        let Ok(url) = std::env::var("ZAPYS_TEST_REDIS") else { return };
        let options = crate::Options {
            redis_url: Some(url),
            prefix: format!("zapys-test-{}", uuid::Uuid::now_v7()),
            redis_timeout: Duration::from_secs(5),
            ..crate::Options::default()
        };
        let (one, other) = (Cache::open(&options).unwrap(), Cache::open(&options).unwrap());
        one.keep_text("{a}").await;
        assert_eq!(other.text(&name_of("{a}")).await.as_deref(), Some("{a}"));
        let remote = one.inner.tier.remote().unwrap();
        remote.put(&crate::key::text(&name_of("{b}"), &remote.prefix), b"{evil}").await;
        assert_eq!(other.text(&name_of("{b}")).await, None);
    }
}
