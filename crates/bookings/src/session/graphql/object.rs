//! What a group session shows.

use super::looker;
use crate::Bookings;
use crate::booking::CancelReason;
use crate::booking::graphql::{BookingObject, LineObject, runner};
use crate::rules::ScheduleRule;
use crate::session::{GroupSession, GroupSessionId, RosterLoad, SessionStatus};
use crate::slots::Audience;
use async_graphql::{Context, ID, Object, Result};
use catalog::{Catalog, ServiceObject, Visibility};
use gql::{DateTime, LocalDate, TimeZone};
use staff::{MemberObject, Staff};
use tenancy::{LocationObject, Tenancy};

/// A group session.
#[derive(Clone)]
pub struct GroupSessionObject(pub(crate) GroupSession);

impl From<GroupSession> for GroupSessionObject {
    fn from(session: GroupSession) -> Self {
        Self(session)
    }
}

/// A service for a group at an hour that the company sets, with seats that clients book.
#[Object(name = "GroupSession")]
impl GroupSessionObject {
    /// The session's id, `gse_…`.
    async fn id(&self) -> ID {
        gql::to_id(self.0.id)
    }

    /// Where it stands.
    async fn status(&self) -> SessionStatus {
        self.0.status
    }

    /// Who may see and book it, besides what its service says.
    async fn visibility(&self) -> Visibility {
        self.0.visibility
    }

    /// The service as it is now, even if it was withdrawn.
    async fn service(&self, ctx: &Context<'_>) -> Result<Option<ServiceObject>> {
        let services = ctx.data::<Catalog>()?.services(&*gql::reader(ctx).await?).await?;
        Ok(services.shared(self.0.service_id()).map(ServiceObject::from))
    }

    /// Who holds it, even if they have left; null when nobody is needed.
    async fn staff(&self, ctx: &Context<'_>) -> Result<Option<MemberObject>> {
        let Some(id) = self.0.staff_id() else { return Ok(None) };
        let members = ctx.data::<Staff>()?.members(&*gql::reader(ctx).await?).await?;
        Ok(members.shared(id).map(MemberObject::from))
    }

    /// The branch.
    async fn location(&self, ctx: &Context<'_>) -> Result<Option<LocationObject>> {
        let locations = ctx.data::<Tenancy>()?.locations(&*gql::reader(ctx).await?).await?;
        Ok(locations.shared(self.0.location_id).map(LocationObject::from))
    }

    /// What it was planned as: the service's name, who holds it, the units that it takes, the price of one seat.
    async fn line(&self) -> LineObject {
        LineObject::alone(&self.0.line, self.0.zone, self.0.currency)
    }

    /// When it starts, with the location's offset.
    async fn starts_at(&self) -> DateTime {
        DateTime::at(self.0.starts_at, self.0.zone)
    }

    /// When it ends, with the location's offset.
    async fn ends_at(&self) -> DateTime {
        DateTime::at(self.0.ends_at, self.0.zone)
    }

    /// The location's zone when it was planned.
    async fn time_zone(&self) -> TimeZone {
        TimeZone(self.0.zone)
    }

    /// Its date at the location.
    async fn local_date(&self) -> LocalDate {
        LocalDate(self.0.local_date)
    }

    /// Seats in all.
    async fn capacity(&self) -> u16 {
        self.0.capacity
    }

    /// Seats that can still be booked: those of bookings and of live holds are taken.
    async fn seats_left(&self) -> u16 {
        self.0.seats_left()
    }

    /// Seats that bookings and holds have. More than the capacity only where somebody forced it.
    async fn seats_taken(&self) -> u16 {
        self.0.taken
    }

    /// Its bookings in the order in which they were made, but those that were called off or declined. Null with FORBIDDEN
    /// without one of the permissions bookings.own and bookings.all.
    async fn roster(&self, ctx: &Context<'_>) -> Result<Option<Vec<BookingObject>>> {
        runner(ctx)?;
        let roster = gql::load(ctx, RosterLoad(self.0.id)).await?.unwrap_or_default();
        Ok(Some(roster.into_iter().map(BookingObject::from).collect()))
    }

    /// Minutes before the start after which a freed seat is promised to nobody by itself; nor is it once calling off costs
    /// something by the service's cancellation policy.
    async fn waitlist_closes_minutes(&self) -> u32 {
        self.0.waitlist_closes_minutes
    }

    /// What the sessions of one repetition have in common, `gsr_…`; null for one that does not repeat.
    async fn recurrence_id(&self) -> Option<ID> {
        self.0.recurrence.as_ref().map(|own| gql::to_id(own.id))
    }

    /// Rules that staff set aside for the time where it stands; empty for the public.
    async fn overrides(&self, ctx: &Context<'_>) -> Result<Vec<ScheduleRule>> {
        if Audience::is_stranger(gql::cx(ctx)?) {
            return Ok(Vec::new());
        }
        Ok(self.0.overrides.iter().copied().map(ScheduleRule::from).collect())
    }

    /// Why it was called off.
    async fn cancel_reason(&self) -> Option<CancelReason> {
        self.0.cancel_reason
    }

    /// The same in someone's words.
    async fn cancel_note(&self) -> Option<&str> {
        self.0.cancel_note.as_deref()
    }

    /// Grows with each change that people make, but not with each seat; a change names the one it saw.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// When it was planned.
    async fn created_at(&self) -> DateTime {
        DateTime::at(self.0.created_at, self.0.zone)
    }

    /// When it last changed, seats aside.
    async fn updated_at(&self) -> DateTime {
        DateTime::at(self.0.updated_at, self.0.zone)
    }
}

impl gql::Node for GroupSessionObject {
    type Id = GroupSessionId;

    async fn find(ctx: &Context<'_>, id: GroupSessionId) -> Result<Self> {
        let (cx, reader) = (looker(ctx)?, gql::reader(ctx).await?);
        Ok(ctx.data::<Bookings>()?.get_session(cx, &reader, id).await?.into())
    }
}
gql::node!(GroupSessionObject);
