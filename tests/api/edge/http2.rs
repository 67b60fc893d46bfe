//! HTTP/2 without TLS, as reverse proxies speak it to us: the same answers, and an end to streams whose peer gives no room.

use axum::body::Bytes;
use axum::http::{Method, Request, Response};
use h2::client::{Builder, SendRequest};
use h2::{Reason, RecvStream};
use harness::{App, Client, Company};
use serde_json::json;
use tokio::net::TcpStream;

use super::sockets::CHANGES;

/// A connection that gives each stream so much room.
async fn connect(client: &Client, room: u32) -> SendRequest<Bytes> {
    let stream = TcpStream::connect(client.base().trim_start_matches("http://")).await.expect("a connection");
    let (requests, connection) =
        Builder::new().initial_window_size(room).handshake(stream).await.expect("HTTP/2 is spoken");
    tokio::spawn(connection);
    requests
}

/// Sends a request on a connection.
async fn send(
    requests: &SendRequest<Bytes>,
    client: &Client,
    method: Method,
    accept: &str,
    query: &str,
) -> Response<RecvStream> {
    let path = if method == Method::HEAD { "/health/live" } else { "/graphql" };
    let mut request = Request::builder().method(method.clone()).uri(format!("{}{path}", client.base()));
    if let Some(token) = client.token() {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let request = request.header("content-type", "application/json").header("accept", accept);
    let mut requests = requests.clone().ready().await.expect("room for a stream");
    let has_body = method == Method::POST;
    let (answer, mut body) = requests.send_request(request.body(()).unwrap(), !has_body).expect("sent");
    if has_body {
        body.send_data(json!({ "query": query }).to_string().into(), true).expect("sent");
    }
    answer.await.expect("an answer")
}

/// What a stream ends with when its reader never gives more room.
async fn end(mut body: RecvStream) -> Option<Reason> {
    let read = async {
        loop {
            match body.data().await {
                Some(Ok(_)) => {}
                Some(Err(error)) => return error.reason(),
                None => return None,
            }
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), read).await.expect("it stays open")
}

/// All of a body, as it is read.
async fn whole(mut body: RecvStream, end: &str) -> String {
    let mut text = String::new();
    while let Some(chunk) = body.data().await {
        let chunk = chunk.expect("a whole answer");
        body.flow_control().release_capacity(chunk.len()).expect("room");
        text.push_str(std::str::from_utf8(&chunk).expect("whole letters"));
        if text.contains(end) {
            break;
        }
    }
    text
}

harness::api_test! {
    async fn who_gives_no_room_is_reset_alone(engine: Engine) {
        let app = App::start_with(engine, |config| config.http.stall_seconds = 1).await.expect("an app");
        let company = Company::new(&app).await;
        let administrator = &company.administrator;
        let (open, shut) = (connect(administrator, 65_535).await, connect(administrator, 0).await);
        let reading = send(&open, administrator, Method::POST, "text/event-stream", CHANGES).await;
        let stuck = send(&shut, administrator, Method::POST, "text/event-stream", CHANGES).await;
        assert!(reading.status() == 200 && stuck.status() == 200);
        app.until_listening(&company.id, 2).await;
        let booking = company.book("2026-03-03T10:00:00+02:00").await;
        assert_eq!(end(stuck.into_body()).await, Some(Reason::CANCEL));
        app.until(|app| app.listening(&company.id) == 1, "whoever gives no room listens on").await;
        // A single answer is no other.
        let stuck = send(&shut, administrator, Method::POST, "application/json", "{ __typename }").await;
        assert_eq!(end(stuck.into_body()).await, Some(Reason::CANCEL));
        // The connection carries others, and whoever reads hears, though longer was nothing to hear than one may be stuck.
        assert_eq!(send(&shut, administrator, Method::HEAD, "*/*", "").await.status(), 200);
        let second = company.book("2026-03-03T11:00:00+02:00").await;
        let heard = whole(reading.into_body(), &second).await;
        assert!(heard.contains(&booking), "{heard}");
    }
}

harness::api_test! {
    async fn who_takes_a_little_of_much_is_reset_too(engine: Engine) {
        let app = App::start_with(engine, |config| config.http.stall_seconds = 1).await.expect("an app");
        let nobody = app.client();
        let schema = "{ __schema { types { name description fields { name description } } } }";
        let little = send(&connect(&nobody, 1).await, &nobody, Method::POST, "application/json", schema).await;
        assert_eq!(little.status(), 200);
        assert_eq!(end(little.into_body()).await, Some(Reason::CANCEL));
        // The control: the same with room, in pieces, whole and with its length.
        let all = send(&connect(&nobody, 65_535).await, &nobody, Method::POST, "application/json", schema).await;
        let length: usize = all.headers()["content-length"].to_str().unwrap().parse().unwrap();
        let text = whole(all.into_body(), "no such text").await;
        assert!(length > 40_000 && text.len() == length, "{length}");
        serde_json::from_str::<serde_json::Value>(&text).expect("JSON");
    }
}
