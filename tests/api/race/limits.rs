//! Many visits at different hours of one day, of which a limit lets some through: no constraint of the database could say
//! which, only the locks under which the day is counted. The control takes the locks away.

use chrono::{DateTime, Duration, FixedOffset};
use futures_util::future::join_all;
use harness::key;
use serde_json::{Value, json};

use super::salon::{Salon, outcome};

/// One for each hour at which a visit may start.
const HOURS: usize = 9;
/// Days that are raced for: a race that is won by chance once is not won every time.
const DAYS: i64 = 6;
const NO_LOCKS: &str = "db.lock_schedules.skip=return";

async fn limit(salon: &Salon, limits: Value) {
    let admin = &salon.company.administrator;
    let version = admin.data("{ company { version } }", Value::Null).await["company"]["version"].clone();
    let input = json!({ "version": version, "bookingLimits": limits });
    admin.done("companyUpdate", input, "company { version }").await;
}

/// The dates raced for, from the day after the first free one on.
async fn dates(salon: &Salon) -> Vec<String> {
    let first: DateTime<FixedOffset> = salon.first_start(&salon.company.staff[0]).await.parse().expect("an instant");
    (1..=DAYS).map(|day| (first + Duration::days(day)).date_naive().to_string()).collect()
}

async fn start(salon: &Salon, staff: &str, date: &str, number: usize) -> String {
    // The offset of the date, whatever season the test is run in.
    let visit = json!({ "locationId": salon.company.location, "lines": [salon.line(staff)] });
    let query = "query($visit: AvailabilityVisitInput!, $date: LocalDate!) {
        availability(visit: $visit, from: $date, to: $date) { slots { startsAt localTime } } }";
    let found = salon.company.administrator.data(query, json!({ "visit": visit, "date": date })).await;
    let wanted = format!("{:02}:00", 9 + number);
    let slots = found["availability"]["slots"].as_array().expect("slots").clone();
    let slot = slots.iter().find(|slot| slot["localTime"].as_str().is_some_and(|time| time.starts_with(&wanted)));
    slot.and_then(|slot| slot["startsAt"].as_str()).expect("a free hour").to_owned()
}

async fn starts(salon: &Salon, staff: &str, date: &str) -> Vec<String> {
    let mut starts = Vec::with_capacity(HOURS);
    for number in 0..HOURS {
        starts.push(start(salon, staff, date, number).await);
    }
    starts
}

/// Strangers book one person's hours of a day, each another one; how many were let through on each day, and the codes of the
/// others.
async fn race_for_a_person(salon: &Salon) -> (Vec<usize>, Vec<String>) {
    let staff = salon.company.staff[0].clone();
    let (mut won, mut refused) = (Vec::new(), Vec::new());
    for date in dates(salon).await {
        let starts = starts(salon, &staff, &date).await;
        let answers = salon.race(HOURS, "booking { id }", |number| salon.visit(&staff, &starts[number], number)).await;
        let (through, others) = outcome(&answers, "bookingCreate");
        won.push(through.len());
        refused.extend(others);
    }
    (won, refused)
}

/// Staff book one client's visits of a day, each at another hour.
async fn race_for_a_client(salon: &Salon) -> (Vec<usize>, Vec<String>) {
    let company = &salon.company;
    let (mut won, mut refused) = (Vec::new(), Vec::new());
    for date in dates(salon).await {
        let starts = starts(salon, &company.staff[1], &date).await;
        let booked = starts.iter().map(|start| {
            let input = json!({
                "locationId": company.location, "startsAt": start, "clientId": company.visitor, "idempotencyKey": key(),
                "lines": [salon.line(&company.staff[1])],
            });
            company.administrator.mutate("bookingCreate", input, "booking { id }")
        });
        let answers = join_all(booked).await;
        won.push(answers.iter().filter(|answer| answer.refusals().is_empty()).count());
        refused.extend(answers.iter().flat_map(harness::Payload::refusals));
    }
    (won, refused)
}

harness::api_test! {
    async fn a_persons_day_takes_as_many_as_it_may(engine: Engine) {
        let salon = Salon::open(engine, "").await;
        limit(&salon, json!({ "staffDaily": 2 })).await;
        let (won, refused) = race_for_a_person(&salon).await;
        assert_eq!(won, vec![2; won.len()]);
        // Strangers are told that the time is not free, and nothing of the limit.
        assert_eq!(refused, vec!["SLOT_TAKEN"; won.len() * (HOURS - 2)]);
        assert_eq!(salon.deadlocks().await, 0);
    }
}

harness::api_test! {
    async fn a_clients_day_takes_as_many_as_it_may(engine: Engine) {
        let salon = Salon::open(engine, "").await;
        limit(&salon, json!({ "clientDaily": 3 })).await;
        let (won, refused) = race_for_a_client(&salon).await;
        assert_eq!(won, vec![3; won.len()]);
        assert_eq!(refused, vec!["CLIENT_DAY_FULL@startsAt"; won.len() * (HOURS - 3)]);
        assert_eq!(salon.deadlocks().await, 0);
    }
}

harness::api_test! {
    async fn control_without_the_locks_more_get_through(engine: Engine) {
        let is_embedded = engine.is_embedded();
        let salon = Salon::open(engine, NO_LOCKS).await;
        limit(&salon, json!({ "staffDaily": 2 })).await;
        let people = race_for_a_person(&salon).await.0;
        limit(&salon, json!({ "staffDaily": null, "clientDaily": 3 })).await;
        let clients = race_for_a_client(&salon).await.0;
        if is_embedded {
            // The only writer is the lock: there is none to take away.
            assert_eq!((people.iter().max(), clients.iter().max()), (Some(&2), Some(&3)));
        } else {
            assert!(people.iter().any(|won| *won > 2), "{people:?}: the race for a person shows nothing");
            assert!(clients.iter().any(|won| *won > 3), "{clients:?}: the race for a client shows nothing");
        }
    }
}
