//! What clients do with their own visits. They go the same ways as staff, with their terms and nothing beyond: what they ask
//! for is made into what they may ask for, here, before anything is decided.

use super::{Ending, Move, WhoseVisit, is_stale, version_conflict};
use crate::Bookings;
use crate::booking::repo::{self, Filter, Order, OrderBy};
use crate::booking::{Booking, BookingId, CancelReason, Initiator, ManageToken};
use crate::calendar::ChangeKind;
use crate::error::BookingErrorCode;
use crate::events::BookingLinkRevoked;
use crate::permissions::{AVAILABILITY_READ, BOOKINGS_ALL, BOOKINGS_OWN};
use crate::slots::Audience;
use access::{ClientProof, Cx, PermissionSet};
use catalog::permissions::CATALOG_READ;
use clients::{Client, ClientId};
use db::Reader;
use kernel::{CompanyId, Error, Page, PageRequest, Result};
use staff::permissions::STAFF_READ;
use tenancy::permissions::COMPANY_READ;
use tenancy::{Admitted, ClientDoor};

/// Which of their visits a client asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "ClientBookingsTime")]
pub enum OwnTime {
    /// Those still to come or going on, the next one first.
    #[default]
    Upcoming,
    /// Those that are over, were called off or declined, the latest first.
    Past,
}

/// Goes on for who runs bookings, and for a client, to whom their own ones are all there are.
pub(crate) fn run_or_own(cx: &Cx) -> Result<()> {
    if cx.is_client() { cx.client().map(|_| ()) } else { cx.require_any(&[BOOKINGS_ALL, BOOKINGS_OWN]).map(|_| ()) }
}

/// The card with which a client books, as far as it is known when they ask.
pub(crate) fn own_card(cx: &Cx) -> Option<ClientId> {
    cx.client_card().map(ClientId::from_uuid)
}

/// Whose visit the caller may say it is: cards are the company's to name, strangers name themselves, and a client who signed
/// in is who they proved to be.
pub(crate) fn claimed(cx: &Cx, whose: Option<WhoseVisit>) -> Result<Option<WhoseVisit>> {
    match whose {
        Some(WhoseVisit::Card(_)) if Audience::is_stranger(cx) => Err(Error::not_found()),
        Some(WhoseVisit::Contact(contact)) if cx.is_client() && !contact.phone_is_proven => {
            Ok(Some(WhoseVisit::Own(Some(contact))))
        }
        None if cx.is_client() => Ok(Some(WhoseVisit::Own(None))),
        whose => Ok(whose),
    }
}

impl Ending {
    /// As the caller may have it: a client calls off on their own wish.
    pub(super) fn of(self, cx: &Cx) -> Self {
        if !cx.is_client() {
            return self;
        }
        Self { reason: CancelReason::ClientRequest, initiator: Initiator::Client, charge: false, ..self }
    }
}

impl Move {
    /// As the caller may have it: a client moves on their own wish.
    pub(super) fn of(&self, cx: &Cx) -> Self {
        if cx.is_client() { Self { initiator: Initiator::Client, ..self.clone() } } else { self.clone() }
    }
}

impl Bookings {
    /// A booking of the client who asks; anybody else's is not found, like one that nobody has.
    pub(crate) async fn own_booking(&self, cx: &Cx, r: &Reader, id: BookingId) -> Result<Booking> {
        let proof = cx.client()?;
        let booking = repo::find(r, id).await?.ok_or_else(Error::not_found)?;
        let is_own = match proof {
            ClientProof::Session(session) => self.clients.facts_is_own(r, session, booking.client_id).await?,
            ClientProof::Link(linked) => linked == booking.id.uuid(),
        };
        if is_own { Ok(booking) } else { Err(Error::not_found()) }
    }

    /// A page of the bookings of the client who asks; of who shows a link the linked one alone.
    pub async fn list_own(&self, cx: &Cx, r: &Reader, time: OwnTime, request: &PageRequest) -> Result<Page<Booking>> {
        let mut filter = Filter { ahead: Some((time == OwnTime::Upcoming, r.now())), ..Filter::default() };
        match cx.client()? {
            ClientProof::Session(session) => {
                filter.matching_clients = Some(self.clients.facts_own_cards(r, session));
            }
            ClientProof::Link(booking) => filter.ids = vec![BookingId::from_uuid(booking)],
        }
        let order = Order { by: OrderBy::StartsAt, descending: time == OwnTime::Past };
        repo::page(r, &filter, order, request).await
    }

    /// A client who is not welcome keeps what they have and may call it off; another time for it is for staff to give.
    pub(super) async fn expect_welcome(&self, cx: &Cx, r: &Reader, client: ClientId) -> Result<()> {
        if !cx.is_client() {
            return Ok(());
        }
        let card = self.clients.get_many(r, &[client]).await?.pop();
        if card.is_some_and(|card| card.is_blocked()) {
            return Err(Error::conflict(BookingErrorCode::ClientBlocked).at("id"));
        }
        Ok(())
    }

    /// Takes the links to a booking back: whatever was sent opens nothing any more. The next letter has a new one.
    pub async fn revoke_links(&self, cx: &Cx, id: BookingId, version: i32) -> Result<Booking> {
        cx.require_any(&[BOOKINGS_ALL, BOOKINGS_OWN])?;
        db::transaction!(self.db, cx.company()?, |tx| {
            let before = self.get(cx, tx, id).await?;
            if is_stale(&before, version) {
                return Err(version_conflict(before));
            }
            let revocations = before.link_revocations.checked_add(1);
            let link_revocations = revocations.ok_or_else(|| Error::internal("links were taken back too often"))?;
            let mut booking = Booking { link_revocations, ..before.clone() };
            self.save_in(tx, &mut booking, before.status).await?;
            self.jobs.publish_in(cx, tx, &BookingLinkRevoked { booking: id }).await?;
            self.announce_in(tx, ChangeKind::Noted, &booking, Some(&before))?;
            Ok(booking)
        })
    }

    /// The address under which the client of a booking, reached at `contact`, sees, moves and cancels it; none when it is over.
    /// For other crates, and for whoever may see the booking.
    pub async fn facts_manage_url(&self, r: &Reader, booking: &Booking, contact: &str) -> Result<Option<String>> {
        if !booking.is_linked(r.now()) {
            return Ok(None);
        }
        let token = ManageToken::of(self.tenancy.secrets(), r.company(), booking, contact).reveal();
        let settings = self.tenancy.settings(r).await?;
        Ok(Some(match &settings.client_page {
            Some(page) => format!("{page}#token={token}"),
            None => format!("{}/manage-booking#token={token}", self.tenancy.public_url()),
        }))
    }

    /// The same for a booking whose client is reached as their card says first; none where the card says nothing. None for
    /// clients: theirs came by letter, to the address that it is bound to.
    pub async fn manage_url(&self, cx: &Cx, r: &Reader, booking: &Booking, card: &Client) -> Result<Option<String>> {
        match contacts(card).next().filter(|_| !cx.is_client()) {
            Some(contact) => self.facts_manage_url(r, booking, contact).await,
            None => Ok(None),
        }
    }
}

/// The ways of reaching a client, as their card has them.
fn contacts(card: &Client) -> impl Iterator<Item = &str> {
    card.emails.iter().map(kernel::Email::as_str).chain(card.phones.iter().map(kernel::Phone::as_str))
}

/// Clients with a link, as tenancy lets them in. A link is shown with each request, so that one which dies is dead at once: on
/// a socket, which is looked at later, there is none.
#[async_trait::async_trait]
impl ClientDoor for Bookings {
    async fn admit(&self, shown: &str) -> Result<Option<Admitted>> {
        let Some(token) = ManageToken::read(shown) else { return Ok(None) };
        let r = self.db.read(token.company).await?;
        let found = repo::find(&r, token.booking).await?.filter(|booking| booking.is_linked(r.now()));
        let Some(booking) = found else { return Ok(None) };
        let Some(card) = self.clients.get_many(&r, &[booking.client_id]).await?.pop() else { return Ok(None) };
        if !token.opens(self.tenancy.secrets(), &booking, contacts(&card)) {
            return Ok(None);
        }
        Ok(Some(Admitted {
            company: token.company,
            client: Some(booking.client_id.uuid()),
            proof: ClientProof::Link(booking.id.uuid()),
            permissions: looking(),
            locale: card.language,
        }))
    }

    async fn readmit(&self, _: CompanyId, _: ClientProof) -> Result<Option<Admitted>> {
        Ok(None)
    }
}

/// What whoever has a link may look at beside its visit: where and what it could be moved to, but nothing is booked with it.
fn looking() -> PermissionSet {
    [AVAILABILITY_READ, CATALOG_READ, STAFF_READ, COMPANY_READ].into_iter().collect()
}
