//! Where log lines go, and how they look. Spans that only traces see are kept out, so that the span of a line is its
//! request's or its job's, with the ids to join it by.

use std::backtrace::Backtrace;
use std::io::IsTerminal as _;
use std::panic::PanicHookInfo;

use anyhow::{Context as _, Result};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

use super::traces::{TARGET, Traces};
use crate::config::{Config, LogFormat};

/// Starts writing logs, to standard error: standard output belongs to what a command prints. Traces too, where the
/// settings name a collector; whoever ends the process flushes them.
pub fn start(config: &Config) -> Result<Traces> {
    let filter = EnvFilter::try_new(&config.log.filter).context("log.filter")?;
    let filter = filter.add_directive(format!("{TARGET}=off").parse().context("log.filter")?);
    let colours = std::io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(colours);
    let lines = match config.log.format {
        LogFormat::Pretty => lines.compact().with_target(false).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).with_current_span(true).with_span_list(false).boxed(),
    };
    let traces = Traces::open(&config.telemetry)?;
    tracing_subscriber::registry()
        .with(lines.with_filter(filter))
        .with(traces.layer())
        .try_init()
        .context("logs cannot be started")?;
    std::panic::set_hook(Box::new(log_panic));
    Ok(traces)
}

/// A panic is a line of the log like any other: what, where, and within which request.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let backtrace = Backtrace::capture();
    tracing::error!(place, %backtrace, "panicked: {}", panic.payload_as_str().unwrap_or("no message"));
}
