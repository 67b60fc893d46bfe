//! A session: one log-in of one person on one device. It holds the selected company and lives until it is revoked or not
//! refreshed for 30 days. Each refresh makes a new pair of tokens; an older refresh token that comes back means that it was
//! stolen, and ends the session, with two exceptions, both for the last one alone: within seconds it may come from the same
//! network, because another tab of the same browser was faster; and it may be repeated once while the new pair is unused,
//! because its answer may have been lost. Both are given the newest pair, so that there is never a second branch.

mod cookie;
pub(crate) mod entity;
mod graphql;
pub(crate) mod repo;
mod service;
pub(crate) mod token;

use chrono::{DateTime, Utc};
use kernel::{CompanyId, UserId};

use crate::secrets::{InvalidSecret, Secrets};

pub use cookie::RefreshCookie;
pub use graphql::{SessionMutation, SessionQuery, TokensObject};

kernel::id! {
    /// A session of a person.
    pub struct SessionId("ses");
}

/// The `kid` of the access tokens that a root secret signs: what the secret is called where nobody may see it.
pub fn key_id(secret: &str) -> Result<String, InvalidSecret> {
    let secret = Secrets::new([secret])?;
    Ok(token::key_id(&secret).unwrap_or_else(|error| format!("(no key: {error})")))
}

/// A session as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Whose it is.
    pub user_id: UserId,
    /// The selected company.
    pub company_id: Option<CompanyId>,
    /// The network address of the last refresh.
    pub address: Option<String>,
    /// What the program of the last refresh called itself.
    pub user_agent: Option<String>,
    /// When the person logged in.
    pub created_at: DateTime<Utc>,
    /// When it was last used, to within a few minutes.
    pub last_seen_at: DateTime<Utc>,
    /// When it ends unless it is refreshed.
    pub expires_at: DateTime<Utc>,
}

/// A pair of tokens. Shown once; only what they are derived from is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Tokens {
    /// The session they belong to.
    pub session: SessionId,
    /// Whose session it is.
    pub user: UserId,
    /// The selected company.
    pub company: Option<CompanyId>,
    /// Sent with each request as `Authorization: Bearer …`.
    pub access_token: String,
    /// When the access token expires.
    pub access_expires_at: DateTime<Utc>,
    /// Exchanged, once, for the next pair.
    pub refresh_token: String,
    /// When the refresh token expires.
    pub refresh_expires_at: DateTime<Utc>,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Tokens").field("session", &self.session).finish_non_exhaustive()
    }
}

/// Why a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Its owner logged out in it.
    Logout,
    /// Its owner ended it from another one.
    User,
    /// The password was changed.
    Password,
    /// An old refresh token came back.
    Replay,
}

impl Ending {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Logout => "logout",
            Self::User => "user",
            Self::Password => "password",
            Self::Replay => "replay",
        }
    }
}

/// What to do with a genuine refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refresh {
    /// It is the newest: make the next pair.
    Rotate,
    /// It is the one before, and whoever sends it did nothing wrong: give the pair that it was exchanged for again.
    Repeat,
    /// It was exchanged long ago: somebody has a copy. End the session.
    Replay,
}

/// What is known of a session's newest pair when a refresh token comes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Newest {
    /// Its number.
    pub generation: i32,
    /// Whether it was used, so that its answer cannot have been lost.
    pub used: bool,
    /// Whether it was already given a second time.
    pub repeated: bool,
    /// Whether it was made a few seconds ago, for the network that asks now.
    pub fresh: bool,
}

/// Decides about a genuine refresh token of generation `presented`.
pub(crate) fn judge(presented: i32, newest: Newest) -> Refresh {
    if presented == newest.generation {
        Refresh::Rotate
    } else if presented == newest.generation - 1 && (newest.fresh || !newest.used && !newest.repeated) {
        Refresh::Repeat
    } else {
        Refresh::Replay
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_token_rotates_and_the_one_before_is_forgiven_when_it_may_be_nobodys_fault() {
        let judged =
            |presented, used, repeated, fresh| judge(presented, Newest { generation: 4, used, repeated, fresh });
        assert_eq!(judged(4, true, false, false), Refresh::Rotate);
        assert_eq!(judged(4, false, true, true), Refresh::Rotate);
        assert_eq!(judged(3, false, false, false), Refresh::Repeat, "the answer may have been lost");
        assert_eq!(judged(3, false, true, false), Refresh::Replay);
        assert_eq!(judged(3, true, false, false), Refresh::Replay);
        assert_eq!(judged(3, true, true, true), Refresh::Repeat, "another tab was faster");
        for fresh in [false, true] {
            assert_eq!(judged(2, false, false, fresh), Refresh::Replay);
            assert_eq!(judged(5, false, false, fresh), Refresh::Replay);
        }
    }
}
