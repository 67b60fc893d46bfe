//! The line about a slow operation: what it says, and what it never says.

use std::collections::BTreeSet;

use harness::{Client, PASSWORD};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{lines, serve, stop, written};

const SLOW: &str = "a slow operation";
/// A password takes long to try, whatever the machine.
const SIGN_IN: &str = "mutation SignIn($input: UserLoginInput!) { userLogin(input: $input) { userErrors { code } } }";
const LITERAL: &str = r#"mutation SignIn { userLogin(input: { email: "literally@example.com", password: "три сині верблюди" }) { userErrors { code } } }"#;

harness::api_test! {
    async fn a_slow_operation_is_one_line_without_what_a_person_typed(engine: Engine) {
        let storage = engine.storage().await.expect("a database");
        let settings = [("ZAPYS__LOG__SLOW_OPERATION_MS", "1"), ("ZAPYS__METRICS__OPERATIONS", r#"["SignIn"]"#)];
        let mut server = serve(&storage, &settings).await;
        let by_variables = sign_in(&server.client(), SIGN_IN, json!({ "input": { "email": "somebody@example.com", "password": PASSWORD } })).await;
        let by_literals = sign_in(&server.client(), LITERAL, Value::Null).await;
        stop(&mut server).await;
        let log = written(&storage.folder, &server);
        let slow = lines(&log, SLOW);
        for (request_id, document) in [(by_variables, SIGN_IN), (by_literals, LITERAL)] {
            let of_request: Vec<&Value> = slow.iter().filter(|line| line["request_id"] == request_id).collect();
            assert_eq!(of_request.len(), 1, "{log}");
            let line = of_request[0];
            let said: BTreeSet<&str> = line.as_object().expect("an object").keys().map(String::as_str).collect();
            let expected = "timestamp level target span message operation kind document ms statements cost outcome request_id";
            assert_eq!(said, expected.split(' ').collect());
            assert_eq!(line["level"], "WARN");
            assert_eq!((&line["operation"], &line["kind"]), (&json!("SignIn"), &json!("mutation")));
            assert_eq!(line["outcome"], "ok");
            let hash: String = Sha256::digest(document).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(line["document"], hash);
            assert!(line["ms"].as_u64().expect("a number") >= 1);
            assert!(line["statements"].as_u64().expect("a number") >= 1);
            assert!(line["cost"].as_u64().expect("a number") >= 1);
            assert_eq!(line["span"], json!({ "name": "request", "request_id": request_id }));
        }
        for secret in ["somebody@example.com", PASSWORD, "literally@example.com", "верблюди", "userLogin"] {
            assert!(!log.contains(secret), "{secret}: {log}");
        }
    }
}

harness::api_test! {
    async fn nothing_is_slow_where_that_is_off(engine: Engine) {
        let storage = engine.storage().await.expect("a database");
        let mut server = serve(&storage, &[("ZAPYS__LOG__SLOW_OPERATION_MS", "0")]).await;
        let request_id = sign_in(&server.client(), LITERAL, Value::Null).await;
        stop(&mut server).await;
        let log = written(&storage.folder, &server);
        assert!(lines(&log, SLOW).is_empty(), "{log}");
        let answered: Vec<Value> = lines(&log, "answered");
        assert!(answered.iter().any(|line| line["span"]["request_id"] == request_id), "{log}");
    }
}

/// Tries to log in, and gives the id of the request.
async fn sign_in(client: &Client, query: &str, variables: Value) -> String {
    let request_id = Uuid::new_v4().to_string();
    let body = json!({ "query": query, "variables": variables });
    let request = client.post("/graphql").header("x-request-id", &request_id).json(&body);
    let answer: Value = request.send().await.expect("an answer").json().await.expect("JSON");
    assert_eq!(answer["data"]["userLogin"]["userErrors"].as_array().map(Vec::len), Some(1), "{answer}");
    request_id
}
