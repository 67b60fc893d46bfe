//! Calendars as people's programs write them, and texts that nobody's program writes.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;
use crate::{Calendar, Entry, Method, Status};
use chrono::{DateTime, Duration, Utc};
use proptest::prelude::*;
use std::cell::Cell;

const KYIV: Tz = Tz::Europe__Kyiv;

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// From March to the end of 2026.
fn query() -> BusyQuery<'static> {
    let window = TimeRange::new(utc("2026-03-01T00:00:00Z"), utc("2027-01-01T00:00:00Z"));
    BusyQuery { window, zone: KYIV, without: ".stf_1@zapys", max_entries: 1_000, max_ranges: 1_000 }
}

fn calendar(body: &str) -> String {
    let body = body.trim().lines().map(str::trim).collect::<Vec<_>>().join("\r\n");
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{body}\r\nEND:VCALENDAR\r\n")
}

fn event(lines: &str) -> String {
    format!("BEGIN:VEVENT\nUID:1\nSUMMARY:Лікар: \"так\"\n{lines}\nEND:VEVENT")
}

fn read(text: &str) -> Result<Busy, ReadFault> {
    busy(text, &query(), &|| true)
}

/// The stretches in UTC, such as `03-02T08:00/09:00`, or with the date of their end where that is another one.
fn told(text: &str) -> Vec<String> {
    let busy = read(text).unwrap();
    assert_eq!(busy.unread, 0, "unread in {text}");
    let tell = |range: &TimeRange| {
        let is_one_day = range.from.date_naive() == range.to.date_naive();
        let to = range.to.format(if is_one_day { "%H:%M" } else { "%m-%dT%H:%M" });
        format!("{}/{to}", range.from.format("%m-%dT%H:%M"))
    };
    busy.ranges.iter().map(tell).collect()
}

fn of(lines: &str) -> Vec<String> {
    told(&calendar(&event(lines)))
}

#[test]
fn a_time_is_read_by_the_clock_that_it_names() {
    assert_eq!(of("DTSTART:20260302T080000Z\nDTEND:20260302T090000Z"), ["03-02T08:00/09:00"]);
    assert_eq!(of("DTSTART:20260302T100000\nDTEND:20260302T110000"), ["03-02T08:00/09:00"]);
    let warsaw = "DTSTART;TZID=Europe/Warsaw:20260302T100000\nDTEND;TZID=Europe/Warsaw:20260302T110000";
    assert_eq!(of(warsaw), ["03-02T09:00/10:00"]);
    let path = "DTSTART;TZID=/freeassociation.sourceforge.net/Europe/Warsaw:20260302T100000\nDURATION:PT1H30M";
    assert_eq!(of(path), ["03-02T09:00/10:30"]);
    let flight = "DTSTART;TZID=Europe/Kyiv:20260302T100000\nDTEND;TZID=America/New_York:20260302T100000";
    assert_eq!(of(flight), ["03-02T08:00/15:00"]);
}

#[test]
fn seconds_are_rounded_outwards_and_nothing_takes_no_time() {
    assert_eq!(of("DTSTART:20260302T080030Z\nDTEND:20260302T090001Z"), ["03-02T08:00/09:01"]);
    assert_eq!(of("DTSTART:20260302T080000Z\nDURATION:PT61S"), ["03-02T08:00/08:02"]);
    assert_eq!(of("DTSTART:20260302T080000Z"), [""; 0]);
    assert_eq!(of("DTSTART:20260302T080000Z\nDTEND:20260302T080000Z"), [""; 0]);
}

#[test]
fn all_day_is_the_local_day_however_long_it_is() {
    assert_eq!(of("DTSTART;VALUE=DATE:20260302"), ["03-01T22:00/03-02T22:00"]);
    assert_eq!(of("DTSTART;VALUE=DATE:20260329\nDTEND;VALUE=DATE:20260330"), ["03-28T22:00/03-29T21:00"]);
    assert_eq!(of("DTSTART;VALUE=DATE:20260302\nDTEND;VALUE=DATE:20260302"), ["03-01T22:00/03-02T22:00"]);
    assert_eq!(of("DTSTART;VALUE=DATE:20260302\nDURATION:P2D"), ["03-01T22:00/03-03T22:00"]);
}

#[test]
fn what_is_free_called_off_or_our_own_keeps_nobody_busy() {
    let at = "DTSTART:20260302T080000Z\nDURATION:PT1H";
    for more in ["TRANSP:TRANSPARENT", "STATUS:CANCELLED", "X-MICROSOFT-CDO-BUSYSTATUS:FREE"] {
        assert_eq!(of(&format!("{at}\n{more}")), [""; 0], "{more}");
    }
    for more in ["TRANSP:OPAQUE", "STATUS:TENTATIVE"] {
        assert_eq!(of(&format!("{at}\n{more}")).len(), 1, "{more}");
    }
    let own = event(at).replace("UID:1", "UID:bkg_1.stf_1@zapys");
    assert_eq!(told(&calendar(&own)), [""; 0]);
    let elsewhere = event(at).replace("UID:1", "UID:bkg_1.stf_2@zapys");
    assert_eq!(told(&calendar(&elsewhere)).len(), 1);
}

#[test]
fn what_repeats_stays_at_its_hour_when_clocks_change() {
    let weekly = "DTSTART;TZID=Europe/Kyiv:20260320T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=3";
    assert_eq!(of(weekly), ["03-20T07:00/08:00", "03-27T07:00/08:00", "04-03T06:00/07:00"]);
    let until = "DTSTART;TZID=Europe/Kyiv:20260320T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;UNTIL=20260403T060000Z";
    assert_eq!(of(until).len(), 3);
    // 03:30 does not exist on 29 March: it begins at the first instant after the gap and lasts as long as always.
    let gap =
        "DTSTART;TZID=Europe/Kyiv:20260328T033000\nDTEND;TZID=Europe/Kyiv:20260328T040000\nRRULE:FREQ=DAILY;COUNT=2";
    assert_eq!(of(gap), ["03-28T01:30/02:00", "03-29T01:00/01:30"]);
    let days = "DTSTART;VALUE=DATE:20260328\nRRULE:FREQ=DAILY;COUNT=2";
    assert_eq!(of(days), ["03-27T22:00/03-29T21:00"]);
}

#[test]
fn what_has_repeated_for_years_is_looked_at_within_the_window_alone() {
    let busy = read(&calendar(&event("DTSTART:20090105T080000Z\nDURATION:PT15M\nRRULE:FREQ=WEEKLY"))).unwrap();
    let mondays = busy.ranges.as_slice();
    assert_eq!((mondays.len(), mondays[0].from), (44, utc("2026-03-02T08:00:00Z")));
    // One that began before the window and is not over.
    assert_eq!(of("DTSTART:20260228T200000Z\nDTEND:20260301T080000Z"), ["03-01T00:00/08:00"]);
}

#[test]
fn dates_are_left_out_added_and_moved() {
    let daily = "DTSTART;TZID=Europe/Kyiv:20260302T100000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=4";
    let except = format!("{daily}\nEXDATE;TZID=Europe/Kyiv:20260303T100000\nEXDATE:20260305T080000Z");
    assert_eq!(of(&except), ["03-02T08:00/09:00", "03-04T08:00/09:00"]);
    let except = format!("{daily}\nEXDATE;VALUE=DATE:20260303,20260304,20260305");
    assert_eq!(of(&except), ["03-02T08:00/09:00"]);
    let also = "DTSTART:20260302T080000Z\nDURATION:PT1H\nRDATE:20260310T080000Z,20260311T080000Z\n\
                RDATE;VALUE=PERIOD:20260312T080000Z/20260312T100000Z,20260313T080000Z/PT30M";
    let expected =
        ["03-02T08:00/09:00", "03-10T08:00/09:00", "03-11T08:00/09:00", "03-12T08:00/10:00", "03-13T08:00/08:30"];
    assert_eq!(of(also), expected);
    // What was added with an end of its own is left out and moved like everything else.
    let except = format!("{also}\nEXDATE:20260310T080000Z,20260312T080000Z");
    assert_eq!(of(&except), ["03-02T08:00/09:00", "03-11T08:00/09:00", "03-13T08:00/08:30"]);
    let moved = event("RECURRENCE-ID:20260312T080000Z\nDTSTART:20260312T150000Z\nDURATION:PT30M");
    let text = calendar(&[event(also), moved].join("\n"));
    assert_eq!(told(&text)[3], "03-12T15:00/15:30");

    let moved = event(
        "RECURRENCE-ID;TZID=Europe/Kyiv:20260303T100000\nDTSTART;TZID=Europe/Kyiv:20260303T150000\nDURATION:PT30M",
    );
    let gone = event("RECURRENCE-ID:20260304T080000Z\nDTSTART:20260304T080000Z\nDURATION:PT1H\nSTATUS:CANCELLED");
    let text = calendar(&[moved, event(daily), gone].join("\n"));
    assert_eq!(told(&text), ["03-02T08:00/09:00", "03-03T13:00/13:30", "03-05T08:00/09:00"]);
}

/// Where calendars say two things at once, or programs differ: what keeps somebody busy holds.
#[test]
fn in_doubt_somebody_is_busy() {
    // A date that is left out, and moved: it is where it was moved to.
    let weekly = "DTSTART:20260302T080000Z\nDTEND:20260302T090000Z\nRRULE:FREQ=WEEKLY;COUNT=3\nEXDATE:20260309T080000Z";
    let moved = event("RECURRENCE-ID:20260309T080000Z\nDTSTART:20260310T120000Z\nDTEND:20260310T123000Z");
    let expected = ["03-02T08:00/09:00", "03-10T12:00/12:30", "03-16T08:00/09:00"];
    assert_eq!(told(&calendar(&[event(weekly), moved].join("\n"))), expected);
    // A last date without a time is a whole day, also of what has a time; by the clock of the calendar.
    let until = "DTSTART;TZID=Asia/Kathmandu:20260302T140000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;UNTIL=20260309";
    assert_eq!(of(until), ["03-02T08:15/09:15", "03-09T08:15/09:15"]);
    // What is added with an end of its own takes nothing from the date that the rule gives anyway.
    let both = "DTSTART:20260302T080000Z\nDURATION:PT2H\nRRULE:FREQ=WEEKLY;COUNT=2\n\
                RDATE;VALUE=PERIOD:20260309T080000Z/PT1H";
    assert_eq!(of(both), ["03-02T08:00/10:00", "03-09T08:00/10:00"]);
    // An end that was written lasts as long on every date (RFC 5545, 3.8.5.3), a duration in days by the clock.
    let night =
        "DTSTART;TZID=Europe/Kyiv:20260327T220000\nDTEND;TZID=Europe/Kyiv:20260328T060000\nRRULE:FREQ=DAILY;COUNT=2";
    assert_eq!(of(night), ["03-27T20:00/03-28T04:00", "03-28T20:00/03-29T04:00"]);
    let day = "DTSTART;TZID=Europe/Kyiv:20260328T220000\nDURATION:P1D";
    assert_eq!(of(day), ["03-28T20:00/03-29T19:00"]);
}

#[test]
fn rules_give_the_dates_that_other_readers_give() {
    let dates = |rule: &str| -> Vec<String> {
        let times = of(&format!("DTSTART:20260303T080000Z\nDURATION:PT1H\nRRULE:{rule}"));
        times.into_iter().map(|time| time[..5].to_owned()).collect()
    };
    assert_eq!(
        dates("FREQ=MONTHLY;BYMONTHDAY=-1,31,15;COUNT=5"),
        ["03-03", "03-15", "03-31", "04-15", "04-30", "05-15"]
    );
    assert_eq!(dates("FREQ=MONTHLY;BYDAY=TU,FR;BYSETPOS=-2;INTERVAL=3;COUNT=3"), ["03-03", "03-27", "06-26", "09-25"]);
    assert_eq!(dates("FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,TU;WKST=SU;COUNT=4"), ["03-03", "03-15", "03-17", "03-29"]);
    assert_eq!(dates("FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,TU;WKST=MO;COUNT=4"), ["03-03", "03-08", "03-17", "03-22"]);
    assert_eq!(dates("FREQ=YEARLY;BYDAY=2TH;BYMONTH=3,9;COUNT=2"), ["03-03", "03-12", "09-10"]);
    assert_eq!(dates("FREQ=YEARLY;BYYEARDAY=100,-100;COUNT=2"), ["03-03", "04-10", "09-23"]);
    assert_eq!(dates("FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO;COUNT=1"), ["03-03", "05-11"]);
    assert_eq!(dates("FREQ=DAILY;BYMONTH=4;BYDAY=SA;COUNT=2"), ["03-03", "04-04", "04-11"]);
}

#[test]
fn a_zone_of_another_name_is_the_one_whose_clock_shows_the_same() {
    let zone = |name: &str, standard: &str, daylight: &str| {
        format!(
            "BEGIN:VTIMEZONE\nTZID:{name}\n\
             BEGIN:STANDARD\nDTSTART:16010101T040000\nTZOFFSETFROM:{daylight}\nTZOFFSETTO:{standard}\n\
             RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10\nEND:STANDARD\n\
             BEGIN:DAYLIGHT\nDTSTART:16010101T030000\nTZOFFSETFROM:{standard}\nTZOFFSETTO:{daylight}\n\
             RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3\nEND:DAYLIGHT\nEND:VTIMEZONE\n"
        )
    };
    let at =
        |name: &str| event(&format!("DTSTART;TZID={name}:20260320T090000\nDURATION:PT1H\nRRULE:FREQ=MONTHLY;COUNT=2"));
    let outlook = zone("FLE Standard Time", "+0200", "+0300") + &at("FLE Standard Time");
    assert_eq!(told(&calendar(&outlook)), ["03-20T07:00/08:00", "04-20T06:00/07:00"]);
    let fixed = "BEGIN:VTIMEZONE\nTZID:Own\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0530\n\
                 TZOFFSETTO:+0530\nEND:STANDARD\nEND:VTIMEZONE\n";
    assert_eq!(told(&calendar(&format!("{fixed}{}", at("Own")))), ["03-20T03:30/04:30", "04-20T03:30/04:30"]);
    // The zone database knows better than a calendar that was written before a law changed.
    let stale = zone("Europe/Kyiv", "+0500", "+0600") + &at("Europe/Kyiv");
    assert_eq!(told(&calendar(&stale)), ["03-20T07:00/08:00", "04-20T06:00/07:00"]);
    for unknown in [at("Nowhere"), zone("Nowhere", "+0217", "+0317") + &at("Nowhere")] {
        let busy = read(&calendar(&unknown)).unwrap();
        assert_eq!((busy.ranges.is_empty(), busy.unread), (true, 1), "{unknown}");
    }
}

#[test]
fn free_busy_lists_are_read_too() {
    let list = "BEGIN:VFREEBUSY\nFREEBUSY;FBTYPE=BUSY:20260302T080000Z/PT1H,20260302T083000Z/20260302T100000Z\n\
                FREEBUSY;FBTYPE=FREE:20260303T080000Z/PT1H\nEND:VFREEBUSY";
    assert_eq!(told(&calendar(list)), ["03-02T08:00/10:00"]);
}

#[test]
fn what_is_not_understood_is_counted() {
    let count = |lines: &str| {
        let busy = read(&calendar(&event(lines))).unwrap();
        (busy.ranges.as_slice().len(), busy.unread)
    };
    assert_eq!(count("DTSTART:20260302T080000Z\nDURATION:PT1H\nRRULE:FREQ=HOURLY"), (1, 1));
    assert_eq!(count("DTSTART:20260302T080000Z\nDURATION:PT1H\nRRULE:nonsense"), (1, 1));
    assert_eq!(count("DTSTART:20260231T080000Z\nDURATION:PT1H"), (0, 1));
    // A date and all those after it are moved: the date is, and that the others are not is told.
    let all = "RECURRENCE-ID;RANGE=THISANDFUTURE:20260303T080000Z\nDTSTART:20260303T100000Z\nDURATION:PT1H";
    assert_eq!(count(all), (1, 1));
    assert_eq!(count("DTEND:20260302T080000Z"), (0, 1));
    assert_eq!(count("DTSTART:20260302T080000Z\nDTEND:20260301T080000Z"), (0, 1));
    assert_eq!(count("DTSTART:20260302T080000Z\nDURATION:-PT1H"), (0, 1));
}

#[test]
fn a_text_that_is_no_whole_calendar_is_refused() {
    let whole = calendar(&event("DTSTART:20260302T080000Z\nDURATION:PT1H"));
    assert!(read(&whole).is_ok());
    assert_eq!(read(&(whole.clone() + &whole)).unwrap().ranges.as_slice().len(), 1);
    for (at, _) in whole.char_indices().filter(|(at, _)| *at + 2 < whole.len()) {
        assert_eq!(read(&whole[..at]), Err(ReadFault::NotACalendar), "cut off at {at}");
    }
    for text in [
        "<html><body>Log in</body></html>",
        "BEGIN:VEVENT\r\nEND:VEVENT",
        "BEGIN:VCALENDAR\r\nEND:VEVENT\r\nEND:VCALENDAR",
        "BEGIN:VCALENDAR\r\nBEGIN:VCALENDAR\r\nEND:VCALENDAR\r\nEND:VCALENDAR",
    ] {
        assert_eq!(read(text), Err(ReadFault::NotACalendar), "{text}");
    }
    let deep = format!("BEGIN:VCALENDAR\n{}", "BEGIN:X\n".repeat(100_000));
    assert_eq!(read(&deep), Err(ReadFault::NotACalendar));
}

#[test]
fn too_much_is_refused_and_not_cut() {
    let one = event("DTSTART:20260302T080000Z\nDURATION:PT1H");
    assert_eq!(read(&calendar(&vec![one; 1_001].join("\n"))), Err(ReadFault::TooMuch));
    let hours = |hour: usize| event(&format!("DTSTART:20260302T{hour:02}0000Z\nDURATION:PT1M\nRRULE:FREQ=DAILY"));
    assert_eq!(read(&calendar(&(0..4).map(hours).collect::<Vec<_>>().join("\n"))), Err(ReadFault::TooMuch));
    assert!(read(&calendar(&(0..3).map(hours).collect::<Vec<_>>().join("\n"))).is_ok());
}

#[test]
fn a_rule_that_gives_nothing_is_given_up_when_time_is_over() {
    let barren = event("DTSTART:20260302T080000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30");
    let asked = Cell::new(0);
    let text = calendar(&vec![barren; 500].join("\n"));
    let patience = || {
        asked.set(asked.get() + 1);
        asked.get() < 3
    };
    assert_eq!(busy(&text, &query(), &patience), Err(ReadFault::TooMuch));
    // The same of one entry with many of them.
    let rules = "\nRRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30".repeat(500);
    let text = calendar(&event(&format!("DTSTART:20260302T080000Z\nDURATION:PT1H{rules}")));
    asked.set(0);
    assert_eq!(busy(&text, &query(), &patience), Err(ReadFault::TooMuch));
}

#[test]
fn a_duration_has_each_unit_once_at_most() {
    assert_eq!(of("DTSTART:20260302T080000Z\nDURATION:PT1H1M60S"), ["03-02T08:00/09:02"]);
    let endless = format!("DTSTART:20260302T080000Z\nDURATION:PT{}", "9999999H".repeat(300_000));
    let busy = read(&calendar(&event(&endless))).unwrap();
    assert_eq!((busy.ranges.is_empty(), busy.unread), (true, 1));
}

fn anything() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "BEGIN:VCALENDAR",
        "END:VCALENDAR",
        "BEGIN:VEVENT",
        "END:VEVENT",
        "BEGIN:VTIMEZONE",
        "END:VTIMEZONE",
        "BEGIN:STANDARD",
        "END:STANDARD",
        "TZID:A",
        "UID:1",
        "DTSTART:20260302T080000Z",
        "DTSTART;VALUE=DATE:20260302",
        "DTSTART;TZID=A:20260302T080000",
        "DTSTART:16010101T000000",
        "DTSTART:99991231T235959",
        "DTEND:20260302T090000Z",
        "DURATION:P9999999W",
        "DURATION:PT9999999H",
        "RRULE:FREQ=DAILY",
        "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10",
        "RDATE:20260310T080000Z",
        "EXDATE:20260302T080000Z",
        "RECURRENCE-ID:20260302T080000Z",
        "TZOFFSETFROM:+1600",
        "TZOFFSETTO:-1600",
        "FREEBUSY:20260302T080000Z/PT1H",
        "BEGIN:VFREEBUSY",
        "END:VFREEBUSY",
        "\r\n ",
        ":",
        ";",
        "\"",
        "99999999T999999Z",
        "00000101",
        "🜁",
    ]);
    let separator = prop::sample::select(vec!["\r\n", "\n", "", "\r\n "]);
    prop::collection::vec((word, separator), 0..60)
        .prop_map(|words| words.into_iter().flat_map(|(word, separator)| [word, separator]).collect())
}

proptest! {
    #[test]
    fn any_text_has_an_answer(text in prop_oneof![any::<String>(), anything()]) {
        let asked = Cell::new(0);
        let _ = busy(&text, &query(), &|| { asked.set(asked.get() + 1); asked.get() < 50 });
    }

    #[test]
    fn any_text_within_a_calendar_has_an_answer(text in anything()) {
        let asked = Cell::new(0);
        let wrapped = format!("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n{text}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n");
        let found = busy(&wrapped, &query(), &|| { asked.set(asked.get() + 1); asked.get() < 50 });
        if let Ok(found) = found {
            prop_assert!(found.ranges.iter().all(|range| query().window.covers(*range)));
        }
    }

    #[test]
    fn what_we_write_we_read(
        visits in prop::collection::vec((0_i64..400_000, 1_i64..600), 0..30),
        zone in prop::sample::select(vec![KYIV, Tz::America__New_York, Tz::Australia__Lord_Howe, Tz::UTC]),
    ) {
        let (start, at) = (query().window.from, |minutes| query().window.from + Duration::minutes(minutes));
        let entries = visits.iter().enumerate().map(|(number, (from, minutes))| Entry {
            uid: format!("{number}"), sequence: 0, stamp: start, created: None, modified: None, starts_at: at(*from),
            ends_at: at(from + minutes), zone, summary: "Стрижка, BEGIN:VEVENT".into(), description: String::new(),
            location: String::new(), url: String::new(), status: Status::Confirmed, organizer: None, attendee: None,
        });
        let text = Calendar { method: Method::Publish, name: String::new(), refresh: None, entries: entries.collect() };
        let expected = visits.iter().map(|(from, minutes)| TimeRange::new(at(*from), at(from + minutes)));
        let expected: RangeSet = expected.filter_map(|range| range.intersect(query().window)).collect();
        prop_assert_eq!(read(&text.render()), Ok(Busy { ranges: expected, unread: 0 }));
    }
}
