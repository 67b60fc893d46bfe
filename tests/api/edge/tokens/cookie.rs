//! The refresh token of browser applications: in a cookie that no script reads, for pages of the operator's list only.

use harness::{App, Client, Engine, PASSWORD, Person, Socket};
use serde_json::{Value, json};

use super::{Said, text};

const ORIGIN: &str = "https://app.salon.example";
const LOGIN: &str = "mutation($input: UserLoginInput!) { userLogin(input: $input) { tokens { accessToken refreshToken } userErrors { code } } }";
const REFRESH: &str = "mutation($input: SessionRefreshInput!) { sessionRefresh(input: $input) { tokens { accessToken refreshToken } userErrors { code } } }";
const SELECT: &str = "mutation($input: CompanySelectInput!) { companySelect(input: $input) { tokens { accessToken refreshToken } userErrors { code } } }";

async fn app(engine: Engine, public_url: &str) -> App {
    App::start_with(engine, |config| {
        config.auth.cookie_origins = vec![ORIGIN.to_owned()];
        config.http.public_url = public_url.to_owned();
    })
    .await
    .unwrap()
}

/// What a page sends: its origin, its cookie, and what it asks.
async fn page(client: &Client, origin: Option<&str>, cookie: Option<&str>, query: &str, input: Value) -> Said {
    let mut request = client.post("/graphql").json(&json!({ "query": query, "variables": { "input": input } }));
    if let Some(origin) = origin {
        request = request.header("origin", origin);
    }
    if let Some(cookie) = cookie {
        request = request.header("cookie", cookie);
    }
    Said::of(request).await
}

/// Name and value of the cookie that was set.
fn cookie(said: &Said) -> String {
    let header = said.header("set-cookie").unwrap_or_else(|| panic!("no cookie: {}", said.body));
    header.split(';').next().unwrap().to_owned()
}

fn credentials(email: &str) -> Value {
    json!({ "email": email, "password": PASSWORD, "useCookie": true })
}

harness::api_test! {
    async fn a_page_of_the_list_never_sees_its_refresh_token(engine: Engine) {
        let app = app(engine, "https://api.salon.example").await;
        let nobody = app.client();
        let person = Person::register(&nobody, &app.mailbox()).await;
        let said = page(&nobody, Some(ORIGIN), None, LOGIN, credentials(&person.email)).await;
        assert_eq!(said.body["data"]["userLogin"]["tokens"]["refreshToken"], Value::Null);
        let header = said.header("set-cookie").unwrap();
        assert!(header.starts_with("__Host-zapys-refresh=zrt_"), "{header}");
        assert!(header.ends_with("; Path=/; Max-Age=2592000; HttpOnly; Secure; SameSite=Strict"), "{header}");
        assert_eq!(said.header("access-control-allow-origin"), Some(ORIGIN));
        assert_eq!(said.header("access-control-allow-credentials"), Some("true"));
        assert_eq!(said.header("cache-control"), Some("no-store"));
        assert!(said.header("vary").unwrap().contains("origin"));

        let first = cookie(&said);
        let again = page(&nobody, Some(ORIGIN), Some(&first), REFRESH, json!({})).await;
        let tokens = &again.body["data"]["sessionRefresh"]["tokens"];
        assert_eq!(tokens["refreshToken"], Value::Null);
        let second = cookie(&again);
        assert_ne!(first, second);
        let inside = nobody.with_token(text(&tokens["accessToken"]));
        inside.data("{ sessions { id } }", Value::Null).await;

        // Another tab was a little slower: it is given the same.
        let slower = page(&nobody, Some(ORIGIN), Some(&first), REFRESH, json!({})).await;
        assert_eq!(cookie(&slower), second);
        // The pair is in use for a while now: the old cookie is somebody's copy. It ends the session and is taken away.
        app.clock.advance(chrono::TimeDelta::seconds(10));
        let replayed = page(&nobody, Some(ORIGIN), Some(&first), REFRESH, json!({})).await;
        assert_eq!(replayed.code(), "UNAUTHENTICATED");
        assert_eq!(cookie(&replayed), "__Host-zapys-refresh=");
        assert_eq!(page(&nobody, Some(ORIGIN), Some(&second), REFRESH, json!({})).await.code(), "UNAUTHENTICATED");
    }
}

harness::api_test! {
    async fn no_other_page_sets_or_uses_a_cookie(engine: Engine) {
        let app = app(engine, "https://api.salon.example").await;
        let nobody = app.client();
        let person = Person::register(&nobody, &app.mailbox()).await;
        let kept = cookie(&page(&nobody, Some(ORIGIN), None, LOGIN, credentials(&person.email)).await);
        let others = ["https://evil.example", "https://app.salon.example.evil.example", "http://app.salon.example", "null",
            "https://APP.salon.example", "https://app.salon.example/"];
        for origin in others.map(Some).into_iter().chain([None]) {
            for (query, input) in [(LOGIN, credentials(&person.email)), (REFRESH, json!({}))] {
                let said = page(&nobody, origin, Some(&kept), query, input).await;
                assert_eq!(said.code(), "FORBIDDEN", "{origin:?}: {}", said.body);
                assert_eq!(said.header("set-cookie"), None);
                assert_eq!(said.header("access-control-allow-credentials"), None);
                assert_ne!(said.header("access-control-allow-origin"), Some(ORIGIN));
            }
        }
        // A form of a foreign page cannot say that it sends JSON.
        let form = nobody.post("/graphql").header("origin", ORIGIN).header("cookie", &kept);
        let form = form.header("content-type", "text/plain").body(json!({ "query": REFRESH, "variables": { "input": {} } }).to_string());
        assert_eq!(Said::of(form).await.status, 415);
        // The control: none of it used the cookie up.
        let said = page(&nobody, Some(ORIGIN), Some(&kept), REFRESH, json!({})).await;
        assert!(said.body["data"]["sessionRefresh"]["tokens"]["accessToken"].is_string(), "{}", said.body);
    }
}

harness::api_test! {
    async fn a_preflight_tells_pages_of_the_list_that_they_may(engine: Engine) {
        let app = app(engine, "https://api.salon.example").await;
        let ask = async |origin: &str| {
            let request = reqwest::Client::new().request(reqwest::Method::OPTIONS, format!("{}/graphql", app.client().base()));
            let request = request.header("origin", origin).header("access-control-request-method", "POST");
            let said = Said::of(request.header("access-control-request-headers", "content-type")).await;
            ["access-control-allow-origin", "access-control-allow-credentials"]
                .map(|name| said.header(name).map(str::to_owned))
        };
        assert_eq!(ask(ORIGIN).await, [Some(ORIGIN.to_owned()), Some("true".to_owned())]);
        assert_eq!(ask("https://evil.example").await, [Some("*".to_owned()), None]);
    }
}

harness::api_test! {
    async fn a_session_stays_in_its_cookie_until_it_ends(engine: Engine) {
        // Without TLS the name has no prefix: browsers would refuse it.
        let app = app(engine, "http://localhost:8080").await;
        let company = harness::Company::new(&app).await;
        let nobody = app.client();
        let said = page(&nobody, Some(ORIGIN), None, LOGIN, credentials(&company.owner.email)).await;
        let first = cookie(&said);
        assert!(first.starts_with("zapys-refresh=zrt_"), "{first}");
        assert!(!said.header("set-cookie").unwrap().contains("Secure"));
        let inside = nobody.with_token(text(&said.body["data"]["userLogin"]["tokens"]["accessToken"]));
        let input = json!({ "companyId": company.id });
        let selected = page(&inside, Some(ORIGIN), Some(&first), SELECT, input.clone()).await;
        assert_eq!(selected.body["data"]["companySelect"]["tokens"]["refreshToken"], Value::Null);
        let second = cookie(&selected);
        assert_ne!(first, second);
        // Another session's choice leaves the cookie alone.
        let (other, _) = super::pair(&nobody, &company.owner.email).await;
        let elsewhere = page(&nobody.with_token(other), Some(ORIGIN), Some(&second), SELECT, input).await;
        assert!(elsewhere.body["data"]["companySelect"]["tokens"]["refreshToken"].is_string());
        assert_eq!(elsewhere.header("set-cookie"), None);
        // A token that came in an answer can move into the cookie.
        let (_, refresh) = super::pair(&nobody, &company.owner.email).await;
        let moved = json!({ "refreshToken": refresh, "useCookie": true });
        let moved = page(&nobody, Some(ORIGIN), None, REFRESH, moved).await;
        assert_eq!(moved.body["data"]["sessionRefresh"]["tokens"]["refreshToken"], Value::Null);
        assert!(cookie(&moved).starts_with("zapys-refresh=zrt_"));

        let inside = nobody.with_token(text(&selected.body["data"]["companySelect"]["tokens"]["accessToken"]));
        let out = page(&inside, Some(ORIGIN), Some(&second), "mutation { userLogout { done } }", Value::Null).await;
        assert_eq!(out.header("set-cookie"), Some("zapys-refresh=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict"));
        assert_eq!(page(&nobody, Some(ORIGIN), Some(&second), REFRESH, json!({})).await.code(), "UNAUTHENTICATED");
    }
}

harness::api_test! {
    async fn sockets_and_streams_have_no_cookie(engine: Engine) {
        let app = app(engine, "https://api.salon.example").await;
        let nobody = app.client();
        let person = Person::register(&nobody, &app.mailbox()).await;
        let kept = cookie(&page(&nobody, Some(ORIGIN), None, LOGIN, credentials(&person.email)).await);
        let request = nobody.post("/graphql").json(&json!({ "query": REFRESH, "variables": { "input": {} } }));
        let request = request.header("origin", ORIGIN).header("cookie", &kept).header("accept", "text/event-stream");
        let stream = request.send().await.unwrap();
        assert!(stream.headers().get("set-cookie").is_none());
        assert!(stream.text().await.unwrap().contains("FORBIDDEN"));

        let mut socket = Socket::open(&nobody).await.unwrap();
        socket.subscribe(LOGIN, json!({ "input": credentials(&person.email) })).await.unwrap();
        let message = socket.receive().await.unwrap();
        assert!(message.to_string().contains("FORBIDDEN"), "{message}");
    }
}
