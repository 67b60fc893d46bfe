//! What the page of metrics says of operations, over each transport, and of the process; and that nobody can fill it.

use std::time::Duration;

use harness::{Client, Company, Mailbox, Socket};
use serde_json::{Value, json};

use super::page::Page;
use super::{free_port, serve};

const OPERATIONS: &str = "zapys_graphql_operations_total";

harness::api_test! {
    async fn operations_are_counted_by_name_kind_and_outcome_over_every_transport(engine: Engine) {
        let storage = engine.storage().await.expect("a database");
        let port = free_port();
        let bind = format!("127.0.0.1:{port}");
        let server = serve(&storage, &[("ZAPYS__METRICS__BIND", &bind)]).await;
        let company = Company::at(&server.client(), &Mailbox::of(&storage.folder)).await;
        let administrator = &company.administrator;

        let visits = "query Visits { bookings(first: 1) { totalCount } }";
        administrator.data(visits, Value::Null).await;
        administrator.data(visits, Value::Null).await;
        let batch = json!([{ "query": visits }, { "query": "query Places { locations { id } }" }]);
        let status = administrator.post("/graphql").json(&batch).send().await.expect("an answer").status();
        assert_eq!(status, 200);
        let unnamed = administrator.data("{ locations { id } }", Value::Null).await;
        assert!(unnamed["locations"][0]["id"].is_string());

        let add = "mutation AddVisitor($input: ClientCreateInput!) { clientCreate(input: $input) { client { id } } }";
        administrator.data(add, json!({ "input": { "name": "Леся Українка" } })).await;
        // The same name in another's hands is known by now; what is wrong with it is refused before it runs.
        let refused = server.client().run("query Visits { nonsense }", Value::Null).await;
        assert_eq!(refused.codes(), ["GRAPHQL_VALIDATION_FAILED"]);
        let forbidden = server.client().run(visits, Value::Null).await;
        assert_eq!(forbidden.codes(), ["UNAUTHENTICATED"]);
        let unreadable = administrator.run("query {", Value::Null).await;
        assert_eq!(unreadable.codes(), ["GRAPHQL_PARSE_FAILED"]);

        changes(administrator, &company).await;

        let page = Page::read(port).await;
        let count = |operation: &str, kind: &str, outcome: &str| {
            page.value(OPERATIONS, &[("operation", operation), ("kind", kind), ("outcome", outcome)])
        };
        assert_eq!(count("Visits", "query", "ok"), 3.0);
        assert_eq!(count("Visits", "query", "error"), 1.0);
        assert_eq!(count("Places", "query", "ok"), 1.0);
        assert_eq!(count("AddVisitor", "mutation", "ok"), 1.0);
        assert!(count("Changes", "subscription", "ok") >= 1.0, "an event");
        assert_eq!(count("Now", "query", "ok"), 1.0, "a query on a socket");
        assert!(count("anonymous", "query", "ok") >= 1.0);

        let errors = |code: &str| -> f64 {
            ["Visits", "other", "anonymous"]
                .iter()
                .map(|name| page.value("zapys_graphql_errors_total", &[("operation", name), ("code", code)]))
                .sum()
        };
        assert_eq!(errors("GRAPHQL_VALIDATION_FAILED"), 1.0);
        assert_eq!(errors("GRAPHQL_PARSE_FAILED"), 1.0);
        assert_eq!(page.value("zapys_graphql_errors_total", &[("operation", "Visits"), ("code", "UNAUTHENTICATED")]), 1.0);

        // Three that ran, one that was denied: each is in the histograms, and a refused one in the time alone.
        let of_visits = [("operation", "Visits"), ("kind", "query")];
        let bucket = |bound: &str| {
            let labels = [("operation", "Visits"), ("kind", "query"), ("le", bound)];
            page.value("zapys_graphql_operation_seconds_bucket", &labels)
        };
        let timed = page.value("zapys_graphql_operation_seconds_count", &of_visits);
        assert!(timed >= 4.0, "{timed}");
        assert_eq!(bucket("+Inf"), timed);
        assert!(bucket("0.002") <= bucket("10"), "buckets add up");
        let of_visits = [("operation", "Visits")];
        assert_eq!(page.value("zapys_graphql_operation_cost_count", &of_visits), 4.0);
        assert!(page.value("zapys_graphql_operation_cost_sum", &of_visits) >= 4.0);
        assert_eq!(page.value("zapys_graphql_operation_statements_count", &of_visits), 4.0);
        assert!(page.value("zapys_graphql_operation_statements_sum", &of_visits) >= 3.0);
    }
}

harness::api_test! {
    async fn every_promised_metric_is_there_and_explained(engine: Engine) {
        let storage = engine.storage().await.expect("a database");
        let port = free_port();
        let bind = format!("127.0.0.1:{port}");
        let server = serve(&storage, &[("ZAPYS__METRICS__BIND", &bind), ("ZAPYS__LIMITS__SESSION_PER_MINUTE", "60")]).await;
        let company = Company::at(&server.client(), &Mailbox::of(&storage.folder)).await;
        let mut refusals = 0;
        while refusals == 0 {
            let answer = company.administrator.run("{ locations { id } }", Value::Null).await;
            refusals += answer.codes().iter().filter(|code| *code == "RATE_LIMITED").count();
        }
        let page = Page::read(port).await;
        assert!(page.unexplained().is_empty(), "{:?}", page.unexplained());
        let promised = [
            ("counter", "zapys_http_requests_total zapys_graphql_operations_total zapys_panics_total \
                zapys_trace_export_failures_total zapys_rate_limited_total zapys_cache_total zapys_jobs_total"),
            ("gauge", "zapys_http_requests_in_flight zapys_http_connections zapys_sockets zapys_subscriptions zapys_build_info \
                process_start_time_seconds process_resident_memory_bytes zapys_db_up zapys_db_connections \
                zapys_db_connections_max zapys_db_waiting zapys_jobs_due zapys_jobs_dead zapys_jobs_running \
                zapys_jobs_oldest_due_seconds"),
            ("histogram", "zapys_http_request_seconds zapys_graphql_operation_seconds zapys_graphql_operation_cost \
                zapys_graphql_operation_statements zapys_db_acquire_seconds zapys_job_seconds zapys_job_late_seconds"),
        ];
        for (kind, names) in promised {
            for name in names.split_ascii_whitespace() {
                assert_eq!(page.kind(name), kind, "{name}");
            }
        }
        assert_eq!(page.value("zapys_rate_limited_total", &[("scope", "http")]), 1.0);
        assert_eq!(page.value("zapys_build_info", &[("version", env!("CARGO_PKG_VERSION"))]), 1.0);
        assert_eq!(page.value("zapys_db_up", &[]), 1.0);
        assert_eq!(page.value("zapys_jobs_dead", &[]), 0.0);
        assert!(page.value("process_resident_memory_bytes", &[]) > 1_000_000.0);
        let pools: &[(&str, f64)] = if engine.is_embedded() { &[("writer", 1.0), ("readers", 16.0)] } else { &[("main", 16.0)] };
        for (pool, most) in pools {
            assert_eq!(page.value("zapys_db_connections_max", &[("pool", pool)]), *most);
            let of = |state| page.value("zapys_db_connections", &[("pool", pool), ("state", state)]);
            assert!((1.0..=*most).contains(&(of("idle") + of("used"))), "{pool}");
        }
        assert_eq!(page.kind("zapys_redis_up"), if engine.redis().is_some() { "gauge" } else { "" });
    }
}

harness::api_test! {
    async fn a_thousand_made_up_names_make_no_series(engine: Engine) {
        let storage = engine.storage().await.expect("a database");
        let port = free_port();
        let bind = format!("127.0.0.1:{port}");
        let settings = [
            ("ZAPYS__METRICS__BIND", bind.as_str()),
            ("ZAPYS__METRICS__MAX_OPERATIONS", "8"),
            ("ZAPYS__METRICS__OPERATIONS", r#"["FirstPage"]"#),
        ];
        let server = serve(&storage, &settings).await;
        let company = Company::at(&server.client(), &Mailbox::of(&storage.folder)).await;
        send_names(&server.client(), "query FirstPage { __typename }", 1).await;
        send_names(&server.client(), "query {name} { __typename }", 100).await;
        let before = Page::read(port).await;
        assert_eq!(before.values("operation").into_iter().collect::<Vec<_>>(), ["FirstPage", "anonymous", "other"]);
        assert_eq!(before.value(OPERATIONS, &[("operation", "other"), ("kind", "query"), ("outcome", "ok")]), 1_000.0);

        // A quarter of the room is for what one company's own people send; a page on the web teaches nothing.
        send_names(&company.publishable().await, "query Page{name} { __typename }", 1).await;
        send_names(&company.administrator, "query Own{name} { __typename }", 3).await;
        send_names(&company.administrator, "query Client380671234567 { __typename }", 1).await;
        let page = Page::read(port).await;
        let names: Vec<&str> = page.values("operation").into_iter().collect();
        assert_eq!(names, ["FirstPage", "OwnAAA", "OwnAAB", "anonymous", "other"]);
    }
}

/// Sends so many batches of ten, in which `{name}` is another one each time.
async fn send_names(client: &Client, query: &str, batches: u8) {
    for batch in 0..batches {
        let operation = |number: u8| {
            let letters = [batch / 26, batch % 26, number].map(|place| char::from(b'A' + place));
            json!({ "query": query.replace("{name}", &String::from_iter(letters)) })
        };
        let operations: Vec<Value> = (0..10).map(operation).collect();
        let answer = client.post("/graphql").header("origin", "https://salon.example").json(&operations).send().await;
        assert_eq!(answer.expect("an answer").status(), 200);
    }
}

/// An event of a subscription, and a query, on a socket.
async fn changes(client: &Client, company: &Company) {
    let mut socket = Socket::open(client).await.expect("a socket");
    socket.subscribe("query Now { locations { id } }", Value::Null).await.expect("asked");
    assert!(socket.event().await.expect("the answer")["locations"][0]["id"].is_string());
    assert_eq!(socket.receive().await.expect("its end")["type"], "complete");
    socket.subscribe("subscription Changes { calendarChanged { kind } }", Value::Null).await.expect("subscribed");
    let days = "query($visit: AvailabilityVisitInput!) { availabilityDays(visit: $visit) { days { firstStartsAt } } }";
    let visit = json!({ "locationId": company.location, "lines": [{ "serviceId": company.service }] });
    let days = client.data(days, json!({ "visit": visit })).await;
    let days = days["availabilityDays"]["days"].as_array().cloned().unwrap_or_default();
    // The protocol does not say when a subscription listens: what was changed before that is not heard of.
    for start in days.iter().skip(2).filter_map(|day| day["firstStartsAt"].as_str()) {
        company.book(start).await;
        if let Ok(event) = tokio::time::timeout(Duration::from_secs(1), socket.event()).await {
            assert_eq!(event.expect("an event")["calendarChanged"]["kind"], "CREATED");
            return;
        }
    }
    panic!("no change was heard of");
}
