//! Use cases of cancellation policies.

use super::{
    CancellationPolicies, CancellationPolicy, CancellationPolicyDraft, CancellationPolicyId, CancellationPolicyPatch,
    repo,
};
use crate::Catalog;
use crate::edit::{expect_version, taken, version_conflict};
use crate::events::{
    CancellationPolicyArchived, CancellationPolicyCreated, CancellationPolicyRestored, CancellationPolicyUpdated,
    DefaultCancellationPolicySet, changes,
};
use crate::handle::STAMP;
use crate::permissions::{CATALOG_INTERNAL, CATALOG_READ, CATALOG_WRITE};
use access::Cx;
use db::{Once, Reader, Tx};
use kernel::{CommonCode, Error, Result};
use std::sync::Arc;

impl Catalog {
    /// The policies by name, and which of them is the default. The public sees those that are not archived.
    pub async fn list_cancellation_policies(
        &self,
        cx: &Cx,
        r: &Reader,
        archived: bool,
    ) -> Result<(Vec<CancellationPolicy>, Arc<CancellationPolicies>)> {
        cx.require(CATALOG_READ)?;
        let archived = archived && cx.can(CATALOG_INTERNAL);
        let policies = self.cancellation_policies(r).await?;
        let shown = policies.iter().filter(|policy| archived || !policy.archived).cloned().collect();
        Ok((shown, policies))
    }

    /// Makes a policy.
    pub async fn create_cancellation_policy(
        &self,
        cx: &Cx,
        draft: CancellationPolicyDraft,
        key: Option<&str>,
    ) -> Result<CancellationPolicy> {
        cx.require(CATALOG_WRITE)?;
        let once = Once::new(cx.actor.principal(), "cancellationPolicyCreate", key, &draft)?;
        let policy = draft.check(CancellationPolicyId::new())?;
        db::transaction!(self.db, cx.company()?, |tx| {
            if let Some(ids) = once.done(tx).await? {
                let id = ids.first().copied().ok_or_else(Error::not_found)?;
                return self.current_policy(tx, CancellationPolicyId::from_uuid(id)).await;
            }
            repo::insert(tx, &policy).await?;
            once.remember(tx, &[policy.id.uuid()]).await?;
            tx.touch(STAMP);
            self.jobs.publish_in(cx, tx, &CancellationPolicyCreated { id: policy.id }).await?;
            Ok(policy.clone())
        })
        .map_err(taken("name"))
    }

    /// Edits a policy. What is booked keeps what it was booked with.
    pub async fn update_cancellation_policy(
        &self,
        cx: &Cx,
        id: CancellationPolicyId,
        version: i32,
        patch: CancellationPolicyPatch,
    ) -> Result<CancellationPolicy> {
        cx.require(CATALOG_WRITE)?;
        db::transaction!(self.db, cx.company()?, |tx| {
            let before = self.current_policy(tx, id).await?;
            expect_version(&before, before.version, version)?;
            if before.archived {
                return Err(Error::conflict(CommonCode::Archived));
            }
            let draft = CancellationPolicyDraft::edited(&before, patch.clone());
            let after = CancellationPolicy { version: version + 1, ..draft.check(id)? };
            if !repo::update(tx, &after, version).await? {
                return Err(version_conflict(self.current_policy(tx, id).await?));
            }
            tx.touch(STAMP);
            self.jobs.publish_in(cx, tx, &CancellationPolicyUpdated { id, changes: changes(&before, &after) }).await?;
            Ok(after)
        })
        .map_err(taken("name"))
    }

    /// Archives a policy. Refused with `IN_USE` while it is the default or a live service names it.
    pub async fn archive_cancellation_policy(
        &self,
        cx: &Cx,
        id: CancellationPolicyId,
        version: i32,
    ) -> Result<CancellationPolicy> {
        cx.require(CATALOG_WRITE)?;
        db::transaction!(self.db, cx.company()?, |tx| {
            let before = self.current_policy(tx, id).await?;
            expect_version(&before, before.version, version)?;
            if before.archived {
                return Ok(before);
            }
            if !repo::archive(tx, id, version, true).await? {
                return Err(version_conflict(self.current_policy(tx, id).await?));
            }
            let (policies, services) = (self.cancellation_policies(tx).await?, self.services(tx).await?);
            let is_default = policies.default_policy().is_some_and(|policy| policy.id == id);
            let named = services.iter().any(|one| !one.archived && one.rules.cancellation_policy_id == Some(id));
            if is_default || named {
                return Err(Error::conflict(CommonCode::InUse));
            }
            tx.touch(STAMP);
            self.jobs.publish_in(cx, tx, &CancellationPolicyArchived { id }).await?;
            Ok(CancellationPolicy { archived: true, version: version + 1, ..before })
        })
    }

    /// Takes an archived policy back. Its name must still be free.
    pub async fn restore_cancellation_policy(
        &self,
        cx: &Cx,
        id: CancellationPolicyId,
        version: i32,
    ) -> Result<CancellationPolicy> {
        cx.require(CATALOG_WRITE)?;
        db::transaction!(self.db, cx.company()?, |tx| {
            let before = self.current_policy(tx, id).await?;
            expect_version(&before, before.version, version)?;
            if !before.archived {
                return Ok(before);
            }
            if !repo::archive(tx, id, version, false).await? {
                return Err(version_conflict(self.current_policy(tx, id).await?));
            }
            tx.touch(STAMP);
            self.jobs.publish_in(cx, tx, &CancellationPolicyRestored { id }).await?;
            Ok(CancellationPolicy { archived: false, version: version + 1, ..before })
        })
        .map_err(taken("name"))
    }

    /// Chooses the policy of services that name none; `None`: their visits are free to call off. Of two choices at once
    /// the later one stays.
    pub async fn set_default_cancellation_policy(
        &self,
        cx: &Cx,
        id: Option<CancellationPolicyId>,
    ) -> Result<Option<CancellationPolicy>> {
        cx.require(CATALOG_WRITE)?;
        db::transaction!(self.db, cx.company()?, |tx| {
            let chosen = match id {
                Some(id) => Some(self.current_policy(tx, id).await?),
                None => None,
            };
            if chosen.as_ref().is_some_and(|policy| policy.archived) {
                return Err(Error::conflict(CommonCode::Archived).at("id"));
            }
            repo::set_default(tx, id).await?;
            tx.touch(STAMP);
            self.jobs.publish_in(cx, tx, &DefaultCancellationPolicySet { policy: id }).await?;
            Ok(chosen)
        })
    }

    async fn current_policy(&self, tx: &Tx, id: CancellationPolicyId) -> Result<CancellationPolicy> {
        self.cancellation_policies(tx).await?.get(id).cloned().ok_or_else(Error::not_found)
    }
}
