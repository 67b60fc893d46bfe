//! Frames as RFC 6455 has them, byte by byte: what may be cut, what may come between, and how a farewell is answered.

use harness::{Peer, Socket, frame};
use serde_json::Value;

use super::{next, open};

/// A masked frame with a mask that is not nothing.
fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    const MASK: [u8; 4] = [0x5a, 0x01, 0xff, 0x37];
    let length = u8::try_from(payload.len()).expect("a short one");
    let masked = payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask);
    [first, 0x80 | length].into_iter().chain(MASK).chain(masked).collect()
}

harness::api_test! {
    async fn a_message_may_come_in_pieces_with_control_frames_between(app: &App) {
        let mut socket = open(&app.client()).await;
        let text = r#"{"type":"ping","payload":{"a":"ї"}}"#.as_bytes();
        // Cut inside a letter, an empty piece, a ping between, everything under a mask.
        let cut = text.iter().position(|byte| *byte >= 0x80).expect("a letter of two bytes") + 1;
        for bytes in [
            masked(0x01, &text[..cut]),
            masked(0x89, b"between"),
            masked(0x00, b""),
            masked(0x8a, b"unasked"),
            masked(0x80, &text[cut..]),
        ] {
            socket.bytes(&bytes).await.expect("sent");
        }
        let pong = socket.frame().await.expect("a frame").expect("a frame");
        assert_eq!(pong, tokio_tungstenite::tungstenite::Message::Pong("between".into()));
        assert_eq!(next(&mut socket).await["payload"]["a"], "ї");
        // The longest that a control frame may be.
        socket.bytes(&masked(0x89, &[b'x'; 125])).await.expect("sent");
        let pong = socket.frame().await.expect("a frame").expect("a frame");
        assert_eq!(pong.into_data().len(), 125);
    }
}

harness::api_test! {
    async fn a_farewell_has_a_code_that_may_be_sent(app: &App) {
        let said = |code: u16, reason: &[u8]| [&code.to_be_bytes()[..], reason].concat();
        for (payload, answered) in [
            (said(1000, b""), 1000),
            (said(1000, "бувай".as_bytes()), 1000),
            (said(1001, b""), 1001),
            (said(3000, b""), 3000),
            (said(4999, b"own"), 4999),
            (said(1005, b""), 1002),
            (said(1006, b""), 1002),
            (said(1015, b""), 1002),
            (said(999, b""), 1002),
            (said(5000, b""), 1002),
            (vec![3], 1002),
            (said(1000, b"\xff"), 1007),
        ] {
            let mut socket = open(&app.client()).await;
            socket.bytes(&frame(0x88, &payload)).await.expect("sent");
            assert_eq!(socket.closed().await.expect("an answer").0, answered, "{payload:?}");
        }
    }
}

harness::api_test! {
    async fn what_no_frame_may_be_is_1002(app: &App) {
        let long_ping = [&[0x89, 0xfe, 0, 126, 0, 0, 0, 0][..], &[0; 126]].concat();
        for (what, bytes) in [
            ("a ping in pieces", frame(0x09, b"")),
            ("a farewell in pieces", frame(0x08, b"")),
            ("a ping over 125 bytes", long_ping),
            ("a text within a text", [frame(0x01, b"{"), frame(0x81, b"{}")].concat()),
            ("a continuation of nothing", frame(0x80, b"{}")),
            ("reserved bit 1", frame(0xc1, b"{}")),
            ("reserved bit 2", frame(0xa1, b"{}")),
            ("reserved bit 3", frame(0x91, b"{}")),
            ("an unknown kind", frame(0x83, b"")),
            ("an unknown control", frame(0x8b, b"")),
            ("no mask", vec![0x81, 0x02, b'{', b'}']),
        ] {
            let mut socket = open(&app.client()).await;
            socket.bytes(&bytes).await.expect("sent");
            assert_eq!(socket.closed().await.expect("closed").0, 1002, "{what}");
        }
        // A length that no machine has room for.
        let mut socket = open(&app.client()).await;
        socket.bytes(&[0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]).await.expect("sent");
        let (code, _) = socket.closed().await.expect("closed");
        assert!([1002, 1009].contains(&code), "{code}");
    }
}

harness::api_test! {
    async fn after_the_farewell_nothing_is_heard_and_the_connection_ends(app: &App) {
        let mut peer = Peer::connect(&app.client()).await.expect("a connection");
        let headers = [
            ("Connection", "Upgrade"),
            ("Upgrade", "websocket"),
            ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ("Sec-WebSocket-Protocol", "graphql-transport-ws"),
            // Offered by every browser; whoever does not take it says nothing of it.
            ("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits"),
        ];
        peer.request("GET /graphql/ws", &headers, "").await.expect("sent");
        let head = peer.until("\r\n\r\n").await.expect("a socket").to_lowercase();
        assert!(head.contains(" 101 ") && !head.contains("sec-websocket-extensions"), "{head}");
        let both = [frame(0x88, &1000_u16.to_be_bytes()), frame(0x81, br#"{"type":"ping"}"#)].concat();
        peer.write(&both).await.expect("sent");
        // The server ends the connection (RFC 6455, 7.1.1).
        assert_eq!(peer.rest().await.expect("the end"), [0x88, 2, 0x03, 0xe8]);
    }
}

harness::api_test! {
    async fn a_frame_sent_with_the_upgrade_is_heard(app: &App) {
        let socket = Socket::connect(&app.client(), "", &[]).await.expect("a socket");
        assert!(socket.greet(Value::Null).await.is_ok(), "the control: one after the other");
        let mut peer = Peer::connect(&app.client()).await.expect("a connection");
        let text = "GET /graphql/ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                    Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
                    Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n";
        let init = frame(0x81, br#"{"type":"connection_init"}"#);
        peer.write(&[text.as_bytes(), &init].concat()).await.expect("sent");
        peer.until("{\"type\":\"connection_ack\"}").await.expect("acknowledged");
    }
}
