//! Checks of single input fields that several aggregates share.

use crate::error::CatalogErrorCode;
use chrono::{DateTime, Timelike, Utc};
use kernel::time::TimeRange;
use kernel::{Checks, Code, CommonCode, Currency, Issue};

/// A whole number within bounds, both included.
pub fn number<N: TryFrom<i32>>(value: i32, min: i32, max: i32) -> Result<N, Issue> {
    let refusal = || Issue::new(CommonCode::OutOfRange).with("min", min).with("max", max);
    if !(min..=max).contains(&value) {
        return Err(refusal());
    }
    N::try_from(value).map_err(|_| refusal())
}

/// A colour, `#rrggbb` in any case; answered in lower case.
pub fn color(raw: &str) -> Result<String, Issue> {
    let color = raw.trim().to_ascii_lowercase();
    let digits = color.strip_prefix('#').filter(|digits| digits.len() == 6);
    match digits {
        Some(digits) if digits.bytes().all(|digit| digit.is_ascii_hexdigit()) => Ok(color),
        _ => Err(Issue::new(CommonCode::Invalid)),
    }
}

/// The greatest price, in minor units: a thousand million of the major one where it has two decimals.
pub const MAX_PRICE: i64 = 100_000_000_000;

/// A sum of at most [`MAX_PRICE`] minor units, not negative.
pub fn amount(minor: i64) -> Result<i64, Issue> {
    if (0..=MAX_PRICE).contains(&minor) {
        return Ok(minor);
    }
    Err(Issue::new(CommonCode::OutOfRange).with("min", 0).with("max", MAX_PRICE))
}

/// The company's currency, when it is named at all: there is one per company.
pub fn company_currency(code: Option<&str>, company: Currency) -> Result<Currency, Issue> {
    let code = code.map(str::trim).unwrap_or_default().to_ascii_uppercase();
    if code.is_empty() {
        return Ok(company);
    }
    match code.parse::<Currency>() {
        Ok(currency) if currency == company => Ok(currency),
        Ok(_) => Err(Issue::new(CatalogErrorCode::CurrencyMismatch).with("currency", company)),
        Err(_) => Err(Issue::new(CatalogErrorCode::UnknownCurrency)),
    }
}

/// The longest stretch that anything is planned for at once.
const LONGEST: chrono::TimeDelta = chrono::TimeDelta::days(2 * 366);

/// A stretch of time in whole minutes, at most two years, from `startsAt` to `endsAt`; `empty` is the code of an end
/// that is not after the start.
pub fn range(checks: &mut Checks, from: DateTime<Utc>, to: DateTime<Utc>, empty: impl Code) -> Option<TimeRange> {
    checks.ensure("startsAt", whole_minute(from), CommonCode::Invalid);
    checks.ensure("endsAt", whole_minute(to), CommonCode::Invalid);
    if to <= from {
        checks.add("endsAt", Issue::new(empty));
        return None;
    }
    checks.ensure("endsAt", to - from <= LONGEST, CommonCode::OutOfRange);
    Some(TimeRange::new(from, to))
}

fn whole_minute(instant: DateTime<Utc>) -> bool {
    instant.second() == 0 && instant.nanosecond() == 0
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn numbers_outside_their_bounds_name_them() {
        assert_eq!(number::<u16>(1440, 1, 1440), Ok(1440));
        for wrong in [0, -1, 1441, i32::MIN, i32::MAX] {
            let issue = number::<u16>(wrong, 1, 1440).unwrap_err();
            assert_eq!(
                (issue.code, &*issue.args),
                ("OUT_OF_RANGE", &[("min", "1".into()), ("max", "1440".into())][..])
            );
        }
    }

    #[test]
    fn a_range_is_whole_minutes_and_ends_after_it_starts() {
        let at = |seconds: i64| DateTime::from_timestamp(seconds, 0).unwrap();
        let check = |from, to| {
            let mut checks = Checks::new();
            let range = range(&mut checks, at(from), at(to), CommonCode::TooShort);
            checks.build(|| range).map_err(|error| error.to_string())
        };
        assert_eq!(check(60, 120), Ok(TimeRange::new(at(60), at(120))));
        assert_eq!(check(60, 60).unwrap_err(), "invalid TOO_SHORT@endsAt");
        assert_eq!(check(61, 121).unwrap_err(), "invalid INVALID@startsAt INVALID@endsAt");
        assert_eq!(check(0, 3 * 366 * 86_400).unwrap_err(), "invalid OUT_OF_RANGE@endsAt");
    }

    #[test]
    fn colours_have_one_spelling() {
        assert_eq!(color(" #A1B2c3 ").as_deref(), Ok("#a1b2c3"));
        for wrong in ["", "#fff", "a1b2c3", "#a1b2cg", "#a1b2c3d", "red", "#їїїїїї", "#ёёё"] {
            assert_eq!(color(wrong).unwrap_err().code, "INVALID", "{wrong}");
        }
    }
}
