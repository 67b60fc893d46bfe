//! The root secret is changed by command while servers run: what was made before holds until the old key is retired.

use std::time::{Duration, Instant};

use harness::{Client, Company, Engine, Mailbox, Process, Storage, key};
use serde_json::{Value, json};

use super::{Said, pair, part, text};

const PROGRAM: &str = env!("CARGO_BIN_EXE_zapys");
/// Servers look at the file every two seconds.
const PATIENCE: Duration = Duration::from_secs(20);

async fn keys(storage: &Storage, arguments: &[&str]) -> (bool, String) {
    let output = harness::command(PROGRAM, storage).arg("keys").args(arguments).output().await.expect("it runs");
    let said = [output.stdout, output.stderr].map(|text| String::from_utf8(text).expect("a text")).concat();
    (output.status.success(), said)
}

/// The ids of the published keys, the one that signs first.
async fn published(client: &Client) -> Vec<String> {
    let said = Said::of(reqwest::Client::new().get(format!("{}/.well-known/jwks.json", client.base()))).await;
    said.body["keys"].as_array().expect("keys").iter().map(|key| text(&key["kid"])).collect()
}

/// Waits until a server publishes so many keys.
async fn publishes(client: &Client, count: usize) -> Vec<String> {
    let started = Instant::now();
    loop {
        let kids = published(client).await;
        if kids.len() == count {
            return kids;
        }
        assert!(started.elapsed() < PATIENCE, "{kids:?} are published, not {count}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn opens(client: &Client, token: &str) -> bool {
    client.with_token(token).run("{ viewer { user { id } } }", Value::Null).await.status == 200
}

/// The first client after a cursor; what it is refused with otherwise.
async fn after(client: &Client, cursor: &Value) -> Vec<String> {
    let query = "query($after: String) { clients(first: 1, after: $after) { pageInfo { endCursor } } }";
    client.run(query, json!({ "after": cursor })).await.codes()
}

async fn serve(engine: Engine, storage: &Storage) -> Vec<Process> {
    // A second process beside the first where the database allows it.
    let count = if engine.is_embedded() { 1 } else { 2 };
    let mut servers = Vec::new();
    for _ in 0..count {
        let settings = [("ZAPYS__HTTP__TRUSTED_PROXIES", "1")];
        servers.push(Process::serve(PROGRAM, storage, &settings).await.expect("a server"));
    }
    servers
}

harness::api_test! {
    async fn what_was_made_before_a_rotation_holds_until_the_old_key_is_retired(engine: Engine) {
        let storage = engine.storage().await.expect("a database");
        let servers = serve(engine, &storage).await;
        let (nobody, elsewhere) = (servers[0].client(), servers[servers.len() - 1].client());
        let mailbox = Mailbox::of(&storage.folder);
        let company = Company::at(&nobody, &mailbox).await;
        let before = published(&nobody).await;
        assert_eq!(before.len(), 1);

        // One of each thing that derives from the secret.
        let (access, refresh) = pair(&nobody, &company.owner.email).await;
        let (_, unused) = pair(&nobody, &company.owner.email).await;
        assert_eq!(part(&access, 0)["kid"], before[0].as_str());
        let list = "{ clients(first: 1) { pageInfo { endCursor } } }";
        let cursor = company.administrator.data(list, Value::Null).await["clients"]["pageInfo"]["endCursor"].clone();
        assert!(cursor.is_string());
        let page = company.publishable().await;
        let days = "query($visit: AvailabilityVisitInput!) { availabilityDays(visit: $visit) { days { firstStartsAt } } }";
        let visit = json!({ "locationId": company.location, "lines": [{ "serviceId": company.service }] });
        let days = page.data(days, json!({ "visit": visit })).await["availabilityDays"]["days"].clone();
        let start = days.as_array().unwrap().iter().skip(2).find_map(|day| day["firstStartsAt"].as_str()).unwrap();
        let mut hold = visit;
        hold["startsAt"] = json!(start);
        hold["idempotencyKey"] = json!(key());
        let held = page.done("holdCreate", hold.clone(), "token").await;
        nobody.done("passwordResetRequest", json!({ "email": company.owner.email }), "done").await;
        let link = format!("zrs_{}", mailbox.wait(&company.owner.email, 2).await[1].after("zrs_"));

        let (done, said) = keys(&storage, &["rotate", "--now"]).await;
        assert!(done, "{said}");
        let kids = publishes(&nobody, 2).await;
        assert_eq!(publishes(&elsewhere, 2).await, kids);
        assert_eq!(kids[1], before[0]);
        assert!(said.contains(&kids[0]), "{said}");
        assert_eq!(keys(&storage, &["list"]).await.1, format!("{}  signs\n{}  verifies\n", kids[0], kids[1]));

        // Everything holds, and what is new is made with the new one; a process that just looked knows both.
        assert!(opens(&elsewhere, &access).await);
        let refreshed = elsewhere.done("sessionRefresh", json!({ "refreshToken": refresh }), "tokens { accessToken }").await;
        let renewed = text(&refreshed["tokens"]["accessToken"]);
        assert_eq!(part(&renewed, 0)["kid"], kids[0].as_str());
        assert!(opens(&nobody, &renewed).await);
        assert_eq!(after(&company.administrator, &cursor).await, Vec::<String>::new());
        assert_eq!(page.done("holdCreate", hold, "token").await["token"], held["token"]);
        let weak = json!({ "token": link, "password": "password1234" });
        assert_eq!(nobody.mutate("passwordReset", weak, "").await.refusals(), ["PASSWORD_TOO_COMMON@password"]);

        let (done, said) = keys(&storage, &["retire", &kids[0]]).await;
        assert!(!done && said.contains("signs now"), "{said}");
        let (done, said) = keys(&storage, &["retire", &kids[1]]).await;
        assert!(done, "{said}");
        assert_eq!(publishes(&nobody, 1).await, kids[..1]);
        assert_eq!(publishes(&elsewhere, 1).await, kids[..1]);

        assert!(!opens(&nobody, &access).await && !opens(&nobody, company.administrator.token().unwrap()).await);
        assert!(opens(&nobody, &renewed).await, "the new one was retired too");
        let old = nobody.mutate("sessionRefresh", json!({ "refreshToken": unused }), "").await;
        assert_eq!(old.answer.code(), "UNAUTHENTICATED");
        let strong = json!({ "token": link, "password": "чотири сині верблюди" });
        assert_eq!(nobody.mutate("passwordReset", strong, "").await.refusals(), ["LINK_INVALID@token"]);
        let select = json!({ "companyId": company.id });
        let selected = nobody.with_token(renewed).done("companySelect", select, "tokens { accessToken }").await;
        let administrator = nobody.with_token(text(&selected["tokens"]["accessToken"]));
        assert_eq!(after(&administrator, &cursor).await, ["INVALID_ARGUMENT"]);
    }
}

harness::api_test! {
    async fn a_new_key_is_published_before_it_signs(engine: Engine) {
        let storage = engine.storage().await.expect("a database");
        let server = Process::serve(PROGRAM, &storage, &[("ZAPYS__HTTP__TRUSTED_PROXIES", "1")]).await.expect("a server");
        let nobody = server.client();
        let person = harness::Person::register(&nobody, &Mailbox::of(&storage.folder)).await;
        let before = published(&nobody).await;
        let (done, said) = keys(&storage, &["rotate"]).await;
        assert!(done, "{said}");
        let kids = publishes(&nobody, 2).await;
        assert_eq!(kids[0], before[0], "the first is the one that signs");
        assert_eq!(part(&pair(&nobody, &person.email).await.0, 0)["kid"], before[0].as_str());
        let (_, list) = keys(&storage, &["list"]).await;
        assert!(list.starts_with(&format!("{}  verifies, signs from 2", kids[1])), "{list}");
        assert!(list.ends_with(&format!("\n{}  signs\n", kids[0])), "{list}");
        // Whose time has not come can be taken back.
        assert!(keys(&storage, &["retire", &kids[1]]).await.0);
        assert_eq!(publishes(&nobody, 1).await, before);
    }
}

harness::api_test! {
    async fn configured_secrets_are_not_changed_by_command(engine: Engine) {
        let storage = engine.storage().await.expect("a database");
        let run = |arguments: &'static [&'static str]| {
            let mut command = harness::command(PROGRAM, &storage);
            let secrets = r#"["the newest secret, long enough to be one", "an older secret, long enough to be one"]"#;
            command.arg("keys").args(arguments).env("ZAPYS__AUTH__SECRETS", secrets);
            async move { command.output().await.expect("it runs") }
        };
        let list = String::from_utf8(run(&["list"]).await.stdout).unwrap();
        let uses: Vec<_> = list.lines().map(|line| line.split_once("  ").expect("two columns").1).collect();
        assert_eq!(uses, ["signs", "verifies"]);
        let refused = run(&["rotate"]).await;
        assert!(!refused.status.success());
        assert!(String::from_utf8(refused.stderr).unwrap().contains("auth.secrets"));
        assert!(!storage.folder.join("secret").exists());
    }
}
