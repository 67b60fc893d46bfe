//! Use cases of bookings, one verb a file. What they share is here: whose bookings a caller reaches, idempotency, writing a
//! change over the version it was made on, and saying what happened.

mod agree;
mod ahead;
mod change;
mod client;
mod create;
mod lines;
mod note;
mod pending;
mod read;
mod reassign;
mod reschedule;
mod swap;
mod transition;

pub(crate) use change::rescheduled;
pub use client::OwnTime;
pub(crate) use client::{claimed, own_card, run_or_own};
pub use create::{NewBooking, SlotChoice, WhoseVisit};
pub(crate) use create::{channel, draft, hold_ended, note};
pub use lines::LinesChange;
pub use note::NoteChange;
pub use read::BookingSearch;
pub use reassign::{Reassigned, Reassignment};
pub use reschedule::{LineMove, Move};
pub(crate) use swap::BrokenBySide;
pub use swap::{Swap, SwapSide};
pub use transition::Ending;
pub(crate) use transition::due;

use super::{Booking, BookingId, Status, repo};
use crate::Bookings;
use crate::calendar::{Change, ChangeKind};
use crate::limits::holder;
use crate::permissions::{BOOKINGS_ALL, BOOKINGS_OWN};
use crate::slots::{World, own_profile};
use access::Cx;
use db::{IdempotencyKey, Owner, Reader, Tx};
use kernel::{CommonCode, Error, Kind, Result};
use serde::Serialize;
use staff::StaffId;

/// Whose bookings a caller reaches. Own is a filter: others' bookings do not exist for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Everybody's.
    All,
    /// Those with a line by this person; nobody's when the caller has no staff profile.
    Own(Option<StaffId>),
}

impl Reach {
    /// Whether the booking exists for this caller.
    pub(crate) fn has(self, booking: &Booking) -> bool {
        match self {
            Self::All => true,
            Self::Own(own) => booking.lines.iter().any(|line| own.is_some() && line.staff_id == own),
        }
    }
}

impl Bookings {
    /// Goes on only for who runs bookings, and says whose.
    pub(crate) async fn reach(&self, cx: &Cx, r: &Reader) -> Result<Reach> {
        if cx.require_any(&[BOOKINGS_ALL, BOOKINGS_OWN])? == BOOKINGS_ALL {
            return Ok(Reach::All);
        }
        let members = self.staff.members(r).await?;
        Ok(Reach::Own(own_profile(cx, &members)))
    }

    /// A booking that the caller reaches; anything else is not found.
    pub(crate) async fn visible(&self, cx: &Cx, r: &Reader, world: &World, id: BookingId) -> Result<Booking> {
        if cx.is_client() {
            return self.own_booking(cx, r, id).await;
        }
        let reach = if cx.require_any(&[BOOKINGS_ALL, BOOKINGS_OWN])? == BOOKINGS_ALL {
            Reach::All
        } else {
            Reach::Own(own_profile(cx, &world.members))
        };
        repo::find(r, id).await?.filter(|booking| reach.has(booking)).ok_or_else(Error::not_found)
    }

    /// The booking as the caller has seen it, for a change.
    pub(crate) async fn expected(&self, cx: &Cx, tx: &Tx, id: BookingId, version: i32) -> Result<Booking> {
        let booking = self.get(cx, tx, id).await?;
        if is_stale(&booking, version) { Err(version_conflict(booking)) } else { Ok(booking) }
    }

    /// Writes a change over the state and version that it was made on.
    pub(crate) async fn save_in(&self, tx: &Tx, booking: &mut Booking, from: Status) -> Result<()> {
        let version = booking.version;
        booking.version += 1;
        booking.updated_at = tx.now();
        if booking.status != from {
            booking.status_since = tx.now();
        }
        if repo::update(tx, booking, from, version).await? {
            return Ok(());
        }
        // Somebody else committed between our reading and writing.
        let current = repo::find(tx, booking.id).await?.ok_or_else(Error::not_found)?;
        Err(version_conflict(current))
    }

    /// Tells open calendars about a change, once it has committed.
    pub(crate) fn announce_in(
        &self,
        tx: &mut Tx,
        kind: ChangeKind,
        booking: &Booking,
        before: Option<&Booking>,
    ) -> Result<()> {
        let change = Change::of(kind, booking, before);
        self.announce_change_in(tx, &change)
    }

    /// The first result of a request that is repeated, and now refused because of its own success.
    pub(crate) async fn done_before(
        &self,
        cx: &Cx,
        key: &IdempotencyKey,
        error: &Error,
    ) -> Result<Option<Vec<uuid::Uuid>>> {
        // Not found too: what the first request named may have been put away since.
        if !error.is_user_error() && error.kind != Kind::NotFound {
            return Ok(None);
        }
        let r = self.db.read(cx.company()?).await?;
        r.remembered(key).await
    }
}

/// The caller's key with the digest of what it asks for. Strangers who share a publishable key do not share their keys:
/// who guesses a key from elsewhere must not be answered with a stranger's booking or the token of their hold.
pub(crate) fn idempotency_key(
    cx: &Cx,
    operation: &'static str,
    key: &str,
    input: &impl Serialize,
) -> Result<IdempotencyKey> {
    IdempotencyKey::new(holder(cx), operation, key, input)
}

/// The booking that an earlier request with this key made or changed.
pub(crate) async fn again(r: &Reader, ids: &[uuid::Uuid]) -> Result<Booking> {
    let id = ids.first().copied().map(BookingId::from_uuid).ok_or_else(Error::not_found)?;
    repo::find(r, id).await?.ok_or_else(Error::not_found)
}

/// What keeps a booking's time: each of its lines.
pub(crate) fn owners(booking: &Booking) -> Vec<Owner> {
    booking.lines.iter().map(|line| Owner::BookingLine(line.id.uuid())).collect()
}

/// Whether the caller saw another version.
pub(crate) fn is_stale(booking: &Booking, version: i32) -> bool {
    booking.version != version && !repo::unguarded()
}

/// Somebody else was faster; the answer carries the current state.
pub(crate) fn version_conflict(current: Booking) -> Error {
    Error::conflict(CommonCode::VersionConflict).at("version").current(current)
}
