//! What is sent to make or edit a service.

use super::rules::ServiceRulesInput;
use crate::graphql::{LocalizedTextInput, patch};
use crate::localized::Localized;
use crate::services::draft::{PriceDraft, ProcessingDraft, RequirementDraft, ServiceDraft, ServicePatch};
use crate::services::{
    AddOnDraft, PriceKind, ServiceFilter, ServiceKind, ServiceRulesDraft, ServiceRulesPatch, Visibility,
};
use async_graphql::{ID, InputObject, MaybeUndefined};
use kernel::Result;

/// Which services to list. What is left out does not matter.
#[derive(Default, InputObject)]
pub(super) struct ServiceFilterInput {
    /// Part of the name in any language, in any case.
    search: Option<String>,
    /// Those under this category.
    category_id: Option<ID>,
    /// Those offered at this location.
    location_id: Option<ID>,
    /// Those of this kind.
    kind: Option<ServiceKind>,
    /// Those of this visibility.
    visibility: Option<Visibility>,
    /// Only archived ones; left out or false: only live ones. The public never sees archived ones.
    archived: Option<bool>,
}

/// A price, tax included.
#[derive(InputObject)]
pub(super) struct ServicePriceInput {
    /// How the sum is to be read.
    kind: PriceKind,
    /// The sum in minor units of the currency (kopiykas, cents): not negative, zero for a free service.
    #[graphql(default_with = "gql::Long(0)")]
    amount_minor: gql::Long,
    /// The company's currency, ISO 4217. May be left out; another one is refused.
    currency: Option<String>,
}

/// Something that the service takes: name either a kind or a unit.
#[derive(InputObject)]
pub(super) struct ServiceRequirementInput {
    /// Any free units of this kind at the booking's location.
    resource_kind_id: Option<ID>,
    /// This unit and no other.
    resource_id: Option<ID>,
    /// How many units: 1 to 20; 1 for a named unit.
    #[graphql(default = 1)]
    units: i32,
    /// Minutes before the start during which the unit is taken to be prepared: 0 to 480.
    #[graphql(default)]
    setup_minutes: i32,
    /// Minutes after the end during which the unit is taken to be cleaned: 0 to 480.
    #[graphql(default)]
    cleanup_minutes: i32,
}

/// Time within the service that leaves the staff member free (colour takes, a mask dries); rooms and chairs are kept.
/// Somebody else can be served in between.
#[derive(Clone, Copy, InputObject)]
pub(super) struct ServiceProcessingInput {
    /// Minutes from the start of the service: at least 1.
    after_minutes: i32,
    /// How many minutes: at least 1, and the service goes on after them.
    minutes: i32,
}

/// Something that clients may have on top of the service.
#[derive(InputObject)]
pub(super) struct ServiceAddOnInput {
    /// Its name: at least one language, at most 120 characters each.
    name: LocalizedTextInput,
    /// Minutes that it lengthens the service by, whoever performs it: 0 to 480.
    #[graphql(default)]
    extra_minutes: i32,
    /// What it adds to the price, in minor units, tax included: not negative.
    #[graphql(default_with = "gql::Long(0)")]
    amount_minor: gql::Long,
    /// The company's currency, ISO 4217. May be left out; another one is refused.
    currency: Option<String>,
}

/// Something that clients may have on top of the service, kept or new.
#[derive(InputObject)]
pub(super) struct ServiceAddOnEditInput {
    /// Which of the service's add-ons it is; left out: a new one. An archived one returns.
    add_on_id: Option<ID>,
    /// Its name in all languages, at most 120 characters each.
    name: LocalizedTextInput,
    /// Minutes that it lengthens the service by, whoever performs it: 0 to 480.
    #[graphql(default)]
    extra_minutes: i32,
    /// What it adds to the price, in minor units, tax included: not negative.
    #[graphql(default_with = "gql::Long(0)")]
    amount_minor: gql::Long,
    /// The company's currency, ISO 4217. May be left out; another one is refused.
    currency: Option<String>,
}

/// A service to be made.
#[derive(InputObject)]
pub(super) struct ServiceCreateInput {
    /// The category that it is listed under.
    category_id: Option<ID>,
    /// Its name: at least one language, at most 120 characters each; unique among the live services of its category.
    name: LocalizedTextInput,
    /// A longer text for clients, at most 4,000 characters per language.
    description: Option<LocalizedTextInput>,
    /// What kind of thing is booked.
    #[graphql(default_with = "ServiceKind::Appointment")]
    kind: ServiceKind,
    /// How long it takes, in elapsed minutes, without buffers: 1 to 1440.
    duration_minutes: i32,
    /// Time in the middle in which it goes on without the staff member. Left out: they are there throughout.
    processing: Option<ServiceProcessingInput>,
    /// What it costs.
    price: ServicePriceInput,
    /// The tax that the price includes, in basis points: 0 to 10000.
    #[graphql(default)]
    tax_rate_bp: i32,
    /// Minutes that the staff member is kept before the start: 0 to 480.
    #[graphql(default)]
    buffer_before_minutes: i32,
    /// Minutes that the staff member is kept after the end: 0 to 480.
    #[graphql(default)]
    buffer_after_minutes: i32,
    /// The distance between starts, in minutes: 5 to 1440. It divides the day, or is a multiple of 5 where the
    /// location anchors its grid at the start of shifts. Left out: the location's.
    step_minutes: Option<i32>,
    /// How long before its start it must be booked, in elapsed minutes: 0 to 525600. Left out: the company's.
    notice_minutes: Option<i32>,
    /// How many local days ahead it can be booked: 1 to 730. Left out: the company's.
    horizon_days: Option<i32>,
    /// The first local date on which it can take place. Left out: any.
    bookable_from: Option<gql::LocalDate>,
    /// The last local date on which it can take place; it then holds in place of a horizon, at most 730 days ahead. Left
    /// out: as far as the horizon.
    bookable_to: Option<gql::LocalDate>,
    /// The colour in the calendar, `#rrggbb`.
    color: Option<String>,
    /// Where it stands among its neighbours, smallest first.
    #[graphql(default)]
    position: i32,
    /// Who may see and book it.
    #[graphql(default_with = "Visibility::Public")]
    visibility: Visibility,
    /// Where it is offered; empty means at every location.
    #[graphql(default)]
    location_ids: Vec<ID>,
    /// The rooms, chairs and equipment that it takes, at most 20, each kind or unit once.
    #[graphql(default)]
    requirements: Vec<ServiceRequirementInput>,
    /// What clients may have on top of it, at most 20.
    #[graphql(default)]
    add_ons: Vec<ServiceAddOnInput>,
    /// Whether somebody must perform it. Left out: yes, unless it is a rental, which nobody performs.
    requires_staff: Option<bool>,
    /// What it asks of its bookings beyond their times.
    rules: Option<ServiceRulesInput>,
    /// The caller's key, at most 64 characters: a repeated request with the same key makes one service.
    pub(super) idempotency_key: Option<String>,
}

/// An edit of a service. A field that is left out stays as it is; null empties a field that may be empty.
#[derive(InputObject)]
pub(super) struct ServiceUpdateInput {
    /// Which service.
    pub(super) id: ID,
    /// The version that the edit is based on.
    pub(super) version: i32,
    /// The category that it is listed under; null takes it out.
    category_id: MaybeUndefined<ID>,
    /// Its name in all languages: a language that is left out is emptied.
    name: Option<LocalizedTextInput>,
    /// The longer text in all languages: a language that is left out is emptied.
    description: Option<LocalizedTextInput>,
    /// What kind of thing is booked.
    kind: Option<ServiceKind>,
    /// Elapsed minutes, without buffers: 1 to 1440.
    duration_minutes: Option<i32>,
    /// Time in the middle in which it goes on without the staff member; null: they are there throughout.
    processing: MaybeUndefined<ServiceProcessingInput>,
    /// What it costs.
    price: Option<ServicePriceInput>,
    /// The tax that the price includes, in basis points: 0 to 10000.
    tax_rate_bp: Option<i32>,
    /// Minutes that the staff member is kept before the start: 0 to 480.
    buffer_before_minutes: Option<i32>,
    /// Minutes that the staff member is kept after the end: 0 to 480.
    buffer_after_minutes: Option<i32>,
    /// The distance between starts, in minutes; null takes the location's.
    step_minutes: MaybeUndefined<i32>,
    /// How long before its start it must be booked, in elapsed minutes; null takes the company's.
    notice_minutes: MaybeUndefined<i32>,
    /// How many local days ahead it can be booked; null takes the company's.
    horizon_days: MaybeUndefined<i32>,
    /// The first local date on which it can take place; null: any.
    bookable_from: MaybeUndefined<gql::LocalDate>,
    /// The last local date on which it can take place, in place of a horizon; null: as far as the horizon.
    bookable_to: MaybeUndefined<gql::LocalDate>,
    /// The colour in the calendar, `#rrggbb`; null takes it away.
    color: MaybeUndefined<String>,
    /// Where it stands among its neighbours.
    position: Option<i32>,
    /// Who may see and book it.
    visibility: Option<Visibility>,
    /// Where it is offered; empty means at every location.
    location_ids: Option<Vec<ID>>,
    /// Everything that it takes: this list replaces the one before.
    requirements: Option<Vec<ServiceRequirementInput>>,
    /// Everything that clients may have on top of it: this list replaces the one before, and what is left out of it is
    /// archived. What is booked stays.
    add_ons: Option<Vec<ServiceAddOnEditInput>>,
    /// Whether somebody must perform it.
    requires_staff: Option<bool>,
    /// What it asks of its bookings beyond their times; of these, what is left out stays as it is.
    rules: Option<ServiceRulesInput>,
}

impl ServiceFilterInput {
    pub(super) fn read(self) -> Result<ServiceFilter> {
        Ok(ServiceFilter {
            search: self.search,
            category_id: self.category_id.as_ref().map(gql::id).transpose()?,
            location_id: self.location_id.as_ref().map(gql::id).transpose()?,
            kind: self.kind,
            visibility: self.visibility,
            archived: self.archived,
        })
    }
}

impl ServiceCreateInput {
    pub(super) fn read(self) -> Result<ServiceDraft> {
        Ok(ServiceDraft {
            category_id: self.category_id.as_ref().map(gql::id).transpose()?,
            name: self.name.into(),
            description: self.description.map(Localized::from).unwrap_or_default(),
            kind: self.kind,
            duration_minutes: self.duration_minutes,
            processing: self.processing.map(ProcessingDraft::from),
            price: self.price.into(),
            tax_rate_bp: self.tax_rate_bp,
            buffer_before: self.buffer_before_minutes,
            buffer_after: self.buffer_after_minutes,
            step_minutes: self.step_minutes,
            notice_minutes: self.notice_minutes,
            horizon_days: self.horizon_days,
            bookable_from: self.bookable_from.map(Into::into),
            bookable_to: self.bookable_to.map(Into::into),
            color: self.color,
            position: self.position,
            visibility: self.visibility,
            location_ids: gql::ids(&self.location_ids)?,
            requirements: requirements(self.requirements)?,
            add_ons: self.add_ons.into_iter().map(AddOnDraft::from).collect(),
            requires_staff: self.requires_staff,
            rules: ServiceRulesDraft::default().with(rules(self.rules)?),
        })
    }
}

impl ServiceUpdateInput {
    pub(super) fn read(self) -> Result<ServicePatch> {
        let category = patch(self.category_id).map(|id| id.as_ref().map(gql::id).transpose());
        Ok(ServicePatch {
            category_id: category.transpose()?,
            name: self.name.map(Localized::from),
            description: self.description.map(Localized::from),
            kind: self.kind,
            duration_minutes: self.duration_minutes,
            processing: patch(self.processing).map(|processing| processing.map(ProcessingDraft::from)),
            price: self.price.map(PriceDraft::from),
            tax_rate_bp: self.tax_rate_bp,
            buffer_before: self.buffer_before_minutes,
            buffer_after: self.buffer_after_minutes,
            step_minutes: patch(self.step_minutes),
            notice_minutes: patch(self.notice_minutes),
            horizon_days: patch(self.horizon_days),
            bookable_from: patch(self.bookable_from).map(|date| date.map(Into::into)),
            bookable_to: patch(self.bookable_to).map(|date| date.map(Into::into)),
            color: patch(self.color),
            position: self.position,
            visibility: self.visibility,
            location_ids: self.location_ids.as_deref().map(gql::ids).transpose()?,
            requirements: self.requirements.map(requirements).transpose()?,
            add_ons: self.add_ons.map(edited).transpose()?,
            requires_staff: self.requires_staff,
            rules: rules(self.rules)?,
        })
    }
}

fn rules(input: Option<ServiceRulesInput>) -> Result<ServiceRulesPatch> {
    input.map(ServiceRulesInput::read).transpose().map(Option::unwrap_or_default)
}

impl From<ServicePriceInput> for PriceDraft {
    fn from(input: ServicePriceInput) -> Self {
        Self { kind: input.kind, amount_minor: input.amount_minor.into(), currency: input.currency }
    }
}

impl From<ServiceProcessingInput> for ProcessingDraft {
    fn from(input: ServiceProcessingInput) -> Self {
        Self { after: input.after_minutes, minutes: input.minutes }
    }
}

impl From<ServiceAddOnInput> for AddOnDraft {
    fn from(input: ServiceAddOnInput) -> Self {
        Self {
            id: None,
            name: input.name.into(),
            minutes: input.extra_minutes,
            amount_minor: input.amount_minor.into(),
            currency: input.currency,
        }
    }
}

fn edited(inputs: Vec<ServiceAddOnEditInput>) -> Result<Vec<AddOnDraft>> {
    let read = |input: ServiceAddOnEditInput| {
        Ok(AddOnDraft {
            id: input.add_on_id.as_ref().map(gql::id).transpose()?,
            name: input.name.into(),
            minutes: input.extra_minutes,
            amount_minor: input.amount_minor.into(),
            currency: input.currency,
        })
    };
    inputs.into_iter().map(read).collect()
}

fn requirements(inputs: Vec<ServiceRequirementInput>) -> Result<Vec<RequirementDraft>> {
    let read = |input: ServiceRequirementInput| {
        Ok(RequirementDraft {
            type_id: input.resource_kind_id.as_ref().map(gql::id).transpose()?,
            resource_id: input.resource_id.as_ref().map(gql::id).transpose()?,
            units: input.units,
            setup_minutes: input.setup_minutes,
            cleanup_minutes: input.cleanup_minutes,
        })
    };
    inputs.into_iter().map(read).collect()
}
