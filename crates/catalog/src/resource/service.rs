//! Use cases of resources. What takes a unit away from bookings locks its schedule and lists the bookings it hits.

use super::draft::{ResourceDraft, ResourcePatch};
use super::filter::{ResourceFilter, place};
use super::status::{ResourceStatus, status_at};
use super::{Resource, ResourceId, repo};
use crate::Catalog;
use crate::edit::{expect_version, taken, version_conflict};
use crate::events::{ResourceArchived, ResourceCreated, ResourceRestored, ResourceUpdated, changes};
use crate::handle::STAMP;
use crate::permissions::{CATALOG_INTERNAL, CATALOG_WRITE};
use access::Cx;
use chrono::{DateTime, Utc};
use db::{Once, Reader, Subject, Tx};
use kernel::time::{LATEST, TimeRange};
use kernel::{CommonCode, Error, Page, PageRequest, Result};
use tenancy::LocationId;
use tenancy::ports::{AffectedBooking, CalendarChange};

impl Catalog {
    /// A page of resources by name.
    pub async fn list_resources(
        &self,
        cx: &Cx,
        r: &Reader,
        filter: &ResourceFilter,
        page: &PageRequest,
    ) -> Result<Page<Resource>> {
        cx.require(CATALOG_INTERNAL)?;
        self.expect_known_location(r, filter.location_id).await?;
        let resources = self.resources(r).await?;
        if filter.type_id.is_some_and(|id| resources.get_type(id).is_none()) {
            return Err(Error::not_found());
        }
        let shown = resources.iter().filter(|resource| filter.matches(resource));
        Ok(Page::of(shown, |resource| place(resource, cx.locale), page).map(Resource::clone))
    }

    /// One resource.
    pub async fn get_resource(&self, cx: &Cx, r: &Reader, id: ResourceId) -> Result<Resource> {
        cx.require(CATALOG_INTERNAL)?;
        self.resources(r).await?.get(id).cloned().ok_or_else(Error::not_found)
    }

    /// What each of these units is at an instant, in the order of `ids`. One call to bookings for all of them.
    pub async fn resource_statuses(
        &self,
        cx: &Cx,
        r: &Reader,
        ids: &[ResourceId],
        at: DateTime<Utc>,
    ) -> Result<Vec<ResourceStatus>> {
        cx.require(CATALOG_INTERNAL)?;
        let resources = self.resources(r).await?;
        if ids.iter().any(|id| resources.get(*id).is_none()) {
            return Err(Error::not_found());
        }
        let units: Vec<_> = ids.iter().map(|id| id.uuid()).collect();
        let occupied = self.tenancy.calendar().occupied(r, &units, at).await?;
        let later = TimeRange::new(at, LATEST);
        let status = |id: &ResourceId| {
            let windows: Vec<_> = resources.maintenance_of(*id, later).cloned().collect();
            let held: Vec<_> = occupied.iter().filter(|held| held.resource == id.uuid()).copied().collect();
            status_at(*id, at, &windows, &held)
        };
        Ok(ids.iter().map(status).collect())
    }

    /// Makes a resource.
    pub async fn create_resource(&self, cx: &Cx, draft: ResourceDraft, key: Option<&str>) -> Result<Resource> {
        cx.require(CATALOG_WRITE)?;
        let once = Once::new(cx.actor.principal(), "resourceCreate", key, &draft)?;
        let resource = draft.check(ResourceId::new())?;
        db::transaction!(self.db, cx.company()?, |tx| {
            if let Some(ids) = once.done(tx).await? {
                let id = ids.first().copied().ok_or_else(Error::not_found)?;
                return self.current_resource(tx, ResourceId::from_uuid(id)).await;
            }
            self.expect_location(tx, resource.location_id).await?;
            let resources = self.resources(tx).await?;
            if resources.get_type(resource.type_id).ok_or_else(Error::not_found)?.archived {
                return Err(Error::conflict(CommonCode::Archived).at("kindId"));
            }
            repo::insert(tx, &resource).await?;
            once.remember(tx, &[resource.id.uuid()]).await?;
            tx.touch(STAMP);
            self.jobs.publish_in(cx, tx, &ResourceCreated { id: resource.id }).await?;
            Ok(resource.clone())
        })
        .map_err(taken("name"))
    }

    /// Edits a resource; answers with the bookings that hold it and cannot any more.
    pub async fn update_resource(
        &self,
        cx: &Cx,
        id: ResourceId,
        version: i32,
        patch: ResourcePatch,
    ) -> Result<(Resource, Vec<AffectedBooking>)> {
        cx.require(CATALOG_WRITE)?;
        db::transaction!(self.db, cx.company()?, |tx| {
            tx.lock_schedules(&[Subject::resource(id).exclusive()]).await?;
            let before = self.current_resource(tx, id).await?;
            expect_version(&before, before.version, version)?;
            if before.archived {
                return Err(Error::conflict(CommonCode::Archived));
            }
            let after = ResourceDraft::of(&before, patch.clone()).check(id)?;
            let after = Resource { version: version + 1, ..after };
            if after.location_id != before.location_id {
                self.expect_location(tx, after.location_id).await?;
            }
            if !repo::update(tx, &after, version).await? {
                return Err(version_conflict(self.current_resource(tx, id).await?));
            }
            tx.touch(STAMP);
            self.jobs.publish_in(cx, tx, &ResourceUpdated { id, changes: changes(&before, &after) }).await?;
            let affected = self.affected_by(cx, tx, id, None).await?;
            Ok((after, affected))
        })
        .map_err(taken("name"))
    }

    /// Archives a resource; answers with the bookings that hold it. Refused with `IN_USE` while a live service
    /// requires this very unit.
    pub async fn archive_resource(
        &self,
        cx: &Cx,
        id: ResourceId,
        version: i32,
    ) -> Result<(Resource, Vec<AffectedBooking>)> {
        cx.require(CATALOG_WRITE)?;
        db::transaction!(self.db, cx.company()?, |tx| {
            tx.lock_schedules(&[Subject::resource(id).exclusive()]).await?;
            let before = self.current_resource(tx, id).await?;
            expect_version(&before, before.version, version)?;
            if before.archived {
                return Ok((before, Vec::new()));
            }
            let services = self.services(tx).await?;
            let target = crate::services::RequirementTarget::Unit(id);
            if services.iter().any(|service| !service.archived && service.requires(target)) {
                return Err(Error::conflict(CommonCode::InUse));
            }
            if !repo::archive(tx, id, version, true).await? {
                return Err(version_conflict(self.current_resource(tx, id).await?));
            }
            tx.touch(STAMP);
            self.jobs.publish_in(cx, tx, &ResourceArchived { id }).await?;
            let affected = self.affected_by(cx, tx, id, None).await?;
            Ok((Resource { archived: true, version: version + 1, ..before }, affected))
        })
    }

    /// Takes an archived resource back. Its name must still be free, its type live.
    pub async fn restore_resource(&self, cx: &Cx, id: ResourceId, version: i32) -> Result<Resource> {
        cx.require(CATALOG_WRITE)?;
        db::transaction!(self.db, cx.company()?, |tx| {
            let before = self.current_resource(tx, id).await?;
            expect_version(&before, before.version, version)?;
            if !before.archived {
                return Ok(before);
            }
            let resources = self.resources(tx).await?;
            if resources.get_type(before.type_id).is_none_or(|kind| kind.archived) {
                return Err(Error::conflict(CommonCode::Archived).at("kindId"));
            }
            if !repo::archive(tx, id, version, false).await? {
                return Err(version_conflict(self.current_resource(tx, id).await?));
            }
            tx.touch(STAMP);
            self.jobs.publish_in(cx, tx, &ResourceRestored { id }).await?;
            Ok(Resource { archived: false, version: version + 1, ..before })
        })
        .map_err(taken("name"))
    }

    /// The bookings that a change of a unit hits, in `range` or from now on. The change is already written.
    pub(crate) async fn affected_by(
        &self,
        cx: &Cx,
        tx: &Tx,
        id: ResourceId,
        range: Option<TimeRange>,
    ) -> Result<Vec<AffectedBooking>> {
        let change = CalendarChange { resources: vec![id.uuid()], range, ..CalendarChange::default() };
        self.tenancy.calendar().affected(cx, tx, &change).await
    }

    async fn current_resource(&self, tx: &Tx, id: ResourceId) -> Result<Resource> {
        self.resources(tx).await?.get(id).cloned().ok_or_else(Error::not_found)
    }

    /// A filter may name only what the company has, or had: another company's location is not found.
    pub(crate) async fn expect_known_location(&self, r: &Reader, id: Option<LocationId>) -> Result<()> {
        let Some(id) = id else { return Ok(()) };
        self.tenancy.locations(r).await?.get(id).map(|_| ()).ok_or_else(Error::not_found)
    }

    async fn expect_location(&self, tx: &Tx, id: LocationId) -> Result<()> {
        let locations = self.tenancy.locations(tx).await?;
        let location = locations.get(id).ok_or_else(Error::not_found)?;
        if location.archived { Err(Error::conflict(CommonCode::Archived).at("locationId")) } else { Ok(()) }
    }
}
