//! A calendar of busy time comes in at the very moment at which strangers book that time: each visit is either refused or
//! listed.

use chrono::{DateTime, Duration, FixedOffset};
use serde_json::json;

use super::salon::{Salon, Tally};

const GUESTS: usize = 6;

/// Brings in busy days of one of the staff while they are booked; gives the visits that were made and not listed.
async fn unseen(salon: &Salon, rounds: i64) -> Vec<String> {
    let (staff, admin) = (salon.company.staff[0].clone(), &salon.company.administrator);
    let first: DateTime<FixedOffset> = salon.first_start(&staff).await.parse().expect("an instant");
    let mut tally = Tally::default();
    for round in 0..rounds {
        let start = first + Duration::days(round);
        let text = format!(
            "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:{}\r\nDURATION:PT9H\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
            start.to_utc().format("%Y%m%dT%H%M%SZ")
        );
        let busy = json!({ "staffId": staff, "name": "Особистий", "text": text });
        let (imported, answers) = tokio::join!(
            admin.done("busyCalendarImport", busy, "busyCalendar { rangeCount } affectedBookings { id }"),
            salon.race(GUESTS, "booking { id }", |number| {
                let at = start + Duration::hours(i64::try_from(number).expect("small"));
                salon.visit(&staff, &at.to_rfc3339(), number)
            }),
        );
        assert_eq!(imported["busyCalendar"]["rangeCount"], 1);
        tally.add(&answers, "SLOT_TAKEN", &imported["affectedBookings"]);
    }
    tally.unseen(GUESTS * usize::try_from(rounds).expect("small"))
}

harness::api_test! {
    async fn a_visit_in_time_that_becomes_busy_is_refused_or_listed(engine: Engine) {
        let salon = Salon::open(engine, "staff.busy.before_commit=sleep(40)").await;
        assert_eq!(unseen(&salon, 8).await, Vec::<String>::new());
        assert_eq!(salon.deadlocks().await, 0);
    }
}

harness::api_test! {
    /// Without the locks a visit is made between the list and the commit, and nobody is told. On SQLite there is nothing to
    /// take away: its single writer is the lock.
    async fn control_without_the_locks_a_visit_in_busy_time_is_overlooked(engine: Engine) {
        if engine.is_embedded() {
            return;
        }
        let salon = Salon::open(engine, "db.lock_schedules.skip=return;staff.busy.before_commit=sleep(400)").await;
        assert!(!unseen(&salon, 4).await.is_empty(), "the race would pass without any lock, so it shows nothing");
    }
}
