//! Moving and calling off on one's own wish: the terms that were agreed, and what is said of them before.

use chrono::TimeDelta;
use harness::{App, Client, Company, create};
use serde_json::{Value, json};

use super::{address, book_for, cancelling, card, confirm, moving, request, see, sign_in};

const TERMS: &str =
    "version status cancellationTerms { allowed fee { amountMinor } freeUntil rescheduleAllowed rescheduleUntil
    reschedulesLeft }";

/// A policy for all that is booked from now on: a half from a day before on; no moves within 12 hours and not more than two.
async fn policy(company: &Company, late: &str) {
    let input = json!({
        "name": { "uk": "Звичайна" }, "tiers": [{ "hoursBefore": 24, "fee": { "kind": "PERCENT", "percentBp": 5000 } }],
        "rescheduleHours": 12, "maxReschedules": 2, "lateCancellation": late,
    });
    let id = create(&company.administrator, "cancellationPolicyCreate", "cancellationPolicy", input).await;
    company.administrator.done("cancellationPolicySetDefault", json!({ "id": id }), "cancellationPolicy { id }").await;
}

/// The client again, after the clock went further than a session lasts.
async fn again(page: &Client, company: &Company, email: &str, before: usize) -> Client {
    let code = request(page, company, email, before).await;
    confirm(page, email, &code).await
}

async fn terms(client: &Client, booking: &Value) -> Value {
    see(client, &booking["id"], TERMS).await.ok()["booking"].clone()
}

harness::api_test! {
    async fn calling_off_costs_what_was_shown(engine: Engine) {
        let app = App::start(engine).await.expect("an app");
        let company = Company::new(&app).await;
        policy(&company, "CHARGED").await;
        let (page, email) = (company.publishable().await, address());
        let mine = card(&company, &email).await;
        let free = book_for(&company, &mine, "2026-03-03T10:00:00+02:00").await;
        let late = book_for(&company, &mine, "2026-03-04T09:00:00+02:00").await;
        let client = sign_in(&page, &company, &email).await;
        // Exactly a day before: in time, to the second.
        let shown = terms(&client, &free).await;
        assert_eq!((&shown["cancellationTerms"]["allowed"], &shown["cancellationTerms"]["fee"]["amountMinor"]), (&json!(true), &json!(0)));
        // Whatever they say of it: on their own wish, for their own reason.
        let mut input = cancelling(&free);
        (input["initiator"], input["reason"], input["charge"]) = (json!("STAFF"), json!("STAFF_UNAVAILABLE"), json!(true));
        let selection = "booking { status cancelReason cancelNote cancellationFee { amountMinor } }";
        input["note"] = json!("Захворіла");
        let done = client.done("bookingCancel", input, selection).await["booking"].clone();
        assert_eq!(done, json!({ "status": "CANCELLED", "cancelReason": "CLIENT_REQUEST", "cancelNote": "Захворіла", "cancellationFee": null }));

        app.clock.advance(TimeDelta::hours(24));
        let client = again(&page, &company, &email, 1).await;
        let shown = terms(&client, &late).await["cancellationTerms"].clone();
        assert_eq!((&shown["allowed"], &shown["fee"]["amountMinor"], &shown["freeUntil"]), (&json!(true), &json!(25_000), &Value::Null));
        let mut input = cancelling(&late);
        input["initiator"] = json!("STAFF");
        let done = client.done("bookingCancel", input, selection).await["booking"].clone();
        assert_eq!((&done["status"], &done["cancellationFee"]["amountMinor"]), (&json!("CANCELLED"), &json!(25_000)));
    }
}

harness::api_test! {
    async fn what_is_too_late_is_refused_and_changes_nothing(engine: Engine) {
        let app = App::start(engine).await.expect("an app");
        let company = Company::new(&app).await;
        let (page, email) = (company.publishable().await, address());
        let mine = card(&company, &email).await;
        // Agreed without a policy, and with one that refuses.
        let plain = book_for(&company, &mine, "2026-03-02T16:00:00+02:00").await;
        policy(&company, "REFUSED").await;
        let strict = book_for(&company, &mine, "2026-03-02T17:00:00+02:00").await;
        // Whose login outlives the hours.
        let staff = company.key_with(&["bookings.all"]).await;
        let client = sign_in(&page, &company, &email).await;
        let shown = terms(&client, &strict).await["cancellationTerms"].clone();
        assert_eq!((&shown["allowed"], &shown["rescheduleAllowed"]), (&json!(false), &json!(false)));
        assert_eq!(client.mutate("bookingCancel", cancelling(&strict), "booking { id }").await.refusals(), ["CANCEL_TOO_LATE"]);
        let moved = client.mutate("bookingReschedule", moving(&strict, "2026-03-20T10:00:00+02:00"), "booking { id }").await;
        assert_eq!(moved.refusals(), ["RESCHEDULE_TOO_LATE"]);
        assert_eq!(terms(&client, &strict).await["version"], strict["version"]);

        // Once it has begun, nothing is the client's to change, whatever was agreed.
        assert_eq!(terms(&client, &plain).await["cancellationTerms"]["allowed"], true);
        app.clock.advance(TimeDelta::hours(6));
        let client = again(&page, &company, &email, 1).await;
        let shown = terms(&client, &plain).await["cancellationTerms"].clone();
        assert_eq!((&shown["allowed"], &shown["rescheduleAllowed"]), (&json!(false), &json!(false)));
        assert_eq!(client.mutate("bookingCancel", cancelling(&plain), "booking { id }").await.refusals(), ["CANCEL_TOO_LATE"]);
        let moved = client.mutate("bookingReschedule", moving(&plain, "2026-03-20T10:00:00+02:00"), "booking { id }").await;
        assert_eq!(moved.refusals(), ["RESCHEDULE_TOO_LATE"]);
        // Staff still can.
        staff.done("bookingCancel", cancelling(&plain), "booking { id }").await;
    }
}

harness::api_test! {
    async fn a_client_moves_so_often_and_by_the_rules_of_the_page(app: &App) {
        let company = Company::new(app).await;
        policy(&company, "CHARGED").await;
        super::set(&company, json!({ "noticeMinutes": 120, "horizonDays": 30 })).await;
        let (page, email) = (company.publishable().await, address());
        let mine = card(&company, &email).await;
        let mut booked = book_for(&company, &mine, "2026-03-10T10:00:00+02:00").await;
        let taken = book_for(&company, &company.visitor.clone(), "2026-03-10T12:00:00+02:00").await;
        let client = sign_in(&page, &company, &email).await;
        let selection = "booking { id version startsAt clientReschedules cancellationTerms { reschedulesLeft } }
            violations { rule staffId resourceId } alternatives { startsAt }";
        for (start, refusal) in [
            ("2026-03-02T11:00:00+02:00", "TOO_SOON@startsAt"),
            ("2026-06-10T10:00:00+03:00", "BEYOND_HORIZON@startsAt"),
            ("2026-03-10T20:00:00+02:00", "OUTSIDE_OPENING_HOURS@startsAt"),
            ("2026-03-10T10:07:00+02:00", "NOT_ON_GRID@startsAt"),
            ("2026-03-10T12:00:00+02:00", "SLOT_TAKEN@startsAt"),
        ] {
            let answer = client.mutate("bookingReschedule", moving(&booked, start), selection).await;
            assert_eq!(answer.refusals()[0], refusal, "{start}");
            assert!(!answer.answer.to_string().contains(taken["reference"].as_str().unwrap()));
            if refusal.starts_with("SLOT") {
                assert!(!answer.value()["alternatives"].as_array().unwrap().is_empty());
            }
        }
        // A preview costs nothing.
        let mut preview = moving(&booked, "2026-03-11T10:00:00+02:00");
        preview["dryRun"] = json!(true);
        let shown = client.done("bookingReschedule", preview, selection).await["booking"].clone();
        assert_eq!(shown["cancellationTerms"]["reschedulesLeft"], 1);
        for (start, left) in [("2026-03-11T10:00:00+02:00", 1), ("2026-03-12T10:00:00+02:00", 0)] {
            let mut input = moving(&booked, start);
            input["initiator"] = json!("STAFF");
            booked = client.done("bookingReschedule", input, selection).await["booking"].clone();
            assert_eq!(booked["cancellationTerms"]["reschedulesLeft"], left);
        }
        let third = client.mutate("bookingReschedule", moving(&booked, "2026-03-13T10:00:00+02:00"), selection).await;
        assert_eq!(third.refusals(), ["RESCHEDULE_LIMIT"]);
        assert_eq!(booked["clientReschedules"], 2);
        // Staff see who did it.
        let history = "query($id: ID!) { bookingHistory(bookingId: $id, first: 1) { nodes { name actorKind data } } }";
        let last = company.administrator.data(history, json!({ "id": booked["id"] })).await;
        let last = &last["bookingHistory"]["nodes"][0];
        assert_eq!((&last["name"], &last["actorKind"]), (&json!("booking.rescheduled"), &json!("CLIENT")));
        assert_eq!(last["data"]["initiator"], "CLIENT");
    }
}

harness::api_test! {
    async fn who_is_not_welcome_calls_off_but_does_not_move(app: &App) {
        let company = Company::new(app).await;
        let (page, email) = (company.publishable().await, address());
        let mine = card(&company, &email).await;
        let booked = book_for(&company, &mine, "2026-03-10T10:00:00+02:00").await;
        let client = sign_in(&page, &company, &email).await;
        let block = json!({ "id": mine, "version": 1, "reason": "Не приходить" });
        company.administrator.done("clientBlock", block, "client { id }").await;
        let moved = client.mutate("bookingReschedule", moving(&booked, "2026-03-11T10:00:00+02:00"), "booking { id }").await;
        assert_eq!(moved.refusals(), ["CLIENT_BLOCKED@id"]);
        client.done("bookingCancel", cancelling(&booked), "booking { id }").await;
    }
}
