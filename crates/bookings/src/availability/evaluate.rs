//! One start: where it lands, or every rule that it breaks.

use chrono::{DateTime, Utc};
use smallvec::SmallVec;
use uuid::Uuid;

use super::bits::Bits;
use super::choose::{Chosen, choose, place};
use super::facts::Facts;
use super::placement::{PlacedLine, Placement, settle};
use super::policy::Policy;
use super::rules::{LINE_RULES, Part, Question, STAFF_RULES, UNIT_RULES, VISIT_RULES};
use super::search::{Performer, Plan, Search};
use super::spans::{Span, ceil, floor};
use super::violation::{Rule, Violation};
use super::visit::Candidate;

/// Decides one candidate: who does each line, on which lane, with which units; or the violated rules, each once, in
/// order of lines. It is the same search as [`super::slots`] makes, over a window of one minute.
///
/// Whoever fits a line is taken thus: the client's usual staff member; fewest booked minutes on the local day
/// (occupied, over all lanes); the least fragmented day (fewest free pieces left of the gap, then fewest free minutes
/// in them); the first by id. A line that nobody can serve reports what everyone who was asked for violates; the lines
/// after it are looked at as if the first of them had done it.
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
    let mut lines: SmallVec<[PlacedLine; 2]> = SmallVec::new();
    for (part, chosen) in &chosen {
        lines.push(place(&plan, part, chosen, window));
    }
    let overridden = if policy.waived.is_empty() { Vec::new() } else { overridden(&plan, &chosen, window) };
    settle(&mut lines);
    let end = lines.last().map_or(start, |line| line.range.to);
    Ok(Placement { range: kernel::time::TimeRange::new(start, end), date: day.date, lines, overridden })
}

type Choices<'a> = SmallVec<[(Part<'a>, Chosen<'a>); 2]>;

/// Someone for every line, or none when the search finds the start refused.
fn choose_all<'a>(plan: &Plan<'a>, window: Span, day: Span) -> Option<Choices<'a>> {
    let mut search = Search::new(plan, window);
    let mut choices = SmallVec::new();
    let mut offset = 0;
    for index in 0..plan.lines.len() {
        let mut able: SmallVec<[Performer<'a>; 8]> = SmallVec::new();
        search.each_performer(index, offset, |performer, starts| {
            if !starts.is_empty() {
                able.push(*performer);
            }
        });
        let chosen = choose(plan, index, offset, &able, window, day)?;
        let part = plan.part(index, offset, chosen.performer.duration);
        offset += part.duration;
        choices.push((part, chosen));
    }
    Some(choices)
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
            if self.is_broken(|question, starts| question.refuse_staff(rule, part, staff, starts)) {
                self.add(rule, Some(part.index), Some(staff.staff.id));
            }
        }
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
    for (index, line) in plan.lines.iter().enumerate() {
        let mut of_line = Breaches::new(plan, window);
        let able = line.performers.iter().find(|performer| {
            let mut own = Breaches::new(plan, window);
            own.performer(&plan.part(index, offset, performer.duration), performer);
            own.found.iter().for_each(|broken| of_line.add(broken.rule, broken.line, broken.subject));
            own.found.is_empty()
        });
        let done_by = able.or(line.performers.first());
        let duration = done_by.map_or(line.line.duration.into(), |performer| performer.duration);
        // When someone can, what the others cannot is no reason.
        if able.is_none() {
            line.unfit.iter().for_each(|(rule, subject)| of_line.add(*rule, Some(index), *subject));
            if done_by.is_none() {
                of_line.performer(&plan.part(index, offset, duration), &Performer { staff: None, duration });
            }
            breaches.found.append(&mut of_line.found);
        }
        offset += duration;
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
        breaches.staff(part, &chosen.performer, waived(&STAFF_RULES));
    }
    breaches.found
}
