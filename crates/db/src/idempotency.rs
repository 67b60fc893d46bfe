//! Idempotency keys: the caller that got no answer repeats its request and gets the first one's result.
//!
//! The key's row is the first statement of the transaction and commits with it, so only successes are remembered, and of
//! requests with one key that run at once all but the first wait for it. What is stored are the ids of the result; the
//! answer is resolved again from them, for whatever fields the repeated request selects.

use crate::{Fault, Reader, Tx, fault, raw};
use kernel::{CommonCode, Error, Result};
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// A caller's key for one operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// Who asks: one caller's keys do not meet another's.
    pub principal: String,
    /// Which operation: `bookingCreate`.
    pub operation: &'static str,
    /// The caller's key, at most 64 characters.
    pub key: String,
    /// A digest of the input, so that a key that is used for something else is noticed.
    pub input_hash: Vec<u8>,
}

impl IdempotencyKey {
    /// The longest key that a caller may choose.
    pub const MAX_LENGTH: usize = 64;

    /// A caller's key for an operation with this input, of which only the digest is kept. Refused at `idempotencyKey`
    /// when it is empty or too long.
    pub fn new<T: Serialize>(principal: String, operation: &'static str, key: &str, input: &T) -> Result<Self> {
        let key =
            kernel::text::text(key, 1, Self::MAX_LENGTH).map_err(|fault| Error::invalid(fault).at("idempotencyKey"))?;
        let input = serde_json::to_vec(input).map_err(Error::internal)?;
        Ok(Self { principal, operation, key, input_hash: Sha256::digest(&input).to_vec() })
    }
}

/// An operation that happens once however often it is asked for, when the caller gave a key; without one, each time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Once(Option<IdempotencyKey>);

impl Once {
    /// An operation with this input, see [`IdempotencyKey::new`]; `principal` is the actor's.
    pub fn new<T: Serialize>(principal: String, operation: &'static str, key: Option<&str>, input: &T) -> Result<Self> {
        key.map(|key| IdempotencyKey::new(principal, operation, key, input)).transpose().map(Self)
    }

    /// The ids that an earlier success left, see [`Tx::idempotent`]; the first statement of the transaction.
    pub async fn done(&self, tx: &Tx) -> Result<Option<Vec<Uuid>>> {
        match &self.0 {
            Some(key) => tx.idempotent(key).await,
            None => Ok(None),
        }
    }

    /// Whether it was done before, see [`Reader::remembered`]: for a check before work that a repetition need not do again.
    pub async fn is_done(&self, r: &Reader) -> Result<bool> {
        match &self.0 {
            Some(key) => Ok(r.remembered(key).await?.is_some()),
            None => Ok(false),
        }
    }

    /// Leaves the ids of this success for a repetition.
    pub async fn remember(&self, tx: &Tx, ids: &[Uuid]) -> Result<()> {
        match &self.0 {
            Some(key) => tx.remember(key, ids).await,
            None => Ok(()),
        }
    }
}

impl Tx {
    /// Claims a key; call it before anything else in the transaction.
    ///
    /// `Some(ids)`: done before with this very input, answer with these. `None`: go on, then [`Tx::remember`].
    /// Refused with `IDEMPOTENCY_KEY_REUSED` (another input) or `IN_PROGRESS` (the first is still running).
    pub async fn idempotent(&self, key: &IdempotencyKey) -> Result<Option<Vec<Uuid>>> {
        let values = vec![
            self.company().uuid().into(),
            key.principal.clone().into(),
            key.operation.into(),
            key.key.clone().into(),
            key.input_hash.clone().into(),
            self.now().into(),
        ];
        let sql = "INSERT INTO idempotency (company_id, principal, operation, key, input_hash, created_at) \
                   VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
        let inserted = raw::execute(self, sql.to_owned(), values)
            .await
            .map_err(|error| if Fault::is_lock_timeout(&error) { at_key(CommonCode::InProgress) } else { error })?;
        if inserted == 1 {
            return Ok(None);
        }
        let sql = format!("SELECT input_hash, result FROM idempotency WHERE {THIS_KEY}");
        let rows = raw::query(self, sql, key_values(self, key)).await?;
        // Nothing to see: the first one's transaction committed and its row was swept in between.
        let Some(row) = rows.first() else { return Err(at_key(CommonCode::InProgress)) };
        read(row, key).map(Some)
    }

    /// Stores what the operation made or changed, for a repetition.
    pub async fn remember(&self, key: &IdempotencyKey, ids: &[Uuid]) -> Result<()> {
        let mut values = key_values(self, key);
        values.push(serde_json::json!(ids).into());
        raw::execute(self, format!("UPDATE idempotency SET result = $5 WHERE {THIS_KEY}"), values).await?;
        Ok(())
    }

    /// Forgets keys that were claimed before a moment; returns how many.
    pub async fn forget_idempotency(&self, before: chrono::DateTime<chrono::Utc>) -> Result<u64> {
        let sql = "DELETE FROM idempotency WHERE company_id = $1 AND created_at < $2";
        raw::execute(self, sql.to_owned(), vec![self.company().uuid().into(), before.into()]).await
    }
}

impl Reader {
    /// What a committed request with this key and input answered with. For a check before the transaction that would refuse
    /// a repetition because of its own first success; it claims nothing, and another input is `IDEMPOTENCY_KEY_REUSED`.
    pub async fn remembered(&self, key: &IdempotencyKey) -> Result<Option<Vec<Uuid>>> {
        let sql = format!("SELECT input_hash, result FROM idempotency WHERE {THIS_KEY}");
        let rows = raw::query(self, sql, key_values(self, key)).await?;
        rows.first().map(|row| read(row, key)).transpose()
    }
}

/// The answer that a key's row holds.
fn read(row: &sea_orm::QueryResult, key: &IdempotencyKey) -> Result<Vec<Uuid>> {
    if row.try_get::<Vec<u8>>("", "input_hash").map_err(fault)? != key.input_hash {
        return Err(at_key(CommonCode::IdempotencyKeyReused));
    }
    let result: Option<serde_json::Value> = row.try_get("", "result").map_err(fault)?;
    let ids = result.map(serde_json::from_value).transpose().map_err(Error::internal)?;
    Ok(ids.unwrap_or_default())
}

fn key_values(reader: &Reader, key: &IdempotencyKey) -> Vec<sea_orm::Value> {
    vec![reader.company().uuid().into(), key.principal.clone().into(), key.operation.into(), key.key.clone().into()]
}

const THIS_KEY: &str = "company_id = $1 AND principal = $2 AND operation = $3 AND key = $4";

fn at_key(code: CommonCode) -> Error {
    Error::conflict(code).at("idempotencyKey")
}
