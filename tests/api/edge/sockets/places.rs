//! Sockets and streams of one network: so many and no more, counted together and given back.

use harness::{App, Company, Peer, frame};
use serde_json::json;

use super::CHANGES;

const HERE: &str = "192.0.2.1";
const ELSEWHERE: &str = "192.0.2.2";

/// Asks for a socket from an address; the head of the answer in small letters.
async fn socket(app: &App, address: &str) -> (Peer, String) {
    let headers = [
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("Sec-WebSocket-Protocol", "graphql-transport-ws"),
        ("X-Forwarded-For", address),
    ];
    asked(app, "GET /graphql/ws", &headers, "").await
}

/// Asks for something of a company from an address.
async fn post(app: &App, company: &Company, address: &str, accept: &str, query: &str) -> (Peer, String) {
    let authorization = format!("Bearer {}", company.administrator.token().expect("a token"));
    let headers = [
        ("Authorization", authorization.as_str()),
        ("Accept", accept),
        ("Content-Type", "application/json"),
        ("X-Forwarded-For", address),
    ];
    asked(app, "POST /graphql", &headers, &json!({ "query": query }).to_string()).await
}

async fn asked(app: &App, line: &str, headers: &[(&str, &str)], body: &str) -> (Peer, String) {
    let mut peer = Peer::connect(&app.client()).await.expect("a connection");
    peer.request(line, headers, body).await.expect("sent");
    let head = peer.until("\r\n\r\n").await.expect("an answer").to_lowercase();
    (peer, head)
}

fn status(head: &str) -> &str {
    head.split(' ').nth(1).expect("a status")
}

harness::api_test! {
    async fn one_network_has_so_many_and_others_do_not_notice(engine: Engine) {
        let app = App::start_with(engine, |config| config.http.max_sockets_per_address = 2).await.expect("an app");
        let company = Company::new(&app).await;
        let events = "text/event-stream";
        let (mut first, opened) = socket(&app, HERE).await;
        assert_eq!(status(&opened), "101");
        let (stream, opened) = post(&app, &company, HERE, events, CHANGES).await;
        assert_eq!(status(&opened), "200");
        app.until_listening(&company.id, 1).await;

        let (mut refused, head) = socket(&app, HERE).await;
        assert!(status(&head) == "429" && head.contains("\r\nretry-after: 5\r\n"), "{head}");
        assert!(refused.until("}]}").await.expect("a body").contains("\"RATE_LIMITED\""));
        let (mut refused, head) = post(&app, &company, HERE, events, CHANGES).await;
        assert!(status(&head) == "429" && head.contains("content-type: application/graphql-response+json"), "{head}");
        assert!(refused.until("}]}").await.expect("a body").contains("\"RATE_LIMITED\""));
        // What is answered at once takes no place, and elsewhere there are more.
        assert_eq!(status(&post(&app, &company, HERE, "application/json", "{ __typename }").await.1), "200");
        let (elsewhere, head) = socket(&app, ELSEWHERE).await;
        assert_eq!(status(&head), "101");

        // Whoever leaves makes room: a socket by its farewell, a stream by going.
        first.write(&frame(0x88, b"")).await.expect("sent");
        app.until(|app| app.inside.sockets.len() == 1, "the socket stays").await;
        let (second, head) = socket(&app, HERE).await;
        assert_eq!(status(&head), "101");
        drop(stream);
        app.until(|app| app.listening(&company.id) == 0, "the stream stays").await;
        let (_third, head) = loop {
            // The place goes with the whole answer, a moment after its subscription.
            let (peer, head) = socket(&app, HERE).await;
            if status(&head) != "429" {
                break (peer, head);
            }
            tokio::task::yield_now().await;
        };
        assert_eq!(status(&head), "101");
        assert_eq!(status(&socket(&app, HERE).await.1), "429");
        drop((elsewhere, second));
    }
}
