//! Holding seats while a client fills in a form: the hold has them in the counter until it ends.

use super::seat::{line_of, seat_in};
use crate::Bookings;
use crate::availability::{Rule, Rules};
use crate::booking::service::{idempotency_key, own_card};
use crate::hold::service::{Held, holder_lock};
use crate::hold::{self, Hold, HoldId, HoldToken, State};
use crate::limits::{HOLD, holder};
use crate::permissions::{BOOKINGS_ALL, BOOKINGS_BOOK, BOOKINGS_OWN};
use crate::rules;
use crate::session::Seats;
use crate::slots::{Audience, World};
use access::Cx;
use chrono::Duration;
use clients::ClientId;
use db::Tx;
use kernel::{Error, Result};

/// Seats to be held.
#[derive(Debug, Clone)]
pub struct NewSeatHold {
    /// Of which session, and how many.
    pub seats: Seats,
    /// Whose they will be, when staff know it already.
    pub client: Option<ClientId>,
    /// Rules to set aside.
    pub overrides: Vec<Rule>,
    /// The caller's key.
    pub idempotency_key: String,
}

impl Bookings {
    /// Holds seats for a few minutes. They count as taken until the hold ends.
    pub async fn hold_seats(&self, cx: &Cx, new: &NewSeatHold) -> Result<Held> {
        cx.require_any(&[BOOKINGS_ALL, BOOKINGS_OWN, BOOKINGS_BOOK])?;
        if new.client.is_some() && Audience::is_stranger(cx) {
            return Err(Error::not_found());
        }
        let waived = rules::waived(cx, &new.overrides)?;
        let digested = (new.seats, new.client, rules::codes(&new.overrides));
        let key = idempotency_key(cx, "groupSessionHold", &new.idempotency_key, &digested)?;
        self.limit(cx, &HOLD).await?;
        let new = &NewSeatHold { client: new.client.or_else(|| own_card(cx)), ..new.clone() };
        let planned = World::load(self, &self.db.read(cx.company()?).await?).await?;
        let held = db::transaction!(self.db, cx.company()?, |tx| {
            if let Some(ids) = tx.idempotent(&key).await? {
                self.held_again(tx, &ids).await
            } else {
                let held = self.hold_seats_in(cx, tx, new, waived, &planned).await?;
                tx.remember(&key, &[held.hold.id.uuid()]).await?;
                Ok(held)
            }
        })?;
        db::failpoint!("bookings.commit.after");
        Ok(held)
    }

    async fn hold_seats_in(
        &self,
        cx: &Cx,
        tx: &mut Tx,
        new: &NewSeatHold,
        waived: Rules,
        planned: &World,
    ) -> Result<Held> {
        if let Some(client) = new.client {
            self.card(cx, tx, client).await?;
        }
        let owner = holder(cx);
        tx.lock_schedules(&[holder_lock(&owner)]).await?;
        self.expect_few(cx, tx, &owner, new.client).await?;
        let session = self.open_session_in(cx, tx, new.seats.session).await?;
        let world = World::load_in(self, tx, planned).await?;
        let seat = seat_in(tx, world, &session, new.seats.party, waived, tx.now()).await?;
        self.take_seats_in(tx, &session, new.seats.party.into(), 0).await?;
        let hold = Hold {
            id: HoldId::new(),
            holder: owner,
            state: State::Live,
            location_id: session.location_id,
            client_id: new.client,
            starts_at: session.starts_at,
            ends_at: session.ends_at,
            zone: session.zone,
            local_date: session.local_date,
            currency: session.currency,
            lines: vec![line_of(&session, new.seats.party)?],
            overrides: seat.overrides(),
            expires_at: tx.now() + Duration::minutes(i64::from(seat.world.settings.hold_minutes)),
            extended: false,
            created_at: tx.now(),
            session_id: Some(session.id),
            party_size: new.seats.party,
        };
        let token = HoldToken::of(self.tenancy.secrets(), tx.company(), hold.id);
        hold::repo::insert(tx, &hold, &token).await?;
        self.publish_held_in(cx, tx, &hold).await?;
        Ok(Held { hold, token })
    }
}
