//! Services, categories, things.

use serde_json::{Value, json};

use super::row::{Case, Row, long};

pub fn rows(case: &Case<'_>) -> Vec<Row> {
    let mut rows = services(case);
    rows.extend(policies(case));
    rows.extend(things(case));
    rows
}

fn policies(case: &Case<'_>) -> Vec<Row> {
    let tier = |hours: i32| json!({ "hoursBefore": hours, "fee": { "kind": "PERCENT", "percentBp": 5_000 } });
    let policy = json!({ "name": { "uk": "Сувора" }, "tiers": [tier(24)], "noShowFee": { "kind": "FULL" } });
    let mut rows = vec![
        Row::new("cancellationPolicyCreate", policy)
            .refuse("name", json!({}), "REQUIRED@name")
            .refuse("name.uk", long(), "TOO_LONG@name.uk")
            .refuse("tiers.0.hoursBefore", 0, "OUT_OF_RANGE@tiers.0.hoursBefore")
            .refuse("tiers.0.hoursBefore", 8_761, "OUT_OF_RANGE@tiers.0.hoursBefore")
            .refuse("tiers", json!([tier(24), tier(24)]), "DUPLICATE@tiers.1.hoursBefore")
            .refuse("tiers", json!(vec![tier(24); 11]), "TOO_LONG@tiers")
            .refuse("tiers.0.fee.percentBp", 10_001, "OUT_OF_RANGE@tiers.0.fee.percentBp")
            .refuse("tiers.0.fee.amountMinor", 5, "PORTION_KIND@tiers.0.fee.amountMinor")
            .refuse("noShowFee", json!({ "kind": "FIXED" }), "REQUIRED@noShowFee.amountMinor")
            .refuse("noShowFee", json!({ "kind": "FIXED", "amountMinor": -1 }), "OUT_OF_RANGE@noShowFee.amountMinor")
            .refuse("rescheduleHours", -1, "OUT_OF_RANGE@rescheduleHours")
            .refuse("maxReschedules", 101, "OUT_OF_RANGE@maxReschedules")
            .refuse("idempotencyKey", long(), "TOO_LONG@idempotencyKey"),
        Row::new("cancellationPolicyUpdate", case.edit_with("cxp", json!({ "rescheduleHours": 6 })))
            .refuse("name", json!({ "en": long() }), "TOO_LONG@name.en")
            .refuse("tiers", json!([tier(-1)]), "OUT_OF_RANGE@tiers.0.hoursBefore")
            .refuse("rescheduleHours", 9_000, "OUT_OF_RANGE@rescheduleHours")
            .edits(case, "cxp"),
        Row::new("cancellationPolicyArchive", case.edit("cxp")).edits(case, "cxp"),
        Row::new("cancellationPolicySetDefault", json!({ "id": case.own("cxp") }))
            .foreign("id", case, "cxp")
            .ends("ARCHIVED@id"),
        Row::new("cancellationPolicyRestore", case.edit("cxp")).edits(case, "cxp"),
        Row::new("cancellationPolicySetDefault", json!({ "id": case.own("cxp") })),
    ];
    rows.push(Row::new("cancellationPolicyArchive", case.edit("cxp")).edits(case, "cxp").ends("IN_USE"));
    rows
}

fn services(case: &Case<'_>) -> Vec<Row> {
    let service = json!({
        "name": { "uk": "Манікюр" }, "categoryId": case.own("cat"), "durationMinutes": 45,
        "price": { "kind": "FIXED", "amountMinor": 40_000 },
        "requirements": [{ "resourceKindId": case.own("rty") }], "locationIds": [case.company.location],
    });
    let both = json!([{ "resourceKindId": case.own("rty"), "resourceId": case.own("rsc") }]);
    let mut rows = vec![
        Row::new("serviceCreate", service)
            .refuse("name", json!({}), "REQUIRED@name")
            .refuse("name.uk", long(), "TOO_LONG@name.uk")
            .refuse("description", json!({ "en": long() }), "TOO_LONG@description.en")
            .refuse("durationMinutes", 0, "OUT_OF_RANGE@durationMinutes")
            .refuse("durationMinutes", -30, "OUT_OF_RANGE@durationMinutes")
            .refuse("bufferAfterMinutes", -1, "OUT_OF_RANGE@bufferAfterMinutes")
            .refuse("bufferBeforeMinutes", 100_000, "OUT_OF_RANGE@bufferBeforeMinutes")
            .refuse("stepMinutes", -15, "OUT_OF_RANGE@stepMinutes")
            .refuse("noticeMinutes", -1, "OUT_OF_RANGE@noticeMinutes")
            .refuse("horizonDays", -1, "OUT_OF_RANGE@horizonDays")
            .refuse("taxRateBp", 10_001, "OUT_OF_RANGE@taxRateBp")
            .refuse("price.amountMinor", -1, "OUT_OF_RANGE@price.amountMinor")
            .refuse("price.currency", "XXQ", "UNKNOWN_CURRENCY@price.currency")
            .refuse("price.currency", "USD", "CURRENCY_MISMATCH@price.currency")
            .refuse("color", "red", "INVALID@color")
            .refuse("requirements", both, "REQUIREMENT_TARGET@requirements.0")
            .refuse("processing", json!({ "afterMinutes": 20, "minutes": 25 }), "PROCESSING_MISFIT@processing")
            .refuse("processing", json!({ "afterMinutes": 0, "minutes": 5 }), "OUT_OF_RANGE@processing")
            .refuse("addOns", json!([{ "name": {} }]), "REQUIRED@addOns.0.name")
            .refuse(
                "addOns",
                json!([{ "name": { "uk": "Кава" }, "extraMinutes": -1 }]),
                "OUT_OF_RANGE@addOns.0.extraMinutes",
            )
            .refuse(
                "addOns",
                json!([{ "name": { "uk": "Кава" }, "amountMinor": -1 }]),
                "OUT_OF_RANGE@addOns.0.amountMinor",
            )
            .refuse("addOns", json!(vec![json!({ "name": { "uk": "Кава" } }); 21]), "TOO_LONG@addOns")
            .refuse("requirements.0.units", 0, "OUT_OF_RANGE@requirements.0.units")
            .refuse("requirements.0.setupMinutes", -5, "OUT_OF_RANGE@requirements.0.setupMinutes")
            .refuse("rules", json!({ "dailyLimit": 0 }), "OUT_OF_RANGE@rules.dailyLimit")
            .refuse(
                "rules",
                json!({ "prepayment": { "kind": "PERCENT", "percentBp": 0 } }),
                "OUT_OF_RANGE@rules.prepayment.percentBp",
            )
            .refuse(
                "rules",
                json!({ "prepayment": { "kind": "FULL", "amountMinor": 1 } }),
                "PORTION_KIND@rules.prepayment.amountMinor",
            )
            .refuse("rules", json!({ "cancellationPolicyId": case.other("cxp") }), "!NOT_FOUND")
            .refuse("idempotencyKey", long(), "TOO_LONG@idempotencyKey")
            .foreign("requirements.0.resourceKindId", case, "rty")
            .foreign("locationIds.0", case, "loc")
            .foreign("categoryId", case, "cat"),
        Row::new(
            "serviceUpdate",
            case.edit_with("svc", json!({ "durationMinutes": 40, "bookableFrom": "2026-02-01" })),
        )
        .refuse("durationMinutes", -1, "OUT_OF_RANGE@durationMinutes")
        .refuse("name", json!({ "en": long() }), "TOO_LONG@name.en")
        .refuse("categoryId", case.other("cat"), "!NOT_FOUND")
        .refuse("addOns", json!([{ "addOnId": case.other("add"), "name": { "uk": "Кава" } }]), "!NOT_FOUND")
        .refuse("bookableTo", "2026-01-01", "END_BEFORE_START@bookableTo")
        .edits(case, "svc"),
        Row::new("serviceCategoryCreate", json!({ "name": { "uk": "Нігті" } }))
            .refuse("name", json!({ "uk": " " }), "REQUIRED@name")
            .refuse("name.uk", long(), "TOO_LONG@name.uk")
            .refuse("position", -2_000_000, "OUT_OF_RANGE@position"),
        Row::new("serviceCategoryUpdate", case.edit_with("cat", json!({ "position": 3 })))
            .refuse("name", json!({ "uk": long() }), "TOO_LONG@name.uk")
            .refuse("position", 2_000_000, "OUT_OF_RANGE@position")
            .edits(case, "cat"),
    ];
    for (mutation, prefix) in [("serviceArchive", "svc"), ("serviceRestore", "svc")] {
        rows.push(Row::new(mutation, case.edit(prefix)).edits(case, prefix));
    }
    rows
}

fn things(case: &Case<'_>) -> Vec<Row> {
    let window = |from: &str, to: &str| -> Value {
        json!({ "resourceId": case.own("rsc"), "startsAt": from, "endsAt": to, "reason": "Ремонт" })
    };
    let unit = json!({ "kindId": case.own("rty"), "locationId": case.company.location, "name": "Кушетка" });
    let mut rows = vec![
        Row::new("resourceKindCreate", json!({ "name": { "uk": "Кабінет" } }))
            .refuse("name", json!({}), "REQUIRED@name")
            .refuse("name.uk", long(), "TOO_LONG@name.uk"),
        Row::new("resourceKindUpdate", case.edit_with("rty", json!({ "name": { "uk": "Зал" } })))
            .refuse("name.uk", long(), "TOO_LONG@name.uk")
            .refuse("name.uk", "Кабінет", "TAKEN@name")
            .edits(case, "rty"),
        Row::new("resourceCreate", unit)
            .refuse("name", "", "REQUIRED@name")
            .refuse("name", long(), "TOO_LONG@name")
            .refuse("capacity", 0, "OUT_OF_RANGE@capacity")
            .refuse("capacity", -1, "OUT_OF_RANGE@capacity")
            .foreign("kindId", case, "rty")
            .foreign("locationId", case, "loc"),
        Row::new("resourceUpdate", case.edit_with("rsc", json!({ "name": "Кушетка 2" })))
            .refuse("name", long(), "TOO_LONG@name")
            .refuse("capacity", -1, "OUT_OF_RANGE@capacity")
            .refuse("locationId", case.other("loc"), "!NOT_FOUND")
            .edits(case, "rsc"),
        Row::new("maintenanceCreate", window("2026-05-01T09:00:00+03:00", "2026-05-01T10:00:00+03:00"))
            .refuse("reason", long(), "TOO_LONG@reason")
            .refuse("endsAt", "2026-05-01T09:00:00+03:00", "END_BEFORE_START@endsAt")
            .refuse("startsAt", "2026-05-02T09:00:00+03:00", "END_BEFORE_START@endsAt")
            .foreign("resourceId", case, "rsc"),
        Row::new("maintenanceUpdate", case.edit_with("mnt", json!({ "reason": "Інше" })))
            .refuse("reason", long(), "TOO_LONG@reason")
            .refuse("startsAt", "2027-05-02T09:00:00+03:00", "END_BEFORE_START@endsAt")
            .edits(case, "mnt"),
        Row::new("maintenanceCancel", case.edit("mnt")).edits(case, "mnt"),
    ];
    // What something uses can't be put away; a spare one can.
    for (mutation, prefix) in [("resourceKindArchive", "rty"), ("serviceCategoryArchive", "cat")] {
        rows.push(Row::new(mutation, case.edit(prefix)).edits(case, prefix).ends("IN_USE"));
        rows.push(Row::new(mutation, case.edit_spare(prefix)).edits(case, prefix));
    }
    for (mutation, prefix) in [("resourceKindRestore", "rty"), ("serviceCategoryRestore", "cat")] {
        rows.push(Row::new(mutation, case.edit_spare(prefix)).edits(case, prefix));
    }
    for mutation in ["resourceArchive", "resourceRestore"] {
        rows.push(Row::new(mutation, case.edit("rsc")).edits(case, "rsc"));
    }
    rows
}
