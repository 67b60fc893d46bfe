//! VTIMEZONE (RFC 5545, 3.6.5) out of the zone database, for the years that a calendar is about. Every change of the clock
//! in them is listed one by one: no rule can be wrong about a year in which a country changed its mind.

use crate::line::{push, text};
use chrono::{DateTime, Datelike as _, Duration, NaiveDateTime, Offset as _, TimeZone as _, Utc};
use chrono_tz::{OffsetComponents as _, OffsetName as _, Tz};
use std::fmt::Write as _;

/// What the clock does between two changes.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Observance {
    /// Seconds east of UTC.
    offset: i32,
    is_daylight: bool,
    name: String,
}

fn observance(zone: Tz, at: DateTime<Utc>) -> Observance {
    let offset = zone.offset_from_utc_datetime(&at.naive_utc());
    let seconds = offset.fix().local_minus_utc();
    Observance {
        offset: seconds,
        is_daylight: !offset.dst_offset().is_zero(),
        name: offset.abbreviation().map_or_else(|| colonless(seconds), str::to_owned),
    }
}

/// The instants at which the clock of a zone changes, from one to another, with what it does from then on.
fn changes(zone: Tz, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<(DateTime<Utc>, Observance)> {
    let mut found = Vec::new();
    let (mut at, mut current) = (from, observance(zone, from));
    while at < to {
        let next = (at + Duration::days(1)).min(to);
        let reached = observance(zone, next);
        if reached != current {
            found.push((moment(zone, at, next, &current), reached.clone()));
            current = reached;
        }
        at = next;
    }
    found
}

/// The first second at which it is no longer `before`.
fn moment(zone: Tz, from: DateTime<Utc>, to: DateTime<Utc>, before: &Observance) -> DateTime<Utc> {
    let (mut low, mut high) = (from.timestamp(), to.timestamp());
    while high - low > 1 {
        let middle = low.midpoint(high);
        let is_before = DateTime::from_timestamp(middle, 0).is_some_and(|at| observance(zone, at) == *before);
        if is_before { low = middle } else { high = middle }
    }
    DateTime::from_timestamp(high, 0).unwrap_or(to)
}

/// Appends the component for entries between two instants.
pub(crate) fn component(out: &mut String, zone: Tz, from: DateTime<Utc>, to: DateTime<Utc>) {
    // Whole years, so that two calendars of one year define the zone alike.
    let from = Utc.with_ymd_and_hms(from.year(), 1, 1, 0, 0, 0).single().unwrap_or(from) - Duration::days(1);
    let to = Utc.with_ymd_and_hms(to.year() + 1, 1, 1, 0, 0, 0).single().unwrap_or(to);
    let mut current = observance(zone, from);
    push(out, "BEGIN:VTIMEZONE");
    push(out, &format!("TZID:{}", text(zone.name())));
    // What holds before the first change listed, said as of long ago.
    section(out, &current, current.offset, &[DateTime::UNIX_EPOCH.naive_utc()]);
    let mut groups: Vec<(Observance, i32, Vec<NaiveDateTime>)> = Vec::new();
    for (at, next) in changes(zone, from, to) {
        // The onset is said by the clock as it was before it changed.
        let onset = at.naive_utc() + Duration::seconds(i64::from(current.offset));
        match groups.iter_mut().find(|(known, before, _)| *known == next && *before == current.offset) {
            Some((_, _, onsets)) => onsets.push(onset),
            None => groups.push((next.clone(), current.offset, vec![onset])),
        }
        current = next;
    }
    for (observance, before, onsets) in &groups {
        section(out, observance, *before, onsets);
    }
    push(out, "END:VTIMEZONE");
}

fn section(out: &mut String, observance: &Observance, before: i32, onsets: &[NaiveDateTime]) {
    let kind = if observance.is_daylight { "DAYLIGHT" } else { "STANDARD" };
    let local = |at: &NaiveDateTime| at.format("%Y%m%dT%H%M%S").to_string();
    push(out, &format!("BEGIN:{kind}"));
    for (position, onset) in onsets.iter().enumerate() {
        push(out, &format!("{}:{}", if position == 0 { "DTSTART" } else { "RDATE" }, local(onset)));
    }
    push(out, &format!("TZOFFSETFROM:{}", colonless(before)));
    push(out, &format!("TZOFFSETTO:{}", colonless(observance.offset)));
    push(out, &format!("TZNAME:{}", text(&observance.name)));
    push(out, &format!("END:{kind}"));
}

/// An offset as `+0200`, with seconds where there are some.
fn colonless(seconds: i32) -> String {
    let (sign, rest) = (if seconds < 0 { '-' } else { '+' }, seconds.abs());
    let mut out = format!("{sign}{:02}{:02}", rest / 3600, rest / 60 % 60);
    if rest % 60 != 0 {
        let _ = write!(out, "{:02}", rest % 60);
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn of(zone: Tz, from: &str, to: &str) -> String {
        let mut out = String::new();
        component(&mut out, zone, from.parse().unwrap(), to.parse().unwrap());
        out.replace("\r\n", "\n")
    }

    #[test]
    fn kyiv_goes_forward_in_march_and_back_in_october() {
        let text = of(Tz::Europe__Kyiv, "2026-03-02T08:00:00Z", "2027-02-01T00:00:00Z");
        let expected = "BEGIN:VTIMEZONE\nTZID:Europe/Kyiv\n\
            BEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0200\nTZNAME:EET\nEND:STANDARD\n\
            BEGIN:DAYLIGHT\nDTSTART:20260329T030000\nRDATE:20270328T030000\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0300\n\
            TZNAME:EEST\nEND:DAYLIGHT\n\
            BEGIN:STANDARD\nDTSTART:20261025T040000\nRDATE:20271031T040000\nTZOFFSETFROM:+0300\nTZOFFSETTO:+0200\n\
            TZNAME:EET\nEND:STANDARD\nEND:VTIMEZONE\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_zone_whose_clock_stands_has_one_observance() {
        let text = of(Tz::Asia__Kolkata, "2026-03-02T08:00:00Z", "2026-04-02T08:00:00Z");
        assert_eq!(text.matches("BEGIN:STANDARD").count(), 1);
        assert!(text.contains("TZOFFSETTO:+0530\n") && !text.contains("DAYLIGHT"), "{text}");
    }

    #[test]
    fn half_an_hour_of_summer_time_is_half_an_hour() {
        let text = of(Tz::Australia__Lord_Howe, "2026-03-02T08:00:00Z", "2026-04-02T08:00:00Z");
        assert!(text.contains("DTSTART:20260405T020000\nTZOFFSETFROM:+1100\nTZOFFSETTO:+1030\n"), "{text}");
    }
}
