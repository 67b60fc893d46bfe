//! The two tokens of a session as text: the access token (a JWT, 15 minutes) and the refresh token (opaque, 30 days).
//! Pure: what a token says is only a claim; whether the session still lives is read from its record, elsewhere.
//! The refresh token is derived from the session's nonce, so that a lost answer can be given again, word for word.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration, Utc};
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use kernel::{CompanyId, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::SessionId;
use crate::secrets::Secrets;

/// How long an access token is valid.
pub const ACCESS_MINUTES: i64 = 15;
/// How long a session lives without a refresh.
pub const REFRESH_DAYS: i64 = 30;

const AUDIENCE: &str = "zapys";
const PURPOSE_SIGNING: &str = "access-token";
const PURPOSE_REFRESH: &str = "refresh-token";
const REFRESH_PREFIX: &str = "zrt_";
/// Session id (16), generation (4), code (32).
const REFRESH_BYTES: usize = 52;
/// RFC 8410: the fixed beginning of a PKCS#8 document that holds a 32-byte Ed25519 seed.
const PKCS8_ED25519: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// What an access token claims. Names of RFC 7519 where it has them.
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
    /// Refused from this second on.
    pub exp: i64,
}

/// Why a token is not accepted. Callers answer all of them the same way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the token is not valid")]
pub struct InvalidToken;

struct SigningKey {
    kid: String,
    sign: EncodingKey,
    verify: DecodingKey,
    public: Jwk,
}

/// Signs and verifies access tokens; makes and reads refresh tokens.
pub struct TokenKeys {
    issuer: String,
    keys: Vec<SigningKey>,
    secrets: Secrets,
}

impl TokenKeys {
    /// Derives one Ed25519 key per root secret. `issuer` is the installation's public address.
    pub fn new(secrets: Secrets, issuer: impl Into<String>) -> Result<Self, jsonwebtoken::errors::Error> {
        let keys = secrets.keys(PURPOSE_SIGNING).iter().map(signing_key).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { issuer: issuer.into(), keys, secrets })
    }

    /// The public keys, newest first, as `/.well-known/jwks.json` shows them.
    pub fn jwks(&self) -> JwkSet {
        JwkSet { keys: self.keys.iter().map(|key| key.public.clone()).collect() }
    }

    /// An access token of this pair and the instant it expires.
    pub fn access(
        &self,
        user: UserId,
        session: SessionId,
        generation: i32,
        company: Option<CompanyId>,
        now: DateTime<Utc>,
    ) -> Result<(String, DateTime<Utc>), jsonwebtoken::errors::Error> {
        let expires = now + Duration::minutes(ACCESS_MINUTES);
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: AUDIENCE.to_owned(),
            sub: user,
            sid: session,
            generation,
            company,
            iat: now.timestamp(),
            exp: expires.timestamp(),
        };
        let key = &self.keys[0];
        let header = Header { kid: Some(key.kid.clone()), ..Header::new(Algorithm::EdDSA) };
        Ok((jsonwebtoken::encode(&header, &claims, &key.sign)?, expires))
    }

    /// The claims of a token that one of our keys signed for this audience and issuer and that has not expired at `now`.
    pub fn read_access(&self, token: &str, now: DateTime<Utc>) -> Result<Claims, InvalidToken> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| InvalidToken)?;
        let kid = header.kid.ok_or(InvalidToken)?;
        let key = self.keys.iter().find(|key| key.kid == kid).ok_or(InvalidToken)?;
        let mut rules = Validation::new(Algorithm::EdDSA);
        rules.set_audience(&[AUDIENCE]);
        rules.set_issuer(&[&self.issuer]);
        rules.set_required_spec_claims(&["exp", "aud", "iss", "sub"]);
        // The library asks the system's clock; ours is injected, so the expiry is checked below.
        rules.validate_exp = false;
        let claims = jsonwebtoken::decode::<Claims>(token, &key.verify, &rules).map_err(|_| InvalidToken)?.claims;
        if claims.exp <= now.timestamp() { Err(InvalidToken) } else { Ok(claims) }
    }

    /// The refresh token of one generation of a session. The same arguments give the same text.
    pub fn refresh(&self, session: SessionId, generation: i32, nonce: &[u8]) -> String {
        let mut bytes = Vec::with_capacity(REFRESH_BYTES);
        bytes.extend_from_slice(session.uuid().as_bytes());
        bytes.extend_from_slice(&generation.to_be_bytes());
        let code = self.secrets.code(PURPOSE_REFRESH, &[&bytes, nonce]);
        bytes.extend_from_slice(&code);
        format!("{REFRESH_PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Takes a refresh token apart. Nothing is proven until [`RefreshToken::is_genuine`] says so.
    pub fn read_refresh(text: &str) -> Result<RefreshToken, InvalidToken> {
        let body = text.strip_prefix(REFRESH_PREFIX).ok_or(InvalidToken)?;
        let bytes = URL_SAFE_NO_PAD.decode(body).map_err(|_| InvalidToken)?;
        let bytes: [u8; REFRESH_BYTES] = bytes.try_into().map_err(|_| InvalidToken)?;
        let session = Uuid::from_slice(&bytes[..16]).map_err(|_| InvalidToken)?;
        let generation = i32::from_be_bytes([bytes[16], bytes[17], bytes[18], bytes[19]]);
        Ok(RefreshToken { session: SessionId::from_uuid(session), generation, bytes })
    }
}

/// A refresh token that somebody presented.
pub struct RefreshToken {
    /// The session it names.
    pub session: SessionId,
    /// The pair it names.
    pub generation: i32,
    bytes: [u8; REFRESH_BYTES],
}

impl RefreshToken {
    /// Whether this server made it for the session with this nonce. A forged token must not be able to end a session.
    pub fn is_genuine(&self, keys: &TokenKeys, nonce: &[u8]) -> bool {
        let (head, code) = self.bytes.split_at(20);
        keys.secrets.verifies(PURPOSE_REFRESH, &[head, nonce], code)
    }
}

fn signing_key(seed: &[u8; 32]) -> Result<SigningKey, jsonwebtoken::errors::Error> {
    let document = [&PKCS8_ED25519[..], &seed[..]].concat();
    let sign = EncodingKey::from_ed_der(&document);
    let mut public = Jwk::from_encoding_key(&sign, Algorithm::EdDSA)?;
    let kid = public.thumbprint(ThumbprintHash::SHA256)?;
    public.common.key_id = Some(kid.clone());
    public.common.public_key_use = Some(PublicKeyUse::Signature);
    let verify = DecodingKey::from_jwk(&public)?;
    Ok(SigningKey { kid, sign, verify, public })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    fn keys(secret: &str) -> TokenKeys {
        TokenKeys::new(Secrets::new([secret]).unwrap(), "http://localhost:8080").unwrap()
    }

    fn now() -> DateTime<Utc> {
        "2026-11-22T10:00:00Z".parse().unwrap()
    }

    const SECRET: &str = "a secret of the tests, long enough to be one";
    const OTHER: &str = "another secret of the tests, as long as it";

    #[test]
    fn a_signed_token_is_read_back_until_it_expires() {
        let keys = keys(SECRET);
        let (user, session, company) = (UserId::new(), SessionId::new(), CompanyId::new());
        let (token, expires) = keys.access(user, session, 3, Some(company), now()).unwrap();
        let claims = keys.read_access(&token, now()).unwrap();
        assert_eq!((claims.sub, claims.sid, claims.generation, claims.company), (user, session, 3, Some(company)));
        assert_eq!(expires, now() + Duration::minutes(15));
        assert_eq!(keys.read_access(&token, expires), Err(InvalidToken));
    }

    #[test]
    fn forged_tokens_are_refused() {
        let ours = keys(SECRET);
        let foreign = keys(OTHER).access(UserId::new(), SessionId::new(), 1, None, now()).unwrap().0;
        assert_eq!(ours.read_access(&foreign, now()), Err(InvalidToken));

        let (token, _) = ours.access(UserId::new(), SessionId::new(), 1, None, now()).unwrap();
        let parts: Vec<&str> = token.split('.').collect();
        let none = URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"none","kid":"{}"}}"#, ours.keys[0].kid));
        assert_eq!(ours.read_access(&format!("{none}.{}.", parts[1]), now()), Err(InvalidToken));
        // The public key used as an HMAC secret: the classic swap of algorithms.
        let header = Header { kid: Some(ours.keys[0].kid.clone()), ..Header::new(Algorithm::HS256) };
        let claims = ours.read_access(&token, now()).unwrap();
        let public = serde_json::to_vec(&ours.jwks()).unwrap();
        let swapped = jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(&public)).unwrap();
        assert_eq!(ours.read_access(&swapped, now()), Err(InvalidToken));
    }

    #[test]
    fn a_token_for_another_issuer_or_audience_is_refused() {
        let elsewhere = TokenKeys::new(Secrets::new([SECRET]).unwrap(), "https://elsewhere.example").unwrap();
        let (token, _) = elsewhere.access(UserId::new(), SessionId::new(), 1, None, now()).unwrap();
        assert_eq!(keys(SECRET).read_access(&token, now()), Err(InvalidToken));

        let ours = keys(SECRET);
        let (token, _) = ours.access(UserId::new(), SessionId::new(), 1, None, now()).unwrap();
        let claims = Claims { aud: "somebody-else".to_owned(), ..ours.read_access(&token, now()).unwrap() };
        let header = Header { kid: Some(ours.keys[0].kid.clone()), ..Header::new(Algorithm::EdDSA) };
        let other = jsonwebtoken::encode(&header, &claims, &ours.keys[0].sign).unwrap();
        assert_eq!(ours.read_access(&other, now()), Err(InvalidToken));
    }

    #[test]
    fn a_rotated_key_still_verifies() {
        let (token, _) = keys(OTHER).access(UserId::new(), SessionId::new(), 1, None, now()).unwrap();
        let rotated = TokenKeys::new(Secrets::new([SECRET, OTHER]).unwrap(), "http://localhost:8080").unwrap();
        assert!(rotated.read_access(&token, now()).is_ok());
        assert_eq!(rotated.jwks().keys.len(), 2);
    }

    #[test]
    fn a_refresh_token_is_repeatable_and_bound_to_its_session() {
        let keys = keys(SECRET);
        let session = SessionId::new();
        let text = keys.refresh(session, 7, b"nonce");
        assert_eq!(text, keys.refresh(session, 7, b"nonce"));
        let token = TokenKeys::read_refresh(&text).unwrap();
        assert_eq!((token.session, token.generation), (session, 7));
        assert!(token.is_genuine(&keys, b"nonce"));
        assert!(!token.is_genuine(&keys, b"other"));
        let next = TokenKeys::read_refresh(&keys.refresh(session, 8, b"nonce")).unwrap();
        assert!(next.is_genuine(&keys, b"nonce") && next.generation == 8);
        assert!(TokenKeys::read_refresh("zrt_short").is_err() && TokenKeys::read_refresh(&text[4..]).is_err());
    }
}
