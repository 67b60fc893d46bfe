//! Freed time is offered to whoever waits first and whom it suits, one at a time: a hold that they alone can book. When it
//! ends without a booking its end frees the time once more, and the next is asked.
//!
//! It happens in jobs that follow from the events that free time, so whoever frees it does not wait for the search.

use crate::Bookings;
use crate::availability::{Candidate, Dates, Rules, evaluate, slots};
use crate::booking::{Booking, BookingId};
use crate::error::BookingErrorCode;
use crate::events::{
    BookingCancelled, BookingDeclined, BookingLinesChanged, BookingNoShow, BookingRescheduled, GroupSessionCancelled,
    GroupSessionMoved, HoldReleased, WaitlistOffered,
};
use crate::hold::service::expect_few_of_client;
use crate::hold::{self, Hold, HoldId, HoldToken, State};
use crate::session::repo as sessions;
use crate::slots::{Asked, Audience, Choice, LineWish, Own, Taking, VisitWish, World, facts_for};
use crate::waitlist::{OFFER_MINUTES, WaitlistEntry, WaitlistStatus, repo};
use access::Cx;
use chrono::Duration;
use db::{Owner, Reader, Tx};
use jobs::{Delivery, Event, HandlerResult, Registrar};
use kernel::time::TimeRange;
use kernel::{Error, Result};
use staff::StaffId;
use std::future::Future;
use tenancy::LocationId;

/// As many entries as one freed slot is compared with.
const MOST: u64 = 100;

/// Time that is free again.
#[derive(Debug, Clone)]
struct Freed {
    location: LocationId,
    range: TimeRange,
    /// Whose it was; none where nobody was needed.
    staff: Vec<Option<StaffId>>,
}

/// Registers what follows from the events that free time.
pub(crate) fn register(registrar: &mut Registrar, bookings: &Bookings) {
    on(
        registrar,
        bookings,
        "bookings.offer_cancelled",
        |bookings: Bookings, cx, event: Delivery<BookingCancelled>| async move {
            bookings.offer_booking(&cx, event.booking, &event).await
        },
    );
    on(
        registrar,
        bookings,
        "bookings.offer_declined",
        |bookings: Bookings, cx, event: Delivery<BookingDeclined>| async move {
            bookings.offer_booking(&cx, event.booking, &event).await
        },
    );
    on(
        registrar,
        bookings,
        "bookings.offer_missed",
        |bookings: Bookings, cx, event: Delivery<BookingNoShow>| async move {
            bookings.offer_booking(&cx, event.booking, &event).await
        },
    );
    on(
        registrar,
        bookings,
        "bookings.offer_moved",
        |bookings: Bookings, cx, event: Delivery<BookingRescheduled>| async move {
            let range = TimeRange { from: event.from_starts_at, to: event.from_ends_at };
            bookings.offer_old_time(&cx, event.booking, range, &event.from_staff, &event).await
        },
    );
    on(
        registrar,
        bookings,
        "bookings.offer_edited",
        |bookings: Bookings, cx, event: Delivery<BookingLinesChanged>| async move {
            let range = TimeRange { from: event.from_starts_at, to: event.from_ends_at };
            bookings.offer_old_time(&cx, event.booking, range, &event.from_staff(), &event).await
        },
    );
    on(
        registrar,
        bookings,
        "bookings.offer_released",
        |bookings: Bookings, cx, event: Delivery<HoldReleased>| async move { bookings.offer_hold(&cx, &event).await },
    );
    on(
        registrar,
        bookings,
        "bookings.offer_session",
        |bookings: Bookings, cx, event: Delivery<GroupSessionCancelled>| async move {
            bookings.offer_session(&cx, &event).await
        },
    );
    on(
        registrar,
        bookings,
        "bookings.offer_session_moved",
        |bookings: Bookings, cx, event: Delivery<GroupSessionMoved>| async move {
            bookings.offer_moved_session(&cx, &event).await
        },
    );
}

fn on<E, F, O>(registrar: &mut Registrar, bookings: &Bookings, name: &'static str, reaction: F)
where
    E: Event,
    F: Fn(Bookings, Cx, Delivery<E>) -> O + Send + Sync + 'static,
    O: Future<Output = Result<()>> + Send + 'static,
{
    let handle = bookings.clone();
    registrar.on::<E>(name, move |cx, delivery| {
        let done = reaction(handle.clone(), cx, delivery);
        async move { HandlerResult::Ok(done.await?) }
    });
}

impl Bookings {
    async fn offer_booking<E>(&self, cx: &Cx, id: BookingId, event: &Delivery<E>) -> Result<()> {
        let Some(booking) = self.freed_booking(cx, id).await? else { return Ok(()) };
        let staff = booking.lines.iter().map(|line| line.staff_id).collect();
        let range = TimeRange { from: booking.starts_at, to: booking.ends_at };
        self.offer(cx, Freed { location: booking.location_id, range, staff }, event).await
    }

    async fn offer_old_time<E>(
        &self,
        cx: &Cx,
        id: BookingId,
        range: TimeRange,
        staff: &[StaffId],
        event: &Delivery<E>,
    ) -> Result<()> {
        let Some(booking) = self.freed_booking(cx, id).await? else { return Ok(()) };
        let staff = if staff.is_empty() { vec![None] } else { staff.iter().copied().map(Some).collect() };
        self.offer(cx, Freed { location: booking.location_id, range, staff }, event).await
    }

    async fn offer_hold(&self, cx: &Cx, event: &Delivery<HoldReleased>) -> Result<()> {
        let hold = hold::repo::find(&self.db.read(cx.company()?).await?, event.hold).await?;
        let Some(hold) = hold.filter(|hold| hold.session_id.is_none()) else { return Ok(()) };
        let staff = hold.lines.iter().map(|line| line.staff_id).collect();
        let range = TimeRange { from: hold.starts_at, to: hold.ends_at };
        self.offer(cx, Freed { location: hold.location_id, range, staff }, event).await
    }

    async fn offer_session(&self, cx: &Cx, event: &Delivery<GroupSessionCancelled>) -> Result<()> {
        let session = sessions::find(&self.db.read(cx.company()?).await?, event.session).await?;
        let Some(session) = session else { return Ok(()) };
        let range = TimeRange { from: session.starts_at, to: session.ends_at };
        self.offer(cx, Freed { location: session.location_id, range, staff: vec![session.staff_id()] }, event).await
    }

    async fn offer_moved_session(&self, cx: &Cx, event: &Delivery<GroupSessionMoved>) -> Result<()> {
        let session = sessions::find(&self.db.read(cx.company()?).await?, event.session).await?;
        let Some(session) = session else { return Ok(()) };
        let range =
            TimeRange { from: event.from_starts_at, to: event.from_starts_at + (event.ends_at - event.starts_at) };
        self.offer(cx, Freed { location: session.location_id, range, staff: vec![event.from_staff] }, event).await
    }

    /// A booking whose own time was freed; seats of a session have none.
    async fn freed_booking(&self, cx: &Cx, id: BookingId) -> Result<Option<Booking>> {
        let booking = crate::booking::repo::find(&self.db.read(cx.company()?).await?, id).await?;
        Ok(booking.filter(|booking| booking.session_id.is_none()))
    }

    /// Offers freed time to the first whom it suits. A slot that somebody else took meanwhile is offered to nobody.
    async fn offer<E>(&self, cx: &Cx, freed: Freed, event: &Delivery<E>) -> Result<()> {
        let suitable = self.suitable(cx, &freed).await?;
        for (entry, asked, choice) in &suitable {
            match self.hold_for(cx, entry, asked, choice, event).await {
                Ok(()) => return Ok(()),
                // They have left, or the slot was taken: the next, whom another part of the time may suit.
                Err(error) if error.is_user_error() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Who waits for such a time, in order, each with the start that suits best.
    async fn suitable(&self, cx: &Cx, freed: &Freed) -> Result<Vec<(WaitlistEntry, VisitWish, Choice)>> {
        let r = self.db.read(cx.company()?).await?;
        if freed.range.to <= r.now() {
            return Ok(Vec::new());
        }
        let waiting = repo::waiting_for_visits(&r, freed.location, MOST).await?;
        if waiting.is_empty() {
            return Ok(Vec::new());
        }
        let world = World::load(self, &r).await?;
        let mut suitable = Vec::new();
        for entry in waiting {
            let mut staff: Vec<Option<StaffId>> = freed.staff.clone();
            staff.dedup();
            for staff in staff.into_iter().filter(|staff| staff.is_none_or(|id| entry.wants(id))) {
                let wish =
                    VisitWish { location: entry.location_id, lines: vec![LineWish::new(entry.service_id, staff)] };
                if let Some(choice) = first_start(&r, &world, &entry, &wish, freed).await? {
                    suitable.push((entry, wish, choice));
                    break;
                }
            }
        }
        Ok(suitable)
    }

    async fn hold_for<E>(
        &self,
        cx: &Cx,
        entry: &WaitlistEntry,
        wish: &VisitWish,
        choice: &Choice,
        event: &Delivery<E>,
    ) -> Result<()> {
        db::transaction!(self.db, cx.company()?, |tx| {
            self.hold_for_in(cx, tx, entry, wish, choice).await?;
            event.complete_in(tx).await
        })
    }

    async fn hold_for_in(
        &self,
        cx: &Cx,
        tx: &mut Tx,
        entry: &WaitlistEntry,
        wish: &VisitWish,
        choice: &Choice,
    ) -> Result<()> {
        let resolve = |world: &World| Asked::resolve(world, audience(entry), wish, Rules::NONE);
        let own = Own::default();
        let taking = Taking { choice, client: Some(entry.client_id), own: &own, as_of: None, also: None };
        let taken = self.take_in(tx, resolve, &taking).await?;
        // Under the client's own lock, as whoever holds something for them.
        expect_few_of_client(tx, entry.client_id).await?;
        let hold = Hold {
            id: HoldId::new(),
            holder: hold::offered_to(entry.id),
            state: State::Live,
            location_id: entry.location_id,
            client_id: Some(entry.client_id),
            starts_at: taken.placement.range.from,
            ends_at: taken.placement.range.to,
            zone: taken.zone()?,
            local_date: taken.placement.date,
            currency: taken.world.settings.currency,
            lines: taken.lines.clone(),
            overrides: Vec::new(),
            expires_at: tx.now() + Duration::minutes(OFFER_MINUTES),
            extended: false,
            created_at: tx.now(),
            session_id: None,
            party_size: 1,
        };
        let secret = HoldToken::of(self.tenancy.secrets(), tx.company(), hold.id);
        hold::repo::insert(tx, &hold, &secret).await?;
        self.allocate_in(tx, &taken, |_| Owner::Hold(hold.id.uuid()), Some(hold.expires_at)).await?;
        self.publish_held_in(cx, tx, &hold).await?;
        let step = (WaitlistStatus::Waiting, WaitlistStatus::Offered);
        if !repo::step(tx, entry.id, step, Some(hold.id), None).await? {
            return Err(Error::conflict(BookingErrorCode::WrongStatus));
        }
        let event = WaitlistOffered {
            entry: entry.id,
            client: entry.client_id,
            hold: hold.id,
            starts_at: hold.starts_at,
            expires_at: hold.expires_at,
        };
        self.jobs.publish_in(cx, tx, &event).await?;
        Ok(())
    }

    /// Whoever was offered a slot has booked it.
    pub(crate) async fn fulfil_offer_in(&self, tx: &Tx, hold: HoldId, booking: BookingId) -> Result<()> {
        let Some(entry) = repo::find_by_hold(tx, hold).await? else { return Ok(()) };
        let step = (WaitlistStatus::Offered, WaitlistStatus::Booked);
        repo::step(tx, entry.id, step, None, Some(booking)).await.map(|_| ())
    }
}

/// The start next to that of the freed time, among those that take some of it and lie in the hours of who waits: from the
/// engine's own listing.
async fn first_start(
    r: &Reader,
    world: &World,
    entry: &WaitlistEntry,
    wish: &VisitWish,
    freed: &Freed,
) -> Result<Option<Choice>> {
    // What is not offered any more, or not by this person, suits nobody.
    let Ok(mut asked) = Asked::resolve(world, audience(entry), wish, Rules::NONE) else { return Ok(None) };
    asked.client = Some(entry.client_id);
    let zone = world.location(entry.location_id)?.zone;
    let local = |instant: chrono::DateTime<chrono::Utc>| instant.with_timezone(&zone).naive_local();
    let (first, last) = (local(freed.range.from).date(), local(freed.range.to).date());
    let dates = Dates::query(first - chrono::Days::new(1), last).map_err(Error::internal)?;
    let facts = facts_for(r, world, &asked, dates, Some(&Own::default()), None).await?;
    let found = slots(&asked.visit, &facts, &asked.policy, r.now());
    let placed = found.as_slice().iter().filter_map(|slot| {
        let candidate = Candidate { start: slot.starts_at(), visit: &asked.visit };
        let placement = evaluate(candidate, &facts, &asked.policy, r.now()).ok()?;
        let suits = entry.has_room_for(local(placement.range.from), local(placement.range.to));
        (suits && placement.range.overlaps(freed.range)).then_some(placement)
    });
    let nearest = placed.min_by_key(|placement| (placement.range.from - freed.range.from).abs());
    Ok(nearest.map(|placement| Choice { placement, usual: None, location: entry.location_id, world: world.clone() }))
}

/// A client sees what clients see, also when it is looked for by itself.
fn audience(entry: &WaitlistEntry) -> Audience {
    if entry.is_clients_own() { Audience::Public } else { Audience::Everybody }
}
