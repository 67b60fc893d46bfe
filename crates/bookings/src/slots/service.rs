//! Asking for availability: a listing, a summary by day, and why one time is not possible. Reads only.

use super::asked::Asked;
use super::facts::{Own, facts_for};
use super::taking::place;
use super::wish::{LineEdit, LineWish, VisitWish};
use super::world::{Audience, World};
use crate::Bookings;
use crate::availability::{
    Dates, DatesFault, DaySummary, MAX_QUERY_DAYS, Rule, Rules, Slot, Slots, Violation, slots, summarize,
};
use crate::booking::BookingId;
use crate::booking::service::own_card;
use crate::hold::HoldToken;
use crate::permissions::AVAILABILITY_READ;
use crate::rules::{for_strangers, waived};
use access::Cx;
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use clients::ClientId;
use db::Reader;
use kernel::time::local_date;
use kernel::{Error, Kind, Result};
use staff::StaffId;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is asked about a visit.
#[derive(Debug, Clone)]
pub struct AvailabilityQuery {
    /// The visit.
    pub(crate) wish: VisitWish,
    /// The caller's own hold, which does not stand in its way.
    pub(crate) hold: Option<HoldToken>,
    /// The booking that would be moved, which does not stand in its own way.
    pub(crate) moving: Option<BookingId>,
    /// Whether that booking is asked about as it was agreed, with these edits of its lines if any, whatever the wish says.
    pub(crate) as_agreed: Option<Vec<LineEdit>>,
    /// Whose visit it would be: limits of that client are looked at.
    pub(crate) client: Option<ClientId>,
    /// Rules to set aside.
    pub(crate) overrides: Vec<Rule>,
}

/// Starts that can be booked.
#[derive(Debug, Clone)]
pub struct Offer {
    /// The location's zone.
    pub zone: Tz,
    /// The starts, in order of time.
    pub starts: Vec<Slot>,
    /// Knows who could do the first line at each of them.
    pub slots: Arc<Slots>,
}

/// What a local date offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    /// The date.
    pub date: NaiveDate,
    /// How many starts.
    pub count: usize,
    /// The first start.
    pub first: Option<DateTime<Utc>>,
}

/// Dates with the zone that they are meant in.
#[derive(Debug, Clone)]
pub struct Days {
    /// The location's zone.
    pub zone: Tz,
    /// The dates in order.
    pub days: Vec<Day>,
}

/// How many other times a refused booking is answered with, and how far ahead they are looked for.
const ALTERNATIVES: usize = 5;
const ALTERNATIVE_DAYS: u64 = 14;

/// As far as a summary by day goes: the longest horizon.
const MAX_DAYS_AHEAD: i64 = 730;

impl Bookings {
    /// Every start at which the visit can be booked on these local dates, both included; at most 62.
    pub async fn availability(
        &self,
        cx: &Cx,
        r: &Reader,
        query: &AvailabilityQuery,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<Offer> {
        cx.require(AVAILABILITY_READ)?;
        let dates = Dates::query(from, to).map_err(|fault| match fault {
            DatesFault::Reversed => Error::invalid_argument("to"),
            DatesFault::TooLong => Error::invalid_argument("to").with("max", MAX_QUERY_DAYS),
        })?;
        let question = self.question(cx, r, query).await?;
        question.list(r, dates).await
    }

    /// What each local date from today to the horizon offers.
    pub async fn availability_days(&self, cx: &Cx, r: &Reader, query: &AvailabilityQuery) -> Result<Days> {
        cx.require(AVAILABILITY_READ)?;
        let question = self.question(cx, r, query).await?;
        let zone = question.zone()?;
        let today = local_date(zone, r.now());
        let ahead = (question.asked.policy.last_date(today) - today).num_days().clamp(0, MAX_DAYS_AHEAD);
        let dates = Dates::to_horizon(today, u16::try_from(ahead).map_err(Error::internal)?);
        let facts = facts_for(r, &question.world, &question.asked, dates, Some(&question.own), None).await?;
        let days = summarize(&question.asked.visit, &facts, &question.asked.policy, r.now());
        let day =
            |day: DaySummary| Day { date: day.date, count: day.count, first: day.first.map(|slot| slot.starts_at()) };
        Ok(Days { zone, days: days.into_iter().map(day).collect() })
    }

    /// The rules that stand in the way of this start; none: it can be booked.
    pub async fn why_not(
        &self,
        cx: &Cx,
        r: &Reader,
        query: &AvailabilityQuery,
        start: DateTime<Utc>,
    ) -> Result<Vec<Violation>> {
        cx.require(AVAILABILITY_READ)?;
        let question = self.question(cx, r, query).await?;
        let placed = place(r, &question.world, &question.asked, start, r.now(), &question.own, None).await?;
        let violations = placed.err().unwrap_or_default();
        Ok(if Audience::is_stranger(cx) { for_strangers(&violations) } else { violations })
    }

    /// Other times for a visit whose own was just taken: the nearest starts from that local date on.
    pub(crate) async fn alternatives(
        &self,
        cx: &Cx,
        r: &Reader,
        query: &AvailabilityQuery,
        start: DateTime<Utc>,
    ) -> Result<Offer> {
        let question = self.question(cx, r, query).await?;
        let zone = question.zone()?;
        let first = local_date(zone, start.max(r.now()));
        let last = first.checked_add_days(chrono::Days::new(ALTERNATIVE_DAYS)).unwrap_or(first);
        let dates = Dates::query(first, last).map_err(Error::internal)?;
        let mut offer = question.list(r, dates).await?;
        offer.starts.sort_by_key(|slot| ((slot.starts_at() - start).abs(), slot.starts_at()));
        offer.starts.truncate(ALTERNATIVES);
        offer.starts.sort_by_key(Slot::starts_at);
        Ok(offer)
    }

    /// The question whose answers are other times for a booking, with these edits of its lines if any.
    pub(crate) async fn question_of(
        &self,
        cx: &Cx,
        r: &Reader,
        id: BookingId,
        edits: Vec<LineEdit>,
    ) -> Result<AvailabilityQuery> {
        let booking = self.get(cx, r, id).await?;
        let wish =
            VisitWish { location: booking.location_id, lines: booking.lines.iter().map(LineWish::again).collect() };
        Ok(AvailabilityQuery {
            wish,
            hold: None,
            moving: Some(id),
            as_agreed: Some(edits),
            client: None,
            overrides: Vec::new(),
        })
    }

    /// The question whose answers are other times for what a hold kept, and when that was.
    pub(crate) async fn question_of_hold(
        &self,
        r: &Reader,
        token: &HoldToken,
    ) -> Result<Option<(AvailabilityQuery, DateTime<Utc>)>> {
        let Some(hold) = crate::hold::repo::find_by_token(r, token).await? else { return Ok(None) };
        let wish = VisitWish { location: hold.location_id, lines: hold.lines.iter().map(LineWish::again).collect() };
        let query = AvailabilityQuery {
            wish,
            hold: None,
            moving: None,
            as_agreed: None,
            client: hold.client_id,
            overrides: Vec::new(),
        };
        Ok(Some((query, hold.starts_at)))
    }

    /// The client's usual staff member, asked for only where a choice of people is open.
    pub(crate) async fn prefer_usual(&self, r: &Reader, asked: &mut Asked, client: Option<ClientId>) -> Result<()> {
        if let Some(client) = client
            && asked.chooses_staff()
        {
            let usual = crate::booking::repo::usual_staff(r, client, r.now()).await?;
            asked.visit.usual = usual.map(StaffId::uuid);
        }
        Ok(())
    }

    async fn question(&self, cx: &Cx, r: &Reader, query: &AvailabilityQuery) -> Result<Question> {
        let waived = waived(cx, &query.overrides)?;
        let world = World::load(self, r).await?;
        let audience = Audience::of(cx, &world.members);
        let agreed = match query.moving.zip(query.as_agreed.as_ref()) {
            Some((id, edits)) => Some((self.visible(cx, r, &world, id).await?, edits)),
            None => None,
        };
        let mut asked = match agreed {
            Some((booking, edits)) if edits.is_empty() => {
                Asked::again(&world, audience, booking.location_id, booking.lines, &BTreeMap::new(), waived)
            }
            Some((booking, edits)) => Asked::edited(&world, audience, &booking, edits, false, waived),
            None => self.wished(cx, r, &world, audience, query, waived).await,
        }?;
        asked.client = self.asked_client(cx, r, query).await?;
        let own = self.own(cx, r, &world, query).await?;
        Ok(Question { world, asked, own })
    }

    /// The visit of the wish. What a client has agreed to may be offered to nobody any more: they move it all the same, so it is
    /// asked about as it was agreed.
    async fn wished(
        &self,
        cx: &Cx,
        r: &Reader,
        world: &World,
        audience: Audience,
        query: &AvailabilityQuery,
        waived: Rules,
    ) -> Result<Asked> {
        let wished = Asked::resolve(world, audience, &query.wish, waived);
        let is_unknown = wished.as_ref().is_err_and(|error| error.kind == Kind::NotFound);
        let Some(id) = query.moving.filter(|_| is_unknown && cx.is_client()) else {
            return wished.map_err(as_argument);
        };
        let booking = self.visible(cx, r, world, id).await?;
        let agreed = booking.lines.iter().map(|line| line.service_id);
        if !query.wish.lines.iter().map(|line| line.service).eq(agreed) {
            return wished.map_err(as_argument);
        }
        Asked::again(world, audience, booking.location_id, booking.lines, &BTreeMap::new(), waived)
    }

    /// The client of the visit: named by staff who may book for them, that of the booking to be moved, or whoever asks.
    async fn asked_client(&self, cx: &Cx, r: &Reader, query: &AvailabilityQuery) -> Result<Option<ClientId>> {
        if let Some(id) = query.client {
            if Audience::is_stranger(cx) {
                return Err(Error::not_found());
            }
            return self.card(cx, r, id).await.map(|(client, _)| Some(client.id));
        }
        match query.moving {
            Some(id) => self.get(cx, r, id).await.map(|booking| Some(booking.client_id)),
            None => Ok(own_card(cx)),
        }
    }

    /// The time that the caller has already: a hold by its token, a booking that they may see.
    async fn own(&self, cx: &Cx, r: &Reader, world: &World, query: &AvailabilityQuery) -> Result<Own> {
        let mut own = match query.moving {
            Some(id) => Own::of([&self.visible(cx, r, world, id).await?]),
            None => Own::default(),
        };
        if let Some(token) = &query.hold {
            let hold = crate::hold::repo::find_by_token(r, token).await?;
            own.hold = hold.filter(|hold| hold.is_live(r.now())).map(|hold| hold.id);
        }
        Ok(own)
    }
}

/// A query is no form: what is wrong with it is a program's mistake in an argument.
fn as_argument(mut error: Error) -> Error {
    if error.is_user_error() {
        error.kind = Kind::InvalidArgument;
        for issue in &mut error.issues {
            let field = issue.field.take().unwrap_or_default();
            issue.field = Some(if field.is_empty() { "input".into() } else { format!("input.{field}").into() });
        }
    }
    error
}

struct Question {
    world: World,
    asked: Asked,
    own: Own,
}

impl Question {
    fn zone(&self) -> Result<Tz> {
        Ok(self.world.location(self.asked.location)?.zone)
    }

    async fn list(&self, r: &Reader, dates: Dates) -> Result<Offer> {
        let zone = self.zone()?;
        let facts = facts_for(r, &self.world, &self.asked, dates, Some(&self.own), None).await?;
        let slots = slots(&self.asked.visit, &facts, &self.asked.policy, r.now());
        Ok(Offer { zone, starts: slots.as_slice().to_vec(), slots: Arc::new(slots) })
    }
}

/// A span of dates for a calendar page, in the words of a refused argument.
pub(crate) fn page_of_dates(from: NaiveDate, to: NaiveDate) -> Result<Dates> {
    Dates::query(from, to).map_err(|fault| match fault {
        DatesFault::Reversed => Error::invalid_argument("input.to"),
        DatesFault::TooLong => Error::invalid_argument("input.to").with("max", MAX_QUERY_DAYS),
    })
}
