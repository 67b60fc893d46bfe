//! What a series shows.

use crate::Bookings;
use crate::booking::BookingLoad;
use crate::booking::graphql::BookingObject;
use crate::recurrence::graphql::RecurrenceObject;
use crate::series::loader::VisitsOf;
use crate::series::{Outcome, Series, SeriesId, Skipped};
use crate::slots::LineWish;
use crate::slots::graphql::RuleViolation;
use async_graphql::{Context, ID, Object, Result, SimpleObject};
use catalog::{Catalog, ServiceObject};
use chrono_tz::Tz;
use clients::ClientObject;
use gql::{DateTime, LocalDate, LocalTime, TimeZone};
use staff::{MemberObject, Staff};
use std::sync::Arc;
use tenancy::{LocationObject, Tenancy};

/// A series.
#[derive(Clone)]
pub struct SeriesObject(pub(crate) Arc<Series>);

impl From<Series> for SeriesObject {
    fn from(series: Series) -> Self {
        Self(Arc::new(series))
    }
}

/// Visits of a client that repeat: what was asked for, and the bookings that came of it.
#[Object(name = "BookingSeries")]
impl SeriesObject {
    /// The series' id, `bsr_…`.
    async fn id(&self) -> ID {
        gql::to_id(self.0.id)
    }

    /// The branch.
    async fn location(&self, ctx: &Context<'_>) -> Result<Option<LocationObject>> {
        let locations = ctx.data::<Tenancy>()?.locations(&*gql::reader(ctx).await?).await?;
        Ok(locations.shared(self.0.wish.location).map(LocationObject::from))
    }

    /// Whose visits they are.
    async fn client(&self, ctx: &Context<'_>) -> Result<Option<ClientObject>> {
        Ok(gql::load(ctx, self.0.client_id).await?.map(ClientObject::from))
    }

    /// The services of each visit in order.
    async fn lines(&self) -> Vec<SeriesLine> {
        self.0.wish.lines.iter().cloned().map(SeriesLine).collect()
    }

    /// What repeats.
    async fn recurrence(&self) -> RecurrenceObject {
        RecurrenceObject::from(&self.0.recurrence)
    }

    /// The date at the location from which on the rule counts.
    async fn first_date(&self) -> LocalDate {
        LocalDate(self.0.first_date)
    }

    /// What the clock at the location shows when a visit starts.
    async fn time(&self) -> LocalTime {
        LocalTime(self.0.time)
    }

    /// The location's zone when the series was made.
    async fn time_zone(&self) -> TimeZone {
        TimeZone(self.0.zone)
    }

    /// Its visits in order of their dates, whatever became of them. Without the permission bookings.all only the own ones.
    async fn bookings(&self, ctx: &Context<'_>) -> Result<Vec<BookingObject>> {
        let Some(visits) = gql::load(ctx, VisitsOf(self.0.id)).await? else { return Ok(Vec::new()) };
        let reader = gql::reader(ctx).await?;
        let reach = ctx.data::<Bookings>()?.reach(gql::cx(ctx)?, &reader).await?;
        Ok(visits.iter().filter(|visit| reach.has(visit)).cloned().map(BookingObject::from).collect())
    }

    /// Dates on which no visit was possible.
    async fn skipped(&self) -> Vec<SkippedDate> {
        self.0.skipped.iter().map(SkippedDate::from).collect()
    }

    /// The series that this one was split from.
    async fn split_from_id(&self) -> Option<ID> {
        self.0.split_from.map(gql::to_id)
    }

    /// When it was called off as a whole, at its zone's offset.
    async fn ended_at(&self) -> Option<DateTime> {
        self.0.ended_at.map(|at| DateTime::at(at, self.0.zone))
    }

    /// Grows with each change; continuing it names the one it saw.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        DateTime::at(self.0.created_at, self.0.zone)
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime {
        DateTime::at(self.0.updated_at, self.0.zone)
    }
}

impl gql::Node for SeriesObject {
    type Id = SeriesId;

    async fn find(ctx: &Context<'_>, id: SeriesId) -> Result<Self> {
        let (cx, reader) = (gql::cx(ctx)?, gql::reader(ctx).await?);
        Ok(ctx.data::<Bookings>()?.get_series(cx, &reader, id).await?.into())
    }
}
gql::node!(SeriesObject);

/// A line of each visit.
pub struct SeriesLine(LineWish);

/// A service of each visit of a series.
#[Object(name = "BookingSeriesLine")]
impl SeriesLine {
    /// The service as it is now, even if it was withdrawn.
    async fn service(&self, ctx: &Context<'_>) -> Result<Option<ServiceObject>> {
        let services = ctx.data::<Catalog>()?.services(&*gql::reader(ctx).await?).await?;
        Ok(services.shared(self.0.service).map(ServiceObject::from))
    }

    /// Who was asked for, even if they have left; null: whoever suits best on each date, or nobody is needed.
    async fn staff(&self, ctx: &Context<'_>) -> Result<Option<MemberObject>> {
        let Some(id) = self.0.staff else { return Ok(None) };
        let members = ctx.data::<Staff>()?.members(&*gql::reader(ctx).await?).await?;
        Ok(members.shared(id).map(MemberObject::from))
    }
}

/// A date on which no visit was possible.
#[derive(SimpleObject)]
#[graphql(name = "BookingSeriesSkippedDate")]
pub struct SkippedDate {
    /// The date at the location.
    local_date: LocalDate,
    /// The rules that stood in the way, by code.
    rules: Vec<String>,
}

impl From<&Skipped> for SkippedDate {
    fn from(skipped: &Skipped) -> Self {
        Self { local_date: LocalDate(skipped.date), rules: skipped.rules.clone() }
    }
}

/// What becomes of one date.
pub struct SeriesOccurrence {
    outcome: Outcome,
    zone: Tz,
}

impl SeriesOccurrence {
    pub(super) fn all(outcomes: Vec<Outcome>, zone: Tz) -> Vec<Self> {
        outcomes.into_iter().map(|outcome| Self { outcome, zone }).collect()
    }
}

/// What became of one date of a series, or would.
#[Object(name = "BookingSeriesOccurrence")]
impl SeriesOccurrence {
    /// The date at the location that the rule gives.
    async fn local_date(&self) -> LocalDate {
        LocalDate(self.outcome.date)
    }

    /// When the visit starts, or would, with the location's offset.
    async fn starts_at(&self) -> DateTime {
        DateTime::at(self.outcome.starts_at, self.zone)
    }

    /// Whether the date is possible.
    async fn possible(&self) -> bool {
        self.outcome.is_possible()
    }

    /// Who does its lines, or would; empty when it is not possible or nobody is needed.
    async fn staff_ids(&self) -> Vec<ID> {
        self.outcome.staff.iter().map(|id| gql::to_id(*id)).collect()
    }

    /// The visit; null when there is none.
    async fn booking(&self, ctx: &Context<'_>) -> Result<Option<BookingObject>> {
        let Some(id) = self.outcome.booking else { return Ok(None) };
        Ok(gql::load(ctx, BookingLoad(id)).await?.map(BookingObject::from))
    }

    /// Every rule that stands in the way.
    async fn violations(&self, ctx: &Context<'_>) -> Result<Vec<RuleViolation>> {
        let members = ctx.data::<Staff>()?.members(&*gql::reader(ctx).await?).await?;
        Ok(self.outcome.violations.iter().map(|one| RuleViolation::of(&(*one).into(), &members)).collect())
    }
}
