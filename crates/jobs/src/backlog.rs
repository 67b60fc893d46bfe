//! How much waits to be done, and how much was given up: for metrics. Counted as far as alarms need, since whoever has a
//! million due jobs should not have them counted every few seconds.

use kernel::{Error, Result};
use sea_orm::{ConnectionTrait, Statement};

use crate::Jobs;
use crate::entity::job::BUCKETS;

const MOST: u32 = 1_000;

/// Numbers over all companies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backlog {
    /// Due, and not running: at most 1,000 of each bucket are counted.
    pub due: u32,
    /// Given up: at most 1,000 are counted.
    pub dead: u32,
}

impl Jobs {
    /// How much there is to do now.
    pub async fn backlog(&self) -> Result<Backlog> {
        let reader = self.inner.db.read_due().await?;
        let due: Vec<String> = (0..BUCKETS)
            .map(|bucket| {
                format!(
                    "SELECT run_at FROM (SELECT run_at FROM job WHERE bucket = {bucket} AND state = 'ready' \
                     AND run_at <= $1 ORDER BY run_at LIMIT {MOST}) AS b{bucket}"
                )
            })
            .collect();
        // The order is that of an index, which the planners then walk instead of the table.
        let sql = format!(
            "SELECT (SELECT count(*) FROM ({}) AS due) AS due, (SELECT count(*) FROM (SELECT died_at FROM job \
             WHERE state = 'dead' ORDER BY company_id, died_at, id LIMIT {MOST}) AS dead) AS dead",
            due.join(" UNION ALL ")
        );
        let values = vec![reader.now().into()];
        let statement = Statement::from_sql_and_values(reader.conn().get_database_backend(), sql, values);
        let row = reader.conn().query_one_raw(statement).await.map_err(db::fault)?;
        let row = row.ok_or_else(|| Error::internal("a count gave no row"))?;
        let number = |name: &str| -> Result<u32> {
            Ok(u32::try_from(row.try_get::<i64>("", name).map_err(db::fault)?).unwrap_or(u32::MAX))
        };
        Ok(Backlog { due: number("due")?, dead: number("dead")? })
    }
}
