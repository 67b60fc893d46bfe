//! The upgrade: RFC 6455, and our one subprotocol.

use harness::{App, Peer, Socket};
use serde_json::{Value, json};

use super::{next, open, payload};

const KEY: (&str, &str) = ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
const VERSION: (&str, &str) = ("Sec-WebSocket-Version", "13");
const CONNECTION: (&str, &str) = ("Connection", "keep-alive, Upgrade");
const UPGRADE: (&str, &str) = ("Upgrade", "WebSocket");
const PROTOCOL: (&str, &str) = ("Sec-WebSocket-Protocol", "graphql-ws, graphql-transport-ws");

/// The head of the answer, in small letters.
async fn answer(app: &App, line: &str, headers: &[(&str, &str)]) -> String {
    let mut peer = Peer::connect(&app.client()).await.expect("a connection");
    peer.request(line, headers, "").await.expect("sent");
    peer.until("\r\n\r\n").await.expect("an answer").to_lowercase()
}

harness::api_test! {
    async fn only_an_upgrade_to_our_protocol_opens_a_socket(app: &App) {
        let opened = answer(app, "GET /graphql/ws", &[KEY, VERSION, CONNECTION, UPGRADE, PROTOCOL]).await;
        assert!(opened.starts_with("http/1.1 101 "), "{opened}");
        // The accept key is the one of RFC 6455, section 1.3.
        for line in [
            "connection: upgrade", "upgrade: websocket", "sec-websocket-protocol: graphql-transport-ws",
            "sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=",
        ] {
            assert!(opened.lines().any(|found| found == line), "{line}: {opened}");
        }
    }
}

harness::api_test! {
    async fn anything_else_is_told_what_is_served_here(app: &App) {
        let plain = answer(app, "GET /graphql/ws", &[]).await;
        assert!(plain.starts_with("http/1.1 426 ") && plain.contains("\r\nupgrade: websocket\r\n"), "{plain}");
        let old = answer(app, "GET /graphql/ws", &[KEY, ("Sec-WebSocket-Version", "8"), CONNECTION, UPGRADE, PROTOCOL]).await;
        assert!(old.starts_with("http/1.1 426 ") && old.contains("\r\nsec-websocket-version: 13\r\n"), "{old}");
        let posted = answer(app, "POST /graphql/ws", &[KEY, VERSION, CONNECTION, UPGRADE, PROTOCOL]).await;
        assert!(posted.starts_with("http/1.1 405 ") && posted.contains("\r\nallow: get\r\n"), "{posted}");
    }
}

harness::api_test! {
    async fn an_upgrade_without_a_key_or_our_protocol_is_refused(app: &App) {
        for headers in [
            vec![VERSION, CONNECTION, UPGRADE, PROTOCOL],
            vec![("Sec-WebSocket-Key", "short"), VERSION, CONNECTION, UPGRADE, PROTOCOL],
            vec![KEY, VERSION, CONNECTION, UPGRADE],
            vec![KEY, VERSION, CONNECTION, UPGRADE, ("Sec-WebSocket-Protocol", "graphql-ws")],
            vec![KEY, VERSION, CONNECTION, UPGRADE, ("Sec-WebSocket-Protocol", "GraphQL-Transport-WS")],
        ] {
            let refused = answer(app, "GET /graphql/ws", &headers).await;
            assert!(refused.starts_with("http/1.1 400 "), "{headers:?}: {refused}");
        }
    }
}

harness::api_test! {
    async fn a_publishable_key_is_for_its_origins_on_sockets_too(app: &App) {
        let company = harness::Company::new(app).await;
        let page = company.publishable().await;
        let of = |origin: &'static str| {
            let page = page.clone();
            async move { Socket::connect(&page, "", &[("origin", origin)]).await.expect("a socket") }
        };
        let init = json!({ "type": "connection_init", "payload": payload(&page) });
        let mut own = of("https://salon.example").await;
        own.send(init.clone()).await.expect("sent");
        assert_eq!(next(&mut own).await, json!({ "type": "connection_ack" }));
        let mut foreign = of("https://elsewhere.example").await;
        foreign.send(init).await.expect("sent");
        assert_eq!(foreign.closed().await.expect("closed"), (4403, "Forbidden".to_owned()));
    }
}

harness::api_test! {
    async fn neither_a_cookie_nor_the_address_says_who_is_there(app: &App) {
        let company = harness::Company::new(app).await;
        let token = company.administrator.token().expect("a token");
        let cookie = format!("authorization=Bearer {token}; access_token={token}; session={token}");
        let headers = [("cookie", cookie.as_str()), ("origin", "https://elsewhere.example")];
        let socket = Socket::connect(&app.client(), "", &headers).await.expect("a socket");
        let mut socket = socket.greet(Value::Null).await.expect("nobody is welcome");
        socket.subscribe("{ viewer { company { id } } }", Value::Null).await.expect("sent");
        let told = next(&mut socket).await;
        assert!(told["payload"]["data"]["viewer"]["company"].is_null(), "{told}");

        let query = format!("?access_token={token}&authorization=Bearer%20{token}");
        // Refused or not heard: nobody is somebody because of an address.
        if let Ok(socket) = Socket::connect(&app.client(), &query, &[]).await
            && let Ok(mut socket) = socket.greet(Value::Null).await
        {
            socket.subscribe("{ viewer { company { id } } }", Value::Null).await.expect("sent");
            let told = next(&mut socket).await;
            assert!(told["payload"]["data"]["viewer"]["company"].is_null(), "{told}");
        }
        // The control: the same question of somebody.
        let mut known = open(&company.administrator).await;
        known.subscribe("{ viewer { company { id } } }", Value::Null).await.expect("sent");
        assert_eq!(next(&mut known).await["payload"]["data"]["viewer"]["company"]["id"], company.id.as_str());
    }
}
