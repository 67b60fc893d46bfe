//! Use cases of hours. A change locks the person's schedule, so that a booking decides before or after it, never
//! across it, and answers with the bookings that it hits.

use super::clash::{first_clash, telling_dates};
use super::{HoursDraft, Schedules, Template, repo};
use crate::Staff;
use crate::error::StaffErrorCode;
use crate::events::StaffHoursSet;
use crate::exception::Exception;
use crate::handle::STAMP;
use crate::member::{StaffId, StaffMember};
use crate::permissions::{SCHEDULE_WRITE, STAFF_INTERNAL};
use access::Cx;
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use db::{Reader, Tx};
use kernel::time::{LATEST, day_range, local_date};
use kernel::{CommonCode, Error, Result, TimeRange};
use std::collections::BTreeSet;
use tenancy::ports::AffectedBooking;
use tenancy::{Location, LocationId, Locations};

/// How many local days one question about shifts may span.
pub const MAX_DAYS: i64 = 62;

/// What somebody works at a location on a local date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shift {
    /// Who.
    pub staff_id: StaffId,
    /// Where.
    pub location_id: LocationId,
    /// The local date on which the intervals start.
    pub date: NaiveDate,
    /// What they work, by start; empty on a day off that an exception or the published plan gave.
    pub intervals: super::Intervals,
    /// What says so.
    pub source: super::ShiftSource,
    /// The exception that says so, if it is one.
    pub exception: Option<Exception>,
}

impl Staff {
    /// The weekly hours of one person, by location and first day; those that ended more than a year ago are left out.
    pub async fn list_hours(&self, cx: &Cx, r: &Reader, id: StaffId) -> Result<Vec<Template>> {
        cx.require(STAFF_INTERNAL)?;
        self.members(r).await?.get(id).ok_or_else(Error::not_found)?;
        let schedules = self.schedules(r).await?;
        Ok(schedules.templates().iter().filter(|template| template.staff_id == id).cloned().collect())
    }

    /// Who works where and when from one local date to another, both included: the shifts before opening hours,
    /// closures and time off are taken from them. At most 62 days.
    pub async fn list_shifts(
        &self,
        cx: &Cx,
        r: &Reader,
        staff: Option<&[StaffId]>,
        place: Option<LocationId>,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<Vec<Shift>> {
        cx.require(STAFF_INTERNAL)?;
        if to < from || (to - from).num_days() >= MAX_DAYS {
            return Err(Error::invalid_argument("to").with("max", MAX_DAYS));
        }
        let (members, locations) = (self.members(r).await?, self.tenancy.locations(r).await?);
        if staff.unwrap_or_default().iter().any(|id| members.get(*id).is_none()) {
            return Err(Error::not_found());
        }
        if place.is_some_and(|place| locations.get(place).is_none()) {
            return Err(Error::not_found());
        }
        let schedules = self.schedules(r).await?;
        let people: Vec<_> = members.iter().filter(|it| staff.is_none_or(|staff| staff.contains(&it.id))).collect();
        let places: Vec<_> = locations.iter().filter(|it| place.is_none_or(|place| it.id == place)).collect();
        let mut shifts = Vec::new();
        for date in from.iter_days().take_while(|date| *date <= to) {
            for member in &people {
                shifts.extend(places.iter().filter_map(|place| shift(&schedules, member, place.id, date)));
            }
        }
        Ok(shifts)
    }

    /// Replaces the weekly hours of one person at one location from a day on. Answers with the profile, whose version
    /// goes up, and the bookings that now conflict. A preview writes nothing.
    pub async fn set_hours(
        &self,
        cx: &Cx,
        version: i32,
        draft: &HoursDraft,
        preview: bool,
    ) -> Result<(StaffMember, Vec<AffectedBooking>)> {
        cx.require(SCHEDULE_WRITE)?;
        let (staff, place) = (draft.staff_id, draft.location_id);
        db::transaction!(self.db, cx.company()?, |tx| {
            tx.preview_if(preview);
            let member = self.locked_member(tx, staff, version).await?;
            let location = self.expect_workplace(tx, &member, place).await?;
            let today = local_date(location.zone, tx.now());
            let from = draft.from.unwrap_or(today);
            repo::replace(tx, staff, place, from, &draft.check(from)?).await?;
            let member = self.advanced(tx, member).await?;

            let schedules = self.schedules(tx).await?;
            let places = self.zones_of(tx, &member).await?;
            let dates = telling_dates(&schedules, staff, place, &places, today);
            refuse_clash(&schedules, staff, &places, &dates, "templates")?;

            tx.touch(STAMP);
            let affected = self.affected_by(cx, tx, staff, Some(from_day(location.zone, from, tx.now()))).await?;
            let event = StaffHoursSet { id: staff, location_id: place, from, affected: affected.len() };
            self.jobs.publish_in(cx, tx, &event).await?;
            Ok((member, affected))
        })
    }

    /// An open location where the person works, or why not.
    pub(crate) async fn expect_workplace(&self, tx: &Tx, member: &StaffMember, place: LocationId) -> Result<Location> {
        workplace(&*self.tenancy.locations(tx).await?, member, place).cloned()
    }

    /// The open locations where the person works, with their zones.
    pub(crate) async fn zones_of(&self, tx: &Tx, member: &StaffMember) -> Result<Vec<(LocationId, Tz)>> {
        Ok(zones(&*self.tenancy.locations(tx).await?, member))
    }
}

/// An open location where the person works, or why not.
pub(crate) fn workplace<'a>(locations: &'a Locations, member: &StaffMember, place: LocationId) -> Result<&'a Location> {
    let location = locations.get(place).ok_or_else(Error::not_found)?;
    if location.archived {
        return Err(Error::conflict(CommonCode::Archived).at("locationId"));
    }
    if !member.works_at(place) {
        return Err(Error::conflict(StaffErrorCode::NotAtLocation).at("locationId"));
    }
    Ok(location)
}

/// The open locations where the person works, with their zones.
pub(crate) fn zones(locations: &Locations, member: &StaffMember) -> Vec<(LocationId, Tz)> {
    let workplaces = locations.open().filter(|location| member.works_at(location.id));
    workplaces.map(|location| (location.id, location.zone)).collect()
}

/// Refuses hours that put somebody at two locations at once on one of `dates`.
pub(crate) fn refuse_clash(
    schedules: &Schedules,
    staff: StaffId,
    places: &[(LocationId, Tz)],
    dates: &BTreeSet<NaiveDate>,
    field: &'static str,
) -> Result<()> {
    match first_clash(schedules, staff, places, dates) {
        Some(clash) => Err(Error::conflict(StaffErrorCode::TwoPlacesAtOnce).at(field).with("date", clash.date)),
        None => Ok(()),
    }
}

fn shift(schedules: &Schedules, member: &StaffMember, place: LocationId, date: NaiveDate) -> Option<Shift> {
    let (source, intervals) = schedules.sourced_day(member.id, place, date)?;
    let exception = schedules.exception(member.id, place, date).cloned();
    Some(Shift { staff_id: member.id, location_id: place, date, intervals, source, exception })
}

/// All time from a local date on, but not what is past.
fn from_day(zone: Tz, date: NaiveDate, now: DateTime<Utc>) -> TimeRange {
    TimeRange::new(day_range(zone, date).from.max(now), LATEST)
}

/// The time in which a change of these days matters: a night shift reaches into the day after. `None` when it is past.
pub(crate) fn span(places: &[(LocationId, Tz)], dates: &BTreeSet<NaiveDate>, now: DateTime<Utc>) -> Option<TimeRange> {
    let (first, last) = (dates.first()?, dates.last()?.succ_opt()?);
    let from = places.iter().map(|(_, zone)| day_range(*zone, *first).from).min()?.max(now);
    let to = places.iter().map(|(_, zone)| day_range(*zone, last).to).max()?;
    (from < to).then(|| TimeRange::new(from, to))
}
