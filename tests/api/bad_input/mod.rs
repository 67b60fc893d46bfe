//! Every mutation refuses what is invalid, too long, negative, somebody else's or out of date: with a code, at the
//! field that is wrong, and with nothing written. What is left when the fault is mended is accepted, so the fault was
//! the only one. A mutation without a row fails the test.

mod bookings;
mod catalog;
mod clients;
mod row;
mod sessions;
mod staff;
mod state;
mod tenancy;

use std::collections::BTreeSet;

use harness::introspection::{Operation, Schema};
use harness::{Client, Company, Payload, create};
use serde_json::{Value, json};

use row::{Case, Row, put};

/// What came back, in the notation of the rows: `CODE@field` for a user error, `!CODE` for an error of the request.
fn outcome(payload: &Payload) -> String {
    let codes: Vec<String> = payload.answer.codes().iter().map(|code| format!("!{code}")).collect();
    if codes.is_empty() { payload.refusals().join(" ") } else { codes.join(" ") }
}

async fn send(client: &Client, row: &Row, input: Value) -> String {
    outcome(&client.mutate(row.mutation, input, "__typename").await)
}

/// Runs a row and gives what was not as it says. `before` is what the company has, and is brought up to date.
async fn check(company: &Company, row: &Row, before: &mut Value) -> Vec<String> {
    let mut failures = Vec::new();
    let client = &company.administrator;
    let valid = row.with_version(before);
    for wrong in &row.wrong {
        let mut input = valid.clone();
        put(&mut input, wrong.place, wrong.value.clone());
        let got = send(client, row, input).await;
        if got != wrong.refusal {
            let shown: String = wrong.value.to_string().chars().take(60).collect();
            failures.push(format!("{} {}={shown}: {got:?}, not {:?}", row.mutation, wrong.place, wrong.refusal));
        }
    }
    let after = state::read(company).await;
    if *before != after {
        failures.push(format!("{} wrote something: {}", row.mutation, state::difference(before, &after)));
    }
    *before = after;
    if let Some(expected) = row.ends {
        let got = send(client, row, valid).await;
        if got != expected {
            failures.push(format!("{} without a fault: {got:?}, not {expected:?}", row.mutation));
        }
        let after = state::read(company).await;
        if expected.is_empty() && row.is_recorded() && *before == after {
            failures.push(format!("{} leaves no trace that this test would see", row.mutation));
        }
        *before = after;
    }
    failures
}

harness::api_test! {
    async fn it_is_refused_at_the_right_field_and_nothing_is_written(app: &App) {
        let (company, other) = (Company::new(app).await, Company::new(app).await);
        let mut own = company.ids().await;
        for (prefix, mutation, thing) in
            [("rty", "resourceKindCreate", "resourceKind"), ("cat", "serviceCategoryCreate", "category")]
        {
            let spare = create(&company.administrator, mutation, thing, json!({ "name": { "uk": "Запасне" } })).await;
            own.entry(prefix).or_default().push(spare);
        }
        own.entry("bkg").or_default().push(company.book("2026-04-15T10:00:00+03:00").await);
        let series = json!({ "id": own["bsr"][0] });
        let query = "query($id: ID!) { bookingSeries(id: $id) { bookings { id } } }";
        let visits = company.administrator.data(query, series).await["bookingSeries"]["bookings"].clone();
        own.entry("bkg").or_default().push(visits[0]["id"].as_str().expect("an id").to_owned());
        let case = Case { company: &company, own, other: other.ids().await };
        let tables = [
            tenancy::rows(&case),
            catalog::rows(&case),
            staff::rows(&case),
            clients::rows(&case),
            bookings::rows(&case),
            sessions::rows(&case),
        ];
        let rows: Vec<Row> = tables.into_iter().flatten().collect();

        let schema = Schema::of(&app.client()).await;
        let roots = schema.roots();
        let with_input =
            roots.iter().filter(|root| root.operation == Operation::Mutation && !root.arguments.is_empty());
        let expected: BTreeSet<&str> = with_input.map(|root| root.name.as_str()).collect();
        let covered: BTreeSet<&str> = rows.iter().map(|row| row.mutation).collect();
        assert_eq!(covered, expected, "each mutation has a row, and each row a mutation");

        let mut failures = Vec::new();
        let mut state = state::read(&company).await;
        for row in &rows {
            failures.extend(check(&company, row, &mut state).await);
        }
        assert!(failures.is_empty(), "{} rows:\n{}", failures.len(), failures.join("\n"));
    }
}

harness::api_test! {
    async fn the_form_of_a_request_is_checked_before_anything_else(app: &App) {
        let company = Company::new(app).await;
        let before = state::read(&company).await;
        let query = "mutation($input: BookingCreateInput!) { bookingCreate(input: $input) { booking { id } } }";
        for wrong in [
            json!({}),
            json!({ "idempotencyKey": null }),
            json!({ "idempotencyKey": "a", "unknown": 1 }),
            json!({ "idempotencyKey": "a", "startsAt": "tomorrow" }),
        ] {
            let answer = company.administrator.run(query, json!({ "input": wrong })).await;
            assert!(!answer.errors.is_empty() && answer.status < 500, "{wrong}: {answer}");
            assert!(!answer.codes().contains(&"INTERNAL".to_owned()), "{wrong}: {answer}");
        }
        assert_eq!(before, state::read(&company).await);
    }
}
