//! HTTP byte by byte: what no client library would send, and answers as they are on the wire.

use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Longer than any limit of the server that a test waits for.
const PATIENCE: Duration = Duration::from_secs(20);

/// An answer as it came.
#[derive(Debug, Clone)]
pub struct Raw {
    /// The status.
    pub status: u16,
    headers: Vec<(String, String)>,
    /// The body as text.
    pub body: String,
}

impl Raw {
    /// Sends a method, a target, headers and a body on a connection of its own. `Host`, `Content-Length` (of a body) and
    /// `Connection: close` are added, and an address of its own so that limits per address are not shared.
    pub async fn send(
        base: &str,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: impl AsRef<[u8]>,
    ) -> Self {
        let body = body.as_ref();
        let mut head = format!("{method} {target} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", host(base));
        let address = uuid::Uuid::new_v4();
        head += &format!("X-Forwarded-For: 2001:db8::{:x}:{:x}\r\n", address.as_fields().1, address.as_fields().2);
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        if !body.is_empty() && !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("transfer-encoding")) {
            head += &format!("Content-Length: {}\r\n", body.len());
        }
        Self::bytes(base, &[head.as_bytes(), b"\r\n", body].concat()).await
    }

    /// Sends bytes as they are and reads until the server closes.
    pub async fn bytes(base: &str, bytes: &[u8]) -> Self {
        let mut stream = TcpStream::connect(host(base)).await.unwrap();
        // A server that refuses early may close before all is written.
        let _ = stream.write_all(bytes).await;
        Self::rest(&mut stream).await
    }

    /// Reads what comes on a connection until the server closes it.
    pub async fn rest(stream: &mut TcpStream) -> Self {
        let mut read = Vec::new();
        let end = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut read)).await;
        assert!(end.is_ok(), "the server keeps the connection: {}", String::from_utf8_lossy(&read));
        Self::parse(&read)
    }

    /// A header's value; several of one name joined as HTTP reads them.
    pub fn header(&self, name: &str) -> Option<String> {
        let values = self.headers.iter().filter(|(own, _)| own.eq_ignore_ascii_case(name));
        values.map(|(_, value)| value.clone()).reduce(|all, next| format!("{all}, {next}"))
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The code of the first error in the body.
    pub fn code(&self) -> String {
        self.json()["errors"][0]["extensions"]["code"]
            .as_str()
            .unwrap_or_else(|| panic!("no code: {self:?}"))
            .to_owned()
    }

    fn parse(read: &[u8]) -> Self {
        let text = String::from_utf8_lossy(read);
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
        let status = status.unwrap_or_else(|| panic!("no HTTP answer: {text:?}"));
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
            .collect();
        let is_chunked = headers.iter().any(|(name, value)| {
            name.eq_ignore_ascii_case("transfer-encoding") && value.eq_ignore_ascii_case("chunked")
        });
        Self { status, headers, body: if is_chunked { unchunked(body) } else { body.to_owned() } }
    }
}

/// `host:port` of a base URL.
fn host(base: &str) -> &str {
    base.trim_start_matches("http://")
}

fn unchunked(mut body: &str) -> String {
    let mut whole = String::new();
    while let Some((size, rest)) = body.split_once("\r\n") {
        let Ok(size) = usize::from_str_radix(size, 16) else { break };
        let (Some(chunk), Some(next)) = (rest.get(..size), rest.get(size + 2..)) else { break };
        whole += chunk;
        body = next;
    }
    whole
}
