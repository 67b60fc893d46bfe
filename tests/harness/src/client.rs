//! A GraphQL client over real HTTP, as a front end would have one.

use std::collections::HashMap;
use std::fmt;
use std::net::Ipv6Addr;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::OnceCell;

/// A caller of the API: a server, what is said about who is asking, a language. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
    language: &'static str,
    address: Ipv6Addr,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// `data`, null when there is none.
    pub data: Value,
    /// `errors`.
    pub errors: Vec<Value>,
    /// `extensions`.
    pub extensions: Value,
}

impl Client {
    /// Nobody, at a server's base URL (`http://127.0.0.1:8080`). Each new client comes from another network address, so
    /// that limits per address don't make tests disturb one another.
    pub fn new(base: impl Into<String>) -> Self {
        let address = Ipv6Addr::from(0x2001_0db8_u128 << 96 | uuid::Uuid::new_v4().as_u128() >> 32);
        Self { http: reqwest::Client::new(), base: base.into(), token: None, language: "en", address }
    }

    /// The same caller with a token or key.
    #[must_use]
    pub fn with_token(&self, token: impl Into<String>) -> Self {
        Self { token: Some(token.into()), ..self.clone() }
    }

    /// The same caller without token or key.
    #[must_use]
    pub fn anonymous(&self) -> Self {
        Self { token: None, ..self.clone() }
    }

    /// The same caller in another language (`uk`, `en`).
    #[must_use]
    pub fn in_language(&self, language: &'static str) -> Self {
        Self { language, ..self.clone() }
    }

    /// The same caller, from the same network address, at another server.
    #[must_use]
    pub fn at(&self, base: &str) -> Self {
        Self { base: base.to_owned(), ..self.clone() }
    }

    /// Where it says to come from.
    pub(crate) fn address(&self) -> Ipv6Addr {
        self.address
    }

    /// Where the server is.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The token or key.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// A request to a path with everything that this caller says about itself.
    pub fn post(&self, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.post(format!("{}{path}", self.base));
        let request =
            request.header("accept-language", self.language).header("x-forwarded-for", self.address.to_string());
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Runs an operation; an error when the server can't be reached or answers no JSON.
    pub async fn try_run(&self, query: &str, variables: Value) -> anyhow::Result<Answer> {
        let body = json!({ "query": query, "variables": variables });
        let request = self.post("/graphql").header("accept", "application/graphql-response+json");
        let response = request.json(&body).send().await?;
        let status = response.status().as_u16();
        let text = response.text().await?;
        let answer = serde_json::from_str(&text);
        let answer = answer.map_err(|error| anyhow::anyhow!("{status}, not JSON ({error}): {text}"))?;
        Ok(Answer::read(status, answer))
    }

    /// Runs an operation.
    pub async fn run(&self, query: &str, variables: Value) -> Answer {
        match self.try_run(query, variables).await {
            Ok(answer) => answer,
            Err(error) => panic!("{error:#}\n{query}"),
        }
    }

    /// Begins a subscription over server-sent events and gives its first event; None when none came in a second.
    pub async fn first_event(&self, query: &str, variables: Value) -> Option<Answer> {
        let body = json!({ "query": query, "variables": variables });
        let request = self.post("/graphql").header("accept", "text/event-stream").json(&body);
        let mut response = request.send().await.ok()?;
        let status = response.status().as_u16();
        let mut text = String::new();
        loop {
            // A refusal before the stream is plain JSON; an event is a line `data: …`.
            let event = text.lines().find_map(|line| line.strip_prefix("data:").filter(|data| data.trim().len() > 2));
            if let Some(answer) =
                serde_json::from_str(event.unwrap_or(&text)).ok().map(|answer| Answer::read(status, answer))
            {
                return Some(answer);
            }
            let chunk = tokio::time::timeout(Duration::from_secs(1), response.chunk()).await.ok()?.ok()??;
            text.push_str(&String::from_utf8_lossy(&chunk));
        }
    }

    /// Runs an operation that must succeed, and gives its data.
    pub async fn data(&self, query: &str, variables: Value) -> Value {
        self.run(query, variables).await.ok()
    }

    /// Runs a mutation with one `input`, and gives its payload, in which `selection` and `userErrors` are selected.
    pub async fn mutate(&self, field: &str, input: Value, selection: &str) -> Payload {
        let kind = self.input_type(field).await;
        let query = format!(
            "mutation($input: {kind}) {{ {field}(input: $input) {{ {selection} userErrors {{ code field message }} }} }}"
        );
        let answer = self.run(&query, json!({ "input": input })).await;
        Payload { field: field.to_owned(), answer }
    }

    /// The type of a mutation's `input`, as the schema says. All servers of a run have the same schema.
    async fn input_type(&self, field: &str) -> String {
        static TYPES: OnceCell<HashMap<String, String>> = OnceCell::const_new();
        let read = || async {
            let query = "{ __schema { mutationType { fields { name args { name type { name ofType { name } } } } } } }";
            let data = self.anonymous().data(query, Value::Null).await;
            let fields = data["__schema"]["mutationType"]["fields"].as_array().cloned().unwrap_or_default();
            let entry = |field: &Value| {
                let kind = &field["args"].as_array()?.iter().find(|argument| argument["name"] == "input")?["type"];
                let kind = kind["ofType"]["name"].as_str().map(|name| format!("{name}!"));
                Some((field["name"].as_str()?.to_owned(), kind?))
            };
            fields.iter().filter_map(entry).collect()
        };
        let types = TYPES.get_or_init(read).await;
        types.get(field).unwrap_or_else(|| panic!("no mutation {field} with an input")).clone()
    }

    /// Runs a mutation that must succeed, and gives its payload.
    pub async fn done(&self, field: &str, input: Value, selection: &str) -> Value {
        self.mutate(field, input, selection).await.ok()
    }
}

impl Answer {
    fn read(status: u16, mut answer: Value) -> Self {
        let errors = match answer["errors"].take() {
            Value::Array(errors) => errors,
            _ => Vec::new(),
        };
        Self { status, data: answer["data"].take(), errors, extensions: answer["extensions"].take() }
    }

    /// What a subscription that waits for its first event has answered so far.
    pub fn nothing() -> Self {
        Self { status: 200, data: Value::Null, errors: Vec::new(), extensions: Value::Null }
    }

    /// The data of an operation without errors.
    pub fn ok(self) -> Value {
        assert!(self.errors.is_empty(), "{self}");
        self.data
    }

    /// The codes of its top-level errors.
    pub fn codes(&self) -> Vec<String> {
        let code = |error: &Value| error["extensions"]["code"].as_str().unwrap_or("(no code)").to_owned();
        self.errors.iter().map(code).collect()
    }

    /// The code of its only top-level error.
    pub fn code(&self) -> String {
        assert_eq!(self.errors.len(), 1, "{self}");
        self.codes().remove(0)
    }

    /// How many SQL statements it took, where the server says so.
    pub fn statements(&self) -> u64 {
        self.extensions["statements"].as_u64().unwrap_or_else(|| panic!("the server counted no statements: {self}"))
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {} {}", self.status, Value::from(self.errors.clone()), self.data)
    }
}

/// The answer of a mutation.
#[derive(Debug)]
pub struct Payload {
    field: String,
    /// All of it.
    pub answer: Answer,
}

impl Payload {
    /// The payload of a mutation that nobody refused.
    pub fn ok(self) -> Value {
        let field = self.field;
        let mut data = self.answer.ok();
        let payload = data[&field].take();
        assert_eq!(payload["userErrors"], json!([]), "{field}");
        payload
    }

    /// Its user errors as `CODE` or `CODE@field`, in order.
    pub fn refusals(&self) -> Vec<String> {
        assert!(self.answer.errors.is_empty(), "{}: {}", self.field, self.answer);
        let errors = self.answer.data[&self.field]["userErrors"].as_array().cloned().unwrap_or_default();
        let shown = |error: &Value| {
            let code = error["code"].as_str().unwrap_or_default().to_owned();
            error["field"].as_str().map_or_else(|| code.clone(), |field| format!("{code}@{field}"))
        };
        errors.iter().map(shown).collect()
    }

    /// Its payload, refused or not.
    pub fn value(&self) -> &Value {
        &self.answer.data[&self.field]
    }
}
