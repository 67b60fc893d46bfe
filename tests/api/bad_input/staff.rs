//! People who work, their hours, their time off.

use harness::every_day;
use serde_json::json;

use super::row::{Case, Row, long, versioned};

pub fn rows(case: &Case<'_>) -> Vec<Row> {
    let (staff, location) = (case.own("stf"), json!(case.company.location));
    let overlapping = json!([{ "startsAt": "09:00", "endsAt": "13:00" }, { "startsAt": "12:00", "endsAt": "14:00" }]);
    let weekly = json!([
        { "weekday": "MONDAY", "startsAt": "09:00", "endsAt": "13:00" },
        { "weekday": "MONDAY", "startsAt": "12:00", "endsAt": "14:00" },
    ]);
    let person = json!({ "name": "Дарина", "locationIds": [location], "services": [{ "serviceId": case.own("svc") }] });
    let hours = json!({
        "staffId": staff, "locationId": location, "templates": [{ "intervals": every_day("10:00", "16:00") }],
    });
    let exception = json!({
        "staffId": staff, "locationId": location, "dates": ["2026-04-01"],
        "intervals": [{ "startsAt": "09:00", "endsAt": "12:00" }],
    });
    let removed = json!({ "staffId": staff, "locationId": location, "dates": ["2026-04-01"] });
    let absence = json!({
        "staffId": staff, "startsAt": "2026-06-01T00:00:00+03:00", "endsAt": "2026-06-08T00:00:00+03:00",
        "reason": "Відпустка",
    });
    vec![
        Row::new("staffMemberCreate", person)
            .refuse("name", "", "REQUIRED@name")
            .refuse("name", long(), "TOO_LONG@name")
            .refuse("title", json!({ "uk": long() }), "TOO_LONG@title.uk")
            .refuse("bio", json!({ "en": long() }), "TOO_LONG@bio.en")
            .refuse("color", "#12", "INVALID@color")
            .refuse("position", -2_000_000, "OUT_OF_RANGE@position")
            .refuse("services.0.durationMinutes", -5, "OUT_OF_RANGE@services.0.durationMinutes")
            .refuse("services.0.amountMinor", -5, "OUT_OF_RANGE@services.0.amountMinor")
            .foreign("userId", case, "usr")
            .foreign("locationIds.0", case, "loc")
            .foreign("services.0.serviceId", case, "svc"),
        Row::new("staffMemberUpdate", case.edit_with("stf", json!({ "position": 2 })))
            .refuse("name", long(), "TOO_LONG@name")
            .refuse("services", json!([{ "serviceId": case.other("svc") }]), "!NOT_FOUND")
            .refuse("locationIds", json!([case.other("loc")]), "!NOT_FOUND")
            .edits(case, "stf"),
        Row::new("staffHoursSet", versioned(hours))
            .refuse("templates.0.intervals", weekly, "INTERVALS_OVERLAP@templates.0.intervals")
            .refuse("templates.0.validTo", "2020-01-01", "END_BEFORE_START@templates.0.validTo")
            .foreign("staffId", case, "stf")
            .foreign("locationId", case, "loc")
            .stale(),
        Row::new("staffExceptionsSet", versioned(exception))
            .refuse("note", long(), "TOO_LONG@note")
            .refuse("dates", json!([]), "REQUIRED@dates")
            .refuse("intervals", overlapping, "INTERVALS_OVERLAP@intervals")
            .foreign("staffId", case, "stf")
            .foreign("locationId", case, "loc")
            .stale(),
        Row::new("staffExceptionsRemove", versioned(removed))
            .refuse("dates", json!([]), "REQUIRED@dates")
            .foreign("staffId", case, "stf")
            .foreign("locationId", case, "loc")
            .stale(),
        Row::new("timeOffRequest", absence)
            .refuse("reason", long(), "TOO_LONG@reason")
            .refuse("endsAt", "2026-05-08T00:00:00+03:00", "END_BEFORE_START@endsAt")
            .foreign("staffId", case, "stf"),
        // An administrator's own request is approved at once.
        Row::new("timeOffApprove", case.edit("abs")).edits(case, "abs").ends("WRONG_STATUS"),
        Row::new("timeOffDecline", case.edit("abs")).edits(case, "abs").ends("WRONG_STATUS"),
        Row::new("timeOffCancel", case.edit("abs")).edits(case, "abs"),
        Row::new("staffMemberArchive", case.edit("stf")).edits(case, "stf"),
        Row::new("staffMemberRestore", case.edit("stf")).edits(case, "stf"),
    ]
}
