//! An employee works with their own calendar and sees nobody else's.

use harness::{Company, key};
use serde_json::json;

use super::{at, of, visit};

harness::api_test! {
    async fn an_employee_sees_and_changes_own_visits_only(app: &App) {
        let company = Company::new(app).await;
        let employee = company.hire_user("EMPLOYEE").await;
        crate::calendar::be_staff(&company, 1, &employee.id).await;
        let employee = employee.client;
        let theirs = company.book("2026-03-10T12:00:00+02:00").await;
        // A client of other people's is nobody to them; somebody of their own is somebody.
        let strange = of(&company, &visit(&company, 1), "2026-03-10T12:00:00+02:00");
        assert_eq!(employee.mutate("bookingCreate", strange, "booking { id }").await.answer.code(), "NOT_FOUND");
        let mut mine = at(&visit(&company, 1), "2026-03-10T12:00:00+02:00");
        mine["client"] = json!({ "name": "Ольга", "phone": "067 765 43 21" });
        let mine = employee.done("bookingCreate", mine, "booking { id }").await["booking"]["id"].clone();

        let seen = employee
            .data(
                "query($id: ID!) { bookings(first: 10) { totalCount nodes { id } } booking(id: $id) { id }
                calendar(from: \"2026-03-09\", to: \"2026-03-15\") { bookings { id } staff { staffId } } }",
                json!({ "id": mine }),
            )
            .await;
        let only = json!([{ "id": mine }]);
        assert_eq!(seen["bookings"], json!({ "totalCount": 1, "nodes": only }));
        assert_eq!(seen["calendar"], json!({ "bookings": only, "staff": [{ "staffId": company.staff[1] }] }));

        let hidden = employee.run("query($id: ID!) { booking(id: $id) { id } }", json!({ "id": theirs })).await;
        assert!(hidden.data["booking"].is_null(), "{hidden}");
        let cancel = json!({ "id": theirs, "version": 1, "reason": "OTHER", "idempotencyKey": key() });
        assert_eq!(employee.mutate("bookingCancel", cancel, "booking { id }").await.answer.code(), "NOT_FOUND");
        let move_it =
            json!({ "id": theirs, "version": 1, "startsAt": "2026-03-10T15:00:00+02:00", "idempotencyKey": key() });
        assert_eq!(employee.mutate("bookingReschedule", move_it, "booking { id }").await.answer.code(), "NOT_FOUND");
        let listed = company.administrator.data("{ bookings(first: 10) { totalCount } }", json!(null)).await;
        assert_eq!(listed["bookings"]["totalCount"], 2);
    }
}
