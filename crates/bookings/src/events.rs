//! What bookings tell the rest of the product: past tense, ids, times and codes only; never a name, a phone or a note.
//!
//! A booking that is born confirmed publishes [`BookingCreated`] and then [`BookingConfirmed`], so whoever cares about
//! agreed visits listens to the second alone. The same events are the booking's history.

use crate::booking::{Awaited, Booking, BookingId, CancelReason, Initiator, Line, LineId, Status};
use crate::feed::FeedId;
use crate::hold::HoldId;
use crate::rules;
use crate::series::SeriesId;
use crate::session::{GroupSession, GroupSessionId};
use crate::waitlist::{WaitlistEntry, WaitlistEntryId};
use catalog::{AddOnId, ResourceId, ServiceId};
use chrono::{DateTime, NaiveDate, Utc};
use clients::ClientId;
use serde::{Deserialize, Serialize};
use staff::StaffId;
use tenancy::LocationId;
use uuid::Uuid;

/// Declares events whose subject is one of their fields.
macro_rules! events {
    ($($(#[doc = $doc:literal])+ $name:ident = $wire:literal of $subject:ident { $($(#[$meta:meta])* $field:ident: $kind:ty,)+ })+) => { $(
        $(#[doc = $doc])+
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $name {
            $($(#[$meta])* pub $field: $kind,)+
        }

        impl jobs::Event for $name {
            const NAME: &'static str = $wire;

            fn subject(&self) -> Option<Uuid> {
                Some(self.$subject.uuid())
            }
        }
    )+ };
}

events! {
    /// A visit was booked, pending or confirmed.
    BookingCreated = "booking.created" of booking {
        /// The booking.
        booking: BookingId,
        /// Whose visit it is.
        client: ClientId,
        /// The branch.
        location: LocationId,
        /// Who performs its lines.
        staff: Vec<StaffId>,
        /// Pending or confirmed.
        status: Status,
        /// When it starts.
        starts_at: DateTime<Utc>,
        /// When it ends.
        ends_at: DateTime<Utc>,
        /// The hold that it was made from.
        hold: Option<HoldId>,
        /// Codes of the rules that staff set aside.
        overrides: Vec<String>,
        /// What it waits for, when it is pending.
        #[serde(default)]
        awaits: Vec<Awaited>,
        /// The series that it was made, moved or ended with: whoever writes to clients writes once, on the series' word.
        #[serde(default)]
        series: Option<SeriesId>,
    }

    /// Staff approved a pending visit whose prepayment is still awaited.
    BookingApproved = "booking.approved" of booking {
        /// The booking.
        booking: BookingId,
        /// Whose visit it is.
        client: ClientId,
    }

    /// The prepayment of a pending visit came in.
    BookingPrepaid = "booking.prepaid" of booking {
        /// The booking.
        booking: BookingId,
        /// Whose visit it is.
        client: ClientId,
        /// How much was asked for, in minor units of the booking's currency.
        amount_minor: i64,
    }

    /// A visit is agreed: at birth, or once it was approved and prepaid as asked.
    BookingConfirmed = "booking.confirmed" of booking {
        /// The booking.
        booking: BookingId,
        /// Whose visit it is.
        client: ClientId,
        /// When it starts.
        starts_at: DateTime<Utc>,
        /// When it ends.
        ends_at: DateTime<Utc>,
        /// The series that it was made, moved or ended with: whoever writes to clients writes once, on the series' word.
        #[serde(default)]
        series: Option<SeriesId>,
    }

    /// A pending visit was not accepted by staff, or not agreed in time.
    BookingDeclined = "booking.declined" of booking {
        /// The booking.
        booking: BookingId,
        /// Whose visit it was.
        client: ClientId,
        /// Why.
        reason: CancelReason,
    }

    /// A visit was moved to another time, person or unit.
    BookingRescheduled = "booking.rescheduled" of booking {
        /// The booking.
        booking: BookingId,
        /// Whose visit it is.
        client: ClientId,
        /// When it was to start.
        from_starts_at: DateTime<Utc>,
        /// When it was to end.
        from_ends_at: DateTime<Utc>,
        /// Who was to perform its lines.
        from_staff: Vec<StaffId>,
        /// When it starts now.
        starts_at: DateTime<Utc>,
        /// When it ends now.
        ends_at: DateTime<Utc>,
        /// Who performs its lines now.
        staff: Vec<StaffId>,
        /// Codes of the rules that staff set aside.
        overrides: Vec<String>,
        /// On whose wish.
        #[serde(default)]
        initiator: Initiator,
        /// The series that it was made, moved or ended with: whoever writes to clients writes once, on the series' word.
        #[serde(default)]
        series: Option<SeriesId>,
    }

    /// What a visit consists of was changed: services, people, units, their order and lengths; and with it, often, its time.
    BookingLinesChanged = "booking.lines_changed" of booking {
        /// The booking.
        booking: BookingId,
        /// Whose visit it is.
        client: ClientId,
        /// When it was to start.
        from_starts_at: DateTime<Utc>,
        /// When it was to end.
        from_ends_at: DateTime<Utc>,
        /// Its lines before, in order.
        from_lines: Vec<LineFacts>,
        /// What it was to cost, in minor units of the booking's currency.
        from_total_minor: i64,
        /// When it starts now.
        starts_at: DateTime<Utc>,
        /// When it ends now.
        ends_at: DateTime<Utc>,
        /// Its lines now, in order.
        lines: Vec<LineFacts>,
        /// What it costs now.
        total_minor: i64,
        /// The lines that were given a length of their own.
        resized: Vec<LineId>,
        /// Codes of the rules that staff set aside.
        overrides: Vec<String>,
    }

    /// A visit was called off.
    BookingCancelled = "booking.cancelled" of booking {
        /// The booking.
        booking: BookingId,
        /// Whose visit it was.
        client: ClientId,
        /// What it was before.
        from: Status,
        /// When it was to start.
        starts_at: DateTime<Utc>,
        /// Why.
        reason: CancelReason,
        /// What is due for calling off late, in minor units of the booking's currency.
        #[serde(default)]
        fee_minor: i64,
        /// Whether the prepayment is kept.
        #[serde(default)]
        deposit_kept: bool,
        /// The series that it was made, moved or ended with: whoever writes to clients writes once, on the series' word.
        #[serde(default)]
        series: Option<SeriesId>,
    }

    /// The client came.
    BookingArrived = "booking.arrived" of booking {
        /// The booking.
        booking: BookingId,
        /// Whose visit it is.
        client: ClientId,
    }

    /// The visit began.
    BookingStarted = "booking.started" of booking {
        /// The booking.
        booking: BookingId,
        /// Whose visit it is.
        client: ClientId,
    }

    /// The visit is over.
    BookingCompleted = "booking.completed" of booking {
        /// The booking.
        booking: BookingId,
        /// Whose visit it was.
        client: ClientId,
        /// When it really ended, if before its time.
        ended_early_at: Option<DateTime<Utc>>,
    }

    /// The client did not come.
    BookingNoShow = "booking.no_show" of booking {
        /// The booking.
        booking: BookingId,
        /// Whose visit it was.
        client: ClientId,
        /// What is due for staying away, in minor units of the booking's currency.
        #[serde(default)]
        fee_minor: i64,
        /// Whether the prepayment is kept.
        #[serde(default)]
        deposit_kept: bool,
    }

    /// The no-show was a mistake; the visit stands again.
    BookingNoShowUndone = "booking.no_show_undone" of booking {
        /// The booking.
        booking: BookingId,
        /// Whose visit it is.
        client: ClientId,
    }

    /// A note was edited; the texts are not part of the event.
    BookingNoted = "booking.noted" of booking {
        /// The booking.
        booking: BookingId,
        /// Whether the client may read the note that changed.
        client_visible: bool,
        /// Whether the internal note changed.
        internal: bool,
    }

    /// The links by which its client sees and changes a booking were taken back.
    BookingLinkRevoked = "booking.link_revoked" of booking {
        /// The booking.
        booking: BookingId,
    }

    /// A feed of the calendar was made.
    CalendarFeedCreated = "calendar_feed.created" of feed {
        /// Which.
        feed: FeedId,
    }

    /// A feed got another address.
    CalendarFeedRotated = "calendar_feed.rotated" of feed {
        /// Which.
        feed: FeedId,
    }

    /// A feed was revoked.
    CalendarFeedRevoked = "calendar_feed.revoked" of feed {
        /// Which.
        feed: FeedId,
    }

    /// Visits that repeat were booked.
    BookingSeriesCreated = "booking_series.created" of series {
        /// The series.
        series: SeriesId,
        /// Whose visits they are.
        client: ClientId,
        /// The visits in order.
        visits: Vec<SeriesVisit>,
        /// Dates on which none was possible.
        skipped: Vec<NaiveDate>,
    }

    /// A series goes on.
    BookingSeriesExtended = "booking_series.extended" of series {
        /// The series.
        series: SeriesId,
        /// Whose visits they are.
        client: ClientId,
        /// The new visits in order.
        visits: Vec<SeriesVisit>,
        /// Dates on which none was possible.
        skipped: Vec<NaiveDate>,
    }

    /// Visits of a series were moved together.
    BookingSeriesMoved = "booking_series.moved" of series {
        /// The series that they belong to now.
        series: SeriesId,
        /// Whose visits they are.
        client: ClientId,
        /// The series that this one was split from by the move.
        split_from: Option<SeriesId>,
        /// The visits that moved, in order.
        visits: Vec<SeriesVisit>,
    }

    /// Visits of a series were called off together.
    BookingSeriesCancelled = "booking_series.cancelled" of series {
        /// The series.
        series: SeriesId,
        /// Whose visits they were.
        client: ClientId,
        /// The visits that were called off, in order.
        visits: Vec<SeriesVisit>,
        /// Why.
        reason: CancelReason,
    }

    /// A slot was held.
    HoldCreated = "hold.created" of hold {
        /// The hold.
        hold: HoldId,
        /// The branch.
        location: LocationId,
        /// When the visit would start.
        starts_at: DateTime<Utc>,
        /// When it would end.
        ends_at: DateTime<Utc>,
        /// When the hold ends by itself.
        expires_at: DateTime<Utc>,
    }

    /// A group session was planned.
    GroupSessionPlanned = "group_session.planned" of session {
        /// The session.
        session: GroupSessionId,
        /// The service.
        service: ServiceId,
        /// The branch.
        location: LocationId,
        /// Who holds it.
        staff: Option<StaffId>,
        /// When it starts.
        starts_at: DateTime<Utc>,
        /// When it ends.
        ends_at: DateTime<Utc>,
        /// Its seats.
        capacity: u16,
        /// Codes of the rules that staff set aside.
        overrides: Vec<String>,
    }

    /// Seats or visibility of a group session were edited.
    GroupSessionChanged = "group_session.changed" of session {
        /// The session.
        session: GroupSessionId,
        /// Its seats now.
        capacity: u16,
        /// Whether more are taken than there are.
        overfull: bool,
    }

    /// A group session was moved to another time or person, with all its bookings.
    GroupSessionMoved = "group_session.moved" of session {
        /// The session.
        session: GroupSessionId,
        /// When it was to start.
        from_starts_at: DateTime<Utc>,
        /// Who was to hold it.
        from_staff: Option<StaffId>,
        /// When it starts now.
        starts_at: DateTime<Utc>,
        /// When it ends now.
        ends_at: DateTime<Utc>,
        /// Who holds it now.
        staff: Option<StaffId>,
        /// Codes of the rules that staff set aside.
        overrides: Vec<String>,
    }

    /// A group session was called off; each of its bookings has an event of its own.
    GroupSessionCancelled = "group_session.cancelled" of session {
        /// The session.
        session: GroupSessionId,
        /// When it was to start.
        starts_at: DateTime<Utc>,
        /// Why.
        reason: CancelReason,
    }

    /// A group session is over.
    GroupSessionCompleted = "group_session.completed" of session {
        /// The session.
        session: GroupSessionId,
        /// When it really ended, if before its time.
        ended_early_at: Option<DateTime<Utc>>,
    }

    /// Somebody waits for seats of a session, or for a visit.
    WaitlistJoined = "waitlist.joined" of entry {
        /// The entry.
        entry: WaitlistEntryId,
        /// Who waits.
        client: ClientId,
        /// The branch.
        location: LocationId,
        /// For what.
        service: ServiceId,
        /// The session whose seats they wait for; none for a visit.
        session: Option<GroupSessionId>,
        /// For how many people.
        party: u16,
    }

    /// Somebody waits no longer: they left, were taken off, or did not take what they were offered.
    WaitlistLeft = "waitlist.left" of entry {
        /// The entry.
        entry: WaitlistEntryId,
        /// Who waited.
        client: ClientId,
    }

    /// A freed seat went to somebody who waited; their booking has events of its own.
    WaitlistPromoted = "waitlist.promoted" of entry {
        /// The entry.
        entry: WaitlistEntryId,
        /// Who waited.
        client: ClientId,
        /// The session.
        session: GroupSessionId,
        /// The booking.
        booking: BookingId,
    }

    /// Freed time is held for somebody who waited.
    WaitlistOffered = "waitlist.offered" of entry {
        /// The entry.
        entry: WaitlistEntryId,
        /// Who waits.
        client: ClientId,
        /// The hold.
        hold: HoldId,
        /// When the visit would start.
        starts_at: DateTime<Utc>,
        /// Until when it is held.
        expires_at: DateTime<Utc>,
    }

    /// A hold keeps its slot longer.
    HoldExtended = "hold.extended" of hold {
        /// The hold.
        hold: HoldId,
        /// When it ends by itself now.
        expires_at: DateTime<Utc>,
    }

    /// A hold was given back, or ran out, without a booking.
    HoldReleased = "hold.released" of hold {
        /// The hold.
        hold: HoldId,
        /// Whether its time ran out.
        expired: bool,
    }
}

/// A line of a visit in a word about its lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineFacts {
    /// The line.
    pub line: LineId,
    /// Its service.
    pub service: ServiceId,
    /// Who does it.
    pub staff: Option<StaffId>,
    /// With what.
    pub resources: Vec<ResourceId>,
    /// What comes on top.
    pub add_ons: Vec<AddOnId>,
    /// Whether it begins together with the line before it.
    pub with_previous: bool,
    /// When it starts.
    pub starts_at: DateTime<Utc>,
    /// How long it takes.
    pub minutes: u16,
    /// What it costs, in minor units of the booking's currency.
    pub price_minor: i64,
}

impl LineFacts {
    fn of(line: &Line) -> Self {
        Self {
            line: line.id,
            service: line.service_id,
            staff: line.staff_id,
            resources: line.resources.iter().map(|unit| unit.id).collect(),
            add_ons: line.add_ons.iter().map(|add_on| add_on.id).collect(),
            with_previous: line.with_previous,
            starts_at: line.starts_at,
            minutes: line.duration_minutes,
            price_minor: line.price.minor,
        }
    }
}

impl BookingLinesChanged {
    pub(crate) fn of(before: &Booking, after: &Booking, resized: Vec<LineId>) -> Self {
        Self {
            booking: after.id,
            client: after.client_id,
            from_starts_at: before.starts_at,
            from_ends_at: before.ends_at,
            from_lines: before.lines.iter().map(LineFacts::of).collect(),
            from_total_minor: before.total.minor,
            starts_at: after.starts_at,
            ends_at: after.ends_at,
            lines: after.lines.iter().map(LineFacts::of).collect(),
            total_minor: after.total.minor,
            resized,
            overrides: rules::codes(&after.overrides),
        }
    }

    /// Who was to do it, each once.
    pub fn from_staff(&self) -> Vec<StaffId> {
        staff_of(&self.from_lines)
    }

    /// Who does it now, each once.
    pub fn staff(&self) -> Vec<StaffId> {
        staff_of(&self.lines)
    }
}

fn staff_of(lines: &[LineFacts]) -> Vec<StaffId> {
    let mut staff = Vec::with_capacity(lines.len());
    for id in lines.iter().filter_map(|line| line.staff) {
        if !staff.contains(&id) {
            staff.push(id);
        }
    }
    staff
}

/// A visit of a series in a word about the series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeriesVisit {
    /// The booking.
    pub booking: BookingId,
    /// When it starts, or was to start.
    pub starts_at: DateTime<Utc>,
    /// When it was to start and end before it was moved to another time.
    pub was: Option<(DateTime<Utc>, DateTime<Utc>)>,
}

impl BookingConfirmed {
    pub(crate) fn of(booking: &Booking) -> Self {
        Self {
            booking: booking.id,
            client: booking.client_id,
            starts_at: booking.starts_at,
            ends_at: booking.ends_at,
            series: None,
        }
    }
}

impl GroupSessionPlanned {
    pub(crate) fn of(session: &GroupSession) -> Self {
        Self {
            session: session.id,
            service: session.service_id(),
            location: session.location_id,
            staff: session.staff_id(),
            starts_at: session.starts_at,
            ends_at: session.ends_at,
            capacity: session.capacity,
            overrides: rules::codes(&session.overrides),
        }
    }
}

impl GroupSessionChanged {
    pub(crate) fn of(session: &GroupSession) -> Self {
        Self { session: session.id, capacity: session.capacity, overfull: session.overfull }
    }
}

impl GroupSessionMoved {
    pub(crate) fn of(before: &GroupSession, after: &GroupSession) -> Self {
        Self {
            session: after.id,
            from_starts_at: before.starts_at,
            from_staff: before.staff_id(),
            starts_at: after.starts_at,
            ends_at: after.ends_at,
            staff: after.staff_id(),
            overrides: rules::codes(&after.overrides),
        }
    }
}

impl WaitlistJoined {
    pub(crate) fn of(entry: &WaitlistEntry) -> Self {
        Self {
            entry: entry.id,
            client: entry.client_id,
            location: entry.location_id,
            service: entry.service_id,
            session: entry.session_id,
            party: entry.party_size,
        }
    }
}
