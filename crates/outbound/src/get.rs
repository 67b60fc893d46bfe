//! Asking for what stands at an address.

use crate::Fault;
use crate::connect::Connector;
use hyper::body::{Body as _, Incoming};
use hyper::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, ETAG, HOST, HeaderMap, HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH,
    LAST_MODIFIED, LOCATION, USER_AGENT,
};
use hyper::{Request, Response, StatusCode};
use std::pin::Pin;
use url::Url;

/// Redirects that are followed.
const MAX_REDIRECTS: usize = 3;
/// Longest validator that is kept, in bytes.
const MAX_VALIDATOR: usize = 200;

/// A question.
#[derive(Debug, Clone, Copy)]
pub struct Get<'a> {
    /// Where; as [`crate::Outbound::address`] read it.
    pub url: &'a Url,
    /// What is wanted, as a header says it.
    pub accept: &'a str,
    /// What is known already.
    pub known: Option<&'a Validators>,
    /// The longest answer, in bytes.
    pub max_bytes: usize,
}

/// What an answer may be known again by.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Validators {
    /// Its `ETag`.
    pub etag: Option<String>,
    /// Its `Last-Modified`.
    pub last_modified: Option<String>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    /// It is what is known already.
    Unchanged,
    /// It is this, whatever its kind was said to be.
    Body(Vec<u8>, Validators),
}

pub(crate) async fn follow(connector: &Connector, request: &Get<'_>) -> Result<Fetched, Fault> {
    let mut url = request.url.clone();
    for _ in 0..=MAX_REDIRECTS {
        let mut connection = connector.open(&url).await?;
        let asked = question(&url, request)?;
        let response = connection.sender.send_request(asked).await.map_err(|_| Fault::Unreadable)?;
        match response.status() {
            StatusCode::OK => return body(response, request.max_bytes).await,
            StatusCode::NOT_MODIFIED if request.known.is_some() => return Ok(Fetched::Unchanged),
            StatusCode::MOVED_PERMANENTLY
            | StatusCode::FOUND
            | StatusCode::SEE_OTHER
            | StatusCode::TEMPORARY_REDIRECT
            | StatusCode::PERMANENT_REDIRECT => {
                let location = text(response.headers(), &LOCATION).ok_or(Fault::Unreadable)?;
                url = url.join(&location).map_err(|_| Fault::Address)?;
                url.set_fragment(None);
            }
            status => return Err(Fault::Status(status.as_u16())),
        }
    }
    Err(Fault::TooManyRedirects)
}

fn question(url: &Url, request: &Get<'_>) -> Result<Request<String>, Fault> {
    let path = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    let host = url.host_str().ok_or(Fault::Address)?;
    let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    let mut asked = Request::get(path)
        .header(HOST, host)
        .header(USER_AGENT, "Zapys")
        .header(ACCEPT, request.accept)
        // What is unpacked may be a thousand times as long as what came.
        .header(ACCEPT_ENCODING, "identity");
    if let Some(etag) = request.known.and_then(|known| known.etag.as_deref()) {
        asked = asked.header(IF_NONE_MATCH, etag);
    }
    if let Some(date) = request.known.and_then(|known| known.last_modified.as_deref()) {
        asked = asked.header(IF_MODIFIED_SINCE, date);
    }
    asked.body(String::new()).map_err(|_| Fault::Address)
}

async fn body(response: Response<Incoming>, max_bytes: usize) -> Result<Fetched, Fault> {
    let headers = response.headers();
    if text(headers, &CONTENT_ENCODING).is_some_and(|encoding| !encoding.eq_ignore_ascii_case("identity")) {
        return Err(Fault::Unreadable);
    }
    let short = |name| text(headers, name).filter(|value| value.len() <= MAX_VALIDATOR);
    let validators = Validators { etag: short(&ETAG), last_modified: short(&LAST_MODIFIED) };
    let mut body = response.into_body();
    if usize::try_from(body.size_hint().lower()).is_ok_and(|bytes| bytes > max_bytes) {
        return Err(Fault::TooLarge);
    }
    let mut bytes = Vec::new();
    while let Some(frame) = std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        let frame = frame.map_err(|_| Fault::Unreadable)?;
        let Ok(data) = frame.into_data() else { continue };
        if bytes.len() + data.len() > max_bytes {
            return Err(Fault::TooLarge);
        }
        bytes.extend_from_slice(&data);
    }
    Ok(Fetched::Body(bytes, validators))
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}
