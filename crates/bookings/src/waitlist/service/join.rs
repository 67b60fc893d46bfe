//! Joining the waiting list, by a client or for one. Who waits for seats joins under the session's lock, so nobody begins to
//! wait in the very moment in which a seat is freed.

use crate::Bookings;
use crate::availability::Rules;
use crate::booking::service::{WhoseVisit, channel, claimed, idempotency_key};
use crate::error::BookingErrorCode;
use crate::events::WaitlistJoined;
use crate::hold::HoldToken;
use crate::limits::{CREATE, CREATE_UNPROVEN};
use crate::permissions::{BOOKINGS_ALL, BOOKINGS_BOOK, BOOKINGS_OWN};
use crate::session::GroupSessionId;
use crate::slots::{Asked, Audience, LineWish, VisitWish, World};
use crate::waitlist::{
    MAX_DAYS_AHEAD, MAX_STAFF, MAX_WINDOWS, WaitlistEntry, WaitlistEntryId, WaitlistStatus, Window, repo,
};
use access::Cx;
use catalog::ServiceId;
use chrono::{DateTime, Days, NaiveDate, Utc};
use clients::ClientId;
use db::{Reader, Tx};
use kernel::time::{day_range, local_date};
use kernel::{CommonCode, Error, Issue, Result};
use serde::Serialize;
use staff::StaffId;
use tenancy::LocationId;
use uuid::Uuid;

/// Somebody who wants to wait.
#[derive(Debug, Clone)]
pub struct NewEntry {
    /// For what.
    pub wanted: Wanted,
    /// Who.
    pub whose: Option<WhoseVisit>,
    /// The caller's key.
    pub idempotency_key: String,
}

/// What somebody waits for.
#[derive(Debug, Clone, Serialize)]
pub enum Wanted {
    /// Seats of a session.
    Seats {
        /// Which.
        session: GroupSessionId,
        /// For how many people.
        party: u16,
    },
    /// A visit.
    Visit {
        /// Where.
        location: LocationId,
        /// What.
        service: ServiceId,
        /// By any of these; empty: by anybody.
        staff: Vec<StaffId>,
        /// In any of these hours.
        windows: Vec<Window>,
    },
}

/// Somebody who waits, and, for who asked, the secret of their place.
#[derive(Debug, Clone)]
pub struct Joined {
    /// The entry.
    pub entry: WaitlistEntry,
    /// The secret that owns it.
    pub token: HoldToken,
}

impl Bookings {
    /// Joins the waiting list. For seats only while there are too few and the list is open; each card once.
    pub async fn join_waitlist(&self, cx: &Cx, new: &NewEntry) -> Result<Joined> {
        cx.require_any(&[BOOKINGS_ALL, BOOKINGS_OWN, BOOKINGS_BOOK])?;
        let claimed = claimed(cx, new.whose.clone())?;
        let claimed = claimed.ok_or_else(|| Error::invalid(CommonCode::Required).at("client"))?;
        let whose = match &claimed {
            WhoseVisit::Card(id) => (Some(*id), None),
            WhoseVisit::Contact(contact) | WhoseVisit::Own(Some(contact)) => {
                (None, Some((&contact.name, &contact.phone, &contact.email)))
            }
            WhoseVisit::Own(None) => (None, None),
        };
        let key = idempotency_key(cx, "waitlistJoin", &new.idempotency_key, &(&new.wanted, whose))?;
        self.limit(cx, &CREATE).await?;
        if cx.is_public() && cx.address.is_some() {
            self.limit(cx, &CREATE_UNPROVEN).await?;
        }
        db::transaction!(self.db, cx.company()?, |tx| {
            if let Some(ids) = tx.idempotent(&key).await? {
                self.joined_again(tx, &ids).await
            } else {
                let joined = self.join_in(cx, tx, new, &claimed).await?;
                tx.remember(&key, &[joined.entry.id.uuid()]).await?;
                Ok(joined)
            }
        })
    }

    async fn join_in(&self, cx: &Cx, tx: &mut Tx, new: &NewEntry, whose: &WhoseVisit) -> Result<Joined> {
        let client = self.whose_in(cx, tx, whose).await?;
        let entry = match &new.wanted {
            Wanted::Seats { session, party } => self.wait_for_seats_in(cx, tx, (*session, *party), client).await?,
            Wanted::Visit { location, service, staff, windows } => {
                let world = World::load(self, tx).await?;
                let expires_at = expected_visit(cx, &world, (*location, *service), staff, windows, tx.now())?;
                WaitlistEntry {
                    staff_ids: staff.clone(),
                    windows: windows.clone(),
                    ..fresh(cx, tx, client, (*location, *service), expires_at)
                }
            }
        };
        let token = HoldToken::of_waiting(self.tenancy.secrets(), tx.company(), entry.id);
        repo::insert(tx, &entry, &token).await?;
        self.jobs.publish_in(cx, tx, &WaitlistJoined::of(&entry)).await?;
        Ok(Joined { entry, token })
    }

    async fn wait_for_seats_in(
        &self,
        cx: &Cx,
        tx: &mut Tx,
        (session, party): (GroupSessionId, u16),
        client: ClientId,
    ) -> Result<WaitlistEntry> {
        let session = self.open_session_in(cx, tx, session).await?;
        let closes_at = self.waitlist_closes_at(tx, &session).await?;
        if tx.now() >= closes_at {
            return Err(Error::conflict(BookingErrorCode::WaitlistClosed).at("groupSessionId"));
        }
        if party > session.capacity {
            let most = Issue::new(CommonCode::OutOfRange).with("min", 1).with("max", session.capacity);
            return Err(Error::invalid(most.at("partySize")));
        }
        if session.seats_left() >= party {
            return Err(Error::conflict(BookingErrorCode::SeatsFree).at("groupSessionId"));
        }
        if repo::is_waiting(tx, session.id, client).await? {
            return Err(Error::conflict(BookingErrorCode::AlreadyWaiting).at("groupSessionId"));
        }
        let what = (session.location_id, session.service_id());
        Ok(WaitlistEntry { session_id: Some(session.id), party_size: party, ..fresh(cx, tx, client, what, closes_at) })
    }

    /// The entry of an earlier request with this key. Its token may be under a secret that is not the newest any more.
    async fn joined_again(&self, r: &Reader, ids: &[Uuid]) -> Result<Joined> {
        let id = ids.first().copied().map(WaitlistEntryId::from_uuid).ok_or_else(Error::not_found)?;
        for token in HoldToken::candidates_of_waiting(self.tenancy.secrets(), r.company(), id) {
            if let Some(entry) = repo::find_by_token(r, &token).await? {
                return Ok(Joined { entry, token });
            }
        }
        Err(Error::not_found())
    }

    /// How many go before somebody who waits for seats; none for who waits for a visit, where it depends on what is freed.
    pub(crate) async fn ahead_of(&self, r: &Reader, entry: &WaitlistEntry) -> Result<Option<u64>> {
        match entry.session_id {
            Some(session) => repo::count_before(r, session, entry).await.map(Some),
            None => Ok(None),
        }
    }
}

fn fresh(
    cx: &Cx,
    tx: &Tx,
    client: ClientId,
    (location, service): (LocationId, ServiceId),
    expires_at: DateTime<Utc>,
) -> WaitlistEntry {
    WaitlistEntry {
        id: WaitlistEntryId::new(),
        status: WaitlistStatus::Waiting,
        client_id: client,
        channel: channel(cx).to_owned(),
        location_id: location,
        service_id: service,
        session_id: None,
        party_size: 1,
        staff_ids: Vec::new(),
        windows: Vec::new(),
        expires_at,
        hold_id: None,
        booking_id: None,
        version: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    }
}

/// When waiting for a visit ends; refused when nobody could have such a visit.
fn expected_visit(
    cx: &Cx,
    world: &World,
    (location, service): (LocationId, ServiceId),
    staff: &[StaffId],
    windows: &[Window],
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>> {
    let zone = world.location(location)?.zone;
    let audience = Audience::of(cx, &world.members);
    let could = |staff: Option<StaffId>| {
        let wish = VisitWish { location, lines: vec![LineWish::new(service, staff)] };
        Asked::resolve(world, audience, &wish, Rules::NONE)
    };
    if staff.len() > MAX_STAFF {
        return Err(Error::invalid(CommonCode::TooLong).at("staffIds").with("max", MAX_STAFF));
    }
    could(None).map_err(|error| renamed(error, "lines.0.", ""))?;
    for (at, id) in staff.iter().enumerate() {
        let place = format!("staffIds.{at}");
        could(Some(*id)).map_err(|error| renamed(error, "lines.0.staffId", &place))?;
    }
    let last = last_date(windows, local_date(zone, now))?;
    Ok(day_range(zone, last).to)
}

/// The last date of the windows, which must be right in themselves and not be over.
fn last_date(windows: &[Window], today: NaiveDate) -> Result<NaiveDate> {
    if windows.len() > MAX_WINDOWS {
        return Err(Error::invalid(CommonCode::TooLong).at("windows").with("max", MAX_WINDOWS));
    }
    let furthest = today.checked_add_days(Days::new(MAX_DAYS_AHEAD)).unwrap_or(NaiveDate::MAX);
    for (at, window) in windows.iter().enumerate() {
        let refused = |code: Issue, field: &str| Err(Error::invalid(code.at(format!("windows.{at}.{field}"))));
        if window.to < window.from {
            return refused(Issue::new(CommonCode::Invalid), "to");
        }
        if window.to < today {
            return refused(Issue::new(BookingErrorCode::TooSoon), "to");
        }
        if window.to > furthest {
            return refused(Issue::new(BookingErrorCode::BeyondHorizon), "to");
        }
        if window.ends_at <= window.starts_at {
            return refused(Issue::new(CommonCode::Invalid), "endsAt");
        }
    }
    let last = windows.iter().map(|window| window.to).max();
    last.ok_or_else(|| Error::invalid(CommonCode::Required).at("windows"))
}

/// A refusal of the visit's line in the words of the entry's own fields.
fn renamed(mut error: Error, from: &str, to: &str) -> Error {
    for issue in &mut error.issues {
        if let Some(rest) = issue.field.as_deref().and_then(|field| field.strip_prefix(from)) {
            issue.field = Some(format!("{to}{rest}").into());
        }
    }
    error
}
