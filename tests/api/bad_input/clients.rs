//! Cards and notes.

use harness::key;
use serde_json::json;

use super::row::{Case, Row, long};

pub fn rows(case: &Case<'_>) -> Vec<Row> {
    let card = json!({
        "name": "Ольга Кобилянська", "phones": ["067 765 43 21"], "emails": ["olha@example.com"],
        "idempotencyKey": key(),
    });
    let note = json!({ "clientId": case.own("cli"), "body": "Телефонувати ввечері" });
    vec![
        Row::new("clientCreate", card)
            .refuse("name", " ", "REQUIRED@name")
            .refuse("name", long(), "TOO_LONG@name")
            .refuse("name", "a\u{0}b", "INVALID@name")
            .refuse("phones.0", "12", "INVALID@phones.0")
            .refuse("emails.0", "nobody", "INVALID@emails.0")
            .refuse("tags", json!([long()]), "TOO_LONG@tags.0")
            .refuse("source", long(), "TOO_LONG@source")
            .refuse("birthday", "2030-01-01", "OUT_OF_RANGE@birthday")
            .refuse("consent", json!({ "given": true, "wording": "" }), "REQUIRED@consent.wording")
            .refuse("preferences", json!({ "note": long() }), "TOO_LONG@preferences.note")
            .refuse("preferences", json!({ "staffIds": [case.other("stf")] }), "!NOT_FOUND")
            .refuse("idempotencyKey", "", "REQUIRED@idempotencyKey")
            .refuse("idempotencyKey", long(), "TOO_LONG@idempotencyKey"),
        Row::new("clientUpdate", case.edit_with("cli", json!({ "source": "Вивіска" })))
            .refuse("name", "", "REQUIRED@name")
            .refuse("name", long(), "TOO_LONG@name")
            .refuse("phones", json!(["abc"]), "INVALID@phones.0")
            .refuse("preferences", json!({ "staffIds": [case.other("stf")] }), "!NOT_FOUND")
            .edits(case, "cli"),
        Row::new("clientConsentSet", case.edit_with("cli", json!({ "given": true, "wording": "Так, пишіть" })))
            .refuse("wording", "", "REQUIRED@wording")
            .refuse("wording", long(), "TOO_LONG@wording")
            .edits(case, "cli"),
        Row::new("clientNoteCreate", note)
            .refuse("body", "", "REQUIRED@body")
            .refuse("body", long(), "TOO_LONG@body")
            .foreign("clientId", case, "cli"),
        Row::new("clientNoteUpdate", case.edit_with("not", json!({ "body": "Без кави" })))
            .refuse("body", "", "REQUIRED@body")
            .refuse("body", long(), "TOO_LONG@body")
            .edits(case, "not"),
        Row::new("clientNoteDelete", case.edit("not")).edits(case, "not"),
        Row::new("clientBlock", case.edit_with("cli", json!({ "reason": "Не приходить" })))
            .refuse("reason", "", "REQUIRED@reason")
            .refuse("reason", long(), "TOO_LONG@reason")
            .edits(case, "cli"),
        Row::new("clientUnblock", case.edit("cli")).edits(case, "cli"),
        Row::new("clientCodeRequest", json!({ "email": "olha@example.com" }))
            .refuse("email", "", "REQUIRED@email")
            .refuse("email", "nobody", "INVALID@email")
            .refuse("email", format!("{}@example.com", "a".repeat(300)), "TOO_LONG@email"),
        Row::new("clientCodeConfirm", json!({ "email": "olha@example.com", "code": "12345" }))
            .refuse("code", "", "CODE_INVALID@code")
            .refuse("code", long(), "CODE_INVALID@code")
            .refuse("email", "nobody", "CODE_INVALID@code")
            .refuse("email", long(), "CODE_INVALID@code")
            .ends("CODE_INVALID@code"),
        Row::new("clientArchive", case.edit("cli")).edits(case, "cli"),
        Row::new("clientRestore", case.edit("cli")).edits(case, "cli"),
    ]
}
