//! What can only be said about an operation together with all fragments it spreads: its variables are declared, used, and
//! stand where their type may stand; and about the document: no fragment is left over.

use std::collections::{HashMap, HashSet};

use async_graphql::Name;
use async_graphql::parser::types::VariableDefinition;

use super::values::Place;
use super::walk::{AllFacts, Facts};
use super::{Complaints, Definitions};
use crate::syntax::quoted;

/// Checks what definitions use.
pub(super) fn check<'a>(definitions: &Definitions<'a>, facts: &AllFacts<'a>, complaints: &mut Complaints) {
    let names = definitions.fragments.iter().map(|(name, _)| *name);
    let fragments: HashMap<&Name, &Facts<'a>> = names.zip(&facts.fragments).collect();
    let mut spread = HashSet::new();
    for ((_, operation), own) in definitions.operations.iter().zip(&facts.operations) {
        let all = reachable(own, &fragments, &mut spread);
        let declared = operation.node.variable_definitions.iter();
        let declared: HashMap<&Name, (&VariableDefinition, String)> = declared
            .map(|variable| (&variable.node.name.node, (&variable.node, variable.node.var_type.node.to_string())))
            .collect();
        let mut used = HashSet::new();
        for (name, place, pos) in all.iter().flat_map(|facts| &facts.uses) {
            let Some((variable, kind)) = declared.get(name) else {
                complaints.add(*pos, || format!("Variable {} is not declared.", quoted(name)));
                continue;
            };
            used.insert(*name);
            if let Some(place) = place
                && !may_stand(variable, kind, place)
            {
                let message = || {
                    format!(
                        "Variable {} is {} and cannot stand where {} is expected.",
                        quoted(name),
                        quoted(kind),
                        quoted(place.kind)
                    )
                };
                complaints.add(*pos, message);
            }
        }
        for variable in &operation.node.variable_definitions {
            let name = &variable.node.name.node;
            if !used.contains(name) {
                complaints.add(variable.pos, || format!("Variable {} is never used.", quoted(name)));
            }
        }
    }
    for (name, fragment) in &definitions.fragments {
        if !spread.contains(name) {
            complaints.add(fragment.pos, || format!("Fragment {} is never used.", quoted(name)));
        }
    }
}

/// The facts of an operation and of all fragments below it; `spread` gets their names.
fn reachable<'f, 'a>(
    own: &'f Facts<'a>,
    fragments: &HashMap<&Name, &'f Facts<'a>>,
    spread: &mut HashSet<&'a Name>,
) -> Vec<&'f Facts<'a>> {
    let mut all = vec![own];
    let mut seen = HashSet::new();
    let mut next = 0;
    while let Some(facts) = all.get(next).copied() {
        next += 1;
        for name in facts.spreads.iter().copied() {
            if seen.insert(name) {
                spread.insert(name);
                all.extend(fragments.get(name).copied());
            }
        }
    }
    all
}

/// "All Variable Usages Are Allowed".
fn may_stand(variable: &VariableDefinition, kind: &str, place: &Place<'_>) -> bool {
    if place.is_one_of && !kind.ends_with('!') {
        return false;
    }
    match place.kind.strip_suffix('!') {
        Some(nullable) if variable.var_type.node.nullable => {
            let default = variable.default_value.as_ref().is_some_and(|value| value.node != async_graphql::Value::Null);
            (default || place.has_default) && are_compatible(kind, nullable)
        }
        _ => are_compatible(kind, place.kind),
    }
}

fn are_compatible(given: &str, expected: &str) -> bool {
    if let Some(expected) = expected.strip_suffix('!') {
        return given.strip_suffix('!').is_some_and(|given| are_compatible(given, expected));
    }
    let given = given.strip_suffix('!').unwrap_or(given);
    match (inner(given), inner(expected)) {
        (Some(given), Some(expected)) => are_compatible(given, expected),
        (None, None) => given == expected,
        _ => false,
    }
}

fn inner(kind: &str) -> Option<&str> {
    kind.strip_prefix('[')?.strip_suffix(']')
}
