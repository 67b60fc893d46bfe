//! What was agreed with a visit beside its time, in the schema: the rules that held, and what calling it off costs.

use crate::booking::Booking;
use crate::booking::terms::Deadline;
use async_graphql::SimpleObject;
use chrono::Utc;
use chrono_tz::Tz;
use gql::{DateTime, Money};
use kernel::Currency;

/// Booking rules as they were when a visit was agreed.
#[derive(SimpleObject)]
pub struct BookingPolicy {
    /// Least minutes between booking and start.
    notice_minutes: u32,
    /// Days ahead that could be booked.
    horizon_days: u16,
    /// Whether bookings of clients waited for approval.
    approval_required: bool,
    /// Minutes after the start before which the client is no no-show.
    no_show_grace_minutes: u16,
    /// What calling it off costs from when on, from the earliest deadline to the latest; before the first it is free.
    cancellation_deadlines: Vec<BookingCancellationDeadline>,
    /// What staying away costs.
    no_show_fee: Money,
    /// Whether the prepayment is kept when the client stays away.
    no_show_keeps_deposit: bool,
    /// The last instant at which the client may move it; null: any time before it starts.
    reschedule_until: Option<DateTime>,
    /// How often the client may move it; null: as often as they like.
    max_reschedules: Option<u16>,
}

/// After an instant calling a visit off costs so much.
#[derive(SimpleObject)]
pub struct BookingCancellationDeadline {
    /// The last instant before it applies, with the location's offset.
    at: DateTime,
    /// Elapsed hours before the start.
    hours_before: u16,
    /// The fee.
    fee: Money,
    /// Whether the prepayment is kept.
    keeps_deposit: bool,
    /// Whether the client can no longer call off at all; staff can.
    refused: bool,
}

/// What calling a visit off, or moving it, means at an instant, on the client's wish. Nothing is changed by asking.
#[derive(SimpleObject)]
pub struct BookingCancellationTerms {
    /// The instant that is meant.
    at: DateTime,
    /// Whether the client may call it off then: until it starts, unless its terms say otherwise.
    allowed: bool,
    /// The fee that would be due; zero while it is free, and before the booking is agreed.
    fee: Money,
    /// Whether the prepayment would be kept.
    keeps_deposit: bool,
    /// The last instant at which it is free; null: always, or never any more.
    free_until: Option<DateTime>,
    /// Whether the client may move it then.
    reschedule_allowed: bool,
    /// The last instant at which the client may move it; null: any time before it starts.
    reschedule_until: Option<DateTime>,
    /// How often the client may still move it; null: as often as they like.
    reschedules_left: Option<u16>,
}

impl BookingPolicy {
    pub(super) fn of(booking: &Booking) -> Self {
        let (policy, terms) = (&booking.policy, &booking.policy.cancellation);
        let (zone, currency) = (booking.zone, booking.currency());
        Self {
            notice_minutes: policy.notice_minutes,
            horizon_days: policy.horizon_days,
            approval_required: policy.approval_required,
            no_show_grace_minutes: policy.no_show_grace_minutes,
            cancellation_deadlines: terms
                .deadlines
                .iter()
                .map(|deadline| BookingCancellationDeadline::new(deadline, zone, currency))
                .collect(),
            no_show_fee: kernel::Money { minor: terms.no_show_fee_minor, currency }.into(),
            no_show_keeps_deposit: terms.no_show_keeps_deposit,
            reschedule_until: terms.reschedule_until.map(|until| DateTime::at(until, zone)),
            max_reschedules: terms.max_reschedules,
        }
    }
}

impl BookingCancellationDeadline {
    fn new(deadline: &Deadline, zone: Tz, currency: Currency) -> Self {
        Self {
            at: DateTime::at(deadline.at, zone),
            hours_before: deadline.hours_before,
            fee: kernel::Money { minor: deadline.fee_minor, currency }.into(),
            keeps_deposit: deadline.keeps_deposit,
            refused: deadline.refused,
        }
    }
}

impl BookingCancellationTerms {
    pub(super) fn of(booking: &Booking, at: chrono::DateTime<Utc>) -> Self {
        let terms = &booking.policy.cancellation;
        let cost = booking.cost_of_cancelling(at);
        let can = booking.status.cancellable();
        // Seats of a session are moved by staff alone.
        let movable = booking.status.movable()
            && booking.session_id.is_none()
            && booking.is_ahead(at)
            && terms.moving(at, booking.client_moves).is_ok();
        let shown = |instant| DateTime::at(instant, booking.zone);
        Self {
            at: shown(at),
            allowed: can && !cost.refused && booking.is_ahead(at),
            fee: kernel::Money { minor: cost.fee_minor, currency: booking.currency() }.into(),
            keeps_deposit: cost.keeps_deposit,
            free_until: terms.free_until().filter(|until| at <= *until).map(shown),
            reschedule_allowed: movable,
            reschedule_until: terms.reschedule_until.map(shown),
            reschedules_left: terms.max_reschedules.map(|most| most.saturating_sub(booking.client_moves)),
        }
    }
}
