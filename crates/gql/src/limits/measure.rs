//! How large a document is, whatever its variables: depth, roots, aliases, repetitions, directives, fragments. Each
//! fragment is measured once, so the work is linear in the document however often fragments are spread.

use std::collections::HashMap;

use async_graphql::Name;
use async_graphql::parser::types::{ExecutableDocument, Field, OperationType, Selection, SelectionSet};
use async_graphql::registry::{MetaType, MetaTypeName, Registry};

/// How large a document is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Measure {
    /// Levels of fields; those of introspection are counted apart.
    pub(crate) depth: u64,
    pub(crate) introspection_depth: u64,
    /// Selections inside one another, those of fragments too: whoever walks the document goes down as far.
    pub(crate) height: u64,
    /// Fields, counted anew with each spread of their fragment.
    pub(crate) fields: u64,
    pub(crate) roots: u64,
    pub(crate) aliases: u64,
    /// How often one response name, or one fragment, stands in one selection.
    pub(crate) repeats: u64,
    pub(crate) directives: u64,
    /// The most directives at one place.
    pub(crate) crowd: u64,
    pub(crate) fragments: u64,
    pub(crate) operations: u64,
    /// Whether it asks for the schema.
    pub(crate) introspects: bool,
    pub(crate) introspection_is_deep: bool,
    /// Whether a fragment contains itself.
    pub(crate) is_endless: bool,
    /// How often something was looked at, for the tests: the work itself.
    pub(crate) steps: u64,
}

impl Measure {
    /// The largest of the document's operations in every respect: which one will run isn't known yet.
    pub(crate) fn of(document: &ExecutableDocument, registry: &Registry) -> Self {
        let mut measurer = Measurer { document, registry, fragments: HashMap::new(), level: 0, steps: 0 };
        let mut largest = Self::default();
        for (_, operation) in document.operations.iter() {
            let root = root(registry, operation.node.ty);
            let mut measure = measurer.selection(&operation.node.selection_set.node, root, 0);
            measure.add_directives(operation.node.directives.len());
            for variable in &operation.node.variable_definitions {
                measure.add_directives(variable.node.directives.len());
            }
            largest = largest.largest(measure);
        }
        // Fragments that nobody spreads are validated as well.
        for name in document.fragments.keys() {
            let measure = measurer.fragment(name, 0);
            largest = largest.largest(Self { roots: 0, ..measure });
        }
        let (fragments, operations) = (document.fragments.len() as u64, document.operations.iter().count() as u64);
        Self { fragments, operations, steps: measurer.steps, ..largest }
    }

    fn largest(self, other: Self) -> Self {
        Self {
            fields: self.fields.max(other.fields),
            roots: self.roots.max(other.roots),
            aliases: self.aliases.max(other.aliases),
            directives: self.directives.max(other.directives),
            ..self.beside(other)
        }
    }

    fn beside(self, other: Self) -> Self {
        Self {
            depth: self.depth.max(other.depth),
            introspection_depth: self.introspection_depth.max(other.introspection_depth),
            height: self.height.max(other.height),
            fields: self.fields.saturating_add(other.fields),
            roots: self.roots.saturating_add(other.roots),
            aliases: self.aliases.saturating_add(other.aliases),
            repeats: self.repeats.max(other.repeats),
            directives: self.directives.saturating_add(other.directives),
            crowd: self.crowd.max(other.crowd),
            introspects: self.introspects || other.introspects,
            introspection_is_deep: self.introspection_is_deep || other.introspection_is_deep,
            is_endless: self.is_endless || other.is_endless,
            ..self
        }
    }

    fn add_directives(&mut self, count: usize) {
        self.directives = self.directives.saturating_add(count as u64);
        self.crowd = self.crowd.max(count as u64);
    }
}

/// The type whose fields an operation of this kind begins with.
pub(crate) fn root(registry: &Registry, kind: OperationType) -> Option<&MetaType> {
    let name = match kind {
        OperationType::Query => Some(registry.query_type.as_str()),
        OperationType::Mutation => registry.mutation_type.as_deref(),
        OperationType::Subscription => registry.subscription_type.as_deref(),
    };
    name.and_then(|name| registry.types.get(name))
}

struct Measurer<'a> {
    document: &'a ExecutableDocument,
    registry: &'a Registry,
    /// None while a fragment is being measured: to meet it then is a cycle.
    fragments: HashMap<(&'a Name, u8), Option<Measure>>,
    /// How many selections are being measured inside one another.
    level: u64,
    steps: u64,
}

/// The most height that a document may have: the stack has an end too. An honest one has a fragment for a field or two.
pub(super) const HEIGHT: u64 = 100;

impl<'a> Measurer<'a> {
    /// `lists` is how many lists of introspection stand above.
    fn selection(&mut self, set: &'a SelectionSet, parent: Option<&'a MetaType>, lists: u8) -> Measure {
        let mut total = Measure::default();
        if set.items.is_empty() {
            return total;
        }
        // Whatever is below is higher than that in all, so nothing is remembered that is too small.
        if self.level >= HEIGHT {
            return Measure { height: u64::MAX, ..total };
        }
        self.level += 1;
        let mut seen: HashMap<(bool, &str), u64> = HashMap::new();
        for item in &set.items {
            self.steps += 1;
            let (mut measure, name) = match &item.node {
                Selection::Field(field) => {
                    let name = field.node.response_key().node.as_str();
                    (self.field(&field.node, parent, lists), Some((false, name)))
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    (self.fragment(name, lists), Some((true, name.as_str())))
                }
                Selection::InlineFragment(inline) => {
                    let named = inline.node.type_condition.as_ref().map(|condition| &condition.node.on.node);
                    let parent = named.map_or(parent, |name| self.registry.types.get(name.as_str()));
                    (self.selection(&inline.node.selection_set.node, parent, lists), None)
                }
            };
            measure.add_directives(item.node.directives().len());
            total = total.beside(measure);
            if let Some(name) = name {
                let times = seen.entry(name).or_default();
                *times += 1;
                total.repeats = total.repeats.max(*times);
            }
        }
        self.level -= 1;
        Measure { height: total.height.saturating_add(1), ..total }
    }

    fn fragment(&mut self, name: &'a Name, lists: u8) -> Measure {
        match self.fragments.get(&(name, lists)) {
            Some(Some(measure)) => return *measure,
            Some(None) => return Measure { is_endless: true, ..Measure::default() },
            None => {}
        }
        let Some(fragment) = self.document.fragments.get(name) else { return Measure::default() };
        self.fragments.insert((name, lists), None);
        let parent = self.registry.types.get(fragment.node.type_condition.node.on.node.as_str());
        let mut measure = self.selection(&fragment.node.selection_set.node, parent, lists);
        measure.add_directives(fragment.node.directives.len());
        self.fragments.insert((name, lists), Some(measure));
        measure
    }

    fn field(&mut self, field: &'a Field, parent: Option<&'a MetaType>, lists: u8) -> Measure {
        let name = field.name.node.as_str();
        let own = Measure { depth: 1, fields: 1, aliases: u64::from(field.alias.is_some()), ..Measure::default() };
        let is_inside = is_introspection(parent);
        // A list of types in a list of types in a list of types: the schema has cycles, its answer would have no end.
        let is_list = matches!(name, "fields" | "interfaces" | "possibleTypes" | "inputFields");
        let lists = if is_inside { lists + u8::from(is_list) } else { 0 };
        if lists > INTROSPECTION_LISTS {
            return Measure { introspection_is_deep: true, roots: 1, ..own };
        }
        let kind = parent
            .and_then(|parent| parent.field_by_name(name))
            .and_then(|field| self.registry.types.get(MetaTypeName::concrete_typename(&field.ty)));
        let below = self.selection(&field.selection_set.node, kind, lists);
        let begins = matches!(name, "__schema" | "__type");
        let introspection_depth = below.introspection_depth.saturating_add(u64::from(is_inside || begins));
        Measure {
            depth: if is_inside { 0 } else { below.depth.saturating_add(1) },
            introspection_depth: if is_inside || begins { introspection_depth } else { below.introspection_depth },
            introspects: below.introspects || begins,
            roots: 1,
            ..below.beside(Measure { depth: 0, ..own })
        }
    }
}

fn is_introspection(parent: Option<&MetaType>) -> bool {
    parent.is_some_and(|parent| parent.name().starts_with("__"))
}

/// GraphiQL's own introspection nests two.
const INTROSPECTION_LISTS: u8 = 2;
