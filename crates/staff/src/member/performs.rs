//! What somebody performs, as asked for. Pure.

use super::Performs;
use catalog::ServiceId;
use catalog::field::{amount, company_currency, number};
use kernel::{Checks, CommonCode, Currency, Issue, Money};
use serde::Serialize;
use std::collections::HashSet;

/// How many services one person may perform.
const MAX_SERVICES: usize = 1000;

/// A service that somebody performs, as asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PerformsDraft {
    /// The service.
    pub service_id: ServiceId,
    /// Their own duration in minutes.
    pub duration_minutes: Option<i32>,
    /// Their own price in minor units.
    pub amount_minor: Option<i64>,
    /// The code of a currency; `None` takes the company's.
    pub currency: Option<String>,
}

impl PerformsDraft {
    /// The draft that would make this very line.
    pub fn of(performs: &Performs) -> Self {
        Self {
            service_id: performs.service_id,
            duration_minutes: performs.duration_minutes.map(Into::into),
            amount_minor: performs.price.map(|price| price.minor),
            currency: None,
        }
    }

    fn check(&self, checks: &mut Checks, at: &str, company: Currency) -> Option<Performs> {
        let duration = self.duration_minutes.map(|minutes| number(minutes, 1, 1440));
        let duration_minutes = checks.optional(format!("{at}.durationMinutes"), duration);
        let minor = checks.optional(format!("{at}.amountMinor"), self.amount_minor.map(amount));
        let currency = checks.check(format!("{at}.currency"), company_currency(self.currency.as_deref(), company));
        let price = minor?.map(|minor| currency.map(|currency| Money { minor, currency }));
        Some(Performs { service_id: self.service_id, duration_minutes: duration_minutes?, price: price.flatten() })
    }
}

/// The lines by service, or everything that is wrong with them.
pub fn check_performs(checks: &mut Checks, drafts: &[PerformsDraft], company: Currency) -> Option<Vec<Performs>> {
    if drafts.len() > MAX_SERVICES {
        checks.add("services", Issue::new(CommonCode::TooLong).with("max", MAX_SERVICES));
        return None;
    }
    let mut seen = HashSet::new();
    let mut lines = Vec::with_capacity(drafts.len());
    for (index, draft) in drafts.iter().enumerate() {
        let at = format!("services.{index}");
        checks.ensure(format!("{at}.serviceId"), seen.insert(draft.service_id), CommonCode::Duplicate);
        lines.extend(draft.check(checks, &at, company));
    }
    lines.sort_by_key(|line| line.service_id);
    Some(lines)
}
