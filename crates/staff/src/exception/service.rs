//! Use cases of exceptions. Each locks the person's schedule and answers with the bookings that now conflict.

use super::{DaysOfExceptions, Exception, ExceptionId, ExceptionsDraft, repo};
use crate::Staff;
use crate::events::StaffExceptionsSet;
use crate::handle::STAMP;
use crate::member::{StaffId, StaffMember};
use crate::permissions::{SCHEDULE_WRITE, STAFF_INTERNAL};
use crate::schedule::service::{refuse_clash, span};
use access::Cx;
use chrono::NaiveDate;
use chrono_tz::Tz;
use db::{Reader, Tx};
use kernel::{Checks, Error, Result};
use std::collections::BTreeSet;
use tenancy::LocationId;
use tenancy::ports::AffectedBooking;

/// How many local days one question about exceptions may span.
pub const MAX_DAYS: i64 = 366;

impl Staff {
    /// The exceptions of one person between two local dates, both included, by date. At most 366 days.
    pub async fn list_exceptions(
        &self,
        cx: &Cx,
        r: &Reader,
        id: StaffId,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<Vec<Exception>> {
        cx.require(STAFF_INTERNAL)?;
        if to < from || (to - from).num_days() >= MAX_DAYS {
            return Err(Error::invalid_argument("to").with("max", MAX_DAYS));
        }
        self.members(r).await?.get(id).ok_or_else(Error::not_found)?;
        let schedules = self.schedules(r).await?;
        let asked = schedules.exceptions().iter().filter(|it| it.staff_id == id && (from..=to).contains(&it.date));
        Ok(asked.cloned().collect())
    }

    /// Gives somebody other hours, or none, on several days. What stood on those days is replaced. A preview writes nothing.
    pub async fn set_exceptions(
        &self,
        cx: &Cx,
        version: i32,
        draft: &ExceptionsDraft,
        preview: bool,
    ) -> Result<(StaffMember, Vec<Exception>, Vec<AffectedBooking>)> {
        cx.require(SCHEDULE_WRITE)?;
        let staff = draft.days.staff_id;
        db::transaction!(self.db, cx.company()?, |tx| {
            tx.preview_if(preview);
            let member = self.locked_member(tx, staff, version).await?;
            let (dates, intervals, note) = draft.check(tx.now().date_naive())?;
            let places = self.places_of(tx, &member, draft.days.location_id).await?;
            let ids: Vec<LocationId> = places.iter().map(|(place, _)| *place).collect();
            repo::remove(tx, staff, &ids, &dates).await?;
            let exception = |date: &NaiveDate, location_id: LocationId| Exception {
                id: ExceptionId::new(),
                staff_id: staff,
                location_id,
                date: *date,
                intervals: intervals.clone(),
                note: note.clone(),
            };
            let exceptions = dates.iter().flat_map(|date| ids.iter().map(move |place| (date, *place)));
            let exceptions: Vec<_> = exceptions.map(|(date, place)| exception(date, place)).collect();
            repo::insert(tx, &exceptions).await?;
            let member = self.advanced(tx, member).await?;

            let schedules = self.schedules(tx).await?;
            let workplaces = self.zones_of(tx, &member).await?;
            refuse_clash(&schedules, staff, &workplaces, &dates, "dates")?;

            let affected = self.exceptions_changed(cx, tx, staff, &places, &dates, false).await?;
            Ok((member, exceptions, affected))
        })
    }

    /// Takes exceptions away: the days go back to published shifts and weekly hours. A preview writes nothing.
    pub async fn remove_exceptions(
        &self,
        cx: &Cx,
        version: i32,
        days: &DaysOfExceptions,
        preview: bool,
    ) -> Result<(StaffMember, Vec<AffectedBooking>)> {
        cx.require(SCHEDULE_WRITE)?;
        let staff = days.staff_id;
        db::transaction!(self.db, cx.company()?, |tx| {
            tx.preview_if(preview);
            let member = self.locked_member(tx, staff, version).await?;
            let mut checks = Checks::new();
            let dates = days.check(&mut checks, tx.now().date_naive());
            checks.finish()?;
            let places = self.places_of(tx, &member, days.location_id).await?;
            let ids: Vec<LocationId> = places.iter().map(|(place, _)| *place).collect();
            repo::remove(tx, staff, &ids, &dates).await?;
            let member = self.advanced(tx, member).await?;

            let schedules = self.schedules(tx).await?;
            let workplaces = self.zones_of(tx, &member).await?;
            refuse_clash(&schedules, staff, &workplaces, &dates, "dates")?;

            let affected = self.exceptions_changed(cx, tx, staff, &places, &dates, true).await?;
            Ok((member, affected))
        })
    }

    /// The location that was named, or all where the person works.
    async fn places_of(
        &self,
        tx: &Tx,
        member: &StaffMember,
        named: Option<LocationId>,
    ) -> Result<Vec<(LocationId, Tz)>> {
        match named {
            Some(place) => Ok(vec![(place, self.expect_workplace(tx, member, place).await?.zone)]),
            None => self.zones_of(tx, member).await,
        }
    }

    async fn exceptions_changed(
        &self,
        cx: &Cx,
        tx: &mut Tx,
        staff: StaffId,
        places: &[(LocationId, Tz)],
        dates: &BTreeSet<NaiveDate>,
        removed: bool,
    ) -> Result<Vec<AffectedBooking>> {
        tx.touch(STAMP);
        let affected = match span(places, dates, tx.now()) {
            Some(range) => self.affected_by(cx, tx, staff, Some(range)).await?,
            None => Vec::new(),
        };
        let event = StaffExceptionsSet {
            id: staff,
            location_ids: places.iter().map(|(place, _)| *place).collect(),
            dates: dates.iter().copied().collect(),
            removed,
            affected: affected.len(),
        };
        self.jobs.publish_in(cx, tx, &event).await?;
        Ok(affected)
    }
}
