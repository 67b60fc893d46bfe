//! Tokens of clients: of a form, keys and audience of their own, so that neither kind is ever taken for the other. They say
//! which company and which session; the session's record, which belongs to clients, says whether it still stands.

use chrono::{DateTime, Utc};
use kernel::CompanyId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::access::LEEWAY_SECONDS;
use super::ring::Form;

/// How long a client stays signed in: long enough to book a visit, too short to be worth stealing.
pub(super) const MINUTES: i64 = 30;
const AUDIENCE: &str = "zapys-client";

pub(super) const FORM: Form = Form { purpose: "client-token", kind: "client+jwt" };

/// What a client's token claims.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ClientClaims {
    iss: String,
    aud: String,
    /// The client's session.
    pub(super) sid: Uuid,
    /// The company, in which alone it is worth anything.
    pub(super) company: CompanyId,
    iat: i64,
    nbf: i64,
    exp: i64,
}

impl ClientClaims {
    pub(super) fn new(issuer: &str, company: CompanyId, session: Uuid, now: DateTime<Utc>) -> Self {
        let iat = now.timestamp();
        Self {
            iss: issuer.to_owned(),
            aud: AUDIENCE.to_owned(),
            sid: session,
            company,
            iat,
            nbf: iat,
            exp: iat + MINUTES * 60,
        }
    }

    /// Whether it is for us and for now.
    pub(super) fn hold(&self, issuer: &str, now: DateTime<Utc>) -> bool {
        let (earliest, latest) = (now.timestamp() - LEEWAY_SECONDS, now.timestamp() + LEEWAY_SECONDS);
        let in_time = self.exp > earliest && self.nbf <= latest && self.iat <= latest;
        let is_short = self.exp.checked_sub(self.iat).is_some_and(|seconds| seconds <= MINUTES * 60);
        self.iss == issuer && self.aud == AUDIENCE && in_time && is_short
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use chrono::Duration;
    use kernel::UserId;
    use serde_json::json;

    use super::super::{InvalidToken, TokenKeys};
    use super::*;
    use crate::secrets::Secrets;
    use crate::session::SessionId;

    fn keys(secret: &str, issuer: &str) -> TokenKeys {
        TokenKeys::new(Secrets::new([secret]).unwrap(), issuer).unwrap()
    }

    fn now() -> DateTime<Utc> {
        "2026-11-22T10:00:00Z".parse().unwrap()
    }

    const SECRET: &str = "a secret of the tests, long enough to be one";
    const ISSUER: &str = "http://localhost:8080";

    #[test]
    fn a_client_is_known_for_half_an_hour_and_in_one_company() {
        let keys = keys(SECRET, ISSUER);
        let (company, session) = (CompanyId::new(), Uuid::now_v7());
        let token = keys.client(company, session, now()).unwrap();
        assert_eq!(keys.read_client(&token, now()), Ok((company, session)));
        let at = |seconds: i64| keys.read_client(&token, now() + Duration::seconds(seconds)).is_ok();
        assert_eq!([-61, -60, 0, 1_859, 1_860].map(at), [false, true, true, true, false]);
    }

    #[test]
    fn neither_kind_of_token_is_taken_for_the_other() {
        let keys = keys(SECRET, ISSUER);
        let client = keys.client(CompanyId::new(), Uuid::now_v7(), now()).unwrap();
        let (person, _) = keys.access(UserId::new(), SessionId::new(), 1, Some(CompanyId::new()), now()).unwrap();
        assert_eq!(keys.read_access(&client, now()), Err(InvalidToken));
        assert_eq!(keys.read_client(&person, now()), Err(InvalidToken));
        // Also where one's claims stand under the other's header: the keys are others.
        let [_, payload, signature]: [&str; 3] = client.split('.').collect::<Vec<_>>().try_into().unwrap();
        let header = person.split('.').next().unwrap();
        assert_eq!(keys.read_access(&format!("{header}.{payload}.{signature}"), now()), Err(InvalidToken));
        assert_eq!(keys.jwks().keys.len(), 1, "keys of clients' tokens are nobody's to read");
    }

    #[test]
    fn each_claim_is_checked_although_we_signed_it() {
        let keys = keys(SECRET, ISSUER);
        let good = json!(ClientClaims::new(ISSUER, CompanyId::new(), Uuid::now_v7(), now()));
        let signed =
            |claims: &serde_json::Value| keys.clients.current().keys[0].token(claims.to_string().as_bytes()).unwrap();
        assert!(keys.read_client(&signed(&good), now()).is_ok());
        let iat = now().timestamp();
        for (name, value) in [
            ("iss", json!("https://elsewhere.example")),
            ("aud", json!("zapys")),
            ("exp", json!(iat - 60)),
            ("exp", json!(iat + MINUTES * 60 + 1)),
            ("nbf", json!(iat + 61)),
            ("iat", json!(i64::MIN)),
            ("sid", json!("ses_1")),
            ("company", json!(null)),
        ] {
            let mut claims = good.clone();
            claims[name] = value;
            assert_eq!(keys.read_client(&signed(&claims), now()), Err(InvalidToken), "{claims}");
        }
        let elsewhere = self::keys("another secret of the tests, as long as it", ISSUER);
        assert_eq!(elsewhere.read_client(&signed(&good), now()), Err(InvalidToken));
    }
}
