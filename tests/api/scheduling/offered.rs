//! Every start that is offered can be booked, every other is refused for the reason that is told; also on the day that
//! has 23 hours and the one that has 25.

use chrono::Duration;
use harness::{Company, create, every_day};
use serde_json::{Value, json};

use super::{at, instant, kyiv, of, offered, open, slots, visit, work};

/// A company that works by night, and can be booked far ahead.
async fn night_salon(app: &harness::App) -> Company {
    let company = Company::new(app).await;
    open(&company, every_day("00:00", "20:00")).await;
    work(&company, 0, every_day("00:00", "20:00")).await;
    let settings = company.administrator.data("{ company { version } }", Value::Null).await;
    let far = json!({ "version": settings["company"]["version"], "horizonDays": 365 });
    company.administrator.done("companyUpdate", far, "company { id }").await;
    company
}

/// Each quarter of an hour of a day and some that are off the grid: offered means that it can be held, not offered that
/// it cannot, and why.
async fn agrees(company: &Company, date: &str, hours: i64) {
    let (wish, client) = (visit(company, 0), &company.administrator);
    let offered = offered(client, &wish, date).await;
    let query = "query($visit: AvailabilityVisitInput!, $at: DateTime!) {
        availabilityWhyNot(visit: $visit, startsAt: $at) { bookable violations { code } } }";
    let first = *offered.first().expect("a slot");
    let grid = (-2..hours * 4 + 2).map(|quarter| first + Duration::minutes(15 * quarter));
    let beside = (0..5).map(|hour| first + Duration::minutes(60 * hour + 5));
    for start in grid.chain(beside) {
        let start_text = start.to_rfc3339();
        let verdict =
            client.data(query, json!({ "visit": wish, "at": start_text })).await["availabilityWhyNot"].clone();
        assert_eq!(verdict["bookable"], offered.contains(&start), "{start}: {verdict}");
        if offered.contains(&start) {
            let held = client.done("holdCreate", at(&wish, &start_text), "token hold { startsAt }").await;
            assert_eq!(instant(&held["hold"]["startsAt"]), start);
            client.done("holdRelease", json!({ "token": held["token"] }), "hold { state }").await;
        } else {
            let refused = client.mutate("bookingCreate", of(company, &wish, &start_text), "booking { id }").await;
            let violations = verdict["violations"].as_array().expect("violations").iter();
            let mut codes: Vec<&str> =
                violations.map(|violation| violation["code"].as_str().expect("a code")).collect();
            // That it is taken as well is no reason to look for another time where a rule is in the way.
            if codes.iter().any(|code| *code != "SLOT_TAKEN") {
                codes.retain(|code| *code != "SLOT_TAKEN");
            }
            let refusals = refused.refusals();
            let told: Vec<&str> = refusals.iter().filter_map(|refusal| refusal.split('@').next()).collect();
            codes.dedup();
            assert_eq!(told, codes, "{start}");
        }
    }
}

harness::api_test! {
    async fn the_first_day_of_summer_time_has_an_hour_less(app: &App) {
        let company = night_salon(app).await;
        let wish = visit(&company, 0);
        // 20 hours by the wall less the hour that is skipped; the last start is an hour before the end.
        assert_eq!(slots(&company.administrator, &wish, "2026-03-28").await.len(), 20 * 4 - 3);
        let short = slots(&company.administrator, &wish, "2026-03-29").await;
        assert_eq!(short.len(), 19 * 4 - 3);
        assert!(short.iter().all(|slot| !slot["localTime"].as_str().expect("a time").starts_with("03:")), "{short:?}");

        // A visit over the gap lasts its hour.
        let across = of(&company, &wish, "2026-03-29T02:30:00+02:00");
        let made = company.administrator.done("bookingCreate", across, "booking { startsAt endsAt }").await;
        assert_eq!(instant(&made["booking"]["endsAt"]), kyiv("2026-03-29T04:30:00+03:00"));
        let left = offered(&company.administrator, &wish, "2026-03-29").await;
        assert!(left.contains(&kyiv("2026-03-29T01:30:00+02:00")) && left.contains(&kyiv("2026-03-29T04:30:00+03:00")));
        assert_eq!(left.len(), 19 * 4 - 3 - 7);
        agrees(&company, "2026-03-29", 19).await;
    }
}

harness::api_test! {
    async fn the_last_day_of_summer_time_has_an_hour_twice(app: &App) {
        let company = night_salon(app).await;
        let wish = visit(&company, 0);
        let long = slots(&company.administrator, &wish, "2026-10-25").await;
        assert_eq!(long.len(), 21 * 4 - 3);
        let repeated = long.iter().filter(|slot| slot["localTime"].as_str().expect("a time").starts_with("03:"));
        assert_eq!(repeated.count(), 8);
        // Both of the two instants that the wall calls three o'clock are there, and each can be had.
        for start in ["2026-10-25T03:00:00+03:00", "2026-10-25T03:00:00+02:00"] {
            let booked =
                company.administrator.done("bookingCreate", of(&company, &wish, start), "booking { startsAt }").await;
            assert_eq!(instant(&booked["booking"]["startsAt"]), kyiv(start));
        }
        agrees(&company, "2026-10-25", 21).await;
    }
}

harness::api_test! {
    async fn buffers_of_neighbours_add(app: &App) {
        let company = Company::new(app).await;
        let admin = &company.administrator;
        let service = |name: &str, before: u8, after: u8| {
            json!({
                "name": { "uk": name }, "durationMinutes": 60, "bufferBeforeMinutes": before,
                "bufferAfterMinutes": after, "price": { "kind": "FREE" },
            })
        };
        let tidied = create(admin, "serviceCreate", "service", service("З прибиранням", 0, 10)).await;
        let prepared = create(admin, "serviceCreate", "service", service("З підготовкою", 20, 0)).await;
        let version = super::version(&company, "staffMember", &company.staff[0]).await;
        let services = json!([{ "serviceId": company.service }, { "serviceId": tidied }, { "serviceId": prepared }]);
        let skills = json!({ "id": company.staff[0], "version": version, "services": services });
        admin.done("staffMemberUpdate", skills, "staffMember { id }").await;
        let by = |service: &str| {
            json!({
                "locationId": company.location, "lines": [{ "serviceId": service, "staffId": company.staff[0] }],
            })
        };
        let (tidied, prepared) = (by(&tidied), by(&prepared));

        admin.done("bookingCreate", of(&company, &tidied, "2026-03-10T10:00:00+02:00"), "booking { id }").await;
        // 11:00, ten minutes of tidying, twenty of preparation.
        let next = offered(admin, &prepared, "2026-03-10").await;
        let after = next.range(kyiv("2026-03-10T10:00:00+02:00")..).next();
        assert_eq!(after, Some(&kyiv("2026-03-10T11:30:00+02:00")));
        let refused =
            admin.mutate("bookingCreate", of(&company, &prepared, "2026-03-10T11:15:00+02:00"), "booking { id }").await;
        assert_eq!(refused.refusals(), ["SLOT_TAKEN@startsAt"]);
        admin.done("bookingCreate", of(&company, &prepared, "2026-03-10T11:30:00+02:00"), "booking { id }").await;

        // From the other side: what is prepared from 14:40 on leaves room for a visit that is tidied up by then.
        admin.done("bookingCreate", of(&company, &prepared, "2026-03-10T15:00:00+02:00"), "booking { id }").await;
        let before = offered(admin, &tidied, "2026-03-10").await;
        let last = before.range(..kyiv("2026-03-10T15:00:00+02:00")).next_back();
        assert_eq!(last, Some(&kyiv("2026-03-10T13:30:00+02:00")));
    }
}
