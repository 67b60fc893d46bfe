//! What a service asks of its bookings, in the schema.

use crate::Catalog;
use crate::cancellation_policy::graphql::{CancellationPolicyObject, currency};
use crate::graphql::patch;
use crate::portion::{PortionObject, PortionWish};
use crate::services::{ServiceRules, ServiceRulesPatch};
use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Result};

/// What a service asks of its bookings.
pub struct ServiceRulesObject(pub(super) ServiceRules);

/// What a service asks of its bookings beyond their times. What is booked keeps what held then.
#[Object(name = "ServiceRules")]
impl ServiceRulesObject {
    /// Whether staff must approve what clients book; null takes the company's rule.
    async fn approval_required(&self) -> Option<bool> {
        self.0.approval_required
    }

    /// What clients pay before their booking is agreed, of the price. Staff book without.
    async fn prepayment(&self, ctx: &Context<'_>) -> Result<PortionObject> {
        Ok(PortionObject::new(self.0.prepayment, currency(ctx).await?))
    }

    /// What calling off costs: the service's own policy, else the company's default; null: it is free.
    async fn cancellation_policy(&self, ctx: &Context<'_>) -> Result<Option<CancellationPolicyObject>> {
        let policies = ctx.data::<Catalog>()?.cancellation_policies(&*gql::reader(ctx).await?).await?;
        let policy = match self.0.cancellation_policy_id {
            Some(id) => policies.get(id),
            None => policies.default_policy(),
        };
        Ok(policy.cloned().map(Into::into))
    }

    /// Whether the policy is the service's own and not the company's default.
    async fn has_own_cancellation_policy(&self) -> bool {
        self.0.cancellation_policy_id.is_some()
    }

    /// How often it is done on one local day, at all locations together; null: without limit.
    async fn daily_limit(&self) -> Option<u16> {
        self.0.daily_limit
    }

    /// Whether only clients may book it who have no other visit, past or to come.
    async fn first_visit_only(&self) -> bool {
        self.0.first_visit_only
    }
}

/// What a service asks of its bookings. A field that is left out stays as it is, or as it is by default.
#[derive(InputObject)]
pub(super) struct ServiceRulesInput {
    /// Whether staff must approve what clients book; null takes the company's rule.
    approval_required: MaybeUndefined<bool>,
    /// What clients pay before their booking is agreed, of the price. By default nothing.
    prepayment: Option<PortionWish>,
    /// What calling off costs; null takes the company's default policy.
    cancellation_policy_id: MaybeUndefined<ID>,
    /// How often it is done on one local day, at all locations together: 1 to 1000; null: without limit.
    daily_limit: MaybeUndefined<i32>,
    /// Whether only clients may book it who have no other visit, past or to come. By default no.
    first_visit_only: Option<bool>,
}

impl ServiceRulesInput {
    pub(super) fn read(self) -> kernel::Result<ServiceRulesPatch> {
        let policy = patch(self.cancellation_policy_id).map(|id| id.as_ref().map(gql::id).transpose());
        Ok(ServiceRulesPatch {
            approval_required: patch(self.approval_required),
            prepayment: self.prepayment.map(Into::into),
            cancellation_policy_id: policy.transpose()?,
            daily_limit: patch(self.daily_limit),
            first_visit_only: self.first_visit_only,
        })
    }
}
