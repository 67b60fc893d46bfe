//! What one operation may cost with these variables: its fields, each counted once for every item of the pages and lists
//! above it, and the items of the lists that it was given. Each fragment is counted once.

use std::collections::HashMap;

use async_graphql::parser::types::{ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet};
use async_graphql::registry::{MetaField, MetaType, MetaTypeName, Registry};
use async_graphql::{Name, Value, Variables};
use async_graphql_value::Value as Literal;
use kernel::page::{DEFAULT_LIMIT, MAX_LIMIT};

use super::measure;

/// How many items a list has that is no page and was not asked for by a list of ids.
const USUAL_LENGTH: u64 = 5;

/// The cost of an operation of a measured document. The variables hold their defaults.
pub(crate) fn of(
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    variables: &Variables,
    registry: &Registry,
) -> u64 {
    let mut counter = Counter { document, variables, registry, fragments: HashMap::new() };
    let given = variables.values().map(items).fold(0, u64::saturating_add);
    given.saturating_add(counter.selection(&operation.selection_set.node, measure::root(registry, operation.ty)))
}

struct Counter<'a> {
    document: &'a ExecutableDocument,
    variables: &'a Variables,
    registry: &'a Registry,
    fragments: HashMap<&'a Name, u64>,
}

impl<'a> Counter<'a> {
    fn selection(&mut self, set: &'a SelectionSet, parent: Option<&'a MetaType>) -> u64 {
        let mut total: u64 = 0;
        for item in &set.items {
            total = total.saturating_add(match &item.node {
                Selection::Field(field) => self.field(&field.node, parent),
                Selection::FragmentSpread(spread) => self.fragment(&spread.node.fragment_name.node),
                Selection::InlineFragment(inline) => {
                    let named = inline.node.type_condition.as_ref().map(|condition| &condition.node.on.node);
                    let parent = named.map_or(parent, |name| self.registry.types.get(name.as_str()));
                    self.selection(&inline.node.selection_set.node, parent)
                }
            });
        }
        total
    }

    fn fragment(&mut self, name: &'a Name) -> u64 {
        if let Some(cost) = self.fragments.get(name) {
            return *cost;
        }
        let Some(fragment) = self.document.fragments.get(name) else { return 0 };
        let parent = self.registry.types.get(fragment.node.type_condition.node.on.node.as_str());
        let cost = self.selection(&fragment.node.selection_set.node, parent);
        self.fragments.insert(name, cost);
        cost
    }

    fn field(&mut self, field: &'a Field, parent: Option<&'a MetaType>) -> u64 {
        let meta = parent.and_then(|parent| parent.field_by_name(&field.name.node));
        let kind = meta.and_then(|meta| self.registry.types.get(MetaTypeName::concrete_typename(&meta.ty)));
        let below = self.selection(&field.selection_set.node, kind);
        let given = field.arguments.iter().map(|(_, value)| literal_items(&value.node)).fold(1, u64::saturating_add);
        below.saturating_mul(self.times(field, meta, parent)).saturating_add(given)
    }

    /// How often the fields below are resolved, at most.
    fn times(&self, field: &Field, meta: Option<&MetaField>, parent: Option<&MetaType>) -> u64 {
        let (Some(meta), Some(parent)) = (meta, parent) else { return 1 };
        // The lists of a page are counted by the page. The schema has the length that it has.
        if parent.name().ends_with("Connection") || parent.name().starts_with("__") {
            return 1;
        }
        let is_page = MetaTypeName::concrete_typename(&meta.ty).ends_with("Connection");
        if !is_page && !meta.ty.contains('[') {
            return 1;
        }
        let mut asked = None;
        for (name, value) in &field.arguments {
            let length = match (name.node.as_str(), self.value(&value.node)) {
                // A longer page is refused by the list itself, with a better message.
                ("first" | "last", Some(Value::Number(number))) => {
                    number.as_u64().map(|length| length.clamp(1, MAX_LIMIT))
                }
                (_, Some(value)) => longest(&value),
                (_, None) => None,
            };
            asked = asked.max(length);
        }
        asked.unwrap_or(if is_page { DEFAULT_LIMIT } else { USUAL_LENGTH }).max(1)
    }

    fn value(&self, value: &Literal) -> Option<Value> {
        value.clone().into_const_with(|name| Ok::<_, ()>(self.variables.get(&name).cloned().unwrap_or_default())).ok()
    }
}

/// The length of the longest list in a value.
fn longest(value: &Value) -> Option<u64> {
    match value {
        Value::List(list) => Some(list.iter().filter_map(longest).fold(list.len() as u64, u64::max)),
        Value::Object(fields) => fields.values().filter_map(longest).max(),
        _ => None,
    }
}

/// The items of all lists in a value.
fn items(value: &Value) -> u64 {
    match value {
        Value::List(list) => list.iter().map(items).fold(list.len() as u64, u64::saturating_add),
        Value::Object(fields) => fields.values().map(items).fold(0, u64::saturating_add),
        _ => 0,
    }
}

fn literal_items(value: &Literal) -> u64 {
    match value {
        Literal::List(list) => list.iter().map(literal_items).fold(list.len() as u64, u64::saturating_add),
        Literal::Object(fields) => fields.values().map(literal_items).fold(0, u64::saturating_add),
        _ => 0,
    }
}
