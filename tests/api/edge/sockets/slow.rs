//! Who does not read, and who is told to go: a subscriber that is too slow learns that it missed something, one that does
//! not read at all is cut off, and others do not notice.

use std::time::Duration;

use harness::{App, Client, Company, Peer, create};
use serde_json::{Value, json};

use super::{CHANGES, ask, is_quiet, open, payload};
use crate::edge::events::Events;

/// Large events: a note sixty times.
fn large() -> String {
    let notes: Vec<String> = (0..58).map(|number| format!("n{number}: internalNote")).collect();
    format!("subscription {{ calendarChanged {{ kind booking {{ {} }} }} }}", notes.join(" "))
}

/// Somebody who asks for large events over a socket and reads none.
async fn unread_socket(client: &Client) -> Peer {
    let mut peer = Peer::connect(client).await.expect("a connection");
    let headers = [
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("Sec-WebSocket-Protocol", "graphql-transport-ws"),
    ];
    peer.request("GET /graphql/ws", &headers, "").await.expect("sent");
    peer.until("\r\n\r\n").await.expect("a socket");
    peer.message(&json!({ "type": "connection_init", "payload": payload(client) })).await.expect("sent");
    peer.until("connection_ack\"}").await.expect("acknowledged");
    peer.message(&json!({ "id": "1", "type": "subscribe", "payload": { "query": large() } })).await.expect("sent");
    peer
}

/// The same over server-sent events.
async fn unread_events(client: &Client) -> Peer {
    let mut peer = Peer::connect(client).await.expect("a connection");
    let authorization = format!("Bearer {}", client.token().expect("a token"));
    let headers = [
        ("Authorization", authorization.as_str()),
        ("Accept", "text/event-stream"),
        ("Content-Type", "application/json"),
    ];
    peer.request("POST /graphql", &headers, &json!({ "query": large() }).to_string()).await.expect("sent");
    peer
}

harness::api_test! {
    async fn who_does_not_read_is_cut_off_and_others_do_not_notice(engine: Engine) {
        let app = App::start_with(engine, |config| config.http.stall_seconds = 1).await.expect("an app");
        let company = Company::new(&app).await;
        let mut visit = company.visit("2026-03-03T10:00:00+02:00");
        visit["internalNote"] = json!("ї".repeat(2000));
        let booking = create(&company.administrator, "bookingCreate", "booking", visit).await;
        let mut good = open(&company.administrator).await;
        ask(&mut good, "1", CHANGES).await;
        let (mut socket, mut events) =
            (unread_socket(&company.administrator).await, unread_events(&company.administrator).await);
        app.until_listening(&company.id, 3).await;

        // More than what the operating system keeps for somebody who does not read.
        let change = json!({ "kind": "NOTED", "booking": booking, "location": company.location, "staff": company.staff,
            "from": null, "to": null }).to_string();
        let topic = cache::Topic::new(company.id.parse().expect("an id"), "calendar");
        let mut heard = 0;
        while app.listening(&company.id) > 1 {
            app.inside.cache.signal(&topic, change.clone());
            let told = good.event().await.expect("an event");
            assert_eq!(told["calendarChanged"], json!({ "kind": "NOTED", "bookingId": booking }));
            heard += 1;
            assert!(heard < 20_000, "they are not cut off");
        }
        app.until(|app| app.inside.sockets.len() == 1, "the socket that is not read stays open").await;
        for peer in [&mut socket, &mut events] {
            assert!(peer.rest().await.is_ok(), "the connection stays open");
        }
        is_quiet(&mut good).await;
    }
}

harness::api_test! {
    async fn who_is_behind_learns_that_something_was_missed(app: &App) {
        let company = Company::new(app).await;
        let mut socket = open(&company.administrator).await;
        ask(&mut socket, "1", CHANGES).await;
        let mut events = Events::open(&company.administrator, CHANGES).await;
        app.until_listening(&company.id, 2).await;
        let change = json!({ "kind": "HELD", "booking": null, "location": company.location, "staff": [], "from": null,
            "to": null }).to_string();
        let topic = cache::Topic::new(company.id.parse().expect("an id"), "calendar");
        // At once: nobody looks at so many sessions in that time.
        for _ in 0..10_000 {
            app.inside.cache.signal(&topic, change.clone());
        }
        let missed = json!({ "calendarChanged": { "kind": "MISSED", "bookingId": null } });
        while socket.event().await.expect("an event") != missed {}
        while events.next().await["data"] != missed {}
    }
}

harness::api_test! {
    async fn a_server_that_stops_says_goodbye(engine: Engine) {
        let app = App::start(engine).await.expect("an app");
        let company = Company::new(&app).await;
        let (mut known, mut unknown) =
            (open(&company.administrator).await, harness::Socket::connect(&app.client(), "", &[]).await.expect("a socket"));
        ask(&mut known, "1", CHANGES).await;
        let mut events = Events::open(&company.administrator, CHANGES).await;
        app.until_listening(&company.id, 2).await;
        app.inside.stop();
        for socket in [&mut known, &mut unknown] {
            assert_eq!(socket.closed().await.expect("closed"), (1001, "Going away".to_owned()));
        }
        // No `complete`: there is more to come, from another process.
        assert_eq!(events.rest().await, "");
        assert!(tokio::time::timeout(Duration::from_secs(10), app.inside.sockets.wait()).await.is_ok());
        assert_eq!(app.client().try_run("{ __typename }", Value::Null).await.ok().map(|answer| answer.status), None);
    }
}
