//! What happened to the staff: ids, codes, amounts and times. Each is published in the transaction that did it.

use crate::busy_calendar::BusyCalendarId;
use crate::member::StaffId;
use crate::rota::RotaId;
use crate::time_off::{TimeOffId, TimeOffStatus};
use catalog::events::Changes;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use tenancy::LocationId;
use uuid::Uuid;

/// A staff member was added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffMemberCreated {
    /// Who.
    pub id: StaffId,
}

/// A profile was edited, or what somebody performs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffMemberUpdated {
    /// Who.
    pub id: StaffId,
    /// What was changed; texts are only named.
    pub changes: Changes,
    /// How many bookings conflict since.
    pub affected: usize,
}

/// A staff member left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffMemberArchived {
    /// Who.
    pub id: StaffId,
    /// How many bookings conflict since.
    pub affected: usize,
}

/// A staff member came back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffMemberRestored {
    /// Who.
    pub id: StaffId,
}

/// The weekly hours of somebody at a location were replaced from a day on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffHoursSet {
    /// Who.
    pub id: StaffId,
    /// Where.
    pub location_id: LocationId,
    /// From which day on.
    pub from: NaiveDate,
    /// How many bookings conflict since.
    pub affected: usize,
}

/// Dated exceptions were set or taken away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffExceptionsSet {
    /// Who.
    pub id: StaffId,
    /// Where.
    pub location_ids: Vec<LocationId>,
    /// On which days.
    pub dates: Vec<NaiveDate>,
    /// Did the days go back to the weekly hours?
    pub removed: bool,
    /// How many bookings conflict since.
    pub affected: usize,
}

/// Time off was requested, entered, decided or cancelled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeOffChanged {
    /// Which.
    pub id: TimeOffId,
    /// Whose.
    pub staff_id: StaffId,
    /// When it starts.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
    /// What it was before; `None` when it is new.
    pub from: Option<TimeOffStatus>,
    /// What it is now.
    pub to: TimeOffStatus,
    /// How many bookings conflict since.
    pub affected: usize,
}

/// What a calendar of somebody's busy time holds became other, or it was taken away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BusyCalendarChanged {
    /// Which.
    pub id: BusyCalendarId,
    /// Whose.
    pub staff_id: StaffId,
    /// How many stretches of time count.
    pub ranges: usize,
    /// Was it taken away?
    pub removed: bool,
    /// How many bookings imported time stands against.
    pub affected: usize,
}

/// A rota was made, edited or archived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RotaChanged {
    /// Which.
    pub id: RotaId,
    /// Whose.
    pub staff_id: StaffId,
    /// Was it archived?
    pub archived: bool,
}

/// Shifts were drafted, or drafts taken away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShiftDraftsChanged {
    /// Whose.
    pub staff_ids: Vec<StaffId>,
    /// The first date that changed.
    pub from: NaiveDate,
    /// The last date that changed.
    pub to: NaiveDate,
    /// How many days of people changed.
    pub days: usize,
}

/// Shifts were published: they are working time from then on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShiftsPublished {
    /// Whose.
    pub staff_ids: Vec<StaffId>,
    /// The first date of the stretch.
    pub from: NaiveDate,
    /// The last date of the stretch.
    pub to: NaiveDate,
    /// How many days of people changed.
    pub days: usize,
    /// How many bookings do not fit.
    pub affected: usize,
}

/// Published shifts were taken back: the days go by the weekly hours again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShiftsWithdrawn {
    /// Whose.
    pub staff_ids: Vec<StaffId>,
    /// The first date of the stretch.
    pub from: NaiveDate,
    /// The last date of the stretch.
    pub to: NaiveDate,
    /// How many days of people changed.
    pub days: usize,
    /// How many bookings do not fit.
    pub affected: usize,
}

/// Events about several people: the history of no single thing.
macro_rules! collective {
    ($($event:ident = $name:literal;)+) => {$(
        impl jobs::Event for $event {
            const NAME: &'static str = $name;
        }
    )+};
}

collective! {
    ShiftDraftsChanged = "shifts.drafts_changed";
    ShiftsPublished = "shifts.published";
    ShiftsWithdrawn = "shifts.withdrawn";
}

macro_rules! named {
    ($($event:ident = $name:literal;)+) => {$(
        impl jobs::Event for $event {
            const NAME: &'static str = $name;

            fn subject(&self) -> Option<Uuid> {
                Some(self.id.uuid())
            }
        }
    )+};
}

named! {
    StaffMemberCreated = "staff.created";
    StaffMemberUpdated = "staff.updated";
    StaffMemberArchived = "staff.archived";
    StaffMemberRestored = "staff.restored";
    StaffHoursSet = "staff.hours_set";
    StaffExceptionsSet = "staff.exceptions_set";
    TimeOffChanged = "time_off.changed";
    RotaChanged = "rota.changed";
    BusyCalendarChanged = "busy_calendar.changed";
}
