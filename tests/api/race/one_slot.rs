//! Two hundred strangers want the same hour of the same hairdresser.

use super::salon::{Salon, outcome};

const MANY: usize = 200;

/// Locks and the overlap rule are off: what is left is the database's constraint.
const CONSTRAINT_ALONE: &str = "bookings.skip_row_lock_and_overlap=return;db.lock_schedules.skip=return";

/// How many got the slot, with the codes of the others.
async fn race(salon: &Salon) -> (usize, Vec<String>, usize) {
    let staff = salon.company.staff[0].clone();
    let start = salon.first_start(&staff).await;
    let selection = "booking { id } alternatives { startsAt }";
    let answers = salon.race(MANY, selection, |number| salon.visit(&staff, &start, number)).await;
    let offered = |answer: &&harness::Answer| {
        let payload = &answer.data["bookingCreate"];
        payload["booking"].is_null() && !payload["alternatives"].as_array().is_some_and(Vec::is_empty)
    };
    let with_alternatives = answers.iter().filter(offered).count();
    let (won, refused) = outcome(&answers, "bookingCreate");
    (won.len(), refused, with_alternatives)
}

harness::api_test! {
    async fn one_gets_it_and_the_others_are_told_of_other_times(engine: Engine) {
        let salon = Salon::open(engine, "").await;
        let (won, refused, with_alternatives) = race(&salon).await;
        assert_eq!(won, 1);
        assert_eq!(refused, vec!["SLOT_TAKEN"; MANY - 1]);
        assert_eq!(with_alternatives, MANY - 1);
        assert_eq!(salon.deadlocks().await, 0);
        let (healthy, report) = salon.doctor().await;
        assert!(healthy, "{report}");
    }
}

harness::api_test! {
    async fn control_the_constraint_alone_lets_one_through(engine: Engine) {
        let salon = Salon::open(engine, CONSTRAINT_ALONE).await;
        let (won, refused, _) = race(&salon).await;
        assert_eq!(won, 1);
        assert_eq!(refused, vec!["SLOT_TAKEN"; MANY - 1]);
        assert_eq!(salon.deadlocks().await, 0);
    }
}

harness::api_test! {
    async fn control_without_any_guard_it_is_sold_more_than_once_and_the_doctor_sees_it(engine: Engine) {
        let salon = Salon::open(engine, CONSTRAINT_ALONE).await;
        salon.drop_constraint().await;
        let (won, _, _) = race(&salon).await;
        assert!(won > 1, "the race would pass without any guard, so it shows nothing");
        let (healthy, report) = salon.doctor().await;
        assert!(!healthy, "the doctor overlooks a double booking: {report}");
    }
}
