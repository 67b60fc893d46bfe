//! The schema as clients get it: what introspection tells is the checked-in text, what fails alone is null alone, and the
//! public is told no more than it needs.

use std::collections::BTreeMap;

use harness::introspection::{Operation, Schema, Type};
use harness::{Company, key};
use serde_json::{Value, json};

const INTROSPECTION: &str = "{ __schema { queryType { name } mutationType { name } subscriptionType { name }
    types { kind name specifiedByURL isOneOf interfaces { name } possibleTypes { name }
        enumValues(includeDeprecated: true) { name isDeprecated }
        inputFields(includeDeprecated: true) { name defaultValue isDeprecated type { ...T } }
        fields(includeDeprecated: true) { name isDeprecated type { ...T }
            args(includeDeprecated: true) { name defaultValue isDeprecated type { ...T } } } } } }
    fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } }";

/// What introspection tells, in the schema definition language, without descriptions and directives' definitions.
fn written(schema: &Value) -> String {
    let mut text = String::from("schema {");
    for (operation, root) in
        [("query", "queryType"), ("mutation", "mutationType"), ("subscription", "subscriptionType")]
    {
        text.push_str(&format!(" {operation}: {}", name(&schema[root])));
    }
    text.push_str(" }\n");
    let built_in = ["Int", "Float", "String", "Boolean", "ID"];
    let types = schema["types"].as_array().expect("types").iter();
    for kind in types.filter(|kind| !name(kind).starts_with("__") && !built_in.contains(&name(kind))) {
        let own = name(kind);
        let each = |key: &str, write: &dyn Fn(&Value) -> String| -> String {
            let parts = kind[key].as_array().into_iter().flatten();
            parts.map(|part| format!("  {}{}\n", write(part), deprecated(part))).collect()
        };
        let field = |field: &Value| {
            let arguments: Vec<String> = field["args"].as_array().into_iter().flatten().map(input).collect();
            let arguments = if arguments.is_empty() { String::new() } else { format!("({})", arguments.join(", ")) };
            format!("{}{arguments}: {}", name(field), Type::read(&field["type"]))
        };
        let interfaces: Vec<&str> = kind["interfaces"].as_array().into_iter().flatten().map(name).collect();
        let implements =
            if interfaces.is_empty() { String::new() } else { format!(" implements {}", interfaces.join(" & ")) };
        text.push_str(&match kind["kind"].as_str().expect("a kind") {
            "SCALAR" => format!("scalar {own}\n"),
            "OBJECT" => format!("type {own}{implements} {{\n{}}}\n", each("fields", &field)),
            "INTERFACE" => format!("interface {own}{implements} {{\n{}}}\n", each("fields", &field)),
            "ENUM" => format!("enum {own} {{\n{}}}\n", each("enumValues", &|value| name(value).to_owned())),
            "INPUT_OBJECT" => format!("input {own} {{\n{}}}\n", each("inputFields", &input)),
            other => panic!("{own} is a {other}, which nobody has taught this test"),
        });
    }
    text
}

fn input(value: &Value) -> String {
    let default = value["defaultValue"].as_str().map(|default| format!(" = {default}")).unwrap_or_default();
    format!("{}: {}{default}", name(value), Type::read(&value["type"]))
}

fn deprecated(part: &Value) -> &'static str {
    if part["isDeprecated"] == true { " @deprecated" } else { "" }
}

fn name(value: &Value) -> &str {
    value["name"].as_str().unwrap_or_default()
}

harness::api_test! {
    async fn introspection_tells_what_the_checked_in_schema_says(app: &App) {
        let data = app.client().data(INTROSPECTION, Value::Null).await;
        let told = written(&data["__schema"]);
        let changes = zapys::changes::between(include_str!("../../../schema.graphql"), &told).expect("two schemas");
        // How a directive is defined is the executor's affair.
        let changes: Vec<_> = changes.into_iter().filter(|change| !change.coordinate.starts_with('@')).collect();
        assert_eq!(changes, []);
        // The control: one field less is noticed.
        let less = told.replacen("  reference: String!\n", "", 1);
        let changes = zapys::changes::between(&told, &less).expect("two schemas");
        assert_eq!(changes.len(), 1, "{changes:?}");
    }
}

harness::api_test! {
    async fn every_scalar_of_ours_says_where_it_is_specified(app: &App) {
        let data = app.client().data(INTROSPECTION, Value::Null).await;
        let types = data["__schema"]["types"].as_array().expect("types").clone();
        let built_in = ["Int", "Float", "String", "Boolean", "ID"];
        let ours = types.iter().filter(|kind| kind["kind"] == "SCALAR" && !built_in.contains(&name(kind)));
        let scalars: BTreeMap<&str, &str> =
            ours.map(|kind| (name(kind), kind["specifiedByURL"].as_str().unwrap_or_default())).collect();
        let names: Vec<&str> = scalars.keys().copied().collect();
        assert_eq!(names, ["Currency", "DateTime", "JSON", "LocalDate", "LocalTime", "Long", "TimeZone"]);
        for (name, url) in scalars {
            assert!(url.starts_with("https://"), "{name}");
            let written = format!("scalar {name} @specifiedBy(url: \"{url}\")");
            assert!(include_str!("../../../schema.graphql").contains(&written), "{written}");
        }
    }
}

harness::api_test! {
    /// So that each can grow alone, and so that what fails alone is null alone.
    async fn every_mutation_has_its_own_input_and_payload(app: &App) {
        let schema = Schema::of(&app.client()).await;
        for root in schema.roots() {
            if root.operation == Operation::Subscription {
                continue;
            }
            assert!(!matches!(root.kind, Type::Required(_)), "{} can fail, so it can be null", root.name);
            if root.operation == Operation::Mutation {
                let own = format!("{}{}", root.name[..1].to_uppercase(), &root.name[1..]);
                assert_eq!(root.kind.to_string(), format!("{own}Payload"));
                let inputs: Vec<String> =
                    root.arguments.iter().map(|input| format!("{}: {}", input.name, input.kind)).collect();
                // What needs nothing has no input: an input object without fields does not exist.
                let expected = match root.name.as_str() {
                    "userLogout" | "sessionRevokeOthers" | "clientSignOut" => vec![],
                    _ => vec![format!("input: {own}Input!")],
                };
                assert_eq!(inputs, expected, "{}", root.name);
            }
        }
    }
}

harness::api_test! {
    async fn an_error_in_one_mutation_does_not_take_the_others_answers_away(app: &App) {
        let company = Company::new(app).await;
        let query = "mutation($name: LocalizedTextInput!) {
            gone: serviceArchive(input: { id: \"svc_01h455vb4pex5vsknk084sn02q\", version: 1 }) { userErrors { code } }
            made: serviceCategoryCreate(input: { name: $name }) { category { archived } userErrors { code } } }";
        let answer = company.administrator.run(query, json!({ "name": { "uk": "Догляд" } })).await;
        assert_eq!(answer.code(), "NOT_FOUND");
        assert_eq!(answer.errors[0]["path"], json!(["gone"]));
        let made = json!({ "category": { "archived": false }, "userErrors": [] });
        assert_eq!(answer.data, json!({ "gone": null, "made": made }));
    }
}

harness::api_test! {
    async fn why_somebody_is_away_is_not_told_to_strangers(app: &App) {
        let company = Company::new(app).await;
        let away = json!({
            "staffId": company.staff[0], "startsAt": "2026-03-10T09:00:00+02:00", "endsAt": "2026-03-10T14:00:00+02:00",
        });
        company.administrator.done("timeOffRequest", away, "timeOff { id }").await;
        let stranger = company.publishable().await;
        let why = "query($visit: AvailabilityVisitInput!) {
            availabilityWhyNot(visit: $visit, startsAt: \"2026-03-10T10:00:00+02:00\") { violations { rule code staffId } } }";
        let lines = json!([{ "serviceId": company.service, "staffId": company.staff[0] }]);
        let visit = json!({ "visit": { "locationId": company.location, "lines": lines } });
        let told = |rule: &str, code: &str| {
            json!({ "availabilityWhyNot": { "violations": [{ "rule": rule, "code": code, "staffId": company.staff[0] }] } })
        };
        let to_staff = company.administrator.data(why, visit.clone()).await;
        assert_eq!(to_staff, told("STAFF_TIME_OFF", "STAFF_TIME_OFF"));
        assert_eq!(stranger.data(why, visit).await, told("STAFF_BUSY", "SLOT_TAKEN"));

        let booking = || json!({
            "locationId": company.location, "startsAt": "2026-03-10T10:00:00+02:00", "lines": lines, "idempotencyKey": key(),
            "client": { "name": "Ольга", "phone": "067 765 43 21" },
        });
        let refused = company.administrator.mutate("bookingCreate", booking(), "").await;
        assert_eq!(refused.refusals(), ["STAFF_TIME_OFF@startsAt"]);
        assert_eq!(stranger.mutate("bookingCreate", booking(), "").await.refusals(), ["SLOT_TAKEN@startsAt"]);
        let mut hold = booking();
        hold.as_object_mut().expect("an object").remove("client");
        assert_eq!(stranger.mutate("holdCreate", hold, "").await.refusals(), ["SLOT_TAKEN@startsAt"]);
    }
}

harness::api_test! {
    async fn the_public_sees_neither_units_nor_archived_locations(app: &App) {
        let company = Company::new(app).await;
        let stranger = company.publishable().await;
        let booking = |start: &str| json!({
            "locationId": company.location, "startsAt": start, "idempotencyKey": key(),
            "lines": [{ "serviceId": company.service }], "client": { "name": "Ольга", "phone": "067 765 43 21" },
        });
        let selection = "booking { lines { resources { resource { id } resourceId } } }";
        let unit = |payload: &Value| payload["booking"]["lines"][0]["resources"][0].clone();
        let seen = unit(&company.administrator.done("bookingCreate", booking("2026-03-10T10:00:00+02:00"), selection).await);
        assert_eq!(seen["resource"]["id"], seen["resourceId"]);
        let hidden = unit(&stranger.done("bookingCreate", booking("2026-03-11T10:00:00+02:00"), selection).await);
        assert_eq!(hidden["resource"], Value::Null);

        let other = json!({ "name": "Оболонь", "opening": [] });
        let other = company.administrator.done("locationCreate", other, "location { id version }").await["location"].clone();
        company.administrator.done("locationArchive", other.clone(), "").await;
        let all = "{ locations(includeArchived: true) { id } }";
        let count = |data: Value| data["locations"].as_array().map_or(0, Vec::len);
        assert_eq!(count(company.administrator.data(all, Value::Null).await), 2);
        assert_eq!(count(stranger.data(all, Value::Null).await), 1);
        let one = "query($id: ID!) { location(id: $id) { id } node(id: $id) { id } }";
        let of_staff = company.administrator.data(one, json!({ "id": other["id"] })).await;
        assert_eq!(of_staff["location"]["id"], other["id"]);
        let of_stranger = stranger.run(one, json!({ "id": other["id"] })).await;
        assert_eq!(of_stranger.codes(), ["NOT_FOUND", "NOT_FOUND"]);
    }
}
