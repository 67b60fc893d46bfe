//! Who is asking: bearers and their forgeries, keys and their rotation, guessing and its limits, the cookie of browsers.

mod account;
mod bearer;
mod cookie;
mod guessing;
mod rotation;
mod tabs;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use harness::{Client, PASSWORD};
use serde_json::{Value, json};

/// What a request was answered with, head and body.
struct Said {
    status: u16,
    headers: reqwest::header::HeaderMap,
    body: Value,
}

impl Said {
    async fn of(request: reqwest::RequestBuilder) -> Self {
        let response = request.header("accept", "application/graphql-response+json").send().await.expect("an answer");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.expect("a body");
        Self { status, headers, body: serde_json::from_str(&text).unwrap_or(Value::String(text)) }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("a text"))
    }

    fn code(&self) -> &str {
        self.body["errors"][0]["extensions"]["code"].as_str().unwrap_or_default()
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// A part of a token, decoded.
fn part(token: &str, place: usize) -> Value {
    let part = token.split('.').nth(place).expect("a part");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
}

/// Logs a person in; access and refresh token.
async fn pair(nobody: &Client, email: &str) -> (String, String) {
    let input = json!({ "email": email, "password": PASSWORD });
    let tokens = nobody.done("userLogin", input, "tokens { accessToken refreshToken }").await;
    (text(&tokens["tokens"]["accessToken"]), text(&tokens["tokens"]["refreshToken"]))
}
