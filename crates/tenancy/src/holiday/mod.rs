//! Public holidays of some countries, by the law as it stands: rules, not lists, so that any year from 2025 to 2099 can be
//! asked for. A holiday shuts nothing by itself. A company chooses which ones become closures of which locations: in
//! Ukraine, for one, they are working days while martial law holds.

mod countries;
mod graphql;
mod rule;
mod service;

use async_graphql::Enum;
use chrono::NaiveDate;
use kernel::Locale;
use serde::{Deserialize, Serialize};

pub use graphql::{HolidayMutation, HolidayQuery};
pub use service::HolidayClosing;

/// The first and the last year whose holidays are known. The Julian calendar is 13 days behind in all of them.
pub const YEARS: std::ops::RangeInclusive<i32> = 2025..=2099;

/// A country whose public holidays are known; the holidays are those of the whole country.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Enum)]
pub enum HolidayCountry {
    /// Austria.
    At,
    /// Czechia.
    Cz,
    /// Germany: what is a holiday in all its states.
    De,
    /// Estonia.
    Ee,
    /// France, without the holidays of Alsace and Moselle.
    Fr,
    /// Italy.
    It,
    /// Lithuania.
    Lt,
    /// Moldova.
    Md,
    /// Poland.
    Pl,
    /// Romania.
    Ro,
    /// Ukraine. Working days while martial law holds.
    Ua,
}

/// A public holiday.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holiday {
    /// The local date.
    pub date: NaiveDate,
    name: Name,
}

/// What a holiday is called, in English and Ukrainian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Name(&'static str, &'static str);

impl Holiday {
    /// Its name in a language.
    pub fn name(&self, locale: Locale) -> &'static str {
        match locale {
            Locale::En => self.name.0,
            Locale::Uk => self.name.1,
        }
    }
}

/// The holidays of a country in a year, by date; two that fall on one date are one. None of a year that is not known.
pub fn holidays(country: HolidayCountry, year: i32) -> Vec<Holiday> {
    if !YEARS.contains(&year) {
        return Vec::new();
    }
    let rules = countries::rules(country).iter().filter(|rule| rule.since <= year);
    let mut holidays: Vec<Holiday> =
        rules.filter_map(|rule| Some(Holiday { date: rule.when.in_year(year)?, name: rule.name })).collect();
    holidays.sort_by_key(|holiday| holiday.date);
    holidays.dedup_by_key(|holiday| holiday.date);
    holidays
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use async_graphql::resolver_utils::EnumType;

    fn dates(country: HolidayCountry, year: i32) -> String {
        let shown = holidays(country, year).into_iter().map(|holiday| holiday.date.format("%m-%d").to_string());
        shown.collect::<Vec<_>>().join(" ")
    }

    /// By the Labour Code of Ukraine, article 73, as amended in 2023.
    #[test]
    fn the_holidays_of_ukraine() {
        assert_eq!(
            dates(HolidayCountry::Ua, 2026),
            "01-01 03-08 04-12 05-01 05-08 05-31 06-28 07-15 08-24 10-01 12-25"
        );
        assert_eq!(
            dates(HolidayCountry::Ua, 2027),
            "01-01 03-08 05-01 05-02 05-08 06-20 06-28 07-15 08-24 10-01 12-25"
        );
    }

    /// `tests/holidays.txt` was made with the Python package `holidays` 0.105, which knows nothing of these rules: for Ukraine
    /// with its working-day holidays, for Italy without National Unity Day, which always falls on a Sunday.
    #[test]
    fn every_year_of_every_country_agrees_with_another_calendar() {
        let mut lines = 0;
        for line in include_str!("../../tests/holidays.txt").lines() {
            let (what, expected) = line.split_once(": ").unwrap();
            let (country, year) = what.split_once(' ').unwrap();
            let country = HolidayCountry::items().iter().find(|item| item.name == country).unwrap();
            assert_eq!(dates(country.value, year.parse().unwrap()), expected, "{what}");
            lines += 1;
        }
        assert_eq!(lines, 11 * 26, "eleven countries from 2025 to 2050");
    }

    #[test]
    fn a_year_that_is_not_known_has_none_and_every_name_has_two_languages() {
        assert!(holidays(HolidayCountry::Ua, 2024).is_empty() && holidays(HolidayCountry::Ua, 2100).is_empty());
        let easter = holidays(HolidayCountry::Ua, 2026)[2];
        assert_eq!((easter.name(Locale::En), easter.name(Locale::Uk)), ("Easter Sunday", "Великдень"));
    }
}
