//! The tree that the executor gets: the operation that was asked for with its fields collected as the specification says
//! ("Collecting Fields", "Merging Selection Sets"), on all levels. Fragments are spread, what is skipped is left out, one
//! response name is one field, and arguments have values instead of variables, or are absent where a variable is.
//!
//! The executor itself resolves a field as often as it stands there, a mutation twice when two fragments name it; it gives
//! an argument null, not its default, when a variable was not sent; and it does not look into fragments for what is
//! subscribed to.

use std::collections::HashSet;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{
    Directive, DocumentOperations, ExecutableDocument, Field, InlineFragment, OperationDefinition, Selection,
    SelectionSet, TypeCondition,
};
use async_graphql::registry::{MetaType, MetaTypeName, Registry};
use async_graphql::{Name, Positioned, ServerError, Value, Variables};
use async_graphql_value::Value as Literal;

use crate::limits::Limits;
use crate::limits::measure::root;
use crate::variables;

/// The executable form of an operation of a valid document. `name` is what the request calls it.
pub(crate) fn collect(
    document: &ExecutableDocument,
    operation: &Positioned<OperationDefinition>,
    name: Option<&str>,
    variables: &Variables,
    registry: &Registry,
    limits: &Limits,
) -> Result<ExecutableDocument, ServerError> {
    let mut collector = Collector { document, variables, registry, limits, fields: 0 };
    let set = &operation.node.selection_set;
    let collected = operation.position_node(OperationDefinition {
        ty: operation.node.ty,
        variable_definitions: operation.node.variable_definitions.clone(),
        directives: Vec::new(),
        selection_set: set.position_node(collector.selection(&[&set.node], root(registry, operation.node.ty))?),
    });
    let operations = match (name, &document.operations) {
        (Some(name), _) => DocumentOperations::Multiple([(Name::new(name), collected)].into()),
        (None, DocumentOperations::Single(_)) => DocumentOperations::Single(collected),
        (None, DocumentOperations::Multiple(named)) => {
            DocumentOperations::Multiple(named.keys().take(1).map(|name| (name.clone(), collected.clone())).collect())
        }
    };
    Ok(ExecutableDocument { operations, fragments: std::collections::HashMap::new() })
}

/// The fields of one object by response name, each as often as it stands there.
type Found<'a> = IndexMap<&'a str, Vec<&'a Positioned<Field>>>;

struct Collector<'a> {
    document: &'a ExecutableDocument,
    variables: &'a Variables,
    registry: &'a Registry,
    limits: &'a Limits,
    /// How many there are so far.
    fields: u64,
}

impl<'a> Collector<'a> {
    /// What some selections on a type select together.
    fn selection(
        &mut self,
        sets: &[&'a SelectionSet],
        parent: Option<&'a MetaType>,
    ) -> Result<SelectionSet, ServerError> {
        let has_fragments =
            sets.iter().flat_map(|set| &set.items).any(|item| !matches!(item.node, Selection::Field(_)));
        let registry = self.registry;
        let Some(possible) = parent.and_then(MetaType::possible_types).filter(|_| has_fragments) else {
            return Ok(SelectionSet { items: self.merged(sets, parent)? });
        };
        // Which fragments apply is known for each type that the object may be of, so each gets a selection of its own.
        let mut items = Vec::new();
        for name in possible {
            let fields = self.merged(sets, registry.types.get(name))?;
            if fields.is_empty() {
                continue;
            }
            let inline = InlineFragment {
                type_condition: Some(Positioned::new(
                    TypeCondition { on: Positioned::new(Name::new(name), fields[0].pos) },
                    fields[0].pos,
                )),
                directives: Vec::new(),
                selection_set: Positioned::new(SelectionSet { items: fields }, sets[0].items[0].pos),
            };
            let pos = inline.selection_set.pos;
            items.push(Positioned::new(Selection::InlineFragment(Positioned::new(inline, pos)), pos));
        }
        Ok(SelectionSet { items })
    }

    /// The fields of some selections, each response name once.
    fn merged(
        &mut self,
        sets: &[&'a SelectionSet],
        parent: Option<&'a MetaType>,
    ) -> Result<Vec<Positioned<Selection>>, ServerError> {
        let (mut found, mut seen) = (Found::new(), HashSet::new());
        for set in sets {
            self.gather(set, parent, &mut seen, &mut found)?;
        }
        // No larger than it is: the copy lives as long as its subscription.
        let mut fields = Vec::with_capacity(found.len());
        for field in found.into_values() {
            fields.push(self.field(&field, parent)?);
        }
        Ok(fields)
    }

    fn gather(
        &self,
        set: &'a SelectionSet,
        parent: Option<&MetaType>,
        seen: &mut HashSet<&'a Name>,
        found: &mut Found<'a>,
    ) -> Result<(), ServerError> {
        for item in &set.items {
            if self.is_skipped(item.node.directives())? {
                continue;
            }
            match &item.node {
                Selection::Field(field) => {
                    found.entry(field.node.response_key().node.as_str()).or_default().push(field);
                }
                Selection::InlineFragment(inline) => {
                    let condition = inline.node.type_condition.as_ref();
                    if condition.is_none_or(|condition| self.applies(&condition.node, parent)) {
                        self.gather(&inline.node.selection_set.node, parent, seen, found)?;
                    }
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    let fragment = self.document.fragments.get(name).filter(|_| seen.insert(name));
                    if let Some(fragment) = fragment.filter(|it| self.applies(&it.node.type_condition.node, parent)) {
                        self.gather(&fragment.node.selection_set.node, parent, seen, found)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn applies(&self, condition: &TypeCondition, parent: Option<&MetaType>) -> bool {
        let kind = self.registry.types.get(condition.on.node.as_str());
        parent.zip(kind).is_some_and(|(parent, kind)| {
            let name = parent.name();
            kind.name() == name || kind.is_possible_type(name)
        })
    }

    /// One field for all that have its response name: a valid document says the same of each, but for what is below them.
    fn field(
        &mut self,
        fields: &[&'a Positioned<Field>],
        parent: Option<&'a MetaType>,
    ) -> Result<Positioned<Selection>, ServerError> {
        self.fields += 1;
        self.limits.check_cost(self.fields)?;
        let Positioned { node: first, pos } = fields[0];
        let meta = parent.and_then(|parent| parent.field_by_name(&first.name.node));
        let argument = |(name, value): &(Positioned<Name>, Positioned<Literal>)| {
            let kind = meta.and_then(|meta| meta.args.get(name.node.as_str())).map_or("", |meta| meta.ty.as_str());
            self.value(&value.node, kind).map(|given| (name.clone(), value.position_node(given)))
        };
        let arguments = first.arguments.iter().filter_map(argument).collect();
        let directives = first.directives.iter().filter(|directive| !decides(&directive.node)).cloned().collect();
        let below: Vec<_> = fields.iter().map(|field| &field.node.selection_set.node).collect();
        let kind = meta.and_then(|meta| self.registry.types.get(MetaTypeName::concrete_typename(&meta.ty)));
        let field = Field {
            alias: first.alias.clone(),
            name: first.name.clone(),
            arguments,
            directives,
            selection_set: first.selection_set.position_node(self.selection(&below, kind)?),
        };
        Ok(Positioned::new(Selection::Field(Positioned::new(field, *pos)), *pos))
    }

    /// A value with those of variables in it; none for a variable that has none. `kind` is the type that is expected there,
    /// empty inside of scalars that take anything.
    fn value(&self, value: &Literal, kind: &str) -> Option<Literal> {
        let kind = MetaTypeName::concrete_typename(kind);
        Some(match value {
            Literal::Variable(name) => return self.variables.get(name).map(|value| value.clone().into_value()),
            // The executor's ids end at 64 bits with a sign.
            Literal::Number(number) if kind == "ID" => Literal::String(number.to_string()),
            Literal::List(items) => {
                Literal::List(items.iter().map(|item| self.value(item, kind).unwrap_or(Literal::Null)).collect())
            }
            Literal::Object(fields) => {
                let known = match self.registry.types.get(kind) {
                    Some(MetaType::InputObject { input_fields, .. }) => Some(input_fields),
                    _ => None,
                };
                let kind_of = |name: &Name| known.and_then(|known| known.get(name.as_str())).map_or("", |it| &it.ty);
                let given = |(name, value)| Some((Name::clone(name), self.value(value, kind_of(name))?));
                Literal::Object(fields.iter().filter_map(given).collect())
            }
            other => other.clone(),
        })
    }

    fn is_skipped(&self, directives: &[Positioned<Directive>]) -> Result<bool, ServerError> {
        // The one that skips is asked first, whatever their order.
        for name in ["skip", "include"] {
            let named = directives.iter().find(|directive| directive.node.name.node == name);
            let Some(condition) = named.and_then(|directive| directive.node.get_argument("if")) else { continue };
            let truth = match &condition.node {
                Literal::Boolean(truth) => *truth,
                Literal::Variable(name) => match self.variables.get(name) {
                    Some(Value::Boolean(truth)) => *truth,
                    // A nullable variable with a default may stand here, and then null is sent for it.
                    _ => return Err(variables::no_condition(name, condition.pos)),
                },
                _ => continue,
            };
            if truth == (name == "skip") {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn decides(directive: &Directive) -> bool {
    matches!(directive.name.node.as_str(), "skip" | "include")
}
