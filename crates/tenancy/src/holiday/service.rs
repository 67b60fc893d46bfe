//! Turning public holidays into closures.

use access::Cx;
use chrono::NaiveDate;
use db::Subject;
use kernel::time::{RangeSet, TimeRange, day_range};
use kernel::{Checks, CommonCode, Error, Issue, Result};
use std::collections::BTreeSet;

use super::{Holiday, HolidayCountry, YEARS, holidays};
use crate::closure::service::LIMIT;
use crate::closure::{self, Closure, ClosureId};
use crate::error::TenancyErrorCode;
use crate::events::HolidaysClosed;
use crate::handle::Tenancy;
use crate::location::{Location, LocationId, Locations};
use crate::permissions::{COMPANY_READ, LOCATIONS_WRITE};
use crate::ports::{AffectedBooking, CalendarChange};

/// How many dates one operation may name: more than any country has holidays in two years.
const MAX_DATES: usize = 50;
/// How many locations one operation may name.
const MAX_LOCATIONS: usize = 100;

/// Which holidays shut which locations.
#[derive(Debug, Clone)]
pub struct HolidayClosing {
    /// Whose holidays.
    pub country: HolidayCountry,
    /// The chosen ones.
    pub dates: Vec<NaiveDate>,
    /// What is shut; every location that is not archived when absent.
    pub locations: Option<Vec<LocationId>>,
}

impl Tenancy {
    /// The public holidays of a country in a year, by date.
    pub fn list_holidays(&self, cx: &Cx, country: HolidayCountry, year: i32) -> Result<Vec<Holiday>> {
        cx.require(COMPANY_READ)?;
        if !YEARS.contains(&year) {
            let (min, max) = (YEARS.start(), YEARS.end());
            return Err(Error::invalid_argument("year").with("min", min).with("max", max));
        }
        Ok(holidays(country, year))
    }

    /// Shuts locations on public holidays, each for the whole local day. A day on which a location is shut anyway gets no
    /// second closure, so asking twice does no more than asking once. Answers the new closures and the bookings between the
    /// first and the last of the days at these locations that do not fit. A preview writes nothing.
    pub async fn close_on_holidays(
        &self,
        cx: &Cx,
        closing: &HolidayClosing,
        preview: bool,
    ) -> Result<(Vec<Closure>, Vec<AffectedBooking>)> {
        cx.require(LOCATIONS_WRITE)?;
        db::transaction!(self.db(), cx.company()?, |tx| {
            tx.preview_if(preview);
            let named: BTreeSet<LocationId> = match &closing.locations {
                Some(named) => named.iter().copied().collect(),
                None => self.locations(tx).await?.open().map(|location| location.id).collect(),
            };
            let locks: Vec<_> = named.iter().map(|id| Subject::location(*id).exclusive()).collect();
            tx.lock_schedules(&locks).await?;
            let places = self.locations(tx).await?;
            let days = closing.check(&places)?;
            let language = self.settings(tx).await?.locale;

            let mut made: Vec<Closure> = Vec::new();
            for place in places.iter().filter(|place| named.contains(&place.id)) {
                let new: Vec<Closure> =
                    days.iter().filter_map(|holiday| closure_on(place, holiday, holiday.name(language))).collect();
                let coming = place.closures.iter().filter(|closure| closure.range.to > tx.now()).count();
                if u64::try_from(coming + new.len()).unwrap_or(u64::MAX) > LIMIT {
                    return Err(Error::conflict(CommonCode::LimitReached).with("max", LIMIT));
                }
                made.extend(new);
            }
            let locations: Vec<LocationId> = named.into_iter().collect();
            if !made.is_empty() {
                closure::repo::insert_many(tx, &made).await?;
                tx.touch("tenancy");
                let company = cx.company()?;
                let closures = made.iter().map(|closure| closure.id).collect();
                let event =
                    HolidaysClosed { company, country: closing.country, closures, locations: locations.clone() };
                self.jobs().publish_in(cx, tx, &event).await?;
            }
            let change = CalendarChange {
                locations: locations.iter().map(|id| id.uuid()).collect(),
                range: span(&places, &locations, &days),
                ..CalendarChange::default()
            };
            Ok((made, self.calendar().affected(cx, tx, &change).await?))
        })
    }
}

impl HolidayClosing {
    /// The chosen holidays by date, or everything that is wrong with the choice.
    fn check(&self, places: &Locations) -> Result<Vec<Holiday>> {
        let mut checks = Checks::new();
        for (index, id) in self.locations.iter().flatten().enumerate() {
            if places.get(*id).ok_or_else(Error::not_found)?.archived {
                return Err(Error::conflict(CommonCode::Archived).at(format!("locationIds.{index}")));
            }
        }
        let many = |max| Issue::new(CommonCode::TooLong).with("max", max);
        let locations = self.locations.as_ref().map_or(0, Vec::len);
        checks.ensure("locationIds", locations <= MAX_LOCATIONS, many(MAX_LOCATIONS));
        checks.ensure("dates", !self.dates.is_empty(), CommonCode::Required);
        checks.ensure("dates", self.dates.len() <= MAX_DATES, many(MAX_DATES));
        let mut chosen: Vec<Holiday> = Vec::new();
        for (index, date) in self.dates.iter().take(MAX_DATES).enumerate() {
            let at = format!("dates.{index}");
            let year = chrono::Datelike::year(date);
            match holidays(self.country, year).into_iter().find(|holiday| holiday.date == *date) {
                None => checks.add(at, Issue::new(TenancyErrorCode::NotAHoliday).with("date", date)),
                Some(_) if chosen.iter().any(|holiday| holiday.date == *date) => checks.add(at, CommonCode::Duplicate),
                Some(holiday) => chosen.push(holiday),
            }
        }
        checks.finish()?;
        chosen.sort_by_key(|holiday| holiday.date);
        Ok(chosen)
    }
}

/// The closure of a location on a holiday, unless it is shut all that day anyway.
fn closure_on(place: &Location, holiday: &Holiday, reason: &str) -> Option<Closure> {
    let range = day_range(place.zone, holiday.date);
    let shut: RangeSet = place.closures.iter().map(|closure| closure.range).collect();
    let closure = Closure { id: ClosureId::new(), location_id: place.id, range, reason: reason.to_owned(), version: 1 };
    (!shut.covers(range)).then_some(closure)
}

/// From the start of the first holiday to the end of the last one, wherever that is.
fn span(places: &Locations, named: &[LocationId], days: &[Holiday]) -> Option<TimeRange> {
    let zones = || named.iter().filter_map(|id| places.get(*id)).map(|place| place.zone);
    let (first, last) = (days.first()?.date, days.last()?.date);
    let from = zones().map(|zone| day_range(zone, first).from).min()?;
    let to = zones().map(|zone| day_range(zone, last).to).max()?;
    Some(TimeRange::new(from, to))
}
