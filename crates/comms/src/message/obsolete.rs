//! Whether a letter about a visit is still true. Pure: what was promised against how the visit stands now.

use bookings::Status;
use chrono::{DateTime, Utc};

use super::Reason;
use crate::letter::Letter;

/// How the visit stands at the moment of sending.
#[derive(Clone, Copy, Debug)]
pub(super) struct Now {
    pub(super) status: Status,
    pub(super) starts_at: DateTime<Utc>,
    pub(super) at: DateTime<Utc>,
}

/// Why `letter`, promised for a visit at `starts_at`, must not be sent; None: it is true.
///
/// Each later change of the visit promised a letter of its own, so what is skipped here is told there.
pub(super) fn reason(letter: Letter, starts_at: DateTime<Utc>, now: Now) -> Option<Reason> {
    let agreed = matches!(now.status, Status::Confirmed | Status::Arrived | Status::InService | Status::Completed);
    let right = match letter {
        Letter::BookingReceived => now.status == Status::Pending,
        Letter::BookingConfirmed => agreed,
        Letter::BookingMoved => agreed || now.status == Status::Pending,
        Letter::BookingCancelled => now.status == Status::Cancelled,
        Letter::BookingDeclined => now.status == Status::Declined,
        _ => true,
    };
    if !right || now.starts_at != starts_at {
        return Some(Reason::Superseded);
    }
    (now.starts_at <= now.at).then_some(Reason::Past)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use chrono::Duration;

    const LETTERS: [Letter; 5] = [
        Letter::BookingReceived,
        Letter::BookingConfirmed,
        Letter::BookingMoved,
        Letter::BookingCancelled,
        Letter::BookingDeclined,
    ];

    fn at() -> DateTime<Utc> {
        "2026-11-22T08:00:00Z".parse().unwrap()
    }

    fn sent(status: Status) -> Vec<Letter> {
        let starts_at = at() + Duration::days(2);
        let true_now = |letter: &Letter| reason(*letter, starts_at, Now { status, starts_at, at: at() }).is_none();
        LETTERS.into_iter().filter(true_now).collect()
    }

    #[test]
    fn only_letters_that_are_true_are_sent() {
        assert_eq!(sent(Status::Pending), [Letter::BookingReceived, Letter::BookingMoved]);
        assert_eq!(sent(Status::Confirmed), [Letter::BookingConfirmed, Letter::BookingMoved]);
        assert_eq!(sent(Status::Cancelled), [Letter::BookingCancelled]);
        assert_eq!(sent(Status::Declined), [Letter::BookingDeclined]);
        assert_eq!(sent(Status::NoShow), []);
    }

    #[test]
    fn a_letter_about_an_old_time_is_not_sent() {
        let now = Now { status: Status::Confirmed, starts_at: at() + Duration::days(3), at: at() };
        assert_eq!(reason(Letter::BookingConfirmed, at() + Duration::days(2), now), Some(Reason::Superseded));
        assert_eq!(reason(Letter::BookingMoved, at() + Duration::days(3), now), None);
    }

    #[test]
    fn nothing_is_sent_about_a_visit_that_has_begun() {
        for (status, letter) in
            [(Status::Confirmed, Letter::BookingConfirmed), (Status::Cancelled, Letter::BookingCancelled)]
        {
            let now = Now { status, starts_at: at(), at: at() };
            assert_eq!(reason(letter, at(), now), Some(Reason::Past));
        }
    }
}
