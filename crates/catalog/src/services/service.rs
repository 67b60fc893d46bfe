//! Use cases of services.

use super::{RequirementDraft, Service, ServiceDraft, ServiceFilter, ServiceId, ServiceOrder, ServicePatch, repo};
use crate::Catalog;
use crate::edit::{expect_version, taken, version_conflict};
use crate::events::{ServiceArchived, ServiceCreated, ServiceRestored, ServiceUpdated, changes};
use crate::handle::STAMP;
use crate::permissions::{CATALOG_INTERNAL, CATALOG_READ, CATALOG_WRITE};
use access::Cx;
use db::{Once, Reader, Tx};
use kernel::{Checks, CommonCode, Error, Page, PageRequest, Result};
use tenancy::{Grid, LocationId};

impl Catalog {
    /// A page of services. The public sees those that are listed publicly, whatever it filters by.
    pub async fn list_services(
        &self,
        cx: &Cx,
        r: &Reader,
        filter: &ServiceFilter,
        order: ServiceOrder,
        page: &PageRequest,
    ) -> Result<Page<Service>> {
        cx.require(CATALOG_READ)?;
        self.expect_known_location(r, filter.location_id).await?;
        if let Some(id) = filter.category_id {
            self.categories(r).await?.get(id).ok_or_else(Error::not_found)?;
        }
        let internal = cx.can(CATALOG_INTERNAL);
        let services = self.services(r).await?;
        let shown = services.iter().filter(|service| internal || service.listed_publicly());
        let shown = shown.filter(|service| filter.matches(service));
        Ok(Page::of(shown, |service| order.place(service, cx.locale), page).map(Service::clone))
    }

    /// One service. The public finds what it may book, listed or not.
    pub async fn get_service(&self, cx: &Cx, r: &Reader, id: ServiceId) -> Result<Service> {
        cx.require(CATALOG_READ)?;
        let services = self.services(r).await?;
        let found = services.get(id).filter(|service| cx.can(CATALOG_INTERNAL) || service.open_to_public());
        found.cloned().ok_or_else(Error::not_found)
    }

    /// Makes a service.
    pub async fn create_service(&self, cx: &Cx, draft: ServiceDraft, key: Option<&str>) -> Result<Service> {
        cx.require(CATALOG_WRITE)?;
        let once = Once::new(cx.actor.principal(), "serviceCreate", key, &draft)?;
        let id = ServiceId::new();
        db::transaction!(self.db, cx.company()?, |tx| {
            if let Some(ids) = once.done(tx).await? {
                let id = ids.first().copied().ok_or_else(Error::not_found)?;
                return self.current_service(tx, ServiceId::from_uuid(id)).await;
            }
            let service = self.checked_service(tx, id, draft.clone(), None).await?;
            repo::insert(tx, &service).await?;
            once.remember(tx, &[id.uuid()]).await?;
            tx.touch(STAMP);
            self.jobs.publish_in(cx, tx, &ServiceCreated { id }).await?;
            Ok(service)
        })
        .map_err(taken("name"))
    }

    /// Edits a service. What is booked keeps what it was booked with.
    pub async fn update_service(&self, cx: &Cx, id: ServiceId, version: i32, patch: ServicePatch) -> Result<Service> {
        cx.require(CATALOG_WRITE)?;
        db::transaction!(self.db, cx.company()?, |tx| {
            let before = self.current_service(tx, id).await?;
            expect_version(&before, before.version, version)?;
            if before.archived {
                return Err(Error::conflict(CommonCode::Archived));
            }
            let draft = ServiceDraft::of(&before).with(patch.clone());
            let after = self.checked_service(tx, id, draft, Some(&before)).await?;
            let after = Service { version: version + 1, ..after };
            if !repo::update(tx, &after, version).await? {
                return Err(version_conflict(self.current_service(tx, id).await?));
            }
            tx.touch(STAMP);
            self.jobs.publish_in(cx, tx, &ServiceUpdated { id, changes: changes(&before, &after) }).await?;
            Ok(after)
        })
        .map_err(taken("name"))
    }

    /// Archives a service: nobody can book it any more. What is booked stays.
    pub async fn archive_service(&self, cx: &Cx, id: ServiceId, version: i32) -> Result<Service> {
        cx.require(CATALOG_WRITE)?;
        db::transaction!(self.db, cx.company()?, |tx| {
            let before = self.current_service(tx, id).await?;
            expect_version(&before, before.version, version)?;
            if before.archived {
                return Ok(before);
            }
            if !repo::archive(tx, id, version, true).await? {
                return Err(version_conflict(self.current_service(tx, id).await?));
            }
            tx.touch(STAMP);
            self.jobs.publish_in(cx, tx, &ServiceArchived { id }).await?;
            Ok(Service { archived: true, version: version + 1, ..before })
        })
    }

    /// Takes an archived service back. Its name must still be free.
    pub async fn restore_service(&self, cx: &Cx, id: ServiceId, version: i32) -> Result<Service> {
        cx.require(CATALOG_WRITE)?;
        db::transaction!(self.db, cx.company()?, |tx| {
            let before = self.current_service(tx, id).await?;
            expect_version(&before, before.version, version)?;
            if !before.archived {
                return Ok(before);
            }
            if !repo::archive(tx, id, version, false).await? {
                return Err(version_conflict(self.current_service(tx, id).await?));
            }
            tx.touch(STAMP);
            self.jobs.publish_in(cx, tx, &ServiceRestored { id }).await?;
            Ok(Service { archived: false, version: version + 1, ..before })
        })
        .map_err(taken("name"))
    }

    async fn current_service(&self, tx: &Tx, id: ServiceId) -> Result<Service> {
        self.services(tx).await?.get(id).cloned().ok_or_else(Error::not_found)
    }

    /// The service that a draft makes in this company. An id that the company does not have is not found; one that
    /// is archived is refused unless the service had it `before`.
    async fn checked_service(
        &self,
        tx: &Tx,
        id: ServiceId,
        draft: ServiceDraft,
        before: Option<&Service>,
    ) -> Result<Service> {
        let mut checks = Checks::new();
        if let Some(category) = draft.category_id {
            let known = before.is_some_and(|before| before.category_id == Some(category));
            let categories = self.categories(tx).await?;
            let found = categories.get(category).ok_or_else(Error::not_found)?;
            checks.ensure("categoryId", known || !found.archived, CommonCode::Archived);
        }
        if let Some(policy) = draft.rules.cancellation_policy_id {
            let known = before.is_some_and(|before| before.rules.cancellation_policy_id == Some(policy));
            let policies = self.cancellation_policies(tx).await?;
            let found = policies.get(policy).ok_or_else(Error::not_found)?;
            checks.ensure("rules.cancellationPolicyId", known || !found.archived, CommonCode::Archived);
        }
        let known = before.map_or(&[][..], |before| &before.location_ids);
        let grids = self.grids_of(tx, &mut checks, &draft.location_ids, known).await?;
        self.check_targets(tx, &mut checks, &draft.requirements, before).await?;
        let currency = self.tenancy.settings(tx).await?.currency;
        let add_ons = before.map_or(&[][..], |before| &before.add_ons);
        // Another service's add-on is as unknown as anybody's.
        let mut named = draft.add_ons.iter().filter_map(|add_on| add_on.id);
        if named.any(|id| add_ons.iter().all(|known| known.id != id)) {
            return Err(Error::not_found());
        }
        let service = draft.check(&mut checks, id, currency, &grids, add_ons);
        checks.build(|| service)
    }

    /// The anchors of the locations where a service is to be offered; all open ones when it names none.
    async fn grids_of(
        &self,
        tx: &Tx,
        checks: &mut Checks,
        ids: &[LocationId],
        known: &[LocationId],
    ) -> Result<Vec<Grid>> {
        let locations = self.tenancy.locations(tx).await?;
        if ids.is_empty() {
            return Ok(locations.open().map(|location| location.grid).collect());
        }
        let mut grids = Vec::with_capacity(ids.len());
        for (index, id) in ids.iter().enumerate() {
            let location = locations.get(*id).ok_or_else(Error::not_found)?;
            let usable = !location.archived || known.contains(id);
            checks.ensure(format!("locationIds.{index}"), usable, CommonCode::Archived);
            grids.push(location.grid);
        }
        Ok(grids)
    }

    async fn check_targets(
        &self,
        tx: &Tx,
        checks: &mut Checks,
        requirements: &[RequirementDraft],
        before: Option<&Service>,
    ) -> Result<()> {
        if requirements.is_empty() {
            return Ok(());
        }
        let resources = self.resources(tx).await?;
        for (index, requirement) in requirements.iter().enumerate() {
            let mut archived = false;
            if let Some(id) = requirement.type_id {
                archived |= resources.get_type(id).ok_or_else(Error::not_found)?.archived;
            }
            if let Some(id) = requirement.resource_id {
                archived |= resources.get(id).ok_or_else(Error::not_found)?.archived;
            }
            let known = before.is_some_and(|before| requirement.target().is_some_and(|target| before.requires(target)));
            checks.ensure(format!("requirements.{index}"), known || !archived, CommonCode::Archived);
        }
        Ok(())
    }
}
