//! The guard against servers that mean harm: on this machine, behind names that lie.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use futures_util::future::BoxFuture;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use zapys_outbound::{Fault, Fetched, Get, Outbound, Resolve, Settings, Validators};

/// A server that writes the same pieces to everybody, with a pause before each but the first; keeps what it was asked.
struct Fake {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Fake {
    async fn start(pieces: Vec<Vec<u8>>, endless: bool, pause: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = asked.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (pieces, log) = (pieces.clone(), log.clone());
                tokio::spawn(async move {
                    let mut head = vec![0; 4096];
                    let read = stream.read(&mut head).await.unwrap_or(0);
                    log.lock().unwrap().push(String::from_utf8_lossy(&head[..read]).into_owned());
                    for (number, piece) in pieces.iter().enumerate() {
                        if number > 0 {
                            tokio::time::sleep(pause).await;
                        }
                        if stream.write_all(piece).await.is_err() {
                            return;
                        }
                    }
                    while endless && stream.write_all(&pieces[pieces.len() - 1]).await.is_ok() {
                        tokio::time::sleep(pause).await;
                    }
                });
            }
        });
        Self { address, asked }
    }

    async fn says(text: impl Into<String>) -> Self {
        Self::start(vec![text.into().into_bytes()], false, Duration::ZERO).await
    }

    fn url(&self) -> String {
        format!("http://{}/calendar.ics", self.address)
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

fn redirect(to: &str) -> String {
    format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n")
}

fn trusting(fakes: &[&Fake]) -> Settings {
    Settings {
        trusted: fakes.iter().map(|fake| fake.address.to_string()).collect(),
        connect_timeout: Duration::from_secs(2),
        total_timeout: Duration::from_secs(2),
    }
}

async fn fetch(outbound: &Outbound, url: &str, known: Option<&Validators>) -> Result<Fetched, Fault> {
    let url = outbound.address(url)?;
    outbound.get(&Get { url: &url, accept: "text/calendar", known, max_bytes: 10_000 }).await
}

#[tokio::test]
async fn an_answer_comes_with_what_it_is_known_again_by() {
    let fake = Fake::says(ok("BEGIN:VCALENDAR")).await;
    let outbound = Outbound::new(trusting(&[&fake]));
    let known = Validators { etag: Some("\"1\"".into()), last_modified: None };
    let expected = Fetched::Body(b"BEGIN:VCALENDAR".to_vec(), known.clone());
    assert_eq!(fetch(&outbound, &fake.url(), None).await, Ok(expected));
    let asked = fake.asked()[0].to_ascii_lowercase();
    assert!(asked.contains("accept-encoding: identity") && !asked.contains("if-none-match"), "{asked}");

    let fake = Fake::says("HTTP/1.1 304 Not Modified\r\n\r\n").await;
    let outbound = Outbound::new(trusting(&[&fake]));
    assert_eq!(fetch(&outbound, &fake.url(), Some(&known)).await, Ok(Fetched::Unchanged));
    assert!(fake.asked()[0].to_ascii_lowercase().contains("if-none-match: \"1\""));
    assert_eq!(fetch(&outbound, &fake.url(), None).await, Err(Fault::Status(304)));
}

#[tokio::test]
async fn a_redirect_leads_no_further_inside_than_an_address_does() {
    let secret = Fake::says(ok("secret")).await;
    for target in
        [secret.url(), "https://169.254.169.254/latest/".into(), "//127.0.0.1:1/".into(), "file:///etc/passwd".into()]
    {
        let fake = Fake::says(redirect(&target)).await;
        let outbound = Outbound::new(trusting(&[&fake]));
        let answer = fetch(&outbound, &fake.url(), None).await;
        assert!(matches!(answer, Err(Fault::NotPublic | Fault::Address)), "{target}: {answer:?}");
    }
    assert_eq!(secret.asked(), [""; 0]);

    let last = Fake::says(ok("found")).await;
    let first = Fake::says(redirect(&last.url())).await;
    let outbound = Outbound::new(trusting(&[&first, &last]));
    assert!(matches!(fetch(&outbound, &first.url(), None).await, Ok(Fetched::Body(body, _)) if body == b"found"));
    let endless = Fake::says(redirect("/again")).await;
    let outbound = Outbound::new(trusting(&[&endless]));
    assert_eq!(fetch(&outbound, &endless.url(), None).await, Err(Fault::TooManyRedirects));
    assert_eq!(endless.asked().len(), 4);
}

#[tokio::test]
async fn a_long_answer_is_given_up_while_it_comes() {
    let claims = Fake::says("HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\nx").await;
    let outbound = Outbound::new(trusting(&[&claims]));
    assert_eq!(fetch(&outbound, &claims.url(), None).await, Err(Fault::TooLarge));
    let head = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    let endless = Fake::start(vec![head, vec![b'x'; 1_000]], true, Duration::ZERO).await;
    let outbound = Outbound::new(trusting(&[&endless]));
    assert_eq!(fetch(&outbound, &endless.url(), None).await, Err(Fault::TooLarge));
    let head = Fake::start(vec![b"HTTP/1.1 200 OK\r\nX: ".to_vec(), vec![b'x'; 10_000]], true, Duration::ZERO).await;
    let outbound = Outbound::new(trusting(&[&head]));
    assert_eq!(fetch(&outbound, &head.url(), None).await, Err(Fault::Unreadable));
}

#[tokio::test]
async fn an_answer_that_drips_is_given_up_in_time() {
    let drip =
        Fake::start(vec![b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), b"x".to_vec()], true, Duration::from_millis(50)).await;
    let silent = Fake::start(vec![Vec::new(), ok("late").into_bytes()], false, Duration::from_mins(1)).await;
    for fake in [&drip, &silent] {
        let settings = Settings { total_timeout: Duration::from_millis(300), ..trusting(&[fake]) };
        let begun = std::time::Instant::now();
        assert_eq!(fetch(&Outbound::new(settings), &fake.url(), None).await, Err(Fault::TimedOut));
        assert!(begun.elapsed() < Duration::from_secs(5));
    }
}

#[tokio::test]
async fn packed_cut_off_and_other_answers_are_refused() {
    let packed = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx";
    for (text, expected) in [
        (packed, Fault::Unreadable),
        ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nx", Fault::Unreadable),
        ("SSH-2.0-OpenSSH_9.6\r\n", Fault::Unreadable),
        ("", Fault::Unreadable),
        ("HTTP/1.1 404 Not Found\r\n\r\n", Fault::Status(404)),
        ("HTTP/1.1 302 Found\r\n\r\n", Fault::Unreadable),
        ("HTTP/1.1 204 No Content\r\n\r\n", Fault::Status(204)),
    ] {
        let fake = Fake::says(text).await;
        assert_eq!(fetch(&Outbound::new(trusting(&[&fake])), &fake.url(), None).await, Err(expected), "{text}");
    }
}

/// Names that lead where a test says, to another place each time they are asked.
struct Names(Vec<Vec<SocketAddr>>, AtomicUsize);

impl Resolve for Names {
    fn resolve(&self, _: &str, _: u16) -> BoxFuture<'static, std::io::Result<Vec<SocketAddr>>> {
        let turn = self.1.fetch_add(1, Ordering::SeqCst).min(self.0.len() - 1);
        let addresses = self.0[turn].clone();
        Box::pin(async move { Ok(addresses) })
    }
}

#[tokio::test]
async fn a_name_is_asked_once_and_must_lead_outside_with_every_address() {
    let inside = Fake::says(ok("secret")).await;
    let outside = SocketAddr::from(([203, 0, 114, 1], 443));
    for led in [vec![inside.address], vec![outside, inside.address], vec![]] {
        let expected = if led.is_empty() { Fault::Unreachable } else { Fault::NotPublic };
        let names = Arc::new(Names(vec![led], AtomicUsize::new(0)));
        let outbound = Outbound::with_names(trusting(&[]), names);
        assert_eq!(fetch(&outbound, "https://calendar.example/", None).await, Err(expected));
    }
    // Where a name led when it was checked is where the question goes, whatever it leads to a moment later.
    let first = Fake::says(ok("first")).await;
    let names = Arc::new(Names(vec![vec![first.address], vec![inside.address]], AtomicUsize::new(0)));
    let settings = Settings { trusted: vec!["calendar.example:80".into()], ..trusting(&[]) };
    let outbound = Outbound::with_names(settings, names.clone());
    let answer = fetch(&outbound, "http://calendar.example/", None).await;
    assert!(matches!(answer, Ok(Fetched::Body(body, _)) if body == b"first"));
    assert_eq!(names.1.load(Ordering::SeqCst), 1);
    assert_eq!(inside.asked(), [""; 0]);
}
