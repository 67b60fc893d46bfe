//! Local dates and wall times: what a calendar on the wall and the clock beside it show, without a zone.

use async_graphql::{InputValueResult, Scalar, ScalarType, Value};
use chrono::{Datelike, NaiveDate};
use kernel::WallTime;

use super::{refuse, text};
use crate::json::{self, Leaf};

/// A local date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalDate(pub NaiveDate);

/// A date of a local calendar, ISO 8601: `2026-11-22`. Years 1 to 9999. No zone, and so no instant.
#[Scalar(name = "LocalDate", specified_by_url = "https://www.rfc-editor.org/rfc/rfc3339#section-5.6")]
impl ScalarType for LocalDate {
    fn parse(value: Value) -> InputValueResult<Self> {
        text(&value)
            .filter(|text| text.len() == "2026-11-22".len() && text.starts_with(|first: char| first.is_ascii_digit()))
            .and_then(|text| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok())
            .filter(|date| date.year() >= 1)
            .map(Self)
            .ok_or_else(|| refuse(&value, "a date such as 2026-11-22"))
    }

    fn is_valid(value: &Value) -> bool {
        Self::parse(value.clone()).is_ok()
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

impl Leaf for LocalDate {
    fn write(&self, out: &mut Vec<u8>) {
        json::display(&self.0, out);
    }
}

impl Leaf for LocalTime {
    fn write(&self, out: &mut Vec<u8>) {
        json::display(&self.0, out);
    }
}

/// A wall time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalTime(pub WallTime);

/// A time of a local day to the minute, ISO 8601 in hours and minutes: `00:00` to `24:00`, which ends the day.
#[Scalar(name = "LocalTime", specified_by_url = "https://www.iso.org/standard/70907.html")]
impl ScalarType for LocalTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        text(&value)
            .and_then(|text| text.parse().ok())
            .map(Self)
            .ok_or_else(|| refuse(&value, "a time of the day from 00:00 to 24:00"))
    }

    fn is_valid(value: &Value) -> bool {
        Self::parse(value.clone()).is_ok()
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

impl From<NaiveDate> for LocalDate {
    fn from(date: NaiveDate) -> Self {
        Self(date)
    }
}

impl From<LocalDate> for NaiveDate {
    fn from(date: LocalDate) -> Self {
        date.0
    }
}

impl From<WallTime> for LocalTime {
    fn from(time: WallTime) -> Self {
        Self(time)
    }
}

impl From<LocalTime> for WallTime {
    fn from(time: LocalTime) -> Self {
        time.0
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn dates_and_times_have_one_spelling() {
        for date in ["2026-11-22", "2028-02-29", "9999-12-31", "0001-01-01"] {
            assert_eq!(LocalDate::parse(Value::from(date)).unwrap().to_value(), Value::from(date));
        }
        for date in
            ["2026-02-29", "2026-1-1", "+2026-01-01", "+99999-1-1", "+2026-1-01", "0000-01-01", "22.11.2026", ""]
        {
            assert!(LocalDate::parse(Value::from(date)).is_err(), "{date}");
        }
        for time in ["00:00", "09:30", "23:59", "24:00"] {
            assert_eq!(LocalTime::parse(Value::from(time)).unwrap().to_value(), Value::from(time));
        }
        for time in ["24:01", "9:30", "12:60", "noon", ""] {
            assert!(LocalTime::parse(Value::from(time)).is_err(), "{time}");
        }
    }
}
