//! Links that are sent by e-mail: a token names a row and proves itself by a code over the row's nonce.
//! Only the nonce is stored. Whoever sends the mail asks for the text at that moment, so it stands in no event, job or log.
//! A link dies when its nonce is replaced or cleared.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use kernel::{Email, Locale};
use uuid::Uuid;

use crate::secrets::{Secrets, random_bytes};

/// What a link is for. One purpose's token is worthless for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Proving an e-mail address.
    Verification,
    /// Setting a new password.
    Reset,
    /// Joining a company.
    Invitation,
}

impl Purpose {
    const fn key(self) -> &'static str {
        match self {
            Self::Verification => "verification-link",
            Self::Reset => "reset-link",
            Self::Invitation => "invitation-link",
        }
    }

    const fn prefix(self) -> &'static str {
        match self {
            Self::Verification => "zvt_",
            Self::Reset => "zrs_",
            Self::Invitation => "zin_",
        }
    }

    /// Where the front end takes the token from.
    const fn path(self) -> &'static str {
        match self {
            Self::Verification => "verify-email",
            Self::Reset => "reset-password",
            Self::Invitation => "accept-invitation",
        }
    }
}

/// Everything the sender of a mail needs, read and derived at the moment of sending.
#[derive(Clone, PartialEq, Eq)]
pub struct Link {
    /// Whom to write to.
    pub email: Email,
    /// Their name, where it is known.
    pub name: Option<String>,
    /// The language to write in.
    pub locale: Locale,
    /// The address to open. The token stands in the fragment, which browsers send to no server.
    pub url: String,
    /// The token alone, for people who paste it.
    pub token: String,
    /// When it stops working.
    pub expires_at: DateTime<Utc>,
}

impl std::fmt::Debug for Link {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Link").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// A fresh nonce for a link.
pub(crate) fn nonce() -> Vec<u8> {
    random_bytes::<16>().to_vec()
}

/// The token of a row.
pub(crate) fn token(secrets: &Secrets, purpose: Purpose, id: Uuid, nonce: &[u8]) -> String {
    let code = secrets.code(purpose.key(), &[id.as_bytes(), nonce]);
    format!("{}{}", purpose.prefix(), URL_SAFE_NO_PAD.encode([&id.as_bytes()[..], &code[..]].concat()))
}

/// The address that carries a token.
pub(crate) fn url(public_url: &str, purpose: Purpose, token: &str) -> String {
    format!("{}/{}#token={token}", public_url.trim_end_matches('/'), purpose.path())
}

/// A token that somebody presented: the row it names, and the code still to be checked against the row's nonce.
pub(crate) struct Presented {
    pub(crate) id: Uuid,
    purpose: Purpose,
    code: Vec<u8>,
}

/// Takes a token apart; `None` when it is not one of this purpose.
pub(crate) fn read(purpose: Purpose, text: &str) -> Option<Presented> {
    let bytes = URL_SAFE_NO_PAD.decode(text.trim().strip_prefix(purpose.prefix())?).ok()?;
    let (id, code) = bytes.split_at_checked(16)?;
    Some(Presented { id: Uuid::from_slice(id).ok()?, purpose, code: code.to_vec() })
}

impl Presented {
    /// Whether the token was made for the row with this nonce.
    pub(crate) fn is_genuine(&self, secrets: &Secrets, nonce: Option<&[u8]>) -> bool {
        nonce.is_some_and(|nonce| secrets.verifies(self.purpose.key(), &[self.id.as_bytes(), nonce], &self.code))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn a_token_proves_its_row_and_purpose() {
        let secrets = Secrets::new(["a secret of the tests, long enough to be one"]).unwrap();
        let id = Uuid::now_v7();
        let text = token(&secrets, Purpose::Reset, id, b"nonce");
        let presented = read(Purpose::Reset, &text).unwrap();
        assert_eq!(presented.id, id);
        assert!(presented.is_genuine(&secrets, Some(b"nonce")));
        assert!(!presented.is_genuine(&secrets, Some(b"newer")));
        assert!(!presented.is_genuine(&secrets, None));
        assert!(read(Purpose::Invitation, &text).is_none());
        assert!(
            !read(Purpose::Invitation, &text.replace("zrs_", "zin_")).unwrap().is_genuine(&secrets, Some(b"nonce"))
        );
        assert!(read(Purpose::Reset, "zrs_AAAA").is_none());
    }

    #[test]
    fn the_token_stands_in_the_fragment() {
        assert_eq!(
            url("https://book.example/", Purpose::Invitation, "zin_x"),
            "https://book.example/accept-invitation#token=zin_x"
        );
    }
}
