//! Only a token that this server signed, for now and for itself, opens it; every other one gets one and the same answer.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use harness::{App, Client, Mailbox, PASSWORD, Person, Process, Socket};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use super::{Said, pair, part, text};

const PROGRAM: &str = env!("CARGO_BIN_EXE_zapys");
const VIEWER: &str = "{ viewer { user { email } } }";
const INVALID: &str = "Bearer realm=\"zapys\", error=\"invalid_token\"";

/// Asks who is asking, with these Authorization headers.
async fn ask(nobody: &Client, path: &str, authorizations: &[&str]) -> Said {
    let mut request = nobody.post(path).json(&json!({ "query": VIEWER }));
    for value in authorizations {
        request = request.header("authorization", *value);
    }
    Said::of(request).await
}

async fn get(nobody: &Client, path: &str, query: &str) -> Said {
    Said::of(reqwest::Client::new().get(format!("{}{path}?{query}", nobody.base()))).await
}

/// Everything about a refusal but the request's id.
fn told(said: &Said) -> (u16, Option<String>, Value) {
    (said.status, said.header("www-authenticate").map(str::to_owned), said.body.clone())
}

/// The same text with one character of it changed.
fn changed(text: &str, place: usize) -> String {
    let other = if text.as_bytes()[place] == b'A' { "B" } else { "A" };
    format!("{}{other}{}", &text[..place], &text[place + 1..])
}

/// Tokens that look like `token` and are not it, by what was done to them.
fn forgeries(token: &str, foreign: &str, jwks: &Value) -> Vec<(&'static str, String)> {
    let [header, payload, signature] = token.split('.').collect::<Vec<_>>().try_into().expect("three parts");
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let kid = text(&part(token, 0)["kid"]);
    let headed = |more: Value| {
        let mut head = part(token, 0);
        head.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        format!("{}.{payload}.{signature}", encode(&head))
    };
    let symmetric = |secret: &[u8]| {
        let head = Header { typ: Some("at+jwt".into()), kid: Some(kid.clone()), ..Header::new(Algorithm::HS256) };
        jsonwebtoken::encode(&head, &part(token, 1), &EncodingKey::from_secret(secret)).expect("a token")
    };
    let none =
        |algorithm: &str| format!("{}.{payload}.", encode(&json!({ "typ": "at+jwt", "alg": algorithm, "kid": kid })));
    let claiming = |name: &str, value: Value| {
        let mut claims = part(token, 1);
        claims[name] = value;
        format!("{header}.{}.{signature}", encode(&claims))
    };
    let public = text(&jwks["keys"][0]["x"]);
    vec![
        ("nothing", String::new()),
        ("no token at all", "null".to_owned()),
        ("no algorithm", none("none")),
        ("no algorithm in capitals", none("None")),
        ("no signature", format!("{header}.{payload}.")),
        ("two parts", format!("{header}.{payload}")),
        ("four parts", format!("{token}.{signature}")),
        ("five parts", format!("{token}..")),
        ("HS256 under the public key", symmetric(&URL_SAFE_NO_PAD.decode(&public).expect("a key"))),
        ("HS256 under the public key as text", symmetric(public.as_bytes())),
        ("HS256 under the key set", symmetric(jwks.to_string().as_bytes())),
        ("the header of another algorithm", headed(json!({ "alg": "HS256" }))),
        ("another type", headed(json!({ "typ": "JWT" }))),
        ("a key by address", headed(json!({ "jku": "https://keys.example/jwks.json" }))),
        ("a key inside", headed(json!({ "jwk": jwks["keys"][0] }))),
        ("a certificate by address", headed(json!({ "x5u": "https://keys.example/key.pem" }))),
        ("a certificate inside", headed(json!({ "x5c": ["MIIB"] }))),
        ("a critical extension", headed(json!({ "crit": ["exp"] }))),
        ("an unknown key", headed(json!({ "kid": "../../../dev/null" }))),
        ("a foreign key", foreign.to_owned()),
        ("a foreign signature under our header", format!("{header}.{}", foreign.split_once('.').expect("parts").1)),
        ("another person", claiming("sub", json!("usr_01h455vb4pex5vsknk084sn02q"))),
        ("a later end", claiming("exp", json!(4_102_444_800_i64))),
        ("a changed payload", format!("{header}.{}.{signature}", changed(payload, 20))),
        ("a changed signature", format!("{header}.{payload}.{}", changed(signature, 20))),
        ("a cut signature", token[..token.len() - 4].to_owned()),
        ("padding", format!("{token}==")),
        ("a huge token", format!("{header}.{}.{signature}", "A".repeat(7_000))),
        ("a header over 8 KB", "A".repeat(12_000)),
        ("two tokens", format!("{token}, Bearer {token}")),
        ("a token with a space", format!("{header}. {payload}.{signature}")),
        ("a refresh token", "zrt_AAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned()),
        ("a key that nobody made", "zpk_sec_AAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned()),
    ]
}

harness::api_test! {
    async fn a_forgery_of_any_kind_gets_one_and_the_same_answer(engine: Engine) {
        let app = App::start_with(engine, |config| config.http.public_url = "https://zapys.test".into()).await.unwrap();
        let person = Person::register(&app.client(), &app.mailbox()).await;
        // Another installation that says it is this one: the same issuer, its own secret.
        let other = App::start_with(engine, |config| config.http.public_url = "https://zapys.test".into()).await.unwrap();
        let foreign = Person::register(&other.client(), &other.mailbox()).await;
        let (token, foreign) = (person.client.token().unwrap(), foreign.client.token().unwrap());
        let jwks = Said::of(reqwest::Client::new().get(format!("{}/.well-known/jwks.json", app.client().base()))).await.body;

        // The control: the token itself opens, under any spelling of the header that RFC 9110 allows.
        let nobody = app.client();
        for good in [format!("Bearer {token}"), format!("bearer {token}"), format!("BEARER  {token}")] {
            let said = ask(&nobody, "/graphql", &[&good]).await;
            assert_eq!(said.body["data"]["viewer"]["user"]["email"], person.email.as_str(), "{good}");
        }
        let bad = ask(&nobody, "/graphql", &["Bearer x"]).await;
        assert_eq!((bad.status, bad.code(), bad.header("www-authenticate")), (401, "UNAUTHENTICATED", Some(INVALID)));
        assert_eq!(bad.header("cache-control"), Some("no-store"));
        for (what, forged) in forgeries(token, foreign, &jwks) {
            let said = ask(&nobody, "/graphql", &[&format!("Bearer {forged}")]).await;
            assert_eq!(told(&said), told(&bad), "{what}");
        }
    }
}

harness::api_test! {
    async fn what_is_shown_is_one_bearer_in_one_header(app: &App) {
        let nobody = app.client();
        let person = Person::register(&nobody, &app.mailbox()).await;
        let token = person.client.token().unwrap();
        let (good, challenge) = (format!("Bearer {token}"), "Bearer realm=\"zapys\"");
        // RFC 6750, 3.1: who shows nothing that we understand is told what to show, and of no error.
        for other in ["Basic YTpi", token, "DPoP abc", "Negotiate abc"] {
            let said = ask(&nobody, "/graphql", &[other]).await;
            let refused = (said.status, said.code(), said.header("www-authenticate"));
            assert_eq!(refused, (401, "UNAUTHENTICATED", Some(challenge)), "{other}");
        }
        let twice = "Bearer realm=\"zapys\", error=\"invalid_request\"";
        for pair in [[good.as_str(), good.as_str()], [good.as_str(), "Basic YTpi"], ["Bearer x", good.as_str()]] {
            let said = ask(&nobody, "/graphql", &pair).await;
            let refused = (said.status, said.code(), said.header("www-authenticate"));
            assert_eq!(refused, (400, "INVALID_ARGUMENT", Some(twice)), "{pair:?}");
        }
        // The control: nobody may ask who they are.
        let said = ask(&nobody, "/graphql", &[]).await;
        assert_eq!((said.status, &said.body["data"]["viewer"]), (200, &Value::Null));
    }
}

harness::api_test! {
    async fn no_token_is_read_from_an_address(app: &App) {
        let nobody = app.client();
        let person = Person::register(&nobody, &app.mailbox()).await;
        let (token, good) = (person.client.token().unwrap(), format!("Bearer {}", person.client.token().unwrap()));
        for name in ["access_token", "token", "authorization", "api_key", "Access_Token", "access%5ftoken"] {
            let query = format!("{name}={token}");
            let viewer = "query=%7Bviewer%7Buser%7Bemail%7D%7D%7D";
            let said = [
                ask(&nobody, &format!("/graphql?{query}"), &[]).await,
                ask(&nobody, &format!("/graphql?{query}"), &[&good]).await,
                get(&nobody, "/graphql", &format!("{viewer}&{query}")).await,
                get(&nobody, "/graphql/ws", &query).await,
            ];
            for said in said {
                let challenge = said.header("www-authenticate").unwrap_or_default();
                assert_eq!((said.status, said.code()), (400, "INVALID_ARGUMENT"), "{name}");
                assert!(challenge.ends_with("error=\"invalid_request\""), "{name}: {challenge}");
            }
        }
        // The control: the same words elsewhere in an address.
        let said = get(&nobody, "/graphql", "query=%7Bviewer%7Buser%7Bemail%7D%7D%7D&variables=%7B%22token%22:1%7D").await;
        assert_eq!(said.status, 200);
    }
}

harness::api_test! {
    async fn a_token_ends_with_its_time_and_with_its_session(engine: Engine) {
        let app = App::start(engine).await.unwrap();
        let nobody = app.client();
        let person = Person::register(&nobody, &app.mailbox()).await;
        let token = person.client.token().unwrap();
        let claims = part(token, 1);
        let now = harness::now().timestamp();
        assert_eq!(json!([claims["iat"], claims["nbf"], claims["exp"]]), json!([now, now, now + 900]));
        assert_eq!(part(token, 0)["typ"], "at+jwt");
        let opens = async |token: &str| ask(&nobody, "/graphql", &[&format!("Bearer {token}")]).await.status == 200;
        app.clock.advance(TimeDelta::seconds(900 + 59));
        assert!(opens(token).await, "the leeway is a minute");
        app.clock.advance(TimeDelta::seconds(1));
        assert!(!opens(token).await, "it opens for ever");

        let (first, _) = pair(&nobody, &person.email).await;
        let (second, _) = pair(&nobody, &person.email).await;
        nobody.with_token(&first).data("mutation { userLogout { done } }", Value::Null).await;
        assert!(!opens(&first).await && opens(&second).await);
        let change = json!({ "currentPassword": PASSWORD, "password": "чотири сині верблюди" });
        let (third, _) = pair(&nobody, &person.email).await;
        nobody.with_token(&third).done("passwordChange", change, "done").await;
        assert!(!opens(&second).await && opens(&third).await);
    }
}

harness::api_test! {
    async fn nothing_secret_is_logged(engine: Engine) {
        let storage = engine.storage().await.unwrap();
        let settings = [("ZAPYS__LOG__FILTER", "debug"), ("ZAPYS__HTTP__TRUSTED_PROXIES", "1")];
        let mut server = Process::serve(PROGRAM, &storage, &settings).await.unwrap();
        let (nobody, mailbox) = (server.client(), Mailbox::of(&storage.folder));
        let person = Person::register(&nobody, &mailbox).await;
        let (access, refresh) = pair(&nobody, &person.email).await;
        let input = json!({ "refreshToken": refresh });
        let next = nobody.done("sessionRefresh", input, "tokens { accessToken refreshToken }").await;
        ask(&nobody, &format!("/graphql?access_token={access}"), &[]).await;
        ask(&nobody, "/graphql", &[&format!("Bearer {access}x")]).await;
        get(&nobody, "/graphql", &format!("query=%7Bviewer%7Bid%7D%7D&token={refresh}")).await;
        Socket::open(&nobody.with_token(text(&next["tokens"]["accessToken"]))).await.unwrap();
        nobody.mutate("userLogin", json!({ "email": person.email, "password": "a wrong one" }), "").await;
        server.kill().await.unwrap();

        let mut logs = String::new();
        for entry in std::fs::read_dir(&storage.folder).unwrap() {
            let file = entry.unwrap().path();
            if file.extension().is_some_and(|extension| extension == "log") {
                logs.push_str(&std::fs::read_to_string(file).unwrap());
            }
        }
        assert!(logs.contains("answered"), "the control: nothing was logged");
        let link = mailbox.mails(&person.email)[0].after("zvt_");
        let secret = std::fs::read_to_string(storage.folder.join("secret")).unwrap();
        let tokens = [text(&next["tokens"]["accessToken"]), text(&next["tokens"]["refreshToken"]), access, refresh];
        let words = [PASSWORD, "a wrong one", person.email.as_str(), link.as_str(), secret.trim()];
        for word in tokens.iter().map(String::as_str).chain(words) {
            // A part would be enough to find it by.
            let piece: String = word.chars().take(24).collect();
            let is_common = piece.starts_with("ey");
            let piece = if is_common { word.rsplit('.').next().unwrap() } else { piece.as_str() };
            assert!(!logs.contains(piece), "{piece:?} is in the log");
        }
    }
}
