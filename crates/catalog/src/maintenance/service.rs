//! Use cases of maintenance. Each locks the unit's schedule, so that a booking decides before or after it, never
//! across it, and answers with the bookings that it hits.

use super::draft::place;
use super::{Maintenance, MaintenanceDraft, MaintenanceFilter, MaintenanceId, MaintenancePatch, repo};
use crate::Catalog;
use crate::edit::{expect_version, version_conflict};
use crate::error::CatalogErrorCode;
use crate::events::{MaintenanceCancelled, MaintenanceScheduled, MaintenanceUpdated};
use crate::handle::STAMP;
use crate::permissions::{CATALOG_INTERNAL, CATALOG_WRITE};
use access::Cx;
use db::{Once, Reader, Subject, Tx};
use kernel::{CommonCode, Error, Page, PageRequest, Result};
use tenancy::ports::AffectedBooking;

impl Catalog {
    /// A page of maintenance windows by start; those that ended more than a year ago are not listed.
    pub async fn list_maintenance(
        &self,
        cx: &Cx,
        r: &Reader,
        filter: &MaintenanceFilter,
        page: &PageRequest,
    ) -> Result<Page<Maintenance>> {
        cx.require(CATALOG_INTERNAL)?;
        let resources = self.resources(r).await?;
        let foreign = |ids: &Vec<_>| ids.iter().any(|id| resources.get(*id).is_none());
        if filter.resource_ids.as_ref().is_some_and(foreign) {
            return Err(Error::not_found());
        }
        let shown = resources.maintenance().filter(|window| filter.matches(window));
        Ok(Page::of(shown, |window| place(window), page).map(Maintenance::clone))
    }

    /// One maintenance window.
    pub async fn get_maintenance(&self, cx: &Cx, r: &Reader, id: MaintenanceId) -> Result<Maintenance> {
        cx.require(CATALOG_INTERNAL)?;
        self.resources(r).await?.get_maintenance(id).cloned().ok_or_else(Error::not_found)
    }

    /// Plans maintenance. It cancels nothing: the answer lists the bookings that it hits.
    pub async fn schedule_maintenance(
        &self,
        cx: &Cx,
        draft: MaintenanceDraft,
        key: Option<&str>,
    ) -> Result<(Maintenance, Vec<AffectedBooking>)> {
        cx.require(CATALOG_WRITE)?;
        let once = Once::new(cx.actor.principal(), "maintenanceCreate", key, &draft)?;
        db::transaction!(self.db, cx.company()?, |tx| {
            if let Some(ids) = once.done(tx).await? {
                let id = ids.first().copied().ok_or_else(Error::not_found)?;
                let window = self.current_window(tx, MaintenanceId::from_uuid(id)).await?;
                let affected = self.affected_by(cx, tx, window.resource_id, Some(window.range)).await?;
                return Ok((window, affected));
            }
            let window = draft.clone().check(MaintenanceId::new(), tx.now())?;
            tx.lock_schedules(&[Subject::resource(window.resource_id).exclusive()]).await?;
            let resources = self.resources(tx).await?;
            if resources.get(window.resource_id).ok_or_else(Error::not_found)?.archived {
                return Err(Error::conflict(CommonCode::Archived).at("resourceId"));
            }
            repo::insert(tx, &window).await?;
            once.remember(tx, &[window.id.uuid()]).await?;
            tx.touch(STAMP);
            let affected = self.affected_by(cx, tx, window.resource_id, Some(window.range)).await?;
            let event = MaintenanceScheduled {
                id: window.id,
                resource_id: window.resource_id,
                starts_at: window.range.from,
                ends_at: window.range.to,
                affected: affected.len(),
            };
            self.jobs.publish_in(cx, tx, &event).await?;
            Ok((window, affected))
        })
    }

    /// Moves maintenance or gives it another reason; answers with the bookings that it hits now.
    pub async fn update_maintenance(
        &self,
        cx: &Cx,
        id: MaintenanceId,
        version: i32,
        patch: MaintenancePatch,
    ) -> Result<(Maintenance, Vec<AffectedBooking>)> {
        cx.require(CATALOG_WRITE)?;
        db::transaction!(self.db, cx.company()?, |tx| {
            let before = self.locked_window(tx, id, version).await?;
            let after = MaintenanceDraft::of(&before, patch.clone()).check(id, tx.now())?;
            let after = Maintenance { version: version + 1, ..after };
            if !repo::update(tx, &after, version).await? {
                return Err(version_conflict(self.current_window(tx, id).await?));
            }
            tx.touch(STAMP);
            let affected = self.affected_by(cx, tx, after.resource_id, Some(after.range)).await?;
            let event = MaintenanceUpdated {
                id,
                resource_id: after.resource_id,
                starts_at: after.range.from,
                ends_at: after.range.to,
                affected: affected.len(),
            };
            self.jobs.publish_in(cx, tx, &event).await?;
            Ok((after, affected))
        })
    }

    /// Calls maintenance off. One that is over has happened and stays.
    pub async fn cancel_maintenance(&self, cx: &Cx, id: MaintenanceId, version: i32) -> Result<Maintenance> {
        cx.require(CATALOG_WRITE)?;
        db::transaction!(self.db, cx.company()?, |tx| {
            let before = self.locked_window(tx, id, version).await?;
            if !repo::cancel(tx, id, version).await? {
                return Err(version_conflict(self.current_window(tx, id).await?));
            }
            tx.touch(STAMP);
            let event = MaintenanceCancelled {
                id,
                resource_id: before.resource_id,
                starts_at: before.range.from,
                ends_at: before.range.to,
                affected: 0,
            };
            self.jobs.publish_in(cx, tx, &event).await?;
            Ok(Maintenance { version: version + 1, ..before })
        })
    }

    /// A window that may still be changed, its unit's schedule locked.
    async fn locked_window(&self, tx: &Tx, id: MaintenanceId, version: i32) -> Result<Maintenance> {
        let resource = self.current_window(tx, id).await?.resource_id;
        tx.lock_schedules(&[Subject::resource(resource).exclusive()]).await?;
        let window = self.current_window(tx, id).await?;
        expect_version(&window, window.version, version)?;
        if window.range.to <= tx.now() {
            return Err(Error::conflict(CatalogErrorCode::AlreadyOver));
        }
        Ok(window)
    }

    async fn current_window(&self, tx: &Tx, id: MaintenanceId) -> Result<Maintenance> {
        self.resources(tx).await?.get_maintenance(id).cloned().ok_or_else(Error::not_found)
    }
}
