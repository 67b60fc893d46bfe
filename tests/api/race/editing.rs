//! Two people change one booking at once, or want one time for two: the first is served, the other is told so.

use chrono::{DateTime, Duration, FixedOffset, SubsecRound as _, Utc};
use harness::{Client, Payload, key};
use serde_json::{Value, json};

use super::salon::Salon;

/// Nobody looks at versions, and nothing keeps two of one time apart but what the database itself says.
const NO_VERSIONS: &str = "bookings.skip_version=return";
const CONSTRAINT_ALONE: &str = "bookings.skip_row_lock_and_overlap=return;db.lock_schedules.skip=return";
const STATE: &str = "booking { id version status startsAt } current { id version status startsAt }";

/// Two managers, each at a server of their own where there are two.
fn managers(salon: &Salon) -> [Client; 2] {
    let token = salon.company.administrator.token().expect("a token");
    let at = |page: &Client| Client::new(page.base()).with_token(token.to_owned());
    [at(&salon.pages[0]), at(&salon.pages[salon.pages.len() - 1])]
}

async fn book(salon: &Salon, start: &str, more: Value) -> Value {
    let mut visit = json!({
        "locationId": salon.company.location, "startsAt": start, "clientId": salon.company.visitor,
        "lines": [salon.line(&salon.company.staff[0])], "idempotencyKey": key(),
    });
    if let (Some(visit), Value::Object(more)) = (visit.as_object_mut(), more) {
        visit.extend(more);
    }
    let made = salon.company.administrator.done("bookingCreate", visit, "booking { id version lines { id } }").await;
    made["booking"].clone()
}

fn is_done(payload: &Payload) -> bool {
    assert!(payload.answer.errors.is_empty(), "{}", payload.answer);
    !payload.value()["booking"].is_null()
}

/// What stands of a booking: version, start, how many lines, its note.
async fn stands(salon: &Salon, booking: &Value) -> Value {
    let query = "query($id: ID!) { booking(id: $id) { version status startsAt clientNote lines { durationMinutes } } }";
    salon.company.administrator.data(query, json!({ "id": booking["id"] })).await["booking"].clone()
}

/// One manager adds a line, the other moves the visit or notes something, both on what they saw; who was served in each round.
/// Where versions are guarded the other one is told what the booking is now, and it is what the first made of it.
async fn edits(salon: &Salon, rounds: i64, is_guarded: bool) -> Vec<[bool; 2]> {
    let [one, other] = managers(salon);
    let first: DateTime<FixedOffset> = salon.first_start(&salon.company.staff[0]).await.parse().expect("an instant");
    let mut served = Vec::new();
    for round in 0..rounds {
        let start = first + Duration::days(round);
        let booked = book(salon, &start.to_rfc3339(), json!({})).await;
        let step = |more: Value| {
            let mut input = json!({ "id": booked["id"], "version": booked["version"] });
            input.as_object_mut().expect("fields").extend(more.as_object().expect("fields").clone());
            input
        };
        let lines = json!([{ "lineId": booked["lines"][0]["id"] }, salon.line(&salon.company.staff[1])]);
        let lines = step(json!({ "lines": lines, "idempotencyKey": key() }));
        let later = (start + Duration::hours(3)).to_rfc3339();
        let (operation, against) = if round % 2 == 0 {
            ("bookingReschedule", step(json!({ "startsAt": later, "idempotencyKey": key() })))
        } else {
            ("bookingUpdate", step(json!({ "clientNote": "Прийде з дитиною" })))
        };
        let (grown, changed) =
            tokio::join!(one.mutate("bookingLinesUpdate", lines, STATE), other.mutate(operation, against, STATE),);
        let done = [is_done(&grown), is_done(&changed)];
        let late = if done[0] { &changed } else { &grown };
        if is_guarded {
            assert_eq!(late.refusals(), ["VERSION_CONFLICT@version"]);
            assert_eq!(late.value()["current"]["version"], 2, "{}", late.answer);
            let now = stands(salon, &booked).await;
            let expected = if done[0] { (2, false) } else { (1, true) };
            let is_changed = !now["clientNote"].is_null()
                || now["startsAt"].as_str().and_then(|at| at.parse::<DateTime<FixedOffset>>().ok()) != Some(start);
            assert_eq!((now["lines"].as_array().map_or(0, Vec::len), is_changed), expected, "{now}");
        }
        served.push(done);
    }
    served
}

harness::api_test! {
    async fn of_two_who_edit_one_booking_the_second_is_told_what_it_is_now(engine: Engine) {
        let salon = Salon::open(engine, "").await;
        for done in edits(&salon, 10, true).await {
            assert_eq!(done.iter().filter(|done| **done).count(), 1, "{done:?}");
        }
        assert_eq!(salon.deadlocks().await, 0);
        let (healthy, report) = salon.doctor().await;
        assert!(healthy, "{report}");
    }
}

harness::api_test! {
    async fn control_without_versions_both_believe_that_they_were_served(engine: Engine) {
        let salon = Salon::open(engine, NO_VERSIONS).await;
        let both = edits(&salon, 6, false).await.into_iter().filter(|done| *done == [true, true]).count();
        assert!(both > 0, "the race would pass without versions, so it shows nothing");
    }
}

/// A pending visit is accepted, declined and called off at once; the states that the three were answered with.
async fn answers(salon: &Salon, round: i64) -> (Vec<String>, Value) {
    let [one, other] = managers(salon);
    let first: DateTime<FixedOffset> = salon.first_start(&salon.company.staff[0]).await.parse().expect("an instant");
    let start = (first + Duration::days(round)).to_rfc3339();
    let visit = salon.visit(&salon.company.staff[0], &start, usize::try_from(round).expect("small"));
    let booked = salon.pages[0].done("bookingCreate", visit, "booking { id version status }").await["booking"].clone();
    assert_eq!(booked["status"], "PENDING");
    let step = || json!({ "id": booked["id"], "version": booked["version"] });
    let ending =
        || json!({ "id": booked["id"], "version": booked["version"], "reason": "OTHER", "idempotencyKey": key() });
    let (confirmed, declined, cancelled) = tokio::join!(
        one.mutate("bookingConfirm", step(), STATE),
        other.mutate("bookingDecline", ending(), STATE),
        one.mutate("bookingCancel", ending(), STATE),
    );
    let told = [&confirmed, &declined, &cancelled];
    for late in told.iter().filter(|payload| !is_done(payload)) {
        let refusals = late.refusals();
        assert!(["VERSION_CONFLICT@version", "WRONG_STATUS"].contains(&refusals[0].as_str()), "{refusals:?}");
    }
    let served = told.iter().filter(|payload| is_done(payload));
    let served = served.map(|payload| payload.value()["booking"]["status"].as_str().expect("a status").to_owned());
    (served.collect(), stands(salon, &booked).await["status"].clone())
}

/// From now on clients' visits wait for approval.
async fn approve(salon: &Salon) {
    let admin = &salon.company.administrator;
    let version = admin.data("{ company { version } }", Value::Null).await["company"]["version"].clone();
    admin.done("companyUpdate", json!({ "version": version, "approvalRequired": true }), "company { id }").await;
}

harness::api_test! {
    async fn a_pending_visit_is_answered_once(engine: Engine) {
        let salon = Salon::open(engine, "").await;
        approve(&salon).await;
        for round in 0..6 {
            let (served, status) = answers(&salon, round).await;
            assert_eq!(json!(served), json!([status]), "round {round}");
        }
    }
}

harness::api_test! {
    async fn control_without_versions_a_pending_visit_is_answered_twice(engine: Engine) {
        let is_embedded = engine.is_embedded();
        let salon = Salon::open(engine, NO_VERSIONS).await;
        approve(&salon).await;
        let mut most = 0;
        for round in 0..6 {
            most = most.max(answers(&salon, round).await.0.len());
        }
        // The only writer of SQLite makes three changes one after another: the second finds a state that it may not leave,
        // unless it calls off what was just accepted.
        assert!(most > 1 || is_embedded, "the race would pass without versions, so it shows nothing");
    }
}

/// Two visits of one time, both missed, are taken back at once: a missed visit gave its time away, so both had it. How many
/// came back, and the codes of the others.
async fn come_back(salon: &Salon, round: i64) -> (usize, Vec<String>) {
    #[allow(clippy::disallowed_methods, reason = "the servers are processes with the real clock")]
    let now = Utc::now().trunc_subsecs(0);
    let start = now - Duration::seconds(now.timestamp() % 60) - Duration::hours(3 + 2 * round);
    let overrides =
        json!({ "overrides": ["NOT_ON_GRID", "TOO_SOON", "OUTSIDE_OPENING_HOURS", "OUTSIDE_WORKING_HOURS"] });
    let mut missed = Vec::new();
    for _ in 0..2 {
        let booked = book(salon, &start.to_rfc3339(), overrides.clone()).await;
        let step = json!({ "id": booked["id"], "version": 1 });
        missed.push(
            salon.company.administrator.done("bookingNoShow", step, "booking { id version }").await["booking"].clone(),
        );
    }
    let [one, other] = managers(salon);
    let (first, second) = tokio::join!(
        one.mutate("bookingNoShowUndo", missed[0].clone(), STATE),
        other.mutate("bookingNoShowUndo", missed[1].clone(), STATE),
    );
    let back = [&first, &second].into_iter().filter(|payload| is_done(payload)).count();
    (back, first.refusals().into_iter().chain(second.refusals()).collect())
}

harness::api_test! {
    async fn of_two_missed_visits_of_one_time_one_comes_back(engine: Engine) {
        let salon = Salon::open(engine, "").await;
        for round in 0..5 {
            assert_eq!(come_back(&salon, round).await, (1, vec!["SLOT_TAKEN@startsAt".to_owned()]));
        }
        assert_eq!(salon.deadlocks().await, 0);
        let (healthy, report) = salon.doctor().await;
        assert!(healthy, "{report}");
    }
}

harness::api_test! {
    async fn control_without_any_guard_both_missed_visits_come_back(engine: Engine) {
        let salon = Salon::open(engine, CONSTRAINT_ALONE).await;
        salon.drop_constraint().await;
        assert_eq!(come_back(&salon, 0).await.0, 2, "the race would pass without any guard, so it shows nothing");
        let (healthy, report) = salon.doctor().await;
        assert!(!healthy, "the doctor overlooks a double booking: {report}");
    }
}
