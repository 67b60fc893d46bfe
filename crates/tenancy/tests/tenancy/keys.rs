//! API keys.

use kernel::Kind;
use serde_json::{Value, json};
use zapys_tenancy::Entrance;

use super::setup::{code, refusal, refusals, text, worlds};

const CREATE: &str = "mutation($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) { key apiKey { id hint lastUsedAt } userErrors { code field } } }";

fn publishable() -> Value {
    json!({ "input": { "name": "Сайт", "kind": "PUBLISHABLE", "origins": ["https://Salon.example/"], "idempotencyKey": "k" } })
}

#[tokio::test]
async fn a_publishable_key_is_shown_once_and_bound_to_its_origins() {
    for world in worlds().await {
        let (company, olena) = world.administrator("olena@salon.example", "salon").await;
        let data = world.ask(Some(&olena), CREATE, publishable()).await;
        let key = text(&data["apiKeyCreate"]["key"]);
        assert!(key.starts_with("zpk_pub_") && key.ends_with(&text(&data["apiKeyCreate"]["apiKey"]["hint"])));
        let again = world.ask(Some(&olena), CREATE, publishable()).await;
        assert_eq!(again["apiKeyCreate"]["key"], Value::Null);
        assert_eq!(again["apiKeyCreate"]["apiKey"]["id"], data["apiKeyCreate"]["apiKey"]["id"]);

        let from = |origin: Option<&str>| Entrance {
            bearer: Some(key.clone()),
            origin: origin.map(str::to_owned),
            ..Entrance::default()
        };
        let cx = world.tenancy.authenticate(&from(Some("https://salon.example"))).await.unwrap();
        assert_eq!(cx.company_id(), Some(company));
        assert!(cx.is_public() && cx.can(zapys_tenancy::permissions::COMPANY_READ));
        assert!(!cx.can(zapys_tenancy::permissions::COMPANY_WRITE));
        assert!(world.tenancy.authenticate(&from(None)).await.is_ok());
        let elsewhere = world.tenancy.authenticate(&from(Some("https://other.example"))).await.unwrap_err();
        assert!(matches!(elsewhere.kind, Kind::Forbidden { .. }));

        let public = world
            .ask(Some(&key), "{ company { name locations { name } } viewer { user { id } permissions } }", json!({}))
            .await;
        assert_eq!(public["company"], json!({ "name": "Салон", "locations": [{ "name": "Поділ" }] }));
        assert_eq!(public["viewer"]["user"], Value::Null);
        assert_eq!(code(&world.send(Some(&key), "{ members { nodes { id } } }", json!({})).await), "FORBIDDEN");
        world.finish().await;
    }
}

#[tokio::test]
async fn a_secret_key_has_the_chosen_permissions_until_it_is_revoked() {
    for world in worlds().await {
        let (_, olena) = world.administrator("olena@salon.example", "salon").await;
        let input = json!({ "input": { "name": "Звіти", "kind": "SECRET", "permissions": ["members.read"] } });
        let data = world.ask(Some(&olena), CREATE, input).await;
        let (key, id) = (text(&data["apiKeyCreate"]["key"]), data["apiKeyCreate"]["apiKey"]["id"].clone());
        world.ask(Some(&key), "{ members { nodes { id user { email } } } }", json!({})).await;
        assert_eq!(code(&world.send(Some(&key), "{ company { name } }", json!({})).await), "FORBIDDEN");
        assert_eq!(code(&world.send(Some(&key), "{ sessions { id } }", json!({})).await), "UNAUTHENTICATED");

        let revoke =
            "mutation($id: ID!) { apiKeyRevoke(input: { id: $id }) { apiKey { revokedAt } userErrors { code } } }";
        world.ask(Some(&olena), revoke, json!({ "id": id })).await;
        assert_eq!(world.enter(Some(&key)).await.unwrap_err().kind, Kind::Unauthenticated);
        assert_eq!(world.enter(Some("zpk_sec_nothing")).await.unwrap_err().kind, Kind::Unauthenticated);
        world.finish().await;
    }
}

#[tokio::test]
async fn bad_keys_are_refused_at_their_field() {
    for world in worlds().await {
        let (_, olena) = world.administrator("olena@salon.example", "salon").await;
        for (input, expected) in [
            (json!({ "name": "К", "kind": "PUBLISHABLE" }), refusal("REQUIRED", Some("origins"))),
            (
                json!({ "name": "К", "kind": "PUBLISHABLE", "origins": ["https://a.example", "*"] }),
                refusal("ORIGIN_INVALID", Some("origins.1")),
            ),
            (
                json!({ "name": "К", "kind": "PUBLISHABLE", "origins": ["https://a.example"], "permissions": ["members.read"] }),
                refusal("INVALID", Some("permissions")),
            ),
            (json!({ "name": "К", "kind": "SECRET" }), refusal("REQUIRED", Some("permissions"))),
            (
                json!({ "name": "К", "kind": "SECRET", "permissions": ["members.read"], "origins": ["https://a.example"] }),
                refusal("INVALID", Some("origins.0")),
            ),
            (
                json!({ "name": "", "kind": "SECRET", "permissions": ["members.read"] }),
                refusal("REQUIRED", Some("name")),
            ),
        ] {
            let data = world.ask(Some(&olena), CREATE, json!({ "input": input })).await;
            assert_eq!(refusals(&data["apiKeyCreate"]), expected, "{input}");
        }
        world.finish().await;
    }
}
