//! The rules themselves, each as the set of starts that it refuses. This is the only place where a rule is written
//! down: the listing and the check of one start differ in the width of the mask that they pass, and in nothing else.

use chrono::{DateTime, Utc};
use kernel::time::local_date;

use super::bits::Bits;
use super::facts::{Facts, StaffFacts, UnitFacts};
use super::policy::{Grid, Policy};
use super::spans::{Minute, Span, Spans, ceil};
use super::violation::Rule;
use super::visit::{Line, StaffChoice, Visit};

/// Rules about the visit's start.
pub(super) const VISIT_RULES: [Rule; 5] =
    [Rule::NotOnGrid, Rule::TooSoon, Rule::BeyondHorizon, Rule::ClientDayFull, Rule::ClientLimit];
/// Rules about a line, whoever does it.
pub(super) const LINE_RULES: [Rule; 5] =
    [Rule::NotOnGrid, Rule::OutsideOpeningHours, Rule::LocationClosed, Rule::ServiceDayFull, Rule::FirstVisitOnly];
/// Rules about a line and who does it.
pub(super) const STAFF_RULES: [Rule; 7] = [
    Rule::NotOnGrid,
    Rule::StaffNotEmployed,
    Rule::OutsideWorkingHours,
    Rule::StaffTimeOff,
    Rule::StaffImportedBusy,
    Rule::StaffDayFull,
    Rule::StaffBusy,
];
/// Rules about a line and a unit that it uses.
pub(super) const UNIT_RULES: [Rule; 2] = [Rule::ResourceMaintenance, Rule::ResourceBusy];

/// Everything that an answer depends on.
#[derive(Clone, Copy)]
pub(super) struct Question<'a> {
    pub(super) visit: &'a Visit,
    pub(super) facts: &'a Facts,
    pub(super) policy: &'a Policy,
    pub(super) now: DateTime<Utc>,
}

/// A line that takes a certain time and begins a certain time after the visit's start; or a stretch of one.
#[derive(Clone, Copy)]
pub(super) struct Part<'a> {
    pub(super) index: usize,
    pub(super) line: &'a Line,
    pub(super) offset: Minute,
    pub(super) duration: Minute,
}

impl Part<'_> {
    /// The stretches in which it keeps the staff member, each with its buffers: the whole of it, or what lies before the
    /// processing time and what comes after.
    pub(super) fn attended(&self) -> impl Iterator<Item = (Self, (u16, u16))> {
        let (before, after) = (self.line.buffer_before, self.line.buffer_after);
        let split = self.line.processing.and_then(|processing| {
            let resumes = Minute::from(processing.after) + Minute::from(processing.minutes);
            let is_split = processing.after > 0 && processing.minutes > 0 && resumes < self.duration;
            is_split.then_some((Minute::from(processing.after), resumes))
        });
        let [first, second] = match split {
            None => [Some((*self, (before, after))), None],
            Some((pauses, resumes)) => {
                let (offset, duration) = (self.offset + resumes, self.duration - resumes);
                [
                    Some((Self { duration: pauses, ..*self }, (before, 0))),
                    Some((Self { offset, duration, ..*self }, (0, after))),
                ]
            }
        };
        first.into_iter().chain(second)
    }

    /// Adds the starts at which it would follow one of the spans at once, or be followed by one.
    fn touch(&self, taken: &Spans, grid: &mut Bits) {
        let (before, after) = (self.line.buffer_before, self.line.buffer_after);
        let (at_zero, reach) = (self.claim(0, before, after), self.reach(grid.window(), before, after));
        for span in taken.within(Span::new(reach.from - 1, reach.to + 1)) {
            grid.insert(span.to - at_zero.from);
            grid.insert(span.from - at_zero.to);
        }
    }

    /// Refuses the starts at which the staff member is kept while the spans keep them already.
    fn stay_off(&self, lane: &Spans, starts: &mut Bits) {
        for (stretch, buffers) in self.attended() {
            stretch.stay_outside(lane, buffers, starts);
        }
    }

    /// The minutes that it claims for a visit at `start`, widened on both sides.
    pub(super) fn claim(&self, start: Minute, before: u16, after: u16) -> Span {
        let from = start + self.offset;
        Span::new(from - Minute::from(before), from + self.duration + Minute::from(after))
    }

    /// The minutes in which a claim for any start of the window lies.
    fn reach(&self, window: Span, before: u16, after: u16) -> Span {
        Span::new(self.claim(window.from, before, after).from, self.claim(window.to, before, after).to)
    }

    /// Refuses the starts whose claim is not inside one of the spans.
    fn stay_inside(&self, spans: &Spans, (before, after): (u16, u16), starts: &mut Bits) {
        let window = starts.window();
        let at_zero = self.claim(0, before, after);
        let mut refused_from = window.from;
        for span in spans.within(self.reach(window, before, after)) {
            let (first, end) = (span.from - at_zero.from, span.to - at_zero.to + 1);
            if first < end {
                starts.clear(refused_from, first);
                refused_from = end;
            }
        }
        starts.clear(refused_from, window.to);
    }

    /// Refuses the starts whose claim shares a minute with one of the spans.
    pub(super) fn stay_outside(&self, spans: &Spans, (before, after): (u16, u16), starts: &mut Bits) {
        let at_zero = self.claim(0, before, after);
        for span in spans.within(self.reach(starts.window(), before, after)) {
            starts.clear(span.from - at_zero.to + 1, span.to - at_zero.from);
        }
    }
}

impl Question<'_> {
    /// Those of the rules that hold: not waived.
    pub(super) fn held(&self, rules: &'static [Rule]) -> impl Iterator<Item = Rule> + use<> {
        let waived = self.policy.waived;
        rules.iter().copied().filter(move |rule| !waived.contains(*rule))
    }

    /// Whether the first line's staff member, and not the clock alone, says what is on the grid.
    fn is_by_staff(&self) -> bool {
        let is_done = self.visit.lines.first().is_some_and(|line| line.staff != StaffChoice::Nobody);
        is_done && (self.policy.grid == Grid::ShiftStart || self.policy.tight)
    }

    /// The buffers that have to lie inside working time.
    fn bound_buffers(&self, line: &Line) -> (u16, u16) {
        if self.policy.buffer_overhang { (0, 0) } else { (line.buffer_before, line.buffer_after) }
    }

    pub(super) fn refuse_visit(&self, rule: Rule, starts: &mut Bits) {
        let window = starts.window();
        match rule {
            Rule::NotOnGrid if self.policy.grid == Grid::Midnight && !self.is_by_staff() => {
                starts.keep(&self.midnight_grid(window));
            }
            Rule::TooSoon => starts.clear(window.from, ceil(self.now) + Minute::from(self.policy.notice_minutes)),
            Rule::BeyondHorizon => {
                let last = self.policy.last_date(local_date(self.facts.zone(), self.now));
                starts.clear(self.facts.calendar.end_of(last), window.to);
                if let Some(first) = self.policy.first_date {
                    starts.clear(window.from, self.facts.calendar.start_of(first));
                }
            }
            Rule::ClientDayFull => self.facts.load.refuse_client_day(&self.facts.calendar, starts),
            Rule::ClientLimit => self.facts.load.refuse_active(self.now, starts),
            _ => {}
        }
    }

    pub(super) fn refuse_line(&self, rule: Rule, part: &Part<'_>, starts: &mut Bits) {
        let facts = self.facts;
        match rule {
            Rule::NotOnGrid if part.index == 0 && self.policy.grid == Grid::ShiftStart && !self.is_by_staff() => {
                let window = starts.window();
                starts.keep(&self.anchored_grid(facts.opening.within(window).iter().copied(), window));
            }
            Rule::OutsideOpeningHours => part.stay_inside(&facts.opening, self.bound_buffers(part.line), starts),
            Rule::LocationClosed => part.stay_outside(&facts.closures, self.bound_buffers(part.line), starts),
            Rule::ServiceDayFull => {
                let service = part.line.service;
                let times = self.visit.lines.iter().filter(|line| line.service == service).count();
                facts.load.refuse_service(service, times, &facts.calendar, starts);
            }
            Rule::FirstVisitOnly => facts.load.refuse_known_client(part.line.service, starts),
            _ => {}
        }
    }

    /// `lane` is the one that the part is to be done on; none: any of them.
    pub(super) fn refuse_staff(
        &self,
        rule: Rule,
        part: &Part<'_>,
        staff: &StaffFacts,
        lane: Option<usize>,
        starts: &mut Bits,
    ) {
        match rule {
            Rule::NotOnGrid if part.index == 0 && self.is_by_staff() => {
                // The window cuts intervals, and a cut interval has lost its anchor: whole spans are intersected.
                let window = starts.window();
                let mut grid = match self.policy.grid {
                    Grid::Midnight => self.midnight_grid(window),
                    Grid::ShiftStart => {
                        self.anchored_grid(staff.shifts.intersections(&self.facts.opening, window), window)
                    }
                };
                if self.policy.tight {
                    staff.lanes.iter().for_each(|lane| part.touch(lane, &mut grid));
                }
                starts.keep(&grid);
            }
            Rule::StaffNotEmployed => {
                let window = starts.window();
                starts.clear(window.from, staff.employed.from - part.offset);
                starts.clear(staff.employed.to - part.offset, window.to);
            }
            Rule::OutsideWorkingHours => part.stay_inside(&staff.shifts, self.bound_buffers(part.line), starts),
            Rule::StaffTimeOff => part.stay_outside(&staff.time_off, self.bound_buffers(part.line), starts),
            Rule::StaffImportedBusy => part.stay_outside(&staff.imported, self.bound_buffers(part.line), starts),
            Rule::StaffDayFull => {
                self.facts.load.refuse_staff(staff.staff.id, part.duration, &self.facts.calendar, starts);
            }
            Rule::StaffBusy if self.visit.without.contains(&staff.staff.id) => starts.clear_all(),
            Rule::StaffBusy => {
                let lanes = lane.map_or(staff.lanes.as_slice(), |lane| &staff.lanes[lane..=lane]);
                if let [lane] = lanes {
                    return part.stay_off(lane, starts);
                }
                let open = starts.clone();
                let mut on_lane = starts.clone();
                starts.clear_all();
                for lane in lanes {
                    on_lane.copy_from(&open);
                    part.stay_off(lane, &mut on_lane);
                    starts.unite(&on_lane);
                }
            }
            _ => {}
        }
    }

    pub(super) fn refuse_unit(
        &self,
        rule: Rule,
        part: &Part<'_>,
        tidy: (u16, u16),
        unit: &UnitFacts,
        starts: &mut Bits,
    ) {
        match rule {
            Rule::ResourceMaintenance => part.stay_outside(&unit.maintenance, tidy, starts),
            Rule::ResourceBusy if self.visit.without.contains(&unit.unit.id) => starts.clear_all(),
            Rule::ResourceBusy => part.stay_outside(&unit.busy, tidy, starts),
            _ => {}
        }
    }

    fn midnight_grid(&self, window: Span) -> Bits {
        let mut grid = Bits::empty(window);
        self.facts.calendar.midnight_grid(self.policy.step.max(1), window, |start| grid.insert(start));
        grid
    }

    fn anchored_grid(&self, intervals: impl Iterator<Item = Span>, window: Span) -> Bits {
        let mut grid = Bits::empty(window);
        for interval in intervals {
            self.facts.calendar.anchored_grid(self.policy.step.max(1), interval, |start| grid.insert(start));
        }
        grid
    }
}
