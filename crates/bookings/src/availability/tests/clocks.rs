//! Days on which clocks change, by example: what the model takes for granted (the kernel's conversion) is checked here.

use chrono_tz::Tz;

use super::world::{World, date, visit, wall};
use crate::availability::{Grid, Rule};

/// Someone who works these hours on one date only.
fn on(zone: Tz, day: &str, shift: &str) -> World {
    let mut world = World::open(zone, day, day).with_person(1, "09:00-10:00");
    world.people[0].shifts = wall(shift).into_iter().map(|interval| (date(day), interval)).collect();
    world.policy.step = 30;
    world
}

#[test]
fn kyiv_skips_an_hour_in_spring() {
    // 03:00 to 04:00 on 29 March 2026 is not on any clock: the shift is an hour shorter.
    let kyiv = on(Tz::Europe__Kyiv, "2026-03-29", "02:00-05:00");
    assert_eq!(kyiv.offers(&visit(60)), ["29 02:00+02:00", "29 02:30+02:00", "29 04:00+03:00"]);
    // A shift that starts in the gap starts after it; one that ends in it ends there too.
    assert_eq!(
        on(Tz::Europe__Kyiv, "2026-03-29", "03:30-05:00").offers(&visit(30)),
        ["29 04:00+03:00", "29 04:30+03:00"]
    );
    assert_eq!(
        on(Tz::Europe__Kyiv, "2026-03-29", "02:00-03:30").offers(&visit(30)),
        ["29 02:00+02:00", "29 02:30+02:00"]
    );
    assert!(on(Tz::Europe__Kyiv, "2026-03-29", "03:00-04:00").offers(&visit(30)).is_empty());
}

#[test]
fn kyiv_has_an_hour_twice_in_autumn() {
    // 03:00 to 04:00 on 25 October 2026 comes twice; both half past three are slots of their own.
    let kyiv = on(Tz::Europe__Kyiv, "2026-10-25", "02:30-04:30");
    let twice =
        ["25 02:30+03:00", "25 03:00+03:00", "25 03:30+03:00", "25 03:00+02:00", "25 03:30+02:00", "25 04:00+02:00"];
    assert_eq!(kyiv.offers(&visit(30)), twice);
    // A start means the earlier, an end the later: the shift grows.
    let grown = ["25 03:30+03:00", "25 03:00+02:00", "25 03:30+02:00"];
    assert_eq!(on(Tz::Europe__Kyiv, "2026-10-25", "03:30-04:00").offers(&visit(30)), grown);
    assert_eq!(on(Tz::Europe__Kyiv, "2026-10-25", "02:30-03:30").offers(&visit(30))[..3], twice[..3]);
    // Each is booked by its instant.
    for slot in kyiv.slots(&visit(30)).as_slice() {
        assert_eq!(kyiv.evaluate(&visit(30), slot.starts_at()).unwrap().range.from, slot.starts_at());
    }
}

#[test]
fn new_york_changes_at_two() {
    assert_eq!(
        on(Tz::America__New_York, "2026-03-08", "01:00-04:00").offers(&visit(60)),
        ["08 01:00-05:00", "08 01:30-05:00", "08 03:00-04:00"]
    );
    assert_eq!(
        on(Tz::America__New_York, "2026-11-01", "00:30-02:00").offers(&visit(60)),
        ["01 00:30-04:00", "01 01:00-04:00", "01 01:30-04:00", "01 01:00-05:00"]
    );
}

#[test]
fn lord_howe_changes_by_half_an_hour() {
    // Forward on 4 October 2026 from 02:00 to 02:30, back on 5 April from 02:00 to 01:30.
    assert_eq!(
        on(Tz::Australia__Lord_Howe, "2026-10-04", "01:00-03:30").offers(&visit(30)),
        ["04 01:00+10:30", "04 01:30+10:30", "04 02:30+11:00", "04 03:00+11:00"]
    );
    assert_eq!(
        on(Tz::Australia__Lord_Howe, "2026-04-05", "01:00-02:30").offers(&visit(30)),
        ["05 01:00+11:00", "05 01:30+11:00", "05 01:30+10:30", "05 02:00+10:30"]
    );
}

#[test]
fn a_clock_may_skip_midnight() {
    // Santiago, 6 September 2026: the day begins at 01:00.
    let santiago = on(Tz::America__Santiago, "2026-09-06", "00:00-02:00");
    assert_eq!(santiago.offers(&visit(30)), ["06 01:00-03:00", "06 01:30-03:00"]);
}

#[test]
fn a_grid_from_the_shift_s_start_follows_the_wall_clock() {
    let mut kyiv = on(Tz::Europe__Kyiv, "2026-03-29", "02:20-05:00");
    kyiv.policy.grid = Grid::ShiftStart;
    assert_eq!(kyiv.offers(&visit(30)), ["29 02:20+02:00", "29 02:50+02:00", "29 04:20+03:00"]);
    let mut kyiv = on(Tz::Europe__Kyiv, "2026-10-25", "02:20-04:00");
    kyiv.policy.grid = Grid::ShiftStart;
    assert_eq!(
        kyiv.offers(&visit(30)),
        ["25 02:20+03:00", "25 02:50+03:00", "25 03:20+03:00", "25 03:50+03:00", "25 03:20+02:00"]
    );
}

#[test]
fn a_service_takes_its_elapsed_time() {
    let kyiv = on(Tz::Europe__Kyiv, "2026-10-25", "02:00-05:00");
    let placed = kyiv.evaluate(&visit(120), kyiv.at("2026-10-25 02:30")).unwrap();
    assert_eq!(placed.range.minutes(), 120);
    // It began at 02:30 and two hours later the clock shows 03:30.
    assert_eq!(placed.range.to, kyiv.at("2026-10-25 03:30") + chrono::TimeDelta::hours(1));
}

#[test]
fn notice_and_horizon_count_hours_and_dates_over_the_change() {
    let mut kyiv = on(Tz::Europe__Kyiv, "2026-03-29", "00:00-06:00");
    kyiv.policy.notice_minutes = 240;
    kyiv.now = kyiv.at("2026-03-29 00:00");
    // Four elapsed hours from midnight end at five.
    assert_eq!(kyiv.offers(&visit(30)), ["29 05:00+03:00", "29 05:30+03:00"]);
    kyiv.policy.notice_minutes = 0;
    kyiv.policy.horizon_days = 0;
    kyiv.now = kyiv.at("2026-03-28 23:59");
    assert_eq!(kyiv.why(&visit(30), "2026-03-29 00:00"), [Rule::BeyondHorizon]);
}

/// Hours on plain days are computed by arithmetic: the same as the kernel's conversion, on every day of two years.
#[test]
fn plain_days_are_what_the_kernel_says() {
    use super::super::days::Calendar;
    use super::super::spans::Span;
    use crate::availability::Dates;
    let intervals = wall("00:00-24:00 22:00-06:00 00:00-00:00 02:30-03:30 23:30-00:30 09:00-18:00 24:00-01:00");
    for zone in [
        Tz::Europe__Kyiv,
        Tz::America__New_York,
        Tz::Australia__Lord_Howe,
        Tz::America__Havana,
        Tz::Atlantic__Azores,
        Tz::Africa__Casablanca,
    ] {
        let calendar = Calendar::new(zone, Dates::to_horizon(date("2026-01-01"), 730), 1440);
        for day in calendar.dates_covered() {
            for interval in &intervals {
                let expected = kernel::time::project(zone, day, *interval).map_or(Span::new(0, 0), Span::around);
                let found = calendar.project(day, *interval);
                assert!(found == expected || found.is_empty() && expected.is_empty(), "{zone} {day} {interval:?}");
            }
        }
        // Candidate starts are every wall time of the grid that the kernel finds, and no other.
        let mut grid = Vec::new();
        calendar.midnight_grid(30, calendar.window(), |start| grid.push(start));
        let walls = (0..1440).step_by(30).map(|minutes| kernel::time::WallTime::from_minutes(minutes).unwrap());
        let dates = Dates::to_horizon(date("2026-01-01"), 730);
        let expected = dates.first().iter_days().take(dates.days()).flat_map(|day| {
            walls
                .clone()
                .flat_map(move |wall| kernel::time::starts_at(zone, day, wall))
                .map(|start| start.timestamp() / 60)
        });
        let mut expected: Vec<_> = expected.collect();
        expected.sort_unstable();
        assert_eq!(grid, expected, "{zone}");
    }
}
