//! People who work, their hours, their time off.

use harness::every_day;
use serde_json::json;

use super::row::{Case, Row, long, versioned};

#[allow(clippy::too_many_lines, reason = "a table")]
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
    let rota = json!({
        "staffId": staff, "locationId": location, "anchor": "2026-05-01", "validTo": "2026-05-31",
        "cycle": [{ "days": 2, "intervals": [{ "startsAt": "09:00", "endsAt": "21:00" }] }, { "days": 2, "intervals": [] }],
    });
    let drafts = json!({ "shifts": [{
        "staffId": staff, "locationId": location, "dates": ["2026-05-04"],
        "intervals": [{ "startsAt": "09:00", "endsAt": "12:00" }],
    }] });
    let copied = json!({
        "fromWeek": "2026-05-04", "toWeeks": ["2026-05-11"], "staffIds": [staff], "locationIds": [location],
    });
    let stretch =
        |from: &str, to: &str| json!({ "from": from, "to": to, "staffIds": [staff], "locationIds": [location] });
    let absence = json!({
        "staffId": staff, "startsAt": "2026-06-01T00:00:00+03:00", "endsAt": "2026-06-08T00:00:00+03:00",
        "reason": "Відпустка",
    });
    let upload = json!({
        "staffId": staff, "name": "Особистий",
        "text": "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260601T080000Z\nDURATION:PT1H\nEND:VEVENT\nEND:VCALENDAR\n",
    });
    let subscription = json!({ "staffId": staff, "name": "Спільний", "url": "https://127.0.0.1/a.ics" });
    vec![
        Row::new("staffMemberCreate", person)
            .refuse("name", "", "REQUIRED@name")
            .refuse("name", long(), "TOO_LONG@name")
            .refuse("title", json!({ "uk": long() }), "TOO_LONG@title.uk")
            .refuse("bio", json!({ "en": long() }), "TOO_LONG@bio.en")
            .refuse("color", "#12", "INVALID@color")
            .refuse("position", -2_000_000, "OUT_OF_RANGE@position")
            .refuse("lanes", 0, "OUT_OF_RANGE@lanes")
            .refuse("lanes", 9, "OUT_OF_RANGE@lanes")
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
            .refuse("intervals", overlapping.clone(), "INTERVALS_OVERLAP@intervals")
            .foreign("staffId", case, "stf")
            .foreign("locationId", case, "loc")
            .stale(),
        Row::new("staffExceptionsRemove", versioned(removed))
            .refuse("dates", json!([]), "REQUIRED@dates")
            .foreign("staffId", case, "stf")
            .foreign("locationId", case, "loc")
            .stale(),
        Row::new("rotaCreate", rota)
            .refuse("name", long(), "TOO_LONG@name")
            .refuse("cycle", json!([]), "REQUIRED@cycle")
            .refuse("cycle.0.days", 0, "OUT_OF_RANGE@cycle.0.days")
            .refuse("cycle.0.intervals", overlapping.clone(), "INTERVALS_OVERLAP@cycle.0.intervals")
            .refuse("validTo", "2020-01-01", "END_BEFORE_START@validTo")
            .refuse("validFrom", "2026-03-15", "VALIDITY_OVERLAPS@validFrom")
            .foreign("staffId", case, "stf")
            .foreign("locationId", case, "loc"),
        Row::new("rotaUpdate", case.edit_with("rot", json!({ "name": "Два через два" })))
            .refuse("name", long(), "TOO_LONG@name")
            .refuse("cycle", json!([]), "REQUIRED@cycle")
            .refuse("validTo", "2020-01-01", "END_BEFORE_START@validTo")
            .refuse("validTo", "2026-05-15", "VALIDITY_OVERLAPS@validFrom")
            .edits(case, "rot"),
        Row::new("shiftDraftsGenerate", stretch("2026-03-16", "2026-03-20"))
            .refuse("to", "2026-03-15", "END_BEFORE_START@to")
            .refuse("to", "2026-05-17", "OUT_OF_RANGE@to")
            .foreign("staffIds.0", case, "stf")
            .foreign("locationIds.0", case, "loc"),
        Row::new("rotaArchive", case.edit("rot")).edits(case, "rot"),
        Row::new("shiftDraftsSet", drafts)
            .refuse("shifts", json!([]), "REQUIRED@shifts")
            .refuse("shifts.0.dates", json!([]), "REQUIRED@shifts.0.dates")
            .refuse("shifts.0.dates", json!(["2026-05-04", "2026-05-04"]), "DUPLICATE@shifts.0.dates.1")
            .refuse("shifts.0.dates.0", "2036-05-04", "OUT_OF_RANGE@shifts.0.dates.0")
            .refuse("shifts.0.intervals", overlapping.clone(), "INTERVALS_OVERLAP@shifts.0.intervals")
            .foreign("shifts.0.staffId", case, "stf")
            .foreign("shifts.0.locationId", case, "loc"),
        Row::new("shiftDraftsCopyWeek", copied)
            .refuse("toWeeks", json!([]), "REQUIRED@toWeeks")
            .refuse("toWeeks.0", "2026-05-05", "DUPLICATE@toWeeks.0")
            .refuse("fromWeek", "2036-05-04", "OUT_OF_RANGE@fromWeek")
            .foreign("staffIds.0", case, "stf")
            .foreign("locationIds.0", case, "loc"),
        Row::new("shiftDraftsDiscard", stretch("2026-05-11", "2026-05-17"))
            .refuse("to", "2026-05-10", "END_BEFORE_START@to")
            .foreign("staffIds.0", case, "stf")
            .foreign("locationIds.0", case, "loc"),
        Row::new("shiftPlanPublish", stretch("2026-05-04", "2026-05-10"))
            .refuse("to", "2026-05-03", "END_BEFORE_START@to")
            .refuse("to", "2026-07-05", "OUT_OF_RANGE@to")
            .foreign("staffIds.0", case, "stf")
            .foreign("locationIds.0", case, "loc"),
        Row::new("shiftPlanWithdraw", stretch("2026-05-04", "2026-05-10"))
            .refuse("to", "2026-05-03", "END_BEFORE_START@to")
            .foreign("staffIds.0", case, "stf")
            .foreign("locationIds.0", case, "loc"),
        Row::new("timeOffRequest", absence)
            .refuse("reason", long(), "TOO_LONG@reason")
            .refuse("endsAt", "2026-05-08T00:00:00+03:00", "END_BEFORE_START@endsAt")
            .foreign("staffId", case, "stf"),
        // An administrator's own request is approved at once.
        Row::new("timeOffApprove", case.edit("abs")).edits(case, "abs").ends("WRONG_STATUS"),
        Row::new("timeOffDecline", case.edit("abs")).edits(case, "abs").ends("WRONG_STATUS"),
        Row::new("timeOffCancel", case.edit("abs")).edits(case, "abs"),
        Row::new("busyCalendarImport", upload)
            .refuse("name", "", "REQUIRED@name")
            .refuse("name", long(), "TOO_LONG@name")
            .refuse("text", "", "NOT_A_CALENDAR@text")
            .refuse("text", "<html></html>", "NOT_A_CALENDAR@text")
            .refuse("text", "x".repeat(1_000_001), "TOO_LONG@text")
            .foreign("staffId", case, "stf"),
        // An address of this machine is as wrong as one that does not read; nothing else is asked in this test.
        Row::new("busyCalendarSubscribe", subscription)
            .refuse("name", "", "REQUIRED@name")
            .refuse("name", long(), "TOO_LONG@name")
            .refuse("url", "calendar.example", "CALENDAR_ADDRESS_REFUSED@url")
            .refuse("url", "http://calendar.example/a.ics", "CALENDAR_ADDRESS_REFUSED@url")
            .refuse("url", "https://user:secret@calendar.example/a.ics", "CALENDAR_ADDRESS_REFUSED@url")
            .refuse("url", "https://169.254.169.254/latest/meta-data", "CALENDAR_ADDRESS_REFUSED@url")
            .refuse("url", "https://[::ffff:10.0.0.1]/a.ics", "CALENDAR_ADDRESS_REFUSED@url")
            .refuse("url", long(), "CALENDAR_ADDRESS_REFUSED@url")
            .foreign("staffId", case, "stf")
            .ends("CALENDAR_ADDRESS_REFUSED@url"),
        Row::new("busyCalendarRefresh", json!({ "id": case.own("bcl") }))
            .foreign("id", case, "bcl")
            .ends("NOT_A_SUBSCRIPTION"),
        Row::new("busyCalendarRemove", case.edit("bcl")).edits(case, "bcl"),
        Row::new("staffMemberArchive", case.edit("stf")).edits(case, "stf"),
        Row::new("staffMemberRestore", case.edit("stf")).edits(case, "stf"),
    ]
}
