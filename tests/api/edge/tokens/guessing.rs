//! Guesses are counted one by one, whatever request they come in; they cost the same whoever is guessed, cannot lock the
//! owner out, and cannot eat the machine.

use futures_util::future::join_all;
use harness::{App, Client, PASSWORD, Person};
use serde_json::{Value, json};
use zapys::Config;

/// What one request of so many aliases of a field is answered: the codes of top-level errors and of user errors.
async fn guess(client: &Client, keyword: &str, field: &str, count: usize) -> Vec<String> {
    let aliases: String = (0..count).map(|number| format!("a{number}: {field} ")).collect();
    let answer = client.run(&format!("{keyword} {{ {aliases} }}"), Value::Null).await;
    let mut codes = answer.codes();
    let payloads = answer.data.as_object().into_iter().flat_map(|data| data.values());
    let errors = payloads.filter_map(|payload| payload["userErrors"].as_array()).flatten();
    codes.extend(errors.map(|error| error["code"].as_str().unwrap_or_default().to_owned()));
    codes
}

fn count(codes: &[String], code: &str) -> usize {
    codes.iter().filter(|known| *known == code).count()
}

fn few(config: &mut Config) {
    config.limits.passwords_per_account_and_address = 4;
    config.limits.tokens_per_address = 4;
    config.limits.mails_per_account_hour = 4;
}

harness::api_test! {
    async fn a_hundred_aliases_are_a_hundred_attempts(engine: Engine) {
        let app = App::start_with(engine, few).await.unwrap();
        let person = Person::register(&app.client(), &app.mailbox()).await;
        let errors = "{ userErrors { code } }";
        let email = &person.email;
        let bad = "zrt_AAAA";
        let mutations = [
            (format!("userLogin(input: {{ email: \"{email}\", password: \"a guess\" }}) {errors}"), "LOGIN_FAILED"),
            (format!("sessionRefresh(input: {{ refreshToken: \"{bad}\" }}) {errors}"), "UNAUTHENTICATED"),
            (format!("emailVerify(input: {{ token: \"zvt_a\", password: \"a guess\" }}) {errors}"), "LINK_INVALID"),
            (format!("passwordReset(input: {{ token: \"zrs_a\", password: \"a guess\" }}) {errors}"), "LINK_INVALID"),
            (format!("invitationAccept(input: {{ token: \"zin_a\" }}) {errors}"), "LINK_INVALID"),
            ("passwordResetRequest(input: { email: \"reset@example.com\" }) { done userErrors { code } }".into(), ""),
            ("emailVerificationResend(input: { email: \"again@example.com\" }) { done userErrors { code } }".into(), ""),
        ];
        for (field, code) in mutations {
            // Each from another address: the attempts of one do not count for the next.
            let codes = guess(&app.client(), "mutation", &field, 10).await;
            assert_eq!(count(&codes, "RATE_LIMITED"), 6, "{field}: {codes:?}");
            assert!(code.is_empty() || count(&codes, code) == 4, "{field}: {codes:?}");
        }
        let preview = "invitationPreview(token: \"zin_a\") { email }";
        let codes = guess(&app.client(), "query", preview, 10).await;
        assert_eq!([count(&codes, "NOT_FOUND"), count(&codes, "RATE_LIMITED")], [4, 6], "{codes:?}");

        // And in several requests, or one of a batch.
        let stranger = app.client();
        let login = format!("mutation {{ userLogin(input: {{ email: \"{email}\", password: \"a guess\" }}) {errors} }}");
        let batch: Vec<Value> = (0..10).map(|_| json!({ "query": login })).collect();
        let answer = stranger.post("/graphql").json(&batch).send().await.unwrap().json::<Value>().await.unwrap();
        let limited = answer.as_array().unwrap().iter().filter(|one| one["errors"][0]["extensions"]["code"] == "RATE_LIMITED");
        assert_eq!(limited.count(), 6, "{answer}");
        assert_eq!(stranger.run(&login, Value::Null).await.codes(), ["RATE_LIMITED"]);
    }
}

harness::api_test! {
    async fn nobody_can_lock_the_owner_out(engine: Engine) {
        let app = App::start_with(engine, |config| {
            config.limits.passwords_per_account_and_address = 3;
            config.limits.passwords_per_account = 8;
            // On a busy machine Redis may be slow to answer, and what is counted meanwhile in the process is counted apart.
            config.redis.timeout_ms = 10_000;
        })
        .await
        .unwrap();
        let home = app.client();
        let owner = Person::register(&home, &app.mailbox()).await;
        let login = |password: &str| json!({ "email": owner.email, "password": password });
        // Somebody with many addresses uses up what the account may be tried.
        let mut codes = Vec::new();
        for _ in 0..4 {
            let field = format!("userLogin(input: {{ email: \"{}\", password: \"a guess\" }}) {{ userErrors {{ code }} }}", owner.email);
            codes.extend(guess(&app.client(), "mutation", &field, 3).await);
        }
        assert!(count(&codes, "RATE_LIMITED") >= 4, "{codes:?}");
        // They are stopped, also with the right password, and so is somebody from nowhere known.
        assert_eq!(app.client().mutate("userLogin", login(PASSWORD), "").await.answer.codes(), ["RATE_LIMITED"]);
        // The owner gets in from where they have a session; but even there not more often than anybody may try.
        home.done("userLogin", login(PASSWORD), "tokens { accessToken }").await;
        assert_eq!(home.mutate("userLogin", login("a guess"), "").await.answer.codes(), ["RATE_LIMITED"]);
        // An account that does not exist is answered in the same way.
        let mut codes = Vec::new();
        for _ in 0..4 {
            let field = "userLogin(input: { email: \"nobody@example.com\", password: \"a guess\" }) { userErrors { code } }";
            codes.extend(guess(&app.client(), "mutation", field, 3).await);
        }
        assert!(count(&codes, "RATE_LIMITED") >= 4, "{codes:?}");
    }
}

harness::api_test! {
    async fn a_wrong_login_costs_one_hash_whoever_is_guessed(engine: Engine) {
        let app = App::start(engine).await.unwrap();
        let nobody = app.client();
        let person = Person::register(&nobody, &app.mailbox()).await;
        let unverified = "unverified@example.com";
        let input = json!({ "email": unverified, "name": "Хтось", "password": PASSWORD });
        nobody.done("userRegister", input, "").await;
        let mut answers = Vec::new();
        for (email, password) in [
            (person.email.as_str(), "a wrong password"),
            ("nobody@example.com", "a wrong password"),
            ("not an address", "a wrong password"),
            (unverified, "a wrong password"),
            (unverified, PASSWORD),
        ] {
            let before = app.inside.domains.tenancy.password_work().runs;
            let input = json!({ "email": email, "password": password });
            let refused = app.client().mutate("userLogin", input, "tokens { accessToken }").await;
            assert_eq!(app.inside.domains.tenancy.password_work().runs - before, 1, "{email}");
            answers.push(refused.value().clone());
        }
        assert_eq!(answers[0]["userErrors"][0]["code"], "LOGIN_FAILED");
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
        // The same for who registers an address that is taken.
        for email in [person.email.as_str(), "new@example.com"] {
            let before = app.inside.domains.tenancy.password_work().runs;
            let input = json!({ "email": email, "name": "Хтось", "password": PASSWORD });
            app.client().done("userRegister", input, "done").await;
            assert_eq!(app.inside.domains.tenancy.password_work().runs - before, 1, "{email}");
        }
    }
}

harness::api_test! {
    async fn two_hundred_logins_at_once_take_turns(engine: Engine) {
        let app = App::start_with(engine, |config| config.auth.hashes_at_once = 2).await.unwrap();
        let logins = (0..200).map(|number| {
            let client = app.client();
            let input = json!({ "email": format!("nobody{number}@example.com"), "password": "a wrong password" });
            async move { client.mutate("userLogin", input, "").await }
        });
        let answers = join_all(logins).await;
        for answer in &answers {
            let codes = answer.answer.codes();
            // Who waits too long is told so.
            let failed = codes.is_empty() && answer.value()["userErrors"][0]["code"] == "LOGIN_FAILED";
            assert!(failed || codes == ["UNAVAILABLE"], "{}", answer.answer);
        }
        let work = app.inside.domains.tenancy.password_work();
        assert_eq!(work.peak, 2);
        assert_eq!(work.waiting, 0);
    }
}
