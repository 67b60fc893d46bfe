//! Two managers give visits to other people at once: each visit changes hands once, whoever was late is told so, and nobody
//! gets two visits of one time.

use chrono::{DateTime, Duration, FixedOffset};
use harness::{Client, hire, key};
use serde_json::{Value, json};

use super::salon::Salon;

const NO_VERSIONS: &str = "bookings.skip_version=return";
/// Locks and the overlap rule are off: what is left is the database's constraint.
const CONSTRAINT_ALONE: &str = "bookings.skip_row_lock_and_overlap=return;db.lock_schedules.skip=return";
const RESULTS: &str = "results { bookingId booking { version lines { staff { id } } } userErrors { code field }
    violations { rule staffId bookings { id } } }";

/// A company with three people, and a manager at each of its servers.
struct Desk {
    salon: Salon,
    managers: [Client; 2],
    people: [String; 3],
    first: DateTime<FixedOffset>,
}

impl Desk {
    async fn open(engine: harness::Engine, faults: &str) -> Self {
        let salon = Salon::open(engine, faults).await;
        let company = &salon.company;
        let token = company.administrator.token().expect("a token");
        let at = |page: &Client| Client::new(page.base()).with_token(token.to_owned());
        let managers = [at(&salon.pages[0]), at(&salon.pages[salon.pages.len() - 1])];
        let olya = hire(&company.administrator, "Оля", &company.location, &company.service).await;
        let [ira, marko] = company.staff.clone();
        let first = salon.first_start(&ira).await.parse().expect("an instant");
        Self { managers, people: [ira, marko, olya], first, salon }
    }

    /// A visit of the first, second or third of the people.
    async fn book(&self, person: usize, start: DateTime<FixedOffset>) -> String {
        let visit = json!({
            "locationId": self.salon.company.location, "startsAt": start.to_rfc3339(), "idempotencyKey": key(),
            "clientId": self.salon.company.visitor, "lines": [self.salon.line(&self.people[person])],
        });
        let made = self.salon.company.administrator.done("bookingCreate", visit, "booking { id }").await;
        made["booking"]["id"].as_str().expect("an id").to_owned()
    }

    /// One of the managers gives visits of somebody to somebody else: what became of each, by id.
    async fn give(&self, manager: usize, bookings: &[String], from: usize, to: usize) -> Vec<Value> {
        let input = json!({
            "bookingIds": bookings, "fromStaffId": self.people[from], "staffId": self.people[to], "idempotencyKey": key(),
        });
        let done = self.managers[manager].done("bookingsReassign", input, RESULTS).await;
        let mut results = done["results"].as_array().expect("results").clone();
        results.sort_by_key(|result| result["bookingId"].to_string());
        results
    }

    /// Which version a visit has, and whose it is.
    async fn stands(&self, booking: &Value) -> Value {
        let query = "query($id: ID!) { booking(id: $id) { version lines { staff { id } } } }";
        self.salon.company.administrator.data(query, json!({ "id": booking })).await["booking"].clone()
    }
}

/// Both give the same four visits away, in opposite order and to different people; how often both were served.
async fn tug(desk: &Desk, rounds: i64, is_guarded: bool) -> usize {
    let mut both = 0;
    for round in 0..rounds {
        let mut bookings = Vec::new();
        for hour in 0..4 {
            bookings.push(desk.book(0, desk.first + Duration::days(round) + Duration::hours(hour)).await);
        }
        let backwards: Vec<String> = bookings.iter().rev().cloned().collect();
        let (there, back) = tokio::join!(desk.give(0, &bookings, 0, 1), desk.give(1, &backwards, 0, 2));
        for (one, other) in there.iter().zip(&back) {
            assert_eq!(one["bookingId"], other["bookingId"]);
            let served: Vec<&Value> = [one, other].into_iter().filter(|result| !result["booking"].is_null()).collect();
            both += usize::from(served.len() == 2);
            if is_guarded {
                let [served] = served[..] else { panic!("round {round}: {one} {other}") };
                let late = if one["booking"].is_null() { one } else { other };
                let code = &late["userErrors"][0]["code"];
                assert!(["VERSION_CONFLICT", "NOTHING_TO_CHANGE"].iter().any(|it| code == it), "{late}");
                assert_eq!(desk.stands(&one["bookingId"]).await, served["booking"]);
                assert_eq!(served["booking"]["version"], 2);
            }
        }
    }
    both
}

harness::api_test! {
    async fn of_two_who_reassign_the_same_visits_each_is_told_the_truth(engine: Engine) {
        let desk = Desk::open(engine, "").await;
        assert_eq!(tug(&desk, 6, true).await, 0);
        assert_eq!(desk.salon.deadlocks().await, 0);
        let (healthy, report) = desk.salon.doctor().await;
        assert!(healthy, "{report}");
    }
}

harness::api_test! {
    async fn control_without_versions_both_believe_that_they_gave_it_away(engine: Engine) {
        let desk = Desk::open(engine, NO_VERSIONS).await;
        assert!(tug(&desk, 6, false).await > 0, "the race would pass without versions, so it shows nothing");
    }
}

/// Visits of two people at one time are given to the third, who was free: how many they got.
async fn squeeze(desk: &Desk, rounds: i64, is_guarded: bool) -> Vec<usize> {
    let mut got = Vec::new();
    for round in 0..rounds {
        let start = desk.first + Duration::days(round);
        let (one, other) = (desk.book(0, start).await, desk.book(1, start).await);
        let (mine, yours) = tokio::join!(
            desk.give(0, std::slice::from_ref(&one), 0, 2),
            desk.give(1, std::slice::from_ref(&other), 1, 2)
        );
        let results = [&mine[0], &yours[0]];
        let is_served = |result: &&&Value| !result["booking"].is_null();
        if is_guarded {
            let (won, lost): (Vec<&Value>, Vec<&Value>) = results.into_iter().partition(|result| is_served(&result));
            let [lost] = lost[..] else { panic!("round {round}: {} {}", mine[0], yours[0]) };
            assert_eq!(lost["userErrors"], json!([{ "code": "SLOT_TAKEN", "field": "bookingIds.0" }]));
            let in_the_way = json!([{ "rule": "STAFF_BUSY", "staffId": desk.people[2], "bookings": [{ "id": won[0]["bookingId"] }] }]);
            assert_eq!(lost["violations"], in_the_way);
        }
        got.push(results.iter().filter(is_served).count());
    }
    got
}

harness::api_test! {
    async fn of_two_visits_of_one_time_one_goes_to_who_is_free(engine: Engine) {
        let desk = Desk::open(engine, "").await;
        assert_eq!(squeeze(&desk, 6, true).await, [1; 6]);
        assert_eq!(desk.salon.deadlocks().await, 0);
        let (healthy, report) = desk.salon.doctor().await;
        assert!(healthy, "{report}");
    }
}

harness::api_test! {
    async fn control_without_any_guard_one_person_gets_both(engine: Engine) {
        let desk = Desk::open(engine, CONSTRAINT_ALONE).await;
        desk.salon.drop_constraint().await;
        assert!(squeeze(&desk, 2, false).await.contains(&2), "the race would pass without any guard, so it shows nothing");
        let (healthy, report) = desk.salon.doctor().await;
        assert!(!healthy, "the doctor overlooks a double booking: {report}");
    }
}
