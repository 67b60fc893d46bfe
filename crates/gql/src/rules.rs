//! The specification's rules for documents (September 2025, "Validation"), checked in one walk over each definition; the
//! framework's own check walks fragments anew for each rule, depends on the variables of one request, and lets through
//! what executes differently than it reads. The document has been measured, so nesting and spreads are bounded.

mod overlap;
mod subscription;
#[cfg(test)]
mod tests;
mod usages;
mod values;
mod walk;

use async_graphql::parser::types::{ExecutableDocument, FragmentDefinition, OperationDefinition};
use async_graphql::registry::Registry;
use async_graphql::{Name, Pos, Positioned, ServerError};

use crate::fault::{VALIDATION_FAILED, coded};

/// The most errors of one document. When there are more, the last of them counts the others.
const TOLD: usize = 5;

/// Refuses a document that breaks a rule. `suggestions` says whether messages may name parts of the schema that the
/// document does not name.
pub(crate) fn check(
    document: &ExecutableDocument,
    registry: &Registry,
    suggestions: bool,
) -> Result<(), Vec<ServerError>> {
    let definitions = Definitions::of(document);
    let mut complaints = Complaints::default();
    let facts = walk::check(&definitions, document, registry, suggestions, &mut complaints);
    usages::check(&definitions, &facts, &mut complaints);
    subscription::check(&definitions, document, &mut complaints);
    if complaints.are_none() {
        // Whether fields can be merged is only a question where they exist.
        overlap::check(&definitions, document, registry, &mut complaints);
    }
    complaints.finish()
}

/// The definitions of a document in the order in which they stand there, so that its errors have one order too.
struct Definitions<'a> {
    operations: Vec<(Option<&'a Name>, &'a Positioned<OperationDefinition>)>,
    fragments: Vec<(&'a Name, &'a Positioned<FragmentDefinition>)>,
}

impl<'a> Definitions<'a> {
    fn of(document: &'a ExecutableDocument) -> Self {
        let mut operations: Vec<_> = document.operations.iter().collect();
        operations.sort_unstable_by_key(|(_, operation)| operation.pos);
        let mut fragments: Vec<_> = document.fragments.iter().collect();
        fragments.sort_unstable_by_key(|(_, fragment)| fragment.pos);
        Self { operations, fragments }
    }
}

/// What is wrong with a document.
#[derive(Default)]
struct Complaints {
    told: Vec<ServerError>,
    more: usize,
}

impl Complaints {
    fn add(&mut self, pos: Pos, message: impl FnOnce() -> String) {
        if self.told.len() < TOLD {
            self.told.push(coded(ServerError::new(message(), Some(pos)), VALIDATION_FAILED));
        } else {
            self.more += 1;
        }
    }

    /// Nothing else matters any more.
    fn give_up(&mut self, error: ServerError) {
        *self = Self { told: vec![error], more: 0 };
    }

    fn are_none(&self) -> bool {
        self.told.is_empty()
    }

    fn finish(mut self) -> Result<(), Vec<ServerError>> {
        if self.more > 0 {
            let last = self.told.len() - 1;
            let message = format!("And {} more.", self.more + 1);
            self.told[last] = coded(ServerError::new(message, None), VALIDATION_FAILED);
        }
        if self.told.is_empty() { Ok(()) } else { Err(self.told) }
    }
}
