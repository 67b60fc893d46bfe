//! The visits of dates: chosen on a snapshot, decided again under locks, and written many to a statement.

use super::{LostOn, enough};
use crate::Bookings;
use crate::availability::{Placement, Rules, Violation};
use crate::booking::service::{NewBooking, SlotChoice, WhoseVisit, draft};
use crate::booking::{Booking, repo};
use crate::recurrence::Occurrence;
use crate::series::{InSeries, Mode, Outcome, SeriesId, Skipped};
use crate::slots::{Asked, Audience, Own, Taken, VisitWish, World, limited, lost, place, subjects};
use access::Cx;
use chrono::{DateTime, NaiveDate, Utc};
use clients::ClientId;
use db::{Owner, Reader, Tx};
use kernel::{Error, Result};
use staff::StaffId;
use std::collections::BTreeMap;
use uuid::Uuid;

/// What every visit has in common.
pub(super) struct Template<'a> {
    pub(super) wish: &'a VisitWish,
    pub(super) client: ClientId,
    /// Rules that are set aside.
    pub(super) waived: Rules,
    /// A visit without its start.
    pub(super) new: NewBooking,
    pub(super) mode: Mode,
    /// The field that a conflict is about.
    pub(super) field: &'static str,
}

/// A date and what was chosen for it.
pub(super) struct Planned {
    pub(super) date: NaiveDate,
    pub(super) starts_at: DateTime<Utc>,
    pub(super) placed: Result<Placement, Vec<Violation>>,
}

/// What was chosen on a snapshot, without locks.
pub(super) struct Plan {
    pub(super) world: World,
    usual: Option<Uuid>,
    pub(super) dates: Vec<Planned>,
}

/// What was decided under locks; time is taken, rows are not yet written.
pub(super) struct Decided {
    pub(super) outcomes: Vec<Outcome>,
    pub(super) bookings: Vec<Booking>,
}

impl Planned {
    /// What it comes to, as far as is known without locks.
    pub(super) fn outcome(&self) -> Outcome {
        let (staff, violations) = match &self.placed {
            Ok(placement) => (people(placement), Vec::new()),
            Err(violations) => (Vec::new(), violations.clone()),
        };
        Outcome { date: self.date, starts_at: self.starts_at, staff, booking: None, violations }
    }
}

impl Decided {
    /// The dates that came to nothing.
    pub(super) fn skipped(&self) -> Vec<Skipped> {
        self.outcomes.iter().filter(|outcome| !outcome.is_possible()).map(Outcome::skipped).collect()
    }
}

impl Template<'_> {
    fn resolve(&self, cx: &Cx, world: &World) -> Result<Asked> {
        let mut asked = Asked::resolve(world, Audience::of(cx, &world.members), self.wish, self.waived)?;
        asked.client = Some(self.client);
        Ok(asked)
    }

    fn at(&self, starts_at: DateTime<Utc>) -> NewBooking {
        let slot = SlotChoice::Time { wish: self.wish.clone(), starts_at };
        NewBooking { slot, whose: Some(WhoseVisit::Card(self.client)), ..self.new.clone() }
    }
}

impl Bookings {
    /// Chooses people and units for each date. What is wrong with the wish itself is refused before any date is looked at;
    /// then `dates` are asked for, in the zone of the location.
    pub(super) async fn plan_visits(
        &self,
        cx: &Cx,
        r: &Reader,
        template: &Template<'_>,
        dates: impl FnOnce(&World) -> Result<Vec<Occurrence>>,
        lost: &LostOn,
    ) -> Result<Plan> {
        let world = World::load(self, r).await?;
        let mut asked = template.resolve(cx, &world)?;
        self.card(cx, r, template.client).await?;
        self.prefer_usual(r, &mut asked, Some(template.client)).await?;
        let mut planned = Vec::new();
        for Occurrence { date, starts_at } in dates(&world)? {
            asked.visit.without = lost.on(date).iter().copied().collect();
            let placed = place(r, &world, &asked, starts_at, r.now(), &Own::default(), None).await?;
            asked.ahead += u32::from(placed.is_ok());
            planned.push(Planned { date, starts_at, placed });
        }
        Ok(Plan { usual: asked.visit.usual, world, dates: planned })
    }

    /// Decides each date again under locks and takes its time. A date that somebody else was faster with is a reason to try
    /// once more, but for the `last` try.
    pub(super) async fn decide_visits_in(
        &self,
        cx: &Cx,
        tx: &mut Tx,
        template: &Template<'_>,
        plan: &Plan,
        series: SeriesId,
        is_last: bool,
    ) -> Result<Decided> {
        let chosen = plan.dates.iter().filter_map(|planned| planned.placed.as_ref().ok());
        let (location, client) = (template.wish.location, Some(template.client));
        let also = limited(&template.resolve(cx, &plan.world)?, &plan.world);
        let world = self.lock_in(tx, &plan.world, location, client, &subjects(chosen), also).await?;
        let zone = world.location(template.wish.location)?.zone;
        let mut asked = template.resolve(cx, &world)?;
        asked.visit.usual = plan.usual;
        let mut decided = Decided { outcomes: Vec::with_capacity(plan.dates.len()), bookings: Vec::new() };
        let mut lost_on = BTreeMap::new();
        for planned in &plan.dates {
            let mut outcome = planned.outcome();
            if let Ok(chosen) = &planned.placed {
                match self.decide_in(tx, &world, asked.clone(), chosen, &Own::default(), tx.now()).await? {
                    Ok(taken) => {
                        self.take_on(tx, &taken, planned.date).await?;
                        let mut booking =
                            draft(cx, tx, &template.at(planned.starts_at), None, template.client, &taken)?;
                        booking.series = Some(InSeries { id: series, date: planned.date });
                        outcome.booking = Some(booking.id);
                        decided.bookings.push(booking);
                        asked.ahead += 1;
                    }
                    Err(violations) => {
                        let lost = lost(&violations);
                        if !lost.is_empty() {
                            lost_on.insert(planned.date, lost);
                        }
                        outcome = Outcome { staff: Vec::new(), violations, ..outcome };
                    }
                }
            }
            decided.outcomes.push(outcome);
        }
        if !lost_on.is_empty() && !is_last {
            return Err(LostOn(lost_on).refusal());
        }
        decided.outcomes = enough(template.mode, zone, decided.outcomes, template.field)?;
        Ok(decided)
    }

    /// Writes what a date occupies. A refusal by the database's guard says which date it was about.
    pub(super) async fn take_on(&self, tx: &Tx, taken: &Taken, date: NaiveDate) -> Result<()> {
        let written = self.allocate_in(tx, taken, |line| Owner::BookingLine(line.id.uuid()), None).await;
        written.map_err(|error| on_date(error, date))
    }

    /// Writes the visits, whose series stands already, and says so.
    pub(super) async fn write_visits_in(&self, cx: &Cx, tx: &mut Tx, bookings: &[Booking]) -> Result<()> {
        repo::insert_all(tx, bookings).await?;
        for booking in bookings {
            self.publish_created_in(cx, tx, booking).await?;
        }
        Ok(())
    }
}

/// The guard's refusal as one about a date.
pub(super) fn on_date(error: Error, date: NaiveDate) -> Error {
    match crate::slots::Lost::of(&error) {
        Some(lost) => LostOn(BTreeMap::from([(date, lost.to_vec())])).refusal(),
        None => error,
    }
}

fn people(placement: &Placement) -> Vec<StaffId> {
    let mut people: Vec<StaffId> = Vec::with_capacity(placement.lines.len());
    for staff in placement.lines.iter().filter_map(|line| line.staff) {
        let id = StaffId::from_uuid(staff.id);
        if !people.contains(&id) {
            people.push(id);
        }
    }
    people
}
