//! Use cases of locations and their opening hours. Whoever changes when a location works takes its schedule lock, so that
//! no booking is decided on hours that are just changing, and is told which bookings no longer fit.

use access::Cx;
use chrono_tz::Tz;
use db::{Subject, Tx};
use kernel::text::{multiline, text};
use kernel::{Checks, CommonCode, Error, Issue, Phone, Result};

use super::hours::{HoursFault, OpeningInterval, arrange};
use super::{DEFAULT_STEP_MINUTES, Grid, Location, LocationId, repo};
use crate::company::{self, service::within};
use crate::error::TenancyErrorCode;
use crate::events::{LocationArchived, LocationCreated, LocationRestored, LocationUpdated};
use crate::handle::Tenancy;
use crate::idempotency::idempotency;
use crate::permissions::LOCATIONS_WRITE;
use crate::ports::{AffectedBooking, CalendarChange};

/// The most locations of a company that are not archived.
pub(super) const LIMIT: u64 = 500;
const NAME_LENGTH: usize = 80;
const ADDRESS_LENGTH: usize = 300;

/// What a location is made of.
#[derive(Debug, Clone, Default, serde::Serialize)]
pub struct NewLocation {
    /// Its name.
    pub name: String,
    /// Its zone; the company's when absent.
    pub zone: Option<Tz>,
    /// Where it is; may be empty.
    pub address: String,
    /// Its phone in any spelling.
    pub phone: Option<String>,
    /// How far apart starts may lie, in minutes; 15 when absent.
    pub step_minutes: Option<i32>,
    /// Where the grid of starts is anchored; midnight when absent.
    pub grid: Option<Grid>,
    /// Whether buffers may reach out of working time; no when absent.
    pub buffer_overhang: Option<bool>,
    /// Whether starts that leave no gap are offered beside the grid.
    pub tight_starts: Option<bool>,
    /// The week's opening hours.
    pub opening: Vec<OpeningInterval>,
    /// Makes a repeated request harmless.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// An edit of a location. What is absent stays.
#[derive(Debug, Clone, Default)]
pub struct LocationChange {
    /// The version that was seen.
    pub version: i32,
    /// A new name.
    pub name: Option<String>,
    /// Another zone: wall times keep their numbers and become other instants.
    pub zone: Option<Tz>,
    /// A new address.
    pub address: Option<String>,
    /// Another phone; `Some(None)` takes it away.
    pub phone: Option<Option<String>>,
    /// Another step, in minutes.
    pub step_minutes: Option<i32>,
    /// Another anchor of the grid.
    pub grid: Option<Grid>,
    /// Whether buffers may reach out of working time.
    pub buffer_overhang: Option<bool>,
    /// Whether starts that leave no gap are offered beside the grid.
    pub tight_starts: Option<bool>,
    /// The whole week's opening hours from now on.
    pub opening: Option<Vec<OpeningInterval>>,
}

/// A location whose parts were checked, ready to be stored.
#[derive(Debug, Clone)]
pub(crate) struct CheckedLocation {
    pub(crate) name: String,
    pub(crate) zone: Tz,
    pub(crate) address: String,
    pub(crate) phone: Option<Phone>,
    pub(crate) step_minutes: u16,
    pub(crate) grid: Grid,
    pub(crate) buffer_overhang: bool,
    pub(crate) tight_starts: bool,
    pub(crate) opening: Vec<OpeningInterval>,
}

impl NewLocation {
    /// Checks all parts; `zone` is the company's.
    pub(crate) fn check(&self, zone: Tz) -> Result<CheckedLocation> {
        let grid = self.grid.unwrap_or_default();
        let mut checks = Checks::new();
        let name = checks.check("name", text(&self.name, 1, NAME_LENGTH));
        let address = checks.check("address", multiline(&self.address, 0, ADDRESS_LENGTH));
        let phone = checks.optional("phone", self.phone.as_deref().map(Phone::parse));
        let step = self.step_minutes.unwrap_or(i32::from(DEFAULT_STEP_MINUTES));
        let step_minutes = checks.check("stepMinutes", step_of(step, grid));
        let opening = checks.nested("opening", hours(&self.opening))?;
        checks.build(|| {
            Some(CheckedLocation {
                name: name?,
                zone: self.zone.unwrap_or(zone),
                address: address?,
                phone: phone?,
                step_minutes: step_minutes?,
                grid,
                buffer_overhang: self.buffer_overhang.unwrap_or(false),
                tight_starts: self.tight_starts.unwrap_or(false),
                opening: opening?,
            })
        })
    }
}

impl LocationChange {
    /// The location as it will be.
    fn apply(&self, current: &Location) -> Result<CheckedLocation> {
        NewLocation {
            name: self.name.clone().unwrap_or_else(|| current.name.clone()),
            zone: self.zone,
            address: self.address.clone().unwrap_or_else(|| current.address.clone()),
            phone: self.phone.clone().unwrap_or_else(|| current.phone.as_ref().map(ToString::to_string)),
            step_minutes: Some(self.step_minutes.unwrap_or(i32::from(current.step_minutes))),
            grid: Some(self.grid.unwrap_or(current.grid)),
            buffer_overhang: Some(self.buffer_overhang.unwrap_or(current.buffer_overhang)),
            tight_starts: Some(self.tight_starts.unwrap_or(current.tight_starts)),
            opening: self.opening.clone().unwrap_or_else(|| current.opening.clone()),
            idempotency_key: None,
        }
        .check(current.zone)
    }

    /// Whether bookings may stand outside working time after it.
    fn moves_time(&self) -> bool {
        self.zone.is_some() || self.opening.is_some() || self.buffer_overhang.is_some()
    }
}

impl Tenancy {
    /// Adds a location.
    pub async fn create_location(&self, cx: &Cx, new: NewLocation) -> Result<Location> {
        cx.require(LOCATIONS_WRITE)?;
        let company = cx.company()?;
        let key = idempotency(cx, "locationCreate", new.idempotency_key.as_deref(), &new)?;
        db::transaction!(self.db(), company, |tx| {
            if let Some(known) = key.done(tx).await? {
                return get(tx, LocationId::from_uuid(known)).await;
            }
            company::repo::lock(tx).await?;
            let zone = company::repo::find(tx, company).await?.ok_or_else(Error::not_found)?.zone;
            let checked = new.check(zone)?;
            if repo::count_open(tx).await? >= LIMIT {
                return Err(Error::conflict(CommonCode::LimitReached).with("max", LIMIT));
            }
            let id = LocationId::new();
            repo::insert(tx, id, &checked).await?;
            tx.touch("tenancy");
            self.jobs().publish_in(cx, tx, &LocationCreated { location: id }).await?;
            key.remember(tx, id.uuid()).await?;
            get(tx, id).await
        })
    }

    /// Changes a location, its opening hours included. Answers the bookings that no longer fit; none of them is
    /// touched. A preview writes nothing.
    pub async fn update_location(
        &self,
        cx: &Cx,
        id: LocationId,
        change: LocationChange,
        preview: bool,
    ) -> Result<(Location, Vec<AffectedBooking>)> {
        cx.require(LOCATIONS_WRITE)?;
        db::transaction!(self.db(), cx.company()?, |tx| {
            tx.preview_if(preview);
            let current = open(tx, id).await?;
            if current.archived {
                return Err(Error::conflict(CommonCode::Archived));
            }
            let checked = change.apply(&current)?;
            if !repo::update(tx, id, &checked, change.version).await? {
                return Err(version_conflict(current));
            }
            tx.touch("tenancy");
            self.jobs().publish_in(cx, tx, &LocationUpdated { location: id }).await?;
            let affected = if change.moves_time() { self.affected(cx, tx, id).await? } else { Vec::new() };
            Ok((get(tx, id).await?, affected))
        })
    }

    /// Archives a location: nothing new is booked there. Answers the bookings that still stand there. A preview
    /// writes nothing.
    pub async fn archive_location(
        &self,
        cx: &Cx,
        id: LocationId,
        version: i32,
        preview: bool,
    ) -> Result<(Location, Vec<AffectedBooking>)> {
        cx.require(LOCATIONS_WRITE)?;
        db::transaction!(self.db(), cx.company()?, |tx| {
            tx.preview_if(preview);
            company::repo::lock(tx).await?;
            let current = open(tx, id).await?;
            if !current.archived && repo::count_open(tx).await? <= 1 {
                return Err(Error::conflict(TenancyErrorCode::LastLocation));
            }
            if !repo::set_archived(tx, id, true, version).await? {
                return Err(version_conflict(current));
            }
            tx.touch("tenancy");
            self.jobs().publish_in(cx, tx, &LocationArchived { location: id }).await?;
            Ok((get(tx, id).await?, self.affected(cx, tx, id).await?))
        })
    }

    /// Takes an archived location back.
    pub async fn restore_location(&self, cx: &Cx, id: LocationId, version: i32) -> Result<Location> {
        cx.require(LOCATIONS_WRITE)?;
        db::transaction!(self.db(), cx.company()?, |tx| {
            company::repo::lock(tx).await?;
            let current = open(tx, id).await?;
            if repo::count_open(tx).await? >= LIMIT {
                return Err(Error::conflict(CommonCode::LimitReached).with("max", LIMIT));
            }
            if !repo::set_archived(tx, id, false, version).await? {
                return Err(version_conflict(current));
            }
            tx.touch("tenancy");
            self.jobs().publish_in(cx, tx, &LocationRestored { location: id }).await?;
            get(tx, id).await
        })
    }

    async fn affected(&self, cx: &Cx, tx: &Tx, id: LocationId) -> Result<Vec<AffectedBooking>> {
        let change = CalendarChange { locations: vec![id.uuid()], ..CalendarChange::default() };
        self.calendar().affected(cx, tx, &change).await
    }
}

/// Locks the location's schedule, then reads it.
async fn open(tx: &Tx, id: LocationId) -> Result<Location> {
    tx.lock_schedules(&[Subject::location(id).exclusive()]).await?;
    get(tx, id).await
}

async fn get(tx: &Tx, id: LocationId) -> Result<Location> {
    repo::find(tx, id).await?.ok_or_else(Error::not_found)
}

fn version_conflict(current: Location) -> Error {
    Error::conflict(CommonCode::VersionConflict).at("version").current(current)
}

fn step_of(step: i32, grid: Grid) -> Result<u16, Issue> {
    let minutes = within::<u16>(step, 1, 1440)?;
    if grid.accepts(minutes) { Ok(minutes) } else { Err(Issue::new(TenancyErrorCode::StepMismatch)) }
}

fn hours(week: &[OpeningInterval]) -> Result<Vec<OpeningInterval>> {
    arrange(week.to_vec()).map_err(|fault| match fault {
        HoursFault::Overlap(index) => Error::invalid(TenancyErrorCode::HoursOverlap).at(index.to_string()),
        HoursFault::TooMany(index) => Error::invalid(CommonCode::LimitReached)
            .with("max", super::hours::MAX_INTERVALS_A_DAY)
            .at(index.to_string()),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    fn fields(new: &NewLocation) -> Vec<(String, &'static str)> {
        let error = new.check(Tz::Europe__Kyiv).unwrap_err();
        error.issues.iter().map(|issue| (issue.field.clone().unwrap_or_default().into_owned(), issue.code)).collect()
    }

    #[test]
    fn defaults_fill_what_is_absent() {
        let checked =
            NewLocation { name: " Подол ".to_owned(), ..NewLocation::default() }.check(Tz::Europe__Kyiv).unwrap();
        assert_eq!((checked.name.as_str(), checked.zone, checked.step_minutes), ("Подол", Tz::Europe__Kyiv, 15));
    }

    #[test]
    fn every_mistake_is_named_at_its_field() {
        let interval = serde_json::from_value(
            serde_json::json!({"weekday": "Mon", "interval": {"start": "09:00", "end": "18:00"}}),
        );
        let interval: OpeningInterval = interval.unwrap();
        let new = NewLocation {
            name: "  ".to_owned(),
            phone: Some("12".to_owned()),
            step_minutes: Some(7),
            opening: vec![interval, interval],
            ..NewLocation::default()
        };
        let expected = [
            ("name", "REQUIRED"),
            ("phone", "INVALID"),
            ("stepMinutes", "STEP_MISMATCH"),
            ("opening.1", "HOURS_OVERLAP"),
        ];
        assert_eq!(fields(&new), expected.map(|(field, code)| (field.to_owned(), code)));
    }
}
