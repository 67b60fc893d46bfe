//! A series against single visits and against other series: who gets one date of an all-or-nothing series, gets all.

use chrono::{DateTime, Duration, FixedOffset};
use futures_util::future::join_all;
use harness::{Payload, key};
use serde_json::{Value, json};

use super::salon::{Salon, outcome};

/// Locks and the overlap rule are off: what is left is the database's constraint.
const CONSTRAINT_ALONE: &str = "bookings.skip_row_lock_and_overlap=return;db.lock_schedules.skip=return";
const STRANGERS: usize = 6;

/// Three days in a row from this start on, by the first of the staff.
fn series(salon: &Salon, first: DateTime<FixedOffset>) -> Value {
    json!({
        "locationId": salon.company.location, "clientId": salon.company.visitor,
        "firstDate": first.date_naive(), "time": first.format("%H:%M").to_string(),
        "lines": [salon.line(&salon.company.staff[0])], "recurrence": { "rule": "FREQ=DAILY;COUNT=3" },
        "idempotencyKey": key(),
    })
}

/// The series of a round and strangers who want its second day, at once: whether the series came to be, how many strangers
/// got it, and how many visits there are on its days.
async fn round(salon: &Salon, number: i64) -> (bool, usize, u64) {
    let staff = salon.company.staff[0].clone();
    let first: DateTime<FixedOffset> = salon.first_start(&staff).await.parse().expect("an instant");
    let first = first + Duration::days(4 * number);
    let second = (first + Duration::days(1)).to_rfc3339();
    let admin = &salon.company.administrator;
    let (made, booked) = tokio::join!(
        admin.mutate("bookingSeriesCreate", series(salon, first), "series { id } occurrences { possible }"),
        salon.race(STRANGERS, "booking { id }", |number| salon.visit(&staff, &second, number)),
    );
    assert!(made.answer.errors.is_empty(), "{}", made.answer);
    let came_to_be = !made.value()["series"].is_null();
    if !came_to_be {
        assert_eq!(made.refusals(), ["SERIES_CONFLICT@recurrence"]);
    }
    let (won, refused) = outcome(&booked, "bookingCreate");
    assert!(refused.iter().all(|code| code == "SLOT_TAKEN"), "{refused:?}");
    let query = "query($from: LocalDate!, $to: LocalDate!) { bookings(first: 1, filter: { from: $from, to: $to }) { totalCount } }";
    let days = json!({ "from": first.date_naive(), "to": (first + Duration::days(2)).date_naive() });
    let visits = admin.data(query, days).await["bookings"]["totalCount"].as_u64().expect("a count");
    (came_to_be, won.len(), visits)
}

harness::api_test! {
    async fn a_series_and_single_visits_never_share_a_date(engine: Engine) {
        let salon = Salon::open(engine, "").await;
        for number in 0..6 {
            let (came_to_be, strangers, visits) = round(&salon, number).await;
            assert_eq!(usize::from(came_to_be) + strangers, 1, "round {number}");
            assert_eq!(visits, if came_to_be { 3 } else { 1 }, "round {number}");
        }
        assert_eq!(salon.deadlocks().await, 0);
        let (healthy, report) = salon.doctor().await;
        assert!(healthy, "{report}");
    }
}

harness::api_test! {
    async fn control_the_constraint_alone_keeps_a_series_and_single_visits_apart(engine: Engine) {
        let salon = Salon::open(engine, CONSTRAINT_ALONE).await;
        for number in 0..3 {
            let (came_to_be, strangers, visits) = round(&salon, number).await;
            assert_eq!(usize::from(came_to_be) + strangers, 1, "round {number}");
            assert_eq!(visits, if came_to_be { 3 } else { 1 }, "round {number}");
        }
    }
}

harness::api_test! {
    async fn control_without_any_guard_a_series_and_single_visits_share_a_date(engine: Engine) {
        let salon = Salon::open(engine, CONSTRAINT_ALONE).await;
        salon.drop_constraint().await;
        let (came_to_be, strangers, _) = round(&salon, 0).await;
        assert!(usize::from(came_to_be) + strangers > 1, "the race would pass without any guard, so it shows nothing");
        let (healthy, report) = salon.doctor().await;
        assert!(!healthy, "the doctor overlooks a double booking: {report}");
    }
}

harness::api_test! {
    async fn of_series_over_the_same_dates_one_comes_to_be(engine: Engine) {
        let salon = Salon::open(engine, "").await;
        let first: DateTime<FixedOffset> =
            salon.first_start(&salon.company.staff[0]).await.parse().expect("an instant");
        // They begin a day apart, so that each pair shares a date or two.
        let made: Vec<Payload> = join_all((0..8).map(|number| {
            let input = series(&salon, first + Duration::days(number % 3));
            salon.company.administrator.mutate("bookingSeriesCreate", input, "series { id }")
        }))
        .await;
        let won = made.iter().filter(|payload| !payload.value()["series"].is_null()).count();
        assert_eq!(won, 1);
        let listed = salon.company.administrator.data("{ bookings(first: 1) { totalCount } }", Value::Null).await;
        assert_eq!(listed["bookings"]["totalCount"], 3);
        assert_eq!(salon.deadlocks().await, 0);
        let (healthy, report) = salon.doctor().await;
        assert!(healthy, "{report}");
    }
}
