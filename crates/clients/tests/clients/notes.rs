//! Private notes.

use access::BuiltinRole::{Employee, Manager};
use access::Cx;
use serde_json::{Value, json};

use super::setup::{World, code, refusal, refusals, text, worlds};

const WRITE: &str = "mutation($input: ClientNoteCreateInput!) { clientNoteCreate(input: $input) { note { id version authorId pinned } userErrors { code field } } }";
const EDIT: &str = "mutation($input: ClientNoteUpdateInput!) { clientNoteUpdate(input: $input) { note { body pinned version } current { version } userErrors { code field } } }";

async fn write(world: &World, cx: &Cx, client: &str, body: &str, pinned: bool) -> Value {
    world.clock.advance(chrono::TimeDelta::minutes(1));
    let input = json!({ "input": { "clientId": client, "body": body, "pinned": pinned } });
    world.ask(cx, WRITE, input).await["clientNoteCreate"].clone()
}

#[tokio::test]
async fn pinned_notes_stand_first_and_the_rest_is_paged() {
    for world in worlds().await {
        let manager = world.cx(Manager);
        let id = world.card(&manager, json!({ "name": "Олена" })).await;
        let other = world.card(&manager, json!({ "name": "Інша" })).await;
        write(&world, &manager, &id, "старе важливе", true).await;
        for number in 1..=55 {
            write(&world, &manager, &id, &format!("нотатка {number}"), false).await;
        }
        write(&world, &manager, &other, "про іншу", false).await;
        let query = "{ clients { nodes { name notes { body } } } }";
        let data = world.ask(&manager, query, json!({})).await;
        let notes = |name: &str| {
            let nodes = data["clients"]["nodes"].as_array().unwrap();
            nodes.iter().find(|node| node["name"] == name).unwrap()["notes"].as_array().unwrap().clone()
        };
        assert_eq!(notes("Інша"), [json!({ "body": "про іншу" })]);
        assert_eq!(notes("Олена").len(), 50);
        assert_eq!(notes("Олена")[..2], [json!({ "body": "старе важливе" }), json!({ "body": "нотатка 55" })]);
        let all =
            "query($id: ID!) { clientNotes(clientId: $id, first: 2) { nodes { body client { name } } totalCount } }";
        let data = world.ask(&manager, all, json!({ "id": id })).await;
        assert_eq!(data["clientNotes"]["totalCount"], json!(56));
        assert_eq!(data["clientNotes"]["nodes"][0], json!({ "body": "нотатка 55", "client": { "name": "Олена" } }));
        world.finish().await;
    }
}

#[tokio::test]
async fn an_employee_changes_own_notes_only() {
    for world in worlds().await {
        let (manager, employee) = (world.cx(Manager), world.cx(Employee));
        let id = world.card(&manager, json!({ "name": "Своя Клієнтка" })).await;
        let theirs = write(&world, &manager, &id, "від менеджера", false).await;
        let own = write(&world, &employee, &id, "моє", false).await;
        assert_eq!(own["note"]["authorId"], json!(employee.user().unwrap().to_string()));
        let edit = |note: &Value, version: i32| json!({ "input": { "id": text(&note["note"]["id"]), "version": version, "pinned": true } });
        assert_eq!(code(&world.send(&employee, EDIT, edit(&theirs, 1)).await), "FORBIDDEN");
        let data = world.ask(&employee, EDIT, edit(&own, 1)).await;
        assert_eq!(data["clientNoteUpdate"]["note"], json!({ "body": "моє", "pinned": true, "version": 2 }));
        let stale = world.ask(&manager, EDIT, edit(&own, 1)).await;
        assert_eq!(refusals(&stale["clientNoteUpdate"]), refusal("VERSION_CONFLICT", Some("version")));
        assert_eq!(stale["clientNoteUpdate"]["current"], json!({ "version": 2 }));
        let delete = "mutation($input: ClientNoteDeleteInput!) { clientNoteDelete(input: $input) { note { id } userErrors { code } } }";
        let gone = json!({ "input": { "id": text(&own["note"]["id"]), "version": 2 } });
        world.ask(&manager, delete, gone.clone()).await;
        assert_eq!(code(&world.send(&manager, delete, gone).await), "NOT_FOUND");
        world.finish().await;
    }
}

#[tokio::test]
async fn what_is_pinned_and_long_is_bounded() {
    for world in worlds().await {
        let manager = world.cx(Manager);
        let id = world.card(&manager, json!({ "name": "Олена" })).await;
        for number in 0..20 {
            write(&world, &manager, &id, &format!("{number}"), true).await;
        }
        let refused = write(&world, &manager, &id, "ще одна", true).await;
        assert_eq!(refusals(&refused), refusal("TOO_MANY_PINNED", Some("pinned")));
        let long = write(&world, &manager, &id, &"а".repeat(4_001), false).await;
        assert_eq!(refusals(&long), refusal("TOO_LONG", Some("body")));
        world.finish().await;
    }
}
