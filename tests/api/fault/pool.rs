//! One connection is enough: a request holds at most one at a time, so a small pool is slow and never stuck.

use harness::{App, Company};
use serde_json::json;

harness::api_test! {
    async fn several_mutations_of_one_request_share_one_connection(engine: Engine) {
        let app = App::start_with(engine, |config| config.database.max_connections = 1).await.expect("an app");
        let company = Company::new(&app).await;
        let query = "mutation($a: ClientCreateInput!, $b: ClientCreateInput!) {
            a: clientCreate(input: $a) { client { name } userErrors { code } }
            b: clientCreate(input: $b) { client { name } userErrors { code } }
        }";
        let made = company.administrator.data(query, json!({ "a": { "name": "Перша" }, "b": { "name": "Друга" } })).await;
        assert_eq!((&made["a"]["client"]["name"], &made["b"]["client"]["name"]), (&json!("Перша"), &json!("Друга")));
    }
}
