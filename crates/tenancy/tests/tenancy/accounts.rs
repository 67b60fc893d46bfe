//! Registration, verification, passwords.

use kernel::{Kind, UserId};
use serde_json::{Value, json};

use super::setup::{PASSWORD, World, refusal, refusals, worlds};

const REGISTER: &str =
    "mutation($input: UserRegisterInput!) { userRegister(input: $input) { done userErrors { code field } } }";
const VERIFY: &str = "mutation($token: String!, $password: String!) { emailVerify(input: { token: $token, password: $password }) { user { id emailVerified } userErrors { code field } } }";
const LOGIN: &str = "mutation($input: UserLoginInput!) { userLogin(input: $input) { tokens { accessToken } userErrors { code field message } } }";
const RESET: &str =
    "mutation($input: PasswordResetInput!) { passwordReset(input: $input) { done userErrors { code field } } }";

fn registration(email: &str, password: &str) -> Value {
    json!({ "input": { "email": email, "name": "Олена", "password": password } })
}

/// The user of the newest event of this name.
async fn user_of(world: &World, event: &str) -> UserId {
    let reader = world.db.read(kernel::CompanyId::NONE).await.unwrap();
    let jobs = jobs::Jobs::new(world.db.clone(), cache::Cache::memory());
    let filter = jobs::HistoryFilter { names: vec![event.to_owned()], ..jobs::HistoryFilter::default() };
    let page = jobs.audit(&reader, &filter, &kernel::PageRequest::first(1)).await.unwrap();
    page.items[0].payload["user"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_stranger_registers_verifies_and_logs_in() {
    for world in worlds().await {
        let data = world.ask(None, REGISTER, registration("Olena@Salon.example", PASSWORD)).await;
        assert_eq!(data["userRegister"], json!({ "done": true, "userErrors": [] }));
        let login = json!({ "input": { "email": "olena@salon.example", "password": PASSWORD } });
        let early = world.ask(None, LOGIN, login.clone()).await;
        assert_eq!(refusals(&early["userLogin"]), refusal("LOGIN_FAILED", None));

        let user = user_of(&world, "user.registered").await;
        let link = world.tenancy.verification_link(user).await.unwrap().unwrap();
        assert!(link.url.ends_with(&format!("/verify-email#token={}", link.token)));
        let wrong = json!({ "token": link.token, "password": "not the password" });
        let data = world.ask(None, VERIFY, wrong).await;
        assert_eq!(refusals(&data["emailVerify"]), refusal("PASSWORD_WRONG", Some("password")));
        let right = json!({ "token": link.token, "password": PASSWORD });
        let data = world.ask(None, VERIFY, right.clone()).await;
        assert_eq!(data["emailVerify"]["user"], json!({ "id": user.to_string(), "emailVerified": true }));
        let twice = world.ask(None, VERIFY, right).await;
        assert_eq!(refusals(&twice["emailVerify"]), refusal("LINK_INVALID", Some("token")));

        let data = world.ask(None, LOGIN, login).await;
        assert!(data["userLogin"]["tokens"]["accessToken"].is_string());
        world.finish().await;
    }
}

#[tokio::test]
async fn nobody_learns_who_has_an_account() {
    for world in worlds().await {
        world.person("olena@salon.example").await;
        let data = world.ask(None, REGISTER, registration("olena@salon.example", "another good password")).await;
        assert_eq!(data["userRegister"], json!({ "done": true, "userErrors": [] }));
        user_of(&world, "user.registration_repeated").await;
        // The password of the account is still the first one.
        world.log_in("olena@salon.example").await;

        let wrong = |email: &str| json!({ "input": { "email": email, "password": "not the password" } });
        let known = world.ask(None, LOGIN, wrong("olena@salon.example")).await;
        let unknown = world.ask(None, LOGIN, wrong("nobody@salon.example")).await;
        assert_eq!(known, unknown);
        let request =
            "mutation($email: String!) { passwordResetRequest(input: { email: $email }) { done userErrors { code } } }";
        let known = world.ask(None, request, json!({ "email": "olena@salon.example" })).await;
        let unknown = world.ask(None, request, json!({ "email": "nobody@salon.example" })).await;
        assert_eq!(known, unknown);
        world.finish().await;
    }
}

#[tokio::test]
async fn bad_registrations_name_each_field() {
    for world in worlds().await {
        let input = json!({ "input": { "email": "not an address", "name": " ", "password": "short" } });
        let data = world.ask(None, REGISTER, input).await;
        let expected = [("INVALID", "email"), ("REQUIRED", "name"), ("TOO_SHORT", "password")];
        let expected: Vec<_> = expected.map(|(code, field)| (code.to_owned(), Some(field.to_owned()))).into();
        assert_eq!(refusals(&data["userRegister"]), expected);
        let data = world.ask(None, REGISTER, registration("o@salon.example", "password1234")).await;
        assert_eq!(refusals(&data["userRegister"]), refusal("PASSWORD_TOO_COMMON", Some("password")));
        world.finish().await;
    }
}

#[tokio::test]
async fn a_reset_link_works_once_and_ends_every_session() {
    for world in worlds().await {
        let user = world.person("olena@salon.example").await;
        let (token, _) = world.log_in("olena@salon.example").await;
        assert!(world.tenancy.reset_link(user).await.unwrap().is_none());
        let request = "mutation { passwordResetRequest(input: { email: \"olena@salon.example\" }) { done } }";
        world.ask(None, request, json!({})).await;
        let link = world.tenancy.reset_link(user).await.unwrap().unwrap();

        let weak = json!({ "input": { "token": link.token, "password": "qwertyuiop" } });
        let data = world.ask(None, RESET, weak).await;
        assert_eq!(refusals(&data["passwordReset"]), refusal("PASSWORD_TOO_COMMON", Some("password")));
        let input = json!({ "input": { "token": link.token, "password": "an entirely new one" } });
        assert_eq!(world.ask(None, RESET, input.clone()).await["passwordReset"]["done"], json!(true));
        assert_eq!(world.enter(Some(&token)).await.unwrap_err().kind, Kind::Unauthenticated);
        let twice = world.ask(None, RESET, input).await;
        assert_eq!(refusals(&twice["passwordReset"]), refusal("LINK_INVALID", Some("token")));
        world.finish().await;
    }
}

#[tokio::test]
async fn a_reset_link_expires() {
    for world in worlds().await {
        let user = world.person("olena@salon.example").await;
        world
            .ask(
                None,
                "mutation { passwordResetRequest(input: { email: \"olena@salon.example\" }) { done } }",
                json!({}),
            )
            .await;
        let link = world.tenancy.reset_link(user).await.unwrap().unwrap();
        world.advance(60);
        let input = json!({ "input": { "token": link.token, "password": "an entirely new one" } });
        let late = world.ask(None, RESET, input).await;
        assert_eq!(refusals(&late["passwordReset"]), refusal("LINK_INVALID", Some("token")));
        assert!(world.tenancy.reset_link(user).await.unwrap().is_none());
        world.finish().await;
    }
}

#[tokio::test]
async fn a_changed_password_keeps_this_session_only() {
    for world in worlds().await {
        world.person("olena@salon.example").await;
        let (here, _) = world.log_in("olena@salon.example").await;
        let (elsewhere, _) = world.log_in("olena@salon.example").await;
        let change = "mutation($input: PasswordChangeInput!) { passwordChange(input: $input) { done userErrors { code field } } }";
        let wrong = json!({ "input": { "currentPassword": "a wrong password", "password": "an entirely new one" } });
        let data = world.ask(Some(&here), change, wrong).await;
        assert_eq!(refusals(&data["passwordChange"]), refusal("PASSWORD_WRONG", Some("currentPassword")));
        let right = json!({ "input": { "currentPassword": PASSWORD, "password": "an entirely new one" } });
        assert_eq!(world.ask(Some(&here), change, right).await["passwordChange"]["done"], json!(true));
        assert!(world.enter(Some(&here)).await.is_ok());
        assert!(world.enter(Some(&elsewhere)).await.is_err());
        world.finish().await;
    }
}

#[tokio::test]
async fn guesses_are_counted_not_requests() {
    for world in worlds().await {
        world.person("olena@salon.example").await;
        let guess = |n: usize| {
            format!(
                "g{n}: userLogin(input: {{ email: \"olena@salon.example\", password: \"guess {n}\" }}) {{ userErrors {{ code }} }}"
            )
        };
        let aliases: String = (0..12).map(guess).collect::<Vec<_>>().join(" ");
        let answer = world.send(None, &format!("mutation {{ {aliases} }}"), json!({})).await;
        let codes: Vec<_> =
            answer["errors"].as_array().unwrap().iter().map(|e| e["extensions"]["code"].clone()).collect();
        assert!(codes.iter().all(|code| code == "RATE_LIMITED") && !codes.is_empty(), "{answer}");
        world.finish().await;
    }
}
