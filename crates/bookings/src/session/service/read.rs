//! Reading sessions: one, a page, and those of a calendar's days.

use super::GroupSession;
use crate::Bookings;
use crate::booking::repo::Filter;
use crate::booking::service::Reach;
use crate::permissions::{AVAILABILITY_READ, BOOKINGS_ALL, BOOKINGS_OWN};
use crate::session::repo::{self, SessionFilter};
use crate::session::{GroupSessionId, SessionStatus};
use crate::slots::Audience;
use access::Cx;
use db::Reader;
use kernel::time::TimeRange;
use kernel::{Page, PageRequest, Result};
use staff::StaffId;
use tenancy::LocationId;

impl Bookings {
    /// A session that the caller may see.
    pub async fn get_session(&self, cx: &Cx, r: &Reader, id: GroupSessionId) -> Result<GroupSession> {
        cx.require_any(&[AVAILABILITY_READ, BOOKINGS_ALL, BOOKINGS_OWN])?;
        self.visible_session(cx, r, id).await
    }

    /// A page of the sessions that the caller may see, by start: strangers see what is listed and yet to come.
    pub async fn list_sessions(
        &self,
        cx: &Cx,
        r: &Reader,
        mut filter: SessionFilter,
        request: &PageRequest,
    ) -> Result<Page<GroupSession>> {
        cx.require_any(&[AVAILABILITY_READ, BOOKINGS_ALL, BOOKINGS_OWN])?;
        let known = Filter {
            locations: filter.locations.clone(),
            staff: filter.staff.clone(),
            services: filter.services.clone(),
            ..Filter::default()
        };
        self.expect_known(r, &known).await?;
        if Audience::is_stranger(cx) {
            let services = self.catalog.services(r).await?;
            let listed = services.iter().filter(|service| service.listed_publicly()).map(|service| service.id);
            filter.public = Some((listed.collect(), r.now()));
        } else {
            match self.reach(cx, r).await? {
                Reach::All => {}
                Reach::Own(Some(own)) => filter.own = Some(own),
                Reach::Own(None) => return Ok(Page::empty()),
            }
        }
        repo::page(r, &filter, request).await
    }

    /// The sessions that touch a range and were not called off, by start, as `reach` sees them: one statement. For the
    /// calendar's page.
    pub(crate) async fn sessions_in_range(
        &self,
        r: &Reader,
        reach: Reach,
        range: TimeRange,
        locations: &[LocationId],
        staff: &[StaffId],
    ) -> Result<Vec<GroupSession>> {
        let own = match reach {
            Reach::All => None,
            Reach::Own(Some(own)) => Some(own),
            Reach::Own(None) => return Ok(Vec::new()),
        };
        let filter = SessionFilter {
            locations: locations.to_vec(),
            staff: staff.to_vec(),
            statuses: vec![SessionStatus::Scheduled, SessionStatus::Completed],
            own,
            ..SessionFilter::default()
        };
        repo::list_in_range(r, range, &filter).await
    }
}
