//! Reading what happened: the audit trail of a company, and the history of one thing.
//!
//! Functions for other crates: they see one company's rows and ask nobody's permission; the use case above them does.

use std::collections::HashMap;

use access::{ActorKind, ActorRef};
use chrono::{DateTime, Utc};
use db::{Order, Reader, fault};
use kernel::page::{CursorKey, Page, PageRequest};
use kernel::{Error, Result};
use sea_orm::{ColumnTrait, QueryFilter};
use serde_json::Value;
use uuid::Uuid;

use crate::entity::{event, event_detail};
use crate::{Event, EventId, Jobs};

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub id: EventId,
    /// What happened: [`Event::NAME`].
    pub name: String,
    /// The thing whose history it belongs to.
    pub subject: Option<Uuid>,
    /// Who did it.
    pub actor: ActorRef,
    /// In which request.
    pub request_id: Uuid,
    /// When.
    pub at: DateTime<Utc>,
    /// As stored: ids, codes, amounts, times.
    pub payload: Value,
    version: u16,
}

impl Entry {
    /// The event itself, when it is an `E`.
    pub fn read<E: Event>(&self) -> Option<E> {
        (self.name == E::NAME).then(|| E::upgrade(self.version, self.payload.clone()).ok()).flatten()
    }
}

/// Which part of the trail to read.
#[derive(Debug, Clone, Default)]
pub struct HistoryFilter {
    /// About this thing.
    pub subject: Option<Uuid>,
    /// Done by this actor.
    pub actor: Option<Uuid>,
    /// Of these names; empty means all.
    pub names: Vec<String>,
    /// From this instant on.
    pub from: Option<DateTime<Utc>>,
    /// Before this instant.
    pub until: Option<DateTime<Utc>>,
}

impl Jobs {
    /// The history of one thing, newest first.
    pub async fn history(&self, reader: &Reader, subject: Uuid, page: &PageRequest) -> Result<Page<Entry>> {
        self.audit(reader, &HistoryFilter { subject: Some(subject), ..HistoryFilter::default() }, page).await
    }

    /// What happened in the company, newest first.
    pub async fn audit(&self, reader: &Reader, filter: &HistoryFilter, page: &PageRequest) -> Result<Page<Entry>> {
        use event::Column;
        let mut select = reader.find::<event::Entity>();
        if let Some(subject) = filter.subject {
            select = select.filter(Column::SubjectId.eq(subject));
        }
        if let Some(actor) = filter.actor {
            select = select.filter(Column::ActorId.eq(actor));
        }
        if !filter.names.is_empty() {
            select = select.filter(Column::Name.is_in(filter.names.iter().map(String::as_str)));
        }
        if let Some(from) = filter.from {
            select = select.filter(Column::At.gte(from));
        }
        if let Some(until) = filter.until {
            select = select.filter(Column::At.lt(until));
        }
        let order = Order {
            column: Column::At,
            id: Column::Id,
            descending: true,
            key_of: |event: &event::Model| CursorKey::Time(event.at),
            id_of: |event: &event::Model| event.id,
        };
        db::page(reader, select, order, page).await?.try_map(Entry::try_from)
    }

    /// One entry.
    pub async fn entry(&self, reader: &Reader, id: EventId) -> Result<Option<Entry>> {
        let row = reader.find_by_id::<event::Entity>(id.uuid()).one(reader.conn()).await.map_err(fault)?;
        row.map(Entry::try_from).transpose()
    }

    /// The personal parts of events, where there is one that was not erased.
    pub async fn details(&self, reader: &Reader, events: &[EventId]) -> Result<HashMap<EventId, Value>> {
        if events.is_empty() {
            return Ok(HashMap::new());
        }
        let found = reader
            .find::<event_detail::Entity>()
            .filter(event_detail::Column::EventId.is_in(events.iter().map(|id| id.uuid())))
            .all(reader.conn())
            .await
            .map_err(fault)?;
        let kept = found.into_iter().filter_map(|row| Some((EventId::from_uuid(row.event_id), row.data?)));
        Ok(kept.collect())
    }
}

impl TryFrom<event::Model> for Entry {
    type Error = Error;

    fn try_from(row: event::Model) -> Result<Self> {
        let kind = ActorKind::from_name(&row.actor_kind)
            .ok_or_else(|| Error::internal(format!("event {} has an unknown kind of actor", row.id)))?;
        Ok(Self {
            id: EventId::from_uuid(row.id),
            name: row.name,
            subject: row.subject_id,
            actor: ActorRef { kind, id: row.actor_id },
            request_id: row.request_id,
            at: row.at,
            payload: row.payload,
            version: u16::try_from(row.version).unwrap_or(1),
        })
    }
}
