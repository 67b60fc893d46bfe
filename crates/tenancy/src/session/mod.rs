//! A session: one log-in of one person on one device. It holds the selected company and lives until it is revoked or not
//! refreshed for 30 days. Each refresh makes a new pair of tokens; an older refresh token that comes back means that it was
//! stolen, and ends the session, with one exception: the last one may be repeated once while the new pair is unused,
//! because its answer may have been lost.

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
    /// It is the one before, and the pair that it was exchanged for was never seen: give that pair again.
    Repeat,
    /// It was exchanged long ago: somebody has a copy. End the session.
    Replay,
}

/// Decides about a genuine refresh token of generation `presented`.
pub(crate) fn judge(presented: i32, newest: i32, pair_used: bool, pair_repeated: bool) -> Refresh {
    if presented == newest {
        Refresh::Rotate
    } else if presented == newest - 1 && !pair_used && !pair_repeated {
        Refresh::Repeat
    } else {
        Refresh::Replay
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_token_rotates_and_the_one_before_may_be_repeated_once() {
        assert_eq!(judge(4, 4, true, false), Refresh::Rotate);
        assert_eq!(judge(4, 4, false, true), Refresh::Rotate);
        assert_eq!(judge(3, 4, false, false), Refresh::Repeat);
        assert_eq!(judge(3, 4, false, true), Refresh::Replay);
        assert_eq!(judge(3, 4, true, false), Refresh::Replay);
        assert_eq!(judge(2, 4, false, false), Refresh::Replay);
    }
}
