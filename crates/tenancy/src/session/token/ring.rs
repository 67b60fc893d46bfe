//! Signed tokens as text, after RFC 8725. Nothing in a token chooses how it is verified: its first part must be, byte for
//! byte, the header that one of our keys writes, so that there is no algorithm to swap, no foreign key to point to (`jku`,
//! `jwk`, `x5u`), no extension (`crit`) and no second spelling to consider. Each form of token has keys of its own, so that
//! one can't be taken for another whatever it claims.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

use super::InvalidToken;
use crate::secrets::{self, Roots, Secrets};

/// Longer than any token of ours.
const LONGEST: usize = 2_048;
/// RFC 8410: the fixed beginning of a PKCS#8 document that holds a 32-byte Ed25519 seed.
const PKCS8_ED25519: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// A form of token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Form {
    /// What its keys are derived for.
    pub(super) purpose: &'static str,
    /// `typ` of its header.
    pub(super) kind: &'static str,
}

/// The keys of one form of token, whose claims are `C`. They follow the secrets.
pub(super) struct Keyring<C> {
    form: Form,
    secrets: Secrets,
    /// Derived from the secrets as they were when somebody last looked.
    ring: RwLock<Arc<Ring<C>>>,
}

impl<C: Clone + Serialize + DeserializeOwned> Keyring<C> {
    /// Derives one Ed25519 key per root secret.
    pub(super) fn new(form: Form, secrets: Secrets) -> Result<Self, jsonwebtoken::errors::Error> {
        let ring = RwLock::new(Arc::new(Ring::of(form, secrets.roots())?));
        Ok(Self { form, secrets, ring })
    }

    /// The keys of the secrets as they are now.
    pub(super) fn current(&self) -> Arc<Ring<C>> {
        let roots = self.secrets.roots();
        let known = self.ring.read().unwrap_or_else(PoisonError::into_inner).clone();
        if known.is_of(&roots) {
            return known;
        }
        match Ring::of(self.form, roots) {
            Ok(ring) => {
                let ring = Arc::new(ring);
                *self.ring.write().unwrap_or_else(PoisonError::into_inner) = ring.clone();
                ring
            }
            Err(error) => {
                tracing::error!(%error, "no signing keys can be derived from the new secrets; the old ones stay");
                known
            }
        }
    }
}

/// The keys of the installation, the one that signs first.
pub(super) struct Ring<C> {
    roots: Roots,
    pub(super) keys: Vec<SigningKey>,
    /// What tokens claim whose signature is known to be good, by the digest of their text: a client shows one token for a
    /// quarter of an hour, and verifying it takes longer than asking whether its session lives.
    verified: Mutex<HashMap<[u8; 32], C>>,
}

/// So many tokens are remembered; then all are forgotten and verified anew, rather than keeping an order of their use.
const REMEMBERED: usize = 10_000;

pub(super) struct SigningKey {
    /// The first part of every token that it signs.
    pub(super) header: String,
    pub(super) kid: String,
    pub(super) sign: EncodingKey,
    verify: DecodingKey,
    public: Jwk,
}

impl<C: Clone + Serialize + DeserializeOwned> Ring<C> {
    /// One key for each secret.
    fn of(form: Form, roots: Roots) -> Result<Self, jsonwebtoken::errors::Error> {
        let seeds = secrets::keys(&roots, form.purpose);
        let keys = seeds.iter().map(|seed| SigningKey::of(form, seed)).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { roots, keys, verified: Mutex::default() })
    }

    /// Whether these are the secrets that it was derived from.
    fn is_of(&self, roots: &Roots) -> bool {
        Arc::ptr_eq(&self.roots, roots)
    }

    pub(super) fn jwks(&self) -> JwkSet {
        JwkSet { keys: self.keys.iter().map(|key| key.public.clone()).collect() }
    }

    /// The text of a token.
    pub(super) fn sign(&self, claims: &C) -> Result<String, jsonwebtoken::errors::Error> {
        self.keys[0].token(&serde_json::to_vec(claims)?)
    }

    /// The claims of a token that one of the keys signed. Nothing of them is checked yet.
    pub(super) fn read(&self, token: &str) -> Result<C, InvalidToken> {
        // Tokens of another form end here, before anything is computed.
        let header = token.split('.').next().unwrap_or_default();
        if token.len() > LONGEST || self.keys.iter().all(|key| key.header != header) {
            return Err(InvalidToken);
        }
        let digest: [u8; 32] = Sha256::digest(token).into();
        if let Some(claims) = self.remembered().get(&digest) {
            return Ok(claims.clone());
        }
        let claims = self.verify(token)?;
        let mut remembered = self.remembered();
        if remembered.len() >= REMEMBERED {
            remembered.clear();
        }
        remembered.insert(digest, claims.clone());
        Ok(claims)
    }

    fn remembered(&self) -> MutexGuard<'_, HashMap<[u8; 32], C>> {
        self.verified.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn verify(&self, token: &str) -> Result<C, InvalidToken> {
        let (message, signature) = token.rsplit_once('.').ok_or(InvalidToken)?;
        // With more parts than three this one has a dot, which is no letter of base64url.
        let (header, payload) = message.split_once('.').ok_or(InvalidToken)?;
        let key = self.keys.iter().find(|key| key.header == header).ok_or(InvalidToken)?;
        match jsonwebtoken::crypto::verify(signature, message.as_bytes(), &key.verify, Algorithm::EdDSA) {
            Ok(true) => {}
            Ok(false) | Err(_) => return Err(InvalidToken),
        }
        let payload = URL_SAFE_NO_PAD.decode(payload).map_err(|_| InvalidToken)?;
        serde_json::from_slice(&payload).map_err(|_| InvalidToken)
    }
}

impl SigningKey {
    fn of(form: Form, seed: &[u8; 32]) -> Result<Self, jsonwebtoken::errors::Error> {
        let document = [&PKCS8_ED25519[..], &seed[..]].concat();
        let sign = EncodingKey::from_ed_der(&document);
        let mut public = Jwk::from_encoding_key(&sign, Algorithm::EdDSA)?;
        let kid = public.thumbprint(ThumbprintHash::SHA256)?;
        public.common.key_id = Some(kid.clone());
        public.common.public_key_use = Some(PublicKeyUse::Signature);
        let verify = DecodingKey::from_jwk(&public)?;
        let header =
            Header { typ: Some(form.kind.to_owned()), kid: Some(kid.clone()), ..Header::new(Algorithm::EdDSA) };
        let header = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&header)?);
        Ok(Self { header, kid, sign, verify, public })
    }

    pub(super) fn token(&self, payload: &[u8]) -> Result<String, jsonwebtoken::errors::Error> {
        let message = format!("{}.{}", self.header, URL_SAFE_NO_PAD.encode(payload));
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &self.sign, Algorithm::EdDSA)?;
        Ok(format!("{message}.{signature}"))
    }
}

/// The `kid` of the tokens of this form that a root secret signs: its name where nobody may see the secret.
pub(super) fn key_id(form: Form, secret: &Secrets) -> Result<String, jsonwebtoken::errors::Error> {
    SigningKey::of(form, &secret.key(form.purpose)).map(|key| key.kid)
}
