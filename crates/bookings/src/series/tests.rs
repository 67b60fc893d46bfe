//! How far a change reaches.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;
use crate::booking::{Awaits, Policy, Status, Terms};
use crate::recurrence::Recurrence;
use chrono::{Days, Duration};
use chrono_tz::Europe::Kyiv;
use kernel::Money;
use tenancy::LocationId;

const WEEKS: u64 = 6;

fn series() -> Series {
    let at = DateTime::UNIX_EPOCH;
    Series {
        id: SeriesId::new(),
        client_id: ClientId::new(),
        wish: VisitWish { location: LocationId::new(), lines: Vec::new() },
        recurrence: Recurrence::new(&format!("FREQ=WEEKLY;COUNT={WEEKS}"), &[], &[]).unwrap(),
        zone: Kyiv,
        // Clocks change before the fourth of its Tuesdays.
        first_date: "2026-03-10".parse().unwrap(),
        time: "10:00".parse().unwrap(),
        skipped: Vec::new(),
        split_from: None,
        ended_at: None,
        version: 1,
        created_at: at,
        updated_at: at,
    }
}

fn visits(series: &Series) -> Vec<Booking> {
    let visit = |week: u64| {
        let date = series.first_date + Days::new(7 * week);
        let starts_at = series.anchor().on(date);
        Booking {
            id: BookingId::new(),
            reference: format!("ZP-{week}"),
            status: Status::Confirmed,
            status_since: starts_at,
            location_id: series.wish.location,
            client_id: series.client_id,
            hold_id: None,
            session_id: None,
            party_size: 1,
            series: Some(InSeries { id: series.id, date }),
            starts_at,
            ends_at: starts_at + Duration::hours(1),
            zone: Kyiv,
            local_date: date,
            total: Money { minor: 0, currency: "UAH".parse().unwrap() },
            channel: "WEB".to_owned(),
            policy: Policy {
                notice_minutes: 0,
                horizon_days: 365,
                approval_required: false,
                no_show_grace_minutes: 10,
                cancellation: Terms::default(),
            },
            awaits: Awaits::default(),
            pending_until: None,
            prepayment: Money { minor: 0, currency: "UAH".parse().unwrap() },
            fee: None,
            guests: Vec::new(),
            deposit_kept: false,
            client_moves: 0,
            link_revocations: 0,
            overrides: Vec::new(),
            client_note: None,
            internal_note: None,
            cancel_reason: None,
            cancel_note: None,
            version: 1,
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
            lines: Vec::new(),
        }
    };
    (0..WEEKS).map(visit).collect()
}

/// A booking like any other.
pub(crate) fn booking() -> Booking {
    visits(&series()).remove(0)
}

/// Which of the visits a change of the third one reaches, two days after the first took place.
fn reached(scope: Scope, change: impl FnOnce(&mut Vec<Booking>)) -> Vec<usize> {
    let series = series();
    let mut visits = visits(&series);
    change(&mut visits);
    let now = visits[0].starts_at + Duration::days(2);
    let pivot = visits[2].clone();
    let found: Vec<BookingId> = scope
        .reaches(&series, &pivot, &visits, now, |booking| booking.status.movable())
        .map(|booking| booking.id)
        .collect();
    (0..visits.len()).filter(|at| found.contains(&visits[*at].id)).collect()
}

#[test]
fn a_change_reaches_as_far_as_it_says_and_never_into_the_past() {
    assert_eq!(reached(Scope::This, |_| {}), [2]);
    assert_eq!(reached(Scope::ThisAndFollowing, |_| {}), [2, 3, 4, 5]);
    assert_eq!(reached(Scope::All, |_| {}), [1, 2, 3, 4, 5]);
}

#[test]
fn visits_that_ended_or_were_moved_singly_are_passed_over() {
    let change = |visits: &mut Vec<Booking>| {
        visits[3].status = Status::Cancelled;
        visits[4].starts_at += Duration::hours(2);
    };
    assert_eq!(reached(Scope::All, change), [1, 2, 5]);
    // But the visit that is spoken of, wherever it stands.
    assert_eq!(reached(Scope::All, |visits| visits[2].starts_at += Duration::hours(2)), [1, 2, 3, 4, 5]);
}

#[test]
fn what_stood_in_the_way_is_remembered_once_by_rule() {
    let violation = |rule, line| Violation { rule, line: Some(line), subject: None };
    let outcome = Outcome {
        date: "2026-03-10".parse().unwrap(),
        starts_at: DateTime::UNIX_EPOCH,
        staff: Vec::new(),
        booking: None,
        violations: vec![violation(Rule::StaffBusy, 0), violation(Rule::StaffBusy, 1), violation(Rule::TooSoon, 0)],
    };
    assert_eq!(outcome.skipped().rules, [Rule::StaffBusy.code(), Rule::TooSoon.code()]);
}
