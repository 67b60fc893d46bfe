//! A series: visits of one client that repeat. Each of them is a booking like any other, decided by the same engine; the
//! series remembers what was asked for, so that they can be seen, moved, called off and continued together.
//!
//! A visit belongs to the date that the rule gave it, also after it was moved. A visit that stands elsewhere than the
//! series says was put there on purpose: a change of the series passes it over.
//! Not here: what a rule means (`recurrence`), whether a time is possible (`availability`).

pub(crate) mod entity;
pub mod graphql;
mod loader;
pub(crate) mod repo;
pub mod service;

use crate::availability::{Rule, Violation};
use crate::booking::{Booking, BookingId};
use crate::recurrence::{Anchor, Recurrence};
use crate::slots::VisitWish;
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use clients::ClientId;
use kernel::WallTime;
use serde::{Deserialize, Serialize};
use staff::StaffId;

kernel::id! {
    /// A series of bookings.
    pub struct SeriesId("bsr");
}

/// The series that a booking belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InSeries {
    /// Which.
    pub id: SeriesId,
    /// The date that the rule gave this visit.
    pub date: NaiveDate,
}

/// What was asked for, and what of it did not come to be.
#[derive(Debug, Clone)]
pub struct Series {
    /// Its id.
    pub id: SeriesId,
    /// Whose visits.
    pub client_id: ClientId,
    /// Where, and which services by whom.
    pub wish: VisitWish,
    /// What repeats.
    pub recurrence: Recurrence,
    /// The location's zone when it was made.
    pub zone: Tz,
    /// The date from which on the rule counts.
    pub first_date: NaiveDate,
    /// What the clock shows when a visit starts.
    pub time: WallTime,
    /// Dates on which no visit was possible.
    pub skipped: Vec<Skipped>,
    /// The series that this one was split from.
    pub split_from: Option<SeriesId>,
    /// When it was called off as a whole.
    pub ended_at: Option<DateTime<Utc>>,
    /// Grows with each change.
    pub version: i32,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// A date on which no visit was possible, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// The date.
    pub date: NaiveDate,
    /// Codes of the rules that stood in the way.
    pub rules: Vec<String>,
}

impl Series {
    /// Where its rule begins.
    pub fn anchor(&self) -> Anchor {
        Anchor { zone: self.zone, date: self.first_date, time: self.time }
    }

    /// Whether a visit of it stands where the series says.
    pub fn keeps(&self, booking: &Booking) -> bool {
        booking.series.is_some_and(|own| self.anchor().on(own.date) == booking.starts_at)
    }
}

/// How far a change of one visit of a series, or of one of the sessions that repeat, reaches. What is past stays as it was,
/// whatever the scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, async_graphql::Enum)]
#[graphql(name = "BookingSeriesScope")]
pub enum Scope {
    /// This one alone.
    This,
    /// This one and those after it. They become a series, or a repetition, of their own.
    ThisAndFollowing,
    /// Every one that has not begun.
    All,
}

impl Scope {
    /// The visits of a series that a change of `pivot` reaches; `changes` says of a visit whether its state allows it.
    ///
    /// The pivot is always one of them; of the others those that have not begun and stand where the series says.
    pub fn reaches<'a>(
        self,
        series: &'a Series,
        pivot: &'a Booking,
        bookings: &'a [Booking],
        now: DateTime<Utc>,
        changes: impl Fn(&Booking) -> bool + 'a,
    ) -> impl Iterator<Item = &'a Booking> {
        let from = pivot.series.map(|own| own.date);
        bookings.iter().filter(move |booking| {
            let reached = match self {
                Self::This => false,
                Self::ThisAndFollowing => booking.series.map(|own| own.date) >= from,
                Self::All => true,
            };
            booking.id == pivot.id || (reached && booking.starts_at > now && series.keeps(booking) && changes(booking))
        })
    }
}

/// What is done when not every date is possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, async_graphql::Enum)]
#[graphql(name = "BookingSeriesMode")]
pub enum Mode {
    /// Every visit or none.
    AllOrNothing,
    /// Those that are possible; the others are listed.
    SkipConflicts,
}

/// What becomes of one date.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The date that the rule gives.
    pub date: NaiveDate,
    /// When the visit starts, or would.
    pub starts_at: DateTime<Utc>,
    /// Who does its lines, or would; empty when nobody can.
    pub staff: Vec<StaffId>,
    /// The visit, where there is one.
    pub booking: Option<BookingId>,
    /// Every rule that stands in the way.
    pub violations: Vec<Violation>,
}

impl Outcome {
    /// Whether the date is possible.
    pub fn is_possible(&self) -> bool {
        self.violations.is_empty()
    }

    fn skipped(&self) -> Skipped {
        let mut rules: Vec<String> = Vec::new();
        for rule in self.violations.iter().map(|violation: &Violation| -> Rule { violation.rule }) {
            if !rules.iter().any(|known| known == rule.code()) {
                rules.push(rule.code().to_owned());
            }
        }
        Skipped { date: self.date, rules }
    }
}

/// What a change of a series made, date by date.
#[derive(Debug, Clone)]
pub struct Changed {
    /// The zone of the dates.
    pub zone: Tz,
    /// The series as it stands; none when nothing was to be written.
    pub series: Option<Series>,
    /// Date by date, in order.
    pub outcomes: Vec<Outcome>,
}

#[cfg(test)]
pub(crate) mod tests;
