//! What is offered, what may be booked, and what a change of hours does, through the API and with a clock that stands.

mod edits;
mod hold;
mod impact;
mod imported;
mod limits;
mod lines;
mod offered;
mod own;
mod policies;
mod reassigning;
mod repetition;
mod series;
mod shift_calendar;
mod shifts;
mod visits;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use harness::{Client, Company, key};
use serde_json::{Value, json};

/// What the API is asked about: the company's service by one of the staff.
fn visit(company: &Company, staff: usize) -> Value {
    json!({
        "locationId": company.location,
        "lines": [{ "serviceId": company.service, "staffId": company.staff[staff] }],
    })
}

/// The input of a booking or a hold of a visit.
fn at(visit: &Value, start: &str) -> Value {
    let mut input = visit.clone();
    input["startsAt"] = json!(start);
    input["idempotencyKey"] = json!(key());
    input
}

/// The same for a client of the company.
fn of(company: &Company, visit: &Value, start: &str) -> Value {
    let mut input = at(visit, start);
    input["clientId"] = json!(company.visitor);
    input
}

/// The starts that are offered on a date.
async fn offered(client: &Client, visit: &Value, date: &str) -> BTreeSet<DateTime<Utc>> {
    slots(client, visit, date).await.iter().map(|slot| instant(&slot["startsAt"])).collect()
}

async fn slots(client: &Client, visit: &Value, date: &str) -> Vec<Value> {
    let query = "query($visit: AvailabilityVisitInput!, $date: LocalDate!) {
        availability(visit: $visit, from: $date, to: $date) { slots { startsAt localDate localTime staffIds } } }";
    let answer = client.data(query, json!({ "visit": visit, "date": date })).await;
    answer["availability"]["slots"].as_array().expect("slots").clone()
}

/// The version of a thing of the company.
async fn version(company: &Company, field: &str, id: &str) -> Value {
    let query = format!("query($id: ID!) {{ {field}(id: $id) {{ version }} }}");
    company.administrator.data(&query, json!({ "id": id })).await[field]["version"].clone()
}

/// Sets when the location is open.
async fn open(company: &Company, opening: Value) -> Value {
    let version = version(company, "location", &company.location).await;
    let input = json!({ "locationId": company.location, "version": version, "opening": opening });
    company.administrator.done("openingHoursSet", input, AFFECTED).await
}

/// Sets when one of the staff works.
async fn work(company: &Company, staff: usize, intervals: Value) -> Value {
    let staff = &company.staff[staff];
    let version = version(company, "staffMember", staff).await;
    let templates = json!([{ "intervals": intervals }]);
    let input = json!({ "staffId": staff, "version": version, "locationId": company.location, "templates": templates });
    company.administrator.done("staffHoursSet", input, AFFECTED).await
}

const AFFECTED: &str = "affectedBookings { id reasons }";

fn instant(value: &Value) -> DateTime<Utc> {
    value.as_str().expect("a text").parse().expect("an instant")
}

fn kyiv(text: &str) -> DateTime<Utc> {
    instant(&json!(text))
}
