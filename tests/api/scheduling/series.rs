//! Visits that repeat: all or those that are possible, each date as a single booking; moved, called off and continued.

use harness::{Client, Company, key};
use serde_json::{Value, json};

use super::{instant, kyiv, work};

const OCCURRENCES: &str =
    "occurrences { localDate startsAt possible staffIds booking { id version startsAt status seriesId seriesDate }
    violations { code } }";

/// The input of a series of the company's service by the first of the staff, at ten in the morning.
pub fn series(company: &Company, from: &str, rule: &str) -> Value {
    json!({
        "locationId": company.location, "clientId": company.visitor, "firstDate": from, "time": "10:00",
        "lines": [{ "serviceId": company.service, "staffId": company.staff[0] }],
        "recurrence": { "rule": rule }, "idempotencyKey": key(),
    })
}

fn with(mut input: Value, field: &str, value: impl Into<Value>) -> Value {
    input[field] = value.into();
    input
}

/// Far enough ahead for every date of a test.
async fn far_sighted(company: &Company) {
    let settings = company.administrator.data("{ company { version } }", Value::Null).await;
    let far = json!({ "version": settings["company"]["version"], "horizonDays": 365 });
    company.administrator.done("companyUpdate", far, "company { id }").await;
}

async fn salon(app: &harness::App) -> Company {
    let company = Company::new(app).await;
    far_sighted(&company).await;
    company
}

/// The visits of a series, as `date start status`, the start on the wall in Kyiv.
async fn visits(client: &Client, id: &Value) -> Vec<String> {
    let query = "query($id: ID!) { bookingSeries(id: $id) { bookings { seriesDate startsAt status } } }";
    let data = client.data(query, json!({ "id": id })).await;
    let visits = data["bookingSeries"]["bookings"].as_array().expect("visits").clone();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let line = |visit: &Value| {
        let start = text(&visit["startsAt"]);
        format!("{} {} {}", text(&visit["seriesDate"]), &start[..16], text(&visit["status"]))
    };
    visits.iter().map(line).collect()
}

fn codes(occurrence: &Value) -> Vec<String> {
    let violations = occurrence["violations"].as_array().expect("violations").iter();
    let mut codes: Vec<String> = violations.map(|one| one["code"].as_str().expect("a code").to_owned()).collect();
    codes.dedup();
    codes
}

/// Dates with what stands in their way.
fn verdicts(payload: &Value) -> Vec<String> {
    let occurrences = payload["occurrences"].as_array().expect("occurrences").iter();
    let line = |one: &Value| {
        let codes = codes(one).join("+");
        format!("{} {codes}", one["localDate"].as_str().expect("a date")).trim_end().to_owned()
    };
    occurrences.map(line).collect()
}

async fn count(company: &Company) -> Value {
    company.administrator.data("{ bookings(first: 1) { totalCount } }", Value::Null).await["bookings"]["totalCount"]
        .clone()
}

harness::api_test! {
    async fn the_wall_time_stays_over_the_change_of_clocks_and_a_repetition_books_nothing(app: &App) {
        let company = salon(app).await;
        let admin = &company.administrator;
        let input = series(&company, "2026-03-17", "FREQ=WEEKLY;COUNT=3");
        let selection = "series { id version time recurrence { rule } client { id } lines { service { id } staff { id } } }
            occurrences { localDate startsAt possible booking { id series { id } } }";
        let made = admin.done("bookingSeriesCreate", input.clone(), selection).await;
        let starts: Vec<_> =
            made["occurrences"].as_array().expect("dates").iter().map(|one| instant(&one["startsAt"])).collect();
        assert_eq!(starts, [
            kyiv("2026-03-17T10:00:00+02:00"), kyiv("2026-03-24T10:00:00+02:00"), kyiv("2026-03-31T10:00:00+03:00"),
        ]);
        assert_eq!(made["occurrences"][2]["booking"]["series"]["id"], made["series"]["id"]);
        assert_eq!(made["series"]["recurrence"]["rule"], "FREQ=WEEKLY;COUNT=3");
        assert_eq!(made["series"]["lines"][0]["staff"]["id"], company.staff[0]);
        let again = admin.done("bookingSeriesCreate", input, selection).await;
        assert_eq!(again, made);
        assert_eq!(count(&company).await, 3);
        let listed = admin.data("{ bookingSeriesList(first: 10) { totalCount nodes { id } } }", Value::Null).await;
        assert_eq!(listed["bookingSeriesList"], json!({ "totalCount": 1, "nodes": [{ "id": made["series"]["id"] }] }));
    }
}

harness::api_test! {
    async fn with_week_seven_taken_it_is_all_or_an_explicit_list(app: &App) {
        let company = salon(app).await;
        let admin = &company.administrator;
        company.book("2026-04-14T10:00:00+03:00").await;
        let weekly = || series(&company, "2026-03-03", "FREQ=WEEKLY;COUNT=8");
        let dry = admin.mutate("bookingSeriesCreate", with(weekly(), "dryRun", true), &format!("series {{ id }} {OCCURRENCES}")).await;
        assert_eq!(dry.refusals(), ["SERIES_CONFLICT@recurrence"]);
        let expected = [
            "2026-03-03", "2026-03-10", "2026-03-17", "2026-03-24", "2026-03-31", "2026-04-07", "2026-04-14 SLOT_TAKEN", "2026-04-21",
        ];
        assert_eq!(verdicts(dry.value()), expected);

        let refused = admin.mutate("bookingSeriesCreate", weekly(), &format!("series {{ id }} {OCCURRENCES}")).await;
        assert_eq!(refused.refusals(), ["SERIES_CONFLICT@recurrence"]);
        assert_eq!(verdicts(refused.value()), expected);
        assert!(refused.value()["series"].is_null());
        assert_eq!(count(&company).await, 1);

        let input = with(weekly(), "mode", "SKIP_CONFLICTS");
        let preview = admin.done("bookingSeriesCreate", with(input.clone(), "dryRun", true), &format!("series {{ id }} {OCCURRENCES}")).await;
        assert!(preview["series"].is_null());
        assert_eq!(verdicts(&preview), expected);
        assert_eq!(count(&company).await, 1);
        let made = admin.done("bookingSeriesCreate", input, &format!("series {{ id skipped {{ localDate rules }} }} {OCCURRENCES}")).await;
        assert_eq!(verdicts(&made), expected);
        assert!(made["occurrences"][6]["booking"].is_null());
        assert_eq!(made["series"]["skipped"], json!([{ "localDate": "2026-04-14", "rules": ["STAFF_BUSY"] }]));
        assert_eq!(visits(admin, &made["series"]["id"]).await.len(), 7);
        assert_eq!(count(&company).await, 8);
    }
}

harness::api_test! {
    async fn anybody_is_chosen_for_each_date_anew(app: &App) {
        let company = salon(app).await;
        let admin = &company.administrator;
        company.book("2026-03-10T10:00:00+02:00").await;
        let mut input = series(&company, "2026-03-03", "FREQ=WEEKLY;COUNT=2");
        input["lines"] = json!([{ "serviceId": company.service }]);
        let made = admin.done("bookingSeriesCreate", input, OCCURRENCES).await;
        assert_eq!(made["occurrences"][1]["staffIds"], json!([company.staff[1]]));
    }
}

harness::api_test! {
    /// Every date of a series is what a single booking would be: thirty series over a patchwork of hours, absences and
    /// visits, each date against the engine's own word on that very start.
    async fn each_date_agrees_with_a_single_booking(app: &App) {
        let company = salon(app).await;
        let admin = &company.administrator;
        work(&company, 0, json!([
            { "weekday": "MONDAY", "startsAt": "09:00", "endsAt": "13:00" },
            { "weekday": "TUESDAY", "startsAt": "10:00", "endsAt": "19:00" },
            { "weekday": "THURSDAY", "startsAt": "09:00", "endsAt": "19:00" },
            { "weekday": "SATURDAY", "startsAt": "12:00", "endsAt": "16:00" },
        ])).await;
        for start in ["2026-03-09T10:00:00+02:00", "2026-03-17T12:00:00+02:00", "2026-04-02T10:30:00+03:00"] {
            company.book(start).await;
        }
        let closed = json!({
            "locationId": company.location, "startsAt": "2026-03-26T12:00:00+02:00", "endsAt": "2026-03-26T18:00:00+02:00",
        });
        admin.done("closureCreate", closed, "closure { id }").await;
        let why = "query($visit: AvailabilityVisitInput!, $at: DateTime!) {
            availabilityWhyNot(visit: $visit, startsAt: $at) { bookable violations { code } } }";
        let rules = [
            "FREQ=DAILY;COUNT=9", "FREQ=WEEKLY;BYDAY=MO,TU;COUNT=8", "FREQ=WEEKLY;BYDAY=TH,SA;COUNT=8",
            "FREQ=DAILY;INTERVAL=3;COUNT=8", "FREQ=WEEKLY;INTERVAL=2;COUNT=5",
        ];
        let (mut possible, mut refused) = (0, 0);
        for (number, rule) in rules.iter().enumerate() {
            for time in ["09:00", "10:00", "11:15", "12:10", "15:00", "18:30"] {
                for staff in [Some(&company.staff[0]), None] {
                    let line = json!({ "serviceId": company.service, "staffId": staff });
                    let mut input = series(&company, &format!("2026-03-{:02}", 9 + number), rule);
                    input["time"] = json!(time);
                    input["lines"] = json!([line]);
                    input["dryRun"] = json!(true);
                    let told = admin.mutate("bookingSeriesCreate", input, OCCURRENCES).await.value().clone();
                    for one in told["occurrences"].as_array().expect("dates") {
                        let visit = json!({ "locationId": company.location, "lines": [line] });
                        let verdict = admin.data(why, json!({ "visit": visit, "at": one["startsAt"] })).await["availabilityWhyNot"].clone();
                        assert_eq!(one["possible"], verdict["bookable"], "{rule} {time} {one} {verdict}");
                        let single: Vec<String> = codes(&verdict);
                        if single.iter().all(|code| code == "SLOT_TAKEN") || single.iter().all(|code| code != "SLOT_TAKEN") {
                            assert_eq!(codes(one), single, "{rule} {time} {one}");
                        }
                        if one["possible"] == true { possible += 1 } else { refused += 1 }
                    }
                }
            }
        }
        assert!(possible > 100 && refused > 100, "{possible} {refused}");
    }
}

/// A weekly series of five with the ids and versions of its visits.
async fn five(company: &Company) -> (Value, Vec<Value>) {
    let input = series(company, "2026-03-10", "FREQ=WEEKLY;COUNT=5");
    let made = company
        .administrator
        .done("bookingSeriesCreate", input, &format!("series {{ id version }} {OCCURRENCES}"))
        .await;
    let visits = made["occurrences"].as_array().expect("dates").iter().map(|one| one["booking"].clone()).collect();
    (made["series"].clone(), visits)
}

fn change(visit: &Value, scope: &str, more: Value) -> Value {
    let mut input =
        json!({ "bookingId": visit["id"], "version": visit["version"], "scope": scope, "idempotencyKey": key() });
    input.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    input
}

harness::api_test! {
    async fn one_visit_moves_alone_and_is_then_passed_over(app: &App) {
        let company = salon(app).await;
        let admin = &company.administrator;
        let (series, five) = five(&company).await;
        let moved = change(&five[1], "THIS", json!({ "time": "12:00" }));
        let done = admin.done("bookingSeriesMove", moved.clone(), &format!("series {{ id time }} {OCCURRENCES}")).await;
        assert_eq!((&done["series"]["id"], &done["series"]["time"]), (&series["id"], &json!("10:00")));
        let again = admin.done("bookingSeriesMove", moved, "occurrences { booking { version } }").await;
        assert_eq!(again["occurrences"][0]["booking"]["version"], 2);

        let all = change(&five[0], "ALL", json!({ "time": "11:00" }));
        admin.done("bookingSeriesMove", all, "series { id }").await;
        assert_eq!(visits(admin, &series["id"]).await, [
            "2026-03-10 2026-03-10T11:00 CONFIRMED", "2026-03-17 2026-03-17T12:00 CONFIRMED",
            "2026-03-24 2026-03-24T11:00 CONFIRMED", "2026-03-31 2026-03-31T11:00 CONFIRMED",
            "2026-04-07 2026-04-07T11:00 CONFIRMED",
        ]);
    }
}

harness::api_test! {
    async fn this_and_following_become_a_series_of_their_own(app: &App) {
        let company = salon(app).await;
        let admin = &company.administrator;
        let (series, five) = five(&company).await;
        let moved = change(&five[2], "THIS_AND_FOLLOWING", json!({
            "time": "10:30", "staff": [{ "position": 0, "staffId": company.staff[1] }],
        }));
        let done = admin.done("bookingSeriesMove", moved, &format!(
            "series {{ id splitFromId time firstDate recurrence {{ rule }} lines {{ staff {{ id }} }} }} {OCCURRENCES}"
        )).await;
        let split = &done["series"];
        assert_eq!(split["splitFromId"], series["id"]);
        assert_eq!(split["recurrence"]["rule"], "FREQ=WEEKLY;COUNT=3");
        assert_eq!((&split["time"], &split["firstDate"]), (&json!("10:30"), &json!("2026-03-24")));
        assert_eq!(split["lines"][0]["staff"]["id"], company.staff[1]);
        assert_eq!(visits(admin, &series["id"]).await, [
            "2026-03-10 2026-03-10T10:00 CONFIRMED", "2026-03-17 2026-03-17T10:00 CONFIRMED",
        ]);
        assert_eq!(visits(admin, &split["id"]).await, [
            "2026-03-24 2026-03-24T10:30 CONFIRMED", "2026-03-31 2026-03-31T10:30 CONFIRMED",
            "2026-04-07 2026-04-07T10:30 CONFIRMED",
        ]);
        let old = admin.data("query($id: ID!) { bookingSeries(id: $id) { recurrence { rule } } }", json!({ "id": series["id"] })).await;
        assert_eq!(old["bookingSeries"]["recurrence"]["rule"], "FREQ=WEEKLY;UNTIL=20260323");
        // The time that they gave back is free again.
        company.book("2026-03-24T10:00:00+02:00").await;
    }
}

harness::api_test! {
    async fn a_move_is_all_or_nothing_or_leaves_what_it_cannot_move(app: &App) {
        let company = salon(app).await;
        let admin = &company.administrator;
        let (series, five) = five(&company).await;
        company.book("2026-03-24T14:00:00+02:00").await;
        let selection = format!("series {{ id }} current {{ id }} {OCCURRENCES}");
        let all = change(&five[0], "ALL", json!({ "time": "14:00" }));
        let refused = admin.mutate("bookingSeriesMove", all.clone(), &selection).await;
        assert_eq!(refused.refusals(), ["SERIES_CONFLICT@time"]);
        assert_eq!(verdicts(refused.value())[2], "2026-03-24 SLOT_TAKEN");
        assert!(visits(admin, &series["id"]).await.iter().all(|visit| visit.contains("T10:00")));

        admin.done("bookingSeriesMove", with(all, "mode", "SKIP_CONFLICTS"), &selection).await;
        let moved = visits(admin, &series["id"]).await;
        assert_eq!(moved.iter().filter(|visit| visit.contains("T14:00")).count(), 4);
        assert_eq!(moved[2], "2026-03-24 2026-03-24T10:00 CONFIRMED");

        let stale = admin.mutate("bookingSeriesMove", change(&five[0], "ALL", json!({ "time": "16:00" })), &selection).await;
        assert_eq!(stale.refusals(), ["VERSION_CONFLICT@version"]);
        assert_eq!(stale.value()["current"]["id"], five[0]["id"]);
    }
}

harness::api_test! {
    async fn visits_overlap_their_neighbours_old_places_while_they_move(app: &App) {
        let company = salon(app).await;
        let admin = &company.administrator;
        // An hour long, half an hour later: each stands on its own old time.
        let input = series(&company, "2026-03-10", "FREQ=DAILY;COUNT=4");
        let made = admin.done("bookingSeriesCreate", input, &format!("series {{ id }} {OCCURRENCES}")).await;
        for time in ["10:30", "10:00"] {
            let query = "query($id: ID!) { bookingSeries(id: $id) { bookings { id version } } }";
            let now = admin.data(query, json!({ "id": made["series"]["id"] })).await["bookingSeries"]["bookings"][0].clone();
            admin.done("bookingSeriesMove", change(&now, "ALL", json!({ "time": time })), "series { id }").await;
            let moved = visits(admin, &made["series"]["id"]).await;
            assert!(moved.iter().all(|visit| visit.contains(&format!("T{time}"))), "{moved:?}");
        }
    }
}

harness::api_test! {
    async fn calling_off_reaches_as_far_as_it_says_and_a_series_goes_on(app: &App) {
        let company = salon(app).await;
        let admin = &company.administrator;
        let (series, five) = five(&company).await;
        let off = |visit: &Value, scope: &str| change(visit, scope, json!({ "reason": "CLIENT_REQUEST" }));
        admin.done("bookingSeriesCancel", off(&five[0], "THIS"), "series { id }").await;
        let following = off(&five[3], "THIS_AND_FOLLOWING");
        let done = admin.done("bookingSeriesCancel", following.clone(), &format!("series {{ recurrence {{ rule exceptDates }} }} {OCCURRENCES}")).await;
        assert_eq!(done["series"]["recurrence"], json!({ "rule": "FREQ=WEEKLY;UNTIL=20260330", "exceptDates": ["2026-03-10"] }));
        assert_eq!(verdicts(&done), ["2026-03-31", "2026-04-07"]);
        let again = admin.done("bookingSeriesCancel", following, OCCURRENCES).await;
        assert_eq!(verdicts(&again), ["2026-03-31", "2026-04-07"]);
        let left: Vec<String> = visits(admin, &series["id"]).await.into_iter().filter(|visit| visit.ends_with("CONFIRMED")).collect();
        assert_eq!(left, ["2026-03-17 2026-03-17T10:00 CONFIRMED", "2026-03-24 2026-03-24T10:00 CONFIRMED"]);
        company.book("2026-03-31T10:00:00+03:00").await;

        let query = "query($id: ID!) { bookingSeries(id: $id) { version } }";
        let version = admin.data(query, json!({ "id": series["id"] })).await["bookingSeries"]["version"].clone();
        let longer = json!({ "id": series["id"], "version": version, "until": "2026-04-14", "idempotencyKey": key() });
        let refused = admin.mutate("bookingSeriesExtend", longer.clone(), OCCURRENCES).await;
        assert_eq!(refused.refusals(), ["SERIES_CONFLICT@until"]);
        assert_eq!(verdicts(refused.value()), ["2026-03-31 SLOT_TAKEN", "2026-04-07", "2026-04-14"]);
        let longer = with(longer, "mode", "SKIP_CONFLICTS");
        let done = admin.done("bookingSeriesExtend", longer.clone(), &format!("series {{ recurrence {{ rule }} }} {OCCURRENCES}")).await;
        assert_eq!(done["series"]["recurrence"]["rule"], "FREQ=WEEKLY;UNTIL=20260414");
        assert_eq!(verdicts(&done), ["2026-03-31 SLOT_TAKEN", "2026-04-07", "2026-04-14"]);
        let again = admin.done("bookingSeriesExtend", longer, OCCURRENCES).await;
        assert_eq!(verdicts(&again), ["2026-04-07", "2026-04-14"]);
        let stale = json!({ "id": series["id"], "version": version, "until": "2026-05-01", "idempotencyKey": key() });
        assert_eq!(admin.mutate("bookingSeriesExtend", stale, "series { id }").await.refusals(), ["VERSION_CONFLICT@version"]);
    }
}

harness::api_test! {
    async fn what_has_begun_stays_and_all_means_all_the_rest(engine: Engine) {
        let app = harness::App::start(engine).await.expect("an app");
        let company = salon(&app).await;
        let (series, five) = five(&company).await;
        // A login would have ended by then.
        let program = company.key_with(&["bookings.own", "bookings.all"]).await;
        app.clock.set(kyiv("2026-03-17T10:30:00+02:00"));
        let done = program
            .done("bookingSeriesCancel", change(&five[3], "ALL", json!({ "reason": "OTHER" })), "series { endedAt } occurrences { localDate violations { code } }")
            .await;
        assert_eq!(verdicts(&done), ["2026-03-24", "2026-03-31", "2026-04-07"]);
        assert!(!done["series"]["endedAt"].is_null());
        let visits = visits(&program, &series["id"]).await;
        assert!(visits[..2].iter().all(|visit| visit.ends_with("CONFIRMED")), "{visits:?}");
    }
}

harness::api_test! {
    async fn the_client_gets_one_letter_about_all_visits(app: &App) {
        let company = salon(app).await;
        let email = format!("{}@example.com", key().replace('-', ""));
        let card = json!({ "name": "Леся Повторна", "emails": [email] });
        let card = company.administrator.done("clientCreate", card, "client { id }").await["client"]["id"].clone();
        let input = with(series(&company, "2026-03-10", "FREQ=WEEKLY;COUNT=3"), "clientId", card.clone());
        let made = company.administrator.done("bookingSeriesCreate", input, OCCURRENCES).await;
        let first = made["occurrences"][0]["booking"].clone();
        company.mailbox().wait(&email, 1).await;
        company.administrator.done("bookingSeriesCancel", change(&first, "ALL", json!({ "reason": "OTHER" })), "series { id }").await;
        company.mailbox().wait(&email, 2).await;
        // Not one more was promised.
        let query = "query($client: ID!) { messages(first: 10, filter: { clientId: $client }) { nodes { letter } } }";
        let promised = company.administrator.data(query, json!({ "client": card })).await["messages"]["nodes"].clone();
        assert_eq!(promised, json!([{ "letter": "BOOKING_CANCELLED" }, { "letter": "BOOKING_CONFIRMED" }]));
    }
}

harness::api_test! {
    async fn an_employee_sees_and_changes_series_of_their_own_only(app: &App) {
        let company = salon(app).await;
        let employee = company.hire_user("EMPLOYEE").await;
        crate::calendar::be_staff(&company, 1, &employee.id).await;
        let employee = employee.client;
        let (series, five) = five(&company).await;
        let hidden = employee.run("query($id: ID!) { bookingSeries(id: $id) { id } }", json!({ "id": series["id"] })).await;
        assert_eq!(hidden.code(), "NOT_FOUND");
        let cancel = change(&five[0], "ALL", json!({ "reason": "OTHER" }));
        assert_eq!(employee.mutate("bookingSeriesCancel", cancel, "series { id }").await.answer.code(), "NOT_FOUND");
        let longer = json!({ "id": series["id"], "version": 1, "until": "2026-05-01", "idempotencyKey": key() });
        assert_eq!(employee.mutate("bookingSeriesExtend", longer, "series { id }").await.answer.code(), "NOT_FOUND");
        let listed = employee.data("{ bookingSeriesList(first: 10) { totalCount } }", Value::Null).await;
        assert_eq!(listed["bookingSeriesList"]["totalCount"], 0);

        // Of a series that passed to them from a date on, they see and change what is theirs.
        let handed = change(&five[3], "THIS", json!({ "staff": [{ "position": 0, "staffId": company.staff[1] }] }));
        company.administrator.done("bookingSeriesMove", handed, "series { id }").await;
        assert_eq!(visits(&employee, &series["id"]).await, ["2026-03-31 2026-03-31T10:00 CONFIRMED"]);
        let own = json!({ "id": five[3]["id"], "version": 2 });
        let off = employee.done("bookingSeriesCancel", change(&own, "ALL", json!({ "reason": "OTHER" })), "series { endedAt } occurrences { localDate violations { code } }").await;
        assert_eq!(verdicts(&off), ["2026-03-31"]);
        assert!(off["series"]["endedAt"].is_null(), "the others' visits go on");
        let mine = company.administrator.data("{ bookings(first: 10, filter: { statuses: [CONFIRMED] }) { totalCount } }", Value::Null).await;
        assert_eq!(mine["bookings"]["totalCount"], 4);
    }
}

harness::api_test! {
    async fn the_statements_of_a_list_of_series_do_not_grow_with_it(app: &App) {
        let company = salon(app).await;
        let admin = &company.administrator;
        let query = "{ bookingSeriesList(first: 50) { nodes { id client { name } bookings { id lines { staff { name } } series { id } } } } }";
        let mut counts = Vec::new();
        // What is read into caches is read once.
        admin.done("bookingSeriesCreate", series(&company, "2026-03-09", "FREQ=DAILY;COUNT=1"), "series { id }").await;
        admin.run(query, Value::Null).await;
        for (from, rule) in [("2026-03-10", "FREQ=WEEKLY;COUNT=1"), ("2026-03-11", "FREQ=WEEKLY;COUNT=9"), ("2026-03-12", "FREQ=DAILY;COUNT=1")] {
            admin.done("bookingSeriesCreate", series(&company, from, rule), "series { id }").await;
            counts.push(admin.run(query, Value::Null).await.statements());
        }
        assert!(counts.windows(2).all(|pair| pair[0] == pair[1]), "{counts:?}");
    }
}
