//! Fifty strangers want a class of ten.

use super::salon::{Salon, outcome};
use crate::groups::{Studio, TUESDAY, seats};

const MANY: usize = 50;
const SEATS: u16 = 10;

/// The row lock is off: what is left is the counter's own guard.
const GUARD_ALONE: &str = "sessions.skip_row_lock=return;db.lock_schedules.skip=return";
const NO_GUARD: &str = "sessions.skip_row_lock=return;db.lock_schedules.skip=return;sessions.skip_seat_guard=return";

/// How many got a seat, with the codes of the others, and how many seats are said to be taken.
async fn race(salon: &Salon) -> (usize, Vec<String>, u64) {
    let studio = Studio::new(&salon.company).await;
    let start = next_week();
    let session = studio.plan(&start, SEATS).await;
    let answers = salon.race(MANY, "booking { id }", |_| seats(&session, 1)).await;
    let (won, refused) = outcome(&answers, "bookingCreate");
    let taken = studio.see(&session).await["seatsTaken"].as_u64().expect("a number");
    (won.len(), refused, taken)
}

/// Noon in Kyiv a week from now: these servers have the real clock.
fn next_week() -> String {
    let at: chrono::DateTime<chrono::FixedOffset> = TUESDAY.parse().expect("an instant");
    let today = std::time::SystemTime::now();
    let today: chrono::DateTime<chrono::Utc> = today.into();
    let day = today.date_naive() + chrono::Days::new(7);
    format!("{day}T{}", at.format("%H:%M:%S+00:00"))
}

harness::api_test! {
    async fn exactly_so_many_get_one_as_there_are(engine: Engine) {
        let salon = Salon::open(engine, "").await;
        let (won, refused, taken) = race(&salon).await;
        assert_eq!((won, taken), (usize::from(SEATS), u64::from(SEATS)));
        assert_eq!(refused, vec!["SESSION_FULL"; MANY - usize::from(SEATS)]);
        assert_eq!(salon.deadlocks().await, 0);
        let (healthy, report) = salon.doctor().await;
        assert!(healthy, "{report}");
    }
}

harness::api_test! {
    async fn control_the_counters_guard_alone_lets_so_many_through(engine: Engine) {
        let salon = Salon::open(engine, GUARD_ALONE).await;
        let (won, refused, taken) = race(&salon).await;
        assert_eq!((won, taken), (usize::from(SEATS), u64::from(SEATS)));
        assert_eq!(refused, vec!["SESSION_FULL"; MANY - usize::from(SEATS)]);
    }
}

harness::api_test! {
    async fn control_without_any_guard_more_are_sold_and_the_doctor_sees_it(engine: Engine) {
        let salon = Salon::open(engine, NO_GUARD).await;
        let (won, _, taken) = race(&salon).await;
        assert!(won > usize::from(SEATS), "the race would pass without any guard, so it shows nothing");
        assert_eq!(taken, u64::try_from(won).expect("small"));
        let (healthy, report) = salon.doctor().await;
        assert!(!healthy, "the doctor overlooks an oversold session: {report}");
    }
}
