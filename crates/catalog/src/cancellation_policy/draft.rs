//! What is asked for when a cancellation policy is made or edited, and the rules that it must meet. Pure.

use super::{CancellationPolicy, CancellationPolicyId, CancellationTier, LateCancellation};
use crate::field::number;
use crate::localized::{Localized, NAME};
use crate::portion::PortionDraft;
use kernel::{Checks, CommonCode, Issue, Result};
use serde::Serialize;
use std::collections::HashSet;

/// The earliest deadline: a year before the start.
const MAX_HOURS: i32 = 8_760;
/// How many tiers one policy may have.
const MAX_TIERS: usize = 10;

/// A whole policy as asked for: nothing is checked yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CancellationPolicyDraft {
    /// Its name.
    pub name: Localized,
    /// Its tiers in any order.
    pub tiers: Vec<TierDraft>,
    /// What a client may do once the first deadline has passed.
    pub late: LateCancellation,
    /// Elapsed hours.
    pub reschedule_hours: Option<i32>,
    /// How often.
    pub max_reschedules: Option<i32>,
    /// What staying away costs.
    pub no_show_fee: PortionDraft,
    /// Is the prepayment kept when the client stays away?
    pub no_show_keeps_deposit: bool,
}

/// A tier as asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct TierDraft {
    /// Elapsed hours before the start.
    pub hours_before: i32,
    /// The fee.
    pub fee: PortionDraft,
    /// Is the prepayment kept?
    pub keeps_deposit: bool,
}

/// An edit: what is `None` stays; the inner `None` of what may be empty empties it.
#[derive(Clone, Debug, Default)]
#[allow(clippy::option_option, reason = "left out, emptied and set are three different wishes")]
#[allow(missing_docs, reason = "the fields are those of the draft")]
pub struct CancellationPolicyPatch {
    pub name: Option<Localized>,
    pub tiers: Option<Vec<TierDraft>>,
    pub late: Option<LateCancellation>,
    pub reschedule_hours: Option<Option<i32>>,
    pub max_reschedules: Option<Option<i32>>,
    pub no_show_fee: Option<PortionDraft>,
    pub no_show_keeps_deposit: Option<bool>,
}

impl CancellationPolicyDraft {
    /// The draft that would make this very policy, after an edit.
    #[must_use]
    pub fn edited(policy: &CancellationPolicy, patch: CancellationPolicyPatch) -> Self {
        let tier = |tier: &CancellationTier| TierDraft {
            hours_before: tier.hours_before.into(),
            fee: PortionDraft::of(tier.fee),
            keeps_deposit: tier.keeps_deposit,
        };
        Self {
            name: patch.name.unwrap_or_else(|| policy.name.clone()),
            tiers: patch.tiers.unwrap_or_else(|| policy.tiers.iter().map(tier).collect()),
            late: patch.late.unwrap_or(policy.late),
            reschedule_hours: patch.reschedule_hours.unwrap_or(policy.reschedule_hours.map(Into::into)),
            max_reschedules: patch.max_reschedules.unwrap_or(policy.max_reschedules.map(Into::into)),
            no_show_fee: patch.no_show_fee.unwrap_or_else(|| PortionDraft::of(policy.no_show_fee)),
            no_show_keeps_deposit: patch.no_show_keeps_deposit.unwrap_or(policy.no_show_keeps_deposit),
        }
    }

    /// The policy that this draft makes, or everything that is wrong with it.
    pub fn check(self, id: CancellationPolicyId) -> Result<CancellationPolicy> {
        let mut checks = Checks::new();
        let name = self.name.check(&mut checks, "name", NAME);
        let tiers = check_tiers(&mut checks, &self.tiers);
        let hours = self.reschedule_hours.map(|hours| number(hours, 0, MAX_HOURS));
        let reschedule_hours = checks.optional("rescheduleHours", hours);
        let max_reschedules = checks.optional("maxReschedules", self.max_reschedules.map(|most| number(most, 0, 100)));
        let no_show_fee = self.no_show_fee.check(&mut checks, "noShowFee");
        checks.build(|| {
            Some(CancellationPolicy {
                id,
                name: name?,
                tiers: tiers?,
                late: self.late,
                reschedule_hours: reschedule_hours?,
                max_reschedules: max_reschedules?,
                no_show_fee: no_show_fee?,
                no_show_keeps_deposit: self.no_show_keeps_deposit,
                archived: false,
                version: 1,
            })
        })
    }
}

/// The tiers from the earliest deadline to the latest.
fn check_tiers(checks: &mut Checks, drafts: &[TierDraft]) -> Option<Vec<CancellationTier>> {
    if drafts.len() > MAX_TIERS {
        checks.add("tiers", Issue::new(CommonCode::TooLong).with("max", MAX_TIERS));
        return None;
    }
    let mut hours_seen = HashSet::new();
    let mut tiers = Vec::with_capacity(drafts.len());
    for (index, draft) in drafts.iter().enumerate() {
        let at = format!("tiers.{index}.hoursBefore");
        let hours = checks.check(at.clone(), number::<u16>(draft.hours_before, 1, MAX_HOURS));
        let fee = draft.fee.check(checks, &format!("tiers.{index}.fee"));
        let (Some(hours_before), Some(fee)) = (hours, fee) else { continue };
        checks.ensure(at, hours_seen.insert(hours_before), CommonCode::Duplicate);
        tiers.push(CancellationTier { hours_before, fee, keeps_deposit: draft.keeps_deposit });
    }
    tiers.sort_by_key(|tier| std::cmp::Reverse(tier.hours_before));
    Some(tiers)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::portion::PortionKind;

    fn fee(percent_bp: i32) -> PortionDraft {
        PortionDraft { kind: PortionKind::Percent, amount_minor: None, percent_bp: Some(percent_bp) }
    }

    fn draft(hours: &[i32]) -> CancellationPolicyDraft {
        let tier = |hours: &i32| TierDraft { hours_before: *hours, fee: fee(5_000), keeps_deposit: true };
        CancellationPolicyDraft {
            name: Localized { uk: Some("Звичайна".into()), en: None },
            tiers: hours.iter().map(tier).collect(),
            late: LateCancellation::Charged,
            reschedule_hours: Some(12),
            max_reschedules: None,
            no_show_fee: fee(10_000),
            no_show_keeps_deposit: true,
        }
    }

    #[test]
    fn tiers_stand_from_the_earliest_deadline_to_the_latest() {
        let policy = draft(&[2, 48, 24]).check(CancellationPolicyId::new()).unwrap();
        assert_eq!(policy.tiers.iter().map(|tier| tier.hours_before).collect::<Vec<_>>(), [48, 24, 2]);
        let same = CancellationPolicyDraft::edited(&policy, CancellationPolicyPatch::default());
        assert_eq!(same.check(policy.id).unwrap(), policy);
    }

    #[test]
    fn each_mistake_is_refused_at_its_field() {
        let refusal =
            |draft: CancellationPolicyDraft| draft.check(CancellationPolicyId::new()).unwrap_err().to_string();
        assert_eq!(refusal(draft(&[24, 24])), "invalid DUPLICATE@tiers.1.hoursBefore");
        assert_eq!(refusal(draft(&[0])), "invalid OUT_OF_RANGE@tiers.0.hoursBefore");
        assert_eq!(refusal(draft(&[1; 11])), "invalid TOO_LONG@tiers");
        let wrong = CancellationPolicyDraft { reschedule_hours: Some(-1), no_show_fee: fee(0), ..draft(&[]) };
        assert_eq!(refusal(wrong), "invalid OUT_OF_RANGE@rescheduleHours OUT_OF_RANGE@noShowFee.percentBp");
    }
}
