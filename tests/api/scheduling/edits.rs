//! What is booked changes: a move that is only tried, and two visits that change places.

use harness::{Company, key};
use serde_json::{Value, json};

use super::{at, instant, kyiv, of, visit};

const MOVED: &str = "booking { version startsAt endsAt overrides total { amountMinor } lines { staff { id } endsAt } }
    violations { rule code line staffId overridable }";
const SWAPPED: &str = "booking { id version startsAt lines { staff { id } } }
    otherBooking { id version startsAt lines { staff { id } } } current { id version }
    violations { code overridable } otherViolations { code overridable staffId }";
const TEN: &str = "2026-03-10T10:00:00+02:00";
const NOON: &str = "2026-03-10T12:00:00+02:00";
const NIGHT: &str = "2026-03-10T23:00:00+02:00";

async fn book(company: &Company, staff: usize, start: &str) -> Value {
    let input = of(company, &visit(company, staff), start);
    company.administrator.done("bookingCreate", input, "booking { id version startsAt }").await["booking"].clone()
}

/// What stands of a booking.
async fn stands(company: &Company, booking: &Value) -> Value {
    let query = "query($id: ID!) { booking(id: $id) { version startsAt lines { staff { id } } }
        bookingHistory(bookingId: $id, first: 1) { totalCount } }";
    company.administrator.data(query, json!({ "id": booking["id"] })).await
}

fn moving(booking: &Value, start: &str, more: Value) -> Value {
    let mut input =
        json!({ "id": booking["id"], "version": booking["version"], "startsAt": start, "idempotencyKey": key() });
    for (name, value) in more.as_object().expect("fields") {
        input[name] = value.clone();
    }
    input
}

fn swapping(one: &Value, other: &Value) -> Value {
    json!({
        "id": one["id"], "version": one["version"], "otherBookingId": other["id"], "otherVersion": other["version"],
        "idempotencyKey": key(),
    })
}

/// When a booking of a payload starts, and who does its first line.
fn place(booking: &Value) -> (chrono::DateTime<chrono::Utc>, &Value) {
    (instant(&booking["startsAt"]), &booking["lines"][0]["staff"]["id"])
}

harness::api_test! {
    async fn a_move_that_is_tried_says_what_it_would_make_and_writes_nothing(app: &App) {
        let company = Company::new(app).await;
        let admin = &company.administrator;
        let mine = book(&company, 0, TEN).await;
        let before = stands(&company, &mine).await;
        let input = moving(&mine, NOON, json!({ "dryRun": true }));
        let tried = admin.done("bookingReschedule", input.clone(), MOVED).await;
        assert_eq!(tried["violations"], json!([]));
        assert_eq!((instant(&tried["booking"]["startsAt"]), instant(&tried["booking"]["endsAt"])), (kyiv(NOON), kyiv("2026-03-10T13:00:00+02:00")));
        assert_eq!(stands(&company, &mine).await, before);

        // The key is not used up, and the real thing makes the same.
        let mut real = input.clone();
        real["dryRun"] = json!(false);
        let moved = admin.done("bookingReschedule", real, MOVED).await;
        assert_eq!(moved, tried);
        // What was done before is not what a preview answers with.
        assert_eq!(admin.mutate("bookingReschedule", input, MOVED).await.refusals(), ["VERSION_CONFLICT@version"]);
    }
}

harness::api_test! {
    async fn a_move_that_is_refused_names_the_rules_and_whether_they_yield(app: &App) {
        let company = Company::new(app).await;
        let admin = &company.administrator;
        let mine = book(&company, 0, TEN).await;
        book(&company, 0, NOON).await;
        let before = stands(&company, &mine).await;
        for dry_run in [true, false] {
            let busy = admin.mutate("bookingReschedule", moving(&mine, NOON, json!({ "dryRun": dry_run })), MOVED).await;
            assert_eq!(busy.refusals(), ["SLOT_TAKEN@startsAt"]);
            let busy = busy.value()["violations"].clone();
            assert_eq!(busy, json!([{ "rule": "STAFF_BUSY", "code": "SLOT_TAKEN", "line": 0, "staffId": company.staff[0], "overridable": false }]));
            let night = admin.mutate("bookingReschedule", moving(&mine, NIGHT, json!({ "dryRun": dry_run })), MOVED).await;
            let rules = night.value()["violations"].as_array().expect("violations").clone();
            let named: Vec<_> = rules.iter().map(|one| (one["rule"].as_str().unwrap_or_default(), &one["overridable"])).collect();
            assert_eq!(named, [("OUTSIDE_OPENING_HOURS", &json!(true)), ("OUTSIDE_WORKING_HOURS", &json!(true))]);
        }
        assert_eq!(stands(&company, &mine).await, before);
        let overrides = json!({ "dryRun": true, "overrides": ["OUTSIDE_OPENING_HOURS", "OUTSIDE_WORKING_HOURS"] });
        let tried = admin.done("bookingReschedule", moving(&mine, NIGHT, overrides), MOVED).await;
        assert_eq!(tried["booking"]["overrides"], json!(["OUTSIDE_OPENING_HOURS", "OUTSIDE_WORKING_HOURS"]));
        assert_eq!(stands(&company, &mine).await, before);
    }
}

harness::api_test! {
    async fn two_visits_change_places_with_their_people(app: &App) {
        let company = Company::new(app).await;
        let admin = &company.administrator;
        let [first, second] = [0, 1].map(|staff| &company.staff[staff]);
        let (one, other) = (book(&company, 0, TEN).await, book(&company, 1, NOON).await);
        let before = (stands(&company, &one).await, stands(&company, &other).await);
        let input = swapping(&one, &other);
        let mut tried = input.clone();
        tried["dryRun"] = json!(true);
        let tried = admin.done("bookingSwap", tried, SWAPPED).await;
        assert_eq!((stands(&company, &one).await, stands(&company, &other).await), before);
        let swapped = admin.done("bookingSwap", input.clone(), SWAPPED).await;
        assert_eq!(swapped, tried);
        assert_eq!(place(&swapped["booking"]), (kyiv(NOON), &json!(second)));
        assert_eq!(place(&swapped["otherBooking"]), (kyiv(TEN), &json!(first)));
        // A repetition changes them back no more than once.
        assert_eq!(admin.done("bookingSwap", input, SWAPPED).await, swapped);
        let (one, other) = (&swapped["booking"], &swapped["otherBooking"]);
        assert_eq!(stands(&company, one).await["bookingHistory"]["totalCount"], json!(3));

        // At one and the same time only the people change, and the places and things that each needs.
        let together = (book(&company, 0, "2026-03-11T10:00:00+02:00").await, book(&company, 1, "2026-03-11T10:00:00+02:00").await);
        let people = admin.done("bookingSwap", swapping(&together.0, &together.1), SWAPPED).await;
        assert_eq!([place(&people["booking"]).1, place(&people["otherBooking"]).1], [&json!(second), &json!(first)]);
        let stale = admin.mutate("bookingSwap", swapping(one, &json!({ "id": other["id"], "version": 1 })), SWAPPED).await;
        assert_eq!(stale.refusals(), ["VERSION_CONFLICT@otherVersion"]);
        assert_eq!(stale.value()["current"], json!({ "id": other["id"], "version": 2 }));
    }
}

harness::api_test! {
    async fn of_two_that_cannot_change_places_both_keep_what_they_had(app: &App) {
        let company = Company::new(app).await;
        let admin = &company.administrator;
        // The longer one does not fit where the shorter one stands: somebody comes right after it.
        let mut long = visit(&company, 0);
        let line = long["lines"][0].clone();
        long["lines"] = json!([line, line]);
        let long = admin.done("bookingCreate", of(&company, &long, "2026-03-10T14:00:00+02:00"), "booking { id version }").await["booking"].clone();
        let short = book(&company, 0, TEN).await;
        book(&company, 0, "2026-03-10T11:00:00+02:00").await;
        let before = (stands(&company, &long).await, stands(&company, &short).await);
        let refused = admin.mutate("bookingSwap", swapping(&short, &long), SWAPPED).await;
        assert_eq!(refused.refusals(), ["SLOT_TAKEN@otherBookingId"]);
        let shown = refused.value();
        assert_eq!(shown["violations"], json!([]));
        assert_eq!(shown["otherViolations"], json!([{ "code": "SLOT_TAKEN", "overridable": false, "staffId": company.staff[0] }]));
        assert_eq!((stands(&company, &long).await, stands(&company, &short).await), before);

        // Each alone would fit, but not both: the longer one reaches into where the shorter one goes.
        let near = book(&company, 0, "2026-03-12T10:00:00+02:00").await;
        let mut after = visit(&company, 0);
        after["lines"] = json!([line, line]);
        let after = admin.done("bookingCreate", of(&company, &after, "2026-03-12T11:00:00+02:00"), "booking { id version }").await["booking"].clone();
        let before = (stands(&company, &near).await, stands(&company, &after).await);
        let refused = admin.mutate("bookingSwap", swapping(&near, &after), SWAPPED).await;
        assert!(refused.refusals()[0].starts_with("SLOT_TAKEN@"), "{:?}", refused.refusals());
        assert_eq!((stands(&company, &near).await, stands(&company, &after).await), before);
    }
}

harness::api_test! {
    async fn an_employee_swaps_own_visits_only(app: &App) {
        let company = Company::new(app).await;
        let employee = company.hire_user("EMPLOYEE").await;
        crate::calendar::be_staff(&company, 1, &employee.id).await;
        let employee = employee.client;
        let theirs = book(&company, 0, TEN).await;
        let mut mine = Vec::new();
        for (start, phone) in [(NOON, "067 765 43 21"), ("2026-03-10T14:00:00+02:00", "067 765 43 22")] {
            let mut input = at(&visit(&company, 1), start);
            input["client"] = json!({ "name": "Ольга", "phone": phone });
            mine.push(employee.done("bookingCreate", input, "booking { id version }").await["booking"].clone());
        }
        for pair in [swapping(&mine[0], &theirs), swapping(&theirs, &mine[0])] {
            assert_eq!(employee.mutate("bookingSwap", pair, SWAPPED).await.answer.code(), "NOT_FOUND");
        }
        // A colleague's calendar is closed to them, also in a dry run.
        let query = "query($id: ID!) { booking(id: $id) { lines { id } } }";
        let line = company.administrator.data(query, json!({ "id": mine[0]["id"] })).await["booking"]["lines"][0]["id"].clone();
        let lines = json!({ "dryRun": true, "lines": [{ "lineId": line, "staffId": company.staff[0] }] });
        let away = employee.mutate("bookingReschedule", moving(&mine[0], NOON, lines), MOVED).await;
        assert_eq!(away.answer.code(), "NOT_FOUND");
        let swapped = employee.done("bookingSwap", swapping(&mine[0], &mine[1]), SWAPPED).await;
        assert_eq!(instant(&swapped["otherBooking"]["startsAt"]), kyiv(NOON));
    }
}
