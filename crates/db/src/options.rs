//! How to reach the database.

use std::time::Duration;

/// Settings of the database connection; the server reads them from its configuration.
#[derive(Debug, Clone)]
pub struct Options {
    /// `sqlite:path/to/file.db` or `postgres://user:password@host/database`.
    pub url: String,
    /// Connections at most: of the pool on PostgreSQL, of readers on SQLite (which has one writer besides).
    pub max_connections: u32,
    /// How long a request waits for a connection before it is refused as unavailable.
    pub acquire_timeout: Duration,
    /// Prepared statements; off behind a transaction pooler that does not know them.
    pub prepared: bool,
    /// PostgreSQL role that statements run as when the login itself would bypass row-level security.
    pub app_role: String,
    /// A statement that takes longer is cancelled (PostgreSQL).
    pub statement_timeout: Duration,
    /// A lock that is waited for longer is given up, and the transaction retried (PostgreSQL).
    pub lock_timeout: Duration,
    /// Take "now" from the database server, whose clock all processes share (PostgreSQL). Tests with a frozen clock say no.
    pub database_time: bool,
}

impl Options {
    /// The defaults for a URL.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            max_connections: 16,
            acquire_timeout: Duration::from_secs(2),
            prepared: true,
            app_role: "zapys_app".to_owned(),
            statement_timeout: Duration::from_secs(2),
            lock_timeout: Duration::from_secs(2),
            database_time: true,
        }
    }
}
