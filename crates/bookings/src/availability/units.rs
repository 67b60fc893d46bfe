//! Units for the lines of a step: enough of each type, the smallest sufficient ones first, none for two lines at once.

use smallvec::SmallVec;
use std::ops::Range;
use uuid::Uuid;

use super::bits::Bits;
use super::facts::UnitFacts;
use super::matching::Matching;
use super::placement::PlacedUnit;
use super::plan::{Need, Plan};
use super::rules::{Part, Question, UNIT_RULES};
use super::spans::{Minute, Span};
use super::visit::Target;

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
    fn keep_free(&self, question: &Question<'_>, part: &Part<'_>, unit: &UnitFacts, starts: &mut Bits) {
        for rule in question.held(&UNIT_RULES) {
            question.refuse_unit(rule, part, self.tidy, unit, starts);
        }
    }
}

/// Keeps the starts at which there are units for every line of the step, given how long each lasts.
pub(super) fn keep_units(plan: &Plan<'_>, step: &Range<usize>, offset: Minute, lasting: &[Minute], starts: &mut Bits) {
    let wishes = wishes(plan, step, offset, lasting);
    // Needs of one line never compete: those of one type are one need, and what is named is no unit of a type.
    if step.len() == 1 {
        return wishes.iter().for_each(|wish| wish.need.keep(&plan.question, &wish.part, starts));
    }
    let named = named(&wishes);
    if named.iter().enumerate().any(|(at, id)| named[..at].contains(id)) {
        return starts.clear_all();
    }
    for wish in wishes.iter().filter(|wish| wish.kind().is_none()) {
        wish.need.keep(&plan.question, &wish.part, starts);
    }
    for kind in kinds(&wishes) {
        sharing(plan, &wishes, kind, &named, starts).keep(&[], starts);
    }
}

/// The units of each line of the step at the window's start, where there are enough: line by line and need by need the
/// smallest that leave enough for the rest.
pub(super) fn units_of(
    plan: &Plan<'_>,
    step: &Range<usize>,
    offset: Minute,
    lasting: &[Minute],
    window: Span,
) -> SmallVec<[SmallVec<[PlacedUnit; 2]>; 2]> {
    let wishes = wishes(plan, step, offset, lasting);
    let (named, open) = (named(&wishes), Bits::full(window));
    let mut shared: SmallVec<[(Uuid, Matching<Uuid>); 2]> =
        kinds(&wishes).into_iter().map(|kind| (kind, sharing(plan, &wishes, kind, &named, &open))).collect();
    let mut taken = named.clone();
    let mut placed: SmallVec<[SmallVec<[PlacedUnit; 2]>; 2]> = SmallVec::from_elem(SmallVec::new(), step.len());
    for (at, wish) in wishes.iter().enumerate() {
        let occupied = wish.part.claim(window.from, wish.need.tidy.0, wish.need.tidy.1).range();
        let units = &mut placed[wish.part.index - step.start];
        let Some(kind) = wish.kind() else {
            units.push(PlacedUnit { id: wish.need.subject(), occupied });
            continue;
        };
        let Some((_, sharing)) = shared.iter_mut().find(|(of, _)| *of == kind) else { continue };
        let among_its_kind = wishes[..at].iter().filter(|before| before.kind() == Some(kind)).count();
        let mut left = wish.need.count;
        for unit in &wish.need.units {
            let id = unit.unit.id;
            if left == 0 {
                break;
            }
            if taken.contains(&id) || !wish.is_free(plan, unit, window) {
                continue;
            }
            let (mut rest, mut starts) = (sharing.clone(), open.clone());
            rest.fulfil(among_its_kind);
            taken.push(id);
            rest.keep(&taken, &mut starts);
            if starts.is_empty() {
                taken.pop();
                continue;
            }
            *sharing = rest;
            left -= 1;
            units.push(PlacedUnit { id, occupied });
        }
    }
    placed
}

/// A need of a line that lasts a certain time.
struct Wish<'p, 'a> {
    part: Part<'a>,
    need: &'p Need<'a>,
}

impl Wish<'_, '_> {
    /// The type that any units of are wanted; none: a unit is named.
    const fn kind(&self) -> Option<Uuid> {
        match self.need.target {
            Target::Type(kind) => Some(kind),
            Target::Unit(_) => None,
        }
    }

    fn is_free(&self, plan: &Plan<'_>, unit: &UnitFacts, window: Span) -> bool {
        let mut starts = Bits::full(window);
        self.need.keep_free(&plan.question, &self.part, unit, &mut starts);
        !starts.is_empty()
    }
}

/// What the step's lines need, line by line.
fn wishes<'p, 'a>(
    plan: &'p Plan<'a>,
    step: &Range<usize>,
    offset: Minute,
    lasting: &[Minute],
) -> SmallVec<[Wish<'p, 'a>; 4]> {
    let lines = step.clone().zip(lasting);
    lines
        .flat_map(|(index, duration)| {
            let part = plan.part(index, offset, *duration);
            plan.lines[index].needs.iter().map(move |need| Wish { part, need })
        })
        .collect()
}

fn named(wishes: &[Wish<'_, '_>]) -> SmallVec<[Uuid; 4]> {
    wishes.iter().filter(|wish| wish.kind().is_none()).map(|wish| wish.need.subject()).collect()
}

/// The types that units are wanted of, each once.
fn kinds(wishes: &[Wish<'_, '_>]) -> SmallVec<[Uuid; 2]> {
    let mut kinds: SmallVec<[Uuid; 2]> = wishes.iter().filter_map(Wish::kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

/// Who of the step wants units of this type, and which could serve them.
fn sharing(plan: &Plan<'_>, wishes: &[Wish<'_, '_>], kind: Uuid, named: &[Uuid], open: &Bits) -> Matching<Uuid> {
    let mut matching = Matching::new();
    for wish in wishes.iter().filter(|wish| wish.kind() == Some(kind)) {
        let number = matching.wish(wish.need.count);
        for unit in wish.need.units.iter().filter(|unit| !named.contains(&unit.unit.id)) {
            let mut starts = open.clone();
            wish.need.keep_free(&plan.question, &wish.part, unit, &mut starts);
            if !starts.is_empty() {
                matching.offer(number, unit.unit.id, starts);
            }
        }
    }
    matching
}
