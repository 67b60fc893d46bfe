//! What a visit may be: services at once and after one another, for companions, with add-ons, with time in the middle that
//! leaves the staff member free; and lanes, rooms for many, starts that leave no gap.

use harness::{Client, Company, create};
use serde_json::{Value, json};

use super::{at, instant, kyiv, of, offered, slots, version, visit, work};

const DATE: &str = "2026-03-10";

/// A start on the date.
fn on(time: &str) -> String {
    format!("{DATE}T{time}:00+02:00")
}

const LINES: &str =
    "booking { id version startsAt endsAt total { amountMinor } guestNames lines { id startsAt endsAt durationMinutes
    withPrevious guest persons price { amountMinor } addOns { addOnId name extraMinutes price { amountMinor } }
    processing { afterMinutes minutes } staff { id } resources { resourceId } } }";

/// A visit of several lines, each by whoever suits.
fn visit_of(company: &Company, lines: Value) -> Value {
    json!({ "locationId": company.location, "lines": lines })
}

/// A service without a chair that the first of the staff, or both, perform.
async fn service(company: &Company, people: usize, more: Value) -> String {
    let mut input = json!({ "name": { "uk": harness::key() }, "durationMinutes": 30, "price": { "kind": "FIXED", "amountMinor": 20_000 } });
    for (field, value) in more.as_object().expect("fields") {
        input[field] = value.clone();
    }
    let id = create(&company.administrator, "serviceCreate", "service", input).await;
    for staff in &company.staff[..people] {
        let data = company.administrator.data(
            "query($id: ID!) { staffMember(id: $id) { version services { service { id } } } }",
            json!({ "id": staff }),
        );
        let member = data.await["staffMember"].clone();
        let mut services: Vec<Value> = (member["services"].as_array().expect("services").iter())
            .map(|line| json!({ "serviceId": line["service"]["id"] }))
            .collect();
        services.push(json!({ "serviceId": id }));
        let edit = json!({ "id": staff, "version": member["version"], "services": services });
        company.administrator.done("staffMemberUpdate", edit, "staffMember { id }").await;
    }
    id
}

async fn edit(company: &Company, mutation: &str, field: &str, id: &str, change: Value) {
    let mut input = change;
    input["id"] = json!(id);
    input["version"] = version(company, field, id).await;
    company.administrator.done(mutation, input, &format!("{field} {{ id }}")).await;
}

async fn book(company: &Company, visit: &Value, start: &str) -> Value {
    company.administrator.done("bookingCreate", of(company, visit, start), LINES).await["booking"].clone()
}

async fn refusals(company: &Company, visit: &Value, start: &str) -> Vec<String> {
    company.administrator.mutate("bookingCreate", of(company, visit, start), LINES).await.refusals()
}

async fn is_offered(client: &Client, visit: &Value, start: &str) -> bool {
    offered(client, visit, DATE).await.contains(&kyiv(start))
}

/// The ids of the line's person and units.
fn subjects(line: &Value) -> Vec<&str> {
    let units = line["resources"].as_array().into_iter().flatten().filter_map(|unit| unit["resourceId"].as_str());
    units.chain(line["staff"]["id"].as_str()).collect()
}

harness::api_test! {
    async fn lines_that_begin_together_take_different_people_and_chairs(app: &App) {
        let company = Company::new(app).await;
        let short = service(&company, 2, json!({})).await;
        let together = visit_of(&company, json!([
            { "serviceId": company.service },
            { "serviceId": short, "withPrevious": true, "guest": 1 },
            { "serviceId": company.service },
            { "serviceId": company.service, "withPrevious": true, "guest": 1 },
        ]));
        assert!(is_offered(&company.administrator, &together, &on("10:00")).await);
        let mut input = of(&company, &together, &on("10:00"));
        input["guestNames"] = json!(["Донька"]);
        let booked = company.administrator.done("bookingCreate", input, LINES).await["booking"].clone();
        let lines = booked["lines"].as_array().expect("lines");
        let times: Vec<_> = lines.iter().map(|line| (instant(&line["startsAt"]), instant(&line["endsAt"]))).collect();
        // The second pair waits for the longest of the first.
        let expected = [("10:00", "11:00"), ("10:00", "10:30"), ("11:00", "12:00"), ("11:00", "12:00")];
        assert_eq!(times, expected.map(|(from, to)| (kyiv(&on(from)), kyiv(&on(to)))));
        assert_eq!(instant(&booked["endsAt"]), kyiv(&on("12:00")));
        for pair in lines.chunks(2) {
            let (one, other) = (subjects(&pair[0]), subjects(&pair[1]));
            assert!(one.iter().all(|subject| !other.contains(subject)), "{pair:?}");
        }
        assert_eq!(booked["guestNames"], json!(["Донька"]));
        let guests: Vec<_> = lines.iter().map(|line| line["guest"].as_i64()).collect();
        assert_eq!(guests, [None, Some(1), None, Some(1)]);

        // Both people are taken until noon, and then one of them alone cannot serve two at once.
        let pair = visit_of(&company, json!([{ "serviceId": short }, { "serviceId": short, "withPrevious": true }]));
        let alone = visit_of(&company, json!([{ "serviceId": short }]));
        assert!(!is_offered(&company.administrator, &alone, &on("11:30")).await);
        assert!(is_offered(&company.administrator, &pair, &on("12:00")).await);
        book(&company, &visit(&company, 0), &on("12:00")).await;
        assert!(!is_offered(&company.administrator, &pair, &on("12:00")).await);
        assert!(is_offered(&company.administrator, &alone, &on("12:00")).await, "one of them is free");
        assert_eq!(refusals(&company, &pair, &on("12:00")).await, ["SLOT_TAKEN@startsAt"]);
    }
}

harness::api_test! {
    async fn who_is_named_twice_at_once_is_refused_at_the_second(app: &App) {
        let company = Company::new(app).await;
        let [one, other] = &company.staff;
        let line = |staff: &str, with: bool| json!({ "serviceId": company.service, "staffId": staff, "withPrevious": with });
        let twice = visit_of(&company, json!([line(one, false), line(one, true)]));
        assert_eq!(refusals(&company, &twice, &on("10:00")).await, ["STAFF_TWICE_AT_ONCE@lines.1.staffId"]);
        let in_turn = visit_of(&company, json!([line(one, false), line(one, false), line(other, true)]));
        assert!(is_offered(&company.administrator, &in_turn, &on("10:00")).await);
    }
}

harness::api_test! {
    async fn processing_time_leaves_the_person_free_and_keeps_the_chair(app: &App) {
        let company = Company::new(app).await;
        let colour = json!({
            "durationMinutes": 90, "processing": { "afterMinutes": 30, "minutes": 30 },
            "requirements": [{ "resourceId": company.chairs[0] }],
        });
        let colour = service(&company, 1, colour).await;
        let short = service(&company, 1, json!({})).await;
        let colour = visit_of(&company, json!([{ "serviceId": colour }]));
        let short = visit_of(&company, json!([{ "serviceId": short, "staffId": company.staff[0] }]));
        let booked = book(&company, &colour, &on("10:00")).await;
        assert_eq!(booked["lines"][0]["processing"], json!({ "afterMinutes": 30, "minutes": 30 }));
        let free = |time: &'static str| {
            let (company, short) = (&company, &short);
            async move { is_offered(&company.administrator, short, &on(time)).await }
        };
        assert_eq!([free("10:00").await, free("10:15").await, free("10:45").await, free("11:00").await], [false; 4]);
        assert!(free("10:30").await && free("11:30").await);
        // The chair stays taken throughout.
        assert!(!is_offered(&company.administrator, &colour, &on("10:30")).await);
        let between = book(&company, &short, &on("10:30")).await;
        assert!(!free("10:30").await, "the gap is filled once");
        // Moved away, both parts are free again; the gap moves with it.
        let (id, seen) = (booked["id"].clone(), booked["version"].clone());
        let moved = json!({ "id": id, "version": seen, "startsAt": on("15:00"), "idempotencyKey": harness::key() });
        company.administrator.done("bookingReschedule", moved, LINES).await;
        assert!(free("10:00").await && free("11:00").await && free("15:30").await && !free("15:00").await);
        assert_eq!(between["lines"][0]["processing"], Value::Null);
    }
}

harness::api_test! {
    async fn add_ons_lengthen_the_line_and_its_price_and_stay_as_agreed(app: &App) {
        let company = Company::new(app).await;
        let add_on = |uk: &str, minutes: i32, price: i32| json!({ "name": { "uk": uk }, "extraMinutes": minutes, "amountMinor": price });
        let more = json!({ "addOns": [add_on("Маска", 15, 10_000), add_on("Кава", 0, 5_000)] });
        let (care, plain) = (service(&company, 1, more).await, service(&company, 1, json!({ "addOns": [add_on("Чай", 0, 1)] })).await);
        let query = "query($id: ID!) { service(id: $id) { version addOns { id name extraMinutes price { amountMinor } } } }";
        let shown = company.administrator.data(query, json!({ "id": care })).await["service"].clone();
        let ids: Vec<&str> = shown["addOns"].as_array().expect("add-ons").iter().filter_map(|one| one["id"].as_str()).collect();
        let tea = company.administrator.data(query, json!({ "id": plain })).await["service"]["addOns"][0]["id"].clone();
        let with = |add_ons: Value| visit_of(&company, json!([{ "serviceId": care, "addOnIds": add_ons }]));
        let booked = book(&company, &with(json!(ids)), &on("10:00")).await;
        let line = &booked["lines"][0];
        assert_eq!((instant(&line["endsAt"]), &line["durationMinutes"]), (kyiv(&on("10:45")), &json!(45)));
        assert_eq!((&line["price"]["amountMinor"], &booked["total"]["amountMinor"]), (&json!(35_000), &json!(35_000)));
        let agreed = json!([
            { "addOnId": ids[0], "name": "Маска", "extraMinutes": 15, "price": { "amountMinor": 10_000 } },
            { "addOnId": ids[1], "name": "Кава", "extraMinutes": 0, "price": { "amountMinor": 5_000 } },
        ]);
        assert_eq!(line["addOns"], agreed);
        // The listing knows that it is longer.
        let before = |add_ons| { let wish = with(add_ons); let company = &company; async move { is_offered(&company.administrator, &wish, &on("09:30")).await } };
        assert!(before(json!([])).await && !before(json!([ids[0]])).await && before(json!([ids[1]])).await);

        // One is edited, the other left out and so archived: what is booked stays.
        let kept = json!([{ "addOnId": ids[0], "name": { "uk": "Маска" }, "extraMinutes": 30, "amountMinor": 1 }]);
        edit(&company, "serviceUpdate", "service", &care, json!({ "addOns": kept })).await;
        let moved = json!({ "id": booked["id"], "version": booked["version"], "startsAt": on("14:00"), "idempotencyKey": harness::key() });
        let moved = company.administrator.done("bookingReschedule", moved, LINES).await["booking"].clone();
        assert_eq!((&moved["lines"][0]["addOns"], &moved["total"]["amountMinor"]), (&agreed, &json!(35_000)));
        assert_eq!(instant(&moved["endsAt"]), kyiv(&on("14:45")));
        let refused = |add_ons| { let wish = with(add_ons); let company = &company; async move { refusals(company, &wish, &on("11:00")).await } };
        assert_eq!(refused(json!([ids[1]])).await, ["ARCHIVED@lines.0.addOnIds.0"]);
        assert_eq!(refused(json!([ids[0], ids[0]])).await, ["DUPLICATE@lines.0.addOnIds.1"]);
        assert_eq!(refused(json!([tea])).await, ["ADD_ON_NOT_OFFERED@lines.0.addOnIds.0"]);
        // It may come back under its id.
        let back = json!([
            { "addOnId": ids[0], "name": { "uk": "Маска" }, "extraMinutes": 30, "amountMinor": 1 },
            { "addOnId": ids[1], "name": { "uk": "Кава" } },
        ]);
        edit(&company, "serviceUpdate", "service", &care, json!({ "addOns": back })).await;
        assert_eq!(book(&company, &with(json!([ids[1]])), &on("11:00")).await["total"]["amountMinor"], json!(20_000));
    }
}

harness::api_test! {
    async fn lanes_are_for_one_place_at_a_time(app: &App) {
        let company = Company::new(app).await;
        let short = service(&company, 1, json!({})).await;
        let wish = visit_of(&company, json!([{ "serviceId": short, "staffId": company.staff[0] }]));
        book(&company, &wish, &on("10:00")).await;
        assert!(!is_offered(&company.administrator, &wish, &on("10:00")).await, "one lane");
        edit(&company, "staffMemberUpdate", "staffMember", &company.staff[0], json!({ "lanes": 2, "locationIds": [] })).await;
        assert!(is_offered(&company.administrator, &wish, &on("10:00")).await);
        let twice = visit_of(&company, json!([
            { "serviceId": short, "staffId": company.staff[0] }, { "serviceId": short, "staffId": company.staff[0], "withPrevious": true },
        ]));
        assert!(!is_offered(&company.administrator, &twice, &on("10:00")).await && is_offered(&company.administrator, &twice, &on("10:30")).await);
        book(&company, &wish, &on("10:00")).await;
        assert_eq!(refusals(&company, &wish, &on("10:00")).await, ["SLOT_TAKEN@startsAt"]);
        book(&company, &twice, &on("10:30")).await;
        // With one of two lanes taken here, nothing is left of the person elsewhere.
        book(&company, &wish, &on("12:00")).await;
        let branch = json!({ "name": "Оболонь", "opening": harness::every_day("09:00", "19:00") });
        let branch = create(&company.administrator, "locationCreate", "location", branch).await;
        // From now on they work here until noon and there afterwards; what is booked at noon stays.
        work(&company, 0, harness::every_day("09:00", "12:00")).await;
        let seen = version(&company, "staffMember", &company.staff[0]).await;
        let templates = json!([{ "intervals": harness::every_day("12:00", "19:00") }]);
        let hours = json!({ "staffId": company.staff[0], "version": seen, "locationId": branch, "templates": templates });
        company.administrator.done("staffHoursSet", hours, "affectedBookings { id }").await;
        let mut elsewhere = wish.clone();
        elsewhere["locationId"] = json!(branch);
        assert!(!is_offered(&company.administrator, &elsewhere, &on("12:00")).await);
        assert!(is_offered(&company.administrator, &elsewhere, &on("12:30")).await);
        assert_eq!(refusals(&company, &elsewhere, &on("12:00")).await, ["SLOT_TAKEN@startsAt"]);
        // Fewer lanes than before: whoever was on the second keeps the person to themselves.
        edit(&company, "staffMemberUpdate", "staffMember", &company.staff[0], json!({ "lanes": 1 })).await;
        assert!(!is_offered(&company.administrator, &wish, &on("10:30")).await);
    }
}

harness::api_test! {
    async fn a_room_holds_everybody_and_is_the_smallest_that_does(app: &App) {
        let company = Company::new(app).await;
        let admin = &company.administrator;
        let kind = create(admin, "resourceKindCreate", "resourceKind", json!({ "name": { "uk": "Кабінет" } })).await;
        let room = |name: &'static str, capacity: i32| {
            let input = json!({ "kindId": kind, "locationId": company.location, "name": name, "capacity": capacity });
            create(admin, "resourceCreate", "resource", input)
        };
        let (large, small) = (room("Зала", 6).await, room("Кімната", 2).await);
        let rental = json!({ "kind": "RENTAL", "requirements": [{ "resourceKindId": kind }] });
        let rental = service(&company, 0, rental).await;
        let of_persons = |persons: i32| visit_of(&company, json!([{ "serviceId": rental, "persons": persons }]));
        let room_of = |booking: &Value| booking["lines"][0]["resources"][0]["resourceId"].clone();
        assert_eq!(room_of(&book(&company, &of_persons(4), &on("10:00")).await), json!(large));
        assert_eq!(room_of(&book(&company, &of_persons(2), &on("10:00")).await), json!(small));
        assert_eq!(refusals(&company, &of_persons(1), &on("10:00")).await, ["SLOT_TAKEN@startsAt"]);
        assert_eq!(refusals(&company, &of_persons(7), &on("12:00")).await, ["NO_RESOURCE@lines.0.serviceId"]);
        // Two at once share the rooms out so that both fit: who comes first leaves the large one to those who need it.
        let both = |persons: [i32; 2]| visit_of(&company, json!([
            { "serviceId": rental, "persons": persons[0] }, { "serviceId": rental, "persons": persons[1], "withPrevious": true },
        ]));
        let shared = book(&company, &both([1, 4]), &on("12:00")).await;
        assert_eq!(room_of(&shared), json!(small));
        assert_eq!(shared["lines"][1]["resources"][0]["resourceId"], json!(large));
        assert_eq!(refusals(&company, &both([4, 4]), &on("14:00")).await, ["SLOT_TAKEN@startsAt"]);
    }
}

harness::api_test! {
    async fn tight_starts_touch_what_is_booked(app: &App) {
        let company = Company::new(app).await;
        let odd = service(&company, 1, json!({ "durationMinutes": 50, "bufferAfterMinutes": 5 })).await;
        let wish = visit_of(&company, json!([{ "serviceId": odd, "staffId": company.staff[0] }]));
        book(&company, &wish, &on("12:00")).await;
        let tight = [on("11:05"), on("12:55")];
        for start in &tight {
            assert!(!is_offered(&company.administrator, &wish, start).await);
        }
        let grid = offered(&company.administrator, &wish, DATE).await;
        edit(&company, "locationUpdate", "location", &company.location, json!({ "tightStarts": true })).await;
        let more = offered(&company.administrator, &wish, DATE).await;
        let added: Vec<_> = more.difference(&grid).copied().collect();
        assert_eq!(added, tight.each_ref().map(|start| kyiv(start)));
        assert!(grid.is_subset(&more));
        book(&company, &wish, &tight[1]).await;
        assert_eq!(refusals(&company, &wish, &on("14:05")).await, ["NOT_ON_GRID@startsAt"]);
    }
}

harness::api_test! {
    async fn a_service_has_a_window_of_its_own(app: &App) {
        let company = Company::new(app).await;
        let season = service(&company, 1, json!({ "bookableFrom": DATE, "bookableTo": "2026-12-31" })).await;
        let wish = visit_of(&company, json!([{ "serviceId": season }]));
        let count = |date: &'static str| {
            let (company, wish) = (&company, &wish);
            async move { slots(&company.administrator, wish, date).await.len() }
        };
        assert_eq!([count("2026-03-09").await, count("2027-01-01").await], [0, 0]);
        assert!(count(DATE).await > 0 && count("2026-12-31").await > 0, "the horizon does not hold");
        assert_eq!(refusals(&company, &wish, "2026-03-09T10:00:00+02:00").await, ["BEYOND_HORIZON@startsAt"]);
        let query = "query($visit: AvailabilityVisitInput!) { availabilityDays(visit: $visit) { days { date hasSlots } } }";
        let days = company.administrator.data(query, json!({ "visit": wish })).await["availabilityDays"]["days"].clone();
        let days = days.as_array().expect("days").clone();
        assert_eq!((&days[0]["date"], &days[days.len() - 1]["date"]), (&json!("2026-03-02"), &json!("2026-12-31")));
        assert_eq!((&days[7]["hasSlots"], &days[8]["hasSlots"]), (&json!(false), &json!(true)));
        // Beside a service without one, its window and that one's horizon both hold.
        let mixed = visit_of(&company, json!([{ "serviceId": season }, { "serviceId": company.service }]));
        assert_eq!(slots(&company.administrator, &mixed, "2026-12-31").await.len(), 0);
    }
}

harness::api_test! {
    async fn a_hold_keeps_all_of_it(app: &App) {
        let company = Company::new(app).await;
        let page = company.publishable().await;
        let pair = visit_of(&company, json!([
            { "serviceId": company.service }, { "serviceId": company.service, "withPrevious": true, "guest": 2 },
        ]));
        let held = page.done("holdCreate", at(&pair, &on("10:00")), "token hold { lines { withPrevious guest } }").await;
        let lines = json!([{ "withPrevious": false, "guest": null }, { "withPrevious": true, "guest": 2 }]);
        assert_eq!(held["hold"]["lines"], lines);
        assert!(!is_offered(&page, &visit(&company, 1), &on("10:00")).await, "both people are held");
        let booking = |names: Value| json!({
            "holdToken": held["token"], "client": { "name": "Гість", "email": "guest@example.com" },
            "guestNames": names, "idempotencyKey": harness::key(),
        });
        let too_many = page.mutate("bookingCreate", booking(json!(["а", "б", "в"])), "booking { id }").await;
        assert_eq!(too_many.refusals(), ["TOO_LONG@guestNames"]);
        let blank = page.mutate("bookingCreate", booking(json!(["а", " "])), "booking { id }").await;
        assert_eq!(blank.refusals(), ["REQUIRED@guestNames.1"]);
        let booked = page.done("bookingCreate", booking(json!(["Ганна", "Іван"])), "booking { guestNames lines { guest } }").await;
        assert_eq!(booked["booking"]["guestNames"], json!(["Ганна", "Іван"]));
        assert_eq!(booked["booking"]["lines"][1]["guest"], json!(2));
    }
}
