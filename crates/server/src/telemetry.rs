//! Logs and metrics. A log line has ids, codes and durations: never names, phones, addresses of people, tokens,
//! variables of a query. Metrics are labelled by what has few values: route, status, kind of operation.

use std::backtrace::Backtrace;
use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::panic::PanicHookInfo;
use std::time::Duration;

use anyhow::{Context as _, Result};
use metrics::{describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};

/// Requests by route, method and status.
pub const REQUESTS: &str = "zapys_http_requests_total";
/// Seconds a request took, by route.
pub const REQUEST_SECONDS: &str = "zapys_http_request_seconds";
/// Requests being answered now.
pub const IN_FLIGHT: &str = "zapys_http_requests_in_flight";
/// Connections now.
pub const CONNECTIONS: &str = "zapys_http_connections";
/// Sockets now.
pub const SOCKETS: &str = "zapys_sockets";
/// Operations by kind and result.
pub const OPERATIONS: &str = "zapys_graphql_operations_total";
/// Seconds an operation took, by kind.
pub const OPERATION_SECONDS: &str = "zapys_graphql_operation_seconds";
/// Resolvers that panicked.
pub const PANICS: &str = "zapys_panics_total";

/// Upper bounds in seconds: a histogram, which can be summed over processes, instead of a summary, which cannot.
const SECONDS: [f64; 11] = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];
const UPKEEP: Duration = Duration::from_secs(5);

/// Starts writing logs, to standard error: standard output belongs to what a command prints.
pub fn start_logs(log: &Log) -> Result<()> {
    let filter = EnvFilter::try_new(&log.filter).context("log.filter")?;
    let colours = std::io::stderr().is_terminal();
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colours);
    match log.format {
        LogFormat::Pretty => subscriber.compact().with_target(false).try_init(),
        LogFormat::Json => {
            subscriber.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init()
        }
    }
    .map_err(|error| anyhow::anyhow!("logs cannot be started: {error}"))?;
    std::panic::set_hook(Box::new(log_panic));
    Ok(())
}

/// A panic is a line of the log like any other: what, where, and within which request.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let backtrace = Backtrace::capture();
    tracing::error!(place, %backtrace, "panicked: {}", panic.payload_as_str().unwrap_or("no message"));
}

/// Starts collecting metrics. Once in a process.
pub fn start_metrics() -> Result<PrometheusHandle> {
    let handle = PrometheusBuilder::new().set_buckets(&SECONDS)?.install_recorder()?;
    describe_counter!(REQUESTS, "HTTP requests by route, method and status.");
    describe_histogram!(REQUEST_SECONDS, "Seconds until the answer to an HTTP request began, by route.");
    describe_gauge!(IN_FLIGHT, "HTTP requests being answered.");
    describe_gauge!(CONNECTIONS, "Open connections.");
    describe_gauge!(SOCKETS, "Open GraphQL sockets.");
    describe_counter!(OPERATIONS, "GraphQL operations by kind and result.");
    describe_histogram!(OPERATION_SECONDS, "Seconds a GraphQL operation took, by kind.");
    describe_counter!(PANICS, "Panics caught while an operation was answered.");
    Ok(handle)
}

/// Serves `GET /metrics` until the process ends, on a port of its own that is not for the public.
pub async fn serve_metrics(bind: SocketAddr, handle: PrometheusHandle) -> Result<SocketAddr> {
    let listener = tokio::net::TcpListener::bind(bind).await.with_context(|| format!("metrics.bind {bind}"))?;
    let address = listener.local_addr()?;
    let page = handle.clone();
    let router = axum::Router::new().route("/metrics", axum::routing::get(async move || page.render()));
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
