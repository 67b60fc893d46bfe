//! Which visits there are to be: a walk through everybody's working time with gaps, and what becomes of each visit.
//! Pure, and the same for the same seed. The plan knows nothing of absences, maintenance and who is faster: the services
//! refuse what cannot be, and the visit is left out, as in life.

use std::collections::HashSet;

use anyhow::Result;
use bookings::LineWish;
use chrono::{DateTime, Datelike as _, NaiveDate, TimeDelta, Utc};
use kernel::WallInterval;
use rand::RngExt as _;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use staff::StaffId;
use tenancy::LocationId;

use super::company::{Made, day, moment, of};
use super::data;

/// How many days back and ahead the calendar is filled.
pub const DAYS: i64 = 21;
/// Starts are offered at multiples of so many minutes everywhere in the demo.
const GRID: i64 = 30;

/// A visit to be booked.
pub struct Visit {
    pub location: LocationId,
    pub lines: Vec<LineWish>,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    /// Which of the clients.
    pub visitor: usize,
    /// When it is booked.
    pub booked_at: DateTime<Utc>,
    /// By the client on the company's page, not by staff.
    pub online: bool,
    /// How long staff take to approve one that waits; none: it waits still.
    pub approved_after: Option<TimeDelta>,
    pub fate: Fate,
    pub wish: Option<String>,
}

/// What becomes of a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It takes place.
    Held,
    /// It is called off so long before its start.
    Cancelled(TimeDelta),
    /// Nobody comes.
    Missed,
}

/// Somebody's, or some room's, working time at a place.
struct Shifts<'a> {
    place: LocationId,
    staff: Option<StaffId>,
    /// Keys of services.
    does: &'a [String],
    public: bool,
    hours: Vec<&'a data::Hours>,
}

/// All visits of the company's six weeks.
pub fn visits(company: &data::Company, made: &Made, now: DateTime<Utc>, rng: &mut StdRng) -> Result<Vec<Visit>> {
    let today = kernel::time::local_date(made.zone, now);
    let shifts = shifts(company, made)?;
    let mut plan = Plan { company, made, now, visits: Vec::new() };
    for offset in -DAYS..=DAYS {
        let date = day(today, offset);
        let mut taken = HashSet::new();
        for shift in &shifts {
            for hours in shift.hours.iter().filter(|hours| hours.days.contains(&date.weekday())) {
                plan.walk(shift, date, hours.interval(), &mut taken, rng)?;
            }
        }
    }
    Ok(plan.visits)
}

fn shifts<'a>(company: &'a data::Company, made: &Made) -> Result<Vec<Shifts<'a>>> {
    let mut shifts = Vec::new();
    for person in company.staff.iter().filter(|person| !person.does.is_empty()) {
        for place in &person.at {
            shifts.push(Shifts {
                place: of(&made.locations, place)?,
                staff: Some(of(&made.staff, &person.key)?),
                does: &person.does,
                public: person.online,
                hours: person.hours.iter().filter(|hours| hours.at == *place).collect(),
            });
        }
    }
    for room in &company.rooms {
        let place = company.locations.iter().filter(|place| place.key == room.at);
        shifts.push(Shifts {
            place: of(&made.locations, &room.at)?,
            staff: None,
            does: &room.does,
            public: true,
            hours: place.flat_map(|place| &place.opening).collect(),
        });
    }
    Ok(shifts)
}

struct Plan<'a> {
    company: &'a data::Company,
    made: &'a Made,
    now: DateTime<Utc>,
    visits: Vec<Visit>,
}

impl Plan<'_> {
    /// Fills one stretch of work. Every visit draws the same numbers whatever the hour is, so that the plan of a day
    /// does not depend on when in the day it is made.
    fn walk(
        &mut self,
        shift: &Shifts<'_>,
        date: NaiveDate,
        hours: WallInterval,
        taken: &mut HashSet<usize>,
        rng: &mut StdRng,
    ) -> Result<()> {
        let (from, to) = (moment(self.made.zone, date, hours.start), moment(self.made.zone, date, hours.end));
        let mut at = from;
        loop {
            let Some(key) = shift.does.choose(rng) else { return Ok(()) };
            let Some(service) = self.company.services.iter().find(|service| service.key == *key) else { return Ok(()) };
            let length = TimeDelta::minutes(service.minutes.into());
            let after = i64::from(service.after.max(service.cleanup) + service.setup);
            let busy = rng.random_ratio(self.company.busy.min(100), 100);
            let draft = self.draw(rng);
            if at + length + TimeDelta::minutes(after) > to {
                return Ok(());
            }
            if busy && taken.insert(draft.visitor) {
                let line = LineWish::new(of(&self.made.services, key)?, shift.staff);
                self.visits.push(self.visit(shift, line, service, (at, at + length), draft));
            }
            let step = (i64::from(service.minutes) + after + GRID - 1) / GRID * GRID;
            at += TimeDelta::minutes(if busy { step } else { 2 * GRID });
        }
    }

    fn draw(&self, rng: &mut StdRng) -> Draft {
        let clients = self.made.clients.len();
        // Regulars come often, most come now and then.
        let share = rng.random::<f64>().powi(2);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
        let visitor = ((share * clients as f64) as usize).min(clients.saturating_sub(1));
        Draft {
            visitor,
            fate: rng.random_range(0..100),
            lead: TimeDelta::minutes(rng.random_range(240..17_000)),
            recent: TimeDelta::minutes(rng.random_range(10..9_000)),
            early: TimeDelta::minutes(rng.random_range(60..2_880)),
            online: rng.random_bool(0.45),
            waits: rng.random_bool(0.25),
            approval: TimeDelta::minutes(rng.random_range(5..200)),
            wish: self.company.wishes.choose(rng).cloned().filter(|_| rng.random_bool(0.2)),
        }
    }

    fn visit(
        &self,
        shift: &Shifts<'_>,
        line: LineWish,
        service: &data::Service,
        (starts_at, ends_at): (DateTime<Utc>, DateTime<Utc>),
        draft: Draft,
    ) -> Visit {
        let usual = starts_at - draft.lead;
        let booked_at = if usual > self.now { self.now - draft.recent } else { usual };
        let upcoming = starts_at > self.now;
        let fate = match draft.fate {
            0..8 => Fate::Cancelled(draft.early.min((starts_at - booked_at) / 2)),
            8..14 if !upcoming => Fate::Missed,
            _ => Fate::Held,
        };
        Visit {
            location: shift.place,
            lines: vec![line],
            starts_at,
            ends_at,
            visitor: draft.visitor,
            booked_at,
            online: draft.online && shift.public && !service.staff_only,
            approved_after: (!(upcoming && draft.waits)).then_some(draft.approval),
            fate,
            wish: draft.wish,
        }
    }
}

struct Draft {
    visitor: usize,
    fate: u32,
    lead: TimeDelta,
    recent: TimeDelta,
    early: TimeDelta,
    online: bool,
    waits: bool,
    approval: TimeDelta,
    wish: Option<String>,
}
