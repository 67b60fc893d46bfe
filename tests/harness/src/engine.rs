//! What the suite runs on. SQLite always; PostgreSQL where `ZAPYS_TEST_POSTGRES` names a server on which databases may be
//! created; Redis where `ZAPYS_TEST_REDIS` names one. A server that is named and does not answer fails the run.

use std::fmt;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context as _, Result};
use sqlx::{Connection as _, Executor as _, PgConnection};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// One combination of stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Engine {
    /// A file, and nothing beside it: what `cargo run` gives.
    Sqlite,
    /// The same file with Redis; only where there is no PostgreSQL to put beside Redis.
    SqliteRedis,
    /// A PostgreSQL server, with Redis where there is one.
    Postgres,
}

const POSTGRES: &str = "ZAPYS_TEST_POSTGRES";
const REDIS: &str = "ZAPYS_TEST_REDIS";

fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

impl Engine {
    /// Those that the environment offers.
    pub fn offered() -> Vec<Self> {
        match (setting(POSTGRES), setting(REDIS)) {
            (Some(_), _) => vec![Self::Sqlite, Self::Postgres],
            (None, Some(_)) => vec![Self::Sqlite, Self::SqliteRedis],
            (None, None) => vec![Self::Sqlite],
        }
    }

    /// Whether it is the embedded one, where one process has the file.
    pub fn is_embedded(self) -> bool {
        self != Self::Postgres
    }

    /// How the last line of a run names it, with the versions that answered.
    pub async fn described(self) -> Result<String> {
        let store = match self {
            Self::Sqlite | Self::SqliteRedis => "sqlite".to_owned(),
            Self::Postgres => format!("postgres {}", postgres_version().await?),
        };
        match self.redis() {
            Some(url) => Ok(format!("{store} + redis {}", redis_version(&url).await?)),
            None => Ok(store),
        }
    }

    /// The Redis that goes with it.
    pub fn redis(self) -> Option<String> {
        setting(REDIS).filter(|_| self != Self::Sqlite)
    }

    /// An empty database of its own, and a folder.
    pub async fn storage(self) -> Result<Storage> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("zapys_test_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let folder = tempfile::Builder::new().prefix(&name).tempdir().context("a folder for a test")?;
        let path = folder.path().to_owned();
        leave(Leftover::Folder(folder));
        let database_url = match self {
            Self::Sqlite | Self::SqliteRedis => format!("sqlite:{}", path.join("zapys.db").display()),
            Self::Postgres => create_database(&name).await?,
        };
        Ok(Storage { database_url, redis: self.redis().map(|url| Redis { url, prefix: name }), folder: path })
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Sqlite => "sqlite",
            Self::SqliteRedis => "sqlite_redis",
            Self::Postgres => "postgres",
        })
    }
}

/// Where one server under test keeps its data. What it leaves behind is removed by [`clean_up`].
#[derive(Debug, Clone)]
pub struct Storage {
    /// For `ZAPYS__DATABASE__URL`.
    pub database_url: String,
    /// The Redis, when there is one.
    pub redis: Option<Redis>,
    /// For `ZAPYS__DATA__DIRECTORY`.
    pub folder: PathBuf,
}

/// A Redis shared with other tests, and the prefix that keeps them apart.
#[derive(Debug, Clone)]
pub struct Redis {
    /// Its address.
    pub url: String,
    /// What leads each key.
    pub prefix: String,
}

async fn administrator() -> Result<(String, PgConnection)> {
    let url = setting(POSTGRES).with_context(|| format!("{POSTGRES} is not set"))?;
    let connection = PgConnection::connect(&url).await.with_context(|| format!("{POSTGRES} does not answer"))?;
    Ok((url, connection))
}

async fn create_database(name: &str) -> Result<String> {
    let (url, mut connection) = administrator().await?;
    // The name is made here, of letters and digits.
    connection.execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).await?;
    leave(Leftover::Database(name.to_owned()));
    Ok(with_database(&url, name))
}

/// The same server's URL for another database.
fn with_database(url: &str, name: &str) -> String {
    let (address, query) = url.split_once('?').map_or((url, None), |(address, query)| (address, Some(query)));
    let scheme = address.find("://").map_or(0, |at| at + 3);
    let host = address[scheme..].find('/').map_or(address, |at| &address[..scheme + at]);
    query.map_or_else(|| format!("{host}/{name}"), |query| format!("{host}/{name}?{query}"))
}

async fn postgres_version() -> Result<String> {
    let (_, mut connection) = administrator().await?;
    let version: String = sqlx::query_scalar("SHOW server_version").fetch_one(&mut connection).await?;
    Ok(major(&version))
}

/// Asks in Redis' inline form, which needs no client library.
async fn redis_version(url: &str) -> Result<String> {
    let address = url.split_once("://").map_or(url, |(_, address)| address);
    let (login, address) = address.rsplit_once('@').map_or((None, address), |(login, address)| (Some(login), address));
    let address = address.split('/').next().unwrap_or(address);
    let address = if address.contains(':') { address.to_owned() } else { format!("{address}:6379") };
    let mut stream =
        tokio::net::TcpStream::connect(&address).await.with_context(|| format!("{REDIS} does not answer"))?;
    if let Some((_, password)) = login.and_then(|login| login.split_once(':')) {
        stream.write_all(format!("AUTH {password}\r\n").as_bytes()).await?;
    }
    stream.write_all(b"INFO server\r\nQUIT\r\n").await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let version = answer.lines().find_map(|line| line.strip_prefix("redis_version:"));
    version.map(major).with_context(|| format!("{REDIS} did not say its version"))
}

fn major(version: &str) -> String {
    version.trim().split(['.', ' ']).next().unwrap_or_default().to_owned()
}

enum Leftover {
    Folder(TempDir),
    Database(String),
}

static LEFTOVERS: Mutex<Vec<Leftover>> = Mutex::new(Vec::new());

fn leave(leftover: Leftover) {
    LEFTOVERS.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(leftover);
}

/// Removes databases and folders of this run. What a killed run leaves behind is named `zapys_test_…`.
pub async fn clean_up() -> Result<()> {
    let leftovers = std::mem::take(&mut *LEFTOVERS.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
    for leftover in leftovers {
        match leftover {
            Leftover::Folder(folder) => folder.close()?,
            Leftover::Database(name) => {
                let (_, mut connection) = administrator().await?;
                let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
                connection.execute(sqlx::AssertSqlSafe(drop)).await?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::with_database;

    #[test]
    fn only_the_database_of_a_url_changes() {
        assert_eq!(with_database("postgres://a:b@h:1/postgres", "x"), "postgres://a:b@h:1/x");
        assert_eq!(with_database("postgres://h", "x"), "postgres://h/x");
        assert_eq!(with_database("postgres://h/p?sslmode=disable", "x"), "postgres://h/x?sslmode=disable");
    }
}
