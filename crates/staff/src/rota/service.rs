//! Use cases of rotas. A rota changes nobody's time, so no booking is looked at; the person's schedule is locked all the
//! same, since two rotas of one person and location must not meet.

use super::{Rota, RotaDraft, RotaId, RotaPatch, repo};
use crate::Staff;
use crate::error::StaffErrorCode;
use crate::events::RotaChanged;
use crate::member::StaffId;
use crate::permissions::{SCHEDULE_WRITE, STAFF_INTERNAL};
use access::Cx;
use catalog::edit::{expect_version, version_conflict};
use db::{Once, Reader, Subject, Tx};
use kernel::{CommonCode, Error, Result};

/// How many rotas a person may have that are not archived.
const LIMIT: u64 = 50;

impl Staff {
    /// Rotas by person, location and first day: of these people, or of everybody.
    pub async fn list_rotas(
        &self,
        cx: &Cx,
        r: &Reader,
        staff: Option<&[StaffId]>,
        archived: bool,
    ) -> Result<Vec<Rota>> {
        cx.require(STAFF_INTERNAL)?;
        let members = self.members(r).await?;
        if staff.unwrap_or_default().iter().any(|id| members.get(*id).is_none()) {
            return Err(Error::not_found());
        }
        repo::list(r, staff, archived).await
    }

    /// One rota, archived or not.
    pub async fn get_rota(&self, cx: &Cx, r: &Reader, id: RotaId) -> Result<Rota> {
        cx.require(STAFF_INTERNAL)?;
        repo::find(r, id).await?.ok_or_else(Error::not_found)
    }

    /// Makes a rota.
    pub async fn create_rota(&self, cx: &Cx, draft: &RotaDraft, key: Option<&str>) -> Result<Rota> {
        cx.require(SCHEDULE_WRITE)?;
        let once = Once::new(cx.actor.principal(), "rotaCreate", key, draft)?;
        db::transaction!(self.db, cx.company()?, |tx| {
            if let Some(ids) = once.done(tx).await? {
                let id = ids.first().copied().map(RotaId::from_uuid).ok_or_else(Error::not_found)?;
                return repo::find(tx, id).await?.ok_or_else(Error::not_found);
            }
            tx.lock_schedules(&[Subject::staff(draft.staff_id).exclusive()]).await?;
            let member = self.current_member(tx, draft.staff_id).await?;
            self.expect_workplace(tx, &member, draft.location_id).await?;
            if member.archived {
                return Err(Error::conflict(CommonCode::Archived).at("staffId"));
            }
            let rota = draft.check(RotaId::new())?;
            if repo::count(tx, rota.staff_id).await? >= LIMIT {
                return Err(Error::conflict(CommonCode::LimitReached).with("max", LIMIT));
            }
            refuse_meeting(tx, &rota).await?;
            repo::insert(tx, &rota).await?;
            once.remember(tx, &[rota.id.uuid()]).await?;
            self.jobs
                .publish_in(cx, tx, &RotaChanged { id: rota.id, staff_id: rota.staff_id, archived: false })
                .await?;
            Ok(rota)
        })
    }

    /// Edits a rota. What was drafted or published from it stays as it is.
    pub async fn update_rota(&self, cx: &Cx, id: RotaId, version: i32, patch: &RotaPatch) -> Result<Rota> {
        cx.require(SCHEDULE_WRITE)?;
        db::transaction!(self.db, cx.company()?, |tx| {
            let before = locked(tx, id, version).await?;
            if before.archived {
                return Err(Error::conflict(CommonCode::Archived));
            }
            self.save_rota(cx, tx, patch.check(&before)?, version).await
        })
    }

    /// Archives a rota: nothing more is drafted from it. What was drafted or published from it stays.
    pub async fn archive_rota(&self, cx: &Cx, id: RotaId, version: i32) -> Result<Rota> {
        cx.require(SCHEDULE_WRITE)?;
        db::transaction!(self.db, cx.company()?, |tx| {
            let before = locked(tx, id, version).await?;
            if before.archived {
                return Ok(before);
            }
            self.save_rota(cx, tx, Rota { archived: true, version: version + 1, ..before }, version).await
        })
    }

    async fn save_rota(&self, cx: &Cx, tx: &mut Tx, after: Rota, version: i32) -> Result<Rota> {
        refuse_meeting(tx, &after).await?;
        if !repo::update(tx, &after, version).await? {
            return Err(version_conflict(repo::find(tx, after.id).await?.ok_or_else(Error::not_found)?));
        }
        let event = RotaChanged { id: after.id, staff_id: after.staff_id, archived: after.archived };
        self.jobs.publish_in(cx, tx, &event).await?;
        Ok(after)
    }
}

/// A rota at the expected version, the schedule of its person locked.
async fn locked(tx: &Tx, id: RotaId, version: i32) -> Result<Rota> {
    let get = || async { repo::find(tx, id).await?.ok_or_else(Error::not_found) };
    tx.lock_schedules(&[Subject::staff(get().await?.staff_id).exclusive()]).await?;
    let rota = get().await?;
    expect_version(&rota, rota.version, version)?;
    Ok(rota)
}

/// Refuses a rota that counts on a day on which another of the same person and location counts.
async fn refuse_meeting(tx: &Tx, rota: &Rota) -> Result<()> {
    let others = repo::list(tx, Some(&[rota.staff_id]), false).await?;
    if !rota.archived && others.iter().any(|other| other.id != rota.id && other.meets(rota)) {
        return Err(Error::conflict(StaffErrorCode::ValidityOverlaps).at("validFrom"));
    }
    Ok(())
}
