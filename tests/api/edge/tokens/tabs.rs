//! Tabs of one browser that refresh at once: all stay, on two servers; whoever comes later or from elsewhere is a thief.

use std::sync::Arc;

use harness::{App, Client, Engine, Mailbox, Person, Process};
use serde_json::{Value, json};
use tokio::sync::Barrier;

use super::{pair, text};

const PROGRAM: &str = env!("CARGO_BIN_EXE_zapys");
const TABS: usize = 8;

/// What became of tabs that refresh with one token at once, each of which uses what it was given: how many got a pair, how
/// many different refresh tokens there are, and how many access tokens open something in the end.
async fn race(engine: Engine, grace: &str) -> (usize, usize, usize) {
    let storage = engine.storage().await.expect("a database");
    let settings = [("ZAPYS__HTTP__TRUSTED_PROXIES", "1"), ("ZAPYS__AUTH__REFRESH_GRACE_SECONDS", grace)];
    let mut servers = Vec::new();
    let many = if engine.is_embedded() { 1 } else { 2 };
    for _ in 0..many {
        servers.push(Process::serve(PROGRAM, &storage, &settings).await.expect("a server"));
    }
    let browser = servers[0].client();
    let person = Person::register(&browser, &Mailbox::of(&storage.folder)).await;
    let (_, token) = pair(&browser, &person.email).await;
    let barrier = Arc::new(Barrier::new(TABS));
    let tabs: Vec<_> = (0..TABS)
        .map(|number| {
            // The same network address at either server.
            let tab = browser.at(servers[number % servers.len()].client().base());
            let (barrier, input) = (barrier.clone(), json!({ "refreshToken": token }));
            tokio::spawn(async move {
                barrier.wait().await;
                let answer = tab.mutate("sessionRefresh", input, "tokens { accessToken refreshToken }").await;
                let tokens = answer.value()["tokens"].clone();
                if let Some(access) = tokens["accessToken"].as_str() {
                    opens(&tab, access).await;
                }
                tokens
            })
        })
        .collect();
    let mut given = Vec::new();
    for tab in tabs {
        given.push(tab.await.expect("a tab"));
    }
    given.retain(|tokens| tokens["accessToken"].is_string());
    let mut refresh: Vec<String> = given.iter().map(|tokens| text(&tokens["refreshToken"])).collect();
    refresh.sort();
    refresh.dedup();
    let mut living = 0;
    for tokens in &given {
        living += usize::from(opens(&browser, tokens["accessToken"].as_str().unwrap()).await);
    }
    (given.len(), refresh.len(), living)
}

async fn opens(nobody: &Client, token: &str) -> bool {
    nobody.with_token(token).run("{ viewer { user { id } } }", Value::Null).await.status == 200
}

harness::api_test! {
    async fn all_are_given_one_and_the_same_pair(engine: Engine) {
        assert_eq!(race(engine, "60").await, (TABS, 1, TABS));
    }
}

harness::api_test! {
    async fn control_without_the_grace_the_session_ends(engine: Engine) {
        let (given, _, living) = race(engine, "0").await;
        assert!(given < TABS && living == 0, "{given} of {TABS} were given a pair, {living} of them live");
    }
}

harness::api_test! {
    async fn who_comes_later_or_from_elsewhere_ends_the_session(engine: Engine) {
        let app = App::start(engine).await.unwrap();
        let home = app.client();
        let person = Person::register(&home, &app.mailbox()).await;
        for (who, seconds, is_thief) in [(home.clone(), 9, false), (home.clone(), 10, true), (app.client(), 0, true)] {
            let (_, first) = pair(&home, &person.email).await;
            let input = json!({ "refreshToken": first });
            let next = home.done("sessionRefresh", input.clone(), "tokens { accessToken refreshToken }").await;
            let access = text(&next["tokens"]["accessToken"]);
            assert!(opens(&home, &access).await, "the pair is in use");
            app.clock.advance(chrono::TimeDelta::seconds(seconds));
            let late = who.mutate("sessionRefresh", input, "tokens { refreshToken }").await;
            assert_eq!(late.answer.codes() == ["UNAUTHENTICATED"], is_thief, "{seconds} s: {}", late.answer);
            assert_eq!(opens(&home, &access).await, !is_thief, "{seconds} s");
            if !is_thief {
                assert_eq!(late.value()["tokens"]["refreshToken"], next["tokens"]["refreshToken"]);
            }
        }
    }
}
