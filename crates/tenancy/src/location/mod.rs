//! A location: a branch of a company with its own zone, opening hours and closures. Wall times are local to its zone.
//! A location is archived, never deleted: bookings of the past name it.

pub(crate) mod entity;
mod graphql;
pub(crate) mod hours;
pub(crate) mod repo;
pub(crate) mod service;

use chrono_tz::Tz;
use kernel::{CompanyId, Phone};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

pub use graphql::{LocationCreateInput, LocationMutation, LocationObject, LocationQuery, SlotGrid};
pub use hours::OpeningInterval;
pub use service::{LocationChange, NewLocation};

use crate::closure::Closure;

kernel::id! {
    /// A location of a company.
    pub struct LocationId("loc");
}

/// Default step of the slot grid, in minutes.
pub const DEFAULT_STEP_MINUTES: u16 = 15;

/// Where the grid of bookable starts is anchored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grid {
    /// At local midnight: with a step of 30, starts are at :00 and :30. The step divides the day.
    #[default]
    Midnight,
    /// At the start of each working interval: any step that is a multiple of five minutes.
    ShiftStart,
}

impl Grid {
    /// The name stored in rows.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Midnight => "midnight",
            Self::ShiftStart => "shift_start",
        }
    }

    /// The grid of a stored name.
    pub fn from_name(name: &str) -> Self {
        if name == Self::ShiftStart.name() { Self::ShiftStart } else { Self::Midnight }
    }

    /// Whether starts may lie this many minutes apart: a step anchored at midnight divides 1440, one anchored at the
    /// start of a shift is a multiple of 5.
    pub const fn accepts(self, step_minutes: u16) -> bool {
        match self {
            Self::Midnight => step_minutes >= 1 && 1440 % step_minutes == 0,
            Self::ShiftStart => step_minutes >= 5 && step_minutes <= 1440 && step_minutes.is_multiple_of(5),
        }
    }
}

/// A location as every domain sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    /// Its id.
    pub id: LocationId,
    /// The company it belongs to.
    pub company_id: CompanyId,
    /// Its name, unique among the company's locations that are not archived.
    pub name: String,
    /// The zone of all its wall times.
    pub zone: Tz,
    /// Where it is, as people write it; may be empty.
    pub address: String,
    /// Its phone.
    pub phone: Option<Phone>,
    /// How far apart starts may lie where the service does not say.
    pub step_minutes: u16,
    /// Where the grid of starts is anchored.
    pub grid: Grid,
    /// Whether buffers may reach out of working time.
    pub buffer_overhang: bool,
    /// Are starts offered beside the grid where a visit would touch one that its staff member has already?
    pub tight_starts: bool,
    /// The week's opening hours in order. Empty: never open.
    pub opening: Vec<OpeningInterval>,
    /// Closures that have not ended long ago, in order of start.
    pub closures: Vec<Closure>,
    /// Whether it is archived: nothing new is booked there.
    pub archived: bool,
    /// Counts edits; an edit names the one it saw.
    pub version: i32,
}

/// All locations of a company, archived ones too, in order of name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "Vec<Location>")]
pub struct Locations(Vec<Arc<Location>>);

impl From<Vec<Location>> for Locations {
    fn from(locations: Vec<Location>) -> Self {
        Self(locations.into_iter().map(Arc::new).collect())
    }
}

impl Serialize for Locations {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl Locations {
    /// The location, archived or not.
    pub fn get(&self, id: LocationId) -> Option<&Location> {
        self.iter().find(|location| location.id == id)
    }

    /// The same for who keeps it longer than the table: no copy.
    pub fn shared(&self, id: LocationId) -> Option<Arc<Location>> {
        self.0.iter().find(|location| location.id == id).cloned()
    }

    /// Every location, archived ones too.
    pub fn iter(&self) -> impl Iterator<Item = &Location> {
        self.0.iter().map(Arc::as_ref)
    }

    /// The locations where something can be booked.
    pub fn open(&self) -> impl Iterator<Item = &Location> {
        self.iter().filter(|location| !location.archived)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_fits_its_anchor() {
        assert!([5, 7 + 1, 10, 15, 20, 30, 60, 90, 1440].iter().all(|step| Grid::Midnight.accepts(*step)));
        assert!([0, 7, 25, 50, 1441].iter().all(|step| !Grid::Midnight.accepts(*step)));
        assert!([5, 25, 50, 1440].iter().all(|step| Grid::ShiftStart.accepts(*step)));
        assert!([0, 1, 7, 1445].iter().all(|step| !Grid::ShiftStart.accepts(*step)));
    }
}
