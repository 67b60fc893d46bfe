//! One use case, one transaction, tried again as a whole when another was in the way.

use crate::connection::End;
use crate::pool::Mode;
use crate::{Db, Fault, Tx, fault};
use kernel::{CompanyId, Result};
use std::future::Future;
use std::time::Duration;

const TRIES: u32 = 3;

/// Runs a block in one write transaction of a company and gives its `Result`.
///
/// ```ignore
/// let client = db::transaction!(self.db, cx.company()?, |tx| {
///     let row = repo::insert(tx, &new).await?;
///     self.jobs.publish_in(cx, tx, &ClientCreated { id: row.id }).await?;
///     Ok(row)
/// })?;
/// ```
/// The block is the whole use case: it may run up to three times (serialization failure, deadlock, lock timeout), so it
/// captures by reference and has no effect outside its transaction. An `Err` rolls everything back,
/// and so does the end of a block that asked for a preview ([`Tx::preview_if`]).
#[macro_export]
macro_rules! transaction {
    ($db:expr, $company:expr, |$tx:ident| $body:expr) => {{
        let mut attempts = $db.attempts($company);
        loop {
            let mut open = match attempts.begin().await {
                Ok(open) => open,
                Err(error) => break Err(error),
            };
            let outcome = $crate::Attempts::body(async {
                let $tx: &mut $crate::Tx = &mut open;
                $body
            })
            .await;
            match attempts.settle(open, outcome).await {
                $crate::Settled::Done(outcome) => break outcome,
                $crate::Settled::Again => {}
            }
        }
    }};
}

/// The tries of one transaction; [`transaction!`] is its only user.
pub struct Attempts<'a> {
    db: &'a Db,
    company: CompanyId,
    made: u32,
}

/// What became of one try.
pub enum Settled<T> {
    /// Committed, or refused for good.
    Done(Result<T>),
    /// Rolled back; to be run again.
    Again,
}

impl<'a> Attempts<'a> {
    pub(crate) fn new(db: &'a Db, company: CompanyId) -> Self {
        Self { db, company, made: 0 }
    }

    /// Opens the transaction of the next try.
    pub async fn begin(&mut self) -> Result<Tx> {
        self.made += 1;
        Ok(Tx::new(self.db.begin(self.company, Mode::Write).await?))
    }

    /// Says what type the block's `?` converts to.
    pub fn body<T, F: Future<Output = Result<T>>>(body: F) -> F {
        body
    }

    /// Commits or rolls back, and decides about another try.
    pub async fn settle<T>(&mut self, tx: Tx, outcome: Result<T>) -> Settled<T> {
        let error = match outcome {
            Ok(value) if tx.is_preview() => match tx.end(End::Rollback).await {
                Ok(()) => return Settled::Done(Ok(value)),
                Err(error) => fault(error),
            },
            Ok(value) => match tx.commit().await {
                Ok(touched) => {
                    self.db.tell(self.company, &touched);
                    return Settled::Done(Ok(value));
                }
                Err(error) => error,
            },
            Err(error) => {
                // The caller's error is the news; a failed rollback only closes the connection.
                if let Err(error) = tx.end(End::Rollback).await {
                    tracing::debug!(error = %fault(error), "rollback failed");
                }
                error
            }
        };
        if self.made < TRIES && Fault::is_worth_another_try(&error) {
            tracing::debug!(attempt = self.made, %error, "transaction collided, trying again");
            let ceiling = 10 << self.made;
            tokio::time::sleep(Duration::from_millis(rand::random_range(1..=ceiling))).await;
            return Settled::Again;
        }
        Settled::Done(Err(error))
    }
}
