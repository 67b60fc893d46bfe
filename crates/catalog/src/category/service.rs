//! Use cases of categories.

use super::{Category, CategoryDraft, CategoryId, repo};
use crate::Catalog;
use crate::edit::{expect_version, taken, version_conflict};
use crate::events::{CategoryArchived, CategoryCreated, CategoryRestored, CategoryUpdated, changes};
use crate::handle::STAMP;
use crate::localized::Localized;
use crate::permissions::{CATALOG_INTERNAL, CATALOG_READ, CATALOG_WRITE};
use access::Cx;
use db::{Once, Reader, Tx};
use kernel::{CommonCode, Error, Result};

impl Catalog {
    /// The categories in catalogue order. The public sees those that are not archived.
    pub async fn list_categories(&self, cx: &Cx, r: &Reader, archived: bool) -> Result<Vec<Category>> {
        cx.require(CATALOG_READ)?;
        let archived = archived && cx.can(CATALOG_INTERNAL);
        let categories = self.categories(r).await?;
        Ok(categories.iter().filter(|category| archived || !category.archived).cloned().collect())
    }

    /// Makes a category.
    pub async fn create_category(&self, cx: &Cx, draft: CategoryDraft, key: Option<&str>) -> Result<Category> {
        cx.require(CATALOG_WRITE)?;
        let once = Once::new(cx.actor.principal(), "serviceCategoryCreate", key, &draft)?;
        let category = draft.check(CategoryId::new())?;
        db::transaction!(self.db, cx.company()?, |tx| {
            if let Some(ids) = once.done(tx).await? {
                return self.repeated_category(tx, &ids).await;
            }
            repo::insert(tx, &category).await?;
            once.remember(tx, &[category.id.uuid()]).await?;
            tx.touch(STAMP);
            self.jobs.publish_in(cx, tx, &CategoryCreated { id: category.id }).await?;
            Ok(category.clone())
        })
        .map_err(taken("name"))
    }

    /// Edits a category; what is `None` stays.
    pub async fn update_category(
        &self,
        cx: &Cx,
        id: CategoryId,
        version: i32,
        name: Option<Localized>,
        position: Option<i32>,
    ) -> Result<Category> {
        cx.require(CATALOG_WRITE)?;
        db::transaction!(self.db, cx.company()?, |tx| {
            let before = self.get_category(tx, id).await?;
            expect_version(&before, before.version, version)?;
            if before.archived {
                return Err(Error::conflict(CommonCode::Archived));
            }
            let draft = CategoryDraft {
                name: name.clone().unwrap_or_else(|| before.name.clone()),
                position: position.unwrap_or(before.position),
            };
            let after = Category { version: version + 1, ..draft.check(id)? };
            if !repo::update(tx, &after, version).await? {
                return Err(version_conflict(self.get_category(tx, id).await?));
            }
            tx.touch(STAMP);
            self.jobs.publish_in(cx, tx, &CategoryUpdated { id, changes: changes(&before, &after) }).await?;
            Ok(after)
        })
        .map_err(taken("name"))
    }

    /// Archives a category. Refused with `IN_USE` while live services stand under it.
    pub async fn archive_category(&self, cx: &Cx, id: CategoryId, version: i32) -> Result<Category> {
        cx.require(CATALOG_WRITE)?;
        db::transaction!(self.db, cx.company()?, |tx| {
            let before = self.get_category(tx, id).await?;
            expect_version(&before, before.version, version)?;
            if before.archived {
                return Ok(before);
            }
            if !repo::archive(tx, id, version, true).await? {
                return Err(version_conflict(self.get_category(tx, id).await?));
            }
            let services = self.services(tx).await?;
            if services.iter().any(|service| !service.archived && service.category_id == Some(id)) {
                return Err(Error::conflict(CommonCode::InUse));
            }
            tx.touch(STAMP);
            self.jobs.publish_in(cx, tx, &CategoryArchived { id }).await?;
            Ok(Category { archived: true, version: version + 1, ..before })
        })
    }

    /// Takes an archived category back. Its name must still be free.
    pub async fn restore_category(&self, cx: &Cx, id: CategoryId, version: i32) -> Result<Category> {
        cx.require(CATALOG_WRITE)?;
        db::transaction!(self.db, cx.company()?, |tx| {
            let before = self.get_category(tx, id).await?;
            expect_version(&before, before.version, version)?;
            if !before.archived {
                return Ok(before);
            }
            if !repo::archive(tx, id, version, false).await? {
                return Err(version_conflict(self.get_category(tx, id).await?));
            }
            tx.touch(STAMP);
            self.jobs.publish_in(cx, tx, &CategoryRestored { id }).await?;
            Ok(Category { archived: false, version: version + 1, ..before })
        })
        .map_err(taken("name"))
    }

    async fn get_category(&self, tx: &Tx, id: CategoryId) -> Result<Category> {
        self.categories(tx).await?.get(id).cloned().ok_or_else(Error::not_found)
    }

    async fn repeated_category(&self, tx: &Tx, ids: &[uuid::Uuid]) -> Result<Category> {
        let id = ids.first().copied().ok_or_else(Error::not_found)?;
        self.get_category(tx, CategoryId::from_uuid(id)).await
    }
}
