//! Weekly hours as they are asked for. Pure.

use super::{Template, Week};
use crate::error::StaffErrorCode;
use crate::member::StaffId;
use chrono::{NaiveDate, Weekday};
use kernel::time::WallInterval;
use kernel::{Checks, CommonCode, Issue, Result};
use tenancy::LocationId;

/// How many templates may follow one another.
const MAX_TEMPLATES: usize = 20;

/// The hours of one person at one location from a day on: everything that stood from that day on is replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoursDraft {
    /// Whose.
    pub staff_id: StaffId,
    /// Where.
    pub location_id: LocationId,
    /// The first day that is replaced; `None` is today at the location.
    pub from: Option<NaiveDate>,
    /// The hours by their validity, in any order; between them and after them nobody works.
    pub templates: Vec<TemplateDraft>,
}

/// A template as asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateDraft {
    /// The first day on which it counts; `None` is the first day that is replaced.
    pub valid_from: Option<NaiveDate>,
    /// The last day on which it counts; `None` is without end.
    pub valid_to: Option<NaiveDate>,
    /// The intervals in any order.
    pub intervals: Vec<(Weekday, WallInterval)>,
}

impl HoursDraft {
    /// The templates that this draft makes, or everything that is wrong with it; `from` is the day it starts on.
    pub fn check(&self, from: NaiveDate) -> Result<Vec<Template>> {
        let mut checks = Checks::new();
        let many = self.templates.len() > MAX_TEMPLATES;
        checks.ensure("templates", !many, Issue::new(CommonCode::TooLong).with("max", MAX_TEMPLATES));
        let mut templates: Vec<Template> = Vec::with_capacity(self.templates.len());
        for (index, draft) in self.templates.iter().take(MAX_TEMPLATES).enumerate() {
            let at = format!("templates.{index}");
            let valid_from = draft.valid_from.unwrap_or(from);
            let early = Issue::new(StaffErrorCode::BeforeReplacement).with("from", from);
            checks.ensure(format!("{at}.validFrom"), valid_from >= from, early);
            let inverted = draft.valid_to.is_some_and(|to| to < valid_from);
            checks.ensure(format!("{at}.validTo"), !inverted, StaffErrorCode::EndBeforeStart);
            let Some(week) = checks.nested(&format!("{at}.intervals"), Week::new(&draft.intervals))? else { continue };
            let template = Template {
                staff_id: self.staff_id,
                location_id: self.location_id,
                valid_from,
                valid_to: draft.valid_to,
                week,
            };
            let meets = templates.iter().any(|other| other.meets(&template));
            checks.ensure(format!("{at}.validFrom"), !meets, StaffErrorCode::ValidityOverlaps);
            templates.push(template);
        }
        checks.build(|| Some(templates))
    }
}

impl Template {
    /// Is there a day on which both count?
    fn meets(&self, other: &Self) -> bool {
        self.valid_to.is_none_or(|to| other.valid_from <= to) && other.valid_to.is_none_or(|to| self.valid_from <= to)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn template(from: Option<&str>, to: Option<&str>) -> TemplateDraft {
        let hours = WallInterval::new("09:00".parse().unwrap(), "18:00".parse().unwrap());
        TemplateDraft { valid_from: from.map(day), valid_to: to.map(day), intervals: vec![(Weekday::Mon, hours)] }
    }

    fn check(templates: Vec<TemplateDraft>) -> Result<Vec<Template>> {
        let (staff_id, location_id) = (StaffId::new(), LocationId::new());
        HoursDraft { staff_id, location_id, from: None, templates }.check(day("2026-12-01"))
    }

    #[test]
    fn templates_follow_one_another() {
        let made = check(vec![template(None, Some("2026-12-31")), template(Some("2027-01-01"), None)]).unwrap();
        assert_eq!((made[0].valid_from, made[1].valid_to), (day("2026-12-01"), None));
        assert!(made[0].valid_on(day("2026-12-31")) && !made[0].valid_on(day("2027-01-01")));
        assert!(check(Vec::new()).unwrap().is_empty());
    }

    #[test]
    fn each_mistake_is_refused_at_its_template() {
        let told = |templates| check(templates).unwrap_err().to_string();
        let meeting = vec![template(None, None), template(Some("2027-01-01"), None)];
        assert_eq!(told(meeting), "invalid VALIDITY_OVERLAPS@templates.1.validFrom");
        let early = vec![template(Some("2026-11-30"), None)];
        assert_eq!(told(early), "invalid BEFORE_REPLACEMENT@templates.0.validFrom");
        let inverted = vec![template(Some("2026-12-05"), Some("2026-12-04"))];
        assert_eq!(told(inverted), "invalid END_BEFORE_START@templates.0.validTo");
        let mut doubled = template(None, None);
        doubled.intervals.extend(doubled.intervals.clone());
        assert_eq!(told(vec![doubled]), "invalid INTERVALS_OVERLAP@templates.0.intervals");
    }
}
