//! The refresh token as a cookie, for applications in browsers: scripts cannot read it, so what a foreign script steals is 15
//! minutes at most. The edge puts a [`RefreshCookie`] into a request only when its Origin is one of the operator's list, so
//! that no other page can set, use or clear one; sockets and requests without an origin never have it.

use async_graphql::Context;
use chrono::{DateTime, Utc};
use kernel::{Error, Result};

use super::token::{REFRESH_DAYS, TokenKeys};
use super::{SessionId, Tokens, TokensObject};

/// Bound to this host alone, which the prefix makes browsers check (RFC 6265bis, 4.1.3.2).
const SECURE_NAME: &str = "__Host-zapys-refresh";
/// Without TLS there is no such prefix: for development.
const PLAIN_NAME: &str = "zapys-refresh";

/// What a browser's request may do with the cookie, and what it brought.
#[derive(Clone)]
pub struct RefreshCookie {
    secure: bool,
    given: Option<String>,
}

impl RefreshCookie {
    /// Reads the `Cookie` headers of a request from an origin of the list. `secure` is whether people reach the installation
    /// by https.
    pub fn read<'a>(headers: impl Iterator<Item = &'a str>, secure: bool) -> Self {
        let mut pairs = headers.flat_map(|header| header.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let given = pairs.find(|(name, _)| *name == name_of(secure)).map(|(_, value)| value.to_owned());
        Self { secure, given }
    }

    /// The header that keeps a token for as long as it lives.
    fn keep(&self, token: &str, expires_at: DateTime<Utc>, now: DateTime<Utc>) -> String {
        let seconds = (expires_at - now).num_seconds().clamp(0, REFRESH_DAYS * 86_400);
        self.header(token, seconds)
    }

    /// The header that takes it away.
    fn clear(&self) -> String {
        self.header("", 0)
    }

    fn header(&self, value: &str, seconds: i64) -> String {
        let secure = if self.secure { "; Secure" } else { "" };
        format!("{}={value}; Path=/; Max-Age={seconds}; HttpOnly{secure}; SameSite=Strict", name_of(self.secure))
    }
}

impl std::fmt::Debug for RefreshCookie {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("RefreshCookie").field("given", &self.given.is_some()).finish_non_exhaustive()
    }
}

const fn name_of(secure: bool) -> &'static str {
    if secure { SECURE_NAME } else { PLAIN_NAME }
}

/// The cookie of this request, when it may have one.
fn of<'a>(ctx: &Context<'a>) -> Option<&'a RefreshCookie> {
    ctx.data_opt::<RefreshCookie>()
}

/// The refresh token that the cookie of this request holds.
pub(super) fn given<'a>(ctx: &Context<'a>) -> Option<&'a str> {
    of(ctx)?.given.as_deref()
}

/// Whether the cookie of this request belongs to a session.
pub(super) fn is_of(ctx: &Context<'_>, session: SessionId) -> bool {
    given(ctx).and_then(|text| TokenKeys::read_refresh(text).ok()).is_some_and(|token| token.session == session)
}

/// Goes on only where a cookie may be set.
pub(super) fn require(ctx: &Context<'_>) -> Result<()> {
    if of(ctx).is_some() { Ok(()) } else { Err(Error::forbidden("cookie_origin")) }
}

/// Gives a pair: the refresh token in the cookie, or in the answer.
pub(super) fn hand_over(ctx: &Context<'_>, tokens: Tokens, in_cookie: bool, now: DateTime<Utc>) -> TokensObject {
    let Some(cookie) = of(ctx).filter(|_| in_cookie) else { return tokens.into() };
    let header = cookie.keep(&tokens.refresh_token, tokens.refresh_expires_at, now);
    ctx.insert_http_header("set-cookie", header);
    TokensObject::without_refresh(tokens)
}

/// Takes the cookie away from a browser that has one.
pub(super) fn clear(ctx: &Context<'_>) {
    if let Some(cookie) = of(ctx).filter(|cookie| cookie.given.is_some()) {
        ctx.insert_http_header("set-cookie", cookie.clear());
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn only_the_cookie_of_this_scheme_is_read() {
        let read = |headers: &[&'static str], secure| RefreshCookie::read(headers.iter().copied(), secure).given;
        let both = ["a=b; zapys-refresh=plain", "__Host-zapys-refresh=bound; c=d"];
        assert_eq!(read(&both, true).as_deref(), Some("bound"));
        assert_eq!(read(&both, false).as_deref(), Some("plain"));
        assert_eq!(read(&["zapys-refresh=plain"], true), None);
        assert_eq!(read(&["xzapys-refresh=plain"], false), None);
    }

    #[test]
    fn nobody_else_gets_the_cookie() {
        let now: DateTime<Utc> = "2026-11-22T10:00:00Z".parse().unwrap();
        let cookie = RefreshCookie { secure: true, given: None };
        assert_eq!(
            cookie.keep("zrt_x", now + chrono::Duration::days(30), now),
            "__Host-zapys-refresh=zrt_x; Path=/; Max-Age=2592000; HttpOnly; Secure; SameSite=Strict"
        );
        let cookie = RefreshCookie { secure: false, given: None };
        assert_eq!(cookie.clear(), "zapys-refresh=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict");
    }
}
