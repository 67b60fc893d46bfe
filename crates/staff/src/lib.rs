//! Who works for a company, what they perform, and when: profiles, weekly templates, exceptions, time off.
//!
//! [`Schedules::day`] is the one answer to "who works when". A change of hours cancels no booking: it answers with
//! those that now conflict. Whether a time is free is `bookings`'; opening hours and closures are `tenancy`'s.

mod error;
mod events;
mod exception;
mod graphql;
mod handle;
mod member;
mod permissions;
mod schedule;
mod time_off;

pub use error::{StaffErrorCode, StaffUserError};
pub use events::{
    StaffExceptionsSet, StaffHoursSet, StaffMemberArchived, StaffMemberCreated, StaffMemberRestored,
    StaffMemberUpdated, StaffServicesSet, TimeOffCancelled, TimeOffDecided, TimeOffRequested,
};
pub use exception::{Exception, ExceptionId};
pub use graphql::{StaffMutation, StaffQuery};
pub use handle::{Staff, register};
pub use member::{MemberDraft, MemberFilter, MemberPatch, Performs, PerformsDraft, StaffId, StaffMember, StaffTable};
pub use permissions::permissions;
pub use schedule::{Employment, ScheduleRows, Schedules, Template, TemplateDraft, Week};
pub use time_off::{TimeOff, TimeOffId, TimeOffStatus};
