//! The shift calendar: what is planned after everything is taken off, in elapsed time, for whoever may see it; and public
//! holidays that shut a location.

use harness::{Answer, Client, Company, create, every_day};
use serde_json::{Value, json};

use super::{AFFECTED, offered, open, visit};

const PAGE: &str = "query($from: LocalDate!, $to: LocalDate!, $staff: [ID!], $places: [ID!]) {
    shiftCalendar(from: $from, to: $to, staffIds: $staff, locationIds: $places) {
        plannedMinutes
        staff { staffMember { id } plannedMinutes absences { startsAt endsAt status }
            days { date plannedMinutes
                shifts { locationId source intervals { startsAt endsAt } draft { startsAt endsAt } plannedMinutes
                    working { startsAt endsAt } } } }
        days { date plannedMinutes people }
        closures { reason }
    } }";

async fn page(client: &Client, from: &str, to: &str, staff: Value) -> Answer {
    client.run(PAGE, json!({ "from": from, "to": to, "staff": staff })).await
}

fn times(from: &str, to: &str) -> Value {
    json!([{ "startsAt": from, "endsAt": to }])
}

/// Drafts a day of one of the staff.
async fn draft(company: &Company, staff: usize, dates: &[&str], intervals: Value) {
    let shifts = json!([{
        "staffId": company.staff[staff], "locationId": company.location, "dates": dates, "intervals": intervals,
    }]);
    company.administrator.done("shiftDraftsSet", json!({ "shifts": shifts }), "shifts { date }").await;
}

harness::api_test! {
    async fn a_night_shift_over_a_change_of_clocks_is_planned_in_elapsed_time(app: &App) {
        let company = Company::new(app).await;
        let admin = &company.administrator;
        open(&company, every_day("00:00", "24:00")).await;
        draft(&company, 0, &["2026-03-28"], times("22:00", "06:00")).await;
        let publish = json!({ "from": "2026-03-28", "to": "2026-03-28" });
        admin.done("shiftPlanPublish", publish, "shifts { date }").await;
        draft(&company, 1, &["2026-03-28"], times("12:00", "14:00")).await;
        // At 03:00 it becomes 04:00; the hour after that is taken off, and half an hour before midnight the place is shut.
        let absence = json!({
            "staffId": company.staff[0], "startsAt": "2026-03-29T04:00:00+03:00", "endsAt": "2026-03-29T05:00:00+03:00",
        });
        admin.done("timeOffRequest", absence.clone(), "timeOff { id }").await;
        let closure = json!({
            "locationId": company.location, "startsAt": "2026-03-28T23:00:00+02:00", "endsAt": "2026-03-28T23:30:00+02:00",
            "reason": "Немає світла",
        });
        admin.done("closureCreate", closure, AFFECTED).await;

        let seen = page(admin, "2026-03-28", "2026-03-28", Value::Null).await.ok()["shiftCalendar"].clone();
        let working = |from: &str, to: &str| json!({ "startsAt": from, "endsAt": to });
        let night = json!({
            "locationId": company.location, "source": "ROTA", "intervals": times("22:00", "06:00"), "draft": null,
            "plannedMinutes": 330, "working": [
                working("2026-03-28T22:00:00+02:00", "2026-03-28T23:00:00+02:00"),
                working("2026-03-28T23:30:00+02:00", "2026-03-29T04:00:00+03:00"),
                working("2026-03-29T05:00:00+03:00", "2026-03-29T06:00:00+03:00"),
            ],
        });
        let day = json!({
            "locationId": company.location, "source": "TEMPLATE", "intervals": times("09:00", "19:00"),
            "draft": times("12:00", "14:00"), "plannedMinutes": 600,
            "working": [working("2026-03-28T09:00:00+02:00", "2026-03-28T19:00:00+02:00")],
        });
        let away = json!([{ "startsAt": "2026-03-29T04:00:00+03:00", "endsAt": "2026-03-29T05:00:00+03:00", "status": "APPROVED" }]);
        let person = |staff: usize, minutes: i32, shift: &Value, absences: Value| json!({
            "staffMember": { "id": company.staff[staff] }, "plannedMinutes": minutes, "absences": absences,
            "days": [{ "date": "2026-03-28", "plannedMinutes": minutes, "shifts": [shift] }],
        });
        // The absence is on the 29th, so a page of the 28th alone does not show it, though it is taken off.
        assert_eq!(seen["staff"], json!([person(0, 330, &night, json!([])), person(1, 600, &day, json!([]))]));
        assert_eq!(seen["days"], json!([{ "date": "2026-03-28", "plannedMinutes": 930, "people": 2 }]));
        assert_eq!((&seen["plannedMinutes"], &seen["closures"]), (&json!(930), &json!([{ "reason": "Немає світла" }])));
        let next = page(admin, "2026-03-28", "2026-03-29", json!([company.staff[0]])).await.ok()["shiftCalendar"].clone();
        assert_eq!(next["staff"][0]["absences"], away);
        // On Sunday they work 09:00 to 19:00 by the weekly hours.
        assert_eq!(next["days"][1], json!({ "date": "2026-03-29", "plannedMinutes": 600, "people": 1 }));
    }
}

harness::api_test! {
    async fn an_employee_sees_their_own_published_shifts(app: &App) {
        let company = Company::new(app).await;
        let employee = company.hire_user("EMPLOYEE").await;
        crate::calendar::be_staff(&company, 1, &employee.id).await;
        draft(&company, 1, &["2026-03-10"], times("12:00", "14:00")).await;
        let seen = page(&employee.client, "2026-03-10", "2026-03-10", Value::Null).await.ok()["shiftCalendar"].clone();
        assert_eq!(seen["staff"].as_array().map(Vec::len), Some(1));
        assert_eq!(seen["staff"][0]["staffMember"]["id"], company.staff[1]);
        let shift = &seen["staff"][0]["days"][0]["shifts"][0];
        assert_eq!((&shift["source"], &shift["draft"]), (&json!("TEMPLATE"), &Value::Null));
        assert_eq!(seen["plannedMinutes"], 600);
        let others = page(&employee.client, "2026-03-10", "2026-03-10", json!([company.staff[0]])).await;
        assert_eq!(others.code(), "NOT_FOUND");
        // The control: who plans sees both, and the draft.
        let seen = page(&company.administrator, "2026-03-10", "2026-03-10", Value::Null).await.ok()["shiftCalendar"].clone();
        assert_eq!(seen["plannedMinutes"], 1200);
        assert_eq!(seen["staff"][1]["days"][0]["shifts"][0]["draft"], times("12:00", "14:00"));
    }
}

harness::api_test! {
    async fn two_months_of_everybody_cost_the_statements_of_a_day(app: &App) {
        let company = Company::new(app).await;
        let admin = &company.administrator;
        draft(&company, 0, &["2026-03-10", "2026-03-20", "2026-04-20"], times("12:00", "14:00")).await;
        draft(&company, 1, &["2026-03-11"], json!([])).await;
        page(admin, "2026-03-10", "2026-03-10", Value::Null).await.ok();
        let day = page(admin, "2026-03-10", "2026-03-10", json!([company.staff[0]])).await;
        let months = page(admin, "2026-03-02", "2026-05-02", Value::Null).await;
        assert_eq!(months.statements(), day.statements());
        assert!(months.statements() <= 4, "{} statements", months.statements());
        assert_eq!(months.ok()["shiftCalendar"]["days"].as_array().map(Vec::len), Some(62));
        let longer = page(admin, "2026-03-02", "2026-05-03", Value::Null).await;
        assert_eq!(longer.code(), "INVALID_ARGUMENT");
    }
}

harness::api_test! {
    async fn public_holidays_shut_what_is_chosen_once(app: &App) {
        let company = Company::new(app).await;
        let admin = &company.administrator;
        let query = "{ publicHolidays(country: UA, year: 2026) { date name(locale: UK) } }";
        let holidays = admin.data(query, Value::Null).await["publicHolidays"].as_array().expect("holidays").clone();
        assert_eq!(holidays.len(), 11);
        assert_eq!(holidays[2], json!({ "date": "2026-04-12", "name": "Великдень" }));
        let unknown = admin.run("{ publicHolidays(country: UA, year: 2024) { date } }", Value::Null).await;
        assert_eq!(unknown.code(), "INVALID_ARGUMENT");

        let booked = company.book("2026-03-08T12:00:00+02:00").await;
        let close = |dry_run: bool| json!({ "country": "UA", "dates": ["2026-05-01", "2026-03-08"], "dryRun": dry_run });
        let made = "closures { locationId startsAt endsAt reason } affectedBookings { id reasons }";
        let expected = json!([
            { "locationId": company.location, "startsAt": "2026-03-08T00:00:00+02:00", "endsAt": "2026-03-09T00:00:00+02:00",
              "reason": "Міжнародний жіночий день" },
            { "locationId": company.location, "startsAt": "2026-05-01T00:00:00+03:00", "endsAt": "2026-05-02T00:00:00+03:00",
              "reason": "День праці" },
        ]);
        let affected = json!([{ "id": booked, "reasons": ["LOCATION_CLOSED"] }]);
        let (wish, day) = (visit(&company, 0), "2026-03-08");
        for dry_run in [true, false] {
            assert!(!offered(admin, &wish, day).await.is_empty());
            let closed = admin.done("publicHolidaysClose", close(dry_run), made).await;
            assert_eq!((&closed["closures"], &closed["affectedBookings"]), (&expected, &affected), "{dry_run}");
        }
        assert!(offered(admin, &wish, day).await.is_empty());
        let again = admin.done("publicHolidaysClose", close(false), made).await;
        assert_eq!((&again["closures"], &again["affectedBookings"]), (&json!([]), &affected));
        // A location that was opened since is shut too, and only that one.
        let second = json!({ "name": "Оболонь", "opening": every_day("09:00", "19:00") });
        let second = create(admin, "locationCreate", "location", second).await;
        let again = admin.done("publicHolidaysClose", close(false), "closures { locationId }").await;
        assert_eq!(again["closures"], json!([{ "locationId": second }, { "locationId": second }]));
    }
}
