//! Who is asking: from headers to a [`Cx`], through tenancy. Here too: where the request comes from, its language, and
//! how many requests its sender may still make.

use std::net::IpAddr;
use std::sync::Arc;

use access::{Actor, Cx, KeyKind};
use axum::http::header::{ACCEPT_LANGUAGE, COOKIE, HeaderName, ORIGIN, SET_COOKIE, WWW_AUTHENTICATE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use cache::{Quota, RateKey, Verdict};
use kernel::{Clock, Error, Kind, Locale};
use tenancy::{Entrance, RefreshCookie};
use uuid::Uuid;

use super::answer;
use super::credentials::{Malformed, Shown};
use super::listen::Peer;
use super::media::Media;
use super::surround::RequestId;
use crate::app::App;

const FORWARDED_FOR: &str = "x-forwarded-for";
const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const INVALID_TOKEN: HeaderValue = HeaderValue::from_static("Bearer realm=\"zapys\", error=\"invalid_token\"");
const INVALID_REQUEST: HeaderValue = HeaderValue::from_static("Bearer realm=\"zapys\", error=\"invalid_request\"");

/// Somebody who may ask.
#[derive(Clone)]
pub struct Caller {
    /// Who, for which company, and what they may do.
    pub cx: Cx,
    verdict: Verdict,
    /// Where a browser keeps its refresh token; for pages of the operator's list only, and never on sockets.
    cookie: Option<RefreshCookie>,
}

/// Somebody who may not, and why.
pub enum Refused {
    /// The request itself is wrong.
    Malformed(Malformed),
    /// The request is right; its sender is not, or asks too often.
    Caller {
        /// Why.
        error: Error,
        /// Whom it is worded for.
        cx: Cx,
        /// Whether a bearer was shown.
        bearer: bool,
    },
}

impl Refused {
    /// The answer that says so: the same for every proof that is not good.
    pub fn answer(self, media: Media) -> Response {
        let (mut response, challenge) = match self {
            Self::Malformed(fault) => {
                let response = answer::malformed(StatusCode::BAD_REQUEST, media, "INVALID_ARGUMENT", fault.message());
                (response, Some(INVALID_REQUEST))
            }
            Self::Caller { error, cx, bearer } => {
                let nobody = error.kind == Kind::Unauthenticated;
                let challenge = nobody.then_some(if bearer { INVALID_TOKEN } else { answer::CHALLENGE });
                (answer::refuse(error, &cx, media), challenge)
            }
        };
        if let Some(challenge) = challenge {
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

impl Caller {
    /// The same caller as they are now: a changed role or an ended session acts with the next operation of a socket.
    pub async fn anew(&self, app: &App) -> kernel::Result<Self> {
        Ok(Self { cx: app.domains.tenancy.recheck(&self.cx).await?, verdict: self.verdict, cookie: None })
    }

    /// Lends the caller's cookie to an operation of theirs.
    pub fn lend(&self, request: async_graphql::Request) -> async_graphql::Request {
        match &self.cookie {
            Some(cookie) => request.data(cookie.clone()),
            None => request,
        }
    }

    /// Brings the caller what an operation put into their cookie.
    pub fn give(result: &async_graphql::Response, mut response: Response) -> Response {
        for value in result.http_headers.get_all(SET_COOKIE) {
            response.headers_mut().append(SET_COOKIE, value.clone());
        }
        response
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
    let shown = Shown::of(parts).map_err(Refused::Malformed)?;
    let caller = admit(app, parts, shown, operations).await?;
    Ok(Caller { cookie: cookie(app, &parts.headers), ..caller })
}

/// Looks at the request that wants to become a socket: what is wrong with it can be said in HTTP only.
pub fn inspect(parts: &Parts) -> Result<(), Refused> {
    Shown::of(parts).map(|_| ()).map_err(Refused::Malformed)
}

/// Where a request comes from, as far as the proxies in front can be trusted.
pub fn address_of(app: &App, parts: &Parts) -> Option<IpAddr> {
    address(parts, app.config.http.trusted_proxies)
}

/// Whoever it is, refused before anybody asks: in their language.
pub fn stranger(app: &App, parts: &Parts) -> Cx {
    nobody(app.db.clock(), &entrance(app, parts, None))
}

/// Finds out who opened a socket: by what `connection_init` says, else by the header of the upgrade.
pub async fn identify_socket(app: &App, parts: &Parts, authorization: Option<&str>) -> Result<Caller, Refused> {
    let shown = match authorization {
        Some(text) => Shown::of_message(text),
        None => Shown::of(parts).map_err(Refused::Malformed)?,
    };
    admit(app, parts, shown, 1).await
}

/// The origin of a request whose answer may come with credentials: one of the operator's list, word for word.
pub fn cookie_origin<'a>(app: &App, headers: &'a HeaderMap) -> Option<&'a HeaderValue> {
    let mut origins = headers.get_all(ORIGIN).iter();
    let origin = origins.next().filter(|_| origins.next().is_none())?;
    app.config.auth.cookie_origins.iter().any(|listed| listed.as_bytes() == origin.as_bytes()).then_some(origin)
}

fn cookie(app: &App, headers: &HeaderMap) -> Option<RefreshCookie> {
    cookie_origin(app, headers)?;
    let values = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    Some(RefreshCookie::read(values, app.config.http.public_url.starts_with("https://")))
}

/// Counts one more request of a caller who is known already.
pub async fn take(app: &App, cx: &Cx) -> kernel::Result<()> {
    let (key, quota) = allowance(app, cx);
    app.cache.limit(&key, quota).await
}

async fn admit(app: &App, parts: &Parts, shown: Shown, operations: usize) -> Result<Caller, Refused> {
    let (bearer, known) = match shown {
        Shown::Nothing => (None, true),
        Shown::Unknown => (None, false),
        Shown::Bearer(token) => (Some(token), true),
    };
    let entrance = entrance(app, parts, bearer);
    let bearer = entrance.bearer.is_some();
    let refused = |error, cx| Refused::Caller { error, cx, bearer };
    let entered = if known { app.domains.tenancy.authenticate(&entrance).await } else { Err(Error::unauthenticated()) };
    let cx = match entered {
        Ok(cx) => cx,
        Err(error) => {
            let stranger = nobody(app.db.clock(), &entrance);
            // Whoever tries keys one after the other is counted like anybody else who shows none.
            let is_guess = matches!(error.kind, Kind::Unauthenticated | Kind::Forbidden { .. });
            let too_often = if is_guess { take(app, &stranger).await.err() } else { None };
            return Err(refused(too_often.unwrap_or(error), stranger));
        }
    };
    let (key, quota) = allowance(app, &cx);
    let mut verdict = app.cache.take(&key, quota).await;
    for _ in 1..operations {
        if verdict.retry_after.is_none() {
            verdict = app.cache.take(&key, quota).await;
        }
    }
    match verdict.retry_after {
        None => Ok(Caller { cx, verdict, cookie: None }),
        Some(retry_after) => Err(refused(Error::rate_limited(retry_after), cx)),
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
        Actor::Client { .. } => (format!("{}@{address}", cx.actor.principal()), limits.publishable_per_minute),
    };
    (RateKey { scope: "http", company: cx.company_id(), principal }, Quota::per_minute(per_minute))
}

fn entrance(app: &App, parts: &Parts, bearer: Option<String>) -> Entrance {
    let text = |name: HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok());
    Entrance {
        bearer,
        origin: text(ORIGIN).map(str::to_owned),
        address: address_of(app, parts),
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
}
