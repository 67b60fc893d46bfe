//! GraphiQL at /graphiql: served whole from the binary under a policy without exceptions for other hosts, cached by name,
//! switchable. A binary that was built without `make web` has a page that says so; these tests hold for both and say on
//! standard error which they saw.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;

use flate2::read::GzDecoder;
use harness::{App, Process};
use reqwest::header::HeaderMap;
use reqwest::{Client, Method, StatusCode, redirect};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const PROGRAM: &str = env!("CARGO_BIN_EXE_zapys");
const POLICY: &str = "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self' 'unsafe-inline'; \
                      img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'none'; \
                      base-uri 'none'; frame-ancestors 'none'";
const FOR_EVER: &str = "public, max-age=31536000, immutable";

harness::api_test! {
    async fn the_page_comes_whole_from_this_server(app: &App) {
        let page = get(app, "/graphiql", &[]).await;
        assert_eq!((page.status, &*page.header("content-type")), (StatusCode::OK, "text/html; charset=utf-8"));
        assert_eq!(page.header("content-security-policy"), POLICY);
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert_eq!(page.header("cache-control"), "no-cache");
        let html = page.text();
        assert_eq!(foreign(&html), Vec::<String>::new());
        let control = "<link href=\"//cdn.example/a.css\"><a href=\"/own\"> @import 'https://x'; url(data:x) url('http://y')";
        assert_eq!(foreign(control).len(), 3, "the control: what is foreign is found");
        if !is_embedded(&html) {
            assert!(html.contains("<html lang=\"uk\">") && html.contains("<section lang=\"en\">"), "{html}");
            assert!(html.contains("make run") && html.contains("/graphql"), "it says how to get the page: {html}");
            return;
        }
        assert!(!html.contains("<script>") && !html.contains("<style"), "the policy forbids inline scripts: {html}");
        let files = all_files(app, &html).await;
        let kinds: BTreeSet<String> = files.values().map(|file| file.header("content-type")).collect();
        let expected = ["font/ttf", "font/woff2", "text/css; charset=utf-8", "text/javascript; charset=utf-8"];
        assert_eq!(kinds.iter().collect::<Vec<_>>(), expected);
        for worker in ["editor.worker", "graphql.worker", "json.worker"] {
            assert!(files.keys().any(|name| name.starts_with(worker)), "{worker} is found: {:?}", files.keys());
        }
        for (name, file) in &files {
            assert_eq!(file.header("content-security-policy"), POLICY, "{name}: a worker has the policy of its file");
            assert_eq!(file.header("x-content-type-options"), "nosniff", "{name}");
            assert_eq!(file.header("cache-control"), FOR_EVER, "{name}");
            if file.header("content-type").starts_with("text/css") {
                assert_eq!(foreign(&file.text()), Vec::<String>::new(), "{name}");
            }
        }
    }
}

harness::api_test! {
    async fn files_are_cached_compressed_and_found_by_name_alone(app: &App) {
        let page = get(app, "/graphiql", &[]).await;
        if !is_embedded(&page.text()) {
            return;
        }
        let files = all_files(app, &page.text()).await;
        let (name, plain) = files.iter().next().expect("a file");
        let path = format!("/graphiql/assets/{name}");
        assert_eq!((&*plain.header("vary"), &*plain.header("content-encoding")), ("accept-encoding, origin", ""));
        let gzip = get(app, &path, &[("accept-encoding", "br, gzip")]).await;
        assert_eq!(gzip.header("content-encoding"), "gzip");
        assert!(gzip.body.len() < plain.body.len());
        let mut unpacked = Vec::new();
        GzDecoder::new(&gzip.body[..]).read_to_end(&mut unpacked).expect("gzip");
        assert_eq!(unpacked, plain.body);
        let refused = get(app, &path, &[("accept-encoding", "gzip;q=0, *")]).await;
        assert_eq!((&*refused.header("content-encoding"), refused.body == plain.body), ("", true));

        let tag = page.header("etag");
        assert_eq!(get(app, "/graphiql", &[("accept-encoding", "gzip")]).await.header("etag"), tag);
        let known = get(app, "/graphiql", &[("if-none-match", &format!("\"other\", {tag}"))]).await;
        assert_eq!((known.status, known.header("etag"), known.body.len()), (StatusCode::NOT_MODIFIED, tag, 0));
        assert_eq!(get(app, "/graphiql", &[("if-none-match", "W/\"other\"")]).await.status, StatusCode::OK);

        let head = ask(app, Method::HEAD, &path, &[]).await;
        assert_eq!((head.status, head.body.len()), (StatusCode::OK, 0));
        for name in ["content-type", "content-length", "etag", "cache-control", "content-security-policy"] {
            assert_eq!(head.header(name), plain.header(name), "{name}");
        }
        assert_eq!(ask(app, Method::POST, &path, &[]).await.status, StatusCode::METHOD_NOT_ALLOWED);

        // As written: a client library would tidy these up.
        for path in [
            "/graphiql/../Cargo.toml", "/graphiql/assets/../index.htm", "/graphiql/%2e%2e/Cargo.toml",
            "/graphiql//etc/passwd", "/graphiql/assets/", "/graphiql/assets/%00", "/graphiql/assets\\..\\..\\Cargo.toml",
        ] {
            assert_eq!(raw_status(app, path).await, "HTTP/1.1 404 Not Found", "{path}");
        }
        assert_eq!(raw_status(app, &path).await, "HTTP/1.1 200 OK", "the control: this way of asking finds what is there");
    }
}

harness::api_test! {
    async fn it_can_be_switched_off(engine: Engine) {
        let on = App::shared(engine).await;
        let home = get(on, "/", &[]).await;
        assert_eq!((home.status, &*home.header("location")), (StatusCode::SEE_OTHER, "/graphiql"));

        let off = App::start_with(engine, |config| config.graphql.explorer = false).await.expect("an app");
        for path in ["/graphiql", "/graphiql/", "/graphiql/index.html"] {
            assert_eq!(get(&off, path, &[]).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        let home = get(&off, "/", &[]).await;
        let addresses: serde_json::Value = serde_json::from_slice(&home.body).expect("JSON");
        assert_eq!(home.status, StatusCode::OK);
        assert_eq!(addresses["graphql"], "/graphql");
    }
}

harness::api_test! {
    async fn the_production_profile_shows_neither_page_nor_schema(engine: Engine) {
        let storage = engine.storage().await.expect("a database");
        let schema = "{ __schema { queryType { name } } }";
        let production = [("ZAPYS__PROFILE", "production")];
        let mut server = Process::serve(PROGRAM, &storage, &production).await.expect("a server");
        let page = format!("{}/graphiql", server.client().base());
        assert_eq!(reqwest::get(&page).await.expect("an answer").status(), StatusCode::NOT_FOUND);
        let refused = server.client().run(schema, json!({})).await;
        assert!(refused.data["__schema"].is_null(), "{refused}");
        server.kill().await.expect("killed");

        // What is set explicitly wins over the profile.
        let opened = [("ZAPYS__PROFILE", "production"), ("ZAPYS__GRAPHQL__EXPLORER", "true")];
        let server = Process::serve(PROGRAM, &storage, &opened).await.expect("a server");
        let page = format!("{}/graphiql", server.client().base());
        assert_eq!(reqwest::get(&page).await.expect("an answer").status(), StatusCode::OK);
    }
}

struct Got {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Got {
    /// A header's values, joined as HTTP does; empty when absent.
    fn header(&self, name: &str) -> String {
        let all: Vec<&str> = self.headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
        all.join(", ")
    }

    fn text(&self) -> String {
        String::from_utf8(self.body.clone()).expect("UTF-8")
    }
}

async fn get(app: &App, path: &str, headers: &[(&str, &str)]) -> Got {
    ask(app, Method::GET, path, headers).await
}

async fn ask(app: &App, method: Method, path: &str, headers: &[(&str, &str)]) -> Got {
    let client = Client::builder().redirect(redirect::Policy::none()).build().expect("a client");
    let mut request = client.request(method, format!("{}{path}", app.client().base()));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.send().await.expect("an answer");
    let (status, headers) = (answer.status(), answer.headers().clone());
    Got { status, headers, body: answer.bytes().await.expect("a body").to_vec() }
}

/// The first line of the answer to a path that is sent as it is.
async fn raw_status(app: &App, path: &str) -> String {
    let address = app.client().base().trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(&address).await.expect("a connection");
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("written");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("an answer");
    String::from_utf8_lossy(&answer).lines().next().unwrap_or_default().to_owned()
}

#[allow(clippy::print_stderr, reason = "which of its two states this build is in")]
fn is_embedded(html: &str) -> bool {
    let is_embedded = html.contains("<div id=\"explorer\">");
    eprintln!("the explorer {} built into this binary", if is_embedded { "is" } else { "is not" });
    is_embedded
}

/// What markup or style sheets would load from elsewhere: values of src and href, url(…) and @import that are neither
/// paths of this server nor data.
fn foreign(text: &str) -> Vec<String> {
    let values = ["src=\"", "href=\"", "url(", "@import "].into_iter().flat_map(|before| {
        text.split(before).skip(1).map(|rest| rest.trim_start_matches(['"', '\'']).chars().take(60).collect::<String>())
    });
    let is_own = |value: &String| {
        let is_path = value.starts_with('/') && !value.starts_with("//");
        is_path || value.starts_with("data:") || value.starts_with('#')
    };
    values.filter(|value| !is_own(value)).collect()
}

/// Every file that the page, its scripts or its styles name, read; a name that leads nowhere fails the test.
async fn all_files(app: &App, html: &str) -> BTreeMap<String, Got> {
    let mut files = BTreeMap::new();
    let mut waiting: Vec<String> = names(html).into_iter().collect();
    assert!(!waiting.is_empty(), "the page names its script: {html}");
    while let Some(name) = waiting.pop() {
        if files.contains_key(&name) {
            continue;
        }
        let file = get(app, &format!("/graphiql/assets/{name}"), &[]).await;
        assert_eq!(file.status, StatusCode::OK, "{name}");
        if file.header("content-type").starts_with("text/") {
            waiting.extend(names(&file.text()));
        }
        files.insert(name, file);
    }
    files
}

/// Names with the hash that the bundler gives (`name-12345678.js`), after the ways in which it writes their folder.
fn names(text: &str) -> BTreeSet<String> {
    let is_named_by_content = |name: &str| {
        let (stem, ending) = name.rsplit_once('.')?;
        let hash = stem.get(stem.len().checked_sub(9)?..)?;
        (["js", "css", "ttf", "woff2"].contains(&ending) && hash.starts_with('-')).then(|| name.to_owned())
    };
    let candidates = ["/graphiql/assets/", "\"assets/", "./"].into_iter().flat_map(|before| text.split(before).skip(1));
    candidates.filter_map(|rest| is_named_by_content(rest.split(['"', '\'', '`', ')', '?']).next()?)).collect()
}
