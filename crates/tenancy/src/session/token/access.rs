//! Access tokens: signed and read after RFC 8725, with claims of RFC 9068. Nothing in a token chooses how it is verified:
//! its first part must be, byte for byte, the header that one of our keys writes, so that there is no algorithm to swap,
//! no foreign key to point to (`jku`, `jwk`, `x5u`), no extension (`crit`) and no second spelling to consider.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};
use kernel::{CompanyId, UserId};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::InvalidToken;
use crate::secrets::{self, Roots, Secrets};
use crate::session::SessionId;

/// How long an access token is valid.
const ACCESS_MINUTES: i64 = 15;
/// How far the clocks of two processes may be apart: each time in a token holds so many seconds longer. A token is refused
/// 16 minutes after it was made at the latest; that its session lives is asked of the records each time anyway.
const LEEWAY_SECONDS: i64 = 60;
/// Longer than any token of ours.
const LONGEST: usize = 2_048;

/// What keeps access tokens and other JWTs apart (RFC 9068, 2.1).
const TYPE: &str = "at+jwt";
const AUDIENCE: &str = "zapys";
const PURPOSE: &str = "access-token";
/// RFC 8410: the fixed beginning of a PKCS#8 document that holds a 32-byte Ed25519 seed.
const PKCS8_ED25519: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// What an access token claims. Names of RFC 7519 where it has them. A claim that stands there twice is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Issuer: the public address of the installation.
    pub iss: String,
    /// Audience: always this product's API.
    pub aud: String,
    /// The user.
    pub sub: UserId,
    /// The session.
    pub sid: SessionId,
    /// Which pair of the session this token belongs to: counts refreshes.
    pub generation: i32,
    /// The selected company, if one is. Informative: the record decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company: Option<CompanyId>,
    /// Issued at, in seconds since 1970.
    pub iat: i64,
    /// Refused before this second.
    pub nbf: i64,
    /// Refused from this second on.
    pub exp: i64,
}

impl Claims {
    /// What the token of this pair claims.
    pub(super) fn new(
        issuer: &str,
        user: UserId,
        session: SessionId,
        generation: i32,
        company: Option<CompanyId>,
        now: DateTime<Utc>,
    ) -> Self {
        let iat = now.timestamp();
        Self {
            iss: issuer.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: user,
            sid: session,
            generation,
            company,
            iat,
            nbf: iat,
            exp: iat + ACCESS_MINUTES * 60,
        }
    }

    /// When it expires, as its owner is told.
    pub(super) fn expires(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        DateTime::from_timestamp(self.exp, 0).unwrap_or(now)
    }

    /// Whether it is for us and for now.
    pub(super) fn hold(&self, issuer: &str, now: DateTime<Utc>) -> bool {
        let (earliest, latest) = (now.timestamp() - LEEWAY_SECONDS, now.timestamp() + LEEWAY_SECONDS);
        let in_time = self.exp > earliest && self.nbf <= latest && self.iat <= latest;
        // Longer than we make them: not one that this program signed.
        let is_short = self.exp.checked_sub(self.iat).is_some_and(|seconds| seconds <= ACCESS_MINUTES * 60);
        self.iss == issuer && self.aud == AUDIENCE && in_time && is_short
    }
}

/// The keys of the installation, the one that signs first.
pub(super) struct Ring {
    roots: Roots,
    keys: Vec<SigningKey>,
    /// What tokens claim whose signature is known to be good, by the digest of their text: a client shows one token for a
    /// quarter of an hour, and verifying it takes longer than asking whether its session lives.
    verified: Mutex<HashMap<[u8; 32], Claims>>,
}

/// So many tokens are remembered; then all are forgotten and verified anew, rather than keeping an order of their use.
const REMEMBERED: usize = 10_000;

struct SigningKey {
    /// The first part of every token that it signs.
    header: String,
    kid: String,
    sign: EncodingKey,
    verify: DecodingKey,
    public: Jwk,
}

impl Ring {
    /// One key for each secret.
    pub(super) fn of(roots: Roots) -> Result<Self, jsonwebtoken::errors::Error> {
        let keys = secrets::keys(&roots, PURPOSE).iter().map(SigningKey::of).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { roots, keys, verified: Mutex::default() })
    }

    /// Whether these are the secrets that it was derived from.
    pub(super) fn is_of(&self, roots: &Roots) -> bool {
        Arc::ptr_eq(&self.roots, roots)
    }

    pub(super) fn jwks(&self) -> JwkSet {
        JwkSet { keys: self.keys.iter().map(|key| key.public.clone()).collect() }
    }

    /// The text of a token.
    pub(super) fn sign(&self, claims: &Claims) -> Result<String, jsonwebtoken::errors::Error> {
        self.keys[0].token(&serde_json::to_vec(claims)?)
    }

    /// The claims of a token that one of the keys signed. Nothing of them is checked yet.
    pub(super) fn read(&self, token: &str) -> Result<Claims, InvalidToken> {
        if token.len() > LONGEST {
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

    fn remembered(&self) -> MutexGuard<'_, HashMap<[u8; 32], Claims>> {
        self.verified.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn verify(&self, token: &str) -> Result<Claims, InvalidToken> {
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
    fn of(seed: &[u8; 32]) -> Result<Self, jsonwebtoken::errors::Error> {
        let document = [&PKCS8_ED25519[..], &seed[..]].concat();
        let sign = EncodingKey::from_ed_der(&document);
        let mut public = Jwk::from_encoding_key(&sign, Algorithm::EdDSA)?;
        let kid = public.thumbprint(ThumbprintHash::SHA256)?;
        public.common.key_id = Some(kid.clone());
        public.common.public_key_use = Some(PublicKeyUse::Signature);
        let verify = DecodingKey::from_jwk(&public)?;
        let header = Header { typ: Some(TYPE.to_owned()), kid: Some(kid.clone()), ..Header::new(Algorithm::EdDSA) };
        let header = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&header)?);
        Ok(Self { header, kid, sign, verify, public })
    }

    fn token(&self, payload: &[u8]) -> Result<String, jsonwebtoken::errors::Error> {
        let message = format!("{}.{}", self.header, URL_SAFE_NO_PAD.encode(payload));
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &self.sign, Algorithm::EdDSA)?;
        Ok(format!("{message}.{signature}"))
    }
}

/// The `kid` of the access tokens that a root secret signs: its name where nobody may see the secret.
pub(crate) fn key_id(secret: &Secrets) -> Result<String, jsonwebtoken::errors::Error> {
    SigningKey::of(&secret.key(PURPOSE)).map(|key| key.kid)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use chrono::Duration;
    use serde_json::{Value, json};

    use super::super::TokenKeys;
    use super::*;

    const SECRET: &str = "a secret of the tests, long enough to be one";
    const OTHER: &str = "another secret of the tests, as long as it";
    const ISSUER: &str = "http://localhost:8080";

    fn keys(secrets: &[&str]) -> TokenKeys {
        TokenKeys::new(Secrets::new(secrets).unwrap(), ISSUER).unwrap()
    }

    fn now() -> DateTime<Utc> {
        "2026-11-22T10:00:00Z".parse().unwrap()
    }

    fn made(keys: &TokenKeys) -> String {
        keys.access(UserId::new(), SessionId::new(), 1, None, now()).unwrap().0
    }

    fn claims_of(token: &str) -> Value {
        let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
        serde_json::from_slice(&payload).unwrap()
    }

    /// A token that our key signs over any payload.
    fn signed(keys: &TokenKeys, payload: &str) -> String {
        keys.ring().keys[0].token(payload.as_bytes()).unwrap()
    }

    /// A token that our key signs under any header.
    fn headed(keys: &TokenKeys, header: &Value, like: &str) -> String {
        let header = URL_SAFE_NO_PAD.encode(header.to_string());
        let message = format!("{header}.{}", like.split('.').nth(1).unwrap());
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &keys.ring().keys[0].sign, Algorithm::EdDSA);
        format!("{message}.{}", signature.unwrap())
    }

    #[test]
    fn a_signed_token_is_read_back_until_it_expires() {
        let keys = keys(&[SECRET]);
        let (user, session, company) = (UserId::new(), SessionId::new(), CompanyId::new());
        let (token, expires) = keys.access(user, session, 3, Some(company), now()).unwrap();
        let claims = keys.read_access(&token, now()).unwrap();
        assert_eq!((claims.sub, claims.sid, claims.generation, claims.company), (user, session, 3, Some(company)));
        assert_eq!(expires, now() + Duration::minutes(15));
        // The leeway, to the second, at both ends.
        let at = |seconds: i64| keys.read_access(&token, now() + Duration::seconds(seconds)).is_ok();
        assert_eq!([-61, -60, 0, 959, 960].map(at), [false, true, true, true, false]);
    }

    #[test]
    fn the_header_says_what_it_is() {
        let keys = keys(&[SECRET]);
        let token = made(&keys);
        let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
        let header: Value = serde_json::from_slice(&header).unwrap();
        assert_eq!(header, json!({ "typ": "at+jwt", "alg": "EdDSA", "kid": keys.ring().keys[0].kid }));
        let shown = serde_json::to_value(keys.jwks()).unwrap();
        assert_eq!(shown["keys"][0]["kid"], header["kid"]);
        assert_eq!(shown["keys"][0]["alg"], "EdDSA");
        assert!(shown["keys"][0].get("d").is_none(), "the private key is shown");
    }

    #[test]
    fn no_other_header_is_accepted_even_when_our_key_signed_it() {
        let keys = keys(&[SECRET]);
        let token = made(&keys);
        let kid = keys.ring().keys[0].kid.clone();
        // The control: the same way of signing under the right header.
        let right = json!({ "typ": "at+jwt", "alg": "EdDSA", "kid": kid });
        let ours = URL_SAFE_NO_PAD.decode(&keys.ring().keys[0].header).unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&ours).unwrap(), right);
        let mut headers = vec![
            json!({ "typ": "JWT", "alg": "EdDSA", "kid": kid }),
            json!({ "alg": "EdDSA", "kid": kid }),
            json!({ "typ": "at+jwt", "alg": "none", "kid": kid }),
            json!({ "typ": "at+jwt", "alg": "HS256", "kid": kid }),
            json!({ "typ": "at+jwt", "alg": "eddsa", "kid": kid }),
            json!({ "typ": "at+jwt", "alg": "EdDSA" }),
            json!({ "typ": "at+jwt", "alg": "EdDSA", "kid": "../../dev/null" }),
        ];
        for extra in ["jku", "jwk", "x5u", "x5c", "crit", "b64", "cty", "zip"] {
            let mut header = right.clone();
            header[extra] = json!("https://keys.example");
            headers.push(header);
        }
        for header in headers {
            assert_eq!(keys.read_access(&headed(&keys, &header, &token), now()), Err(InvalidToken), "{header}");
        }
    }

    #[test]
    fn a_foreign_key_cannot_use_our_name() {
        let (ours, theirs) = (keys(&[SECRET]), keys(&[OTHER]));
        let token = made(&theirs);
        assert_eq!(ours.read_access(&token, now()), Err(InvalidToken));
        let rest = token.split_once('.').unwrap().1;
        let renamed = format!("{}.{rest}", ours.ring().keys[0].header);
        assert_eq!(ours.read_access(&renamed, now()), Err(InvalidToken));
    }

    #[test]
    fn each_claim_is_checked_although_we_signed_it() {
        let keys = keys(&[SECRET]);
        let good = claims_of(&made(&keys));
        assert!(keys.read_access(&signed(&keys, &good.to_string()), now()).is_ok());
        let iat = now().timestamp();
        for (name, value) in [
            ("iss", json!("https://elsewhere.example")),
            ("iss", json!(null)),
            ("aud", json!("somebody-else")),
            ("aud", json!(["zapys"])),
            ("sub", json!("cmp_01")),
            ("sid", json!("")),
            ("exp", json!(iat - 60)),
            ("exp", json!(iat + 901)),
            ("exp", json!(i64::MAX)),
            ("exp", json!("soon")),
            ("nbf", json!(iat + 61)),
            ("iat", json!(iat + 61)),
            ("iat", json!(i64::MIN)),
        ] {
            let mut claims = good.clone();
            claims[name] = value;
            assert_eq!(keys.read_access(&signed(&keys, &claims.to_string()), now()), Err(InvalidToken), "{claims}");
        }
        for name in ["iss", "aud", "sub", "sid", "exp", "nbf", "iat", "generation"] {
            let mut claims = good.clone();
            claims.as_object_mut().unwrap().remove(name);
            assert_eq!(keys.read_access(&signed(&keys, &claims.to_string()), now()), Err(InvalidToken), "no {name}");
            let twice = format!("{{\"{name}\":{},{}", good[name], &good.to_string()[1..]);
            assert_eq!(keys.read_access(&signed(&keys, &twice), now()), Err(InvalidToken), "{twice}");
        }
    }

    #[test]
    fn another_spelling_of_a_good_token_is_refused() {
        let keys = keys(&[SECRET]);
        let token = made(&keys);
        let [header, payload, signature] = token.split('.').collect::<Vec<_>>().try_into().unwrap();
        let changed = |text: &str| {
            let last = text.chars().last().unwrap();
            // The same bits, and one of those that base64 ignores: 64 bytes leave four of them.
            let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
            let at = alphabet.find(last).unwrap();
            format!("{}{}", &text[..text.len() - 1], alphabet.chars().nth(at ^ 1).unwrap())
        };
        for other in [
            format!("{token}."),
            format!("{token}.e30"),
            format!(".{token}"),
            format!("{header}.{payload}"),
            format!("{header}.{payload}."),
            format!("{header}..{signature}"),
            format!("{header}.{payload}.{}", changed(signature)),
            format!("{header}.{payload}.{signature}=="),
            format!("{header}.{payload}.{signature}\n"),
            format!(" {token}"),
            format!("{header}=.{payload}.{signature}"),
            format!("{header}.{}.{signature}", changed(payload)),
            format!("{header}.{payload}{}.{signature}", "A".repeat(4_000)),
            String::new(),
            "..".to_owned(),
        ] {
            assert_eq!(keys.read_access(&other, now()), Err(InvalidToken), "{other}");
        }
        assert!(keys.read_access(&token, now()).is_ok());
    }

    #[test]
    fn keys_follow_the_secrets_while_they_are_in_use() {
        let secrets = Secrets::new([OTHER]).unwrap();
        let keys = TokenKeys::new(secrets.clone(), ISSUER).unwrap();
        let old = made(&keys);
        // Published first, signing later.
        secrets.replace([OTHER, SECRET]).unwrap();
        assert_eq!(keys.jwks().keys.len(), 2);
        assert_eq!(made(&keys).split('.').next(), old.split('.').next());
        secrets.replace([SECRET, OTHER]).unwrap();
        let new = made(&keys);
        assert_ne!(new.split('.').next(), old.split('.').next());
        assert!(keys.read_access(&old, now()).is_ok() && keys.read_access(&new, now()).is_ok());
        secrets.replace([SECRET]).unwrap();
        assert_eq!(keys.read_access(&old, now()), Err(InvalidToken));
        assert!(keys.read_access(&new, now()).is_ok());
    }
}
