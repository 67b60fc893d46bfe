//! Server-sent events: GraphQL over SSE in distinct connections mode
//! (<https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md>). One request, one stream.

use std::time::Duration;

use harness::{App, Client, Company, Mailbox, Process, Socket, key};
use reqwest::Response;
use serde_json::{Value, json};

use super::sockets::CHANGES;

const PROGRAM: &str = env!("CARGO_BIN_EXE_zapys");
const PATIENCE: Duration = Duration::from_secs(20);

/// A stream of events that is being read.
pub struct Events {
    response: Response,
    read: String,
}

impl Events {
    /// Begins an operation by POST.
    pub async fn open(client: &Client, query: &str) -> Self {
        let request = client.post("/graphql").header("accept", "text/event-stream").json(&json!({ "query": query }));
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status(), 200);
        Self { response, read: String::new() }
    }

    /// The next event as it was sent, without comments; None when the stream has ended.
    pub async fn event(&mut self) -> Option<String> {
        loop {
            if let Some((event, rest)) = self.read.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.read = rest;
                if !event.starts_with(':') {
                    return Some(event);
                }
                continue;
            }
            let chunk = tokio::time::timeout(PATIENCE, self.response.chunk()).await.expect("something in time");
            let chunk = chunk.expect("a whole stream")?;
            self.read.push_str(std::str::from_utf8(&chunk).expect("whole characters"));
        }
    }

    /// What the server sends next, as it is.
    async fn chunk(&mut self) -> String {
        let chunk = tokio::time::timeout(PATIENCE, self.response.chunk()).await.expect("something in time");
        String::from_utf8_lossy(&chunk.expect("a whole stream").unwrap_or_default()).into_owned()
    }

    /// The result of the next event, which must be a `next`.
    pub async fn next(&mut self) -> Value {
        let event = self.event().await.expect("an event");
        let data = event.strip_prefix("event: next\ndata: ").unwrap_or_else(|| panic!("no result: {event}"));
        serde_json::from_str(data).expect("JSON in one line")
    }

    /// What comes until the stream ends.
    pub async fn rest(&mut self) -> String {
        let mut rest = String::new();
        while let Some(event) = self.event().await {
            rest.push_str(&event);
            rest.push('\n');
        }
        rest
    }
}

harness::api_test! {
    async fn a_query_is_one_result_and_the_end(app: &App) {
        let mut events = Events::open(&app.client(), "{ __typename }").await;
        let header = |name: &str| events.response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        assert_eq!(header("content-type").as_deref(), Some("text/event-stream"));
        assert_eq!(header("cache-control").as_deref(), Some("no-store"));
        assert_eq!(header("x-accel-buffering").as_deref(), Some("no"));
        assert_eq!(events.next().await["data"], json!({ "__typename": "Query" }));
        // With data, though empty: browsers ignore an event without.
        assert_eq!(events.event().await.as_deref(), Some("event: complete\ndata: "));
        assert_eq!(events.event().await, None);
    }
}

harness::api_test! {
    async fn a_request_that_is_not_executed_is_told_in_the_stream(app: &App) {
        for (query, code) in [
            ("{", "GRAPHQL_PARSE_FAILED"),
            ("{ nonsense }", "GRAPHQL_VALIDATION_FAILED"),
            (CHANGES, "UNAUTHENTICATED"),
        ] {
            let mut events = Events::open(&app.client(), query).await;
            let told = events.next().await;
            assert_eq!(told["errors"][0]["extensions"]["code"], code, "{told}");
            assert!(told.as_object().is_some_and(|told| !told.contains_key("data")), "{told}");
            assert_eq!(events.event().await.as_deref(), Some("event: complete\ndata: "), "{query}");
            assert_eq!(events.event().await, None);
        }
    }
}

harness::api_test! {
    async fn changes_come_as_they_happen(app: &App) {
        let company = Company::new(app).await;
        let query = "subscription { calendarChanged { kind bookingId booking { id clientNote } } }";
        let mut events = Events::open(&company.administrator, query).await;
        app.until_listening(&company.id, 1).await;
        for start in ["2026-03-03T10:00:00+02:00", "2026-03-03T11:00:00+02:00"] {
            let mut visit = company.visit(start);
            // Lines of a note are not lines of an event.
            visit["clientNote"] = json!("рядок\nдругий\n\nevent: complete");
            let booking = harness::create(&company.administrator, "bookingCreate", "booking", visit).await;
            let told = events.next().await;
            assert_eq!(told["data"]["calendarChanged"], json!({
                "kind": "CREATED", "bookingId": booking,
                "booking": { "id": booking, "clientNote": "рядок\nдругий\n\nevent: complete" },
            }));
        }
        drop(events);
        app.until(|app| app.listening(&company.id) == 0, "the subscription of who has gone listens on").await;
    }
}

harness::api_test! {
    async fn a_silent_stream_gives_signs_of_life(engine: Engine) {
        let app = App::start_with(engine, |config| config.graphql.stream_keep_alive_seconds = 1).await.expect("an app");
        let company = Company::new(&app).await;
        let mut events = Events::open(&company.administrator, CHANGES).await;
        app.until_listening(&company.id, 1).await;
        // Comments, which no client takes for events.
        for _ in 0..2 {
            assert_eq!(events.chunk().await, ":\n\n");
        }
        let booking = company.book("2026-03-03T10:00:00+02:00").await;
        assert_eq!(events.next().await["data"]["calendarChanged"]["bookingId"], booking.as_str());
    }
}

harness::api_test! {
    async fn a_panic_ends_one_operation_and_nothing_else(engine: Engine) {
        let storage = engine.storage().await.expect("a database");
        let settings = [
            ("FAILPOINTS", "bookings.commit.after=2*panic;bookings.calendar.hear=2*panic"),
            ("ZAPYS__HTTP__TRUSTED_PROXIES", "1"),
        ];
        let server = Process::serve(PROGRAM, &storage, &settings).await.expect("a server");
        let company = Company::at(&server.client(), &Mailbox::of(&storage.folder)).await;
        let administrator = &company.administrator;
        let mut socket = Socket::open(administrator).await.expect("a socket");

        // Other hours of the next days, as many as are asked for.
        let now = chrono::DateTime::<chrono::Utc>::from(std::time::SystemTime::now());
        let visit = |number: i64| {
            let day = (now + chrono::TimeDelta::days(2 + number / 8)).date_naive();
            let mut visit = company.visit(&format!("{day}T{:02}:00:00Z", 8 + number % 8));
            visit["idempotencyKey"] = json!(key());
            visit
        };

        // An operation that panics, as events and on the socket.
        let book = "mutation($input: BookingCreateInput!) { bookingCreate(input: $input) { booking { id } userErrors { code } } }";
        let body = json!({ "query": book, "variables": { "input": visit(0) } });
        let request = administrator.post("/graphql").header("accept", "text/event-stream").json(&body);
        let mut events = Events { response: request.send().await.expect("an answer"), read: String::new() };
        let told = events.next().await;
        assert_eq!(told["errors"][0]["extensions"]["code"], "INTERNAL", "{told}");
        assert!(!told.to_string().contains("failpoint"), "{told}");
        assert_eq!(events.event().await.as_deref(), Some("event: complete\ndata: "));
        assert_eq!(events.event().await, None);
        socket.subscribe(book, json!({ "input": visit(1) })).await.expect("sent");
        let told = socket.receive().await.expect("a message");
        assert!(told.to_string().contains("INTERNAL"), "{told}");
        if told["type"] == "next" {
            assert_eq!(socket.receive().await.expect("a message")["type"], "complete");
        }

        // Subscriptions that panic at an event: one by each way.
        let mut listening = Events::open(administrator, CHANGES).await;
        socket.subscribe(CHANGES, Value::Null).await.expect("sent");
        // Nobody says when a subscription stands: word of changes is made until both have heard some.
        let changes = async {
            for number in 2..200 {
                administrator.done("bookingCreate", visit(number), "").await;
            }
        };
        let (event, message) = tokio::select! {
            heard = async { (listening.next().await, socket.receive().await.expect("a message")) } => heard,
            () = changes => panic!("nobody hears of changes"),
        };
        assert_eq!(event["errors"][0]["extensions"]["code"], "INTERNAL", "{event}");
        assert_eq!((&message["type"], &message["payload"][0]["extensions"]["code"]), (&json!("error"), &json!("INTERNAL")));
        assert_eq!(listening.event().await.as_deref(), Some("event: complete\ndata: "));
        assert_eq!(listening.event().await, None);

        // The socket and the server go on.
        socket.subscribe("{ __typename }", Value::Null).await.expect("sent");
        assert_eq!(socket.event().await.expect("an answer"), json!({ "__typename": "Query" }));
        administrator.data("{ locations { id } }", Value::Null).await;
    }
}
