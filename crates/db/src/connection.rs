//! One connection, usually inside one transaction, as SeaORM sees it.
//!
//! SeaORM's own transaction cannot send our prelude (begin, company, role and stamps in one message), so this implements
//! its `ConnectionTrait` over a sqlx connection. sqlx does not know that a transaction is open: a connection that is
//! dropped before [`Conn::end`] is rolled back here before it returns to its pool, with its role and company gone. One
//! that is dropped while a statement runs has that statement cancelled first: nobody waits for its answer any more.

use crate::Engine;
use crate::count::current_counter;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Statement};
use sea_query_sqlx::SqlxValues;
use sqlx::pool::PoolConnection;
use sqlx::{Either, Executor, PgPool, Postgres, Row, Sqlite};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};
use tokio::sync::Mutex;

/// A connection that the handles of this crate lend to SeaORM's queries.
pub struct Conn {
    engine: Engine,
    prepared: bool,
    link: Mutex<Option<Link>>,
    /// Set before the first message of a transaction leaves, so that a cancelled one is rolled back too.
    in_transaction: AtomicBool,
    /// Set while a statement runs; it stays set when whoever waits for the answer goes away.
    is_busy: AtomicBool,
    /// How PostgreSQL calls this session; 0 until the prelude has told.
    session: AtomicI32,
    /// Where another connection comes from that can cancel what this one does.
    pool: Option<PgPool>,
    counter: Option<Arc<AtomicU64>>,
    /// The transaction in a trace.
    span: tracing::Span,
}

pub(crate) enum Link {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
}

/// How a transaction ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Commit,
    Rollback,
}

/// What the prelude brought back: the database's clock and the company's stamps as text.
pub(crate) struct Opened {
    pub(crate) micros: Option<i64>,
    pub(crate) stamps: String,
}

impl Conn {
    pub(crate) fn new(engine: Engine, prepared: bool, link: Link, pool: Option<PgPool>) -> Self {
        Self {
            engine,
            prepared,
            link: Mutex::new(Some(link)),
            in_transaction: AtomicBool::new(false),
            is_busy: AtomicBool::new(false),
            session: AtomicI32::new(0),
            pool,
            counter: current_counter(),
            span: tracing::Span::none(),
        }
    }

    /// The same, which is this span of a trace for as long as it lives.
    pub(crate) fn traced(mut self, span: tracing::Span) -> Self {
        self.span = span;
        self
    }

    /// Sends the statements of a prelude as one message; the last of them returns one row.
    pub(crate) async fn open(&self, sql: String) -> Result<Opened, sqlx::Error> {
        self.count();
        let mut link = self.link.lock().await;
        self.in_transaction.store(true, Ordering::Relaxed);
        let prelude = sqlx::raw_sql(sqlx::AssertSqlSafe(sql));
        match link.as_mut() {
            Some(Link::Sqlite(connection)) => {
                let row = prelude.fetch_one(&mut **connection).await?;
                Ok(Opened { micros: None, stamps: row.try_get("stamps")? })
            }
            Some(Link::Postgres(connection)) => {
                // All results are read to the end: a half-read message would wait for the next statement.
                let rows = prelude.fetch_all(&mut **connection).await?;
                let row = rows.last().ok_or(sqlx::Error::RowNotFound)?;
                self.session.store(row.try_get("session")?, Ordering::Relaxed);
                Ok(Opened { micros: Some(row.try_get("micros")?), stamps: row.try_get("stamps")? })
            }
            None => Err(sqlx::Error::PoolClosed),
        }
    }

    /// Ends the transaction and gives the connection back.
    pub(crate) async fn end(&self, end: End) -> Result<(), DbErr> {
        let Some(link) = self.link.lock().await.take() else { return Ok(()) };
        finish(link, end).await.map_err(exec_error)
    }

    fn count(&self) {
        if let Some(counter) = &self.counter {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// A connection whose COMMIT or ROLLBACK failed is closed, not returned: nobody knows what state it is in.
async fn finish(link: Link, end: End) -> Result<(), sqlx::Error> {
    let sql = match end {
        End::Commit => "COMMIT",
        End::Rollback => "ROLLBACK",
    };
    match link {
        Link::Sqlite(mut connection) => {
            let ended = connection.execute(sql).await.map(|_| ());
            if ended.is_err() {
                let _ = connection.close().await;
            }
            ended
        }
        Link::Postgres(mut connection) => {
            let ended = connection.execute(sql).await.map(|_| ());
            if ended.is_err() {
                let _ = connection.close().await;
            }
            ended
        }
    }
}

impl Drop for Conn {
    fn drop(&mut self) {
        let Some(link) = self.link.get_mut().take() else { return };
        if !*self.in_transaction.get_mut() {
            return;
        }
        let session = *self.session.get_mut();
        let cancel = self.pool.take().filter(|_| *self.is_busy.get_mut() && session != 0);
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => {
                runtime.spawn(async move {
                    if let Some(pool) = cancel {
                        cancel_statement(&pool, session).await;
                    }
                    if let Err(error) = finish(link, End::Rollback).await {
                        tracing::debug!(%error, "a connection could not be rolled back and was closed");
                    }
                });
            }
            // Without a runtime there is nothing to talk through; the pool must not get an open transaction back.
            Err(_) => match link {
                Link::Sqlite(connection) => drop(connection.detach()),
                Link::Postgres(connection) => drop(connection.detach()),
            },
        }
    }
}

/// Ends the statement that a session of ours is running. The connection is still held, so that it cannot be anybody else's.
async fn cancel_statement(pool: &PgPool, session: i32) {
    let cancelled = sqlx::query("SELECT pg_cancel_backend($1)").bind(session).execute(pool).await;
    if let Err(error) = cancelled {
        tracing::debug!(%error, "a statement that nobody waits for could not be cancelled; its time limit ends it");
    }
}

fn exec_error(error: sqlx::Error) -> DbErr {
    DbErr::Exec(RuntimeErr::SqlxError(Arc::new(error)))
}

fn query_error(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(Arc::new(error)))
}

fn closed() -> DbErr {
    DbErr::Conn(RuntimeErr::Internal("the transaction has already ended".to_owned()))
}

/// Binds a statement's values for the engine of `$connection` and runs `$method` on it.
macro_rules! run {
    ($self:ident, $statement:ident, $method:ident, $error:ident) => {{
        $self.count();
        let mut link = $self.link.lock().await;
        let values = SqlxValues($statement.values.unwrap_or(sea_orm::Values(Vec::new())));
        let query = sqlx::AssertSqlSafe($statement.sql);
        let link = link.as_mut().ok_or_else(closed)?;
        $self.is_busy.store(true, Ordering::Relaxed);
        let outcome = match link {
            Link::Sqlite(connection) => {
                sqlx::query_with::<Sqlite, _>(query, values).$method(&mut **connection).await.map(Either::Left)
            }
            Link::Postgres(connection) => sqlx::query_with::<Postgres, _>(query, values)
                .persistent($self.prepared)
                .$method(&mut **connection)
                .await
                .map(Either::Right),
        };
        $self.is_busy.store(false, Ordering::Relaxed);
        outcome.map_err($error)?
    }};
}

#[async_trait::async_trait]
impl ConnectionTrait for Conn {
    fn get_database_backend(&self) -> DbBackend {
        self.engine.backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        Ok(match run!(self, statement, execute, exec_error) {
            Either::Left(result) => result.into(),
            Either::Right(result) => result.into(),
        })
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.count();
        let mut link = self.link.lock().await;
        let link = link.as_mut().ok_or_else(closed)?;
        self.is_busy.store(true, Ordering::Relaxed);
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        let outcome = match link {
            Link::Sqlite(connection) => connection.execute(sql).await.map(Into::into),
            Link::Postgres(connection) => connection.execute(sql).await.map(Into::into),
        };
        self.is_busy.store(false, Ordering::Relaxed);
        outcome.map_err(exec_error)
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        Ok(match run!(self, statement, fetch_optional, query_error) {
            Either::Left(row) => row.map(Into::into),
            Either::Right(row) => row.map(Into::into),
        })
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        Ok(match run!(self, statement, fetch_all, query_error) {
            Either::Left(rows) => rows.into_iter().map(Into::into).collect(),
            Either::Right(rows) => rows.into_iter().map(Into::into).collect(),
        })
    }
}
