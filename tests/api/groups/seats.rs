//! Seats: held, booked, given back, moved. As many as there are, whoever asks.

use chrono::TimeDelta;
use harness::{App, Company, key};
use serde_json::{Value, json};

use super::{Studio, TUESDAY, WEDNESDAY, book, cancelling, held, same, seats, with_token};

harness::api_test! {
    async fn they_are_held_booked_and_given_back(app: &App) {
        let company = Company::new(app).await;
        let studio = Studio::new(&company).await;
        let (page, other) = (company.publishable().await, company.publishable().await);
        let session = studio.plan(TUESDAY, 3).await;
        let kept = page.done("groupSessionHold", held(&session, 2), "token hold { partySize groupSession { id } }").await;
        assert_eq!(kept["hold"], json!({ "partySize": 2, "groupSession": { "id": session } }));
        assert_eq!(studio.seats_left(&session).await, 1);
        let refused = other.mutate("bookingCreate", seats(&session, 2), "booking { id }").await;
        assert_eq!(refused.refusals(), ["SESSION_FULL@groupSessionId"]);
        assert_eq!(refused.value()["userErrors"][0]["message"], "Only one seat is left.");
        let one = book(&other, &session, 1).await;
        assert_eq!(studio.seats_left(&session).await, 0);

        let selection = "booking { partySize total { amountMinor } lines { price { amountMinor } staff { id } } startsAt
            groupSession { id seatsLeft } status }";
        let two = page.done("bookingCreate", with_token(&kept["token"]), selection).await["booking"].clone();
        assert_eq!((&two["partySize"], &two["total"]["amountMinor"]), (&json!(2), &json!(40_000)));
        assert_eq!(two["lines"], json!([{ "price": { "amountMinor": 40_000 }, "staff": { "id": studio.trainer } }]));
        assert!(same(&two["startsAt"], TUESDAY));
        assert_eq!(two["groupSession"], json!({ "id": session, "seatsLeft": 0 }));

        company.administrator.done("bookingCancel", cancelling(&one), "booking { status }").await;
        let now = studio.see(&session).await;
        assert_eq!((&now["seatsLeft"], &now["seatsTaken"]), (&json!(1), &json!(2)));
        let roster: Vec<&Value> = now["roster"].as_array().expect("a roster").iter().map(|one| &one["partySize"]).collect();
        assert_eq!(roster, [&json!(2)]);
    }
}

harness::api_test! {
    async fn a_dead_hold_keeps_nothing(engine: Engine) {
        let app = App::start(engine).await.expect("an app");
        let company = Company::new(&app).await;
        let studio = Studio::new(&company).await;
        let (page, other) = (company.publishable().await, company.publishable().await);
        let session = studio.plan(TUESDAY, 1).await;
        let token = page.done("groupSessionHold", held(&session, 1), "token").await["token"].clone();
        let given_back = page.done("groupSessionHold", held(&studio.plan(WEDNESDAY, 1).await, 1), "token").await;
        app.clock.advance(TimeDelta::minutes(10) - TimeDelta::seconds(1));
        let refused = other.mutate("bookingCreate", seats(&session, 1), "booking { id }").await;
        assert_eq!(refused.refusals(), ["SESSION_FULL@groupSessionId"]);
        for _ in 0..2 {
            let token = json!({ "token": given_back["token"] });
            page.done("holdRelease", token, "hold { state }").await;
        }
        app.clock.advance(TimeDelta::seconds(1));
        book(&other, &session, 1).await;
        let late = page.mutate("bookingCreate", with_token(&token), "booking { id }").await;
        assert_eq!(late.refusals(), ["HOLD_ENDED@holdToken"]);
        let now = studio.see(&session).await;
        assert_eq!((&now["seatsTaken"], &now["roster"].as_array().map(Vec::len)), (&json!(1), &Some(1)));
    }
}

harness::api_test! {
    async fn a_repeated_request_books_and_holds_once(app: &App) {
        let company = Company::new(app).await;
        let studio = Studio::new(&company).await;
        let page = company.publishable().await;
        let session = studio.plan(TUESDAY, 1).await;
        let wanted = held(&session, 1);
        let first = page.done("groupSessionHold", wanted.clone(), "token hold { id }").await;
        assert_eq!(page.done("groupSessionHold", wanted, "token hold { id }").await, first);
        let booking = with_token(&first["token"]);
        let booked = page.done("bookingCreate", booking.clone(), "booking { id }").await;
        assert_eq!(page.done("bookingCreate", booking, "booking { id }").await, booked);
        assert_eq!(studio.see(&session).await["seatsTaken"], 1);
    }
}

harness::api_test! {
    async fn they_move_to_a_session_with_room_or_stay(app: &App) {
        let company = Company::new(app).await;
        let studio = Studio::new(&company).await;
        let (from, to) = (studio.plan(TUESDAY, 2).await, studio.plan(WEDNESDAY, 2).await);
        let booking = book(&company.administrator, &from, 2).await;
        let wish = |version: &Value, to: &str| json!({
            "id": booking["id"], "version": version, "groupSessionId": to, "idempotencyKey": key(),
        });
        book(&company.administrator, &to, 1).await;
        let refused =
            company.administrator.mutate("bookingMoveToSession", wish(&booking["version"], &to), "booking { id }").await;
        assert_eq!(refused.refusals(), ["SESSION_FULL@groupSessionId"]);
        assert_eq!(studio.see(&from).await["seatsTaken"], 2);

        let wider = json!({ "id": to, "version": studio.version(&to).await, "capacity": 3 });
        company.administrator.done("groupSessionUpdate", wider, "groupSession { capacity }").await;
        let selection = "booking { startsAt version groupSession { id } total { amountMinor } }";
        let moved = wish(&booking["version"], &to);
        let moved = company.administrator.done("bookingMoveToSession", moved, selection).await["booking"].clone();
        assert!(same(&moved["startsAt"], WEDNESDAY));
        assert_eq!((&moved["groupSession"]["id"], &moved["total"]["amountMinor"]), (&json!(to), &json!(40_000)));
        assert_eq!(studio.see(&from).await["seatsTaken"], 0);
        assert_eq!(studio.see(&to).await["seatsTaken"], 3);

        // A seat goes where a session is, never to a time of its own.
        let astray = json!({
            "id": booking["id"], "version": moved["version"], "startsAt": "2026-03-12T12:00:00+02:00",
            "idempotencyKey": key(),
        });
        let astray = company.administrator.mutate("bookingReschedule", astray, "booking { id }").await;
        assert_eq!(astray.refusals(), ["BOOKED_IN_SESSION@id"]);
    }
}

harness::api_test! {
    async fn notice_and_horizon_are_the_clients(app: &App) {
        let company = Company::new(app).await;
        let studio = Studio::new(&company).await;
        // The company may plan as far ahead as it likes; seats can be booked once the horizon is near.
        let far = studio.plan("2026-11-10T12:00:00+02:00", 5).await;
        let refused = company.administrator.mutate("bookingCreate", seats(&far, 1), "booking { id }").await;
        assert_eq!(refused.refusals(), ["BEYOND_HORIZON@groupSessionId"]);
        let mut early = seats(&far, 1);
        early["overrides"] = json!(["BEYOND_HORIZON"]);
        let booked = company.administrator.done("bookingCreate", early, "booking { overrides }").await;
        assert_eq!(booked["booking"]["overrides"], json!(["BEYOND_HORIZON"]));
        assert_eq!(studio.see(&far).await["seatsTaken"], 1);
    }
}

harness::api_test! {
    async fn whoever_has_one_is_written_to(app: &App) {
        let company = Company::new(app).await;
        let studio = Studio::new(&company).await;
        let session = studio.plan(TUESDAY, 5).await;
        let mut wish = seats(&session, 2);
        let address = format!("{}@example.com", uuid::Uuid::new_v4().simple());
        wish["client"] = json!({ "name": "Леся", "email": address });
        company.publishable().await.done("bookingCreate", wish, "booking { id }").await;
        let mail = company.mailbox().wait(&address, 1).await.remove(0);
        for expected in ["Yoga", "400", "BEGIN:VCALENDAR", "20260310T1"] {
            assert!(mail.text.contains(expected), "no {expected} in {}", mail.text);
        }
    }
}

harness::api_test! {
    async fn they_are_held_longer_once_and_no_more_than_any_slot(engine: Engine) {
        let app = App::start(engine).await.expect("an app");
        let company = Company::new(&app).await;
        let studio = Studio::new(&company).await;
        let (page, other) = (company.publishable().await, company.publishable().await);
        let (session, wide) = (studio.plan(TUESDAY, 10).await, studio.plan(WEDNESDAY, 10).await);
        let desk = company.key_with(&["bookings.all", "availability.read"]).await;
        let token = page.done("groupSessionHold", held(&session, 10), "token").await["token"].clone();
        let longer = || json!({ "token": token, "idempotencyKey": key() });
        let repeated = longer();
        let extended = page.done("holdExtend", repeated.clone(), "hold { expiresAt }").await["hold"].clone();
        assert!(same(&extended["expiresAt"], "2026-03-02T10:20:00+02:00"), "{extended}");
        assert_eq!(page.done("holdExtend", repeated, "hold { expiresAt }").await["hold"], extended);
        let again = page.mutate("holdExtend", longer(), "hold { id }").await;
        assert_eq!(again.refusals(), ["HOLD_ALREADY_EXTENDED@token"]);
        // After its first end it still has its seats, after its second it has none.
        app.clock.advance(TimeDelta::minutes(12));
        let refused = other.mutate("bookingCreate", seats(&session, 1), "booking { id }").await;
        assert_eq!(refused.refusals(), ["SESSION_FULL@groupSessionId"]);
        app.clock.advance(TimeDelta::minutes(8));
        book(&other, &session, 1).await;
        assert_eq!(page.mutate("holdExtend", longer(), "hold { id }").await.refusals(), ["HOLD_ENDED@token"]);

        for _ in 0..5 {
            page.done("groupSessionHold", held(&session, 1), "token").await;
        }
        assert_eq!(page.mutate("groupSessionHold", held(&session, 1), "token").await.refusals(), ["HOLD_LIMIT"]);
        // One client's card has five as well, whoever holds them.
        let of_client = || {
            let mut wanted = held(&wide, 1);
            wanted["clientId"] = json!(company.visitor);
            wanted
        };
        for _ in 0..5 {
            desk.done("groupSessionHold", of_client(), "token").await;
        }
        assert_eq!(desk.mutate("groupSessionHold", of_client(), "token").await.refusals(), ["HOLD_LIMIT"]);
    }
}
