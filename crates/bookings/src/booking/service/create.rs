//! Booking a visit: by staff, by a client through a publishable key, or from a hold.

use super::{again, agree, claimed, idempotency_key, own_card};
use crate::Bookings;
use crate::availability::{Rule, Rules};
use crate::booking::{Awaits, Booking, BookingId, Line, Status, reference, repo};
use crate::calendar::ChangeKind;
use crate::error::{BookingErrorCode, broken, is_slot_taken};
use crate::events::{BookingConfirmed, BookingCreated};
use crate::hold::{self, Hold, HoldToken};
use crate::limits::{CREATE, CREATE_UNPROVEN};
use crate::permissions::{BOOKINGS_ALL, BOOKINGS_BOOK, BOOKINGS_NOTES, BOOKINGS_OWN};
use crate::rules;
use crate::session::Seats;
use crate::session::service::seats_of;
use crate::slots::{ATTEMPTS, Asked, Audience, Choice, Lost, Own, Taken, Taking, VisitWish, World, place};
use access::Cx;
use chrono::{DateTime, Duration, Utc};
use clients::{Client, ClientId, Contact};
use db::{Owner, Reader, Tx};
use kernel::text::{multiline, text};
use kernel::{CommonCode, Error, Money, Result};
use serde::Serialize;
use std::collections::BTreeMap;
use uuid::Uuid;

const NOTE_MAX: usize = 2_000;
const GUEST_NAME_MAX: usize = 120;

/// A visit to be booked.
#[derive(Debug, Clone)]
pub struct NewBooking {
    /// When and what.
    pub slot: SlotChoice,
    /// Whose visit; a hold may know it already.
    pub whose: Option<WhoseVisit>,
    /// What the companions are called, in order.
    pub guests: Vec<String>,
    /// What the client wrote or may read.
    pub client_note: Option<String>,
    /// What the client never sees.
    pub internal_note: Option<String>,
    /// Rules to set aside.
    pub overrides: Vec<Rule>,
    /// The caller's key.
    pub idempotency_key: String,
}

/// When and what.
#[derive(Debug, Clone)]
pub enum SlotChoice {
    /// A free time.
    Time {
        /// What.
        wish: VisitWish,
        /// When.
        starts_at: DateTime<Utc>,
    },
    /// What the owner of this token holds.
    Hold(HoldToken),
    /// Seats of a session.
    Seats(Seats),
}

/// Whose visit.
#[derive(Debug, Clone)]
pub enum WhoseVisit {
    /// A card of the company.
    Card(ClientId),
    /// Somebody who says who they are.
    Contact(Contact),
    /// The client who asks, and what they say for a card that is yet to be made.
    Own(Option<Contact>),
}

/// What is known before the transaction begins.
enum Planned {
    /// Who does a visit, where and with what.
    Visit(Box<Choice>),
    /// The small tables, for seats of a session.
    Seats(World),
}

/// What the digest of a request covers; a token by its hash.
#[derive(Serialize)]
struct Digested<'a> {
    wish: Option<&'a VisitWish>,
    starts_at: Option<DateTime<Utc>>,
    hold: Option<Vec<u8>>,
    card: Option<ClientId>,
    contact: Option<(&'a str, Option<&'a str>, Option<&'a str>)>,
    guests: &'a [String],
    notes: [Option<&'a str>; 2],
    overrides: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seats: Option<Seats>,
}

impl Bookings {
    /// Books a visit. The slot is decided by the same engine that offered it; with "anybody" the next candidate is tried
    /// when somebody else was faster with the first.
    pub async fn create(&self, cx: &Cx, new: NewBooking) -> Result<Booking> {
        cx.require_any(&[BOOKINGS_ALL, BOOKINGS_OWN, BOOKINGS_BOOK])?;
        let new = checked(cx, new)?;
        let waived = rules::waived(cx, &new.overrides)?;
        let key = idempotency_key(cx, "bookingCreate", &new.idempotency_key, &digested(&new))?;
        self.limit(cx, &CREATE).await?;
        if cx.is_public() && cx.address.is_some() {
            self.limit(cx, &CREATE_UNPROVEN).await?;
        }
        let mut without: Vec<Uuid> = Vec::new();
        for attempt in 1.. {
            let made = Box::pin(self.attempt(cx, &new, waived, &key, &without))
                .await
                .map_err(|error| of_slot(&new.slot, error));
            let Err(error) = &made else { return made };
            // A repetition finds its own booking in its way, or its hold used up.
            if let Some(ids) = self.done_before(cx, &key, error).await? {
                return again(&self.db.read(cx.company()?).await?, &ids).await;
            }
            if db::Fault::is_unique_violation(error) && attempt < ATTEMPTS {
                // The reference that was drawn is somebody else's: one in a billion times the company's bookings.
                continue;
            }
            match Lost::of(error) {
                Some(lost) if attempt < ATTEMPTS => without.extend_from_slice(lost),
                _ => return made,
            }
        }
        Err(crate::error::slot_taken())
    }

    async fn attempt(
        &self,
        cx: &Cx,
        new: &NewBooking,
        waived: Rules,
        key: &db::IdempotencyKey,
        without: &[Uuid],
    ) -> Result<Booking> {
        let company = cx.company()?;
        let planned = self.plan(cx, &self.db.read(company).await?, new, waived, without).await?;
        let booking = db::transaction!(self.db, company, |tx| {
            match tx.idempotent(key).await? {
                Some(ids) => again(tx, &ids).await,
                None => match &planned {
                    Planned::Visit(choice) => self.create_in(cx, tx, new, waived, choice, key).await,
                    Planned::Seats(world) => self.book_seats_in(cx, tx, new, waived, world, key).await,
                },
            }
        })?;
        db::failpoint!("bookings.commit.after");
        Ok(booking)
    }

    /// Chooses people and units on a snapshot, without locks: a hopeless request ends here. Seats are of
    /// a session, which has its people and units.
    async fn plan(&self, cx: &Cx, r: &Reader, new: &NewBooking, waived: Rules, without: &[Uuid]) -> Result<Planned> {
        let world = World::load(self, r).await?;
        let hold = self.held(r, &new.slot).await?;
        if seats_of(&new.slot, hold.as_ref()).is_some() {
            return Ok(Planned::Seats(world));
        }
        let mut question = resolve(cx, &world, new, hold.as_ref(), waived)?;
        let card = match (&new.whose, &hold) {
            (Some(WhoseVisit::Card(id)), _) => Some(*id),
            (Some(WhoseVisit::Own(_)), _) => own_card(cx),
            (None, Some(hold)) => hold.client_id,
            _ => None,
        };
        question.client = card;
        self.prefer_usual(r, &mut question, card).await?;
        let usual = question.visit.usual;
        question.visit.without = without.iter().copied().collect();
        let (start, as_of, own) = timing(&new.slot, hold.as_ref(), r.now());
        let placed = place(r, &world, &question, start, as_of.unwrap_or_else(|| r.now()), &own, None).await?;
        let placement = placed.map_err(|violations| broken(&violations))?;
        Ok(Planned::Visit(Box::new(Choice { placement, usual, location: question.location, world })))
    }

    async fn create_in(
        &self,
        cx: &Cx,
        tx: &mut Tx,
        new: &NewBooking,
        waived: Rules,
        choice: &Choice,
        key: &db::IdempotencyKey,
    ) -> Result<Booking> {
        let hold = self.held(tx, &new.slot).await?;
        let client = self.client_in(cx, tx, new, hold.as_ref()).await?;
        let (_, as_of, own) = timing(&new.slot, hold.as_ref(), tx.now());
        if let Some(hold) = &hold {
            hold::repo::consume(tx, hold).await?.then_some(()).ok_or_else(hold_ended)?;
        }
        let resolve = |world: &World| {
            let mut asked = resolve(cx, world, new, hold.as_ref(), waived)?;
            asked.visit.usual = choice.usual;
            Ok(asked)
        };
        let taking = Taking { choice, client: Some(client), own: &own, as_of, also: None };
        let taken = self.take_in(tx, resolve, &taking).await?;
        if let Some(hold) = &hold {
            tx.release_allocations(&[Owner::Hold(hold.id.uuid())]).await?;
        }
        let booking = draft(cx, tx, new, hold.as_ref(), client, &taken)?;
        repo::insert(tx, &booking).await?;
        self.allocate_in(tx, &taken, |line| Owner::BookingLine(line.id.uuid()), None).await?;
        if let Some(hold) = hold.as_ref().filter(|hold| hold.is_offer()) {
            self.fulfil_offer_in(tx, hold.id, booking.id).await?;
        }
        self.publish_created_in(cx, tx, &booking).await?;
        tx.remember(key, &[booking.id.uuid()]).await?;
        Ok(booking)
    }

    /// The hold of a token. One that ran out a little while ago may still become a booking, if nobody took its slot: whoever
    /// paid meanwhile is not to be sent away for nothing. One that has ended otherwise is refused by name.
    pub(crate) async fn held(&self, r: &Reader, slot: &SlotChoice) -> Result<Option<Hold>> {
        let SlotChoice::Hold(token) = slot else { return Ok(None) };
        let hold = hold::repo::find_by_token(r, token).await?;
        hold.filter(|hold| hold.is_live(r.now()) || hold.is_late(r.now())).map(Some).ok_or_else(hold_ended)
    }

    pub(crate) async fn client_in(
        &self,
        cx: &Cx,
        tx: &mut Tx,
        new: &NewBooking,
        hold: Option<&Hold>,
    ) -> Result<ClientId> {
        match (&new.whose, hold.and_then(|hold| hold.client_id)) {
            (Some(whose), _) => self.whose_in(cx, tx, whose).await,
            (None, Some(id)) => self.whose_in(cx, tx, &WhoseVisit::Card(id)).await,
            (None, None) => Err(Error::invalid(CommonCode::Required).at("client")),
        }
    }

    /// The card of who wants something, made for who has none; refused for a stranger who is on the block list.
    pub(crate) async fn whose_in(&self, cx: &Cx, tx: &mut Tx, whose: &WhoseVisit) -> Result<ClientId> {
        let (client, blocked) = match whose {
            WhoseVisit::Contact(contact) => {
                let attached = self.clients.find_or_create_in(cx, tx, contact).await.map_err(within_client)?;
                (attached.client, attached.blocked)
            }
            WhoseVisit::Own(said) => {
                let own = self.clients.own_or_create_in(cx, tx, said.as_ref()).await.map_err(within_client)?;
                // Who they are is known: what else they say of it is for staff to write on the card.
                if said.is_some() && !own.created {
                    return Err(Error::conflict(BookingErrorCode::ClientAmbiguous).at("client"));
                }
                (own.client, own.blocked)
            }
            WhoseVisit::Card(id) => self.card(cx, tx, *id).await?,
        };
        // Staff may know better; who books alone is told to call.
        if blocked && Audience::is_stranger(cx) {
            return Err(Error::conflict(BookingErrorCode::ClientBlocked).at("client"));
        }
        Ok(client.id)
    }

    /// A live card that the caller may book for, and whether it is on the block list.
    pub(crate) async fn card(&self, cx: &Cx, r: &Reader, id: ClientId) -> Result<(Client, bool)> {
        let client = if cx.can(BOOKINGS_ALL) || Audience::is_stranger(cx) {
            self.clients.get_many(r, &[id]).await?.pop().ok_or_else(Error::not_found)?
        } else {
            self.clients.get(cx, r, id).await?
        };
        if client.is_archived() {
            return Err(Error::invalid(CommonCode::Archived).at("clientId"));
        }
        let blocked = client.is_blocked();
        Ok((client, blocked))
    }

    /// Says that a visit was booked. Of a visit of a series the word says so, since its client is told of all at once.
    pub(crate) async fn publish_created_in(&self, cx: &Cx, tx: &mut Tx, booking: &Booking) -> Result<()> {
        let created = BookingCreated {
            booking: booking.id,
            client: booking.client_id,
            location: booking.location_id,
            staff: booking.staff_ids(),
            status: booking.status,
            starts_at: booking.starts_at,
            ends_at: booking.ends_at,
            hold: booking.hold_id,
            series: booking.series.map(|own| own.id),
            overrides: rules::codes(&booking.overrides),
            awaits: booking.awaits.list(),
        };
        self.jobs.publish_in(cx, tx, &created).await?;
        if booking.status == Status::Confirmed {
            let series = booking.series.map(|own| own.id);
            self.jobs.publish_in(cx, tx, &BookingConfirmed { series, ..BookingConfirmed::of(booking) }).await?;
        }
        self.watch_pending_in(cx, tx, booking).await?;
        self.announce_in(tx, ChangeKind::Created, booking, None)?;
        Ok(())
    }
}

/// The booking as it will be written.
pub(crate) fn draft(
    cx: &Cx,
    tx: &Tx,
    new: &NewBooking,
    hold: Option<&Hold>,
    client: ClientId,
    taken: &Taken,
) -> Result<Booking> {
    let world = &taken.world;
    let currency = hold.map_or(world.settings.currency, |hold| hold.currency);
    let range = taken.placement.range;
    let total = total(&taken.lines)?;
    let prepayment = agree::prepayment(world, &taken.lines)?;
    // Whoever may only book as a client does waits as a client does, also behind a secret key.
    let waits = Audience::is_stranger(cx);
    let awaits =
        Awaits { approval: waits && taken.asked.agreed.approval_required, prepayment: waits && prepayment > 0 };
    let pending_until = tx.now() + Duration::minutes(world.settings.pending_minutes.into());
    Ok(Booking {
        id: BookingId::new(),
        reference: reference::draw(),
        status: if awaits.is_empty() { Status::Confirmed } else { Status::Pending },
        status_since: tx.now(),
        location_id: taken.asked.location,
        client_id: client,
        hold_id: hold.map(|hold| hold.id),
        session_id: None,
        party_size: 1,
        series: None,
        starts_at: range.from,
        ends_at: range.to,
        zone: taken.zone()?,
        local_date: taken.placement.date,
        total: Money { minor: total, currency },
        channel: channel(cx).to_owned(),
        policy: agree::policy(world, taken.asked.agreed.clone(), &taken.lines, total, range.from),
        awaits,
        pending_until: (!awaits.is_empty()).then_some(pending_until.min(range.from)),
        prepayment: Money { minor: prepayment, currency },
        fee: None,
        deposit_kept: false,
        client_moves: 0,
        link_revocations: 0,
        overrides: taken.overrides(),
        guests: guests(new, &taken.lines)?,
        client_note: new.client_note.clone(),
        internal_note: new.internal_note.clone(),
        cancel_reason: None,
        cancel_note: None,
        version: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
        lines: taken.lines.clone(),
    })
}

/// Names of companions: no more than the lines speak of.
fn guests(new: &NewBooking, lines: &[Line]) -> Result<Vec<String>> {
    let known = lines.iter().filter_map(|line| line.guest).max().unwrap_or(0);
    if new.guests.len() > usize::from(known) {
        return Err(Error::invalid(CommonCode::TooLong).at("guestNames").with("max", known));
    }
    Ok(new.guests.clone())
}

fn resolve(cx: &Cx, world: &World, new: &NewBooking, hold: Option<&Hold>, waived: Rules) -> Result<Asked> {
    match (&new.slot, hold) {
        (SlotChoice::Time { wish, .. }, _) => Asked::resolve(world, Audience::of(cx, &world.members), wish, waived),
        (SlotChoice::Hold(_), Some(hold)) => {
            // What was set aside for the hold stays so for its booking.
            let waived = hold.overrides.iter().copied().fold(waived, Rules::with);
            Asked::again(world, Audience::Everybody, hold.location_id, hold.lines.clone(), &BTreeMap::new(), waived)
        }
        (SlotChoice::Hold(_), None) => Err(hold_ended()),
        // Seats are not resolved: their session was.
        (SlotChoice::Seats(_), _) => Err(Error::not_found()),
    }
}

/// When it starts, from when its notice counts, and what the caller has already. A hold was made in time, so its booking is.
fn timing(slot: &SlotChoice, hold: Option<&Hold>, now: DateTime<Utc>) -> (DateTime<Utc>, Option<DateTime<Utc>>, Own) {
    match (slot, hold) {
        (_, Some(hold)) => (hold.starts_at, Some(hold.created_at), Own { hold: Some(hold.id), ..Own::default() }),
        (SlotChoice::Time { starts_at, .. }, None) => (*starts_at, None, Own::default()),
        (SlotChoice::Hold(_) | SlotChoice::Seats(_), None) => (now, None, Own::default()),
    }
}

/// Prices add up in the company's one currency.
pub(crate) fn total(lines: &[Line]) -> Result<i64> {
    lines
        .iter()
        .try_fold(0_i64, |sum, line| sum.checked_add(line.price.minor))
        .ok_or_else(|| Error::internal("the sum of the lines is out of range"))
}

fn checked(cx: &Cx, mut new: NewBooking) -> Result<NewBooking> {
    if new.internal_note.is_some() && !cx.can(BOOKINGS_NOTES) {
        return Err(Error::forbidden(BOOKINGS_NOTES.name));
    }
    new.whose = claimed(cx, new.whose)?;
    for (at, name) in new.guests.iter_mut().enumerate() {
        *name = text(name, 1, GUEST_NAME_MAX).map_err(|fault| Error::invalid(fault).at(format!("guestNames.{at}")))?;
    }
    new.client_note = note("clientNote", new.client_note)?;
    new.internal_note = note("internalNote", new.internal_note)?;
    if new.whose.is_none() && !matches!(new.slot, SlotChoice::Hold(_)) {
        return Err(Error::invalid(CommonCode::Required).at("client"));
    }
    Ok(new)
}

/// A note's text; an empty one is none.
pub(crate) fn note(field: &'static str, raw: Option<String>) -> Result<Option<String>> {
    let Some(raw) = raw.filter(|raw| !raw.trim().is_empty()) else { return Ok(None) };
    multiline(&raw, 1, NOTE_MAX).map(Some).map_err(|fault| Error::invalid(fault).at(field))
}

fn digested(new: &NewBooking) -> Digested<'_> {
    let (wish, starts_at, hold, seats) = match &new.slot {
        SlotChoice::Time { wish, starts_at } => (Some(wish), Some(*starts_at), None, None),
        SlotChoice::Hold(token) => (None, None, Some(token.hash()), None),
        SlotChoice::Seats(seats) => (None, None, None, Some(*seats)),
    };
    let (card, contact) = match &new.whose {
        Some(WhoseVisit::Card(id)) => (Some(*id), None),
        Some(WhoseVisit::Contact(contact) | WhoseVisit::Own(Some(contact))) => {
            (None, Some((contact.name.as_str(), contact.phone.as_deref(), contact.email.as_deref())))
        }
        Some(WhoseVisit::Own(None)) | None => (None, None),
    };
    let notes = [new.client_note.as_deref(), new.internal_note.as_deref()];
    let guests = new.guests.as_slice();
    Digested { wish, starts_at, hold, card, contact, guests, notes, overrides: rules::codes(&new.overrides), seats }
}

/// A slot that was held and is somebody else's by now: the hold has ended, whose slot it was.
fn of_slot(slot: &SlotChoice, error: Error) -> Error {
    if matches!(slot, SlotChoice::Hold(_)) && is_slot_taken(&error) { hold_ended().because(error) } else { error }
}

pub(crate) fn hold_ended() -> Error {
    Error::conflict(BookingErrorCode::HoldEnded).at("holdToken")
}

fn within_client(error: Error) -> Error {
    // A client who said nothing is told to say something, at the field itself.
    let is_there = error.issues.iter().any(|issue| issue.field.as_deref() == Some("client"));
    if error.is_user_error() && !is_there { error.within("client") } else { error }
}

pub(crate) fn channel(cx: &Cx) -> &'static str {
    match cx.channel {
        access::Channel::Web => "WEB",
        access::Channel::Api => "API",
        access::Channel::Public => "PUBLIC",
        access::Channel::System => "SYSTEM",
    }
}
