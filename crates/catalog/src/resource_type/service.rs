//! Use cases of resource types.

use super::{ResourceType, ResourceTypeId, repo};
use crate::Catalog;
use crate::edit::{expect_version, taken, version_conflict};
use crate::events::{ResourceTypeArchived, ResourceTypeCreated, ResourceTypeRestored, ResourceTypeUpdated, changes};
use crate::handle::STAMP;
use crate::localized::Localized;
use crate::permissions::{CATALOG_INTERNAL, CATALOG_WRITE};
use access::Cx;
use db::{Once, Reader, Tx};
use kernel::{CommonCode, Error, Result};

impl Catalog {
    /// The resource types by name.
    pub async fn list_resource_types(&self, cx: &Cx, r: &Reader, archived: bool) -> Result<Vec<ResourceType>> {
        cx.require(CATALOG_INTERNAL)?;
        let resources = self.resources(r).await?;
        Ok(resources.types().filter(|kind| archived || !kind.archived).cloned().collect())
    }

    /// Makes a resource type.
    pub async fn create_resource_type(&self, cx: &Cx, name: Localized, key: Option<&str>) -> Result<ResourceType> {
        cx.require(CATALOG_WRITE)?;
        let once = Once::new(cx.actor.principal(), "resourceKindCreate", key, &name)?;
        let kind = ResourceType::named(ResourceTypeId::new(), &name)?;
        db::transaction!(self.db, cx.company()?, |tx| {
            if let Some(ids) = once.done(tx).await? {
                let id = ids.first().copied().ok_or_else(Error::not_found)?;
                return self.get_resource_type(tx, ResourceTypeId::from_uuid(id)).await;
            }
            repo::insert(tx, &kind).await?;
            once.remember(tx, &[kind.id.uuid()]).await?;
            tx.touch(STAMP);
            self.jobs.publish_in(cx, tx, &ResourceTypeCreated { id: kind.id }).await?;
            Ok(kind.clone())
        })
        .map_err(taken("name"))
    }

    /// Renames a resource type.
    pub async fn update_resource_type(
        &self,
        cx: &Cx,
        id: ResourceTypeId,
        version: i32,
        name: Localized,
    ) -> Result<ResourceType> {
        cx.require(CATALOG_WRITE)?;
        db::transaction!(self.db, cx.company()?, |tx| {
            let before = self.get_resource_type(tx, id).await?;
            expect_version(&before, before.version, version)?;
            if before.archived {
                return Err(Error::conflict(CommonCode::Archived));
            }
            let after = ResourceType { version: version + 1, ..ResourceType::named(id, &name)? };
            if !repo::update(tx, &after, version).await? {
                return Err(version_conflict(self.get_resource_type(tx, id).await?));
            }
            tx.touch(STAMP);
            self.jobs.publish_in(cx, tx, &ResourceTypeUpdated { id, changes: changes(&before, &after) }).await?;
            Ok(after)
        })
        .map_err(taken("name"))
    }

    /// Archives a resource type. Refused with `IN_USE` while it has live units or a live service requires it.
    pub async fn archive_resource_type(&self, cx: &Cx, id: ResourceTypeId, version: i32) -> Result<ResourceType> {
        cx.require(CATALOG_WRITE)?;
        db::transaction!(self.db, cx.company()?, |tx| {
            let before = self.get_resource_type(tx, id).await?;
            expect_version(&before, before.version, version)?;
            if before.archived {
                return Ok(before);
            }
            if !repo::archive(tx, id, version, true).await? {
                return Err(version_conflict(self.get_resource_type(tx, id).await?));
            }
            let (resources, services) = (self.resources(tx).await?, self.services(tx).await?);
            let has_units = resources.iter().any(|unit| unit.type_id == id && !unit.archived);
            let target = crate::services::RequirementTarget::Type(id);
            if has_units || services.iter().any(|service| !service.archived && service.requires(target)) {
                return Err(Error::conflict(CommonCode::InUse));
            }
            tx.touch(STAMP);
            self.jobs.publish_in(cx, tx, &ResourceTypeArchived { id }).await?;
            Ok(ResourceType { archived: true, version: version + 1, ..before })
        })
    }

    /// Takes an archived resource type back. Its name must still be free.
    pub async fn restore_resource_type(&self, cx: &Cx, id: ResourceTypeId, version: i32) -> Result<ResourceType> {
        cx.require(CATALOG_WRITE)?;
        db::transaction!(self.db, cx.company()?, |tx| {
            let before = self.get_resource_type(tx, id).await?;
            expect_version(&before, before.version, version)?;
            if !before.archived {
                return Ok(before);
            }
            if !repo::archive(tx, id, version, false).await? {
                return Err(version_conflict(self.get_resource_type(tx, id).await?));
            }
            tx.touch(STAMP);
            self.jobs.publish_in(cx, tx, &ResourceTypeRestored { id }).await?;
            Ok(ResourceType { archived: false, version: version + 1, ..before })
        })
        .map_err(taken("name"))
    }

    async fn get_resource_type(&self, tx: &Tx, id: ResourceTypeId) -> Result<ResourceType> {
        self.resources(tx).await?.get_type(id).cloned().ok_or_else(Error::not_found)
    }
}
