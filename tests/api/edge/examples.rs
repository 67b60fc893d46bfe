//! The examples that GraphiQL offers (web/explorer/examples) work on the demo companies: each is run as the page runs it,
//! with variables from the answers before, by whom it is for.

use std::collections::HashMap;
use std::path::Path;

use chrono::{Days, Utc};
use harness::{Client, Process, Socket, command, key};
use serde_json::{Map, Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_zapys");

harness::api_test! {
    async fn every_example_works_for_its_role_on_the_demo(engine: Engine) {
        if !engine.is_embedded() {
            return; // Filling the demo takes long, and operations know nothing of the engine.
        }
        let storage = engine.storage().await.expect("a database");
        let filled = command(PROGRAM, &storage).arg("demo").output().await.expect("a demo");
        assert!(filled.status.success(), "{}", String::from_utf8_lossy(&filled.stderr));
        let server = Process::serve(PROGRAM, &storage, &[]).await.expect("a server");
        let book = Book::read();
        let mut run = 0;
        for company in book.0["companies"].as_array().expect("companies") {
            let demo = Demo::enter(&book, &server.client(), company).await;
            for example in book.examples() {
                if example.get("company").is_none_or(|only| *only == company["name"]) {
                    demo.show(example).await;
                    run += 1;
                }
            }
        }
        assert!(run > 30, "{run}");
        let roles = ["administrator", "manager", "employee", "partner", "anonymous"];
        for role in roles {
            assert!(book.examples().iter().any(|one| name(one).starts_with(role)), "{role} has an example");
        }
    }
}

/// The list of examples.
struct Book(Value);

/// The examples at work for one company.
struct Demo<'a> {
    book: &'a Book,
    company: &'a Value,
    callers: HashMap<&'static str, Client>,
}

impl Book {
    fn read() -> Self {
        Self(serde_json::from_str(&file("examples.json")).expect("JSON"))
    }

    fn examples(&self) -> &Vec<Value> {
        self.0["examples"].as_array().expect("examples")
    }

    fn find(&self, wanted: &Value) -> &Value {
        self.examples().iter().find(|one| one["name"] == *wanted).unwrap_or_else(|| panic!("no example {wanted}"))
    }
}

impl<'a> Demo<'a> {
    /// Logs everybody in, once: logins are limited.
    async fn enter(book: &'a Book, server: &Client, company: &'a Value) -> Self {
        let mut callers = HashMap::from([("anonymous", server.clone())]);
        for role in ["administrator", "manager", "employee"] {
            let input = json!({ "email": company[role], "password": book.0["password"] });
            let tokens = server.done("userLogin", input, "tokens { accessToken }").await;
            let token = tokens["tokens"]["accessToken"].as_str().expect("a token");
            callers.insert(role, server.with_token(token));
        }
        let input = json!({ "kind": "PUBLISHABLE", "name": "GraphiQL", "origins": ["https://partner.example"] });
        let made = callers["administrator"].done("apiKeyCreate", input, "key").await;
        callers.insert("partner", server.with_token(made["key"].as_str().expect("a key")));
        Self { book, company, callers }
    }

    /// Runs an example that must succeed; a subscription must receive what its cause makes happen.
    async fn show(&self, example: &Value) {
        let text = file(&format!("{}.graphql", name(example)));
        if !text.contains("\nsubscription ") {
            Box::pin(self.run(example)).await;
            return;
        }
        let mut socket = Socket::open(self.caller(example)).await.expect("a socket");
        socket.subscribe(&text, json!({})).await.expect("sent");
        if let Some(cause) = example.get("cause") {
            Box::pin(self.run(self.book.find(cause))).await;
            let event = socket.event().await.expect("an event");
            assert!(event["calendarChanged"]["booking"]["reference"].is_string(), "{event}");
        } else {
            // A refusal of the subscription would come before this answer.
            socket.subscribe("{ __typename }", json!({})).await.expect("sent");
            assert_eq!(socket.event().await.expect("an answer")["__typename"], "Query");
        }
    }

    /// The answers of an example and of those before it.
    async fn run(&self, example: &Value) -> Map<String, Value> {
        let mut answers = match example.get("after") {
            Some(before) => Box::pin(self.run(self.book.find(before))).await,
            None => Map::new(),
        };
        let mut demo = self.company.clone();
        demo["password"] = self.book.0["password"].clone();
        answers.insert("demo".to_owned(), demo);
        let variables = value(&example["variables"], &answers);
        let text = file(&format!("{}.graphql", name(example)));
        let answer = self.caller(example).run(&text, variables).await;
        assert!(answer.errors.is_empty(), "{}: {answer}", name(example));
        for (field, payload) in answer.data.as_object().expect("data") {
            let refused = payload.get("userErrors").is_some_and(|errors| *errors != json!([]));
            assert!(!refused, "{}: {field} {payload}", name(example));
            answers.insert(field.clone(), payload.clone());
        }
        answers
    }

    /// Whom the example is for, by its folder.
    fn caller(&self, example: &Value) -> &Client {
        let role = name(example).split('/').next().unwrap_or_default();
        self.callers.get(role).unwrap_or_else(|| panic!("nobody is {role}"))
    }
}

/// What web/explorer/src/examples.ts does: fills in what begins with "=".
fn value(form: &Value, answers: &Map<String, Value>) -> Value {
    match form {
        Value::Array(items) => items.iter().map(|item| value(item, answers)).collect(),
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(name, item)| (name.clone(), value(item, answers))).collect())
        }
        Value::String(text) => text.strip_prefix('=').map_or_else(|| form.clone(), |path| found(path, answers)),
        other => other.clone(),
    }
}

fn found(path: &str, answers: &Map<String, Value>) -> Value {
    let (moment, days) = path.split_once('+').unwrap_or((path, "0"));
    #[allow(clippy::disallowed_methods, reason = "the demo stands around the real present")]
    let instant = || Utc::now() + Days::new(days.parse().expect("days"));
    match moment {
        "today" => json!(instant().date_naive().to_string()),
        "now" => json!(instant().format("%Y-%m-%dT%H:00:00Z").to_string()),
        "key" => json!(key()),
        "address" => json!(format!("{}@example.com", key())),
        _ => {
            let pointer = format!("/{}", path.replace('.', "/"));
            Value::Object(answers.clone()).pointer(&pointer).unwrap_or_else(|| panic!("no {path}")).clone()
        }
    }
}

fn name(example: &Value) -> &str {
    example["name"].as_str().expect("a name")
}

fn file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/explorer/examples").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
