//! Use cases of sessions: log in, refresh, choose a company, log out.

use access::{Actor, Cx};
use cache::RateKey;
use chrono::{DateTime, Duration, Utc};
use db::Tx;
use kernel::{CompanyId, Email, Error, Result, UserId};
use sea_orm::ActiveValue::Set;

use super::entity::{ActiveModel, Model};
use super::token::{REFRESH_DAYS, TokenKeys};
use super::{Ending, Newest, Refresh, Session, SessionId, Tokens, judge, repo};
use crate::error::TenancyErrorCode;
use crate::events::RefreshReplayed;
use crate::handle::{Tenancy, signed_in};
use crate::link::nonce;
use crate::{member, user};

/// Longest part of a program's self-description that is kept, in characters.
const USER_AGENT_LENGTH: usize = 200;

/// What became of a refresh, decided inside the transaction and told after it: ending a session must commit although the
/// caller is refused.
enum Refreshed {
    Pair(Tokens),
    Refused,
}

impl Tenancy {
    /// Logs a person in. Wrong address, wrong password, unproven address and disabled account are one answer, after the
    /// same work. Who works for exactly one company has it selected at once.
    pub async fn log_in(&self, cx: &Cx, email: &str, password: &str, user_agent: Option<&str>) -> Result<Tokens> {
        cx.public("logging in is how a stranger becomes known");
        let email = Email::parse(email).ok();
        self.count_password(cx, email.as_ref().map_or("?", Email::as_str)).await?;
        let directory = self.db().directory().await?;
        let row = match &email {
            Some(email) => user::repo::find_by_email(&directory, email).await?,
            None => None,
        };
        // The connection goes back before the slow part.
        drop(directory);
        let right = self.passwords().verify(password, row.as_ref().map(|row| row.password_hash.as_str())).await?;
        let row = row.filter(|row| right && row.email_verified_at.is_some() && row.disabled_at.is_none());
        let Some(row) = row else { return Err(Error::invalid(TenancyErrorCode::LoginFailed)) };
        db::transaction!(self.db(), CompanyId::NONE, |tx| {
            // The comparison took its time: a password that was reset since, to end all sessions, must not open one.
            if !user::repo::keep_password(tx, &row).await? {
                return Err(Error::invalid(TenancyErrorCode::LoginFailed));
            }
            self.start_session_in(cx, tx, UserId::from_uuid(row.id), user_agent).await
        })
    }

    /// Opens a session without a password: for the command line, which is why only the server itself may call it.
    pub async fn log_in_as(&self, cx: &Cx, user: UserId) -> Result<Tokens> {
        cx.public("only the server itself comes past the next line");
        if !cx.actor.is_system() {
            return Err(Error::unauthenticated());
        }
        self.start_session(cx, user, Some("zapys")).await
    }

    /// The first pair of a new session.
    pub(crate) async fn start_session(&self, cx: &Cx, user: UserId, user_agent: Option<&str>) -> Result<Tokens> {
        db::transaction!(self.db(), CompanyId::NONE, |tx| self.start_session_in(cx, tx, user, user_agent).await)
    }

    async fn start_session_in(&self, cx: &Cx, tx: &Tx, user: UserId, user_agent: Option<&str>) -> Result<Tokens> {
        let memberships = member::repo::list_of_user(tx, user, tx.now()).await?;
        let company = match memberships.as_slice() {
            [only] => Some(only.company_id),
            _ => None,
        };
        let row = Model {
            id: SessionId::new().uuid(),
            user_id: user.uuid(),
            company_id: company.map(CompanyId::uuid),
            nonce: nonce(),
            generation: 1,
            pair_used: false,
            pair_repeated: false,
            rotated_at: None,
            address: cx.address.map(|address| address.to_string()),
            user_agent: shortened(user_agent),
            created_at: tx.now(),
            last_seen_at: tx.now(),
            expires_at: tx.now() + Duration::days(REFRESH_DAYS),
            revoked_at: None,
            revoked_for: None,
        };
        let tokens = self.pair(&row, tx.now())?;
        repo::insert(tx, row.into()).await?;
        Ok(tokens)
    }

    /// Exchanges a refresh token for the next pair. An old one ends the session, see [`judge`]. Of several at once one makes
    /// the next pair, under the lock of the session, and the others are given the same.
    pub async fn refresh(&self, cx: &Cx, token: &str, user_agent: Option<&str>) -> Result<Tokens> {
        cx.public("a refresh token is its own proof; the access token has usually expired");
        self.count_token(cx).await?;
        let presented = TokenKeys::read_refresh(token).map_err(|_| Error::unauthenticated())?;
        let refreshed = db::transaction!(self.db(), CompanyId::NONE, |tx| {
            let Some(row) = repo::lock(tx, presented.session).await? else { return Ok(Refreshed::Refused) };
            if !presented.is_genuine(self.tokens(), &row.nonce) || !self.lives(tx, &row).await? {
                return Ok(Refreshed::Refused);
            }
            let next = match judge(presented.generation, self.newest(cx, tx, &row)) {
                Refresh::Rotate => Model {
                    generation: row.generation + 1,
                    pair_used: false,
                    pair_repeated: false,
                    rotated_at: Some(tx.now()),
                    address: cx.address.map(|address| address.to_string()),
                    user_agent: shortened(user_agent),
                    ..row
                },
                Refresh::Repeat => Model { pair_repeated: true, ..row },
                Refresh::Replay => {
                    let (user, session) = (UserId::from_uuid(row.user_id), presented.session);
                    repo::revoke(tx, user, session, Ending::Replay).await?;
                    self.jobs().publish_in(cx, tx, &RefreshReplayed { user, session }).await?;
                    return Ok(Refreshed::Refused);
                }
            };
            let next = Model { last_seen_at: tx.now(), expires_at: tx.now() + Duration::days(REFRESH_DAYS), ..next };
            self.save_pair(tx, next).await.map(Refreshed::Pair)
        })?;
        match refreshed {
            Refreshed::Pair(tokens) => Ok(tokens),
            Refreshed::Refused => Err(Error::unauthenticated()),
        }
    }

    /// Selects the company that the session is for from now on, and gives a pair for it: tokens of the company before are
    /// refused from this moment.
    pub async fn select_company(&self, cx: &Cx, company: CompanyId) -> Result<Tokens> {
        let user = signed_in(cx)?;
        let session = current_session(cx)?;
        db::transaction!(self.db(), CompanyId::NONE, |tx| {
            let memberships = member::repo::list_of_user(tx, user, tx.now()).await?;
            if !memberships.iter().any(|membership| membership.company_id == company) {
                return Err(Error::not_found());
            }
            let row = repo::lock(tx, session).await?.ok_or_else(Error::unauthenticated)?;
            if !self.lives(tx, &row).await? {
                return Err(Error::unauthenticated());
            }
            let next = Model {
                company_id: Some(company.uuid()),
                generation: row.generation + 1,
                pair_used: false,
                pair_repeated: false,
                rotated_at: Some(tx.now()),
                last_seen_at: tx.now(),
                expires_at: tx.now() + Duration::days(REFRESH_DAYS),
                ..row
            };
            self.save_pair(tx, next).await
        })
    }

    /// Ends the session of this request.
    pub async fn log_out(&self, cx: &Cx) -> Result<()> {
        let (user, session) = (signed_in(cx)?, current_session(cx)?);
        db::transaction!(self.db(), CompanyId::NONE, |tx| {
            repo::revoke(tx, user, session, Ending::Logout).await?;
            Ok(())
        })
    }

    /// One's own living sessions, newest first.
    pub async fn sessions(&self, cx: &Cx) -> Result<Vec<Session>> {
        let user = signed_in(cx)?;
        repo::list(&self.db().directory().await?, user, cx.now()).await
    }

    /// Ends one of one's own sessions.
    pub async fn revoke_session(&self, cx: &Cx, session: SessionId) -> Result<()> {
        let user = signed_in(cx)?;
        db::transaction!(self.db(), CompanyId::NONE, |tx| {
            if repo::revoke(tx, user, session, Ending::User).await? { Ok(()) } else { Err(Error::not_found()) }
        })
    }

    /// Ends all of one's own sessions but this one; answers how many.
    pub async fn revoke_other_sessions(&self, cx: &Cx) -> Result<u64> {
        let (user, session) = (signed_in(cx)?, current_session(cx)?);
        db::transaction!(self.db(), CompanyId::NONE, |tx| repo::revoke_all(tx, user, Some(session), Ending::User).await)
    }

    async fn save_pair(&self, tx: &Tx, row: Model) -> Result<Tokens> {
        let tokens = self.pair(&row, tx.now())?;
        let change = ActiveModel {
            company_id: Set(row.company_id),
            generation: Set(row.generation),
            pair_used: Set(row.pair_used),
            pair_repeated: Set(row.pair_repeated),
            rotated_at: Set(row.rotated_at),
            address: Set(row.address),
            user_agent: Set(row.user_agent),
            last_seen_at: Set(row.last_seen_at),
            expires_at: Set(row.expires_at),
            ..Default::default()
        };
        repo::save(tx, SessionId::from_uuid(row.id), change).await?;
        Ok(tokens)
    }

    /// The texts of a session's newest pair.
    fn pair(&self, row: &Model, now: DateTime<Utc>) -> Result<Tokens> {
        let (session, user) = (SessionId::from_uuid(row.id), UserId::from_uuid(row.user_id));
        let company = row.company_id.map(CompanyId::from_uuid);
        let (access_token, access_expires_at) =
            self.tokens().access(user, session, row.generation, company, now).map_err(Error::internal)?;
        let refresh_token = self.tokens().refresh(session, row.generation, &row.nonce);
        let refresh_expires_at = row.expires_at;
        Ok(Tokens { session, user, company, access_token, access_expires_at, refresh_token, refresh_expires_at })
    }

    /// The newest pair as whoever asks now finds it.
    fn newest(&self, cx: &Cx, tx: &Tx, row: &Model) -> Newest {
        // A duration that no clock counts to means the same as a long one.
        let grace = Duration::from_std(self.config().refresh_grace).unwrap_or(Duration::MAX);
        let is_new = row.rotated_at.is_some_and(|rotated_at| tx.now() - rotated_at < grace);
        let network =
            |address: Option<std::net::IpAddr>| address.map(|address| RateKey::address("", address).principal);
        let refreshed_from = row.address.as_deref().and_then(|address| address.parse().ok());
        Newest {
            generation: row.generation,
            used: row.pair_used,
            repeated: row.pair_repeated,
            fresh: is_new && network(refreshed_from) == network(cx.address),
        }
    }

    async fn lives(&self, tx: &Tx, row: &Model) -> Result<bool> {
        if row.revoked_at.is_some() || row.expires_at <= tx.now() {
            return Ok(false);
        }
        let user = user::repo::find(tx, UserId::from_uuid(row.user_id)).await?;
        Ok(user.is_some_and(|user| user.disabled_at.is_none()))
    }
}

fn current_session(cx: &Cx) -> Result<SessionId> {
    match cx.actor {
        Actor::User { session, .. } => Ok(SessionId::from_uuid(session)),
        _ => Err(Error::unauthenticated()),
    }
}

fn shortened(user_agent: Option<&str>) -> Option<String> {
    user_agent.map(|text| text.chars().filter(|c| !c.is_control()).take(USER_AGENT_LENGTH).collect())
}
