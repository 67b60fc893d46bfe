//! A held slot is its holder's: for as long as it is held, and no longer.

use chrono::TimeDelta;
use harness::{App, Company};
use serde_json::{Value, json};

use super::{at, kyiv, offered, visit};

const DATE: &str = "2026-03-10";
const START: &str = "2026-03-10T12:00:00+02:00";
const SELECTION: &str = "token hold { id state expiresAt startsAt }";

/// A visit as the holder of a token asks for it.
fn holding(visit: &Value, token: &Value) -> Value {
    let mut wish = visit.clone();
    wish["holdToken"] = token.clone();
    wish
}

fn guest(input: Value) -> Value {
    let mut input = input;
    input["client"] = json!({ "name": "Гість", "email": "guest@example.com" });
    input
}

harness::api_test! {
    async fn it_is_hidden_from_others_until_it_expires(engine: Engine) {
        let app = App::start(engine).await.expect("an app");
        let company = Company::new(&app).await;
        let (holder, other) = (company.publishable().await, company.publishable().await);
        let (wish, start) = (visit(&company, 0), kyiv(START));
        let held = holder.done("holdCreate", at(&wish, START), SELECTION).await;
        let token = &held["token"];
        assert!(offered(&holder, &holding(&wish, token), DATE).await.contains(&start), "hidden from its holder");
        assert!(!offered(&other, &wish, DATE).await.contains(&start), "offered to somebody else");
        let refused =
            other.mutate("bookingCreate", guest(at(&wish, START)), "booking { id } alternatives { startsAt }").await;
        assert_eq!(refused.refusals(), ["SLOT_TAKEN@startsAt"]);
        assert_ne!(refused.value()["alternatives"], json!([]));
        assert_eq!(other.mutate("holdCreate", at(&wish, START), SELECTION).await.refusals(), ["SLOT_TAKEN@startsAt"]);

        app.clock.advance(TimeDelta::minutes(10) - TimeDelta::seconds(1));
        assert!(!offered(&other, &wish, DATE).await.contains(&start), "free before its time");
        app.clock.advance(TimeDelta::seconds(1));
        assert!(offered(&other, &wish, DATE).await.contains(&start), "expired and not free");
        let late = holder
            .mutate(
                "bookingCreate",
                json!({
                    "holdToken": token, "client": { "name": "Гість", "email": "guest@example.com" },
                    "idempotencyKey": harness::key(),
                }),
                "booking { id }",
            )
            .await;
        assert_eq!(late.refusals(), ["HOLD_ENDED@holdToken"]);
        other.done("bookingCreate", guest(at(&wish, START)), "booking { id }").await;
    }
}

harness::api_test! {
    async fn it_becomes_a_booking_once(app: &App) {
        let company = Company::new(app).await;
        let page = company.publishable().await;
        let wish = visit(&company, 0);
        let token = page.done("holdCreate", at(&wish, START), SELECTION).await["token"].clone();
        let input = || {
            json!({
                "holdToken": token, "client": { "name": "Гість", "email": "guest@example.com" },
                "idempotencyKey": harness::key(),
            })
        };
        let booked = page.done("bookingCreate", input(), "booking { startsAt status lines { staff { id } } }").await;
        assert_eq!(super::instant(&booked["booking"]["startsAt"]), kyiv(START));
        assert_eq!(booked["booking"]["lines"][0]["staff"]["id"], company.staff[0].as_str());
        let hold =
            page.data("query($token: String!) { hold(token: $token) { state } }", json!({ "token": token })).await;
        assert_eq!(hold["hold"]["state"], "BOOKED");
        let again = page.mutate("bookingCreate", input(), "booking { id }").await;
        assert_eq!(again.refusals(), ["HOLD_ENDED@holdToken"]);
        assert!(!offered(&page, &wish, DATE).await.contains(&kyiv(START)));
    }
}

harness::api_test! {
    async fn given_back_it_is_free_at_once(app: &App) {
        let company = Company::new(app).await;
        let page = company.publishable().await;
        let wish = visit(&company, 0);
        let token = page.done("holdCreate", at(&wish, START), SELECTION).await["token"].clone();
        for _ in 0..2 {
            let released = page.done("holdRelease", json!({ "token": token }), "hold { state }").await;
            assert_eq!(released["hold"]["state"], "RELEASED");
        }
        assert!(offered(&page, &wish, DATE).await.contains(&kyiv(START)));
    }
}
