//! Every way in which the server closes a socket because of what the client sent, with its exact code and reason.

use harness::{App, Company, Socket, frame};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use super::{CHANGES, ask, is_quiet, next, open, payload};

/// A socket that has said nothing yet.
async fn silent(app: &App) -> Socket {
    Socket::connect(&app.client(), "", &[]).await.expect("a socket")
}

async fn closed(socket: &mut Socket) -> (u16, String) {
    socket.closed().await.expect("closed")
}

fn closing(code: u16, reason: &str) -> (u16, String) {
    (code, reason.to_owned())
}

harness::api_test! {
    async fn a_message_that_is_none_is_4400_and_says_why(app: &App) {
        let long = format!(r#"{{"type":"complete","id":"{}"}}"#, "i".repeat(1025));
        for (text, reason) in [
            ("", "The message is not JSON"),
            ("{", "The message is not JSON"),
            (r#"{"type":"ping"} x"#, "The message is not JSON"),
            ("[]", "The message is not a JSON object"),
            ("\"ping\"", "The message is not a JSON object"),
            ("null", "The message is not a JSON object"),
            ("{}", "`type` is missing"),
            (r#"{"type":1}"#, "`type` is not a string"),
            (r#"{"type":"start","id":"1"}"#, "Unknown message type `start`"),
            (r#"{"type":"connection_ack"}"#, "`connection_ack` is for the server to say"),
            (r#"{"type":"next","id":"1","payload":{}}"#, "`next` is for the server to say"),
            (r#"{"type":"connection_init","payload":"me"}"#, "`payload` is not an object"),
            (r#"{"type":"ping","payload":[1]}"#, "`payload` is not an object"),
            (r#"{"type":"pong","payload":1}"#, "`payload` is not an object"),
            (r#"{"type":"complete"}"#, "`id` is missing"),
            (r#"{"type":"complete","id":1}"#, "`id` is not a string"),
            (r#"{"type":"complete","id":""}"#, "`id` is empty"),
            (long.as_str(), "`id` is too long"),
            (r#"{"type":"subscribe","payload":{"query":"{a}"}}"#, "`id` is missing"),
            (r#"{"type":"subscribe","id":"","payload":{"query":"{a}"}}"#, "`id` is empty"),
            (r#"{"type":"subscribe","id":"1"}"#, "`payload` is missing"),
            (r#"{"type":"subscribe","id":"1","payload":"{a}"}"#, "`payload` is not an object"),
            (r#"{"type":"subscribe","id":"1","payload":{"query":1}}"#, "`payload`: invalid type: integer `1`, expected a string"),
        ] {
            let mut socket = open(&app.client()).await;
            socket.say(Message::text(text)).await.expect("sent");
            assert_eq!(closed(&mut socket).await, closing(4400, reason), "{text}");
        }
        for payload in [json!({}), json!({ "query": "{a}", "variables": [] }), json!({ "query": "{a}", "operationName": 1 }),
            json!({ "query": "{a}", "extensions": "" })]
        {
            let mut socket = open(&app.client()).await;
            socket.send(json!({ "id": "1", "type": "subscribe", "payload": payload })).await.expect("sent");
            let (code, reason) = closed(&mut socket).await;
            assert!(code == 4400 && reason.starts_with("`payload`: "), "{payload}: {code} {reason}");
        }
        let mut socket = open(&app.client()).await;
        socket.say(Message::binary(&br#"{"type":"ping"}"#[..])).await.expect("sent");
        assert_eq!(closed(&mut socket).await, closing(4400, "Binary messages are not understood"));
        // The same before anybody is known.
        let mut socket = silent(app).await;
        socket.say(Message::text("{")).await.expect("sent");
        assert_eq!(closed(&mut socket).await, closing(4400, "The message is not JSON"));
    }
}

harness::api_test! {
    async fn an_operation_before_the_acknowledgement_is_4401(app: &App) {
        let mut socket = silent(app).await;
        ask(&mut socket, "1", "{ __typename }").await;
        assert_eq!(closed(&mut socket).await, closing(4401, "Unauthorized"));
    }
}

harness::api_test! {
    async fn who_is_not_who_they_say_is_4403(app: &App) {
        let company = Company::new(app).await;
        let token = company.administrator.token().expect("a token");
        for payload in [
            json!({ "authorization": "Bearer nonsense" }),
            json!({ "authorization": format!("Basic {token}") }),
            json!({ "authorization": { "bearer": token } }),
            json!({ "authorization": format!("Bearer {token}"), "Authorization": format!("Bearer {token}") }),
            json!({ "authorization": "" }),
        ] {
            let mut socket = silent(app).await;
            socket.send(json!({ "type": "connection_init", "payload": payload })).await.expect("sent");
            assert_eq!(closed(&mut socket).await, closing(4403, "Forbidden"), "{payload}");
        }
        // The control: the right words, in another case.
        let payload = json!({ "Authorization": format!("bearer {token}") });
        assert!(Socket::open_with(&app.client(), payload).await.is_ok());
    }
}

harness::api_test! {
    async fn who_could_not_be_looked_up_is_told_to_try_again(engine: Engine) {
        let change = |config: &mut zapys::Config| {
            (config.database.max_connections, config.database.acquire_timeout_ms) = (1, 1000);
        };
        let app = App::start_with(engine, change).await.expect("an app");
        let company = Company::new(&app).await;
        let init = json!({ "type": "connection_init", "payload": payload(&company.administrator) });
        // Nobody can be looked up while the only connection is taken.
        let taken = app.inside.db.directory().await.expect("a connection");
        let mut socket = silent(&app).await;
        socket.send(init.clone()).await.expect("sent");
        assert_eq!(closed(&mut socket).await, closing(1013, "Try again later"));
        drop(taken);
        let mut again = silent(&app).await;
        again.send(init).await.expect("sent");
        assert_eq!(next(&mut again).await, json!({ "type": "connection_ack" }));
    }
}

harness::api_test! {
    async fn who_comes_too_often_is_told_to_try_again(engine: Engine) {
        let app = App::start_with(engine, |config| config.limits.anonymous_per_minute = 1).await.expect("an app");
        let client = app.client();
        open(&client).await;
        let mut socket = Socket::connect(&client, "", &[]).await.expect("a socket");
        socket.send(json!({ "type": "connection_init" })).await.expect("sent");
        assert_eq!(closed(&mut socket).await, closing(1013, "Try again later"));
    }
}

harness::api_test! {
    async fn silence_is_4408(engine: Engine) {
        let app = App::start_with(engine, |config| config.graphql.socket_init_seconds = 1).await.expect("an app");
        let mut silent = silent(&app).await;
        // A sign of life is no introduction.
        silent.send(json!({ "type": "ping" })).await.expect("sent");
        let mut known = open(&app.client()).await;
        assert_eq!(next(&mut silent).await, json!({ "type": "pong" }));
        assert_eq!(closed(&mut silent).await, closing(4408, "Connection initialisation timeout"));
        is_quiet(&mut known).await;
    }
}

harness::api_test! {
    async fn an_id_that_runs_is_4409(app: &App) {
        let company = Company::new(app).await;
        let long = "ї".repeat(100);
        for id in ["сорока", long.as_str()] {
            let mut socket = open(&company.administrator).await;
            ask(&mut socket, id, CHANGES).await;
            ask(&mut socket, id, "{ __typename }").await;
            let (code, reason) = closed(&mut socket).await;
            let shown: String = id.chars().take((123 - "Subscriber for  already exists".len()) / 2).collect();
            assert_eq!((code, reason), (4409, format!("Subscriber for {shown} already exists")));
        }
    }
}

harness::api_test! {
    async fn a_second_introduction_is_4429(app: &App) {
        let company = Company::new(app).await;
        let init = json!({ "type": "connection_init", "payload": payload(&company.administrator) });
        let mut known = open(&company.administrator).await;
        known.send(init.clone()).await.expect("sent");
        assert_eq!(closed(&mut known).await, closing(4429, "Too many initialisation requests"));
        // Both in one packet: the second is there before the first is judged.
        let mut hasty = silent(app).await;
        let twice = [frame(0x81, init.to_string().as_bytes()), frame(0x81, init.to_string().as_bytes())].concat();
        hasty.bytes(&twice).await.expect("sent");
        assert_eq!(closed(&mut hasty).await, closing(4429, "Too many initialisation requests"));
    }
}

harness::api_test! {
    async fn frames_beyond_the_protocol_close_as_rfc_6455_says(app: &App) {
        let ping = |length: usize| {
            let text = json!({ "type": "ping", "payload": { "a": "" } }).to_string();
            text.replace("\"\"", &format!("\"{}\"", "a".repeat(length - text.len())))
        };
        let mut large = open(&app.client()).await;
        large.say(Message::text(ping(256 * 1024))).await.expect("sent");
        assert_eq!(next(&mut large).await["type"], "pong");
        // The head alone: the server does not wait for what it will not take.
        large.bytes(&frame(0x81, ping(256 * 1024 + 1).as_bytes())[..14]).await.expect("sent");
        assert_eq!(closed(&mut large).await, closing(1009, "Message too large"));
        let mut parts = open(&app.client()).await;
        for first in [0x01, 0x00, 0x00] {
            parts.bytes(&frame(first, &[b' '; 100 * 1024])).await.expect("sent");
        }
        assert_eq!(closed(&mut parts).await, closing(1009, "Message too large"));
        let unmasked = [0x81, 0x02, b'{', b'}'];
        for (bytes, code, reason) in [
            (frame(0x81, b"{\"type\":\"\xff\"}"), 1007, "Text that is not UTF-8"),
            (unmasked.to_vec(), 1002, "Protocol error"),
            (frame(0xc1, b"{}"), 1002, "Protocol error"),
            (frame(0x83, b""), 1002, "Protocol error"),
            (frame(0x80, b""), 1002, "Protocol error"),
            (frame(0x09, b""), 1002, "Protocol error"),
            (frame(0x89, &[0; 126]), 1002, "Protocol error"),
        ] {
            let mut socket = open(&app.client()).await;
            socket.bytes(&bytes).await.expect("sent");
            assert_eq!(closed(&mut socket).await, closing(code, reason), "{bytes:?}");
        }
    }
}

harness::api_test! {
    async fn pings_are_answered_at_any_time(app: &App) {
        let mut socket = silent(app).await;
        for payload in [json!({ "a": [1, { "b": null }], "c": "ї" }), Value::Null] {
            socket.send(json!({ "type": "ping", "payload": payload })).await.expect("sent");
            let pong = if payload.is_null() { json!({ "type": "pong" }) } else { json!({ "type": "pong", "payload": payload }) };
            assert_eq!(next(&mut socket).await, pong);
        }
        // Unasked, known or not, and about nothing that runs.
        socket.send(json!({ "type": "pong", "payload": { "a": 1 } })).await.expect("sent");
        socket.send(json!({ "type": "complete", "id": "never" })).await.expect("sent");
        let mut socket = socket.greet(Value::Null).await.expect("acknowledged");
        socket.send(json!({ "type": "pong" })).await.expect("sent");
        is_quiet(&mut socket).await;
        socket.say(Message::Ping("signs of life".into())).await.expect("sent");
        assert_eq!(socket.frame().await.expect("a frame"), Some(Message::Pong("signs of life".into())));
    }
}

harness::api_test! {
    async fn a_farewell_is_answered(app: &App) {
        let mut socket = open(&app.client()).await;
        socket.say(Message::Close(None)).await.expect("sent");
        assert_eq!(socket.frame().await.expect("a frame"), Some(Message::Close(None)));
        assert_eq!(socket.frame().await.expect("the end"), None);
    }
}
