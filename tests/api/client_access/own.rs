//! What is a client's own: the visits of every card with the address that they proved, and nothing else of anybody.

use futures_util::future::join_all;
use harness::{Answer, Client, Company, create, key};
use serde_json::{Value, json};

use super::{address, book_for, cancelling, card, confirm, moving, request, see, set, sign_in, visits, wish};

/// An answer without what differs between two calls: the ids that were sent, and ids of requests.
fn comparable(answer: &Answer, id: &Value) -> String {
    let mut text = answer.to_string().replace(id.as_str().unwrap_or_default(), "<id>");
    while let Some(at) = text.find("\"requestId\":\"") {
        let end = text[at + 13..].find('"').map_or(text.len(), |end| at + 14 + end);
        text.replace_range(at..end, "");
    }
    text
}

/// A stranger books on the page and types this address.
async fn book_as_stranger(page: &Client, company: &Company, email: &str, start: &str) -> Value {
    let mut input = wish(company, start);
    input["lines"][0]["staffId"] = json!(company.staff[1]);
    input["client"] = json!({ "name": "Хтось", "email": email, "phone": "050 111 22 33" });
    page.done("bookingCreate", input, "booking { id version }").await["booking"].clone()
}

harness::api_test! {
    async fn all_visits_with_the_address_are_theirs_and_no_others(app: &App) {
        let company = Company::new(app).await;
        let (page, email) = (company.publishable().await, address());
        let mine = card(&company, &email.to_uppercase()).await;
        let later = book_for(&company, &mine, "2026-03-11T10:00:00+02:00").await;
        let sooner = book_for(&company, &mine, "2026-03-10T10:00:00+02:00").await;
        let typed = book_as_stranger(&page, &company, &email, "2026-03-12T10:00:00+02:00").await;
        let off = book_for(&company, &mine, "2026-03-13T10:00:00+02:00").await;
        company.administrator.done("bookingCancel", cancelling(&off), "booking { id }").await;
        let others = book_for(&company, &company.visitor.clone(), "2026-03-14T10:00:00+02:00").await;

        let code = request(&page, &company, &email, 0).await;
        let client = confirm(&page, &email, &code).await;
        let ids = |list: &[&Value]| list.iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
        assert_eq!(visits(&client, "UPCOMING").await, ids(&[&sooner, &later, &typed]));
        assert_eq!(visits(&client, "PAST").await, ids(&[&off]));
        let seen = client.data("{ clientSelf { name } }", Value::Null).await;
        assert_eq!(seen["clientSelf"]["name"], "Леся Українка");
        assert_eq!(see(&client, &typed["id"], "client { name }").await.ok()["booking"]["client"]["name"], "Хтось");

        // Somebody else's is as unknown as what nobody has, whatever is asked of it.
        let nobodys = json!(key().replace('-', ""));
        let nobodys = json!(format!("bkg_{}", &nobodys.as_str().unwrap()[..26].replace(|sign: char| sign > '7', "7")));
        let both = [json!({ "id": others["id"], "version": 1 }), json!({ "id": nobodys, "version": 1 })];
        let mut answers = Vec::new();
        for booking in &both {
            let id = &booking["id"];
            let visit = json!({ "locationId": company.location, "lines": [{ "serviceId": company.service }], "bookingId": id });
            let availability = "query($visit: AvailabilityVisitInput!) {
                availability(visit: $visit, from: \"2026-03-10\", to: \"2026-03-10\") { slots { startsAt } } }";
            answers.push([
                comparable(&see(&client, id, "id").await, id),
                comparable(&client.run("query($id: ID!) { node(id: $id) { id } }", json!({ "id": id })).await, id),
                comparable(&client.mutate("bookingCancel", cancelling(booking), "booking { id }").await.answer, id),
                comparable(&client.mutate("bookingReschedule", moving(booking, "2026-03-20T10:00:00+02:00"), "booking { id }").await.answer, id),
                comparable(&client.run(availability, json!({ "visit": visit })).await, id),
            ]);
        }
        assert!(answers[0].iter().all(|answer| answer.contains("NOT_FOUND")), "{answers:?}");
        assert_eq!(answers[0], answers[1]);
        assert_eq!(see(&company.administrator, &others["id"], "status").await.ok()["booking"]["status"], "CONFIRMED");
    }
}

harness::api_test! {
    async fn what_was_agreed_is_moved_though_it_is_offered_to_nobody_any_more(app: &App) {
        let company = Company::new(app).await;
        let (page, email) = (company.publishable().await, address());
        let booked = book_for(&company, &card(&company, &email).await, "2026-03-10T10:00:00+02:00").await;
        let client = sign_in(&page, &company, &email).await;
        let service = company.administrator
            .data("query($id: ID!) { service(id: $id) { version } }", json!({ "id": company.service })).await;
        let hidden = json!({ "id": company.service, "version": service["service"]["version"], "visibility": "STAFF" });
        company.administrator.done("serviceUpdate", hidden, "service { id }").await;

        let availability = "query($visit: AvailabilityVisitInput!) {
            availability(visit: $visit, from: \"2026-03-11\", to: \"2026-03-11\") { slots { startsAt } } }";
        let mut visit = json!({ "locationId": company.location, "lines": [{ "serviceId": company.service }] });
        for who in [&page, &client] {
            assert_eq!(who.run(availability, json!({ "visit": visit })).await.code(), "NOT_FOUND");
        }
        visit["bookingId"] = booked["id"].clone();
        let offered = client.data(availability, json!({ "visit": visit })).await;
        let start = offered["availability"]["slots"][0]["startsAt"].as_str().expect("a time").to_owned();
        let moved = client.done("bookingReschedule", moving(&booked, &start), "booking { startsAt }").await;
        assert_eq!(moved["booking"]["startsAt"], json!(start));
        // What was not agreed stays unknown.
        visit["lines"] = json!([{ "serviceId": company.service }, { "serviceId": company.service }]);
        assert_eq!(client.run(availability, json!({ "visit": visit })).await.code(), "NOT_FOUND");
    }
}

harness::api_test! {
    async fn typing_an_address_opens_nothing(app: &App) {
        let company = Company::new(app).await;
        let (page, victim, stranger) = (company.publishable().await, address(), address());
        let booked = book_for(&company, &card(&company, &victim).await, "2026-03-10T10:00:00+02:00").await;
        book_as_stranger(&page, &company, &victim, "2026-03-11T10:00:00+02:00").await;
        // The stranger owns another mailbox, and nothing of what they typed.
        let client = sign_in(&page, &company, &stranger).await;
        assert_eq!(visits(&client, "UPCOMING").await, Vec::<String>::new());
        assert_eq!(see(&client, &booked["id"], "id").await.code(), "NOT_FOUND");
        // An address that is taken off a card takes the visits with it, in the middle of a session.
        let owner = sign_in(&page, &company, &victim).await;
        assert_eq!(visits(&owner, "UPCOMING").await.len(), 2);
        let seen = company.administrator.data("{ clients(first: 10) { nodes { id version emails } } }", Value::Null).await;
        for node in seen["clients"]["nodes"].as_array().unwrap() {
            if node["emails"][0] == victim.as_str() {
                let change = json!({ "id": node["id"], "version": node["version"], "emails": [address()] });
                company.administrator.done("clientUpdate", change, "client { id }").await;
            }
        }
        assert_eq!(visits(&owner, "UPCOMING").await, Vec::<String>::new());
        assert_eq!(see(&owner, &booked["id"], "id").await.code(), "NOT_FOUND");
    }
}

harness::api_test! {
    async fn a_client_is_shown_what_a_client_may_see(app: &App) {
        let company = Company::new(app).await;
        let (page, email) = (company.publishable().await, address());
        let mine = card(&company, &email).await;
        let mut input = company.visit("2026-03-10T19:30:00+02:00");
        input["clientId"] = json!(mine);
        input["internalNote"] = json!("Сперечається");
        input["clientNote"] = json!("Чекаємо!");
        input["overrides"] = json!(["OUTSIDE_OPENING_HOURS", "OUTSIDE_WORKING_HOURS"]);
        let booked = company.administrator.done("bookingCreate", input, "booking { id version overrides }").await["booking"].clone();
        assert_ne!(booked["overrides"], json!([]));
        let client = sign_in(&page, &company, &email).await;
        let shown = "clientNote overrides manageUrl client { name tags } lines { bufferAfterMinutes resources { name setupMinutes } }
            cancellationTerms { allowed fee { amountMinor } freeUntil rescheduleAllowed rescheduleUntil reschedulesLeft }";
        let seen = see(&client, &booked["id"], shown).await.ok()["booking"].clone();
        assert_eq!((&seen["clientNote"], &seen["overrides"], &seen["manageUrl"]), (&json!("Чекаємо!"), &json!([]), &Value::Null));
        assert_eq!(seen["client"], json!({ "name": "Леся Українка", "tags": [] }));
        assert_eq!((&seen["lines"][0]["bufferAfterMinutes"], &seen["lines"][0]["resources"][0]["setupMinutes"]), (&Value::Null, &Value::Null));
        assert_eq!(seen["cancellationTerms"], json!({
            "allowed": true, "fee": { "amountMinor": 0 }, "freeUntil": null, "rescheduleAllowed": true, "rescheduleUntil": null,
            "reschedulesLeft": null,
        }));
        for hidden in ["internalNote", "client { phones }", "client { emails }", "client { block { reason } }", "client { notes { body } }"] {
            let answer = see(&client, &booked["id"], hidden).await;
            assert_eq!(answer.code(), "FORBIDDEN", "{hidden}");
            assert!(!answer.to_string().contains("Сперечається"), "{answer}");
        }
        let id = json!({ "id": booked["id"] });
        for query in [
            "query($id: ID!) { bookingHistory(bookingId: $id, first: 5) { nodes { name } } }",
            "query($id: ID!) { bookings(first: 5) { nodes { id } } node(id: $id) { id } }",
            "query($id: ID!) { messages(filter: { bookingId: $id }, first: 5) { nodes { id } } }",
            "query($id: ID!) { clients(first: 5) { nodes { id } } node(id: $id) { id } }",
        ] {
            assert_eq!(client.run(query, id.clone()).await.code(), "FORBIDDEN", "{query}");
        }
        let live = client.first_event("subscription { calendarChanged { kind bookingId } }", Value::Null).await;
        assert_eq!(live.expect("a refusal").code(), "FORBIDDEN");
        let override_it = json!({
            "id": booked["id"], "version": booked["version"], "startsAt": "2026-03-11T20:00:00+02:00", "idempotencyKey": key(),
            "overrides": ["OUTSIDE_OPENING_HOURS"],
        });
        assert_eq!(client.mutate("bookingReschedule", override_it, "booking { id }").await.answer.code(), "FORBIDDEN");
    }
}

harness::api_test! {
    async fn a_client_books_with_the_card_that_they_have(app: &App) {
        let company = Company::new(app).await;
        let (page, email) = (company.publishable().await, address());
        let input = json!({ "id": card(&company, &email).await, "version": 1 });
        company.administrator.done("clientArchive", input, "client { id }").await;
        let mine = card(&company, &email).await;
        card(&company, &email).await;
        set(&company, json!({ "bookingLimits": { "clientActive": 2 } })).await;
        let client = sign_in(&page, &company, &email).await;
        let book = async |client: &Client, input: Value| client.mutate("bookingCreate", input, "booking { id client { id name } }").await;
        let first = wish(&company, "2026-03-10T10:00:00+02:00");
        let booked = book(&client, first.clone()).await.ok()["booking"].clone();
        // The oldest one in use.
        assert_eq!(booked["client"], json!({ "id": mine, "name": "Леся Українка" }));
        // The same request again, from another network: they are who they are.
        let again = app.client().with_token(client.token().unwrap());
        assert_eq!(book(&again, first).await.ok()["booking"]["id"], booked["id"]);

        let mut named = wish(&company, "2026-03-10T12:00:00+02:00");
        named["client"] = json!({ "name": "Інша", "phone": "050 111 22 33" });
        assert_eq!(book(&client, named.clone()).await.refusals(), ["CLIENT_AMBIGUOUS@client"]);
        named["client"] = Value::Null;
        named["clientId"] = json!(company.visitor);
        assert_eq!(book(&client, named).await.answer.code(), "NOT_FOUND");

        // The limit of the client binds, and another session is no way around it, nor is a hold.
        book(&client, wish(&company, "2026-03-10T12:00:00+02:00")).await.ok();
        let code = request(&page, &company, &email, 1).await;
        for session in [client.clone(), confirm(&page, &email, &code).await] {
            assert_eq!(book(&session, wish(&company, "2026-03-10T14:00:00+02:00")).await.refusals(), ["CLIENT_LIMIT@startsAt"]);
            let held = session.mutate("holdCreate", wish(&company, "2026-03-10T14:00:00+02:00"), "token").await;
            assert_eq!(held.refusals(), ["CLIENT_LIMIT@startsAt"]);
            let visit = json!({ "locationId": company.location, "lines": [{ "serviceId": company.service }] });
            let query = "query($visit: AvailabilityVisitInput!) {
                availability(visit: $visit, from: \"2026-03-10\", to: \"2026-03-10\") { slots { startsAt } } }";
            let offered = session.data(query, json!({ "visit": visit })).await;
            assert_eq!(offered["availability"]["slots"], json!([]), "what is offered is what can be booked");
        }

        // Whoever is not welcome does not book, whichever of their cards says so.
        set(&company, json!({ "bookingLimits": { "clientActive": null } })).await;
        let third = json!({ "id": card(&company, &email).await, "version": 1, "reason": "Не приходить" });
        company.administrator.done("clientBlock", third, "client { id }").await;
        assert_eq!(book(&client, wish(&company, "2026-03-10T15:00:00+02:00")).await.refusals(), ["CLIENT_BLOCKED@client"]);
    }
}

harness::api_test! {
    async fn the_first_booking_makes_one_card(app: &App) {
        let company = Company::new(app).await;
        let (page, email) = (company.publishable().await, address());
        let client = sign_in(&page, &company, &email).await;
        let count = async || {
            let data = company.administrator.data("{ clients(first: 50) { nodes { emails } } }", Value::Null).await;
            let nodes = data["clients"]["nodes"].as_array().unwrap().clone();
            nodes.iter().filter(|node| node["emails"][0] == email.as_str()).count()
        };
        assert_eq!(count().await, 0, "signing in makes no card");
        let bare = client.mutate("bookingCreate", wish(&company, "2026-03-10T10:00:00+02:00"), "booking { id }").await;
        assert_eq!(bare.refusals(), ["REQUIRED@client"]);
        let named = |start: &str, email: Value| {
            let mut input = wish(&company, start);
            input["client"] = json!({ "name": "Нова Клієнтка", "phone": "067 123 45 67", "email": email });
            input
        };
        let other = client.mutate("bookingCreate", named("2026-03-10T10:00:00+02:00", json!(address())), "booking { id }").await;
        assert_eq!(other.refusals(), ["INVALID@client.email"]);
        assert_eq!(count().await, 0);
        // Two at once: one of them makes the card, and the other is told that there is one, or books with it as well.
        let starts = ["2026-03-10T10:00:00+02:00", "2026-03-11T10:00:00+02:00", "2026-03-12T10:00:00+02:00"];
        let wishes = starts.map(|start| client.mutate("bookingCreate", named(start, Value::Null), "booking { client { id } }"));
        let mut won = 0;
        for answer in join_all(wishes).await {
            let refusals = answer.refusals();
            assert!(refusals.is_empty() || refusals == ["CLIENT_AMBIGUOUS@client"], "{refusals:?}");
            won += usize::from(refusals.is_empty());
        }
        assert_eq!((won, count().await), (1, 1));
        let seen = client.data("{ clientSelf { name email } clientBookings { nodes { client { name } } } }", Value::Null).await;
        assert_eq!(seen["clientSelf"], json!({ "name": "Нова Клієнтка", "email": email }));
        assert_eq!(seen["clientBookings"]["nodes"], json!([{ "client": { "name": "Нова Клієнтка" } }]));
        let second = client.done("bookingCreate", wish(&company, "2026-03-20T10:00:00+02:00"), "booking { client { name } }").await;
        assert_eq!(second["booking"]["client"]["name"], "Нова Клієнтка");
    }
}

harness::api_test! {
    async fn a_client_waits_as_themselves(app: &App) {
        let company = Company::new(app).await;
        let (page, email) = (company.publishable().await, address());
        let mine = card(&company, &email).await;
        let client = sign_in(&page, &company, &email).await;
        let waits = json!({
            "locationId": company.location, "serviceId": company.service, "idempotencyKey": key(),
            "windows": [{ "from": "2026-03-20", "to": "2026-03-27", "startsAt": "09:00", "endsAt": "12:00" }],
        });
        let entry = client.done("waitlistJoin", waits, "entry { id }").await["entry"].clone();
        let query = "query($id: ID!) { node(id: $id) { ... on WaitlistEntry { client { id } } } }";
        let seen = company.administrator.data(query, json!({ "id": entry["id"] })).await;
        assert_eq!(seen["node"]["client"]["id"], mine.as_str());
        let held = client.done("holdCreate", wish(&company, "2026-03-10T10:00:00+02:00"), "token").await["token"].clone();
        let booked = client.done("bookingCreate", json!({ "holdToken": held, "idempotencyKey": key() }), "booking { client { id } }").await;
        assert_eq!(booked["booking"]["client"]["id"], mine.as_str());
        // What was held on the page before somebody signed in is theirs to book too.
        let held = page.done("holdCreate", wish(&company, "2026-03-11T10:00:00+02:00"), "token").await["token"].clone();
        let booked = client.done("bookingCreate", json!({ "holdToken": held, "idempotencyKey": key() }), "booking { client { id } }").await;
        assert_eq!(booked["booking"]["client"]["id"], mine.as_str());
        // Staff who hold this for that client are not asked who it is for.
        let other = create(&company.administrator, "clientCreate", "client", json!({ "name": "Інша" })).await;
        assert_ne!(other, mine);
    }
}

const LIST: &str = "{ clientBookings(time: UPCOMING, first: 50) { nodes {
    id version reference status startsAt endsAt timeZone manageUrl total { formatted } location { id name address }
    lines { serviceName persons guest service { id name } staff { id name } addOns { addOnId } }
    cancellationTerms { allowed fee { formatted } freeUntil rescheduleAllowed } } } }";

harness::api_test! {
    async fn a_list_costs_the_same_few_statements_however_long_it_is(app: &App) {
        let company = Company::new(app).await;
        let email = address();
        let mine = card(&company, &email).await;
        let client = sign_in(&company.publishable().await, &company, &email).await;
        let book = async |numbers: std::ops::Range<usize>| {
            for number in numbers {
                let (day, hour) = (9 + number / 9, 9 + number % 9);
                book_for(&company, &mine, &format!("2026-03-{day:02}T{hour:02}:00:00+02:00")).await;
            }
        };
        let list = async || {
            client.run(LIST, Value::Null).await;
            client.run(LIST, Value::Null).await
        };
        book(0..5).await;
        let few = list().await;
        book(5..50).await;
        let many = list().await;
        for (answer, expected) in [(&few, 5), (&many, 50)] {
            let nodes = answer.clone().ok()["clientBookings"]["nodes"].as_array().expect("nodes").clone();
            assert_eq!(nodes.len(), expected);
            let named = |node: &Value| node["lines"][0]["staff"]["name"].is_string() && node["location"]["name"].is_string();
            assert!(nodes.iter().all(named), "{answer}");
        }
        assert_eq!(few.statements(), many.statements());
        assert!(many.statements() <= 6, "{} statements", many.statements());
    }
}
