//! Roles, members, the last administrator.

use serde_json::{Value, json};

use super::setup::{World, code, refusal, refusals, text, worlds};

const UPDATE: &str = "mutation($input: MemberUpdateInput!) { memberUpdate(input: $input) { member { version role { kind } } current { version } userErrors { code field } } }";
const REMOVE: &str = "mutation($id: ID!, $v: Int!) { memberRemove(input: { id: $id, version: $v }) { member { removedAt } userErrors { code field } } }";

async fn own_member(world: &World, token: &str) -> String {
    let data = world.ask(Some(token), "{ viewer { companies { member { id } } } }", json!({})).await;
    text(&data["viewer"]["companies"][0]["member"]["id"])
}

fn kind(kind: &str) -> Value {
    json!({ "kind": kind })
}

#[tokio::test]
async fn a_changed_role_acts_with_the_next_request() {
    for world in worlds().await {
        let (_, olena) = world.administrator("olena@salon.example", "salon").await;
        let (member, petro) = world.member(&olena, "petro@salon.example", kind("MANAGER")).await;
        let rename = "mutation { companyUpdate(input: { version: 1, name: \"Нова назва\" }) { company { name } } }";
        world.ask(Some(&petro), rename, json!({})).await;
        let lower = json!({ "input": { "id": member, "version": 1, "role": kind("EMPLOYEE") } });
        world.ask(Some(&olena), UPDATE, lower).await;
        assert_eq!(code(&world.send(Some(&petro), rename, json!({})).await), "FORBIDDEN");

        let removed = world.ask(Some(&olena), REMOVE, json!({ "id": member, "v": 2 })).await;
        assert!(removed["memberRemove"]["member"]["removedAt"].is_string());
        let cx = world.enter(Some(&petro)).await.unwrap();
        assert!(cx.company_id().is_none() && cx.permissions().is_empty());
        assert_eq!(code(&world.send(Some(&petro), "{ company { name } }", json!({})).await), "FORBIDDEN");
        world.finish().await;
    }
}

#[tokio::test]
async fn the_last_administrator_stays() {
    for world in worlds().await {
        let (_, olena) = world.administrator("olena@salon.example", "salon").await;
        let me = own_member(&world, &olena).await;
        let lower = json!({ "input": { "id": me, "version": 1, "role": kind("MANAGER") } });
        let end = json!({ "input": { "id": me, "version": 1, "endsAt": "2027-01-01T00:00:00Z" } });
        for input in [lower, end] {
            let data = world.ask(Some(&olena), UPDATE, input).await;
            assert_eq!(refusals(&data["memberUpdate"]), refusal("LAST_ADMINISTRATOR", None));
        }
        let data = world.ask(Some(&olena), REMOVE, json!({ "id": me, "v": 1 })).await;
        assert_eq!(refusals(&data["memberRemove"]), refusal("LAST_ADMINISTRATOR", None));
        world.finish().await;
    }
}

#[tokio::test]
async fn two_administrators_cannot_remove_one_another_at_once() {
    for world in worlds().await {
        for round in 0..5 {
            let owner = format!("olena{round}@salon.example");
            let (_, olena) = world.administrator(&owner, &format!("salon-{round}")).await;
            let other = format!("petro{round}@salon.example");
            let (petros, petro) = world.member(&olena, &other, kind("ADMINISTRATOR")).await;
            let olenas = own_member(&world, &olena).await;
            let (first, second) = tokio::join!(
                world.send(Some(&olena), REMOVE, json!({ "id": petros, "v": 1 })),
                world.send(Some(&petro), REMOVE, json!({ "id": olenas, "v": 1 })),
            );
            let done = |answer: &Value| answer["data"]["memberRemove"]["member"].is_object();
            assert!(done(&first) != done(&second), "{first} {second}");
        }
        world.finish().await;
    }
}

#[tokio::test]
async fn nobody_gives_more_than_they_have() {
    for world in worlds().await {
        let (_, olena) = world.administrator("olena@salon.example", "salon").await;
        let create = "mutation($input: RoleCreateInput!) { roleCreate(input: $input) { role { id version permissions } userErrors { code field } } }";
        let front = json!({ "input": { "name": "Рецепція", "permissions": ["members.read", "members.write", "roles.write", "company.read"] } });
        let data = world.ask(Some(&olena), create, front).await;
        let role = text(&data["roleCreate"]["role"]["id"]);
        let custom = json!({ "kind": "CUSTOM", "customRoleId": role });
        let (_, petro) = world.member(&olena, "petro@salon.example", custom.clone()).await;
        let (ivans, _) = world.member(&olena, "ivan@salon.example", kind("MANAGER")).await;

        let more = json!({ "input": { "name": "Усе", "permissions": ["audit.read"] } });
        let data = world.ask(Some(&petro), create, more).await;
        assert_eq!(refusals(&data["roleCreate"]), refusal("EXCEEDS_OWN_PERMISSIONS", Some("permissions")));
        let unknown = json!({ "input": { "name": "Усе", "permissions": ["no.such"] } });
        let data = world.ask(Some(&olena), create, unknown).await;
        assert_eq!(refusals(&data["roleCreate"]), refusal("UNKNOWN_PERMISSION", Some("permissions")));
        let invite = "mutation { invitationCreate(input: { email: \"x@salon.example\", role: { kind: ADMINISTRATOR } }) { userErrors { code field } } }";
        let data = world.ask(Some(&petro), invite, json!({})).await;
        assert_eq!(refusals(&data["invitationCreate"]), refusal("EXCEEDS_OWN_PERMISSIONS", Some("role")));
        // Neither may they touch somebody who can do more.
        let data = world.ask(Some(&petro), REMOVE, json!({ "id": ivans, "v": 1 })).await;
        assert_eq!(refusals(&data["memberRemove"]), refusal("EXCEEDS_OWN_PERMISSIONS", Some("role")));

        let archive = "mutation($id: ID!) { roleArchive(input: { id: $id, version: 1 }) { role { archived } userErrors { code } } }";
        let data = world.ask(Some(&olena), archive, json!({ "id": role })).await;
        assert_eq!(refusals(&data["roleArchive"]), refusal("IN_USE", None));
        // A change of the role acts at once.
        let update = "mutation($id: ID!) { roleUpdate(input: { id: $id, version: 1, permissions: [\"company.read\"] }) { role { version } userErrors { code } } }";
        world.ask(Some(&olena), update, json!({ "id": role })).await;
        assert_eq!(code(&world.send(Some(&petro), invite, json!({})).await), "FORBIDDEN");
        world.finish().await;
    }
}

#[tokio::test]
async fn members_are_listed_with_their_accounts() {
    for world in worlds().await {
        let (_, olena) = world.administrator("olena@salon.example", "salon").await;
        world.advance(1);
        world.member(&olena, "petro@salon.example", kind("EMPLOYEE")).await;
        let list = "{ members(first: 10) { totalCount nodes { user { email } role { kind } } } }";
        let data = world.ask(Some(&olena), list, json!({})).await;
        assert_eq!(
            data["members"],
            json!({ "totalCount": 2, "nodes": [
            { "user": { "email": "olena@salon.example" }, "role": { "kind": "ADMINISTRATOR" } },
            { "user": { "email": "petro@salon.example" }, "role": { "kind": "EMPLOYEE" } },
        ] })
        );
        world.finish().await;
    }
}

#[tokio::test]
async fn the_audit_log_says_who_did_what() {
    for world in worlds().await {
        let (_, olena) = world.administrator("olena@salon.example", "salon").await;
        world.advance(1);
        let (_, petro) = world.member(&olena, "petro@salon.example", kind("MANAGER")).await;
        let log = "query($filter: AuditFilterInput) { auditLog(filter: $filter, first: 10) { nodes { name actorKind actorId data } } }";
        let data = world.ask(Some(&olena), log, json!({})).await;
        let names: Vec<_> =
            data["auditLog"]["nodes"].as_array().unwrap().iter().map(|node| text(&node["name"])).collect();
        assert_eq!(names.last().map(String::as_str), Some("company.created"));
        assert!(names.contains(&"member.joined".to_owned()) && names.contains(&"member.invited".to_owned()));
        let only = world.ask(Some(&olena), log, json!({ "filter": { "names": ["company.created"] } })).await;
        assert_eq!(only["auditLog"]["nodes"].as_array().unwrap().len(), 1);
        assert_eq!(code(&world.send(Some(&petro), log, json!({})).await), "FORBIDDEN");
        assert_eq!(code(&world.send(None, log, json!({})).await), "UNAUTHENTICATED");
        world.finish().await;
    }
}
