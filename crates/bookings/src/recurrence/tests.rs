//! Rules against a naive expansion that looks at every date, and wall time over clock changes.
#![allow(clippy::trivially_copy_pass_by_ref, reason = "proptest hands out references")]
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;
use chrono::{Datelike as _, Days, NaiveDateTime, NaiveTime, TimeDelta, TimeZone as _, Weekday};
use chrono_tz::{
    Africa::Casablanca, America::New_York, America::Sao_Paulo, Antarctica::Troll, Australia::Lord_Howe, Europe::Kyiv,
    Pacific::Apia, Tz,
};
use kernel::{Error, WallTime};
use proptest::prelude::*;

const ZONES: [Tz; 7] = [Kyiv, New_York, Lord_Howe, Sao_Paulo, Casablanca, Troll, Apia];
const DAYS: [(Weekday, &str); 7] = [
    (Weekday::Mon, "MO"),
    (Weekday::Tue, "TU"),
    (Weekday::Wed, "WE"),
    (Weekday::Thu, "TH"),
    (Weekday::Fri, "FR"),
    (Weekday::Sat, "SA"),
    (Weekday::Sun, "SU"),
];

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn anchor(zone: Tz, from: &str, time: &str) -> Anchor {
    Anchor { zone, date: date(from), time: time.parse().unwrap() }
}

fn recurrence(rule: &str) -> Recurrence {
    Recurrence::new(rule, &[], &[]).unwrap()
}

fn dates(rule: &str, from: &str) -> Vec<String> {
    let found = recurrence(rule).occurrences(&anchor(Kyiv, from, "10:00")).unwrap();
    found.iter().map(|occurrence| occurrence.date.to_string()).collect()
}

fn refusal(rule: &str, from: &str) -> String {
    let refused =
        Recurrence::new(rule, &[], &[]).and_then(|rule| rule.occurrences(&anchor(Kyiv, from, "10:00"))).unwrap_err();
    let issue = &refused.issues[0];
    format!("{}@{}", issue.code, issue.field.as_deref().unwrap_or_default())
}

#[test]
fn the_usual_rules_give_the_dates_that_people_mean() {
    assert_eq!(dates("FREQ=WEEKLY;BYDAY=TU,TH;COUNT=3", "2026-03-02"), ["2026-03-03", "2026-03-05", "2026-03-10"]);
    assert_eq!(dates("rrule:freq=daily;interval=2;count=2", "2026-03-02"), ["2026-03-02", "2026-03-04"]);
    // A month without the day is passed over, not bent.
    assert_eq!(dates("FREQ=MONTHLY;COUNT=3", "2026-01-31"), ["2026-01-31", "2026-03-31", "2026-05-31"]);
    assert_eq!(dates("FREQ=MONTHLY;BYDAY=-1FR;COUNT=2", "2026-03-02"), ["2026-03-27", "2026-04-24"]);
    assert_eq!(dates("FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=2", "2026-02-01"), ["2026-02-28", "2026-03-31"]);
    // The last working day of a month.
    let working = "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=2";
    assert_eq!(dates(working, "2026-05-01"), ["2026-05-29", "2026-06-30"]);
    assert_eq!(dates("FREQ=YEARLY;UNTIL=20270401", "2026-04-01"), ["2026-04-01", "2027-04-01"]);
    // Every other week, where the week begins on Sunday: the example of the standard.
    let sunday = "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU";
    assert_eq!(dates(sunday, "1997-08-05"), ["1997-08-05", "1997-08-17", "1997-08-19", "1997-08-31"]);
    let monday = "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO";
    assert_eq!(dates(monday, "1997-08-05"), ["1997-08-05", "1997-08-10", "1997-08-19", "1997-08-24"]);
}

#[test]
fn the_end_of_a_rule_is_read_on_the_wall_of_the_zone() {
    let until = |text: &str| dates(&format!("FREQ=DAILY;UNTIL={text}"), "2026-03-27").len();
    assert_eq!(until("20260329"), 3);
    assert_eq!(until("20260329T100000"), 3);
    assert_eq!(until("20260329T095959"), 2);
    // Ten o'clock in Kyiv is 08:00 before the clocks change on the 29th and 07:00 from then on.
    assert_eq!(until("20260328T080000Z"), 2);
    assert_eq!(until("20260328T075959Z"), 1);
    assert_eq!(until("20260329T070000Z"), 3);
    assert_eq!(until("20260329T065959Z"), 2);
}

#[test]
fn the_wall_time_stays_where_clocks_change() {
    let at = |time: &str, from: &str, rule: &str| -> Vec<String> {
        let found = recurrence(rule).occurrences(&anchor(Kyiv, from, time)).unwrap();
        found.iter().map(|occurrence| Kyiv.from_utc_datetime(&occurrence.starts_at.naive_utc()).to_rfc3339()).collect()
    };
    assert_eq!(
        at("10:00", "2026-03-24", "FREQ=WEEKLY;COUNT=2"),
        ["2026-03-24T10:00:00+02:00", "2026-03-31T10:00:00+03:00"]
    );
    // Half past three does not exist on 29 March; it is the first instant after the gap, and half past three again after.
    assert_eq!(
        at("03:30", "2026-03-28", "FREQ=DAILY;COUNT=3"),
        ["2026-03-28T03:30:00+02:00", "2026-03-29T04:00:00+03:00", "2026-03-30T03:30:00+03:00"]
    );
    // On 25 October it comes twice: the earlier.
    assert_eq!(
        at("03:30", "2026-10-24", "FREQ=DAILY;COUNT=3"),
        ["2026-10-24T03:30:00+03:00", "2026-10-25T03:30:00+03:00", "2026-10-26T03:30:00+02:00"]
    );
}

#[test]
fn dates_are_left_out_and_added() {
    let rule = "FREQ=WEEKLY;COUNT=4";
    let with = |except: &[&str], also: &[&str]| {
        let days = |texts: &[&str]| texts.iter().map(|text| date(text)).collect::<Vec<_>>();
        let recurrence = Recurrence::new(rule, &days(except), &days(also)).unwrap();
        recurrence.occurrences(&anchor(Kyiv, "2026-03-03", "10:00"))
    };
    let found = with(&["2026-03-10", "2026-03-11"], &["2026-03-12", "2026-03-17"]).unwrap();
    let found: Vec<String> = found.iter().map(|occurrence| occurrence.date.to_string()).collect();
    assert_eq!(found, ["2026-03-03", "2026-03-12", "2026-03-17", "2026-03-24"]);
    let code = |refused: Error| format!("{}@{}", refused.issues[0].code, refused.issues[0].field.clone().unwrap());
    let none = with(&["2026-03-03", "2026-03-10", "2026-03-17", "2026-03-24"], &[]).unwrap_err();
    assert_eq!(code(none), "RECURRENCE_EMPTY@rule");
    assert_eq!(code(with(&[], &["2026-03-02"]).unwrap_err()), "RECURRENCE_TOO_LONG@alsoDates");
    assert_eq!(code(with(&[], &["2028-03-04"]).unwrap_err()), "RECURRENCE_TOO_LONG@alsoDates");
    let many: Vec<NaiveDate> = (0..105).map(|day| date("2026-03-03") + Days::new(day)).collect();
    assert_eq!(code(Recurrence::new(rule, &many, &[]).unwrap_err()), "RECURRENCE_TOO_LONG@exceptDates");
}

#[test]
fn a_rule_is_refused_by_what_is_wrong_with_it() {
    for rule in [
        "",
        ";",
        "WEEKLY",
        "FREQ=",
        "FREQ=WEEKLY;",
        "FREQ=FORTNIGHTLY;COUNT=2",
        "COUNT=2",
        "FREQ=DAILY;COUNT=0",
        "FREQ=DAILY;COUNT=-1",
        "FREQ=DAILY;COUNT=+1",
        "FREQ=DAILY;COUNT=2;COUNT=3",
        "FREQ=DAILY;INTERVAL=0;COUNT=2",
        "FREQ=DAILY;COUNT=2;UNTIL=20260401",
        "FREQ=DAILY;UNTIL=2026-04-01",
        "FREQ=DAILY;UNTIL=20260431",
        "FREQ=DAILY;UNTIL=+2026401",
        "FREQ=DAILY;UNTIL=20260401T250000",
        "FREQ=WEEKLY;BYDAY=XX;COUNT=2",
        "FREQ=WEEKLY;BYDAY=1XMO;COUNT=2",
        "FREQ=WEEKLY;BYDAY=1MO;COUNT=2",
        "FREQ=WEEKLY;BYDAY=;COUNT=2",
        "FREQ=WEEKLY;BYMONTHDAY=1;COUNT=2",
        "FREQ=MONTHLY;BYMONTHDAY=32;COUNT=2",
        "FREQ=MONTHLY;BYMONTHDAY=0;COUNT=2",
        "FREQ=MONTHLY;BYDAY=9MO;COUNT=2",
        "FREQ=YEARLY;BYMONTH=13;COUNT=2",
        "FREQ=DAILY;BYSETPOS=1;COUNT=2",
        "FREQ=DAILY;WKST=1;COUNT=2",
        "FREQ=DAILY;X-NAME=1;COUNT=2",
        "FREQ=DAILY;BYEASTER=1;COUNT=2",
        "FREQ=YEARLY;BYWEEKNO=3;BYDAY=1MO;COUNT=2",
        "RRULE:RRULE:FREQ=DAILY;COUNT=2",
        "EXRULE:FREQ=DAILY;COUNT=2",
        "FREQ=DAILY;COUNT=2\nRRULE:FREQ=DAILY",
        "FREQ=ЩОДНЯ;COUNT=2",
        "FREQ=DAILY;BYMONTH=٣;COUNT=2",
    ] {
        assert_eq!(refusal(rule, "2026-03-02"), "RECURRENCE_UNREADABLE@rule", "{rule}");
    }
    let long = format!("FREQ=DAILY;COUNT=2;BYMONTH={}", vec!["3"; 300].join(","));
    assert_eq!(refusal(&long, "2026-03-02"), "RECURRENCE_UNREADABLE@rule");
    for rule in ["FREQ=HOURLY;COUNT=2", "FREQ=MINUTELY;COUNT=2", "FREQ=SECONDLY;COUNT=2"] {
        assert_eq!(refusal(rule, "2026-03-02"), "RECURRENCE_UNSUPPORTED@rule", "{rule}");
    }
    for rule in [
        "FREQ=DAILY;BYHOUR=9;COUNT=2",
        "FREQ=DAILY;BYMINUTE=0;COUNT=2",
        "FREQ=DAILY;BYSECOND=0;COUNT=2",
        "FREQ=MONTHLY;BYDAY=MO,1TU;COUNT=2",
        "FREQ=MONTHLY;BYDAY=-5MO;COUNT=2",
    ] {
        assert_eq!(refusal(rule, "2026-03-02"), "RECURRENCE_UNSUPPORTED@rule", "{rule}");
    }
    assert_eq!(refusal("FREQ=DAILY", "2026-03-02"), "RECURRENCE_ENDLESS@rule");
    assert_eq!(refusal("FREQ=DAILY;UNTIL=20260301", "2026-03-02"), "RECURRENCE_EMPTY@rule");
    assert_eq!(refusal("FREQ=DAILY;COUNT=2", "9999-12-30"), "RECURRENCE_EMPTY@rule");
}

#[test]
fn a_rule_gives_at_most_104_occurrences_within_two_years() {
    assert_eq!(dates("FREQ=WEEKLY;COUNT=104", "2026-03-03").len(), 104);
    assert_eq!(refusal("FREQ=WEEKLY;COUNT=105", "2026-03-03"), "RECURRENCE_TOO_LONG@rule");
    assert_eq!(refusal("FREQ=DAILY;UNTIL=20260615", "2026-03-03"), "RECURRENCE_TOO_LONG@rule");
    assert_eq!(dates("FREQ=DAILY;UNTIL=20260614", "2026-03-03").len(), 104);
    assert_eq!(dates("FREQ=MONTHLY;COUNT=25", "2026-03-03").len(), 25);
    assert_eq!(refusal("FREQ=MONTHLY;COUNT=26", "2026-03-03"), "RECURRENCE_TOO_LONG@rule");
    assert_eq!(refusal("FREQ=YEARLY;UNTIL=99991231", "2026-03-03"), "RECURRENCE_TOO_LONG@rule");
}

/// The search for a next date is bounded, whatever the rule: here is none at all.
#[test]
fn a_rule_that_never_gives_a_date_ends() {
    for rule in [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=2",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=2",
        "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=50;COUNT=2",
        "FREQ=MONTHLY;INTERVAL=12;BYDAY=5MO;BYMONTH=4;COUNT=2",
    ] {
        assert_eq!(refusal(rule, "2026-03-03"), "RECURRENCE_EMPTY@rule", "{rule}");
    }
}

#[test]
fn an_endless_rule_can_be_looked_at_anywhere() {
    let rule = Rule::read("FREQ=WEEKLY;BYDAY=TU").unwrap();
    assert!(rule.is_endless());
    let found = rule.dates(&anchor(Kyiv, "2010-01-01", "10:00")).unwrap();
    let within: Vec<String> = found
        .skip_while(|found| *found < date("2026-03-01"))
        .take_while(|found| *found < date("2026-03-15"))
        .map(|found| found.to_string())
        .collect();
    assert_eq!(within, ["2026-03-03", "2026-03-10"]);
}

#[test]
fn a_rule_is_cut_in_two_without_loss() {
    let rule = Rule::read("FREQ=WEEKLY;BYDAY=TU,TH;COUNT=7").unwrap();
    let all: Vec<NaiveDate> = rule.dates(&anchor(Kyiv, "2026-03-03", "10:00")).unwrap().collect();
    for done in 1..all.len() {
        let (first, second) = (rule.until(all[done] - Days::new(1)), rule.after(done));
        let mut both: Vec<NaiveDate> = first.dates(&anchor(Kyiv, "2026-03-03", "10:00")).unwrap().collect();
        assert_eq!(both.len(), done, "{first}");
        let from = Anchor { date: all[done], ..anchor(Kyiv, "2026-03-03", "10:00") };
        both.extend(second.dates(&from).unwrap());
        assert_eq!(both, all, "{first} {second}");
    }
    assert_eq!(rule.until(date("2026-03-09")).to_string(), "FREQ=WEEKLY;BYDAY=TU,TH;UNTIL=20260309");
    assert_eq!(rule.after(5).to_string(), "FREQ=WEEKLY;BYDAY=TU,TH;COUNT=2");
    let ended = Rule::read("FREQ=WEEKLY;UNTIL=20260401").unwrap();
    assert_eq!(ended.after(2), ended);
}

/// A rule as a person would think of it, date by date.
#[derive(Debug, Clone)]
struct Model {
    freq: &'static str,
    interval: u32,
    days: Vec<(i8, usize)>,
    month_days: Vec<i8>,
    sunday_first: bool,
    end: End,
}

#[derive(Debug, Clone)]
enum End {
    Count(usize),
    /// So many days after the first date, as a date, a wall time or an instant.
    Until(u64, u8),
}

impl Model {
    fn text(&self, anchor: &Anchor) -> String {
        let mut parts = vec![format!("FREQ={}", self.freq), format!("INTERVAL={}", self.interval)];
        if !self.days.is_empty() {
            let day = |(count, day): &(i8, usize)| {
                if *count == 0 { DAYS[*day].1.to_owned() } else { format!("{count}{}", DAYS[*day].1) }
            };
            parts.push(format!("BYDAY={}", self.days.iter().map(day).collect::<Vec<_>>().join(",")));
        }
        if !self.month_days.is_empty() {
            let days: Vec<String> = self.month_days.iter().map(ToString::to_string).collect();
            parts.push(format!("BYMONTHDAY={}", days.join(",")));
        }
        if self.sunday_first {
            parts.push("WKST=SU".to_owned());
        }
        parts.push(match self.end {
            End::Count(count) => format!("COUNT={count}"),
            End::Until(days, form) => {
                let last = anchor.date + Days::new(days);
                match form {
                    0 => format!("UNTIL={}", last.format("%Y%m%d")),
                    1 => format!("UNTIL={}T{}00", last.format("%Y%m%d"), anchor.time.to_string().replace(':', "")),
                    _ => format!("UNTIL={}", anchor.on(last).format("%Y%m%dT%H%M%SZ")),
                }
            }
        });
        parts.join(";")
    }

    fn has(&self, first: NaiveDate, day: NaiveDate) -> bool {
        let on_weekday = self.days.iter().any(|(_, wanted)| DAYS[*wanted].0 == day.weekday());
        match self.freq {
            "DAILY" => (day - first).num_days() % i64::from(self.interval) == 0 && (self.days.is_empty() || on_weekday),
            "WEEKLY" => {
                let week = |date: NaiveDate| {
                    let into = if self.sunday_first {
                        date.weekday().num_days_from_sunday()
                    } else {
                        date.weekday().num_days_from_monday()
                    };
                    date - Days::new(into.into())
                };
                let weeks = (week(day) - week(first)).num_days() / 7;
                let fits = if self.days.is_empty() { day.weekday() == first.weekday() } else { on_weekday };
                weeks % i64::from(self.interval) == 0 && fits
            }
            _ => {
                let month = |date: NaiveDate| i64::from(date.year()) * 12 + i64::from(date.month0());
                (month(day) - month(first)) % i64::from(self.interval) == 0 && self.fits_month(first, day)
            }
        }
    }

    fn fits_month(&self, first: NaiveDate, day: NaiveDate) -> bool {
        let length = i64::from(day.num_days_in_month());
        let number = i64::from(day.day());
        let by_day = self.days.iter().any(|(count, wanted)| {
            DAYS[*wanted].0 == day.weekday()
                && match count {
                    0 => true,
                    1.. => (number - 1) / 7 + 1 == i64::from(*count),
                    _ => (length - number) / 7 + 1 == -i64::from(*count),
                }
        });
        let by_number = self.month_days.iter().any(|wanted| {
            let wanted = i64::from(*wanted);
            number == if wanted > 0 { wanted } else { length + 1 + wanted }
        });
        match (self.days.is_empty(), self.month_days.is_empty()) {
            (true, true) => day.day() == first.day(),
            (false, true) => by_day,
            (true, false) => by_number,
            (false, false) => by_day && by_number,
        }
    }

    /// The dates of four years, which is more than a rule may give.
    fn dates(&self, anchor: &Anchor) -> Vec<NaiveDate> {
        let days = (0..4 * 366).map(|day| anchor.date + Days::new(day));
        let fitting = days.filter(|day| self.has(anchor.date, *day));
        match self.end {
            End::Count(count) => fitting.take(count).collect(),
            End::Until(last, _) => fitting.take_while(|day| *day <= anchor.date + Days::new(last)).collect(),
        }
    }
}

fn models() -> impl Strategy<Value = Model> {
    let end = prop_oneof![
        (1_usize..120).prop_map(End::Count),
        (0_u64..800, 0_u8..3).prop_map(|(days, form)| End::Until(days, form)),
    ];
    let weekdays = prop::collection::vec(0_usize..7, 0..4);
    let counts = prop_oneof![Just(vec![0_i8; 4]), prop::collection::vec(prop_oneof![1_i8..=5, -4_i8..=-1], 4)];
    let month_days = prop::collection::vec(prop_oneof![1_i8..=31, -31_i8..=-1], 0..3);
    let freq = prop::sample::select(vec!["DAILY", "WEEKLY", "MONTHLY"]);
    (freq, 1_u32..5, weekdays, counts, month_days, any::<bool>(), end).prop_map(
        |(freq, interval, days, counts, month_days, sunday_first, end)| {
            let monthly = freq == "MONTHLY";
            // Weekdays are counted in months alone, and then all of them.
            let days: Vec<(i8, usize)> =
                days.into_iter().zip(counts).map(|(day, count)| (if monthly { count } else { 0 }, day)).collect();
            // The first Monday is never a 20th: a day by its number goes with plain weekdays only.
            let month_days = if monthly && days.iter().all(|(count, _)| *count == 0) { month_days } else { Vec::new() };
            Model { freq, interval, days, month_days, sunday_first, end }
        },
    )
}

fn anchors() -> impl Strategy<Value = Anchor> {
    (prop::sample::select(&ZONES), 0_u64..7_000, 0_u16..1_440).prop_map(|(zone, day, minutes)| Anchor {
        zone,
        date: date("2010-01-01") + Days::new(day),
        time: WallTime::from_minutes(minutes).unwrap(),
    })
}

/// The clock shows the time of day, the first time that it does so on that date, or has just skipped it.
fn shows_its_time(anchor: &Anchor, occurrence: &Occurrence) -> Result<(), TestCaseError> {
    let shown = |instant: DateTime<Utc>| instant.with_timezone(&anchor.zone).naive_local();
    let start = occurrence.starts_at;
    let wanted: NaiveDateTime =
        occurrence.date.and_time(NaiveTime::MIN) + TimeDelta::minutes(anchor.time.minutes().into());
    if shown(start) == wanted {
        for minutes in [30, 60, 120] {
            prop_assert!(shown(start - TimeDelta::minutes(minutes)) < wanted);
        }
    } else {
        prop_assert!(shown(start) > wanted && shown(start - TimeDelta::seconds(1)) < wanted);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, ..ProptestConfig::default() })]

    #[test]
    fn a_rule_gives_what_the_model_gives(model in models(), anchor in anchors()) {
        let expected = model.dates(&anchor);
        let last = anchor.date.checked_add_months(Months::new(MAX_MONTHS)).unwrap();
        let found = Recurrence::new(&model.text(&anchor), &[], &[]).unwrap().occurrences(&anchor);
        let code = |error: &Error| error.issues[0].code;
        if expected.is_empty() {
            // Nothing in four years: later there may be something, which is too late.
            let code = code(&found.unwrap_err());
            prop_assert!(code == "RECURRENCE_EMPTY" || code == "RECURRENCE_TOO_LONG");
        } else if expected.len() > MAX_OCCURRENCES || expected.last() > Some(&last) {
            prop_assert_eq!(code(&found.unwrap_err()), "RECURRENCE_TOO_LONG");
        } else if let End::Count(count) = model.end && expected.len() < count {
            prop_assert_eq!(code(&found.unwrap_err()), "RECURRENCE_TOO_LONG");
        } else {
            let found = found.unwrap();
            // A zone may leave out a date; what would be on it falls together with the next.
            let given: Vec<NaiveDate> = found.iter().map(|occurrence| occurrence.date).collect();
            if anchor.zone == Apia {
                prop_assert!(given.iter().all(|date| expected.contains(date)) && expected.len() - given.len() <= 1);
            } else {
                prop_assert_eq!(&given, &expected);
            }
            prop_assert!(found.windows(2).all(|pair| pair[0].starts_at < pair[1].starts_at));
            found.iter().try_for_each(|occurrence| shows_its_time(&anchor, occurrence))?;
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,60}", parts in prop::collection::vec("(FREQ|BYDAY|COUNT|UNTIL|BYMONTHDAY|BYSETPOS)=[-+0-9A-Z,]{0,8}", 0..5)) {
        let _ = Rule::read(&text);
        if let Ok(rule) = Rule::read(&parts.join(";")) {
            prop_assert_eq!(Rule::read(&rule.to_string()), Ok(rule));
        }
    }
}
