//! Gaps and overlaps of local time, in zones with ordinary and with odd rules.
#![allow(clippy::unwrap_used, clippy::expect_used)]
use chrono_tz::{
    Africa::Casablanca, Africa::Monrovia, America::Havana, America::New_York, America::Sao_Paulo, America::St_Johns,
    Antarctica::Troll, Asia::Kathmandu, Asia::Tehran, Australia::Lord_Howe, Europe::Dublin, Europe::Kyiv,
    Pacific::Apia, Pacific::Chatham, Pacific::Kiritimati, Tz,
};
use proptest::prelude::*;

use super::*;

const ODD_ZONES: [Tz; 15] = [
    Kyiv, New_York, Lord_Howe, Apia, Sao_Paulo, Havana, Chatham, Kiritimati, Kathmandu, Tehran, Casablanca, Dublin,
    Troll, St_Johns, Monrovia,
];

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn wall(text: &str) -> WallTime {
    text.parse().unwrap()
}

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn start(zone: Tz, day: &str, time: &str) -> DateTime<Utc> {
    instant(zone, date(day), wall(time), Edge::Start)
}

fn end(zone: Tz, day: &str, time: &str) -> DateTime<Utc> {
    instant(zone, date(day), wall(time), Edge::End)
}

fn shift(zone: Tz, day: &str, from: &str, to: &str) -> Option<i64> {
    project(zone, date(day), WallInterval::new(wall(from), wall(to))).map(TimeRange::minutes)
}

#[test]
fn a_skipped_time_is_the_first_instant_after_the_gap() {
    // Kyiv, 29 March 2026: 03:00 becomes 04:00, which is 01:00 UTC.
    for time in ["03:00", "03:30", "03:59", "04:00"] {
        assert_eq!(start(Kyiv, "2026-03-29", time), utc("2026-03-29T01:00:00Z"), "{time}");
        assert_eq!(end(Kyiv, "2026-03-29", time), utc("2026-03-29T01:00:00Z"), "{time}");
    }
    assert_eq!(start(Kyiv, "2026-03-29", "02:59"), utc("2026-03-29T00:59:00Z"));
    assert!(starts_at(Kyiv, date("2026-03-29"), wall("03:30")).is_empty());
    // New York, 8 March 2026: 02:00 becomes 03:00 at 07:00 UTC. Lord Howe, 4 October 2026: half an hour at 15:30 UTC.
    assert_eq!(start(New_York, "2026-03-08", "02:30"), utc("2026-03-08T07:00:00Z"));
    assert_eq!(start(Lord_Howe, "2026-10-04", "02:15"), utc("2026-10-03T15:30:00Z"));
    // Troll skips two hours: 01:00 becomes 03:00.
    assert_eq!(start(Troll, "2026-03-29", "01:30"), utc("2026-03-29T01:00:00Z"));
}

#[test]
fn a_repeated_time_is_the_earlier_start_and_the_later_end() {
    // Kyiv, 25 October 2026: 04:00 becomes 03:00 at 01:00 UTC.
    assert_eq!(start(Kyiv, "2026-10-25", "03:30"), utc("2026-10-25T00:30:00Z"));
    assert_eq!(end(Kyiv, "2026-10-25", "03:30"), utc("2026-10-25T01:30:00Z"));
    assert_eq!(
        starts_at(Kyiv, date("2026-10-25"), wall("03:30")).as_slice(),
        [utc("2026-10-25T00:30:00Z"), utc("2026-10-25T01:30:00Z")]
    );
    assert_eq!(starts_at(New_York, date("2026-11-01"), wall("01:30")).len(), 2);
    // Lord Howe repeats half an hour only: 01:45 comes twice, 01:15 once.
    assert_eq!(starts_at(Lord_Howe, date("2026-04-05"), wall("01:45")).len(), 2);
    assert_eq!(starts_at(Lord_Howe, date("2026-04-05"), wall("01:15")).len(), 1);
}

#[test]
fn shifts_shrink_in_spring_grow_in_autumn_and_never_invert() {
    assert_eq!(shift(Kyiv, "2026-03-29", "00:00", "08:00"), Some(7 * 60));
    assert_eq!(shift(Kyiv, "2026-10-25", "00:00", "08:00"), Some(9 * 60));
    assert_eq!(shift(Kyiv, "2026-10-25", "03:00", "04:00"), Some(2 * 60));
    assert_eq!(shift(Kyiv, "2026-03-29", "03:10", "03:50"), None);
    assert_eq!(shift(Kyiv, "2026-03-29", "02:30", "03:30"), Some(30));
    assert_eq!(shift(Kyiv, "2026-03-28", "22:00", "06:00"), Some(7 * 60));
    assert_eq!(shift(Lord_Howe, "2026-10-04", "00:00", "24:00"), Some(23 * 60 + 30));
    assert_eq!(shift(Kyiv, "2026-06-01", "00:00", "00:00"), Some(24 * 60));
}

#[test]
fn days_have_the_length_that_the_zone_gives_them() {
    let hours = |zone, day| day_range(zone, date(day)).minutes() / 60;
    assert_eq!(hours(Kyiv, "2026-03-29"), 23);
    assert_eq!(hours(Kyiv, "2026-10-25"), 25);
    assert_eq!(hours(Kyiv, "2026-06-01"), 24);
    // Apia crossed the date line and left the day out.
    assert_eq!(hours(Apia, "2011-12-30"), 0);
    assert_eq!(hours(Apia, "2011-12-31"), 24);
    // Sao Paulo lost midnight itself; Havana had it twice.
    assert_eq!(hours(Sao_Paulo, "2018-11-04"), 23);
    assert_eq!(hours(Havana, "2026-11-01"), 25);
    assert_eq!(local_date(Kyiv, utc("2026-06-01T21:00:00Z")), date("2026-06-02"));
}

#[test]
fn the_ends_of_the_calendar_do_not_panic() {
    for zone in ODD_ZONES {
        for day in [NaiveDate::MIN.succ_opt().unwrap(), date("9999-12-31"), NaiveDate::MAX.pred_opt().unwrap()] {
            let _ = day_range(zone, day);
            let _ = project(zone, day, WallInterval::new(wall("22:00"), wall("06:00")));
        }
    }
}

proptest! {
    #[test]
    fn an_instant_shows_the_wall_time_or_follows_a_gap(
        zone in prop::sample::select(&ODD_ZONES), day in 0_u64..36_500, minutes in 0_u16..1440,
    ) {
        let day = date("1975-01-01") + Days::new(day);
        let time = WallTime::from_minutes(minutes).unwrap();
        let local = at(day, minutes);
        let shown = |instant: DateTime<Utc>| instant.with_timezone(&zone).naive_local();
        let (first, last) = (instant(zone, day, time, Edge::Start), instant(zone, day, time, Edge::End));
        prop_assert!(first <= last);
        let starts = starts_at(zone, day, time);
        if starts.is_empty() {
            // Just after the gap: a second earlier the clock had not come so far.
            prop_assert_eq!(first, last);
            prop_assert!(shown(first) > local);
            prop_assert!(shown(first - TimeDelta::seconds(1)) < local);
        } else {
            prop_assert_eq!((starts[0], starts[starts.len() - 1]), (first, last));
            prop_assert!(starts.iter().all(|start| shown(*start) == local));
        }
    }

    #[test]
    fn days_follow_one_another_without_gap_or_overlap(
        zone in prop::sample::select(&ODD_ZONES), day in 0_u64..36_500,
    ) {
        let day = date("1975-01-01") + Days::new(day);
        let (this, following) = (day_range(zone, day), day_range(zone, next(day)));
        prop_assert_eq!(this.to, following.from);
        prop_assert!(this.from <= this.to);
        if !this.is_empty() {
            prop_assert_eq!(local_date(zone, this.from), day);
        }
    }

    #[test]
    fn later_wall_times_are_never_earlier_instants(
        zone in prop::sample::select(&ODD_ZONES), day in 0_u64..36_500, a in 0_u16..=1440, b in 0_u16..=1440,
    ) {
        let day = date("1975-01-01") + Days::new(day);
        let (a, b) = (WallTime::from_minutes(a.min(b)).unwrap(), WallTime::from_minutes(a.max(b)).unwrap());
        prop_assert!(instant(zone, day, a, Edge::Start) <= instant(zone, day, b, Edge::End));
    }
}
