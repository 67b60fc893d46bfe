//! What a line of a visit shows.

use crate::booking::{Booking, Line, StaffChoice, TakenAddOn, TakenUnit};
use async_graphql::{Context, ID, Object, Result};
use catalog::permissions::CATALOG_INTERNAL;
use catalog::{Catalog, PriceKind, ResourceObject, ServiceObject, ServiceProcessing};
use chrono_tz::Tz;
use gql::{DateTime, Rows, Swift};
use kernel::{Currency, Money};
use staff::{MemberObject, Staff};
use std::sync::Arc;

/// A line, with what its visit knows of zone and currency.
#[derive(Clone)]
pub struct LineObject {
    place: Place,
    zone: Tz,
    currency: Currency,
}

/// Where a line stands. Those of a visit stay with it: a page of the calendar shows many.
#[derive(Clone)]
enum Place {
    Visit(Arc<Booking>, usize),
    Alone(Box<Line>),
}

impl LineObject {
    /// A line that no booking has yet.
    pub(crate) fn alone(line: &Line, zone: Tz, currency: Currency) -> Self {
        Self { place: Place::Alone(Box::new(line.clone())), zone, currency }
    }

    /// The lines of a booking.
    pub(crate) fn all_of(booking: &Arc<Booking>) -> impl Iterator<Item = Self> {
        let (zone, currency) = (booking.zone, booking.currency());
        (0..booking.lines.len()).map(move |at| Self { place: Place::Visit(booking.clone(), at), zone, currency })
    }

    fn line(&self) -> &Line {
        match &self.place {
            Place::Visit(booking, at) => &booking.lines[*at],
            Place::Alone(line) => line,
        }
    }
}

/// One service of a visit, as it was agreed: later changes of the service change nothing here.
#[Object(name = "BookingLine")]
impl LineObject {
    /// The line's id, `bln_…`.
    async fn id(&self) -> ID {
        gql::to_id(self.line().id)
    }

    /// The service as it is now, even if it was withdrawn.
    async fn service(&self, ctx: &Context<'_>) -> Result<Option<Swift<ServiceObject>>> {
        let services = ctx.data::<Catalog>()?.services(&*gql::reader(ctx).await?).await?;
        Ok(services.shared(self.line().service_id).map(ServiceObject::from).map(Swift))
    }

    /// The service's name when it was booked.
    async fn service_name(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The language; the caller's when left out.")] locale: Option<gql::Locale>,
    ) -> Result<String> {
        let locale = locale.map_or(gql::cx(ctx)?.locale, Into::into);
        Ok(self.line().service_name.get(locale).to_owned())
    }

    /// The service's colour when it was booked: `#rrggbb`.
    async fn color(&self) -> Option<&str> {
        self.line().color.as_deref()
    }

    /// Whether it starts together with the line before it, rather than after it.
    async fn with_previous(&self) -> bool {
        self.line().with_previous
    }

    /// For which of the visit's companions, from 1; null: for the client.
    async fn guest(&self) -> Option<u8> {
        self.line().guest
    }

    /// How many people it is for.
    async fn persons(&self) -> u16 {
        self.line().persons
    }

    /// What the client has on top of the service.
    async fn add_ons(&self) -> Vec<TakenAddOnObject> {
        let object = |taken: TakenAddOn| TakenAddOnObject { taken, currency: self.currency };
        self.line().add_ons.iter().cloned().map(object).collect()
    }

    /// Who does it, even if they have left; null when nobody is needed.
    async fn staff(&self, ctx: &Context<'_>) -> Result<Option<Swift<MemberObject>>> {
        let Some(id) = self.line().staff_id else { return Ok(None) };
        let members = ctx.data::<Staff>()?.members(&*gql::reader(ctx).await?).await?;
        Ok(members.shared(id).map(MemberObject::from).map(Swift))
    }

    /// That person's name when it was booked.
    async fn staff_name(&self) -> Option<&str> {
        self.line().staff_name.as_deref()
    }

    /// How that person was found.
    async fn staff_choice(&self) -> StaffChoice {
        self.line().staff_choice
    }

    /// When it starts, without buffers.
    async fn starts_at(&self) -> DateTime {
        DateTime::at(self.line().starts_at, self.zone)
    }

    /// When it ends, without buffers.
    async fn ends_at(&self) -> DateTime {
        DateTime::at(self.line().ends_at, self.zone)
    }

    /// Time in the middle in which it goes on without the person, who may serve somebody else then; null: none.
    async fn processing(&self) -> Option<ServiceProcessing> {
        let gap = self.line().processing.filter(|_| self.line().attended().len() > 1)?;
        Some(ServiceProcessing { after_minutes: gap.after, minutes: gap.minutes })
    }

    /// Elapsed minutes, without buffers, with add-ons.
    async fn duration_minutes(&self) -> u16 {
        self.line().duration_minutes
    }

    /// Minutes that the person is kept before the start; null to clients, from whom buffers are hidden.
    async fn buffer_before_minutes(&self, ctx: &Context<'_>) -> Result<Option<u16>> {
        Ok((!gql::cx(ctx)?.is_public()).then_some(self.line().buffer_before_minutes))
    }

    /// Minutes that the person is kept after the end; null to clients, from whom buffers are hidden.
    async fn buffer_after_minutes(&self, ctx: &Context<'_>) -> Result<Option<u16>> {
        Ok((!gql::cx(ctx)?.is_public()).then_some(self.line().buffer_after_minutes))
    }

    /// What it costs, tax and add-ons included.
    async fn price(&self) -> Swift<gql::Money> {
        Swift(Money { minor: self.line().price.minor, currency: self.currency }.into())
    }

    /// How the price is to be read.
    async fn price_kind(&self) -> PriceKind {
        self.line().price.kind
    }

    /// The tax that the price includes, in basis points: 2000 is 20 %.
    async fn tax_rate_bp(&self) -> u16 {
        self.line().tax_rate_bp
    }

    /// The rooms, chairs and equipment that it takes.
    async fn resources(&self) -> Rows<TakenUnitObject> {
        self.line().resources.iter().cloned().map(TakenUnitObject).collect()
    }
}

gql::ready!(LineObject:
    id, service, service_name(None), color, with_previous, guest, persons, add_ons, staff, staff_name, staff_choice,
    starts_at, ends_at, processing, duration_minutes, buffer_before_minutes, buffer_after_minutes, price, price_kind,
    tax_rate_bp, resources,
);

/// An add-on that a line has.
pub struct TakenAddOnObject {
    taken: TakenAddOn,
    currency: Currency,
}

/// Something that the client has on top of a service, as it was agreed.
#[Object(name = "BookingLineAddOn")]
impl TakenAddOnObject {
    /// The add-on's id, `add_…`.
    async fn add_on_id(&self) -> ID {
        gql::to_id(self.taken.id)
    }

    /// Its name when it was booked.
    async fn name(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The language; the caller's when left out.")] locale: Option<gql::Locale>,
    ) -> Result<String> {
        let locale = locale.map_or(gql::cx(ctx)?.locale, Into::into);
        Ok(self.taken.name.get(locale).to_owned())
    }

    /// Minutes that it lengthens the line by; they are part of the line's duration.
    async fn extra_minutes(&self) -> u16 {
        self.taken.minutes
    }

    /// What it costs; it is part of the line's price.
    async fn price(&self) -> gql::Money {
        Money { minor: self.taken.price_minor, currency: self.currency }.into()
    }
}

/// A unit that a line takes.
pub struct TakenUnitObject(TakenUnit);

/// A room, chair or piece of equipment that a line takes.
#[Object(name = "BookingLineResource")]
impl TakenUnitObject {
    /// The unit as it is now, even if it was withdrawn; null without the permission catalog.internal.
    async fn resource(&self, ctx: &Context<'_>) -> Result<Option<Swift<ResourceObject>>> {
        if !gql::cx(ctx)?.can(CATALOG_INTERNAL) {
            return Ok(None);
        }
        let resources = ctx.data::<Catalog>()?.resources(&*gql::reader(ctx).await?).await?;
        Ok(resources.get(self.0.id).cloned().map(ResourceObject::from).map(Swift))
    }

    /// Its id, `rsc_…`.
    async fn resource_id(&self) -> ID {
        gql::to_id(self.0.id)
    }

    /// Its name when it was booked.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Minutes that it is taken before the start; null for the public.
    async fn setup_minutes(&self, ctx: &Context<'_>) -> Result<Option<u16>> {
        Ok((!gql::cx(ctx)?.is_public()).then_some(self.0.setup_minutes))
    }

    /// Minutes that it is taken after the end; null for the public.
    async fn cleanup_minutes(&self, ctx: &Context<'_>) -> Result<Option<u16>> {
        Ok((!gql::cx(ctx)?.is_public()).then_some(self.0.cleanup_minutes))
    }
}

gql::ready!(TakenUnitObject: resource, resource_id, name, setup_minutes, cleanup_minutes);
