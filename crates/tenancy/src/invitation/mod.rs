//! An invitation: somebody's address, and the place in the company that its owner may take within seven days.
//! The link works once and for that address only; sending again replaces it.

pub(crate) mod entity;
mod graphql;
pub(crate) mod repo;
mod service;

use chrono::{DateTime, Utc};
use kernel::{CompanyId, Email, Locale, UserId};

pub use graphql::{InvitationMutation, InvitationObject, InvitationQuery};
pub use service::{Acceptance, Accepted, InvitationPreview, NewInvitation};

use crate::location::LocationId;
use crate::role::RoleRef;

/// How long an invitation can be accepted, in days.
pub const VALID_DAYS: i64 = 7;

kernel::id! {
    /// An invitation to a company.
    pub struct InvitationId("inv");
}

/// An invitation to a company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// The company.
    pub company_id: CompanyId,
    /// Whom it is for.
    pub email: Email,
    /// What they will be able to do.
    pub role: RoleRef,
    /// The locations they will work at.
    pub location_ids: Vec<LocationId>,
    /// The language of its mail.
    pub locale: Locale,
    /// Who invited them.
    pub invited_by: Option<UserId>,
    /// When the link stops working.
    pub expires_at: DateTime<Utc>,
    /// When it was accepted.
    pub accepted_at: Option<DateTime<Utc>>,
    /// When it was withdrawn.
    pub revoked_at: Option<DateTime<Utc>>,
    /// When the address was first invited.
    pub created_at: DateTime<Utc>,
    /// When the link was last sent.
    pub sent_at: DateTime<Utc>,
}

impl Invitation {
    /// Whether it can be accepted at this instant.
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        self.accepted_at.is_none() && self.revoked_at.is_none() && now < self.expires_at
    }
}
