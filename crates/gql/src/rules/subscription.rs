//! A subscription has one root field, whatever its variables: it is one source of events.

use std::collections::HashSet;

use async_graphql::Pos;
use async_graphql::parser::types::{ExecutableDocument, OperationType, Selection};

use super::{Complaints, Definitions};

/// Checks the root selections of subscriptions.
pub(super) fn check(definitions: &Definitions<'_>, document: &ExecutableDocument, complaints: &mut Complaints) {
    let subscriptions =
        definitions.operations.iter().filter(|(_, operation)| operation.node.ty == OperationType::Subscription);
    for (_, operation) in subscriptions {
        let mut sets = vec![&operation.node.selection_set.node];
        let (mut fragments, mut roots) = (HashSet::new(), HashSet::new());
        let (mut decided, mut introspection): (Option<Pos>, Option<Pos>) = (None, None);
        while let Some(set) = sets.pop() {
            for item in &set.items {
                let is_conditional = |name: &str| matches!(name, "skip" | "include");
                if item.node.directives().iter().any(|directive| is_conditional(&directive.node.name.node)) {
                    decided = decided.or(Some(item.pos));
                }
                match &item.node {
                    Selection::Field(field) => {
                        if field.node.name.node.starts_with("__") {
                            introspection = introspection.or(Some(field.pos));
                        }
                        roots.insert(field.node.response_key().node.as_str());
                    }
                    Selection::InlineFragment(inline) => sets.push(&inline.node.selection_set.node),
                    Selection::FragmentSpread(spread) => {
                        let name = &spread.node.fragment_name.node;
                        if fragments.insert(name) {
                            sets.extend(document.fragments.get(name).map(|fragment| &fragment.node.selection_set.node));
                        }
                    }
                }
            }
        }
        if roots.len() > 1 {
            complaints.add(operation.pos, || "A subscription has exactly one root field.".to_owned());
        }
        if let Some(pos) = introspection {
            complaints.add(pos, || "The root field of a subscription cannot be one of introspection.".to_owned());
        }
        if let Some(pos) = decided {
            let message = "Directives \"skip\" and \"include\" cannot stand on the root field of a subscription.";
            complaints.add(pos, || message.to_owned());
        }
    }
}
