//! Publishing events and adding jobs, inside the transaction whose consequence they are.

use access::Cx;
use chrono::{DateTime, Utc};
use db::Tx;
use kernel::{CompanyId, Error, Result};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::OnConflict;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::entity::{event, event_detail, job};
use crate::{Event, EventId, Job, JobId, Jobs, Topic};

/// The personal part of an event, kept apart so that it can be erased.
#[derive(Debug, Clone)]
pub struct Detail {
    /// The client it is about; erasing them empties it.
    pub client: Option<Uuid>,
    /// What it says.
    pub data: Value,
}

impl Detail {
    /// A change of a thing: how it was and how it is.
    pub fn change(client: Option<Uuid>, before: Value, after: Value) -> Self {
        Self { client, data: json!({ "before": before, "after": after }) }
    }
}

impl Jobs {
    /// Records that `event` happened, and one job for each handler that reacts to it.
    pub async fn publish_in<E: Event>(&self, cx: &Cx, tx: &mut Tx, event: &E) -> Result<EventId> {
        self.publish(cx, tx, event, None).await
    }

    /// As [`Jobs::publish_in`], with a personal part.
    pub async fn publish_with_detail_in<E: Event>(
        &self,
        cx: &Cx,
        tx: &mut Tx,
        event: &E,
        detail: Detail,
    ) -> Result<EventId> {
        self.publish(cx, tx, event, Some(detail)).await
    }

    async fn publish<E: Event>(&self, cx: &Cx, tx: &mut Tx, event: &E, detail: Option<Detail>) -> Result<EventId> {
        cx.assert_decided(E::NAME);
        same_company(cx, tx)?;
        let handlers = self.registry()?.reactions(E::NAME);
        let id = EventId::new();
        let hash = detail.as_ref().map(|detail| Sha256::digest(detail.data.to_string()).to_vec());
        tx.insert(record(cx, tx, id, event, hash)?).await?;
        if let Some(detail) = detail {
            tx.insert(event_detail::ActiveModel {
                company_id: NotSet,
                event_id: Set(id.uuid()),
                client_id: Set(detail.client),
                data: Set(Some(detail.data)),
            })
            .await?;
        }
        if !handlers.is_empty() {
            let rows: Vec<_> = handlers.iter().map(|name| reaction(tx, cx.request_id, name, id)).collect();
            tx.insert_many(rows).await?;
            self.wake_after(tx);
        }
        Ok(id)
    }

    /// Adds `job`, to run as soon as this has committed.
    pub async fn enqueue_in<J: Job>(&self, cx: &Cx, tx: &mut Tx, job: &J) -> Result<()> {
        let now = tx.now();
        self.enqueue_at_in(cx, tx, job, now).await
    }

    /// Adds `job`, to run at `run_at` or soon after.
    pub async fn enqueue_at_in<J: Job>(&self, cx: &Cx, tx: &mut Tx, job: &J, run_at: DateTime<Utc>) -> Result<()> {
        cx.assert_decided(J::NAME);
        same_company(cx, tx)?;
        if self.registry()?.handler(J::NAME).is_none() {
            return Err(Error::internal(format!("no handler is registered for {}", J::NAME)));
        }
        let mut row = new_job(tx, cx.request_id, J::NAME, run_at);
        row.payload = Set(Some(serde_json::to_value(job).map_err(Error::internal)?));
        row.unique_key = Set(job.key());
        tx.upsert([row], OnConflict::new().do_nothing().to_owned()).await?;
        self.wake_after(tx);
        Ok(())
    }

    /// Empties the personal parts of events about a client: part of erasing them.
    pub async fn erase_details_in(&self, tx: &Tx, client: Uuid) -> Result<()> {
        use sea_orm::sea_query::Expr;
        use sea_orm::{ColumnTrait, QueryFilter};
        tx.update::<event_detail::Entity>()
            .col_expr(event_detail::Column::Data, Expr::value(Option::<Value>::None))
            .filter(event_detail::Column::ClientId.eq(client))
            .exec(tx.conn())
            .await
            .map_err(db::fault)?;
        Ok(())
    }

    /// After the commit wakes a worker: the one of this process, or those of others, who would look within a second
    /// anyway.
    pub(crate) fn wake_after(&self, tx: &mut Tx) {
        let inner = self.inner.clone();
        tx.after_commit(move || {
            inner.wake.notify_one();
            if inner.workers.load(std::sync::atomic::Ordering::Relaxed) == 0 && inner.cache.is_shared() {
                inner.cache.signal(&nudges(), "");
            }
        });
    }
}

/// Where processes that have no worker call those that do.
pub(crate) fn nudges() -> Topic {
    Topic::new(CompanyId::NONE, "jobs")
}

/// An event of one company in the transaction of another would be read by the wrong people.
fn same_company(cx: &Cx, tx: &Tx) -> Result<()> {
    match cx.company_id() {
        Some(company) if company != tx.company() && tx.company() != CompanyId::NONE && company != CompanyId::NONE => {
            Err(Error::internal("the transaction belongs to another company than the request"))
        }
        _ => Ok(()),
    }
}

fn record<E: Event>(
    cx: &Cx,
    tx: &Tx,
    id: EventId,
    event: &E,
    detail_hash: Option<Vec<u8>>,
) -> Result<event::ActiveModel> {
    let actor = cx.actor.reference();
    Ok(event::ActiveModel {
        company_id: NotSet,
        id: Set(id.uuid()),
        name: Set(E::NAME.to_owned()),
        version: Set(i32::from(E::VERSION)),
        subject_id: Set(event.subject()),
        payload: Set(serde_json::to_value(event).map_err(Error::internal)?),
        actor_kind: Set(actor.kind.name().to_owned()),
        actor_id: Set(actor.id),
        request_id: Set(cx.request_id),
        detail_hash: Set(detail_hash),
        at: Set(tx.now()),
    })
}

fn reaction(tx: &Tx, request_id: Uuid, handler: &str, event: EventId) -> job::ActiveModel {
    let mut row = new_job(tx, request_id, handler, tx.now());
    row.event_id = Set(Some(event.uuid()));
    row
}

/// The job of a schedule. Its key keeps a second one from queuing up behind one that waits.
pub(crate) fn regular(tx: &Tx, name: &str, payload: Value) -> job::ActiveModel {
    let mut row = new_job(tx, Uuid::now_v7(), name, tx.now());
    row.payload = Set(Some(payload));
    row.unique_key = Set(Some("regular".to_owned()));
    row
}

fn new_job(tx: &Tx, request_id: Uuid, handler: &str, run_at: DateTime<Utc>) -> job::ActiveModel {
    job::ActiveModel {
        company_id: NotSet,
        id: Set(JobId::new().uuid()),
        bucket: Set(job::bucket(tx.company())),
        handler: Set(handler.to_owned()),
        event_id: Set(None),
        payload: Set(None),
        unique_key: Set(None),
        state: Set(job::READY.to_owned()),
        run_at: Set(run_at),
        attempts: Set(0),
        locked_by: Set(None),
        locked_until: Set(None),
        request_id: Set(request_id),
        error: Set(None),
        created_at: Set(tx.now()),
        died_at: Set(None),
    }
}
