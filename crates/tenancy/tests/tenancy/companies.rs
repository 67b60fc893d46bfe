//! Companies, locations, opening hours, closures.

use serde_json::{Value, json};

use super::setup::{code, refusal, refusals, text, worlds};

const CREATE: &str = "mutation($input: CompanyCreateInput!) { companyCreate(input: $input) { company { id slug timeZone currency locations { id name timeZone stepMinutes openingHours { weekday startsAt endsAt } } } userErrors { code field } } }";
const UPDATE: &str = "mutation($input: LocationUpdateInput!) { locationUpdate(input: $input) { location { name version phone } current { version } affectedBookings { id } userErrors { code field } } }";

fn week(opening: &[(&str, &str, &str)]) -> Value {
    opening.iter().map(|(weekday, from, to)| json!({ "weekday": weekday, "startsAt": from, "endsAt": to })).collect()
}

#[tokio::test]
async fn a_company_is_created_with_its_first_location() {
    for world in worlds().await {
        world.person("olena@salon.example").await;
        let (token, _) = world.log_in("olena@salon.example").await;
        let input = json!({ "input": {
            "name": "Салон Краси", "idempotencyKey": "one",
            "location": { "name": "Поділ", "opening": week(&[("TUESDAY", "10:00", "20:00"), ("MONDAY", "09:00", "24:00")]) },
        } });
        let data = world.ask(Some(&token), CREATE, input.clone()).await;
        let company = data["companyCreate"]["company"].clone();
        assert_eq!((&company["timeZone"], &company["currency"]), (&json!("Europe/Kyiv"), &json!("UAH")));
        let location = &company["locations"][0];
        assert_eq!((&location["name"], &location["stepMinutes"]), (&json!("Поділ"), &json!(15)));
        assert_eq!(location["openingHours"], week(&[("MONDAY", "09:00", "24:00"), ("TUESDAY", "10:00", "20:00")]));

        // The same key and input answer with the same company; another input is refused.
        let again = world.ask(Some(&token), CREATE, input.clone()).await;
        assert_eq!(again["companyCreate"]["company"]["id"], company["id"]);
        let mut other = input;
        other["input"]["name"] = json!("Інший салон");
        let reused = world.ask(Some(&token), CREATE, other).await;
        assert_eq!(refusals(&reused["companyCreate"]), refusal("IDEMPOTENCY_KEY_REUSED", Some("idempotencyKey")));
        let viewer = world
            .ask(Some(&token), "{ viewer { companies { company { id } member { role { kind } } } } }", json!({}))
            .await;
        assert_eq!(
            viewer["viewer"]["companies"],
            json!([{ "company": { "id": company["id"] }, "member": { "role": { "kind": "ADMINISTRATOR" } } }])
        );
        world.finish().await;
    }
}

#[tokio::test]
async fn bad_companies_name_each_field_and_leave_nothing() {
    for world in worlds().await {
        world.administrator("petro@salon.example", "taken").await;
        world.person("olena@salon.example").await;
        let (token, _) = world.log_in("olena@salon.example").await;
        let input = json!({ "input": { "name": "", "slug": "x", "location": {
            "name": "", "stepMinutes": 7, "opening": week(&[("MONDAY", "09:00", "18:00"), ("MONDAY", "17:00", "19:00")]),
        } } });
        let data = world.ask(Some(&token), CREATE, input).await;
        let fields: Vec<_> = refusals(&data["companyCreate"]).into_iter().map(|(_, field)| field.unwrap()).collect();
        assert_eq!(fields, ["name", "slug", "location.name", "location.stepMinutes", "location.opening.1"]);
        let same_slug = json!({ "input": { "name": "Салон", "slug": "taken", "location": { "name": "Поділ" } } });
        let data = world.ask(Some(&token), CREATE, same_slug).await;
        assert_eq!(refusals(&data["companyCreate"]), refusal("TAKEN", Some("slug")));
        let viewer = world.ask(Some(&token), "{ viewer { companies { company { id } } } }", json!({})).await;
        assert_eq!(viewer["viewer"]["companies"], json!([]));
        world.finish().await;
    }
}

#[tokio::test]
async fn settings_are_edited_by_version() {
    for world in worlds().await {
        let (company, token) = world.administrator("olena@salon.example", "salon").await;
        let update = "mutation($input: CompanyUpdateInput!) { companyUpdate(input: $input) { company { version horizonDays noticeMinutes } current { version } userErrors { code field } } }";
        let change = json!({ "input": { "version": 1, "horizonDays": 30, "noticeMinutes": 120 } });
        let data = world.ask(Some(&token), update, change.clone()).await;
        assert_eq!(data["companyUpdate"]["company"], json!({ "version": 2, "horizonDays": 30, "noticeMinutes": 120 }));
        let stale = world.ask(Some(&token), update, change).await;
        assert_eq!(refusals(&stale["companyUpdate"]), refusal("VERSION_CONFLICT", Some("version")));
        assert_eq!(stale["companyUpdate"]["current"]["version"], json!(2));
        let wrong = json!({ "input": { "version": 2, "holdMinutes": 31, "horizonDays": 0, "noticeMinutes": -1 } });
        let data = world.ask(Some(&token), update, wrong).await;
        assert_eq!(refusals(&data["companyUpdate"]).len(), 3);
        // Other domains see it through the snapshot.
        let reader = world.db.read(company).await.unwrap();
        assert_eq!(world.tenancy.settings(&reader).await.unwrap().horizon_days, 30);
        drop(reader);
        world.finish().await;
    }
}

#[tokio::test]
async fn locations_are_added_changed_and_archived() {
    for world in worlds().await {
        let (company, token) = world.administrator("olena@salon.example", "salon").await;
        let create = "mutation($input: LocationCreateInput!) { locationCreate(input: $input) { location { id version } userErrors { code field } } }";
        let input = json!({ "input": { "name": "Троєщина", "timeZone": "Europe/Warsaw", "phone": "067 123 45 67", "idempotencyKey": "a" } });
        let first = world.ask(Some(&token), create, input.clone()).await;
        let id = text(&first["locationCreate"]["location"]["id"]);
        assert_eq!(world.ask(Some(&token), create, input).await, first);
        let same_name = json!({ "input": { "name": "ТРОЄЩИНА" } });
        assert_eq!(
            refusals(&world.ask(Some(&token), create, same_name).await["locationCreate"]),
            refusal("TAKEN", Some("name"))
        );

        let change = json!({ "input": { "id": id, "version": 1, "phone": null, "opening": week(&[("SUNDAY", "20:00", "02:00")]) } });
        let data = world.ask(Some(&token), UPDATE, change).await;
        assert_eq!(data["locationUpdate"]["location"], json!({ "name": "Троєщина", "version": 2, "phone": null }));
        assert_eq!(data["locationUpdate"]["affectedBookings"], json!([]));
        let reader = world.db.read(company).await.unwrap();
        let locations = world.tenancy.locations(&reader).await.unwrap();
        assert_eq!(locations.get(id.parse().unwrap()).unwrap().opening.len(), 1);
        drop(reader);

        let archive = "mutation($id: ID!, $v: Int!) { locationArchive(input: { id: $id, version: $v }) { location { archived version } userErrors { code } } }";
        let data = world.ask(Some(&token), archive, json!({ "id": id, "v": 2 })).await;
        assert_eq!(data["locationArchive"]["location"], json!({ "archived": true, "version": 3 }));
        let list = world.ask(Some(&token), "{ locations { id version name } }", json!({})).await;
        let [only] = list["locations"].as_array().unwrap().as_slice() else { panic!("{list}") };
        let data = world.ask(Some(&token), archive, json!({ "id": only["id"], "v": 1 })).await;
        assert_eq!(refusals(&data["locationArchive"]), refusal("LAST_LOCATION", None));
        world.finish().await;
    }
}

#[tokio::test]
async fn closures_shut_a_location() {
    for world in worlds().await {
        let (company, token) = world.administrator("olena@salon.example", "salon").await;
        let list = world.ask(Some(&token), "{ locations { id } }", json!({})).await;
        let location = text(&list["locations"][0]["id"]);
        let create = "mutation($input: ClosureCreateInput!) { closureCreate(input: $input) { closure { id startsAt endsAt version } affectedBookings { id } userErrors { code field } } }";
        let input = json!({ "input": { "locationId": location, "startsAt": "2026-12-31T18:00:00+02:00", "endsAt": "2027-01-02T00:00:00+02:00", "reason": "Новий рік" } });
        let data = world.ask(Some(&token), create, input).await;
        let closure = data["closureCreate"]["closure"].clone();
        assert_eq!(closure["startsAt"], json!("2026-12-31T18:00:00+02:00"));
        let backwards = json!({ "input": { "locationId": location, "startsAt": "2026-12-31T18:00:00Z", "endsAt": "2026-12-31T17:00:00Z" } });
        assert_eq!(
            refusals(&world.ask(Some(&token), create, backwards).await["closureCreate"]),
            refusal("OUT_OF_RANGE", Some("endsAt"))
        );

        let reader = world.db.read(company).await.unwrap();
        let locations = world.tenancy.locations(&reader).await.unwrap();
        assert_eq!(locations.iter().next().unwrap().closures.len(), 1);
        drop(reader);
        let remove = "mutation($id: ID!, $v: Int!) { closureRemove(input: { id: $id, version: $v }) { closure { id } userErrors { code } } }";
        let stale = world.ask(Some(&token), remove, json!({ "id": closure["id"], "v": 9 })).await;
        assert_eq!(refusals(&stale["closureRemove"])[0].0, "VERSION_CONFLICT");
        world.ask(Some(&token), remove, json!({ "id": closure["id"], "v": 1 })).await;
        let gone = world.send(Some(&token), remove, json!({ "id": closure["id"], "v": 2 })).await;
        assert_eq!(code(&gone), "NOT_FOUND");
        world.finish().await;
    }
}

#[tokio::test]
async fn another_companys_location_is_not_found() {
    for world in worlds().await {
        let (_, mine) = world.administrator("olena@salon.example", "mine").await;
        let (_, theirs) = world.administrator("petro@salon.example", "theirs").await;
        let list = world.ask(Some(&theirs), "{ locations { id } }", json!({})).await;
        let foreign = text(&list["locations"][0]["id"]);
        for id in [foreign, zapys_tenancy::LocationId::new().to_string(), "loc_x".to_owned()] {
            assert_eq!(
                code(
                    &world
                        .send(Some(&mine), UPDATE, json!({ "input": { "id": id, "version": 1, "name": "Моє" } }))
                        .await
                ),
                "NOT_FOUND"
            );
            assert_eq!(
                code(
                    &world
                        .send(Some(&mine), "query($id: ID!) { location(id: $id) { name } }", json!({ "id": id }))
                        .await
                ),
                "NOT_FOUND"
            );
            let closure = "mutation($id: ID!) { closureCreate(input: { locationId: $id, startsAt: \"2027-01-01T00:00:00Z\", endsAt: \"2027-01-02T00:00:00Z\" }) { userErrors { code } } }";
            assert_eq!(code(&world.send(Some(&mine), closure, json!({ "id": id })).await), "NOT_FOUND");
        }
        world.finish().await;
    }
}
