//! Bookings: when a visit is possible, holding and booking it, moving and ending it, and the calendar of it all.
//!
//! One engine ([`availability`]) decides, whoever asks: a listing, a hold, a booking, a move. What it decided is written
//! under locks, and the database's own guard speaks last. Ended bookings stay, with who, when and why.
//! Not here: who works when (staff), opening hours (tenancy), what is offered (catalog), messages (comms), money (finance).

pub mod availability;
pub mod booking;
pub mod bulk;
mod calendar;
mod error;
pub mod events;
pub mod feed;
mod graphql;
pub mod hold;
mod impact;
mod limits;
mod permissions;
pub mod recurrence;
mod rules;
pub mod series;
pub mod session;
mod slots;
mod sweep;
pub mod waitlist;

pub use availability::Rule;
pub use booking::graphql::BookingObject;
pub use booking::{Awaited, Awaits, Booking, BookingId, CancelReason, Initiator, Line, LineId, Status, Terms};
pub use calendar::{Calendar, CalendarQuery, Parts};
pub use error::{BookingErrorCode, BookingUserError};
pub use feed::{Feed, FeedId};
pub use graphql::{BookingsMutation, BookingsQuery, BookingsSubscription};
pub use hold::{Hold, HoldId, HoldToken};
pub use permissions::{
    AVAILABILITY_READ, BOOKINGS_ALL, BOOKINGS_BOOK, BOOKINGS_NOTES, BOOKINGS_OVERRIDE, BOOKINGS_OWN, BOOKINGS_RESIZE,
    FEEDS_ALL, FEEDS_OWN,
};
pub use series::{Series, SeriesId};
pub use session::{GroupSession, GroupSessionId, SessionStatus};
pub use slots::{AvailabilityQuery, LineWish, VisitWish};
pub use waitlist::{WaitlistEntry, WaitlistEntryId, WaitlistStatus};

use cache::Cache;
use catalog::Catalog;
use clients::Clients;
use db::Db;
use jobs::{Jobs, Registrar};
use staff::Staff;
use tenancy::Tenancy;

gql::messages!();

/// The handle of this crate. Cheap to clone. It also is the port of tenancy (`CalendarImpact`, `ClientDoor`) and of clients
/// (`ClientVisits`, `ClientReach`): the server plugs it in.
#[derive(Clone)]
pub struct Bookings {
    db: Db,
    cache: Cache,
    jobs: Jobs,
    tenancy: Tenancy,
    catalog: Catalog,
    staff: Staff,
    clients: Clients,
}

impl Bookings {
    /// Bookings over a database and the crates below.
    pub fn new(
        db: Db,
        cache: Cache,
        jobs: Jobs,
        tenancy: Tenancy,
        catalog: Catalog,
        staff: Staff,
        clients: Clients,
    ) -> Self {
        let bookings = Self { db, cache, jobs, tenancy, catalog, staff, clients };
        bookings.announce_settings();
        bookings
    }
}

/// Registers the jobs of this crate.
pub fn register(registrar: &mut Registrar, bookings: &Bookings) {
    sweep::register(registrar, bookings);
    waitlist::service::register(registrar, bookings);
}
