//! Traces over OTLP (HTTP, protobuf), where `telemetry.otlp_endpoint` names a collector; otherwise their spans cost
//! nothing. Spans are batched in a bounded queue: a collector that is slow or gone loses spans, never a request.
//!
//! Zapys itself calls nobody over HTTP, so there is nowhere to propagate a trace to.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use axum::http::HeaderMap;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::{Link, SpanContext, SpanKind, TraceContextExt as _, TraceId, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_http::hyper::HyperClient;
use opentelemetry_http::{Bytes, HeaderExtractor, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{Sampler, SamplingDecision, SamplingResult, SdkTracerProvider, ShouldSample};
use tokio::runtime::Handle;
use tracing::{Span, Subscriber};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;

use super::metrics::EXPORT_FAILURES;
use crate::config::Telemetry;

/// The target of spans that are traced, and of nothing else.
pub const TARGET: &str = "zapys_trace";
/// Where a collector takes traces (the OTLP specification).
const PATH: &str = "v1/traces";
const EXPORT_TIMEOUT: Duration = Duration::from_secs(5);
const FLUSH_TIMEOUT: Duration = Duration::from_secs(3);

/// The traces of this process.
#[derive(Debug)]
pub struct Traces {
    provider: Option<SdkTracerProvider>,
}

impl Traces {
    /// Made on a thread of the runtime, on which batches will be sent.
    pub(super) fn open(settings: &Telemetry) -> Result<Self> {
        if settings.otlp_endpoint.is_empty() {
            return Ok(Self { provider: None });
        }
        ensure!(
            (0.0..=1.0).contains(&settings.sampling_ratio),
            "telemetry.sampling_ratio is {}, not between 0 and 1",
            settings.sampling_ratio
        );
        let endpoint = &settings.otlp_endpoint;
        ensure!(
            endpoint.starts_with("http://") || endpoint.starts_with("https://"),
            "telemetry.otlp_endpoint is no http or https address"
        );
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Courier::new(Handle::current()))
            .with_endpoint(format!("{}/{PATH}", endpoint.trim_end_matches('/')))
            .with_timeout(EXPORT_TIMEOUT)
            .build()
            .context("telemetry.otlp_endpoint")?;
        let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
        let resource = Resource::builder_empty()
            .with_service_name(settings.service_name.clone())
            .with_attributes([version])
            .build();
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_resource(resource)
            .with_sampler(Share(Sampler::TraceIdRatioBased(settings.sampling_ratio)))
            .build();
        Ok(Self { provider: Some(provider) })
    }

    pub(super) fn layer<S>(&self) -> Option<impl Layer<S> + use<S>>
    where
        S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
    {
        let tracer = self.provider.as_ref()?.tracer("zapys");
        let layer = tracing_opentelemetry::layer()
            .with_tracer(tracer)
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false);
        Some(layer.with_filter(filter_fn(|metadata| metadata.target() == TARGET)))
    }

    /// Sends what is waiting, and waits for that a little.
    pub async fn flush(self) {
        let Some(provider) = self.provider else { return };
        let ended = tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(FLUSH_TIMEOUT)).await;
        if let Ok(Err(error)) = ended {
            tracing::warn!(%error, "the last traces were not sent");
        }
    }
}

/// The span of an HTTP request, below the caller's when `traceparent` names one (W3C Trace Context). The path is the
/// route's: what a stranger asks for may have secrets in it.
pub fn request(headers: &HeaderMap, method: &'static str, route: &'static str, request_id: uuid::Uuid) -> Span {
    let span = tracing::info_span!(
        target: TARGET,
        "request",
        otel.name = %format_args!("{method} {route}"),
        otel.kind = "server",
        otel.status_code = tracing::field::Empty,
        http.request.method = method,
        http.route = route,
        http.response.status_code = tracing::field::Empty,
        zapys.request_id = %request_id,
    );
    if !span.is_disabled() {
        let caller = TraceContextPropagator::new().extract(&HeaderExtractor(headers));
        if caller.span().span_context().is_valid() {
            // Refused only for a span that has begun or that nobody traces.
            let _ = span.set_parent(caller);
        }
    }
    span
}

/// The trace that a span belongs to, for log lines; none when it is not traced.
pub fn trace_id(span: &Span) -> Option<TraceId> {
    if span.is_disabled() {
        return None;
    }
    Some(span.context().span().span_context().trace_id()).filter(|id| *id != TraceId::INVALID)
}

/// How a request ended.
pub fn answered(span: &Span, status: u16) {
    span.record("http.response.status_code", status);
    if status >= 500 {
        span.record("otel.status_code", "ERROR");
    }
}

/// A share of all traces. Who sends `traceparent` may keep a request out of them, but not force it in: callers are
/// the public, and could have everything recorded.
#[derive(Debug, Clone)]
struct Share(Sampler);

impl ShouldSample for Share {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace: TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let above = parent.map(|parent| parent.span().span_context().clone()).filter(SpanContext::is_valid);
        match above {
            Some(above) if !above.is_sampled() => SamplingResult {
                decision: SamplingDecision::Drop,
                attributes: Vec::new(),
                trace_state: above.trace_state().clone(),
            },
            _ => self.0.should_sample(parent, trace, name, kind, attributes, links),
        }
    }
}

/// Carries batches to the collector. They come from a thread of the exporter's, outside of the runtime.
#[derive(Debug)]
struct Courier {
    client: HyperClient<HttpsConnector<HttpConnector>>,
    runtime: Handle,
    is_failing: Arc<AtomicBool>,
}

impl Courier {
    fn new(runtime: Handle) -> Self {
        let connector = HttpsConnectorBuilder::new().with_webpki_roots().https_or_http().enable_http1().build();
        Self { client: HyperClient::new(connector, EXPORT_TIMEOUT, None), runtime, is_failing: Arc::default() }
    }

    /// Says so once, not for every batch.
    fn note(&self, failure: Option<String>) {
        let is_failing = failure.is_some();
        let was_failing = self.is_failing.swap(is_failing, Ordering::Relaxed);
        match failure {
            Some(error) => {
                ::metrics::counter!(EXPORT_FAILURES).increment(1);
                if !was_failing {
                    tracing::warn!(error, "traces cannot be sent; requests are not affected");
                }
            }
            None if was_failing => tracing::info!("traces are sent again"),
            None => {}
        }
    }
}

#[async_trait::async_trait]
impl HttpClient for Courier {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let client = self.client.clone();
        let sent = self.runtime.spawn(async move { client.send_bytes(request).await }).await;
        let sent = sent.map_err(HttpError::from).and_then(|sent| sent);
        self.note(match &sent {
            Ok(response) if response.status().is_success() => None,
            Ok(response) => Some(format!("the collector answered {}", response.status())),
            Err(error) => Some(error.to_string()),
        });
        sent
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceState};

    fn decide(ratio: f64, caller: Option<TraceFlags>) -> SamplingDecision {
        let (trace, span) = (TraceId::from(u128::MAX), SpanId::from(1_u64));
        let above = caller.map(|flags| {
            Context::new().with_remote_span_context(SpanContext::new(trace, span, flags, true, TraceState::NONE))
        });
        let share = Share(Sampler::TraceIdRatioBased(ratio));
        share.should_sample(above.as_ref(), trace, "request", &SpanKind::Server, &[], &[]).decision
    }

    #[test]
    fn a_caller_keeps_a_request_out_of_traces_but_forces_none_in() {
        use SamplingDecision::{Drop, RecordAndSample};
        assert_eq!(decide(1.0, None), RecordAndSample);
        assert_eq!(decide(1.0, Some(TraceFlags::SAMPLED)), RecordAndSample);
        assert_eq!(decide(1.0, Some(TraceFlags::default())), Drop);
        assert_eq!(decide(0.0, Some(TraceFlags::SAMPLED)), Drop);
    }
}
