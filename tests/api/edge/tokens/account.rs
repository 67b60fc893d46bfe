//! Whose account it is: nobody gets one by somebody else's click, key or guess.

use harness::{App, Company, PASSWORD, Person, key};
use serde_json::{Value, json};
use uuid::Uuid;

const THEIRS: &str = "п'ять чорних воронів";

harness::api_test! {
    async fn a_click_activates_no_password_that_somebody_else_chose(app: &App) {
        let (thief, owner) = (app.client(), app.client());
        let email = format!("{}@example.com", Uuid::new_v4().simple());
        let register = |password: &str| json!({ "email": email, "name": "Олена", "password": password });
        let verify = |token: &str, password: &str| json!({ "token": token, "password": password });
        let login = |password: &str| json!({ "email": email, "password": password });
        let mailed = async |count: usize| {
            let mails = app.mailbox().wait(&email, count).await;
            format!("zvt_{}", mails[count - 1].after("zvt_"))
        };

        // Somebody registers the owner's address first. The owner clicks, and proves nothing for them.
        thief.done("userRegister", register(THEIRS), "done").await;
        let first = mailed(1).await;
        let clicked = owner.mutate("emailVerify", verify(&first, PASSWORD), "user { id }").await;
        assert_eq!(clicked.refusals(), ["PASSWORD_WRONG@password"]);
        assert_eq!(thief.mutate("userLogin", login(THEIRS), "").await.refusals(), ["LOGIN_FAILED"]);
        // The owner registers: the link and the password before are worth nothing.
        owner.done("userRegister", register(PASSWORD), "done").await;
        let second = mailed(2).await;
        for password in [THEIRS, PASSWORD] {
            let old = thief.mutate("emailVerify", verify(&first, password), "user { id }").await;
            assert_eq!(old.refusals(), ["LINK_INVALID@token"]);
        }
        // Somebody registers it again between the owner's registration and their click.
        thief.done("userRegister", register(THEIRS), "done").await;
        let third = mailed(3).await;
        assert_eq!(owner.mutate("emailVerify", verify(&second, PASSWORD), "").await.refusals(), ["LINK_INVALID@token"]);
        assert_eq!(owner.mutate("emailVerify", verify(&third, PASSWORD), "").await.refusals(), ["PASSWORD_WRONG@password"]);
        assert_eq!(thief.mutate("userLogin", login(THEIRS), "").await.refusals(), ["LOGIN_FAILED"]);
        // Whoever has the mailbox always gets in: a link that sets a password proves the address too.
        owner.done("passwordResetRequest", json!({ "email": email }), "done").await;
        let mails = app.mailbox().wait(&email, 4).await;
        let reset = format!("zrs_{}", mails[3].after("zrs_"));
        owner.done("passwordReset", json!({ "token": reset, "password": PASSWORD }), "done").await;
        owner.done("userLogin", login(PASSWORD), "tokens { accessToken }").await;
        assert_eq!(thief.mutate("userLogin", login(THEIRS), "").await.refusals(), ["LOGIN_FAILED"]);
        assert_eq!(thief.mutate("emailVerify", verify(&third, THEIRS), "").await.refusals(), ["LINK_INVALID@token"]);
    }
}

harness::api_test! {
    async fn a_password_is_guessed_by_no_link_more_often_than_by_a_login(engine: Engine) {
        let app = App::start_with(engine, |config| config.limits.passwords_per_account_and_address = 3).await.unwrap();
        let (nobody, email) = (app.client(), "somebody@example.com");
        nobody.done("userRegister", json!({ "email": email, "name": "Олена", "password": PASSWORD }), "done").await;
        let token = format!("zvt_{}", app.mailbox().wait(email, 1).await[0].after("zvt_"));
        for _ in 0..3 {
            let wrong = nobody.mutate("emailVerify", json!({ "token": token, "password": "a guess" }), "").await;
            assert_eq!(wrong.refusals(), ["PASSWORD_WRONG@password"]);
        }
        let right = json!({ "token": token, "password": PASSWORD });
        assert_eq!(nobody.mutate("emailVerify", right.clone(), "").await.answer.codes(), ["RATE_LIMITED"]);
        // The link is as good as before.
        app.client().done("emailVerify", right, "user { id }").await;
    }
}

harness::api_test! {
    async fn who_has_selected_no_company_is_told_to(app: &App) {
        let person = Person::register(&app.client(), &app.mailbox()).await;
        let query = "{ clients(first: 1) { nodes { id } } }";
        let refused = person.client.run(query, Value::Null).await;
        assert_eq!(refused.code(), "FORBIDDEN");
        assert_eq!(refused.errors[0]["extensions"]["permission"], "company_selection");
        assert_eq!(refused.errors[0]["message"], "Select a company first.");
        let refused = person.client.in_language("uk").run(query, Value::Null).await;
        assert_eq!(refused.errors[0]["message"], "Спершу виберіть компанію.");
        assert_eq!(app.client().run(query, Value::Null).await.code(), "UNAUTHENTICATED");
    }
}

harness::api_test! {
    async fn strangers_with_one_publishable_key_do_not_share_their_keys(app: &App) {
        let company = Company::new(app).await;
        let page = company.publishable().await;
        let elsewhere = app.client().with_token(page.token().unwrap());
        let input = json!({
            "locationId": company.location, "startsAt": "2026-03-10T12:00:00+02:00", "idempotencyKey": key(),
            "lines": [{ "serviceId": company.service }],
        });
        let held = page.done("holdCreate", input.clone(), "token").await;
        assert_eq!(page.done("holdCreate", input.clone(), "token").await, held, "the control: the same caller");
        let other = elsewhere.done("holdCreate", input, "token").await;
        assert_ne!(other["token"], held["token"], "a stranger was given somebody's hold");
    }
}
