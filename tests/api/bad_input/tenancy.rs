//! People, companies, places, access.

use harness::{PASSWORD, every_day, key};
use serde_json::json;

use super::row::{Case, Row, long, versioned};

pub fn rows(case: &Case<'_>) -> Vec<Row> {
    let mut rows = access(case);
    rows.extend(places(case));
    rows.extend(login(case));
    rows
}

fn access(case: &Case<'_>) -> Vec<Row> {
    let role = json!({ "kind": "CUSTOM", "customRoleId": case.own("rol") });
    vec![
        Row::new(
            "apiKeyCreate",
            json!({ "name": "Сайт", "kind": "PUBLISHABLE", "origins": ["https://a.example"], "idempotencyKey": key() }),
        )
        .refuse("name", " ", "REQUIRED@name")
        .refuse("name", long(), "TOO_LONG@name")
        .refuse("origins", json!(["not an origin"]), "ORIGIN_INVALID@origins.0")
        .refuse("idempotencyKey", long(), "TOO_LONG@idempotencyKey"),
        Row::new("apiKeyUpdate", json!({ "id": case.own("key"), "name": "Інша назва" }))
            .refuse("name", "", "REQUIRED@name")
            .refuse("name", long(), "TOO_LONG@name")
            .foreign("id", case, "key"),
        Row::new("apiKeyRevoke", json!({ "id": case.own("key") })).foreign("id", case, "key"),
        Row::new("roleCreate", json!({ "name": "Помічниця", "permissions": ["company.read"] }))
            .refuse("name", "", "REQUIRED@name")
            .refuse("name", long(), "TOO_LONG@name")
            .refuse("permissions", json!(["company.own_everything"]), "UNKNOWN_PERMISSION@permissions"),
        Row::new("roleUpdate", case.edit_with("rol", json!({ "name": "Ще одна" })))
            .refuse("name", long(), "TOO_LONG@name")
            .refuse("name", "Помічниця", "TAKEN@name")
            .refuse("permissions", json!(["?"]), "UNKNOWN_PERMISSION@permissions")
            .edits(case, "rol"),
        Row::new("memberUpdate", case.edit_with("mem", json!({ "role": role })))
            .refuse("role", json!({ "kind": "CUSTOM" }), "REQUIRED@role.customRoleId")
            .refuse("role", json!({ "kind": "MANAGER", "customRoleId": case.own("rol") }), "INVALID@role.customRoleId")
            .refuse("locationIds", json!([case.other("loc")]), "!NOT_FOUND")
            .foreign("role.customRoleId", case, "rol")
            .edits(case, "mem"),
        Row::new("roleArchive", case.edit("rol")).edits(case, "rol").ends("IN_USE"),
        Row::new("memberRemove", case.edit("mem")).edits(case, "mem"),
        Row::new("invitationCreate", json!({ "email": "new@example.com", "role": { "kind": "EMPLOYEE" } }))
            .refuse("email", "not an address", "INVALID@email")
            .refuse("email", "", "REQUIRED@email")
            .refuse("email", format!("{}@example.com", "a".repeat(300)), "TOO_LONG@email")
            .refuse("role", json!({ "kind": "CUSTOM" }), "REQUIRED@role.customRoleId")
            .refuse("role", json!({ "kind": "CUSTOM", "customRoleId": case.other("rol") }), "!NOT_FOUND")
            .refuse("locationIds", json!([case.other("loc")]), "!NOT_FOUND"),
        Row::new("invitationResend", json!({ "id": case.own("inv") })).foreign("id", case, "inv"),
        Row::new("invitationRevoke", json!({ "id": case.own("inv") })).foreign("id", case, "inv"),
        Row::new("invitationAccept", json!({ "token": "zin_nonsense" }))
            .refuse("token", "", "LINK_INVALID@token")
            .refuse("token", long(), "LINK_INVALID@token")
            .ends("LINK_INVALID@token"),
    ]
}

fn places(case: &Case<'_>) -> Vec<Row> {
    let hours = json!([
        { "weekday": "MONDAY", "startsAt": "09:00", "endsAt": "13:00" },
        { "weekday": "MONDAY", "startsAt": "12:00", "endsAt": "18:00" },
    ]);
    let closed = json!({
        "locationId": case.company.location, "startsAt": "2026-12-24T00:00:00+02:00",
        "endsAt": "2026-12-26T00:00:00+02:00", "reason": "Свята",
    });
    vec![
        Row::new("companyUpdate", versioned(json!({ "name": "Нова назва" })))
            .refuse("name", "", "REQUIRED@name")
            .refuse("name", long(), "TOO_LONG@name")
            .refuse("slug", "Not A Slug!", "INVALID@slug")
            .refuse("holdMinutes", -1, "OUT_OF_RANGE@holdMinutes")
            .refuse("horizonDays", 0, "OUT_OF_RANGE@horizonDays")
            .refuse("noticeMinutes", -5, "OUT_OF_RANGE@noticeMinutes")
            .refuse("pendingMinutes", 4, "OUT_OF_RANGE@pendingMinutes")
            .refuse("noShowGraceMinutes", 241, "OUT_OF_RANGE@noShowGraceMinutes")
            .refuse("holdExtensionMinutes", 1, "OUT_OF_RANGE@holdExtensionMinutes")
            .refuse("clientPageUrl", "http://salon.example/visit", "INVALID@clientPageUrl")
            .refuse("clientPageUrl", "https://salon.example/#visit", "INVALID@clientPageUrl")
            .refuse("clientPageUrl", "javascript:alert(1)", "INVALID@clientPageUrl")
            .refuse("clientPageUrl", long(), "TOO_LONG@clientPageUrl")
            .refuse("bookingLimits", json!({ "clientActive": 0 }), "OUT_OF_RANGE@bookingLimits.clientActive")
            .refuse("bookingLimits", json!({ "clientDaily": 101 }), "OUT_OF_RANGE@bookingLimits.clientDaily")
            .refuse("bookingLimits", json!({ "staffDaily": -1 }), "OUT_OF_RANGE@bookingLimits.staffDaily")
            .refuse(
                "bookingLimits",
                json!({ "staffDailyMinutes": 1_441 }),
                "OUT_OF_RANGE@bookingLimits.staffDailyMinutes",
            )
            .stale(),
        Row::new("locationCreate", json!({ "name": "Оболонь", "opening": every_day("09:00", "18:00") }))
            .refuse("name", "", "REQUIRED@name")
            .refuse("name", long(), "TOO_LONG@name")
            .refuse("address", long(), "TOO_LONG@address")
            .refuse("phone", "abc", "INVALID@phone")
            .refuse("stepMinutes", -15, "OUT_OF_RANGE@stepMinutes")
            .refuse("opening", hours.clone(), "HOURS_OVERLAP@opening.1"),
        Row::new("locationUpdate", case.edit_with("loc", json!({ "name": "Теремки" })))
            .refuse("name", long(), "TOO_LONG@name")
            .refuse("phone", "1", "INVALID@phone")
            .refuse("stepMinutes", 0, "OUT_OF_RANGE@stepMinutes")
            .edits(case, "loc"),
        Row::new(
            "openingHoursSet",
            versioned(json!({ "locationId": case.own("loc"), "opening": every_day("10:00", "17:00") })),
        )
        .refuse("opening", hours, "HOURS_OVERLAP@opening.1")
        .foreign("locationId", case, "loc")
        .stale(),
        Row::new("locationArchive", case.edit("loc")).edits(case, "loc"),
        Row::new("locationRestore", case.edit("loc")).edits(case, "loc"),
        Row::new("closureCreate", closed)
            .refuse("reason", long(), "TOO_LONG@reason")
            .refuse("endsAt", "2026-12-23T00:00:00+02:00", "OUT_OF_RANGE@endsAt")
            .foreign("locationId", case, "loc"),
        Row::new("closureUpdate", case.edit_with("clo", json!({ "reason": "Свято" })))
            .refuse("reason", long(), "TOO_LONG@reason")
            .refuse("endsAt", "2020-12-23T00:00:00+02:00", "OUT_OF_RANGE@endsAt")
            .edits(case, "clo"),
        Row::new(
            "publicHolidaysClose",
            json!({ "country": "UA", "dates": ["2027-03-08"], "locationIds": [case.own("loc")] }),
        )
        .refuse("dates", json!([]), "REQUIRED@dates")
        .refuse("dates.0", "2027-03-09", "NOT_A_HOLIDAY@dates.0")
        .refuse("dates", json!(["2027-03-08", "2027-03-08"]), "DUPLICATE@dates.1")
        .foreign("locationIds.0", case, "loc"),
        Row::new("closureRemove", case.edit("clo")).edits(case, "clo"),
    ]
}

fn login(case: &Case<'_>) -> Vec<Row> {
    let stranger = format!("{}@example.com", key());
    vec![
        Row::new("userUpdate", versioned(json!({ "name": "Олена" })))
            .refuse("name", "", "REQUIRED@name")
            .refuse("name", long(), "TOO_LONG@name")
            .stale(),
        Row::new("userRegister", json!({ "email": stranger, "name": "Хтось", "password": PASSWORD }))
            .refuse("email", "nobody", "INVALID@email")
            .refuse("name", "", "REQUIRED@name")
            .refuse("name", long(), "TOO_LONG@name")
            .refuse("password", "short", "TOO_SHORT@password")
            .refuse("password", long(), "TOO_LONG@password")
            .refuse("password", "password1234", "PASSWORD_TOO_COMMON@password"),
        Row::new("emailVerificationResend", json!({ "email": stranger })).refuse("email", "nobody", "INVALID@email"),
        Row::new("passwordResetRequest", json!({ "email": stranger })).refuse("email", "nobody", "INVALID@email"),
        Row::new("emailVerify", json!({ "token": "zvt_nonsense", "password": PASSWORD }))
            .refuse("token", long(), "LINK_INVALID@token")
            .ends("LINK_INVALID@token"),
        Row::new("passwordReset", json!({ "token": "zpr_nonsense", "password": PASSWORD }))
            .refuse("token", long(), "LINK_INVALID@token")
            .ends("LINK_INVALID@token"),
        Row::new("userLogin", json!({ "email": case.company.owner.email, "password": PASSWORD }))
            .refuse("password", "wrong", "LOGIN_FAILED")
            .refuse("useCookie", true, "!FORBIDDEN")
            .refuse("email", "nobody", "LOGIN_FAILED"),
        Row::new("passwordChange", json!({ "currentPassword": PASSWORD, "password": "чотири сині верблюди" }))
            .refuse("currentPassword", "wrong", "PASSWORD_WRONG@currentPassword")
            .refuse("password", "short", "TOO_SHORT@password")
            .refuse("password", long(), "TOO_LONG@password"),
        Row::new("sessionRevoke", json!({ "id": case.own("ses") })).foreign("id", case, "ses").not_tried(),
        Row::new("sessionRefresh", json!({ "refreshToken": "zrt_nonsense" }))
            .refuse("refreshToken", long(), "!UNAUTHENTICATED")
            .refuse("refreshToken", json!(null), "!FORBIDDEN")
            .refuse("useCookie", true, "!FORBIDDEN")
            .ends("!UNAUTHENTICATED"),
        Row::new(
            "companyCreate",
            json!({ "name": "Ще одна", "location": { "name": "Центр", "opening": [] }, "idempotencyKey": key() }),
        )
        .refuse("name", "", "REQUIRED@name")
        .refuse("name", long(), "TOO_LONG@name")
        .refuse("slug", "-", "TOO_SHORT@slug")
        .refuse("slug", "Два слова", "INVALID@slug")
        .refuse("location.name", "", "REQUIRED@location.name")
        .refuse("location.phone", "x", "INVALID@location.phone"),
        Row::new("companySelect", json!({ "companyId": case.company.id }))
            .foreign("companyId", case, "cmp")
            .not_tried(),
    ]
}
