//! What is agreed with a visit beside its time: what is paid in advance, and the terms of calling it off.

use crate::booking::{Line, Policy, Terms};
use crate::slots::World;
use catalog::CancellationPolicy;
use chrono::{DateTime, Utc};
use kernel::{Error, Result};

/// The rules of a visit as they are now, to be copied onto its booking: `policy` with the terms of calling off.
pub(super) fn policy(world: &World, policy: Policy, lines: &[Line], total: i64, start: DateTime<Utc>) -> Policy {
    Policy { cancellation: terms(world, lines, total, start), ..policy }
}

/// The terms of calling these lines off as they are now.
pub(super) fn terms(world: &World, lines: &[Line], total: i64, start: DateTime<Utc>) -> Terms {
    let mut policies: Vec<&CancellationPolicy> = Vec::with_capacity(lines.len());
    for service in lines.iter().filter_map(|line| world.services.get(line.service_id)) {
        let own = service.rules.cancellation_policy_id.and_then(|id| world.policies.get(id));
        policies.extend(own.or_else(|| world.policies.default_policy()));
    }
    Terms::agreed(&policies, total, start)
}

/// What clients pay before the visit is agreed, in minor units: each service's part of its line's price.
pub(super) fn prepayment(world: &World, lines: &[Line]) -> Result<i64> {
    lines
        .iter()
        .filter_map(|line| Some(world.services.get(line.service_id)?.rules.prepayment.of(line.price.minor)))
        .try_fold(0_i64, i64::checked_add)
        .ok_or_else(|| Error::internal("the sum of the prepayments is out of range"))
}
