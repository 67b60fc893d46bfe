//! Jobs that were given up: people see them, run them again or discard them.

use access::Cx;
use chrono::{DateTime, Utc};
use db::{Order, Reader, Tx};
use kernel::page::{CursorKey, Page, PageRequest};
use kernel::{Error, Result};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::entity::job::{self, Column};
use crate::permissions::{JOBS_READ, JOBS_REPLAY};
use crate::{Event, EventId, JobId, Jobs};

/// A job that was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadJob {
    /// Its id.
    pub id: JobId,
    /// Whose it was to do.
    pub handler: String,
    /// The event it follows from.
    pub event: Option<EventId>,
    /// How often it was tried.
    pub attempts: u32,
    /// Why the last try failed.
    pub error: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was given up.
    pub died_at: DateTime<Utc>,
}

/// Somebody had a given-up job run again.
#[derive(Debug, Serialize, Deserialize)]
struct JobReplayed {
    job: JobId,
    handler: String,
}

impl Event for JobReplayed {
    const NAME: &'static str = "job.replayed";

    fn subject(&self) -> Option<Uuid> {
        Some(self.job.uuid())
    }
}

/// Somebody discarded a given-up job.
#[derive(Debug, Serialize, Deserialize)]
struct JobDiscarded {
    job: JobId,
    handler: String,
    event: Option<EventId>,
}

impl Event for JobDiscarded {
    const NAME: &'static str = "job.discarded";

    fn subject(&self) -> Option<Uuid> {
        Some(self.job.uuid())
    }
}

impl Jobs {
    /// The given-up jobs of the company, the latest first.
    pub async fn list_dead(&self, cx: &Cx, reader: &Reader, page: &PageRequest) -> Result<Page<DeadJob>> {
        cx.require(JOBS_READ)?;
        let select = reader.find::<job::Entity>().filter(Column::State.eq(job::DEAD));
        let order = Order {
            column: Column::DiedAt,
            id: Column::Id,
            descending: true,
            key_of: |job: &job::Model| CursorKey::Time(died_at(job)),
            id_of: |job: &job::Model| job.id,
        };
        Ok(db::page(reader, select, order, page).await?.map(DeadJob::from))
    }

    /// Runs a given-up job again, from its first try.
    pub async fn replay(&self, cx: &Cx, id: JobId) -> Result<()> {
        cx.require(JOBS_REPLAY)?;
        db::transaction!(self.inner.db, cx.company()?, |tx| {
            let job = find_dead(tx, id).await?;
            let revived = tx
                .update::<job::Entity>()
                .col_expr(Column::State, Expr::value(job::READY))
                .col_expr(Column::DiedAt, Expr::value(Option::<DateTime<Utc>>::None))
                .col_expr(Column::Attempts, Expr::value(0))
                .col_expr(Column::RunAt, Expr::value(tx.now()))
                .filter(Column::Id.eq(id.uuid()))
                .filter(Column::State.eq(job::DEAD));
            affected(revived.exec(tx.conn()).await.map_err(db::fault)?.rows_affected)?;
            self.publish_in(cx, tx, &JobReplayed { job: id, handler: job.handler }).await?;
            self.wake_after(tx);
            Ok(())
        })
    }

    /// Removes a given-up job: it will never run.
    pub async fn discard(&self, cx: &Cx, id: JobId) -> Result<()> {
        cx.require(JOBS_REPLAY)?;
        db::transaction!(self.inner.db, cx.company()?, |tx| {
            let job = find_dead(tx, id).await?;
            let gone = tx.delete::<job::Entity>().filter(Column::Id.eq(id.uuid())).filter(Column::State.eq(job::DEAD));
            affected(gone.exec(tx.conn()).await.map_err(db::fault)?.rows_affected)?;
            let event = job.event_id.map(EventId::from_uuid);
            self.publish_in(cx, tx, &JobDiscarded { job: id, handler: job.handler, event }).await?;
            Ok(())
        })
    }
}

async fn find_dead(tx: &Tx, id: JobId) -> Result<job::Model> {
    let dead = tx.find_by_id::<job::Entity>(id.uuid()).filter(Column::State.eq(job::DEAD));
    dead.one(tx.conn()).await.map_err(db::fault)?.ok_or_else(Error::not_found)
}

/// Two administrators at once: the second finds it gone.
fn affected(rows: u64) -> Result<()> {
    if rows == 1 { Ok(()) } else { Err(Error::not_found()) }
}

/// The table's constraint says that a dead job has a time of death.
fn died_at(job: &job::Model) -> DateTime<Utc> {
    job.died_at.unwrap_or(job.run_at)
}

impl From<job::Model> for DeadJob {
    fn from(job: job::Model) -> Self {
        Self {
            id: JobId::from_uuid(job.id),
            event: job.event_id.map(EventId::from_uuid),
            attempts: u32::try_from(job.attempts).unwrap_or(0),
            died_at: died_at(&job),
            error: job.error.unwrap_or_default(),
            handler: job.handler,
            created_at: job.created_at,
        }
    }
}
