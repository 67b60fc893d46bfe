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
        other.done("bookingCreate", guest(at(&wish, START)), "booking { id }").await;
        let late = holder
            .mutate(
                "bookingCreate",
                json!({
                    "holdToken": token, "client": { "name": "Гість", "email": "guest@example.com" },
                    "idempotencyKey": harness::key(),
                }),
                "booking { id } alternatives { startsAt }",
            )
            .await;
        assert_eq!(late.refusals(), ["HOLD_ENDED@holdToken"]);
        let others = late.value()["alternatives"].as_array().expect("alternatives");
        assert!(others.len() == 5 && others.iter().all(|slot| super::instant(&slot["startsAt"]) != start));
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

/// The input that makes a booking of what a token holds.
fn confirming(token: &Value) -> Value {
    json!({
        "holdToken": token, "client": { "name": "Гість", "email": "guest@example.com" }, "idempotencyKey": harness::key(),
    })
}

harness::api_test! {
    async fn one_that_ran_out_lately_takes_its_slot_again_if_it_is_free(engine: Engine) {
        let app = App::start(engine).await.expect("an app");
        let company = Company::new(&app).await;
        let page = company.publishable().await;
        let wish = visit(&company, 0);
        let token = page.done("holdCreate", at(&wish, START), SELECTION).await["token"].clone();
        let too_late = page.done("holdCreate", at(&visit(&company, 1), START), SELECTION).await["token"].clone();
        app.clock.advance(TimeDelta::minutes(10));
        // Somebody looks, and the sweep takes it away: it has ended for everybody but its owner.
        assert!(offered(&page, &wish, DATE).await.contains(&kyiv(START)));
        app.clock.advance(TimeDelta::minutes(59));
        let booked = page.done("bookingCreate", confirming(&token), "booking { startsAt status }").await;
        assert_eq!(super::instant(&booked["booking"]["startsAt"]), kyiv(START));
        let again = page.mutate("bookingCreate", confirming(&token), "booking { id }").await;
        assert_eq!(again.refusals(), ["HOLD_ENDED@holdToken"]);
        app.clock.advance(TimeDelta::minutes(1));
        let late = page.mutate("bookingCreate", confirming(&too_late), "booking { id }").await;
        assert_eq!(late.refusals(), ["HOLD_ENDED@holdToken"]);
    }
}

harness::api_test! {
    async fn it_is_extended_once_and_hides_its_slot_until_then(engine: Engine) {
        let app = App::start(engine).await.expect("an app");
        let company = Company::new(&app).await;
        let (holder, other) = (company.publishable().await, company.publishable().await);
        let wish = visit(&company, 0);
        let held = holder.done("holdCreate", at(&wish, START), SELECTION).await;
        app.clock.advance(TimeDelta::minutes(9));
        let extending = json!({ "token": held["token"], "idempotencyKey": harness::key() });
        let first = holder.done("holdExtend", extending.clone(), "hold { expiresAt extended }").await;
        let until = super::instant(&held["hold"]["expiresAt"]) + TimeDelta::minutes(10);
        assert_eq!((super::instant(&first["hold"]["expiresAt"]), &first["hold"]["extended"]), (until, &json!(true)));
        // The same request again is the same extension; another one is refused.
        let repeated = holder.done("holdExtend", extending, "hold { expiresAt }").await;
        assert_eq!(super::instant(&repeated["hold"]["expiresAt"]), until);
        let second = json!({ "token": held["token"], "idempotencyKey": harness::key() });
        let refused = holder.mutate("holdExtend", second, "hold { expiresAt }").await;
        assert_eq!(refused.refusals(), ["HOLD_ALREADY_EXTENDED@token"]);

        // Its first end passes, its job runs, and it holds still.
        app.clock.advance(TimeDelta::minutes(10));
        assert!(!offered(&other, &wish, DATE).await.contains(&kyiv(START)), "free before its new time");
        let taken = other.mutate("bookingCreate", guest(at(&wish, START)), "booking { id }").await;
        assert_eq!(taken.refusals(), ["SLOT_TAKEN@startsAt"]);
        app.clock.advance(TimeDelta::minutes(1));
        assert!(offered(&other, &wish, DATE).await.contains(&kyiv(START)), "held after its new time");
        let ended = json!({ "token": held["token"], "idempotencyKey": harness::key() });
        let ended = holder.mutate("holdExtend", ended, "hold { expiresAt }").await;
        assert_eq!(ended.refusals(), ["HOLD_ENDED@token"]);
    }
}

harness::api_test! {
    async fn a_clients_card_has_at_most_five_at_once(app: &App) {
        let company = Company::new(app).await;
        let of_client = |hour: u32| {
            let mut input = at(&visit(&company, 0), &format!("2026-03-11T{hour:02}:00:00+02:00"));
            input["clientId"] = json!(company.visitor);
            input
        };
        for hour in 9..14 {
            company.administrator.done("holdCreate", of_client(hour), SELECTION).await;
        }
        let sixth = company.administrator.mutate("holdCreate", of_client(15), SELECTION).await;
        assert_eq!(sixth.refusals(), ["HOLD_LIMIT"]);
        // Staff hold for others meanwhile.
        let other = at(&visit(&company, 0), "2026-03-11T15:00:00+02:00");
        company.administrator.done("holdCreate", other, SELECTION).await;
    }
}
