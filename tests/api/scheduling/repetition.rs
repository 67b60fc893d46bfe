//! A request that is sent again does nothing again and is answered as the first time.

use futures_util::future::join_all;
use harness::{Company, key};
use serde_json::{Value, json};

harness::api_test! {
    async fn each_step_of_a_visit_is_taken_once(app: &App) {
        let company = Company::new(app).await;
        let admin = &company.administrator;
        let visit = company.visit("2026-03-10T12:00:00+02:00");
        let selection = "booking { id version status startsAt }";
        let twice = async |mutation: &'static str, input: Value| {
            let first = admin.done(mutation, input.clone(), selection).await["booking"].clone();
            let second = admin.done(mutation, input, selection).await["booking"].clone();
            assert_eq!(first, second, "{mutation}");
            first
        };
        let made = twice("bookingCreate", visit).await;
        let moved = json!({
            "id": made["id"], "version": made["version"], "startsAt": "2026-03-10T14:00:00+02:00",
            "idempotencyKey": key(),
        });
        let moved = twice("bookingReschedule", moved).await;
        let cancelled =
            json!({ "id": made["id"], "version": moved["version"], "reason": "OTHER", "idempotencyKey": key() });
        twice("bookingCancel", cancelled).await;
        let query = "query($id: ID!) { bookingHistory(bookingId: $id, first: 20) { nodes { name } } }";
        let history = admin.data(query, json!({ "id": made["id"] })).await["bookingHistory"]["nodes"].clone();
        for name in ["booking.created", "booking.rescheduled", "booking.cancelled"] {
            let times = history.as_array().expect("a history").iter().filter(|entry| entry["name"] == name).count();
            assert_eq!(times, 1, "{name}");
        }
    }
}

harness::api_test! {
    async fn a_key_that_is_sent_twenty_times_at_once_books_once(app: &App) {
        let company = Company::new(app).await;
        let visit = company.visit("2026-03-10T12:00:00+02:00");
        let sent = (0..20).map(|_| company.administrator.done("bookingCreate", visit.clone(), "booking { id }"));
        let answers = join_all(sent).await;
        assert!(answers.iter().all(|answer| answer["booking"]["id"] == answers[0]["booking"]["id"]), "{answers:?}");
        let listed = company.administrator.data("{ bookings(first: 10) { totalCount } }", Value::Null).await;
        assert_eq!(listed["bookings"]["totalCount"], 1);

        let mut other = visit;
        other["startsAt"] = json!("2026-03-10T15:00:00+02:00");
        let refused = company.administrator.mutate("bookingCreate", other, "booking { id }").await;
        assert_eq!(refused.refusals(), ["IDEMPOTENCY_KEY_REUSED@idempotencyKey"]);
    }
}

harness::api_test! {
    async fn a_company_and_a_card_are_made_once(app: &App) {
        let company = Company::new(app).await;
        let input = json!({ "name": "Двічі", "location": { "name": "Центр" }, "idempotencyKey": key() });
        let made = [
            company.administrator.done("companyCreate", input.clone(), "company { id }").await,
            company.administrator.done("companyCreate", input, "company { id }").await,
        ];
        assert_eq!(made[0], made[1]);
        let card = json!({ "name": "Двічі", "idempotencyKey": key() });
        let sent = (0..5).map(|_| company.administrator.done("clientCreate", card.clone(), "client { id }"));
        let cards = join_all(sent).await;
        assert!(cards.iter().all(|card| card == &cards[0]), "{cards:?}");
    }
}
