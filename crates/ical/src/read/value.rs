//! Values: dates and times, durations, offsets, periods.

use super::content::Line;
use super::zones::Zones;
use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike as _, Utc};
use chrono_tz::Tz;
use kernel::WallTime;
use kernel::time::{EARLIEST, Edge, LATEST, TimeRange, instant};

/// A date, or a time on the wall of a zone; UTC is a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum When {
    Date(NaiveDate),
    Time(NaiveDateTime, Tz),
}

impl When {
    /// Reads the value of a line; none when it is no date and no time, or of an unknown zone.
    pub(super) fn read(line: &Line, zones: &Zones) -> Option<Self> {
        Self::read_one(&line.value, line, zones)
    }

    /// Reads each of a list.
    pub(super) fn read_many(line: &Line, zones: &Zones) -> Option<Vec<Self>> {
        line.value.split(',').map(|value| Self::read_one(value, line, zones)).collect()
    }

    /// Reads one value of a line.
    pub(super) fn read_one(value: &str, line: &Line, zones: &Zones) -> Option<Self> {
        let value = value.trim();
        if value.len() == 8 {
            return date(value).map(Self::Date);
        }
        if let Some(utc) = value.strip_suffix('Z') {
            return time(utc).map(|time| Self::Time(time, Tz::UTC));
        }
        let zone = line.param("TZID").map_or(Some(zones.default), |name| zones.find(name))?;
        time(value).map(|time| Self::Time(time, zone))
    }

    /// Its date on its own wall.
    pub(super) fn date(self) -> NaiveDate {
        match self {
            Self::Date(date) => date,
            Self::Time(time, _) => time.date(),
        }
    }

    /// Its time of day in whole minutes; a date begins at midnight.
    pub(super) fn time(self) -> WallTime {
        match self {
            Self::Date(_) => WallTime::MIDNIGHT,
            Self::Time(time, _) => wall(time),
        }
    }

    /// The zone on whose wall it is.
    pub(super) fn zone(self, default: Tz) -> Tz {
        match self {
            Self::Date(_) => default,
            Self::Time(_, zone) => zone,
        }
    }

    /// The instant, down to the whole minute: that of a date is its first.
    pub(super) fn start(self, default: Tz) -> DateTime<Utc> {
        instant(self.zone(default), self.date(), self.time(), Edge::Start)
    }

    /// The instant as an end, up to the whole minute. Of two that the wall shows alike it is the first too (RFC 5545, 3.3.5).
    pub(super) fn end(self, default: Tz) -> DateTime<Utc> {
        match self {
            Self::Date(_) => self.start(default),
            Self::Time(time, zone) => {
                let begun = i64::from(time.second() > 0 || time.nanosecond() > 0);
                let whole = time.checked_add_signed(TimeDelta::minutes(begun)).unwrap_or(time);
                instant(zone, whole.date(), wall(whole), Edge::Start)
            }
        }
    }
}

fn wall(time: NaiveDateTime) -> WallTime {
    let minutes = u16::try_from(time.hour() * 60 + time.minute()).unwrap_or(0);
    WallTime::from_minutes(minutes).unwrap_or(WallTime::MIDNIGHT)
}

/// `20260302`. Signs and spaces pass for digits in chrono's formats, so they are looked at before.
fn date(text: &str) -> Option<NaiveDate> {
    let is_plain = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
    let read = NaiveDate::parse_from_str(text, "%Y%m%d").ok().filter(|_| is_plain)?;
    (EARLIEST.date_naive() < read && read < LATEST.date_naive()).then_some(read)
}

/// `20260302T100000`; a leap second is the one before it.
pub(super) fn time(text: &str) -> Option<NaiveDateTime> {
    let (day, clock) = text.split_once('T')?;
    if clock.len() != 6 || !clock.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |from: usize| clock.get(from..from + 2).and_then(|text| text.parse::<u32>().ok());
    Some(date(day)?.and_time(NaiveTime::from_hms_opt(part(0)?, part(2)?, part(4)?.min(59))?))
}

/// Units of time in one half of a duration: hours, minutes, seconds.
const UNITS: usize = 3;

/// A duration: days, which are as long as the clock makes them, and elapsed time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lasting {
    pub(super) days: u64,
    pub(super) time: TimeDelta,
}

impl Lasting {
    /// `P1DT2H`, `PT90M`, `P2W`. None for one that is negative, or longer than people plan.
    pub(super) fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_prefix('+').unwrap_or(text).strip_prefix('P')?;
        let (days, time) = text.split_once('T').map_or((text, None), |(days, time)| (days, Some(time)));
        let mut found = Self { days: 0, time: TimeDelta::zero() };
        let mut is_said = false;
        for (number, unit) in numbers(days)? {
            is_said = true;
            found.days += match unit {
                'W' => u64::from(number) * 7,
                'D' => number.into(),
                _ => return None,
            };
        }
        for (number, unit) in numbers(time.unwrap_or_default())? {
            is_said = true;
            found.time += match unit {
                'H' => TimeDelta::hours(number.into()),
                'M' => TimeDelta::minutes(number.into()),
                'S' => TimeDelta::seconds(number.into()),
                _ => return None,
            };
        }
        is_said.then_some(found)
    }

    /// When it is over for what starts so.
    pub(super) fn after(self, start: When, default: Tz) -> Option<DateTime<Utc>> {
        let later = start.date().checked_add_days(Days::new(self.days))?;
        let days = match start {
            _ if self.days == 0 => start.start(default),
            When::Date(_) => When::Date(later).start(default),
            When::Time(time, zone) => When::Time(later.and_time(time.time()), zone).start(default),
        };
        let seconds = (self.time.num_seconds() + 59).div_euclid(60) * 60;
        days.checked_add_signed(TimeDelta::seconds(seconds))
    }
}

/// Numbers with the letters behind them, no more of them than there are letters.
fn numbers(text: &str) -> Option<Vec<(u32, char)>> {
    let mut found = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if found.len() == UNITS {
            return None;
        }
        let end = rest.find(|character: char| !character.is_ascii_digit())?;
        let number = rest.get(..end).filter(|digits| (1..=7).contains(&digits.len()))?.parse().ok()?;
        let unit = rest[end..].chars().next()?;
        found.push((number, unit));
        rest = &rest[end + unit.len_utf8()..];
    }
    Some(found)
}

/// Seconds east of UTC: `+0200`, `-033000`.
pub(super) fn offset(text: &str) -> Option<i32> {
    let text = text.trim();
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    if !matches!(digits.len(), 4 | 6) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |from: usize| digits.get(from..from + 2).map_or(Some(0), |text| text.parse::<i32>().ok());
    let seconds = part(0)? * 3600 + part(2)? * 60 + part(4)?;
    (seconds <= 16 * 3600).then_some(sign * seconds)
}

/// What a FREEBUSY line says is taken, nothing where it says what is free; none when it does not read.
pub(super) fn periods(line: &Line) -> Option<Vec<TimeRange>> {
    if line.param("FBTYPE").is_some_and(|kind| kind.eq_ignore_ascii_case("FREE")) {
        return Some(Vec::new());
    }
    line.value.split(',').map(|value| period(value, utc).map(|(_, range)| range)).collect()
}

/// A start and an end, or a start and a duration: the start as it stands, and the stretch.
pub(super) fn period(value: &str, read: impl Fn(&str) -> Option<When>) -> Option<(When, TimeRange)> {
    let (from, to) = value.trim().split_once('/')?;
    let from = read(from)?;
    let to = match Lasting::read(to) {
        Some(lasting) => lasting.after(from, Tz::UTC)?,
        None => read(to)?.end(Tz::UTC),
    };
    Some((from, TimeRange::new(from.start(Tz::UTC), to)))
}

fn utc(value: &str) -> Option<When> {
    time(value.strip_suffix('Z')?).map(|time| When::Time(time, Tz::UTC))
}
