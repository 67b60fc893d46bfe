//! Money as an object: the exact amount for programs, a text for people. Never a float.

use async_graphql::Object;

use crate::{Currency, Locale, Long};

/// An amount of money.
#[derive(Debug, Clone, Copy)]
pub struct Money(pub kernel::Money);

/// An amount of money.
#[Object]
impl Money {
    /// The amount in minor units of the currency: kopiykas, cents. Exact.
    async fn amount_minor(&self) -> Long {
        Long(self.0.minor)
    }

    /// The currency, ISO 4217.
    async fn currency(&self) -> Currency {
        Currency(self.0.currency)
    }

    /// The amount as people write it: `1 250,50 ₴`, `₴1,250.50`.
    async fn formatted(
        &self,
        #[graphql(desc = "The language whose customs are followed.", default_with = "Locale::Uk")] locale: Locale,
    ) -> String {
        self.0.formatted(locale.into())
    }
}

crate::ready!(Money: amount_minor, currency);

impl From<kernel::Money> for Money {
    fn from(money: kernel::Money) -> Self {
        Self(money)
    }
}
