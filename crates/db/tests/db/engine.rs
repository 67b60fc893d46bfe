//! A fresh, migrated database per test and engine.

use db::{Db, Options};
use kernel::SystemClock;
use std::sync::Arc;

/// A database of the test's own; gone when dropped.
pub struct TestDb {
    pub db: Db,
    pub url: String,
    _folder: tempfile::TempDir,
    postgres: Option<(String, String)>,
}

/// The engines that this run has.
pub async fn engines() -> Vec<TestDb> {
    let mut all = vec![sqlite().await];
    all.extend(postgres().await);
    all
}

pub async fn sqlite() -> TestDb {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("test.db").display());
    migration::migrate(&migration::Target { url: format!("{url}?mode=rwc"), app_role: String::new() }).await.unwrap();
    let db = Db::open(Options::new(&url), Arc::new(SystemClock)).await.unwrap();
    TestDb { db, url, _folder: folder, postgres: None }
}

pub async fn postgres() -> Option<TestDb> {
    let (server, name, url) = new_postgres_database().await?;
    migration::migrate(&target(&url)).await.unwrap();
    let db = Db::open(Options::new(&url), Arc::new(SystemClock)).await.unwrap();
    Some(TestDb { db, url, _folder: tempfile::tempdir().unwrap(), postgres: Some((server, name)) })
}

pub async fn new_postgres_database() -> Option<(String, String, String)> {
    let server = std::env::var("ZAPYS_TEST_POSTGRES").ok()?;
    let name = format!("zapys_db_{}", uuid::Uuid::now_v7().simple());
    admin(&server, &format!("CREATE DATABASE {name}")).await;
    let (base, _) = server.rsplit_once('/').unwrap();
    let url = format!("{base}/{name}");
    Some((server, name, url))
}

pub fn target(url: &str) -> migration::Target {
    migration::Target { url: url.to_owned(), app_role: "zapys_app".to_owned() }
}

/// Runs statements as the test server's superuser.
pub async fn admin(url: &str, sql: &str) {
    use sqlx::Connection as _;
    let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

/// One number, read as the test server's superuser.
pub async fn admin_count(url: &str, sql: &str) -> i64 {
    use sqlx::Connection as _;
    let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
    let count = sqlx::query_scalar(sqlx::AssertSqlSafe(sql.to_owned())).fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    count
}

impl TestDb {
    /// Closes connections and drops what the server holds.
    pub async fn finish(self) {
        self.db.close().await;
        if let Some((server, name)) = &self.postgres {
            admin(server, &format!("DROP DATABASE {name} WITH (FORCE)")).await;
        }
    }
}
