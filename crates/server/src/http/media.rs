//! Media types of GraphQL over HTTP, and what an `Accept` header says about them (RFC 9110, 12.5.1: the most specific
//! range decides about a type, the highest quality wins, and then what is named before what is not).

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};

/// How a result is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    /// `application/graphql-response+json`: the HTTP status says whether there was an operation.
    Graphql,
    /// `application/json`: the status of every well-formed request is 200.
    Json,
    /// The caller leaves it to us (`*/*`, or nothing at all): successes as `application/json`, which every client reads,
    /// and failures as the GraphQL type with their status, which no client can mistake for a success.
    Either,
}

impl Media {
    /// The value of `Content-Type` of an answer with this status.
    pub fn content_type(self, status: StatusCode) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Either if !status.is_success() => "application/graphql-response+json; charset=utf-8",
            Self::Graphql => "application/graphql-response+json; charset=utf-8",
            Self::Json | Self::Either => "application/json; charset=utf-8",
        })
    }

    /// Whether the status tells of errors that kept an operation from running.
    pub fn has_status(self) -> bool {
        self != Self::Json
    }
}

/// What a caller accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted {
    /// The form of a single answer; None when only a stream of events is wanted.
    answer: Option<Media>,
    events: Events,
}

/// Whether a stream of events (`text/event-stream`) is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Events {
    Refused,
    /// For a subscription, which has no single answer.
    Possible,
    /// Rather than a single answer.
    Preferred,
}

impl Accepted {
    /// What the header says; None when nothing that we have would do.
    pub fn read(headers: &HeaderMap) -> Option<Self> {
        let values = headers.get_all(header::ACCEPT);
        if values.iter().all(HeaderValue::is_empty) {
            return Some(Self { answer: Some(Media::Either), events: Events::Refused });
        }
        let ranges: Vec<Range<'_>> = values
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .take(MOST_RANGES)
            .filter_map(Range::read)
            .collect();
        let weight = |kind, subtype| Weight::of(&ranges, kind, subtype);
        let graphql = weight("application", "graphql-response+json");
        let json = weight("application", "json");
        let events = weight("text", "event-stream");
        let answer = match (graphql, json) {
            (None, None) => None,
            (Some(graphql), Some(json)) if !graphql.is_named && !json.is_named && graphql.quality == json.quality => {
                Some(Media::Either)
            }
            (graphql, json) => Some(if json > graphql { Media::Json } else { Media::Graphql }),
        };
        let best = graphql.max(json);
        let events = match events {
            Some(events) if best.is_none_or(|best| events.quality > best.quality) => Events::Preferred,
            Some(events) if events.is_named => Events::Possible,
            _ => Events::Refused,
        };
        (answer.is_some() || events != Events::Refused).then_some(Self { answer, events })
    }

    /// The form of a single answer, and of a refusal.
    pub fn answer(self) -> Media {
        self.answer.unwrap_or(Media::Graphql)
    }

    /// Whether the results of an operation go out as events.
    pub fn wants_events(self, is_subscription: bool) -> bool {
        match self.events {
            Events::Refused => false,
            Events::Possible => is_subscription,
            Events::Preferred => true,
        }
    }

    /// Whether nothing but events is wanted.
    pub fn wants_only_events(self) -> bool {
        self.answer.is_none()
    }
}

/// More ranges than this are in no honest header.
const MOST_RANGES: usize = 50;

/// One media range of an `Accept` header.
struct Range<'a> {
    kind: &'a str,
    subtype: &'a str,
    /// In thousandths, as the header's grammar has it.
    quality: u16,
}

impl<'a> Range<'a> {
    /// None for what is not a range, and for a range whose parameters we cannot satisfy.
    fn read(text: &'a str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let (kind, subtype) = parts.next()?.split_once('/')?;
        let mut quality = 1000;
        for parameter in parts.filter(|part| !part.is_empty()) {
            let (name, value) = parameter.split_once('=')?;
            match name.trim() {
                name if name.eq_ignore_ascii_case("q") => quality = thousandths(value.trim())?,
                name if name.eq_ignore_ascii_case("charset") && !is_utf8(value) => return None,
                _ => {}
            }
        }
        Some(Self { kind, subtype, quality })
    }

    /// How exactly the range names a type: not at all, its kind, the type itself.
    fn precision(&self, kind: &str, subtype: &str) -> Option<u8> {
        match (self.kind, self.subtype) {
            ("*", "*") => Some(0),
            (own, "*") if own.eq_ignore_ascii_case(kind) => Some(1),
            (own, sub) if own.eq_ignore_ascii_case(kind) && sub.eq_ignore_ascii_case(subtype) => Some(2),
            _ => None,
        }
    }
}

/// How much a type is wanted. Greater is better: the order of the fields matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Weight {
    quality: u16,
    is_named: bool,
    /// Among the named, the first is meant more, though no standard says so.
    earliness: usize,
}

impl Weight {
    fn of(ranges: &[Range<'_>], kind: &str, subtype: &str) -> Option<Self> {
        let matching =
            ranges.iter().enumerate().filter_map(|(at, range)| Some((range.precision(kind, subtype)?, at, range)));
        let (precision, at, range) = matching.max_by_key(|(precision, at, _)| (*precision, usize::MAX - at))?;
        let weight =
            Self { quality: range.quality, is_named: precision == 2, earliness: MOST_RANGES.saturating_sub(at) };
        (range.quality > 0).then_some(weight)
    }
}

/// `0.5` as 500. None for what the grammar does not allow (RFC 9110, 12.4.2).
fn thousandths(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let fraction: u16 = format!("{fraction:0<3}").parse().ok()?;
    match whole {
        "0" => Some(fraction),
        "1" if fraction == 0 => Some(1000),
        _ => None,
    }
}

fn is_utf8(charset: &str) -> bool {
    let charset = charset.trim().trim_matches('"');
    charset.eq_ignore_ascii_case("utf-8") || charset.eq_ignore_ascii_case("utf8")
}

/// Whether the body says that it is JSON in UTF-8. Anything else could be sent by a form of a foreign page.
pub fn is_json(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(Ok(value)), None) = (values.next().map(HeaderValue::to_str), values.next()) else { return false };
    let mut parts = value.split(';').map(str::trim);
    let is_json = parts.next().is_some_and(|media| media.eq_ignore_ascii_case("application/json"));
    is_json
        && parts.all(|parameter| match parameter.split_once('=') {
            Some((name, charset)) if name.eq_ignore_ascii_case("charset") => is_utf8(charset),
            _ => true,
        })
}

/// Whether the body is sent as it is: we do not unpack, so that a small body cannot become a large one.
pub fn is_plain(headers: &HeaderMap) -> bool {
    headers.get_all(header::CONTENT_ENCODING).iter().all(|coding| coding.as_bytes().eq_ignore_ascii_case(b"identity"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    fn headers(name: header::HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    fn accepted(accept: &'static str) -> Option<Accepted> {
        Accepted::read(&headers(header::ACCEPT, accept))
    }

    #[test]
    fn the_most_wanted_type_is_chosen() {
        let answer = |accept| accepted(accept).map(Accepted::answer);
        assert_eq!(Accepted::read(&HeaderMap::new()).map(Accepted::answer), Some(Media::Either));
        for (accept, media) in [
            ("", Media::Either),
            ("*/*", Media::Either),
            ("application/*", Media::Either),
            ("application/json", Media::Json),
            ("APPLICATION/JSON", Media::Json),
            ("application/graphql-response+json; charset=utf-8", Media::Graphql),
            ("application/json, application/graphql-response+json", Media::Json),
            ("application/json;q=0.9, application/graphql-response+json", Media::Graphql),
            ("application/graphql-response+json;q=0.1, application/json;q=0.2", Media::Json),
            ("application/json, text/plain, */*", Media::Json),
            ("application/graphql-response+json;q=0.5, */*;q=0.9", Media::Json),
            ("application/json;q=0, */*", Media::Graphql),
            ("text/html, application/json; q = 0.5", Media::Json),
            ("text/html,*/*;q=0.8", Media::Either),
        ] {
            assert_eq!(answer(accept), Some(media), "{accept}");
        }
    }

    #[test]
    fn what_we_do_not_have_is_not_acceptable() {
        for accept in [
            ",",
            "text/html, image/*",
            "application/json;q=0",
            "application/json; charset=latin1",
            "application/json;q=2",
            "application/json;q=0.1234",
            "application/json;q=none",
            "application/xml",
            "json",
        ] {
            assert_eq!(accepted(accept), None, "{accept}");
        }
    }

    #[test]
    fn events_are_sent_to_those_who_name_them() {
        let wants =
            |accept| accepted(accept).map(|accepted| (accepted.wants_events(false), accepted.wants_events(true)));
        assert_eq!(wants("text/event-stream"), Some((true, true)));
        assert_eq!(wants("application/json, text/event-stream"), Some((false, true)));
        assert_eq!(wants("application/json;q=0.5, text/event-stream"), Some((true, true)));
        assert_eq!(wants("*/*"), Some((false, false)));
        assert_eq!(wants("text/*"), Some((true, true)));
        assert_eq!(wants("application/json"), Some((false, false)));
    }

    #[test]
    fn only_json_is_a_body() {
        let json = |value| is_json(&headers(header::CONTENT_TYPE, value));
        assert!(json("application/json") && json("Application/JSON; charset=UTF-8") && json("application/json;"));
        assert!(!json("text/plain") && !json("application/x-www-form-urlencoded") && !json("multipart/form-data"));
        assert!(!json("application/json; charset=latin1") && !is_json(&HeaderMap::new()));
        let mut twice = headers(header::CONTENT_TYPE, "application/json");
        twice.append(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
        assert!(!is_json(&twice));
        assert!(is_plain(&HeaderMap::new()) && !is_plain(&headers(header::CONTENT_ENCODING, "gzip")));
    }
}
