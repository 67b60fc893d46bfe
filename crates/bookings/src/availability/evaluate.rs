//! One start: where it lands, or every rule that it breaks.

use chrono::{DateTime, Utc};
use smallvec::SmallVec;
use std::ops::Range;
use uuid::Uuid;

use super::bits::Bits;
use super::choose::{Chosen, choose, place};
use super::facts::Facts;
use super::placement::{PlacedLine, Placement, settle};
use super::plan::{Doer, Performer, Plan};
use super::policy::Policy;
use super::rules::{LINE_RULES, Part, Question, STAFF_RULES, UNIT_RULES, VISIT_RULES};
use super::search::Search;
use super::spans::{Minute, Span, ceil, floor};
use super::units::units_of;
use super::violation::{Rule, Violation};
use super::visit::Candidate;

/// Decides one candidate: who does each line, on which lane, with which units; or the violated rules, each once, in
/// order of lines. It is the same search as [`super::slots`] makes, over a window of one minute.
///
/// Whoever fits a line is taken thus: the client's usual staff member; fewest booked minutes on the local day
/// (occupied, over all lanes); the least fragmented day (fewest free pieces left of the gap, then fewest free minutes
/// in them); the first by id. A line that nobody can serve reports what everyone who was asked for violates; the lines
/// after it are looked at as if the first of them had done it. Lines of one step that could be served each for itself but
/// not together report, for the first that is left over, those who could have done it, or that units are lacking.
pub fn evaluate(
    candidate: Candidate<'_>,
    facts: &Facts,
    policy: &Policy,
    now: DateTime<Utc>,
) -> Result<Placement, Vec<Violation>> {
    let Candidate { start, visit } = candidate;
    let plan = Plan::new(Question { visit, facts, policy, now });
    let minute = floor(start);
    let day = facts.calendar.day_of(minute).filter(|day| facts.dates().contains(day.date) && plan.is_covered());
    let Some(day) = day else { return Err(vec![Violation { rule: Rule::NotCovered, line: None, subject: None }]) };
    let window = Span::new(minute, minute + 1);
    if ceil(start) != minute {
        // Nothing starts between two minutes, whatever is waived: the rows hold whole minutes.
        return Err(violations(&plan, window, &[Rule::NotOnGrid]));
    }
    let Some(chosen) = choose_all(&plan, window, day.span) else { return Err(violations(&plan, window, &[])) };
    let overridden = if policy.waived.is_empty() { Vec::new() } else { overridden(&plan, &chosen, window) };
    let mut lines = placed(&plan, &chosen, window);
    settle(&mut lines);
    let end = lines.iter().map(|line| line.range.to).max().unwrap_or(start);
    Ok(Placement { range: kernel::time::TimeRange::new(start, end), date: day.date, lines, overridden })
}

type Choices<'a> = SmallVec<[(Part<'a>, Chosen<'a>); 2]>;

/// Someone for every line, or none when the search finds the start refused.
fn choose_all<'a>(plan: &Plan<'a>, window: Span, day: Span) -> Option<Choices<'a>> {
    let mut search = Search::new(plan, window);
    let mut choices: Choices<'a> = SmallVec::new();
    let mut offset = 0;
    for step in plan.question.visit.steps() {
        let mut given: SmallVec<[Doer<'a>; 2]> = SmallVec::new();
        for index in step.clone() {
            let mut able: SmallVec<[Doer<'a>; 8]> = SmallVec::new();
            search.each_doer(&step, offset, &given, |doer, starts| {
                // Lanes of one person follow one another: the first that will do is taken.
                let is_known = able.last().is_some_and(|last| last.performer.id() == doer.performer.id());
                if !starts.is_empty() && !is_known {
                    able.push(*doer);
                }
            });
            let chosen = choose(plan, index, offset, &able, window, day)?;
            given.push(chosen.doer);
            choices.push((plan.part(index, offset, chosen.doer.performer.duration), chosen));
        }
        offset += given.iter().map(|doer| doer.performer.duration).max().unwrap_or(0);
    }
    Some(choices)
}

/// The lines with concrete lanes and units.
fn placed(plan: &Plan<'_>, choices: &Choices<'_>, window: Span) -> SmallVec<[PlacedLine; 2]> {
    let mut lines = SmallVec::new();
    for step in plan.question.visit.steps() {
        let parts = &choices[step.clone()];
        let lasting: SmallVec<[Minute; 2]> = parts.iter().map(|(part, _)| part.duration).collect();
        let offset = parts.first().map_or(0, |(part, _)| part.offset);
        let units = units_of(plan, &step, offset, &lasting, window);
        lines.extend(parts.iter().zip(units).map(|((part, chosen), units)| PlacedLine {
            range: part.claim(window.from, 0, 0).range(),
            staff: place(part, chosen, window),
            units,
        }));
    }
    lines
}

/// Collects broken rules by applying each to a mask of its own.
struct Breaches<'p, 'a> {
    plan: &'p Plan<'a>,
    window: Span,
    found: Vec<Violation>,
}

impl<'p, 'a> Breaches<'p, 'a> {
    const fn new(plan: &'p Plan<'a>, window: Span) -> Self {
        Self { plan, window, found: Vec::new() }
    }

    fn add(&mut self, rule: Rule, line: Option<usize>, subject: Option<Uuid>) {
        let violation = Violation { rule, line, subject };
        if !self.found.contains(&violation) {
            self.found.push(violation);
        }
    }

    /// Whether the rule refuses the window's start.
    fn is_broken(&self, refuse: impl FnOnce(&Question<'a>, &mut Bits)) -> bool {
        let mut starts = Bits::full(self.window);
        refuse(&self.plan.question, &mut starts);
        starts.is_empty()
    }

    /// Everything that keeps this performer from doing the part.
    fn performer(&mut self, part: &Part<'a>, performer: &Performer<'a>) {
        let question = &self.plan.question;
        self.line(part, question.held(&LINE_RULES));
        self.staff(part, performer, question.held(&STAFF_RULES));
        self.units(part);
    }

    fn visit(&mut self, rules: impl Iterator<Item = Rule>) {
        for rule in rules {
            if self.is_broken(|question, starts| question.refuse_visit(rule, starts)) {
                self.add(rule, None, None);
            }
        }
    }

    fn line(&mut self, part: &Part<'a>, rules: impl Iterator<Item = Rule>) {
        for rule in rules {
            if self.is_broken(|question, starts| question.refuse_line(rule, part, starts)) {
                self.add(rule, Some(part.index), None);
            }
        }
    }

    fn staff(&mut self, part: &Part<'a>, performer: &Performer<'a>, rules: impl Iterator<Item = Rule>) {
        let Some(staff) = performer.staff else { return };
        for rule in rules {
            if self.is_broken(|question, starts| question.refuse_staff(rule, part, staff, None, starts)) {
                self.add(rule, Some(part.index), Some(staff.staff.id));
            }
        }
    }

    /// What is wrong with the lines of a step, each for itself and all together; answers how long the step takes.
    fn step(&mut self, step: &Range<usize>, offset: Minute) -> Minute {
        let mut longest = 0;
        let mut all_able = true;
        for index in step.clone() {
            let (duration, is_able) = self.alone(index, offset);
            longest = longest.max(duration);
            all_able &= is_able;
        }
        if step.len() == 1 || !all_able {
            return longest;
        }
        if let Some(duration) = Search::of_steps(self.plan, self.window, true).first_course(step, offset) {
            return duration;
        }
        let is_served = |with_units: bool, step: &Range<usize>| {
            Search::of_steps(self.plan, self.window, with_units).first_course(step, offset).is_some()
        };
        let left_over = step.clone().find(|index| !is_served(true, &(step.start..index + 1)));
        if let Some(index) = left_over {
            if is_served(false, &(step.start..index + 1)) {
                self.add(Rule::ResourceBusy, Some(index), None);
            } else {
                for performer in &self.plan.lines[index].performers {
                    if self.of_performer(index, offset, performer).is_empty() {
                        self.add(Rule::StaffBusy, Some(index), performer.id());
                    }
                }
            }
        }
        longest
    }

    /// What is wrong with a line for itself: how long it takes the first who can do it, and whether someone can. When
    /// someone can, what the others cannot is no reason.
    fn alone(&mut self, index: usize, offset: Minute) -> (Minute, bool) {
        let line = &self.plan.lines[index];
        let mut broken: Vec<Violation> = Vec::new();
        let able = line.performers.iter().find(|performer| {
            let own = self.of_performer(index, offset, performer);
            broken.extend(&own);
            own.is_empty()
        });
        let done_by = able.or(line.performers.first());
        let duration = done_by.map_or(line.usual_duration(), |performer| performer.duration);
        if able.is_none() {
            for broken in &broken {
                self.add(broken.rule, broken.line, broken.subject);
            }
            line.unfit.iter().for_each(|(rule, subject)| self.add(*rule, Some(index), *subject));
            if done_by.is_none() {
                let nobody = self.of_performer(index, offset, &Performer { staff: None, duration });
                for broken in &nobody {
                    self.add(broken.rule, broken.line, broken.subject);
                }
            }
        }
        (duration, able.is_some())
    }

    /// Everything that keeps this performer from doing the line.
    fn of_performer(&self, index: usize, offset: Minute, performer: &Performer<'a>) -> Vec<Violation> {
        let mut own = Breaches::new(self.plan, self.window);
        own.performer(&self.plan.part(index, offset, performer.duration), performer);
        own.found
    }

    /// A need that too few units can meet: why each of the others cannot.
    fn units(&mut self, part: &Part<'a>) {
        let plan = self.plan;
        for need in &plan.lines[part.index].needs {
            if need.units.len() < need.count {
                self.add(Rule::NoResource, Some(part.index), Some(need.subject()));
                continue;
            }
            let broken: Vec<(Rule, Uuid)> = (need.units.iter())
                .flat_map(|unit| plan.question.held(&UNIT_RULES).map(move |rule| (unit, rule)))
                .filter(|(unit, rule)| {
                    self.is_broken(|question, starts| question.refuse_unit(*rule, part, need.tidy, unit, starts))
                })
                .map(|(unit, rule)| (rule, unit.unit.id))
                .collect();
            let free = need.units.iter().filter(|unit| broken.iter().all(|(_, id)| *id != unit.unit.id)).count();
            if free < need.count {
                for (rule, id) in broken {
                    self.add(rule, Some(part.index), Some(id));
                }
            }
        }
    }
}

/// Every rule that refuses the start.
fn violations(plan: &Plan<'_>, window: Span, already: &[Rule]) -> Vec<Violation> {
    let mut breaches = Breaches::new(plan, window);
    for rule in already {
        breaches.add(*rule, None, None);
    }
    breaches.visit(plan.question.held(&VISIT_RULES));
    let mut offset = 0;
    for step in plan.question.visit.steps() {
        offset += breaches.step(&step, offset);
    }
    breaches.found
}

/// What the chosen placement breaks of the rules that were waived.
fn overridden<'a>(plan: &Plan<'a>, choices: &Choices<'a>, window: Span) -> Vec<Violation> {
    let waived =
        |rules: &'static [Rule]| rules.iter().copied().filter(|rule| plan.question.policy.waived.contains(*rule));
    let mut breaches = Breaches::new(plan, window);
    breaches.visit(waived(&VISIT_RULES));
    for (part, chosen) in choices {
        breaches.line(part, waived(&LINE_RULES));
        breaches.staff(part, &chosen.doer.performer, waived(&STAFF_RULES));
    }
    breaches.found
}
