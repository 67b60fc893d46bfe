//! The handle of the domain. Cheap to clone; each aggregate adds its use cases in its own `service.rs`.

use std::sync::Arc;

use access::Cx;
use cache::Cache;
use chrono::{DateTime, Duration, Utc};
use db::Db;
use jobs::Jobs;
use kernel::{CompanyId, Error, Result, UserId};
use uuid::Uuid;

use crate::config::Config;
use crate::ports::{CalendarImpact, CalendarSocket, ClientDoor, Doors};
use crate::secrets::Secrets;
use crate::session::token::{CLIENT_MINUTES, TokenKeys};
use crate::user::password::{PasswordWork, Passwords};

/// Tenancy's use cases.
#[derive(Clone)]
pub struct Tenancy {
    inner: Arc<Inner>,
}

struct Inner {
    db: Db,
    cache: Cache,
    jobs: Jobs,
    secrets: Secrets,
    tokens: TokenKeys,
    passwords: Passwords,
    calendar: CalendarSocket,
    doors: Doors,
    config: Config,
}

impl Tenancy {
    /// Puts the domain together. Fails when no signing key can be derived.
    pub fn new(db: Db, cache: Cache, jobs: Jobs, secrets: Secrets, config: Config) -> Result<Self> {
        let tokens = TokenKeys::new(secrets.clone(), config.public_url.clone()).map_err(Error::internal)?;
        let passwords = Passwords::new(config.hashes_at_once, config.hash_patience);
        let (calendar, doors) = (CalendarSocket::default(), Doors::default());
        Ok(Self { inner: Arc::new(Inner { db, cache, jobs, secrets, tokens, passwords, calendar, doors, config }) })
    }

    /// Plugs in what knows the bookings. Called once, when the server is composed.
    pub fn plug_calendar(&self, calendar: Arc<dyn CalendarImpact>) {
        self.inner.calendar.plug(calendar);
    }

    /// Plugs in a kind of proof by which clients are known. Called once for each, when the server is composed.
    pub fn plug_door(&self, door: Arc<dyn ClientDoor>) {
        self.inner.doors.plug(door);
    }

    pub(crate) fn doors(&self) -> &Doors {
        &self.inner.doors
    }

    /// The token of a client's session that begins at this instant, for whoever keeps those sessions.
    pub fn client_token(&self, company: CompanyId, session: Uuid, now: DateTime<Utc>) -> Result<String> {
        self.inner.tokens.client(company, session, now).map_err(Error::internal)
    }

    /// When a client's session that begins at this instant ends.
    pub fn client_session_end(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        now + Duration::minutes(CLIENT_MINUTES)
    }

    /// Company and session that a client's token names; none when it is no such token, or not valid any more. Whether the
    /// session still stands is said by its record.
    pub fn read_client_token(&self, text: &str) -> Option<(CompanyId, Uuid)> {
        self.inner.tokens.read_client(text, self.inner.db.clock().now()).ok()
    }

    /// What knows the bookings; until it is plugged in there are none.
    pub fn calendar(&self) -> Arc<dyn CalendarImpact> {
        self.inner.calendar.get()
    }

    /// The installation's secrets, for what other domains derive from them.
    pub fn secrets(&self) -> &Secrets {
        &self.inner.secrets
    }

    /// Where people reach the installation, without a slash at the end: what addresses begin with.
    pub fn public_url(&self) -> &str {
        self.inner.config.public_url.trim_end_matches('/')
    }

    /// The public signing keys as a JSON Web Key Set (RFC 7517), for `/.well-known/jwks.json`.
    pub fn jwks(&self) -> Result<serde_json::Value> {
        serde_json::to_value(self.inner.tokens.jwks()).map_err(Error::internal)
    }

    /// What checking and making passwords has cost so far.
    pub fn password_work(&self) -> PasswordWork {
        self.inner.passwords.work()
    }

    pub(crate) fn db(&self) -> &Db {
        &self.inner.db
    }

    pub(crate) fn cache(&self) -> &Cache {
        &self.inner.cache
    }

    pub(crate) fn jobs(&self) -> &Jobs {
        &self.inner.jobs
    }

    pub(crate) fn tokens(&self) -> &TokenKeys {
        &self.inner.tokens
    }

    pub(crate) fn passwords(&self) -> &Passwords {
        &self.inner.passwords
    }

    pub(crate) fn config(&self) -> &Config {
        &self.inner.config
    }
}

/// The person who asks. Use cases about one's own account are open to every signed-in person and to nobody else.
pub(crate) fn signed_in(cx: &Cx) -> Result<UserId> {
    cx.public("everybody who is signed in manages their own account; who they are is asked in the next line");
    cx.user()
}

/// The same request, about a company that it did not begin in: the one it founds or joins.
pub(crate) fn elsewhere(cx: &Cx, company: CompanyId) -> Cx {
    let other = Cx::builder(cx.clock().clone())
        .company(company)
        .actor(cx.actor.clone())
        .channel(cx.channel)
        .locale(cx.locale)
        .request_id(cx.request_id)
        .address(cx.address)
        .build();
    other.public("the request was let in where it began");
    other
}
