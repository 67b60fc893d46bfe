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
    if let Some(window) = windows.iter().filter(|window| window.range.contains(at)).max_by_key(|window| window.range.to)
    {
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(minute * 60, 0).unwrap()
    }

    fn window(resource_id: ResourceId, from: i64, to: i64) -> Maintenance {
        let range = TimeRange::new(at(from), at(to));
        Maintenance { id: MaintenanceId::new(), resource_id, range, reason: String::new(), version: 1 }
    }

    fn status(windows: &[(i64, i64)], occupied: &[(i64, i64)]) -> (StatusKind, Option<i64>) {
        let id = ResourceId::new();
        let windows: Vec<_> = windows.iter().map(|(from, to)| window(id, *from, *to)).collect();
        let occupation = |(from, to): &(i64, i64)| Occupation {
            resource: id.uuid(),
            from: at(*from),
            to: at(*to),
            booking: Some(Uuid::now_v7()),
        };
        let occupied: Vec<_> = occupied.iter().map(occupation).collect();
        let status = status_at(id, at(100), &windows, &occupied);
        (status.kind, status.until.map(|until| until.timestamp() / 60))
    }

    #[test]
    fn a_free_unit_is_free_until_the_next_thing_that_is_known() {
        assert_eq!(status(&[], &[]), (StatusKind::Free, None));
        assert_eq!(status(&[(0, 100)], &[(40, 100)]), (StatusKind::Free, None));
        assert_eq!(status(&[(300, 400)], &[(200, 250)]), (StatusKind::Free, Some(200)));
    }

    #[test]
    fn a_busy_unit_is_busy_until_its_booking_ends_or_maintenance_begins() {
        assert_eq!(status(&[], &[(100, 160), (160, 200)]), (StatusKind::Busy, Some(160)));
        assert_eq!(status(&[(130, 400)], &[(90, 160)]), (StatusKind::Busy, Some(130)));
    }

    #[test]
    fn maintenance_outranks_and_windows_that_touch_are_one_stretch() {
        let windows = [(50, 120), (110, 150), (150, 180), (190, 300)];
        assert_eq!(status(&windows, &[(90, 160)]), (StatusKind::Maintenance, Some(180)));
    }
}
