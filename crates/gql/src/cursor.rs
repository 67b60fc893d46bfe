//! Opaque cursors. A cursor is a position in one order of one company's list, authenticated with a key of the
//! installation: it opens nowhere else, and nobody can make one. Base64url of `tag (16 bytes) || JSON`.

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

/// Seals and opens cursors. All processes of an installation need the same key.
#[derive(Clone)]
pub struct Cursors {
    key: Hmac<Sha256>,
}

impl Cursors {
    /// Cursors under a secret of the installation.
    pub fn new(secret: &[u8; 32]) -> Self {
        // A key as long as the hash, so that the fallible constructor for any length is not needed.
        let mut key = hmac::digest::Key::<Hmac<Sha256>>::default();
        key[..secret.len()].copy_from_slice(secret);
        Self { key: Hmac::new(&key) }
    }

    pub(crate) fn of<'a>(ctx: &Context<'a>) -> Result<&'a Self> {
        handle(ctx.schema_env)
    }

    pub(crate) fn seal(&self, company: Option<CompanyId>, order: &str) -> Seal {
        let mut key = self.key.clone();
        key.update(company.map_or(Uuid::nil(), CompanyId::uuid).as_bytes());
        // The length keeps order and position apart.
        key.update(&(order.len() as u64).to_be_bytes());
        key.update(order.as_bytes());
        Seal { key }
    }
}

/// The seal of one order of one company's list.
pub(crate) struct Seal {
    key: Hmac<Sha256>,
}

impl Seal {
    pub(crate) fn close(&self, cursor: &Cursor) -> String {
        // A cursor is strings and numbers: it always has a JSON form.
        let position = serde_json::to_vec(&(&cursor.key, cursor.id)).unwrap_or_default();
        let mut bytes = self.key.clone().chain_update(&position).finalize().into_bytes()[..TAG].to_vec();
        bytes.extend_from_slice(&position);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    pub(crate) fn open(&self, argument: &'static str, text: &str) -> Result<Cursor> {
        self.try_open(text).ok_or_else(|| Error::invalid_argument(argument))
    }

    fn try_open(&self, text: &str) -> Option<Cursor> {
        let bytes = URL_SAFE_NO_PAD.decode(Some(text).filter(|text| text.len() <= LONGEST)?).ok()?;
        let (tag, position) = bytes.split_at_checked(TAG)?;
        self.key.clone().chain_update(position).verify_truncated_left(tag).ok()?;
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
