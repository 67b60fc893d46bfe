//! Use cases of busy calendars. People bring in their own; who has the permission, anybody's. What is read takes effect
//! under the lock of the person's schedule, and the answer lists the bookings that it hits.

use super::read::{Terms, read};
use super::repo::{self, Subscription};
use super::{
    BusyCalendar, BusyCalendarId, BusyCalendarSource, ImportDraft, MAX_CALENDARS, REFRESH, RefreshBusyCalendar,
    SubscribeDraft,
};
use crate::Staff;
use crate::events::BusyCalendarChanged;
use crate::handle::BUSY_STAMP;
use crate::member::{StaffId, StaffMember};
use crate::permissions::{BUSY_CALENDARS_ALL, BUSY_CALENDARS_OWN};
use access::Cx;
use cache::{Quota, RateKey};
use catalog::edit::{expect_version, taken, version_conflict};
use db::{Once, Reader, Subject, Tx};
use ical::Busy;
use kernel::time::TimeRange;
use kernel::{CommonCode, Error, Result};
use tenancy::ports::AffectedBooking;

/// The rule that a booking breaks which imported time hits.
const RULE: &str = "STAFF_IMPORTED_BUSY";
/// How often somebody may have addresses asked.
pub(super) const PATIENCE: Quota = Quota::per_minute(10);

/// A calendar with what was read of it, on its way into the database.
pub(super) struct Fresh {
    pub(super) busy: Busy,
    pub(super) window: TimeRange,
}

impl Staff {
    /// The calendars of a person, in the order in which they were brought in.
    pub async fn list_busy_calendars(&self, cx: &Cx, r: &Reader, staff: StaffId) -> Result<Vec<BusyCalendar>> {
        self.expect_busy_owner(cx, r, staff).await?;
        repo::list_of(r, staff).await
    }

    /// One calendar that the caller may see, removed or not.
    pub async fn get_busy_calendar(&self, cx: &Cx, r: &Reader, id: BusyCalendarId) -> Result<BusyCalendar> {
        let granted = cx.require_any(&[BUSY_CALENDARS_ALL, BUSY_CALENDARS_OWN])?;
        let calendar = repo::find(r, id).await?.ok_or_else(Error::not_found)?;
        if granted == BUSY_CALENDARS_ALL || self.is_own(cx, r, calendar.staff_id).await? {
            Ok(calendar)
        } else {
            Err(Error::not_found())
        }
    }

    /// Reads an uploaded calendar; the upload of the same name that the person has already is replaced. Answers with the
    /// bookings that it hits. A preview writes nothing.
    pub async fn import_busy_calendar(
        &self,
        cx: &Cx,
        draft: ImportDraft,
        key: Option<&str>,
        preview: bool,
    ) -> Result<(BusyCalendar, Vec<AffectedBooking>)> {
        let (name, terms) = (draft.check(), self.terms_for(cx, draft.staff_id).await?);
        let name = name?;
        let once = Once::new(cx.actor.principal(), "busyCalendarImport", key, &draft)?;
        let window = terms.window;
        let busy = read(draft.text, terms).await?.map_err(|fault| fault.refusal("text"))?;
        let fresh = Fresh { busy, window };
        db::transaction!(self.db, cx.company()?, |tx| {
            tx.preview_if(preview);
            if let Some(ids) = once.done(tx).await? {
                return self.answered_before(cx, tx, &ids, window).await;
            }
            let calendars = self.locked_calendars(cx, tx, draft.staff_id).await?;
            let before = calendars.iter().find(|calendar| calendar.name == name);
            if before.is_some_and(|before| before.source != BusyCalendarSource::Upload) {
                return Err(Error::conflict(CommonCode::Taken).at("name"));
            }
            let new = new_calendar(tx, draft.staff_id, &name, BusyCalendarSource::Upload);
            let after = BusyCalendar {
                id: before.map_or(new.id, |before| before.id),
                version: before.map_or(1, |before| before.version + 1),
                range_count: count(fresh.busy.ranges.as_slice().len()),
                unread_count: count(fresh.busy.unread),
                ..new
            };
            match before {
                Some(before) if repo::save(tx, &after, before.version, None).await? => {}
                Some(before) => return Err(version_conflict(before.clone())),
                None => {
                    expect_room(&calendars)?;
                    repo::insert(tx, &after, None).await?;
                }
            }
            once.remember(tx, &[after.id.uuid()]).await?;
            let affected = self.busy_read(cx, tx, &after, &fresh, true).await?;
            Ok((after, affected))
        })
    }

    /// Reads the calendar at an address, now and from then on every quarter of an hour. An address that gives no calendar
    /// is refused. Answers with the bookings that it hits. A preview writes nothing.
    pub async fn subscribe_busy_calendar(
        &self,
        cx: &Cx,
        draft: SubscribeDraft,
        key: Option<&str>,
        preview: bool,
    ) -> Result<(BusyCalendar, Vec<AffectedBooking>)> {
        let (name, terms) = (draft.check(), self.terms_for(cx, draft.staff_id).await?);
        let name = name?;
        let company = cx.company()?;
        let once = Once::new(cx.actor.principal(), "busyCalendarSubscribe", key, &draft)?;
        let url = self.outbound.address(&draft.url);
        let url = url.map_err(|fault| super::BusyCalendarFault::from(fault).refusal("url"))?;
        let window = terms.window;
        // A repetition gets the first answer, whatever stands at the address by now.
        if once.is_done(&self.db.read(company).await?).await? {
            return db::transaction!(self.db, company, |tx| {
                let ids = once.done(tx).await?.unwrap_or_default();
                self.answered_before(cx, tx, &ids, window).await
            });
        }
        self.limit_fetching(cx).await?;
        let fetched = self.fetch(&url, None, terms).await?.map_err(|fault| fault.refusal("url"))?;
        let (busy, validators) =
            fetched.ok_or_else(|| Error::internal("an answer to a first question is never known"))?;
        let fresh = Fresh { busy, window };
        let id = BusyCalendarId::new();
        let address = self.seal_address(company, id, &url)?;
        let subscription = Subscription { address, validators };
        db::transaction!(self.db, company, |tx| {
            tx.preview_if(preview);
            if let Some(ids) = once.done(tx).await? {
                return self.answered_before(cx, tx, &ids, window).await;
            }
            let calendars = self.locked_calendars(cx, tx, draft.staff_id).await?;
            if calendars.iter().any(|calendar| calendar.name == name) {
                return Err(Error::conflict(CommonCode::Taken).at("name"));
            }
            expect_room(&calendars)?;
            let next = tx.now() + REFRESH;
            let calendar = BusyCalendar {
                id,
                host: url.host_str().map(str::to_owned),
                range_count: count(fresh.busy.ranges.as_slice().len()),
                unread_count: count(fresh.busy.unread),
                fetched_at: Some(tx.now()),
                next_fetch_at: Some(next),
                ..new_calendar(tx, draft.staff_id, &name, BusyCalendarSource::Subscription)
            };
            repo::insert(tx, &calendar, Some(&subscription)).await?;
            once.remember(tx, &[id.uuid()]).await?;
            self.jobs.enqueue_at_in(cx, tx, &RefreshBusyCalendar { calendar: id, due: next }, next).await?;
            let affected = self.busy_read(cx, tx, &calendar, &fresh, true).await?;
            Ok((calendar, affected))
        })
        .map_err(taken("name"))
    }

    /// Takes a calendar away: its time counts no more, and neither its address nor what was read of it is kept.
    pub async fn remove_busy_calendar(&self, cx: &Cx, id: BusyCalendarId, version: i32) -> Result<BusyCalendar> {
        cx.require_any(&[BUSY_CALENDARS_ALL, BUSY_CALENDARS_OWN])?;
        db::transaction!(self.db, cx.company()?, |tx| {
            let staff = self.get_busy_calendar(cx, tx, id).await?.staff_id;
            tx.lock_schedules(&[Subject::staff(staff).exclusive()]).await?;
            let before = self.get_busy_calendar(cx, tx, id).await?;
            expect_version(&before, before.version, version)?;
            if before.removed_at.is_some() {
                return Ok(before);
            }
            if !repo::remove(tx, id, version).await? {
                return Err(version_conflict(self.get_busy_calendar(cx, tx, id).await?));
            }
            repo::replace_months(tx, id, &kernel::time::RangeSet::new()).await?;
            tx.touch(BUSY_STAMP);
            let event = BusyCalendarChanged { id, staff_id: staff, ranges: 0, removed: true, affected: 0 };
            self.jobs.publish_in(cx, tx, &event).await?;
            self.get_busy_calendar(cx, tx, id).await
        })
    }

    /// Makes what was read count, in the open transaction that holds the lock: the bookings that it hits. What was read
    /// again and is the same as before is no news, unless a person brought it in.
    pub(super) async fn busy_read(
        &self,
        cx: &Cx,
        tx: &mut Tx,
        calendar: &BusyCalendar,
        fresh: &Fresh,
        by_person: bool,
    ) -> Result<Vec<AffectedBooking>> {
        let is_other = repo::replace_months(tx, calendar.id, &fresh.busy.ranges).await?;
        let affected = self.hit_by_imports(cx, tx, calendar.staff_id, fresh.window).await?;
        db::failpoint!("staff.busy.before_commit");
        if is_other {
            tx.touch(BUSY_STAMP);
        }
        if is_other || by_person {
            let event = BusyCalendarChanged {
                id: calendar.id,
                staff_id: calendar.staff_id,
                ranges: fresh.busy.ranges.as_slice().len(),
                removed: false,
                affected: affected.len(),
            };
            self.jobs.publish_in(cx, tx, &event).await?;
        }
        Ok(affected)
    }

    /// The bookings that imported time stands against, whatever else stands against them.
    async fn hit_by_imports(
        &self,
        cx: &Cx,
        tx: &Tx,
        staff: StaffId,
        window: TimeRange,
    ) -> Result<Vec<AffectedBooking>> {
        let mut affected = self.affected_by(cx, tx, staff, Some(window)).await?;
        affected.retain(|booking| booking.reasons.iter().any(|reason| reason == RULE));
        Ok(affected)
    }

    async fn answered_before(
        &self,
        cx: &Cx,
        tx: &Tx,
        ids: &[uuid::Uuid],
        window: TimeRange,
    ) -> Result<(BusyCalendar, Vec<AffectedBooking>)> {
        let id = ids.first().copied().map(BusyCalendarId::from_uuid).ok_or_else(Error::not_found)?;
        let calendar = repo::find(tx, id).await?.ok_or_else(Error::not_found)?;
        let affected = self.hit_by_imports(cx, tx, calendar.staff_id, window).await?;
        Ok((calendar, affected))
    }

    /// By what a person's calendar is to be read, for who may bring it in.
    async fn terms_for(&self, cx: &Cx, staff: StaffId) -> Result<Terms> {
        cx.require_any(&[BUSY_CALENDARS_ALL, BUSY_CALENDARS_OWN])?;
        let r = self.db.read(cx.company()?).await?;
        let member = self.expect_busy_owner(cx, &r, staff).await?;
        self.reading_terms(&r, &member).await
    }

    /// Locks the schedule of somebody who has not left, and answers with the calendars they have.
    async fn locked_calendars(&self, cx: &Cx, tx: &Tx, staff: StaffId) -> Result<Vec<BusyCalendar>> {
        tx.lock_schedules(&[Subject::staff(staff).exclusive()]).await?;
        if self.expect_busy_owner(cx, tx, staff).await?.archived {
            return Err(Error::conflict(CommonCode::Archived).at("staffId"));
        }
        repo::list_of(tx, staff).await
    }

    /// A person whose calendars the caller may bring in and see: everybody, or they themselves.
    async fn expect_busy_owner(&self, cx: &Cx, r: &Reader, staff: StaffId) -> Result<StaffMember> {
        let granted = cx.require_any(&[BUSY_CALENDARS_ALL, BUSY_CALENDARS_OWN])?;
        let members = self.members(r).await?;
        let member = members.get(staff).ok_or_else(Error::not_found)?;
        if granted == BUSY_CALENDARS_ALL || self.is_own(cx, r, staff).await? {
            Ok(member.clone())
        } else {
            Err(Error::forbidden(BUSY_CALENDARS_ALL.name))
        }
    }

    /// Whether it is the live profile of the user who asks.
    async fn is_own(&self, cx: &Cx, r: &Reader, staff: StaffId) -> Result<bool> {
        let Ok(user) = cx.user() else { return Ok(false) };
        let members = self.members(r).await?;
        Ok(members.of_user(user).is_some_and(|member| !member.archived && member.id == staff))
    }

    pub(super) async fn limit_fetching(&self, cx: &Cx) -> Result<()> {
        let principal = cx.actor.principal();
        self.cache.limit(&RateKey::of("busy_calendar.fetch", cx.company()?, principal), PATIENCE).await
    }
}

fn new_calendar(tx: &Tx, staff: StaffId, name: &str, source: BusyCalendarSource) -> BusyCalendar {
    BusyCalendar {
        id: BusyCalendarId::new(),
        staff_id: staff,
        name: name.to_owned(),
        source,
        host: None,
        range_count: 0,
        unread_count: 0,
        read_at: tx.now(),
        fetched_at: None,
        fault: None,
        failures: 0,
        next_fetch_at: None,
        removed_at: None,
        version: 1,
    }
}

fn expect_room(calendars: &[BusyCalendar]) -> Result<()> {
    if calendars.len() as u64 >= MAX_CALENDARS {
        return Err(Error::conflict(CommonCode::LimitReached).with("max", MAX_CALENDARS));
    }
    Ok(())
}

/// A number for a row; there are never so many.
pub(super) fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
