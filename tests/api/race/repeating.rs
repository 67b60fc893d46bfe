//! Seats are booked at the very moment at which all sessions of a repetition are moved, or called off.

use harness::key;
use serde_json::{Value, json};

use super::salon::{Salon, outcome};
use super::seats::next_week;
use crate::groups::{Studio, seats};

const GUESTS: usize = 24;
const SEATS: u16 = 5;

/// The rows of sessions are not locked: a seat is decided beside a change of its session.
const NO_ROW_LOCK: &str = "sessions.skip_row_lock=return";

/// Three sessions in a row from this start on.
async fn planned(studio: &Studio<'_>, starts_at: &str) -> Vec<String> {
    let mut wish = studio.session(starts_at, SEATS);
    wish["recurrence"] = json!({ "rule": "FREQ=DAILY;COUNT=3" });
    wish["mode"] = json!("ALL_OR_NOTHING");
    let planned = studio.desk.done("groupSessionsCreate", wish, "groupSessions { id }").await;
    let ids = planned["groupSessions"].as_array().expect("sessions").clone();
    ids.iter().map(|one| one["id"].as_str().expect("an id").to_owned()).collect()
}

/// Strangers book seats of each session while `change` is made of all of them: the sessions afterwards.
async fn race(salon: &Salon, studio: &Studio<'_>, mutation: &'static str, change: Value) -> Vec<Value> {
    let sessions = planned(studio, &next_week()).await;
    let mut input = json!({ "id": sessions[0], "version": 1, "scope": "ALL", "idempotencyKey": key() });
    input.as_object_mut().expect("an object").extend(change.as_object().expect("an object").clone());
    let (changed, answers) = tokio::join!(
        studio.desk.mutate(mutation, input, "groupSessions { id }"),
        salon.race(GUESTS, "booking { id }", |number| seats(&sessions[number % 3], 1)),
    );
    assert_eq!(changed.value()["groupSessions"].as_array().map(Vec::len), Some(3), "{}", changed.answer);
    let (_, refused) = outcome(&answers, "bookingCreate");
    let expected = ["SESSION_FULL", "SESSION_NOT_OPEN"];
    assert!(refused.iter().all(|code| expected.contains(&code.as_str())), "{refused:?}");
    let mut after = Vec::new();
    for id in &sessions {
        after.push(studio.see(id).await);
    }
    after
}

/// Calls all of them off, and frees their time for the next round: how many are left in a session that does not take place.
async fn left_behind(salon: &Salon, rounds: usize) -> usize {
    let studio = Studio::new(&salon.company).await;
    let mut left = 0;
    for _ in 0..rounds {
        for session in race(salon, &studio, "groupSessionsCancel", json!({ "reason": "OTHER" })).await {
            assert_eq!(session["status"], "CANCELLED");
            let roster = session["roster"].as_array().expect("a roster").clone();
            assert_eq!(session["seatsTaken"], roster.len());
            left += roster.len();
        }
    }
    left
}

harness::api_test! {
    async fn nobody_is_left_in_a_session_that_was_called_off(engine: Engine) {
        let salon = Salon::open(engine, "").await;
        assert_eq!(left_behind(&salon, 4).await, 0);
        assert_eq!(salon.deadlocks().await, 0);
        let (healthy, report) = salon.doctor().await;
        assert!(healthy, "{report}");
    }
}

harness::api_test! {
    async fn control_without_the_lock_of_their_rows_somebody_is_left(engine: Engine) {
        if engine.is_embedded() {
            return; // A single writer: there is no lock to take away.
        }
        let salon = Salon::open(engine, NO_ROW_LOCK).await;
        assert!(left_behind(&salon, 8).await > 0, "the race would pass without the lock, so it shows nothing");
        let (healthy, report) = salon.doctor().await;
        assert!(!healthy, "the doctor overlooks a seat in a session that was called off: {report}");
    }
}

harness::api_test! {
    async fn whoever_gets_a_seat_sits_where_the_session_went(engine: Engine) {
        let salon = Salon::open(engine, "").await;
        let mut studio = Studio::new(&salon.company).await;
        studio.automate().await;
        for session in race(&salon, &studio, "groupSessionsReschedule", json!({ "time": "17:00" })).await {
            let roster = session["roster"].as_array().expect("a roster").clone();
            assert_eq!((roster.len(), &session["seatsTaken"]), (SEATS.into(), &json!(SEATS)));
            assert!(roster.iter().all(|seat| seat["startsAt"] == session["startsAt"]), "{session}");
        }
        assert_eq!(salon.deadlocks().await, 0);
        let (healthy, report) = salon.doctor().await;
        assert!(healthy, "{report}");
    }
}
