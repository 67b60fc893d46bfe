//! How large an operation is: depth, cost, roots, aliases, directives. Each fragment is measured once, so the work is
//! linear in the document however often fragments are spread.

use std::collections::HashMap;

use async_graphql::parser::types::{ExecutableDocument, Field, OperationType, Selection, SelectionSet};
use async_graphql::registry::{MetaType, MetaTypeName, Registry};
use async_graphql::{Name, Value, Variables};
use kernel::page::{DEFAULT_LIMIT, MAX_LIMIT};

/// How large a selection is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Measure {
    pub(super) depth: u64,
    pub(super) cost: u64,
    pub(super) roots: u64,
    pub(super) aliases: u64,
    pub(super) directives: u64,
    pub(super) introspection_is_deep: bool,
}

impl Measure {
    /// The largest of the document's operations in every respect: which one will run isn't known yet.
    pub(super) fn of(document: &ExecutableDocument, variables: &Variables, registry: &Registry) -> Self {
        let mut measurer = Measurer { document, variables, registry, fragments: HashMap::new() };
        let operations = document.operations.iter().map(|(_, operation)| {
            let root = match operation.node.ty {
                OperationType::Query => Some(registry.query_type.as_str()),
                OperationType::Mutation => registry.mutation_type.as_deref(),
                OperationType::Subscription => registry.subscription_type.as_deref(),
            };
            let parent = root.and_then(|name| registry.types.get(name));
            let directives = operation.node.directives.len() as u64;
            Self { directives, ..Self::default() }.beside(measurer.selection(
                &operation.node.selection_set.node,
                parent,
                0,
            ))
        });
        let largest = operations.fold(Self::default(), Self::largest);
        // Validation walks fragments that nobody spreads as well.
        document
            .fragments
            .keys()
            .fold(largest, |largest, name| Self { roots: largest.roots, ..largest.largest(measurer.fragment(name, 0)) })
    }

    fn largest(self, other: Self) -> Self {
        Self {
            depth: self.depth.max(other.depth),
            cost: self.cost.max(other.cost),
            roots: self.roots.max(other.roots),
            aliases: self.aliases.max(other.aliases),
            directives: self.directives.max(other.directives),
            introspection_is_deep: self.introspection_is_deep || other.introspection_is_deep,
        }
    }

    fn beside(self, other: Self) -> Self {
        Self {
            depth: self.depth.max(other.depth),
            cost: self.cost.saturating_add(other.cost),
            roots: self.roots.saturating_add(other.roots),
            aliases: self.aliases.saturating_add(other.aliases),
            directives: self.directives.saturating_add(other.directives),
            introspection_is_deep: self.introspection_is_deep || other.introspection_is_deep,
        }
    }

    /// What can't be measured because it contains itself.
    fn endless() -> Self {
        Self { depth: u64::MAX, cost: u64::MAX, ..Self::default() }
    }
}

struct Measurer<'a> {
    document: &'a ExecutableDocument,
    variables: &'a Variables,
    registry: &'a Registry,
    /// None while a fragment is being measured: to meet it then is a cycle.
    fragments: HashMap<(&'a Name, u8), Option<Measure>>,
}

impl<'a> Measurer<'a> {
    /// `lists` is how many lists of introspection stand above.
    fn selection(&mut self, set: &'a SelectionSet, parent: Option<&'a MetaType>, lists: u8) -> Measure {
        let mut total = Measure::default();
        for item in &set.items {
            let measure = match &item.node {
                Selection::Field(field) => self.field(&field.node, parent, lists),
                Selection::FragmentSpread(spread) => self.fragment(&spread.node.fragment_name.node, lists),
                Selection::InlineFragment(inline) => {
                    let named = inline.node.type_condition.as_ref().map(|condition| &condition.node.on.node);
                    let parent = named.map_or(parent, |name| self.registry.types.get(name.as_str()));
                    self.selection(&inline.node.selection_set.node, parent, lists)
                }
            };
            total = total.beside(measure);
            total.directives = total.directives.saturating_add(item.node.directives().len() as u64);
        }
        total
    }

    fn fragment(&mut self, name: &'a Name, lists: u8) -> Measure {
        match self.fragments.get(&(name, lists)) {
            Some(Some(measure)) => return *measure,
            Some(None) => return Measure::endless(),
            None => {}
        }
        let Some(fragment) = self.document.fragments.get(name) else { return Measure::default() };
        self.fragments.insert((name, lists), None);
        let parent = self.registry.types.get(fragment.node.type_condition.node.on.node.as_str());
        let measure = self.selection(&fragment.node.selection_set.node, parent, lists);
        self.fragments.insert((name, lists), Some(measure));
        measure
    }

    fn field(&mut self, field: &'a Field, parent: Option<&'a MetaType>, lists: u8) -> Measure {
        let name = field.name.node.as_str();
        let own =
            Measure { depth: 1, cost: 1, roots: 1, aliases: u64::from(field.alias.is_some()), ..Measure::default() };
        // A list of types in a list of types in a list of types: the schema has cycles, its answer would have no end.
        let lists = lists + u8::from(matches!(name, "fields" | "interfaces" | "possibleTypes" | "inputFields"));
        if lists > INTROSPECTION_LISTS && is_introspection(parent) {
            return Measure { introspection_is_deep: true, ..own };
        }
        let lists = if is_introspection(parent) { lists } else { 0 };
        let kind = parent
            .and_then(|parent| parent.field_by_name(name))
            .map(|field| MetaTypeName::concrete_typename(&field.ty));
        let below = self.selection(&field.selection_set.node, self.of_type(name, kind), lists);
        let times = self.items(field, kind);
        Measure {
            depth: below.depth.saturating_add(1),
            cost: below.cost.saturating_mul(times).saturating_add(1),
            roots: 1,
            aliases: below.aliases.saturating_add(own.aliases),
            directives: below.directives,
            introspection_is_deep: below.introspection_is_deep,
        }
    }

    fn of_type(&self, field: &str, kind: Option<&str>) -> Option<&'a MetaType> {
        let name = match field {
            "__schema" => "__Schema",
            "__type" => "__Type",
            _ => kind?,
        };
        self.registry.types.get(name)
    }

    /// How often the fields below are resolved at most: as often as the page is long.
    fn items(&self, field: &Field, kind: Option<&str>) -> u64 {
        let asked = field.arguments.iter().filter(|(name, _)| matches!(name.node.as_str(), "first" | "last"));
        let asked = asked.filter_map(|(_, value)| {
            match value.node.clone().into_const_with(|name| self.variables.get(&name).cloned().ok_or(())) {
                Ok(Value::Number(number)) => number.as_u64(),
                _ => None,
            }
        });
        // A longer page is refused by the list itself, with a better message.
        match asked.max() {
            Some(asked) => asked.clamp(1, MAX_LIMIT),
            None if kind.is_some_and(|kind| kind.ends_with("Connection")) => DEFAULT_LIMIT,
            None => 1,
        }
    }
}

fn is_introspection(parent: Option<&MetaType>) -> bool {
    parent.is_some_and(|parent| parent.name().starts_with("__"))
}

/// GraphiQL's own introspection nests two.
const INTROSPECTION_LISTS: u8 = 2;
