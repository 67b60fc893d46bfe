//! Visits and holds.

use harness::key;
use serde_json::{Value, json};

use super::row::{Case, Row, long, merged, versioned};

pub fn rows(case: &Case<'_>) -> Vec<Row> {
    let mut rows = making(case);
    rows.extend(moving(case));
    rows.extend(steps(case));
    rows.extend(feeds(case));
    rows.extend(series(case));
    rows
}

fn slot(case: &Case<'_>, start: &str) -> Value {
    let line = json!({ "serviceId": case.company.service, "staffId": case.company.staff[1] });
    json!({ "locationId": case.company.location, "startsAt": start, "lines": [line], "idempotencyKey": key() })
}

/// What is wrong with a slot, whoever asks for it.
fn slots(row: Row, case: &Case<'_>) -> Row {
    row.refuse("startsAt", "2026-03-12T05:00:00+02:00", "OUTSIDE_OPENING_HOURS@startsAt OUTSIDE_WORKING_HOURS@startsAt")
        .refuse("startsAt", "2026-03-12T10:07:00+02:00", "NOT_ON_GRID@startsAt")
        .refuse("startsAt", "2026-03-02T09:00:00+02:00", "TOO_SOON@startsAt")
        .refuse("startsAt", "2027-03-01T10:00:00+02:00", "BEYOND_HORIZON@startsAt")
        .refuse("lines", json!([]), "REQUIRED@lines")
        .refuse("lines", json!(vec![json!({ "serviceId": case.company.service }); 11]), "TOO_LONG@lines")
        .refuse("lines.0.withPrevious", true, "NO_LINE_BEFORE@lines.0.withPrevious")
        .refuse("lines", json!(together(case, 6)), "TOO_MANY_TOGETHER@lines.5.withPrevious")
        .refuse("lines.0.persons", 0, "OUT_OF_RANGE@lines.0.persons")
        .refuse("lines.0.persons", 1001, "OUT_OF_RANGE@lines.0.persons")
        .refuse("lines.0.guest", 0, "OUT_OF_RANGE@lines.0.guest")
        .refuse("lines.0.guest", 10, "OUT_OF_RANGE@lines.0.guest")
        .refuse("lines.0.addOnIds", json!([case.own("add")]), "ADD_ON_NOT_OFFERED@lines.0.addOnIds.0")
        .refuse("lines.0.addOnIds", json!([case.other("add")]), "!NOT_FOUND")
        .refuse("idempotencyKey", "", "REQUIRED@idempotencyKey")
        .refuse("idempotencyKey", long(), "TOO_LONG@idempotencyKey")
        .foreign("locationId", case, "loc")
        .foreign("lines.0.serviceId", case, "svc")
        .foreign("lines.0.staffId", case, "stf")
}

/// So many lines that are to start together.
fn together(case: &Case<'_>, many: usize) -> Vec<Value> {
    let line = |at: usize| json!({ "serviceId": case.company.service, "withPrevious": at > 0 });
    (0..many).map(line).collect()
}

fn making(case: &Case<'_>) -> Vec<Row> {
    let whose = json!({ "clientId": case.company.visitor });
    let create = Row::new("bookingCreate", merged(slot(case, "2026-03-12T10:00:00+02:00"), whose))
        .refuse("clientNote", long(), "TOO_LONG@clientNote")
        .refuse("internalNote", long(), "TOO_LONG@internalNote")
        .refuse("guestNames", json!(["Хтось"]), "TOO_LONG@guestNames")
        .refuse("guestNames", json!([long()]), "TOO_LONG@guestNames.0")
        .foreign("clientId", case, "cli");
    let stranger = json!({ "client": { "name": "Гість", "email": "guest@example.com" } });
    let contact = Row::new("bookingCreate", merged(slot(case, "2026-03-12T12:00:00+02:00"), stranger))
        .refuse("client.name", "", "REQUIRED@client.name")
        .refuse("client.name", long(), "TOO_LONG@client.name")
        .refuse("client.email", "nobody", "INVALID@client.email")
        .refuse("client.phone", "12", "INVALID@client.phone")
        .refuse("clientId", case.own("cli"), "CLIENT_AMBIGUOUS@client");
    let hold = Row::new("holdCreate", slot(case, "2026-03-12T14:00:00+02:00")).foreign("clientId", case, "cli");
    let release = Row::new("holdRelease", json!({ "token": "zht_nonsense" }))
        .refuse("token", long(), "!NOT_FOUND")
        .ends("!NOT_FOUND");
    let extend = Row::new("holdExtend", json!({ "token": "zht_nonsense", "idempotencyKey": key() }))
        .refuse("token", long(), "!NOT_FOUND")
        .refuse("idempotencyKey", "", "REQUIRED@idempotencyKey")
        .refuse("idempotencyKey", long(), "TOO_LONG@idempotencyKey")
        .ends("!NOT_FOUND");
    vec![slots(create, case), contact, slots(hold, case), release, extend]
}

fn moving(case: &Case<'_>) -> Vec<Row> {
    let noted = case.edit_with("bkg", json!({ "internalNote": "Прийде з собакою" }));
    let moved = json!({
        "startsAt": "2026-03-13T10:00:00+02:00", "idempotencyKey": key(),
        "lines": [{ "lineId": case.own("bln"), "staffId": case.company.staff[1] }],
    });
    vec![
        Row::new("bookingUpdate", noted)
            .refuse("clientNote", long(), "TOO_LONG@clientNote")
            .refuse("internalNote", long(), "TOO_LONG@internalNote")
            .edits(case, "bkg"),
        Row::new("bookingLinkRevoke", case.edit("bkg")).edits(case, "bkg"),
        Row::new("bookingReschedule", case.edit_with("bkg", moved))
            .refuse(
                "startsAt",
                "2026-03-13T05:00:00+02:00",
                "OUTSIDE_OPENING_HOURS@startsAt OUTSIDE_WORKING_HOURS@startsAt",
            )
            .refuse("startsAt", "2026-03-13T10:07:00+02:00", "NOT_ON_GRID@startsAt")
            .refuse("startsAt", "2026-03-02T09:00:00+02:00", "TOO_SOON@startsAt")
            .refuse("idempotencyKey", long(), "TOO_LONG@idempotencyKey")
            .foreign("lines.0.lineId", case, "bln")
            .foreign("lines.0.staffId", case, "stf")
            .edits(case, "bkg"),
        lines(case),
        reassigning(case),
        swapping(case),
    ]
}

/// The visit gets a second line after its first, which takes three quarters of an hour now.
fn lines(case: &Case<'_>) -> Row {
    let own = json!({ "lineId": case.own("bln"), "durationMinutes": 45 });
    let new = json!({ "serviceId": case.company.service, "staffId": case.company.staff[1] });
    let edit = json!({ "lines": [own, new], "idempotencyKey": key() });
    Row::new("bookingLinesUpdate", case.edit_with("bkg", edit))
        .refuse("startsAt", "2026-03-13T10:07:00+02:00", "NOT_ON_GRID@startsAt")
        .refuse("startsAt", "2026-03-02T09:00:00+02:00", "TOO_SOON@startsAt")
        .refuse("lines", json!([]), "REQUIRED@lines")
        .refuse("lines", json!([{ "lineId": case.own("bln") }]), "NOTHING_TO_CHANGE@lines")
        .refuse("lines", json!(vec![json!({ "serviceId": case.company.service }); 11]), "TOO_LONG@lines")
        .refuse("lines", json!([{ "withPrevious": false }]), "REQUIRED@lines.0.serviceId")
        .refuse("lines.1.lineId", case.own("bln"), "DUPLICATE@lines.1.lineId")
        .refuse("lines.0.withPrevious", true, "NO_LINE_BEFORE@lines.0.withPrevious")
        .refuse("lines.0.durationMinutes", 0, "OUT_OF_RANGE@lines.0.durationMinutes")
        .refuse("lines.0.durationMinutes", 1441, "OUT_OF_RANGE@lines.0.durationMinutes")
        .refuse("lines.0.durationMinutes", -5, "OUT_OF_RANGE@lines.0.durationMinutes")
        .refuse("lines.1.durationMinutes", 1440, "VISIT_TOO_LONG@lines")
        .refuse("lines.1.persons", 0, "OUT_OF_RANGE@lines.1.persons")
        .refuse("lines.1.guest", 10, "OUT_OF_RANGE@lines.1.guest")
        .refuse("lines.1.addOnIds", json!([case.own("add")]), "ADD_ON_NOT_OFFERED@lines.1.addOnIds.0")
        .refuse("lines.1.resourceIds", json!([case.own("rsc")]), "RESOURCE_NOT_NEEDED@lines.1.resourceIds.0")
        .refuse("lines.1.resourceIds", json!(case.company.chairs), "RESOURCE_NOT_NEEDED@lines.1.resourceIds.1")
        .refuse("lines.1.resourceIds", json!(vec![&case.company.chairs[0]; 2]), "DUPLICATE@lines.1.resourceIds.1")
        .refuse("lines.1.resourceIds", json!([case.other("rsc")]), "!NOT_FOUND")
        .refuse("overrides", json!(["STAFF_BUSY"]), "RULE_NOT_OVERRIDABLE@overrides.0")
        .refuse("idempotencyKey", "", "REQUIRED@idempotencyKey")
        .refuse("idempotencyKey", long(), "TOO_LONG@idempotencyKey")
        .foreign("lines.0.lineId", case, "bln")
        .foreign("lines.1.serviceId", case, "svc")
        .foreign("lines.1.staffId", case, "stf")
        .edits(case, "bkg")
}

fn reassigning(case: &Case<'_>) -> Row {
    let given = json!({ "bookingIds": [case.own("bkg")], "staffId": case.company.staff[0], "idempotencyKey": key() });
    Row::new("bookingsReassign", given)
        .refuse("bookingIds", json!([]), "REQUIRED@bookingIds")
        .refuse("bookingIds", json!(vec![case.own("bkg"); 2]), "DUPLICATE@bookingIds.1")
        .refuse("bookingIds", json!(vec![case.own("bkg"); 101]), "TOO_LONG@bookingIds")
        .refuse("bookingIds", json!([case.own("bkg"), case.other("bkg")]), "!NOT_FOUND")
        .refuse("fromStaffId", case.company.staff[0].clone(), "NOTHING_TO_CHANGE@staffId")
        .refuse("fromStaffId", case.other("stf"), "!NOT_FOUND")
        .refuse("overrides", json!(["STAFF_BUSY"]), "RULE_NOT_OVERRIDABLE@overrides.0")
        .refuse("idempotencyKey", "", "REQUIRED@idempotencyKey")
        .refuse("idempotencyKey", long(), "TOO_LONG@idempotencyKey")
        .foreign("staffId", case, "stf")
}

/// A visit that is to change places with itself: what is wrong beside that is told first.
fn swapping(case: &Case<'_>) -> Row {
    let swap = json!({ "otherBookingId": case.own("bkg"), "otherVersion": 1, "idempotencyKey": key() });
    Row::new("bookingSwap", case.edit_with("bkg", swap))
        .refuse("idempotencyKey", "", "REQUIRED@idempotencyKey")
        .refuse("idempotencyKey", long(), "TOO_LONG@idempotencyKey")
        .refuse("overrides", json!(["STAFF_BUSY"]), "RULE_NOT_OVERRIDABLE@overrides.0")
        .foreign("otherBookingId", case, "bkg")
        .edits(case, "bkg")
        .ends("DUPLICATE@otherBookingId")
}

fn feeds(case: &Case<'_>) -> Vec<Row> {
    let feed = |more| merged(json!({ "name": "Телефон" }), more);
    vec![
        Row::new("calendarFeedCreate", feed(json!({ "staffId": case.own("stf") })))
            .refuse("name", "", "REQUIRED@name")
            .refuse("name", long(), "TOO_LONG@name")
            .refuse("idempotencyKey", long(), "TOO_LONG@idempotencyKey")
            .refuse("locationId", case.own("loc"), "!INVALID_ARGUMENT")
            .foreign("staffId", case, "stf"),
        Row::new("calendarFeedCreate", feed(json!({ "locationId": case.company.location }))).foreign(
            "locationId",
            case,
            "loc",
        ),
        Row::new("calendarFeedRotate", case.edit("fed")).edits(case, "fed"),
        Row::new("calendarFeedRevoke", case.edit("fed")).edits(case, "fed"),
    ]
}

/// One series is made, moved, continued and called off; the second visit of the case stands for "its" visit.
fn series(case: &Case<'_>) -> Vec<Row> {
    let line = json!({ "serviceId": case.company.service, "staffId": case.company.staff[1] });
    let made = json!({
        "locationId": case.company.location, "clientId": case.company.visitor, "firstDate": "2026-03-14", "time": "10:00",
        "lines": [line], "recurrence": { "rule": "FREQ=DAILY;COUNT=2" }, "idempotencyKey": key(),
    });
    let create = Row::new("bookingSeriesCreate", made)
        .refuse("recurrence.rule", "FREQ=SOMETIMES;COUNT=2", "RECURRENCE_UNREADABLE@recurrence.rule")
        .refuse("recurrence.rule", long(), "RECURRENCE_UNREADABLE@recurrence.rule")
        .refuse("recurrence.rule", "FREQ=HOURLY;COUNT=2", "RECURRENCE_UNSUPPORTED@recurrence.rule")
        .refuse("recurrence.rule", "FREQ=DAILY", "RECURRENCE_ENDLESS@recurrence.rule")
        .refuse("recurrence.rule", "FREQ=DAILY;COUNT=105", "RECURRENCE_TOO_LONG@recurrence.rule")
        .refuse("recurrence.rule", "FREQ=DAILY;UNTIL=20260101", "RECURRENCE_EMPTY@recurrence.rule")
        .refuse("recurrence.alsoDates", json!(["2026-03-01"]), "RECURRENCE_TOO_LONG@recurrence.alsoDates")
        .refuse("time", "05:00", "SERIES_CONFLICT@recurrence")
        .refuse("time", "24:00", "OUT_OF_RANGE@time")
        .refuse("firstDate", "2026-03-01", "SERIES_CONFLICT@recurrence")
        .refuse("lines", json!([]), "REQUIRED@lines")
        .refuse("clientNote", long(), "TOO_LONG@clientNote")
        .refuse("internalNote", long(), "TOO_LONG@internalNote")
        .refuse("idempotencyKey", "", "REQUIRED@idempotencyKey")
        .refuse("idempotencyKey", long(), "TOO_LONG@idempotencyKey")
        .foreign("locationId", case, "loc")
        .foreign("clientId", case, "cli")
        .foreign("lines.0.serviceId", case, "svc")
        .foreign("lines.0.staffId", case, "stf");
    let pivot = |more: Value| {
        merged(json!({ "bookingId": case.series_visit(), "scope": "ALL", "idempotencyKey": key() }), versioned(more))
    };
    let moved = Row::new("bookingSeriesMove", pivot(json!({ "time": "12:00" })))
        .refuse("time", Value::Null, "NOTHING_TO_CHANGE@time")
        .refuse("time", "05:00", "SERIES_CONFLICT@time")
        .refuse("time", "24:00", "OUT_OF_RANGE@time")
        .refuse("staff", json!([{ "position": 9, "staffId": null }]), "OUT_OF_RANGE@staff.0.position")
        .refuse("staff", json!([{ "position": -1, "staffId": null }]), "OUT_OF_RANGE@staff.0.position")
        .refuse("staff", json!(vec![json!({ "position": 0 }); 11]), "TOO_LONG@staff")
        .refuse("staff", json!([{ "position": 0, "staffId": case.other("stf") }]), "!NOT_FOUND")
        .refuse("bookingId", case.own("bkg"), "NOT_IN_SERIES@bookingId")
        .refuse("idempotencyKey", long(), "TOO_LONG@idempotencyKey")
        .foreign("bookingId", case, "bkg")
        .stale();
    let longer = json!({ "until": "2026-04-20", "mode": "SKIP_CONFLICTS", "idempotencyKey": key() });
    let extend = Row::new("bookingSeriesExtend", case.edit_with("bsr", longer))
        .refuse("until", "2026-03-01", "NOTHING_TO_CHANGE@until")
        .refuse("until", "2029-03-01", "RECURRENCE_TOO_LONG@until")
        .refuse("idempotencyKey", "", "REQUIRED@idempotencyKey")
        .edits(case, "bsr");
    let cancel = Row::new("bookingSeriesCancel", pivot(json!({ "reason": "OTHER" })))
        .refuse("note", long(), "TOO_LONG@note")
        .refuse("bookingId", case.own("bkg"), "NOT_IN_SERIES@bookingId")
        .refuse("idempotencyKey", long(), "TOO_LONG@idempotencyKey")
        .foreign("bookingId", case, "bkg")
        .stale();
    vec![create, moved, extend, cancel]
}

fn steps(case: &Case<'_>) -> Vec<Row> {
    let ended = |reason: &str| case.edit_with("bkg", json!({ "reason": reason, "idempotencyKey": key() }));
    let step = |mutation, ends| Row::new(mutation, case.edit("bkg")).edits(case, "bkg").ends(ends);
    vec![
        step("bookingConfirm", "WRONG_STATUS"),
        Row::new("bookingPrepaymentReceive", case.edit_with("bkg", json!({ "idempotencyKey": key() })))
            .refuse("idempotencyKey", long(), "TOO_LONG@idempotencyKey")
            .edits(case, "bkg")
            .ends("WRONG_STATUS"),
        Row::new("bookingDecline", ended("OTHER"))
            .refuse("note", long(), "TOO_LONG@note")
            .edits(case, "bkg")
            .ends("WRONG_STATUS"),
        step("bookingNoShow", "NO_SHOW_TOO_EARLY"),
        step("bookingNoShowUndo", "WRONG_STATUS"),
        step("bookingComplete", "WRONG_STATUS"),
        step("bookingArrive", ""),
        step("bookingStart", ""),
        Row::new("bookingCancel", ended("CLIENT_REQUEST"))
            .refuse("note", long(), "TOO_LONG@note")
            .refuse("idempotencyKey", long(), "TOO_LONG@idempotencyKey")
            .edits(case, "bkg")
            .ends("WRONG_STATUS"),
        Row::new(
            "bookingCancel",
            merged(case.edit_spare("bkg"), json!({ "reason": "DUPLICATE", "idempotencyKey": key() })),
        )
        .refuse("idempotencyKey", "", "REQUIRED@idempotencyKey"),
    ]
}
