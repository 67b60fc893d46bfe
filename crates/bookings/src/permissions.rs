//! Who may do what with bookings. `own` is always a filter, never a refusal: another person's booking is not found.

access::permissions! {
    /// Permissions of bookings and availability.
    pub mod declared {
        /// Ask when a visit is possible, and why a time is not.
        AVAILABILITY_READ = "availability.read" [Manager, Employee, PublishableKey];
        /// Hold a slot and book it as a client does: no notes of others, no overrides.
        BOOKINGS_BOOK = "bookings.book" [Manager, Employee, PublishableKey];
        /// See and run the own calendar: bookings with a line of the actor's own staff profile.
        BOOKINGS_OWN = "bookings.own" [Manager, Employee];
        /// See and run the whole company's calendar.
        BOOKINGS_ALL = "bookings.all" [Manager];
        /// Book against notice, horizon, grid or working hours by naming each overridden rule.
        BOOKINGS_OVERRIDE = "bookings.override" [Manager];
        /// Give a line of a visit another length than its service and person usually take.
        BOOKINGS_RESIZE = "bookings.resize" [Manager, Employee];
        /// Read and write the internal note of a booking, which its client never sees.
        BOOKINGS_NOTES = "bookings.notes" [Manager, Employee];
        /// Publish the own calendar behind a secret address, and revoke it.
        FEEDS_OWN = "feeds.own" [Manager, Employee];
        /// Publish anybody's calendar, a location's and the company's; see and revoke everybody's feeds.
        FEEDS_ALL = "feeds.all" [Manager];
    }
}

pub use declared::*;
