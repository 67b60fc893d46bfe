//! A day is published as free at the very moment at which strangers book it: each visit is either refused or listed. And
//! planners who draft days of one month at once do not lose each other's.

use chrono::{DateTime, Datelike as _, Days, Duration, FixedOffset, Months};
use futures_util::future::join_all;
use serde_json::json;

use super::salon::{Salon, Tally};

const GUESTS: usize = 6;

/// Publishes free days of one of the staff while they are booked; gives the visits that were made and not listed.
async fn unseen(salon: &Salon, rounds: i64) -> Vec<String> {
    let (staff, admin) = (salon.company.staff[0].clone(), &salon.company.administrator);
    let first: DateTime<FixedOffset> = salon.first_start(&staff).await.parse().expect("an instant");
    let mut tally = Tally::default();
    for round in 0..rounds {
        let start = first + Duration::days(round);
        let date = start.date_naive().to_string();
        let free = json!({ "shifts": [{
            "staffId": staff, "locationId": salon.company.location, "dates": [date], "intervals": [],
        }] });
        admin.done("shiftDraftsSet", free, "shifts { date }").await;
        let publish = json!({ "from": date, "to": date, "staffIds": [staff] });
        let (published, answers) = tokio::join!(
            admin.done("shiftPlanPublish", publish, "shifts { date } affectedBookings { id }"),
            salon.race(GUESTS, "booking { id }", |number| {
                let at = start + Duration::hours(i64::try_from(number).expect("small"));
                salon.visit(&staff, &at.to_rfc3339(), number)
            }),
        );
        assert_eq!(published["shifts"].as_array().map(Vec::len), Some(1));
        tally.add(&answers, "OUTSIDE_WORKING_HOURS", &published["affectedBookings"]);
    }
    tally.unseen(GUESTS * usize::try_from(rounds).expect("small"))
}

harness::api_test! {
    async fn a_visit_on_a_day_that_becomes_free_is_refused_or_listed(engine: Engine) {
        let salon = Salon::open(engine, "staff.plan.before_commit=sleep(40)").await;
        assert_eq!(unseen(&salon, 8).await, Vec::<String>::new());
        assert_eq!(salon.deadlocks().await, 0);
    }
}

harness::api_test! {
    /// Without the locks a visit is made between the list and the commit, and nobody is told. On SQLite there is nothing to
    /// take away: its single writer is the lock.
    async fn control_without_the_locks_a_visit_is_overlooked(engine: Engine) {
        if engine.is_embedded() {
            return;
        }
        let salon = Salon::open(engine, "db.lock_schedules.skip=return;staff.plan.before_commit=sleep(400)").await;
        assert!(!unseen(&salon, 4).await.is_empty(), "the race would pass without any lock, so it shows nothing");
    }
}

/// Drafts as many days of one month at once; gives how many are drafted afterwards.
async fn drafted_at_once(salon: &Salon, many: u64) -> usize {
    let (staff, admin) = (salon.company.staff[0].clone(), &salon.company.administrator);
    let first: DateTime<FixedOffset> = salon.first_start(&staff).await.parse().expect("an instant");
    let month = (first.date_naive() + Months::new(1)).with_day(1).expect("a first day");
    let drafts = (0..many).map(|day| {
        let shifts = json!([{
            "staffId": staff, "locationId": salon.company.location, "dates": [(month + Days::new(day)).to_string()],
            "intervals": [{ "startsAt": "10:00", "endsAt": "12:00" }],
        }]);
        admin.mutate("shiftDraftsSet", json!({ "shifts": shifts }), "shifts { date }")
    });
    join_all(drafts).await;
    let query = "query($from: LocalDate!, $to: LocalDate!) { shiftDrafts(from: $from, to: $to) { date } }";
    let to = month + Days::new(27);
    let data = admin.data(query, json!({ "from": month.to_string(), "to": to.to_string() })).await;
    data["shiftDrafts"].as_array().map_or(0, Vec::len)
}

harness::api_test! {
    async fn days_that_are_drafted_at_once_are_all_kept(engine: Engine) {
        let salon = Salon::open(engine, "").await;
        assert_eq!(drafted_at_once(&salon, 20).await, 20);
        assert_eq!(salon.deadlocks().await, 0);
    }
}

harness::api_test! {
    /// Without the locks some are lost or fail; on SQLite there is nothing to take away.
    async fn control_without_the_locks_drafts_are_lost(engine: Engine) {
        if engine.is_embedded() {
            return;
        }
        let salon = Salon::open(engine, "db.lock_schedules.skip=return").await;
        assert!(drafted_at_once(&salon, 20).await < 20, "the race would pass without any lock, so it shows nothing");
    }
}
