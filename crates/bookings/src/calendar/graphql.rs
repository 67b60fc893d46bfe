//! The calendar in the schema: a page of it, and word of what changes.

use super::change::{Change, ChangeKind, Step, TOPIC};
use super::service::{CalendarQuery, Day, LocationDays, Parts, ResourceDays, Shift, StaffDays, Versions};
use crate::Bookings;
use crate::availability::Capacity;
use crate::booking::graphql::{BookingObject, runner};
use crate::booking::repo::Filter;
use crate::booking::service::Reach;
use crate::booking::{BookingLoad, Status};
use crate::hold::Hold;
use crate::hold::graphql::HoldObject;
use crate::permissions::{BOOKINGS_ALL, BOOKINGS_OWN};
use crate::session::graphql::GroupSessionObject;
use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject, Subscription};
use catalog::{Catalog, ResourceId, ResourceObject};
use chrono::NaiveDate;
use chrono_tz::Tz;
use db::Stamp;
use futures_util::{Stream, StreamExt as _};
use gql::{DateTime, LocalDate, Rows};
use jobs::{Signal, Topic};
use kernel::Kind;
use kernel::time::TimeRange;
use staff::{MemberObject, Staff, StaffId};
use std::sync::Arc;
use tenancy::{LocationId, LocationObject, Tenancy};

/// What part of the calendar is asked for; what is left out means everything that the caller may see.
#[derive(InputObject)]
#[graphql(name = "CalendarFilterInput")]
pub(super) struct CalendarFilterInput {
    /// At these locations.
    location_ids: Option<Vec<ID>>,
    /// With a line by these people.
    staff_ids: Option<Vec<ID>>,
    /// With these units.
    resource_ids: Option<Vec<ID>>,
    /// In these states; left out: those that keep their time.
    statuses: Option<Vec<Status>>,
}

/// A page of the calendar.
pub struct CalendarObject {
    bookings: Rows<BookingObject>,
    sessions: Vec<GroupSessionObject>,
    locations: Vec<LocationDays>,
    staff: Vec<StaffDays>,
    resources: Vec<ResourceDays>,
    holds: Vec<Hold>,
    days: Vec<Day>,
    settings: String,
}

/// A page of the calendar: what is booked, and when places are open, people work and units can be used.
#[Object(name = "Calendar")]
impl CalendarObject {
    /// The bookings that touch these days, by start.
    async fn bookings(&self) -> &Rows<BookingObject> {
        &self.bookings
    }

    /// The group sessions that touch these days, by start, but those that were called off. Their bookings are among the
    /// bookings, each with its session.
    async fn sessions(&self) -> &[GroupSessionObject] {
        &self.sessions
    }

    /// Slots that somebody is keeping at this moment, by start. One that has run out is no longer shown, though nothing is
    /// told at that second: take it away when its `expiresAt` comes.
    async fn holds(&self) -> Vec<HoldObject> {
        self.holds.iter().cloned().map(HoldObject::from).collect()
    }

    /// The dates in order, with the version and the number of bookings of each: what a month's overview needs. Asked for
    /// without `bookings`, no booking is read.
    async fn days(&self) -> Vec<CalendarDayObject> {
        self.days.iter().map(CalendarDayObject::from).collect()
    }

    /// The version of all that is not of a single date: opening hours, closures, shifts, absences, maintenance, people,
    /// units, services. Another one after each change of them.
    async fn settings_version(&self) -> &str {
        &self.settings
    }

    /// When locations are open and closed.
    async fn locations(&self) -> Vec<LocationDaysObject> {
        self.locations.iter().cloned().map(LocationDaysObject).collect()
    }

    /// When people work and are away.
    async fn staff(&self) -> Vec<StaffDaysObject> {
        self.staff.iter().cloned().map(StaffDaysObject).collect()
    }

    /// When units are under maintenance.
    async fn resources(&self) -> Vec<ResourceDaysObject> {
        self.resources.iter().cloned().map(ResourceDaysObject).collect()
    }
}

/// A local date of the calendar.
#[derive(SimpleObject)]
#[graphql(name = "CalendarDay")]
pub struct CalendarDayObject {
    /// Which, at the place of whatever happens on it.
    date: LocalDate,
    /// Its version: another one after each change of a booking or hold that takes time on it, whoever's it is.
    version: String,
    /// How many bookings of the states asked for start on it.
    booking_count: i32,
    /// The same by state; states without any are left out.
    counts: Vec<CalendarCountObject>,
}

impl From<&Day> for CalendarDayObject {
    fn from(day: &Day) -> Self {
        let number = |count: u32| i32::try_from(count).unwrap_or(i32::MAX);
        let count = |(status, count): &(Status, u32)| CalendarCountObject { status: *status, count: number(*count) };
        Self {
            date: LocalDate(day.date),
            version: version(day.stamp.0),
            booking_count: number(day.counts.iter().map(|(_, count)| count).sum()),
            counts: day.counts.iter().map(count).collect(),
        }
    }
}

/// How many bookings are in a state.
#[derive(SimpleObject)]
#[graphql(name = "CalendarCount")]
pub struct CalendarCountObject {
    /// The state.
    status: Status,
    /// How many.
    count: i32,
}

/// A stamp as programs compare it: an opaque word.
fn version(stamp: i64) -> String {
    format!("{stamp:x}")
}

/// What somebody or something has left of a local date.
#[derive(SimpleObject)]
#[graphql(name = "CalendarCapacity")]
pub struct CapacityObject {
    /// The date.
    date: LocalDate,
    /// Minutes that can be worked or used: hours inside opening hours, without closures, absences and maintenance. Over
    /// the locations asked about.
    planned_minutes: i32,
    /// Those of them that nothing takes, buffers included. Not every one of them can be the start of a visit: ask
    /// `availability` for that.
    free_minutes: i32,
}

fn capacities(days: &[(NaiveDate, Capacity)]) -> Vec<CapacityObject> {
    let number = |minutes: u32| i32::try_from(minutes).unwrap_or(i32::MAX);
    let day = |(date, capacity): &(NaiveDate, Capacity)| CapacityObject {
        date: LocalDate(*date),
        planned_minutes: number(capacity.planned),
        free_minutes: number(capacity.free),
    };
    days.iter().map(day).collect()
}

/// A stretch of time, half-open.
#[derive(SimpleObject)]
#[graphql(name = "CalendarSpan")]
pub struct SpanObject {
    /// From when.
    starts_at: DateTime,
    /// Until when.
    ends_at: DateTime,
    /// Why, where somebody said so.
    reason: Option<String>,
}

fn span(range: TimeRange, zone: Tz, reason: Option<&str>) -> SpanObject {
    SpanObject {
        starts_at: DateTime::at(range.from, zone),
        ends_at: DateTime::at(range.to, zone),
        reason: reason.filter(|reason| !reason.is_empty()).map(str::to_owned),
    }
}

/// A location's days.
pub struct LocationDaysObject(LocationDays);

/// When a location is open and closed.
#[Object(name = "CalendarLocation")]
impl LocationDaysObject {
    /// The location.
    async fn location(&self, ctx: &Context<'_>) -> Result<Option<LocationObject>> {
        let locations = ctx.data::<Tenancy>()?.locations(&*gql::reader(ctx).await?).await?;
        Ok(locations.shared(self.0.location).map(LocationObject::from))
    }

    /// Its id, `loc_…`.
    async fn location_id(&self) -> ID {
        gql::to_id(self.0.location)
    }

    /// Opening hours as instants, by start; closures are not taken off.
    async fn open(&self, ctx: &Context<'_>) -> Result<Vec<SpanObject>> {
        let zone = zone_of(ctx, self.0.location).await?;
        Ok(self.0.open.iter().map(|range| span(*range, zone, None)).collect())
    }

    /// Closures, by start.
    async fn closures(&self, ctx: &Context<'_>) -> Result<Vec<SpanObject>> {
        let zone = zone_of(ctx, self.0.location).await?;
        Ok(self.0.closures.iter().map(|(range, reason)| span(*range, zone, Some(reason))).collect())
    }
}

/// A person's days.
pub struct StaffDaysObject(StaffDays);

/// When a staff member works and is away.
#[Object(name = "CalendarStaff")]
impl StaffDaysObject {
    /// The staff member.
    async fn staff(&self, ctx: &Context<'_>) -> Result<Option<MemberObject>> {
        let members = ctx.data::<Staff>()?.members(&*gql::reader(ctx).await?).await?;
        Ok(members.shared(self.0.staff).map(MemberObject::from))
    }

    /// Their id, `stf_…`.
    async fn staff_id(&self) -> ID {
        gql::to_id(self.0.staff)
    }

    /// Shifts by start, before opening hours, closures and absences are taken off.
    async fn shifts(&self, ctx: &Context<'_>) -> Result<Vec<ShiftObject>> {
        shifts(ctx, &self.0.shifts).await
    }

    /// What lies between the shifts of one date at one location, by start.
    async fn breaks(&self, ctx: &Context<'_>) -> Result<Vec<ShiftObject>> {
        shifts(ctx, &self.0.breaks).await
    }

    /// What they have left of each date, in order.
    async fn capacity(&self) -> Vec<CapacityObject> {
        capacities(&self.0.capacity)
    }

    /// Approved time off, by start.
    async fn time_off(&self) -> Vec<SpanObject> {
        self.0.time_off.iter().map(|range| span(*range, Tz::UTC, None)).collect()
    }

    /// When other calendars of theirs say that they are busy, by start; never what with.
    async fn imported_busy(&self) -> Vec<SpanObject> {
        self.0.imported_busy.iter().map(|range| span(*range, Tz::UTC, None)).collect()
    }
}

async fn shifts(ctx: &Context<'_>, shifts: &[Shift]) -> Result<Vec<ShiftObject>> {
    let locations = ctx.data::<Tenancy>()?.locations(&*gql::reader(ctx).await?).await?;
    let zone = |id: LocationId| locations.get(id).map_or(Tz::UTC, |location| location.zone);
    let object = |shift: &Shift| ShiftObject {
        location_id: gql::to_id(shift.location),
        date: LocalDate(shift.date),
        starts_at: DateTime::at(shift.range.from, zone(shift.location)),
        ends_at: DateTime::at(shift.range.to, zone(shift.location)),
    };
    Ok(shifts.iter().map(object).collect())
}

/// A stretch of work, or of rest between two.
#[derive(SimpleObject)]
#[graphql(name = "CalendarShift")]
pub struct ShiftObject {
    /// Where.
    location_id: ID,
    /// The local date that it belongs to.
    date: LocalDate,
    /// From when.
    starts_at: DateTime,
    /// Until when.
    ends_at: DateTime,
}

/// A unit's days.
pub struct ResourceDaysObject(ResourceDays);

/// When a room, chair or piece of equipment is under maintenance.
#[Object(name = "CalendarResource")]
impl ResourceDaysObject {
    /// The unit.
    async fn resource(&self, ctx: &Context<'_>) -> Result<Option<ResourceObject>> {
        let resources = ctx.data::<Catalog>()?.resources(&*gql::reader(ctx).await?).await?;
        Ok(resources.get(self.0.resource).cloned().map(ResourceObject::from))
    }

    /// Its id, `rsc_…`.
    async fn resource_id(&self) -> ID {
        gql::to_id(self.0.resource)
    }

    /// What is left of each date, in order.
    async fn capacity(&self) -> Vec<CapacityObject> {
        capacities(&self.0.capacity)
    }

    /// Maintenance, by start.
    async fn maintenance(&self) -> Vec<SpanObject> {
        self.0.maintenance.iter().map(|(range, reason)| span(*range, Tz::UTC, Some(reason))).collect()
    }
}

async fn zone_of(ctx: &Context<'_>, id: LocationId) -> Result<Tz> {
    let locations = ctx.data::<Tenancy>()?.locations(&*gql::reader(ctx).await?).await?;
    Ok(locations.get(id).map_or(Tz::UTC, |location| location.zone))
}

/// Queries of the calendar.
#[derive(Default)]
pub struct CalendarQueryRoot;

#[Object]
impl CalendarQueryRoot {
    /// Everything in a range of days, at most 62: bookings, holds, opening hours, shifts, breaks, absences, closures,
    /// maintenance, what is left of each day. All of it is one moment, whose versions are part of the answer. Without the
    /// permission bookings.all only the own calendar. Permission: bookings.own.
    async fn calendar(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first date.")] from: LocalDate,
        #[graphql(desc = "The last date, itself included.")] to: LocalDate,
        #[graphql(desc = "Which part.")] filter: Option<CalendarFilterInput>,
    ) -> Result<Option<CalendarObject>> {
        let cx = runner(ctx)?;
        let (query, reader) = (CalendarQuery { parts: parts(ctx), ..read(from, to, filter)? }, gql::reader(ctx).await?);
        let page = ctx.data::<Bookings>()?.calendar(cx, &reader, &query).await?;
        if !page.clients.is_empty() {
            // Fed at once: the loader would gather the same ids only after its delay.
            let clients = ctx.data::<clients::Clients>()?.kept(&reader, &page.clients).await?;
            gql::feed(ctx, clients.into_iter().map(|client| (client.id, client))).await?;
        }
        let sessions = if ctx.look_ahead().field("sessions").exists() {
            ctx.data::<Bookings>()?.calendar_sessions(cx, &reader, &query).await?
        } else {
            Vec::new()
        };
        Ok(Some(CalendarObject {
            sessions: sessions.into_iter().map(GroupSessionObject::from).collect(),
            bookings: page.bookings.into_iter().map(BookingObject::from).collect(),
            locations: page.locations,
            staff: page.staff,
            resources: page.resources,
            holds: page.holds,
            days: page.days,
            settings: page.settings,
        }))
    }

    /// The versions of a range of days, at most 62, for a calendar that was away: what has another version than the one it
    /// has is to be read anew. Permission: bookings.own.
    async fn calendar_versions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first date.")] from: LocalDate,
        #[graphql(desc = "The last date, itself included.")] to: LocalDate,
    ) -> Result<Option<CalendarVersionsObject>> {
        let (cx, reader) = (runner(ctx)?, gql::reader(ctx).await?);
        let versions = ctx.data::<Bookings>()?.calendar_versions(cx, &reader, from.into(), to.into()).await?;
        Ok(Some(CalendarVersionsObject::from(versions)))
    }
}

/// The versions of a range of days.
#[derive(SimpleObject)]
#[graphql(name = "CalendarVersions")]
pub struct CalendarVersionsObject {
    /// See `Calendar.settingsVersion`.
    settings_version: String,
    /// The dates in order.
    days: Vec<CalendarDayVersionObject>,
}

/// The version of a local date.
#[derive(SimpleObject)]
#[graphql(name = "CalendarDayVersion")]
pub struct CalendarDayVersionObject {
    /// The date.
    date: LocalDate,
    /// See `CalendarDay.version`.
    version: String,
}

impl From<Versions> for CalendarVersionsObject {
    fn from(versions: Versions) -> Self {
        let day = |(date, stamp): (NaiveDate, Stamp)| CalendarDayVersionObject {
            date: LocalDate(date),
            version: version(stamp.0),
        };
        Self { settings_version: versions.settings, days: versions.days.into_iter().map(day).collect() }
    }
}

/// The parts that the caller selects: what nobody looks at is not read.
fn parts(ctx: &Context<'_>) -> Parts {
    let page = ctx.look_ahead();
    let days = page.field("days");
    Parts {
        locations: page.field("locations").exists(),
        staff: page.field("staff").exists(),
        resources: page.field("resources").exists(),
        bookings: page.field("bookings").exists(),
        clients: page.field("bookings").field("client").exists(),
        holds: page.field("holds").exists(),
        capacity: ["staff", "resources"].iter().any(|owner| page.field(owner).field("capacity").exists()),
        versions: days.field("version").exists(),
        counts: days.field("bookingCount").exists() || days.field("counts").exists(),
    }
}

fn read(from: LocalDate, to: LocalDate, filter: Option<CalendarFilterInput>) -> kernel::Result<CalendarQuery> {
    let mut query = CalendarQuery {
        from: from.into(),
        to: to.into(),
        locations: Vec::new(),
        staff: Vec::new(),
        resources: Vec::new(),
        statuses: Vec::new(),
        parts: Parts::default(),
    };
    if let Some(filter) = filter {
        query.locations = few::<LocationId>(filter.location_ids, "filter.locationIds")?;
        query.staff = few::<StaffId>(filter.staff_ids, "filter.staffIds")?;
        query.resources = few::<ResourceId>(filter.resource_ids, "filter.resourceIds")?;
        query.statuses = filter.statuses.unwrap_or_default();
        if query.statuses.len() > IDS_MAX {
            return Err(kernel::Error::invalid_argument("filter.statuses").with("max", IDS_MAX));
        }
    }
    Ok(query)
}

const IDS_MAX: usize = 100;

fn few<I: kernel::Id>(ids: Option<Vec<ID>>, name: &'static str) -> kernel::Result<Vec<I>> {
    let ids = ids.unwrap_or_default();
    if ids.len() > IDS_MAX {
        return Err(kernel::Error::invalid_argument(name).with("max", IDS_MAX));
    }
    gql::ids(&ids)
}

/// A change in the calendar.
pub struct ChangeObject(Change);

/// A change in the calendar: what, where and when. Read what it is about anew.
#[Object(name = "CalendarChange")]
impl ChangeObject {
    /// What happened. After `MISSED` and `SETTINGS` nothing else is known: read the whole page anew.
    async fn kind(&self) -> ChangeKind {
        self.0.kind
    }

    /// The booking that changed; null when it was a hold.
    async fn booking_id(&self) -> Option<ID> {
        self.0.booking.map(gql::to_id)
    }

    /// The booking as it is now; null when it was a hold, or when the booking left the caller's own calendar.
    async fn booking(&self, ctx: &Context<'_>) -> Result<Option<BookingObject>> {
        let Some(id) = self.0.booking else { return Ok(None) };
        let (cx, reader) = (gql::cx(ctx)?, gql::reader(ctx).await?);
        let reach = ctx.data::<Bookings>()?.reach(cx, &reader).await?;
        let booking = gql::load(ctx, BookingLoad(id)).await?;
        Ok(booking.filter(|booking| reach.has(booking)).map(BookingObject::from))
    }

    /// The hold that came or went; null when it was a booking.
    async fn hold_id(&self) -> Option<ID> {
        self.0.hold.map(gql::to_id)
    }

    /// The hold as it is now; null when it keeps nothing any more, and when it was a booking.
    async fn hold(&self, ctx: &Context<'_>) -> Result<Option<HoldObject>> {
        let Some(id) = self.0.hold else { return Ok(None) };
        let (cx, reader) = (gql::cx(ctx)?, gql::reader(ctx).await?);
        Ok(ctx.data::<Bookings>()?.live_hold(cx, &reader, id).await?.map(HoldObject::from))
    }

    /// The dates that it touches, before and after, and how their versions went on. Who has another version of a date than
    /// `previousVersion` has missed something of it: read the date anew instead of applying this.
    async fn days(&self) -> Vec<CalendarStepObject> {
        self.0.days.iter().map(CalendarStepObject::from).collect()
    }

    /// Where.
    async fn location_id(&self) -> Option<ID> {
        self.0.location.map(gql::to_id)
    }

    /// Whose calendar, before or after.
    async fn staff_ids(&self) -> Vec<ID> {
        self.0.staff.iter().map(|id| gql::to_id(*id)).collect()
    }

    /// From when on the calendar is different, before and after taken together.
    async fn starts_at(&self) -> Option<DateTime> {
        self.0.from.map(DateTime::from)
    }

    /// Until when the calendar is different, before and after taken together.
    async fn ends_at(&self) -> Option<DateTime> {
        self.0.to.map(DateTime::from)
    }
}

/// How the version of a local date went on.
#[derive(SimpleObject)]
#[graphql(name = "CalendarDayStep")]
pub struct CalendarStepObject {
    /// The date.
    date: LocalDate,
    /// The version before this change.
    previous_version: String,
    /// The version since.
    version: String,
}

impl From<&Step> for CalendarStepObject {
    fn from(step: &Step) -> Self {
        Self { date: LocalDate(step.date), previous_version: version(step.previous), version: version(step.current) }
    }
}

/// Subscriptions to the calendar.
#[derive(Default)]
pub struct CalendarSubscription;

#[Subscription]
impl CalendarSubscription {
    /// Word of each change of the calendar that the caller may see, after it was committed. Without the permission
    /// bookings.all only of the own calendar. Permission: bookings.own.
    async fn calendar_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only at these locations.")] location_ids: Option<Vec<ID>>,
        #[graphql(desc = "Only of these people.")] staff_ids: Option<Vec<ID>>,
    ) -> Result<impl Stream<Item = ChangeObject>> {
        let cx = runner(ctx)?;
        let bookings = ctx.data::<Bookings>()?;
        let listener = Arc::new(Listener {
            bookings: bookings.clone(),
            request: ctx.data::<gql::Request>()?.clone(),
            locations: few(location_ids, "locationIds")?,
            people: few(staff_ids, "staffIds")?,
        });
        // Boxed and given back at once: nothing is held between changes.
        Box::pin(listener.check()).await?;
        let signals = bookings.jobs.live().subscribe(Topic::new(cx.company()?, TOPIC));
        Ok(signals.filter_map(move |signal| {
            let listener = listener.clone();
            Box::pin(async move { listener.hear(signal).await.map(ChangeObject) })
        }))
    }
}

/// Who listens to a calendar, and to what part of it.
struct Listener {
    bookings: Bookings,
    request: gql::Request,
    locations: Vec<LocationId>,
    people: Vec<StaffId>,
}

impl Listener {
    /// Goes on only when all that they ask for exists.
    async fn check(&self) -> kernel::Result<()> {
        if self.locations.is_empty() && self.people.is_empty() {
            return Ok(());
        }
        let wanted = Filter { locations: self.locations.clone(), staff: self.people.clone(), ..Filter::default() };
        let reader = self.request.read().await?;
        self.bookings.expect_known(&reader, &wanted).await
    }

    /// What of a signal is for this listener.
    async fn hear(&self, signal: Signal) -> Option<Change> {
        db::failpoint!("bookings.calendar.hear");
        let change = match signal {
            Signal::Missed => Change::missed(),
            Signal::Message(text) => serde_json::from_str(&text)
                .inspect_err(|error| tracing::warn!(%error, "an unreadable change of the calendar"))
                .ok()?,
        };
        if !change.is_wanted(&self.locations, &self.people) {
            return None;
        }
        match self.reach().await {
            Ok(reach) => change.is_within(reach).then_some(change),
            Err(error) if matches!(error.kind, Kind::Unavailable | Kind::Internal) => {
                tracing::warn!(%error, "who hears of a change could not be looked at");
                Some(Change::missed())
            }
            // They may not listen any more, and their socket is about to close.
            Err(_) => None,
        }
    }

    /// What they may see now: roles change and people get or lose a profile while somebody listens.
    async fn reach(&self) -> kernel::Result<Reach> {
        let cx = self.bookings.tenancy.recheck(self.request.cx()).await?;
        let permission = cx.require_any(&[BOOKINGS_ALL, BOOKINGS_OWN])?;
        self.request.see(cx.clone());
        if permission == BOOKINGS_ALL {
            return Ok(Reach::All);
        }
        let reader = self.request.read().await?;
        self.bookings.reach(&cx, &reader).await
    }
}
