//! Documents that are named instead of sent: by hash, by id, from a list.

use harness::{App, Raw, api_test};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

async fn post(app: &App, body: Value) -> Raw {
    let headers = [("Content-Type", "application/json"), ("Accept", "application/graphql-response+json")];
    Raw::send(app.client().base(), "POST", "/graphql", &headers, body.to_string()).await
}

async fn get(app: &App, query: &str) -> Raw {
    Raw::send(
        app.client().base(),
        "GET",
        &format!("/graphql?{query}"),
        &[("Accept", "application/graphql-response+json")],
        "",
    )
    .await
}

fn hash(text: &str) -> String {
    Sha256::digest(text).iter().fold(String::new(), |hash, byte| format!("{hash}{byte:02x}"))
}

fn persisted(text: &str) -> Value {
    json!({ "persistedQuery": { "version": 1, "sha256Hash": hash(text) } })
}

/// A text that no other test sends.
fn fresh(operation: &str) -> String {
    format!("{operation} # {}", uuid::Uuid::now_v7())
}

api_test! {
    async fn a_query_is_sent_once_and_then_named_by_its_hash(app: &App) {
        let text = fresh("{ __typename }");
        let named = json!({ "extensions": persisted(&text) });
        let unknown = post(app, named.clone()).await;
        assert_eq!((unknown.status, unknown.code().as_str()), (400, "PERSISTED_QUERY_NOT_FOUND"));
        assert_eq!(unknown.json()["errors"][0]["message"], "PersistedQueryNotFound");
        assert!(unknown.json().get("data").is_none());
        let sent = post(app, json!({ "query": text, "extensions": persisted(&text) })).await;
        assert_eq!((sent.status, &sent.json()["data"]), (200, &json!({ "__typename": "Query" })));
        assert_eq!(post(app, named).await.json()["data"], json!({ "__typename": "Query" }));
        let extensions = format!("%7B%22persistedQuery%22:%7B%22version%22:1,%22sha256Hash%22:%22{}%22%7D%7D", hash(&text));
        for query in [format!("extensions={extensions}"), format!("documentId=sha256:{}", hash(&text))] {
            assert_eq!(get(app, &query).await.json()["data"], json!({ "__typename": "Query" }), "{query}");
        }
    }
}

api_test! {
    async fn a_hash_names_its_own_text_only(app: &App) {
        let (text, other) = (fresh("{ __typename }"), fresh("{ a: __typename }"));
        let wrong = post(app, json!({ "query": other, "extensions": persisted(&text) })).await;
        assert_eq!((wrong.status, wrong.code().as_str()), (400, "PERSISTED_QUERY_HASH_MISMATCH"));
        assert_eq!(post(app, json!({ "extensions": persisted(&text) })).await.code(), "PERSISTED_QUERY_NOT_FOUND");
        let mut later = persisted(&text);
        later["persistedQuery"]["version"] = json!(2);
        assert_eq!(post(app, json!({ "query": text, "extensions": later })).await.code(), "PERSISTED_QUERY_NOT_SUPPORTED");
    }
}

api_test! {
    async fn a_named_mutation_cannot_be_sent_by_get(app: &App) {
        let text = fresh("mutation { __typename }");
        assert_eq!(post(app, json!({ "query": text, "extensions": persisted(&text) })).await.status, 200);
        assert_eq!(get(app, &format!("documentId=sha256:{}", hash(&text))).await.status, 405);
    }
}

api_test! {
    async fn a_list_can_be_all_that_is_answered(engine: Engine) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("documents.json");
        let text = "query Listed { __typename }";
        std::fs::write(&file, json!({ "listed": text }).to_string()).unwrap();
        let app = App::start_with(engine, |config| {
            config.graphql.documents = file.clone();
            config.graphql.documents_only = true;
        });
        let app = app.await.unwrap();
        for (asked, code) in [
            (json!({ "documentId": "listed" }), None),
            (json!({ "documentId": format!("sha256:{}", hash(text)) }), None),
            (json!({ "extensions": persisted(text) }), None),
            (json!({ "query": text }), None),
            (json!({ "query": "{ __typename }" }), Some("DOCUMENT_NOT_LISTED")),
            (json!({ "query": "{" }), Some("DOCUMENT_NOT_LISTED")),
            (json!({ "documentId": "another" }), Some("DOCUMENT_NOT_LISTED")),
        ] {
            let answer = post(&app, asked.clone()).await;
            assert_eq!(answer.status, if code.is_some() { 400 } else { 200 }, "{asked}");
            assert_eq!(answer.json()["errors"][0]["extensions"]["code"].as_str(), code, "{asked}");
        }
        std::fs::write(&file, json!({ "listed": text, "wrong": "{ nothing }" }).to_string()).unwrap();
        let refused = App::start_with(engine, |config| config.graphql.documents = file.clone()).await;
        let told = format!("{:#}", refused.err().unwrap());
        assert!(told.contains("the document \"wrong\": Type \"Query\" has no field \"nothing\""), "{told}");
    }
}
