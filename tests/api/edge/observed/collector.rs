//! A collector of traces, as far as a test needs one: it takes protobuf over HTTP and keeps what it got.

use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use tokio::net::TcpListener;

#[derive(Clone, Default)]
pub struct Collector {
    bodies: Arc<Mutex<Vec<Bytes>>>,
}

impl Collector {
    /// Starts one, and gives its address.
    pub async fn start() -> (Self, String) {
        let collector = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let router = axum::Router::new().route("/v1/traces", post(keep)).with_state(collector.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (collector, address)
    }

    fn requests(&self) -> Vec<ExportTraceServiceRequest> {
        let bodies = self.bodies.lock().expect("a lock");
        bodies.iter().map(|body| ExportTraceServiceRequest::decode(body.clone()).expect("protobuf")).collect()
    }

    /// What whoever sent them says of itself.
    pub fn services(&self) -> Vec<String> {
        let resources =
            self.requests().into_iter().flat_map(|request| request.resource_spans).filter_map(|of| of.resource);
        resources.map(|resource| attribute(&resource.attributes, "service.name")).collect()
    }

    /// All spans.
    pub fn spans(&self) -> Vec<Span> {
        let scopes =
            self.requests().into_iter().flat_map(|request| request.resource_spans).flat_map(|of| of.scope_spans);
        scopes.flat_map(|scope| scope.spans).collect()
    }

    /// Whether anything that came has this text in it.
    pub fn contains(&self, text: &str) -> bool {
        let bodies = self.bodies.lock().expect("a lock");
        bodies.iter().any(|body| body.windows(text.len()).any(|part| part == text.as_bytes()))
    }
}

async fn keep(State(collector): State<Collector>, headers: HeaderMap, body: Bytes) -> StatusCode {
    if headers["content-type"] != "application/x-protobuf" {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE;
    }
    collector.bodies.lock().expect("a lock").push(body);
    StatusCode::OK
}

/// The value of an attribute as text; empty when there is none.
pub fn attribute(attributes: &[KeyValue], key: &str) -> String {
    let value = attributes.iter().find(|attribute| attribute.key == key);
    match value.and_then(|attribute| attribute.value.as_ref()).and_then(|value| value.value.as_ref()) {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::IntValue(number)) => number.to_string(),
        _ => String::new(),
    }
}
