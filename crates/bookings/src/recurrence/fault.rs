//! Why a recurrence is refused.

use super::{MAX_MONTHS, MAX_OCCURRENCES};
use crate::error::BookingErrorCode;
use kernel::Error;

/// What is wrong with a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It does not read as RFC 5545 says.
    #[error("not a rule of RFC 5545")]
    Unreadable,
    /// It reads, but asks for hours, minutes or seconds, or for something else that is not expanded here.
    #[error("a part of the rule is not supported")]
    Unsupported,
    /// It ends by neither COUNT nor UNTIL.
    #[error("the rule never ends")]
    Endless,
    /// It gives more occurrences, or later ones, than are made at once.
    #[error("the rule gives too much")]
    TooLong,
    /// It gives nothing.
    #[error("the rule gives no date")]
    Empty,
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::invalid(match fault {
            Fault::Unreadable => BookingErrorCode::RecurrenceUnreadable,
            Fault::Unsupported => BookingErrorCode::RecurrenceUnsupported,
            Fault::Endless => BookingErrorCode::RecurrenceEndless,
            Fault::TooLong => BookingErrorCode::RecurrenceTooLong,
            Fault::Empty => BookingErrorCode::RecurrenceEmpty,
        })
        .with("max", MAX_OCCURRENCES)
        .with("months", MAX_MONTHS)
    }
}
