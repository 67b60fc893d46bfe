//! GraphQL over HTTP to the letter, byte by byte. docs/graphql.md has the table of what the specification asks.

use harness::{App, Company, Raw, api_test};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

const JSON: (&str, &str) = ("Content-Type", "application/json");
const GRAPHQL: (&str, &str) = ("Accept", "application/graphql-response+json");
const LEGACY: (&str, &str) = ("Accept", "application/json");

const GRAPHQL_TYPE: &str = "application/graphql-response+json; charset=utf-8";
const JSON_TYPE: &str = "application/json; charset=utf-8";

async fn post(app: &App, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Raw {
    Raw::send(app.client().base(), "POST", "/graphql", headers, body).await
}

async fn get(app: &App, headers: &[(&str, &str)], query: &str) -> Raw {
    Raw::send(app.client().base(), "GET", &format!("/graphql?{query}"), headers, "").await
}

fn asks(query: &str) -> String {
    json!({ "query": query }).to_string()
}

api_test! {
    async fn a_successful_answer_has_the_type_that_was_asked_for(app: &App) {
        for (accept, kind) in [
            (None, JSON_TYPE),
            (Some("*/*"), JSON_TYPE),
            (Some("application/json"), JSON_TYPE),
            (Some("application/graphql-response+json"), GRAPHQL_TYPE),
            (Some("application/graphql-response+json; charset=utf-8, application/json; charset=utf-8"), GRAPHQL_TYPE),
            (Some("application/graphql-response+json, application/json;q=0.9"), GRAPHQL_TYPE),
            (Some("application/graphql-response+json;q=0.3, application/json;q=0.9"), JSON_TYPE),
            (Some("application/json;q=0, */*"), GRAPHQL_TYPE),
        ] {
            let headers: Vec<_> = accept.map(|accept| ("Accept", accept)).into_iter().chain([JSON]).collect();
            let answer = post(app, &headers, asks("{ __typename }")).await;
            assert_eq!((answer.status, answer.header("content-type").as_deref()), (200, Some(kind)), "{accept:?}");
            assert_eq!(answer.json(), json!({ "data": { "__typename": "Query" }, "extensions": { "statements": 0 } }));
            assert_eq!(answer.header("cache-control").as_deref(), Some("no-store"));
            assert_eq!(answer.header("x-content-type-options").as_deref(), Some("nosniff"));
        }
    }
}

api_test! {
    async fn what_cannot_be_answered_is_not_acceptable(app: &App) {
        for accept in ["text/html", "application/json;q=0", "application/xml, image/*", "application/json; charset=latin1"] {
            let answer = post(app, &[JSON, ("Accept", accept)], asks("{ __typename }")).await;
            assert_eq!((answer.status, answer.code().as_str()), (406, "INVALID_ARGUMENT"), "{accept}");
        }
    }
}

api_test! {
    async fn each_fault_of_a_request_has_its_status(app: &App) {
        // Accepting the GraphQL type, the status says that nothing was executed; legacy JSON clients see 200 for whatever
        // is a GraphQL request at all.
        let typename = |more: Value| {
            let mut request = json!({ "query": "query Q($i: Int) { __typename @include(if: true) } query R { __typename }" });
            request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            request.to_string()
        };
        for (body, graphql, legacy) in [
            ("NONSENSE".to_owned(), 400, 400),
            ("{\"query\":".to_owned(), 400, 400),
            (json!({ "qeury": "{ __typename }" }).to_string(), 400, 400),
            (json!({ "query": 7 }).to_string(), 400, 400),
            (json!({ "query": null }).to_string(), 400, 400),
            (json!({ "query": "{ __typename }", "variables": [7] }).to_string(), 400, 400),
            (json!({ "query": "{ __typename }", "variables": "{}" }).to_string(), 400, 400),
            (json!({ "query": "{ __typename }", "extensions": [] }).to_string(), 400, 400),
            (json!({ "query": "{ __typename }", "operationName": {} }).to_string(), 400, 400),
            ("[]".to_owned(), 400, 400),
            (json!(vec![json!({ "query": "{ __typename }" }); 11]).to_string(), 400, 400),
            (asks("{"), 400, 200),
            (asks(""), 400, 200),
            (asks("{ nothing }"), 400, 200),
            (asks("query Q($id: ID!) { booking(id: $id) { id } }"), 400, 200),
            (json!({ "query": "query Q($n: Int!) { services(first: $n) { totalCount } }", "variables": { "n": "x" } }).to_string(), 400, 200),
            (typename(json!({})), 400, 200),
            (typename(json!({ "operationName": "S" })), 400, 200),
            (typename(json!({ "operationName": "R", "variables": null, "extensions": null, "more": 1 })), 400, 200),
        ] {
            let with_type = post(app, &[JSON, GRAPHQL], &body).await;
            let answer = with_type.json();
            assert_eq!(with_type.status, graphql, "{body} {answer}");
            assert_eq!(with_type.header("content-type").as_deref(), Some(GRAPHQL_TYPE));
            assert!(answer.get("data").is_none(), "{body} {answer}");
            assert!(answer["errors"][0]["extensions"]["code"].is_string(), "{body} {answer}");
            assert!(with_type.body.len() < 2048, "{body} {answer}");
            assert_eq!(post(app, &[JSON], &body).await.status, graphql, "{body}");
            let without = post(app, &[JSON, LEGACY], &body).await;
            assert_eq!((without.status, without.header("content-type").as_deref()), (legacy, Some(JSON_TYPE)), "{body}");
            assert_eq!(without.json(), answer);
        }
    }
}

api_test! {
    async fn a_partial_result_is_a_result(app: &App) {
        let company = Company::new(app).await;
        let authorization = format!("Bearer {}", company.administrator.token().unwrap());
        let query = asks("{ company { name } booking(id: \"bkg_00000000000000000000000000\") { id } }");
        let answer = post(app, &[JSON, GRAPHQL, ("Authorization", &authorization)], query).await;
        assert_eq!(answer.status, 200);
        let body = answer.json();
        assert!(body["data"]["company"]["name"].is_string(), "{body}");
        assert_eq!((&body["data"]["booking"], &body["errors"][0]["path"]), (&Value::Null, &json!(["booking"])));
    }
}

api_test! {
    async fn only_json_in_utf8_is_a_body(app: &App) {
        for kind in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/graphql",
            "application/json; charset=utf-16",
            "application/json; charset=iso-8859-1",
        ] {
            let answer = post(app, &[("Content-Type", kind)], asks("mutation { userLogout { userErrors { code } } }")).await;
            assert_eq!((answer.status, answer.code().as_str()), (415, "INVALID_ARGUMENT"), "{kind}");
            assert_eq!(answer.header("accept-post").as_deref(), Some("application/json"));
        }
        assert_eq!(post(app, &[], asks("{ __typename }")).await.status, 415, "no type at all");
        assert_eq!(post(app, &[JSON, ("Content-Encoding", "gzip")], "x").await.status, 415);
        assert_eq!(post(app, &[JSON, ("Content-Encoding", "identity")], asks("{ __typename }")).await.status, 200);
        for kind in ["application/json; charset=utf-8", "application/json;charset=UTF-8", "Application/JSON; charset=\"utf-8\""] {
            assert_eq!(post(app, &[("Content-Type", kind)], asks("{ __typename }")).await.status, 200, "{kind}");
        }
        let answer = post(app, &[JSON], b"{\"query\":\"{ __typename # \xff }\"}").await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "INVALID_ARGUMENT"));
        let answer = post(app, &[JSON], "{\"query\":\"{ __typename } # \u{feff}\\ud83d\\ude00 ї\"}").await;
        assert_eq!(answer.status, 200);
        assert_eq!(post(app, &[JSON], "").await.status, 400, "no body");
    }
}

api_test! {
    async fn queries_go_by_get_and_mutations_do_not(app: &App) {
        assert_eq!(get(app, &[GRAPHQL], "query=%7B__typename%7D").await.json()["data"]["__typename"], "Query");
        assert_eq!(get(app, &[], "query={__typename}&variables=&operationName=&extensions=").await.status, 200);
        let named = "query=query+A{a:__typename}query+B{b:__typename}&operationName=B&variables={}&extensions=%7B%7D";
        assert_eq!(get(app, &[GRAPHQL], named).await.json()["data"], json!({ "b": "Query" }));
        for mutation in [
            "query=mutation{userLogout{userErrors{code}}}",
            "query=query+A{__typename}mutation+B{userLogout{userErrors{code}}}&operationName=B",
        ] {
            for accept in [GRAPHQL, LEGACY, ("Accept", "text/event-stream")] {
                let answer = get(app, &[accept], mutation).await;
                assert_eq!((answer.status, answer.header("allow").as_deref()), (405, Some("POST")), "{mutation}");
                assert_eq!(answer.code(), "INVALID_ARGUMENT");
            }
        }
        for refused in ["", "query=", "variables={}", "query={__typename}&variables=[1]", "query={__typename}&variables=x",
                        "query={__typename}&extensions=1", "query=%ff", "query={__typename}&query={__typename}",
                        "query=query+A{__typename}&operationName=null"] {
            assert_eq!(get(app, &[GRAPHQL], refused).await.status, 400, "{refused}");
        }
        let long = format!("query={{__typename}}&more={}", "x".repeat(80 * 1024));
        assert!(matches!(get(app, &[], &long).await.status, 414 | 431));
    }
}

api_test! {
    async fn results_go_as_events_to_those_who_ask_for_them(app: &App) {
        let events = ("Accept", "text/event-stream");
        for answer in [get(app, &[events], "query={__typename}").await, post(app, &[JSON, events], asks("{ __typename }")).await] {
            assert_eq!(answer.status, 200);
            assert!(answer.header("content-type").unwrap().starts_with("text/event-stream"));
            let parts: Vec<&str> = answer.body.split("\n\n").filter(|part| part.starts_with("event:")).collect();
            assert_eq!(parts.len(), 2, "{answer:?}");
            assert!(parts[0].starts_with("event: next\ndata: ") && parts[0].contains("{\"__typename\":\"Query\"}"), "{answer:?}");
            assert!(parts[1].starts_with("event: complete\ndata:"), "{answer:?}");
        }
        // Named beside JSON, events are for what has no single answer.
        let either = ("Accept", "application/graphql-response+json, text/event-stream");
        assert_eq!(get(app, &[either], "query={__typename}").await.header("content-type").as_deref(), Some(GRAPHQL_TYPE));
        let refused = post(app, &[JSON, GRAPHQL], asks("subscription { calendarChanged { bookingId } }")).await;
        assert_eq!((refused.status, refused.code().as_str()), (400, "INVALID_ARGUMENT"));
    }
}

api_test! {
    async fn other_methods_are_told_which_there_are(app: &App) {
        let base = app.client().base().to_owned();
        for method in ["PUT", "DELETE", "PATCH"] {
            let answer = Raw::send(&base, method, "/graphql", &[JSON], asks("{ __typename }")).await;
            assert_eq!(answer.status, 405, "{method}");
            assert_eq!(answer.header("allow").as_deref(), Some("GET,HEAD,POST,OPTIONS"));
        }
        let answer = Raw::send(&base, "OPTIONS", "/graphql", &[], "").await;
        assert_eq!((answer.status, answer.header("allow").as_deref()), (204, Some("GET, HEAD, POST, OPTIONS")));
        let answer = Raw::send(&base, "HEAD", "/graphql?query=%7B__typename%7D", &[], "").await;
        assert_eq!((answer.status, answer.body.as_str()), (200, ""));
        assert_eq!(Raw::send(&base, "GET", "/nowhere", &[], "").await.code(), "NOT_FOUND");
    }
}

api_test! {
    async fn a_batch_is_answered_in_order_and_each_part_for_itself(app: &App) {
        let batch = json!([
            { "query": "{ a: __typename }" },
            { "query": "{" },
            { "query": "subscription { calendarChanged { bookingId } }" },
            { "query": "query($b: Boolean!) { c: __typename @skip(if: $b) }", "variables": { "b": false } },
        ]);
        let answer = post(app, &[JSON, GRAPHQL], batch.to_string()).await;
        let parts = answer.json();
        assert_eq!((answer.status, parts.as_array().unwrap().len()), (200, 4));
        assert_eq!((&parts[0]["data"]["a"], &parts[3]["data"]["c"]), (&json!("Query"), &json!("Query")));
        assert!(parts[1].get("data").is_none() && parts[2].get("data").is_none(), "{parts}");
        let events = post(app, &[JSON, ("Accept", "text/event-stream")], batch.to_string()).await;
        assert_eq!((events.status, events.code().as_str()), (400, "INVALID_ARGUMENT"));
    }
}

api_test! {
    async fn who_is_not_let_in_is_told_so_by_the_status(app: &App) {
        for accept in [GRAPHQL, LEGACY] {
            let answer = post(app, &[JSON, accept, ("Authorization", "Bearer nonsense")], asks("{ __typename }")).await;
            assert_eq!((answer.status, answer.code().as_str()), (401, "UNAUTHENTICATED"));
            assert!(answer.header("www-authenticate").is_some_and(|value| value.starts_with("Bearer")));
            assert!(answer.json().get("data").is_none());
        }
        let salon = Company::new(app).await;
        let key = format!("Bearer {}", salon.publishable().await.token().unwrap());
        let origin = ("Origin", "https://elsewhere.example");
        let answer = post(app, &[JSON, ("Authorization", &key), origin], asks("{ __typename }")).await;
        assert_eq!((answer.status, answer.code().as_str()), (403, "FORBIDDEN"));
        assert_eq!(answer.header("access-control-allow-origin").as_deref(), Some("*"), "the page may read why");
    }
}

api_test! {
    async fn a_preflight_is_answered_for_any_origin_and_without_credentials(app: &App) {
        let headers = [
            ("Origin", "https://salon.example"),
            ("Access-Control-Request-Method", "POST"),
            ("Access-Control-Request-Headers", "authorization,content-type"),
        ];
        let answer = Raw::send(app.client().base(), "OPTIONS", "/graphql", &headers, "").await;
        assert_eq!((answer.status, answer.body.as_str()), (204, ""));
        assert_eq!(answer.header("access-control-allow-origin").as_deref(), Some("*"));
        assert_eq!(answer.header("access-control-max-age").as_deref(), Some("7200"));
        assert_eq!(answer.header("access-control-allow-credentials"), None);
        assert!(answer.header("access-control-allow-methods").unwrap().contains("POST"));
        let allowed = answer.header("access-control-allow-headers").unwrap();
        assert!(["authorization", "content-type", "accept-language"].iter().all(|name| allowed.contains(name)), "{allowed}");
    }
}

api_test! {
    async fn a_body_beyond_the_limit_is_refused_however_it_comes(app: &App) {
        let large = json!({ "query": "{ __typename }", "variables": { "x": "a".repeat(1024 * 1024) } }).to_string();
        let answer = post(app, &[JSON], &large).await;
        assert_eq!((answer.status, answer.code().as_str()), (413, "INVALID_ARGUMENT"));
        let mut chunked = Vec::new();
        for chunk in large.as_bytes().chunks(64 * 1024) {
            chunked.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            chunked.extend_from_slice(chunk);
            chunked.extend_from_slice(b"\r\n");
        }
        chunked.extend_from_slice(b"0\r\n\r\n");
        let answer = post(app, &[JSON, ("Transfer-Encoding", "chunked")], &chunked).await;
        assert_eq!((answer.status, answer.code().as_str()), (413, "INVALID_ARGUMENT"));
        let head = "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\nExpect: 100-continue\r\n\r\n";
        assert_eq!(Raw::bytes(app.client().base(), head.as_bytes()).await.status, 413, "before a byte of it is sent");
        let fits = json!({ "query": "{ __typename }", "extensions": { "x": "a".repeat(900 * 1024) } }).to_string();
        assert_eq!(post(app, &[JSON], fits).await.status, 200);
        let fields = format!("GET /graphql HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n", "x".repeat(100 * 1024));
        assert_eq!(Raw::bytes(app.client().base(), fields.as_bytes()).await.status, 431);
    }
}

api_test! {
    async fn a_body_that_does_not_come_in_time_is_refused(engine: Engine) {
        let app = App::start_with(engine, |config| config.http.deadline_seconds = 1).await.unwrap();
        let mut stream = TcpStream::connect(app.client().base().trim_start_matches("http://")).await.unwrap();
        let head = "POST /graphql HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{";
        stream.write_all(head.as_bytes()).await.unwrap();
        let answer = Raw::rest(&mut stream).await;
        assert_eq!((answer.status, answer.code().as_str()), (408, "INVALID_ARGUMENT"));
    }
}

api_test! {
    async fn a_head_that_trickles_for_ever_is_cut_off(engine: Engine) {
        let limits = |config: &mut zapys::Config| (config.http.deadline_seconds, config.http.stall_seconds) = (1, 1);
        let app = App::start_with(engine, limits).await.unwrap();
        let stream = TcpStream::connect(app.client().base().trim_start_matches("http://")).await.unwrap();
        let (mut from, mut to) = stream.into_split();
        to.write_all(b"GET /health/live HTTP/1.1\r\nX: ").await.unwrap();
        let mut ticks = tokio::time::interval(std::time::Duration::from_millis(50));
        let drip = async {
            loop {
                ticks.tick().await;
                if to.write_all(b"x").await.is_err() {
                    return;
                }
            }
        };
        // Each byte is sign of life, and still the whole has an end, long before that of an idle connection (75 s).
        tokio::time::timeout(std::time::Duration::from_secs(20), async {
            let mut rest = Vec::new();
            let end = tokio::io::AsyncReadExt::read_to_end(&mut from, &mut rest);
            tokio::select! { _ = end => {}, () = drip => {} }
        })
        .await
        .expect("the connection is cut off");
    }
}
