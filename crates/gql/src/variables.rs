//! Variables that must have a value and have none. The executor checks the values that are there; a missing one it
//! takes for null wherever null is allowed (GraphQL October 2021, 6.1.2: it is a request error).

use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition};
use async_graphql::{Name, Positioned, ServerError, Value, Variables};

use crate::fault::{VALIDATION_FAILED, coded};

/// Refuses an operation whose required variables are not all given.
pub(crate) fn check(
    document: &ExecutableDocument,
    operation: Option<&str>,
    variables: &Variables,
) -> Result<(), ServerError> {
    let Some(operation) = chosen(&document.operations, operation) else { return Ok(()) };
    for definition in &operation.node.variable_definitions {
        let (name, kind) = (&definition.node.name.node, &definition.node.var_type.node);
        let is_given = !matches!(variables.get(name), None | Some(Value::Null));
        if !kind.nullable && definition.node.default_value.is_none() && !is_given {
            let text = format!("Variable \"${name}\" of required type \"{kind}\" was not provided.");
            return Err(coded(ServerError::new(text, Some(definition.pos)), VALIDATION_FAILED));
        }
    }
    Ok(())
}

/// The operation that will run; none when the choice itself is wrong, which the executor says.
fn chosen<'a>(operations: &'a DocumentOperations, name: Option<&str>) -> Option<&'a Positioned<OperationDefinition>> {
    match (operations, name) {
        (DocumentOperations::Single(operation), None) => Some(operation),
        (DocumentOperations::Single(_), Some(_)) => None,
        (DocumentOperations::Multiple(operations), Some(name)) => operations.get(&Name::new(name)),
        (DocumentOperations::Multiple(operations), None) => {
            operations.values().next().filter(|_| operations.len() == 1)
        }
    }
}
