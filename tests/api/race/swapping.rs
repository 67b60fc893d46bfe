//! Opposite swaps of the same visits, and a stranger who wants a place in between: both change places once, or neither.

use chrono::{DateTime, Duration, FixedOffset};
use harness::key;
use serde_json::{Value, json};

use super::salon::{Salon, outcome};

/// Locks and the overlap rule are off: what is left is the database's constraint.
const CONSTRAINT_ALONE: &str = "bookings.skip_row_lock_and_overlap=return;db.lock_schedules.skip=return";
const STATE: &str = "booking { id startsAt version } otherBooking { id startsAt version }";

async fn book(salon: &Salon, staff: usize, start: DateTime<FixedOffset>) -> Value {
    let visit = json!({
        "locationId": salon.company.location, "startsAt": start.to_rfc3339(), "clientId": salon.company.visitor,
        "lines": [salon.line(&salon.company.staff[staff])], "idempotencyKey": key(),
    });
    salon.company.administrator.done("bookingCreate", visit, "booking { id version startsAt }").await["booking"].clone()
}

fn swap(one: &Value, other: &Value) -> Value {
    json!({
        "id": one["id"], "version": one["version"], "otherBookingId": other["id"], "otherVersion": other["version"],
        "idempotencyKey": key(),
    })
}

async fn start_of(salon: &Salon, booking: &Value) -> DateTime<FixedOffset> {
    let query = "query($id: ID!) { booking(id: $id) { startsAt } }";
    instant(&salon.company.administrator.data(query, json!({ "id": booking["id"] })).await["booking"]["startsAt"])
}

fn instant(text: &Value) -> DateTime<FixedOffset> {
    text.as_str().expect("a text").parse().expect("an instant")
}

harness::api_test! {
    async fn of_opposite_swaps_one_wins_and_the_other_is_told_so(engine: Engine) {
        let salon = Salon::open(engine, "").await;
        let token = salon.company.administrator.token().expect("a token").to_owned();
        // Each at a server of its own, where there are two.
        let managers: Vec<_> = salon.pages.iter().map(|page| harness::Client::new(page.base()).with_token(token.clone())).collect();
        let first: DateTime<FixedOffset> = salon.first_start(&salon.company.staff[0]).await.parse().expect("an instant");
        for round in 0..8 {
            let at = first + Duration::days(round);
            let (x, y) = (at, at + Duration::hours(2));
            let (one, other) = (book(&salon, 0, x).await, book(&salon, 1, y).await);
            let last = managers.len() - 1;
            let (there, back) = tokio::join!(
                managers[0].mutate("bookingSwap", swap(&one, &other), STATE),
                managers[last].mutate("bookingSwap", swap(&other, &one), STATE),
            );
            let done = [&there, &back].map(|payload| !payload.value()["booking"].is_null());
            assert_eq!(done.iter().filter(|done| **done).count(), 1, "round {round}: {} {}", there.answer, back.answer);
            let late = if done[0] { &back } else { &there };
            assert!(late.refusals()[0].starts_with("VERSION_CONFLICT@"), "{:?}", late.refusals());
            assert_eq!((start_of(&salon, &one).await, start_of(&salon, &other).await), (y, x), "round {round}");
        }
        assert_eq!(salon.deadlocks().await, 0);
        let (healthy, report) = salon.doctor().await;
        assert!(healthy, "{report}");
    }
}

/// A visit of two hours at X and one of one hour at Y are swapped while a stranger books the second hour at Y: whether they
/// changed places, and whether the stranger got it.
async fn squeeze(salon: &Salon, round: i64) -> (bool, bool) {
    let staff = salon.company.staff[0].clone();
    let first: DateTime<FixedOffset> = salon.first_start(&salon.company.staff[1]).await.parse().expect("an instant");
    let x = first + Duration::days(round);
    let y = x + Duration::hours(3);
    let line = salon.line(&staff);
    let long = json!({
        "locationId": salon.company.location, "startsAt": x.to_rfc3339(), "clientId": salon.company.visitor,
        "lines": [line, line], "idempotencyKey": key(),
    });
    let admin = &salon.company.administrator;
    let long = admin.done("bookingCreate", long, "booking { id version startsAt }").await["booking"].clone();
    let short = book(salon, 0, y).await;
    let second_hour = (y + Duration::hours(1)).to_rfc3339();
    let (swapped, booked) = tokio::join!(
        admin.mutate("bookingSwap", swap(&long, &short), STATE),
        salon.race(4, "booking { id }", |number| salon.visit(&staff, &second_hour, number)),
    );
    assert!(swapped.answer.errors.is_empty(), "{}", swapped.answer);
    let changed = !swapped.value()["booking"].is_null();
    let (won, refused) = outcome(&booked, "bookingCreate");
    assert!(refused.iter().all(|code| code == "SLOT_TAKEN"), "{refused:?}");
    let expected = if changed { (y, x) } else { (x, y) };
    assert_eq!((start_of(salon, &long).await, start_of(salon, &short).await), expected, "both or neither");
    (changed, !won.is_empty())
}

harness::api_test! {
    async fn a_swap_and_a_stranger_never_share_an_hour(engine: Engine) {
        let salon = Salon::open(engine, "").await;
        for round in 0..6 {
            let (changed, booked) = squeeze(&salon, round).await;
            assert!(changed != booked, "round {round}: {changed} {booked}");
        }
        assert_eq!(salon.deadlocks().await, 0);
        let (healthy, report) = salon.doctor().await;
        assert!(healthy, "{report}");
    }
}

harness::api_test! {
    async fn control_without_any_guard_a_swap_and_a_stranger_share_an_hour(engine: Engine) {
        let salon = Salon::open(engine, CONSTRAINT_ALONE).await;
        salon.drop_constraint().await;
        let (changed, booked) = squeeze(&salon, 0).await;
        assert!(changed && booked, "the race would pass without any guard, so it shows nothing");
        let (healthy, report) = salon.doctor().await;
        assert!(!healthy, "the doctor overlooks a double booking: {report}");
    }
}
