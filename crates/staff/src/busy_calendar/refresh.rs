//! Reading a calendar again from its address: each time brings the job of the next one, so nothing looks for calendars that
//! are due, only, now and then, for those whose job was given up. An address that fails is asked less and less often; what
//! was read of it before goes on to count.

use super::read::{Terms, read};
use super::repo::{self, Subscription};
use super::service::{Fresh, count};
use super::{BusyCalendar, BusyCalendarFault, BusyCalendarId, BusyCalendarSource, FORGOTTEN, MAX_FETCHED, REREAD};
use crate::Staff;
use crate::error::StaffErrorCode;
use crate::member::StaffId;
use crate::permissions::{BUSY_CALENDARS_ALL, BUSY_CALENDARS_OWN};
use access::Cx;
use chrono::{DateTime, Utc};
use db::{Subject, Tx};
use ical::Busy;
use jobs::Job;
use kernel::{CommonCode, CompanyId, Error, Result};
use outbound::{Fetched, Get, Url, Validators};
use serde::{Deserialize, Serialize};
use tenancy::ports::AffectedBooking;

/// What addresses are sealed for.
const PURPOSE: &str = "busy-calendar-address";

/// Reads a calendar again.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct RefreshBusyCalendar {
    /// Which.
    pub calendar: BusyCalendarId,
    /// When it was to be; one that was read meanwhile is due at another time and has another job.
    pub due: DateTime<Utc>,
}

impl Job for RefreshBusyCalendar {
    const NAME: &'static str = "staff.refresh_busy_calendar";

    fn key(&self) -> Option<String> {
        Some(format!("{}@{}", self.calendar, self.due.timestamp()))
    }
}

/// What came of asking: none when it is what was read before.
type Answer = Result<Option<(Busy, Validators)>, BusyCalendarFault>;

impl Staff {
    /// Reads a calendar from its address now. Answers with its state, which says what went wrong if anything did, and with
    /// the bookings that imported time stands against.
    pub async fn refresh_busy_calendar(
        &self,
        cx: &Cx,
        id: BusyCalendarId,
    ) -> Result<(BusyCalendar, Vec<AffectedBooking>)> {
        cx.require_any(&[BUSY_CALENDARS_ALL, BUSY_CALENDARS_OWN])?;
        let r = self.db.read(cx.company()?).await?;
        let calendar = self.get_busy_calendar(cx, &r, id).await?;
        drop(r);
        if calendar.source != BusyCalendarSource::Subscription {
            return Err(Error::conflict(StaffErrorCode::NotASubscription));
        }
        if calendar.removed_at.is_some() {
            return Err(Error::conflict(CommonCode::Archived));
        }
        self.limit_fetching(cx).await?;
        self.read_again(cx, id, None).await?.ok_or_else(|| Error::conflict(CommonCode::Archived))
    }

    /// Does the job: nothing, when the calendar was removed or read meanwhile.
    pub(crate) async fn refresh_due_calendar(&self, cx: &Cx, job: RefreshBusyCalendar) -> Result<()> {
        self.read_again(cx, job.calendar, Some(job.due)).await?;
        Ok(())
    }

    /// Has the subscriptions read again that are overdue: the job of their next reading was given up.
    pub(crate) async fn resume_forgotten_calendars(&self, cx: &Cx) -> Result<()> {
        db::transaction!(self.db, cx.company()?, |tx| {
            let overdue = repo::list_due_before(tx, tx.now() - FORGOTTEN).await?;
            if overdue.is_empty() {
                return Ok(());
            }
            let members = self.members(tx).await?;
            let is_here = |staff: StaffId| members.get(staff).is_some_and(|member| !member.archived);
            for calendar in overdue.iter().filter(|calendar| is_here(calendar.staff_id)) {
                self.resume_in(cx, tx, calendar).await?;
            }
            Ok(())
        })
    }

    /// Has the subscriptions of somebody who is back read again: nobody asked for them in the meantime.
    pub(crate) async fn resume_calendars_of_in(&self, cx: &Cx, tx: &mut Tx, staff: StaffId) -> Result<()> {
        for calendar in repo::list_of(tx, staff).await? {
            self.resume_in(cx, tx, &calendar).await?;
        }
        Ok(())
    }

    async fn resume_in(&self, cx: &Cx, tx: &mut Tx, calendar: &BusyCalendar) -> Result<()> {
        let Some(due) = calendar.next_fetch_at else { return Ok(()) };
        let run_at = due.max(tx.now());
        self.jobs.enqueue_at_in(cx, tx, &RefreshBusyCalendar { calendar: calendar.id, due }, run_at).await
    }

    /// Asks the address and stores what came of it; none when there is nothing to be read, or not at that time.
    async fn read_again(
        &self,
        cx: &Cx,
        id: BusyCalendarId,
        due: Option<DateTime<Utc>>,
    ) -> Result<Option<(BusyCalendar, Vec<AffectedBooking>)>> {
        let company = cx.company()?;
        let is_due =
            |calendar: &BusyCalendar| calendar.removed_at.is_none() && (due.is_none() || calendar.next_fetch_at == due);
        let r = self.db.read(company).await?;
        let found = repo::find_with_address(&r, id).await?.filter(|(calendar, _)| is_due(calendar));
        let Some((calendar, Some(subscription))) = found else { return Ok(None) };
        let members = self.members(&r).await?;
        let Some(member) = members.get(calendar.staff_id).filter(|member| !member.archived) else { return Ok(None) };
        let terms = self.reading_terms(&r, member).await?;
        let now = r.now();
        drop(r);

        let window = terms.window;
        let is_fresh = calendar.read_at + REREAD > now;
        let known = Some(&subscription.validators).filter(|_| is_fresh);
        let url = self.open_address(company, id, &subscription.address);
        let answer = match &url {
            Some(url) => self.fetch(url, known, terms).await?,
            None => Err(BusyCalendarFault::AddressRefused),
        };
        // Sealed anew each time, so that nothing is left under a root secret that is on its way out.
        let resealed = url.as_ref().map(|url| self.seal_address(company, id, url)).transpose()?;
        db::transaction!(self.db, company, |tx| {
            tx.lock_schedules(&[Subject::staff(calendar.staff_id).exclusive()]).await?;
            let found = repo::find_with_address(tx, id).await?.filter(|(calendar, _)| is_due(calendar));
            let Some((before, Some(subscription))) = found else { return Ok(None) };
            let after = after(&before, &answer, tx.now());
            let validators = match &answer {
                Ok(Some((_, validators))) => validators.clone(),
                _ => subscription.validators.clone(),
            };
            let address = resealed.clone().unwrap_or(subscription.address);
            let subscription = Subscription { address, validators };
            if !repo::save(tx, &after, before.version, Some(&subscription)).await? {
                return Ok(None);
            }
            if let Some(next) = after.next_fetch_at {
                self.jobs.enqueue_at_in(cx, tx, &RefreshBusyCalendar { calendar: id, due: next }, next).await?;
            }
            let affected = match &answer {
                Ok(Some((busy, _))) => {
                    self.busy_read(cx, tx, &after, &Fresh { busy: busy.clone(), window }, false).await?
                }
                _ => Vec::new(),
            };
            Ok(Some((after, affected)))
        })
    }

    /// Asks an address for a calendar and reads it.
    pub(super) async fn fetch(&self, url: &Url, known: Option<&Validators>, terms: Terms) -> Result<Answer> {
        let known = known.filter(|known| known.etag.is_some() || known.last_modified.is_some());
        let request = Get { url, accept: "text/calendar, text/plain;q=0.5, */*;q=0.1", known, max_bytes: MAX_FETCHED };
        match self.outbound.get(&request).await {
            Ok(Fetched::Unchanged) => Ok(Ok(None)),
            Ok(Fetched::Body(bytes, validators)) => {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                Ok(read(text, terms).await?.map(|busy| Some((busy, validators))))
            }
            Err(fault) => Ok(Err(fault.into())),
        }
    }

    /// An address as it is stored: for this calendar of this company alone.
    pub(super) fn seal_address(&self, company: CompanyId, id: BusyCalendarId, url: &Url) -> Result<Vec<u8>> {
        self.tenancy.secrets().seal(PURPOSE, &context(company, id), url.as_str().as_bytes()).map_err(Error::internal)
    }

    fn open_address(&self, company: CompanyId, id: BusyCalendarId, sealed: &[u8]) -> Option<Url> {
        let opened = self.tenancy.secrets().unseal(PURPOSE, &context(company, id), sealed)?;
        self.outbound.address(std::str::from_utf8(&opened).ok()?).ok()
    }
}

/// The state after an answer.
fn after(before: &BusyCalendar, answer: &Answer, now: DateTime<Utc>) -> BusyCalendar {
    let calendar = match answer {
        Ok(Some((busy, _))) => BusyCalendar {
            range_count: count(busy.ranges.as_slice().len()),
            unread_count: count(busy.unread),
            read_at: now,
            fetched_at: Some(now),
            fault: None,
            failures: 0,
            ..before.clone()
        },
        Ok(None) => BusyCalendar { fetched_at: Some(now), fault: None, failures: 0, ..before.clone() },
        Err(fault) => {
            BusyCalendar { fault: Some(*fault), failures: before.failures.saturating_add(1), ..before.clone() }
        }
    };
    BusyCalendar { next_fetch_at: Some(now + BusyCalendar::pause(calendar.failures)), ..calendar }
}

fn context(company: CompanyId, id: BusyCalendarId) -> Vec<u8> {
    [company.uuid().as_bytes().as_slice(), id.uuid().as_bytes()].concat()
}
