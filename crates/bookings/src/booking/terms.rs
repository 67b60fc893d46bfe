//! What calling a visit off costs, and until when it may be moved: a company's cancellation policies as they were agreed
//! for one visit, with the instants of its deadlines and the sums in minor units. Pure.
//!
//! Several services of one visit may have different policies: the visit takes the strictest of each. Hours are elapsed,
//! so a deadline is an instant, whatever the clocks do in between; at the very instant one is still in time.

use catalog::{CancellationPolicy, CancellationTier, LateCancellation, Portion};
use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

/// The cancellation terms of one visit. By default everything is free.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Terms {
    /// From the earliest deadline to the latest.
    pub deadlines: Vec<Deadline>,
    /// Minor units that staying away costs.
    pub no_show_fee_minor: i64,
    /// The parts of the price whose largest that is; none for what was agreed before these were kept.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub no_show_fees: Vec<Portion>,
    /// Whether the prepayment is kept when the client stays away.
    pub no_show_keeps_deposit: bool,
    /// Elapsed hours before the start until which the client may move it.
    pub reschedule_hours: Option<u16>,
    /// The last instant at which the client may move it; none: any time before it starts.
    pub reschedule_until: Option<DateTime<Utc>>,
    /// How often the client may move it.
    pub max_reschedules: Option<u16>,
}

/// After this instant calling off costs this much.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadline {
    /// Elapsed hours before the start.
    pub hours_before: u16,
    /// The last instant before it applies.
    pub at: DateTime<Utc>,
    /// Minor units.
    pub fee_minor: i64,
    /// The parts of the price whose largest the fee is; none for what was agreed before these were kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fees: Vec<Portion>,
    /// Whether the prepayment is kept.
    pub keeps_deposit: bool,
    /// Whether the client can no longer call off at all.
    pub refused: bool,
}

/// What calling off at some instant means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cost {
    /// Minor units.
    pub fee_minor: i64,
    /// Whether the prepayment is kept.
    pub keeps_deposit: bool,
    /// Whether the client may not.
    pub refused: bool,
}

/// Why the client may not move the visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MoveRefusal {
    /// The deadline has passed.
    TooLate,
    /// It was moved as often as it may be.
    TooOften,
}

impl Terms {
    /// The strictest of these policies for a visit of this price and start.
    pub fn agreed(policies: &[&CancellationPolicy], total_minor: i64, starts_at: DateTime<Utc>) -> Self {
        let mut hours: Vec<u16> =
            policies.iter().flat_map(|policy| &policy.tiers).map(|tier| tier.hours_before).collect();
        hours.sort_unstable_by(|one, other| other.cmp(one));
        hours.dedup();
        let deadline = |hours_before: u16| {
            let mut deadline = Deadline {
                hours_before,
                at: before(starts_at, hours_before),
                fee_minor: 0,
                fees: Vec::new(),
                keeps_deposit: false,
                refused: false,
            };
            for (policy, tier) in policies.iter().filter_map(|policy| Some((policy, in_force(policy, hours_before)?))) {
                add(&mut deadline.fees, &[tier.fee]);
                deadline.keeps_deposit |= tier.keeps_deposit;
                deadline.refused |= policy.late == LateCancellation::Refused;
            }
            deadline
        };
        let reschedule_hours = policies.iter().filter_map(|policy| policy.reschedule_hours).max();
        let mut no_show_fees = Vec::new();
        for policy in policies {
            add(&mut no_show_fees, &[policy.no_show_fee]);
        }
        let terms = Self {
            deadlines: hours.into_iter().map(deadline).collect(),
            no_show_fee_minor: 0,
            no_show_fees,
            no_show_keeps_deposit: policies.iter().any(|policy| policy.no_show_keeps_deposit),
            reschedule_hours,
            reschedule_until: reschedule_hours.map(|hours| before(starts_at, hours)),
            max_reschedules: policies.iter().filter_map(|policy| policy.max_reschedules).min(),
        };
        terms.priced(total_minor)
    }

    /// The same terms for a visit of another price. A fee that was agreed as a sum alone is never more than the price.
    #[must_use]
    pub fn priced(&self, total_minor: i64) -> Self {
        let fee = |fees: &[Portion], agreed: i64| {
            fees.iter().map(|fee| fee.of(total_minor)).max().unwrap_or(agreed.min(total_minor))
        };
        let priced =
            |deadline: &Deadline| Deadline { fee_minor: fee(&deadline.fees, deadline.fee_minor), ..deadline.clone() };
        Self {
            deadlines: self.deadlines.iter().map(priced).collect(),
            no_show_fee_minor: fee(&self.no_show_fees, self.no_show_fee_minor),
            ..self.clone()
        }
    }

    /// The strictest of both, for a visit that more is added to.
    #[must_use]
    pub fn joined(&self, other: &Self) -> Self {
        let mut hours: Vec<u16> =
            self.deadlines.iter().chain(&other.deadlines).map(|deadline| deadline.hours_before).collect();
        hours.sort_unstable_by(|one, other| other.cmp(one));
        hours.dedup();
        let strictest = |hours: u16| {
            let of = |terms: &'_ Self| {
                let known = terms.deadlines.iter().filter(|deadline| deadline.hours_before >= hours);
                known.min_by_key(|deadline| deadline.hours_before).cloned()
            };
            let exactly = |deadline: &Deadline| deadline.hours_before == hours;
            match (of(self), of(other)) {
                (Some(one), Some(two)) => {
                    let mut fees = one.fees.clone();
                    add(&mut fees, &two.fees);
                    Some(Deadline {
                        hours_before: hours,
                        at: [&one, &two].into_iter().filter(|it| exactly(it)).map(|it| it.at).min().unwrap_or(one.at),
                        fee_minor: one.fee_minor.max(two.fee_minor),
                        fees,
                        keeps_deposit: one.keeps_deposit || two.keeps_deposit,
                        refused: one.refused || two.refused,
                    })
                }
                (one, two) => one.or(two),
            }
        };
        let mut no_show_fees = self.no_show_fees.clone();
        add(&mut no_show_fees, &other.no_show_fees);
        Self {
            deadlines: hours.into_iter().filter_map(strictest).collect(),
            no_show_fee_minor: self.no_show_fee_minor.max(other.no_show_fee_minor),
            no_show_fees,
            no_show_keeps_deposit: self.no_show_keeps_deposit || other.no_show_keeps_deposit,
            reschedule_hours: self.reschedule_hours.max(other.reschedule_hours),
            reschedule_until: [self.reschedule_until, other.reschedule_until].into_iter().flatten().min(),
            max_reschedules: [self.max_reschedules, other.max_reschedules].into_iter().flatten().min(),
        }
    }

    /// What calling off at this instant means.
    pub fn cancelling(&self, at: DateTime<Utc>) -> Cost {
        let mut passed = self.deadlines.iter().filter(|deadline| at > deadline.at);
        passed.next_back().map_or_else(Cost::default, |deadline| Cost {
            fee_minor: deadline.fee_minor,
            keeps_deposit: deadline.keeps_deposit,
            refused: deadline.refused,
        })
    }

    /// What staying away means.
    pub const fn staying_away(&self) -> Cost {
        Cost { fee_minor: self.no_show_fee_minor, keeps_deposit: self.no_show_keeps_deposit, refused: false }
    }

    /// The last instant at which nothing has changed yet; none: nothing ever does.
    pub fn free_until(&self) -> Option<DateTime<Utc>> {
        self.deadlines.iter().map(|deadline| deadline.at).min()
    }

    /// Whether a deadline has passed.
    pub fn is_late(&self, at: DateTime<Utc>) -> bool {
        self.free_until().is_some_and(|until| at > until)
    }

    /// Whether the client, who has moved it so often, may move it again at this instant.
    pub fn moving(&self, at: DateTime<Utc>, moves: u16) -> Result<(), MoveRefusal> {
        if self.reschedule_until.is_some_and(|until| at > until) {
            Err(MoveRefusal::TooLate)
        } else if self.max_reschedules.is_some_and(|most| moves >= most) {
            Err(MoveRefusal::TooOften)
        } else {
            Ok(())
        }
    }

    /// The same terms for another start. Where `earlier` deadlines are kept, a move wins no time: otherwise who is late
    /// would move the visit away and call it off for nothing.
    #[must_use]
    pub fn moved(&self, starts_at: DateTime<Utc>, keep_earlier: bool) -> Self {
        let shift = |hours: u16, old: DateTime<Utc>| {
            let new = before(starts_at, hours);
            if keep_earlier { new.min(old) } else { new }
        };
        Self {
            deadlines: self
                .deadlines
                .iter()
                .map(|deadline| Deadline { at: shift(deadline.hours_before, deadline.at), ..deadline.clone() })
                .collect(),
            reschedule_until: self.reschedule_hours.zip(self.reschedule_until).map(|(hours, old)| shift(hours, old)),
            ..self.clone()
        }
    }
}

/// Adds parts of the price, each once; a part that is nothing is none.
fn add(fees: &mut Vec<Portion>, more: &[Portion]) {
    for fee in more.iter().filter(|fee| !fee.is_none()) {
        if !fees.contains(fee) {
            fees.push(*fee);
        }
    }
}

/// The tier of a policy that applies when less than so many hours are left.
fn in_force(policy: &CancellationPolicy, hours: u16) -> Option<&CancellationTier> {
    policy.tiers.iter().filter(|tier| tier.hours_before >= hours).min_by_key(|tier| tier.hours_before)
}

fn before(starts_at: DateTime<Utc>, hours: u16) -> DateTime<Utc> {
    starts_at - Duration::hours(hours.into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;
    use catalog::{CancellationPolicyId, Localized, Portion};
    use proptest::prelude::*;

    fn policy(tiers: &[(u16, Portion)], late: LateCancellation) -> CancellationPolicy {
        let tier = |(hours_before, fee): &(u16, Portion)| CancellationTier {
            hours_before: *hours_before,
            fee: *fee,
            keeps_deposit: false,
        };
        CancellationPolicy {
            id: CancellationPolicyId::new(),
            name: Localized { uk: Some("Звичайна".into()), en: None },
            tiers: tiers.iter().map(tier).collect(),
            late,
            reschedule_hours: None,
            max_reschedules: None,
            no_show_fee: Portion::Full,
            no_show_keeps_deposit: false,
            archived: false,
            version: 1,
        }
    }

    fn start() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    fn left(hours: i64, seconds: i64) -> DateTime<Utc> {
        start() - Duration::hours(hours) + Duration::seconds(seconds)
    }

    #[test]
    fn the_closest_deadline_that_has_passed_decides_and_its_instant_is_in_time() {
        let usual = policy(&[(24, Portion::Percent(5_000)), (2, Portion::Full)], LateCancellation::Charged);
        let terms = Terms::agreed(&[&usual], 60_001, start());
        assert_eq!(terms.cancelling(left(24, 0)), Cost::default());
        assert_eq!(terms.cancelling(left(24, 1)).fee_minor, 30_001);
        assert_eq!(terms.cancelling(left(2, 0)).fee_minor, 30_001);
        assert_eq!(terms.cancelling(left(2, 1)).fee_minor, 60_001);
        assert_eq!(terms.cancelling(left(-5, 0)).fee_minor, 60_001);
        assert!(!terms.is_late(left(24, 0)) && terms.is_late(left(24, 1)));
    }

    #[test]
    fn of_several_policies_the_strictest_of_each_holds() {
        let long = CancellationPolicy {
            reschedule_hours: Some(6),
            max_reschedules: Some(3),
            ..policy(&[(48, Portion::Fixed(1_000))], LateCancellation::Charged)
        };
        let strict = CancellationPolicy {
            reschedule_hours: Some(12),
            max_reschedules: Some(1),
            ..policy(&[(3, Portion::Percent(2_000))], LateCancellation::Refused)
        };
        let terms = Terms::agreed(&[&long, &strict], 10_000, start());
        assert_eq!(terms.cancelling(left(48, 0)), Cost::default());
        assert_eq!(terms.cancelling(left(10, 0)), Cost { fee_minor: 1_000, keeps_deposit: false, refused: false });
        assert_eq!(terms.cancelling(left(1, 0)), Cost { fee_minor: 2_000, keeps_deposit: false, refused: true });
        assert_eq!(terms.moving(left(12, 0), 0), Ok(()));
        assert_eq!(terms.moving(left(12, 1), 0), Err(MoveRefusal::TooLate));
        assert_eq!(terms.moving(left(20, 0), 1), Err(MoveRefusal::TooOften));
    }

    #[test]
    fn without_a_policy_everything_is_free() {
        let terms = Terms::agreed(&[], 10_000, start());
        assert_eq!(terms, Terms::default());
        assert_eq!(terms.cancelling(start()), Cost::default());
        assert_eq!(terms.moving(start(), 99), Ok(()));
    }

    proptest! {
        #[test]
        fn a_move_in_the_late_window_wins_no_time(hours in 1_u16..200, seconds in 1_i64..1_000, by in -300_i64..300) {
            let terms = Terms::agreed(&[&policy(&[(hours, Portion::Full)], LateCancellation::Charged)], 10_000, start());
            let late = left(hours.into(), seconds);
            let moved = terms.moved(start() + Duration::hours(by), true);
            prop_assert!(moved.is_late(late));
            prop_assert_eq!(moved.cancelling(late), terms.cancelling(late));
            let fresh = terms.moved(start() + Duration::hours(by), false);
            prop_assert_eq!(fresh.free_until(), Some(left(hours.into(), 0) + Duration::hours(by)));
        }

        /// What is added later is as if it had been there from the start, for the price that they have together.
        #[test]
        fn joined_terms_are_those_of_all_at_once(
            one in 1_u16..100, two in 1_u16..100, part in 0_u16..10_000, fixed in 0_i64..30_000, prices in (0_i64..20_000, 0_i64..20_000),
        ) {
            let policies = [
                policy(&[(one, Portion::Percent(part))], LateCancellation::Charged),
                CancellationPolicy {
                    reschedule_hours: Some(two), max_reschedules: Some(1), no_show_fee: Portion::Fixed(fixed),
                    ..policy(&[(two, Portion::Fixed(fixed))], LateCancellation::Refused)
                },
            ];
            let both = prices.0 + prices.1;
            let [first, second] = policies.each_ref().map(|policy| Terms::agreed(&[policy], prices.0, start()));
            let joined = first.joined(&second).priced(both);
            let at_once = Terms::agreed(&policies.iter().collect::<Vec<_>>(), both, start());
            for hours in [0, one, two, 100] {
                for seconds in [0, 1] {
                    let at = left(hours.into(), seconds);
                    prop_assert_eq!(joined.cancelling(at), at_once.cancelling(at));
                    prop_assert_eq!(joined.moving(at, 0), at_once.moving(at, 0));
                }
            }
            prop_assert_eq!(joined.staying_away(), at_once.staying_away());
            prop_assert_eq!(joined.free_until(), at_once.free_until());
            // A smaller visit costs no more, and what was agreed as a sum alone is capped by the price.
            let mut old = joined.clone();
            old.deadlines.iter_mut().for_each(|deadline| deadline.fees.clear());
            old.no_show_fees.clear();
            for terms in [&joined, &old] {
                let less = terms.priced(prices.0);
                prop_assert!(less.cancelling(start()).fee_minor <= prices.0.min(joined.cancelling(start()).fee_minor));
                prop_assert!(less.staying_away().fee_minor <= prices.0);
            }
        }

        #[test]
        fn strictest_is_never_milder_than_any(one in 1_u16..100, two in 1_u16..100, fees in (0_i64..20_000, 0_i64..20_000), at in 0_i64..120) {
            let policies = [
                policy(&[(one, Portion::Fixed(fees.0))], LateCancellation::Charged),
                policy(&[(two, Portion::Fixed(fees.1))], LateCancellation::Refused),
            ];
            let both = Terms::agreed(&policies.iter().collect::<Vec<_>>(), 10_000, start()).cancelling(left(at, 0));
            for policy in &policies {
                let alone = Terms::agreed(&[policy], 10_000, start()).cancelling(left(at, 0));
                prop_assert!(both.fee_minor >= alone.fee_minor && (both.refused || !alone.refused));
            }
        }
    }
}
