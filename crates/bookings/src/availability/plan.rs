//! The visit resolved against the facts: who can do each line and how long they take, which units could serve it. What
//! does not depend on the start is found once here.

use std::ops::Range;

use smallvec::SmallVec;
use uuid::Uuid;

use super::facts::{StaffFacts, UnitFacts};
use super::rules::{Part, Question};
use super::spans::Minute;
use super::violation::Rule;
use super::visit::{Line, MAX_TOGETHER, StaffChoice, Target};

/// In how many ways the lines of one step may last, at most: each is looked at by itself.
const MAX_COURSES: usize = 64;

/// Who can do a line, and how long they take.
#[derive(Clone, Copy)]
pub(super) struct Performer<'a> {
    /// None: nobody is needed.
    pub(super) staff: Option<&'a StaffFacts>,
    pub(super) duration: Minute,
}

impl Performer<'_> {
    pub(super) fn id(&self) -> Option<Uuid> {
        self.staff.map(|staff| staff.staff.id)
    }
}

/// Who does a line, and on which of their lanes.
#[derive(Clone, Copy)]
pub(super) struct Doer<'a> {
    pub(super) performer: Performer<'a>,
    pub(super) lane: usize,
}

impl Doer<'_> {
    /// Whether the person could do it on another lane as well.
    pub(super) fn has_more_lanes(&self) -> bool {
        self.performer.staff.is_some_and(|staff| staff.lanes.len() > 1)
    }

    /// What no two lines of a step may share.
    pub(super) fn place(&self) -> Option<(Uuid, usize)> {
        self.performer.id().map(|id| (id, self.lane))
    }
}

/// The units that a line needs of one type, or the one unit named.
pub(super) struct Need<'a> {
    pub(super) target: Target,
    pub(super) count: usize,
    capacity: u16,
    /// Minutes of set-up and clean-up.
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
        let fits = self.question.visit.steps().all(|step| {
            let lines = &self.lines[step];
            let courses: usize = lines.iter().map(|plan| plan.durations().len()).product();
            let fits = lines.len() <= MAX_TOGETHER
                && (lines.len() == 1 || courses <= MAX_COURSES)
                && lines.iter().all(|plan| plan.reaches(offset, reach));
            offset += lines.iter().map(PlanLine::longest).max().unwrap_or(0);
            fits
        });
        fits && !self.lines.is_empty()
    }

    /// The step that begins with this line.
    pub(super) fn step(&self, from: usize) -> Range<usize> {
        let more = self.lines[from + 1..].iter().take_while(|plan| plan.line.together).count();
        from..from + 1 + more
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
                self.performers.push(Performer { staff: None, duration: self.usual_duration() });
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

    /// Whether it ends within the reach when it begins this long after the visit's start.
    fn reaches(&self, offset: Minute, reach: Minute) -> bool {
        let tidy = |side: fn((u16, u16)) -> u16| self.needs.iter().map(|need| side(need.tidy)).max().unwrap_or(0);
        let before = Minute::from(self.line.buffer_before.max(tidy(|(setup, _)| setup)));
        let after = Minute::from(self.line.buffer_after.max(tidy(|(_, cleanup)| cleanup)));
        let shortest = self.performers.first().map_or(self.longest(), |first| first.duration);
        shortest > 0 && before - offset <= reach && offset + self.longest() + after <= reach
    }

    fn longest(&self) -> Minute {
        self.performers.last().map_or(self.usual_duration(), |last| last.duration)
    }

    /// Minutes that it takes somebody without a duration of their own.
    pub(super) fn usual_duration(&self) -> Minute {
        Minute::from(self.line.duration) + Minute::from(self.line.extra)
    }

    /// How long it may last, each once.
    pub(super) fn durations(&self) -> SmallVec<[Minute; 4]> {
        let mut durations: SmallVec<[Minute; 4]> = self.performers.iter().map(|who| who.duration).collect();
        durations.dedup();
        durations
    }

    /// Those who take this long.
    pub(super) fn taking(&self, duration: Minute) -> &[Performer<'a>] {
        let from = self.performers.partition_point(|who| who.duration < duration);
        let rest = &self.performers[from..];
        &rest[..rest.partition_point(|who| who.duration == duration)]
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
    let own = skill.duration.filter(|_| !line.is_fixed);
    let duration = Minute::from(own.unwrap_or(line.duration)) + Minute::from(line.extra);
    Some(Performer { staff: Some(staff), duration })
}
