//! The two tokens of a session as text: the access token (a JWT after RFC 9068, 15 minutes) and the refresh token
//! (opaque, 30 days). What a token says is only a claim; whether the session still lives is read from its record,
//! elsewhere. The refresh token is derived from the session's nonce, so that a lost answer can be given again, word for word.

mod access;
mod client;
mod ring;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use jsonwebtoken::jwk::JwkSet;
use kernel::{CompanyId, UserId};
use uuid::Uuid;

use self::client::ClientClaims;
use self::ring::Keyring;
use super::SessionId;
use crate::secrets::Secrets;

pub use self::access::Claims;

/// How long a session lives without a refresh.
pub const REFRESH_DAYS: i64 = 30;

const PURPOSE_REFRESH: &str = "refresh-token";
const REFRESH_PREFIX: &str = "zrt_";
/// Session id (16), generation (4), code (32).
const REFRESH_BYTES: usize = 52;

/// Why a token is not accepted. Callers answer all of them the same way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the token is not valid")]
pub struct InvalidToken;

/// Signs and verifies access tokens and those of clients; makes and reads refresh tokens.
pub struct TokenKeys {
    issuer: String,
    secrets: Secrets,
    access: Keyring<Claims>,
    clients: Keyring<ClientClaims>,
}

impl TokenKeys {
    /// Derives an Ed25519 key per root secret and form of token. `issuer` is the installation's public address.
    pub fn new(secrets: Secrets, issuer: impl Into<String>) -> Result<Self, jsonwebtoken::errors::Error> {
        let access = Keyring::new(access::FORM, secrets.clone())?;
        let clients = Keyring::new(client::FORM, secrets.clone())?;
        Ok(Self { issuer: issuer.into(), secrets, access, clients })
    }

    /// The public keys of access tokens, the one that signs first, as `/.well-known/jwks.json` shows them. Tokens of clients
    /// are read by this server alone.
    pub fn jwks(&self) -> JwkSet {
        self.access.current().jwks()
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
        let claims = Claims::new(&self.issuer, user, session, generation, company, now);
        let expires = claims.expires(now);
        Ok((self.access.current().sign(&claims)?, expires))
    }

    /// The claims of a token that one of our keys signed for this audience and issuer and that is valid at `now`.
    pub fn read_access(&self, token: &str, now: DateTime<Utc>) -> Result<Claims, InvalidToken> {
        let claims = self.access.current().read(token)?;
        if claims.hold(&self.issuer, now) { Ok(claims) } else { Err(InvalidToken) }
    }

    /// The token of a client's session.
    pub fn client(
        &self,
        company: CompanyId,
        session: Uuid,
        now: DateTime<Utc>,
    ) -> Result<String, jsonwebtoken::errors::Error> {
        self.clients.current().sign(&ClientClaims::new(&self.issuer, company, session, now))
    }

    /// Company and session of a client's token that one of our keys signed and that is valid at `now`.
    pub fn read_client(&self, token: &str, now: DateTime<Utc>) -> Result<(CompanyId, Uuid), InvalidToken> {
        let claims = self.clients.current().read(token)?;
        if claims.hold(&self.issuer, now) { Ok((claims.company, claims.sid)) } else { Err(InvalidToken) }
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

/// How long a client's session lasts, as its token says.
pub const CLIENT_MINUTES: i64 = client::MINUTES;

/// The `kid` of the access tokens that a root secret signs: its name where nobody may see the secret.
pub(crate) fn key_id(secret: &Secrets) -> Result<String, jsonwebtoken::errors::Error> {
    ring::key_id(access::FORM, secret)
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    const SECRET: &str = "a secret of the tests, long enough to be one";

    #[test]
    fn a_refresh_token_is_repeatable_and_bound_to_its_session() {
        let keys = TokenKeys::new(Secrets::new([SECRET]).unwrap(), "http://localhost:8080").unwrap();
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
