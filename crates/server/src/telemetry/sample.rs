//! Gauges that nobody keeps: they are read when the page of metrics is asked for.

use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use cache::Health;
use metrics::gauge;

use super::metrics::{BUILD, DATABASE_UP, JOBS_DEAD, JOBS_DUE, MEMORY, POOL, POOL_MAX, REDIS_UP, STARTED};
use crate::app::App;

/// A page of metrics is wanted most when the database is in trouble; so it does not wait for it long.
const PATIENCE: Duration = Duration::from_secs(1);

/// First asked for when metrics start, which is when the process does.
pub(super) static START: LazyLock<f64> = LazyLock::new(|| {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map(|since| since.as_secs_f64()).unwrap_or_default()
});

/// Sets the gauges to what is now.
pub async fn sample(app: &App) {
    gauge!(BUILD, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    gauge!(STARTED).set(*START);
    if let Some(bytes) = resident_bytes() {
        gauge!(MEMORY).set(bytes);
    }
    for pool in app.db.pools() {
        gauge!(POOL, "pool" => pool.name, "state" => "idle").set(f64::from(pool.idle));
        gauge!(POOL, "pool" => pool.name, "state" => "used").set(f64::from(pool.size.saturating_sub(pool.idle)));
        gauge!(POOL_MAX, "pool" => pool.name).set(f64::from(pool.max));
    }
    tokio::join!(sample_jobs(app), sample_redis(app));
}

/// The numbers of jobs are also the question whether the database answers.
async fn sample_jobs(app: &App) {
    match tokio::time::timeout(PATIENCE, app.domains.jobs.backlog()).await {
        Ok(Ok(backlog)) => {
            gauge!(DATABASE_UP).set(1.0);
            gauge!(JOBS_DUE).set(f64::from(backlog.due));
            gauge!(JOBS_DEAD).set(f64::from(backlog.dead));
        }
        Ok(Err(_)) | Err(_) => gauge!(DATABASE_UP).set(0.0),
    }
}

async fn sample_redis(app: &App) {
    match tokio::time::timeout(PATIENCE, app.cache.health()).await {
        Ok(Health::Memory) => {}
        Ok(Health::Redis) => gauge!(REDIS_UP).set(1.0),
        Ok(Health::Degraded) | Err(_) => gauge!(REDIS_UP).set(0.0),
    }
}

/// Only Linux says it so cheaply.
fn resident_bytes() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let kilobytes = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.trim().strip_suffix("kB")?;
    Some(f64::from(kilobytes.trim().parse::<u32>().ok()?) * 1024.0)
}
