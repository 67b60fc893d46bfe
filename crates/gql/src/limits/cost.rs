//! What one operation may cost with these variables: its fields, each counted once for every item of the pages and lists
//! above it, and what their arguments weigh (the items of their lists and the kilobytes of their texts), as often as
//! they are given. Each fragment is counted once, and each variable is looked at once.

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
    let sent = variables.iter().map(|(name, value)| (name, (value, Extent::of(value)))).collect();
    let mut counter = Counter { document, sent, registry, fragments: HashMap::new() };
    counter.selection(&operation.selection_set.node, measure::root(registry, operation.ty))
}

struct Counter<'a> {
    document: &'a ExecutableDocument,
    sent: HashMap<&'a Name, (&'a Value, Extent)>,
    registry: &'a Registry,
    fragments: HashMap<&'a Name, u64>,
}

/// How large a value is.
#[derive(Debug, Clone, Copy, Default)]
struct Extent {
    /// The length of the longest list in it, if there is one.
    longest: Option<u64>,
    /// The items of all lists in it, and the kilobytes of each text.
    weight: u64,
}

impl Extent {
    fn of(value: &Value) -> Self {
        match value {
            Value::String(text) => Self::of_text(text),
            Value::List(items) => Self::of_list(items.len(), items.iter().map(Self::of)),
            Value::Object(fields) => fields.values().map(Self::of).fold(Self::default(), Self::beside),
            _ => Self::default(),
        }
    }

    fn of_text(text: &str) -> Self {
        Self { longest: None, weight: (text.len() / 1024) as u64 }
    }

    fn of_list(length: usize, items: impl Iterator<Item = Self>) -> Self {
        let length = length as u64;
        items.fold(Self { longest: Some(length), weight: length }, Self::beside)
    }

    fn beside(self, other: Self) -> Self {
        Self { longest: self.longest.max(other.longest), weight: self.weight.saturating_add(other.weight) }
    }
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
        let given = field.arguments.iter().map(|(_, value)| self.extent(&value.node).weight);
        below.saturating_mul(self.times(field, meta, parent)).saturating_add(given.fold(1, u64::saturating_add))
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
            let number = match &value.node {
                Literal::Number(number) => number.as_u64(),
                Literal::Variable(name) => match self.sent.get(name) {
                    Some((Value::Number(number), _)) => number.as_u64(),
                    _ => None,
                },
                _ => None,
            };
            let length = match (name.node.as_str(), number) {
                // A longer page is refused by the list itself, with a better message.
                ("first" | "last", Some(length)) => Some(length.clamp(1, MAX_LIMIT)),
                _ => self.extent(&value.node).longest,
            };
            asked = asked.max(length);
        }
        asked.unwrap_or(if is_page { DEFAULT_LIMIT } else { USUAL_LENGTH }).max(1)
    }

    fn extent(&self, value: &Literal) -> Extent {
        match value {
            Literal::Variable(name) => self.sent.get(name).map_or_else(Extent::default, |(_, extent)| *extent),
            Literal::String(text) => Extent::of_text(text),
            Literal::List(items) => Extent::of_list(items.len(), items.iter().map(|item| self.extent(item))),
            Literal::Object(fields) => {
                fields.values().map(|value| self.extent(value)).fold(Extent::default(), Extent::beside)
            }
            _ => Extent::default(),
        }
    }
}
