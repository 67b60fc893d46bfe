//! The engine's rules at the edges: as an enum of the schema, and as codes in stored documents and events.

use crate::availability::{Rule, Rules, Violation};
use crate::error::BookingErrorCode;
use crate::permissions::BOOKINGS_OVERRIDE;
use access::Cx;
use kernel::{Error, Result};

/// A rule of scheduling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, async_graphql::Enum)]
#[graphql(remote = "Rule")]
pub enum ScheduleRule {
    /// The time lies beyond what can be asked about.
    NotCovered,
    /// A start is one of the location's grid of starts.
    NotOnGrid,
    /// A start keeps the minimum notice.
    TooSoon,
    /// A date is not later than the horizon.
    BeyondHorizon,
    /// A visit lies inside opening hours.
    OutsideOpeningHours,
    /// The location is not closed.
    LocationClosed,
    /// The staff member works at this location on that day.
    StaffNotEmployed,
    /// The staff member does the service.
    StaffNotQualified,
    /// A visit lies inside the staff member's shifts.
    OutsideWorkingHours,
    /// The staff member is not away.
    StaffTimeOff,
    /// No other calendar of the staff member says that they are busy.
    StaffImportedBusy,
    /// The staff member's day is not full: visits and minutes as the company's limits say.
    StaffDayFull,
    /// The staff member is free.
    StaffBusy,
    /// The location has what the service needs.
    NoResource,
    /// What the service needs is not under maintenance.
    ResourceMaintenance,
    /// What the service needs is free.
    ResourceBusy,
    /// The service is not done more often on a day than it may be.
    ServiceDayFull,
    /// The client has no more visits on a day than they may.
    ClientDayFull,
    /// The client has no more visits to come than they may.
    ClientLimit,
    /// The service is for clients without any other visit.
    FirstVisitOnly,
}

/// The rules that the caller sets aside, if they may; `overrides.n` is the field of one that nobody can.
pub fn waived(cx: &Cx, overrides: &[Rule]) -> Result<Rules> {
    if overrides.is_empty() {
        return Ok(Rules::NONE);
    }
    if !cx.can(BOOKINGS_OVERRIDE) {
        return Err(Error::forbidden(BOOKINGS_OVERRIDE.name));
    }
    if let Some(at) = overrides.iter().position(|rule| !rule.is_overridable()) {
        return Err(Error::invalid(BookingErrorCode::RuleNotOverridable).at(format!("overrides.{at}")));
    }
    Ok(overrides.iter().copied().collect())
}

/// What strangers are told of broken rules: that somebody or something is not free, but neither why nor which unit.
pub fn for_strangers(violations: &[Violation]) -> Vec<Violation> {
    let mut told: Vec<Violation> = Vec::with_capacity(violations.len());
    for violation in violations {
        let (rule, subject) = match violation.rule {
            Rule::StaffTimeOff | Rule::StaffImportedBusy | Rule::StaffDayFull => (Rule::StaffBusy, violation.subject),
            Rule::ResourceMaintenance | Rule::ResourceBusy => (Rule::ResourceBusy, None),
            rule => (rule, violation.subject),
        };
        let violation = Violation { rule, subject, ..*violation };
        if !told.contains(&violation) {
            told.push(violation);
        }
    }
    told
}

/// Rules as stored.
pub fn codes(rules: &[Rule]) -> Vec<String> {
    rules.iter().map(|rule| rule.code().to_owned()).collect()
}

/// Rules as read; one that a newer release stored is left out.
pub fn parse(codes: &[String]) -> Vec<Rule> {
    codes.iter().filter_map(|code| Rule::ALL.into_iter().find(|rule| rule.code() == code.as_str())).collect()
}
