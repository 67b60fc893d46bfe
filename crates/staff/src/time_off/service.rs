//! Use cases of time off. People request their own; who may see everybody's enters, approves and declines it.
//! Each locks the person's schedule and answers with the bookings that an approved one hits.

use super::{TimeOff, TimeOffDraft, TimeOffFilter, TimeOffId, TimeOffStatus, repo};
use crate::Staff;
use crate::error::StaffErrorCode;
use crate::events::TimeOffChanged;
use crate::handle::STAMP;
use crate::member::{StaffId, StaffTable};
use crate::permissions::{TIME_OFF_ALL, TIME_OFF_OWN};
use access::Cx;
use catalog::edit::{expect_version, version_conflict};
use db::{Once, Reader, Subject, Tx};
use kernel::{CommonCode, Error, Page, PageRequest, Result};
use tenancy::ports::AffectedBooking;

impl Staff {
    /// A page of time off by start. Who may see only their own sees only that, whatever they filter by.
    pub async fn list_time_off(
        &self,
        cx: &Cx,
        r: &Reader,
        filter: &TimeOffFilter,
        page: &PageRequest,
    ) -> Result<Page<TimeOff>> {
        let granted = cx.require_any(&[TIME_OFF_ALL, TIME_OFF_OWN])?;
        let members = self.members(r).await?;
        if filter.staff_ids.iter().flatten().any(|id| members.get(*id).is_none()) {
            return Err(Error::not_found());
        }
        let mut filter = filter.clone();
        if granted == TIME_OFF_OWN {
            let own = own_member(cx, &members);
            let asked = |id: &StaffId| filter.staff_ids.as_ref().is_none_or(|ids| ids.contains(id));
            filter.staff_ids = Some(own.into_iter().filter(asked).collect());
        }
        repo::list(r, &filter, page).await
    }

    /// One time off that the caller may see.
    pub async fn get_time_off(&self, cx: &Cx, r: &Reader, id: TimeOffId) -> Result<TimeOff> {
        let granted = cx.require_any(&[TIME_OFF_ALL, TIME_OFF_OWN])?;
        let members = self.members(r).await?;
        let seen = |off: &TimeOff| granted == TIME_OFF_ALL || own_member(cx, &members) == Some(off.staff_id);
        repo::find(r, id).await?.filter(seen).ok_or_else(Error::not_found)
    }

    /// Requests time off; entered by who decides about it, it is approved at once. Answers with the bookings that an
    /// approved one hits. A preview writes nothing.
    pub async fn request_time_off(
        &self,
        cx: &Cx,
        draft: TimeOffDraft,
        key: Option<&str>,
        preview: bool,
    ) -> Result<(TimeOff, Vec<AffectedBooking>)> {
        let granted = cx.require_any(&[TIME_OFF_ALL, TIME_OFF_OWN])?;
        let once = Once::new(cx.actor.principal(), "timeOffRequest", key, &draft)?;
        let status = if granted == TIME_OFF_ALL { TimeOffStatus::Approved } else { TimeOffStatus::Requested };
        db::transaction!(self.db, cx.company()?, |tx| {
            tx.preview_if(preview);
            if let Some(ids) = once.done(tx).await? {
                let id = ids.first().copied().map(TimeOffId::from_uuid).ok_or_else(Error::not_found)?;
                let off = repo::find(tx, id).await?.ok_or_else(Error::not_found)?;
                let affected = self.affected_by_absence(cx, tx, &off).await?;
                return Ok((off, affected));
            }
            let off = draft.clone().check(TimeOffId::new(), status, tx.now())?;
            tx.lock_schedules(&[Subject::staff(off.staff_id).exclusive()]).await?;
            let members = self.members(tx).await?;
            let member = members.get(off.staff_id).ok_or_else(Error::not_found)?;
            if granted == TIME_OFF_OWN && own_member(cx, &members) != Some(member.id) {
                return Err(Error::forbidden(TIME_OFF_ALL.name));
            }
            if member.archived {
                return Err(Error::conflict(CommonCode::Archived).at("staffId"));
            }
            repo::insert(tx, &off).await?;
            once.remember(tx, &[off.id.uuid()]).await?;
            let affected = self.time_off_changed(cx, tx, &off, None).await?;
            Ok((off, affected))
        })
    }

    /// Approves or declines a request. Answers with the bookings that it hits. A preview writes nothing.
    pub async fn decide_time_off(
        &self,
        cx: &Cx,
        id: TimeOffId,
        version: i32,
        approve: bool,
        preview: bool,
    ) -> Result<(TimeOff, Vec<AffectedBooking>)> {
        cx.require(TIME_OFF_ALL)?;
        let next = if approve { TimeOffStatus::Approved } else { TimeOffStatus::Declined };
        self.turn_time_off(cx, id, version, next, preview).await
    }

    /// Withdraws time off that is not over: one's own, or anybody's for who decides about it.
    pub async fn cancel_time_off(&self, cx: &Cx, id: TimeOffId, version: i32) -> Result<TimeOff> {
        cx.require_any(&[TIME_OFF_ALL, TIME_OFF_OWN])?;
        Ok(self.turn_time_off(cx, id, version, TimeOffStatus::Cancelled, false).await?.0)
    }

    async fn turn_time_off(
        &self,
        cx: &Cx,
        id: TimeOffId,
        version: i32,
        next: TimeOffStatus,
        preview: bool,
    ) -> Result<(TimeOff, Vec<AffectedBooking>)> {
        db::transaction!(self.db, cx.company()?, |tx| {
            tx.preview_if(preview);
            let staff = self.get_time_off(cx, tx, id).await?.staff_id;
            tx.lock_schedules(&[Subject::staff(staff).exclusive()]).await?;
            let before = self.get_time_off(cx, tx, id).await?;
            expect_version(&before, before.version, version)?;
            if !before.status.may_become(next) {
                return Err(Error::conflict(StaffErrorCode::WrongStatus));
            }
            if before.range.to <= tx.now() {
                return Err(Error::conflict(StaffErrorCode::AlreadyOver));
            }
            if !repo::set_status(tx, id, version, next).await? {
                return Err(version_conflict(self.get_time_off(cx, tx, id).await?));
            }
            let after = TimeOff { status: next, version: version + 1, ..before.clone() };
            let affected = self.time_off_changed(cx, tx, &after, Some(before.status)).await?;
            Ok((after, affected))
        })
    }

    async fn time_off_changed(
        &self,
        cx: &Cx,
        tx: &mut Tx,
        off: &TimeOff,
        from: Option<TimeOffStatus>,
    ) -> Result<Vec<AffectedBooking>> {
        tx.touch(STAMP);
        let affected = self.affected_by_absence(cx, tx, off).await?;
        let event = TimeOffChanged {
            id: off.id,
            staff_id: off.staff_id,
            starts_at: off.range.from,
            ends_at: off.range.to,
            from,
            to: off.status,
            affected: affected.len(),
        };
        self.jobs.publish_in(cx, tx, &event).await?;
        Ok(affected)
    }

    /// What is not approved keeps nobody away.
    async fn affected_by_absence(&self, cx: &Cx, tx: &Tx, off: &TimeOff) -> Result<Vec<AffectedBooking>> {
        if off.status != TimeOffStatus::Approved {
            return Ok(Vec::new());
        }
        self.affected_by(cx, tx, off.staff_id, Some(off.range)).await
    }
}

/// The live profile of the user who asks.
fn own_member(cx: &Cx, members: &StaffTable) -> Option<StaffId> {
    let user = cx.user().ok()?;
    members.of_user(user).filter(|member| !member.archived).map(|member| member.id)
}
