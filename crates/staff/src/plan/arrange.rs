//! What drafting, copying and publishing make of the plan. Pure: planned days in, changes out.

use super::{PlanChanges, PlanDays, PlanKey};
use crate::rota::Rota;
use crate::schedule::Schedules;
use chrono::{Days, NaiveDate};
use std::collections::BTreeSet;

/// The drafts that rotas make on these dates. A day that is drafted or published already is left alone unless it is to be
/// `replaced`; one on which the person is not employed, or may not work there, gets none.
pub fn from_rotas<'a>(
    rotas: &[&Rota],
    dates: impl Iterator<Item = NaiveDate> + 'a,
    schedules: &Schedules,
    drafts: &PlanDays,
    replaced: bool,
) -> PlanChanges {
    let mut changes = PlanChanges::new();
    for date in dates {
        for rota in rotas {
            let key = PlanKey { staff_id: rota.staff_id, location_id: rota.location_id, date };
            let Some(intervals) = rota.on(date).filter(|_| schedules.employed(key.staff_id, key.location_id, date))
            else {
                continue;
            };
            if replaced || !is_planned(key, schedules, drafts) {
                changes.insert(key, Some(intervals.clone()));
            }
        }
    }
    changes
}

/// The drafts that make other weeks like one: of each person and location `who` works at. What is copied is the draft of
/// the day, else what is published, else the weekly hours; exceptions are of their date alone. A day on which the person
/// is not employed gets none.
pub fn from_week(
    who: &[PlanKey],
    monday: NaiveDate,
    weeks: &BTreeSet<NaiveDate>,
    schedules: &Schedules,
    drafts: &PlanDays,
    replaced: bool,
) -> PlanChanges {
    let mut changes = PlanChanges::new();
    for key in who {
        // Where the week says nothing at all of somebody, there is nothing to copy, not seven free days.
        let said = |date| schedules.template(key.staff_id, key.location_id, date).is_some();
        let mut week = monday.iter_days().take(7);
        if !week.any(|date| said(date) || is_planned(PlanKey { date, ..*key }, schedules, drafts)) {
            continue;
        }
        for offset in (0..7).map(Days::new) {
            let Some(source) = monday.checked_add_days(offset).map(|date| PlanKey { date, ..*key }) else { continue };
            let intervals = drafts.get(&source).cloned().unwrap_or_else(|| schedules.usual_day(source));
            for target in weeks.iter().filter_map(|week| week.checked_add_days(offset)) {
                let target = PlanKey { date: target, ..*key };
                let employed = schedules.employed(target.staff_id, target.location_id, target.date);
                if employed && (replaced || !is_planned(target, schedules, drafts)) {
                    changes.insert(target, Some(intervals.clone()));
                }
            }
        }
    }
    changes
}

fn is_planned(key: PlanKey, schedules: &Schedules, drafts: &PlanDays) -> bool {
    drafts.contains_key(&key) || schedules.planned(key.staff_id, key.location_id, key.date).is_some()
}

/// Planned days after changes.
pub fn changed(mut days: PlanDays, changes: &PlanChanges) -> PlanDays {
    for (key, intervals) in changes {
        match intervals {
            Some(intervals) => days.insert(*key, intervals.clone()),
            None => days.remove(key),
        };
    }
    days
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::member::StaffId;
    use crate::plan::months_of;
    use crate::rota::{Cycle, CycleDays, RotaId};
    use crate::schedule::{Employment, Intervals, ScheduleRows, Template, Week};
    use kernel::time::WallInterval;
    use tenancy::LocationId;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn hours(from: &str, to: &str) -> Intervals {
        vec![WallInterval::new(from.parse().unwrap(), to.parse().unwrap())]
    }

    fn somebody(published: &[(&str, Intervals)]) -> (PlanKey, Schedules) {
        let key = PlanKey { staff_id: StaffId::new(), location_id: LocationId::new(), date: day("2026-03-02") };
        let days = published.iter().map(|(date, hours)| (PlanKey { date: day(date), ..key }, hours.clone()));
        let usual = hours("10:00", "16:00");
        let week: Vec<_> = usual.iter().map(|interval| (chrono::Weekday::Tue, *interval)).collect();
        let rows = ScheduleRows {
            employments: vec![Employment {
                staff_id: key.staff_id,
                location_ids: vec![],
                employed_from: None,
                employed_to: Some(day("2026-03-31")),
                archived: false,
            }],
            templates: vec![Template {
                staff_id: key.staff_id,
                location_id: key.location_id,
                valid_from: day("2026-01-01"),
                valid_to: None,
                week: Week::new(&week).unwrap(),
            }],
            plan: months_of(days.collect()),
            ..ScheduleRows::default()
        };
        (key, Schedules::new(rows))
    }

    fn told(changes: &PlanChanges) -> Vec<(String, usize)> {
        changes.iter().map(|(key, day)| (key.date.to_string(), day.as_ref().unwrap().len())).collect()
    }

    #[test]
    fn a_rota_drafts_free_days_too_and_leaves_alone_what_is_planned() {
        let (key, schedules) = somebody(&[("2026-03-29", hours("12:00", "14:00"))]);
        let on = CycleDays { days: 1, intervals: hours("09:00", "21:00") };
        let off = CycleDays { days: 1, intervals: vec![] };
        let rota = Rota {
            id: RotaId::new(),
            staff_id: key.staff_id,
            location_id: key.location_id,
            name: String::new(),
            anchor: day("2026-03-28"),
            cycle: Cycle::new(&[on, off]).unwrap(),
            valid_from: day("2026-03-28"),
            valid_to: None,
            archived: false,
            version: 1,
        };
        let drafts = PlanDays::from([(PlanKey { date: day("2026-03-30"), ..key }, vec![])]);
        let dates = || day("2026-03-27").iter_days().take(8);
        // 27 March is before the rota, 1 April after the employment; 29 is published, 30 drafted.
        let gentle = from_rotas(&[&rota], dates(), &schedules, &drafts, false);
        assert_eq!(told(&gentle), [("2026-03-28".to_owned(), 1), ("2026-03-31".to_owned(), 0)]);
        let all = from_rotas(&[&rota], dates(), &schedules, &drafts, true);
        let expected = [("2026-03-28", 1), ("2026-03-29", 0), ("2026-03-30", 1), ("2026-03-31", 0)];
        assert_eq!(told(&all), expected.map(|(date, count)| (date.to_owned(), count)));
    }

    #[test]
    fn a_week_is_copied_as_drafted_then_as_published_then_as_usual() {
        let (key, schedules) = somebody(&[("2026-03-04", hours("12:00", "14:00"))]);
        let drafts = PlanDays::from([(PlanKey { date: day("2026-03-05"), ..key }, hours("08:00", "09:00"))]);
        let weeks = BTreeSet::from([day("2026-03-30")]);
        let copied = from_week(&[key], day("2026-03-02"), &weeks, &schedules, &drafts, false);
        // Of the week from 30 March on, Monday and Tuesday are still employed.
        assert_eq!(told(&copied), [("2026-03-30".to_owned(), 0), ("2026-03-31".to_owned(), 1)]);
        let weeks = BTreeSet::from([day("2026-03-09")]);
        let copied = from_week(&[key], day("2026-03-02"), &weeks, &schedules, &drafts, false);
        let of = |date: &str| copied[&PlanKey { date: day(date), ..key }].clone().unwrap();
        assert_eq!(of("2026-03-10"), hours("10:00", "16:00"));
        assert_eq!(of("2026-03-11"), hours("12:00", "14:00"));
        assert_eq!(of("2026-03-12"), hours("08:00", "09:00"));
        assert_eq!((of("2026-03-13"), copied.len()), (vec![], 7));
    }
}
