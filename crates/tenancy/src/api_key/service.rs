//! Use cases of API keys.

use access::{Cx, KeyKind, PermissionSet};
use db::Reader;
use kernel::text::text;
use kernel::{Checks, CommonCode, Error, Issue, Page, PageRequest, Result};

use super::{ApiKey, ApiKeyId, IssuedApiKey, fresh, origin, repo};
use crate::company;
use crate::error::TenancyErrorCode;
use crate::events::{ApiKeyCreated, ApiKeyRevoked, ApiKeyUpdated};
use crate::handle::Tenancy;
use crate::idempotency::idempotency;
use crate::permissions::API_KEYS_WRITE;
use crate::role::service::within_own;
use crate::secrets::fingerprint;

const NAME_LENGTH: usize = 60;
/// The most keys of a company that work.
const LIMIT: u64 = 50;
/// The most origins of a key.
const ORIGINS_LIMIT: usize = 50;

/// What a key is made of.
#[derive(Debug, Clone, serde::Serialize)]
pub struct NewApiKey {
    /// What people call it.
    pub name: String,
    /// Whether strangers may know it.
    pub kind: KeyKind,
    /// Names of a secret key's permissions; empty for a publishable one.
    pub permissions: Vec<String>,
    /// Where a publishable key may be used from; empty for a secret one.
    pub origins: Vec<String>,
    /// Makes a repeated request harmless; its answer lacks the key itself.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// An edit of a key. What is absent stays.
#[derive(Debug, Clone, Default)]
pub struct ApiKeyChange {
    /// Another name.
    pub name: Option<String>,
    /// All origins from now on.
    pub origins: Option<Vec<String>>,
}

impl Tenancy {
    /// Makes a key. This is the only time that the key itself is shown.
    pub async fn create_api_key(&self, cx: &Cx, new: NewApiKey) -> Result<IssuedApiKey> {
        cx.require(API_KEYS_WRITE)?;
        let company = cx.company()?;
        let mut checks = Checks::new();
        let name = checks.check("name", text(&new.name, 1, NAME_LENGTH));
        let permissions = checks.check("permissions", permissions_of(cx, &new));
        let origins = checks.nested("origins", origins_of(new.kind, &new.origins))?;
        let (name, permissions, origins) = checks.build(|| Some((name?, permissions?, origins?)))?;
        let secret = fresh(new.kind);
        let key = idempotency(cx, "apiKeyCreate", new.idempotency_key.as_deref(), &new)?;
        db::transaction!(self.db(), company, |tx| {
            if let Some(known) = key.done(tx).await? {
                let known = repo::find(tx, company, ApiKeyId::from_uuid(known)).await?.ok_or_else(Error::not_found)?;
                return Ok(IssuedApiKey { key: known, secret: None });
            }
            company::repo::lock(tx).await?;
            if repo::count_live(tx).await? >= LIMIT {
                return Err(Error::conflict(CommonCode::LimitReached).with("max", LIMIT));
            }
            let issued = ApiKey {
                id: ApiKeyId::new(),
                company_id: company,
                kind: new.kind,
                name: name.clone(),
                hint: secret[secret.len() - 4..].to_owned(),
                permissions,
                origins: origins.clone(),
                created_by: cx.user().ok(),
                created_at: tx.now(),
                last_used_at: None,
                revoked_at: None,
            };
            repo::insert(tx, &issued, fingerprint(secret.as_bytes())).await?;
            self.jobs().publish_in(cx, tx, &ApiKeyCreated { key: issued.id }).await?;
            key.remember(tx, issued.id.uuid()).await?;
            Ok(IssuedApiKey { key: issued, secret: Some(secret.clone()) })
        })
    }

    /// Changes a key's name or origins.
    pub async fn update_api_key(&self, cx: &Cx, id: ApiKeyId, change: ApiKeyChange) -> Result<ApiKey> {
        cx.require(API_KEYS_WRITE)?;
        let company = cx.company()?;
        db::transaction!(self.db(), company, |tx| {
            let current = repo::find(tx, company, id).await?.ok_or_else(Error::not_found)?;
            let mut checks = Checks::new();
            let name = checks.check("name", text(change.name.as_deref().unwrap_or(&current.name), 1, NAME_LENGTH));
            let origins = change.origins.as_ref().unwrap_or(&current.origins);
            let origins = checks.nested("origins", origins_of(current.kind, origins))?;
            let (name, origins) = checks.build(|| Some((name?, origins?)))?;
            if !repo::update(tx, id, &name, &origins).await? {
                return Err(Error::conflict(CommonCode::Archived));
            }
            self.jobs().publish_in(cx, tx, &ApiKeyUpdated { key: id }).await?;
            repo::find(tx, company, id).await?.ok_or_else(Error::not_found)
        })
    }

    /// Revokes a key: its next request is refused.
    pub async fn revoke_api_key(&self, cx: &Cx, id: ApiKeyId) -> Result<ApiKey> {
        cx.require(API_KEYS_WRITE)?;
        let company = cx.company()?;
        db::transaction!(self.db(), company, |tx| {
            let known = repo::find(tx, company, id).await?.ok_or_else(Error::not_found)?;
            // Revoking twice is what somebody in a hurry does; the second time changes nothing.
            if known.revoked_at.is_none() && repo::revoke(tx, id).await? {
                self.jobs().publish_in(cx, tx, &ApiKeyRevoked { key: id }).await?;
            }
            repo::find(tx, company, id).await?.ok_or_else(Error::not_found)
        })
    }

    /// The company's keys, newest first.
    pub async fn api_keys(&self, cx: &Cx, reader: &Reader, request: &PageRequest) -> Result<Page<ApiKey>> {
        cx.require(API_KEYS_WRITE)?;
        repo::page(reader, request).await
    }
}

fn permissions_of(cx: &Cx, new: &NewApiKey) -> Result<PermissionSet, Issue> {
    match new.kind {
        KeyKind::Secret => within_own(cx, &new.permissions),
        KeyKind::Publishable if new.permissions.is_empty() => Ok(PermissionSet::EMPTY),
        KeyKind::Publishable => Err(Issue::new(CommonCode::Invalid)),
    }
}

/// A publishable key is bound to at least one origin; a secret one has none, since no browser may hold it.
fn origins_of(kind: KeyKind, raw: &[String]) -> Result<Vec<String>> {
    match kind {
        KeyKind::Secret if raw.is_empty() => return Ok(Vec::new()),
        KeyKind::Secret => return Err(Error::invalid(CommonCode::Invalid).at("0")),
        KeyKind::Publishable if raw.is_empty() => return Err(Error::invalid(CommonCode::Required)),
        KeyKind::Publishable => {}
    }
    if raw.len() > ORIGINS_LIMIT {
        return Err(Error::invalid(CommonCode::TooLong).with("max", ORIGINS_LIMIT));
    }
    let mut checks = Checks::new();
    let read = raw.iter().enumerate().map(|(index, raw)| {
        checks.check(index.to_string(), origin(raw).ok_or(Issue::new(TenancyErrorCode::OriginInvalid)))
    });
    let mut origins: Vec<String> = read.flatten().collect();
    checks.finish()?;
    origins.sort();
    origins.dedup();
    Ok(origins)
}
