//! Changing when a visit is or what it consists of: its old time is given back and the new one taken together, or nothing
//! changes. One way for a move and for an edit of its lines: chosen on a snapshot, decided and written under locks.

use super::create::total;
use super::lines::LinesChange;
use super::reschedule::Move;
use super::{again, agree, is_stale, owners, version_conflict};
use crate::Bookings;
use crate::availability::Rules;
use crate::booking::{Booking, BookingId, Initiator, Line, repo};
use crate::calendar::ChangeKind;
use crate::error::{BookingErrorCode, broken_by};
use crate::events::{BookingLinesChanged, BookingRescheduled};
use crate::rules;
use crate::series::SeriesId;
use crate::slots::{ATTEMPTS, Asked, Choice, Lost, Own, Taken, Taking, World, place};
use access::Cx;
use chrono::{DateTime, Utc};
use db::{IdempotencyKey, Owner, Reader, Tx};
use kernel::{Error, Result};
use uuid::Uuid;

/// What is to become of a visit.
#[derive(Clone, Copy)]
pub(super) enum Wanted<'a> {
    /// Another time, other people.
    Move(&'a Move),
    /// Other lines.
    Lines(&'a LinesChange),
}

impl Wanted<'_> {
    const fn of(&self) -> (BookingId, i32) {
        match self {
            Self::Move(wanted) => (wanted.id, wanted.version),
            Self::Lines(wanted) => (wanted.id, wanted.version),
        }
    }

    const fn is_dry_run(&self) -> bool {
        match self {
            Self::Move(wanted) => wanted.dry_run,
            Self::Lines(wanted) => wanted.dry_run,
        }
    }

    const fn initiator(&self) -> Initiator {
        match self {
            Self::Move(wanted) => wanted.initiator,
            Self::Lines(_) => Initiator::Staff,
        }
    }

    pub(super) fn start(&self, booking: &Booking) -> DateTime<Utc> {
        match self {
            Self::Move(wanted) => wanted.starts_at,
            Self::Lines(wanted) => wanted.starts_at.unwrap_or(booking.starts_at),
        }
    }

    /// What is wrong with it whatever the calendar.
    fn refuse(&self, booking: &Booking, now: DateTime<Utc>) -> Result<()> {
        if is_stale(booking, self.of().1) {
            return Err(version_conflict(booking.clone()));
        }
        if booking.session_id.is_some() {
            return Err(Error::conflict(BookingErrorCode::BookedInSession).at("id"));
        }
        match self {
            Self::Move(wanted) => wanted.refuse(booking, now),
            Self::Lines(wanted) => wanted.refuse(booking),
        }
    }

    /// The visit as it would be.
    fn resolve(
        &self,
        cx: &Cx,
        world: &World,
        booking: &Booking,
        waived: Rules,
        usual: Option<Uuid>,
        keep_units: bool,
    ) -> Result<Asked> {
        let mut asked = match self {
            Self::Move(wanted) => wanted.resolve(cx, world, booking, waived)?,
            Self::Lines(wanted) => wanted.resolve(cx, world, booking, waived, keep_units)?,
        };
        asked.client = Some(booking.client_id);
        asked.visit.usual = usual;
        let same_start = self.start(booking) == booking.starts_at;
        Ok(if same_start { asked.at_agreed_start(&booking.overrides) } else { asked })
    }
}

/// Where a visit would stand, chosen on a snapshot.
pub(super) struct Plan {
    choice: Choice,
    asked: Asked,
    /// Whether that was asked with the units that its lines have.
    keep_units: bool,
}

impl Plan {
    /// The slot as it would be taken, for who writes nothing.
    pub(super) fn taken(self) -> Result<Taken> {
        let Choice { placement, world, .. } = self.choice;
        let lines = self.asked.lines(&world, &placement)?;
        Ok(Taken { world, asked: self.asked, placement, lines })
    }
}

impl Bookings {
    /// Changes a visit, by nobody of those `without` whom it is to be. A dry run goes the whole way and takes everything back.
    pub(super) async fn change_visit(
        &self,
        cx: &Cx,
        wanted: Wanted<'_>,
        waived: Rules,
        key: &IdempotencyKey,
        mut without: Vec<Uuid>,
    ) -> Result<Booking> {
        for attempt in 1.. {
            let changed = Box::pin(self.try_change(cx, wanted, waived, key, &without)).await;
            let Err(error) = &changed else { return changed };
            // A repetition finds a newer version, or nothing left to change.
            if !wanted.is_dry_run()
                && let Some(ids) = self.done_before(cx, key, error).await?
            {
                return again(&self.db.read(cx.company()?).await?, &ids).await;
            }
            match Lost::of(error) {
                Some(lost) if attempt < ATTEMPTS => without.extend_from_slice(lost),
                _ => return changed,
            }
        }
        Err(crate::error::slot_taken())
    }

    async fn try_change(
        &self,
        cx: &Cx,
        wanted: Wanted<'_>,
        waived: Rules,
        key: &IdempotencyKey,
        without: &[Uuid],
    ) -> Result<Booking> {
        let company = cx.company()?;
        let plan = {
            let r = self.db.read(company).await?;
            let world = World::load(self, &r).await?;
            self.plan_change(cx, &r, world, wanted, waived, without, &Own::default()).await?
        };
        let booking = db::transaction!(self.db, company, |tx| {
            tx.preview_if(wanted.is_dry_run());
            let done = if wanted.is_dry_run() { None } else { tx.idempotent(key).await? };
            match done {
                Some(ids) => again(tx, &ids).await,
                None => self.change_in(cx, tx, wanted, waived, &plan, key).await,
            }
        })?;
        db::failpoint!("bookings.commit.after");
        Ok(booking)
    }

    /// Chooses on a snapshot, after what is `ahead` of it.
    #[allow(clippy::too_many_arguments, reason = "what a try is made of")]
    pub(super) async fn plan_change(
        &self,
        cx: &Cx,
        r: &Reader,
        world: World,
        wanted: Wanted<'_>,
        waived: Rules,
        without: &[Uuid],
        ahead: &Own,
    ) -> Result<Plan> {
        let booking = self.visible(cx, r, &world, wanted.of().0).await?;
        wanted.refuse(&booking, r.now())?;
        let (mut own, start) = (ahead.clone(), wanted.start(&booking));
        own.lines.extend(booking.lines.iter().map(|line| line.id));
        let ask = |keep_units| -> Result<Asked> {
            let mut asked = wanted.resolve(cx, &world, &booking, waived, None, keep_units)?;
            asked.visit.without = without.iter().copied().collect();
            Ok(asked)
        };
        let mut keep_units = matches!(wanted, Wanted::Lines(_));
        let mut asked = ask(keep_units)?;
        self.prefer_usual(r, &mut asked, Some(booking.client_id)).await?;
        let usual = asked.visit.usual;
        let mut placed = place(r, &world, &asked, start, r.now(), &own, None).await?;
        if keep_units && placed.is_err() {
            keep_units = false;
            asked = ask(false)?;
            asked.visit.usual = usual;
            placed = place(r, &world, &asked, start, r.now(), &own, None).await?;
        }
        match placed {
            Ok(placement) => {
                let choice = Choice { placement, usual, location: booking.location_id, world };
                Ok(Plan { choice, asked, keep_units })
            }
            Err(violations) => {
                let clashes = self.clashes(cx, r, &world, (&asked, start), &own, violations).await?;
                Err(broken_by(clashes))
            }
        }
    }

    async fn change_in(
        &self,
        cx: &Cx,
        tx: &mut Tx,
        wanted: Wanted<'_>,
        waived: Rules,
        plan: &Plan,
        key: &IdempotencyKey,
    ) -> Result<Booking> {
        let (id, version) = wanted.of();
        let before = self.expected(cx, tx, id, version).await?;
        wanted.refuse(&before, tx.now())?;
        self.expect_welcome(cx, tx, before.client_id).await?;
        let choice = &plan.choice;
        let resolve = |world: &World| wanted.resolve(cx, world, &before, waived, choice.usual, plan.keep_units);
        let own = Own::of([&before]);
        let taking = Taking { choice, client: Some(before.client_id), own: &own, as_of: None, also: None };
        let taken = self.take_in(tx, resolve, &taking).await?;
        let booking = match wanted {
            Wanted::Move(_) => self.write_move_in(cx, tx, &before, &taken, wanted.initiator(), None).await?,
            Wanted::Lines(lines) => {
                let booking = self.rewrite_in(cx, tx, &before, &taken, Initiator::Staff).await?;
                let event = BookingLinesChanged::of(&before, &booking, lines.resized(&booking));
                self.jobs.publish_in(cx, tx, &event).await?;
                booking
            }
        };
        if !wanted.is_dry_run() {
            tx.remember(key, &[booking.id.uuid()]).await?;
        }
        Ok(booking)
    }

    /// Writes a visit where it was decided to stand, and says that it moved. `series` is set when it moves with its series,
    /// whose client is told of all visits at once.
    pub(crate) async fn write_move_in(
        &self,
        cx: &Cx,
        tx: &mut Tx,
        before: &Booking,
        taken: &Taken,
        initiator: Initiator,
        series: Option<SeriesId>,
    ) -> Result<Booking> {
        let booking = self.rewrite_in(cx, tx, before, taken, initiator).await?;
        self.jobs.publish_in(cx, tx, &BookingRescheduled { series, ..rescheduled(before, &booking) }).await?;
        Ok(booking)
    }

    /// Gives a visit's old time back and takes the new one.
    async fn rewrite_in(
        &self,
        cx: &Cx,
        tx: &mut Tx,
        before: &Booking,
        taken: &Taken,
        initiator: Initiator,
    ) -> Result<Booking> {
        let mut booking = changed(before, taken, initiator, tx.now())?;
        if booking.pending_until != before.pending_until {
            self.watch_pending_in(cx, tx, &booking).await?;
        }
        self.save_in(tx, &mut booking, before.status).await?;
        repo::write_lines(tx, &booking, &before.lines).await?;
        tx.release_allocations(&owners(before)).await?;
        self.allocate_in(tx, taken, |line| Owner::BookingLine(line.id.uuid()), None).await?;
        self.announce_in(tx, ChangeKind::Rescheduled, &booking, Some(before))?;
        Ok(booking)
    }
}

/// The booking where it was decided to stand. What was agreed stays: of the money, what its lines cost; of the terms, at
/// least what they were, for the new price.
pub(super) fn changed(before: &Booking, taken: &Taken, initiator: Initiator, now: DateTime<Utc>) -> Result<Booking> {
    let mut booking = Booking {
        starts_at: taken.placement.range.from,
        ends_at: taken.placement.range.to,
        zone: taken.zone()?,
        local_date: taken.placement.date,
        overrides: taken.overrides(),
        lines: taken.lines.clone(),
        client_moves: before.client_moves + u16::from(initiator == Initiator::Client),
        ..before.clone()
    };
    booking.total.minor = total(&booking.lines)?;
    if before.awaits.prepayment {
        booking.prepayment.minor = before.prepayment.minor.min(booking.total.minor);
    }
    booking.guests.truncate(booking.lines.iter().filter_map(|line| line.guest).max().unwrap_or(0).into());
    booking.pending_until = before.pending_until.map(|until| until.min(booking.starts_at));
    let terms = &mut booking.policy.cancellation;
    if before.starts_at != booking.starts_at {
        // A client who is late wins no time by moving.
        *terms = terms.moved(booking.starts_at, initiator == Initiator::Client && terms.is_late(now));
    }
    let is_new = |line: &&Line| before.lines.iter().all(|old| (old.id, old.service_id) != (line.id, line.service_id));
    let new: Vec<Line> = booking.lines.iter().filter(is_new).cloned().collect();
    if !new.is_empty() || booking.total != before.total {
        let more = agree::terms(&taken.world, &new, booking.total.minor, booking.starts_at);
        *terms = terms.joined(&more).priced(booking.total.minor);
    }
    Ok(booking)
}

pub(crate) fn rescheduled(before: &Booking, after: &Booking) -> BookingRescheduled {
    BookingRescheduled {
        booking: after.id,
        client: after.client_id,
        from_starts_at: before.starts_at,
        from_ends_at: before.ends_at,
        from_staff: before.staff_ids(),
        starts_at: after.starts_at,
        ends_at: after.ends_at,
        staff: after.staff_ids(),
        overrides: rules::codes(&after.overrides),
        initiator: if after.client_moves > before.client_moves { Initiator::Client } else { Initiator::Staff },
        series: None,
    }
}
