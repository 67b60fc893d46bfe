//! What the staff domain lets a role do. The administrator has all of it; brackets name who else does.

access::permissions! {
    /// Permissions of the staff domain.
    pub mod permissions {
        /// See the staff whom clients can book.
        STAFF_READ = "staff.read" [Manager, Employee, PublishableKey];
        /// See all staff, their employment and hours.
        STAFF_INTERNAL = "staff.internal" [Manager, Employee];
        /// Change profiles and who performs what.
        STAFF_WRITE = "staff.write" [Manager];
        /// Change weekly hours and dated exceptions.
        SCHEDULE_WRITE = "schedule.write" [Manager];
        /// See, request and cancel one's own time off.
        TIME_OFF_OWN = "time_off.own" [Manager, Employee];
        /// See everybody's time off, enter it, approve and decline requests.
        TIME_OFF_ALL = "time_off.all" [Manager];
        /// See, bring in and take away one's own calendars of busy time.
        BUSY_CALENDARS_OWN = "busy_calendars.own" [Manager, Employee];
        /// See, bring in and take away everybody's calendars of busy time.
        BUSY_CALENDARS_ALL = "busy_calendars.all" [Manager];
    }
}

pub use permissions::*;
