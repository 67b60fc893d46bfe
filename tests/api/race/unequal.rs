//! Overlapping but unequal times, two people, rooms taken in whatever order: who gets one, gets all of it.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, FixedOffset};
use serde_json::json;

use super::salon::{Salon, outcome};

const MANY: usize = 120;

harness::api_test! {
    async fn overlapping_visits_of_two_people_and_two_chairs_never_share_any(engine: Engine) {
        let salon = Salon::open(engine, "").await;
        let [first, second] = salon.company.staff.clone();
        let start: DateTime<FixedOffset> = salon.first_start(&first).await.parse().expect("an instant");
        // Half of them want both people, one after the other in either order or both at once; the starts are a quarter of an
        // hour apart.
        let answers = salon
            .race(MANY, "booking { id }", |number| {
                let at = start + Duration::minutes(15 * i64::try_from(number % 8).expect("small"));
                let mut lines = vec![salon.line(&first), salon.line(&second)];
                if number % 4 < 2 {
                    lines.truncate(1);
                }
                if number % 2 == 1 {
                    lines.reverse();
                }
                if let (true, Some(second)) = (number % 8 >= 4, lines.get_mut(1)) {
                    second["withPrevious"] = json!(true);
                }
                let mut visit = salon.visit(&first, &at.to_rfc3339(), number);
                visit["lines"] = json!(lines);
                visit
            })
            .await;
        let (won, refused) = outcome(&answers, "bookingCreate");
        assert!(!won.is_empty() && won.len() < MANY);
        assert!(refused.iter().all(|code| code == "SLOT_TAKEN"), "{refused:?}");

        let mut taken: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
        let lines = "query($id: ID!) { booking(id: $id) { lines { startsAt endsAt staff { id } resources { resource { id } } } } }";
        for payload in &won {
            // Which chair it is, the public is not told.
            let data = salon.company.administrator.data(lines, json!({ "id": payload["booking"]["id"] })).await;
            for line in data["booking"]["lines"].as_array().expect("lines") {
                let at = ["startsAt", "endsAt"].map(|name| line[name].as_str().expect("an instant").to_owned());
                let chair = line["resources"][0]["resource"]["id"].as_str().expect("a chair");
                let person = line["staff"]["id"].as_str().expect("a person");
                for subject in [chair, person] {
                    taken.entry(subject.to_owned()).or_default().push((at[0].clone(), at[1].clone()));
                }
            }
        }
        for (subject, mut times) in taken {
            times.sort();
            assert!(times.windows(2).all(|pair| pair[0].1 <= pair[1].0), "{subject}: {times:?}");
        }
        assert_eq!(salon.deadlocks().await, 0);
        let (healthy, report) = salon.doctor().await;
        assert!(healthy, "{report}");
    }
}
