//! From rules to answers: which starts leave every line of the visit with someone to do it and enough units. Lines are
//! independent once their offset is known, since a visit never collides with itself (see [`super::Placement`]); the
//! offset depends on who does the lines before, so the search runs from the last line back over the offsets that can
//! occur.

use smallvec::SmallVec;
use uuid::Uuid;

use super::bits::Bits;
use super::facts::{StaffFacts, UnitFacts};
use super::rules::{LINE_RULES, Part, Question, STAFF_RULES, UNIT_RULES, VISIT_RULES};
use super::spans::{Minute, Span};
use super::violation::Rule;
use super::visit::{Line, StaffChoice, Target};

/// Who can do a line, and how long they take.
#[derive(Clone, Copy)]
pub(super) struct Performer<'a> {
    /// None: nobody is needed.
    pub(super) staff: Option<&'a StaffFacts>,
    pub(super) duration: Minute,
}

/// The units that a line needs of one type, or the one unit named.
pub(super) struct Need<'a> {
    target: Target,
    pub(super) count: usize,
    capacity: u16,
    pub(super) tidy: (u16, u16),
    /// In the order in which they are taken.
    pub(super) units: SmallVec<[&'a UnitFacts; 4]>,
}

/// A line with what can serve it.
pub(super) struct PlanLine<'a> {
    pub(super) line: &'a Line,
    /// By duration, then id: lines of one duration are looked at together.
    pub(super) performers: SmallVec<[Performer<'a>; 8]>,
    /// Why others who were asked for are not among them.
    pub(super) unfit: SmallVec<[(Rule, Option<Uuid>); 2]>,
    pub(super) needs: SmallVec<[Need<'a>; 2]>,
}

/// The visit, resolved against the facts: what does not depend on the start.
pub(super) struct Plan<'a> {
    pub(super) question: Question<'a>,
    pub(super) lines: SmallVec<[PlanLine<'a>; 2]>,
}

impl<'a> Plan<'a> {
    pub(super) fn new(question: Question<'a>) -> Self {
        Self { question, lines: question.visit.lines.iter().map(|line| PlanLine::new(line, &question)).collect() }
    }

    /// Whether the facts reach as far as the visit does, and the visit is one at all.
    pub(super) fn is_covered(&self) -> bool {
        let reach = self.question.facts.calendar.reach();
        let mut offset = 0;
        let fits = self.lines.iter().all(|plan| {
            let tidy = |side: fn((u16, u16)) -> u16| plan.needs.iter().map(|need| side(need.tidy)).max().unwrap_or(0);
            let before = Minute::from(plan.line.buffer_before.max(tidy(|(setup, _)| setup)));
            let after = Minute::from(plan.line.buffer_after.max(tidy(|(_, cleanup)| cleanup)));
            let longest = plan.performers.last().map_or(Minute::from(plan.line.duration), |last| last.duration);
            let shortest = plan.performers.first().map_or(longest, |first| first.duration);
            let fits = shortest > 0 && before - offset <= reach && offset + longest + after <= reach;
            offset += longest;
            fits
        });
        fits && !self.lines.is_empty()
    }

    pub(super) fn part(&self, index: usize, offset: Minute, duration: Minute) -> Part<'a> {
        Part { index, line: self.lines[index].line, offset, duration }
    }
}

impl<'a> PlanLine<'a> {
    fn new(line: &'a Line, question: &Question<'a>) -> Self {
        let mut plan = Self { line, performers: SmallVec::new(), unfit: SmallVec::new(), needs: SmallVec::new() };
        plan.find_performers(question);
        plan.find_units(question);
        plan
    }

    fn find_performers(&mut self, question: &Question<'a>) {
        let line = self.line;
        match &line.staff {
            StaffChoice::Nobody => {
                self.performers.push(Performer { staff: None, duration: line.duration.into() });
            }
            StaffChoice::Chosen(id) => self.ask(question, *id),
            StaffChoice::AnyOf(ids) => {
                let mut ids = ids.clone();
                ids.sort_unstable();
                ids.dedup();
                ids.iter().for_each(|id| self.ask(question, *id));
            }
            StaffChoice::Any => {
                self.performers.extend(question.facts.staff.iter().filter_map(|staff| performer(line, staff)));
            }
        }
        if self.performers.is_empty() && self.unfit.is_empty() {
            self.unfit.push((Rule::StaffNotQualified, None));
        }
        self.performers.sort_by_key(|performer| performer.duration);
    }

    fn ask(&mut self, question: &Question<'a>, id: Uuid) {
        let Some(staff) = question.facts.staff(id) else { return self.unfit.push((Rule::StaffNotEmployed, Some(id))) };
        match performer(self.line, staff) {
            Some(performer) => self.performers.push(performer),
            None => self.unfit.push((Rule::StaffNotQualified, Some(id))),
        }
    }

    fn find_units(&mut self, question: &Question<'a>) {
        for wanted in &self.line.requirements {
            let count = match wanted.target {
                Target::Type(_) => usize::from(wanted.units),
                Target::Unit(_) => 1,
            };
            if count == 0 {
                continue;
            }
            match self.needs.iter_mut().find(|need| need.target == wanted.target) {
                Some(need) => {
                    need.count = if matches!(need.target, Target::Unit(_)) { 1 } else { need.count + count };
                    need.capacity = need.capacity.max(wanted.capacity);
                    need.tidy = (need.tidy.0.max(wanted.setup), need.tidy.1.max(wanted.cleanup));
                }
                None => self.needs.push(Need {
                    target: wanted.target,
                    count,
                    capacity: wanted.capacity,
                    tidy: (wanted.setup, wanted.cleanup),
                    units: SmallVec::new(),
                }),
            }
        }
        let named: SmallVec<[Target; 4]> = self.needs.iter().map(|need| need.target).collect();
        for need in &mut self.needs {
            let fits = |facts: &&UnitFacts| match need.target {
                Target::Unit(id) => facts.unit.id == id,
                Target::Type(kind) => {
                    facts.unit.kind == kind
                        && facts.unit.capacity >= need.capacity
                        && !named.contains(&Target::Unit(facts.unit.id))
                }
            };
            need.units = question.facts.units.iter().filter(fits).collect();
        }
    }
}

/// The staff member as a performer of the line, if they have the skill.
fn performer<'a>(line: &Line, staff: &'a StaffFacts) -> Option<Performer<'a>> {
    let skill = staff.staff.skills.iter().find(|skill| skill.service == line.service)?;
    Some(Performer { staff: Some(staff), duration: skill.duration.unwrap_or(line.duration).into() })
}

impl Need<'_> {
    /// The unit or type asked for.
    pub(super) const fn subject(&self) -> Uuid {
        match self.target {
            Target::Type(id) | Target::Unit(id) => id,
        }
    }

    /// Keeps the starts at which enough units are free.
    fn keep(&self, question: &Question<'_>, part: &Part<'_>, starts: &mut Bits) {
        if self.units.len() < self.count {
            return starts.clear_all();
        }
        // at_least[n]: the starts at which more than n of the units seen so far are free.
        let mut at_least: SmallVec<[Bits; 1]> = SmallVec::from_elem(Bits::empty(starts.window()), self.count);
        let mut free = starts.clone();
        for unit in &self.units {
            free.copy_from(starts);
            self.keep_free(question, part, unit, &mut free);
            for level in (1..self.count).rev() {
                let (lower, upper) = at_least.split_at_mut(level);
                upper[0].unite_both(&lower[level - 1], &free);
            }
            at_least[0].unite(&free);
        }
        starts.keep(&at_least[self.count - 1]);
    }

    /// Keeps the starts at which this unit is free.
    pub(super) fn keep_free(&self, question: &Question<'_>, part: &Part<'_>, unit: &UnitFacts, starts: &mut Bits) {
        for rule in question.held(&UNIT_RULES) {
            question.refuse_unit(rule, part, self.tidy, unit, starts);
        }
    }
}

/// One pass over one window of starts.
pub(super) struct Search<'s, 'a> {
    plan: &'s Plan<'a>,
    /// The starts that the rules about the visit leave open.
    base: Bits,
    /// Answers of [`Search::feasible`]: different ways to one offset ask again.
    known: SmallVec<[(usize, Minute, Bits); 2]>,
}

impl<'s, 'a> Search<'s, 'a> {
    pub(super) fn new(plan: &'s Plan<'a>, window: Span) -> Self {
        let mut base = Bits::full(window);
        for rule in plan.question.held(&VISIT_RULES) {
            plan.question.refuse_visit(rule, &mut base);
        }
        Self { plan, base, known: SmallVec::new() }
    }

    /// The starts at which the lines from `index` on can all be served when the first of them begins `offset` after the
    /// start.
    pub(super) fn feasible(&mut self, index: usize, offset: Minute) -> Bits {
        if let Some((_, _, known)) = self.known.iter().find(|(line, at, _)| (*line, *at) == (index, offset)) {
            return known.clone();
        }
        let mut found = Bits::empty(self.base.window());
        self.each_performer(index, offset, |_, starts| found.unite(starts));
        self.known.push((index, offset, found.clone()));
        found
    }

    /// Shows, for everyone who can do the line, the starts at which they can and the later lines can be served as well.
    pub(super) fn each_performer(&mut self, index: usize, offset: Minute, mut show: impl FnMut(&Performer<'a>, &Bits)) {
        let plan = self.plan;
        let mut scratch = Bits::empty(self.base.window());
        let mut performers = plan.lines[index].performers.as_slice();
        while let Some(first) = performers.first() {
            let alike = performers.partition_point(|performer| performer.duration == first.duration);
            let part = plan.part(index, offset, first.duration);
            let open = self.open(&part);
            for performer in &performers[..alike] {
                scratch.copy_from(&open);
                if let Some(staff) = performer.staff {
                    for rule in plan.question.held(&STAFF_RULES) {
                        plan.question.refuse_staff(rule, &part, staff, &mut scratch);
                    }
                }
                show(performer, &scratch);
            }
            performers = &performers[alike..];
        }
    }

    /// The starts that remain before anyone is chosen for the line: hours, units, and the lines after it.
    fn open(&mut self, part: &Part<'a>) -> Bits {
        let plan = self.plan;
        let mut starts = self.base.clone();
        for rule in plan.question.held(&LINE_RULES) {
            plan.question.refuse_line(rule, part, &mut starts);
        }
        for need in &plan.lines[part.index].needs {
            need.keep(&plan.question, part, &mut starts);
        }
        if part.index + 1 < plan.lines.len() && !starts.is_empty() {
            let rest = self.feasible(part.index + 1, part.offset + part.duration);
            starts.keep(&rest);
        }
        starts
    }
}
