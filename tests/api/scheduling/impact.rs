//! A change of hours, of people or of things cancels nothing: it says which visits no longer fit, and why.

use harness::{Company, create, every_day};
use serde_json::{Value, json};

use super::{AFFECTED, kyiv, offered, open, version, visit, work};

const DATE: &str = "2026-03-10";

fn affected(payload: &Value) -> &Value {
    &payload["affectedBookings"]
}

/// The one booking that no longer fits.
fn one(id: &str, reason: &str) -> Value {
    json!([{ "id": id, "reasons": [reason] }])
}

async fn status(company: &Company, id: &str) -> Value {
    let query = "query($id: ID!) { booking(id: $id) { status } }";
    company.administrator.data(query, json!({ "id": id })).await["booking"]["status"].clone()
}

harness::api_test! {
    async fn hours_and_closures(app: &App) {
        let company = Company::new(app).await;
        let (morning, evening) =
            (company.book("2026-03-10T10:00:00+02:00").await, company.book("2026-03-10T18:00:00+02:00").await);

        let shorter = work(&company, 0, every_day("09:00", "18:30")).await;
        assert_eq!(affected(&shorter), &one(&evening, "OUTSIDE_WORKING_HOURS"));
        let longer = work(&company, 0, every_day("09:00", "19:00")).await;
        assert_eq!(affected(&longer), &json!([]));
        let later = open(&company, every_day("11:00", "19:00")).await;
        assert_eq!(affected(&later), &one(&morning, "OUTSIDE_OPENING_HOURS"));
        open(&company, every_day("09:00", "19:00")).await;

        let day_off = json!({
            "staffId": company.staff[0], "version": version(&company, "staffMember", &company.staff[0]).await,
            "locationId": company.location, "dates": [DATE], "intervals": [{ "startsAt": "09:00", "endsAt": "12:00" }],
        });
        let day_off = company
            .administrator
            .done("staffExceptionsSet", day_off, &format!("{AFFECTED} staffMember {{ version }}"))
            .await;
        assert_eq!(affected(&day_off), &one(&evening, "OUTSIDE_WORKING_HOURS"));
        let back = json!({
            "staffId": company.staff[0], "version": day_off["staffMember"]["version"], "dates": [DATE],
            "locationId": company.location,
        });
        company.administrator.done("staffExceptionsRemove", back, "staffMember { id }").await;

        let closure = json!({
            "locationId": company.location, "startsAt": "2026-03-10T09:30:00+02:00",
            "endsAt": "2026-03-10T10:30:00+02:00", "reason": "Немає світла",
        });
        let closure = company.administrator.done("closureCreate", closure, AFFECTED).await;
        assert_eq!(affected(&closure), &one(&morning, "LOCATION_CLOSED"));
        for id in [&morning, &evening] {
            assert_eq!(status(&company, id).await, "CONFIRMED");
        }
    }
}

harness::api_test! {
    async fn time_off_counts_once_it_is_approved(app: &App) {
        let company = Company::new(app).await;
        let booked = company.book("2026-03-10T12:00:00+02:00").await;
        let employee = company.hire_user("EMPLOYEE").await;
        crate::calendar::be_staff(&company, 0, &employee.id).await;
        let (wish, free) = (visit(&company, 0), kyiv("2026-03-10T14:00:00+02:00"));
        let absence = json!({
            "staffId": company.staff[0], "startsAt": "2026-03-10T00:00:00+02:00", "endsAt": "2026-03-11T00:00:00+02:00",
        });
        let asked =
            employee.client.done("timeOffRequest", absence, "timeOff { id version status }").await["timeOff"].clone();
        assert_eq!(asked["status"], "REQUESTED");
        assert!(offered(&company.administrator, &wish, DATE).await.contains(&free), "a wish takes time away");
        let step = json!({ "id": asked["id"], "version": asked["version"] });
        let approved =
            company.administrator.done("timeOffApprove", step, &format!("{AFFECTED} timeOff {{ version }}")).await;
        assert_eq!(affected(&approved), &one(&booked, "STAFF_TIME_OFF"));
        assert!(offered(&company.administrator, &wish, DATE).await.is_empty());
        let refused = company
            .administrator
            .mutate("bookingCreate", super::of(&company, &wish, "2026-03-10T14:00:00+02:00"), "booking { id }")
            .await;
        assert_eq!(refused.refusals(), ["STAFF_TIME_OFF@startsAt"]);
        let step = json!({ "id": asked["id"], "version": approved["timeOff"]["version"] });
        company.administrator.done("timeOffCancel", step, "timeOff { status }").await;
        assert!(offered(&company.administrator, &wish, DATE).await.contains(&free));
    }
}

harness::api_test! {
    async fn maintenance_takes_the_chair_and_not_the_other(app: &App) {
        let company = Company::new(app).await;
        let visit_made = company.visit("2026-03-10T12:00:00+02:00");
        let made = company
            .administrator
            .done("bookingCreate", visit_made, "booking { id lines { resources { resourceId } } }")
            .await;
        let chair = made["booking"]["lines"][0]["resources"][0]["resourceId"].as_str().expect("a chair").to_owned();
        let other = company.chairs.iter().find(|other| **other != chair).expect("another chair").clone();
        let window = |chair: &str| {
            json!({
                "resourceId": chair, "startsAt": "2026-03-10T11:00:00+02:00", "endsAt": "2026-03-10T16:00:00+02:00",
                "reason": "Ремонт",
            })
        };
        let planned = company.administrator.done("maintenanceCreate", window(&chair), AFFECTED).await;
        let id = made["booking"]["id"].as_str().expect("an id");
        assert_eq!(affected(&planned), &one(id, "RESOURCE_MAINTENANCE"));
        let (wish, start) = (visit(&company, 1), "2026-03-10T14:00:00+02:00");
        assert!(offered(&company.administrator, &wish, DATE).await.contains(&kyiv(start)), "the other chair is free");
        let second = create(&company.administrator, "maintenanceCreate", "maintenance", window(&other)).await;
        assert!(!offered(&company.administrator, &wish, DATE).await.contains(&kyiv(start)), "no chair is left");
        let refused =
            company.administrator.mutate("bookingCreate", super::of(&company, &wish, start), "booking { id }").await;
        assert_eq!(refused.refusals(), ["RESOURCE_MAINTENANCE@startsAt"]);
        company
            .administrator
            .done("maintenanceCancel", json!({ "id": second, "version": 1 }), "maintenance { id }")
            .await;
        assert!(offered(&company.administrator, &wish, DATE).await.contains(&kyiv(start)));
    }
}
