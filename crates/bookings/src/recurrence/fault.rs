//! Why a recurrence is refused, as people are told.

use super::{MAX_MONTHS, MAX_OCCURRENCES};
use crate::error::BookingErrorCode;
use ical::Fault;
use kernel::Error;

/// The refusal of a rule.
pub(crate) fn refused(fault: Fault) -> Error {
    Error::invalid(match fault {
        Fault::Unreadable => BookingErrorCode::RecurrenceUnreadable,
        Fault::Unsupported => BookingErrorCode::RecurrenceUnsupported,
        Fault::Endless => BookingErrorCode::RecurrenceEndless,
        Fault::TooLong => BookingErrorCode::RecurrenceTooLong,
        Fault::Empty => BookingErrorCode::RecurrenceEmpty,
    })
    .with("max", MAX_OCCURRENCES)
    .with("months", MAX_MONTHS)
}
