//! A part of a price: what is paid in advance, or charged when a visit is called off.

use crate::error::CatalogErrorCode;
use crate::field::{amount, number};
use async_graphql::{Enum, InputObject, SimpleObject};
use kernel::{Checks, CommonCode, Currency, Issue, Money};
use serde::{Deserialize, Serialize};

/// Part of a price; never more than the whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Portion {
    /// Nothing.
    #[default]
    None,
    /// So many minor units.
    Fixed(i64),
    /// So many basis points of the price: 5000 is a half.
    Percent(u16),
    /// All of it.
    Full,
}

impl Portion {
    /// What it is of a price in minor units. Halves of a minor unit are rounded away from zero.
    pub fn of(self, price: i64) -> i64 {
        let part = match self {
            Self::None => 0,
            Self::Fixed(minor) => minor,
            Self::Percent(bp) => i64::try_from((i128::from(price) * i128::from(bp) + 5_000) / 10_000).unwrap_or(price),
            Self::Full => price,
        };
        part.clamp(0, price.max(0))
    }

    /// Whether it is nothing, whatever the price.
    pub fn is_none(self) -> bool {
        self == Self::None
    }

    fn kind(self) -> PortionKind {
        match self {
            Self::None => PortionKind::None,
            Self::Fixed(_) => PortionKind::Fixed,
            Self::Percent(_) => PortionKind::Percent,
            Self::Full => PortionKind::Full,
        }
    }
}

/// How a part of a price is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Enum)]
pub enum PortionKind {
    /// Nothing.
    None,
    /// A sum, at most the price.
    Fixed,
    /// A share of the price.
    Percent,
    /// The whole price.
    Full,
}

/// A part of a price as asked for: nothing is checked yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PortionDraft {
    /// How it is given.
    pub kind: PortionKind,
    /// Minor units, of a fixed one.
    pub amount_minor: Option<i64>,
    /// Basis points, of a share.
    pub percent_bp: Option<i32>,
}

impl Default for PortionDraft {
    fn default() -> Self {
        Self::of(Portion::None)
    }
}

impl PortionDraft {
    /// The draft that makes this very portion.
    pub fn of(portion: Portion) -> Self {
        let (amount_minor, percent_bp) = match portion {
            Portion::Fixed(minor) => (Some(minor), None),
            Portion::Percent(bp) => (None, Some(bp.into())),
            Portion::None | Portion::Full => (None, None),
        };
        Self { kind: portion.kind(), amount_minor, percent_bp }
    }

    /// The portion, or what is wrong with it below `at`. A number that its kind does not use is refused: it would be a
    /// misunderstanding.
    pub(crate) fn check(self, checks: &mut Checks, at: &str) -> Option<Portion> {
        let sum = format!("{at}.amountMinor");
        let share = format!("{at}.percentBp");
        checks.ensure(
            sum.clone(),
            self.kind == PortionKind::Fixed || self.amount_minor.is_none(),
            CatalogErrorCode::PortionKind,
        );
        checks.ensure(
            share.clone(),
            self.kind == PortionKind::Percent || self.percent_bp.is_none(),
            CatalogErrorCode::PortionKind,
        );
        match self.kind {
            PortionKind::None => Some(Portion::None),
            PortionKind::Full => Some(Portion::Full),
            PortionKind::Fixed => checks.check(sum, required(self.amount_minor).and_then(amount)).map(Portion::Fixed),
            PortionKind::Percent => {
                let bp = required(self.percent_bp).and_then(|bp| number(bp, 1, 10_000));
                checks.check(share, bp).map(Portion::Percent)
            }
        }
    }
}

fn required<T>(value: Option<T>) -> Result<T, Issue> {
    value.ok_or_else(|| Issue::new(CommonCode::Required))
}

/// Part of a price.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(name = "Portion")]
pub struct PortionObject {
    /// How it is given.
    kind: PortionKind,
    /// The sum, when it is fixed.
    amount: Option<gql::Money>,
    /// The share of the price in basis points, when it is a share: 5000 is a half.
    percent_bp: Option<u16>,
}

impl PortionObject {
    /// A portion of prices in this currency.
    pub fn new(portion: Portion, currency: Currency) -> Self {
        let (amount, percent_bp) = match portion {
            Portion::Fixed(minor) => (Some(Money { minor, currency }.into()), None),
            Portion::Percent(bp) => (None, Some(bp)),
            Portion::None | Portion::Full => (None, None),
        };
        Self { kind: portion.kind(), amount, percent_bp }
    }
}

/// Part of a price to be set.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "PortionInput")]
pub struct PortionWish {
    /// How it is given.
    kind: PortionKind,
    /// The sum in minor units of the company's currency, when it is fixed; else left out.
    amount_minor: Option<gql::Long>,
    /// The share of the price in basis points, 1 to 10000, when it is a share; else left out.
    percent_bp: Option<i32>,
}

impl From<PortionWish> for PortionDraft {
    fn from(input: PortionWish) -> Self {
        Self { kind: input.kind, amount_minor: input.amount_minor.map(Into::into), percent_bp: input.percent_bp }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn halves_are_rounded_away_from_zero() {
        assert_eq!(Portion::Percent(5_000).of(101), 51);
        assert_eq!(Portion::Percent(3_333).of(10_000), 3_333);
        assert_eq!(Portion::Percent(1).of(4_999), 0);
        assert_eq!(Portion::Percent(1).of(5_000), 1);
    }

    #[test]
    fn a_number_that_the_kind_does_not_use_is_refused() {
        let refusal = |kind, amount_minor, percent_bp| {
            let mut checks = Checks::new();
            let made = PortionDraft { kind, amount_minor, percent_bp }.check(&mut checks, "fee");
            checks.build(|| made).unwrap_err().to_string()
        };
        assert_eq!(refusal(PortionKind::Full, Some(1), None), "invalid PORTION_KIND@fee.amountMinor");
        assert_eq!(refusal(PortionKind::None, None, Some(1)), "invalid PORTION_KIND@fee.percentBp");
        assert_eq!(refusal(PortionKind::Fixed, None, None), "invalid REQUIRED@fee.amountMinor");
        assert_eq!(refusal(PortionKind::Percent, None, Some(10_001)), "invalid OUT_OF_RANGE@fee.percentBp");
    }

    proptest! {
        #[test]
        fn it_is_never_more_than_the_whole(price in 0_i64..=100_000_000_000, minor in 0_i64..=100_000_000_000, bp in 0_u16..=10_000) {
            for portion in [Portion::None, Portion::Fixed(minor), Portion::Percent(bp), Portion::Full] {
                prop_assert!((0..=price).contains(&portion.of(price)));
            }
            prop_assert_eq!(Portion::Percent(10_000).of(price), price);
        }

        #[test]
        fn a_draft_comes_back_from_its_portion(minor in 0_i64..=100_000, bp in 1_u16..=10_000) {
            for portion in [Portion::None, Portion::Fixed(minor), Portion::Percent(bp), Portion::Full] {
                let mut checks = Checks::new();
                prop_assert_eq!(PortionDraft::of(portion).check(&mut checks, "fee"), Some(portion));
                prop_assert!(checks.is_clean());
            }
        }
    }
}
