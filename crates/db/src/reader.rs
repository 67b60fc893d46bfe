//! One company's view of the database at one moment.

use crate::connection::{Conn, End};
use crate::stamp::Stamps;
use crate::{CompanyOwned, Engine, Global, Stamp};
use chrono::{DateTime, Utc};
use kernel::CompanyId;
use sea_orm::sea_query::{Alias, Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Select};
use std::any::Any;
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;

/// A consistent snapshot of one company's rows, or the read side of an open [`crate::Tx`].
///
/// Everything read through it belongs together. Dropping it ends the snapshot in the background.
pub struct Reader {
    company: CompanyId,
    conn: Conn,
    now: DateTime<Utc>,
    stamps: Stamps,
    in_transaction: bool,
    kept: Mutex<Vec<Kept>>,
}

/// A value by its name.
type Kept = (&'static str, Arc<dyn Any + Send + Sync>);

impl Reader {
    pub(crate) fn new(
        company: CompanyId,
        conn: Conn,
        now: DateTime<Utc>,
        stamps: Stamps,
        in_transaction: bool,
    ) -> Self {
        Self { company, conn, now, stamps, in_transaction, kept: Mutex::default() }
    }

    /// Whose rows these are.
    pub fn company(&self) -> CompanyId {
        self.company
    }

    /// The moment of this view: the database server's clock on PostgreSQL, the process's on SQLite.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// What SeaORM's queries run on.
    pub fn conn(&self) -> &Conn {
        &self.conn
    }

    /// Which engine answers.
    pub fn engine(&self) -> Engine {
        if self.conn.get_database_backend() == sea_orm::DbBackend::Sqlite { Engine::Sqlite } else { Engine::Postgres }
    }

    /// The version of a small table in this snapshot, for cache keys.
    pub fn stamp(&self, table: &str) -> Stamp {
        self.stamps.get(table)
    }

    /// Is this the read side of a write transaction? Then it sees uncommitted writes, and no cache may be read or filled.
    pub fn in_transaction(&self) -> bool {
        self.in_transaction
    }

    /// What [`Reader::keep`] kept under this name: what is true of a snapshot stays true of it.
    pub fn kept<T: Any + Send + Sync>(&self, name: &'static str) -> Option<Arc<T>> {
        let value = self.all_kept().iter().find(|(kept, _)| *kept == name).map(|(_, value)| value.clone())?;
        value.downcast().ok()
    }

    /// Keeps a value for whoever reads on: a page of many rows asks for each small table many times. Not for
    /// transactions, which change what they read.
    pub fn keep<T: Any + Send + Sync>(&self, name: &'static str, value: Arc<T>) {
        if !self.in_transaction {
            self.all_kept().push((name, value));
        }
    }

    fn all_kept(&self) -> std::sync::MutexGuard<'_, Vec<Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The company's rows of a table.
    #[allow(clippy::disallowed_methods, reason = "this is where the company filter is added")]
    pub fn find<E: CompanyOwned>(&self) -> Select<E> {
        E::find().filter(E::COMPANY.eq(self.company.uuid()))
    }

    /// The company's row with this id.
    pub fn find_by_id<E: CompanyOwned>(&self, id: Uuid) -> Select<E> {
        self.find::<E>().filter(Expr::col((E::default(), Alias::new("id"))).eq(id))
    }

    /// Rows of a global table.
    #[allow(clippy::disallowed_methods, reason = "global tables have no company to filter by")]
    pub fn find_global<E: Global + EntityTrait>(&self) -> Select<E> {
        E::find()
    }

    pub(crate) async fn end(&self, end: End) -> Result<(), sea_orm::DbErr> {
        self.conn.end(end).await
    }
}
