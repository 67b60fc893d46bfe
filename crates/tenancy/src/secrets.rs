//! The server's root secrets and everything that is derived from them: signing keys, link codes, cursor keys, and keys that
//! seal what has to be stored and read again.
//! The first secret makes new values, every one of them verifies, so that a secret can be rotated without ending sessions,
//! also while the server runs. Nothing derived is ever stored: a row keeps the nonce, the text is computed again; others'
//! secrets that we need as they are (an address that whoever has it may read) stand in rows only sealed.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sha2::{Digest, Sha256};

/// Shortest root secret that is accepted, in bytes.
pub const MINIMUM_SECRET_BYTES: usize = 32;

/// A root secret is too short to derive keys from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSecret {
    /// No secret was given at all.
    #[error("at least one secret is needed")]
    Missing,
    /// A secret has fewer than [`MINIMUM_SECRET_BYTES`] bytes.
    #[error("each secret must have at least {MINIMUM_SECRET_BYTES} bytes")]
    TooShort,
}

/// Something could not be sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the secret could not be sealed")]
pub struct Unsealable;

/// Leads what is sealed: how it is.
const SEAL: u8 = 1;

/// The secrets at one moment, newest first.
pub(crate) type Roots = Arc<[Vec<u8>]>;

/// The root secrets of one installation, newest first. Every server and worker of it must hold the same ones. Clones share
/// them: what one replaces all see.
#[derive(Clone)]
pub struct Secrets(Arc<RwLock<Roots>>);

impl fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Secrets({} hidden)", self.roots().len())
    }
}

impl Secrets {
    /// Takes the configured secrets, newest first. Text is used as it stands: [`Secrets::generate`] makes a good one.
    pub fn new<T: AsRef<[u8]>>(secrets: impl IntoIterator<Item = T>) -> Result<Self, InvalidSecret> {
        Ok(Self(Arc::new(RwLock::new(checked(secrets)?))))
    }

    /// Takes others instead, for everything that is made and verified from now on; says whether they are others.
    pub fn replace<T: AsRef<[u8]>>(&self, secrets: impl IntoIterator<Item = T>) -> Result<bool, InvalidSecret> {
        let secrets = checked(secrets)?;
        let mut current = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let differ = *current != secrets;
        if differ {
            *current = secrets;
        }
        Ok(differ)
    }

    /// The secrets as they are now.
    pub(crate) fn roots(&self) -> Roots {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A fresh root secret as text: 32 random bytes, base64url. What the server writes to its file on first start.
    pub fn generate() -> String {
        URL_SAFE_NO_PAD.encode(random_bytes::<32>())
    }

    /// A key of the newest secret for one purpose (`"cursor"`, `"manage-link"`): one purpose's key says nothing of another's.
    pub fn key(&self, purpose: &'static str) -> [u8; 32] {
        derive(&self.roots()[0], purpose)
    }

    /// The keys of every secret for one purpose, newest first: the first makes, all verify.
    pub fn keys(&self, purpose: &'static str) -> Vec<[u8; 32]> {
        keys(&self.roots(), purpose)
    }

    /// A code over `parts` for one purpose, by the newest secret.
    pub fn code(&self, purpose: &'static str, parts: &[&[u8]]) -> [u8; 32] {
        authenticate(&self.key(purpose), parts).finalize().into_bytes().into()
    }

    /// The codes of every secret over `parts`, newest first: what an earlier request may have been answered with.
    pub fn codes(&self, purpose: &'static str, parts: &[&[u8]]) -> Vec<[u8; 32]> {
        self.keys(purpose).iter().map(|key| authenticate(key, parts).finalize().into_bytes().into()).collect()
    }

    /// Seals others' secret for one purpose, readable again in the same `context` alone (AES-256-GCM, RFC 5116): what is
    /// moved to another row cannot be opened there.
    pub fn seal(&self, purpose: &'static str, context: &[u8], secret: &[u8]) -> Result<Vec<u8>, Unsealable> {
        let nonce = random_bytes::<NONCE_LEN>();
        let mut text = secret.to_vec();
        let key = sealing_key(&self.key(purpose))?;
        let nonce_of = Nonce::assume_unique_for_key(nonce);
        key.seal_in_place_append_tag(nonce_of, Aad::from(context), &mut text).map_err(|_| Unsealable)?;
        Ok([&[SEAL], nonce.as_slice(), &text].concat())
    }

    /// What was sealed for this purpose and context under any of the secrets; none for anything else.
    pub fn unseal(&self, purpose: &'static str, context: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, text) = sealed.strip_prefix(&[SEAL])?.split_first_chunk::<NONCE_LEN>()?;
        self.keys(purpose).iter().find_map(|key| {
            let mut text = text.to_vec();
            let nonce = Nonce::assume_unique_for_key(*nonce);
            let opened = sealing_key(key).ok()?.open_in_place(nonce, Aad::from(context), &mut text).ok()?.len();
            text.truncate(opened);
            Some(text)
        })
    }

    /// Whether `code` was made over exactly these parts for this purpose by any of the secrets. Takes the same time for each wrong code.
    pub fn verifies(&self, purpose: &'static str, parts: &[&[u8]], code: &[u8]) -> bool {
        self.keys(purpose).iter().any(|key| authenticate(key, parts).verify_slice(code).is_ok())
    }
}

/// The keys of these secrets for one purpose.
pub(crate) fn keys(roots: &Roots, purpose: &'static str) -> Vec<[u8; 32]> {
    roots.iter().map(|secret| derive(secret, purpose)).collect()
}

fn checked<T: AsRef<[u8]>>(secrets: impl IntoIterator<Item = T>) -> Result<Roots, InvalidSecret> {
    let secrets: Vec<Vec<u8>> = secrets.into_iter().map(|secret| secret.as_ref().to_vec()).collect();
    if secrets.is_empty() {
        return Err(InvalidSecret::Missing);
    }
    if secrets.iter().any(|secret| secret.len() < MINIMUM_SECRET_BYTES) {
        return Err(InvalidSecret::TooShort);
    }
    Ok(secrets.into())
}

/// `N` bytes of the system's random source.
pub(crate) fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::fill(&mut bytes[..]);
    bytes
}

/// SHA-256 of a secret with full entropy (an API key, a refresh token): what is stored instead of it.
pub(crate) fn fingerprint(secret: &[u8]) -> Vec<u8> {
    Sha256::digest(secret).to_vec()
}

fn sealing_key(key: &[u8; 32]) -> Result<LessSafeKey, Unsealable> {
    UnboundKey::new(&AES_256_GCM, key).map(LessSafeKey::new).map_err(|_| Unsealable)
}

fn derive(secret: &[u8], purpose: &'static str) -> [u8; 32] {
    authenticate(secret, &[b"zapys/1", purpose.as_bytes()]).finalize().into_bytes().into()
}

/// Each part is led by its length: `["ab", "c"]` and `["a", "bc"]` are different messages.
#[allow(clippy::expect_used)] // HMAC takes a key of any length: the error cannot happen.
fn authenticate(key: &[u8], parts: &[&[u8]]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC accepts every key length");
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    const OLD: &str = "an older secret of more than 32 bytes";
    const NEW: &str = "the newer secret of more than 32 bytes";

    #[test]
    fn what_is_sealed_opens_for_its_purpose_and_place_and_survives_a_rotation() {
        let secrets = Secrets::new([OLD]).unwrap();
        let sealed = secrets.seal("address", b"row 1", b"https://calendar.example/secret").unwrap();
        assert!(!sealed.windows(6).any(|part| part == b"secret"));
        assert_ne!(sealed, secrets.seal("address", b"row 1", b"https://calendar.example/secret").unwrap());
        let rotated = Secrets::new([NEW, OLD]).unwrap();
        assert_eq!(
            rotated.unseal("address", b"row 1", &sealed).as_deref(),
            Some(&b"https://calendar.example/secret"[..])
        );
        assert_eq!(rotated.unseal("address", b"row 2", &sealed), None);
        assert_eq!(rotated.unseal("cursor", b"row 1", &sealed), None);
        assert_eq!(Secrets::new([NEW]).unwrap().unseal("address", b"row 1", &sealed), None);
        for at in 0..sealed.len() {
            let mut broken = sealed.clone();
            broken[at] ^= 1;
            assert_eq!(secrets.unseal("address", b"row 1", &broken), None, "byte {at}");
            assert_eq!(secrets.unseal("address", b"row 1", &sealed[..at]), None, "the first {at} bytes");
        }
    }

    #[test]
    fn a_code_holds_for_its_purpose_and_parts_only() {
        let secrets = Secrets::new([NEW]).unwrap();
        let code = secrets.code("invitation", &[b"id", b"nonce"]);
        assert!(secrets.verifies("invitation", &[b"id", b"nonce"], &code));
        assert!(!secrets.verifies("reset", &[b"id", b"nonce"], &code));
        assert!(!secrets.verifies("invitation", &[b"idn", b"once"], &code));
        assert!(!secrets.verifies("invitation", &[b"id", b"nonce"], &code[..31]));
    }

    #[test]
    fn a_rotated_secret_still_verifies_until_it_is_dropped() {
        let before = Secrets::new([OLD]).unwrap().code("reset", &[b"id"]);
        assert!(Secrets::new([NEW, OLD]).unwrap().verifies("reset", &[b"id"], &before));
        assert!(!Secrets::new([NEW]).unwrap().verifies("reset", &[b"id"], &before));
        assert_ne!(Secrets::new([NEW, OLD]).unwrap().code("reset", &[b"id"]), before);
    }

    #[test]
    fn what_is_replaced_is_replaced_for_every_clone() {
        let secrets = Secrets::new([OLD]).unwrap();
        let elsewhere = secrets.clone();
        let before = secrets.code("reset", &[b"id"]);
        assert!(secrets.replace([NEW, OLD]).unwrap());
        assert!(!secrets.replace([NEW, OLD]).unwrap());
        assert!(elsewhere.verifies("reset", &[b"id"], &before));
        assert_eq!(elsewhere.codes("reset", &[b"id"]), [secrets.code("reset", &[b"id"]), before]);
        assert_eq!(secrets.replace(["short"]), Err(InvalidSecret::TooShort));
        secrets.replace([NEW]).unwrap();
        assert!(!elsewhere.verifies("reset", &[b"id"], &before));
    }

    #[test]
    fn a_short_or_missing_secret_is_refused() {
        assert_eq!(Secrets::new(["too short"]).unwrap_err(), InvalidSecret::TooShort);
        assert_eq!(Secrets::new(Vec::<String>::new()).unwrap_err(), InvalidSecret::Missing);
        assert!(Secrets::new([Secrets::generate()]).is_ok());
    }

    #[test]
    fn debug_output_hides_the_secret() {
        assert_eq!(format!("{:?}", Secrets::new([NEW]).unwrap()), "Secrets(1 hidden)");
    }
}
