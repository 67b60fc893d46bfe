//! Rotas as they are asked for. Pure.

use super::{Cycle, CycleDays, Rota, RotaId};
use crate::error::StaffErrorCode;
use crate::member::StaffId;
use chrono::NaiveDate;
use kernel::text::text;
use kernel::{Checks, Result};
use serde::Serialize;
use tenancy::LocationId;

/// A rota as asked for: nothing is checked yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RotaDraft {
    /// Who works.
    pub staff_id: StaffId,
    /// Where.
    pub location_id: LocationId,
    /// What planners call it.
    pub name: String,
    /// A date on which the cycle's first day falls.
    pub anchor: NaiveDate,
    /// The days that repeat.
    pub cycle: Vec<CycleDays>,
    /// The first day on which it counts; `None` is the anchor.
    pub valid_from: Option<NaiveDate>,
    /// The last day on which it counts; `None` is without end.
    pub valid_to: Option<NaiveDate>,
}

/// An edit of a rota; what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RotaPatch {
    /// Another name.
    pub name: Option<String>,
    /// Another anchor.
    pub anchor: Option<NaiveDate>,
    /// Another cycle.
    pub cycle: Option<Vec<CycleDays>>,
    /// Another first day.
    pub valid_from: Option<NaiveDate>,
    /// Another last day; `Some(None)` takes it away.
    #[allow(clippy::option_option, reason = "an edit has exactly these three states")]
    pub valid_to: Option<Option<NaiveDate>>,
}

impl RotaDraft {
    /// The rota that this draft makes, or everything that is wrong with it.
    pub fn check(&self, id: RotaId) -> Result<Rota> {
        let mut checks = Checks::new();
        let cycle = checks.nested("cycle", Cycle::new(&self.cycle))?;
        let valid_from = self.valid_from.unwrap_or(self.anchor);
        let dates = Dates { valid_from, valid_to: self.valid_to };
        let name = dates.check(&mut checks, &self.name);
        checks.build(|| {
            Some(Rota {
                id,
                staff_id: self.staff_id,
                location_id: self.location_id,
                name: name?,
                anchor: self.anchor,
                cycle: cycle?,
                valid_from,
                valid_to: self.valid_to,
                archived: false,
                version: 1,
            })
        })
    }
}

impl RotaPatch {
    /// The rota as it will be, a version further, or everything that is wrong with it.
    pub fn check(&self, before: &Rota) -> Result<Rota> {
        let mut checks = Checks::new();
        let cycle = match &self.cycle {
            Some(days) => checks.nested("cycle", Cycle::new(days))?,
            None => Some(before.cycle.clone()),
        };
        let dates = Dates {
            valid_from: self.valid_from.unwrap_or(before.valid_from),
            valid_to: self.valid_to.unwrap_or(before.valid_to),
        };
        let name = dates.check(&mut checks, self.name.as_deref().unwrap_or(&before.name));
        checks.build(|| {
            Some(Rota {
                name: name?,
                anchor: self.anchor.unwrap_or(before.anchor),
                cycle: cycle?,
                valid_from: dates.valid_from,
                valid_to: dates.valid_to,
                version: before.version + 1,
                ..before.clone()
            })
        })
    }
}

/// While what a rota counts.
struct Dates {
    valid_from: NaiveDate,
    valid_to: Option<NaiveDate>,
}

impl Dates {
    fn check(&self, checks: &mut Checks, name: &str) -> Option<String> {
        let inverted = self.valid_to.is_some_and(|to| to < self.valid_from);
        checks.ensure("validTo", !inverted, StaffErrorCode::EndBeforeStart);
        checks.check("name", text(name, 0, 80))
    }
}
