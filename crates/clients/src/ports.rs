//! What clients must know of things that live in higher crates. Implemented there, plugged in by the server;
//! until then a client has no visits, nobody's calendar has clients, and no staff member can be preferred.

use std::collections::HashMap;

use access::Cx;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use db::Reader;
use kernel::Result;
use sea_orm::sea_query::SelectStatement;
use uuid::Uuid;

use crate::ClientId;

/// How often a client was here. Cancelled, declined and missed visits don't count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Visits {
    /// Visits that have begun, up to now.
    pub count: u32,
    /// When the newest of them began.
    pub last: Option<DateTime<Utc>>,
    /// When the next one begins.
    pub next: Option<DateTime<Utc>>,
}

/// The history of clients in numbers.
#[async_trait]
pub trait ClientVisits: Send + Sync {
    /// The visits of all these clients, in one statement; a client without any may be absent.
    async fn visits(&self, reader: &Reader, clients: &[ClientId]) -> Result<HashMap<ClientId, Visits>>;
}

/// Whose clients are whose.
#[async_trait]
pub trait ClientReach: Send + Sync {
    /// Selects the ids (one column, of one company) of the clients with a visit in the actor's own calendar;
    /// None when the actor has no calendar. It becomes part of this crate's statements, so that a list filters and
    /// pages in the database.
    async fn own_clients(&self, cx: &Cx, reader: &Reader) -> Result<Option<SelectStatement>>;
}

/// Who works here.
#[async_trait]
pub trait StaffDirectory: Send + Sync {
    /// Whether every one of these is a staff member of the reader's company, archived or not.
    async fn all_exist(&self, reader: &Reader, staff: &[Uuid]) -> Result<bool>;
}
