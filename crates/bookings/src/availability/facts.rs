//! What the engine knows: hours, shifts, absences and allocations of one location over a span of local dates.
//!
//! Built once for a query from plain rows, in any order; then only read. Everything is turned into sorted minutes here,
//! so that deciding costs no conversion. Leave out of it the allocations that must not count: of the booking being
//! moved, of the caller's own hold, and of expired holds.

use chrono::NaiveDate;
use chrono_tz::Tz;
use kernel::time::{TimeRange, WallInterval};
use smallvec::SmallVec;
use uuid::Uuid;

use super::days::Calendar;
use super::limits::{ClientFacts, Limits, Load, ServiceLimits, Tally};
use super::spans::{Span, Spans};
use super::visit::Dates;

/// A staff member as the engine sees one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staff {
    /// The staff member's key.
    pub id: Uuid,
    /// Parallel lanes, 1 unless the business overbooks on purpose.
    pub lanes: u8,
    /// The first local date of employment; none: since ever.
    pub employed_from: Option<NaiveDate>,
    /// The last local date of employment, included; none: open.
    pub employed_to: Option<NaiveDate>,
    /// The services that this person does.
    pub skills: SmallVec<[Skill; 8]>,
}

impl Staff {
    /// One lane, employed without end, no skills yet.
    pub const fn new(id: Uuid) -> Self {
        Self { id, lanes: 1, employed_from: None, employed_to: None, skills: SmallVec::new_const() }
    }

    /// Adds a service that this person does.
    #[must_use]
    pub fn with_skill(mut self, service: Uuid, duration: Option<u16>) -> Self {
        self.skills.push(Skill { service, duration });
        self
    }
}

/// A service that a staff member does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Skill {
    /// The service's key.
    pub service: Uuid,
    /// Minutes that this person takes, when not the service's own.
    pub duration: Option<u16>,
}

/// A resource unit that may be used: active and at this location.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unit {
    /// The unit's key.
    pub id: Uuid,
    /// Its type's key.
    pub kind: Uuid,
    /// Persons that it holds.
    pub capacity: u16,
}

/// Which lanes of a staff member an allocation fills. Resources have lane 0 only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// One lane, from 0: an allocation at this location.
    One(u8),
    /// All of them: an allocation at another location (one place at a time), or on a lane that was given up.
    Every,
}

/// The facts, ready to be asked.
#[derive(Debug, Clone)]
pub struct Facts {
    pub(super) calendar: Calendar,
    pub(super) opening: Spans,
    pub(super) closures: Spans,
    /// Sorted by id.
    pub(super) staff: Vec<StaffFacts>,
    /// Sorted by capacity, then id: the order in which units are taken.
    pub(super) units: Vec<UnitFacts>,
    /// Limits by local day and by client, with what is booked already.
    pub(super) load: Load,
}

/// A staff member with everything that limits their time.
#[derive(Debug, Clone)]
pub(super) struct StaffFacts {
    pub(super) staff: Staff,
    pub(super) employed: Span,
    pub(super) shifts: Spans,
    pub(super) time_off: Spans,
    pub(super) imported: Spans,
    pub(super) lanes: SmallVec<[Spans; 1]>,
}

/// A unit with everything that limits its time.
#[derive(Debug, Clone)]
pub(super) struct UnitFacts {
    pub(super) unit: Unit,
    pub(super) maintenance: Spans,
    pub(super) busy: Spans,
}

impl Facts {
    /// Starts collecting facts to answer for starts on `dates` in the location's zone. `reach` is the longest time in
    /// minutes that a visit asked about may stretch from its start, with all buffers: what is further is refused as not
    /// covered.
    pub fn builder(zone: Tz, dates: Dates, reach: u32) -> FactsBuilder {
        FactsBuilder {
            facts: Self {
                calendar: Calendar::new(zone, dates, reach),
                opening: Spans::default(),
                closures: Spans::default(),
                staff: Vec::new(),
                units: Vec::new(),
                load: Load::default(),
            },
            subjects: Vec::new(),
            last: None,
        }
    }

    /// The local dates that can be asked about.
    pub const fn dates(&self) -> Dates {
        self.calendar.dates()
    }

    /// The location's zone.
    pub const fn zone(&self) -> Tz {
        self.calendar.zone()
    }

    pub(super) fn staff(&self, id: Uuid) -> Option<&StaffFacts> {
        self.staff.binary_search_by_key(&id, |facts| facts.staff.id).ok().map(|at| &self.staff[at])
    }
}

/// Collects facts. What belongs to a subject that was not added before is left out: rows may be fetched generously.
#[derive(Debug)]
pub struct FactsBuilder {
    facts: Facts,
    /// Where each subject stands, sorted by id.
    subjects: Vec<(Uuid, Place)>,
    /// The subject of the row before: rows mostly come grouped.
    last: Option<(Uuid, Place)>,
}

#[derive(Debug, Clone, Copy)]
enum Place {
    Staff(usize),
    Unit(usize),
}

impl FactsBuilder {
    /// The instants within which allocations, closures, absences and maintenance matter: what to fetch.
    pub fn covers(&self) -> TimeRange {
        self.facts.calendar.covered().range()
    }

    /// The location's opening hours: asked for every local date that matters. Intervals that end no later than they
    /// start run past midnight and belong to the date asked about.
    pub fn opening<I: IntoIterator<Item = WallInterval>>(&mut self, mut hours: impl FnMut(NaiveDate) -> I) {
        for date in self.facts.calendar.dates_covered() {
            for interval in hours(date) {
                self.facts.opening.push(self.facts.calendar.project(date, interval));
            }
        }
    }

    /// A closure of the location.
    pub fn closure(&mut self, range: TimeRange) {
        self.facts.closures.push(Span::around(range));
    }

    /// Adds a staff member with their working time: asked for every local date that matters, and answered with what
    /// holds on it (the dated exception, else the shift, else the weekly template). Opening hours, closures and
    /// absences are applied here.
    pub fn staff<I: IntoIterator<Item = WallInterval>>(
        &mut self,
        staff: Staff,
        mut shifts: impl FnMut(NaiveDate) -> I,
    ) {
        let calendar = &self.facts.calendar;
        let mut worked = Spans::default();
        for date in calendar.dates_covered() {
            for interval in shifts(date) {
                worked.push(calendar.project(date, interval));
            }
        }
        let place = Place::Staff(self.facts.staff.len());
        self.place(staff.id, place);
        self.facts.staff.push(StaffFacts {
            employed: employment(&self.facts.calendar, &staff),
            shifts: worked,
            time_off: Spans::default(),
            imported: Spans::default(),
            lanes: SmallVec::from_elem(Spans::default(), usize::from(staff.lanes.max(1))),
            staff,
        });
    }

    /// Approved time off of a staff member.
    pub fn time_off(&mut self, staff: Uuid, range: TimeRange) {
        if let Some(Place::Staff(at)) = self.find(staff) {
            self.facts.staff[at].time_off.push(Span::around(range));
        }
    }

    /// Time in which another calendar of a staff member says that they are busy.
    pub fn imported(&mut self, staff: Uuid, range: TimeRange) {
        if let Some(Place::Staff(at)) = self.find(staff) {
            self.facts.staff[at].imported.push(Span::around(range));
        }
    }

    /// Adds a resource unit of this location.
    pub fn unit(&mut self, unit: Unit) {
        let place = Place::Unit(self.facts.units.len());
        self.place(unit.id, place);
        self.facts.units.push(UnitFacts { unit, maintenance: Spans::default(), busy: Spans::default() });
    }

    /// A unit's maintenance.
    pub fn maintenance(&mut self, unit: Uuid, range: TimeRange) {
        if let Some(Place::Unit(at)) = self.find(unit) {
            self.facts.units[at].maintenance.push(Span::around(range));
        }
    }

    /// An occupied range of a staff member or unit: an active allocation or a live hold, buffers included as stored. A
    /// lane that the staff member no longer has blocks nothing here.
    pub fn busy(&mut self, subject: Uuid, lane: Lane, range: TimeRange) {
        let span = Span::around(range);
        match self.find(subject) {
            Some(Place::Unit(at)) => self.facts.units[at].busy.push(span),
            Some(Place::Staff(at)) => {
                let lanes = &mut self.facts.staff[at].lanes;
                match lane {
                    Lane::Every => lanes.iter_mut().for_each(|spans| spans.push(span)),
                    Lane::One(lane) => {
                        if let Some(spans) = lanes.get_mut(usize::from(lane)) {
                            spans.push(span);
                        }
                    }
                }
            }
            None => {}
        }
    }

    /// How much is taken on. What follows is only looked at where a limit asks for it.
    pub fn limits(&mut self, limits: Limits) {
        self.facts.load.limits = limits;
    }

    /// What limits a service.
    pub fn service(&mut self, service: Uuid, limits: ServiceLimits) {
        self.facts.load.services.push((service, limits));
    }

    /// What is booked already of a staff member or a service on a local date; what was said before is added up.
    pub fn load(&mut self, of: Uuid, date: NaiveDate, tally: Tally) {
        self.facts.load.add(of, date, tally);
    }

    /// The other visits of whoever the visit is for, once that is known.
    pub fn client(&mut self, client: ClientFacts) {
        self.facts.load.client = Some(client);
    }

    /// Sorts everything. The facts never change afterwards.
    pub fn finish(self) -> Facts {
        let mut facts = self.facts;
        facts.opening.normalize();
        facts.closures.normalize();
        for staff in &mut facts.staff {
            staff.shifts.normalize();
            staff.time_off.normalize();
            staff.imported.normalize();
            staff.lanes.iter_mut().for_each(Spans::normalize);
        }
        for unit in &mut facts.units {
            unit.maintenance.normalize();
            unit.busy.normalize();
        }
        facts.staff.sort_by_key(|facts| facts.staff.id);
        facts.units.sort_by_key(|facts| (facts.unit.capacity, facts.unit.id));
        facts
    }

    fn place(&mut self, id: Uuid, place: Place) {
        let at = self.subjects.partition_point(|(known, _)| *known < id);
        self.subjects.insert(at, (id, place));
    }

    fn find(&mut self, id: Uuid) -> Option<Place> {
        if let Some((last, place)) = self.last
            && last == id
        {
            return Some(place);
        }
        let at = self.subjects.binary_search_by_key(&id, |(known, _)| *known).ok()?;
        self.last = Some(self.subjects[at]);
        Some(self.subjects[at].1)
    }
}

/// The instants at which the person is employed: whole local days, cut to what the calendar covers.
fn employment(calendar: &Calendar, staff: &Staff) -> Span {
    let covered = calendar.covered();
    let from = staff.employed_from.map_or(covered.from, |date| calendar.start_of(date));
    let to = staff.employed_to.map_or(covered.to, |date| calendar.end_of(date));
    Span::new(from, to)
}
