//! Reading the waiting list: staff a page of it, a client their own place.

use crate::Bookings;
use crate::booking::repo::Filter;
use crate::booking::service::Reach;
use crate::hold::service::Held;
use crate::hold::{HoldToken, State};
use crate::permissions::{BOOKINGS_ALL, BOOKINGS_BOOK, BOOKINGS_OWN};
use crate::session::repo as sessions;
use crate::waitlist::repo::{self, WaitlistFilter};
use crate::waitlist::{WaitlistEntry, WaitlistEntryId};
use access::Cx;
use db::Reader;
use kernel::{Error, Page, PageRequest, Result};

/// A place in the waiting list as its owner sees it.
#[derive(Debug, Clone)]
pub struct Place {
    /// The entry.
    pub entry: WaitlistEntry,
    /// How many go before; none for a visit.
    pub ahead: Option<u64>,
    /// What is held for them, and the token that books it.
    pub offer: Option<Held>,
}

impl Bookings {
    /// A page of the waiting list. Whoever may see their own calendar alone sees who waits for sessions that they hold.
    pub async fn list_waitlist(
        &self,
        cx: &Cx,
        r: &Reader,
        mut filter: WaitlistFilter,
        request: &PageRequest,
    ) -> Result<Page<WaitlistEntry>> {
        cx.require_any(&[BOOKINGS_ALL, BOOKINGS_OWN])?;
        let known = Filter {
            locations: filter.locations.clone(),
            services: filter.services.clone(),
            clients: filter.clients.clone(),
            ..Filter::default()
        };
        self.expect_known(r, &known).await?;
        if !filter.sessions.is_empty() {
            let found = sessions::list_by_ids(r, &filter.sessions).await?;
            let reach = self.reach(cx, r).await?;
            let seen = |id| found.iter().any(|session| session.id == id && reach.has_session(session));
            if !filter.sessions.iter().all(|id| seen(*id)) {
                return Err(Error::not_found());
            }
        }
        match self.reach(cx, r).await? {
            Reach::All => {}
            Reach::Own(Some(own)) => filter.own = Some(own),
            Reach::Own(None) => return Ok(Page::empty()),
        }
        repo::page(r, &filter, request).await
    }

    /// An entry that staff may see; anything else is not found.
    pub async fn get_entry(&self, cx: &Cx, r: &Reader, id: WaitlistEntryId) -> Result<WaitlistEntry> {
        cx.require_any(&[BOOKINGS_ALL, BOOKINGS_OWN])?;
        self.visible_entry(cx, r, id).await
    }

    pub(crate) async fn visible_entry(&self, cx: &Cx, r: &Reader, id: WaitlistEntryId) -> Result<WaitlistEntry> {
        let entry = repo::find(r, id).await?.ok_or_else(Error::not_found)?;
        let reach = self.reach(cx, r).await?;
        let seen = match (reach, entry.session_id) {
            (Reach::All, _) => true,
            (Reach::Own(_), Some(session)) => {
                sessions::find(r, session).await?.is_some_and(|session| reach.has_session(&session))
            }
            (Reach::Own(_), None) => false,
        };
        if seen { Ok(entry) } else { Err(Error::not_found()) }
    }

    /// The place that a token owns, for its owner.
    pub async fn place_in_waitlist(&self, cx: &Cx, r: &Reader, token: &str) -> Result<Place> {
        cx.require_any(&[BOOKINGS_ALL, BOOKINGS_OWN, BOOKINGS_BOOK])?;
        let token = HoldToken::read(token).ok_or_else(Error::not_found)?;
        let entry = repo::find_by_token(r, &token).await?.ok_or_else(Error::not_found)?;
        let ahead = self.ahead_of(r, &entry).await?;
        let offer = match entry.hold_id {
            Some(hold) => Some(self.held_again(r, &[hold.uuid()]).await?),
            None => None,
        };
        let offer = offer.filter(|held| held.hold.state == State::Live && r.now() < held.hold.expires_at);
        Ok(Place { entry, ahead, offer })
    }
}
