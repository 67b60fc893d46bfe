//! What is asked for when a service is made or edited, and the rules that it must meet. Pure.

use super::add_on::{AddOn, AddOnDraft, check_add_ons};
use super::{
    Price, PriceKind, Processing, Requirement, RequirementTarget, Service, ServiceId, ServiceKind, Visibility,
};
use super::{ServiceRulesDraft, ServiceRulesPatch};
use crate::category::CategoryId;
use crate::error::CatalogErrorCode;
use crate::field::{amount, color, company_currency, number};
use crate::localized::{DESCRIPTION, Localized, NAME};
use crate::resource::ResourceId;
use crate::resource_type::ResourceTypeId;
use chrono::NaiveDate;
use kernel::{Checks, CommonCode, Currency, Issue, Money};
use serde::Serialize;
use std::collections::HashSet;
use tenancy::{Grid, LocationId};

/// The longest buffer, set-up or clean-up, in minutes.
pub(super) const MAX_BUFFER: i32 = 480;
/// How many requirements one service may have.
const MAX_REQUIREMENTS: usize = 20;
/// How many units of a type one requirement may ask for.
const MAX_UNITS: i32 = 20;

/// A whole service as asked for: nothing is checked yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ServiceDraft {
    /// The category that it is listed under.
    pub category_id: Option<CategoryId>,
    /// Its name.
    pub name: Localized,
    /// A longer text for clients.
    pub description: Localized,
    /// What kind of thing is booked.
    pub kind: ServiceKind,
    /// Elapsed minutes, without buffers.
    pub duration_minutes: i32,
    /// Time in the middle without the staff member.
    pub processing: Option<ProcessingDraft>,
    /// What it costs.
    pub price: PriceDraft,
    /// Basis points.
    pub tax_rate_bp: i32,
    /// Minutes.
    pub buffer_before: i32,
    /// Minutes.
    pub buffer_after: i32,
    /// Minutes.
    pub step_minutes: Option<i32>,
    /// Elapsed minutes.
    pub notice_minutes: Option<i32>,
    /// Local days.
    pub horizon_days: Option<i32>,
    /// Local date.
    pub bookable_from: Option<NaiveDate>,
    /// Local date.
    pub bookable_to: Option<NaiveDate>,
    /// `#rrggbb`.
    pub color: Option<String>,
    /// Where it stands among its neighbours.
    pub position: i32,
    /// Who may see and book it.
    pub visibility: Visibility,
    /// Empty means everywhere.
    pub location_ids: Vec<LocationId>,
    /// What it takes.
    pub requirements: Vec<RequirementDraft>,
    /// What clients may have on top of it.
    pub add_ons: Vec<AddOnDraft>,
    /// Must somebody perform it? `None`: as its kind usually is.
    pub requires_staff: Option<bool>,
    /// What it asks of its bookings.
    pub rules: ServiceRulesDraft,
}

/// A price as asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PriceDraft {
    /// How the sum is to be read.
    pub kind: PriceKind,
    /// Minor units.
    pub amount_minor: i64,
    /// The code of a currency; `None` takes the company's.
    pub currency: Option<String>,
}

/// Processing time as asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ProcessingDraft {
    /// Minutes from the start.
    pub after: i32,
    /// How many.
    pub minutes: i32,
}

/// A requirement as asked for: exactly one of type and unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RequirementDraft {
    /// Any unit of this type.
    pub type_id: Option<ResourceTypeId>,
    /// This unit.
    pub resource_id: Option<ResourceId>,
    /// How many units.
    pub units: i32,
    /// Minutes.
    pub setup_minutes: i32,
    /// Minutes.
    pub cleanup_minutes: i32,
}

/// An edit: what is `None` stays; the inner `None` of what may be empty empties it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(clippy::option_option, reason = "left out, emptied and set are three different wishes")]
#[allow(missing_docs, reason = "the fields are those of the draft")]
pub struct ServicePatch {
    pub category_id: Option<Option<CategoryId>>,
    pub name: Option<Localized>,
    pub description: Option<Localized>,
    pub kind: Option<ServiceKind>,
    pub duration_minutes: Option<i32>,
    pub processing: Option<Option<ProcessingDraft>>,
    pub price: Option<PriceDraft>,
    pub tax_rate_bp: Option<i32>,
    pub buffer_before: Option<i32>,
    pub buffer_after: Option<i32>,
    pub step_minutes: Option<Option<i32>>,
    pub notice_minutes: Option<Option<i32>>,
    pub horizon_days: Option<Option<i32>>,
    pub bookable_from: Option<Option<NaiveDate>>,
    pub bookable_to: Option<Option<NaiveDate>>,
    pub color: Option<Option<String>>,
    pub position: Option<i32>,
    pub visibility: Option<Visibility>,
    pub location_ids: Option<Vec<LocationId>>,
    pub requirements: Option<Vec<RequirementDraft>>,
    pub add_ons: Option<Vec<AddOnDraft>>,
    pub requires_staff: Option<bool>,
    pub rules: ServiceRulesPatch,
}

impl ServiceDraft {
    /// The draft that would make this very service.
    pub fn of(service: &Service) -> Self {
        Self {
            category_id: service.category_id,
            name: service.name.clone(),
            description: service.description.clone(),
            kind: service.kind,
            duration_minutes: service.duration_minutes.into(),
            processing: service.processing.map(ProcessingDraft::of),
            price: PriceDraft { kind: service.price.kind, amount_minor: service.price.money.minor, currency: None },
            tax_rate_bp: service.tax_rate_bp.into(),
            buffer_before: service.buffer_before.into(),
            buffer_after: service.buffer_after.into(),
            step_minutes: service.step_minutes.map(Into::into),
            notice_minutes: service.notice_minutes.and_then(|minutes| i32::try_from(minutes).ok()),
            horizon_days: service.horizon_days.map(Into::into),
            bookable_from: service.bookable_from,
            bookable_to: service.bookable_to,
            color: service.color.clone(),
            position: service.position,
            visibility: service.visibility,
            location_ids: service.location_ids.clone(),
            requirements: service.requirements.iter().map(RequirementDraft::of).collect(),
            add_ons: service.add_ons.iter().filter(|add_on| !add_on.archived).map(AddOnDraft::of).collect(),
            requires_staff: Some(service.requires_staff),
            rules: ServiceRulesDraft::of(&service.rules),
        }
    }

    /// The draft after an edit. A service that becomes or stops being a rental takes its kind's need of staff,
    /// unless the edit says otherwise.
    #[must_use]
    pub fn with(mut self, patch: ServicePatch) -> Self {
        if patch.kind.is_some_and(|kind| (kind == ServiceKind::Rental) != (self.kind == ServiceKind::Rental)) {
            self.requires_staff = None;
        }
        Self {
            category_id: patch.category_id.unwrap_or(self.category_id),
            name: patch.name.unwrap_or(self.name),
            description: patch.description.unwrap_or(self.description),
            kind: patch.kind.unwrap_or(self.kind),
            duration_minutes: patch.duration_minutes.unwrap_or(self.duration_minutes),
            processing: patch.processing.unwrap_or(self.processing),
            price: patch.price.unwrap_or(self.price),
            tax_rate_bp: patch.tax_rate_bp.unwrap_or(self.tax_rate_bp),
            buffer_before: patch.buffer_before.unwrap_or(self.buffer_before),
            buffer_after: patch.buffer_after.unwrap_or(self.buffer_after),
            step_minutes: patch.step_minutes.unwrap_or(self.step_minutes),
            notice_minutes: patch.notice_minutes.unwrap_or(self.notice_minutes),
            horizon_days: patch.horizon_days.unwrap_or(self.horizon_days),
            bookable_from: patch.bookable_from.unwrap_or(self.bookable_from),
            bookable_to: patch.bookable_to.unwrap_or(self.bookable_to),
            color: patch.color.unwrap_or(self.color),
            position: patch.position.unwrap_or(self.position),
            visibility: patch.visibility.unwrap_or(self.visibility),
            location_ids: patch.location_ids.unwrap_or(self.location_ids),
            requirements: patch.requirements.unwrap_or(self.requirements),
            add_ons: patch.add_ons.unwrap_or(self.add_ons),
            requires_staff: patch.requires_staff.or(self.requires_staff),
            rules: self.rules.with(patch.rules),
        }
    }

    /// The service that this draft makes; everything that is wrong with it is noted in `checks`. `grids` are the
    /// anchors of the locations where it is offered, `before` the add-ons that it had; ids are resolved by the caller.
    pub(crate) fn check(
        self,
        checks: &mut Checks,
        id: ServiceId,
        currency: Currency,
        grids: &[Grid],
        before: &[AddOn],
    ) -> Option<Service> {
        let name = self.name.check(checks, "name", NAME);
        let description = self.description.check(checks, "description", DESCRIPTION);
        let duration_minutes = checks.check("durationMinutes", number(self.duration_minutes, 1, 1440));
        let money = self.price.check(checks, currency);
        let tax_rate_bp = checks.check("taxRateBp", number(self.tax_rate_bp, 0, 10_000));
        let buffer_before = checks.check("bufferBeforeMinutes", number(self.buffer_before, 0, MAX_BUFFER));
        let buffer_after = checks.check("bufferAfterMinutes", number(self.buffer_after, 0, MAX_BUFFER));
        let step_minutes = checks.optional("stepMinutes", self.step_minutes.map(|step| step_on(step, grids)));
        let notice = self.notice_minutes.map(|minutes| number(minutes, 0, 525_600));
        let notice_minutes = checks.optional("noticeMinutes", notice);
        let horizon_days = checks.optional("horizonDays", self.horizon_days.map(|days| number(days, 1, 730)));
        let color = checks.optional("color", self.color.as_deref().map(color));
        let position = checks.check("position", number(self.position, -1_000_000, 1_000_000));
        let location_ids = checks.check("locationIds", distinct(self.location_ids));
        let requirements = check_requirements(checks, &self.requirements);
        let rules = self.rules.check(checks);
        let add_ons = check_add_ons(checks, &self.add_ons, before, currency);
        let inverted = matches!((self.bookable_from, self.bookable_to), (Some(from), Some(to)) if to < from);
        checks.ensure("bookableTo", !inverted, CatalogErrorCode::EndBeforeStart);
        let rental = self.kind == ServiceKind::Rental;
        let requires_staff = self.requires_staff.unwrap_or(!rental);
        checks.ensure("requiresStaff", !(rental && requires_staff), CatalogErrorCode::RentalHasNoStaff);
        let processing = self.processing.map(|processing| processing.check(self.duration_minutes, requires_staff));
        let processing = checks.optional("processing", processing);
        Some(Service {
            id,
            category_id: self.category_id,
            name: name?,
            description: description?,
            kind: self.kind,
            duration_minutes: duration_minutes?,
            processing: processing?,
            price: Price { kind: self.price.kind, money: money? },
            tax_rate_bp: tax_rate_bp?,
            buffer_before: buffer_before?,
            buffer_after: buffer_after?,
            step_minutes: step_minutes?,
            notice_minutes: notice_minutes?,
            horizon_days: horizon_days?,
            bookable_from: self.bookable_from,
            bookable_to: self.bookable_to,
            color: color?,
            position: position?,
            visibility: self.visibility,
            location_ids: location_ids?,
            requirements: requirements?,
            add_ons: add_ons?,
            requires_staff,
            rules: rules?,
            archived: false,
            version: 1,
        })
    }
}

impl ProcessingDraft {
    const fn of(processing: Processing) -> Self {
        Self { after: processing.after as i32, minutes: processing.minutes as i32 }
    }

    /// It begins and ends within the service, and there is somebody whom it leaves free.
    fn check(self, duration: i32, requires_staff: bool) -> Result<Processing, Issue> {
        let is_within = self.after.checked_add(self.minutes).is_some_and(|end| end < duration);
        if !is_within || !requires_staff {
            return Err(CatalogErrorCode::ProcessingMisfit.into());
        }
        Ok(Processing { after: number(self.after, 1, 1440)?, minutes: number(self.minutes, 1, 1440)? })
    }
}

impl PriceDraft {
    fn check(&self, checks: &mut Checks, company: Currency) -> Option<Money> {
        let currency = checks.check("price.currency", company_currency(self.currency.as_deref(), company));
        let minor = checks.check("price.amountMinor", amount(self.amount_minor));
        let charged = self.kind == PriceKind::Free && minor.is_some_and(|minor| minor != 0);
        checks.ensure("price.amountMinor", !charged, CatalogErrorCode::PriceOfFreeService);
        Some(Money { minor: minor?, currency: currency? })
    }
}

impl RequirementDraft {
    /// What it points at, when it names exactly one thing.
    pub(crate) fn target(&self) -> Option<RequirementTarget> {
        match (self.type_id, self.resource_id) {
            (Some(id), None) => Some(RequirementTarget::Type(id)),
            (None, Some(id)) => Some(RequirementTarget::Unit(id)),
            _ => None,
        }
    }

    fn of(requirement: &Requirement) -> Self {
        let (type_id, resource_id) = match requirement.target {
            RequirementTarget::Type(id) => (Some(id), None),
            RequirementTarget::Unit(id) => (None, Some(id)),
        };
        Self {
            type_id,
            resource_id,
            units: requirement.units.into(),
            setup_minutes: requirement.setup_minutes.into(),
            cleanup_minutes: requirement.cleanup_minutes.into(),
        }
    }

    fn check(&self, checks: &mut Checks, at: &str) -> Option<Requirement> {
        let target = self.target();
        if target.is_none() {
            checks.add(at.to_owned(), CatalogErrorCode::RequirementTarget);
        }
        if self.resource_id.is_some() && self.units != 1 {
            checks.add(format!("{at}.units"), CatalogErrorCode::NamedUnitIsOne);
        }
        let units = checks.check(format!("{at}.units"), number(self.units, 1, MAX_UNITS));
        let setup = checks.check(format!("{at}.setupMinutes"), number(self.setup_minutes, 0, MAX_BUFFER));
        let cleanup = checks.check(format!("{at}.cleanupMinutes"), number(self.cleanup_minutes, 0, MAX_BUFFER));
        Some(Requirement { target: target?, units: units?, setup_minutes: setup?, cleanup_minutes: cleanup? })
    }
}

fn check_requirements(checks: &mut Checks, drafts: &[RequirementDraft]) -> Option<Vec<Requirement>> {
    if drafts.len() > MAX_REQUIREMENTS {
        checks.add("requirements", Issue::new(CommonCode::TooLong).with("max", MAX_REQUIREMENTS));
        return None;
    }
    let mut targets = HashSet::new();
    let mut requirements = Vec::with_capacity(drafts.len());
    for (index, draft) in drafts.iter().enumerate() {
        let at = format!("requirements.{index}");
        let Some(requirement) = draft.check(checks, &at) else { continue };
        if !targets.insert(requirement.target) {
            checks.add(at, CommonCode::Duplicate);
        }
        requirements.push(requirement);
    }
    Some(requirements)
}

/// A step from five minutes that every grid accepts. A smaller one would offer starts that nobody reads.
fn step_on(step: i32, grids: &[Grid]) -> Result<u16, Issue> {
    let step = number::<u16>(step, 5, 1440)?;
    let fits =
        if grids.is_empty() { Grid::Midnight.accepts(step) } else { grids.iter().all(|grid| grid.accepts(step)) };
    if fits { Ok(step) } else { Err(CatalogErrorCode::StepMisfit.into()) }
}

fn distinct(ids: Vec<LocationId>) -> Result<Vec<LocationId>, Issue> {
    let mut seen = HashSet::new();
    if ids.iter().all(|id| seen.insert(*id)) { Ok(ids) } else { Err(Issue::new(CommonCode::Duplicate)) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use kernel::Result;

    fn draft() -> ServiceDraft {
        ServiceDraft {
            category_id: None,
            name: Localized { uk: Some("Стрижка".into()), en: None },
            description: Localized::default(),
            kind: ServiceKind::Appointment,
            duration_minutes: 45,
            processing: None,
            price: PriceDraft { kind: PriceKind::Fixed, amount_minor: 50_000, currency: None },
            tax_rate_bp: 0,
            buffer_before: 0,
            buffer_after: 10,
            step_minutes: Some(30),
            notice_minutes: None,
            horizon_days: None,
            bookable_from: None,
            bookable_to: None,
            color: Some("#FFAA00".into()),
            position: 0,
            visibility: Visibility::Public,
            location_ids: vec![],
            requirements: vec![],
            add_ons: vec![],
            requires_staff: None,
            rules: ServiceRulesDraft::default(),
        }
    }

    fn requirement(type_id: Option<ResourceTypeId>, resource_id: Option<ResourceId>) -> RequirementDraft {
        RequirementDraft { type_id, resource_id, units: 1, setup_minutes: 0, cleanup_minutes: 0 }
    }

    fn check_on(grids: &[Grid], draft: ServiceDraft) -> Result<Service> {
        let mut checks = Checks::new();
        let service = draft.check(&mut checks, ServiceId::new(), Currency::UAH, grids, &[]);
        checks.build(|| service)
    }

    fn check(draft: ServiceDraft) -> Result<Service> {
        check_on(&[Grid::Midnight], draft)
    }

    fn refusal(change: impl FnOnce(&mut ServiceDraft)) -> String {
        let mut wrong = draft();
        change(&mut wrong);
        check(wrong).unwrap_err().to_string()
    }

    #[test]
    fn a_sound_draft_makes_a_service_and_comes_back_from_it() {
        let service = check(draft()).unwrap();
        assert_eq!(service.price.money, Money::new(50_000, Currency::UAH));
        assert_eq!(service.color.as_deref(), Some("#ffaa00"));
        assert!(service.requires_staff);
        let again = check(ServiceDraft::of(&service)).unwrap();
        assert_eq!(Service { id: service.id, ..again }, service);
    }

    #[test]
    fn each_mistake_is_refused_at_its_field() {
        assert_eq!(refusal(|it| it.name = Localized::default()), "invalid REQUIRED@name");
        assert_eq!(refusal(|it| it.duration_minutes = 0), "invalid OUT_OF_RANGE@durationMinutes");
        assert_eq!(refusal(|it| it.price.amount_minor = -1), "invalid OUT_OF_RANGE@price.amountMinor");
        assert_eq!(refusal(|it| it.price.currency = Some("ГРН".into())), "invalid UNKNOWN_CURRENCY@price.currency");
        assert_eq!(refusal(|it| it.price.currency = Some("EUR".into())), "invalid CURRENCY_MISMATCH@price.currency");
        assert_eq!(refusal(|it| it.price.kind = PriceKind::Free), "invalid PRICE_OF_FREE_SERVICE@price.amountMinor");
        assert_eq!(refusal(|it| it.step_minutes = Some(25)), "invalid STEP_MISFIT@stepMinutes");
        assert_eq!(refusal(|it| it.step_minutes = Some(0)), "invalid OUT_OF_RANGE@stepMinutes");
        assert_eq!(refusal(|it| it.buffer_after = -5), "invalid OUT_OF_RANGE@bufferAfterMinutes");
        assert_eq!(refusal(|it| it.tax_rate_bp = 10_001), "invalid OUT_OF_RANGE@taxRateBp");
        assert_eq!(refusal(|it| it.color = Some("red".into())), "invalid INVALID@color");
    }

    #[test]
    fn all_mistakes_are_told_at_once() {
        let told = refusal(|it| {
            it.duration_minutes = -3;
            it.notice_minutes = Some(-1);
            it.horizon_days = Some(0);
        });
        assert_eq!(told, "invalid OUT_OF_RANGE@durationMinutes OUT_OF_RANGE@noticeMinutes OUT_OF_RANGE@horizonDays");
    }

    #[test]
    fn a_step_anchored_at_shifts_is_any_multiple_of_five() {
        let wish = ServiceDraft { step_minutes: Some(25), ..draft() };
        assert!(check_on(&[Grid::ShiftStart], wish.clone()).is_ok());
        assert!(check_on(&[Grid::ShiftStart, Grid::Midnight], wish).is_err());
    }

    #[test]
    fn a_requirement_names_one_target_once() {
        let (kind, unit) = (ResourceTypeId::new(), ResourceId::new());
        let with = |requirements: Vec<RequirementDraft>| refusal(|it| it.requirements = requirements);
        assert_eq!(with(vec![requirement(None, None)]), "invalid REQUIREMENT_TARGET@requirements.0");
        assert_eq!(with(vec![requirement(Some(kind), Some(unit))]), "invalid REQUIREMENT_TARGET@requirements.0");
        let twice = vec![requirement(Some(kind), None), requirement(Some(kind), None)];
        assert_eq!(with(twice), "invalid DUPLICATE@requirements.1");
        let two = RequirementDraft { units: 2, ..requirement(None, Some(unit)) };
        assert_eq!(with(vec![two]), "invalid NAMED_UNIT_IS_ONE@requirements.0.units");
    }

    #[test]
    fn a_rental_has_nobody_and_an_edit_of_the_kind_follows() {
        let rental = refusal(|it| {
            it.kind = ServiceKind::Rental;
            it.requires_staff = Some(true);
        });
        assert_eq!(rental, "invalid RENTAL_HAS_NO_STAFF@requiresStaff");
        let service = check(draft()).unwrap();
        let patch = ServicePatch { kind: Some(ServiceKind::Rental), ..ServicePatch::default() };
        let edited = check(ServiceDraft::of(&service).with(patch)).unwrap();
        assert!(!edited.requires_staff);
        let unchanged = check(ServiceDraft::of(&service).with(ServicePatch::default())).unwrap();
        assert_eq!(Service { id: service.id, ..unchanged }, service);
    }
}
