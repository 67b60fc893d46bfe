//! What can be said about a definition by itself: its fields, arguments, values, directives and type conditions exist
//! and fit. On the way it gathers which fragments and variables each definition uses.

use std::collections::{BTreeSet, HashSet};

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{
    BaseType, Directive, ExecutableDocument, Field, OperationType, Selection, SelectionSet, Type, TypeCondition,
    VariableDefinition,
};
use async_graphql::registry::{__DirectiveLocation as Location, MetaInputValue, MetaType, MetaTypeName, Registry};
use async_graphql::{Name, Pos, Positioned};
use async_graphql_value::Value as Literal;

use super::values::{self, Place};
use super::{Complaints, Definitions};
use crate::limits::measure::root;
use crate::syntax::quoted;

/// What a definition uses.
#[derive(Default)]
pub(super) struct Facts<'a> {
    pub(super) spreads: Vec<&'a Name>,
    pub(super) uses: Vec<(&'a Name, Option<Place<'a>>, Pos)>,
}

/// The facts of all definitions, in their order.
pub(super) struct AllFacts<'a> {
    pub(super) operations: Vec<Facts<'a>>,
    pub(super) fragments: Vec<Facts<'a>>,
}

/// Checks each definition by itself.
pub(super) fn check<'a>(
    definitions: &Definitions<'a>,
    document: &'a ExecutableDocument,
    registry: &'a Registry,
    suggestions: bool,
    complaints: &mut Complaints,
) -> AllFacts<'a> {
    let mut walker = Walker { document, registry, suggestions, complaints, facts: Facts::default() };
    let mut operations = Vec::new();
    for (_, operation) in &definitions.operations {
        let kind = operation.node.ty;
        let root = root(registry, kind);
        if root.is_none() {
            walker.complaints.add(operation.pos, || format!("There are no {kind}s here."));
        }
        walker.variables(&operation.node.variable_definitions);
        let location = match kind {
            OperationType::Query => Location::QUERY,
            OperationType::Mutation => Location::MUTATION,
            OperationType::Subscription => Location::SUBSCRIPTION,
        };
        walker.directives(&operation.node.directives, location);
        walker.selection(&operation.node.selection_set.node, root);
        operations.push(std::mem::take(&mut walker.facts));
    }
    let mut fragments = Vec::new();
    for (_, fragment) in &definitions.fragments {
        let kind = walker.condition(&fragment.node.type_condition);
        walker.directives(&fragment.node.directives, Location::FRAGMENT_DEFINITION);
        walker.selection(&fragment.node.selection_set.node, kind);
        fragments.push(std::mem::take(&mut walker.facts));
    }
    AllFacts { operations, fragments }
}

struct Walker<'a, 'c> {
    document: &'a ExecutableDocument,
    registry: &'a Registry,
    suggestions: bool,
    complaints: &'c mut Complaints,
    facts: Facts<'a>,
}

impl<'a> Walker<'a, '_> {
    fn variables(&mut self, definitions: &'a [Positioned<VariableDefinition>]) {
        let mut names = HashSet::new();
        for Positioned { node: variable, pos } in definitions {
            let name = &variable.name.node;
            if !names.insert(name) {
                self.complaints.add(*pos, || format!("There is more than one variable {}.", quoted(name)));
            }
            self.directives(&variable.directives, Location::VARIABLE_DEFINITION);
            let kind = innermost(&variable.var_type.node);
            match self.registry.types.get(kind.as_str()) {
                None => self.unknown_type(kind, variable.var_type.pos),
                Some(known) if !known.is_input() => {
                    let message =
                        || format!("Variable {} cannot be of type {}: that is for output.", quoted(name), quoted(kind));
                    self.complaints.add(*pos, message);
                }
                Some(_) => {
                    let Some(default) = &variable.default_value else { continue };
                    let kind = variable.var_type.node.to_string();
                    let place = Place { kind: &kind, has_default: false, is_one_of: false };
                    let value = default.node.clone().into_value();
                    if let Err(why) = values::check(&value, place, self.registry, &mut Vec::new()) {
                        self.complaints
                            .add(default.pos, || format!("The default of variable {}: {why}.", quoted(name)));
                    }
                }
            }
        }
    }

    /// The type of a condition, when it is one that has fields.
    fn condition(&mut self, condition: &'a Positioned<TypeCondition>) -> Option<&'a MetaType> {
        let name = &condition.node.on.node;
        let kind = self.registry.types.get(name.as_str());
        match kind {
            None => self.unknown_type(name, condition.node.on.pos),
            Some(kind) if !kind.is_composite() => {
                let message = || format!("A fragment cannot be on {}: it has no fields.", quoted(name));
                self.complaints.add(condition.pos, message);
            }
            Some(_) => return kind,
        }
        None
    }

    fn selection(&mut self, set: &'a SelectionSet, parent: Option<&'a MetaType>) {
        for item in &set.items {
            match &item.node {
                Selection::Field(field) => self.field(field, parent),
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    self.directives(&spread.node.directives, Location::FRAGMENT_SPREAD);
                    self.facts.spreads.push(name);
                    match self.document.fragments.get(name) {
                        Some(fragment) => {
                            let on = &fragment.node.type_condition.node.on.node;
                            self.possible(parent, self.registry.types.get(on.as_str()), spread.pos);
                        }
                        None => {
                            self.complaints.add(spread.pos, || format!("There is no fragment {}.", quoted(name)));
                        }
                    }
                }
                Selection::InlineFragment(inline) => {
                    self.directives(&inline.node.directives, Location::INLINE_FRAGMENT);
                    let kind = match &inline.node.type_condition {
                        Some(condition) => {
                            let kind = self.condition(condition);
                            self.possible(parent, kind, inline.pos);
                            kind
                        }
                        None => parent,
                    };
                    self.selection(&inline.node.selection_set.node, kind);
                }
            }
        }
    }

    /// A fragment of a type that nothing here can be of is a mistake.
    fn possible(&mut self, parent: Option<&MetaType>, kind: Option<&MetaType>, pos: Pos) {
        if let (Some(parent), Some(kind)) = (parent, kind)
            && kind.is_composite()
            && !parent.type_overlap(kind)
        {
            let message =
                || format!("Nothing of type {} can be of type {}.", quoted(parent.name()), quoted(kind.name()));
            self.complaints.add(pos, message);
        }
    }

    fn field(&mut self, field: &'a Positioned<Field>, parent: Option<&'a MetaType>) {
        let Positioned { node, pos } = field;
        let name = node.name.node.as_str();
        self.directives(&node.directives, Location::FIELD);
        if name == "__typename" {
            for (argument, value) in &node.arguments {
                let mut uses = Vec::new();
                values::variables(&value.node, &mut uses);
                self.facts.uses.extend(uses.into_iter().map(|(name, place)| (name, place, value.pos)));
                let message = || format!("Field \"__typename\" has no argument {}.", quoted(&argument.node));
                self.complaints.add(argument.pos, message);
            }
            if !node.selection_set.node.items.is_empty() {
                self.complaints.add(*pos, || "Field \"__typename\" has no fields to select.".to_owned());
            }
            return;
        }
        let meta = parent.and_then(|parent| parent.field_by_name(name));
        if let (Some(parent), None) = (parent, meta) {
            let suggestion = self.suggestion(name, parent.fields().into_iter().flat_map(IndexMap::keys));
            let message = || format!("Type {} has no field {}.{suggestion}", quoted(parent.name()), quoted(name));
            self.complaints.add(*pos, message);
        }
        self.arguments(&node.arguments, meta.map(|meta| &meta.args), *pos, || format!("Field {}", quoted(name)));
        let kind = meta.and_then(|meta| self.registry.types.get(MetaTypeName::concrete_typename(&meta.ty)));
        let is_empty = node.selection_set.node.items.is_empty();
        match kind {
            Some(kind) if kind.is_leaf() && !is_empty => {
                let message =
                    || format!("Field {} has no fields to select: it is {}.", quoted(name), quoted(kind.name()));
                self.complaints.add(*pos, message);
            }
            Some(kind) if kind.is_composite() && is_empty => {
                let message =
                    || format!("Field {} needs a selection of the fields of {}.", quoted(name), quoted(kind.name()));
                self.complaints.add(*pos, message);
            }
            _ => {}
        }
        self.selection(&node.selection_set.node, kind.filter(|kind| kind.is_composite()));
    }

    fn directives(&mut self, directives: &'a [Positioned<Directive>], location: Location) {
        let mut seen = BTreeSet::new();
        for Positioned { node: directive, pos } in directives {
            let name = directive.name.node.as_str();
            let meta = self.registry.directives.get(name);
            match meta {
                None => self.complaints.add(*pos, || format!("There is no directive {}.", quoted(name))),
                Some(meta) if !meta.locations.contains(&location) => {
                    self.complaints.add(*pos, || format!("Directive {} cannot stand on {location:?}.", quoted(name)));
                }
                Some(meta) if !meta.is_repeatable && !seen.insert(name) => {
                    self.complaints.add(*pos, || format!("Directive {} is here twice.", quoted(name)));
                }
                Some(_) => {}
            }
            self.arguments(&directive.arguments, meta.map(|meta| &meta.args), *pos, || {
                format!("Directive {}", quoted(name))
            });
        }
    }

    /// `known` is none where nothing is known about what has the arguments.
    fn arguments(
        &mut self,
        given: &'a [(Positioned<Name>, Positioned<Literal>)],
        known: Option<&'a IndexMap<String, MetaInputValue>>,
        pos: Pos,
        owner: impl Fn() -> String,
    ) {
        let mut names = HashSet::new();
        for (Positioned { node: name, pos }, value) in given {
            if !names.insert(name.as_str()) {
                self.complaints.add(*pos, || format!("{} has more than one argument {}.", owner(), quoted(name)));
            }
            let mut uses = Vec::new();
            match known.map(|known| known.get(name.as_str())) {
                Some(Some(argument)) => {
                    let has_default = argument.default_value.is_some();
                    let place = Place { kind: &argument.ty, has_default, is_one_of: false };
                    if let Err(why) = values::check(&value.node, place, self.registry, &mut uses) {
                        self.complaints.add(value.pos, || format!("Argument {}: {why}.", quoted(name)));
                    }
                }
                Some(None) => {
                    values::variables(&value.node, &mut uses);
                    let suggestion = self.suggestion(name, known.into_iter().flat_map(IndexMap::keys));
                    self.complaints.add(*pos, || format!("{} has no argument {}.{suggestion}", owner(), quoted(name)));
                }
                None => values::variables(&value.node, &mut uses),
            }
            self.facts.uses.extend(uses.into_iter().map(|(name, place)| (name, place, value.pos)));
        }
        for (name, argument) in known.into_iter().flatten() {
            if argument.ty.ends_with('!') && argument.default_value.is_none() && !names.contains(name.as_str()) {
                let message =
                    || format!("{} needs the argument {}.", owner(), quoted(&format!("{name}: {}", argument.ty)));
                self.complaints.add(pos, message);
            }
        }
    }

    fn unknown_type(&mut self, name: &Name, pos: Pos) {
        let suggestion = self.suggestion(name, self.registry.types.keys());
        self.complaints.add(pos, || format!("There is no type {}.{suggestion}", quoted(name)));
    }

    /// Which known names could be meant, as a sentence; nothing where the schema is not for the caller's eyes.
    fn suggestion<'n>(&self, name: &str, known: impl Iterator<Item = &'n String>) -> String {
        const LONGEST: usize = 40;
        if !self.suggestions || name.len() > LONGEST || self.complaints.told.len() == super::TOLD {
            return String::new();
        }
        let near =
            known.map(|known| (distance(name, known), known)).filter(|(distance, _)| *distance <= name.len() / 3 + 1);
        let near: BTreeSet<_> = near.filter(|(_, known)| !known.starts_with("__")).collect();
        let shown: Vec<String> = near.into_iter().take(2).map(|(_, known)| quoted(known)).collect();
        if shown.is_empty() { String::new() } else { format!(" Did you mean {}?", shown.join(" or ")) }
    }
}

fn innermost(kind: &Type) -> &Name {
    match &kind.base {
        BaseType::Named(name) => name,
        BaseType::List(inner) => innermost(inner),
    }
}

/// How many letters have to be changed, added or left out to come from one name to another.
fn distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (at, letter) in from.bytes().enumerate() {
        let mut before = row[0];
        row[0] = at + 1;
        for (other, with) in to.bytes().enumerate() {
            let changed = before + usize::from(!letter.eq_ignore_ascii_case(&with));
            before = row[other + 1];
            row[other + 1] = changed.min(before + 1).min(row[other] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn names_are_near_that_differ_in_a_letter() {
        for (from, to, steps) in
            [("name", "name", 0), ("Name", "name", 0), ("nmae", "name", 2), ("nam", "name", 1), ("", "ab", 2)]
        {
            assert_eq!(distance(from, to), steps, "{from} {to}");
        }
    }
}
