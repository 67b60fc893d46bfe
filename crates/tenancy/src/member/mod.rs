//! A member: a person's place in a company, with a role, and if wanted only some locations and an end.
//! A company always keeps an administrator: whoever changes or removes members takes the company's lock first, so that two
//! administrators cannot remove one another at once.

pub(crate) mod entity;
mod graphql;
pub(crate) mod repo;
pub(crate) mod service;

use chrono::{DateTime, Utc};
use kernel::{CompanyId, UserId};

pub use graphql::{MemberMutation, MemberObject, MemberQuery};
pub use service::MemberChange;

use crate::location::LocationId;
use crate::role::RoleRef;

kernel::id! {
    /// A person's place in a company.
    pub struct MemberId("mem");
}

/// A person's place in a company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its id.
    pub id: MemberId,
    /// The company.
    pub company_id: CompanyId,
    /// The person.
    pub user_id: UserId,
    /// What they may do.
    pub role: RoleRef,
    /// The locations they work at; what they may do is said by the role alone.
    pub location_ids: Vec<LocationId>,
    /// When their place ends by itself.
    pub ends_at: Option<DateTime<Utc>>,
    /// When they were removed.
    pub removed_at: Option<DateTime<Utc>>,
    /// When they joined.
    pub created_at: DateTime<Utc>,
    /// Counts edits; an edit names the one it saw.
    pub version: i32,
}

impl Member {
    /// Whether they are a member at this instant.
    pub fn is_active(&self, now: DateTime<Utc>) -> bool {
        self.removed_at.is_none() && self.ends_at.is_none_or(|end| now < end)
    }

    /// Whether they are an administrator whose place does not end by itself: what a company always keeps one of.
    pub fn is_lasting_administrator(&self) -> bool {
        self.removed_at.is_none() && self.ends_at.is_none() && self.role == RoleRef::ADMINISTRATOR
    }
}
