//! Taking jobs and giving them back: leases.
//!
//! Holds: a job is held by one token at a time; every change by its holder names the token, so the result of somebody
//! whose lease ran out changes nothing. A holder who dies needs no cleaning up: `run_at` is the end of the lease.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use db::{Db, Reader, Tx};
use kernel::{CompanyId, Error, Result};
use sea_orm::sea_query::{Expr, ExprTrait, LockBehavior, LockType, SimpleExpr};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect, UpdateMany};
use uuid::Uuid;

use crate::entity::{event, job};

/// How often a job is tried before it is given up.
pub(crate) const MAX_ATTEMPTS: i32 = 10;
const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_hours(1);
/// Enough of an error to understand it.
const ERROR_LENGTH: usize = 500;

/// The right to finish one job, until it runs out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lease {
    pub(crate) company: CompanyId,
    pub(crate) job: Uuid,
    token: Uuid,
}

/// A job somebody holds, with the event it follows from.
pub(crate) struct Claimed {
    pub(crate) lease: Lease,
    pub(crate) job: job::Model,
    pub(crate) event: Option<event::Model>,
    /// How long after its time it was taken.
    pub(crate) late: TimeDelta,
}

/// What becomes of a job.
pub(crate) enum Verdict {
    Done,
    Again {
        after: Duration,
        error: String,
    },
    Dead {
        error: String,
    },
    /// Not tried after all: as if it had not been taken.
    Untried {
        after: Duration,
    },
}

/// Takes up to `limit` due jobs of a company, oldest first, past those that others are just taking.
pub(crate) async fn claim(db: &Db, company: CompanyId, limit: u64, lease: Duration) -> Result<Vec<Claimed>> {
    let token = Uuid::now_v7();
    db::transaction!(db, company, |tx| {
        let due = due(tx, limit).await?;
        if due.is_empty() {
            return Ok(Vec::new());
        }
        let (spent, due): (Vec<_>, Vec<_>) = due.into_iter().partition(|job| job.attempts >= MAX_ATTEMPTS);
        bury_spent(tx, &spent).await?;
        let until = tx.now() + delta(lease);
        let held = update(tx, due.iter().map(|job| job.id))
            .col_expr(job::Column::LockedBy, Expr::value(token))
            .col_expr(job::Column::LockedUntil, Expr::value(until))
            .col_expr(job::Column::RunAt, Expr::value(until))
            .col_expr(job::Column::Attempts, Expr::col(job::Column::Attempts).add(1))
            .col_expr(job::Column::UniqueKey, Expr::value(Option::<String>::None));
        held.exec(tx.conn()).await.map_err(db::fault)?;
        let events = events(tx, &due).await?;
        Ok(due
            .into_iter()
            .map(|job| Claimed {
                lease: Lease { company, job: job.id, token },
                event: job.event_id.and_then(|id| events.get(&id).cloned()),
                late: tx.now() - job.run_at,
                job: job::Model { attempts: job.attempts + 1, ..job },
            })
            .collect())
    })
}

async fn due(tx: &Tx, limit: u64) -> Result<Vec<job::Model>> {
    tx.find::<job::Entity>()
        .filter(job::Column::State.eq(job::READY))
        .filter(job::Column::RunAt.lte(tx.now()))
        .order_by_asc(job::Column::RunAt)
        .order_by_asc(job::Column::Id)
        .limit(limit)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .all(tx.conn())
        .await
        .map_err(db::fault)
}

/// Buries jobs whose every try ended without a result: they take their worker down with them.
async fn bury_spent(tx: &Tx, spent: &[job::Model]) -> Result<()> {
    if spent.is_empty() {
        return Ok(());
    }
    for job in spent {
        tracing::error!(company = %tx.company(), job = %job.id, handler = job.handler, "a job never came to an end and was given up");
    }
    dead(update(tx, spent.iter().map(|job| job.id)), tx.now(), "no try came to an end")
        .exec(tx.conn())
        .await
        .map_err(db::fault)?;
    Ok(())
}

async fn events(reader: &Reader, jobs: &[job::Model]) -> Result<HashMap<Uuid, event::Model>> {
    let ids: Vec<Uuid> = jobs.iter().filter_map(|job| job.event_id).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let found = reader.find::<event::Entity>().filter(event::Column::Id.is_in(ids)).all(reader.conn()).await;
    Ok(found.map_err(db::fault)?.into_iter().map(|event| (event.id, event)).collect())
}

impl Lease {
    /// Deletes the job, unless the lease is lost.
    pub(crate) async fn complete_in(&self, tx: &Tx) -> Result<()> {
        if tx.company() != self.company {
            return Err(Error::internal("a job is completed in the transaction of another company"));
        }
        let deleted = tx
            .delete::<job::Entity>()
            .filter(job::Column::Id.eq(self.job))
            .filter(job::Column::LockedBy.eq(self.token))
            .exec(tx.conn())
            .await
            .map_err(db::fault)?;
        if deleted.rows_affected == 1 { Ok(()) } else { Err(Error::unavailable("the lease of the job is lost")) }
    }

    /// Records what became of the job. False when the lease is lost: then nothing is recorded.
    pub(crate) async fn settle(&self, db: &Db, verdict: &Verdict) -> Result<bool> {
        db::transaction!(db, self.company, |tx| {
            match verdict {
                Verdict::Done => Ok(self.delete(tx).await? == 1),
                changed => Ok(self.change(tx, changed).await? == 1),
            }
        })
    }

    /// Holds the job for longer. False when the lease is lost.
    pub(crate) async fn extend(&self, db: &Db, lease: Duration) -> Result<bool> {
        db::transaction!(db, self.company, |tx| {
            let until = tx.now() + delta(lease);
            let mine = self
                .mine(tx)
                .col_expr(job::Column::LockedUntil, Expr::value(until))
                .col_expr(job::Column::RunAt, Expr::value(until));
            Ok(mine.exec(tx.conn()).await.map_err(db::fault)?.rows_affected == 1)
        })
    }

    async fn delete(&self, tx: &Tx) -> Result<u64> {
        let mine = tx
            .delete::<job::Entity>()
            .filter(job::Column::Id.eq(self.job))
            .filter(job::Column::LockedBy.eq(self.token));
        Ok(mine.exec(tx.conn()).await.map_err(db::fault)?.rows_affected)
    }

    async fn change(&self, tx: &Tx, verdict: &Verdict) -> Result<u64> {
        let mine = self.mine(tx);
        let changed = match verdict {
            Verdict::Done => return Ok(0),
            Verdict::Again { after, error } => {
                free(mine, tx.now() + delta(*after)).col_expr(job::Column::Error, Expr::value(shortened(error)))
            }
            Verdict::Untried { after } => free(mine, tx.now() + delta(*after))
                .col_expr(job::Column::Attempts, Expr::col(job::Column::Attempts).sub(1)),
            Verdict::Dead { error } => dead(mine, tx.now(), error),
        };
        Ok(changed.exec(tx.conn()).await.map_err(db::fault)?.rows_affected)
    }

    fn mine(&self, tx: &Tx) -> UpdateMany<job::Entity> {
        update(tx, [self.job]).filter(job::Column::LockedBy.eq(self.token))
    }
}

fn update(tx: &Tx, ids: impl IntoIterator<Item = Uuid>) -> UpdateMany<job::Entity> {
    tx.update::<job::Entity>().filter(job::Column::Id.is_in(ids))
}

fn free(jobs: UpdateMany<job::Entity>, run_at: DateTime<Utc>) -> UpdateMany<job::Entity> {
    jobs.col_expr(job::Column::LockedBy, Expr::value(Option::<Uuid>::None))
        .col_expr(job::Column::LockedUntil, Expr::value(Option::<DateTime<Utc>>::None))
        .col_expr(job::Column::RunAt, Expr::value(run_at))
}

fn dead(jobs: UpdateMany<job::Entity>, now: DateTime<Utc>, error: &str) -> UpdateMany<job::Entity> {
    free(jobs, now)
        .col_expr(job::Column::State, SimpleExpr::from(job::DEAD))
        .col_expr(job::Column::DiedAt, Expr::value(now))
        .col_expr(job::Column::Error, Expr::value(shortened(error)))
}

/// The pause after try number `attempt` failed: 5 s, 10 s, 20 s, … at most an hour.
pub(crate) fn pause(attempt: i32) -> Duration {
    let doublings = u32::try_from(attempt - 1).unwrap_or(0).clamp(0, 16);
    (FIRST_PAUSE * 2_u32.pow(doublings)).min(LONGEST_PAUSE)
}

fn shortened(error: &str) -> String {
    error.chars().take(ERROR_LENGTH).collect()
}

fn delta(duration: Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_from_five_seconds_to_an_hour() {
        let seconds: Vec<u64> = (1..=MAX_ATTEMPTS).map(|attempt| pause(attempt).as_secs()).collect();
        assert_eq!(seconds, [5, 10, 20, 40, 80, 160, 320, 640, 1_280, 2_560]);
        assert_eq!(pause(11), LONGEST_PAUSE);
        assert_eq!(pause(i32::MAX), LONGEST_PAUSE);
    }
}
