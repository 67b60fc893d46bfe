//! The tree that the executor gets: the operation that was asked for, its root fields collected as the specification says
//! (fragments spread, what is skipped left out, one response name resolved once), and repeated fields merged below.
//!
//! The executor itself resolves a field as often as it stands there, a mutation twice when two fragments name it, and
//! does not look into fragments for what is subscribed to.

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{
    Directive, DocumentOperations, ExecutableDocument, OperationDefinition, Selection, SelectionSet,
};
use async_graphql::{Name, Positioned, Value, Variables};
use async_graphql_value::Value as Literal;

/// The executable form of an operation of a valid document. `name` is what the request calls it.
pub(crate) fn collect(
    document: &ExecutableDocument,
    operation: &Positioned<OperationDefinition>,
    name: Option<&str>,
    variables: &Variables,
) -> ExecutableDocument {
    let mut roots = Vec::new();
    gather(document, &operation.node.selection_set.node, variables, &mut Vec::new(), &mut roots);
    let set = operation.node.selection_set.position_node(SelectionSet { items: merged(roots) });
    let collected = operation.position_node(OperationDefinition {
        ty: operation.node.ty,
        variable_definitions: operation.node.variable_definitions.clone(),
        directives: Vec::new(),
        selection_set: set,
    });
    let operations = match (name, &document.operations) {
        (Some(name), _) => DocumentOperations::Multiple([(Name::new(name), collected)].into()),
        (None, DocumentOperations::Single(_)) => DocumentOperations::Single(collected),
        (None, DocumentOperations::Multiple(named)) => {
            DocumentOperations::Multiple(named.keys().take(1).map(|name| (name.clone(), collected.clone())).collect())
        }
    };
    let mut fragments = document.fragments.clone();
    for fragment in fragments.values_mut() {
        merge(&mut fragment.node.selection_set.node);
    }
    ExecutableDocument { operations, fragments }
}

/// The fields of a root selection. All types of a valid root selection are the root type itself.
fn gather<'a>(
    document: &'a ExecutableDocument,
    set: &'a SelectionSet,
    variables: &Variables,
    seen: &mut Vec<&'a Name>,
    fields: &mut Vec<Positioned<Selection>>,
) {
    for item in &set.items {
        if is_skipped(item.node.directives(), variables) {
            continue;
        }
        match &item.node {
            Selection::Field(_) => {
                let mut field = item.clone();
                field.node.directives_mut().retain(|directive| !decides(&directive.node));
                fields.push(field);
            }
            Selection::InlineFragment(inline) => {
                gather(document, &inline.node.selection_set.node, variables, seen, fields);
            }
            Selection::FragmentSpread(spread) => {
                let name = &spread.node.fragment_name.node;
                if let Some(fragment) = document.fragments.get(name).filter(|_| !seen.contains(&name)) {
                    seen.push(name);
                    gather(document, &fragment.node.selection_set.node, variables, seen, fields);
                }
            }
        }
    }
}

fn decides(directive: &Directive) -> bool {
    matches!(directive.name.node.as_str(), "skip" | "include")
}

fn is_skipped(directives: &[Positioned<Directive>], variables: &Variables) -> bool {
    directives.iter().any(|directive| {
        let condition = directive.node.get_argument("if").and_then(|value| match &value.node {
            Literal::Boolean(truth) => Some(*truth),
            Literal::Variable(name) => match variables.get(name) {
                Some(Value::Boolean(truth)) => Some(*truth),
                _ => None,
            },
            _ => None,
        });
        match directive.node.name.node.as_str() {
            "skip" => condition == Some(true),
            "include" => condition == Some(false),
            _ => false,
        }
    })
}

fn merge(set: &mut SelectionSet) {
    set.items = merged(std::mem::take(&mut set.items));
}

/// The same selections with each field there once, where nothing decides anew for each whether it is there.
fn merged(items: Vec<Positioned<Selection>>) -> Vec<Positioned<Selection>> {
    let mut fields: IndexMap<Name, usize> = IndexMap::new();
    let mut kept: Vec<Positioned<Selection>> = Vec::with_capacity(items.len());
    for Positioned { node, pos } in items {
        match node {
            Selection::Field(field) if field.node.directives.is_empty() => {
                let key = field.node.response_key().node.clone();
                let first = fields.get(&key).and_then(|at| kept.get_mut(*at));
                if let Some(Positioned { node: Selection::Field(first), .. }) = first {
                    first.node.selection_set.node.items.extend(field.node.selection_set.node.items);
                } else {
                    fields.insert(key, kept.len());
                    kept.push(Positioned::new(Selection::Field(field), pos));
                }
            }
            other => kept.push(Positioned::new(other, pos)),
        }
    }
    for item in &mut kept {
        match &mut item.node {
            Selection::Field(field) => merge(&mut field.node.selection_set.node),
            Selection::InlineFragment(inline) => merge(&mut inline.node.selection_set.node),
            Selection::FragmentSpread(_) => {}
        }
    }
    kept
}
