//! Pools and how a transaction begins: the prelude that says mode, company, role and stamps in one message.

use crate::connection::{Conn, Link, Opened};
use crate::stamp::Stamps;
use crate::{Attempts, Directory, Options, Reader, fault};
use chrono::{DateTime, Utc};
use kernel::{Clock, CompanyId, Result};
use sea_orm::{DbBackend, DbErr, RuntimeErr};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, PgPool, SqlitePool};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// Which database engine is in use. Code outside this crate and the migrations has no reason to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// The embedded one: a single file, one writer at a time.
    Sqlite,
    /// The server for production.
    Postgres,
}

impl Engine {
    /// Whether rows have a fence below the statements, which can be examined.
    pub const fn has_row_security(self) -> bool {
        matches!(self, Self::Postgres)
    }

    pub(crate) fn backend(self) -> DbBackend {
        match self {
            Self::Sqlite => DbBackend::Sqlite,
            Self::Postgres => DbBackend::Postgres,
        }
    }
}

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    inner: Arc<Inner>,
}

struct Inner {
    pools: Pools,
    options: Options,
    clock: Arc<dyn Clock>,
    /// Set where row-level security would not bind the login.
    role: Option<String>,
    watcher: OnceLock<Watcher>,
}

/// Who is told which small tables of a company have just changed.
type Watcher = Box<dyn Fn(CompanyId, &BTreeSet<&'static str>) + Send + Sync>;

enum Pools {
    Sqlite { writer: SqlitePool, readers: SqlitePool },
    Postgres(PgPool),
}

/// The connections of a pool, as they are now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolState {
    /// `main`, or `writer` and `readers` where there is one writer.
    pub name: &'static str,
    /// How many are open.
    pub size: u32,
    /// How many of those nobody uses.
    pub idle: u32,
    /// How many there may be.
    pub max: u32,
}

impl PoolState {
    fn of<D: sqlx::Database>(name: &'static str, pool: &sqlx::Pool<D>) -> Self {
        let idle = u32::try_from(pool.num_idle()).unwrap_or(u32::MAX);
        Self { name, size: pool.size(), idle, max: pool.options().get_max_connections() }
    }
}

/// What a transaction is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Read,
    Write,
}

impl Db {
    /// Connects and checks that row-level security will hold for this login.
    pub async fn open(options: Options, clock: Arc<dyn Clock>) -> Result<Self> {
        let (pools, role) = if options.url.starts_with("sqlite:") {
            (sqlite(&options).await.map_err(connect_fault)?, None)
        } else {
            let pool = postgres(&options).await.map_err(connect_fault)?;
            let role = step_down(&pool, &options).await?;
            (Pools::Postgres(pool), role)
        };
        Ok(Self { inner: Arc::new(Inner { pools, options, clock, role, watcher: OnceLock::new() }) })
    }

    /// Which engine this is.
    pub fn engine(&self) -> Engine {
        match self.inner.pools {
            Pools::Sqlite { .. } => Engine::Sqlite,
            Pools::Postgres(_) => Engine::Postgres,
        }
    }

    /// The clock of this process.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.inner.clock
    }

    /// Opens one consistent, read-only snapshot of a company.
    pub async fn read(&self, company: CompanyId) -> Result<Reader> {
        self.begin(company, Mode::Read).await
    }

    /// The global tables, outside any company and any transaction: each statement stands alone.
    pub async fn directory(&self) -> Result<Directory> {
        Ok(Directory::new(self.connection(Mode::Read).await?))
    }

    /// The attempts of one write; [`crate::transaction!`] drives them.
    pub fn attempts(&self, company: CompanyId) -> Attempts<'_> {
        Attempts::new(self, company)
    }

    /// Calls `watcher` after each commit of this process that replaced stamps, with their names. There is one watcher: the
    /// first. It is not waited for and must not fail.
    pub fn watch_stamps(&self, watcher: impl Fn(CompanyId, &BTreeSet<&'static str>) + Send + Sync + 'static) {
        // A second one is ignored: whoever composes the server twice over one database has been told already.
        let _ = self.inner.watcher.set(Box::new(watcher));
    }

    pub(crate) fn tell(&self, company: CompanyId, touched: &BTreeSet<&'static str>) {
        if let Some(watcher) = self.inner.watcher.get().filter(|_| !touched.is_empty()) {
            watcher(company, touched);
        }
    }

    /// Answers when the database does.
    pub async fn ping(&self) -> Result<()> {
        match &self.inner.pools {
            Pools::Sqlite { readers, .. } => sqlx::query("SELECT 1").execute(readers).await.map(|_| ()),
            Pools::Postgres(pool) => sqlx::query("SELECT 1").execute(pool).await.map(|_| ()),
        }
        .map_err(connect_fault)
    }

    /// The connections, for metrics.
    pub fn pools(&self) -> Vec<PoolState> {
        match &self.inner.pools {
            Pools::Sqlite { writer, readers } => {
                vec![PoolState::of("writer", writer), PoolState::of("readers", readers)]
            }
            Pools::Postgres(pool) => vec![PoolState::of("main", pool)],
        }
    }

    /// Waits for open transactions to end and closes every connection.
    pub async fn close(&self) {
        match &self.inner.pools {
            Pools::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }

    pub(crate) async fn begin(&self, company: CompanyId, mode: Mode) -> Result<Reader> {
        // Only traces see spans of this target. It ends when the transaction does.
        let span = tracing::info_span!(
            target: "zapys_trace",
            "transaction",
            otel.name = if mode == Mode::Write { "write transaction" } else { "read snapshot" },
            otel.kind = "client",
            db.system.name = if self.engine() == Engine::Sqlite { "sqlite" } else { "postgresql" },
        );
        let conn = self.connection(mode).await?.traced(span);
        let opened = conn.open(self.prelude(company, mode, "")).await.map_err(connect_fault)?;
        Ok(Reader::new(company, conn, self.now(&opened), Stamps::parse(&opened.stamps), mode == Mode::Write))
    }

    /// A read-only transaction over the jobs of every company: what the worker's first look needs, and nothing else.
    /// The policy of the table `job` lets `app.worker` see it; every other table stays invisible.
    pub async fn read_due(&self) -> Result<Reader> {
        let conn = self.connection(Mode::Read).await?;
        // The policy's OR makes the planner expect next to no rows and sort what it should walk by index: among a
        // company's million due jobs that would be a million rows read for the first few.
        let more = "SET LOCAL app.worker = 'on'; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off;";
        let prelude = self.prelude(CompanyId::NONE, Mode::Read, more);
        let opened = conn.open(prelude).await.map_err(connect_fault)?;
        Ok(Reader::new(CompanyId::NONE, conn, self.now(&opened), Stamps::parse(&opened.stamps), false))
    }

    fn now(&self, opened: &Opened) -> DateTime<Utc> {
        let server = opened.micros.filter(|_| self.inner.options.database_time);
        server.and_then(DateTime::from_timestamp_micros).unwrap_or_else(|| self.inner.clock.now())
    }

    async fn connection(&self, mode: Mode) -> Result<Conn> {
        let link = match &self.inner.pools {
            Pools::Sqlite { writer, readers } => {
                let (name, pool) = if mode == Mode::Write { ("writer", writer) } else { ("readers", readers) };
                waited(name, pool.acquire()).await.map(Link::Sqlite)
            }
            Pools::Postgres(pool) => waited("main", pool.acquire()).await.map(Link::Postgres),
        };
        let pool = match &self.inner.pools {
            Pools::Sqlite { .. } => None,
            Pools::Postgres(pool) => Some(pool.clone()),
        };
        Ok(Conn::new(self.engine(), self.inner.options.prepared, link.map_err(connect_fault)?, pool))
    }

    /// The company is a typed UUID and the role is quoted, so that nothing here can be injected.
    fn prelude(&self, company: CompanyId, mode: Mode, besides: &str) -> String {
        let id = company.uuid();
        if self.engine() == Engine::Sqlite {
            let begin = if mode == Mode::Write { "BEGIN IMMEDIATE" } else { "BEGIN" };
            return format!(
                "{begin}; SELECT coalesce(group_concat(name || '=' || value), '') AS stamps FROM stamp WHERE company_id = x'{}'",
                id.simple()
            );
        }
        let begin = match mode {
            Mode::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            Mode::Write => "BEGIN ISOLATION LEVEL READ COMMITTED",
        };
        let mut sql = format!("{begin}; SET LOCAL app.company_id = '{id}';");
        if let Some(role) = &self.inner.role {
            let _ = write!(sql, "SET LOCAL ROLE {role};");
        }
        // Behind a pooler of transactions a session is not ours to set up.
        if !self.inner.options.prepared {
            for (name, value) in session_settings(&self.inner.options) {
                let _ = write!(sql, "SET LOCAL {name} = {value};");
            }
        }
        let _ = write!(
            sql,
            "{besides} SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS micros, \
             pg_backend_pid() AS session, \
             coalesce((SELECT string_agg(name || '=' || value, ',') FROM stamp WHERE company_id = '{id}'), '') AS stamps",
        );
        sql
    }
}

/// Waits for a connection, and measures how long and with how many others.
async fn waited<T>(
    pool: &'static str,
    acquire: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    let waiting = Waiting::begin(pool);
    let started = Instant::now();
    let acquired = acquire.await;
    drop(waiting);
    metrics::histogram!("zapys_db_acquire_seconds", "pool" => pool).record(started.elapsed());
    if acquired.is_err() {
        metrics::counter!("zapys_db_acquire_failures_total", "pool" => pool).increment(1);
    }
    acquired
}

/// Counts itself among those who wait, until it has a connection or its operation is dropped.
struct Waiting(metrics::Gauge);

impl Waiting {
    fn begin(pool: &'static str) -> Self {
        let gauge = metrics::gauge!("zapys_db_waiting", "pool" => pool);
        gauge.increment(1.0);
        Self(gauge)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}

async fn sqlite(options: &Options) -> Result<Pools, sqlx::Error> {
    let base = SqliteConnectOptions::from_str(&options.url)?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // An acknowledged booking survives a power cut.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        .pragma("temp_store", "memory")
        .disable_statement_logging();
    let lasting = |pool: SqlitePoolOptions| pool.idle_timeout(None).max_lifetime(None).test_before_acquire(false);
    // The queue for the one writer is fair; a burst waits in it rather than fail on a busy database.
    let writer = lasting(SqlitePoolOptions::new().max_connections(1).acquire_timeout(Duration::from_secs(10)))
        .connect_with(base.clone())
        .await?;
    let readers = lasting(
        SqlitePoolOptions::new().max_connections(options.max_connections).acquire_timeout(options.acquire_timeout),
    )
    .connect_with(base.read_only(true))
    .await?;
    Ok(Pools::Sqlite { writer, readers })
}

/// How PostgreSQL is to treat our statements. A generic plan suits every company: statements are simple and lead with the
/// company's key; custom ones would be planned anew each time for a company much larger than its neighbours. Compiling a
/// statement (jit) takes a hundred times as long as running one of ours.
fn session_settings(options: &Options) -> [(&'static str, String); 4] {
    [
        ("plan_cache_mode", "force_generic_plan".to_owned()),
        ("jit", "off".to_owned()),
        ("statement_timeout", options.statement_timeout.as_millis().to_string()),
        ("lock_timeout", options.lock_timeout.as_millis().to_string()),
    ]
}

async fn postgres(options: &Options) -> Result<PgPool, sqlx::Error> {
    let mut connect = PgConnectOptions::from_str(&options.url)?.disable_statement_logging();
    connect =
        if options.prepared { connect.options(session_settings(options)) } else { connect.statement_cache_capacity(0) };
    PgPoolOptions::new()
        .max_connections(options.max_connections)
        .acquire_timeout(options.acquire_timeout)
        // A ping before each use costs a round trip; only a connection that rested may have died unseen.
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                if meta.idle_for > Duration::from_secs(30) {
                    sqlx::Connection::ping(connection).await?;
                }
                Ok(true)
            })
        })
        .connect_with(connect)
        .await
}

/// The role to step down to in each transaction, where the login would not be bound by row-level security.
async fn step_down(pool: &PgPool, options: &Options) -> Result<Option<String>> {
    let unbound: bool =
        sqlx::query_scalar("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
            .fetch_one(pool)
            .await
            .map_err(connect_fault)?;
    if !unbound {
        return Ok(None);
    }
    let known: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)")
        .bind(&options.app_role)
        .fetch_one(pool)
        .await
        .map_err(connect_fault)?;
    if !known {
        return Err(kernel::Error::internal(std::io::Error::other(format!(
            "the database login bypasses row-level security and the role {} that would bind it does not exist: \
             run `zapys migrate`, or use a login without SUPERUSER and BYPASSRLS",
            options.app_role
        ))));
    }
    Ok(Some(format!("\"{}\"", options.app_role.replace('"', "\"\""))))
}

pub(crate) fn connect_fault(error: sqlx::Error) -> kernel::Error {
    fault(DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error))))
}
