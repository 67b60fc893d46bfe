//! What a service looks like.

use super::rules::ServiceRulesObject;
use crate::Catalog;
use crate::category::graphql::CategoryObject;
use crate::graphql::{LocalizedText, in_language, internal};
use crate::resource::graphql::ResourceObject;
use crate::resource_type::graphql::ResourceTypeObject;
use crate::services::{AddOn, PriceKind, Requirement, RequirementTarget, Service, ServiceId, ServiceKind, Visibility};
use async_graphql::{Context, ID, Object, Result, SimpleObject};
use std::sync::Arc;

/// A service.
#[derive(Clone, Debug)]
pub struct ServiceObject(Arc<Service>);

impl From<Service> for ServiceObject {
    fn from(service: Service) -> Self {
        Self(Arc::new(service))
    }
}

impl From<Arc<Service>> for ServiceObject {
    fn from(service: Arc<Service>) -> Self {
        Self(service)
    }
}

/// A service: what clients can book. What is booked keeps the duration, price and buffers it was booked with.
#[Object(name = "Service")]
impl ServiceObject {
    /// The service's id, `svc_…`.
    async fn id(&self) -> ID {
        gql::to_id(self.0.id)
    }

    /// The category that it is listed under.
    async fn category(&self, ctx: &Context<'_>) -> Result<Option<CategoryObject>> {
        let Some(id) = self.0.category_id else { return Ok(None) };
        let categories = ctx.data::<Catalog>()?.categories(&*gql::reader(ctx).await?).await?;
        Ok(categories.get(id).cloned().map(CategoryObject::from))
    }

    /// Its name in one language; in another one where it is not translated.
    async fn name(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The language; the caller's when left out.")] locale: Option<gql::Locale>,
    ) -> Result<String> {
        in_language(ctx, &self.0.name, locale)
    }

    /// Its name in all languages.
    async fn names(&self) -> LocalizedText {
        self.0.name.clone().into()
    }

    /// A longer text for clients in one language; in another one where it is not translated; may be empty.
    async fn description(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The language; the caller's when left out.")] locale: Option<gql::Locale>,
    ) -> Result<String> {
        in_language(ctx, &self.0.description, locale)
    }

    /// The longer text in all languages.
    async fn descriptions(&self) -> LocalizedText {
        self.0.description.clone().into()
    }

    /// What kind of thing is booked.
    async fn kind(&self) -> ServiceKind {
        self.0.kind
    }

    /// How long it takes, in elapsed minutes, without buffers. A staff member may have a duration of their own.
    async fn duration_minutes(&self) -> u16 {
        self.0.duration_minutes
    }

    /// Time in the middle in which it goes on without the staff member; null: they are there throughout.
    async fn processing(&self) -> Option<ServiceProcessing> {
        let processing = self.0.processing?;
        Some(ServiceProcessing { after_minutes: processing.after, minutes: processing.minutes })
    }

    /// What clients may have on top of it, in order; archived ones only for who may see what clients do not.
    async fn add_ons(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Archived ones as well? Without the permission catalog.internal there are none.", default)]
        archived: bool,
    ) -> Result<Vec<AddOnObject>> {
        let archived = archived && internal(ctx).is_ok();
        let shown = self.0.add_ons.iter().filter(|add_on| archived || !add_on.archived);
        Ok(shown.cloned().map(AddOnObject).collect())
    }

    /// What it costs, tax included. A staff member may have a price of their own.
    async fn price(&self) -> ServicePrice {
        ServicePrice { kind: self.0.price.kind, money: self.0.price.money.into() }
    }

    /// The tax that the price includes, in basis points: 2000 is 20 %.
    async fn tax_rate_bp(&self) -> u16 {
        self.0.tax_rate_bp
    }

    /// Minutes that the staff member is kept before the start. Hidden from clients. Permission: catalog.internal.
    async fn buffer_before_minutes(&self, ctx: &Context<'_>) -> Result<Option<u16>> {
        internal(ctx)?;
        Ok(Some(self.0.buffer_before))
    }

    /// Minutes that the staff member is kept after the end. Hidden from clients. Permission: catalog.internal.
    async fn buffer_after_minutes(&self, ctx: &Context<'_>) -> Result<Option<u16>> {
        internal(ctx)?;
        Ok(Some(self.0.buffer_after))
    }

    /// The distance between starts in minutes; null takes the location's.
    async fn step_minutes(&self) -> Option<u16> {
        self.0.step_minutes
    }

    /// How long before its start it must be booked, in elapsed minutes; null takes the company's.
    async fn notice_minutes(&self) -> Option<u32> {
        self.0.notice_minutes
    }

    /// How many local days ahead it can be booked, the last one whole; null takes the company's.
    async fn horizon_days(&self) -> Option<u16> {
        self.0.horizon_days
    }

    /// The first local date on which it can take place; null: any.
    async fn bookable_from(&self) -> Option<gql::LocalDate> {
        self.0.bookable_from.map(gql::LocalDate)
    }

    /// The last local date on which it can take place, in place of a horizon; null: as far as the horizon.
    async fn bookable_to(&self) -> Option<gql::LocalDate> {
        self.0.bookable_to.map(gql::LocalDate)
    }

    /// The colour in the calendar, `#rrggbb`.
    async fn color(&self) -> Option<&str> {
        self.0.color.as_deref()
    }

    /// Where it stands among its neighbours, smallest first.
    async fn position(&self) -> i32 {
        self.0.position
    }

    /// Who may see and book it.
    async fn visibility(&self) -> Visibility {
        self.0.visibility
    }

    /// Where it is offered, `loc_…`; empty means at every location.
    async fn location_ids(&self) -> Vec<ID> {
        self.0.location_ids.iter().copied().map(gql::to_id).collect()
    }

    /// The rooms, chairs and equipment that it takes. Permission: catalog.internal.
    async fn requirements(&self, ctx: &Context<'_>) -> Result<Option<Vec<RequirementObject>>> {
        internal(ctx)?;
        Ok(Some(self.0.requirements.iter().copied().map(RequirementObject).collect()))
    }

    /// Whether somebody must perform it. A rental needs nobody.
    async fn requires_staff(&self) -> bool {
        self.0.requires_staff
    }

    /// What it asks of its bookings beyond their times.
    async fn rules(&self) -> ServiceRulesObject {
        ServiceRulesObject(self.0.rules)
    }

    /// Whether it is withdrawn from sale.
    async fn archived(&self) -> bool {
        self.0.archived
    }

    /// Grows with each edit; an edit names the one that it is based on.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

gql::ready!(ServiceObject:
    id, name(None), names, description(None), descriptions, kind, duration_minutes, processing, price, tax_rate_bp,
    buffer_before_minutes, buffer_after_minutes, color, position, location_ids, requires_staff, archived, version,
);

impl gql::Node for ServiceObject {
    type Id = ServiceId;

    async fn find(ctx: &Context<'_>, id: ServiceId) -> Result<Self> {
        let reader = gql::reader(ctx).await?;
        Ok(ctx.data::<Catalog>()?.get_service(gql::cx(ctx)?, &reader, id).await?.into())
    }
}

gql::node!(ServiceObject);

/// Time within a service that leaves the staff member free; rooms and chairs are kept.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct ServiceProcessing {
    /// Minutes from the start of the service.
    pub after_minutes: u16,
    /// How many minutes. Where a staff member's own duration leaves nothing to do after them, they stay throughout.
    pub minutes: u16,
}

/// Something that clients may have on top of a service.
pub struct AddOnObject(AddOn);

/// Something that clients may have on top of a service.
#[Object(name = "ServiceAddOn")]
impl AddOnObject {
    /// The add-on's id, `add_…`.
    async fn id(&self) -> ID {
        gql::to_id(self.0.id)
    }

    /// Its name in one language; in another one where it is not translated.
    async fn name(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The language; the caller's when left out.")] locale: Option<gql::Locale>,
    ) -> Result<String> {
        in_language(ctx, &self.0.name, locale)
    }

    /// Its name in all languages.
    async fn names(&self) -> LocalizedText {
        self.0.name.clone().into()
    }

    /// Minutes that it lengthens the service by, whoever performs it.
    async fn extra_minutes(&self) -> u16 {
        self.0.minutes
    }

    /// What it adds to the price, tax included.
    async fn price(&self) -> gql::Money {
        self.0.price.into()
    }

    /// Whether it is withdrawn from sale.
    async fn archived(&self) -> bool {
        self.0.archived
    }
}

/// What a service costs.
#[derive(Clone, Debug, SimpleObject)]
pub struct ServicePrice {
    /// How the sum is to be read.
    kind: PriceKind,
    /// The sum, tax included; zero when the service is free.
    money: gql::Money,
}

/// Something that a service takes while it is performed.
pub struct RequirementObject(Requirement);

/// Something that a service takes while it is performed: units of a kind, or one named unit.
#[Object(name = "ServiceRequirement")]
impl RequirementObject {
    /// Any free units of this kind at the booking's location; null when a unit is named.
    async fn resource_kind(&self, ctx: &Context<'_>) -> Result<Option<ResourceTypeObject>> {
        let RequirementTarget::Type(id) = self.0.target else { return Ok(None) };
        let resources = ctx.data::<Catalog>()?.resources(&*gql::reader(ctx).await?).await?;
        Ok(resources.get_type(id).cloned().map(ResourceTypeObject::from))
    }

    /// This unit and no other; null when a kind is named.
    async fn resource(&self, ctx: &Context<'_>) -> Result<Option<ResourceObject>> {
        let RequirementTarget::Unit(id) = self.0.target else { return Ok(None) };
        let resources = ctx.data::<Catalog>()?.resources(&*gql::reader(ctx).await?).await?;
        Ok(resources.get(id).cloned().map(ResourceObject::from))
    }

    /// How many units; 1 for a named one.
    async fn units(&self) -> u16 {
        self.0.units
    }

    /// Minutes before the start during which the unit is taken to be prepared.
    async fn setup_minutes(&self) -> u16 {
        self.0.setup_minutes
    }

    /// Minutes after the end during which the unit is taken to be cleaned.
    async fn cleanup_minutes(&self) -> u16 {
        self.0.cleanup_minutes
    }
}
