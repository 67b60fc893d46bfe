//! Use cases of profiles. What takes somebody away from bookings locks their schedule and lists the bookings it hits.

use super::filter::place;
use super::{MemberDraft, MemberFilter, MemberPatch, StaffId, StaffMember, repo};
use crate::Staff;
use crate::events::{StaffMemberArchived, StaffMemberCreated, StaffMemberRestored, StaffMemberUpdated};
use crate::handle::STAMP;
use crate::permissions::{STAFF_INTERNAL, STAFF_READ, STAFF_WRITE};
use access::Cx;
use catalog::edit::{expect_version, taken, version_conflict};
use catalog::events::changes;
use db::{Once, Reader, Subject, Tx};
use kernel::time::TimeRange;
use kernel::{Checks, CommonCode, Error, Page, PageRequest, Result};
use tenancy::ports::{AffectedBooking, CalendarChange};

impl Staff {
    /// A page of staff. The public sees those whom clients can book, whatever it filters by.
    pub async fn list_members(
        &self,
        cx: &Cx,
        r: &Reader,
        filter: &MemberFilter,
        page: &PageRequest,
    ) -> Result<Page<StaffMember>> {
        cx.require(STAFF_READ)?;
        if let Some(id) = filter.location_id {
            self.tenancy.locations(r).await?.get(id).ok_or_else(Error::not_found)?;
        }
        if let Some(id) = filter.service_id {
            self.catalog.services(r).await?.get(id).ok_or_else(Error::not_found)?;
        }
        let internal = cx.can(STAFF_INTERNAL);
        let members = self.members(r).await?;
        let shown = members.iter().filter(|member| internal || member.listed_publicly());
        let shown = shown.filter(|member| filter.matches(member));
        Ok(Page::of(shown, |member| place(member, cx.locale), page).map(StaffMember::clone))
    }

    /// One staff member; the public finds those whom clients can book.
    pub async fn get_member(&self, cx: &Cx, r: &Reader, id: StaffId) -> Result<StaffMember> {
        cx.require(STAFF_READ)?;
        let members = self.members(r).await?;
        let found = members.get(id).filter(|member| cx.can(STAFF_INTERNAL) || member.listed_publicly());
        found.cloned().ok_or_else(Error::not_found)
    }

    /// The live profile of the user who asks, if they have one.
    pub async fn find_own_member(&self, cx: &Cx, r: &Reader) -> Result<Option<StaffMember>> {
        cx.require(STAFF_INTERNAL)?;
        let Ok(user) = cx.user() else { return Ok(None) };
        Ok(self.members(r).await?.of_user(user).filter(|member| !member.archived).cloned())
    }

    /// Adds a staff member.
    pub async fn create_member(&self, cx: &Cx, draft: MemberDraft, key: Option<&str>) -> Result<StaffMember> {
        cx.require(STAFF_WRITE)?;
        let once = Once::new(cx.actor.principal(), "staffMemberCreate", key, &draft)?;
        let id = StaffId::new();
        db::transaction!(self.db, cx.company()?, |tx| {
            if let Some(ids) = once.done(tx).await? {
                let id = ids.first().copied().ok_or_else(Error::not_found)?;
                return self.current_member(tx, StaffId::from_uuid(id)).await;
            }
            let member = self.checked_member(tx, id, draft.clone(), None).await?;
            repo::insert(tx, &member).await?;
            once.remember(tx, &[id.uuid()]).await?;
            tx.touch(STAMP);
            self.jobs.publish_in(cx, tx, &StaffMemberCreated { id }).await?;
            Ok(member)
        })
        .map_err(taken("userId"))
    }

    /// Edits a profile; answers with the bookings that somebody else must now take. A preview writes nothing.
    pub async fn update_member(
        &self,
        cx: &Cx,
        id: StaffId,
        version: i32,
        patch: MemberPatch,
        preview: bool,
    ) -> Result<(StaffMember, Vec<AffectedBooking>)> {
        cx.require(STAFF_WRITE)?;
        db::transaction!(self.db, cx.company()?, |tx| {
            tx.preview_if(preview);
            let before = self.locked_member(tx, id, version).await?;
            let draft = MemberDraft::of(&before).with(patch.clone());
            let after = self.checked_member(tx, id, draft, Some(&before)).await?;
            let after = StaffMember { version: version + 1, ..after };
            if !repo::update(tx, &after, version).await? {
                return Err(version_conflict(self.current_member(tx, id).await?));
            }
            tx.touch(STAMP);
            let affected = self.affected_by(cx, tx, id, None).await?;
            let changes = changes(&before, &after);
            self.jobs.publish_in(cx, tx, &StaffMemberUpdated { id, changes, affected: affected.len() }).await?;
            Ok((after, affected))
        })
        .map_err(taken("userId"))
    }

    /// Archives somebody who left: nobody can book them any more. Answers with the bookings that they still have. A
    /// preview writes nothing.
    pub async fn archive_member(
        &self,
        cx: &Cx,
        id: StaffId,
        version: i32,
        preview: bool,
    ) -> Result<(StaffMember, Vec<AffectedBooking>)> {
        cx.require(STAFF_WRITE)?;
        db::transaction!(self.db, cx.company()?, |tx| {
            tx.preview_if(preview);
            tx.lock_schedules(&[Subject::staff(id).exclusive()]).await?;
            let before = self.current_member(tx, id).await?;
            expect_version(&before, before.version, version)?;
            if before.archived {
                return Ok((before, Vec::new()));
            }
            if !repo::archive(tx, id, version, true).await? {
                return Err(version_conflict(self.current_member(tx, id).await?));
            }
            tx.touch(STAMP);
            let affected = self.affected_by(cx, tx, id, None).await?;
            self.jobs.publish_in(cx, tx, &StaffMemberArchived { id, affected: affected.len() }).await?;
            Ok((StaffMember { archived: true, version: version + 1, ..before }, affected))
        })
    }

    /// Takes somebody back who left, with the hours and services they had.
    pub async fn restore_member(&self, cx: &Cx, id: StaffId, version: i32) -> Result<StaffMember> {
        cx.require(STAFF_WRITE)?;
        db::transaction!(self.db, cx.company()?, |tx| {
            tx.lock_schedules(&[Subject::staff(id).exclusive()]).await?;
            let before = self.current_member(tx, id).await?;
            expect_version(&before, before.version, version)?;
            if !before.archived {
                return Ok(before);
            }
            if !repo::archive(tx, id, version, false).await? {
                return Err(version_conflict(self.current_member(tx, id).await?));
            }
            tx.touch(STAMP);
            self.resume_calendars_of_in(cx, tx, id).await?;
            self.jobs.publish_in(cx, tx, &StaffMemberRestored { id }).await?;
            Ok(StaffMember { archived: false, version: version + 1, ..before })
        })
        .map_err(taken("userId"))
    }

    /// The bookings that a change of somebody's hours hits, in `range` or from now on. The change is already written.
    pub(crate) async fn affected_by(
        &self,
        cx: &Cx,
        tx: &Tx,
        id: StaffId,
        range: Option<TimeRange>,
    ) -> Result<Vec<AffectedBooking>> {
        let change = CalendarChange { staff: vec![id.uuid()], range, ..CalendarChange::default() };
        let affected = self.tenancy.calendar().affected(cx, tx, &change).await;
        db::failpoint!("staff.affected.after");
        affected
    }

    /// Somebody who has not left, at the expected version, their schedule locked.
    pub(crate) async fn locked_member(&self, tx: &Tx, id: StaffId, version: i32) -> Result<StaffMember> {
        tx.lock_schedules(&[Subject::staff(id).exclusive()]).await?;
        let member = self.current_member(tx, id).await?;
        expect_version(&member, member.version, version)?;
        if member.archived { Err(Error::conflict(CommonCode::Archived)) } else { Ok(member) }
    }

    pub(crate) async fn current_member(&self, tx: &Tx, id: StaffId) -> Result<StaffMember> {
        self.members(tx).await?.get(id).cloned().ok_or_else(Error::not_found)
    }

    /// Counts an edit of somebody's hours and answers with the profile after it.
    pub(crate) async fn advanced(&self, tx: &Tx, member: StaffMember) -> Result<StaffMember> {
        if !repo::advance(tx, member.id, member.version).await? {
            return Err(version_conflict(self.current_member(tx, member.id).await?));
        }
        Ok(StaffMember { version: member.version + 1, ..member })
    }

    /// The profile that a draft makes in this company. An id that the company does not have is not found; one that
    /// is archived is refused unless the profile had it `before`.
    async fn checked_member(
        &self,
        tx: &Tx,
        id: StaffId,
        draft: MemberDraft,
        before: Option<&StaffMember>,
    ) -> Result<StaffMember> {
        let mut checks = Checks::new();
        if let Some(user) = draft.user_id
            && before.is_none_or(|before| before.user_id != Some(user))
        {
            self.tenancy.find_member_of_user(tx, user).await?.ok_or_else(Error::not_found)?;
        }
        let locations = self.tenancy.locations(tx).await?;
        for (index, place) in draft.location_ids.iter().enumerate() {
            let location = locations.get(*place).ok_or_else(Error::not_found)?;
            let known = before.is_some_and(|before| before.location_ids.contains(place));
            checks.ensure(format!("locationIds.{index}"), known || !location.archived, CommonCode::Archived);
        }
        if !draft.performs.is_empty() {
            let services = self.catalog.services(tx).await?;
            for (index, line) in draft.performs.iter().enumerate() {
                let service = services.get(line.service_id).ok_or_else(Error::not_found)?;
                let known = before.is_some_and(|before| before.performs(line.service_id).is_some());
                checks.ensure(format!("services.{index}.serviceId"), known || !service.archived, CommonCode::Archived);
            }
        }
        let currency = self.tenancy.settings(tx).await?.currency;
        let member = draft.check(&mut checks, id, currency);
        checks.build(|| member)
    }
}
