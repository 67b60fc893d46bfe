//! What is asked for when maintenance is planned or listed. Pure.

use super::{Maintenance, MaintenanceId};
use crate::error::CatalogErrorCode;
use crate::field::range;
use crate::resource::ResourceId;
use chrono::{DateTime, Utc};
use kernel::text::multiline;
use kernel::time::TimeRange;
use kernel::{Checks, Cursor, CursorKey, Result};
use serde::Serialize;

/// A maintenance window as asked for: nothing is checked yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MaintenanceDraft {
    /// The unit.
    pub resource_id: ResourceId,
    /// When it starts.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
    /// Why.
    pub reason: String,
}

/// An edit: what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MaintenancePatch {
    /// Another start.
    pub starts_at: Option<DateTime<Utc>>,
    /// Another end.
    pub ends_at: Option<DateTime<Utc>>,
    /// Another reason.
    pub reason: Option<String>,
}

/// Which windows to list; what is `None` does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MaintenanceFilter {
    /// Those of these units.
    pub resource_ids: Option<Vec<ResourceId>>,
    /// Those that have not ended at this instant.
    pub from: Option<DateTime<Utc>>,
    /// Those that start before this instant.
    pub to: Option<DateTime<Utc>>,
}

impl MaintenanceDraft {
    /// The draft of a window after an edit.
    pub fn of(window: &Maintenance, patch: MaintenancePatch) -> Self {
        Self {
            resource_id: window.resource_id,
            starts_at: patch.starts_at.unwrap_or(window.range.from),
            ends_at: patch.ends_at.unwrap_or(window.range.to),
            reason: patch.reason.unwrap_or_else(|| window.reason.clone()),
        }
    }

    /// The window that this draft makes, or everything that is wrong with it. One that is over at `now` would tell
    /// nobody anything.
    pub fn check(self, id: MaintenanceId, now: DateTime<Utc>) -> Result<Maintenance> {
        let mut checks = Checks::new();
        let range: Option<TimeRange> =
            range(&mut checks, self.starts_at, self.ends_at, CatalogErrorCode::EndBeforeStart);
        let over = range.is_some_and(|range| range.to <= now);
        checks.ensure("endsAt", !over, CatalogErrorCode::AlreadyOver);
        let reason = checks.check("reason", multiline(&self.reason, 0, 500));
        checks.build(|| {
            Some(Maintenance { id, resource_id: self.resource_id, range: range?, reason: reason?, version: 1 })
        })
    }
}

impl MaintenanceFilter {
    /// Does the list show this window?
    pub fn matches(&self, window: &Maintenance) -> bool {
        self.resource_ids.as_ref().is_none_or(|ids| ids.contains(&window.resource_id))
            && self.from.is_none_or(|from| window.range.to > from)
            && self.to.is_none_or(|to| window.range.from < to)
    }
}

/// Where a window stands in a list: by its start.
pub fn place(window: &Maintenance) -> Cursor {
    Cursor { key: CursorKey::Time(window.range.from), id: window.id.uuid() }
}
