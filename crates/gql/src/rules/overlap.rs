//! Fields of one response name can be merged: the answer has one place for them ("Field Selection Merging").
//!
//! Instead of comparing each two fields, all of a response name are compared with the first, and the selections below
//! them become one: linear in the document with its fragments spread, which the limits bound.

use std::collections::{BTreeMap, HashSet};

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{ExecutableDocument, Field, Selection, SelectionSet};
use async_graphql::registry::{MetaType, MetaTypeName, Registry};
use async_graphql::{Name, Positioned, ServerError};

use super::{Complaints, Definitions};
use crate::fault::{TOO_COMPLEX, coded};
use crate::limits::measure::root;
use crate::syntax::quoted;

/// Selections of interfaces inside one another can still multiply; nobody needs so many.
const STEPS: usize = 200_000;

/// Checks all operations.
pub(super) fn check(
    definitions: &Definitions<'_>,
    document: &ExecutableDocument,
    registry: &Registry,
    complaints: &mut Complaints,
) {
    let mut merger = Merger { document, registry, complaints, steps: 0 };
    for (_, operation) in &definitions.operations {
        let sets = vec![(&operation.node.selection_set.node, root(registry, operation.node.ty))];
        merger.shapes(sets.clone());
        merger.merge(sets);
    }
    if merger.steps > STEPS {
        let message = "Too many fields of the document share their response names.";
        complaints.give_up(coded(ServerError::new(message, None), TOO_COMPLEX));
    }
}

type Set<'a> = (&'a SelectionSet, Option<&'a MetaType>);

/// A field where it stands.
#[derive(Clone, Copy)]
struct Found<'a> {
    field: &'a Positioned<Field>,
    parent: Option<&'a MetaType>,
}

struct Merger<'a, 'c> {
    document: &'a ExecutableDocument,
    registry: &'a Registry,
    complaints: &'c mut Complaints,
    steps: usize,
}

impl<'a> Merger<'a, '_> {
    /// Whatever the types of the objects are, a response name has values of one shape.
    fn shapes(&mut self, sets: Vec<Set<'a>>) {
        for (key, found) in self.fields(sets) {
            let first = kind_of(found[0]);
            let other = found.iter().find(|other| !self.have_one_shape(first, kind_of(**other)));
            if let Some(other) = other {
                self.complain(key, *other, "their types differ in shape");
                return;
            }
            self.shapes(self.below(&found));
        }
    }

    /// Of one object, a response name is one field with one set of arguments.
    fn merge(&mut self, sets: Vec<Set<'a>>) {
        for (key, found) in self.fields(sets) {
            let mut groups: BTreeMap<&str, Vec<Found<'a>>> = BTreeMap::new();
            let (concrete, general): (Vec<_>, Vec<_>) =
                found.into_iter().partition(|found| matches!(found.parent, Some(MetaType::Object { .. })));
            for found in concrete {
                groups.entry(found.parent.map_or("", MetaType::name)).or_default().push(found);
            }
            if groups.is_empty() {
                groups.insert("", Vec::new());
            }
            for mut group in groups.into_values() {
                group.extend(&general);
                let first = group[0];
                for other in &group[1..] {
                    self.steps += 1;
                    if first.field.node.name.node != other.field.node.name.node {
                        return self.complain(key, *other, "they are different fields");
                    }
                    if !have_same_arguments(&first.field.node, &other.field.node) {
                        return self.complain(key, *other, "their arguments differ");
                    }
                }
                self.merge(self.below(&group));
            }
        }
    }

    fn complain(&mut self, key: &str, other: Found<'_>, why: &str) {
        let message = || format!("Fields {} conflict: {why}. Give one of them an alias.", quoted(key));
        self.complaints.add(other.field.pos, message);
    }

    /// The fields of some selections by response name, fragments spread.
    fn fields(&mut self, sets: Vec<Set<'a>>) -> IndexMap<&'a str, Vec<Found<'a>>> {
        let (mut found, mut seen) = (IndexMap::new(), HashSet::new());
        for (set, parent) in sets {
            self.gather(set, parent, &mut seen, &mut found);
        }
        found
    }

    fn gather(
        &mut self,
        set: &'a SelectionSet,
        parent: Option<&'a MetaType>,
        seen: &mut HashSet<&'a Name>,
        found: &mut IndexMap<&'a str, Vec<Found<'a>>>,
    ) {
        for item in &set.items {
            self.steps += 1;
            if self.steps > STEPS {
                return;
            }
            match &item.node {
                Selection::Field(field) => {
                    found.entry(field.node.response_key().node.as_str()).or_default().push(Found { field, parent });
                }
                Selection::InlineFragment(inline) => {
                    let named = inline.node.type_condition.as_ref().map(|condition| condition.node.on.node.as_str());
                    let parent = named.map_or(parent, |name| self.registry.types.get(name));
                    self.gather(&inline.node.selection_set.node, parent, seen, found);
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    if let Some(fragment) = self.document.fragments.get(name).filter(|_| seen.insert(name)) {
                        let parent = self.registry.types.get(fragment.node.type_condition.node.on.node.as_str());
                        self.gather(&fragment.node.selection_set.node, parent, seen, found);
                    }
                }
            }
        }
    }

    fn below(&self, found: &[Found<'a>]) -> Vec<Set<'a>> {
        let named = |kind| self.registry.types.get(MetaTypeName::concrete_typename(kind));
        let sets = found.iter().filter(|found| !found.field.node.selection_set.node.items.is_empty());
        sets.map(|found| (&found.field.node.selection_set.node, named(kind_of(*found)))).collect()
    }

    fn have_one_shape(&self, one: &str, other: &str) -> bool {
        match (MetaTypeName::create(one), MetaTypeName::create(other)) {
            (MetaTypeName::NonNull(one), MetaTypeName::NonNull(other))
            | (MetaTypeName::List(one), MetaTypeName::List(other)) => self.have_one_shape(one, other),
            (MetaTypeName::Named(one), MetaTypeName::Named(other)) => {
                let has_fields = |name| self.registry.types.get(name).is_some_and(MetaType::is_composite);
                one == other || (has_fields(one) && has_fields(other))
            }
            _ => false,
        }
    }
}

/// The type of a field, as the schema writes it.
fn kind_of(found: Found<'_>) -> &str {
    let name = found.field.node.name.node.as_str();
    if name == "__typename" {
        return "String!";
    }
    found.parent.and_then(|parent| parent.field_by_name(name)).map_or("", |meta| meta.ty.as_str())
}

fn have_same_arguments(one: &Field, other: &Field) -> bool {
    one.arguments.len() == other.arguments.len()
        && one
            .arguments
            .iter()
            .all(|(name, value)| other.get_argument(&name.node).is_some_and(|other| other.node == value.node))
}
