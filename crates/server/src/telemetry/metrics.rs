//! The metrics of the process: their names, what they mean, and the page that shows them, on a port of its own that is
//! not for the public.

use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use anyhow::{Context as _, Result};
use metrics::{describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use super::sample::{START, sample};
use crate::app::App;

/// Requests by route, method and status.
pub const REQUESTS: &str = "zapys_http_requests_total";
/// Seconds a request took, by route.
pub const REQUEST_SECONDS: &str = "zapys_http_request_seconds";
/// Requests being answered now.
pub const IN_FLIGHT: &str = "zapys_http_requests_in_flight";
/// Connections now.
pub const CONNECTIONS: &str = "zapys_http_connections";
/// Sockets and streams of events now.
pub const SOCKETS: &str = "zapys_sockets";
/// Operations on sockets and streams now.
pub const SUBSCRIPTIONS: &str = "zapys_subscriptions";
/// Panics caught.
pub const PANICS: &str = "zapys_panics_total";
pub(super) const OPERATIONS: &str = "zapys_graphql_operations_total";
pub(super) const OPERATION_SECONDS: &str = "zapys_graphql_operation_seconds";
pub(super) const OPERATION_COST: &str = "zapys_graphql_operation_cost";
pub(super) const OPERATION_STATEMENTS: &str = "zapys_graphql_operation_statements";
pub(super) const OPERATION_ERRORS: &str = "zapys_graphql_errors_total";
pub(super) const EXPORT_FAILURES: &str = "zapys_trace_export_failures_total";
pub(super) const BUILD: &str = "zapys_build_info";
pub(super) const STARTED: &str = "process_start_time_seconds";
pub(super) const MEMORY: &str = "process_resident_memory_bytes";
pub(super) const DATABASE_UP: &str = "zapys_db_up";
pub(super) const POOL: &str = "zapys_db_connections";
pub(super) const POOL_MAX: &str = "zapys_db_connections_max";
pub(super) const JOBS_DUE: &str = "zapys_jobs_due";
pub(super) const JOBS_DEAD: &str = "zapys_jobs_dead";
pub(super) const REDIS_UP: &str = "zapys_redis_up";

const COUNTERS: &[(&str, &str)] = &[
    (REQUESTS, "HTTP requests by route, method and status."),
    (OPERATIONS, "GraphQL operations by name, kind and outcome; each event of a subscription is one."),
    (OPERATION_ERRORS, "Errors in answers to GraphQL operations by name and code."),
    (PANICS, "Panics caught while something was answered."),
    (EXPORT_FAILURES, "Batches of traces that the collector did not take."),
    ("zapys_rate_limited_total", "What was refused because it came too often, by limit."),
    ("zapys_cache_total", "Reads of cached tables by table and by where the value came from: memory, redis, load."),
    ("zapys_redis_failures_total", "Calls to Redis that failed or took too long."),
    ("zapys_redis_skipped_total", "Calls to Redis not made because it did not answer before."),
    ("zapys_db_acquire_failures_total", "Waits for a database connection that ended without one, by pool."),
    ("zapys_jobs_total", "Jobs tried, by handler and ending: done, again, dead, lost."),
];

const GAUGES: &[(&str, &str)] = &[
    (IN_FLIGHT, "HTTP requests being answered."),
    (CONNECTIONS, "Open connections."),
    (SOCKETS, "Open GraphQL sockets and streams of events."),
    (SUBSCRIPTIONS, "Operations on open sockets and streams."),
    (BUILD, "1, labelled by the version of the program."),
    (STARTED, "When the process started, in seconds since 1970."),
    (MEMORY, "Resident memory in bytes."),
    (DATABASE_UP, "1 when the database answered just now, else 0."),
    (POOL, "Open database connections by pool and state: idle, used."),
    (POOL_MAX, "Most database connections, by pool."),
    ("zapys_db_waiting", "Waiting for a database connection now, by pool."),
    (JOBS_DUE, "Jobs that are due, in all companies; counted up to 1,000 for each of 16 parts of the queue."),
    (JOBS_DEAD, "Jobs that were given up, in all companies; counted up to 1,000."),
    ("zapys_jobs_running", "Jobs running in this process."),
    ("zapys_jobs_oldest_due_seconds", "How long the oldest due job has waited."),
    (REDIS_UP, "1 when Redis answered just now, else 0; absent without Redis."),
];

const HISTOGRAMS: &[(&str, &str)] = &[
    (REQUEST_SECONDS, "Seconds until the answer to an HTTP request began, by route."),
    (OPERATION_SECONDS, "Seconds a GraphQL operation or an event of a subscription took, by name and kind."),
    (OPERATION_COST, "What the limits took a GraphQL operation for, by name."),
    (OPERATION_STATEMENTS, "SQL statements of a GraphQL operation, by name."),
    ("zapys_db_acquire_seconds", "Seconds waited for a database connection, by pool."),
    ("zapys_job_seconds", "Seconds a try of a job took, by handler."),
    ("zapys_job_late_seconds", "Seconds between when a job was due and when it was taken."),
];

/// Upper bounds in seconds: a histogram, which can be summed over processes, instead of a summary, which cannot.
const SECONDS: [f64; 11] = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];
const COSTS: [f64; 9] = [5.0, 20.0, 100.0, 300.0, 1_000.0, 3_000.0, 7_000.0, 12_000.0, 20_000.0];
const STATEMENTS: [f64; 9] = [0.0, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 120.0];
const UPKEEP: Duration = Duration::from_secs(5);

/// Starts collecting. Once in a process, and before anything is to be counted.
pub fn start() -> Result<PrometheusHandle> {
    let handle = PrometheusBuilder::new()
        .set_buckets(&SECONDS)?
        .set_buckets_for_metric(Matcher::Full(OPERATION_COST.to_owned()), &COSTS)?
        .set_buckets_for_metric(Matcher::Full(OPERATION_STATEMENTS.to_owned()), &STATEMENTS)?
        .install_recorder()?;
    for (name, text) in COUNTERS {
        describe_counter!(*name, *text);
    }
    for (name, text) in GAUGES {
        describe_gauge!(*name, *text);
    }
    for (name, text) in HISTOGRAMS {
        describe_histogram!(*name, *text);
    }
    LazyLock::force(&START);
    // What an alert asks for is there before it first happens.
    for name in [PANICS, EXPORT_FAILURES] {
        metrics::counter!(name).absolute(0);
    }
    for name in [IN_FLIGHT, CONNECTIONS, SOCKETS, SUBSCRIPTIONS] {
        metrics::gauge!(name).set(0.0);
    }
    Ok(handle)
}

/// Serves `GET /metrics` until the process ends.
pub async fn serve(app: Arc<App>, bind: SocketAddr, handle: PrometheusHandle) -> Result<SocketAddr> {
    let listener = tokio::net::TcpListener::bind(bind).await.with_context(|| format!("metrics.bind {bind}"))?;
    let address = listener.local_addr()?;
    let page = handle.clone();
    let answer = async move || {
        sample(&app).await;
        ([(axum::http::header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], page.render())
    };
    let router = axum::Router::new().route("/metrics", axum::routing::get(answer));
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "metrics are no longer served");
        }
    });
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(UPKEEP).await;
            handle.run_upkeep();
        }
    });
    Ok(address)
}

/// A gauge raised while this lives.
pub struct Counted(&'static str);

impl Counted {
    /// Raises the gauge.
    pub fn new(gauge: &'static str) -> Self {
        metrics::gauge!(gauge).increment(1.0);
        Self(gauge)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        metrics::gauge!(self.0).decrement(1.0);
    }
}
