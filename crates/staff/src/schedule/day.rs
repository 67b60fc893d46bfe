//! Which intervals count on a day: employment, then the first that exists of dated exception, published shift of the plan,
//! weekly template.

use super::{Employment, Intervals, ScheduleRows, Template};
use crate::exception::Exception;
use crate::member::StaffId;
use crate::plan::{PlanDays, PlanKey, PlanMonth, month_of, months_of};
use crate::time_off::{TimeOff, TimeOffStatus};
use async_graphql::Enum;
use chrono::NaiveDate;
use kernel::time::TimeRange;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use tenancy::LocationId;

/// All hours of a company, indexed: small, read by every availability query, served from the stamped snapshot.
#[derive(Clone, Debug, Default)]
pub struct Schedules {
    rows: ScheduleRows,
    employments: HashMap<StaffId, usize>,
    templates: HashMap<(StaffId, LocationId), Vec<usize>>,
    exceptions: HashMap<(StaffId, LocationId, NaiveDate), usize>,
    /// By the first date of the month.
    plan: HashMap<(StaffId, LocationId, NaiveDate), usize>,
    time_off: HashMap<StaffId, Vec<usize>>,
}

/// What says that somebody works on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
pub enum ShiftSource {
    /// A dated exception, which stands above all else.
    Exception,
    /// The published shift plan: what a rota gave, or a planner.
    Rota,
    /// The weekly hours.
    Template,
}

impl Schedules {
    /// Indexes the rows.
    pub fn new(mut rows: ScheduleRows) -> Self {
        rows.templates.sort_by_key(|template| (template.staff_id, template.location_id, template.valid_from));
        rows.exceptions.sort_by_key(|exception| (exception.staff_id, exception.date, exception.location_id));
        rows.time_off.sort_by_key(|off| (off.range.from, off.id));
        let mut index = Self::default();
        for (at, employment) in rows.employments.iter().enumerate() {
            index.employments.insert(employment.staff_id, at);
        }
        for (at, template) in rows.templates.iter().enumerate() {
            index.templates.entry((template.staff_id, template.location_id)).or_default().push(at);
        }
        for (at, exception) in rows.exceptions.iter().enumerate() {
            index.exceptions.insert((exception.staff_id, exception.location_id, exception.date), at);
        }
        for (at, month) in rows.plan.iter().enumerate() {
            index.plan.insert((month.staff_id, month.location_id, month.month), at);
        }
        for (at, off) in rows.time_off.iter().enumerate() {
            index.time_off.entry(off.staff_id).or_default().push(at);
        }
        Self { rows, ..index }
    }

    /// The intervals that somebody works at a location, starting on this local date, by start. Empty when they are
    /// not employed then, do not work there, or have the day off.
    pub fn day(&self, staff: StaffId, location: LocationId, date: NaiveDate) -> Intervals {
        self.sourced_day(staff, location, date).map(|(_, intervals)| intervals).unwrap_or_default()
    }

    /// The same with what says so; `None` when nothing says anything about the day. A free day of an exception or of the
    /// published plan says that nobody works: it is `Some` and has no intervals.
    pub fn sourced_day(
        &self,
        staff: StaffId,
        location: LocationId,
        date: NaiveDate,
    ) -> Option<(ShiftSource, Intervals)> {
        if !self.employed(staff, location, date) {
            return None;
        }
        if let Some(exception) = self.exception(staff, location, date) {
            return Some((ShiftSource::Exception, exception.intervals.clone()));
        }
        if let Some(intervals) = self.planned(staff, location, date) {
            return Some((ShiftSource::Rota, intervals.clone()));
        }
        let usual = self.template(staff, location, date).map(|template| template.week.on(date));
        usual.filter(|intervals| !intervals.is_empty()).map(|intervals| (ShiftSource::Template, intervals))
    }

    /// What would be worked on a day if it had no exception.
    pub(crate) fn usual_day(&self, key: PlanKey) -> Intervals {
        let template = || self.template(key.staff_id, key.location_id, key.date).map(|it| it.week.on(key.date));
        let planned = self.planned(key.staff_id, key.location_id, key.date).cloned();
        planned.or_else(template).unwrap_or_default()
    }

    /// The published shifts of a day, none of them on a free day; `None` when the day is not planned.
    pub fn planned(&self, staff: StaffId, location: LocationId, date: NaiveDate) -> Option<&Intervals> {
        let at = self.plan.get(&(staff, location, month_of(date)))?;
        self.rows.plan[*at].days.get(&date)
    }

    /// The same hours if these days were published too.
    pub(crate) fn with_plan(&self, days: PlanDays) -> Self {
        let mut plan: PlanDays = self.rows.plan.iter().cloned().flat_map(PlanMonth::keyed).collect();
        plan.extend(days);
        Self::new(ScheduleRows { plan: months_of(plan), ..self.rows.clone() })
    }

    /// The dates on which somebody has published shifts or free days, wherever it is.
    pub fn planned_dates(&self, staff: StaffId) -> impl Iterator<Item = NaiveDate> {
        let months = self.rows.plan.iter().filter(move |month| month.staff_id == staff);
        months.flat_map(|month| month.days.keys().copied())
    }

    /// The exception of a day, if there is one.
    pub fn exception(&self, staff: StaffId, location: LocationId, date: NaiveDate) -> Option<&Exception> {
        self.exceptions.get(&(staff, location, date)).map(|at| &self.rows.exceptions[*at])
    }

    /// The template that counts on a day, exception or not.
    pub fn template(&self, staff: StaffId, location: LocationId, date: NaiveDate) -> Option<&Template> {
        self.templates_of(staff, location).find(|template| template.valid_on(date))
    }

    /// The templates of a person at a location by their first day.
    pub fn templates_of(&self, staff: StaffId, location: LocationId) -> impl Iterator<Item = &Template> {
        let templates = self.templates.get(&(staff, location)).map(Vec::as_slice).unwrap_or_default();
        templates.iter().map(|at| &self.rows.templates[*at])
    }

    /// The approved time off of a person that touches `range`, by start; pieces may overlap one another.
    pub fn absences(&self, staff: StaffId, range: TimeRange) -> impl Iterator<Item = TimeRange> {
        self.time_off_of(staff)
            .filter(move |off| off.status == TimeOffStatus::Approved && off.range.overlaps(range))
            .map(|off| off.range)
    }

    /// The time off of a person in every status but cancelled, by start.
    pub fn time_off_of(&self, staff: StaffId) -> impl Iterator<Item = &TimeOff> {
        let off = self.time_off.get(&staff).map(Vec::as_slice).unwrap_or_default();
        off.iter().map(|at| &self.rows.time_off[*at])
    }

    /// Every template.
    pub fn templates(&self) -> &[Template] {
        &self.rows.templates
    }

    /// Every exception, by person, date and location.
    pub fn exceptions(&self) -> &[Exception] {
        &self.rows.exceptions
    }

    /// Every time off that was not cancelled, by start.
    pub fn time_off(&self) -> &[TimeOff] {
        &self.rows.time_off
    }

    /// The rows with which it was built.
    pub fn rows(&self) -> &ScheduleRows {
        &self.rows
    }

    /// May they work at this location on this day?
    pub fn employed(&self, staff: StaffId, location: LocationId, date: NaiveDate) -> bool {
        let Some(employment) = self.employments.get(&staff).map(|at| &self.rows.employments[*at]) else {
            return false;
        };
        employment.covers(location, date)
    }
}

impl Employment {
    /// May they work at this location on this day?
    pub fn covers(&self, location: LocationId, date: NaiveDate) -> bool {
        !self.archived
            && (self.location_ids.is_empty() || self.location_ids.contains(&location))
            && self.employed_from.is_none_or(|from| from <= date)
            && self.employed_to.is_none_or(|to| date <= to)
    }
}

impl Serialize for Schedules {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.rows.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Schedules {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        ScheduleRows::deserialize(deserializer).map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::exception::ExceptionId;
    use crate::schedule::Week;
    use crate::time_off::TimeOffId;
    use chrono::{DateTime, Datelike, Days, Utc, Weekday};
    use kernel::time::{WallInterval, WallTime};
    use proptest::prelude::*;

    fn date(day: u64) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 1).unwrap() + Days::new(day)
    }

    fn interval(hour: u16) -> WallInterval {
        let time = |hour: u16| WallTime::from_minutes(hour * 60).unwrap();
        WallInterval::new(time(hour), time(hour + 1))
    }

    fn employment(staff_id: StaffId) -> Employment {
        Employment { staff_id, location_ids: vec![], employed_from: None, employed_to: None, archived: false }
    }

    #[test]
    fn only_approved_time_off_keeps_bookings_away() {
        let staff_id = StaffId::new();
        let range = TimeRange::new(DateTime::<Utc>::UNIX_EPOCH, kernel::time::LATEST);
        let off = |status| TimeOff { id: TimeOffId::new(), staff_id, range, reason: String::new(), status, version: 1 };
        for status in [TimeOffStatus::Requested, TimeOffStatus::Approved, TimeOffStatus::Declined] {
            let rows = ScheduleRows { time_off: vec![off(status)], ..ScheduleRows::default() };
            let schedules = Schedules::new(rows);
            assert_eq!(schedules.absences(staff_id, range).count(), usize::from(status == TimeOffStatus::Approved));
        }
    }

    #[test]
    fn a_snapshot_survives_being_stored() {
        let (staff_id, location_id) = (StaffId::new(), LocationId::new());
        let week = Week::new(&[(Weekday::Mon, interval(9))]).unwrap();
        let template = Template { staff_id, location_id, valid_from: date(0), valid_to: None, week };
        let rows = ScheduleRows {
            employments: vec![employment(staff_id)],
            templates: vec![template],
            ..ScheduleRows::default()
        };
        let schedules = Schedules::new(rows);
        let again: Schedules = serde_json::from_str(&serde_json::to_string(&schedules).unwrap()).unwrap();
        assert_eq!(again.day(staff_id, location_id, date(1)), [interval(9)]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        /// The rule said the long way: employment, place, then the exception, else what is published (a free day too), else
        /// the template that is valid.
        #[test]
        fn a_day_is_its_exception_or_else_what_is_published_or_else_the_template_that_is_valid(
            splits in proptest::collection::btree_set(0_u64..40, 0..4),
            open_ended: bool,
            exceptions in proptest::collection::btree_map(0_u64..45, proptest::option::of(0_u16..23), 0..8),
            published in proptest::collection::btree_map(0_u64..45, proptest::option::of(0_u16..23), 0..30),
            from in proptest::option::of(0_u64..45),
            to in proptest::option::of(0_u64..45),
            elsewhere: bool,
            archived: bool,
        ) {
            let (staff_id, place) = (StaffId::new(), LocationId::new());
            let splits: Vec<u64> = splits.into_iter().collect();
            let everyday = |hour: u16| {
                let week = std::iter::successors(Some(Weekday::Mon), |day| Some(day.succ())).take(7);
                Week::new(&week.map(|day| (day, interval(hour))).collect::<Vec<_>>()).unwrap()
            };
            let last = splits.len().saturating_sub(1);
            let templates: Vec<Template> = splits.iter().enumerate().map(|(index, start)| Template {
                staff_id,
                location_id: place,
                valid_from: date(*start),
                valid_to: match splits.get(index + 1) {
                    Some(next) => Some(date(*next).pred_opt().unwrap()),
                    None if open_ended => None,
                    None => Some(date(*start + 5)),
                },
                week: everyday(u16::try_from(index).unwrap()),
            }).collect();
            let rows = ScheduleRows {
                employments: vec![Employment {
                    location_ids: if elsewhere { vec![LocationId::new()] } else { vec![] },
                    employed_from: from.map(date),
                    employed_to: to.map(date),
                    archived,
                    ..employment(staff_id)
                }],
                templates,
                exceptions: exceptions.iter().map(|(day, hour)| Exception {
                    id: ExceptionId::new(),
                    staff_id,
                    location_id: place,
                    date: date(*day),
                    intervals: hour.iter().copied().map(interval).collect(),
                    note: String::new(),
                }).collect(),
                plan: months_of(published.iter().map(|(day, hour)| {
                    let key = PlanKey { staff_id, location_id: place, date: date(*day) };
                    (key, hour.iter().copied().map(interval).collect())
                }).collect()),
                time_off: vec![],
            };
            let schedules = Schedules::new(rows);
            for day in 0..50 {
                let employed = from.is_none_or(|from| from <= day) && to.is_none_or(|to| day <= to);
                let usual = splits.iter().rposition(|start| *start <= day).filter(|index| {
                    *index < last || open_ended || day <= splits[*index] + 5
                });
                let expected: Vec<WallInterval> = if archived || elsewhere || !employed {
                    vec![]
                } else if let Some(hour) = exceptions.get(&day).or_else(|| published.get(&day)) {
                    hour.iter().copied().map(interval).collect()
                } else {
                    usual.map(|index| interval(u16::try_from(index).unwrap())).into_iter().collect()
                };
                prop_assert_eq!(schedules.day(staff_id, place, date(day)), expected, "{}", date(day).weekday());
            }
        }
    }
}
