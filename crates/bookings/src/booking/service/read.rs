//! Reading bookings: one, a page, its history.

use super::Reach;
use crate::Bookings;
use crate::booking::repo::{self, Filter, Order};
use crate::booking::{Booking, BookingId, reference};
use crate::hold::{Hold, HoldId};
use crate::permissions::{BOOKINGS_ALL, BOOKINGS_OWN};
use access::Cx;
use db::Reader;
use jobs::Entry;
use kernel::{Error, Page, PageRequest, Result};

/// What a list is searched by.
#[derive(Debug, Clone, Default)]
pub struct BookingSearch {
    /// By state, dates, people, services, places.
    pub filter: Filter,
    /// A reference, or what the clients' own search understands: part of a name, a phone, an address.
    pub text: Option<String>,
}

impl Bookings {
    /// A booking that the caller may see.
    pub async fn get(&self, cx: &Cx, r: &Reader, id: BookingId) -> Result<Booking> {
        if cx.is_client() {
            return self.own_booking(cx, r, id).await;
        }
        let reach = self.reach(cx, r).await?;
        repo::find(r, id).await?.filter(|booking| reach.has(booking)).ok_or_else(Error::not_found)
    }

    /// A booking by what people read aloud, in any spelling.
    pub async fn get_by_reference(&self, cx: &Cx, r: &Reader, raw: &str) -> Result<Booking> {
        let reach = self.reach(cx, r).await?;
        let reference = reference::parse(raw).ok_or_else(Error::not_found)?;
        let booking = repo::find_by_reference(r, &reference).await?;
        booking.filter(|booking| reach.has(booking)).ok_or_else(Error::not_found)
    }

    /// A page of the bookings that the caller may see.
    pub async fn list(
        &self,
        cx: &Cx,
        r: &Reader,
        search: BookingSearch,
        order: Order,
        request: &PageRequest,
    ) -> Result<Page<Booking>> {
        let mut filter = search.filter;
        self.expect_known(r, &filter).await?;
        match self.reach(cx, r).await? {
            Reach::All => {}
            Reach::Own(Some(own)) => filter.own = Some(own),
            Reach::Own(None) => return Ok(Page::empty()),
        }
        if let Some(text) = search.text.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
            filter.reference = reference::parse(text);
            filter.matching_clients = self.clients.select_matching(cx, r, text)?;
        }
        repo::page(r, &filter, order, request).await
    }

    /// A filter may name only what the company has: another company's thing is not found.
    pub(crate) async fn expect_known(&self, r: &Reader, filter: &Filter) -> Result<()> {
        let mut known = true;
        if !filter.locations.is_empty() {
            let locations = self.tenancy.locations(r).await?;
            known &= filter.locations.iter().all(|id| locations.get(*id).is_some());
        }
        if !filter.staff.is_empty() {
            let members = self.staff.members(r).await?;
            known &= filter.staff.iter().all(|id| members.get(*id).is_some());
        }
        if !filter.services.is_empty() {
            let services = self.catalog.services(r).await?;
            known &= filter.services.iter().all(|id| services.get(*id).is_some());
        }
        if !filter.clients.is_empty() {
            let clients = self.clients.get_many(r, &filter.clients).await?;
            known &= filter.clients.iter().all(|id| clients.iter().any(|client| client.id == *id));
        }
        if known { Ok(()) } else { Err(Error::not_found()) }
    }

    /// What happened to a booking, newest first; for who runs bookings.
    pub async fn history(&self, cx: &Cx, r: &Reader, id: BookingId, request: &PageRequest) -> Result<Page<Entry>> {
        cx.require_any(&[BOOKINGS_ALL, BOOKINGS_OWN])?;
        let booking = self.get(cx, r, id).await?;
        self.jobs.history(r, booking.id.uuid(), request).await
    }

    /// A hold by id, for other crates: the company is checked, the role is not.
    pub async fn facts_hold(&self, r: &Reader, id: HoldId) -> Result<Option<Hold>> {
        crate::hold::repo::find(r, id).await
    }

    /// Bookings by id, for other crates: the company is checked, the role is not. What does not exist is left out.
    pub async fn facts_bookings(&self, r: &Reader, ids: &[BookingId]) -> Result<Vec<Booking>> {
        repo::list_by_ids(r, ids).await
    }
}
