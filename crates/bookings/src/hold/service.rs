//! Holding a slot, giving it back, letting it run out.

use super::{
    Hold, HoldId, HoldToken, MAX_LIVE_HOLDS, MAX_LIVE_HOLDS_OF_CLIENT, MAX_LIVE_HOLDS_OF_COMPANY,
    MAX_LIVE_HOLDS_OF_STAFF, State, repo,
};
use crate::Bookings;
use crate::availability::{Rule, Rules};
use crate::booking::service::{idempotency_key, own_card};
use crate::calendar::ChangeKind;
use crate::error::{BookingErrorCode, broken};
use crate::events::{HoldCreated, HoldExtended, HoldReleased};
use crate::limits::{HOLD, holder};
use crate::permissions::{BOOKINGS_ALL, BOOKINGS_BOOK, BOOKINGS_OWN};
use crate::rules;
use crate::slots::{ATTEMPTS, Asked, Audience, Choice, Lost, Own, Taking, VisitWish, World, place};
use crate::sweep::ExpireHold;
use access::Cx;
use chrono::{DateTime, Duration, Utc};
use clients::ClientId;
use db::{Lock, Owner, Reader, Subject, SubjectKind, Tx};
use kernel::{Error, Result};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// A slot to be held.
#[derive(Debug, Clone)]
pub struct NewHold {
    /// What.
    pub wish: VisitWish,
    /// When.
    pub starts_at: DateTime<Utc>,
    /// Whose visit it will be, when staff know it already.
    pub client: Option<ClientId>,
    /// Rules to set aside.
    pub overrides: Vec<Rule>,
    /// The caller's key.
    pub idempotency_key: String,
}

/// A hold and, for who made it, its token.
#[derive(Debug, Clone)]
pub struct Held {
    /// The hold.
    pub hold: Hold,
    /// The secret that owns it.
    pub token: HoldToken,
}

impl Bookings {
    /// Holds a slot for a few minutes. A client has at most five holds at once.
    pub async fn hold(&self, cx: &Cx, new: NewHold) -> Result<Held> {
        cx.require_any(&[BOOKINGS_ALL, BOOKINGS_OWN, BOOKINGS_BOOK])?;
        if new.client.is_some() && Audience::is_stranger(cx) {
            return Err(Error::not_found());
        }
        let waived = rules::waived(cx, &new.overrides)?;
        let digested = (&new.wish, new.starts_at, new.client, rules::codes(&new.overrides));
        let key = idempotency_key(cx, "holdCreate", &new.idempotency_key, &digested)?;
        self.limit(cx, &HOLD).await?;
        // What a client holds is for themselves, so their limits are looked at.
        let new = NewHold { client: new.client.or_else(|| own_card(cx)), ..new };
        let mut without: Vec<Uuid> = Vec::new();
        for attempt in 1.. {
            let held = self.try_hold(cx, &new, waived, &key, &without).await;
            let Err(error) = &held else { return held };
            // A repetition finds its own hold in its way.
            if let Some(ids) = self.done_before(cx, &key, error).await? {
                return self.held_again(&self.db.read(cx.company()?).await?, &ids).await;
            }
            match Lost::of(error) {
                Some(lost) if attempt < ATTEMPTS => without.extend_from_slice(lost),
                _ => return held,
            }
        }
        Err(crate::error::slot_taken())
    }

    /// The hold that a token owns, for its owner.
    pub async fn find_hold(&self, cx: &Cx, r: &Reader, token: &str) -> Result<Hold> {
        cx.require_any(&[BOOKINGS_ALL, BOOKINGS_OWN, BOOKINGS_BOOK])?;
        let token = HoldToken::read(token).ok_or_else(Error::not_found)?;
        repo::find_by_token(r, &token).await?.ok_or_else(Error::not_found)
    }

    /// Gives a held slot back. Doing it twice is doing it once; a hold that became a booking is refused.
    pub async fn release_hold(&self, cx: &Cx, token: &str) -> Result<Hold> {
        cx.require_any(&[BOOKINGS_ALL, BOOKINGS_OWN, BOOKINGS_BOOK])?;
        let token = HoldToken::read(token).ok_or_else(Error::not_found)?;
        db::transaction!(self.db, cx.company()?, |tx| {
            let hold = repo::find_by_token(tx, &token).await?.ok_or_else(Error::not_found)?;
            self.end_in(cx, tx, hold.clone(), State::Released).await?;
            let hold = repo::find(tx, hold.id).await?.ok_or_else(Error::not_found)?;
            if hold.state == State::Consumed {
                Err(Error::conflict(BookingErrorCode::HoldEnded).at("token"))
            } else {
                Ok(hold)
            }
        })
    }

    /// Keeps a held slot longer, once, when a payment starts. Of an extension and the hold's end at one moment, whichever
    /// locks the slot first happens; then it is too late for the other.
    pub async fn extend_hold(&self, cx: &Cx, token: &str, key: &str) -> Result<Hold> {
        cx.require_any(&[BOOKINGS_ALL, BOOKINGS_OWN, BOOKINGS_BOOK])?;
        let token = HoldToken::read(token).ok_or_else(Error::not_found)?;
        let key = idempotency_key(cx, "holdExtend", key, &token.hash())?;
        db::transaction!(self.db, cx.company()?, |tx| {
            if let Some(ids) = tx.idempotent(&key).await? {
                let id = ids.first().copied().map(HoldId::from_uuid).ok_or_else(Error::not_found)?;
                return repo::find(tx, id).await?.ok_or_else(Error::not_found);
            }
            let found = repo::find_by_token(tx, &token).await?.ok_or_else(Error::not_found)?;
            let hold = self.extend_in(cx, tx, found).await?;
            tx.remember(&key, &[hold.id.uuid()]).await?;
            Ok(hold)
        })
    }

    async fn extend_in(&self, cx: &Cx, tx: &mut Tx, mut hold: Hold) -> Result<Hold> {
        let ended = || Error::conflict(BookingErrorCode::HoldEnded).at("token");
        if let Some(session) = hold.session_id {
            // Seats of dead holds are given to others under this lock: either they see the new time, or we see that they came.
            crate::session::repo::lock(tx, session).await?;
            hold = repo::find(tx, hold.id).await?.ok_or_else(Error::not_found)?;
        }
        if !hold.is_live(tx.now()) {
            return Err(ended());
        }
        if hold.extended {
            return Err(Error::conflict(BookingErrorCode::HoldAlreadyExtended).at("token"));
        }
        let minutes = self.tenancy.settings(tx).await?.hold_extension_minutes;
        // Whoever takes a slot takes dead holds off it under these locks: either they see the new time, or we see that they came.
        let locks: Vec<Lock> = subjects(&hold).into_iter().map(Subject::exclusive).collect();
        tx.lock_schedules(&locks).await?;
        hold.expires_at += Duration::minutes(minutes.into());
        hold.extended = true;
        let kept = tx.prolong_allocations(Owner::Hold(hold.id.uuid()), hold.expires_at).await?;
        if !kept || !repo::extend(tx, hold.id, hold.expires_at).await? {
            return Err(ended());
        }
        let event = HoldExtended { hold: hold.id, expires_at: hold.expires_at };
        self.jobs.publish_in(cx, tx, &event).await?;
        self.jobs.enqueue_at_in(cx, tx, &ExpireHold { hold: hold.id }, hold.expires_at).await?;
        self.announce_hold_in(tx, ChangeKind::Held, &hold)?;
        Ok(hold)
    }

    /// Ends a hold whose time is over; what ended already stays as it is.
    pub(crate) async fn expire_hold(&self, cx: &Cx, id: HoldId) -> Result<()> {
        db::transaction!(self.db, cx.company()?, |tx| {
            match repo::find(tx, id).await? {
                Some(hold) if hold.expires_at <= tx.now() => self.end_in(cx, tx, hold, State::Expired).await,
                _ => Ok(()),
            }
        })
    }

    async fn try_hold(
        &self,
        cx: &Cx,
        new: &NewHold,
        waived: Rules,
        key: &db::IdempotencyKey,
        without: &[Uuid],
    ) -> Result<Held> {
        let company = cx.company()?;
        let choice = self.plan_hold(cx, &self.db.read(company).await?, new, waived, without).await?;
        let held = db::transaction!(self.db, company, |tx| {
            match tx.idempotent(key).await? {
                Some(ids) => self.held_again(tx, &ids).await,
                None => self.hold_in(cx, tx, new, waived, &choice, key).await,
            }
        })?;
        db::failpoint!("bookings.commit.after");
        Ok(held)
    }

    async fn plan_hold(&self, cx: &Cx, r: &Reader, new: &NewHold, waived: Rules, without: &[Uuid]) -> Result<Choice> {
        let world = World::load(self, r).await?;
        let mut asked = Asked::resolve(&world, Audience::of(cx, &world.members), &new.wish, waived)?;
        asked.client = new.client;
        self.prefer_usual(r, &mut asked, new.client).await?;
        let usual = asked.visit.usual;
        asked.visit.without = without.iter().copied().collect();
        let placed = place(r, &world, &asked, new.starts_at, r.now(), &Own::default(), None).await?;
        let placement = placed.map_err(|violations| broken(&violations))?;
        Ok(Choice { placement, usual, location: new.wish.location, world })
    }

    async fn hold_in(
        &self,
        cx: &Cx,
        tx: &mut Tx,
        new: &NewHold,
        waived: Rules,
        choice: &Choice,
        key: &db::IdempotencyKey,
    ) -> Result<Held> {
        if let Some(client) = new.client {
            self.card(cx, tx, client).await?;
        }
        let owner = holder(cx);
        let resolve = |world: &World| {
            let mut asked = Asked::resolve(world, Audience::of(cx, &world.members), &new.wish, waived)?;
            asked.visit.usual = choice.usual;
            Ok(asked)
        };
        let taking =
            Taking { choice, client: new.client, own: &Own::default(), as_of: None, also: Some(holder_lock(&owner)) };
        let taken = self.take_in(tx, resolve, &taking).await?;
        // Counted under the holder's own lock, so that many requests at once do not slip past.
        self.expect_few(cx, tx, &owner, new.client).await?;
        let world = &taken.world;
        let range = taken.placement.range;
        let hold = Hold {
            id: HoldId::new(),
            holder: owner,
            state: State::Live,
            location_id: new.wish.location,
            client_id: new.client,
            starts_at: range.from,
            ends_at: range.to,
            zone: taken.zone()?,
            local_date: taken.placement.date,
            currency: world.settings.currency,
            lines: taken.lines.clone(),
            overrides: taken.overrides(),
            expires_at: tx.now() + Duration::minutes(i64::from(world.settings.hold_minutes)),
            extended: false,
            created_at: tx.now(),
            session_id: None,
            party_size: 1,
        };
        let secret = HoldToken::of(self.tenancy.secrets(), tx.company(), hold.id);
        repo::insert(tx, &hold, &secret).await?;
        self.allocate_in(tx, &taken, |_| Owner::Hold(hold.id.uuid()), Some(hold.expires_at)).await?;
        self.publish_held_in(cx, tx, &hold).await?;
        tx.remember(key, &[hold.id.uuid()]).await?;
        Ok(Held { hold, token: secret })
    }

    /// Refuses another hold where its maker, its client or the company has as many as they may.
    pub(crate) async fn expect_few(&self, cx: &Cx, tx: &Tx, owner: &str, client: Option<ClientId>) -> Result<()> {
        let too_many = |most: u64| Err(Error::conflict(BookingErrorCode::HoldLimit).with("max", most));
        let stranger = Audience::is_stranger(cx);
        let most = if stranger { MAX_LIVE_HOLDS } else { MAX_LIVE_HOLDS_OF_STAFF };
        if repo::count_live(tx, owner).await? >= most {
            return too_many(most);
        }
        if let Some(client) = client {
            expect_few_of_client(tx, client).await?;
        }
        if stranger && repo::count_live_of_company(tx).await? >= MAX_LIVE_HOLDS_OF_COMPANY {
            return too_many(MAX_LIVE_HOLDS_OF_COMPANY);
        }
        Ok(())
    }

    pub(crate) async fn held_again(&self, r: &Reader, ids: &[Uuid]) -> Result<Held> {
        let id = ids.first().copied().map(HoldId::from_uuid).ok_or_else(Error::not_found)?;
        // Given under a secret that may not be the newest any more.
        for token in HoldToken::candidates(self.tenancy.secrets(), r.company(), id) {
            if let Some(hold) = repo::find_by_token(r, &token).await? {
                return Ok(Held { hold, token });
            }
        }
        Err(Error::not_found())
    }

    pub(crate) async fn publish_held_in(&self, cx: &Cx, tx: &mut Tx, hold: &Hold) -> Result<()> {
        let event = HoldCreated {
            hold: hold.id,
            location: hold.location_id,
            starts_at: hold.starts_at,
            ends_at: hold.ends_at,
            expires_at: hold.expires_at,
        };
        self.jobs.publish_in(cx, tx, &event).await?;
        self.jobs.enqueue_at_in(cx, tx, &ExpireHold { hold: hold.id }, hold.expires_at).await?;
        self.announce_hold_in(tx, ChangeKind::Held, hold)
    }

    pub(crate) async fn end_in(&self, cx: &Cx, tx: &mut Tx, hold: Hold, state: State) -> Result<()> {
        // Sessions are locked before holds, as whoever books seats does.
        if let Some(session) = hold.session_id {
            crate::session::repo::lock(tx, session).await?;
        }
        if !repo::end(tx, hold.id, state).await? {
            return Ok(());
        }
        self.give_back_held_in(cx, tx, &hold).await?;
        if hold.is_offer() {
            self.lapse_offer_in(cx, tx, hold.id).await?;
        }
        tx.release_allocations(&[Owner::Hold(hold.id.uuid())]).await?;
        let event = HoldReleased { hold: hold.id, expired: state == State::Expired };
        self.jobs.publish_in(cx, tx, &event).await?;
        self.announce_hold_in(tx, ChangeKind::Released, &hold)
    }
}

/// Refuses another hold for a client who has as many as they may, whoever made them.
pub(crate) async fn expect_few_of_client(tx: &Tx, client: ClientId) -> Result<()> {
    if repo::count_live_of_client(tx, client).await? < MAX_LIVE_HOLDS_OF_CLIENT {
        return Ok(());
    }
    Err(Error::conflict(BookingErrorCode::HoldLimit).with("max", MAX_LIVE_HOLDS_OF_CLIENT))
}

/// The people and units whose time a hold keeps.
fn subjects(hold: &Hold) -> Vec<Subject> {
    let units = hold.lines.iter().flat_map(|line| &line.resources).map(|unit| Subject::resource(unit.id));
    hold.lines.iter().filter_map(|line| line.staff_id).map(Subject::staff).chain(units).collect()
}

/// A schedule row of its own for each holder, among the clients': made from a digest, since a holder is no card.
pub(crate) fn holder_lock(holder: &str) -> Lock {
    let digest = Sha256::digest(holder.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Subject { kind: SubjectKind::Client, id: Uuid::from_bytes(bytes) }.exclusive()
}
