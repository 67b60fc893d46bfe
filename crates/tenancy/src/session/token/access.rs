//! Access tokens of people with an account: what they claim, with the names of RFC 9068.

use chrono::{DateTime, Utc};
use kernel::{CompanyId, UserId};
use serde::{Deserialize, Serialize};

use super::ring::Form;
use crate::session::SessionId;

/// How long an access token is valid.
const ACCESS_MINUTES: i64 = 15;
/// How far the clocks of two processes may be apart: each time in a token holds so many seconds longer. A token is refused
/// 16 minutes after it was made at the latest; that its session lives is asked of the records each time anyway.
pub(super) const LEEWAY_SECONDS: i64 = 60;
const AUDIENCE: &str = "zapys";

/// Their type keeps access tokens and other JWTs apart (RFC 9068, 2.1).
pub(super) const FORM: Form = Form { purpose: "access-token", kind: "at+jwt" };

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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use chrono::Duration;
    use jsonwebtoken::Algorithm;
    use serde_json::{Value, json};

    use super::super::{InvalidToken, TokenKeys};
    use super::*;
    use crate::secrets::Secrets;

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
        keys.access.current().keys[0].token(payload.as_bytes()).unwrap()
    }

    /// A token that our key signs under any header.
    fn headed(keys: &TokenKeys, header: &Value, like: &str) -> String {
        let header = URL_SAFE_NO_PAD.encode(header.to_string());
        let message = format!("{header}.{}", like.split('.').nth(1).unwrap());
        let signature =
            jsonwebtoken::crypto::sign(message.as_bytes(), &keys.access.current().keys[0].sign, Algorithm::EdDSA);
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
        assert_eq!(header, json!({ "typ": "at+jwt", "alg": "EdDSA", "kid": keys.access.current().keys[0].kid }));
        let shown = serde_json::to_value(keys.jwks()).unwrap();
        assert_eq!(shown["keys"][0]["kid"], header["kid"]);
        assert_eq!(shown["keys"][0]["alg"], "EdDSA");
        assert!(shown["keys"][0].get("d").is_none(), "the private key is shown");
    }

    #[test]
    fn no_other_header_is_accepted_even_when_our_key_signed_it() {
        let keys = keys(&[SECRET]);
        let token = made(&keys);
        let kid = keys.access.current().keys[0].kid.clone();
        // The control: the same way of signing under the right header.
        let right = json!({ "typ": "at+jwt", "alg": "EdDSA", "kid": kid });
        let ours = URL_SAFE_NO_PAD.decode(&keys.access.current().keys[0].header).unwrap();
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
        let renamed = format!("{}.{rest}", ours.access.current().keys[0].header);
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
