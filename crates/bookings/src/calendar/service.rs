//! Reading a calendar page: bookings in one statement, all else from the small tables of the snapshot.

use crate::Bookings;
use crate::booking::repo::{self, Filter};
use crate::booking::service::Reach;
use crate::booking::{Booking, Status};
use crate::session::GroupSession;
use crate::slots::{World, page_of_dates};
use access::Cx;
use catalog::ResourceId;
use chrono::Datelike as _;
use chrono::NaiveDate;
use db::Reader;
use kernel::time::{TimeRange, day_range, project};
use kernel::{Error, Result};
use staff::StaffId;
use tenancy::{Location, LocationId};

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
}

/// A page of the calendar.
#[derive(Debug, Clone)]
pub struct Calendar {
    /// Bookings by start.
    pub bookings: Vec<Booking>,
    /// When the locations are open and closed.
    pub locations: Vec<LocationDays>,
    /// When people work and are away.
    pub staff: Vec<StaffDays>,
    /// When units are under maintenance.
    pub resources: Vec<ResourceDays>,
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
    /// Approved time off, by start.
    pub time_off: Vec<TimeRange>,
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
}

impl Bookings {
    /// A page of the calendar as the caller may see it. One statement beside the small tables.
    pub async fn calendar(&self, cx: &Cx, r: &Reader, query: &CalendarQuery) -> Result<Calendar> {
        let reach = self.reach(cx, r).await?;
        let dates = page_of_dates(query.from, query.to)?;
        let world = World::load(self, r).await?;
        let locations = locations(&world, &query.locations)?;
        let people = people(&world, reach, &query.staff)?;
        let units = units(&world, &query.resources, &locations)?;
        let Some(span) = span(&locations, query.from, query.to) else {
            return Ok(Calendar {
                bookings: Vec::new(),
                locations: Vec::new(),
                staff: Vec::new(),
                resources: Vec::new(),
            });
        };
        let days: Vec<NaiveDate> = dates.first().iter_days().take(dates.days()).collect();
        Ok(Calendar {
            bookings: self.bookings_in(r, reach, span, query).await?,
            locations: locations.iter().map(|location| location_days(location, &days, span)).collect(),
            staff: people.iter().map(|id| staff_days(&world, *id, &locations, &days, span)).collect(),
            resources: units.iter().map(|id| resource_days(&world, *id, span)).collect(),
        })
    }

    /// The group sessions of a calendar page, but those that were called off: one statement, for who shows them.
    pub async fn calendar_sessions(&self, cx: &Cx, r: &Reader, query: &CalendarQuery) -> Result<Vec<GroupSession>> {
        let reach = self.reach(cx, r).await?;
        page_of_dates(query.from, query.to)?;
        let world = World::load(self, r).await?;
        let locations = locations(&world, &query.locations)?;
        match span(&locations, query.from, query.to) {
            Some(span) => self.sessions_in_range(r, reach, span, &query.locations, &query.staff).await,
            None => Ok(Vec::new()),
        }
    }

    async fn bookings_in(
        &self,
        r: &Reader,
        reach: Reach,
        span: TimeRange,
        query: &CalendarQuery,
    ) -> Result<Vec<Booking>> {
        let own = match reach {
            Reach::All => None,
            Reach::Own(Some(own)) => Some(own),
            Reach::Own(None) => return Ok(Vec::new()),
        };
        let blocking = || Status::ALL.into_iter().filter(|status| status.blocks()).collect();
        let filter = Filter {
            statuses: if query.statuses.is_empty() { blocking() } else { query.statuses.clone() },
            staff: query.staff.clone(),
            locations: query.locations.clone(),
            own,
            ..Filter::default()
        };
        let mut bookings = repo::list_in_range(r, span, &filter).await?;
        if !query.resources.is_empty() {
            bookings.retain(|booking| {
                let taken = booking.lines.iter().flat_map(|line| &line.resources);
                taken.into_iter().any(|unit| query.resources.contains(&unit.id))
            });
        }
        Ok(bookings)
    }
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

/// The dates as instants: locations may lie in several zones, so from the earliest midnight to the latest.
fn span(locations: &[&Location], from: NaiveDate, to: NaiveDate) -> Option<TimeRange> {
    let first = locations.iter().map(|location| day_range(location.zone, from).from).min()?;
    let last = locations.iter().map(|location| day_range(location.zone, to).to).max()?;
    Some(TimeRange { from: first, to: last })
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
    let mut shifts = Vec::new();
    for date in days {
        for location in locations {
            for interval in world.schedules.day(id, location.id, *date) {
                let range = project(location.zone, *date, interval);
                shifts.extend(range.map(|range| Shift { location: location.id, date: *date, range }));
            }
        }
    }
    shifts.sort_by_key(|shift| shift.range.from);
    StaffDays { staff: id, shifts, time_off: world.schedules.absences(id, span).collect() }
}

fn resource_days(world: &World, id: ResourceId, span: TimeRange) -> ResourceDays {
    let windows = world.resources.maintenance_of(id, span);
    ResourceDays { resource: id, maintenance: windows.map(|window| (window.range, window.reason.clone())).collect() }
}
