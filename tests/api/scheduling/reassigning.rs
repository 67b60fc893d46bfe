//! Visits are given to other people, many at once: what is possible is done, and the rest is said one by one.

use harness::{Company, hire, key};
use serde_json::{Value, json};

use super::limits::limits;
use super::{of, visit, work};

const RESULTS: &str =
    "results { bookingId booking { version startsAt lines { staff { id } staffChoice } } current { version }
    userErrors { code field } violations { rule staffId bookings { id } } }";
const TEN: &str = "2026-03-10T10:00:00+02:00";

async fn book(company: &Company, staff: usize, start: &str) -> String {
    let made =
        company.administrator.done("bookingCreate", of(company, &visit(company, staff), start), "booking { id }").await;
    made["booking"]["id"].as_str().expect("an id").to_owned()
}

fn giving(bookings: &[&String], to: Option<&str>) -> Value {
    json!({ "bookingIds": bookings, "staffId": to, "idempotencyKey": key() })
}

/// Who has each visit now, or the code by which it stays.
fn outcome(payload: &Value) -> Vec<String> {
    let results = payload["results"].as_array().expect("results").iter();
    let word = |result: &Value| match result["userErrors"][0]["code"].as_str() {
        Some(code) => code.to_owned(),
        None => result["booking"]["lines"][0]["staff"]["id"].as_str().expect("a person").to_owned(),
    };
    results.map(word).collect()
}

async fn who(company: &Company, booking: &str) -> Value {
    let query = "query($id: ID!) { booking(id: $id) { version lines { staff { id } } } }";
    let found = company.administrator.data(query, json!({ "id": booking })).await["booking"].clone();
    json!([found["version"], found["lines"][0]["staff"]["id"]])
}

harness::api_test! {
    async fn those_that_a_day_off_breaks_go_to_who_is_free(app: &App) {
        let company = Company::new(app).await;
        let admin = &company.administrator;
        let [ira, marko] = company.staff.clone();
        let olya = hire(admin, "Оля", &company.location, &company.service).await;
        let (ten, noon, two) = (book(&company, 0, TEN).await, book(&company, 0, "2026-03-10T12:00:00+02:00").await, book(&company, 0, "2026-03-10T14:00:00+02:00").await);
        let taken = book(&company, 1, "2026-03-10T12:00:00+02:00").await;
        let absence = json!({ "staffId": ira, "startsAt": "2026-03-10T00:00:00+02:00", "endsAt": "2026-03-11T00:00:00+02:00" });
        let broken = admin.done("timeOffRequest", absence, "affectedBookings { id } timeOff { status }").await;
        let ids: Vec<String> = broken["affectedBookings"].as_array().expect("bookings").iter().map(|one| one["id"].as_str().expect("an id").to_owned()).collect();
        assert_eq!(ids, [ten.clone(), noon.clone(), two.clone()]);
        let ids: Vec<&String> = ids.iter().collect();

        // By name: one of the three is in the way of a visit of his, which is shown.
        let tried = json!({ "bookingIds": ids, "staffId": marko, "dryRun": true, "idempotencyKey": key() });
        let tried = admin.done("bookingsReassign", tried, RESULTS).await;
        assert_eq!(outcome(&tried), [marko.as_str(), "SLOT_TAKEN", &marko]);
        assert_eq!(tried["results"][1]["userErrors"], json!([{ "code": "SLOT_TAKEN", "field": "bookingIds.1" }]));
        assert_eq!(tried["results"][1]["violations"], json!([{ "rule": "STAFF_BUSY", "staffId": marko, "bookings": [{ "id": taken }] }]));
        assert_eq!(who(&company, &ten).await, json!([1, ira]));

        // By whoever is free: Olya has nothing yet, then both have something.
        let input = giving(&ids, None);
        let mut tried = input.clone();
        tried["dryRun"] = json!(true);
        let tried = admin.done("bookingsReassign", tried, RESULTS).await;
        let done = admin.done("bookingsReassign", input.clone(), RESULTS).await;
        assert_eq!(outcome(&done), outcome(&tried));
        assert_eq!(outcome(&done)[..2], [olya.as_str(), &olya]);
        assert!(outcome(&done).iter().all(|person| *person != ira), "{done}");
        assert_eq!(done["results"][0]["booking"]["lines"][0]["staffChoice"], "LEAST_BOOKED");
        assert_eq!(who(&company, &noon).await, json!([2, olya]));
        // A repetition finds it done.
        assert_eq!(admin.done("bookingsReassign", input, RESULTS).await, done);
        let history = "query($id: ID!) { bookingHistory(bookingId: $id, first: 5) { nodes { name } totalCount } }";
        let history = admin.data(history, json!({ "id": ten })).await["bookingHistory"].clone();
        assert_eq!(history["nodes"][0]["name"], "booking.rescheduled");
        // Nothing is left to mend, but who is named may still get them.
        let all = json!({ "bookingIds": [ten], "fromStaffId": ira, "idempotencyKey": key() });
        assert_eq!(outcome(&admin.done("bookingsReassign", all, RESULTS).await), ["NOTHING_TO_CHANGE"]);
        let named = giving(&[&ten], Some(&marko));
        assert_eq!(outcome(&admin.done("bookingsReassign", named, RESULTS).await), [marko]);
    }
}

harness::api_test! {
    async fn two_at_one_time_never_go_to_one_person(app: &App) {
        let company = Company::new(app).await;
        let admin = &company.administrator;
        let [ira, marko] = company.staff.clone();
        let olya = hire(admin, "Оля", &company.location, &company.service).await;
        // Two at ten, by two people who then begin at noon; one is left.
        let (one, other) = (book(&company, 0, TEN).await, book(&company, 1, TEN).await);
        work(&company, 0, harness::every_day("12:00", "19:00")).await;
        work(&company, 1, harness::every_day("12:00", "19:00")).await;
        for dry_run in [true, false] {
            let mut input = giving(&[&one, &other], None);
            input["dryRun"] = json!(dry_run);
            let done = admin.done("bookingsReassign", input, RESULTS).await;
            assert_eq!(outcome(&done)[0], olya, "{done}");
            let errors: Vec<_> = done["results"][1]["userErrors"].as_array().expect("errors").iter().map(|error| error["code"].clone()).collect();
            assert!(!errors.is_empty() && done["results"][1]["booking"].is_null(), "{done}");
        }
        assert_eq!((who(&company, &one).await, who(&company, &other).await), (json!([2, olya]), json!([1, marko])));
        assert_ne!(ira, olya);
    }
}

harness::api_test! {
    async fn who_cannot_do_one_line_keeps_the_other(app: &App) {
        let company = Company::new(app).await;
        let admin = &company.administrator;
        let [ira, marko] = company.staff.clone();
        // Two hours of Ira's, the first of which she then does not work any more.
        let mut wish = of(&company, &visit(&company, 0), "2026-03-10T11:00:00+02:00");
        wish["lines"] = json!([wish["lines"][0], wish["lines"][0]]);
        let booked = admin.done("bookingCreate", wish, "booking { id }").await["booking"]["id"].clone();
        work(&company, 0, harness::every_day("12:00", "19:00")).await;
        for dry_run in [true, false] {
            let input = json!({ "bookingIds": [booked], "dryRun": dry_run, "idempotencyKey": key() });
            let done = admin.done("bookingsReassign", input, RESULTS).await["results"][0].clone();
            assert_eq!(done["userErrors"], json!([]));
            let lines = done["booking"]["lines"].as_array().expect("lines").iter();
            assert_eq!(lines.map(|line| line["staff"]["id"].clone()).collect::<Vec<_>>(), [json!(marko), json!(ira)]);
        }
    }
}

harness::api_test! {
    async fn a_preview_counts_what_it_gave_away_before(app: &App) {
        let company = Company::new(app).await;
        let admin = &company.administrator;
        let [ira, marko] = company.staff.clone();
        let olya = hire(admin, "Оля", &company.location, &company.service).await;
        let hours = ["10", "12", "14", "16"].map(|hour| format!("2026-03-10T{hour}:00:00+02:00"));
        let mut booked = Vec::new();
        for hour in &hours {
            booked.push(book(&company, 0, hour).await);
        }
        // An hour is left of Marko's day, and two visits or two hours of anybody's.
        book(&company, 1, "2026-03-10T18:00:00+02:00").await;
        let ids: Vec<&String> = booked.iter().collect();
        for most in [json!({ "staffDaily": 2 }), json!({ "staffDaily": null, "staffDailyMinutes": 120 })] {
            limits(&company, most).await;
            let mut named = giving(&ids[..2], Some(&marko));
            named["dryRun"] = json!(true);
            let shown = admin.done("bookingsReassign", named.clone(), RESULTS).await;
            assert_eq!(outcome(&shown), [marko.as_str(), "STAFF_DAY_FULL"]);
            assert_eq!(shown["results"][1]["violations"], json!([{ "rule": "STAFF_DAY_FULL", "staffId": marko, "bookings": [] }]));
            // Unless it is set aside.
            named["overrides"] = json!(["STAFF_DAY_FULL"]);
            let shown = admin.done("bookingsReassign", named, RESULTS).await;
            assert_eq!(outcome(&shown), [marko.as_str(), &marko]);
            // By whoever has room: two to Olya, one to Marko, and nobody is left.
            let mut anybody = giving(&ids, None);
            anybody["dryRun"] = json!(true);
            let shown = outcome(&admin.done("bookingsReassign", anybody, RESULTS).await);
            let times = |who: &str| shown.iter().filter(|one| *one == who).count();
            assert_eq!((times(&olya), times(&marko), times(&ira)), (2, 1, 0), "{shown:?}");
            assert_eq!(shown[3], "STAFF_DAY_FULL");
        }
        // What is done is what was shown.
        let mut input = giving(&ids, None);
        input["dryRun"] = json!(true);
        let shown = admin.done("bookingsReassign", input.clone(), RESULTS).await;
        input["dryRun"] = json!(false);
        assert_eq!(outcome(&admin.done("bookingsReassign", input, RESULTS).await), outcome(&shown));
    }
}

harness::api_test! {
    async fn an_employee_gives_away_nothing_of_others(app: &App) {
        let company = Company::new(app).await;
        let employee = company.hire_user("EMPLOYEE").await;
        crate::calendar::be_staff(&company, 1, &employee.id).await;
        let (theirs, mine) = (book(&company, 0, TEN).await, book(&company, 1, TEN).await);
        let refused = employee.client.mutate("bookingsReassign", giving(&[&mine, &theirs], Some(&company.staff[1])), RESULTS).await;
        assert_eq!(refused.answer.code(), "NOT_FOUND");
        // Nor to a colleague, whose calendar is closed to them.
        let refused = employee.client.mutate("bookingsReassign", giving(&[&mine], Some(&company.staff[0])), RESULTS).await;
        assert_eq!(refused.answer.code(), "NOT_FOUND");
        assert_eq!(who(&company, &mine).await, json!([1, company.staff[1]]));
    }
}
