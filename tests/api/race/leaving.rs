//! Somebody leaves, is off or works other hours at the very moment at which strangers book them: each visit is either refused
//! or listed as broken, never made and forgotten.

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, FixedOffset};
use harness::{every_day, hire};
use serde_json::{Value, json};

use super::salon::{Salon, outcome};

const GUESTS: usize = 4;
const AFFECTED: &str = "affectedBookings { id }";

/// What happens to somebody who is being booked.
#[derive(Clone, Copy)]
enum Change {
    Leaves,
    WorksLess,
    IsOff,
}

impl Change {
    /// Does it, and gives the visits that it hit.
    async fn make(self, salon: &Salon, staff: &str, start: DateTime<FixedOffset>) -> Value {
        let admin = &salon.company.administrator;
        let query = "query($id: ID!) { staffMember(id: $id) { version } }";
        let version = admin.data(query, json!({ "id": staff })).await["staffMember"]["version"].clone();
        let done = match self {
            Self::Leaves => {
                admin.done("staffMemberArchive", json!({ "id": staff, "version": version }), AFFECTED).await
            }
            Self::WorksLess => {
                let hours = json!({
                    "staffId": staff, "version": version, "locationId": salon.company.location,
                    "templates": [{ "intervals": every_day("09:00", "09:15") }],
                });
                admin.done("staffHoursSet", hours, AFFECTED).await
            }
            Self::IsOff => {
                let (from, to) = (start - Duration::days(1), start + Duration::days(10));
                let off = json!({ "staffId": staff, "startsAt": from.to_rfc3339(), "endsAt": to.to_rfc3339() });
                admin.done("timeOffRequest", off, AFFECTED).await
            }
        };
        done["affectedBookings"].clone()
    }

    const fn codes(self) -> &'static [&'static str] {
        match self {
            Self::Leaves => &["ARCHIVED", "NOT_FOUND", "STAFF_NOT_EMPLOYED", "OUTSIDE_WORKING_HOURS"],
            Self::WorksLess => &["OUTSIDE_WORKING_HOURS"],
            // Strangers are not told why somebody has no time.
            Self::IsOff => &["SLOT_TAKEN"],
        }
    }
}

/// Each change of somebody new while they are booked; the visits that were made and not listed.
async fn unseen(salon: &Salon, rounds: i64) -> Vec<String> {
    let mut unseen = Vec::new();
    for round in 0..rounds {
        for change in [Change::Leaves, Change::WorksLess, Change::IsOff] {
            let company = &salon.company;
            let staff = hire(&company.administrator, "Тимчасова", &company.location, &company.service).await;
            let first: DateTime<FixedOffset> = salon.first_start(&staff).await.parse().expect("an instant");
            let start = first + Duration::days(round);
            let (listed, answers) = tokio::join!(
                change.make(salon, &staff, start),
                salon.race(GUESTS, "booking { id }", |number| {
                    let at = start + Duration::hours(i64::try_from(number).expect("small"));
                    salon.visit(&staff, &at.to_rfc3339(), number)
                }),
            );
            let listed: BTreeSet<&str> =
                listed.as_array().into_iter().flatten().filter_map(|booking| booking["id"].as_str()).collect();
            let (gone, answers): (Vec<_>, Vec<_>) =
                answers.into_iter().partition(|answer| answer.codes() == ["NOT_FOUND"]);
            assert!(gone.is_empty() || matches!(change, Change::Leaves), "{gone:?}");
            let (won, lost) = outcome(&answers, "bookingCreate");
            assert!(lost.iter().all(|code| change.codes().contains(&code.as_str())), "{lost:?}");
            let won: Vec<String> =
                won.iter().filter_map(|payload| payload["booking"]["id"].as_str().map(str::to_owned)).collect();
            assert!(listed.iter().all(|id| won.iter().any(|made| made == id)), "a visit is listed that was not made");
            unseen.extend(won.into_iter().filter(|id| !listed.contains(id.as_str())));
        }
    }
    unseen
}

harness::api_test! {
    async fn a_visit_of_somebody_who_leaves_is_refused_or_listed(engine: Engine) {
        let salon = Salon::open(engine, "staff.affected.after=sleep(30)").await;
        assert_eq!(unseen(&salon, 3).await, Vec::<String>::new());
        assert_eq!(salon.deadlocks().await, 0);
    }
}

harness::api_test! {
    /// Without the locks a visit is made between the list and the commit, and nobody is told. On SQLite there is nothing to
    /// take away: its single writer is the lock.
    async fn control_without_the_locks_a_visit_is_forgotten(engine: Engine) {
        if engine.is_embedded() {
            return;
        }
        let salon = Salon::open(engine, "db.lock_schedules.skip=return;staff.affected.after=sleep(400)").await;
        assert!(!unseen(&salon, 1).await.is_empty(), "the race would pass without any lock, so it shows nothing");
    }
}
