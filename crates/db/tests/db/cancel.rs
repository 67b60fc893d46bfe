//! Who goes away takes the running statement along.

use crate::engine::{admin_count, postgres};
use db::{Db, Options};
use kernel::{CompanyId, SystemClock};
use sea_orm::ConnectionTrait as _;
use std::sync::Arc;
use std::time::Duration;

const LONG: &str = "SELECT pg_sleep(50) AS \"nobody waits for this\"";
const RUNNING: &str = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' \
                       AND query LIKE 'SELECT pg_sleep(50)%'";

/// Only PostgreSQL runs statements beside us: SQLite's stop with the thread that asks for the next row.
#[tokio::test]
async fn a_statement_nobody_waits_for_is_cancelled() {
    let Some(test) = postgres().await else { return };
    let options = Options { statement_timeout: Duration::from_mins(1), max_connections: 2, ..Options::new(&test.url) };
    let db = Db::open(options, Arc::new(SystemClock)).await.unwrap();
    let running = async |count: i64| while admin_count(&test.url, RUNNING).await != count {};
    let asked = tokio::spawn({
        let db = db.clone();
        async move {
            let reader = db.read(CompanyId::new()).await.unwrap();
            reader.conn().execute_unprepared(LONG).await.map(|_| ())
        }
    });
    tokio::time::timeout(Duration::from_secs(20), running(1)).await.expect("the statement begins");
    asked.abort();
    assert!(asked.await.unwrap_err().is_cancelled());
    tokio::time::timeout(Duration::from_secs(20), running(0)).await.expect("and ends long before its 50 seconds");

    // Both connections are good for others.
    let (one, other) = (db.read(CompanyId::new()).await.unwrap(), db.read(CompanyId::new()).await.unwrap());
    drop((one, other));
    db.close().await;
    test.finish().await;
}
