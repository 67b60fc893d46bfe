//! What a request shows as proof of who sends it (RFC 6750): one `Authorization: Bearer …` and nothing else. Nothing here
//! knows whether the proof is good. A token in an address would stand in logs and histories, so its sender is told.

use axum::extract::Query;
use axum::http::HeaderValue;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

/// The longest header that is looked at, in bytes.
const LONGEST: usize = 8 * 1024;
/// What people call a token in a query string.
const IN_QUERY: [&str; 8] =
    ["access_token", "refresh_token", "token", "authorization", "bearer", "api_key", "apikey", "jwt"];

/// What was shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// Nothing.
    Nothing,
    /// Something that we do not take: another scheme, or none.
    Unknown,
    /// A bearer token; empty when it cannot be one.
    Bearer(String),
}

/// Why a request is not looked at any further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Malformed {
    /// Two proofs: whoever stands between might have looked at the other one.
    Twice,
    /// A token in the address.
    InQuery,
}

impl Malformed {
    /// For the author of the program.
    pub const fn message(self) -> &'static str {
        match self {
            Self::Twice => "There must be one Authorization header at most.",
            Self::InQuery => "Tokens and keys are sent in the Authorization header, never in the address.",
        }
    }
}

impl Shown {
    /// Reads the headers and the address of a request.
    pub fn of(parts: &Parts) -> Result<Self, Malformed> {
        if has_token(parts) {
            return Err(Malformed::InQuery);
        }
        let mut values = parts.headers.get_all(AUTHORIZATION).iter();
        match (values.next(), values.next()) {
            (None, _) => Ok(Self::Nothing),
            (Some(value), None) => Ok(Self::of_header(value)),
            (Some(_), Some(_)) => Err(Malformed::Twice),
        }
    }

    fn of_header(value: &HeaderValue) -> Self {
        if value.len() > LONGEST {
            return Self::Bearer(String::new());
        }
        // Letters that no token has prove nothing.
        let Ok(text) = value.to_str() else { return Self::Bearer(String::new()) };
        match text.split_once(' ') {
            Some((scheme, token)) if is_bearer(scheme) => Self::Bearer(token.trim().to_owned()),
            None if is_bearer(text) => Self::Bearer(String::new()),
            _ => Self::Unknown,
        }
    }

    /// Reads what the first message of a socket says, where the bare token is usual too.
    pub fn of_message(text: &str) -> Self {
        match text.trim().split_once(' ') {
            _ if text.len() > LONGEST => Self::Bearer(String::new()),
            Some((scheme, token)) if is_bearer(scheme) => Self::Bearer(token.trim().to_owned()),
            Some(_) => Self::Unknown,
            None => Self::Bearer(text.trim().to_owned()),
        }
    }
}

fn is_bearer(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("bearer")
}

fn has_token(parts: &Parts) -> bool {
    // What cannot be read here cannot be read as a request either, and is refused where that is tried.
    let pairs = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri).map(|query| query.0).unwrap_or_default();
    pairs.iter().any(|(name, _)| IN_QUERY.iter().any(|known| name.eq_ignore_ascii_case(known)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    fn shown(uri: &str, headers: &[&str]) -> Result<Shown, Malformed> {
        let mut request = axum::http::Request::builder().uri(uri);
        for header in headers {
            request = request.header(AUTHORIZATION, *header);
        }
        Shown::of(&request.body(()).unwrap().into_parts().0)
    }

    fn bearer(token: &str) -> Shown {
        Shown::Bearer(token.to_owned())
    }

    #[test]
    fn a_proof_is_one_bearer() {
        let header = |text: &str| shown("/graphql", &[text]);
        assert_eq!(shown("/graphql", &[]), Ok(Shown::Nothing));
        assert_eq!(header("Bearer abc"), Ok(bearer("abc")));
        assert_eq!(header("bEARER   abc"), Ok(bearer("abc")));
        assert_eq!(header("Bearer"), Ok(bearer("")));
        assert_eq!(header("Bearer \u{e9}"), Ok(bearer("")));
        assert_eq!(header(&format!("Bearer {}", "a".repeat(LONGEST))), Ok(bearer("")));
        for other in ["abc", "Basic YTpi", "Bearer,abc", "DPoP abc", "Token abc"] {
            assert_eq!(header(other), Ok(Shown::Unknown), "{other}");
        }
        assert_eq!(shown("/graphql", &["Bearer a", "Bearer a"]), Err(Malformed::Twice));
    }

    #[test]
    fn no_token_is_taken_from_the_address() {
        for query in
            ["access_token=a", "query=%7Ba%7D&TOKEN=a", "access%5Ftoken=", "authorization=Bearer+a", "apiKey=a"]
        {
            assert_eq!(shown(&format!("/graphql?{query}"), &["Bearer a"]), Err(Malformed::InQuery), "{query}");
        }
        assert_eq!(shown("/graphql?query=%7Btoken%7D&variables=%7B%22token%22%3A1%7D", &[]), Ok(Shown::Nothing));
    }

    #[test]
    fn the_first_message_of_a_socket_may_have_the_bare_token() {
        assert_eq!(Shown::of_message("abc"), Shown::Bearer("abc".to_owned()));
        assert_eq!(Shown::of_message("Bearer abc"), Shown::Bearer("abc".to_owned()));
        assert_eq!(Shown::of_message("Basic YTpi"), Shown::Unknown);
        assert_eq!(Shown::of_message(&"a".repeat(LONGEST + 1)), Shown::Bearer(String::new()));
    }
}
