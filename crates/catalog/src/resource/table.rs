//! All units of a company with their types and maintenance as one value, served from the stamped snapshot.

use super::{Resource, ResourceId};
use crate::maintenance::{Maintenance, MaintenanceId};
use crate::resource_type::{ResourceType, ResourceTypeId};
use kernel::Locale;
use kernel::text::sort_key;
use kernel::time::TimeRange;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use tenancy::LocationId;

/// Every resource type and unit of a company, archived ones too, and the maintenance windows that are neither
/// cancelled nor older than a year.
#[derive(Clone, Debug, Default)]
pub struct Resources {
    rows: Rows,
    types: HashMap<ResourceTypeId, usize>,
    units: HashMap<ResourceId, usize>,
    windows: HashMap<ResourceId, Vec<usize>>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Rows {
    types: Vec<ResourceType>,
    units: Vec<Resource>,
    maintenance: Vec<Maintenance>,
}

impl Resources {
    /// Sorts types and units by name, windows by their start, and indexes them.
    pub fn new(types: Vec<ResourceType>, units: Vec<Resource>, maintenance: Vec<Maintenance>) -> Self {
        Self::index(Rows { types, units, maintenance })
    }

    /// The type with this id, archived or not.
    pub fn get_type(&self, id: ResourceTypeId) -> Option<&ResourceType> {
        self.types.get(&id).map(|index| &self.rows.types[*index])
    }

    /// The unit with this id, archived or not.
    pub fn get(&self, id: ResourceId) -> Option<&Resource> {
        self.units.get(&id).map(|index| &self.rows.units[*index])
    }

    /// The maintenance window with this id, unless it was cancelled or ended more than a year ago.
    pub fn get_maintenance(&self, id: MaintenanceId) -> Option<&Maintenance> {
        self.rows.maintenance.iter().find(|window| window.id == id)
    }

    /// All types by name, archived ones too.
    pub fn types(&self) -> impl Iterator<Item = &ResourceType> {
        self.rows.types.iter()
    }

    /// All units by name, archived ones too.
    pub fn iter(&self) -> impl Iterator<Item = &Resource> {
        self.rows.units.iter()
    }

    /// All maintenance windows by start.
    pub fn maintenance(&self) -> impl Iterator<Item = &Maintenance> {
        self.rows.maintenance.iter()
    }

    /// The units of a type that bookings can take at a location, smallest capacity first.
    pub fn usable_units(&self, type_id: ResourceTypeId, location: LocationId) -> Vec<&Resource> {
        let wanted = |unit: &&Resource| unit.type_id == type_id && unit.location_id == location && unit.usable();
        let mut units: Vec<_> = self.rows.units.iter().filter(wanted).collect();
        units.sort_by_key(|unit| (unit.capacity, unit.id));
        units
    }

    /// The maintenance windows of a unit that touch `range`, by start; they may overlap one another.
    pub fn maintenance_of(&self, unit: ResourceId, range: TimeRange) -> impl Iterator<Item = &Maintenance> {
        let windows = self.windows.get(&unit).map(Vec::as_slice).unwrap_or_default();
        windows.iter().map(|index| &self.rows.maintenance[*index]).filter(move |window| window.range.overlaps(range))
    }

    fn index(mut rows: Rows) -> Self {
        rows.types.sort_by_cached_key(|kind| (kind.name.sort_key(Locale::Uk), kind.id));
        rows.units.sort_by_cached_key(|unit| (sort_key(&unit.name, Locale::Uk), unit.id));
        rows.maintenance.sort_by_key(|window| (window.range.from, window.id));
        let types = rows.types.iter().enumerate().map(|(index, kind)| (kind.id, index)).collect();
        let units = rows.units.iter().enumerate().map(|(index, unit)| (unit.id, index)).collect();
        let mut windows: HashMap<ResourceId, Vec<usize>> = HashMap::new();
        for (index, window) in rows.maintenance.iter().enumerate() {
            windows.entry(window.resource_id).or_default().push(index);
        }
        Self { rows, types, units, windows }
    }
}

impl Serialize for Resources {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.rows.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Resources {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Rows::deserialize(deserializer).map(Self::index)
    }
}
