//! The page that a salon has open all day: what it costs, and that it is told of changes.

use harness::{Answer, Client, Company, Socket, create, key};
use serde_json::{Value, json};

const PAGE: &str = "{
    calendar(from: \"2026-03-09\", to: \"2026-03-15\") {
        bookings {
            id reference version status startsAt endsAt localDate channel clientNote internalNote total { formatted }
            location { id name } client { id name phones }
            lines { id startsAt endsAt price { formatted } service { id name color } staff { id name }
                resources { resource { id name kind { name } } } }
        }
        locations { location { name } open { startsAt endsAt } closures { startsAt reason } }
        staff { staff { id name } shifts { startsAt endsAt } timeOff { startsAt } }
        resources { resource { id name } maintenance { startsAt } }
    }
}";

/// The page as it is answered when the small tables are warm, as they are for whoever has it open.
async fn page(company: &Company) -> Answer {
    company.administrator.run(PAGE, Value::Null).await;
    company.administrator.run(PAGE, Value::Null).await
}

/// Books visits of different clients in the week of the page; `numbers` of 0..70, each at another time or person.
async fn book(company: &Company, clients: &[String], numbers: std::ops::Range<usize>) {
    for number in numbers {
        let (day, hour, staff) = (9 + number % 7, 9 + number / 7 % 5, number / 35 % 2);
        let visit = json!({
            "locationId": company.location, "startsAt": format!("2026-03-{day:02}T{hour:02}:00:00+02:00"),
            "clientId": clients[number % clients.len()], "idempotencyKey": key(),
            "lines": [{ "serviceId": company.service, "staffId": company.staff[staff] }],
        });
        company.administrator.done("bookingCreate", visit, "booking { id }").await;
    }
}

harness::api_test! {
    async fn a_week_costs_the_same_few_statements_however_full_it_is(app: &App) {
        let company = Company::new(app).await;
        let mut clients = Vec::new();
        for number in 0..10 {
            let card = json!({ "name": format!("Гість {number}"), "phones": [format!("+38050123450{number}")] });
            clients.push(create(&company.administrator, "clientCreate", "client", card).await);
        }
        book(&company, &clients, 0..5).await;
        let few = page(&company).await;
        book(&company, &clients, 5..50).await;
        let many = page(&company).await;
        for (answer, expected) in [(&few, 5), (&many, 50)] {
            let bookings = answer.clone().ok()["calendar"]["bookings"].as_array().expect("bookings").clone();
            assert_eq!(bookings.len(), expected);
            for booking in bookings {
                let line = &booking["lines"][0];
                let shown = [
                    &booking["client"]["name"],
                    &line["service"]["name"],
                    &line["staff"]["name"],
                    &line["resources"][0]["resource"]["name"],
                ];
                assert!(shown.iter().all(|name| name.is_string()), "{booking}");
            }
        }
        assert_eq!(few.statements(), many.statements());
        assert!(many.statements() <= 4, "{} statements", many.statements());
    }
}

harness::api_test! {
    async fn what_is_kept_is_shown_as_it_is_now(app: &App) {
        let company = Company::new(app).await;
        let admin = &company.administrator;
        book(&company, std::slice::from_ref(&company.visitor), 0..2).await;
        let before = page(&company).await;
        let bookings = before.clone().ok()["calendar"]["bookings"].clone();
        let card = json!({ "id": company.visitor, "version": 1, "name": "Оксана Нова" });
        admin.done("clientUpdate", card, "client { version }").await;
        let note = json!({ "id": bookings[0]["id"], "version": 1, "clientNote": "З дитиною" });
        admin.done("bookingUpdate", note, "booking { version }").await;
        let shown = "{ calendar(from: \"2026-03-09\", to: \"2026-03-15\") { bookings { id version clientNote client { name } } } }";
        let seen = |answer: &Value| -> Vec<Value> {
            let bookings = answer["calendar"]["bookings"].as_array().expect("bookings");
            bookings.iter().map(|it| json!([it["id"], it["version"], it["clientNote"], it["client"]["name"]])).collect()
        };
        let changed = admin.run(shown, Value::Null).await;
        let expected = [
            json!([bookings[0]["id"], 2, "З дитиною", "Оксана Нова"]),
            json!([bookings[1]["id"], 1, null, "Оксана Нова"]),
        ];
        // The one booking and the one card are read anew, each with a statement.
        assert_eq!((changed.statements(), seen(&changed.ok())), (before.statements() + 2, expected.to_vec()));
    }
}

const MORE: &str = "{ calendar(from: \"2026-03-09\", to: \"2026-03-15\") {
    settingsVersion days { date version bookingCount counts { status count } }
    bookings { id client { name } lines { staff { name } } }
    holds { id expiresAt lines { staff { name } } }
    staff { staffId shifts { startsAt } breaks { date startsAt endsAt } capacity { date plannedMinutes freeMinutes } }
    resources { resourceId capacity { date plannedMinutes freeMinutes } }
} }";

harness::api_test! {
    /// Four statements for the page, and one each for holds, capacity, versions and counts; bookings and what is taken are read
    /// once more after they changed.
    async fn each_further_part_costs_one_statement(app: &App) {
        let company = Company::new(app).await;
        let visitor = vec![company.visitor.clone()];
        book(&company, &visitor, 0..3).await;
        company.administrator.run(MORE, Value::Null).await;
        let few = company.administrator.run(MORE, Value::Null).await;
        book(&company, &visitor, 3..40).await;
        let changed = company.administrator.run(MORE, Value::Null).await;
        let many = company.administrator.run(MORE, Value::Null).await;
        assert_eq!(few.statements(), many.statements());
        assert!(many.statements() <= 8, "{} statements", many.statements());
        assert_eq!(changed.statements(), many.statements() + 2);
    }
}

harness::api_test! {
    async fn a_page_says_what_is_left_of_each_day(app: &App) {
        let company = Company::new(app).await;
        let admin = &company.administrator;
        let hours = json!({ "staffId": company.staff[0], "locationId": company.location,
            "version": version_of_staff(&company, 0).await, "templates": [{ "intervals": [
                { "weekday": "MONDAY", "startsAt": "09:00", "endsAt": "13:00" },
                { "weekday": "MONDAY", "startsAt": "14:00", "endsAt": "20:00" } ] }] });
        admin.done("staffHoursSet", hours, "staffMember { id }").await;
        company.book("2026-03-09T10:00:00+02:00").await;
        let hold = json!({ "locationId": company.location, "startsAt": "2026-03-09T15:00:00+02:00", "idempotencyKey": key(),
            "lines": [{ "serviceId": company.service, "staffId": company.staff[0] }] });
        let hold = create(admin, "holdCreate", "hold", hold).await;
        let page = admin.data(MORE, Value::Null).await["calendar"].clone();
        let monday = &page["days"][0];
        assert_eq!((&monday["date"], &monday["bookingCount"]), (&json!("2026-03-09"), &json!(1)));
        assert_eq!(monday["counts"], json!([{ "status": "CONFIRMED", "count": 1 }]));
        assert_ne!(monday["version"], page["days"][1]["version"]);
        assert_eq!(page["holds"][0]["id"], json!(hold));
        let staff = page["staff"].as_array().unwrap().iter().find(|it| it["staffId"] == json!(company.staff[0])).unwrap();
        assert_eq!(staff["breaks"], json!([{ "date": "2026-03-09",
            "startsAt": "2026-03-09T13:00:00+02:00", "endsAt": "2026-03-09T14:00:00+02:00" }]));
        // Ten hours of shifts, of which the last is after closing; one hour booked, one held.
        assert_eq!(staff["capacity"][0], json!({ "date": "2026-03-09", "plannedMinutes": 540, "freeMinutes": 420 }));
        assert_eq!(staff["capacity"][1], json!({ "date": "2026-03-10", "plannedMinutes": 0, "freeMinutes": 0 }));
        let chairs: i64 = page["resources"].as_array().unwrap().iter()
            .map(|it| it["capacity"][0]["freeMinutes"].as_i64().unwrap()).sum();
        assert_eq!(chairs, 2 * 600 - 2 * 60);
        // Counted without reading a booking: what a month shows.
        let month = "{ calendar(from: \"2026-03-01\", to: \"2026-04-30\") { days { date bookingCount } } }";
        let month = admin.run(month, Value::Null).await;
        let bare = "{ calendar(from: \"2026-03-01\", to: \"2026-04-30\") { settingsVersion } }";
        let bare = admin.run(bare, Value::Null).await;
        assert_eq!(month.statements(), bare.statements() + 1, "one statement for the counts");
        let days = month.ok()["calendar"]["days"].clone();
        assert_eq!((days.as_array().unwrap().len(), &days[8]["bookingCount"]), (61, &json!(1)));
    }
}

async fn version_of_staff(company: &Company, number: usize) -> Value {
    let query = "query($id: ID!) { staffMember(id: $id) { version } }";
    company.administrator.data(query, json!({ "id": company.staff[number] })).await["staffMember"]["version"].clone()
}

harness::api_test! {
    async fn a_change_is_told_to_whoever_may_see_it(app: &App) {
        let company = Company::new(app).await;
        let employee = company.hire_user("EMPLOYEE").await;
        be_staff(&company, 1, &employee.id).await;
        let (mut manager, mut own) = (listen(&company.administrator).await, listen(&employee.client).await);
        app.until_listening(&company.id, 2).await;

        let theirs = company.book("2026-03-03T10:00:00+02:00").await;
        let mut visit = company.visit("2026-03-03T12:00:00+02:00");
        visit["lines"][0]["staffId"] = json!(company.staff[1]);
        let mine =
            company.administrator.done("bookingCreate", visit, "booking { id version }").await["booking"].clone();
        for id in [json!(theirs), mine["id"].clone()] {
            let seen = manager.event().await.expect("an event")["calendarChanged"].clone();
            assert_eq!((&seen["kind"], &seen["bookingId"], &seen["booking"]["id"]), (&json!("CREATED"), &id, &id));
        }
        // The other visit came first: it would be the first event if they saw it.
        let seen = own.event().await.expect("an event")["calendarChanged"].clone();
        assert_eq!((&seen["bookingId"], &seen["staffIds"]), (&mine["id"], &json!([company.staff[1]])));
        assert_eq!(seen["booking"]["lines"][0]["staff"]["name"], "Марко");

        let moving = json!({
            "id": mine["id"], "version": mine["version"], "startsAt": "2026-03-03T15:00:00+02:00",
            "idempotencyKey": key(),
        });
        company.administrator.done("bookingReschedule", moving, "booking { id }").await;
        for socket in [&mut manager, &mut own] {
            let seen = socket.event().await.expect("an event")["calendarChanged"].clone();
            assert_eq!((&seen["kind"], &seen["bookingId"]), (&json!("RESCHEDULED"), &mine["id"]));
        }
    }
}

async fn listen(client: &Client) -> Socket {
    let mut socket = Socket::open(client).await.expect("a socket");
    let query = "subscription { calendarChanged { kind bookingId staffIds booking { id lines { staff { name } } } } }";
    socket.subscribe(query, Value::Null).await.expect("sent");
    socket
}

/// Makes a user the person behind one of the company's staff.
pub async fn be_staff(company: &Company, number: usize, user: &str) {
    let query = "query($id: ID!) { staffMember(id: $id) { version } }";
    let now = company.administrator.data(query, json!({ "id": company.staff[number] })).await;
    let link = json!({ "id": company.staff[number], "version": now["staffMember"]["version"], "userId": user });
    company.administrator.done("staffMemberUpdate", link, "staffMember { id }").await;
}

harness::api_test! {
    async fn what_is_left_of_somebody_with_two_lanes_is_counted_lane_by_lane(app: &App) {
        let company = Company::new(app).await;
        let staff = &company.staff[0];
        let lanes = json!({ "id": staff, "version": version_of_staff(&company, 0).await, "lanes": 2 });
        company.administrator.done("staffMemberUpdate", lanes, "staffMember { id }").await;
        let left = async || {
            let page = company.administrator.data(
                "{ calendar(from: \"2026-03-10\", to: \"2026-03-10\") { staff { staff { id } capacity { plannedMinutes freeMinutes } } } }",
                Value::Null,
            );
            let page = page.await["calendar"]["staff"].as_array().expect("staff").clone();
            let own = page.iter().find(|own| own["staff"]["id"] == staff.as_str()).expect("their day")["capacity"][0].clone();
            (own["plannedMinutes"].clone(), own["freeMinutes"].clone())
        };
        assert_eq!(left().await, (json!(600), json!(600)));
        // One lane is taken: there is still one.
        company.book("2026-03-10T12:00:00+02:00").await;
        assert_eq!(left().await, (json!(600), json!(600)));
        company.book("2026-03-10T12:30:00+02:00").await;
        assert_eq!(left().await, (json!(600), json!(570)));
    }
}
