//! Reading a calendar page: each part that is asked for in one statement, all else from the small tables of the snapshot.

use super::capacity::{Capacities, capacities};
use super::change::SHOWN;
use crate::Bookings;
use crate::availability::{Capacity, Dates};
use crate::booking::repo::{self, Filter};
use crate::booking::service::Reach;
use crate::booking::{Booking, BookingId, Status};
use crate::hold::{self, Hold, HoldId};
use crate::session::GroupSession;
use crate::slots::{World, page_of_dates};
use access::Cx;
use catalog::ResourceId;
use chrono::Datelike as _;
use chrono::NaiveDate;
use db::{Reader, Stamp};
use kernel::time::{TimeRange, day_range, project};
use kernel::{Error, Result};
use staff::StaffId;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use tenancy::{Location, LocationId};
use uuid::Uuid;

/// What part of the calendar is asked for; empty lists mean everything that the caller may see.
#[derive(Debug, Clone)]
pub struct CalendarQuery {
    /// First local date.
    pub from: NaiveDate,
    /// Last local date, included; at most 62 days in all.
    pub to: NaiveDate,
    /// At these locations.
    pub locations: Vec<LocationId>,
    /// Of these people.
    pub staff: Vec<StaffId>,
    /// With these units.
    pub resources: Vec<ResourceId>,
    /// In these states; empty: those that keep their time.
    pub statuses: Vec<Status>,
    /// Which parts to read.
    pub parts: Parts,
}

/// The parts of a page. The first three come from the small tables of the snapshot, the others cost a statement each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is asked for alone")]
pub struct Parts {
    /// When locations are open.
    pub locations: bool,
    /// When people work.
    pub staff: bool,
    /// When units are under maintenance.
    pub resources: bool,
    /// The bookings themselves.
    pub bookings: bool,
    /// Whose they are.
    pub clients: bool,
    /// Live holds.
    pub holds: bool,
    /// What people and units have left of each day.
    pub capacity: bool,
    /// The dates' stamps.
    pub versions: bool,
    /// How many bookings each date has.
    pub counts: bool,
}

/// A page of the calendar.
#[derive(Debug, Clone)]
pub struct Calendar {
    /// Bookings by start.
    pub bookings: Vec<Arc<Booking>>,
    /// Their clients' cards, each with its version, where they are asked for: see [`clients::Clients::kept`].
    pub clients: Vec<(Uuid, i32)>,
    /// When the locations are open and closed.
    pub locations: Vec<LocationDays>,
    /// When people work and are away.
    pub staff: Vec<StaffDays>,
    /// When units are under maintenance.
    pub resources: Vec<ResourceDays>,
    /// Live holds by start.
    pub holds: Vec<Hold>,
    /// The dates in order.
    pub days: Vec<Day>,
    /// The version of all that is not of a single date: hours, shifts, absences, closures, people, units.
    pub settings: String,
}

/// A date of a page.
#[derive(Debug, Clone)]
pub struct Day {
    /// Which.
    pub date: NaiveDate,
    /// Its stamp: another one after each change of a booking or hold on it.
    pub stamp: Stamp,
    /// How many bookings start on it, by state.
    pub counts: Vec<(Status, u32)>,
}

/// A location's days.
#[derive(Debug, Clone)]
pub struct LocationDays {
    /// Which.
    pub location: LocationId,
    /// Opening hours as instants, by start.
    pub open: Vec<TimeRange>,
    /// Closures and what people are told, by start.
    pub closures: Vec<(TimeRange, String)>,
}

/// A person's days.
#[derive(Debug, Clone)]
pub struct StaffDays {
    /// Who.
    pub staff: StaffId,
    /// Shifts by start, before opening hours, closures and absences are taken off.
    pub shifts: Vec<Shift>,
    /// What lies between the shifts of one day at one place, by start.
    pub breaks: Vec<Shift>,
    /// Approved time off, by start.
    pub time_off: Vec<TimeRange>,
    /// When other calendars say that they are busy, by start.
    pub imported_busy: Vec<TimeRange>,
    /// What is left of each date, over the places asked about.
    pub capacity: Vec<(NaiveDate, Capacity)>,
}

/// A stretch of work.
#[derive(Debug, Clone, Copy)]
pub struct Shift {
    /// Where.
    pub location: LocationId,
    /// The local date that it belongs to.
    pub date: NaiveDate,
    /// When.
    pub range: TimeRange,
}

/// A unit's days.
#[derive(Debug, Clone)]
pub struct ResourceDays {
    /// Which.
    pub resource: ResourceId,
    /// Maintenance and its reason, by start.
    pub maintenance: Vec<(TimeRange, String)>,
    /// What is left of each date.
    pub capacity: Vec<(NaiveDate, Capacity)>,
}

impl Bookings {
    /// A page of the calendar as the caller may see it. Beside the small tables one statement for each of its parts.
    pub async fn calendar(&self, cx: &Cx, r: &Reader, query: &CalendarQuery) -> Result<Calendar> {
        let reach = self.reach(cx, r).await?;
        let dates = page_of_dates(query.from, query.to)?;
        let world = World::load(self, r).await?;
        let locations = locations(&world, &query.locations)?;
        let people = people(&world, reach, &query.staff)?;
        let units = units(&world, &query.resources, &locations)?;
        let days: Vec<NaiveDate> = dates.first().iter_days().take(dates.days()).collect();
        let Some(page) = Page::new(&locations, dates) else {
            return Ok(Calendar {
                bookings: Vec::new(),
                clients: Vec::new(),
                locations: Vec::new(),
                staff: Vec::new(),
                resources: Vec::new(),
                holds: Vec::new(),
                days: self.days_in(r, reach, &days, query).await?,
                settings: settings_version(r),
            });
        };
        let (mut staff_left, mut units_left) = (Capacities::new(), Capacities::new());
        if query.parts.capacity {
            (staff_left, units_left) = capacities(r, &world, &locations, &people, &units, dates).await?;
        }
        let staff = people.iter().filter(|_| query.parts.staff).map(|id| StaffDays {
            capacity: staff_left.remove(id).unwrap_or_default(),
            ..staff_days(&world, *id, &locations, &days, page.span)
        });
        let resources = units.iter().filter(|_| query.parts.resources).map(|id| ResourceDays {
            capacity: units_left.remove(id).unwrap_or_default(),
            ..resource_days(&world, *id, page.span)
        });
        let (bookings, clients) = self.bookings_in(r, reach, &page, query).await?;
        Ok(Calendar {
            bookings,
            clients,
            locations: locations
                .iter()
                .filter(|_| query.parts.locations)
                .map(|location| location_days(location, &days, page.span))
                .collect(),
            staff: staff.collect(),
            resources: resources.collect(),
            holds: self.holds_in(r, reach, &page, query).await?,
            days: self.days_in(r, reach, &days, query).await?,
            settings: settings_version(r),
        })
    }

    /// The group sessions of a calendar page, but those that were called off: one statement, for who shows them.
    pub async fn calendar_sessions(&self, cx: &Cx, r: &Reader, query: &CalendarQuery) -> Result<Vec<GroupSession>> {
        let reach = self.reach(cx, r).await?;
        let dates = page_of_dates(query.from, query.to)?;
        let world = World::load(self, r).await?;
        let locations = locations(&world, &query.locations)?;
        match Page::new(&locations, dates) {
            Some(page) => self.sessions_in_range(r, reach, page.span, &query.locations, &query.staff).await,
            None => Ok(Vec::new()),
        }
    }

    /// The stamps of a range of dates, for who was away and asks what to read anew. One statement.
    pub async fn calendar_versions(&self, cx: &Cx, r: &Reader, from: NaiveDate, to: NaiveDate) -> Result<Versions> {
        self.reach(cx, r).await?;
        let dates = page_of_dates(from, to)?;
        let stamps = r.day_stamps(from, to).await?;
        let day = |date| (date, stamps.get(&date).copied().unwrap_or(Stamp(0)));
        let days = dates.first().iter_days().take(dates.days()).map(day).collect();
        Ok(Versions { settings: settings_version(r), days })
    }

    /// A live hold as open calendars show it; none for who may not see it.
    pub(crate) async fn live_hold(&self, cx: &Cx, r: &Reader, id: HoldId) -> Result<Option<Hold>> {
        let reach = self.reach(cx, r).await?;
        let hold = hold::repo::find(r, id).await?;
        Ok(hold.filter(|hold| hold.is_live(r.now()) && holds_within(reach, hold)))
    }

    async fn holds_in(&self, r: &Reader, reach: Reach, page: &Page, query: &CalendarQuery) -> Result<Vec<Hold>> {
        if !query.parts.holds {
            return Ok(Vec::new());
        }
        let mut holds = hold::repo::list_live_in_range(r, page.span).await?;
        holds.retain(|hold| {
            let of_staff = |line: &crate::booking::Line| line.staff_id.is_some_and(|id| query.staff.contains(&id));
            let with_unit =
                |line: &crate::booking::Line| line.resources.iter().any(|unit| query.resources.contains(&unit.id));
            holds_within(reach, hold)
                && page.has(hold.location_id, TimeRange::new(hold.starts_at, hold.ends_at))
                && (query.staff.is_empty() || hold.lines.iter().any(of_staff))
                && (query.resources.is_empty() || hold.lines.iter().any(with_unit))
        });
        Ok(holds)
    }

    async fn days_in(&self, r: &Reader, reach: Reach, days: &[NaiveDate], query: &CalendarQuery) -> Result<Vec<Day>> {
        let (Some(from), Some(to)) = (days.first().copied(), days.last().copied()) else { return Ok(Vec::new()) };
        let stamps = if query.parts.versions { r.day_stamps(from, to).await? } else { BTreeMap::new() };
        let mut counts: BTreeMap<NaiveDate, Vec<(Status, u32)>> = BTreeMap::new();
        if let Some(filter) = filter(reach, query).filter(|_| query.parts.counts) {
            let filter = Filter { from: Some(from), to: Some(to), ..filter };
            for (date, status, count) in repo::count_by_date(r, &filter).await? {
                counts.entry(date).or_default().push((status, count));
            }
        }
        let day = |date: &NaiveDate| Day {
            date: *date,
            stamp: stamps.get(date).copied().unwrap_or(Stamp(0)),
            counts: counts.remove(date).unwrap_or_default(),
        };
        Ok(days.iter().map(day).collect())
    }

    async fn bookings_in(
        &self,
        r: &Reader,
        reach: Reach,
        page: &Page,
        query: &CalendarQuery,
    ) -> Result<(Vec<Arc<Booking>>, Vec<(Uuid, i32)>)> {
        let Some(filter) = filter(reach, query).filter(|_| query.parts.bookings) else { return Ok(Default::default()) };
        let wanted = repo::versions_in_range(r, page.span, &filter, query.parts.clients).await?;
        let read = async |missing: Vec<Uuid>| {
            let missing: Vec<BookingId> = missing.into_iter().map(BookingId::from_uuid).collect();
            repo::list_by_ids(r, &missing).await
        };
        let mut bookings = self.cache.versioned(r, &wanted.bookings, read).await?;
        bookings.retain(|booking| page.has(booking.location_id, TimeRange::new(booking.starts_at, booking.ends_at)));
        if !query.resources.is_empty() {
            bookings.retain(|booking| {
                let taken = booking.lines.iter().flat_map(|line| &line.resources);
                taken.into_iter().any(|unit| query.resources.contains(&unit.id))
            });
        }
        Ok((bookings, wanted.clients.into_iter().collect()))
    }
}

/// The stamps of a range of dates.
#[derive(Debug, Clone)]
pub struct Versions {
    /// See [`Calendar::settings`].
    pub settings: String,
    /// The dates in order.
    pub days: Vec<(NaiveDate, Stamp)>,
}

/// The dates of a page as instants. Each place has its own midnights; `span` holds them all.
struct Page {
    places: Vec<(LocationId, TimeRange)>,
    span: TimeRange,
}

impl Page {
    fn new(locations: &[&Location], dates: Dates) -> Option<Self> {
        let whole = |zone| TimeRange::new(day_range(zone, dates.first()).from, day_range(zone, dates.last()).to);
        let places: Vec<_> = locations.iter().map(|location| (location.id, whole(location.zone))).collect();
        let from = places.iter().map(|(_, range)| range.from).min()?;
        let to = places.iter().map(|(_, range)| range.to).max()?;
        Some(Self { places, span: TimeRange { from, to } })
    }

    /// Whether what happens there and then is on one of the dates at its own place. What happens at a place that is
    /// archived is shown where it touches the whole.
    fn has(&self, location: LocationId, range: TimeRange) -> bool {
        self.places.iter().find(|(known, _)| *known == location).is_none_or(|(_, whole)| whole.overlaps(range))
    }
}

/// Which bookings a page shows; none when the caller sees none.
fn filter(reach: Reach, query: &CalendarQuery) -> Option<Filter> {
    let own = match reach {
        Reach::All => None,
        Reach::Own(Some(own)) => Some(own),
        Reach::Own(None) => return None,
    };
    let blocking = || Status::ALL.into_iter().filter(|status| status.blocks()).collect();
    Some(Filter {
        statuses: if query.statuses.is_empty() { blocking() } else { query.statuses.clone() },
        staff: query.staff.clone(),
        locations: query.locations.clone(),
        own,
        ..Filter::default()
    })
}

fn holds_within(reach: Reach, hold: &Hold) -> bool {
    match reach {
        Reach::All => true,
        Reach::Own(own) => hold.lines.iter().any(|line| own.is_some() && line.staff_id == own),
    }
}

/// The stamps of the small tables that a page shows, as one word.
fn settings_version(r: &Reader) -> String {
    SHOWN.iter().fold(String::new(), |mut text, table| {
        let _ = write!(text, "{:016x}", r.stamp(table).0);
        text
    })
}

fn locations<'a>(world: &'a World, wanted: &[LocationId]) -> Result<Vec<&'a Location>> {
    if wanted.is_empty() {
        return Ok(world.locations.open().collect());
    }
    wanted.iter().map(|id| world.locations.get(*id).ok_or_else(Error::not_found)).collect()
}

fn people(world: &World, reach: Reach, wanted: &[StaffId]) -> Result<Vec<StaffId>> {
    let seen = |id: StaffId| match reach {
        Reach::All => true,
        Reach::Own(own) => own == Some(id),
    };
    if wanted.is_empty() {
        return Ok(world
            .members
            .iter()
            .filter(|member| !member.archived && seen(member.id))
            .map(|member| member.id)
            .collect());
    }
    let known = |id: &StaffId| world.members.get(*id).filter(|member| seen(member.id)).map(|member| member.id);
    wanted.iter().map(|id| known(id).ok_or_else(Error::not_found)).collect()
}

fn units(world: &World, wanted: &[ResourceId], locations: &[&Location]) -> Result<Vec<ResourceId>> {
    if wanted.is_empty() {
        let here = |id: LocationId| locations.iter().any(|location| location.id == id);
        let units = world.resources.iter().filter(|unit| !unit.archived && here(unit.location_id));
        return Ok(units.map(|unit| unit.id).collect());
    }
    wanted.iter().map(|id| world.resources.get(*id).map(|unit| unit.id).ok_or_else(Error::not_found)).collect()
}

fn location_days(location: &Location, days: &[NaiveDate], span: TimeRange) -> LocationDays {
    let hours = |date: &NaiveDate| {
        let weekday = date.weekday();
        let date = *date;
        location
            .opening
            .iter()
            .filter(move |opening| opening.weekday == weekday)
            .filter_map(move |opening| project(location.zone, date, opening.interval))
    };
    let closures = location.closures.iter().filter(|closure| closure.range.overlaps(span));
    LocationDays {
        location: location.id,
        open: days.iter().flat_map(hours).collect(),
        closures: closures.map(|closure| (closure.range, closure.reason.clone())).collect(),
    }
}

fn staff_days(world: &World, id: StaffId, locations: &[&Location], days: &[NaiveDate], span: TimeRange) -> StaffDays {
    let (mut shifts, mut breaks) = (Vec::new(), Vec::new());
    for date in days {
        for location in locations {
            let intervals = world.schedules.day(id, location.id, *date).into_iter();
            let ranges: Vec<TimeRange> =
                intervals.filter_map(|interval| project(location.zone, *date, interval)).collect();
            let gaps = ranges.windows(2).map(|pair| TimeRange::new(pair[0].to, pair[1].from));
            let shift = |range| Shift { location: location.id, date: *date, range };
            breaks.extend(gaps.filter(|gap| !gap.is_empty()).map(shift));
            shifts.extend(ranges.iter().copied().map(shift));
        }
    }
    shifts.sort_by_key(|shift| shift.range.from);
    breaks.sort_by_key(|gap| gap.range.from);
    let time_off = world.schedules.absences(id, span).collect();
    let imported_busy = world.busy_times.of(id, span).collect();
    StaffDays { staff: id, shifts, breaks, time_off, imported_busy, capacity: Vec::new() }
}

fn resource_days(world: &World, id: ResourceId, span: TimeRange) -> ResourceDays {
    let windows = world.resources.maintenance_of(id, span);
    ResourceDays {
        resource: id,
        maintenance: windows.map(|window| (window.range, window.reason.clone())).collect(),
        capacity: Vec::new(),
    }
}
