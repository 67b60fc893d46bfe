//! A freed seat goes to whoever waits first, in the transaction that frees it: nobody else can get between.

use crate::Bookings;
use crate::availability::Rules;
use crate::booking::service::{NewBooking, SlotChoice, WhoseVisit, draft};
use crate::booking::{Awaits, Booking, Status, repo as bookings};
use crate::events::WaitlistPromoted;
use crate::session::service::seat_in;
use crate::session::{GroupSession, GroupSessionId, Seats, SessionStatus, repo as sessions};
use crate::slots::World;
use crate::waitlist::{WaitlistEntry, WaitlistStatus, repo};
use access::Cx;
use chrono::Duration;
use db::Tx;
use kernel::{Error, Result};

impl Bookings {
    /// Books seats that are free for those who wait, in their order, until the list closes. Only under the session's lock.
    /// A party that is too large for what is left is passed over and keeps its place.
    pub(crate) async fn promote_in(&self, cx: &Cx, tx: &mut Tx, id: GroupSessionId) -> Result<()> {
        // For the negative control of the race for a freed seat.
        db::failpoint!("waitlist.skip_promotion", |_| Ok(()));
        loop {
            let session = sessions::find(tx, id).await?.ok_or_else(Error::not_found)?;
            if session.status != SessionStatus::Scheduled || session.seats_left() == 0 {
                return Ok(());
            }
            let Some(entry) = repo::next_for_seats(tx, id, session.seats_left()).await? else { return Ok(()) };
            // What the entry says was true when they joined; the terms of the service may have changed since.
            if tx.now() >= self.waitlist_closes_at(tx, &session).await? {
                return Ok(());
            }
            Box::pin(self.book_for_in(cx, tx, &session, &entry)).await?;
        }
    }

    async fn book_for_in(&self, cx: &Cx, tx: &mut Tx, session: &GroupSession, entry: &WaitlistEntry) -> Result<()> {
        let new = NewBooking {
            slot: SlotChoice::Seats(Seats { session: session.id, party: entry.party_size }),
            whose: Some(WhoseVisit::Card(entry.client_id)),
            guests: Vec::new(),
            client_note: None,
            internal_note: None,
            overrides: Vec::new(),
            idempotency_key: String::new(),
        };
        // Notice and horizon were the client's when they joined; until when they are promoted, the list says.
        let world = World::load(self, tx).await?;
        let taken = seat_in(tx, world, session, entry.party_size, Rules::OVERRIDABLE, tx.now()).await?;
        self.take_seats_in(tx, session, entry.party_size.into(), 0).await?;
        let draft = draft(cx, tx, &new, None, entry.client_id, &taken)?;
        // Whoever joined the list as a client does waits as a client does.
        let waits = entry.is_clients_own();
        let awaits = Awaits {
            approval: waits && taken.asked.agreed.approval_required,
            prepayment: waits && draft.prepayment.minor > 0,
        };
        let until = tx.now() + Duration::minutes(taken.world.settings.pending_minutes.into());
        let booking = Booking {
            status: if awaits.is_empty() { Status::Confirmed } else { Status::Pending },
            awaits,
            pending_until: (!awaits.is_empty()).then_some(until.min(draft.starts_at)),
            session_id: Some(session.id),
            party_size: entry.party_size,
            zone: session.zone,
            local_date: session.local_date,
            channel: entry.channel.clone(),
            overrides: Vec::new(),
            ..draft
        };
        bookings::insert(tx, &booking).await?;
        self.publish_created_in(cx, tx, &booking).await?;
        let step = (WaitlistStatus::Waiting, WaitlistStatus::Booked);
        if !repo::step(tx, entry.id, step, None, Some(booking.id)).await? {
            return Err(Error::internal("somebody left a waiting list without its session's lock"));
        }
        let event =
            WaitlistPromoted { entry: entry.id, client: entry.client_id, session: session.id, booking: booking.id };
        self.jobs.publish_in(cx, tx, &event).await?;
        Ok(())
    }
}
