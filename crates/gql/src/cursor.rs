//! Opaque cursors. A cursor is a position in one order of one company's list, authenticated with a key of the
//! installation: it opens nowhere else, and nobody can make one. Base64url of `tag (16 bytes) || JSON`.

use std::fmt;
use std::sync::Arc;

use async_graphql::Context;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use kernel::{CompanyId, Cursor, CursorKey, Error, Result};
use sha2::Sha256;
use uuid::Uuid;

use crate::request::handle;

const TAG: usize = 16;

/// Longer than any cursor of ours: a sort key of a bounded name, in JSON, in base64.
const LONGEST: usize = 4_096;

/// Seals and opens cursors. All processes of an installation need the same keys: the first seals, every one opens.
#[derive(Clone)]
pub struct Cursors {
    keys: Arc<dyn Fn() -> Vec<[u8; 32]> + Send + Sync>,
}

impl fmt::Debug for Cursors {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Cursors").finish_non_exhaustive()
    }
}

impl Cursors {
    /// Cursors under one secret of the installation.
    pub fn new(secret: &[u8; 32]) -> Self {
        let secret = *secret;
        Self::of_keys(move || vec![secret])
    }

    /// Cursors under secrets that change while the server runs: `keys` gives those of this moment, newest first.
    pub fn of_keys(keys: impl Fn() -> Vec<[u8; 32]> + Send + Sync + 'static) -> Self {
        Self { keys: Arc::new(keys) }
    }

    pub(crate) fn of<'a>(ctx: &Context<'a>) -> Result<&'a Self> {
        handle(ctx.schema_env)
    }

    pub(crate) fn seal(&self, company: Option<CompanyId>, order: &str) -> Seal {
        let company = company.map_or(Uuid::nil(), CompanyId::uuid);
        let keyed = |secret: &[u8; 32]| {
            // A key as long as the hash, so that the fallible constructor for any length is not needed.
            let mut key = hmac::digest::Key::<Hmac<Sha256>>::default();
            key[..secret.len()].copy_from_slice(secret);
            let mut key = Hmac::<Sha256>::new(&key);
            key.update(company.as_bytes());
            // The length keeps order and position apart.
            key.update(&(order.len() as u64).to_be_bytes());
            key.update(order.as_bytes());
            key
        };
        Seal { keys: (self.keys)().iter().map(keyed).collect() }
    }
}

/// The seal of one order of one company's list.
pub(crate) struct Seal {
    keys: Vec<Hmac<Sha256>>,
}

impl Seal {
    pub(crate) fn close(&self, cursor: &Cursor) -> String {
        // A cursor is strings and numbers: it always has a JSON form.
        let position = serde_json::to_vec(&(&cursor.key, cursor.id)).unwrap_or_default();
        let tag = self.keys[0].clone().chain_update(&position).finalize().into_bytes();
        let mut bytes = tag[..TAG].to_vec();
        bytes.extend_from_slice(&position);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    pub(crate) fn open(&self, argument: &'static str, text: &str) -> Result<Cursor> {
        self.try_open(text).ok_or_else(|| Error::invalid_argument(argument))
    }

    fn try_open(&self, text: &str) -> Option<Cursor> {
        let bytes = URL_SAFE_NO_PAD.decode(Some(text).filter(|text| text.len() <= LONGEST)?).ok()?;
        let (tag, position) = bytes.split_at_checked(TAG)?;
        let genuine = |key: &Hmac<Sha256>| key.clone().chain_update(position).verify_truncated_left(tag).is_ok();
        self.keys.iter().any(genuine).then_some(())?;
        let (key, id) = serde_json::from_slice::<(CursorKey, Uuid)>(position).ok()?;
        Some(Cursor { key, id })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use kernel::Kind;

    fn cursor() -> Cursor {
        Cursor { key: CursorKey::Text("Оля".into()), id: Uuid::from_u128(7) }
    }

    #[test]
    fn a_cursor_opens_only_where_it_was_made() {
        let (cursors, company) = (Cursors::new(&[1; 32]), CompanyId::new());
        let text = cursors.seal(Some(company), "clients.name").close(&cursor());
        assert_eq!(cursors.seal(Some(company), "clients.name").open("after", &text).unwrap(), cursor());
        for elsewhere in [
            cursors.seal(Some(CompanyId::new()), "clients.name"),
            cursors.seal(None, "clients.name"),
            cursors.seal(Some(company), "clients.createdAt"),
            Cursors::new(&[2; 32]).seal(Some(company), "clients.name"),
        ] {
            assert_eq!(elsewhere.open("after", &text).unwrap_err().kind, Kind::InvalidArgument);
        }
    }

    #[test]
    fn a_cursor_of_an_older_key_opens_while_the_key_is_kept() {
        let text = Cursors::new(&[1; 32]).seal(None, "x").close(&cursor());
        let rotated = Cursors::of_keys(|| vec![[2; 32], [1; 32]]).seal(None, "x");
        assert_eq!(rotated.open("after", &text).unwrap(), cursor());
        assert_ne!(rotated.close(&cursor()), text);
        assert!(Cursors::new(&[2; 32]).seal(None, "x").open("after", &text).is_err());
    }

    #[test]
    fn garbage_is_refused_with_the_name_of_the_argument() {
        let seal = Cursors::new(&[1; 32]).seal(None, "x");
        let good = seal.close(&cursor());
        let changed = format!("{}A", &good[..good.len() - 1]);
        for text in ["", "a", "????", "AAAAAAAAAAAAAAAAAAAAAA", changed.as_str(), &"A".repeat(5_000)] {
            let error = seal.open("before", text).unwrap_err();
            assert_eq!(error.kind, Kind::InvalidArgument, "{text}");
            assert_eq!(error.issues[0].field.as_deref(), Some("before"));
        }
    }
}
