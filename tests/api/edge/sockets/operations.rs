//! What runs on a socket: queries and mutations as well as subscriptions, many at once, each under an id of its own.

use std::collections::BTreeMap;

use harness::{App, Company, Engine, Socket, frame};
use serde_json::{Value, json};
use sqlx::Connection as _;

use super::{CHANGES, ask, is_quiet, next, open};

harness::api_test! {
    async fn queries_and_mutations_are_answered_once(app: &App) {
        let company = Company::new(app).await;
        let mut socket = open(&company.administrator).await;
        ask(&mut socket, "q", "{ locations { id } }").await;
        let told = next(&mut socket).await;
        assert_eq!((&told["type"], &told["id"]), (&json!("next"), &json!("q")));
        assert_eq!(told["payload"]["data"], json!({ "locations": [{ "id": company.location }] }));
        assert_eq!(next(&mut socket).await, json!({ "type": "complete", "id": "q" }));

        let query = "mutation Add($input: ClientCreateInput!) { clientCreate(input: $input) { client { name } userErrors { code } } }";
        let payload = json!({
            "query": query, "operationName": "Add", "variables": { "input": { "name": "Леся" } }, "extensions": null,
        });
        socket.send(json!({ "id": "m", "type": "subscribe", "payload": payload })).await.expect("sent");
        let told = next(&mut socket).await;
        assert_eq!(told["payload"]["data"], json!({ "clientCreate": { "client": { "name": "Леся" }, "userErrors": [] } }));
        assert_eq!(next(&mut socket).await, json!({ "type": "complete", "id": "m" }));
        is_quiet(&mut socket).await;
    }
}

harness::api_test! {
    async fn what_is_not_executed_is_an_error_and_ends(app: &App) {
        let company = Company::new(app).await;
        let mut nobody = open(&app.client()).await;
        let mut socket = open(&company.administrator).await;
        for (query, code) in [
            ("{", "GRAPHQL_PARSE_FAILED"),
            ("{ nonsense }", "GRAPHQL_VALIDATION_FAILED"),
            ("subscription { calendarChanged { nonsense } }", "GRAPHQL_VALIDATION_FAILED"),
            ("subscription { calendarChanged(locationIds: [\"loc_none\"]) { kind } }", "NOT_FOUND"),
        ] {
            let told = refusal(&mut socket, query).await;
            assert_eq!(told["extensions"]["code"], code, "{query}: {told}");
            assert!(told["message"].is_string() && told["path"].is_null(), "{told}");
        }
        // Asked by nobody, for what needs somebody.
        assert_eq!(refusal(&mut nobody, CHANGES).await["extensions"]["code"], "UNAUTHENTICATED");
        is_quiet(&mut socket).await;
        is_quiet(&mut nobody).await;
    }
}

/// The only error of an operation that is refused; its id is free again at once.
async fn refusal(socket: &mut Socket, query: &str) -> Value {
    ask(socket, "same", query).await;
    let mut told = next(socket).await;
    assert_eq!((&told["type"], &told["id"]), (&json!("error"), &json!("same")), "{query}: {told}");
    assert_eq!(told["payload"].as_array().map(Vec::len), Some(1), "{told}");
    told["payload"][0].take()
}

harness::api_test! {
    async fn an_error_of_a_field_stands_in_the_result(app: &App) {
        let mut socket = open(&app.client()).await;
        ask(&mut socket, "1", "{ __typename clients { totalCount } }").await;
        let told = next(&mut socket).await;
        assert_eq!(told["type"], "next", "{told}");
        let error = &told["payload"]["errors"][0];
        assert_eq!((&error["path"], &error["extensions"]["code"]), (&json!(["clients"]), &json!("UNAUTHENTICATED")));
        assert!(told["payload"].as_object().is_some_and(|payload| payload.contains_key("data")), "{told}");
        assert_eq!(next(&mut socket).await, json!({ "type": "complete", "id": "1" }));
    }
}

harness::api_test! {
    async fn an_id_can_be_used_again_when_its_operation_has_ended(app: &App) {
        let company = Company::new(app).await;
        let mut socket = open(&company.administrator).await;
        // Ended by the server.
        for _ in 0..20 {
            ask(&mut socket, "1", "{ __typename }").await;
            assert_eq!(next(&mut socket).await["payload"]["data"], json!({ "__typename": "Query" }));
            assert_eq!(next(&mut socket).await, json!({ "type": "complete", "id": "1" }));
        }
        // Ended by the client: nothing of the first may come under the id of the second.
        for _ in 0..20 {
            let asked = |query: &str| json!({ "id": "1", "type": "subscribe", "payload": { "query": query } });
            let messages = [asked("{ locations { id } }"), json!({ "id": "1", "type": "complete" }), asked("{ __typename }")];
            // In one packet: the first has no time to answer before it is stopped.
            let bytes: Vec<u8> =
                messages.iter().flat_map(|message| frame(0x81, message.to_string().as_bytes())).collect();
            socket.bytes(&bytes).await.expect("sent");
            assert_eq!(next(&mut socket).await["payload"]["data"], json!({ "__typename": "Query" }));
            assert_eq!(next(&mut socket).await, json!({ "type": "complete", "id": "1" }));
        }
        is_quiet(&mut socket).await;
    }
}

harness::api_test! {
    async fn nothing_of_a_subscription_follows_its_complete(app: &App) {
        let company = Company::new(app).await;
        let (mut left, mut stayed) = (open(&company.administrator).await, open(&company.administrator).await);
        for socket in [&mut left, &mut stayed] {
            ask(socket, "1", CHANGES).await;
        }
        app.until_listening(&company.id, 2).await;
        left.send(json!({ "type": "complete", "id": "1" })).await.expect("sent");
        is_quiet(&mut left).await;
        let booking = company.book("2026-03-03T10:00:00+02:00").await;
        let told = stayed.event().await.expect("an event");
        assert_eq!(told["calendarChanged"], json!({ "kind": "CREATED", "bookingId": booking }));
        is_quiet(&mut left).await;
        app.until(|app| app.listening(&company.id) == 1, "the stopped subscription listens on").await;
    }
}

harness::api_test! {
    async fn many_operations_run_at_once_and_too_many_are_refused_alone(app: &App) {
        let company = Company::new(app).await;
        let mut socket = open(&company.administrator).await;
        for number in 0..100 {
            ask(&mut socket, &number.to_string(), CHANGES).await;
        }
        app.until_listening(&company.id, 100).await;
        ask(&mut socket, "one too many", "{ __typename }").await;
        let told = next(&mut socket).await;
        assert_eq!((&told["type"], &told["id"]), (&json!("error"), &json!("one too many")));
        assert_eq!(told["payload"][0]["extensions"]["code"], "RATE_LIMITED");
        let booking = company.book("2026-03-03T10:00:00+02:00").await;
        let mut heard = BTreeMap::new();
        for _ in 0..100 {
            let told = next(&mut socket).await;
            assert_eq!(told["payload"]["data"]["calendarChanged"]["bookingId"], booking.as_str(), "{told}");
            *heard.entry(told["id"].to_string()).or_insert(0) += 1;
        }
        assert!(heard.len() == 100 && heard.values().all(|count| *count == 1), "{heard:?}");
        socket.send(json!({ "type": "complete", "id": "7" })).await.expect("sent");
        ask(&mut socket, "7", "{ __typename }").await;
        assert_eq!(next(&mut socket).await["payload"]["data"], json!({ "__typename": "Query" }));
    }
}

harness::api_test! {
    async fn operations_beyond_the_limit_are_refused_and_the_socket_stays(engine: Engine) {
        let app = App::start_with(engine, |config| config.limits.anonymous_per_minute = 3).await.expect("an app");
        let mut socket = open(&app.client()).await;
        for _ in 0..2 {
            ask(&mut socket, "1", "{ __typename }").await;
            assert_eq!(next(&mut socket).await["type"], "next");
            assert_eq!(next(&mut socket).await["type"], "complete");
        }
        let told = refusal(&mut socket, "{ __typename }").await;
        assert_eq!(told["extensions"]["code"], "RATE_LIMITED");
        assert!(told["extensions"]["retryAfterSeconds"].as_u64().is_some_and(|seconds| seconds > 0), "{told}");
        is_quiet(&mut socket).await;
    }
}

harness::api_test! {
    async fn an_operation_that_takes_too_long_is_given_up(engine: Engine) {
        let app = patient(engine, 4).await;
        let company = Company::new(&app).await;
        let mut socket = open(&company.administrator).await;
        let hold = Hold::begin(&app).await;
        ask(&mut socket, "1", ADD).await;
        let told = next(&mut socket).await;
        assert_eq!((&told["type"], &told["id"]), (&json!("next"), &json!("1")));
        assert_eq!(told["payload"]["errors"][0]["extensions"]["code"], "UNAVAILABLE", "{told}");
        assert_eq!(next(&mut socket).await, json!({ "type": "complete", "id": "1" }));
        hold.end().await;
        assert_only_the_second(&company, &mut socket).await;
    }
}

harness::api_test! {
    async fn what_the_client_stops_is_rolled_back(engine: Engine) {
        let app = patient(engine, 60).await;
        let company = Company::new(&app).await;
        let mut socket = open(&company.administrator).await;
        let hold = Hold::begin(&app).await;
        ask(&mut socket, "1", ADD).await;
        socket.send(json!({ "type": "complete", "id": "1" })).await.expect("sent");
        // The same for whoever just leaves.
        let mut leaving = open(&company.administrator).await;
        ask(&mut leaving, "1", ADD).await;
        is_quiet(&mut leaving).await;
        drop(leaving);
        app.until(|app| app.inside.sockets.len() == 1, "the abandoned socket stays open").await;
        hold.end().await;
        assert_only_the_second(&company, &mut socket).await;
    }
}

const ADD: &str = "mutation { clientCreate(input: { name: \"Перша\" }) { client { id } userErrors { code } } }";

/// An app whose database waits longer for a lock than a request may take.
async fn patient(engine: Engine, deadline: u64) -> App {
    let change = |config: &mut zapys::Config| {
        config.http.deadline_seconds = deadline;
        config.database.statement_timeout_ms = 60_000;
        config.database.lock_timeout_ms = 60_000;
    };
    App::start_with(engine, change).await.expect("an app")
}

/// Adds another client, and finds no other but the one that every company begins with.
async fn assert_only_the_second(company: &Company, socket: &mut Socket) {
    ask(socket, "1", &ADD.replace("Перша", "Друга")).await;
    let told = next(socket).await;
    assert!(told["payload"]["data"]["clientCreate"]["client"]["id"].is_string(), "{told}");
    assert_eq!(next(socket).await, json!({ "type": "complete", "id": "1" }));
    let clients = company.administrator.data("{ clients(first: 10) { nodes { name } } }", Value::Null).await;
    let names = clients["clients"]["nodes"].as_array().cloned().unwrap_or_default();
    let first = names.iter().filter(|client| client["name"] == "Перша").count();
    assert_eq!((names.len(), first), (2, 0), "{names:?}");
}

/// Keeps clients from being written.
enum Hold {
    Postgres(sqlx::PgConnection),
    Sqlite(sqlx::SqliteConnection),
}

impl Hold {
    async fn begin(app: &App) -> Self {
        let url = &app.storage().database_url;
        if url.starts_with("postgres") {
            let mut connection = sqlx::PgConnection::connect(url).await.expect("the database");
            sqlx::raw_sql("BEGIN; LOCK TABLE client IN EXCLUSIVE MODE").execute(&mut connection).await.expect("locked");
            Self::Postgres(connection)
        } else {
            let mut connection = sqlx::SqliteConnection::connect(url).await.expect("the file");
            sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut connection).await.expect("locked");
            Self::Sqlite(connection)
        }
    }

    async fn end(self) {
        match self {
            Self::Postgres(mut connection) => drop(sqlx::raw_sql("ROLLBACK").execute(&mut connection).await),
            Self::Sqlite(mut connection) => drop(sqlx::raw_sql("ROLLBACK").execute(&mut connection).await),
        }
    }
}
