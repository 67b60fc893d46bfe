//! Money: whole minor units of an ISO 4217 currency, checked arithmetic, no floats anywhere.
//! Two currencies never mix: an operation on both is a fault, never a conversion.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{CommonCode, Error, Issue, Locale};

/// A currency of ISO 4217 that people pay with: funds, metals and test codes are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// Ukrainian hryvnia.
    pub const UAH: Self = Self(iso_currency::Currency::UAH);
    /// Euro.
    pub const EUR: Self = Self(iso_currency::Currency::EUR);
    /// United States dollar.
    pub const USD: Self = Self(iso_currency::Currency::USD);

    /// The three letters: `UAH`.
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// How many decimal digits the minor unit has: 2 for UAH, 0 for JPY.
    pub fn exponent(self) -> u32 {
        self.0.exponent().unwrap_or_default().into()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Currency {
    type Err = MoneyFault;

    fn from_str(text: &str) -> Result<Self, MoneyFault> {
        iso_currency::Currency::from_code(text)
            .filter(|currency| currency.exponent().is_some() && !currency.is_fund() && !currency.is_special())
            .map(Self)
            .ok_or(MoneyFault::UnknownCurrency)
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// Why an operation on money has no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyFault {
    /// The result does not fit 64 bits.
    #[error("the amount is too large")]
    Overflow,
    /// Two currencies met.
    #[error("the amounts are of different currencies")]
    CurrencyMismatch,
    /// There is nobody to split between, or all shares are zero.
    #[error("there are no shares to split by")]
    NoShares,
    /// Not a code of a currency that people pay with.
    #[error("not a currency of ISO 4217")]
    UnknownCurrency,
}

impl From<MoneyFault> for Issue {
    fn from(fault: MoneyFault) -> Self {
        Self::new(match fault {
            MoneyFault::Overflow => CommonCode::OutOfRange,
            MoneyFault::CurrencyMismatch | MoneyFault::NoShares | MoneyFault::UnknownCurrency => CommonCode::Invalid,
        })
    }
}

impl From<MoneyFault> for Error {
    fn from(fault: MoneyFault) -> Self {
        Self::invalid(Issue::from(fault)).because(fault)
    }
}

/// An amount of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// Whole minor units (kopiykas, cents); may be negative.
    pub minor: i64,
    /// The currency.
    pub currency: Currency,
}

/// One hundred percent, in basis points.
const WHOLE: i128 = 10_000;

impl Money {
    /// An amount of minor units.
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Nothing, in a currency.
    pub const fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    /// Whether it is nothing.
    pub const fn is_zero(self) -> bool {
        self.minor == 0
    }

    /// The sum.
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyFault> {
        self.same_currency(other)?;
        self.minor.checked_add(other.minor).map(|minor| self.of(minor)).ok_or(MoneyFault::Overflow)
    }

    /// The difference.
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyFault> {
        self.same_currency(other)?;
        self.minor.checked_sub(other.minor).map(|minor| self.of(minor)).ok_or(MoneyFault::Overflow)
    }

    /// So many times the amount.
    pub fn checked_mul(self, times: i64) -> Result<Self, MoneyFault> {
        self.minor.checked_mul(times).map(|minor| self.of(minor)).ok_or(MoneyFault::Overflow)
    }

    /// The sum of many amounts; zero of `currency` when there are none.
    pub fn sum(currency: Currency, amounts: impl IntoIterator<Item = Self>) -> Result<Self, MoneyFault> {
        amounts.into_iter().try_fold(Self::zero(currency), Self::checked_add)
    }

    /// A share in basis points (2,000 = 20 %), rounded half away from zero.
    pub fn percent(self, basis_points: u32) -> Result<Self, MoneyFault> {
        self.ratio(i128::from(basis_points), WHOLE)
    }

    /// The tax inside a price that includes it: `gross x rate / (100 % + rate)`, rounded half away from zero.
    pub fn included_tax(self, rate_basis_points: u32) -> Result<Self, MoneyFault> {
        self.ratio(i128::from(rate_basis_points), WHOLE + i128::from(rate_basis_points))
    }

    /// Splits by weights, losing nothing: each part is cut to the minor unit towards zero and what is left
    /// goes one by one to the largest remainders, the earlier of equals first (largest remainder method).
    pub fn split_by(self, weights: &[u64]) -> Result<Vec<Self>, MoneyFault> {
        // Both factors stay below 2^64, so that their product fits 128 bits.
        let total: u128 = weights.iter().copied().map(u128::from).sum();
        if total == 0 {
            return Err(MoneyFault::NoShares);
        }
        let amount = u128::from(self.minor.unsigned_abs());
        let mut parts: Vec<u128> = weights.iter().map(|weight| amount * u128::from(*weight) / total).collect();
        let mut order: Vec<usize> = (0..weights.len()).collect();
        order.sort_by_key(|place| std::cmp::Reverse(amount * u128::from(weights[*place]) % total));
        let rest = amount - parts.iter().sum::<u128>();
        for place in order.into_iter().take(usize::try_from(rest).unwrap_or(usize::MAX)) {
            parts[place] += 1;
        }
        parts
            .into_iter()
            .map(|part| {
                let part = i128::try_from(part).map_err(|_| MoneyFault::Overflow)?;
                i64::try_from(if self.minor < 0 { -part } else { part })
                    .map(|minor| self.of(minor))
                    .map_err(|_| MoneyFault::Overflow)
            })
            .collect()
    }

    /// How people of this language write it: `1 250,50 ₴`, `UAH 1,250.50`. For display only.
    pub fn formatted(self, locale: Locale) -> String {
        let (group, point) = match locale {
            // A narrow no-break space would be the CLDR's choice; mail programs render the plain one better.
            Locale::Uk => ('\u{a0}', ','),
            Locale::En => (',', '.'),
        };
        let number = self.digits(group, point);
        match (locale, self.currency) {
            (Locale::Uk, Currency::UAH) => format!("{number}\u{a0}₴"),
            (Locale::Uk, currency) => format!("{number}\u{a0}{currency}"),
            (Locale::En, currency) => format!("{currency}\u{a0}{number}"),
        }
    }

    fn digits(self, group: char, point: char) -> String {
        let unit = 10_u64.pow(self.currency.exponent());
        let amount = self.minor.unsigned_abs();
        let whole = (amount / unit).to_string();
        let mut text = String::from(if self.minor < 0 { "-" } else { "" });
        for (place, digit) in whole.chars().enumerate() {
            if place > 0 && (whole.len() - place).is_multiple_of(3) {
                text.push(group);
            }
            text.push(digit);
        }
        if unit > 1 {
            text.push(point);
            let width = self.currency.exponent() as usize;
            text.extend(format!("{:0width$}", amount % unit).chars());
        }
        text
    }

    fn ratio(self, numerator: i128, denominator: i128) -> Result<Self, MoneyFault> {
        let product = i128::from(self.minor) * numerator;
        let half = denominator / 2 + denominator % 2;
        let (quotient, remainder) = (product / denominator, product % denominator);
        let away = if remainder.abs() >= half { product.signum() } else { 0 };
        i64::try_from(quotient + away).map(|minor| self.of(minor)).map_err(|_| MoneyFault::Overflow)
    }

    fn same_currency(self, other: Self) -> Result<(), MoneyFault> {
        if self.currency == other.currency { Ok(()) } else { Err(MoneyFault::CurrencyMismatch) }
    }

    const fn of(self, minor: i64) -> Self {
        Self::new(minor, self.currency)
    }
}

impl fmt::Display for Money {
    /// For logs and tests: `1250.50 UAH`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain: String = self.digits('\0', '.').chars().filter(|letter| *letter != '\0').collect();
        write!(f, "{plain} {}", self.currency)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use proptest::prelude::*;

    use super::*;

    fn uah(minor: i64) -> Money {
        Money::new(minor, Currency::UAH)
    }

    #[test]
    fn currencies_are_those_people_pay_with() {
        assert_eq!("UAH".parse(), Ok(Currency::UAH));
        assert_eq!("JPY".parse::<Currency>().unwrap().exponent(), 0);
        assert_eq!("KWD".parse::<Currency>().unwrap().exponent(), 3);
        for code in ["uah", "XAU", "XXX", "XTS", "BOV", "ZZZ", ""] {
            assert_eq!(code.parse::<Currency>(), Err(MoneyFault::UnknownCurrency), "{code}");
        }
    }

    #[test]
    fn halves_round_away_from_zero() {
        assert_eq!(uah(5).percent(1_000), Ok(uah(1)));
        assert_eq!(uah(-5).percent(1_000), Ok(uah(-1)));
        assert_eq!(uah(4).percent(1_000), Ok(uah(0)));
        assert_eq!(uah(i64::MAX).percent(10_000), Ok(uah(i64::MAX)));
        assert_eq!(uah(i64::MAX).percent(20_000), Err(MoneyFault::Overflow));
        // 20 % inside 120.00 is 20.00; 7 % inside 1.00 is 0.065..
        assert_eq!(uah(12_000).included_tax(2_000), Ok(uah(2_000)));
        assert_eq!(uah(100).included_tax(700), Ok(uah(7)));
    }

    #[test]
    fn a_split_gives_the_rest_to_the_largest_remainders() {
        assert_eq!(uah(100).split_by(&[1, 1, 1]), Ok(vec![uah(34), uah(33), uah(33)]));
        assert_eq!(uah(-100).split_by(&[1, 1, 1]), Ok(vec![uah(-34), uah(-33), uah(-33)]));
        assert_eq!(uah(10).split_by(&[0, 3, 0]), Ok(vec![uah(0), uah(10), uah(0)]));
        assert_eq!(uah(1).split_by(&[]), Err(MoneyFault::NoShares));
        assert_eq!(uah(1).split_by(&[0, 0]), Err(MoneyFault::NoShares));
        assert_eq!(uah(i64::MIN).split_by(&[1]), Ok(vec![uah(i64::MIN)]));
    }

    #[test]
    fn currencies_never_mix() {
        let euro = Money::new(1, Currency::EUR);
        assert_eq!(uah(1).checked_add(euro), Err(MoneyFault::CurrencyMismatch));
        assert_eq!(uah(i64::MAX).checked_add(uah(1)), Err(MoneyFault::Overflow));
    }

    #[test]
    fn each_language_writes_it_its_way() {
        assert_eq!(uah(125_050).formatted(Locale::Uk), "1\u{a0}250,50\u{a0}₴");
        assert_eq!(uah(-5).formatted(Locale::En), "UAH\u{a0}-0.05");
        assert_eq!(Money::new(1_234_567, "JPY".parse().unwrap()).formatted(Locale::En), "JPY\u{a0}1,234,567");
        assert_eq!(uah(123_456_789).to_string(), "1234567.89 UAH");
    }

    proptest! {
        #[test]
        fn a_split_loses_nothing_and_is_fair(minor: i64, weights in prop::collection::vec(any::<u64>(), 1..12)) {
            prop_assume!(weights.iter().any(|weight| *weight > 0));
            let parts = uah(minor).split_by(&weights).unwrap();
            let total: u128 = weights.iter().map(|weight| u128::from(*weight)).sum();
            prop_assert_eq!(parts.iter().map(|part| i128::from(part.minor)).sum::<i128>(), i128::from(minor));
            for (part, weight) in parts.iter().zip(&weights) {
                let exact = u128::from(minor.unsigned_abs()) * u128::from(*weight);
                let given = u128::from(part.minor.unsigned_abs());
                prop_assert!(given >= exact / total && given <= exact / total + 1);
            }
        }

        #[test]
        fn tax_and_net_add_up(minor in -1_000_000_000_000_i64..1_000_000_000_000, rate in 0_u32..10_000) {
            let tax = uah(minor).included_tax(rate).unwrap();
            prop_assert!(tax.minor.abs() <= minor.abs());
            // |tax x (100 % + rate) - gross x rate| is at most half a minor unit.
            let error = i128::from(tax.minor) * (WHOLE + i128::from(rate)) - i128::from(minor) * i128::from(rate);
            prop_assert!(error.abs() * 2 <= WHOLE + i128::from(rate));
        }
    }
}
