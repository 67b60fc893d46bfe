//! Staff take the links to a visit back at the very moment at which its client calls it off by one: one of the two was first,
//! and what the other is told is true.

use chrono::{DateTime, Duration, FixedOffset};
use harness::{Client, key};
use serde_json::json;

use super::salon::Salon;

const NO_VERSIONS: &str = "bookings.skip_version=return";

/// How often both were served.
async fn race(salon: &Salon, rounds: i64, is_guarded: bool) -> usize {
    let admin = &salon.company.administrator;
    let first: DateTime<FixedOffset> = salon.first_start(&salon.company.staff[0]).await.parse().expect("an instant");
    let mut both = 0;
    for round in 0..rounds {
        let visit = json!({
            "locationId": salon.company.location, "startsAt": (first + Duration::days(round)).to_rfc3339(),
            "clientId": salon.company.visitor, "lines": [salon.line(&salon.company.staff[0])], "idempotencyKey": key(),
        });
        let booked = admin.done("bookingCreate", visit, "booking { id version manageUrl }").await["booking"].clone();
        let token = booked["manageUrl"].as_str().and_then(|url| url.split_once("#token=")).expect("a link").1;
        let client = Client::new(salon.pages[salon.pages.len() - 1].base()).with_token(token);
        let seen = json!({ "id": booked["id"], "version": booked["version"] });
        let mut off = seen.clone();
        (off["reason"], off["idempotencyKey"]) = (json!("CLIENT_REQUEST"), json!(key()));
        let (revoked, cancelled) = tokio::join!(
            admin.mutate("bookingLinkRevoke", seen, "booking { version }"),
            client.mutate("bookingCancel", off, "booking { status }"),
        );
        let is_revoked = revoked.refusals().is_empty();
        // Whoever comes with a link that was taken back is nobody.
        let is_nobody = cancelled.answer.codes() == ["UNAUTHENTICATED"];
        let is_cancelled = !is_nobody && cancelled.refusals().is_empty();
        both += usize::from(is_revoked && is_cancelled);
        if !is_guarded {
            continue;
        }
        assert!(is_revoked != is_cancelled, "round {round}: {} {}", revoked.answer, cancelled.answer);
        if is_revoked {
            assert!(is_nobody || cancelled.refusals() == ["VERSION_CONFLICT@version"], "{}", cancelled.answer);
        } else {
            assert_eq!(revoked.refusals(), ["VERSION_CONFLICT@version"]);
        }
        let query = "query($id: ID!) { booking(id: $id) { status } }";
        let status = admin.data(query, json!({ "id": booked["id"] })).await["booking"]["status"].clone();
        assert_eq!(status, if is_cancelled { "CANCELLED" } else { "CONFIRMED" });
        let opens = client.run(query, json!({ "id": booked["id"] })).await.errors.is_empty();
        assert_eq!(opens, is_cancelled, "a link that was taken back opens nothing");
    }
    both
}

harness::api_test! {
    async fn a_link_that_is_taken_back_does_nothing_more(engine: Engine) {
        let salon = Salon::open(engine, "").await;
        assert_eq!(race(&salon, 10, true).await, 0);
        assert_eq!(salon.deadlocks().await, 0);
        let (healthy, report) = salon.doctor().await;
        assert!(healthy, "{report}");
    }
}

harness::api_test! {
    async fn control_without_versions_both_believe_that_they_were_served(engine: Engine) {
        let salon = Salon::open(engine, NO_VERSIONS).await;
        assert!(race(&salon, 8, false).await > 0, "the race would pass without versions, so it shows nothing");
    }
}
