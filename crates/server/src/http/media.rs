//! Media types of GraphQL over HTTP and which of them a caller wants.

use axum::http::{HeaderMap, HeaderValue, header};

/// How a result is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    /// `application/graphql-response+json`: the HTTP status says whether there was an operation.
    Graphql,
    /// `application/json`: the status of every well-formed request is 200.
    Json,
    /// `text/event-stream`: one event per result.
    Events,
}

impl Media {
    const ALL: [(Self, &'static str, &'static str); 3] = [
        (Self::Graphql, "application", "graphql-response+json"),
        (Self::Json, "application", "json"),
        (Self::Events, "text", "event-stream"),
    ];

    /// The value of `Content-Type`.
    pub fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Graphql => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
            Self::Events => "text/event-stream; charset=utf-8",
        })
    }

    /// What an `Accept` header wants most of what there is; None when it wants nothing of it. The specification
    /// reads an absent header as the GraphQL type since 2025.
    pub fn wanted(headers: &HeaderMap) -> Option<Self> {
        let mut accepts = headers.get_all(header::ACCEPT).iter().peekable();
        if accepts.peek().is_none() {
            return Some(Self::Graphql);
        }
        let ranges = accepts.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).take(50);
        let mut best: Option<(f32, Self)> = None;
        for (media, quality) in ranges.filter_map(range) {
            if quality > best.map_or(0.0, |(known, _)| known) {
                best = Some((quality, media));
            }
        }
        best.map(|(_, media)| media)
    }
}

/// The type that one range of the header selects, and how much it is wanted.
fn range(range: &str) -> Option<(Media, f32)> {
    let mut parts = range.split(';').map(str::trim);
    let (kind, subtype) = parts.next()?.split_once('/')?;
    let quality = parts.find_map(|part| part.strip_prefix("q=")?.parse().ok()).unwrap_or(1.0);
    let matches = |name: &str, pattern: &str| pattern == "*" || pattern.eq_ignore_ascii_case(name);
    let (media, ..) = Media::ALL.into_iter().find(|(_, a, b)| matches(a, kind) && matches(b, subtype))?;
    Some((media, quality))
}

/// Whether the body says that it is JSON. Anything else could be sent by a form of a foreign page.
pub fn is_json(headers: &HeaderMap) -> bool {
    let Some(Ok(value)) = headers.get(header::CONTENT_TYPE).map(HeaderValue::to_str) else { return false };
    let mut parts = value.split(';').map(str::trim);
    let is_json = parts.next().is_some_and(|media| media.eq_ignore_ascii_case("application/json"));
    is_json
        && parts.all(|parameter| match parameter.split_once('=') {
            Some((name, charset)) if name.eq_ignore_ascii_case("charset") => {
                charset.trim_matches('"').eq_ignore_ascii_case("utf-8")
            }
            _ => true,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: header::HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn the_most_wanted_type_is_chosen() {
        let wanted = |accept| Media::wanted(&headers(header::ACCEPT, accept));
        assert_eq!(Media::wanted(&HeaderMap::new()), Some(Media::Graphql));
        assert_eq!(wanted("*/*"), Some(Media::Graphql));
        assert_eq!(wanted("application/json"), Some(Media::Json));
        assert_eq!(wanted("application/json, application/graphql-response+json"), Some(Media::Json));
        assert_eq!(wanted("application/json;q=0.9, application/graphql-response+json"), Some(Media::Graphql));
        assert_eq!(wanted("text/event-stream"), Some(Media::Events));
        assert_eq!(wanted("text/html, image/*"), None);
        assert_eq!(wanted("application/json;q=0"), None);
    }

    #[test]
    fn only_json_is_a_body() {
        let json = |value| is_json(&headers(header::CONTENT_TYPE, value));
        assert!(json("application/json") && json("Application/JSON; charset=UTF-8"));
        assert!(!json("text/plain") && !json("application/x-www-form-urlencoded") && !json("multipart/form-data"));
        assert!(!json("application/json; charset=latin1") && !is_json(&HeaderMap::new()));
    }
}
