//! Whose jobs are due: a look over all companies that locks nothing, fair to those with few.
//!
//! The oldest due jobs of each bucket name the companies, which is all there is to see when nobody is behind. A bucket
//! that is full of one company's jobs is then walked from company to company by index, each time from where the last
//! look ended, so that a million jobs of one company hide nobody else's.

use chrono::{DateTime, TimeDelta, Utc};
use db::Reader;
use kernel::{CompanyId, Result};
use sea_orm::{ConnectionTrait, QueryResult, Statement, Value};
use uuid::Uuid;

use crate::entity::job::BUCKETS;

/// How many due jobs of a bucket, and then how many companies, are looked at.
const DEPTH: usize = 64;

/// Later than any job.
const END_OF_TIME: DateTime<Utc> = DateTime::from_timestamp(253_402_214_400, 0).unwrap();

/// Where the walk through each crowded bucket goes on.
#[derive(Default)]
pub(crate) struct Walk {
    after: [Option<CompanyId>; BUCKETS as usize],
}

/// The companies that have due jobs, without repetition. More looks may show more.
pub(crate) async fn companies(reader: &Reader, walk: &mut Walk) -> Result<Vec<CompanyId>> {
    let mut companies = Vec::new();
    let mut seen = [0_usize; BUCKETS as usize];
    let mut late = TimeDelta::zero();
    for (bucket, company, run_at) in oldest(reader).await? {
        seen[bucket] += 1;
        companies.push(company);
        late = late.max(reader.now() - run_at);
    }
    metrics::gauge!("zapys_jobs_oldest_due_seconds").set(late.as_seconds_f64());
    for (bucket, seen) in seen.into_iter().enumerate() {
        if seen >= DEPTH {
            companies.extend(next(reader, bucket, &mut walk.after[bucket]).await?);
        }
    }
    companies.sort_unstable();
    companies.dedup();
    Ok(companies)
}

async fn oldest(reader: &Reader) -> Result<Vec<(usize, CompanyId, DateTime<Utc>)>> {
    let looks: Vec<String> = (0..BUCKETS)
        .map(|bucket| {
            format!(
                "SELECT {bucket} AS bucket, company_id, run_at FROM (SELECT company_id, run_at FROM job \
                 WHERE bucket = {bucket} AND state = 'ready' AND run_at <= $1 ORDER BY run_at LIMIT {DEPTH}) AS b{bucket}"
            )
        })
        .collect();
    let rows = query(reader, &looks.join(" UNION ALL "), vec![reader.now().into()]).await?;
    rows.iter()
        .map(|row| {
            let bucket: i32 = row.try_get("", "bucket").map_err(db::fault)?;
            let run_at = row.try_get("", "run_at").map_err(db::fault)?;
            Ok((usize::try_from(bucket).unwrap_or(0), company(row)?, run_at))
        })
        .collect()
}

/// The next companies of a bucket in the order of their ids. Each step is one seek to the company after the last.
async fn next(reader: &Reader, bucket: usize, after: &mut Option<CompanyId>) -> Result<Vec<CompanyId>> {
    // A walk that starts comes before the first job of all, one that goes on after the last job of a company.
    let (from, at) = match *after {
        Some(company) => (company, END_OF_TIME),
        None => (CompanyId::NONE, DateTime::UNIX_EPOCH),
    };
    // Comparing whole keys of one index leaves the planners no other: with `bucket = {bucket}` PostgreSQL may walk through
    // all companies' jobs by the primary key, and with pairs SQLite steps over a company's jobs one by one.
    let sql = format!(
        "WITH RECURSIVE seek(company_id) AS ( \
             SELECT (SELECT company_id FROM job WHERE (bucket, company_id, run_at) > ({bucket}, $1, $2) \
                     AND bucket <= {bucket} AND state = 'ready' ORDER BY bucket, company_id, run_at LIMIT 1) \
             UNION ALL \
             SELECT (SELECT j.company_id FROM job j WHERE (j.bucket, j.company_id, j.run_at) > ({bucket}, seek.company_id, $3) \
                     AND j.bucket <= {bucket} AND j.state = 'ready' ORDER BY j.bucket, j.company_id, j.run_at LIMIT 1) \
             FROM seek WHERE seek.company_id IS NOT NULL) \
         SELECT company_id FROM seek WHERE company_id IS NOT NULL AND EXISTS ( \
             SELECT 1 FROM job d WHERE d.bucket = {bucket} AND d.state = 'ready' \
             AND d.company_id = seek.company_id AND d.run_at <= $4) LIMIT {DEPTH}"
    );
    let values = vec![from.uuid().into(), at.into(), END_OF_TIME.into(), reader.now().into()];
    let rows = query(reader, &sql, values).await?;
    let found = rows.iter().map(company).collect::<Result<Vec<_>>>()?;
    *after = if found.len() < DEPTH { None } else { found.last().copied() };
    Ok(found)
}

async fn query(reader: &Reader, sql: &str, values: Vec<Value>) -> Result<Vec<QueryResult>> {
    let statement = Statement::from_sql_and_values(reader.conn().get_database_backend(), sql, values);
    reader.conn().query_all_raw(statement).await.map_err(db::fault)
}

fn company(row: &QueryResult) -> Result<CompanyId> {
    Ok(CompanyId::from_uuid(row.try_get::<Uuid>("", "company_id").map_err(db::fault)?))
}
