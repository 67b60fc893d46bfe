//! One entry of a calendar, as far as it says when somebody is busy.

use super::content::Line;
use super::value::{Lasting, When, period};
use super::zones::Zones;
use chrono::{DateTime, Duration, TimeDelta, Utc};
use chrono_tz::Tz;
use kernel::time::TimeRange;

/// How long it lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Length {
    /// By the clock: days are as long as they are.
    Lasting(Lasting),
    /// Elapsed time, in whole minutes.
    Exact(TimeDelta),
}

/// An entry that was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) uid: String,
    pub(super) start: When,
    pub(super) length: Length,
    /// Whether its owner is busy: not where it is marked as free, or called off.
    pub(super) keeps_busy: bool,
    pub(super) rules: Vec<String>,
    pub(super) also: Vec<When>,
    /// Further stretches that have an end of their own, each with its start as it stands.
    pub(super) also_periods: Vec<(When, TimeRange)>,
    pub(super) except: Vec<When>,
    /// The date of something that repeats which this stands for.
    pub(super) instead_of: Option<When>,
    /// Whether it stands for all dates after that one as well, which is not understood.
    pub(super) is_onwards: bool,
    /// The zone of dates.
    pub(super) default: Tz,
}

impl Entry {
    /// Reads an entry's lines; none when they do not say when it is.
    pub(super) fn read(lines: &[Line], zones: &Zones) -> Option<Self> {
        let named = |name: &'static str| lines.iter().filter(move |line| line.name == name);
        let text = |name: &'static str| named(name).next().map(|line| line.value.trim());
        let when = |name: &'static str| match named(name).next() {
            Some(line) => When::read(line, zones).map(Some),
            None => Some(None),
        };
        let is = |name: &'static str, value: &str| text(name).is_some_and(|text| text.eq_ignore_ascii_case(value));
        let start = when("DTSTART")??;
        let length = length(start, when("DTEND")?, text("DURATION"), zones.default)?;
        let (mut also, mut also_periods, mut except) = (Vec::new(), Vec::new(), Vec::new());
        for line in named("RDATE") {
            if line.param("VALUE").is_some_and(|kind| kind.eq_ignore_ascii_case("PERIOD")) {
                let read = |value: &str| When::read_one(value, line, zones);
                also_periods
                    .extend(line.value.split(',').map(|value| period(value, read)).collect::<Option<Vec<_>>>()?);
            } else {
                also.extend(When::read_many(line, zones)?);
            }
        }
        for line in named("EXDATE") {
            except.extend(When::read_many(line, zones)?);
        }
        let is_free = is("TRANSP", "TRANSPARENT") || is("X-MICROSOFT-CDO-BUSYSTATUS", "FREE");
        Some(Self {
            uid: text("UID").unwrap_or_default().to_owned(),
            start,
            length,
            keeps_busy: !is_free && !is("STATUS", "CANCELLED"),
            rules: named("RRULE").map(|line| line.value.clone()).collect(),
            also,
            also_periods,
            except,
            is_onwards: named("RECURRENCE-ID").any(|line| line.param("RANGE").is_some()),
            instead_of: when("RECURRENCE-ID")?.map(|when| told_as(when, start, zones.default)),
            default: zones.default,
        })
    }

    /// Whether it is one of those whose UID ends so.
    pub(super) fn is_of(&self, ending: &str) -> bool {
        !ending.is_empty() && self.uid.ends_with(ending)
    }

    /// When it is over, if it starts so.
    pub(super) fn end_of(&self, start: When) -> Option<DateTime<Utc>> {
        match self.length {
            Length::Lasting(lasting) => lasting.after(start, self.default),
            Length::Exact(time) => start.start(self.default).checked_add_signed(time),
        }
    }

    /// How far its end can lie from its start.
    pub(super) fn reach(&self) -> TimeDelta {
        match self.length {
            Length::Exact(time) => time,
            Length::Lasting(lasting) => {
                let days = i64::try_from(lasting.days).ok().and_then(Duration::try_days);
                days.unwrap_or(TimeDelta::MAX)
                    .checked_add(&(lasting.time + Duration::days(1)))
                    .unwrap_or(TimeDelta::MAX)
            }
        }
    }

    /// A start of it as this one is told, so that the two can be compared.
    pub(super) fn told(&self, when: When) -> When {
        told_as(when, self.start, self.default)
    }
}

/// The same instant or date, told as `like` is: a date where that is a date, else in UTC.
fn told_as(when: When, like: When, default: Tz) -> When {
    match (when, like) {
        (When::Date(date), _) => When::Date(date),
        (When::Time(time, zone), When::Date(_)) => {
            When::Date(When::Time(time, zone).start(default).with_timezone(&default).date_naive())
        }
        (When::Time(..), When::Time(..)) => When::Time(when.start(default).naive_utc(), Tz::UTC),
    }
}

/// By the standard an entry without an end lasts a day if it starts on a date, and no time at all else.
fn length(start: When, end: Option<When>, duration: Option<&str>, default: Tz) -> Option<Length> {
    let day = Lasting { days: 1, time: TimeDelta::zero() };
    match (start, end, duration) {
        (When::Date(from), Some(end), _) => {
            let days = u64::try_from((end.date() - from).num_days()).ok()?;
            Some(Length::Lasting(Lasting { days: days.max(1), ..day }))
        }
        (When::Time(..), Some(end), _) => {
            let time = end.end(default) - start.start(default);
            (time >= TimeDelta::zero()).then_some(Length::Exact(time))
        }
        (_, None, Some(duration)) => Lasting::read(duration).map(Length::Lasting),
        (When::Date(_), None, None) => Some(Length::Lasting(day)),
        (When::Time(..), None, None) => Some(Length::Exact(TimeDelta::zero())),
    }
}
