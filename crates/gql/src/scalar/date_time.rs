//! Instants.

use async_graphql::{InputValueResult, Scalar, ScalarType, Value};
use chrono::{FixedOffset, SecondsFormat, SubsecRound, Utc};
use chrono_tz::Tz;

use super::{refuse, text};

/// An instant with the offset in which it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateTime(pub chrono::DateTime<FixedOffset>);

impl DateTime {
    /// An instant as the clocks of a zone show it.
    pub fn at(instant: chrono::DateTime<Utc>, zone: Tz) -> Self {
        Self(instant.with_timezone(&zone).fixed_offset())
    }

    /// The instant.
    pub fn utc(self) -> chrono::DateTime<Utc> {
        self.0.to_utc()
    }
}

impl From<chrono::DateTime<Utc>> for DateTime {
    fn from(instant: chrono::DateTime<Utc>) -> Self {
        Self(instant.fixed_offset())
    }
}

impl From<DateTime> for chrono::DateTime<Utc> {
    fn from(value: DateTime) -> Self {
        value.utc()
    }
}

/// An instant, RFC 3339 with its offset: `2026-11-22T14:30:00+02:00`. Answers carry the offset of the place they are
/// about; any offset is accepted. Cut to microseconds; years 1 to 9999.
#[Scalar(name = "DateTime", specified_by_url = "https://www.rfc-editor.org/rfc/rfc3339#section-5.6")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        text(&value)
            .and_then(|text| chrono::DateTime::parse_from_rfc3339(text).ok())
            // Microseconds are what both databases hold; the zone's year bounds keep arithmetic on it in range.
            .map(|instant| instant.trunc_subsecs(6))
            .filter(|instant| (1..=9999).contains(&chrono::Datelike::year(&instant.to_utc())))
            .map(Self)
            .ok_or_else(|| refuse(&value, "an RFC 3339 instant with offset, such as 2026-11-22T14:30:00+02:00,"))
    }

    fn is_valid(value: &Value) -> bool {
        Self::parse(value.clone()).is_ok()
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    fn parse(text: &str) -> Option<DateTime> {
        DateTime::parse(Value::from(text)).ok()
    }

    #[test]
    fn an_instant_is_shown_with_the_offset_of_its_zone() {
        let shown = |text: &str, zone: Tz| DateTime::at(parse(text).unwrap().utc(), zone).to_value();
        assert_eq!(shown("2026-01-15T10:00:00Z", Tz::Europe__Kyiv), Value::from("2026-01-15T12:00:00+02:00"));
        assert_eq!(shown("2026-07-15T10:00:00Z", Tz::Europe__Kyiv), Value::from("2026-07-15T13:00:00+03:00"));
        assert_eq!(shown("2026-07-15T10:00:00+02:00", Tz::UTC), Value::from("2026-07-15T08:00:00Z"));
    }

    #[test]
    fn both_hours_of_an_autumn_night_are_told_apart() {
        let shown = |text: &str| DateTime::at(parse(text).unwrap().utc(), Tz::Europe__Kyiv).to_value();
        assert_eq!(shown("2026-10-25T00:30:00Z"), Value::from("2026-10-25T03:30:00+03:00"));
        assert_eq!(shown("2026-10-25T01:30:00Z"), Value::from("2026-10-25T03:30:00+02:00"));
    }

    #[test]
    fn other_spellings_are_refused() {
        for wrong in ["", "2026-11-22", "2026-11-22T14:30:00", "2026-02-30T00:00:00Z", "0000-01-01T00:00:00Z", "now"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
        assert!(DateTime::parse(Value::from(1)).is_err());
        assert_eq!(
            parse("2026-11-22T14:30:00.1234567Z").unwrap().to_value(),
            Value::from("2026-11-22T14:30:00.123456Z")
        );
    }
}
