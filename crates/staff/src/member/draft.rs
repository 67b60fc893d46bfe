//! What is asked for when a profile is made or edited. Pure.

use super::performs::{PerformsDraft, check_performs};
use super::{StaffId, StaffMember};
use catalog::field::{color, number};
use catalog::{Bounds, Localized};
use chrono::NaiveDate;
use kernel::text::text;
use kernel::{Checks, CommonCode, Currency, UserId};
use serde::Serialize;
use std::collections::HashSet;
use tenancy::LocationId;

use crate::error::StaffErrorCode;

/// What somebody is, in a few words.
const TITLE: Bounds = Bounds { required: false, max: 80, multiline: false };
/// A text about somebody.
const BIO: Bounds = Bounds { required: false, max: 2000, multiline: true };

/// A whole profile as asked for: nothing is checked yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MemberDraft {
    /// The user that they log in as.
    pub user_id: Option<UserId>,
    /// The name that clients see.
    pub name: String,
    /// What they are.
    pub title: Localized,
    /// A text about them.
    pub bio: Localized,
    /// Where they work; empty means everywhere.
    pub location_ids: Vec<LocationId>,
    /// What they perform.
    pub performs: Vec<PerformsDraft>,
    /// `#rrggbb`.
    pub color: Option<String>,
    /// Can clients book them themselves?
    pub bookable_online: bool,
    /// The first day of their employment.
    pub employed_from: Option<NaiveDate>,
    /// The last day of their employment.
    pub employed_to: Option<NaiveDate>,
    /// How many visits at one location they may have at once: 1 to 8.
    pub lanes: i32,
    /// Where they stand in lists.
    pub position: i32,
}

/// A profile without anything, of somebody who serves one client at a time.
impl Default for MemberDraft {
    fn default() -> Self {
        Self {
            user_id: None,
            name: String::new(),
            title: Localized::default(),
            bio: Localized::default(),
            location_ids: Vec::new(),
            performs: Vec::new(),
            color: None,
            bookable_online: false,
            employed_from: None,
            employed_to: None,
            lanes: 1,
            position: 0,
        }
    }
}

/// An edit: what is `None` stays; the inner `None` of what may be empty empties it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(clippy::option_option, reason = "left out, emptied and set are three different wishes")]
#[allow(missing_docs, reason = "the fields are those of the draft")]
pub struct MemberPatch {
    pub user_id: Option<Option<UserId>>,
    pub name: Option<String>,
    pub title: Option<Localized>,
    pub bio: Option<Localized>,
    pub location_ids: Option<Vec<LocationId>>,
    pub performs: Option<Vec<PerformsDraft>>,
    pub color: Option<Option<String>>,
    pub bookable_online: Option<bool>,
    pub employed_from: Option<Option<NaiveDate>>,
    pub employed_to: Option<Option<NaiveDate>>,
    pub lanes: Option<i32>,
    pub position: Option<i32>,
}

impl MemberDraft {
    /// The draft that would make this very profile.
    pub fn of(member: &StaffMember) -> Self {
        Self {
            user_id: member.user_id,
            name: member.name.clone(),
            title: member.title.clone(),
            bio: member.bio.clone(),
            location_ids: member.location_ids.clone(),
            performs: member.performs.iter().map(PerformsDraft::of).collect(),
            color: member.color.clone(),
            bookable_online: member.bookable_online,
            employed_from: member.employed_from,
            employed_to: member.employed_to,
            lanes: member.lanes.into(),
            position: member.position,
        }
    }

    /// The draft after an edit.
    #[must_use]
    pub fn with(self, patch: MemberPatch) -> Self {
        Self {
            user_id: patch.user_id.unwrap_or(self.user_id),
            name: patch.name.unwrap_or(self.name),
            title: patch.title.unwrap_or(self.title),
            bio: patch.bio.unwrap_or(self.bio),
            location_ids: patch.location_ids.unwrap_or(self.location_ids),
            performs: patch.performs.unwrap_or(self.performs),
            color: patch.color.unwrap_or(self.color),
            bookable_online: patch.bookable_online.unwrap_or(self.bookable_online),
            employed_from: patch.employed_from.unwrap_or(self.employed_from),
            employed_to: patch.employed_to.unwrap_or(self.employed_to),
            lanes: patch.lanes.unwrap_or(self.lanes),
            position: patch.position.unwrap_or(self.position),
        }
    }

    /// The profile that this draft makes; everything that is wrong with it is noted in `checks`. Ids are resolved by
    /// the caller.
    pub(crate) fn check(self, checks: &mut Checks, id: StaffId, currency: Currency) -> Option<StaffMember> {
        let name = checks.check("name", text(&self.name, 1, 80));
        let title = self.title.check(checks, "title", TITLE);
        let bio = self.bio.check(checks, "bio", BIO);
        let color = checks.optional("color", self.color.as_deref().map(color));
        let lanes = checks.check("lanes", number(self.lanes, 1, 8));
        let position = checks.check("position", number(self.position, -1_000_000, 1_000_000));
        let performs = check_performs(checks, &self.performs, currency);
        let mut seen = HashSet::new();
        let distinct = self.location_ids.iter().all(|place| seen.insert(*place));
        checks.ensure("locationIds", distinct, CommonCode::Duplicate);
        let inverted = matches!((self.employed_from, self.employed_to), (Some(from), Some(to)) if to < from);
        checks.ensure("employedTo", !inverted, StaffErrorCode::EndBeforeStart);
        Some(StaffMember {
            id,
            user_id: self.user_id,
            name: name?,
            title: title?,
            bio: bio?,
            location_ids: self.location_ids,
            performs: performs?,
            color: color?,
            bookable_online: self.bookable_online,
            lanes: lanes?,
            employed_from: self.employed_from,
            employed_to: self.employed_to,
            position: position?,
            archived: false,
            version: 1,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use catalog::ServiceId;

    fn draft() -> MemberDraft {
        MemberDraft { name: "Оксана".into(), bookable_online: true, ..MemberDraft::default() }
    }

    fn refusal(change: impl FnOnce(&mut MemberDraft)) -> String {
        let mut wrong = draft();
        change(&mut wrong);
        let mut checks = Checks::new();
        let member = wrong.check(&mut checks, StaffId::new(), Currency::UAH);
        checks.build(|| member).unwrap_err().to_string()
    }

    #[test]
    fn a_sound_draft_makes_a_profile_and_comes_back_from_it() {
        let mut checks = Checks::new();
        let id = StaffId::new();
        let member = draft().check(&mut checks, id, Currency::UAH).unwrap();
        assert!(checks.is_clean());
        let again = MemberDraft::of(&member).with(MemberPatch::default()).check(&mut checks, id, Currency::UAH);
        assert_eq!(again, Some(member));
    }

    #[test]
    fn each_mistake_is_refused_at_its_field() {
        assert_eq!(refusal(|it| it.name = " ".into()), "invalid REQUIRED@name");
        assert_eq!(refusal(|it| it.lanes = 0), "invalid OUT_OF_RANGE@lanes");
        assert_eq!(refusal(|it| it.lanes = 9), "invalid OUT_OF_RANGE@lanes");
        assert_eq!(refusal(|it| it.title.uk = Some("а".repeat(81))), "invalid TOO_LONG@title.uk");
        let (early, late) = (NaiveDate::from_ymd_opt(2026, 1, 1), NaiveDate::from_ymd_opt(2026, 2, 1));
        let inverted = refusal(|it| (it.employed_from, it.employed_to) = (late, early));
        assert_eq!(inverted, "invalid END_BEFORE_START@employedTo");
        let place = LocationId::new();
        assert_eq!(refusal(|it| it.location_ids = vec![place, place]), "invalid DUPLICATE@locationIds");
    }

    #[test]
    fn what_somebody_performs_is_checked_line_by_line() {
        let service = ServiceId::new();
        let line = |duration, minor| PerformsDraft {
            service_id: service,
            duration_minutes: duration,
            amount_minor: minor,
            currency: None,
        };
        let told = refusal(|it| it.performs = vec![line(Some(0), Some(-1))]);
        assert_eq!(told, "invalid OUT_OF_RANGE@services.0.durationMinutes OUT_OF_RANGE@services.0.amountMinor");
        let twice = refusal(|it| it.performs = vec![line(None, None), line(Some(30), None)]);
        assert_eq!(twice, "invalid DUPLICATE@services.1.serviceId");
    }
}
