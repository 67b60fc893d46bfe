//! The status of a unit at an instant: derived from its maintenance windows and from what bookings occupy.

use super::ResourceId;
use crate::maintenance::{Maintenance, MaintenanceId};
use async_graphql::Enum;
use chrono::{DateTime, Utc};
use kernel::time::TimeRange;
use tenancy::ports::Occupation;
use uuid::Uuid;

/// What a unit is at an instant, until when, and by what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceStatus {
    /// The unit.
    pub resource_id: ResourceId,
    /// The instant that was asked about.
    pub at: DateTime<Utc>,
    /// Free, busy or out of use.
    pub kind: StatusKind,
    /// When this status ends, as far as is known now; `None` when nothing is planned.
    pub until: Option<DateTime<Utc>>,
    /// The window that makes it `Maintenance`.
    pub maintenance_id: Option<MaintenanceId>,
    /// The booking that makes it `Busy`; `None` when a hold does.
    pub booking_id: Option<Uuid>,
}

/// The three statuses of a unit. Maintenance outranks a booking: who stands before the door cannot go in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
#[graphql(name = "ResourceStatusKind")]
pub enum StatusKind {
    /// Nothing holds it.
    Free,
    /// A booking holds it, set-up and clean-up included.
    Busy,
    /// It is out of use.
    Maintenance,
}

/// Derives the status. `windows` and `occupied` are those of this unit, in any order; what lies wholly before `at`
/// is ignored. Windows that overlap or touch are one stretch; so are bookings back to back only to a program, not
/// to a person, so a busy unit answers with the end of the booking that holds it.
pub fn status_at(
    resource_id: ResourceId,
    at: DateTime<Utc>,
    windows: &[Maintenance],
    occupied: &[Occupation],
) -> ResourceStatus {
    let status = |kind, until, maintenance_id, booking_id| ResourceStatus {
        resource_id,
        at,
        kind,
        until,
        maintenance_id,
        booking_id,
    };
    let next_window = windows.iter().map(|window| window.range.from).filter(|from| *from > at).min();
    if let Some(window) = windows.iter().filter(|window| window.range.contains(at)).max_by_key(|window| window.range.to) {
        return status(StatusKind::Maintenance, Some(end_of_stretch(window.range, windows)), Some(window.id), None);
    }
    if let Some(occupation) = occupied.iter().find(|held| held.from <= at && at < held.to) {
        let until = next_window.map_or(occupation.to, |from| from.min(occupation.to));
        return status(StatusKind::Busy, Some(until), None, occupation.booking);
    }
    let next_booking = occupied.iter().map(|held| held.from).filter(|from| *from > at).min();
    status(StatusKind::Free, next_window.into_iter().chain(next_booking).min(), None, None)
}

/// Where the stretch of overlapping or touching windows ends that `range` belongs to.
fn end_of_stretch(range: TimeRange, windows: &[Maintenance]) -> DateTime<Utc> {
    let mut end = range.to;
    while let Some(later) = windows.iter().filter(|window| window.range.from <= end).map(|window| window.range.to).max()
        && later > end
    {
        end = later;
    }
    end
}
