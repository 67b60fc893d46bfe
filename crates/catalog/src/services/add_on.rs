//! Add-ons of a service: what a client may have on top of it, with more time and a price. They belong to their service
//! and are written with it; one that is left out of an edit is archived, since visits may have it.

use super::draft::MAX_BUFFER;
use crate::field::{amount, company_currency, number};
use crate::localized::{Localized, NAME};
use kernel::{Checks, CommonCode, Currency, Issue, Money, Result};
use serde::{Deserialize, Serialize};

kernel::id! {
    /// An add-on of a service.
    pub struct AddOnId("add");
}

/// How many add-ons a service may offer at once.
const MAX_ADD_ONS: usize = 20;

/// Something that a client may have on top of a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddOn {
    /// Its id.
    pub id: AddOnId,
    /// Its name; never empty.
    pub name: Localized,
    /// Minutes that it lengthens the service by, whoever performs it; may be zero.
    pub minutes: u16,
    /// What it adds to the price, tax included.
    pub price: Money,
    /// Is it withdrawn from sale?
    pub archived: bool,
}

/// An add-on as asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AddOnDraft {
    /// Which of the service's add-ons it is; `None`: a new one.
    pub id: Option<AddOnId>,
    /// Its name.
    pub name: Localized,
    /// Minutes.
    pub minutes: i32,
    /// Minor units.
    pub amount_minor: i64,
    /// The code of a currency; `None` takes the company's.
    pub currency: Option<String>,
}

impl AddOnDraft {
    /// The draft that would keep this very add-on.
    pub(super) fn of(add_on: &AddOn) -> Self {
        Self {
            id: Some(add_on.id),
            name: add_on.name.clone(),
            minutes: add_on.minutes.into(),
            amount_minor: add_on.price.minor,
            currency: None,
        }
    }

    fn check(&self, company: Currency) -> Result<AddOn> {
        let mut checks = Checks::new();
        let name = self.name.check(&mut checks, "name", NAME);
        let minutes = checks.check("extraMinutes", number(self.minutes, 0, MAX_BUFFER));
        let currency = checks.check("currency", company_currency(self.currency.as_deref(), company));
        let minor = checks.check("amountMinor", amount(self.amount_minor));
        checks.build(|| {
            Some(AddOn {
                id: self.id.unwrap_or_else(AddOnId::new),
                name: name?,
                minutes: minutes?,
                price: Money { minor: minor?, currency: currency? },
                archived: false,
            })
        })
    }
}

/// The add-ons of a service after an edit: those asked for, then those of `before` that no longer are, archived. That the
/// ids are the service's own is the caller's care.
pub(super) fn check_add_ons(
    checks: &mut Checks,
    drafts: &[AddOnDraft],
    before: &[AddOn],
    currency: Currency,
) -> Option<Vec<AddOn>> {
    if drafts.len() > MAX_ADD_ONS {
        checks.add("addOns", Issue::new(CommonCode::TooLong).with("max", MAX_ADD_ONS));
        return None;
    }
    let mut add_ons: Vec<AddOn> = Vec::with_capacity(drafts.len() + before.len());
    for (index, draft) in drafts.iter().enumerate() {
        let is_twice = draft.id.is_some() && drafts[..index].iter().any(|other| other.id == draft.id);
        checks.ensure(format!("addOns.{index}.addOnId"), !is_twice, CommonCode::Duplicate);
        // What is wrong is noted and everything else is still looked at.
        add_ons.extend(checks.nested(&format!("addOns.{index}"), draft.check(currency)).ok().flatten());
    }
    let withdrawn = before.iter().filter(|known| drafts.iter().all(|draft| draft.id != Some(known.id)));
    add_ons.extend(withdrawn.map(|known| AddOn { archived: true, ..known.clone() }));
    Some(add_ons)
}
