//! A rule of RFC 5545 (section 3.3.10) over dates.
//!
//! A rule is expanded over dates alone, without a zone; each date with a time of day is then an instant by the one
//! conversion there is (`kernel::time`). So what is at 10:00 stays at 10:00 when clocks change.
//!
//! The text is checked here part by part, stricter than the crate that expands it: a misspelt part is refused, never
//! passed over. `UNTIL` is kept aside and compared on the wall of the zone that the rule is used in, since the expansion
//! knows no zone.

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use kernel::WallTime;
use kernel::time::{Edge, instant};
use rrule::{RRule, RRuleSet, Tz, Unvalidated};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;

const LENGTH_MAX: usize = 500;
/// Years in which a rule may begin: beyond them the calendar ends before the search for a next date does.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=9000;
const WEEKDAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

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

/// Where a rule begins: its first date and time of day, on the wall of a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anchor {
    /// The zone whose clocks are meant.
    pub zone: chrono_tz::Tz,
    /// The date from which on the rule counts.
    pub date: NaiveDate,
    /// The time of day of each occurrence.
    pub time: WallTime,
}

impl Anchor {
    /// The instant of a date: where clocks skip the time, the first instant after the gap; where it comes twice, the
    /// earlier one.
    pub fn on(&self, date: NaiveDate) -> DateTime<Utc> {
        instant(self.zone, date, self.time, Edge::Start)
    }
}

/// A rule that reads well. Its text is its one spelling: upper case, parts in the order given, without `RRULE:`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    parts: Vec<(Part, String)>,
    until: Option<Until>,
}

/// The parts that dates understand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Part {
    Freq,
    Interval,
    Count,
    Until,
    Wkst,
    ByDay,
    ByMonthDay,
    ByYearDay,
    ByWeekNo,
    ByMonth,
    BySetPos,
}

impl Part {
    const ALL: [(Self, &'static str); 11] = [
        (Self::Freq, "FREQ"),
        (Self::Interval, "INTERVAL"),
        (Self::Count, "COUNT"),
        (Self::Until, "UNTIL"),
        (Self::Wkst, "WKST"),
        (Self::ByDay, "BYDAY"),
        (Self::ByMonthDay, "BYMONTHDAY"),
        (Self::ByYearDay, "BYYEARDAY"),
        (Self::ByWeekNo, "BYWEEKNO"),
        (Self::ByMonth, "BYMONTH"),
        (Self::BySetPos, "BYSETPOS"),
    ];

    fn read(name: &str) -> Result<Self, Fault> {
        let known = Self::ALL.into_iter().find(|(_, known)| *known == name).map(|(part, _)| part);
        known.ok_or(match name {
            "BYHOUR" | "BYMINUTE" | "BYSECOND" => Fault::Unsupported,
            _ => Fault::Unreadable,
        })
    }

    fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(part, _)| *part == self).map_or("", |(_, name)| name)
    }
}

/// The last moment of a rule, itself included: a date, a wall time, or an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Until {
    Date(NaiveDate),
    Wall(NaiveDateTime),
    Instant(DateTime<Utc>),
}

impl Until {
    fn read(text: &str) -> Result<Self, Fault> {
        let wall = |text: &str| NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%S");
        let read = match text.len() {
            8 => NaiveDate::parse_from_str(text, "%Y%m%d").map(Self::Date),
            15 => wall(text).map(Self::Wall),
            16 if text.ends_with('Z') => wall(&text[..15]).map(|wall| Self::Instant(wall.and_utc())),
            _ => return Err(Fault::Unreadable),
        };
        // Signs and spaces pass for digits in the formats above.
        let plain = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'T' | b'Z'));
        read.ok().filter(|_| plain).ok_or(Fault::Unreadable)
    }

    fn admits(self, anchor: Anchor, date: NaiveDate) -> bool {
        match self {
            Self::Date(last) => date <= last,
            Self::Wall(last) => {
                let minutes = TimeDelta::minutes(anchor.time.minutes().into());
                date.and_time(NaiveTime::MIN) + minutes <= last
            }
            Self::Instant(last) => anchor.on(date) <= last,
        }
    }
}

impl Rule {
    /// Reads the value of an `RRULE`, with or without the name before it.
    pub fn read(text: &str) -> Result<Self, Fault> {
        let text = text.trim();
        if text.len() > LENGTH_MAX || !text.is_ascii() {
            return Err(Fault::Unreadable);
        }
        let text = text.to_ascii_uppercase();
        let text = text.strip_prefix("RRULE:").unwrap_or(&text);
        let (mut parts, mut seen, mut until) = (Vec::new(), HashSet::new(), None);
        for part in text.split(';') {
            let (name, value) = part.split_once('=').ok_or(Fault::Unreadable)?;
            let part = Part::read(name)?;
            if !seen.insert(part) {
                return Err(Fault::Unreadable);
            }
            check(part, value)?;
            if part == Part::Until {
                until = Some(Until::read(value)?);
            }
            parts.push((part, value.to_owned()));
        }
        let rule = Self { parts, until };
        rule.checked()
    }

    /// Whether it ends by neither `COUNT` nor `UNTIL`.
    pub fn is_endless(&self) -> bool {
        self.until.is_none() && self.value(Part::Count).is_none()
    }

    /// The dates that it gives from the anchor's date on, in order and each once; without end where it is endless. A rule
    /// that gives nothing for a very long time ends.
    pub fn dates(&self, anchor: &Anchor) -> Result<impl Iterator<Item = NaiveDate> + use<>, Fault> {
        if !YEARS.contains(&anchor.date.year()) {
            return Err(Fault::Empty);
        }
        let first = midnight(anchor.date);
        let rule = self.floating()?.validate(first).map_err(|_| Fault::Unreadable)?;
        let (until, anchor) = (self.until, *anchor);
        let starts = (&RRuleSet::new(first).rrule(rule).limit()).into_iter();
        let dates = starts.map(|start| start.date_naive());
        Ok(dates.take_while(move |date| until.is_none_or(|until| until.admits(anchor, *date))))
    }

    /// It, ended on a date, itself included, wherever it ended before.
    #[must_use]
    pub fn until(&self, last: NaiveDate) -> Self {
        let mut parts = self.without_end();
        parts.push((Part::Until, last.format("%Y%m%d").to_string()));
        Self { parts, until: Some(Until::Date(last)) }
    }

    /// What is left of it after its first `done` occurrences: a `COUNT` shrinks, an `UNTIL` stays.
    #[must_use]
    pub fn after(&self, done: usize) -> Self {
        let Some(count) = self.value(Part::Count).and_then(|count| count.parse::<usize>().ok()) else {
            return self.clone();
        };
        let mut parts = self.without_end();
        parts.push((Part::Count, count.saturating_sub(done).max(1).to_string()));
        Self { parts, until: None }
    }

    fn without_end(&self) -> Vec<(Part, String)> {
        self.parts.iter().filter(|(part, _)| !matches!(part, Part::Count | Part::Until)).cloned().collect()
    }

    fn value(&self, part: Part) -> Option<&str> {
        self.parts.iter().find(|(known, _)| *known == part).map(|(_, value)| value.as_str())
    }

    /// What depends on more than one part, and what only the expansion knows.
    fn checked(self) -> Result<Self, Fault> {
        let freq = self.value(Part::Freq).ok_or(Fault::Unreadable)?;
        if self.value(Part::Count).is_some() && self.until.is_some() {
            return Err(Fault::Unreadable);
        }
        // "The BYDAY rule part MUST NOT be specified with a numeric value when the FREQ rule part is not set to MONTHLY or
        // YEARLY", nor with YEARLY beside BYWEEKNO.
        let days: Vec<&str> = self.value(Part::ByDay).map(|days| days.split(',').collect()).unwrap_or_default();
        let numbered = days.iter().filter(|day| day.len() > 2).count();
        let may_number = freq == "MONTHLY" || (freq == "YEARLY" && self.value(Part::ByWeekNo).is_none());
        if numbered > 0 && !may_number {
            return Err(Fault::Unreadable);
        }
        // "It MUST only be used in conjunction with another BYxxx rule part."
        let by = [Part::ByDay, Part::ByMonthDay, Part::ByYearDay, Part::ByWeekNo, Part::ByMonth];
        if self.value(Part::BySetPos).is_some() && by.into_iter().all(|part| self.value(part).is_none()) {
            return Err(Fault::Unreadable);
        }
        // The standard has these two, the expansion takes the first for "both at once" and refuses the second.
        let mixed = numbered > 0 && numbered < days.len();
        let fifth_last = freq == "MONTHLY" && days.iter().any(|day| day.starts_with("-5"));
        if mixed || fifth_last {
            return Err(Fault::Unsupported);
        }
        self.floating()?.validate(midnight(NaiveDate::default())).map_err(|_| Fault::Unreadable)?;
        Ok(self)
    }

    /// It as the crate that expands it reads it, without an end on the clock.
    fn floating(&self) -> Result<RRule<Unvalidated>, Fault> {
        let parts = self.parts.iter().filter(|(part, _)| *part != Part::Until);
        let text: Vec<String> = parts.map(|(part, value)| format!("{}={value}", part.name())).collect();
        RRule::from_str(&text.join(";")).map_err(|_| Fault::Unreadable)
    }
}

/// A date for the crate that expands, to which it is a time without a zone.
fn midnight(date: NaiveDate) -> DateTime<Tz> {
    date.and_time(NaiveTime::MIN).and_utc().with_timezone(&Tz::UTC)
}

/// A part's value alone.
fn check(part: Part, value: &str) -> Result<(), Fault> {
    let numbers = |least: i32, most: i32| {
        let is_number = |one: &str| number(one).is_some_and(|number| number != 0 && (least..=most).contains(&number));
        value.split(',').all(is_number)
    };
    let positive = |most: i32| value.bytes().all(|byte| byte.is_ascii_digit()) && numbers(1, most);
    let reads = match part {
        Part::Freq => match value {
            "DAILY" | "WEEKLY" | "MONTHLY" | "YEARLY" => true,
            "HOURLY" | "MINUTELY" | "SECONDLY" => return Err(Fault::Unsupported),
            _ => false,
        },
        Part::Interval => positive(1_000),
        Part::Count => positive(100_000),
        Part::Until => true,
        Part::Wkst => WEEKDAYS.contains(&value),
        Part::ByDay => value.split(',').all(is_weekday),
        Part::ByMonthDay => numbers(-31, 31),
        Part::ByYearDay | Part::BySetPos => numbers(-366, 366),
        Part::ByWeekNo => numbers(-53, 53),
        Part::ByMonth => numbers(1, 12),
    };
    if reads { Ok(()) } else { Err(Fault::Unreadable) }
}

/// `TU`, `1TU`, `-1TU`.
fn is_weekday(text: &str) -> bool {
    let Some((count, day)) = text.len().checked_sub(2).and_then(|at| text.split_at_checked(at)) else { return false };
    let counted = count.is_empty() || number(count).is_some_and(|number| number != 0 && number.abs() <= 53);
    counted && WEEKDAYS.contains(&day)
}

/// A number with an optional sign and at most three digits.
fn number(text: &str) -> Option<i32> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let plain = (1..=6).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| plain)
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (part, value)) in self.parts.iter().enumerate() {
            let separator = if at == 0 { "" } else { ";" };
            write!(f, "{separator}{}={value}", part.name())?;
        }
        Ok(())
    }
}

impl FromStr for Rule {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        Self::read(text)
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}
