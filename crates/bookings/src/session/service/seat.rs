//! Booking seats: under the session's lock, counted by the guarded counter. The session has its person and units, so of
//! the engine's rules notice and horizon alone are asked; they are the client's.

use super::GroupSession;
use crate::Bookings;
use crate::availability::{Candidate, Dates, Placement, Rule, Rules, Violation, evaluate};
use crate::booking::service::{NewBooking, SlotChoice, draft};
use crate::booking::{Booking, Line, LineId, repo as bookings};
use crate::error::{BookingErrorCode, broken};
use crate::hold::{self, Hold};
use crate::session::{GroupSessionId, Seats, SessionStatus, repo};
use crate::slots::{Asked, Audience, Taken, World, facts_for};
use access::Cx;
use chrono::{DateTime, Utc};
use db::{Reader, Subject, Tx};
use kernel::time::TimeRange;
use kernel::{Error, Issue, Result};
use smallvec::SmallVec;
use std::collections::BTreeMap;

/// The rules that a seat is asked about.
const OF_SEATS: [Rule; 3] = [Rule::NotCovered, Rule::TooSoon, Rule::BeyondHorizon];

/// The seats that are to be booked, if it is seats at all.
pub(crate) fn seats_of(slot: &SlotChoice, hold: Option<&Hold>) -> Option<Seats> {
    match (slot, hold) {
        (SlotChoice::Seats(seats), _) => Some(*seats),
        (_, Some(hold)) => hold.seats(),
        _ => None,
    }
}

impl Bookings {
    /// Books seats of a session, held before or not.
    pub(crate) async fn book_seats_in(
        &self,
        cx: &Cx,
        tx: &mut Tx,
        new: &NewBooking,
        waived: Rules,
        planned: &World,
        key: &db::IdempotencyKey,
    ) -> Result<Booking> {
        let hold = self.held(tx, &new.slot).await?;
        let seats = seats_of(&new.slot, hold.as_ref()).ok_or_else(Error::not_found)?;
        let client = self.client_in(cx, tx, new, hold.as_ref()).await?;
        tx.lock_schedules(&[Subject::client(client).exclusive()]).await?;
        let session = self.open_session_in(cx, tx, seats.session).await?;
        let as_of = hold.as_ref().map_or_else(|| tx.now(), |hold| hold.created_at);
        let waived = hold.iter().flat_map(|hold| hold.overrides.iter().copied()).fold(waived, Rules::with);
        let world = World::load_in(self, tx, planned).await?;
        let taken = seat_in(tx, world, &session, seats.party, waived, as_of).await?;
        let mut freed = 0;
        if let Some(hold) = &hold {
            let is_live = hold::repo::consume(tx, hold).await?;
            is_live.then_some(()).ok_or_else(crate::booking::service::hold_ended)?;
            freed = hold::repo::give_up_seats(tx, hold.id).await?;
        }
        self.take_seats_in(tx, &session, seats.party.into(), freed).await?;
        let booking = Booking {
            session_id: Some(session.id),
            party_size: seats.party,
            zone: session.zone,
            local_date: session.local_date,
            ..draft(cx, tx, new, hold.as_ref(), client, &taken)?
        };
        bookings::insert(tx, &booking).await?;
        self.publish_created_in(cx, tx, &booking).await?;
        tx.remember(key, &[booking.id.uuid()]).await?;
        Ok(booking)
    }

    /// The session under its lock, if the caller sees it and seats of it can still be booked.
    pub(crate) async fn open_session_in(&self, cx: &Cx, tx: &mut Tx, id: GroupSessionId) -> Result<GroupSession> {
        let session = repo::lock(tx, id).await?.ok_or_else(Error::not_found)?;
        self.expect_visible(cx, tx, &session).await?;
        if session.status != SessionStatus::Scheduled {
            return Err(not_open());
        }
        self.without_dead_holds_in(cx, tx, session).await
    }

    /// The session after the seats of dead holds were given back: to those who wait, before anybody else gets them.
    pub(super) async fn without_dead_holds_in(
        &self,
        cx: &Cx,
        tx: &mut Tx,
        session: GroupSession,
    ) -> Result<GroupSession> {
        let freed = repo::reap_dead_holds(tx, session.id).await?;
        if freed == 0 {
            return Ok(session);
        }
        repo::count_seats(tx, session.id, 0, freed).await?;
        self.promote_in(cx, tx, session.id).await?;
        repo::find(tx, session.id).await?.ok_or_else(Error::not_found)
    }

    /// Counts seats as taken, after `freed` ones were given back; refused when there are too few.
    pub(crate) async fn take_seats_in(&self, tx: &Tx, session: &GroupSession, seats: i32, freed: i32) -> Result<()> {
        if repo::count_seats(tx, session.id, seats, freed).await? {
            return Ok(());
        }
        let left = i32::from(session.capacity) - i32::from(session.taken) + freed;
        Err(Error::conflict(Issue::new(BookingErrorCode::SessionFull).with("left", left.max(0)).at("groupSessionId")))
    }

    /// Gives back the seats of a booking whose new status does not keep them, or takes them again for one whose no-show
    /// was a mistake, if they are still free.
    pub(crate) async fn settle_seats_in(&self, cx: &Cx, tx: &mut Tx, before: &Booking, after: &Booking) -> Result<()> {
        let Some(id) = after.session_id else { return Ok(()) };
        let session = repo::lock(tx, id).await?.ok_or_else(Error::not_found)?;
        match (before.status.blocks(), after.status.blocks()) {
            (true, false) => self.free_seats_in(cx, tx, id, after.party_size.into()).await,
            (false, true) if session.status == SessionStatus::Cancelled => Err(not_open()),
            (false, true) => {
                let session = self.without_dead_holds_in(cx, tx, session).await?;
                self.take_seats_in(tx, &session, after.party_size.into(), 0).await
            }
            _ => Ok(()),
        }
    }

    /// Gives back seats, which go to those who wait. Only under the session's lock.
    pub(super) async fn free_seats_in(&self, cx: &Cx, tx: &mut Tx, id: GroupSessionId, seats: i32) -> Result<()> {
        repo::count_seats(tx, id, 0, seats).await?;
        self.promote_in(cx, tx, id).await
    }

    /// Gives back the seats of a hold that ended.
    pub(crate) async fn give_back_held_in(&self, cx: &Cx, tx: &mut Tx, hold: &Hold) -> Result<()> {
        let Some(id) = hold.session_id else { return Ok(()) };
        let seats = hold::repo::give_up_seats(tx, hold.id).await?;
        if seats > 0 { self.free_seats_in(cx, tx, id, seats).await } else { Ok(()) }
    }
}

/// A seat as it would be booked: its line with the price of the whole party, and the rules that were set aside.
pub(crate) async fn seat_in(
    r: &Reader,
    world: World,
    session: &GroupSession,
    party: u16,
    waived: Rules,
    as_of: DateTime<Utc>,
) -> Result<Taken> {
    let asked = seat(&world, session, waived)?;
    let overridden = allowed(r, &world, &asked, session, waived, as_of).await?;
    let range = TimeRange { from: session.starts_at, to: session.ends_at };
    let placement = Placement { range, date: session.local_date, lines: SmallVec::new(), overridden };
    Ok(Taken { world, asked, placement, lines: vec![line_of(session, party)?] })
}

fn seat(world: &World, session: &GroupSession, waived: Rules) -> Result<Asked> {
    let line = vec![session.line.clone()];
    Asked::again(world, Audience::Everybody, session.location_id, line, &BTreeMap::new(), waived)
}

/// Whether notice and horizon let a seat be booked, and which of them were set aside for it.
async fn allowed(
    r: &Reader,
    world: &World,
    asked: &Asked,
    session: &GroupSession,
    waived: Rules,
    as_of: DateTime<Utc>,
) -> Result<Vec<Violation>> {
    let facts = facts_for(r, world, asked, Dates::on(session.local_date), None, None).await?;
    let candidate = Candidate { start: session.starts_at, visit: &asked.visit };
    let policy = crate::availability::Policy { waived: Rules::NONE, ..asked.policy };
    let mut broken_rules = evaluate(candidate, &facts, &policy, as_of).err().unwrap_or_default();
    broken_rules.retain(|violation| OF_SEATS.contains(&violation.rule));
    let (overridden, standing): (Vec<_>, Vec<_>) =
        broken_rules.into_iter().partition(|violation| waived.contains(violation.rule));
    if standing.is_empty() { Ok(overridden) } else { Err(at_session(broken(&standing))) }
}

/// The line of a booking of this session: the session's own, for so many people.
pub(super) fn line_of(session: &GroupSession, party: u16) -> Result<Line> {
    let mut line = Line { id: LineId::new(), ..session.line.clone() };
    line.price.minor = session
        .line
        .price
        .minor
        .checked_mul(party.into())
        .ok_or_else(|| Error::internal("the price of the seats is out of range"))?;
    Ok(line)
}

/// Puts a booking where its session is: when, by whom, with what. Its price stays as agreed.
pub(super) fn place_at(booking: &mut Booking, session: &GroupSession) {
    booking.starts_at = session.starts_at;
    booking.ends_at = session.ends_at;
    booking.zone = session.zone;
    booking.local_date = session.local_date;
    // The company moves the session: its clients have their deadlines anew.
    booking.policy.cancellation = booking.policy.cancellation.moved(session.starts_at, false);
    booking.pending_until = booking.pending_until.map(|until| until.min(session.starts_at));
    for line in &mut booking.lines {
        *line = session.line_like(line);
    }
}

/// Who books a seat has chosen a session, not a time.
fn at_session(mut error: Error) -> Error {
    for issue in &mut error.issues {
        issue.field = Some("groupSessionId".into());
    }
    error
}

/// The session was called off or is over.
pub(super) fn not_open() -> Error {
    Error::conflict(BookingErrorCode::SessionNotOpen).at("groupSessionId")
}
