//! From what a request carries to who is asking: one statement, whatever the caller is.
//! A token only names a session; whether it lives, which company it is for and what its owner may do there is read from the
//! records each time, so that a changed role or a removed member acts with the next request.

mod record;
mod standing;

use std::net::IpAddr;

use access::{Actor, BuiltinRole, Channel, Cx, CxBuilder, KeyKind, PermissionSet, Role};
use chrono::{DateTime, Duration, Utc};
use kernel::{CompanyId, Error, Locale, Result, UserId};
use uuid::Uuid;

use crate::api_key::{self, ApiKey, ApiKeyId, KEY_PREFIX};
use crate::handle::Tenancy;
use crate::ports::Admitted;
use crate::secrets::fingerprint;
use crate::session::{self, SessionId};
use record::SessionRecord;

/// How stale "last used" may be, in minutes: a write per request would cost more than it tells.
const USE_MINUTES: i64 = 5;

/// What the edge knows of a request before anybody is known.
#[derive(Debug, Clone, Default)]
pub struct Entrance {
    /// What followed `Authorization: Bearer`, or a socket's `connection_init`: an access token, an API key, or what proves
    /// a client.
    pub bearer: Option<String>,
    /// The `Origin` header.
    pub origin: Option<String>,
    /// The caller's network address.
    pub address: Option<IpAddr>,
    /// The language that was asked for.
    pub locale: Option<Locale>,
    /// The id of the request.
    pub request_id: Option<Uuid>,
}

impl Tenancy {
    /// Who is asking. Without a bearer nobody is; with one that proves nothing the request is refused, since its sender
    /// believes to be somebody.
    pub async fn authenticate(&self, entrance: &Entrance) -> Result<Cx> {
        match entrance.bearer.as_deref() {
            None => Ok(self.builder(entrance, None).build()),
            Some(key) if key.starts_with(KEY_PREFIX) => self.by_key(entrance, key).await,
            Some(shown) => match self.doors().admit(shown).await? {
                Some(admitted) => Ok(self.client_cx(entrance, &admitted)),
                None => self.by_token(entrance, shown).await,
            },
        }
    }

    /// The same caller as the records know them now: sockets ask every few seconds. Refused when the session or key has
    /// ended, the session was moved to another company, or the key does not list the page's origin any more.
    pub async fn recheck(&self, cx: &Cx) -> Result<Cx> {
        let entrance = Entrance {
            address: cx.address,
            locale: Some(cx.locale),
            request_id: Some(cx.request_id),
            origin: cx.origin.as_deref().map(str::to_owned),
            ..Entrance::default()
        };
        let directory = self.db().directory().await?;
        match cx.actor {
            Actor::User { session, .. } => {
                let record = record::find(&directory, SessionId::from_uuid(session)).await?;
                let record = record.filter(|record| record.company_id == cx.company_id().map(CompanyId::uuid));
                self.member_cx(&entrance, session, &record.ok_or_else(Error::unauthenticated)?)
            }
            Actor::ApiKey { key, .. } => {
                let key = api_key::repo::find(&directory, cx.company()?, ApiKeyId::from_uuid(key)).await?;
                let key = key.filter(|key| key.revoked_at.is_none()).ok_or_else(Error::unauthenticated)?;
                self.key_cx(&entrance, &key)
            }
            Actor::Client { proof, .. } => {
                drop(directory);
                let admitted = self.doors().readmit(cx.company()?, proof).await?;
                Ok(self.client_cx(&entrance, &admitted.ok_or_else(Error::unauthenticated)?))
            }
            Actor::Anonymous | Actor::System { .. } => Ok(cx.clone()),
        }
    }

    async fn by_token(&self, entrance: &Entrance, token: &str) -> Result<Cx> {
        let now = self.db().clock().now();
        let claims = self.tokens().read_access(token, now).map_err(|_| Error::unauthenticated())?;
        let directory = self.db().directory().await?;
        let record = record::find(&directory, claims.sid).await?.ok_or_else(Error::unauthenticated)?;
        drop(directory);
        // A token of the company before must not silently act on the one selected since.
        let same_company = record.company_id == claims.company.map(CompanyId::uuid);
        if record.user_id != claims.sub.uuid() || !same_company {
            return Err(Error::unauthenticated());
        }
        let cx = self.member_cx(entrance, claims.sid.uuid(), &record)?;
        let newest = claims.generation == record.generation;
        if newest && (!record.pair_used || is_stale(Some(record.last_seen_at), now)) {
            self.note_session_use(claims.sid, claims.generation).await;
        }
        Ok(cx)
    }

    async fn by_key(&self, entrance: &Entrance, text: &str) -> Result<Cx> {
        let directory = self.db().directory().await?;
        let key = api_key::repo::find_by_hash(&directory, fingerprint(text.as_bytes())).await?;
        drop(directory);
        let key = key.filter(|key| key.revoked_at.is_none()).ok_or_else(Error::unauthenticated)?;
        let cx = self.key_cx(entrance, &key)?;
        if cx.is_public() && cx.origin.is_none() {
            self.count_keyless_origin(entrance.address).await?;
        }
        if is_stale(key.last_used_at, self.db().clock().now()) {
            self.note_key_use(key.company_id, key.id);
        }
        Ok(cx)
    }

    fn builder(&self, entrance: &Entrance, known: Option<Locale>) -> CxBuilder {
        let builder = Cx::builder(self.db().clock().clone())
            .address(entrance.address)
            .locale(entrance.locale.or(known).unwrap_or_default());
        match entrance.request_id {
            Some(id) => builder.request_id(id),
            None => builder,
        }
    }

    /// The context of a living session. Without a living place in the selected company its owner is known, but has no
    /// company: they can still choose another.
    fn member_cx(&self, entrance: &Entrance, session: Uuid, record: &SessionRecord) -> Result<Cx> {
        let now = self.db().clock().now();
        if !record.lives(now) {
            return Err(Error::unauthenticated());
        }
        let place = record.place(now)?;
        let user = UserId::from_uuid(record.user_id);
        let builder = self.builder(entrance, record.locale.parse().ok()).channel(Channel::Web);
        let Some(place) = place else {
            let actor = Actor::User { user, session, membership: None, role: None };
            return Ok(builder.actor(actor).permissions(PermissionSet::EMPTY).build());
        };
        let permissions = place.role.permissions();
        let actor = Actor::User { user, session, membership: Some(place.member), role: Some(place.role) };
        Ok(builder.company(place.company).actor(actor).permissions(permissions).build())
    }

    /// The context of a living key. One for web pages must list the origin of the page, when it is a page that asks.
    fn key_cx(&self, entrance: &Entrance, key: &ApiKey) -> Result<Cx> {
        let origin = entrance.origin.as_deref().filter(|_| key.kind == KeyKind::Publishable);
        if origin.is_some_and(|origin| !is_allowed(key, origin)) {
            return Err(Error::forbidden("api_key.origin"));
        }
        let (channel, permissions) = match key.kind {
            KeyKind::Publishable => (Channel::Public, BuiltinRole::PublishableKey.permissions()),
            KeyKind::Secret => (Channel::Api, key.permissions),
        };
        let cx = self
            .builder(entrance, None)
            .company(key.company_id)
            .actor(Actor::ApiKey { key: key.id.uuid(), kind: key.kind })
            .channel(channel)
            .permissions(permissions)
            .origin(origin.map(Box::from))
            .build();
        Ok(cx)
    }

    /// The context of a client: a stranger, but for what is their own.
    fn client_cx(&self, entrance: &Entrance, admitted: &Admitted) -> Cx {
        self.builder(entrance, admitted.locale)
            .company(admitted.company)
            .actor(Actor::Client { client: admitted.client, proof: admitted.proof })
            .channel(Channel::Public)
            .permissions(admitted.permissions)
            .build()
    }

    /// Waited for, since a pair must count as used before its first answer leaves; in a task of its own, since a caller
    /// that goes away must not leave it undone. When it cannot be written the request goes on: then a lost refresh may be
    /// repeated where it should not, which is better than nobody getting in.
    async fn note_session_use(&self, session: SessionId, generation: i32) {
        let tenancy = self.clone();
        let noted = tokio::spawn(async move {
            db::transaction!(tenancy.db(), CompanyId::NONE, |tx| {
                session::repo::mark_used(tx, session, generation).await
            })
        });
        match noted.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the use of a session could not be noted"),
            Err(error) => tracing::error!(%error, "noting the use of a session stopped"),
        }
    }

    fn note_key_use(&self, company: CompanyId, key: ApiKeyId) {
        let tenancy = self.clone();
        tokio::spawn(async move {
            let noted = db::transaction!(tenancy.db(), company, |tx| api_key::repo::mark_used(tx, key).await);
            if let Err(error) = noted {
                tracing::warn!(%error, "the use of an API key could not be noted");
            }
        });
    }
}

/// A member's place in the selected company.
pub(crate) struct Place {
    pub(crate) company: CompanyId,
    pub(crate) member: Uuid,
    pub(crate) role: Role,
}

fn is_stale(noted: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
    noted.is_none_or(|noted| now - noted >= Duration::minutes(USE_MINUTES))
}

fn is_allowed(key: &ApiKey, origin: &str) -> bool {
    api_key::origin(origin).is_some_and(|origin| key.origins.contains(&origin))
}
