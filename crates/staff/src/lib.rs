//! Who works for a company, what they perform, and when: profiles, weekly templates, rotas and the shift plan, exceptions,
//! time off, and when other calendars say that somebody is busy.
//!
//! [`Schedules::day`] is the one answer to "who works when". A change of hours cancels no booking: it answers with
//! those that now conflict. Whether a time is free is `bookings`'; opening hours and closures are `tenancy`'s.

mod busy_calendar;
mod directory;
mod error;
pub mod events;
mod exception;
mod graphql;
mod handle;
mod member;
pub mod permissions;
mod plan;
mod rota;
mod schedule;
mod shift_calendar;
mod time_off;

pub use busy_calendar::graphql::BusyCalendarObject;
pub use busy_calendar::{
    BusyCalendar, BusyCalendarFault, BusyCalendarId, BusyCalendarSource, BusyTimes, ImportDraft, RefreshBusyCalendar,
    SubscribeDraft,
};
pub use error::{StaffErrorCode, StaffUserError};
pub use exception::graphql::ExceptionObject;
pub use exception::{DaysOfExceptions, Exception, ExceptionId, ExceptionsDraft};
pub use graphql::{StaffMutation, StaffQuery, TimeInterval, TimeIntervalInput};
pub use handle::{BUSY_STAMP, STAMP, Staff, register};
pub use member::graphql::{MemberObject, PerformsObject};
pub use member::{MemberDraft, MemberFilter, MemberPatch, Performs, PerformsDraft, StaffId, StaffMember, StaffTable};
pub use plan::graphql::PlannedDayObject;
pub use plan::{PlanKey, PlanMonth, PlanScope, PlannedDay, ShiftDraft, WeekCopy};
pub use rota::graphql::RotaObject;
pub use rota::{Cycle, CycleDays, Rota, RotaDraft, RotaId, RotaPatch};
pub use schedule::{
    Employment, HoursDraft, ScheduleRows, Schedules, Shift, ShiftSource, Template, TemplateDraft, Week,
};
pub use shift_calendar::{ShiftCalendar, ShiftCalendarQuery};
pub use time_off::graphql::TimeOffObject;
pub use time_off::{TimeOff, TimeOffDraft, TimeOffFilter, TimeOffId, TimeOffStatus};

gql::messages!();
