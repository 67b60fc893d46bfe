//! Making and changing cards.

use access::BuiltinRole::{Employee, Manager, PublishableKey};
use kernel::Locale;
use serde_json::{Value, json};

use super::setup::{code, refusal, refusals, text, worlds};

const CREATE: &str = "mutation($input: ClientCreateInput!) { clientCreate(input: $input) {
    client { id version phones emails birthday tags language preferences { staffIds weekdays hours { start end } channel note }
             marketingConsent { given wording } }
    possibleDuplicates { name } userErrors { code field } } }";
const UPDATE: &str = "mutation($input: ClientUpdateInput!) { clientUpdate(input: $input) {
    client { name source version } current { name version } userErrors { code field } } }";

#[tokio::test]
async fn a_whole_card_comes_back_as_it_was_written() {
    for world in worlds().await {
        let manager = world.cx(Manager);
        let input = json!({ "input": {
            "name": "Олена", "phones": ["050 765 43 21", "+1 415 555 2671"], "emails": [" Olena@Example.com "], "birthday": "1990-02-28",
            "tags": ["VIP", "vip"], "language": "EN", "consent": { "given": true, "wording": "Так, надсилайте новини" },
            "preferences": { "staffIds": ["stf_00000000000000000000000001"], "weekdays": ["MONDAY"],
                             "hours": [{ "start": "09:00", "end": "12:30" }], "channel": "SMS", "note": "кава\nбез цукру" } } });
        let data = world.ask(&manager, CREATE, input).await;
        let mut client = data["clientCreate"]["client"].clone();
        client["id"].take();
        assert_eq!(
            client,
            json!({
            "id": null, "version": 1, "phones": ["+380507654321", "+14155552671"], "emails": ["olena@example.com"],
            "birthday": "1990-02-28", "tags": ["VIP"], "language": "EN",
            "preferences": { "staffIds": ["stf_00000000000000000000000001"], "weekdays": ["MONDAY"],
                             "hours": [{ "start": "09:00", "end": "12:30" }], "channel": "SMS", "note": "кава\nбез цукру" },
            "marketingConsent": { "given": true, "wording": "Так, надсилайте новини" } })
        );
        let unknown =
            json!({ "input": { "name": "О", "preferences": { "staffIds": ["stf_7zzzzzzzzzzzzzzzzzzzzzzzzz"] } } });
        assert_eq!(code(&world.send(&manager, CREATE, unknown).await), "NOT_FOUND");
        world.finish().await;
    }
}

#[tokio::test]
async fn look_alikes_are_listed_and_a_repeated_request_makes_one_card() {
    for world in worlds().await {
        let manager = world.cx(Manager);
        world.card(&manager, json!({ "name": "Інша", "phones": ["0671234567"] })).await;
        world.card(&manager, json!({ "name": "олена  КОВАЛЬ" })).await;
        world.card(&manager, json!({ "name": "Ніхто" })).await;
        let input = json!({ "input": { "name": "Олена Коваль", "phones": ["+380671234567"], "idempotencyKey": "k1" } });
        let first = world.ask(&manager, CREATE, input.clone()).await;
        let alike = first["clientCreate"]["possibleDuplicates"].as_array().unwrap();
        let mut names: Vec<_> = alike.iter().map(|client| text(&client["name"])).collect();
        names.sort();
        assert_eq!(names, ["Інша", "олена  КОВАЛЬ"]);
        let again = world.ask(&manager, CREATE, input).await;
        assert_eq!(again["clientCreate"]["client"]["id"], first["clientCreate"]["client"]["id"]);
        let other = json!({ "input": { "name": "Хтось", "idempotencyKey": "k1" } });
        let reused = world.ask(&manager, CREATE, other).await;
        assert_eq!(refusals(&reused["clientCreate"]), refusal("IDEMPOTENCY_KEY_REUSED", Some("idempotencyKey")));
        world.finish().await;
    }
}

#[tokio::test]
async fn an_edit_names_its_version_and_empties_by_null() {
    for world in worlds().await {
        let manager = world.cx(Manager);
        let id = world.card(&manager, json!({ "name": "Олена", "source": "Instagram" })).await;
        let edit = |version: i32, more: Value| {
            let mut input = json!({ "id": id, "version": version });
            input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            world.ask(&manager, UPDATE, json!({ "input": input }))
        };
        let data = edit(1, json!({ "name": "Олена Коваль" })).await;
        assert_eq!(
            data["clientUpdate"]["client"],
            json!({ "name": "Олена Коваль", "source": "Instagram", "version": 2 })
        );
        let stale = edit(1, json!({ "name": "Пізно" })).await;
        assert_eq!(refusals(&stale["clientUpdate"]), refusal("VERSION_CONFLICT", Some("version")));
        assert_eq!(stale["clientUpdate"]["current"], json!({ "name": "Олена Коваль", "version": 2 }));
        let data = edit(2, json!({ "source": null })).await;
        assert_eq!(data["clientUpdate"]["client"], json!({ "name": "Олена Коваль", "source": null, "version": 3 }));
        let wrong = edit(3, json!({ "name": " ", "phones": ["1"] })).await;
        assert_eq!(
            refusals(&wrong["clientUpdate"]),
            [refusal("REQUIRED", Some("name")), refusal("INVALID", Some("phones.0"))].concat()
        );
        world.finish().await;
    }
}

#[tokio::test]
async fn blocking_and_archiving_are_for_managers() {
    for world in worlds().await {
        let manager = world.cx(Manager);
        let id = world.card(&manager, json!({ "name": "Своя Клієнтка" })).await;
        let block = "mutation($input: ClientBlockInput!) { clientBlock(input: $input) { client { blocked block { reason } version } userErrors { code field } } }";
        let input = json!({ "input": { "id": id, "version": 1, "reason": "Не приходить" } });
        assert_eq!(code(&world.send(&world.cx(Employee), block, input.clone()).await), "FORBIDDEN");
        let data = world.ask(&manager, block, input).await;
        assert_eq!(
            data["clientBlock"]["client"],
            json!({ "blocked": true, "block": { "reason": "Не приходить" }, "version": 2 })
        );
        let archive = "mutation($input: ClientArchiveInput!) { clientArchive(input: $input) { client { version archivedAt } userErrors { code } } }";
        let data = world.ask(&manager, archive, json!({ "input": { "id": id, "version": 2 } })).await;
        assert_eq!(data["clientArchive"]["client"]["archivedAt"], json!("2026-11-23T08:00:00Z"));
        let edit = json!({ "input": { "id": id, "version": 3, "name": "Інакше" } });
        assert_eq!(refusals(&world.ask(&manager, UPDATE, edit).await["clientUpdate"]), refusal("ARCHIVED", None));
        let restore = "mutation($input: ClientRestoreInput!) { clientRestore(input: $input) { client { version archivedAt } userErrors { code } } }";
        let data = world.ask(&manager, restore, json!({ "input": { "id": id, "version": 3 } })).await;
        assert_eq!(data["clientRestore"]["client"], json!({ "version": 4, "archivedAt": null }));
        world.finish().await;
    }
}

#[tokio::test]
async fn what_is_sensitive_is_null_with_forbidden_on_its_path() {
    for world in worlds().await {
        let id = world.card(&world.cx(Manager), json!({ "name": "Своя Клієнтка", "phones": ["0671234567"] })).await;
        let query = "query($id: ID!) { client(id: $id) { name phones emails block { reason } notes { body } } }";
        let answer = world.send(&world.cx(Employee), query, json!({ "id": id })).await;
        assert_eq!(
            answer["data"]["client"],
            json!({ "name": "Своя Клієнтка", "phones": null, "emails": null, "block": null, "notes": [] })
        );
        let mut paths: Vec<_> =
            answer["errors"].as_array().unwrap().iter().map(|error| error["path"].to_string()).collect();
        paths.sort();
        assert_eq!(paths, [r#"["client","block"]"#, r#"["client","emails"]"#, r#"["client","phones"]"#]);
        assert!(answer["errors"].as_array().unwrap().iter().all(|error| error["extensions"]["code"] == "FORBIDDEN"));
        assert_eq!(code(&world.send(&world.cx(PublishableKey), query, json!({ "id": id })).await), "FORBIDDEN");
        world.finish().await;
    }
}

#[tokio::test]
async fn names_sort_anew_when_the_company_changes_its_language() {
    for world in worlds().await {
        let manager = world.cx(Manager);
        for name in ["Яна", "Ґалина", "Ганна", "Ірина"] {
            world.card(&manager, json!({ "name": name })).await;
        }
        let system = access::Cx::system("test", world.company, world.clock.clone());
        let change =
            tenancy::CompanyChange { version: 1, locale: Some(Locale::En), ..tenancy::CompanyChange::default() };
        world.tenancy.update_company(&system, change).await.unwrap();
        world.jobs.drain().await.unwrap();
        let data = world.ask(&manager, "{ clients { nodes { name } } }", json!({})).await;
        let names: Vec<_> =
            data["clients"]["nodes"].as_array().unwrap().iter().map(|node| text(&node["name"])).collect();
        let mut sorted = names.clone();
        sorted.sort_by_key(|name| kernel::text::sort_key(name, Locale::En));
        assert_eq!(names, sorted);
        world.finish().await;
    }
}
