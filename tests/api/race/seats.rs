//! Fifty strangers want a class of ten.

use super::salon::{Salon, outcome};
use crate::groups::{Studio, TUESDAY, book, cancelling, seats};

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
pub(super) fn next_week() -> String {
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

/// A seat is freed while twenty strangers want it, and five wait for it: how many strangers get it, how many of those who
/// wait, and who of them.
async fn freed(salon: &Salon) -> (usize, Vec<String>) {
    let studio = Studio::new(&salon.company).await;
    let session = studio.plan(&next_week(), 1).await;
    let booked = book(&salon.company.administrator, &session, 1).await;
    let mut tokens = Vec::new();
    for _ in 0..5 {
        let joined = salon.pages[0].done("waitlistJoin", seats(&session, 1), "token").await;
        tokens.push(joined["token"].clone());
    }
    let administrator = salon.company.administrator.clone();
    let (cancelled, answers) = tokio::join!(
        administrator.mutate("bookingCancel", cancelling(&booked), "booking { id }"),
        salon.race(20, "booking { id }", |_| seats(&session, 1)),
    );
    cancelled.ok();
    // And one who comes a moment later.
    let late = salon.race(1, "booking { id }", |_| seats(&session, 1)).await;
    let (won, _) = outcome(&[answers, late].concat(), "bookingCreate");
    let mut statuses = Vec::new();
    let place = "query($token: String!) { waitlistPlace(token: $token) { entry { status } } }";
    for token in tokens {
        let place = salon.pages[0].data(place, serde_json::json!({ "token": token })).await;
        statuses.push(place["waitlistPlace"]["entry"]["status"].as_str().expect("a status").to_owned());
    }
    (won.len(), statuses)
}

harness::api_test! {
    async fn a_freed_seat_goes_to_who_waits_first_whoever_comes_at_that_moment(engine: Engine) {
        let salon = Salon::open(engine, "").await;
        let (won, statuses) = freed(&salon).await;
        assert_eq!(won, 0);
        assert_eq!(statuses, ["BOOKED", "WAITING", "WAITING", "WAITING", "WAITING"]);
        assert_eq!(salon.deadlocks().await, 0);
        let (healthy, report) = salon.doctor().await;
        assert!(healthy, "{report}");
    }
}

harness::api_test! {
    async fn control_where_nobody_is_promoted_a_stranger_gets_it(engine: Engine) {
        let salon = Salon::open(engine, "waitlist.skip_promotion=return").await;
        let (won, statuses) = freed(&salon).await;
        assert_eq!(won, 1, "the seat was not free, so the race shows nothing");
        assert_eq!(statuses, vec!["WAITING"; 5]);
    }
}
