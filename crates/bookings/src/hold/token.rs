//! The secret that owns a hold, or a place in the waiting list: a code over its id under a key of the installation. Only
//! its SHA-256 is stored; a repeated request that lost its answer gets the same text computed again.

use super::HoldId;
use crate::waitlist::WaitlistEntryId;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::CompanyId;
use sha2::{Digest as _, Sha256};
use std::fmt;
use tenancy::Secrets;

/// The longest text that is looked at: anything longer is no token.
const MAX_LENGTH: usize = 128;

/// The token of a hold or of a place in the waiting list.
#[derive(Clone, PartialEq, Eq)]
pub struct HoldToken(String);

impl HoldToken {
    /// The token of a hold.
    pub(crate) fn of(secrets: &Secrets, company: CompanyId, hold: HoldId) -> Self {
        let code = secrets.code("hold", &[company.uuid().as_bytes(), hold.uuid().as_bytes()]);
        Self(URL_SAFE_NO_PAD.encode(code))
    }

    /// The tokens that a hold has under each secret, newest first: the one that it was given is among them.
    pub(crate) fn candidates(secrets: &Secrets, company: CompanyId, hold: HoldId) -> Vec<Self> {
        let codes = secrets.codes("hold", &[company.uuid().as_bytes(), hold.uuid().as_bytes()]);
        codes.into_iter().map(|code| Self(URL_SAFE_NO_PAD.encode(code))).collect()
    }

    /// The token of a place in the waiting list.
    pub(crate) fn of_waiting(secrets: &Secrets, company: CompanyId, entry: WaitlistEntryId) -> Self {
        let code = secrets.code("waitlist", &[company.uuid().as_bytes(), entry.uuid().as_bytes()]);
        Self(URL_SAFE_NO_PAD.encode(code))
    }

    /// The tokens that a place has under each secret, newest first: the one that it was given is among them.
    pub(crate) fn candidates_of_waiting(secrets: &Secrets, company: CompanyId, entry: WaitlistEntryId) -> Vec<Self> {
        let codes = secrets.codes("waitlist", &[company.uuid().as_bytes(), entry.uuid().as_bytes()]);
        codes.into_iter().map(|code| Self(URL_SAFE_NO_PAD.encode(code))).collect()
    }

    /// What somebody sent as a token; `None` for what can't be one.
    pub fn read(raw: &str) -> Option<Self> {
        let raw = raw.trim();
        (!raw.is_empty() && raw.len() <= MAX_LENGTH).then(|| Self(raw.to_owned()))
    }

    /// The text for its owner; for nobody else, and for no log.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is stored of it.
    pub fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.0.as_bytes()).to_vec()
    }
}

impl fmt::Debug for HoldToken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("HoldToken(..)")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;

    #[test]
    fn a_token_belongs_to_one_hold_and_is_never_shown_in_a_log() {
        let secrets = Secrets::new([Secrets::generate()]).unwrap();
        let (company, hold) = (CompanyId::new(), HoldId::new());
        let token = HoldToken::of(&secrets, company, hold);
        assert_eq!(HoldToken::read(token.reveal()).unwrap().hash(), token.hash());
        assert_eq!(HoldToken::of(&secrets, company, hold), token);
        assert_ne!(HoldToken::of(&secrets, company, HoldId::new()), token);
        assert_ne!(HoldToken::of(&secrets, CompanyId::new(), hold), token);
        assert_eq!(format!("{token:?}"), "HoldToken(..)");
    }

    #[test]
    fn a_token_is_found_again_after_a_rotation() {
        let old = Secrets::generate();
        let secrets = Secrets::new([&old]).unwrap();
        let (company, hold) = (CompanyId::new(), HoldId::new());
        let given = HoldToken::of(&secrets, company, hold);
        secrets.replace([&Secrets::generate(), &old]).unwrap();
        assert_ne!(HoldToken::of(&secrets, company, hold), given);
        assert_eq!(HoldToken::candidates(&secrets, company, hold)[1], given);
    }

    #[test]
    fn what_is_too_long_is_no_token() {
        assert!(HoldToken::read(&"x".repeat(1_000)).is_none());
        assert!(HoldToken::read("  ").is_none());
    }
}
