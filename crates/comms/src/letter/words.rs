//! Words and dates in the reader's language.

use chrono::{DateTime, Datelike, Utc};
use chrono_tz::Tz;
use kernel::Locale;

/// The words `id` with what they need.
pub(super) fn say(locale: Locale, id: &str, args: &[(&str, &str)]) -> String {
    let args: Vec<_> = args.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    gql::say(locale, env!("CARGO_PKG_NAME"), id, &args)
}

/// A day as people say it: `Tuesday, 24 November 2026`.
pub(super) fn day(locale: Locale, at: DateTime<Utc>, zone: Tz) -> String {
    let date = at.with_timezone(&zone).date_naive();
    let weekday = say(locale, "weekday", &[("day", &date.weekday().number_from_monday().to_string())]);
    let month = say(locale, "month", &[("month", &date.month().to_string())]);
    let (day, year) = (date.day().to_string(), date.year().to_string());
    say(locale, "day", &[("weekday", &weekday), ("day", &day), ("month", &month), ("year", &year)])
}

/// A time of day where the visit takes place.
pub(super) fn time(at: DateTime<Utc>, zone: Tz) -> String {
    at.with_timezone(&zone).format("%H:%M").to_string()
}

/// From when until when, local to the place.
pub(super) fn span(locale: Locale, from: DateTime<Utc>, to: DateTime<Utc>, zone: Tz) -> String {
    let (first, last) = (day(locale, from, zone), day(locale, to, zone));
    let (start, end) = (time(from, zone), time(to, zone));
    let args = [("day", first.as_str()), ("from", &start), ("until-day", &last), ("to", &end)];
    say(locale, if first == last { "span" } else { "span-overnight" }, &args)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_visit_is_told_in_local_time_and_in_the_readers_language() {
        let (from, to) = (at("2026-11-24T12:30:00Z"), at("2026-11-24T13:15:00Z"));
        let span = |locale| span(locale, from, to, Tz::Europe__Kyiv);
        assert_eq!(span(Locale::Uk), "вівторок, 24 листопада 2026 р., 14:30–15:15");
        assert_eq!(span(Locale::En), "Tuesday, 24 November 2026, 14:30–15:15");
    }

    #[test]
    fn a_visit_over_midnight_names_both_days() {
        let (from, to) = (at("2026-12-31T21:00:00Z"), at("2026-12-31T23:00:00Z"));
        let text = span(Locale::En, from, to, Tz::Europe__Kyiv);
        assert_eq!(text, "Thursday, 31 December 2026, 23:00 – Friday, 1 January 2027, 01:00");
    }
}
