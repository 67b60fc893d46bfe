//! A visit is moved to a time that somebody else books at this very moment.

use chrono::{DateTime, Duration, FixedOffset};
use harness::key;
use serde_json::{Value, json};

use super::salon::Salon;

harness::api_test! {
    async fn one_of_the_two_gets_the_time_and_a_loser_keeps_what_it_had(engine: Engine) {
        let salon = Salon::open(engine, "").await;
        let staff = salon.company.staff[0].clone();
        let first: DateTime<FixedOffset> = salon.first_start(&staff).await.parse().expect("an instant");
        for round in 0..8 {
            // Each round has its own day: the visit stands at X, both want Y.
            let x = (first + Duration::days(round)).to_rfc3339();
            let y = (first + Duration::days(round) + Duration::hours(2)).to_rfc3339();
            let visit = json!({
                "locationId": salon.company.location, "startsAt": x, "clientId": salon.company.visitor,
                "lines": [salon.line(&staff)], "idempotencyKey": key(),
            });
            let made = salon.company.administrator.done("bookingCreate", visit, "booking { id version startsAt }").await;
            let before = made["booking"].clone();
            let id = before["id"].as_str().expect("an id").to_owned();
            let moving = json!({ "id": id, "version": before["version"], "startsAt": y, "idempotencyKey": key() });
            let (moved, booked) = tokio::join!(
                salon.company.administrator.mutate("bookingReschedule", moving, "booking { startsAt }"),
                salon.race(1, "booking { id }", |_| salon.visit(&staff, &y, 0)),
            );
            let (moved, booked) = (moved.value().clone(), booked[0].data["bookingCreate"].clone());
            let won = [&moved, &booked].map(|payload| !payload["booking"].is_null());
            assert_eq!(won.iter().filter(|won| **won).count(), 1, "round {round}: {moved} {booked}");
            let loser = if won[0] { &booked } else { &moved };
            assert_eq!(loser["userErrors"][0]["code"], "SLOT_TAKEN");

            let query = "query($id: ID!) { booking(id: $id) { startsAt } }";
            let now = salon.company.administrator.data(query, json!({ "id": id })).await;
            let stands: DateTime<FixedOffset> = instant(&now["booking"]["startsAt"]);
            let expected = if won[0] { &y } else { &x };
            assert_eq!(stands, instant(&json!(expected)));
        }
        assert_eq!(salon.deadlocks().await, 0);
        let (healthy, report) = salon.doctor().await;
        assert!(healthy, "{report}");
    }
}

fn instant(text: &Value) -> DateTime<FixedOffset> {
    text.as_str().expect("a text").parse().expect("an instant")
}
