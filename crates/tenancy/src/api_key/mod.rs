//! An API key of a company: publishable (stands in web pages, bound to their origins, may what strangers may) or secret
//! (for the company's own programs, with chosen permissions). Shown once; only its digest is stored.
//! An origin list keeps honest websites apart; it authenticates nobody, since programs can send any origin.

pub(crate) mod entity;
mod graphql;
pub(crate) mod repo;
pub(crate) mod service;
mod text;

use access::{KeyKind, PermissionSet};
use chrono::{DateTime, Utc};
use kernel::{CompanyId, UserId};

pub use graphql::{ApiKeyMutation, ApiKeyObject, ApiKeyQuery};
pub use service::{ApiKeyChange, NewApiKey};
pub use text::origin;
pub(crate) use text::{KEY_PREFIX, fresh};

kernel::id! {
    /// An API key of a company; not the key itself.
    pub struct ApiKeyId("key");
}

/// An API key as administrators see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// The company.
    pub company_id: CompanyId,
    /// Whether strangers may know it.
    pub kind: KeyKind,
    /// What people call it.
    pub name: String,
    /// Its last four characters.
    pub hint: String,
    /// What a secret key may do; empty for a publishable one, whose permissions are fixed.
    pub permissions: PermissionSet,
    /// Where a publishable key may be used from, as browsers spell origins.
    pub origins: Vec<String>,
    /// Who made it.
    pub created_by: Option<UserId>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last used, to within a few minutes.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// A key that was just made.
#[derive(Clone)]
pub struct IssuedApiKey {
    /// The key's record.
    pub key: ApiKey,
    /// The key itself, for the only time. None when a repeated request is answered: then it was shown before.
    pub secret: Option<String>,
}
