//! The lines of a visit are edited: what stays keeps its terms, what is new has today's, and nothing is taken that is not free.

use harness::{Company, create, key};
use serde_json::{Value, json};

use super::{instant, kyiv, of, version, visit};

const LINES: &str = "id serviceName(locale: UK) withPrevious startsAt durationMinutes staff { id } staffChoice
    price { amountMinor } addOns { addOnId price { amountMinor } } resources { resourceId }";
const TEN: &str = "2026-03-10T10:00:00+02:00";
const ELEVEN: &str = "2026-03-10T11:00:00+02:00";
const NOON: &str = "2026-03-10T12:00:00+02:00";

fn booking() -> String {
    format!(
        "booking {{ id version status startsAt endsAt overrides total {{ amountMinor }} prepayment {{ amountMinor }}
            policy {{ cancellationDeadlines {{ hoursBefore fee {{ amountMinor }} refused }} noShowFee {{ amountMinor }} }}
            lines {{ {LINES} }} }}"
    )
}

fn answer() -> String {
    let booking = booking();
    format!(
        "{booking} current {{ id version }} alternatives {{ startsAt }}
        violations {{ rule code line staffId resourceId overridable bookings {{ id reference startsAt }} }}"
    )
}

async fn book(company: &Company, staff: usize, start: &str) -> Value {
    let input = of(company, &visit(company, staff), start);
    company.administrator.done("bookingCreate", input, &booking()).await["booking"].clone()
}

fn edit(booking: &Value, lines: Value) -> Value {
    json!({ "id": booking["id"], "version": booking["version"], "lines": lines, "idempotencyKey": key() })
}

fn with(mut input: Value, field: &str, value: Value) -> Value {
    input[field] = value;
    input
}

fn line(booking: &Value, at: usize) -> Value {
    json!({ "lineId": booking["lines"][at]["id"] })
}

/// When each line starts and how long it takes, by whom.
fn course(booking: &Value) -> Vec<(chrono::DateTime<chrono::Utc>, i64, &Value)> {
    let lines = booking["lines"].as_array().expect("lines").iter();
    lines
        .map(|line| {
            (instant(&line["startsAt"]), line["durationMinutes"].as_i64().expect("minutes"), &line["staff"]["id"])
        })
        .collect()
}

/// A manicure of half an hour for 300 ₴, by the second of the staff, who does the haircut too.
async fn manicure(company: &Company) -> String {
    let admin = &company.administrator;
    let service = json!({
        "name": { "uk": "Манікюр" }, "durationMinutes": 30, "price": { "kind": "FIXED", "amountMinor": 30_000 },
        "addOns": [{ "name": { "uk": "Лак" }, "extraMinutes": 15, "amountMinor": 5_000 }],
    });
    let service = create(admin, "serviceCreate", "service", service).await;
    performs(company, &company.staff[1], &[&company.service, &service]).await;
    service
}

async fn performs(company: &Company, staff: &str, services: &[&str]) {
    let services: Vec<_> = services.iter().map(|id| json!({ "serviceId": id })).collect();
    let update = json!({ "id": staff, "version": version(company, "staffMember", staff).await, "services": services });
    company.administrator.done("staffMemberUpdate", update, "staffMember { id }").await;
}

harness::api_test! {
    async fn lines_are_added_ordered_and_removed_in_one_step(app: &App) {
        let company = Company::new(app).await;
        let admin = &company.administrator;
        let manicure = manicure(&company).await;
        let [ira, marko] = &company.staff;
        let booked = book(&company, 0, TEN).await;
        let input = edit(&booked, json!([line(&booked, 0), { "serviceId": manicure }]));
        // What is tried is what is done, and leaves nothing behind.
        let tried = admin.done("bookingLinesUpdate", with(input.clone(), "dryRun", json!(true)), &answer()).await["booking"].clone();
        assert_eq!(course(&tried), [(kyiv(TEN), 60, &json!(ira)), (kyiv(ELEVEN), 30, &json!(marko))]);
        let longer = admin.done("bookingLinesUpdate", input.clone(), &answer()).await["booking"].clone();
        assert_eq!(course(&longer), course(&tried));
        assert_eq!((&longer["version"], &longer["total"]["amountMinor"]), (&json!(2), &json!(80_000)));
        assert_eq!(instant(&longer["endsAt"]), kyiv("2026-03-10T11:30:00+02:00"));
        assert_eq!(longer["lines"][0]["id"], booked["lines"][0]["id"]);
        // A repetition adds no third line; another edit of the old version does nothing.
        assert_eq!(admin.done("bookingLinesUpdate", input, &answer()).await["booking"], longer);
        let stale = admin.mutate("bookingLinesUpdate", edit(&booked, json!([{ "serviceId": manicure }])), &answer()).await;
        assert_eq!(stale.refusals(), ["VERSION_CONFLICT@version"]);
        assert_eq!(stale.value()["current"], json!({ "id": booked["id"], "version": 2 }));

        // The other order, together, and then the haircut alone is gone.
        let turned = edit(&longer, json!([line(&longer, 1), line(&longer, 0)]));
        let turned = admin.done("bookingLinesUpdate", turned, &answer()).await["booking"].clone();
        assert_eq!(course(&turned), [(kyiv(TEN), 30, &json!(marko)), (kyiv("2026-03-10T10:30:00+02:00"), 60, &json!(ira))]);
        let second = json!({ "lineId": turned["lines"][1]["id"], "withPrevious": true });
        let together = admin.done("bookingLinesUpdate", edit(&turned, json!([line(&turned, 0), second])), &answer()).await["booking"].clone();
        assert_eq!(course(&together), [(kyiv(TEN), 30, &json!(marko)), (kyiv(TEN), 60, &json!(ira))]);
        assert_eq!(instant(&together["endsAt"]), kyiv(ELEVEN));
        let alone = admin.done("bookingLinesUpdate", edit(&together, json!([line(&together, 0)])), &answer()).await["booking"].clone();
        assert_eq!((course(&alone), &alone["total"]["amountMinor"]), (vec![(kyiv(TEN), 30, &json!(marko))], &json!(30_000)));
        // What was given up is free again.
        book(&company, 0, TEN).await;

        let query = "query($id: ID!) { bookingHistory(bookingId: $id, first: 10) { nodes { name data } } }";
        let history = admin.data(query, json!({ "id": booked["id"] })).await["bookingHistory"]["nodes"].clone();
        let names: Vec<_> = history.as_array().expect("entries").iter().map(|entry| entry["name"].as_str().unwrap_or_default()).collect();
        assert_eq!(names[..4], ["booking.lines_changed"; 4]);
        let last = &history[0]["data"];
        assert_eq!((last["from_lines"].as_array().map(Vec::len), last["lines"].as_array().map(Vec::len)), (Some(2), Some(1)));
        assert_eq!((&last["from_total_minor"], &last["total_minor"]), (&json!(80_000), &json!(30_000)));
    }
}

harness::api_test! {
    async fn what_stays_keeps_its_terms_and_what_is_new_has_todays(app: &App) {
        let company = Company::new(app).await;
        let admin = &company.administrator;
        let half = json!({ "name": { "uk": "Половина" }, "tiers": [{ "hoursBefore": 24, "fee": { "kind": "PERCENT", "percentBp": 5_000 } }] });
        let half = create(admin, "cancellationPolicyCreate", "cancellationPolicy", half).await;
        let edited = json!({ "id": company.service, "version": 1, "rules": { "cancellationPolicyId": half } });
        admin.done("serviceUpdate", edited, "service { id }").await;
        let manicure = manicure(&company).await;
        let booked = book(&company, 0, TEN).await;
        let fees = |booking: &Value| booking["policy"]["cancellationDeadlines"].clone();
        assert_eq!(fees(&booked), json!([{ "hoursBefore": 24, "fee": { "amountMinor": 25_000 }, "refused": false }]));

        // Since then the haircut is dearer and longer, and the manicure is not called off for nothing.
        let dearer = json!({
            "id": company.service, "version": 2, "durationMinutes": 90, "price": { "kind": "FIXED", "amountMinor": 90_000 },
        });
        admin.done("serviceUpdate", dearer, "service { id }").await;
        let never = json!({ "name": { "uk": "Ніколи" }, "lateCancellation": "REFUSED", "tiers": [{ "hoursBefore": 48, "fee": { "kind": "FIXED", "amountMinor": 1_000 } }] });
        let never = create(admin, "cancellationPolicyCreate", "cancellationPolicy", never).await;
        let strict = json!({ "id": manicure, "version": 1, "rules": { "cancellationPolicyId": never } });
        let add_on = admin.done("serviceUpdate", strict, "service { addOns { id } }").await["service"]["addOns"][0]["id"].clone();
        let input = edit(&booked, json!([line(&booked, 0), { "serviceId": manicure, "addOnIds": [add_on] }, { "serviceId": company.service }]));
        let grown = admin.done("bookingLinesUpdate", input, &answer()).await["booking"].clone();
        let prices: Vec<_> = grown["lines"].as_array().expect("lines").iter().map(|line| (&line["durationMinutes"], &line["price"]["amountMinor"])).collect();
        assert_eq!(prices, [(&json!(60), &json!(50_000)), (&json!(45), &json!(35_000)), (&json!(90), &json!(90_000))]);
        assert_eq!(grown["total"]["amountMinor"], 175_000);
        // Half of the new total, and never in the last two days.
        assert_eq!(fees(&grown), json!([
            { "hoursBefore": 48, "fee": { "amountMinor": 1_000 }, "refused": true },
            { "hoursBefore": 24, "fee": { "amountMinor": 87_500 }, "refused": true },
        ]));

        // An add-on keeps what it was agreed for, and takes its time and price with it.
        let plain = json!({ "lineId": grown["lines"][1]["id"], "addOnIds": [] });
        let plain = admin.done("bookingLinesUpdate", edit(&grown, json!([line(&grown, 0), plain])), &answer()).await["booking"].clone();
        assert_eq!((&plain["lines"][1]["durationMinutes"], &plain["lines"][1]["price"]["amountMinor"]), (&json!(30), &json!(30_000)));
        assert_eq!(fees(&plain)[1]["fee"]["amountMinor"], 40_000);

        // Another service in its place is today's; the person stays.
        let other = json!({ "lineId": plain["lines"][1]["id"], "serviceId": company.service });
        let other = admin.done("bookingLinesUpdate", edit(&plain, json!([line(&plain, 0), other])), &answer()).await["booking"].clone();
        assert_eq!(course(&other), [(kyiv(TEN), 60, &json!(company.staff[0])), (kyiv(ELEVEN), 90, &json!(company.staff[1]))]);
        assert_eq!((&other["lines"][1]["id"], &other["lines"][1]["price"]["amountMinor"]), (&plain["lines"][1]["id"], &json!(90_000)));
    }
}

harness::api_test! {
    async fn a_line_that_does_not_fit_is_refused_with_whose_visit_is_in_the_way(app: &App) {
        let company = Company::new(app).await;
        let admin = &company.administrator;
        let mine = book(&company, 0, TEN).await;
        let next = book(&company, 0, ELEVEN).await;
        let longer = |dry_run: bool| {
            let resized = json!({ "lineId": mine["lines"][0]["id"], "durationMinutes": 90 });
            with(edit(&mine, json!([resized])), "dryRun", json!(dry_run))
        };
        let query = "query($id: ID!) { booking(id: $id) { reference } }";
        let reference = admin.data(query, json!({ "id": next["id"] })).await["booking"]["reference"].clone();
        for dry_run in [true, false] {
            let refused = admin.mutate("bookingLinesUpdate", longer(dry_run), &answer()).await;
            assert_eq!(refused.refusals(), ["SLOT_TAKEN@startsAt"]);
            let told = refused.value();
            assert_eq!(told["violations"], json!([{
                "rule": "STAFF_BUSY", "code": "SLOT_TAKEN", "line": 0, "staffId": company.staff[0], "resourceId": null, "overridable": false,
                "bookings": [{ "id": next["id"], "reference": reference, "startsAt": next["startsAt"] }],
            }]));
            // It begins half an hour earlier instead, among others.
            let earlier: Vec<_> = told["alternatives"].as_array().expect("times").iter().map(|slot| instant(&slot["startsAt"])).collect();
            assert!(earlier.contains(&kyiv("2026-03-10T09:30:00+02:00")), "{earlier:?}");
        }
        // The same of a move and a swap; who may not see the visit is told of the person alone.
        let moved = json!({ "id": mine["id"], "version": 1, "startsAt": ELEVEN, "dryRun": true, "idempotencyKey": key() });
        let moved = admin.mutate("bookingReschedule", moved, "booking { id } violations { bookings { id } }").await;
        assert_eq!(moved.value()["violations"], json!([{ "bookings": [{ "id": next["id"] }] }]));
        let employee = company.hire_user("EMPLOYEE").await;
        crate::calendar::be_staff(&company, 1, &employee.id).await;
        let theirs = book(&company, 1, NOON).await;
        let shared = edit(&theirs, json!([line(&theirs, 0), { "serviceId": company.service, "staffId": company.staff[0] }]));
        let shared = admin.done("bookingLinesUpdate", shared, &answer()).await["booking"].clone();
        book(&company, 0, "2026-03-10T14:00:00+02:00").await;
        let stretched = json!([line(&shared, 0), { "lineId": shared["lines"][1]["id"], "durationMinutes": 90 }]);
        let hidden = employee.client.mutate("bookingLinesUpdate", edit(&shared, stretched.clone()), &answer()).await;
        assert_eq!(hidden.refusals(), ["SLOT_TAKEN@startsAt"]);
        assert_eq!((&hidden.value()["violations"][0]["staffId"], &hidden.value()["violations"][0]["bookings"]), (&json!(company.staff[0]), &json!([])));
        assert_eq!(admin.mutate("bookingLinesUpdate", edit(&shared, stretched), &answer()).await.value()["violations"][0]["bookings"].as_array().map(Vec::len), Some(1));

        // Time that nothing is in the way of is taken, on the record.
        let shorter = json!({ "lineId": mine["lines"][0]["id"], "durationMinutes": 40 });
        let shorter = admin.done("bookingLinesUpdate", edit(&mine, json!([shorter])), &answer()).await["booking"].clone();
        assert_eq!(instant(&shorter["endsAt"]), kyiv("2026-03-10T10:40:00+02:00"));
        let history = "query($id: ID!) { bookingHistory(bookingId: $id, first: 1) { nodes { data } } }";
        let entry = admin.data(history, json!({ "id": mine["id"] })).await["bookingHistory"]["nodes"][0]["data"].clone();
        assert_eq!((&entry["resized"], &entry["from_lines"][0]["minutes"], &entry["lines"][0]["minutes"]), (&json!([mine["lines"][0]["id"]]), &json!(60), &json!(40)));
        // A move keeps the length.
        let later = json!({ "id": mine["id"], "version": 2, "startsAt": "2026-03-11T10:00:00+02:00", "idempotencyKey": key() });
        let later = admin.done("bookingReschedule", later, &answer()).await["booking"].clone();
        assert_eq!(later["lines"][0]["durationMinutes"], 40);
    }
}

harness::api_test! {
    async fn a_length_of_its_own_and_a_rule_set_aside_need_their_permissions(app: &App) {
        let company = Company::new(app).await;
        let booked = book(&company, 0, "2026-03-10T18:00:00+02:00").await;
        let resized = |minutes: i32| json!([{ "lineId": booked["lines"][0]["id"], "durationMinutes": minutes }]);
        let desk = company.key_with(&["bookings.all", "bookings.override"]).await;
        assert_eq!(desk.mutate("bookingLinesUpdate", edit(&booked, resized(45)), &answer()).await.answer.code(), "FORBIDDEN");
        let late = edit(&booked, resized(90));
        let desk = company.key_with(&["bookings.all", "bookings.resize"]).await;
        let refused = desk.mutate("bookingLinesUpdate", late.clone(), &answer()).await;
        assert_eq!(refused.refusals(), ["OUTSIDE_OPENING_HOURS@startsAt", "OUTSIDE_WORKING_HOURS@startsAt"]);
        assert_eq!(refused.value()["violations"][0]["overridable"], true);
        let rules = json!(["OUTSIDE_OPENING_HOURS", "OUTSIDE_WORKING_HOURS"]);
        let late = with(late, "overrides", rules.clone());
        assert_eq!(desk.mutate("bookingLinesUpdate", late.clone(), &answer()).await.answer.code(), "FORBIDDEN");
        let done = company.administrator.done("bookingLinesUpdate", late, &answer()).await["booking"].clone();
        assert_eq!((&done["overrides"], &done["lines"][0]["durationMinutes"]), (&rules, &json!(90)));
        // Whoever sees only their own visits finds no other.
        let employee = company.hire_user("EMPLOYEE").await;
        crate::calendar::be_staff(&company, 1, &employee.id).await;
        let hidden = employee.client.mutate("bookingLinesUpdate", edit(&done, json!([line(&done, 0)])), &answer()).await;
        assert_eq!(hidden.answer.code(), "NOT_FOUND");
    }
}

harness::api_test! {
    async fn units_are_named_or_stay(app: &App) {
        let company = Company::new(app).await;
        let admin = &company.administrator;
        let chair = |booking: &Value, at: usize| booking["lines"][at]["resources"][0]["resourceId"].clone();
        let booked = book(&company, 0, TEN).await;
        assert_eq!(chair(&booked, 0), json!(company.chairs[0]));
        let named = json!([{ "lineId": booked["lines"][0]["id"], "resourceIds": [company.chairs[1]] }]);
        let named = admin.done("bookingLinesUpdate", edit(&booked, named), &answer()).await["booking"].clone();
        assert_eq!(chair(&named, 0), json!(company.chairs[1]));
        // What is not spoken of stays where it is, though the first chair is free.
        let grown = edit(&named, json!([line(&named, 0), { "serviceId": company.service, "staffId": company.staff[0] }]));
        let grown = admin.done("bookingLinesUpdate", grown, &answer()).await["booking"].clone();
        assert_eq!((chair(&grown, 0), chair(&grown, 1)), (json!(company.chairs[1]), json!(company.chairs[0])));
        // A unit that somebody else has by then is left for another.
        let other = json!({ "lines": [{ "serviceId": company.service, "staffId": company.staff[1] }] });
        let mut other = of(&company, &other, NOON);
        other["locationId"] = json!(company.location);
        let other = admin.done("bookingCreate", other, &booking()).await["booking"].clone();
        let wanted = chair(&other, 0);
        let keeps = json!([{ "lineId": other["lines"][0]["id"], "resourceIds": [company.chairs[0]] }]);
        let other = if wanted == json!(company.chairs[0]) { other } else { admin.done("bookingLinesUpdate", edit(&other, keeps), &answer()).await["booking"].clone() };
        let longer = json!([line(&grown, 0), { "lineId": grown["lines"][1]["id"], "durationMinutes": 90 }]);
        let longer = admin.done("bookingLinesUpdate", edit(&grown, longer), &answer()).await["booking"].clone();
        assert_eq!((chair(&other, 0), chair(&longer, 1)), (json!(company.chairs[0]), json!(company.chairs[1])));
    }
}

harness::api_test! {
    async fn a_visit_under_way_can_grow_but_not_one_that_is_over(engine: Engine) {
        let app = harness::App::start(engine).await.expect("an app");
        let company = Company::new(&app).await;
        let desk = company.key_with(&["bookings.all", "bookings.resize"]).await;
        let booked = book(&company, 0, "2026-03-02T14:00:00+02:00").await;
        app.clock.advance(chrono::TimeDelta::minutes(250));
        let step = |version: i32| json!({ "id": booked["id"], "version": version });
        desk.done("bookingArrive", step(1), "booking { id }").await;
        desk.done("bookingStart", step(2), "booking { id }").await;
        let mut begun = booked.clone();
        begun["version"] = json!(3);
        let longer = json!([{ "lineId": booked["lines"][0]["id"], "durationMinutes": 75 }]);
        let moved = with(edit(&begun, longer.clone()), "startsAt", json!("2026-03-02T15:00:00+02:00"));
        assert_eq!(desk.mutate("bookingLinesUpdate", moved, &answer()).await.refusals(), ["WRONG_STATUS"]);
        let grown = desk.done("bookingLinesUpdate", edit(&begun, longer), &answer()).await["booking"].clone();
        assert_eq!((&grown["status"], &grown["overrides"]), (&json!("IN_SERVICE"), &json!([])));
        assert_eq!(instant(&grown["endsAt"]), kyiv("2026-03-02T15:15:00+02:00"));
        desk.done("bookingComplete", step(4), "booking { id }").await;
        begun["version"] = json!(5);
        let over = desk.mutate("bookingLinesUpdate", edit(&begun, json!([{ "lineId": booked["lines"][0]["id"], "durationMinutes": 60 }])), &answer()).await;
        assert_eq!(over.refusals(), ["WRONG_STATUS"]);
    }
}
