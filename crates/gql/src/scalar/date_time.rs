//! Instants.

use async_graphql::{InputValueResult, Scalar, ScalarType, Value};
use chrono::{Datelike as _, FixedOffset, SecondsFormat, SubsecRound, Timelike as _, Utc};
use chrono_tz::Tz;

use super::{refuse, text};
use crate::json::{self, Leaf};

/// An instant with the offset in which it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateTime(pub chrono::DateTime<FixedOffset>);

impl DateTime {
    /// An instant as the clocks of a zone show it.
    pub fn at(instant: chrono::DateTime<Utc>, zone: Tz) -> Self {
        Self(instant.with_timezone(&zone).fixed_offset())
    }

    fn text(self) -> String {
        self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true)
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
            .filter(|instant| (1..=9999).contains(&instant.to_utc().year()))
            .map(Self)
            .ok_or_else(|| refuse(&value, "an RFC 3339 instant with offset, such as 2026-11-22T14:30:00+02:00,"))
    }

    fn is_valid(value: &Value) -> bool {
        Self::parse(value.clone()).is_ok()
    }

    fn to_value(&self) -> Value {
        Value::String(self.text())
    }
}

impl Leaf for DateTime {
    fn write(&self, out: &mut Vec<u8>) {
        let (local, offset) = (self.0.naive_local(), self.0.offset().local_minus_utc());
        // Of whole seconds, as most are, and so many that formats made for anything cost too much.
        let year = u32::try_from(local.year()).ok().filter(|year| *year <= 9999);
        let Some(year) = year.filter(|_| local.nanosecond() == 0 && offset % 60 == 0) else {
            return json::scalar(&self.text(), out);
        };
        let mut text = *b"\"0000-00-00T00:00:00+00:00\"";
        let mut put = |at: usize, number: u32| {
            text[at] = DIGITS[(number / 10) as usize];
            text[at + 1] = DIGITS[(number % 10) as usize];
        };
        put(1, year / 100);
        put(3, year % 100);
        for (at, part) in
            [(6, local.month()), (9, local.day()), (12, local.hour()), (15, local.minute()), (18, local.second())]
        {
            put(at, part);
        }
        put(21, offset.unsigned_abs() / 3600);
        put(24, offset.unsigned_abs() / 60 % 60);
        if offset < 0 {
            text[20] = b'-';
        }
        if offset == 0 {
            out.extend_from_slice(&text[..20]);
            out.extend_from_slice(b"Z\"");
        } else {
            out.extend_from_slice(&text);
        }
    }
}

const DIGITS: &[u8; 10] = b"0123456789";

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

    #[test]
    fn text_is_written_as_a_value_is() {
        let written = |instant: DateTime| {
            let mut out = Vec::new();
            Leaf::write(&instant, &mut out);
            String::from_utf8(out).unwrap()
        };
        for instant in [
            "2026-11-22T14:30:00+02:00",
            "2026-11-22T14:30:09Z",
            "2026-11-22T14:30:00.5Z",
            "2026-11-22T14:30:00.123456+05:45",
            "0001-01-01T00:00:00Z",
            "9999-12-31T23:59:59-09:30",
            "2026-10-25T03:00:00-03:00",
            "2026-12-31T23:59:60+01:00",
        ] {
            let instant = DateTime(chrono::DateTime::parse_from_rfc3339(instant).unwrap());
            assert_eq!(written(instant), serde_json::to_string(&instant.to_value()).unwrap());
        }
    }
}
