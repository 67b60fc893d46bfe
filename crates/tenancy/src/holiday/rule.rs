//! When a holiday is: on a date, so many days from Easter, or on a certain weekday of a month. Pure.

use super::Name;
use chrono::{Days, NaiveDate, Weekday};

/// A holiday of a country.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    pub(super) when: When,
    pub(super) name: Name,
    /// The first year in which the law has it.
    pub(super) since: i32,
}

/// When a holiday is.
#[derive(Debug, Clone, Copy)]
pub(super) enum When {
    /// On a day of a month.
    Date(u32, u32),
    /// So many days after Easter Sunday of the Gregorian calendar, before it when negative.
    Easter(i64),
    /// So many days after Easter Sunday of the Julian calendar, before it when negative.
    OrthodoxEaster(i64),
    /// On the first such weekday of a month.
    First(Weekday, u32),
}

impl When {
    /// The date in a year.
    pub(super) fn in_year(self, year: i32) -> Option<NaiveDate> {
        match self {
            Self::Date(month, day) => NaiveDate::from_ymd_opt(year, month, day),
            Self::Easter(days) => western_easter(year)?.checked_add_signed(chrono::TimeDelta::days(days)),
            Self::OrthodoxEaster(days) => orthodox_easter(year)?.checked_add_signed(chrono::TimeDelta::days(days)),
            Self::First(weekday, month) => NaiveDate::from_weekday_of_month_opt(year, month, weekday, 1),
        }
    }
}

/// Easter Sunday of the Gregorian calendar: the algorithm of Meeus, Jones and Butcher (Astronomical Algorithms, chapter 8).
#[allow(clippy::many_single_char_names, reason = "the letters of the published algorithm")]
fn western_easter(year: i32) -> Option<NaiveDate> {
    let a = year.rem_euclid(19);
    let (b, c) = (year.div_euclid(100), year.rem_euclid(100));
    let (d, e) = (b / 4, b % 4);
    let g = (8 * b + 13) / 25;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 19 * l) / 433;
    let month = (h + l - 7 * m + 90) / 25;
    let day = (h + l - 7 * m + 33 * month + 19) % 32;
    NaiveDate::from_ymd_opt(year, month.try_into().ok()?, day.try_into().ok()?)
}

/// Easter Sunday of the Julian calendar as a Gregorian date of the years 1900 to 2099 (Meeus, the same chapter).
#[allow(clippy::many_single_char_names, reason = "the letters of the published algorithm")]
fn orthodox_easter(year: i32) -> Option<NaiveDate> {
    let (a, b, c) = (year % 4, year % 7, year % 19);
    let d = (19 * c + 15) % 30;
    let e = (2 * a + 4 * b - d + 34) % 7;
    let (month, day) = ((d + e + 114) / 31, (d + e + 114) % 31 + 1);
    NaiveDate::from_ymd_opt(year, month.try_into().ok()?, day.try_into().ok()?)?.checked_add_days(Days::new(13))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use chrono::Datelike;

    #[test]
    fn easter_of_both_calendars() {
        let shown = |date: Option<NaiveDate>| date.unwrap().to_string();
        for (year, western, orthodox) in [
            (2025, "2025-04-20", "2025-04-20"),
            (2026, "2026-04-05", "2026-04-12"),
            (2027, "2027-03-28", "2027-05-02"),
            (2038, "2038-04-25", "2038-04-25"),
            (2049, "2049-04-18", "2049-04-25"),
        ] {
            assert_eq!(
                (shown(western_easter(year)), shown(orthodox_easter(year))),
                (western.to_owned(), orthodox.to_owned())
            );
        }
        for year in super::super::YEARS {
            for easter in [western_easter(year), orthodox_easter(year)] {
                assert_eq!(easter.unwrap().weekday(), Weekday::Sun, "{year}");
            }
        }
    }
}
