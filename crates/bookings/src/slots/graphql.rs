//! Availability in the schema.

use super::Clash;
use super::service::{AvailabilityQuery, Day, Offer};
use crate::Bookings;
use crate::availability::{Slot, Slots};
use crate::booking::graphql::{BookingObject, LineWishInput, asker, overrides, wish};
use crate::error::rule_code;
use crate::hold::HoldToken;
use crate::rules::ScheduleRule;
use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use chrono::Utc;
use gql::{DateTime, LocalDate, LocalTime, Rows, TimeZone};
use kernel::{Code as _, WallTime};
use staff::{MemberObject, Staff, StaffId, StaffTable};
use std::sync::Arc;

/// The visit that is asked about.
#[derive(InputObject)]
#[graphql(name = "AvailabilityVisitInput")]
pub(super) struct VisitInput {
    /// The branch.
    location_id: ID,
    /// The services in order, at most 10: one after another, or together where a line says so.
    lines: Vec<LineWishInput>,
    /// The token of the caller's own hold, which does not hide its slot from them.
    hold_token: Option<String>,
    /// The booking that would be moved, which does not stand in its own way. Needs bookings.own, or a client for their own.
    booking_id: Option<ID>,
    /// Whose visit it would be: the limits of that client are looked at too. For staff.
    client_id: Option<ID>,
    /// Rules to set aside, each by name. Needs the permission bookings.override.
    overrides: Option<Vec<ScheduleRule>>,
}

impl VisitInput {
    fn read(self) -> kernel::Result<AvailabilityQuery> {
        Ok(AvailabilityQuery {
            wish: wish(&self.location_id, &self.lines)?,
            hold: self.hold_token.as_deref().and_then(HoldToken::read),
            moving: self.booking_id.as_ref().map(gql::id).transpose()?,
            as_agreed: None,
            client: self.client_id.as_ref().map(gql::id).transpose()?,
            overrides: overrides(self.overrides),
        })
    }
}

/// When a visit is possible.
#[derive(SimpleObject)]
pub struct Availability {
    /// The location's zone, in which dates are meant.
    time_zone: TimeZone,
    /// Every start that can be booked, in order of time.
    slots: Rows<AvailableSlot>,
}

/// What the days up to the horizon offer.
#[derive(SimpleObject)]
pub struct AvailabilityDays {
    /// The location's zone, in which dates are meant.
    time_zone: TimeZone,
    /// Each date from today to the last one that can be booked.
    days: Rows<AvailableDay>,
}

/// A local date.
#[derive(SimpleObject)]
pub struct AvailableDay {
    /// The date.
    date: LocalDate,
    /// Whether anything can be booked on it.
    has_slots: bool,
    /// How many starts can be booked.
    slot_count: usize,
    /// The first of them.
    first_starts_at: Option<DateTime>,
}

/// A start that can be booked.
pub struct AvailableSlot {
    slot: Slot,
    all: Arc<Slots>,
}

impl AvailableSlot {
    fn able(&self) -> impl Iterator<Item = StaffId> + '_ {
        self.all.staff(&self.slot).map(|staff| StaffId::from_uuid(staff.id))
    }
}

/// A start that can be booked. Where clocks go back, one wall time is two slots with different offsets.
#[Object]
impl AvailableSlot {
    /// When the visit would start, with the location's offset.
    async fn starts_at(&self) -> DateTime {
        DateTime(self.slot.local())
    }

    /// Its date at the location.
    async fn local_date(&self) -> LocalDate {
        LocalDate(self.slot.date())
    }

    /// What the clock at the location shows then.
    async fn local_time(&self) -> Result<LocalTime> {
        use chrono::Timelike as _;
        let wall = self.slot.wall();
        let minutes = u16::try_from(wall.hour() * 60 + wall.minute()).map_err(kernel::Error::internal)?;
        Ok(LocalTime(WallTime::from_minutes(minutes).map_err(kernel::Error::internal)?))
    }

    /// Who could do the first service; empty when nobody is needed.
    async fn staff_ids(&self) -> Vec<ID> {
        self.able().map(gql::to_id).collect()
    }

    /// Who could do the first service; empty when nobody is needed.
    async fn staff(&self, ctx: &Context<'_>) -> Result<Vec<MemberObject>> {
        let members = ctx.data::<Staff>()?.members(&*gql::reader(ctx).await?).await?;
        Ok(self.able().filter_map(|id| members.shared(id)).map(MemberObject::from).collect())
    }
}

gql::ready!(AvailableDay: date, has_slots, slot_count, first_starts_at);
gql::ready!(AvailableSlot: starts_at, local_date, local_time, staff_ids);

/// Whether a start can be booked, and if not, why.
#[derive(SimpleObject)]
pub struct AvailabilityVerdict {
    /// Whether it can be booked.
    bookable: bool,
    /// Every rule that stands in its way.
    violations: Vec<RuleViolation>,
}

/// A rule that stands in the way of a start.
#[derive(SimpleObject)]
pub struct RuleViolation {
    /// The rule.
    rule: ScheduleRule,
    /// The code by which a booking at this start is refused.
    code: String,
    /// The line that breaks it, from 0; null when the visit as a whole does.
    line: Option<usize>,
    /// The staff member that it is about.
    staff_id: Option<ID>,
    /// The resource unit that it is about.
    resource_id: Option<ID>,
    /// Whether staff with the permission bookings.override may set it aside.
    overridable: bool,
    /// The bookings that have that time, as far as the caller may see them, in order of start: where a move, a swap or an
    /// edit is refused, tried or not. Empty elsewhere, and for rules that are not about others' time.
    bookings: Vec<BookingObject>,
}

impl RuleViolation {
    /// A broken rule, whose subject is one of the `members` or a unit.
    pub(crate) fn of(clash: &Clash, members: &StaffTable) -> Self {
        let violation = &clash.violation;
        let staff = violation.subject.map(StaffId::from_uuid).filter(|id| members.get(*id).is_some());
        let unit = violation.subject.filter(|_| staff.is_none()).map(catalog::ResourceId::from_uuid);
        Self {
            rule: violation.rule.into(),
            code: rule_code(violation.rule).code().to_owned(),
            line: violation.line,
            staff_id: staff.map(gql::to_id),
            resource_id: unit.map(gql::to_id),
            overridable: violation.rule.is_overridable(),
            bookings: clash.bookings.iter().cloned().map(BookingObject::from).collect(),
        }
    }
}

/// Queries about availability.
#[derive(Default)]
pub struct AvailabilityQueryRoot;

#[Object]
impl AvailabilityQueryRoot {
    /// Every start at which a visit can be booked on these dates; at most 62 days. What is offered here is what booking
    /// accepts. Permission: availability.read.
    async fn availability(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The visit.")] visit: VisitInput,
        #[graphql(desc = "The first date at the location.")] from: LocalDate,
        #[graphql(desc = "The last date at the location, itself included.")] to: LocalDate,
    ) -> Result<Option<Availability>> {
        let cx = asker(ctx)?;
        let (query, reader) = (visit.read()?, gql::reader(ctx).await?);
        let offer = ctx.data::<Bookings>()?.availability(cx, &reader, &query, from.into(), to.into()).await?;
        Ok(Some(Availability { time_zone: TimeZone(offer.zone), slots: Rows(objects(&offer)) }))
    }

    /// Whether and when each day from today to the horizon can be booked first. Permission: availability.read.
    async fn availability_days(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The visit.")] visit: VisitInput,
    ) -> Result<Option<AvailabilityDays>> {
        let cx = asker(ctx)?;
        let (query, reader) = (visit.read()?, gql::reader(ctx).await?);
        let found = ctx.data::<Bookings>()?.availability_days(cx, &reader, &query).await?;
        let zone = found.zone;
        let object = |day: Day| AvailableDay {
            date: LocalDate(day.date),
            has_slots: day.count > 0,
            slot_count: day.count,
            first_starts_at: day.first.map(|first| DateTime::at(first, zone)),
        };
        Ok(Some(AvailabilityDays { time_zone: TimeZone(zone), days: found.days.into_iter().map(object).collect() }))
    }

    /// Why a visit cannot be booked at this start; no violations: it can. Permission: availability.read.
    async fn availability_why_not(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The visit.")] visit: VisitInput,
        #[graphql(desc = "The start in question.")] starts_at: DateTime,
    ) -> Result<Option<AvailabilityVerdict>> {
        let cx = asker(ctx)?;
        let (query, reader) = (visit.read()?, gql::reader(ctx).await?);
        let broken = ctx.data::<Bookings>()?.why_not(cx, &reader, &query, starts_at.utc()).await?;
        let broken: Vec<Clash> = broken.into_iter().map(Clash::from).collect();
        Ok(Some(AvailabilityVerdict { bookable: broken.is_empty(), violations: violations(ctx, &broken).await? }))
    }
}

/// Broken rules by name, for a payload that was refused for them.
pub(crate) async fn violations(ctx: &Context<'_>, broken: &[Clash]) -> Result<Vec<RuleViolation>> {
    if broken.is_empty() {
        return Ok(Vec::new());
    }
    let members = ctx.data::<Staff>()?.members(&*gql::reader(ctx).await?).await?;
    Ok(broken.iter().map(|clash| RuleViolation::of(clash, &members)).collect())
}

/// The nearest other times, for a payload that was refused because its own was taken.
pub(crate) async fn other_times(
    ctx: &Context<'_>,
    asked: Option<&(AvailabilityQuery, chrono::DateTime<Utc>)>,
) -> Result<Vec<AvailableSlot>> {
    let Some((query, start)) = asked else { return Ok(Vec::new()) };
    let (cx, reader) = (gql::cx(ctx)?, gql::reader(ctx).await?);
    Ok(objects(&ctx.data::<Bookings>()?.alternatives(cx, &reader, query, *start).await?))
}

fn objects(offer: &Offer) -> Vec<AvailableSlot> {
    offer.starts.iter().map(|slot| AvailableSlot { slot: *slot, all: offer.slots.clone() }).collect()
}
