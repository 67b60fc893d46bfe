//! Why something about a booking is refused, by stable code.

use crate::availability::{Rule, Violation};
use crate::booking::Refusal;
use crate::slots::{Audience, Clash};
use access::Cx;
use kernel::{Code as _, Error, Issue, Kind};

gql::error_codes! {
    /// Why something about a booking or a hold was refused.
    pub enum BookingErrorCode {
        /// Somebody else has that time; `alternatives` of the payload names others.
        SlotTaken,
        /// The time lies beyond what can be asked about.
        NotCovered,
        /// The start is not one of those that are offered.
        NotOnGrid,
        /// The start is in the past, or closer than the minimum notice.
        TooSoon,
        /// The date is later than can be booked.
        BeyondHorizon,
        /// It does not fit into opening hours.
        OutsideOpeningHours,
        /// The location is closed then.
        LocationClosed,
        /// The staff member does not work here on that day.
        StaffNotEmployed,
        /// The staff member, or anybody, does not do this service.
        StaffNotQualified,
        /// It does not fit into the staff member's shifts.
        OutsideWorkingHours,
        /// The staff member is away then.
        StaffTimeOff,
        /// Another calendar of the staff member says that they are busy then.
        StaffImportedBusy,
        /// The location does not have what the service needs.
        NoResource,
        /// What the service needs is under maintenance then.
        ResourceMaintenance,
        /// The service takes place at hours that the company sets, not at an hour of one's choice.
        ServiceNotBookable,
        /// The service is not offered at this location.
        ServiceNotOffered,
        /// The first line has none before it that it could start together with.
        NoLineBefore,
        /// More lines than can be served at once are to start together.
        TooManyTogether,
        /// The same person is asked for more often at once than they can serve.
        StaffTwiceAtOnce,
        /// The add-on is not one of the service's.
        AddOnNotOffered,
        /// The service needs nobody, so nobody can be chosen for it.
        StaffNotNeeded,
        /// The service needs no such unit, or no further one.
        ResourceNotNeeded,
        /// The visit as a whole is longer than a day.
        VisitTooLong,
        /// This rule can't be set aside.
        RuleNotOverridable,
        /// Either a client's card or contact details, not both and not neither.
        ClientAmbiguous,
        /// The staff member takes no further visit on that day, or not one that long.
        StaffDayFull,
        /// The service is done as often on that day as it may be.
        ServiceDayFull,
        /// The client has as many visits on that day as they may.
        ClientDayFull,
        /// The client has as many visits to come as they may.
        ClientLimit,
        /// The service is for clients without any other visit.
        FirstVisitOnly,
        /// The client may not book.
        ClientBlocked,
        /// Either a hold or a time with services, not both and not neither.
        SlotAmbiguous,
        /// The hold has run out, was given back, or has become a booking.
        HoldEnded,
        /// As many slots as allowed are held already.
        HoldLimit,
        /// The hold was extended before; once is all.
        HoldAlreadyExtended,
        /// The booking's state does not allow this.
        WrongStatus,
        /// Nobody is a no-show before the start and some minutes of grace.
        NoShowTooEarly,
        /// The no-show is too long ago to be taken back.
        NoShowTooLate,
        /// Nothing was asked to change.
        NothingToChange,
        /// The rule does not read as RFC 5545 says.
        RecurrenceUnreadable,
        /// The rule reads well, but a part of it is not supported: hours, minutes, seconds.
        RecurrenceUnsupported,
        /// The rule ends by neither COUNT nor UNTIL.
        RecurrenceEndless,
        /// The rule gives more occurrences, or later ones, than are made at once.
        RecurrenceTooLong,
        /// The rule gives no date.
        RecurrenceEmpty,
        /// The service is not one for groups.
        ServiceNotForGroups,
        /// The session has not so many seats left.
        SessionFull,
        /// The session was called off or is over.
        SessionNotOpen,
        /// The session has not begun yet.
        SessionNotBegun,
        /// More seats are taken than that.
        SeatsTaken,
        /// The booking has seats of a session and moves to another one only.
        BookedInSession,
        /// The booking has no seats of a session.
        NotASeat,
        /// The session is of another service.
        OtherService,
        /// Some of the dates cannot be had, or none; the payload's `conflicts` say which and why.
        DatesTaken,
        /// The waiting list of the session is closed.
        WaitlistClosed,
        /// There are seats: they can be booked at once.
        SeatsFree,
        /// They wait for this session already.
        AlreadyWaiting,
        /// Either an entry of the waiting list or its token, not both.
        EntryAmbiguous,
        /// The booking does not wait for this.
        NotAwaited,
        /// By its terms the client can no longer call the visit off.
        CancelTooLate,
        /// By its terms the client can no longer move the visit.
        RescheduleTooLate,
        /// The client has moved the visit as often as its terms allow.
        RescheduleLimit,
        /// Not every date of the series is possible, or none; `occurrences` of the payload says which and why.
        SeriesConflict,
        /// The booking belongs to no series, or the session does not repeat.
        NotInSeries,
        /// The bookings are at different locations.
        OtherLocation,
    }

    /// One reason why something about a booking was refused.
    pub struct BookingUserError;
}

/// The refusal for broken rules: `SLOT_TAKEN` when others' time is all that stands in the way, else each rule by name.
pub fn broken(violations: &[Violation]) -> Error {
    let taken = |violation: &&Violation| matches!(violation.rule, Rule::StaffBusy | Rule::ResourceBusy);
    if violations.iter().all(|violation| taken(&violation)) {
        return slot_taken();
    }
    let mut error = Error::new(Kind::Invalid);
    for violation in violations.iter().filter(|violation| !taken(violation)) {
        let issue = Issue::new(rule_code(violation.rule)).at(field_of(violation));
        if !error.issues.contains(&issue) {
            error.issues.push(issue);
        }
    }
    error
}

/// The refusal as a stranger is told it: that the time is not free, but not that somebody is away or a unit is mended.
pub fn told_to(cx: &Cx, mut error: Error) -> Error {
    let hidden = [
        BookingErrorCode::StaffTimeOff,
        BookingErrorCode::StaffImportedBusy,
        BookingErrorCode::StaffDayFull,
        BookingErrorCode::ResourceMaintenance,
    ];
    let is_hidden = |issue: &Issue| hidden.iter().any(|code| issue.code == code.code());
    if !Audience::is_stranger(cx) || !error.issues.iter().any(is_hidden) {
        return error;
    }
    error.issues.retain(|issue| !is_hidden(issue));
    if error.issues.is_empty() { slot_taken() } else { error }
}

/// The rules that stand in the way, each with whom it is about; attached to a refusal, for who wants to see them by name.
#[derive(Debug, Clone)]
pub(crate) struct Broken(pub(crate) Vec<Clash>);

/// The refusal for broken rules, with the rules themselves.
pub(crate) fn broken_by(clashes: Vec<Clash>) -> Error {
    broken(&rules_of(&clashes)).current(Broken(clashes))
}

/// The broken rules alone.
pub(crate) fn rules_of(clashes: &[Clash]) -> Vec<Violation> {
    clashes.iter().map(|clash| clash.violation).collect()
}

/// Somebody else has that time.
pub fn slot_taken() -> Error {
    Error::conflict(BookingErrorCode::SlotTaken).at("startsAt")
}

/// Whether others' time stands in the way, so that another candidate may do.
pub fn is_slot_taken(error: &Error) -> bool {
    error.has(BookingErrorCode::SlotTaken)
}

/// The refusal of a status transition.
pub fn transition(refusal: Refusal) -> Error {
    Error::conflict(match refusal {
        Refusal::NoArrow => BookingErrorCode::WrongStatus,
        Refusal::TooEarly => BookingErrorCode::NoShowTooEarly,
        Refusal::TooLate => BookingErrorCode::NoShowTooLate,
    })
}

fn field_of(violation: &Violation) -> std::borrow::Cow<'static, str> {
    match (violation.rule, violation.line) {
        (Rule::StaffNotQualified | Rule::StaffNotEmployed, Some(line)) => format!("lines.{line}.staffId").into(),
        (Rule::NoResource, Some(line)) => format!("lines.{line}.serviceId").into(),
        _ => "startsAt".into(),
    }
}

/// The code that a broken rule is answered by.
pub const fn rule_code(rule: Rule) -> BookingErrorCode {
    match rule {
        Rule::NotCovered => BookingErrorCode::NotCovered,
        Rule::NotOnGrid => BookingErrorCode::NotOnGrid,
        Rule::TooSoon => BookingErrorCode::TooSoon,
        Rule::BeyondHorizon => BookingErrorCode::BeyondHorizon,
        Rule::OutsideOpeningHours => BookingErrorCode::OutsideOpeningHours,
        Rule::LocationClosed => BookingErrorCode::LocationClosed,
        Rule::StaffNotEmployed => BookingErrorCode::StaffNotEmployed,
        Rule::StaffNotQualified => BookingErrorCode::StaffNotQualified,
        Rule::OutsideWorkingHours => BookingErrorCode::OutsideWorkingHours,
        Rule::StaffTimeOff => BookingErrorCode::StaffTimeOff,
        Rule::StaffImportedBusy => BookingErrorCode::StaffImportedBusy,
        Rule::StaffBusy | Rule::ResourceBusy => BookingErrorCode::SlotTaken,
        Rule::StaffDayFull => BookingErrorCode::StaffDayFull,
        Rule::ServiceDayFull => BookingErrorCode::ServiceDayFull,
        Rule::ClientDayFull => BookingErrorCode::ClientDayFull,
        Rule::ClientLimit => BookingErrorCode::ClientLimit,
        Rule::FirstVisitOnly => BookingErrorCode::FirstVisitOnly,
        Rule::NoResource => BookingErrorCode::NoResource,
        Rule::ResourceMaintenance => BookingErrorCode::ResourceMaintenance,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;

    fn violation(rule: Rule, line: usize) -> Violation {
        Violation { rule, line: Some(line), subject: None }
    }

    #[test]
    fn only_others_time_is_a_taken_slot() {
        let taken = broken(&[violation(Rule::StaffBusy, 0), violation(Rule::ResourceBusy, 0)]);
        assert_eq!(taken.kind, Kind::Conflict);
        assert!(is_slot_taken(&taken));
        let closed = broken(&[violation(Rule::StaffBusy, 0), violation(Rule::LocationClosed, 0)]);
        assert_eq!(closed.kind, Kind::Invalid);
        assert_eq!(closed.issues.iter().map(|issue| issue.code).collect::<Vec<_>>(), ["LOCATION_CLOSED"]);
    }

    #[test]
    fn a_rule_is_named_at_the_field_that_can_mend_it() {
        let error =
            broken(&[violation(Rule::StaffNotQualified, 1), violation(Rule::TooSoon, 0), violation(Rule::TooSoon, 1)]);
        let fields: Vec<_> = error.issues.iter().map(|issue| issue.field.as_deref().unwrap_or_default()).collect();
        assert_eq!(fields, ["lines.1.staffId", "startsAt"]);
    }

    #[test]
    fn every_code_is_worded_in_both_languages() {
        let missing: Vec<_> =
            gql::missing_messages().into_iter().filter(|line| line.starts_with(env!("CARGO_PKG_NAME"))).collect();
        assert_eq!(missing, Vec::<String>::new());
    }

    #[test]
    fn every_rule_keeps_its_name_as_a_code() {
        for rule in Rule::ALL {
            let code = rule_code(rule).code();
            assert!(code == rule.code() || code == "SLOT_TAKEN", "{code}");
        }
    }
}
