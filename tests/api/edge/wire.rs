//! Requests as RFC 9110 and RFC 9112 have them, byte by byte: what a proxy in front could read differently is refused, and
//! a proof of who asks is one or none.

use harness::{App, Peer, Person, Raw, api_test};
use serde_json::json;

const ASK: &str = r#"{"query":"{ viewer { user { email } } }"}"#;

fn request(head: &str) -> String {
    let length = ASK.len();
    format!(
        "POST /graphql HTTP/1.1\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n{head}\r\n{ASK}"
    )
}

/// Sends a request from an address of its own, so that limits per address are not shared.
async fn bytes(app: &App, text: &str) -> Raw {
    let (line, rest) = text.split_once("\r\n").expect("a first line");
    let address = uuid::Uuid::new_v4();
    let (_, third, fourth, _) = address.as_fields();
    let from = format!("X-Forwarded-For: 2001:db8:{third:x}:{fourth:x}::1");
    Raw::bytes(app.client().base(), format!("{line}\r\n{from}\r\n{rest}").as_bytes()).await
}

api_test! {
    async fn a_request_of_http_1_1_names_one_host(app: &App) {
        for hosts in ["", "Host: a\r\nHost: a\r\n", "Host: a b\r\n", "Host: user@a\r\n", "Host: a/b\r\n", "Host: a:b\r\n"] {
            let answer = bytes(app, &request(hosts)).await;
            assert_eq!((answer.status, answer.header("connection").as_deref()), (400, Some("close")), "{hosts:?}");
        }
        for hosts in ["Host: a\r\n", "Host: a:80\r\n", "Host: [::1]:80\r\n", "Host:\r\n", "host: 127.0.0.1\r\n"] {
            assert_eq!(bytes(app, &request(hosts)).await.status, 200, "{hosts:?}");
        }
        let absolute = "GET http://a/health/live HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n";
        assert_eq!(bytes(app, absolute).await.body, "live");
    }
}

api_test! {
    async fn http_1_0_is_answered_in_its_own_way(app: &App) {
        let answer = bytes(app, "GET /health/live HTTP/1.0\r\n\r\n").await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "live"));
        // It knows no chunks: a stream ends with its connection.
        let events = "GET /graphql?query={__typename} HTTP/1.0\r\nAccept: text/event-stream\r\n\r\n";
        let answer = bytes(app, events).await;
        assert_eq!((answer.status, answer.header("transfer-encoding")), (200, None));
        assert!(answer.body.ends_with("event: complete\ndata: \n\n"), "{answer:?}");
        let chunks = "POST /graphql HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
        assert_eq!(bytes(app, chunks).await.status, 400);
    }
}

api_test! {
    async fn a_body_has_one_length(app: &App) {
        let chunked = format!("{:x}\r\n{ASK}\r\n0\r\n\r\n", ASK.len());
        let head = "POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n";
        // The second request of each is what a proxy that reads the other length would not have seen.
        let hidden = "GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n";
        for lengths in ["Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n"] {
            let answer = bytes(app, &format!("{head}{lengths}\r\n{chunked}{hidden}")).await;
            assert!(!answer.body.contains("live") && answer.header("connection").as_deref() == Some("close"), "{answer:?}");
        }
        for lengths in [
            "Content-Length: 4\r\nContent-Length: 5\r\n",
            "Content-Length: -1\r\n",
            "Content-Length: +4\r\n",
            "Content-Length: 4, 4x\r\n",
            "Content-Length: 99999999999999999999999\r\n",
            "Transfer-Encoding: gzip\r\n",
            "Transfer-Encoding: chunked, identity\r\n",
            "Transfer-Encoding : chunked\r\n",
            " Folded: field\r\n",
            "Na me: field\r\n",
            "Name: a\u{0}b\r\n",
        ] {
            let answer = bytes(app, &format!("{head}{lengths}\r\n{chunked}{hidden}")).await;
            assert!(answer.status == 400 && !answer.body.contains("live"), "{lengths:?} {answer:?}");
        }
        let broken = format!("{head}Transfer-Encoding: chunked\r\n\r\nzz\r\n{ASK}\r\n0\r\n\r\n");
        assert_eq!(bytes(app, &broken).await.status, 400);
    }
}

api_test! {
    async fn a_body_that_is_announced_is_asked_for_when_it_is_wanted(app: &App) {
        let head = |kind: &str| format!(
            "POST /graphql HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
            ASK.len()
        );
        let mut peer = Peer::connect(&app.client()).await.expect("a connection");
        peer.write(head("application/json").as_bytes()).await.expect("sent");
        assert_eq!(peer.until("\r\n\r\n").await.expect("word"), "HTTP/1.1 100 Continue\r\n\r\n");
        peer.write(ASK.as_bytes()).await.expect("sent");
        assert!(peer.until("\r\n\r\n").await.expect("an answer").starts_with("HTTP/1.1 200 "));
        assert_eq!(bytes(app, &head("text/plain")).await.status, 415, "nobody waits for what is not read");
    }
}

api_test! {
    async fn requests_in_a_row_are_answered_in_order(app: &App) {
        let ask = |path: &str, more: &str| format!("GET {path} HTTP/1.1\r\nHost: a\r\n{more}\r\n");
        let row = ask("/health/live", "") + &ask("/graphql?query={__typename}", "") + &ask("/nowhere", "Connection: close\r\n");
        let mut peer = Peer::connect(&app.client()).await.expect("a connection");
        peer.write(row.as_bytes()).await.expect("sent");
        let all = String::from_utf8(peer.rest().await.expect("all of it")).expect("text");
        let found = ["\r\n\r\nlive", "\"__typename\":\"Query\"", "HTTP/1.1 404 "].map(|text| all.find(text).expect(text));
        assert!(found.is_sorted(), "{all}");
    }
}

api_test! {
    async fn the_server_as_a_whole_and_odd_targets_are_answered(app: &App) {
        let answer = bytes(app, "OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;
        assert_eq!((answer.status, answer.header("allow").as_deref()), (204, Some("GET, HEAD, POST, OPTIONS")));
        for (line, status) in [
            ("CONNECT a:80", 404),
            ("TRACE /graphql", 405),
            ("PROPFIND /graphql", 405),
            ("PUT /graphql", 405),
            ("HEAD /graphql/ws", 405),
            ("GET /../../etc/passwd", 404),
            ("GET /graphiql/../graphql", 404),
            ("GET //graphql", 404),
            ("GET /graphql/", 404),
            ("GET /GraphQL", 404),
        ] {
            let answer = bytes(app, &format!("{line} HTTP/1.1\r\nHost: a:80\r\nConnection: close\r\n\r\n")).await;
            assert_eq!(answer.status, status, "{line}");
            assert_eq!(answer.status == 405, answer.header("allow").is_some(), "{line}: {answer:?}");
        }
    }
}

api_test! {
    async fn a_proof_is_one_header_of_bounded_length_and_nowhere_else(app: &App) {
        let person = Person::register(&app.client(), &app.mailbox()).await;
        let good = format!("Authorization: Bearer {}\r\n", person.client.token().expect("a token"));
        let with = |headers: &str| request(&format!("Host: a\r\n{headers}"));
        let opened = bytes(app, &with(&good)).await;
        assert_eq!(opened.json()["data"]["viewer"]["user"]["email"], person.email.as_str());
        let token = person.client.token().expect("a token");
        let long = format!("Authorization: Bearer {}\r\n", "a".repeat(20_000));
        let longest = format!("Authorization: Bearer {}\r\n", "a".repeat(70_000));
        let socket = "Connection: close, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n";
        for (headers, status) in [
            (format!("{good}{good}"), 400),
            (format!("{good}authorization: Basic YTpi\r\n"), 400),
            (format!("{}, Bearer {token}\r\n", good.trim_end()), 401),
            (long, 401),
            (longest, 431),
            ("Authorization: \r\n".to_owned(), 401),
            ("Authorization: Bearer\r\n".to_owned(), 401),
            ("Authorization: Bearer \u{ff}\u{fe}\r\n".to_owned(), 401),
        ] {
            let answer = bytes(app, &with(&headers)).await;
            assert_eq!(answer.status, status, "{}", &headers[..40.min(headers.len())]);
            assert!(!answer.body.contains(&person.email));
        }
        // On a socket the same, before it is one.
        for (target, more, status) in [
            ("/graphql/ws", format!("{good}{good}"), 400),
            (format!("/graphql/ws?access_token={token}").as_str(), String::new(), 400),
        ] {
            let answer = bytes(app, &format!("GET {target} HTTP/1.1\r\nHost: a\r\n{socket}{more}\r\n")).await;
            assert_eq!((answer.status, answer.code().as_str()), (status, "INVALID_ARGUMENT"), "{target}");
        }
        let by_address = format!("POST /graphql?access_token={token} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{ASK}", ASK.len());
        assert_eq!(bytes(app, &by_address).await.status, 400);
    }
}

api_test! {
    async fn every_answer_says_what_a_browser_may_do_with_it(engine: Engine) {
        let app = App::start_with(engine, |config| config.http.public_url = "https://zapys.test".into()).await.expect("an app");
        for path in ["/graphql?query={__typename}", "/graphiql", "/health/live", "/nowhere", "/verify-email", "/graphql/ws"] {
            let answer = Raw::send(app.client().base(), "GET", path, &[], "").await;
            for (name, value) in [
                ("x-content-type-options", "nosniff"),
                ("x-frame-options", "DENY"),
                ("referrer-policy", "no-referrer"),
                ("cross-origin-resource-policy", "same-origin"),
                ("cross-origin-opener-policy", "same-origin"),
                ("strict-transport-security", "max-age=31536000"),
            ] {
                assert_eq!(answer.header(name).as_deref(), Some(value), "{path}");
            }
            assert!(answer.header("content-security-policy").is_some_and(|policy| policy.starts_with("default-src 'none'")));
        }
        // Nobody is told to use TLS where there is none.
        let plain = App::start(engine).await.expect("an app");
        let answer = Raw::send(plain.client().base(), "GET", "/health/live", &[], "").await;
        assert_eq!(answer.header("strict-transport-security"), None);
        let body = json!({ "query": "{ __typename }" }).to_string();
        let form = [("Content-Type", "multipart/form-data; boundary=x"), ("Origin", "https://evil.example")];
        assert_eq!(Raw::send(plain.client().base(), "POST", "/graphql", &form, body).await.status, 415);
    }
}
