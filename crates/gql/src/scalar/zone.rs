//! Names from closed lists: time zones, currencies, languages, days of the week.

use async_graphql::{Enum, InputValueResult, Scalar, ScalarType, Value};
use chrono_tz::Tz;

use super::{refuse, text};
use crate::json::{self, Leaf};

/// A time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TimeZone(pub Tz);

/// A time zone of the IANA database: `Europe/Kyiv`.
#[Scalar(name = "TimeZone", specified_by_url = "https://www.iana.org/time-zones")]
impl ScalarType for TimeZone {
    fn parse(value: Value) -> InputValueResult<Self> {
        let zone = text(&value).and_then(|text| text.parse().ok());
        zone.map(Self).ok_or_else(|| refuse(&value, "an IANA time zone such as Europe/Kyiv"))
    }

    fn is_valid(value: &Value) -> bool {
        Self::parse(value.clone()).is_ok()
    }

    fn to_value(&self) -> Value {
        Value::from(self.0.name())
    }
}

impl Leaf for TimeZone {
    fn write(&self, out: &mut Vec<u8>) {
        json::scalar(self.0.name(), out);
    }
}

/// A currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Currency(pub kernel::Currency);

/// A currency, ISO 4217: `UAH`.
#[Scalar(name = "Currency", specified_by_url = "https://www.iso.org/iso-4217-currency-codes.html")]
impl ScalarType for Currency {
    fn parse(value: Value) -> InputValueResult<Self> {
        let currency = text(&value).and_then(|text| text.parse().ok());
        currency.map(Self).ok_or_else(|| refuse(&value, "an ISO 4217 currency such as UAH"))
    }

    fn is_valid(value: &Value) -> bool {
        Self::parse(value.clone()).is_ok()
    }

    fn to_value(&self) -> Value {
        Value::from(self.0.code())
    }
}

impl Leaf for Currency {
    fn write(&self, out: &mut Vec<u8>) {
        json::scalar(self.0.code(), out);
    }
}

/// A language of the product.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[graphql(remote = "kernel::Locale")]
pub enum Locale {
    /// Ukrainian.
    Uk,
    /// English.
    En,
}

/// A day of the week.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[graphql(remote = "chrono::Weekday")]
pub enum Weekday {
    /// Monday.
    #[graphql(name = "MONDAY")]
    Mon,
    /// Tuesday.
    #[graphql(name = "TUESDAY")]
    Tue,
    /// Wednesday.
    #[graphql(name = "WEDNESDAY")]
    Wed,
    /// Thursday.
    #[graphql(name = "THURSDAY")]
    Thu,
    /// Friday.
    #[graphql(name = "FRIDAY")]
    Fri,
    /// Saturday.
    #[graphql(name = "SATURDAY")]
    Sat,
    /// Sunday.
    #[graphql(name = "SUNDAY")]
    Sun,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn unknown_names_are_refused() {
        assert_eq!(TimeZone::parse(Value::from("Europe/Kyiv")).unwrap().to_value(), Value::from("Europe/Kyiv"));
        assert_eq!(Currency::parse(Value::from("UAH")).unwrap().to_value(), Value::from("UAH"));
        for wrong in ["", "Kyiv", "EET+2", "ГРН"] {
            assert!(TimeZone::parse(Value::from(wrong)).is_err(), "{wrong}");
            assert!(Currency::parse(Value::from(wrong)).is_err(), "{wrong}");
        }
    }
}
