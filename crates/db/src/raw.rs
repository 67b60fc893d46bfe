//! The few statements of this crate that SeaORM's builders cannot say.

use crate::{Reader, fault};
use kernel::Result;
use sea_orm::{ConnectionTrait, QueryResult, Statement, Value};
use std::fmt::Write as _;

/// `($1, $2), ($3, $4)` and the values to bind, for an INSERT of several rows. `$n` is understood by both engines.
pub(crate) fn rows<const N: usize>(rows: impl IntoIterator<Item = [Value; N]>) -> (String, Vec<Value>) {
    let mut sql = String::new();
    let mut values = Vec::new();
    for row in rows {
        sql.push_str(if sql.is_empty() { "(" } else { "), (" });
        for (position, value) in row.into_iter().enumerate() {
            values.push(value);
            let _ = write!(sql, "{}${}", if position == 0 { "" } else { ", " }, values.len());
        }
    }
    sql.push(')');
    (sql, values)
}

pub(crate) async fn execute(reader: &Reader, sql: String, values: Vec<Value>) -> Result<u64> {
    let statement = Statement::from_sql_and_values(reader.conn().get_database_backend(), sql, values);
    Ok(reader.conn().execute_raw(statement).await.map_err(fault)?.rows_affected())
}

pub(crate) async fn query(reader: &Reader, sql: String, values: Vec<Value>) -> Result<Vec<QueryResult>> {
    let statement = Statement::from_sql_and_values(reader.conn().get_database_backend(), sql, values);
    reader.conn().query_all_raw(statement).await.map_err(fault)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_numbered_across_rows() {
        let (sql, values) = rows([[1.into(), 2.into()], [3.into(), 4.into()]]);
        assert_eq!(sql, "($1, $2), ($3, $4)");
        assert_eq!(values.len(), 4);
    }
}
