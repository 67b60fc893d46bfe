//! Group sessions and their seats.

use harness::key;
use serde_json::json;

use super::row::{Case, Row, long, merged};

pub fn rows(case: &Case<'_>) -> Vec<Row> {
    let mut rows = vec![planning(case)];
    rows.extend(seats(case));
    rows.extend(changing(case));
    rows
}

/// The service for groups is the last one, its trainer the last of the staff.
fn planning(case: &Case<'_>) -> Row {
    let session = json!({
        "locationId": case.company.location, "serviceId": case.own["svc"].last(), "staffId": case.own["stf"].last(),
        "startsAt": "2026-03-24T10:00:00+02:00", "capacity": 10, "idempotencyKey": key(),
    });
    Row::new("groupSessionCreate", session)
        .refuse("capacity", 0, "OUT_OF_RANGE@capacity")
        .refuse("capacity", 501, "OUT_OF_RANGE@capacity")
        .refuse("capacity", json!(null), "REQUIRED@capacity")
        .refuse("waitlistClosesMinutes", -1, "OUT_OF_RANGE@waitlistClosesMinutes")
        .refuse("startsAt", "2026-03-02T09:00:00+02:00", "TOO_SOON@startsAt")
        .refuse(
            "startsAt",
            "2026-03-24T05:00:00+02:00",
            "OUTSIDE_OPENING_HOURS@startsAt OUTSIDE_WORKING_HOURS@startsAt",
        )
        .refuse("startsAt", "2036-03-24T10:00:00+02:00", "NOT_COVERED@startsAt")
        .refuse("serviceId", case.company.service.clone(), "SERVICE_NOT_FOR_GROUPS@serviceId")
        .refuse("staffId", case.company.staff[0].clone(), "STAFF_NOT_QUALIFIED@staffId")
        .refuse("idempotencyKey", "", "REQUIRED@idempotencyKey")
        .refuse("idempotencyKey", long(), "TOO_LONG@idempotencyKey")
        .foreign("locationId", case, "loc")
        .foreign("serviceId", case, "svc")
        .foreign("staffId", case, "stf")
}

fn seats(case: &Case<'_>) -> Vec<Row> {
    let seat = || json!({ "groupSessionId": case.own("gse"), "partySize": 2, "idempotencyKey": key() });
    let hold = Row::new("groupSessionHold", seat()).foreign("clientId", case, "cli");
    let book = Row::new("bookingCreate", merged(seat(), json!({ "clientId": case.company.visitor })))
        .refuse("locationId", case.company.location.clone(), "SLOT_AMBIGUOUS@groupSessionId")
        .refuse("holdToken", "zht_nonsense", "SLOT_AMBIGUOUS@groupSessionId")
        .refuse("groupSessionId", json!(null), "REQUIRED@groupSessionId")
        .refuse("clientId", json!(null), "REQUIRED@client")
        .foreign("clientId", case, "cli");
    let both = |row: Row| {
        row.refuse("partySize", 0, "OUT_OF_RANGE@partySize")
            .refuse("partySize", 501, "OUT_OF_RANGE@partySize")
            .refuse("partySize", 11, "SESSION_FULL@groupSessionId")
            .refuse("idempotencyKey", "", "REQUIRED@idempotencyKey")
            .refuse("idempotencyKey", long(), "TOO_LONG@idempotencyKey")
            .foreign("groupSessionId", case, "gse")
    };
    let moved = json!({ "groupSessionId": case.own("gse"), "idempotencyKey": key() });
    let moved = Row::new("bookingMoveToSession", case.edit_with("bkg", moved))
        .refuse("idempotencyKey", long(), "TOO_LONG@idempotencyKey")
        .foreign("groupSessionId", case, "gse")
        .edits(case, "bkg")
        .ends("NOT_A_SEAT@id");
    vec![both(hold), both(book), moved]
}

fn changing(case: &Case<'_>) -> Vec<Row> {
    let moved = json!({ "startsAt": "2026-03-25T10:00:00+02:00", "idempotencyKey": key() });
    let cancelled = json!({ "reason": "STAFF_UNAVAILABLE", "idempotencyKey": key() });
    let marks = json!({ "id": case.own("gse"), "marks": [{ "bookingId": case.own("bkg"), "came": true }] });
    vec![
        Row::new("groupSessionUpdate", case.edit_with("gse", json!({ "capacity": 12 })))
            .refuse("capacity", 0, "OUT_OF_RANGE@capacity")
            .refuse("capacity", 501, "OUT_OF_RANGE@capacity")
            .refuse("capacity", 3, "SEATS_TAKEN@capacity")
            .refuse("capacity", json!(null), "NOTHING_TO_CHANGE")
            .refuse("waitlistClosesMinutes", 100_000, "OUT_OF_RANGE@waitlistClosesMinutes")
            .edits(case, "gse"),
        Row::new("groupSessionReschedule", case.edit_with("gse", moved))
            .refuse("startsAt", "2026-03-02T09:00:00+02:00", "TOO_SOON@startsAt")
            .refuse("startsAt", "2026-03-20T10:00:00+02:00", "NOTHING_TO_CHANGE@startsAt")
            .refuse(
                "startsAt",
                "2026-03-25T05:00:00+02:00",
                "OUTSIDE_OPENING_HOURS@startsAt OUTSIDE_WORKING_HOURS@startsAt",
            )
            .refuse("staffId", case.company.staff[0].clone(), "STAFF_NOT_QUALIFIED@staffId")
            .refuse("idempotencyKey", long(), "TOO_LONG@idempotencyKey")
            .foreign("staffId", case, "stf")
            .edits(case, "gse"),
        Row::new("groupSessionAttendanceMark", marks)
            .refuse("marks", json!([]), "REQUIRED@marks")
            .foreign("id", case, "gse")
            .foreign("marks.0.bookingId", case, "bkg")
            .ends("NOT_A_SEAT@marks.0.bookingId"),
        Row::new("groupSessionComplete", case.edit("gse")).edits(case, "gse").ends("SESSION_NOT_BEGUN"),
        Row::new("groupSessionCancel", case.edit_with("gse", cancelled))
            .refuse("note", long(), "TOO_LONG@note")
            .refuse("idempotencyKey", "", "REQUIRED@idempotencyKey")
            .edits(case, "gse"),
    ]
}
