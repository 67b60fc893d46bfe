//! A creation's idempotency key when the caller gave one; without a key nothing is remembered.

use access::Cx;
use db::{IdempotencyKey, Tx};
use kernel::Result;
use uuid::Uuid;

/// A key, or none.
pub(crate) struct Idempotency(Option<IdempotencyKey>);

/// The key of an operation with this input.
pub(crate) fn idempotency<T: serde::Serialize>(
    cx: &Cx,
    operation: &'static str,
    key: Option<&str>,
    input: &T,
) -> Result<Idempotency> {
    key.map(|key| IdempotencyKey::new(cx.actor.principal(), operation, key, input)).transpose().map(Idempotency)
}

impl Idempotency {
    /// What the operation made when it ran before. Call it before anything else in the transaction.
    pub(crate) async fn done(&self, tx: &Tx) -> Result<Option<Uuid>> {
        match &self.0 {
            Some(key) => Ok(tx.idempotent(key).await?.and_then(|ids| ids.first().copied())),
            None => Ok(None),
        }
    }

    /// Stores what the operation made.
    pub(crate) async fn remember(&self, tx: &Tx, id: Uuid) -> Result<()> {
        match &self.0 {
            Some(key) => tx.remember(key, &[id]).await,
            None => Ok(()),
        }
    }
}
