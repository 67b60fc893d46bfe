//! What stands in addresses. A feed's token names the company and the feed, so that its row is found inside the company like
//! any other, and proves itself by 24 random bytes of which the hash is stored. A visit's token proves itself by a code of
//! the installation: nothing is stored, and nothing but that visit's entry can be had with it.

use super::FeedId;
use crate::booking::BookingId;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::CompanyId;
use sha2::{Digest as _, Sha256};
use std::fmt;
use tenancy::Secrets;
use uuid::Uuid;

const FEED: &str = "zcf_";
const BOOKING: &str = "zcb_";
const PURPOSE: &str = "calendar-entry";
/// The longest text that is looked at.
const MAX_LENGTH: usize = 128;

/// The token of a feed.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct FeedToken {
    pub(crate) company: CompanyId,
    pub(crate) feed: FeedId,
    text: String,
}

impl FeedToken {
    /// A fresh one.
    pub(crate) fn fresh(company: CompanyId, feed: FeedId) -> Self {
        let mut secret = [0; 24];
        rand::fill(&mut secret[..]);
        let bytes = [&company.uuid().as_bytes()[..], feed.uuid().as_bytes(), &secret].concat();
        Self { company, feed, text: format!("{FEED}{}", URL_SAFE_NO_PAD.encode(bytes)) }
    }

    /// What somebody sent; `None` for what can't be one.
    pub(crate) fn read(raw: &str) -> Option<Self> {
        let (company, feed, secret) = parts(raw, FEED)?;
        let known = secret.len() == 24;
        known.then(|| Self {
            company: CompanyId::from_uuid(company),
            feed: FeedId::from_uuid(feed),
            text: raw.to_owned(),
        })
    }

    /// What is stored of it.
    pub(crate) fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.text.as_bytes()).to_vec()
    }

    /// The path of the feed; for its owner, and for no log.
    pub(crate) fn path(&self) -> String {
        format!("/ics/{}.ics", self.text)
    }
}

impl fmt::Debug for FeedToken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("FeedToken(..)")
    }
}

/// The token of a visit's entry.
pub(crate) struct BookingToken {
    pub(crate) company: CompanyId,
    pub(crate) booking: BookingId,
}

impl BookingToken {
    /// The path of the entry; for whoever may see the visit.
    pub(crate) fn path(&self, secrets: &Secrets) -> String {
        let (company, booking) = (self.company.uuid(), self.booking.uuid());
        let code = secrets.code(PURPOSE, &[company.as_bytes(), booking.as_bytes()]);
        let bytes = [&company.as_bytes()[..], booking.as_bytes(), &code].concat();
        format!("/ics/{BOOKING}{}.ics", URL_SAFE_NO_PAD.encode(bytes))
    }

    /// What somebody sent, if it was made here.
    pub(crate) fn read(secrets: &Secrets, raw: &str) -> Option<Self> {
        let (company, booking, code) = parts(raw, BOOKING)?;
        let genuine = secrets.verifies(PURPOSE, &[company.as_bytes(), booking.as_bytes()], &code);
        genuine.then(|| Self { company: CompanyId::from_uuid(company), booking: BookingId::from_uuid(booking) })
    }
}

fn parts(raw: &str, prefix: &str) -> Option<(Uuid, Uuid, Vec<u8>)> {
    let bytes = URL_SAFE_NO_PAD.decode(raw.strip_prefix(prefix).filter(|_| raw.len() <= MAX_LENGTH)?).ok()?;
    let (company, rest) = bytes.split_at_checked(16)?;
    let (thing, proof) = rest.split_at_checked(16)?;
    Some((Uuid::from_slice(company).ok()?, Uuid::from_slice(thing).ok()?, proof.to_vec()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn name(path: &str) -> &str {
        path.strip_prefix("/ics/").unwrap().strip_suffix(".ics").unwrap()
    }

    #[test]
    fn a_feeds_token_says_where_to_look_and_is_in_no_log() {
        let (company, feed) = (CompanyId::new(), FeedId::new());
        let token = FeedToken::fresh(company, feed);
        let read = FeedToken::read(name(&token.path())).unwrap();
        assert_eq!((read.company, read.feed, read.hash()), (company, feed, token.hash()));
        assert_ne!(FeedToken::fresh(company, feed).hash(), token.hash());
        assert_eq!(format!("{token:?}"), "FeedToken(..)");
        for wrong in ["", "zcf_", "zcf_AAAA", &"z".repeat(500), &name(&token.path()).replace("zcf_", "zcb_")] {
            assert!(FeedToken::read(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_visits_token_is_good_for_that_visit_alone() {
        let secrets = Secrets::new([Secrets::generate()]).unwrap();
        let token = BookingToken { company: CompanyId::new(), booking: BookingId::new() };
        let text = name(&token.path(&secrets)).to_owned();
        let read = BookingToken::read(&secrets, &text).unwrap();
        assert_eq!((read.company, read.booking), (token.company, token.booking));
        let mut bytes = URL_SAFE_NO_PAD.decode(&text[4..]).unwrap();
        for at in [0, 20, 40] {
            bytes[at] ^= 1;
            assert!(BookingToken::read(&secrets, &format!("zcb_{}", URL_SAFE_NO_PAD.encode(&bytes))).is_none());
            bytes[at] ^= 1;
        }
        let elsewhere = Secrets::new([Secrets::generate()]).unwrap();
        assert!(BookingToken::read(&elsewhere, &text).is_none());
    }
}
