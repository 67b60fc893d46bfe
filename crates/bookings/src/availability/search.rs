//! From rules to answers: which starts leave every line of the visit with someone to do it and enough units. Steps are
//! independent once their offset is known, since a visit never collides with itself (see [`super::Placement`]); the
//! offset depends on who does the lines before, so the search runs from the last step back over the offsets that can
//! occur. Lines of one step share people and units out by a [`Matching`], for every way in which they may last.

use std::ops::Range;

use smallvec::SmallVec;
use uuid::Uuid;

use super::bits::Bits;
use super::matching::Matching;
use super::plan::{Doer, Performer, Plan};
use super::rules::{LINE_RULES, Part, STAFF_RULES, VISIT_RULES};
use super::spans::{Minute, Span};
use super::units::keep_units;
use super::visit::StaffChoice;

/// One pass over one window of starts.
pub(super) struct Search<'s, 'a> {
    plan: &'s Plan<'a>,
    /// The starts that the rules about the visit leave open.
    base: Bits,
    /// Answers of [`Search::feasible`]: different ways to one offset ask again.
    known: SmallVec<[(usize, Minute, Bits); 2]>,
    /// Whether a step is looked at for itself, whatever comes after it.
    alone: bool,
    /// Whether units are looked at.
    with_units: bool,
}

impl<'s, 'a> Search<'s, 'a> {
    pub(super) fn new(plan: &'s Plan<'a>, window: Span) -> Self {
        let mut base = Bits::full(window);
        for rule in plan.question.held(&VISIT_RULES) {
            plan.question.refuse_visit(rule, &mut base);
        }
        Self { plan, base, known: SmallVec::new(), alone: false, with_units: true }
    }

    /// Looks at steps one by one, to tell which of them is the trouble.
    pub(super) fn of_steps(plan: &'s Plan<'a>, window: Span, with_units: bool) -> Self {
        Self { plan, base: Bits::full(window), known: SmallVec::new(), alone: true, with_units }
    }

    /// The starts at which the lines from `index` on can all be served when the first of them begins `offset` after the
    /// start.
    fn feasible(&mut self, index: usize, offset: Minute) -> Bits {
        if let Some((_, _, known)) = self.known.iter().find(|(line, at, _)| (*line, *at) == (index, offset)) {
            return known.clone();
        }
        let mut found = Bits::empty(self.base.window());
        let step = self.plan.step(index);
        self.each_doer(&step, offset, &[], |_, starts| found.unite(starts));
        self.known.push((index, offset, found.clone()));
        found
    }

    /// Takes the first who can, line by line: how long the step then takes. None: it cannot be served.
    pub(super) fn first_course(&mut self, step: &Range<usize>, offset: Minute) -> Option<Minute> {
        let mut doers: SmallVec<[Doer<'a>; 2]> = SmallVec::new();
        for _ in step.clone() {
            let mut first = None;
            self.each_doer(step, offset, &doers, |doer, starts| {
                if first.is_none() && !starts.is_empty() {
                    first = Some(*doer);
                }
            });
            doers.push(first?);
        }
        doers.iter().map(|doer| doer.performer.duration).max()
    }

    /// Shows, for everyone who can do the step's next line after the `given` ones, and each of their lanes, the starts at
    /// which they can and the rest of the step and of the visit can be served as well. By duration, person, lane.
    pub(super) fn each_doer(
        &mut self,
        step: &Range<usize>,
        offset: Minute,
        given: &[Doer<'a>],
        mut show: impl FnMut(&Doer<'a>, &Bits),
    ) {
        let plan = self.plan;
        let index = step.start + given.len();
        let mut lasting: SmallVec<[Minute; 4]> = given.iter().map(|doer| doer.performer.duration).collect();
        let taken: SmallVec<[(Uuid, usize); 4]> = given.iter().filter_map(Doer::place).collect();
        let mut scratch = Bits::empty(self.base.window());
        for duration in plan.lines[index].durations() {
            lasting.truncate(given.len());
            lasting.push(duration);
            let part = plan.part(index, offset, duration);
            let doers = doers_of(plan.lines[index].taking(duration))
                .filter(|doer| doer.place().is_none_or(|place| !taken.contains(&place)));
            if index + 1 == step.end {
                let open = self.open(step, offset, &lasting);
                for doer in doers {
                    scratch.copy_from(&open);
                    self.keep_staff(&part, &doer, &mut scratch);
                    show(&doer, &scratch);
                }
                continue;
            }
            let mut found: Vec<(Doer<'a>, Bits)> = doers.map(|doer| (doer, Bits::empty(self.base.window()))).collect();
            self.each_course(step, &mut lasting, &mut |search, lasting| {
                let open = search.open(step, offset, lasting);
                if open.is_empty() {
                    return;
                }
                let others = search.others(step, offset, index + 1, lasting, &open);
                for (doer, starts) in &mut found {
                    scratch.copy_from(&open);
                    search.keep_staff(&part, doer, &mut scratch);
                    let taken: SmallVec<[_; 4]> = taken.iter().copied().chain(doer.place()).collect();
                    others.keep(&taken, &mut scratch);
                    starts.unite(&scratch);
                }
            });
            for (doer, starts) in &found {
                show(doer, starts);
            }
        }
    }

    /// Calls for every way in which the lines of the step after those `lasting` may last.
    fn each_course(
        &mut self,
        step: &Range<usize>,
        lasting: &mut SmallVec<[Minute; 4]>,
        then: &mut impl FnMut(&mut Self, &[Minute]),
    ) {
        if lasting.len() == step.len() {
            return then(self, lasting);
        }
        for duration in self.plan.lines[step.start + lasting.len()].durations() {
            lasting.push(duration);
            self.each_course(step, lasting, then);
            lasting.pop();
        }
    }

    /// Who can do the step's lines from `from` on, as far as these starts go.
    fn others(
        &self,
        step: &Range<usize>,
        offset: Minute,
        from: usize,
        lasting: &[Minute],
        open: &Bits,
    ) -> Matching<(Uuid, usize)> {
        let mut matching = Matching::new();
        for (index, duration) in step.clone().zip(lasting).filter(|(index, _)| *index >= from) {
            if self.plan.lines[index].line.staff == StaffChoice::Nobody {
                continue;
            }
            let part = self.plan.part(index, offset, *duration);
            let wish = matching.wish(1);
            for doer in doers_of(self.plan.lines[index].taking(*duration)) {
                let mut starts = open.clone();
                self.keep_staff(&part, &doer, &mut starts);
                if let (Some(place), false) = (doer.place(), starts.is_empty()) {
                    matching.offer(wish, place, starts);
                }
            }
        }
        matching
    }

    /// The starts that remain before anyone is chosen for the step: hours, units, and the steps after it.
    fn open(&mut self, step: &Range<usize>, offset: Minute, lasting: &[Minute]) -> Bits {
        let plan = self.plan;
        let mut starts = self.base.clone();
        for (index, duration) in step.clone().zip(lasting) {
            let part = plan.part(index, offset, *duration);
            for rule in plan.question.held(&LINE_RULES) {
                plan.question.refuse_line(rule, &part, &mut starts);
            }
        }
        if self.with_units {
            keep_units(plan, step, offset, lasting, &mut starts);
        }
        if step.end < plan.lines.len() && !self.alone && !starts.is_empty() {
            let longest = lasting.iter().copied().max().unwrap_or(0);
            let rest = self.feasible(step.end, offset + longest);
            starts.keep(&rest);
        }
        starts
    }

    fn keep_staff(&self, part: &Part<'a>, doer: &Doer<'a>, starts: &mut Bits) {
        let question = &self.plan.question;
        if let Some(staff) = doer.performer.staff {
            for rule in question.held(&STAFF_RULES) {
                question.refuse_staff(rule, part, staff, Some(doer.lane), starts);
            }
        }
    }
}

/// The performers on each of their lanes.
fn doers_of<'p, 'a>(performers: &'p [Performer<'a>]) -> impl Iterator<Item = Doer<'a>> + use<'p, 'a> {
    performers.iter().flat_map(|performer| {
        let lanes = performer.staff.map_or(1, |staff| staff.lanes.len());
        (0..lanes).map(|lane| Doer { performer: *performer, lane })
    })
}
