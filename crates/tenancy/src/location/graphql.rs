//! Locations and opening hours in the schema.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, MaybeUndefined, Object, Result, SimpleObject};
use kernel::{Error, WallInterval};

use super::{Grid, Location, LocationChange, LocationId, NewLocation, OpeningInterval};
use crate::closure::ClosureObject;
use crate::error::TenancyUserError;
use crate::graphql::patch;
use crate::handle::Tenancy;
use crate::ports::AffectedBooking;

/// Where the grid of bookable starts is anchored.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "Grid", name = "SlotGrid")]
pub enum SlotGrid {
    /// At local midnight; the step divides the day.
    Midnight,
    /// At the start of each working interval; the step is a multiple of five minutes.
    ShiftStart,
}

/// An interval of the week in which a location is open, in the wall time of its zone.
#[derive(SimpleObject)]
#[graphql(name = "OpeningInterval")]
pub struct OpeningIntervalObject {
    /// The day on which it starts.
    weekday: gql::Weekday,
    /// When it starts.
    starts_at: gql::LocalTime,
    /// When it ends; at or before the start means on the next day.
    ends_at: gql::LocalTime,
}

/// An interval of the week in which a location is open, in the wall time of its zone.
#[derive(InputObject)]
pub struct OpeningIntervalInput {
    /// The day on which it starts.
    weekday: gql::Weekday,
    /// When it starts.
    starts_at: gql::LocalTime,
    /// When it ends; at or before the start means on the next day.
    ends_at: gql::LocalTime,
}

impl From<OpeningInterval> for OpeningIntervalObject {
    fn from(opening: OpeningInterval) -> Self {
        Self {
            weekday: opening.weekday.into(),
            starts_at: opening.interval.start.into(),
            ends_at: opening.interval.end.into(),
        }
    }
}

impl From<OpeningIntervalInput> for OpeningInterval {
    fn from(input: OpeningIntervalInput) -> Self {
        let interval = WallInterval::new(input.starts_at.0, input.ends_at.0);
        Self { weekday: input.weekday.into(), interval }
    }
}

/// A location.
#[derive(Clone, Debug)]
pub struct LocationObject(Arc<Location>);

impl From<Location> for LocationObject {
    fn from(location: Location) -> Self {
        Self(Arc::new(location))
    }
}

impl From<Arc<Location>> for LocationObject {
    fn from(location: Arc<Location>) -> Self {
        Self(location)
    }
}

/// A location: a branch of the company with its own zone, opening hours and closures.
#[Object(name = "Location")]
impl LocationObject {
    /// The location's id, `loc_…`.
    async fn id(&self) -> ID {
        gql::to_id(self.0.id)
    }

    /// Its name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The zone of all its wall times.
    async fn time_zone(&self) -> gql::TimeZone {
        gql::TimeZone(self.0.zone)
    }

    /// Where it is, as people write it; may be empty.
    async fn address(&self) -> &str {
        &self.0.address
    }

    /// Its phone, E.164.
    async fn phone(&self) -> Option<&str> {
        self.0.phone.as_ref().map(kernel::Phone::as_str)
    }

    /// How far apart starts may lie, in minutes, where the service does not say.
    async fn step_minutes(&self) -> u16 {
        self.0.step_minutes
    }

    /// Where the grid of starts is anchored.
    async fn grid(&self) -> SlotGrid {
        self.0.grid.into()
    }

    /// Whether buffers may reach out of working time.
    async fn buffer_overhang(&self) -> bool {
        self.0.buffer_overhang
    }

    /// Whether, beside the grid, starts are offered at which a visit would touch time that its staff member is booked
    /// already, so that no gap is left.
    async fn tight_starts(&self) -> bool {
        self.0.tight_starts
    }

    /// The week's opening hours in order; empty when it is never open.
    async fn opening_hours(&self) -> Vec<OpeningIntervalObject> {
        self.0.opening.iter().copied().map(OpeningIntervalObject::from).collect()
    }

    /// Its closures in order of start, those of the last year and to come, or of a stretch of time.
    async fn closures(
        &self,
        #[graphql(desc = "Only those that end after this instant.")] from: Option<gql::DateTime>,
        #[graphql(desc = "Only those that start before this instant.")] to: Option<gql::DateTime>,
    ) -> Vec<ClosureObject> {
        let wanted = |range: &kernel::TimeRange| {
            from.is_none_or(|from| range.to > from.utc()) && to.is_none_or(|to| range.from < to.utc())
        };
        let closures = self.0.closures.iter().filter(|closure| wanted(&closure.range));
        closures.cloned().map(ClosureObject::from).collect()
    }

    /// Whether it is archived: nothing new is booked there.
    async fn archived(&self) -> bool {
        self.0.archived
    }

    /// Grows with each edit; an edit names the one that it is based on.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

gql::ready!(LocationObject:
    id, name, time_zone, address, phone, step_minutes, grid, buffer_overhang, tight_starts, opening_hours, archived, version,
);

impl gql::Node for LocationObject {
    type Id = LocationId;

    async fn find(ctx: &Context<'_>, id: LocationId) -> Result<Self> {
        let cx = gql::cx(ctx)?;
        let (_, locations) = ctx.data::<Tenancy>()?.company(cx, &*gql::reader(ctx).await?).await?;
        let found = locations.get(id).filter(|location| !(location.archived && cx.is_public()));
        Ok(found.cloned().ok_or_else(Error::not_found)?.into())
    }
}

gql::node!(LocationObject);

/// Queries about locations.
#[derive(Default)]
pub struct LocationQuery;

#[Object]
impl LocationQuery {
    /// The company's locations in order of name. Permission: company.read.
    async fn locations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whether archived ones are listed too; the public never sees them.", default)]
        include_archived: bool,
    ) -> Result<Option<Vec<LocationObject>>> {
        let cx = gql::cx(ctx)?;
        let (_, locations) = ctx.data::<Tenancy>()?.company(cx, &*gql::reader(ctx).await?).await?;
        let all = include_archived && !cx.is_public();
        let wanted = locations.iter().filter(|location| all || !location.archived);
        Ok(Some(wanted.cloned().map(LocationObject::from).collect()))
    }

    /// One location. Permission: company.read.
    async fn location(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The location.")] id: ID,
    ) -> Result<Option<LocationObject>> {
        <LocationObject as gql::Node>::find(ctx, gql::id(&id)?).await.map(Some)
    }
}

/// A location to be added.
#[derive(InputObject)]
pub struct LocationCreateInput {
    /// Its name, at most 80 characters, unique among the company's locations.
    name: String,
    /// Its zone; the company's when left out.
    time_zone: Option<gql::TimeZone>,
    /// Where it is, at most 300 characters.
    #[graphql(default)]
    address: String,
    /// Its phone in any spelling; without a country code it is read as Ukrainian.
    phone: Option<String>,
    /// How far apart starts may lie, in minutes; 15 when left out.
    step_minutes: Option<i32>,
    /// Where the grid of starts is anchored; at midnight when left out.
    grid: Option<SlotGrid>,
    /// Whether buffers may reach out of working time; no when left out.
    buffer_overhang: Option<bool>,
    /// Whether starts that leave no gap are offered beside the grid; no when left out.
    tight_starts: Option<bool>,
    /// The week's opening hours, which do not overlap; at most 10 a day.
    #[graphql(default)]
    opening: Vec<OpeningIntervalInput>,
    /// The caller's key, at most 64 characters: a repeated request with the same key makes one location.
    idempotency_key: Option<String>,
}

impl From<LocationCreateInput> for NewLocation {
    fn from(input: LocationCreateInput) -> Self {
        Self {
            name: input.name,
            zone: input.time_zone.map(|zone| zone.0),
            address: input.address,
            phone: input.phone,
            step_minutes: input.step_minutes,
            grid: input.grid.map(Into::into),
            buffer_overhang: input.buffer_overhang,
            tight_starts: input.tight_starts,
            opening: input.opening.into_iter().map(OpeningInterval::from).collect(),
            idempotency_key: input.idempotency_key,
        }
    }
}

/// An edit of a location. A field that is left out stays as it is.
#[derive(InputObject)]
struct LocationUpdateInput {
    /// Which location.
    id: ID,
    /// The version that the edit is based on.
    version: i32,
    /// A new name.
    name: Option<String>,
    /// Another zone: wall times keep their numbers and become other instants.
    time_zone: Option<gql::TimeZone>,
    /// A new address.
    address: Option<String>,
    /// Another phone; null takes it away.
    phone: MaybeUndefined<String>,
    /// Another step, in minutes.
    step_minutes: Option<i32>,
    /// Another anchor of the grid.
    grid: Option<SlotGrid>,
    /// Whether buffers may reach out of working time.
    buffer_overhang: Option<bool>,
    /// Whether starts that leave no gap are offered beside the grid.
    tight_starts: Option<bool>,
    /// The whole week's opening hours from now on.
    opening: Option<Vec<OpeningIntervalInput>>,
    /// Whether this is only a preview: the same answer, and nothing is written.
    #[graphql(default)]
    dry_run: bool,
}

/// New opening hours of a location.
#[derive(InputObject)]
struct OpeningHoursSetInput {
    /// Which location.
    location_id: ID,
    /// The version of the location that the edit is based on.
    version: i32,
    /// The whole week from now on; empty when it is never open.
    opening: Vec<OpeningIntervalInput>,
    /// Whether this is only a preview: the same answer, and nothing is written.
    #[graphql(default)]
    dry_run: bool,
}

/// A location to be archived.
#[derive(InputObject)]
struct LocationArchiveInput {
    /// Which location.
    id: ID,
    /// The version that the caller has seen.
    version: i32,
    /// Whether this is only a preview: the same answer, and nothing is written.
    #[graphql(default)]
    dry_run: bool,
}

/// An archived location to be taken back.
#[derive(InputObject)]
struct LocationRestoreInput {
    /// Which location.
    id: ID,
    /// The version that the caller has seen.
    version: i32,
}

gql::payloads! {
    TenancyUserError;
    /// What became of a new location.
    LocationCreatePayload { location: LocationObject = Location };
    /// What became of an edit of a location.
    LocationUpdatePayload { location: LocationObject = Location, affected_bookings: [AffectedBooking] } or current: Location;
    /// What became of the archiving of a location.
    LocationArchivePayload { location: LocationObject = Location, affected_bookings: [AffectedBooking] } or current: Location;
    /// What became of the return of a location.
    LocationRestorePayload { location: LocationObject = Location } or current: Location;
    /// What became of new opening hours.
    OpeningHoursSetPayload { location: LocationObject = Location, affected_bookings: [AffectedBooking] } or current: Location;
}

/// Changes of locations.
#[derive(Default)]
pub struct LocationMutation;

#[Object]
impl LocationMutation {
    /// Adds a location. Emits `location.created`. Permission: locations.write.
    async fn location_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The location.")] input: LocationCreateInput,
    ) -> Result<Option<LocationCreatePayload>> {
        let outcome = ctx.data::<Tenancy>()?.create_location(gql::cx(ctx)?, input.into()).await;
        gql::answer(ctx, outcome)
    }

    /// Changes a location. Answers the bookings that no longer fit. Emits `location.updated`. Permission: locations.write.
    async fn location_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The edit.")] input: LocationUpdateInput,
    ) -> Result<Option<LocationUpdatePayload>> {
        let (cx, id) = (gql::cx(ctx)?, gql::id(&input.id)?);
        let change = LocationChange {
            version: input.version,
            name: input.name,
            zone: input.time_zone.map(|zone| zone.0),
            address: input.address,
            phone: patch(input.phone),
            step_minutes: input.step_minutes,
            grid: input.grid.map(Into::into),
            buffer_overhang: input.buffer_overhang,
            tight_starts: input.tight_starts,
            opening: input.opening.map(|week| week.into_iter().map(OpeningInterval::from).collect()),
        };
        let outcome = ctx.data::<Tenancy>()?.update_location(cx, id, change, input.dry_run).await;
        gql::answer(ctx, outcome)
    }

    /// Replaces a location's opening hours. Answers the bookings that no longer fit. Emits `location.updated`.
    /// Permission: locations.write.
    async fn opening_hours_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The hours.")] input: OpeningHoursSetInput,
    ) -> Result<Option<OpeningHoursSetPayload>> {
        let (cx, id) = (gql::cx(ctx)?, gql::id(&input.location_id)?);
        let opening = Some(input.opening.into_iter().map(OpeningInterval::from).collect());
        let change = LocationChange { version: input.version, opening, ..LocationChange::default() };
        let outcome = ctx.data::<Tenancy>()?.update_location(cx, id, change, input.dry_run).await;
        gql::answer(ctx, outcome)
    }

    /// Archives a location: nothing new is booked there. Answers the bookings that still stand there. The last location
    /// cannot be archived. Emits `location.archived`. Permission: locations.write.
    async fn location_archive(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which location.")] input: LocationArchiveInput,
    ) -> Result<Option<LocationArchivePayload>> {
        let (cx, id) = (gql::cx(ctx)?, gql::id(&input.id)?);
        let outcome = ctx.data::<Tenancy>()?.archive_location(cx, id, input.version, input.dry_run).await;
        gql::answer(ctx, outcome)
    }

    /// Takes an archived location back. Emits `location.restored`. Permission: locations.write.
    async fn location_restore(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which location.")] input: LocationRestoreInput,
    ) -> Result<Option<LocationRestorePayload>> {
        let (cx, id) = (gql::cx(ctx)?, gql::id(&input.id)?);
        let outcome = ctx.data::<Tenancy>()?.restore_location(cx, id, input.version).await;
        gql::answer(ctx, outcome)
    }
}
