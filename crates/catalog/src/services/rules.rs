//! What a service asks of its bookings beyond their times: approval, prepayment, cancellation, limits.

use crate::cancellation_policy::CancellationPolicyId;
use crate::field::number;
use crate::portion::{Portion, PortionDraft};
use kernel::Checks;
use serde::{Deserialize, Serialize};

/// What a service asks of its bookings. What is booked keeps what held then.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceRules {
    /// Must staff approve what clients book? `None` takes the company's.
    pub approval_required: Option<bool>,
    /// What clients pay before their booking is agreed, of the line's price.
    pub prepayment: Portion,
    /// What calling off costs; `None` takes the company's default.
    pub cancellation_policy_id: Option<CancellationPolicyId>,
    /// How often it is done on one local day, at all locations together; `None`: without limit.
    pub daily_limit: Option<u16>,
    /// May only clients book it who have no other visit, past or to come?
    pub first_visit_only: bool,
}

/// The rules as asked for: nothing is checked yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the fields are those of the rules")]
pub struct ServiceRulesDraft {
    pub approval_required: Option<bool>,
    pub prepayment: PortionDraft,
    pub cancellation_policy_id: Option<CancellationPolicyId>,
    pub daily_limit: Option<i32>,
    pub first_visit_only: bool,
}

/// An edit: what is `None` stays; the inner `None` of what may be empty empties it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::option_option, reason = "left out, emptied and set are three different wishes")]
#[allow(missing_docs, reason = "the fields are those of the rules")]
pub struct ServiceRulesPatch {
    pub approval_required: Option<Option<bool>>,
    pub prepayment: Option<PortionDraft>,
    pub cancellation_policy_id: Option<Option<CancellationPolicyId>>,
    pub daily_limit: Option<Option<i32>>,
    pub first_visit_only: Option<bool>,
}

impl ServiceRulesDraft {
    /// The draft that would make these very rules.
    pub fn of(rules: &ServiceRules) -> Self {
        Self {
            approval_required: rules.approval_required,
            prepayment: PortionDraft::of(rules.prepayment),
            cancellation_policy_id: rules.cancellation_policy_id,
            daily_limit: rules.daily_limit.map(Into::into),
            first_visit_only: rules.first_visit_only,
        }
    }

    /// The draft after an edit.
    #[must_use]
    pub fn with(self, patch: ServiceRulesPatch) -> Self {
        Self {
            approval_required: patch.approval_required.unwrap_or(self.approval_required),
            prepayment: patch.prepayment.unwrap_or(self.prepayment),
            cancellation_policy_id: patch.cancellation_policy_id.unwrap_or(self.cancellation_policy_id),
            daily_limit: patch.daily_limit.unwrap_or(self.daily_limit),
            first_visit_only: patch.first_visit_only.unwrap_or(self.first_visit_only),
        }
    }

    /// The rules, or what is wrong with them below `rules`; the policy is resolved by the caller.
    pub(super) fn check(self, checks: &mut Checks) -> Option<ServiceRules> {
        let prepayment = self.prepayment.check(checks, "rules.prepayment");
        let daily_limit = checks.optional("rules.dailyLimit", self.daily_limit.map(|most| number(most, 1, 1_000)));
        Some(ServiceRules {
            approval_required: self.approval_required,
            prepayment: prepayment?,
            cancellation_policy_id: self.cancellation_policy_id,
            daily_limit: daily_limit?,
            first_visit_only: self.first_visit_only,
        })
    }
}
