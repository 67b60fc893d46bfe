//! Leaving the waiting list. Whoever was offered a slot declines it by that, and it goes to the next.

use crate::Bookings;
use crate::error::BookingErrorCode;
use crate::events::WaitlistLeft;
use crate::hold::{self, HoldToken, State};
use crate::permissions::{BOOKINGS_ALL, BOOKINGS_BOOK, BOOKINGS_OWN};
use crate::waitlist::{WaitlistEntry, WaitlistEntryId, WaitlistStatus, repo};
use access::Cx;
use db::Tx;
use kernel::{Error, Result};

/// Whose place is given up.
#[derive(Debug, Clone)]
pub enum Leaving {
    /// That of who has this token.
    Token(String),
    /// That of somebody whom staff take off.
    Entry(WaitlistEntryId),
}

impl Bookings {
    /// Gives a place in the waiting list up. Doing it twice is doing it once; who has a booking already has left too.
    pub async fn leave_waitlist(&self, cx: &Cx, leaving: &Leaving) -> Result<WaitlistEntry> {
        match leaving {
            Leaving::Token(_) => cx.require_any(&[BOOKINGS_ALL, BOOKINGS_OWN, BOOKINGS_BOOK])?,
            Leaving::Entry(_) => cx.require_any(&[BOOKINGS_ALL, BOOKINGS_OWN])?,
        };
        db::transaction!(self.db, cx.company()?, |tx| {
            let entry = match leaving {
                Leaving::Token(token) => {
                    let token = HoldToken::read(token).ok_or_else(Error::not_found)?;
                    repo::find_by_token(tx, &token).await?.ok_or_else(Error::not_found)?
                }
                Leaving::Entry(id) => self.visible_entry(cx, tx, *id).await?,
            };
            // Seats are given to who waits under their session's lock: whoever leaves comes before that or after it.
            if let Some(session) = entry.session_id {
                crate::session::repo::lock(tx, session).await?;
            }
            let entry = repo::find(tx, entry.id).await?.ok_or_else(Error::not_found)?;
            self.leave_in(cx, tx, &entry).await?;
            repo::find(tx, entry.id).await?.ok_or_else(Error::not_found)
        })
    }

    async fn leave_in(&self, cx: &Cx, tx: &mut Tx, entry: &WaitlistEntry) -> Result<()> {
        match (entry.status, entry.hold_id) {
            (WaitlistStatus::Booked, _) => Err(Error::conflict(BookingErrorCode::WrongStatus)),
            (WaitlistStatus::Offered, Some(id)) => match hold::repo::find(tx, id).await? {
                Some(hold) => self.end_in(cx, tx, hold, State::Released).await,
                None => Err(Error::not_found()),
            },
            _ => {
                let step = (WaitlistStatus::Waiting, WaitlistStatus::Left);
                if repo::step(tx, entry.id, step, None, None).await? {
                    self.jobs.publish_in(cx, tx, &WaitlistLeft { entry: entry.id, client: entry.client_id }).await?;
                }
                Ok(())
            }
        }
    }

    /// The hold that somebody was offered has ended without a booking: they had their chance.
    pub(crate) async fn lapse_offer_in(&self, cx: &Cx, tx: &mut Tx, hold: hold::HoldId) -> Result<()> {
        let Some(entry) = repo::find_by_hold(tx, hold).await? else { return Ok(()) };
        let step = (WaitlistStatus::Offered, WaitlistStatus::Lapsed);
        if repo::step(tx, entry.id, step, None, None).await? {
            self.jobs.publish_in(cx, tx, &WaitlistLeft { entry: entry.id, client: entry.client_id }).await?;
        }
        Ok(())
    }
}
