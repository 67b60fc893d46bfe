//! The rules one by one, by example: a salon in Kyiv on a Monday without a change of clocks.

use chrono_tz::Tz;
use smallvec::smallvec;

use super::world::{SERVICE, World, date, kind, line, lines, person, unit, visit, wall};
use crate::availability::{
    Candidate, Choice, Dates, DatesFault, Facts, Grid, Lane, Rule, Rules, Staff, StaffChoice, Target, Visit, evaluate,
    slots,
};

const MONDAY: &str = "2026-11-23";

/// One person who works these hours, in a salon that never closes.
fn salon(shifts: &str) -> World {
    World::open(Tz::Europe__Kyiv, MONDAY, MONDAY).with_person(1, shifts)
}

impl World {
    fn busy(mut self, n: u128, lane: Lane, hours: &str) -> Self {
        let range = self.range(&on_monday(hours));
        let person = self.people.iter_mut().find(|known| known.staff.id == person(n)).unwrap();
        person.busy.push((lane, range));
        self
    }

    fn room_busy(mut self, n: u128, hours: &str) -> Self {
        let range = self.range(&on_monday(hours));
        self.rooms.iter_mut().find(|room| room.unit.id == unit(n)).unwrap().busy.push(range);
        self
    }
}

/// `10:00-11:00` as a range on the Monday.
fn on_monday(hours: &str) -> String {
    let (from, to) = hours.split_once('-').unwrap();
    format!("{MONDAY} {from} / {MONDAY} {to}")
}

fn at(time: &str) -> String {
    format!("{MONDAY} {time}")
}

fn with(rules: &[Rule]) -> Rules {
    rules.iter().copied().collect()
}

#[test]
fn starts_lie_on_the_grid_and_the_service_inside_the_shift() {
    let salon = salon("09:10-10:30");
    assert_eq!(salon.times(&visit(30)), ["09:15", "09:30", "09:45", "10:00"]);
    assert_eq!(salon.why(&visit(30), &at("10:15")), [Rule::OutsideWorkingHours]);
    assert_eq!(salon.why(&visit(30), &at("09:20")), [Rule::NotOnGrid]);
    assert_eq!(salon.why(&visit(30), &at("09:05")), [Rule::NotOnGrid, Rule::OutsideWorkingHours]);
}

#[test]
fn a_start_between_two_minutes_is_refused_whatever_is_waived() {
    let mut salon = salon("09:00-18:00");
    salon.policy.waived = Rules::OVERRIDABLE;
    let start = salon.at(&at("10:00")) + chrono::TimeDelta::seconds(1);
    let refused = salon.evaluate(&visit(30), start).unwrap_err();
    assert_eq!(refused.iter().map(|violation| violation.code()).collect::<Vec<_>>(), ["NOT_ON_GRID"]);
}

#[test]
fn the_grid_may_begin_with_the_shift() {
    let mut salon = salon("09:10-10:30 12:05-13:00").busy(1, Lane::One(0), "09:10-09:25");
    salon.policy.grid = Grid::ShiftStart;
    salon.policy.step = 20;
    // The booking takes 09:10 and does not move what follows.
    assert_eq!(salon.times(&visit(30)), ["09:30", "09:50", "12:05", "12:25"]);
    assert_eq!(salon.why(&visit(30), &at("10:00")), [Rule::NotOnGrid]);
    // Opening hours cut the shift, and with it the anchor; a closure does not.
    salon.opening = salon.daily("09:15-24:00");
    assert_eq!(salon.times(&visit(30)), ["09:35", "09:55", "12:05", "12:25"]);
    salon.closures = vec![salon.range(&on_monday("12:00-12:10"))];
    assert_eq!(salon.times(&visit(30)), ["09:35", "09:55", "12:25"]);
}

#[test]
fn a_rental_takes_its_grid_from_opening_hours() {
    let mut studio = World::open(Tz::Europe__Kyiv, MONDAY, MONDAY).with_room(1, 1, 4);
    studio.opening = studio.daily("10:10-12:00");
    studio.policy.grid = Grid::ShiftStart;
    studio.policy.step = 30;
    let rental = lines([line(60).by(StaffChoice::Nobody).using(Target::Type(kind(1)), 1, 0, 0)]);
    assert_eq!(studio.times(&rental), ["10:10", "10:40"]);
    let placed = studio.evaluate(&rental, studio.at(&at("10:40"))).unwrap();
    assert_eq!(placed.lines[0].staff, None);
    assert_eq!(placed.lines[0].units[0].id, unit(1));
}

#[test]
fn breaks_are_what_lies_between_intervals() {
    let salon = salon("09:00-10:00 11:00-12:00");
    assert_eq!(salon.times(&visit(45)), ["09:00", "09:15", "11:00", "11:15"]);
    assert_eq!(salon.why(&visit(45), &at("10:15")), [Rule::OutsideWorkingHours]);
}

#[test]
fn intervals_that_touch_are_one() {
    assert_eq!(salon("09:00-10:00 10:00-10:30").times(&visit(60)), ["09:00", "09:15", "09:30"]);
}

#[test]
fn a_shift_over_midnight_belongs_to_its_date_and_its_slots_to_theirs() {
    let mut salon = World::open(Tz::Europe__Kyiv, MONDAY, "2026-11-24").with_person(1, "09:00-10:00");
    salon.people[0].shifts = vec![(date(MONDAY), wall("23:00-01:00")[0])];
    salon.policy.step = 30;
    assert_eq!(salon.offers(&visit(60)), ["23 23:00+02:00", "23 23:30+02:00", "24 00:00+02:00"]);
    let slots = salon.slots(&visit(60));
    assert_eq!((slots.on(date(MONDAY)).len(), slots.on(date("2026-11-24")).len()), (2, 1));
}

#[test]
fn a_whole_day_may_be_worked() {
    let mut salon = salon("00:00-00:00");
    salon.policy.step = 720;
    assert_eq!(salon.times(&visit(60)), ["00:00", "12:00"]);
    assert_eq!(salon.why(&visit(1440), &at("12:00")), Vec::new());
}

#[test]
fn opening_hours_closures_and_time_off_each_have_their_name() {
    let mut salon = salon("08:00-20:00");
    salon.opening = salon.daily("09:00-19:00");
    salon.closures = vec![salon.range(&on_monday("14:00-18:00"))];
    salon.people[0].time_off = vec![salon.range(&on_monday("10:00-11:00"))];
    let why = |time: &str| salon.why(&visit(60), &at(time));
    assert_eq!(why("08:30"), [Rule::OutsideOpeningHours]);
    assert_eq!(why("09:00"), []);
    assert_eq!(why("09:15"), [Rule::StaffTimeOff]);
    assert_eq!(why("11:00"), []);
    assert_eq!(why("13:15"), [Rule::LocationClosed]);
    assert_eq!(why("17:45"), [Rule::LocationClosed]);
    assert_eq!(why("18:00"), []);
    assert_eq!(why("19:30"), [Rule::OutsideOpeningHours, Rule::OutsideWorkingHours]);
}

#[test]
fn a_closure_cuts_the_night_shift_of_the_day_before() {
    let mut club = World::open(Tz::Europe__Kyiv, "2026-12-31", "2027-01-01").with_person(1, "09:00-10:00");
    club.people[0].shifts = vec![(date("2026-12-31"), wall("22:00-04:00")[0])];
    club.closures = vec![club.range("2027-01-01 00:00 / 2027-01-02 00:00")];
    club.policy.step = 60;
    assert_eq!(club.offers(&visit(60)), ["31 22:00+02:00", "31 23:00+02:00"]);
}

#[test]
fn touching_is_allowed_and_buffers_of_neighbours_add() {
    // A booking from 12:00 to 13:00 whose buffers, 10 and 20 minutes, are part of what it occupies.
    let mut salon = salon("09:00-18:00").busy(1, Lane::One(0), "11:50-13:20");
    salon.policy.step = 5;
    let with_buffers = lines([line(60).buffers(5, 15)]);
    assert_eq!(salon.why(&with_buffers, &at("10:35")), []);
    assert_eq!(salon.why(&with_buffers, &at("10:40")), [Rule::StaffBusy]);
    assert_eq!(salon.why(&with_buffers, &at("13:20")), [Rule::StaffBusy]);
    assert_eq!(salon.why(&with_buffers, &at("13:25")), []);
    assert_eq!(salon.why(&visit(60), &at("10:50")), []);
    assert_eq!(salon.why(&visit(60), &at("10:55")), [Rule::StaffBusy]);
    assert_eq!(salon.why(&visit(60), &at("13:20")), []);
}

#[test]
fn buffers_lie_inside_working_time_unless_they_may_hang_over() {
    let mut salon = salon("09:00-11:00");
    let with_buffers = lines([line(60).buffers(15, 30)]);
    assert_eq!(salon.times(&with_buffers), ["09:15", "09:30"]);
    salon.policy.buffer_overhang = true;
    assert_eq!(salon.times(&with_buffers), ["09:00", "09:15", "09:30", "09:45", "10:00"]);
    // What hangs over is occupied all the same.
    let salon = salon.busy(1, Lane::One(0), "11:15-12:00");
    assert_eq!(salon.times(&with_buffers), ["09:00", "09:15", "09:30", "09:45"]);
    let placed = salon.evaluate(&with_buffers, salon.at(&at("09:45"))).unwrap();
    assert_eq!(placed.lines[0].staff.unwrap().occupied, salon.range(&on_monday("09:30-11:15")));
}

#[test]
fn minimum_notice_is_elapsed_and_inclusive() {
    let mut salon = salon("09:00-18:00");
    salon.policy.notice_minutes = 120;
    salon.now = salon.at(&at("09:00"));
    assert_eq!(salon.times(&visit(60))[0], "11:00");
    salon.now += chrono::TimeDelta::seconds(1);
    assert_eq!(salon.times(&visit(60))[0], "11:15");
    assert_eq!(salon.why(&visit(60), &at("11:00")), [Rule::TooSoon]);
    salon.policy.notice_minutes = 0;
    assert_eq!(salon.why(&visit(60), &at("09:00")), [Rule::TooSoon]);
}

#[test]
fn the_whole_last_day_of_the_horizon_is_open() {
    let mut salon = World::open(Tz::Europe__Kyiv, "2026-11-23", "2026-11-25").with_person(1, "23:00-24:00");
    salon.policy.step = 60;
    salon.policy.horizon_days = 1;
    salon.now = salon.at("2026-11-23 23:00");
    assert_eq!(salon.offers(&visit(30)), ["23 23:00+02:00", "24 23:00+02:00"]);
    assert_eq!(salon.why(&visit(30), "2026-11-25 23:00"), [Rule::BeyondHorizon]);
    salon.now = salon.at("2026-11-24 00:00");
    assert_eq!(salon.offers(&visit(30)), ["24 23:00+02:00", "25 23:00+02:00"]);
}

#[test]
fn named_rules_can_be_waived_and_overlap_never() {
    let mut salon = salon("09:00-18:00").busy(1, Lane::One(0), "20:00-21:00");
    salon.now = salon.at(&at("19:00"));
    salon.policy.notice_minutes = 600;
    assert_eq!(salon.why(&visit(30), &at("19:20")), [Rule::NotOnGrid, Rule::TooSoon, Rule::OutsideWorkingHours]);
    salon.policy.waived = with(&[Rule::NotOnGrid, Rule::TooSoon]);
    assert_eq!(salon.why(&visit(30), &at("19:20")), [Rule::OutsideWorkingHours]);
    salon.policy.waived = with(&[Rule::NotOnGrid, Rule::TooSoon, Rule::OutsideWorkingHours, Rule::StaffBusy]);
    assert_eq!(salon.why(&visit(30), &at("19:20")), []);
    assert_eq!(salon.why(&visit(30), &at("19:40")), [Rule::StaffBusy]);
    // What was really broken is told, for the audit; a waiver that was not needed is not.
    let placed = salon.evaluate(&visit(30), salon.at(&at("19:30"))).unwrap();
    let broken: Vec<_> = placed.overridden.iter().map(|violation| violation.rule).collect();
    assert_eq!(broken, [Rule::TooSoon, Rule::OutsideWorkingHours]);
}

#[test]
fn only_the_rules_of_time_and_the_limits_are_overridable() {
    let overridable: Vec<_> = Rule::ALL.into_iter().filter(|rule| rule.is_overridable()).map(Rule::code).collect();
    assert_eq!(
        overridable,
        [
            "NOT_ON_GRID",
            "TOO_SOON",
            "BEYOND_HORIZON",
            "OUTSIDE_OPENING_HOURS",
            "LOCATION_CLOSED",
            "OUTSIDE_WORKING_HOURS",
            "STAFF_TIME_OFF",
            "STAFF_IMPORTED_BUSY",
            "STAFF_DAY_FULL",
            "SERVICE_DAY_FULL",
            "CLIENT_DAY_FULL",
            "CLIENT_LIMIT",
            "FIRST_VISIT_ONLY"
        ]
    );
    assert_eq!(Rules::OVERRIDABLE, Rule::ALL.into_iter().collect());
    assert!(!Rules::OVERRIDABLE.contains(Rule::ResourceBusy));
}

#[test]
fn lines_run_back_to_back_each_with_its_own_staff() {
    let salon = salon("09:00-12:00").with_person(2, "10:00-10:30").busy(1, Lane::One(0), "10:30-11:00");
    let sequence = lines([line(60).by(StaffChoice::Chosen(person(1))), line(30).by(StaffChoice::Chosen(person(2)))]);
    assert_eq!(salon.times(&sequence), ["09:00"]);
    let placed = salon.evaluate(&sequence, salon.at(&at("09:00"))).unwrap();
    assert_eq!(placed.range, salon.range(&on_monday("09:00-10:30")));
    assert_eq!(placed.lines[1].range, salon.range(&on_monday("10:00-10:30")));
    assert_eq!(salon.why(&sequence, &at("09:30")), [Rule::OutsideWorkingHours]);
}

#[test]
fn a_staff_member_s_own_duration_moves_the_lines_after() {
    let mut salon = salon("09:00-18:00").with_person(2, "09:00-18:00");
    salon.people[0].staff = Staff::new(person(1)).with_skill(SERVICE, Some(45));
    let sequence = lines([line(60).by(StaffChoice::Chosen(person(1))), line(30).by(StaffChoice::Chosen(person(2)))]);
    let placed = salon.evaluate(&sequence, salon.at(&at("09:00"))).unwrap();
    assert_eq!(placed.lines[1].range, salon.range(&on_monday("09:45-10:15")));
}

#[test]
fn buffers_between_lines_of_one_visit_merge_and_are_cut_at_the_later_start() {
    let salon = salon("08:00-18:00").with_person(2, "08:00-18:00");
    let first = || line(60).buffers(10, 20).by(StaffChoice::Chosen(person(1)));
    let short = line(15).by(StaffChoice::Chosen(person(2)));
    let occupied = |visit: &Visit| {
        let placed = salon.evaluate(visit, salon.at(&at("09:00"))).unwrap();
        placed.lines.iter().map(|line| line.staff.unwrap().occupied).collect::<Vec<_>>()
    };
    let ranges = |hours: &[&str]| hours.iter().map(|hours| salon.range(&on_monday(hours))).collect::<Vec<_>>();
    // The same person at once again: nothing between, the outer buffers stay.
    assert_eq!(occupied(&lines([first(), first()])), ranges(&["08:50-10:00", "10:00-11:20"]));
    // Another's quarter of an hour is shorter than both buffers together: still one stretch.
    assert_eq!(occupied(&lines([first(), short, first()])), ranges(&["08:50-10:15", "10:00-10:15", "10:15-11:35"]));
    // An hour is longer: two stretches with their own buffers.
    let long = line(60).by(StaffChoice::Chosen(person(2)));
    assert_eq!(occupied(&lines([first(), long, first()])), ranges(&["08:50-10:20", "10:00-11:00", "10:50-12:20"]));
}

#[test]
fn the_list_is_the_union_of_anyone_who_can() {
    let salon = salon("09:00-10:00").with_person(2, "09:30-10:30");
    assert_eq!(salon.times(&visit(30)), ["09:00", "09:15", "09:30", "09:45", "10:00"]);
    let slots = salon.slots(&visit(30));
    let who = |at: usize| slots.staff(&slots.as_slice()[at]).map(|staff| staff.id).collect::<Vec<_>>();
    assert_eq!((who(0), who(2), who(4)), (vec![person(1)], vec![person(1), person(2)], vec![person(2)]));
}

#[test]
fn any_staff_is_the_usual_one_then_the_least_booked_then_the_least_fragmented_then_the_first() {
    let shift = "09:00-18:00";
    let salon = || salon(shift).with_person(2, shift).with_person(3, shift);
    let chosen = |world: &World, visit: &Visit, time: &str| {
        let staff = world.evaluate(visit, world.at(&at(time))).unwrap().lines[0].staff.unwrap();
        (staff.id, staff.reason)
    };
    assert_eq!(chosen(&salon(), &visit(60), "12:00"), (person(1), Choice::First));
    let usual = Visit { usual: Some(person(3)), ..visit(60) };
    let loaded = salon().busy(3, Lane::One(0), "09:00-12:00");
    assert_eq!(chosen(&loaded, &usual, "12:00"), (person(3), Choice::Usual));
    let taken = salon().busy(3, Lane::One(0), "12:30-13:00");
    assert_eq!(chosen(&taken, &usual, "12:00"), (person(1), Choice::First));
    let uneven = salon().busy(1, Lane::One(0), "16:00-17:00").busy(2, Lane::One(0), "16:00-16:30").busy(
        3,
        Lane::One(0),
        "15:00-15:45",
    );
    assert_eq!(chosen(&uneven, &visit(60), "12:00"), (person(2), Choice::LeastBooked));
    let snug = salon().busy(1, Lane::One(0), "16:00-17:00").busy(2, Lane::One(0), "11:00-12:00").busy(
        3,
        Lane::One(0),
        "15:00-16:00",
    );
    assert_eq!(chosen(&snug, &visit(60), "12:00"), (person(2), Choice::LeastFragmented));
    let only = lines([line(60).by(StaffChoice::AnyOf(smallvec![person(3)]))]);
    assert_eq!(chosen(&salon(), &only, "12:00"), (person(3), Choice::OnlyOne));
    let lost = Visit { without: smallvec![person(1)], ..visit(60) };
    assert_eq!(chosen(&salon(), &lost, "12:00"), (person(2), Choice::First));
}

#[test]
fn skills_and_employment_are_not_negotiable() {
    let mut salon = salon("09:00-18:00");
    salon.policy.waived = Rules::OVERRIDABLE;
    salon.people[0].staff.employed_to = Some(date("2026-11-22"));
    assert_eq!(salon.why(&visit(30), &at("10:00")), [Rule::StaffNotEmployed]);
    salon.people[0].staff.employed_to = Some(date(MONDAY));
    assert_eq!(salon.why(&visit(30), &at("23:45")), []);
    salon.people[0].staff.skills.clear();
    assert_eq!(salon.why(&visit(30), &at("10:00")), [Rule::StaffNotQualified]);
    let by = |n| lines([line(30).by(StaffChoice::Chosen(person(n)))]);
    assert_eq!(salon.why(&by(1), &at("10:00")), [Rule::StaffNotQualified]);
    assert_eq!(salon.why(&by(9), &at("10:00")), [Rule::StaffNotEmployed]);
}

#[test]
fn lanes_are_parallel_and_another_place_fills_them_all() {
    let mut salon = salon("09:00-18:00").busy(1, Lane::One(0), "10:00-11:00");
    assert_eq!(salon.why(&visit(60), &at("10:00")), [Rule::StaffBusy]);
    salon.people[0].staff.lanes = 2;
    let lane = |salon: &World, time: &str| {
        salon.evaluate(&visit(60), salon.at(&at(time))).map(|placed| placed.lines[0].staff.unwrap().lane)
    };
    assert_eq!(lane(&salon, "10:00"), Ok(1));
    assert_eq!(lane(&salon, "11:00"), Ok(0));
    let salon = salon.busy(1, Lane::Every, "10:30-10:45");
    assert_eq!(salon.why(&visit(60), &at("10:00")), [Rule::StaffBusy]);
}

#[test]
fn units_are_the_smallest_that_suffice() {
    let salon = salon("09:00-18:00").with_room(1, 1, 6).with_room(2, 1, 2).with_room(3, 1, 4).with_room(4, 2, 1);
    let units = |visit: &Visit| {
        let placed = salon.evaluate(visit, salon.at(&at("10:00"))).unwrap();
        placed.lines[0].units.iter().map(|unit| unit.id).collect::<Vec<_>>()
    };
    let rooms = |count, capacity| {
        let mut line = line(60).using(Target::Type(kind(1)), count, 0, 0);
        line.requirements[0].capacity = capacity;
        line
    };
    assert_eq!(units(&lines([rooms(1, 0)])), [unit(2)]);
    assert_eq!(units(&lines([rooms(1, 3)])), [unit(3)]);
    assert_eq!(units(&lines([rooms(2, 0)])), [unit(2), unit(3)]);
    // A unit that is named does not count for its type.
    assert_eq!(units(&lines([rooms(2, 0).using(Target::Unit(unit(2)), 1, 0, 0)])), [unit(3), unit(1), unit(2)]);
    assert_eq!(salon.why(&lines([rooms(4, 0)]), &at("10:00")), [Rule::NoResource]);
    assert_eq!(salon.why(&lines([rooms(1, 7)]), &at("10:00")), [Rule::NoResource]);
    assert_eq!(salon.why(&lines([line(60).using(Target::Unit(unit(9)), 1, 0, 0)]), &at("10:00")), [Rule::NoResource]);
}

#[test]
fn set_up_and_clean_up_keep_units_apart_and_know_no_opening_hours() {
    let mut salon = salon("09:00-18:00").with_room(1, 1, 1).with_room(2, 1, 1);
    salon.opening = salon.daily("09:00-18:00");
    let salon = salon.room_busy(1, "12:00-13:00").room_busy(2, "14:00-15:00");
    let in_a_room = lines([line(60).using(Target::Unit(unit(1)), 1, 15, 30)]);
    assert_eq!(salon.why(&in_a_room, &at("10:30")), []);
    assert_eq!(salon.why(&in_a_room, &at("10:45")), [Rule::ResourceBusy]);
    assert_eq!(salon.why(&in_a_room, &at("13:00")), [Rule::ResourceBusy]);
    assert_eq!(salon.why(&in_a_room, &at("13:15")), []);
    assert_eq!(salon.why(&in_a_room, &at("17:00")), []);
    let in_any = lines([line(60).using(Target::Type(kind(1)), 2, 0, 0)]);
    assert_eq!(salon.why(&in_any, &at("13:00")), []);
    assert_eq!(salon.why(&in_any, &at("13:15")), [Rule::ResourceBusy]);
}

#[test]
fn maintenance_is_not_a_booking() {
    let mut salon = salon("09:00-18:00").with_room(1, 1, 1).with_room(2, 1, 1).room_busy(2, "10:00-11:00");
    salon.rooms[0].maintenance = vec![salon.range(&on_monday("10:30-10:45"))];
    let wanted = lines([line(60).using(Target::Type(kind(1)), 1, 0, 0)]);
    assert_eq!(salon.why(&wanted, &at("10:00")), [Rule::ResourceMaintenance, Rule::ResourceBusy]);
    assert_eq!(salon.why(&wanted, &at("11:00")), []);
}

#[test]
fn every_reason_is_told_once_with_line_and_subject() {
    let mut salon = salon("09:00-10:00").with_person(2, "09:00-18:00").busy(2, Lane::One(0), "12:00-13:00");
    salon.closures = vec![salon.range(&on_monday("12:30-12:45"))];
    let refused = salon.evaluate(&visit(60), salon.at(&at("12:00"))).unwrap_err();
    let told: Vec<_> = refused.iter().map(|violation| (violation.rule, violation.line, violation.subject)).collect();
    assert_eq!(
        told,
        [
            (Rule::LocationClosed, Some(0), None),
            (Rule::OutsideWorkingHours, Some(0), Some(person(1))),
            (Rule::StaffBusy, Some(0), Some(person(2))),
        ]
    );
}

#[test]
fn what_the_facts_do_not_cover_is_never_promised() {
    let salon = salon("00:00-24:00");
    assert_eq!(salon.why(&visit(30), "2026-11-24 00:00"), [Rule::NotCovered]);
    assert_eq!(salon.why(&visit(1441), &at("10:00")), [Rule::NotCovered]);
    assert_eq!(salon.why(&visit(0), &at("10:00")), [Rule::NotCovered]);
    assert_eq!(salon.why(&Visit::default(), &at("10:00")), [Rule::NotCovered]);
    assert!(salon.times(&visit(1441)).is_empty() && salon.times(&Visit::default()).is_empty());
}

#[test]
fn a_query_has_at_most_62_dates() {
    let first = date("2026-11-23");
    let span = |days| Dates::query(first, first + chrono::Days::new(days)).map(Dates::days);
    assert_eq!(span(61), Ok(62));
    assert_eq!(span(62), Err(DatesFault::TooLong));
    assert_eq!(Dates::query(first, date("2026-11-22")), Err(DatesFault::Reversed));
}

/// Fixed rows in any order, unknown subjects among them, are the same facts.
#[test]
fn rows_come_in_any_order() {
    let salon = salon("09:00-18:00").with_person(2, "09:00-18:00");
    let build = |backwards: bool| {
        let mut facts = Facts::builder(salon.zone, salon.dates, 600);
        facts.opening(|_| wall("00:00-24:00"));
        let mut people = [2, 1];
        let mut rows =
            [(1, "10:00-11:00"), (2, "10:00-10:30"), (9, "09:00-18:00"), (1, "09:00-10:00"), (2, "10:30-12:00")];
        if backwards {
            people.reverse();
            rows.reverse();
        }
        for n in people {
            facts.staff(Staff::new(person(n)).with_skill(SERVICE, None), |_| wall("09:00-18:00"));
        }
        for (n, hours) in rows {
            facts.busy(person(n), Lane::One(0), salon.range(&on_monday(hours)));
        }
        facts.finish()
    };
    let times = |facts: &Facts| slots(&visit(60), facts, &salon.policy, salon.now).as_slice().to_vec();
    assert_eq!(times(&build(false)), times(&build(true)));
    let start = salon.at(&at("09:00"));
    let placed = evaluate(Candidate { start, visit: &visit(60) }, &build(false), &salon.policy, salon.now).unwrap();
    assert_eq!(placed.lines[0].staff.unwrap().id, person(2));
}
