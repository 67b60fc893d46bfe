//! Who is asking: from headers to a [`Cx`], through tenancy. Here too: where the request comes from, its language, and
//! how many requests its sender may still make.

use std::net::IpAddr;
use std::sync::Arc;

use access::{Actor, Cx, KeyKind};
use axum::http::header::{ACCEPT_LANGUAGE, AUTHORIZATION, HeaderName, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use cache::{Quota, RateKey, Verdict};
use kernel::{Clock, Error, Locale};
use tenancy::Entrance;
use uuid::Uuid;

use super::answer;
use super::listen::Peer;
use super::media::Media;
use super::surround::RequestId;
use crate::app::App;

const FORWARDED_FOR: &str = "x-forwarded-for";
const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");

/// Somebody who may ask.
#[derive(Clone)]
pub struct Caller {
    /// Who, for which company, and what they may do.
    pub cx: Cx,
    verdict: Verdict,
}

/// Somebody who may not, and why.
pub struct Refused {
    error: Error,
    cx: Cx,
}

impl Refused {
    /// The answer that says so.
    pub fn answer(self, media: Media) -> Response {
        answer::refuse(self.error, &self.cx, media)
    }
}

impl Caller {
    /// The same caller as they are now: a changed role or an ended session acts with the next operation of a socket.
    pub async fn anew(&self, app: &App) -> kernel::Result<Self> {
        Ok(Self { cx: app.domains.tenancy.recheck(&self.cx).await?, verdict: self.verdict })
    }

    /// Tells the caller how much they have left.
    pub fn dress(&self, mut response: Response) -> Response {
        response.headers_mut().insert(LIMIT, HeaderValue::from(self.verdict.limit));
        response.headers_mut().insert(REMAINING, HeaderValue::from(self.verdict.remaining));
        response
    }
}

/// Finds out who sent a request of so many operations.
pub async fn identify(app: &App, parts: &Parts, operations: usize) -> Result<Caller, Refused> {
    let entrance = entrance(app, parts, bearer(&parts.headers));
    admit(app, entrance, operations).await
}

/// Finds out who opened a socket: by what `connection_init` says, else by the header of the upgrade.
pub async fn identify_socket(app: &App, parts: &Parts, authorization: Option<&str>) -> Result<Caller, Refused> {
    let bearer = authorization.map_or_else(|| bearer(&parts.headers), |value| Some(token(value)));
    admit(app, entrance(app, parts, bearer), 1).await
}

/// Counts one more request of a caller who is known already.
pub async fn take(app: &App, cx: &Cx) -> kernel::Result<()> {
    let (key, quota) = allowance(app, cx);
    app.cache.limit(&key, quota).await
}

async fn admit(app: &App, entrance: Entrance, operations: usize) -> Result<Caller, Refused> {
    let cx = match app.domains.tenancy.authenticate(&entrance).await {
        Ok(cx) => cx,
        Err(error) => return Err(Refused { error, cx: nobody(app.db.clock(), &entrance) }),
    };
    let (key, quota) = allowance(app, &cx);
    let mut verdict = app.cache.take(&key, quota).await;
    for _ in 1..operations {
        if verdict.retry_after.is_none() {
            verdict = app.cache.take(&key, quota).await;
        }
    }
    match verdict.retry_after {
        None => Ok(Caller { cx, verdict }),
        Some(retry_after) => Err(Refused { error: Error::rate_limited(retry_after), cx }),
    }
}

/// What a caller's requests are counted by, and how many there may be. A key in web pages is counted per address, so
/// that one visitor cannot use up what is everybody's.
fn allowance(app: &App, cx: &Cx) -> (RateKey, Quota) {
    let limits = &app.config.limits;
    let address = cx.address.map_or_else(|| "unknown".to_owned(), |address| RateKey::address("", address).principal);
    let (principal, per_minute) = match &cx.actor {
        Actor::Anonymous | Actor::System { .. } => (address, limits.anonymous_per_minute),
        Actor::ApiKey { key, kind: KeyKind::Publishable } => {
            (format!("{key}@{address}"), limits.publishable_per_minute)
        }
        Actor::ApiKey { key, kind: KeyKind::Secret } => (key.to_string(), limits.secret_per_minute),
        Actor::User { session, .. } => (session.to_string(), limits.session_per_minute),
        Actor::Client { client, .. } => (format!("{client}@{address}"), limits.publishable_per_minute),
    };
    (RateKey { scope: "http", company: cx.company_id(), principal }, Quota::per_minute(per_minute))
}

fn entrance(app: &App, parts: &Parts, bearer: Option<String>) -> Entrance {
    let text = |name: HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok());
    Entrance {
        bearer,
        origin: text(ORIGIN).map(str::to_owned),
        address: address(parts, app.config.http.trusted_proxies),
        locale: text(ACCEPT_LANGUAGE).and_then(Locale::negotiate),
        request_id: Some(parts.extensions.get::<RequestId>().map_or_else(Uuid::now_v7, |id| id.0)),
    }
}

/// Who a refusal is worded for.
fn nobody(clock: &Arc<dyn Clock>, entrance: &Entrance) -> Cx {
    let builder = Cx::builder(clock.clone()).address(entrance.address).locale(entrance.locale.unwrap_or_default());
    match entrance.request_id {
        Some(id) => builder.request_id(id).build(),
        None => builder.build(),
    }
}

/// The proof in the header. Anything but a bearer proves nothing, and its sender is told so.
fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(AUTHORIZATION)?;
    Some(value.to_str().map(token).unwrap_or_default())
}

fn token(value: &str) -> String {
    match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim().to_owned(),
        Some(_) => String::new(),
        // A socket's payload often has the bare token.
        None => value.to_owned(),
    }
}

/// The caller's address: the peer's, or what the outermost trusted proxy saw. Anybody can write further addresses to
/// the left of those in X-Forwarded-For, so they are counted from the right.
fn address(parts: &Parts, trusted_proxies: usize) -> Option<IpAddr> {
    let peer = parts.extensions.get::<Peer>().map(|peer| peer.0.ip().to_canonical());
    if trusted_proxies == 0 {
        return peer;
    }
    let values = parts.headers.get_all(FORWARDED_FOR).iter().filter_map(|value| value.to_str().ok());
    let seen: Vec<&str> = values.flat_map(|value| value.split(',')).map(str::trim).collect();
    let by_proxy = seen.len().checked_sub(trusted_proxies).and_then(|place| seen.get(place));
    by_proxy.and_then(|text| text.parse::<IpAddr>().ok()).map(|address| address.to_canonical()).or(peer)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    fn parts(forwarded: &[&'static str]) -> Parts {
        let mut request = axum::http::Request::new(());
        request.extensions_mut().insert(Peer("10.0.0.9:1".parse().unwrap()));
        for value in forwarded {
            request.headers_mut().append(FORWARDED_FOR, HeaderValue::from_static(value));
        }
        request.into_parts().0
    }

    #[test]
    fn only_what_trusted_proxies_saw_counts() {
        let seen = |forwarded: &[&'static str], proxies| address(&parts(forwarded), proxies).unwrap().to_string();
        assert_eq!(seen(&["1.1.1.1"], 0), "10.0.0.9");
        assert_eq!(seen(&["6.6.6.6, 1.1.1.1"], 1), "1.1.1.1");
        assert_eq!(seen(&["6.6.6.6, 1.1.1.1", "10.0.0.2"], 2), "1.1.1.1");
        assert_eq!(seen(&["1.1.1.1"], 2), "10.0.0.9");
        assert_eq!(seen(&["nonsense"], 1), "10.0.0.9");
    }

    #[test]
    fn a_proof_is_a_bearer() {
        assert_eq!(token("Bearer abc"), "abc");
        assert_eq!(token("bearer  abc"), "abc");
        assert_eq!(token("abc"), "abc");
        assert_eq!(token("Basic YTpi"), "");
        assert_eq!(bearer(&HeaderMap::new()), None);
    }
}
