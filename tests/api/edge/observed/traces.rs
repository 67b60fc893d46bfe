//! Spans arrive at a collector below the caller's own, and a collector that is gone changes nothing for anybody.

use harness::{Client, Company, Mailbox};
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use serde_json::{Value, json};
use uuid::Uuid;

use super::collector::{Collector, attribute};
use super::{lines, serve, stop, written};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";
const ADD: &str = "mutation AddVisitor($input: ClientCreateInput!) { clientCreate(input: $input) { client { id } } }";

harness::api_test! {
    async fn the_spans_of_a_request_are_below_its_callers(engine: Engine) {
        let (collector, address) = Collector::start().await;
        let storage = engine.storage().await.expect("a database");
        let settings = [("ZAPYS__TELEMETRY__OTLP_ENDPOINT", address.as_str()), ("ZAPYS__TELEMETRY__SERVICE_NAME", "zapys-test")];
        let mut server = serve(&storage, &settings).await;
        let company = Company::at(&server.client(), &Mailbox::of(&storage.folder)).await;
        let request_id = send(&company.administrator, &format!("00-{TRACE}-{CALLER}-01")).await;
        let unsampled = "00-11111111111111111111111111111111-2222222222222222-00";
        send(&company.administrator, unsampled).await;
        stop(&mut server).await;

        assert!(collector.services().iter().all(|service| service == "zapys-test") && !collector.services().is_empty());
        let spans = collector.spans();
        let of_request: Vec<&Span> = spans.iter().filter(|span| hex(&span.trace_id) == TRACE).collect();
        let request = one(&of_request, "POST /graphql");
        assert_eq!(hex(&request.parent_span_id), CALLER);
        assert_eq!(request.kind(), SpanKind::Server);
        assert_eq!(attribute(&request.attributes, "http.request.method"), "POST");
        assert_eq!(attribute(&request.attributes, "http.route"), "/graphql");
        assert_eq!(attribute(&request.attributes, "http.response.status_code"), "200");
        assert_eq!(attribute(&request.attributes, "zapys.request_id"), request_id);
        let operation = one(&of_request, "mutation AddVisitor");
        assert_eq!(operation.parent_span_id, request.span_id);
        assert_eq!(attribute(&operation.attributes, "graphql.operation.name"), "AddVisitor");
        assert_eq!(attribute(&operation.attributes, "graphql.operation.type"), "mutation");
        assert!(attribute(&operation.attributes, "zapys.db.statements").parse::<u64>().expect("a number") > 1);
        let written_in = one(&of_request, "write transaction");
        assert_eq!(written_in.parent_span_id, operation.span_id);
        let system = if engine.is_embedded() { "sqlite" } else { "postgresql" };
        assert_eq!(attribute(&written_in.attributes, "db.system.name"), system);

        assert!(!spans.iter().any(|span| hex(&span.trace_id).starts_with("1111")), "its caller asked not to");
        let jobs: Vec<&Span> = spans.iter().filter(|span| span.name.starts_with("job ")).collect();
        assert!(!jobs.is_empty(), "mails are sent by jobs");
        assert!(jobs.iter().all(|job| Uuid::try_parse(&attribute(&job.attributes, "zapys.request_id")).is_ok()));

        let log = written(&storage.folder, &server);
        let answered = lines(&log, "answered");
        let line = answered.iter().find(|line| line["span"]["request_id"] == request_id).expect("a line");
        assert_eq!(line["span"]["trace_id"], TRACE);
        for personal in ["Леся", "Українка", "067 765 43 21", "@example.com", "clientCreate"] {
            assert!(!collector.contains(personal), "{personal}");
        }
    }
}

harness::api_test! {
    async fn a_collector_that_is_gone_hurts_nobody(engine: Engine) {
        let storage = engine.storage().await.expect("a database");
        // Nobody listens on a port that was just given back.
        let address = format!("http://127.0.0.1:{}", super::free_port());
        let mut server = serve(&storage, &[("ZAPYS__TELEMETRY__OTLP_ENDPOINT", &address)]).await;
        for _ in 0..20 {
            server.client().data("{ __typename }", Value::Null).await;
        }
        stop(&mut server).await;
        let log = written(&storage.folder, &server);
        assert_eq!(lines(&log, "traces cannot be sent; requests are not affected").len(), 1, "{log}");
    }
}

/// Adds a client as part of a trace, and gives the id of the request.
async fn send(client: &Client, traceparent: &str) -> String {
    let request_id = Uuid::new_v4().to_string();
    let input = json!({ "input": { "name": "Леся Українка", "phones": ["067 765 43 21"] } });
    let body = json!({ "query": ADD, "variables": input });
    let request = client.post("/graphql").header("x-request-id", &request_id).header("traceparent", traceparent);
    let answer: Value = request.json(&body).send().await.expect("an answer").json().await.expect("JSON");
    assert!(answer["data"]["clientCreate"]["client"]["id"].is_string(), "{answer}");
    request_id
}

fn one<'a>(spans: &[&'a Span], name: &str) -> &'a Span {
    let found: Vec<&&Span> = spans.iter().filter(|span| span.name == name).collect();
    assert_eq!(found.len(), 1, "{name} among {:?}", spans.iter().map(|span| &span.name).collect::<Vec<_>>());
    found[0]
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
