//! A cancellation policy: what calling a visit off costs, how late it may be moved, and what staying away costs.
//!
//! It belongs to the catalogue, beside the services that name it: bookings read it and copy what it means for a visit,
//! with the instants of its deadlines, so that an edit here changes nothing that is booked.

mod draft;
mod entity;
pub(crate) mod graphql;
mod repo;
mod service;

use crate::localized::Localized;
use crate::portion::Portion;
use async_graphql::Enum;
use kernel::Locale;
use serde::{Deserialize, Serialize};

pub use draft::{CancellationPolicyDraft, CancellationPolicyPatch, TierDraft};
pub(crate) use repo::load;

kernel::id! {
    /// A cancellation policy.
    pub struct CancellationPolicyId("cxp");
}

/// What calling off costs, by how late it is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancellationPolicy {
    /// Its id.
    pub id: CancellationPolicyId,
    /// Its name; never empty.
    pub name: Localized,
    /// From the earliest deadline to the latest; before the first of them calling off is free.
    pub tiers: Vec<CancellationTier>,
    /// What a client may do once the first deadline has passed.
    pub late: LateCancellation,
    /// How many elapsed hours before the start a client may still move the visit; `None`: until it starts.
    pub reschedule_hours: Option<u16>,
    /// How often a client may move the visit; `None`: as often as they like.
    pub max_reschedules: Option<u16>,
    /// What staying away costs.
    pub no_show_fee: Portion,
    /// Is the prepayment kept when the client stays away?
    pub no_show_keeps_deposit: bool,
    /// Is it withdrawn?
    pub archived: bool,
    /// Goes up with each edit.
    pub version: i32,
}

/// From this many hours before the start on, calling off costs this much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancellationTier {
    /// Elapsed hours before the start; exactly so many is still in time.
    pub hours_before: u16,
    /// The fee, of the whole visit's price.
    pub fee: Portion,
    /// Is the prepayment kept?
    pub keeps_deposit: bool,
}

/// What a client may do once the first deadline has passed. Staff always may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Enum)]
pub enum LateCancellation {
    /// Call off for the fee.
    Charged,
    /// Not call off at all.
    Refused,
}

/// Every cancellation policy of a company, archived ones too, and which of them services take that name none.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct CancellationPolicies {
    rows: Vec<CancellationPolicy>,
    default: Option<CancellationPolicyId>,
}

impl CancellationPolicies {
    /// Puts the policies into order of name.
    pub fn new(mut rows: Vec<CancellationPolicy>, default: Option<CancellationPolicyId>) -> Self {
        rows.sort_by_cached_key(|policy| (policy.name.sort_key(Locale::Uk), policy.id));
        Self { rows, default }
    }

    /// The policy with this id, archived or not.
    pub fn get(&self, id: CancellationPolicyId) -> Option<&CancellationPolicy> {
        self.rows.iter().find(|policy| policy.id == id)
    }

    /// The policy of services that name none.
    pub fn default_policy(&self) -> Option<&CancellationPolicy> {
        self.default.and_then(|id| self.get(id))
    }

    /// All policies in order of name, archived ones too.
    pub fn iter(&self) -> impl Iterator<Item = &CancellationPolicy> {
        self.rows.iter()
    }
}
