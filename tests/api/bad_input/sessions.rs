//! Group sessions and their seats.

use harness::key;
use serde_json::json;

use super::row::{Case, Row, long, merged, versioned};

pub fn rows(case: &Case<'_>) -> Vec<Row> {
    let mut rows = vec![planning(case), repeating(case)];
    rows.extend(seats(case));
    rows.extend(changing(case));
    rows.extend(changing_together(case));
    rows.extend(waiting(case));
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

fn repeating(case: &Case<'_>) -> Row {
    let sessions = json!({
        "locationId": case.company.location, "serviceId": case.own["svc"].last(), "staffId": case.own["stf"].last(),
        "startsAt": "2026-04-06T10:00:00+03:00", "capacity": 10, "idempotencyKey": key(), "mode": "ALL_OR_NOTHING",
        "recurrence": { "rule": "FREQ=WEEKLY;COUNT=3" },
    });
    Row::new("groupSessionsCreate", sessions)
        .refuse("capacity", 0, "OUT_OF_RANGE@capacity")
        .refuse("waitlistClosesMinutes", -1, "OUT_OF_RANGE@waitlistClosesMinutes")
        .refuse("startsAt", "2026-03-24T05:00:00+02:00", "DATES_TAKEN@recurrence")
        .refuse("recurrence.rule", "every week", "RECURRENCE_UNREADABLE@recurrence.rule")
        .refuse("recurrence.rule", "FREQ=WEEKLY", "RECURRENCE_ENDLESS@recurrence.rule")
        .refuse("recurrence.rule", "FREQ=DAILY;COUNT=105", "RECURRENCE_TOO_LONG@recurrence.rule")
        .refuse("serviceId", case.company.service.clone(), "SERVICE_NOT_FOR_GROUPS@serviceId")
        .refuse("staffId", case.company.staff[0].clone(), "DATES_TAKEN@recurrence")
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

/// Mondays, the 23rd and the 30th of March, at ten.
fn changing_together(case: &Case<'_>) -> Vec<Row> {
    let all = |more| merged(versioned(json!({ "id": case.repeating_session(), "scope": "ALL" })), more);
    let single = |row: Row| row.refuse("id", case.own("gse"), "NOT_IN_SERIES@id").edits(case, "gse");
    let seats = Row::new("groupSessionsUpdate", all(json!({ "capacity": 12 })))
        .refuse("capacity", 0, "OUT_OF_RANGE@capacity")
        .refuse("capacity", 501, "OUT_OF_RANGE@capacity")
        .refuse("capacity", json!(null), "NOTHING_TO_CHANGE")
        .refuse("waitlistClosesMinutes", 100_000, "OUT_OF_RANGE@waitlistClosesMinutes");
    let moved = Row::new("groupSessionsReschedule", all(json!({ "time": "11:00", "idempotencyKey": key() })))
        .refuse("time", json!(null), "NOTHING_TO_CHANGE@time")
        .refuse("time", "10:00", "NOTHING_TO_CHANGE@time")
        .refuse("time", "24:00", "OUT_OF_RANGE@time")
        .refuse("time", "05:00", "DATES_TAKEN@time")
        .refuse("shiftDays", 32, "OUT_OF_RANGE@shiftDays")
        .refuse("shiftDays", -32, "OUT_OF_RANGE@shiftDays")
        .refuse("shiftDays", -31, "DATES_TAKEN@time")
        .refuse("staffId", case.company.staff[0].clone(), "DATES_TAKEN@time")
        .refuse("idempotencyKey", "", "REQUIRED@idempotencyKey")
        .refuse("idempotencyKey", long(), "TOO_LONG@idempotencyKey")
        .foreign("staffId", case, "stf");
    let cancelled = all(json!({ "reason": "STAFF_UNAVAILABLE", "idempotencyKey": key() }));
    let cancelled = Row::new("groupSessionsCancel", cancelled)
        .refuse("note", long(), "TOO_LONG@note")
        .refuse("idempotencyKey", "", "REQUIRED@idempotencyKey")
        .refuse("idempotencyKey", long(), "TOO_LONG@idempotencyKey");
    [seats, moved, cancelled].into_iter().map(single).collect()
}

fn waiting(case: &Case<'_>) -> Vec<Row> {
    let hours = json!({ "from": "2026-03-20", "to": "2026-03-27", "startsAt": "09:00", "endsAt": "12:00" });
    let visit = json!({
        "locationId": case.company.location, "serviceId": case.company.service, "clientId": case.company.visitor,
        "staffIds": [case.company.staff[0]], "windows": [hours], "idempotencyKey": key(),
    });
    vec![
        Row::new("waitlistJoin", visit)
            .refuse("partySize", 2, "REQUIRED@groupSessionId")
            .refuse("locationId", json!(null), "REQUIRED@locationId")
            .refuse("serviceId", json!(null), "REQUIRED@serviceId")
            .refuse("serviceId", case.own["svc"].last().cloned().unwrap_or_default(), "SERVICE_NOT_BOOKABLE@serviceId")
            .refuse("clientId", json!(null), "REQUIRED@client")
            .refuse("windows", json!([]), "REQUIRED@windows")
            .refuse("windows", json!(vec![hours.clone(); 21]), "TOO_LONG@windows")
            .refuse("windows.0.to", "2026-03-19", "INVALID@windows.0.to")
            .refuse("windows.0.to", "2028-03-19", "BEYOND_HORIZON@windows.0.to")
            .refuse("windows.0.endsAt", "09:00", "INVALID@windows.0.endsAt")
            .refuse("groupSessionId", case.own("gse"), "SLOT_AMBIGUOUS@groupSessionId")
            .refuse("idempotencyKey", "", "REQUIRED@idempotencyKey")
            .refuse("idempotencyKey", long(), "TOO_LONG@idempotencyKey")
            .foreign("locationId", case, "loc")
            .foreign("serviceId", case, "svc")
            .foreign("staffIds.0", case, "stf")
            .foreign("clientId", case, "cli"),
        Row::new("waitlistLeave", json!({ "id": case.own("wle") }))
            .refuse("token", "nonsense", "ENTRY_AMBIGUOUS@token")
            .refuse("id", json!(null), "REQUIRED@token")
            .foreign("id", case, "wle"),
    ]
}
