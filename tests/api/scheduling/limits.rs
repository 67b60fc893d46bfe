//! How much is taken on: by staff member and day, by service and day, by client. What is listed is what can be booked, live
//! holds count like bookings, and staff may exceed a limit by naming it.

use harness::{Client, Company, create, key};
use serde_json::{Value, json};

use super::series::series;
use super::{at, kyiv, of, offered, version, visit};

const BOOKED: &str = "booking { id version overrides }";
const TUESDAY: &str = "2026-03-10";
const WEDNESDAY: &str = "2026-03-11";

/// Sets how much the company takes on.
pub async fn limits(company: &Company, limits: Value) {
    let version =
        company.administrator.data("{ company { version } }", Value::Null).await["company"]["version"].clone();
    let input = json!({ "version": version, "bookingLimits": limits });
    company.administrator.done("companyUpdate", input, "company { version }").await;
}

async fn rules(company: &Company, rules: Value) {
    let version = version(company, "service", &company.service).await;
    let input = json!({ "id": company.service, "version": version, "rules": rules });
    company.administrator.done("serviceUpdate", input, "service { version }").await;
}

fn hour(date: &str, hour: u32) -> String {
    format!("{date}T{hour:02}:00:00+02:00")
}

/// A visit of a client with a card of their own.
async fn of_somebody(company: &Company, visit: &Value, start: &str) -> Value {
    let card = json!({ "name": "Хтось", "emails": [format!("{}@example.com", key())] });
    let mut input = at(visit, start);
    input["clientId"] = json!(create(&company.administrator, "clientCreate", "client", card).await);
    input
}

async fn refusals(client: &Client, input: Value) -> Vec<String> {
    client.mutate("bookingCreate", input, BOOKED).await.refusals()
}

async fn why_not(client: &Client, visit: &Value, start: &str) -> Vec<Value> {
    let query = "query($visit: AvailabilityVisitInput!, $at: DateTime!) {
        availabilityWhyNot(visit: $visit, startsAt: $at) { violations { rule } } }";
    let answer = client.data(query, json!({ "visit": visit, "at": start })).await;
    let violations = answer["availabilityWhyNot"]["violations"].as_array();
    violations.expect("rules").iter().map(|one| one["rule"].clone()).collect()
}

harness::api_test! {
    async fn a_persons_day_is_full_after_so_many_visits(app: &App) {
        let company = Company::new(app).await;
        limits(&company, json!({ "staffDaily": 2 })).await;
        let (admin, wish) = (&company.administrator, visit(&company, 0));
        admin.done("bookingCreate", of_somebody(&company, &wish, &hour(TUESDAY, 9)).await, BOOKED).await;
        // A hold counts like the booking that it may become, and not against its owner.
        let held = admin.done("holdCreate", at(&wish, &hour(TUESDAY, 11)), "token hold { id }").await;
        assert!(offered(admin, &wish, TUESDAY).await.is_empty());
        assert!(!offered(admin, &wish, WEDNESDAY).await.is_empty());
        assert_eq!(why_not(admin, &wish, &hour(TUESDAY, 15)).await, ["STAFF_DAY_FULL"]);
        let third = of_somebody(&company, &wish, &hour(TUESDAY, 15)).await;
        assert_eq!(refusals(admin, third.clone()).await, ["STAFF_DAY_FULL@startsAt"]);
        let mut holder = wish.clone();
        holder["holdToken"] = held["token"].clone();
        assert!(offered(admin, &holder, TUESDAY).await.contains(&kyiv(&hour(TUESDAY, 15))));
        let booked = json!({ "holdToken": held["token"], "clientId": company.visitor, "idempotencyKey": key() });
        let booked = admin.done("bookingCreate", booked, BOOKED).await["booking"].clone();

        // Anybody: the other one has room. Strangers learn no more than that the time is not free.
        let anybody = json!({ "locationId": company.location, "lines": [{ "serviceId": company.service }] });
        assert!(offered(admin, &anybody, TUESDAY).await.contains(&kyiv(&hour(TUESDAY, 15))));
        let page = company.publishable().await;
        let mut stranger = at(&wish, &hour(TUESDAY, 15));
        stranger["client"] = json!({ "name": "Гість", "email": "guest@example.com" });
        assert_eq!(refusals(&page, stranger).await, ["SLOT_TAKEN@startsAt"]);

        // A move within the day is no further visit, one from another day is.
        let moving = json!({ "id": booked["id"], "version": booked["version"], "startsAt": hour(TUESDAY, 13), "idempotencyKey": key() });
        admin.done("bookingReschedule", moving, BOOKED).await;
        let other = admin.done("bookingCreate", of_somebody(&company, &wish, &hour(WEDNESDAY, 9)).await, BOOKED).await["booking"].clone();
        let moving = json!({ "id": other["id"], "version": other["version"], "startsAt": hour(TUESDAY, 15), "idempotencyKey": key() });
        let moved = admin.mutate("bookingReschedule", moving, BOOKED).await;
        assert_eq!(moved.refusals(), ["STAFF_DAY_FULL@startsAt"]);

        // By name it can be exceeded, and the booking keeps that it was.
        let mut exceeding = third;
        exceeding["overrides"] = json!(["STAFF_DAY_FULL"]);
        exceeding["idempotencyKey"] = json!(key());
        let done = admin.done("bookingCreate", exceeding, BOOKED).await;
        assert_eq!(done["booking"]["overrides"], json!(["STAFF_DAY_FULL"]));
    }
}

harness::api_test! {
    async fn minutes_of_a_persons_day_are_counted_without_buffers(app: &App) {
        let company = Company::new(app).await;
        limits(&company, json!({ "staffDailyMinutes": 150 })).await;
        let (admin, wish) = (&company.administrator, visit(&company, 0));
        for at in [9, 11] {
            admin.done("bookingCreate", of_somebody(&company, &wish, &hour(TUESDAY, at)).await, BOOKED).await;
        }
        // 120 minutes are booked; another hour is too much, and not for the other one of the staff.
        assert!(offered(admin, &wish, TUESDAY).await.is_empty());
        assert!(!offered(admin, &visit(&company, 1), TUESDAY).await.is_empty());
        limits(&company, json!({ "staffDailyMinutes": 180 })).await;
        assert!(offered(admin, &wish, TUESDAY).await.contains(&kyiv(&hour(TUESDAY, 13))));
        limits(&company, json!({ "staffDailyMinutes": null })).await;
        admin.done("bookingCreate", of_somebody(&company, &wish, &hour(TUESDAY, 13)).await, BOOKED).await;
        assert!(!offered(admin, &wish, TUESDAY).await.is_empty());
    }
}

harness::api_test! {
    async fn a_service_is_done_so_often_a_day_whoever_does_it(app: &App) {
        let company = Company::new(app).await;
        rules(&company, json!({ "dailyLimit": 2 })).await;
        let admin = &company.administrator;
        let twice = json!({
            "locationId": company.location,
            "lines": [{ "serviceId": company.service, "staffId": company.staff[0] }, { "serviceId": company.service, "staffId": company.staff[1] }],
        });
        assert!(!offered(admin, &twice, TUESDAY).await.is_empty());
        admin.done("bookingCreate", of_somebody(&company, &visit(&company, 0), &hour(TUESDAY, 9)).await, BOOKED).await;
        // One more is left: a visit with two of it no longer fits.
        assert!(offered(admin, &twice, TUESDAY).await.is_empty());
        assert_eq!(why_not(admin, &twice, &hour(TUESDAY, 12)).await, ["SERVICE_DAY_FULL", "SERVICE_DAY_FULL"]);
        admin.done("holdCreate", at(&visit(&company, 1), &hour(TUESDAY, 9)), "hold { id }").await;
        let third = of_somebody(&company, &visit(&company, 1), &hour(TUESDAY, 15)).await;
        assert_eq!(refusals(admin, third).await, ["SERVICE_DAY_FULL@startsAt"]);
        assert!(!offered(admin, &twice, WEDNESDAY).await.is_empty());
    }
}

harness::api_test! {
    async fn a_client_has_so_many_visits_a_day_and_to_come(app: &App) {
        let company = Company::new(app).await;
        limits(&company, json!({ "clientDaily": 1, "clientActive": 2 })).await;
        let (admin, wish) = (&company.administrator, visit(&company, 0));
        let first = admin.done("bookingCreate", of(&company, &wish, &hour(TUESDAY, 9)), BOOKED).await["booking"].clone();
        assert_eq!(refusals(admin, of(&company, &wish, &hour(TUESDAY, 15))).await, ["CLIENT_DAY_FULL@startsAt"]);
        let mut theirs = wish.clone();
        theirs["clientId"] = json!(company.visitor);
        assert!(offered(admin, &theirs, TUESDAY).await.is_empty());
        assert!(!offered(admin, &wish, TUESDAY).await.is_empty());
        let mut holding = at(&wish, &hour(WEDNESDAY, 9));
        holding["clientId"] = json!(company.visitor);
        admin.done("holdCreate", holding, "hold { id }").await;
        assert_eq!(refusals(admin, of(&company, &wish, &hour("2026-03-12", 9))).await, ["CLIENT_LIMIT@startsAt"]);
        assert!(offered(admin, &theirs, "2026-03-12").await.is_empty());
        // What is called off no longer counts.
        let cancelling = json!({ "id": first["id"], "version": first["version"], "reason": "OTHER", "idempotencyKey": key() });
        admin.done("bookingCancel", cancelling, BOOKED).await;
        admin.done("bookingCreate", of(&company, &wish, &hour("2026-03-12", 9)), BOOKED).await;
        // Somebody else is not concerned.
        admin.done("bookingCreate", of_somebody(&company, &wish, &hour(TUESDAY, 9)).await, BOOKED).await;
    }
}

harness::api_test! {
    async fn a_first_visit_is_a_first_visit(app: &App) {
        let company = Company::new(app).await;
        let (admin, wish) = (&company.administrator, visit(&company, 0));
        let made = admin.done("bookingCreate", of(&company, &wish, &hour(TUESDAY, 9)), BOOKED).await["booking"].clone();
        rules(&company, json!({ "firstVisitOnly": true })).await;
        assert_eq!(refusals(admin, of(&company, &wish, &hour(WEDNESDAY, 9))).await, ["FIRST_VISIT_ONLY@startsAt"]);
        // The first one may be moved: it does not stand in its own way.
        let moving = json!({ "id": made["id"], "version": made["version"], "startsAt": hour(WEDNESDAY, 9), "idempotencyKey": key() });
        admin.done("bookingReschedule", moving, BOOKED).await;
        admin.done("bookingCreate", of_somebody(&company, &wish, &hour(TUESDAY, 9)).await, BOOKED).await;
        let mut by_name = of(&company, &wish, &hour("2026-03-12", 9));
        by_name["overrides"] = json!(["FIRST_VISIT_ONLY"]);
        let done = admin.done("bookingCreate", by_name, BOOKED).await;
        assert_eq!(done["booking"]["overrides"], json!(["FIRST_VISIT_ONLY"]));
    }
}

harness::api_test! {
    async fn a_series_is_counted_visit_by_visit(app: &App) {
        let company = Company::new(app).await;
        limits(&company, json!({ "clientActive": 2 })).await;
        let mut input = series(&company, TUESDAY, "FREQ=DAILY;COUNT=4");
        input["mode"] = json!("SKIP_CONFLICTS");
        let selection = "occurrences { localDate possible violations { code } }";
        let made = company.administrator.done("bookingSeriesCreate", input, selection).await;
        let refused = json!([{ "code": "CLIENT_LIMIT" }]);
        assert_eq!(made["occurrences"], json!([
            { "localDate": TUESDAY, "possible": true, "violations": [] },
            { "localDate": WEDNESDAY, "possible": true, "violations": [] },
            { "localDate": "2026-03-12", "possible": false, "violations": refused },
            { "localDate": "2026-03-13", "possible": false, "violations": refused },
        ]));
    }
}
