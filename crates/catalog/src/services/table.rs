//! All services of a company as one value: small, read by every booking, served from the stamped snapshot.

use super::{Service, ServiceId};
use kernel::Locale;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;

/// Every service of a company, archived ones too (old bookings show them), in catalogue order.
#[derive(Clone, Debug, Default)]
pub struct Services {
    rows: Vec<Arc<Service>>,
    by_id: HashMap<ServiceId, usize>,
}

impl Services {
    /// Puts the services into catalogue order: position, then name, then id.
    pub fn new(mut rows: Vec<Service>) -> Self {
        rows.sort_by_cached_key(|service| (service.position, service.name.sort_key(Locale::Uk), service.id));
        let by_id = rows.iter().enumerate().map(|(index, service)| (service.id, index)).collect();
        Self { rows: rows.into_iter().map(Arc::new).collect(), by_id }
    }

    /// The service with this id, archived or not.
    pub fn get(&self, id: ServiceId) -> Option<&Service> {
        self.by_id.get(&id).map(|index| self.rows[*index].as_ref())
    }

    /// The same for who keeps it longer than the table: no copy.
    pub fn shared(&self, id: ServiceId) -> Option<Arc<Service>> {
        self.by_id.get(&id).map(|index| self.rows[*index].clone())
    }

    /// All services in catalogue order, archived ones too.
    pub fn iter(&self) -> impl Iterator<Item = &Service> {
        self.rows.iter().map(Arc::as_ref)
    }
}

impl Serialize for Services {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Services {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self::new)
    }
}
