//! The waiting list: a freed seat goes to whoever waits first; freed time of a person is held for the first whom it suits.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use harness::{App, Client, Company, key};
use serde_json::{Value, json};

use super::{Studio, TUESDAY, book, cancelling, seats};

const PLACE: &str = "query($token: String!) { waitlistPlace(token: $token) {
    ahead offerToken offer { startsAt expiresAt lines { staff { id } } } entry { status } } }";
const JOINED: &str = "token ahead entry { id status partySize }";

/// Somebody who names themselves waits for seats.
fn waiting(session: &str, party: u16) -> Value {
    seats(session, party)
}

/// Somebody who names themselves waits for the haircut, by the first of the staff if so said, in some hours of a day.
fn waiting_for_visit(company: &Company, staff: &[&str], day: &str, hours: [&str; 2]) -> Value {
    json!({
        "locationId": company.location, "serviceId": company.service, "staffIds": staff, "idempotencyKey": key(),
        "windows": [{ "from": day, "to": day, "startsAt": hours[0], "endsAt": hours[1] }],
        "client": { "name": "Гість", "email": format!("{}@example.com", uuid::Uuid::new_v4().simple()) },
    })
}

async fn place(client: &Client, token: &Value) -> Value {
    client.data(PLACE, json!({ "token": token })).await["waitlistPlace"].clone()
}

async fn status(client: &Client, token: &Value) -> String {
    place(client, token).await["entry"]["status"].as_str().expect("a status").to_owned()
}

/// Waits until a place stands like this: offers are made by jobs.
async fn until(client: &Client, token: &Value, expected: &str) -> Value {
    let started = Instant::now();
    loop {
        let place = place(client, token).await;
        if place["entry"]["status"] == expected {
            return place;
        }
        assert!(started.elapsed() < Duration::from_secs(20), "not {expected}: {place}");
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}

harness::api_test! {
    async fn a_freed_seat_goes_to_the_first_of_five_and_to_nobody_else(app: &App) {
        let company = Company::new(app).await;
        let studio = Studio::new(&company).await;
        let page = company.publishable().await;
        let session = studio.plan(TUESDAY, 1).await;
        let booked = book(&company.administrator, &session, 1).await;
        let mut tokens = Vec::new();
        for number in 0..5 {
            let joined = page.done("waitlistJoin", waiting(&session, 1), JOINED).await;
            assert_eq!((&joined["ahead"], &joined["entry"]["status"]), (&json!(number), &json!("WAITING")));
            tokens.push(joined["token"].clone());
        }
        company.administrator.done("bookingCancel", cancelling(&booked), "booking { status }").await;
        let now = studio.see(&session).await;
        assert_eq!((&now["seatsTaken"], now["roster"].as_array().map(Vec::len)), (&json!(1), Some(1)));
        assert_eq!(now["roster"][0]["status"], "CONFIRMED");
        assert_eq!(now["roster"][0]["total"]["amountMinor"], 20_000);
        let mut statuses = Vec::new();
        for token in &tokens {
            statuses.push(status(&page, token).await);
        }
        assert_eq!(statuses, ["BOOKED", "WAITING", "WAITING", "WAITING", "WAITING"]);
        assert_eq!(place(&page, &tokens[4]).await["ahead"], 3);

        // Who leaves is passed over.
        let left = json!({ "token": tokens[1] });
        for _ in 0..2 {
            page.done("waitlistLeave", left.clone(), "entry { status }").await;
        }
        let promoted = cancelling(&now["roster"][0]);
        company.administrator.done("bookingCancel", promoted, "booking { id }").await;
        assert_eq!(status(&page, &tokens[2]).await, "BOOKED");
        assert_eq!(status(&page, &tokens[1]).await, "LEFT");

        let query = "query($id: ID!) { waitlist(first: 10, filter: { groupSessionId: $id, statuses: [WAITING] }) {
            nodes { status partySize client { name } groupSession { id } service { name } } } }";
        let listed = company.administrator.data(query, json!({ "id": session })).await;
        assert_eq!(listed["waitlist"]["nodes"].as_array().map(Vec::len), Some(2));
        assert_eq!(page.run(query, json!({ "id": session })).await.code(), "FORBIDDEN");
    }
}

harness::api_test! {
    async fn a_party_waits_for_as_many_seats_as_it_needs(app: &App) {
        let company = Company::new(app).await;
        let studio = Studio::new(&company).await;
        let page = company.publishable().await;
        let session = studio.plan(TUESDAY, 2).await;
        let booked = [book(&page, &session, 1).await, book(&page, &session, 1).await];
        let pair = page.done("waitlistJoin", waiting(&session, 2), JOINED).await["token"].clone();
        let single = page.done("waitlistJoin", waiting(&session, 1), JOINED).await["token"].clone();
        company.administrator.done("bookingCancel", cancelling(&booked[0]), "booking { id }").await;
        assert_eq!((status(&page, &pair).await, status(&page, &single).await), ("WAITING".into(), "BOOKED".into()));
        // More seats are freed seats.
        let wider = json!({ "id": session, "version": studio.version(&session).await, "capacity": 4 });
        let wider = company.administrator.done("groupSessionUpdate", wider, "groupSession { seatsTaken }").await;
        assert_eq!(wider["groupSession"]["seatsTaken"], 4);
        assert_eq!(status(&page, &pair).await, "BOOKED");
    }
}

harness::api_test! {
    async fn who_may_book_does_not_wait(engine: Engine) {
        let app = App::start(engine).await.expect("an app");
        let company = Company::new(&app).await;
        let mut studio = Studio::new(&company).await;
        studio.automate().await;
        let desk = &studio.desk;
        let session = studio.plan("2026-03-02T16:00:00+02:00", 1).await;
        let free = desk.mutate("waitlistJoin", waiting(&session, 1), JOINED).await;
        assert_eq!(free.refusals(), ["SEATS_FREE@groupSessionId"]);
        let booked = book(desk, &session, 1).await;
        let card = || json!({ "groupSessionId": session, "clientId": company.visitor, "idempotencyKey": key() });
        let repeated = card();
        let first = desk.done("waitlistJoin", repeated.clone(), JOINED).await;
        assert_eq!(desk.done("waitlistJoin", repeated, JOINED).await, first);
        let twice = desk.mutate("waitlistJoin", card(), JOINED).await;
        assert_eq!(twice.refusals(), ["ALREADY_WAITING@groupSessionId"]);

        // Two hours before the start the list closes: nobody is surprised with a class that begins soon.
        app.clock.advance(TimeDelta::hours(4));
        let late = desk.mutate("waitlistJoin", waiting(&session, 1), JOINED).await;
        assert_eq!(late.refusals(), ["WAITLIST_CLOSED@groupSessionId"]);
        desk.done("bookingCancel", cancelling(&booked), "booking { id }").await;
        assert_eq!(studio.see(&session).await["seatsTaken"], 0);
        assert_eq!(status(desk, &first["token"]).await, "EXPIRED");
    }
}

harness::api_test! {
    async fn a_dead_hold_is_inherited_by_who_waits_not_by_who_comes(engine: Engine) {
        let app = App::start(engine).await.expect("an app");
        let company = Company::new(&app).await;
        let studio = Studio::new(&company).await;
        let (page, other) = (company.publishable().await, company.publishable().await);
        let session = studio.plan(TUESDAY, 1).await;
        page.done("groupSessionHold", super::held(&session, 1), "token").await;
        let token = page.done("waitlistJoin", waiting(&session, 1), JOINED).await["token"].clone();
        app.clock.advance(TimeDelta::minutes(10));
        let refused = other.mutate("bookingCreate", seats(&session, 1), "booking { id }").await;
        assert_eq!(refused.refusals(), ["SESSION_FULL@groupSessionId"]);
        until(&page, &token, "BOOKED").await;
    }
}

harness::api_test! {
    async fn freed_time_is_held_for_one_after_another(engine: Engine) {
        let app = App::start(engine).await.expect("an app");
        let company = Company::new(&app).await;
        let page = company.publishable().await;
        let [first, second] = company.staff.clone();
        let booked = company.book(TUESDAY).await;
        let wish = |staff: &[&str], hours| waiting_for_visit(&company, staff, "2026-03-10", hours);
        let join = async |wish: Value| page.done("waitlistJoin", wish, JOINED).await["token"].clone();
        let first_wish = wish(&[&first], ["10:00", "18:00"]);
        let first_address = first_wish["client"]["email"].as_str().expect("an address").to_owned();
        // Not these hours, not this person; then three whom it suits, in this order.
        let evening = join(wish(&[], ["17:00", "19:00"])).await;
        let elsewhere = join(wish(&[&second], ["10:00", "18:00"])).await;
        let suits = [
            join(first_wish).await,
            join(wish(&[], ["12:00", "13:00"])).await,
            join(wish(&[&second, &first], ["00:00", "24:00"])).await,
        ];
        let cancel = json!({ "id": booked, "version": 1, "reason": "CLIENT_REQUEST", "idempotencyKey": key() });
        company.administrator.done("bookingCancel", cancel, "booking { id }").await;
        let offered = until(&page, &suits[0], "OFFERED").await;
        let letter = company.mailbox().wait(&first_address, 1).await.remove(0);
        assert!(letter.text.contains("A time is free") && letter.text.contains("10:15"), "{}", letter.text);
        assert!(super::same(&offered["offer"]["startsAt"], TUESDAY), "{offered}");
        assert_eq!(offered["offer"]["lines"], json!([{ "staff": { "id": first } }]));
        for token in [&suits[1], &suits[2], &evening, &elsewhere] {
            assert_eq!(status(&page, token).await, "WAITING", "two at a time");
        }

        // Declined, it goes to the next; forgotten for a quarter of an hour, to the one after.
        page.done("waitlistLeave", json!({ "token": suits[0] }), "entry { status }").await;
        assert_eq!(status(&page, &suits[0]).await, "LAPSED");
        until(&page, &suits[1], "OFFERED").await;
        app.clock.advance(TimeDelta::minutes(15));
        let offered = until(&page, &suits[2], "OFFERED").await;
        assert_eq!(status(&page, &suits[1]).await, "LAPSED");

        // Whoever has the token books it, as whom they said they are.
        let accept = json!({ "holdToken": offered["offerToken"], "idempotencyKey": key() });
        let accepted = page.done("bookingCreate", accept, "booking { status lines { staff { id } } }").await;
        assert_eq!(accepted["booking"]["lines"], json!([{ "staff": { "id": first } }]));
        let done = place(&page, &suits[2]).await;
        assert_eq!((&done["entry"]["status"], &done["offer"]), (&json!("BOOKED"), &Value::Null));
        for token in [&evening, &elsewhere] {
            assert_eq!(status(&page, token).await, "WAITING");
        }
    }
}

harness::api_test! {
    async fn a_list_closes_when_calling_off_begins_to_cost(engine: Engine) {
        let app = App::start(engine).await.expect("an app");
        let company = Company::new(&app).await;
        let mut studio = Studio::new(&company).await;
        let day = json!({ "name": { "uk": "Доба" }, "tiers": [{ "hoursBefore": 24, "fee": { "kind": "FULL" } }] });
        let day = harness::create(&company.administrator, "cancellationPolicyCreate", "cancellationPolicy", day).await;
        let strict = json!({ "id": studio.service, "version": 1, "rules": { "cancellationPolicyId": day } });
        company.administrator.done("serviceUpdate", strict, "service { id }").await;
        studio.automate().await;
        // Tuesday noon, so the last hour in which nobody pays ends on Monday at noon; it is ten.
        let session = studio.plan("2026-03-03T12:00:00+02:00", 1).await;
        let booked = book(&studio.desk, &session, 1).await;
        let first = studio.desk.done("waitlistJoin", waiting(&session, 1), JOINED).await["token"].clone();
        let second = studio.desk.done("waitlistJoin", waiting(&session, 1), JOINED).await["token"].clone();
        studio.desk.done("bookingCancel", cancelling(&booked), "booking { id }").await;
        assert_eq!(status(&studio.desk, &first).await, "BOOKED");
        app.clock.advance(TimeDelta::minutes(121));
        let late = studio.desk.mutate("waitlistJoin", waiting(&session, 1), JOINED).await;
        assert_eq!(late.refusals(), ["WAITLIST_CLOSED@groupSessionId"]);
        let roster = studio.see(&session).await["roster"][0].clone();
        studio.desk.done("bookingCancel", cancelling(&roster), "booking { id }").await;
        assert_eq!(studio.see(&session).await["seatsTaken"], 0);
        assert_eq!(status(&studio.desk, &second).await, "EXPIRED");
    }
}

harness::api_test! {
    async fn an_offer_is_kept_longer_once_for_who_pays(engine: Engine) {
        let app = App::start(engine).await.expect("an app");
        let company = Company::new(&app).await;
        let page = company.publishable().await;
        let booked = company.book(TUESDAY).await;
        let wish = || waiting_for_visit(&company, &[&company.staff[0]], "2026-03-10", ["12:00", "13:00"]);
        let first = page.done("waitlistJoin", wish(), JOINED).await["token"].clone();
        let second = page.done("waitlistJoin", wish(), JOINED).await["token"].clone();
        let cancel = json!({ "id": booked, "version": 1, "reason": "CLIENT_REQUEST", "idempotencyKey": key() });
        company.administrator.done("bookingCancel", cancel, "booking { id }").await;
        let offered = until(&page, &first, "OFFERED").await["offerToken"].clone();
        let longer = json!({ "token": offered, "idempotencyKey": key() });
        let longer = page.done("holdExtend", longer, "hold { expiresAt }").await["hold"].clone();
        assert!(super::same(&longer["expiresAt"], "2026-03-02T10:25:00+02:00"), "{longer}");
        app.clock.advance(TimeDelta::minutes(20));
        assert_eq!((status(&page, &first).await, status(&page, &second).await), ("OFFERED".into(), "WAITING".into()));
        app.clock.advance(TimeDelta::minutes(10));
        until(&page, &second, "OFFERED").await;
        assert_eq!(status(&page, &first).await, "LAPSED");
    }
}
