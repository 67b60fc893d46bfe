//! One code, entered many times at the same moment.

use harness::Client;
use serde_json::{Value, json};

use super::salon::Salon;
use crate::client_access::received;

const MANY: usize = 8;

/// How many tokens one code gave.
async fn race(salon: &Salon) -> usize {
    let (page, email) = (&salon.pages[0], "client@example.com");
    page.done("clientCodeRequest", json!({ "email": email }), "done").await;
    let code = received(salon.company.mailbox(), email, 1).await.swap_remove(0);
    let query = "mutation($input: ClientCodeConfirmInput!) { clientCodeConfirm(input: $input) { access { token } userErrors { code } } }";
    let input = json!({ "input": { "email": email, "code": code } });
    let barrier = std::sync::Arc::new(tokio::sync::Barrier::new(MANY));
    let tasks: Vec<_> = (0..MANY)
        .map(|number| {
            let (barrier, input) = (barrier.clone(), input.clone());
            let page =
                Client::new(salon.pages[number % salon.pages.len()].base()).with_token(page.token().expect("a key"));
            tokio::spawn(async move {
                barrier.wait().await;
                page.run(query, input).await
            })
        })
        .collect();
    let mut won = 0;
    for task in tasks {
        let payload = task.await.expect("an answer").ok()["clientCodeConfirm"].clone();
        if payload["access"].is_null() {
            assert_eq!(payload["userErrors"], json!([{ "code": "CODE_INVALID" }]));
        } else {
            assert_eq!(payload["userErrors"], Value::Array(Vec::new()));
            won += 1;
        }
    }
    won
}

harness::api_test! {
    async fn one_of_them_is_let_in(engine: Engine) {
        assert_eq!(race(&Salon::open(engine, "").await).await, 1);
    }
}

harness::api_test! {
    async fn control_without_the_guard_several_are(engine: Engine) {
        let won = race(&Salon::open(engine, "clients.skip_code_guard=return").await).await;
        assert!(won > 1, "the race would pass without the guard, so it shows nothing");
    }
}
