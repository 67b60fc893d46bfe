//! A hold runs out at the very moment at which its owner confirms it, many times over, while others want its slot.

use chrono::{Duration, Utc};
use harness::key;
use serde_json::{Value, json};

use super::salon::{Salon, outcome};

/// Half of them are the owner with the token, half are others.
const MANY: usize = 40;

/// Locks and the overlap rule are off; the constraint is dropped as well.
const UNGUARDED: &str = "bookings.skip_row_lock_and_overlap=return;db.lock_schedules.skip=return";

/// How many bookings came of it, how many of them the owner's, and the codes of the others.
async fn race(salon: &Salon) -> (usize, usize, Vec<String>) {
    let staff = salon.company.staff[0].clone();
    let start = salon.first_start(&staff).await;
    let holding = json!({
        "locationId": salon.company.location, "startsAt": start, "lines": [salon.line(&staff)], "idempotencyKey": key(),
    });
    let token = salon.pages[0].done("holdCreate", holding, "token").await["token"].clone();
    // It ends while the requests are under way.
    #[allow(clippy::disallowed_methods, reason = "the servers are processes with the real clock")]
    let now = Utc::now();
    salon.end_holds(now + Duration::milliseconds(150)).await;
    let wish = |number: usize| match number % 2 {
        0 => confirming(&token, number),
        _ => salon.visit(&staff, &start, number),
    };
    let answers = salon.race(MANY, "booking { id }", wish).await;
    let (won, refused) = outcome(&answers, "bookingCreate");
    let owners = answers.iter().step_by(2).filter(|answer| !answer.data["bookingCreate"]["booking"].is_null()).count();
    (won.len(), owners, refused)
}

fn confirming(token: &Value, number: usize) -> Value {
    json!({
        "holdToken": token, "client": { "name": format!("Власник {number}"), "email": format!("owner{number}@example.com") },
        "idempotencyKey": key(),
    })
}

harness::api_test! {
    async fn one_of_them_gets_the_slot_and_the_hold_ends_once(engine: Engine) {
        let salon = Salon::open(engine, "").await;
        let (won, owners, refused) = race(&salon).await;
        assert_eq!(won, 1, "{refused:?}");
        assert!(owners <= 1);
        assert!(refused.iter().all(|code| ["SLOT_TAKEN", "HOLD_ENDED"].contains(&code.as_str())), "{refused:?}");
        assert_eq!(salon.deadlocks().await, 0);
        let (healthy, report) = salon.doctor().await;
        assert!(healthy, "{report}");
    }
}

harness::api_test! {
    async fn control_without_any_guard_the_slot_is_sold_to_several(engine: Engine) {
        let salon = Salon::open(engine, UNGUARDED).await;
        salon.drop_constraint().await;
        let (won, owners, _) = race(&salon).await;
        assert!(won > 1, "the race would pass without any guard, so it shows nothing");
        // Only the hold's own row still stands in the way: it becomes a booking at most once.
        assert!(owners <= 1);
    }
}
