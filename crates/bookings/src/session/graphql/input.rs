//! What callers may write about group sessions.

use crate::booking::CancelReason;
use crate::booking::graphql::overrides;
use crate::booking::service::Ending;
use crate::recurrence::graphql::RecurrenceInput;
use crate::rules::ScheduleRule;
use crate::session::Seats;
use crate::session::service::{
    Mark, NewSeatHold, NewSession, NewSessions, RecurrenceMode, SeatMove, SessionChange, SessionMove, capacity, party,
    waitlist_closes,
};
use async_graphql::{ID, InputObject};
use catalog::Visibility;
use gql::DateTime;
use kernel::Result;

/// A session to be planned.
#[derive(InputObject)]
pub(super) struct GroupSessionCreateInput {
    /// The branch.
    location_id: ID,
    /// The service: one of the kind GROUP.
    service_id: ID,
    /// Who holds it; null: whoever suits best.
    staff_id: Option<ID>,
    /// When it starts: any minute that is yet to come.
    starts_at: DateTime,
    /// Seats, 1 to 500; left out: as many people as the largest room or thing that it takes holds.
    capacity: Option<i32>,
    /// Who may see and book it; left out: who may the service.
    visibility: Option<Visibility>,
    /// Minutes before the start after which a freed seat is promised to nobody by itself, at most a week; 120 when left
    /// out.
    waitlist_closes_minutes: Option<i32>,
    /// Rules to set aside, each by name. Needs the permission bookings.override.
    overrides: Option<Vec<ScheduleRule>>,
    /// The caller's key, at most 64 characters: a repeated request with the same key plans once.
    idempotency_key: String,
}

impl GroupSessionCreateInput {
    pub(super) fn read(&self) -> Result<NewSession> {
        Ok(NewSession {
            location: gql::id(&self.location_id)?,
            service: gql::id(&self.service_id)?,
            staff: self.staff_id.as_ref().map(gql::id).transpose()?,
            starts_at: self.starts_at.utc(),
            capacity: self.capacity.map(capacity).transpose()?,
            visibility: self.visibility,
            waitlist_closes_minutes: self.waitlist_closes_minutes.map(waitlist_closes).transpose()?,
            overrides: overrides(self.overrides.clone()),
            idempotency_key: self.idempotency_key.clone(),
        })
    }
}

/// Sessions to be planned at one time of day on several dates.
#[derive(InputObject)]
pub(super) struct GroupSessionsCreateInput {
    /// The branch.
    location_id: ID,
    /// The service: one of the kind GROUP.
    service_id: ID,
    /// Who holds them; null: whoever suits best, on each date.
    staff_id: Option<ID>,
    /// The date from which on the rule counts, and the time of day at the location of all sessions.
    starts_at: DateTime,
    /// On which dates.
    recurrence: RecurrenceInput,
    /// What happens when some date cannot be had.
    mode: RecurrenceMode,
    /// Seats of each, 1 to 500; left out: as many people as the largest room or thing that it takes holds.
    capacity: Option<i32>,
    /// Who may see and book them; left out: who may the service.
    visibility: Option<Visibility>,
    /// Minutes before a start after which a freed seat is promised to nobody by itself, at most a week; 120 when left out.
    waitlist_closes_minutes: Option<i32>,
    /// Rules to set aside, each by name. Needs the permission bookings.override.
    overrides: Option<Vec<ScheduleRule>>,
    /// The caller's key, at most 64 characters: a repeated request with the same key plans once.
    idempotency_key: String,
}

impl GroupSessionsCreateInput {
    pub(super) fn read(&self) -> Result<NewSessions> {
        Ok(NewSessions {
            first: NewSession {
                location: gql::id(&self.location_id)?,
                service: gql::id(&self.service_id)?,
                staff: self.staff_id.as_ref().map(gql::id).transpose()?,
                starts_at: self.starts_at.utc(),
                capacity: self.capacity.map(capacity).transpose()?,
                visibility: self.visibility,
                waitlist_closes_minutes: self.waitlist_closes_minutes.map(waitlist_closes).transpose()?,
                overrides: overrides(self.overrides.clone()),
                idempotency_key: self.idempotency_key.clone(),
            },
            recurrence: self.recurrence.read()?,
            mode: self.mode,
        })
    }
}

/// New seats or visibility of a session. What is left out stays.
#[derive(InputObject)]
pub(super) struct GroupSessionUpdateInput {
    /// Which.
    pub(super) id: ID,
    /// The version that the edit is based on.
    pub(super) version: i32,
    /// Seats, 1 to 500; not fewer than are taken, unless that is forced.
    capacity: Option<i32>,
    /// Whether there may be fewer seats than are taken. Nobody loses theirs.
    #[graphql(default)]
    force: bool,
    /// Who may see and book it.
    visibility: Option<Visibility>,
    /// Minutes before the start after which a freed seat is promised to nobody by itself, at most a week.
    waitlist_closes_minutes: Option<i32>,
}

impl GroupSessionUpdateInput {
    pub(super) fn read(&self) -> Result<SessionChange> {
        Ok(SessionChange {
            capacity: self.capacity.map(capacity).transpose()?,
            force: self.force,
            visibility: self.visibility,
            waitlist_closes_minutes: self.waitlist_closes_minutes.map(waitlist_closes).transpose()?,
        })
    }
}

/// A session to be moved.
#[derive(InputObject)]
pub(super) struct GroupSessionRescheduleInput {
    /// Which.
    id: ID,
    /// The version that the move is based on.
    version: i32,
    /// When it is to start: any minute that is yet to come.
    starts_at: DateTime,
    /// Somebody else who is to hold it; left out: who holds it now.
    staff_id: Option<ID>,
    /// Rules to set aside, each by name. Needs the permission bookings.override.
    overrides: Option<Vec<ScheduleRule>>,
    /// The caller's key, at most 64 characters: a repeated request with the same key moves once.
    idempotency_key: String,
}

impl GroupSessionRescheduleInput {
    pub(super) fn read(&self) -> Result<SessionMove> {
        Ok(SessionMove {
            id: gql::id(&self.id)?,
            version: self.version,
            starts_at: self.starts_at.utc(),
            staff: self.staff_id.as_ref().map(gql::id).transpose()?,
            overrides: overrides(self.overrides.clone()),
            idempotency_key: self.idempotency_key.clone(),
        })
    }
}

/// A session to be called off.
#[derive(InputObject)]
pub(super) struct GroupSessionCancelInput {
    /// Which.
    pub(super) id: ID,
    /// The version that this is based on.
    pub(super) version: i32,
    /// Why; its bookings are cancelled for the same reason.
    reason: CancelReason,
    /// The same in your words; clients may read them. At most 2,000 characters.
    note: Option<String>,
    /// The caller's key, at most 64 characters: a repeated request with the same key cancels once.
    pub(super) idempotency_key: String,
}

impl GroupSessionCancelInput {
    pub(super) fn ending(&self) -> Ending {
        Ending { note: self.note.clone(), ..Ending::free(self.reason) }
    }
}

/// A session that is over.
#[derive(InputObject)]
pub(super) struct GroupSessionCompleteInput {
    /// Which.
    pub(super) id: ID,
    /// The version that this is based on.
    pub(super) version: i32,
}

/// Whether somebody came to a session.
#[derive(InputObject)]
pub(super) struct AttendanceMarkInput {
    /// The booking.
    booking_id: ID,
    /// They came; false: they did not, which can be said ten minutes after the start at the earliest.
    came: bool,
}

/// The roll-call of a session.
#[derive(InputObject)]
pub(super) struct GroupSessionAttendanceMarkInput {
    /// Which session.
    pub(super) id: ID,
    /// Who came and who did not; at most 500. Those who are not named stay as they are.
    marks: Vec<AttendanceMarkInput>,
}

impl GroupSessionAttendanceMarkInput {
    pub(super) fn read(&self) -> Result<Vec<Mark>> {
        self.marks.iter().map(|mark| Ok(Mark { booking: gql::id(&mark.booking_id)?, came: mark.came })).collect()
    }
}

/// Seats to be held.
#[derive(InputObject)]
pub(super) struct GroupSessionHoldInput {
    /// Of which session.
    group_session_id: ID,
    /// For how many people; 1 when left out.
    party_size: Option<i32>,
    /// The client's card, when staff know it already.
    client_id: Option<ID>,
    /// Rules to set aside, each by name. Needs the permission bookings.override.
    overrides: Option<Vec<ScheduleRule>>,
    /// The caller's key, at most 64 characters: a repeated request with the same key holds once.
    idempotency_key: String,
}

impl GroupSessionHoldInput {
    pub(super) fn read(&self) -> Result<NewSeatHold> {
        Ok(NewSeatHold {
            seats: Seats { session: gql::id(&self.group_session_id)?, party: party(self.party_size.unwrap_or(1))? },
            client: self.client_id.as_ref().map(gql::id).transpose()?,
            overrides: overrides(self.overrides.clone()),
            idempotency_key: self.idempotency_key.clone(),
        })
    }
}

/// Seats to be moved to another session of the same service.
#[derive(InputObject)]
pub(super) struct BookingMoveToSessionInput {
    /// Which booking.
    id: ID,
    /// The version that the move is based on.
    version: i32,
    /// To which session.
    group_session_id: ID,
    /// Rules to set aside, each by name. Needs the permission bookings.override; the booking's history keeps them.
    overrides: Option<Vec<ScheduleRule>>,
    /// The caller's key, at most 64 characters: a repeated request with the same key moves once.
    idempotency_key: String,
}

impl BookingMoveToSessionInput {
    pub(super) fn read(&self) -> Result<SeatMove> {
        Ok(SeatMove {
            id: gql::id(&self.id)?,
            version: self.version,
            to: gql::id(&self.group_session_id)?,
            overrides: overrides(self.overrides.clone()),
            idempotency_key: self.idempotency_key.clone(),
        })
    }
}
