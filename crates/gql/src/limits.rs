//! How much one operation may ask for. Measured before anything else looks at the document: whoever walks fragments
//! again and again can be kept busy for hours by a kilobyte of them.

pub(crate) mod cost;
pub(crate) mod measure;

use async_graphql::ServerError;
use kernel::Locale;

use crate::fault::{TOO_COMPLEX, VALIDATION_FAILED, coded};
use crate::message::say;
use measure::{HEIGHT, Measure};

/// The limits of one operation. What goes beyond is `TOO_COMPLEX`.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Levels of fields.
    pub depth: u64,
    /// The sum over all fields, where a page or a list counts its fields once per item that it may have.
    pub cost: u64,
    /// Root fields, aliases counted one by one.
    pub roots: u64,
    /// Aliases.
    pub aliases: u64,
    /// How often one field, or one fragment, may stand in one selection.
    pub repeats: u64,
    /// Directives.
    pub directives: u64,
    /// Directives at one place.
    pub directives_at_a_place: u64,
    /// Fragments of a document.
    pub fragments: u64,
    /// Operations of a document, of which one runs.
    pub operations: u64,
    /// Tokens of the text.
    pub tokens: usize,
}

impl Default for Limits {
    /// Room for a calendar page with everything on it and for what tools ask, not for much more.
    fn default() -> Self {
        Self {
            depth: 15,
            cost: 20_000,
            roots: 20,
            aliases: 60,
            repeats: 10,
            directives: 60,
            directives_at_a_place: 5,
            fragments: 100,
            operations: 20,
            tokens: 10_000,
        }
    }
}

/// Tools go down `ofType` nine times.
const INTROSPECTION_DEPTH: u64 = 20;

impl Limits {
    /// Refuses a document that is beyond the limits whatever its variables are.
    pub(crate) fn check(&self, measure: &Measure) -> Result<(), ServerError> {
        if measure.is_endless {
            return Err(coded(
                ServerError::new("A fragment of the document contains itself.", None),
                VALIDATION_FAILED,
            ));
        }
        if measure.introspection_is_deep || measure.introspection_depth > INTROSPECTION_DEPTH {
            return Err(refusal("INTROSPECTION_TOO_DEEP", &[]));
        }
        if measure.height > HEIGHT {
            return Err(refusal("TOO_HIGH", &[("max", HEIGHT.to_string())]));
        }
        if measure.depth > self.depth {
            return Err(refusal("TOO_DEEP", &[("max", self.depth.to_string())]));
        }
        let counts = [
            ("TOO_MANY_OPERATIONS", measure.operations, self.operations),
            ("TOO_MANY_FRAGMENTS", measure.fragments, self.fragments),
            ("TOO_MANY_ROOTS", measure.roots, self.roots),
            ("TOO_MANY_ALIASES", measure.aliases, self.aliases),
            ("TOO_MANY_REPEATS", measure.repeats, self.repeats),
            ("TOO_MANY_DIRECTIVES", measure.directives, self.directives),
            ("TOO_MANY_DIRECTIVES_AT_A_PLACE", measure.crowd, self.directives_at_a_place),
            ("TOO_COMPLEX", measure.fields, self.cost),
        ];
        match counts.into_iter().find(|(_, count, max)| count > max) {
            Some((id, count, max)) => Err(beyond(id, count, max)),
            None => Ok(()),
        }
    }

    /// Refuses an operation that may cost more than is allowed.
    pub(crate) fn check_cost(&self, cost: u64) -> Result<(), ServerError> {
        if cost > self.cost { Err(beyond("TOO_COMPLEX", cost, self.cost)) } else { Ok(()) }
    }
}

fn beyond(id: &str, count: u64, max: u64) -> ServerError {
    refusal(id, &[("count", count.to_string()), ("max", max.to_string())])
}

/// In English: whoever writes operations reads it, not whoever uses the product.
fn refusal(id: &str, args: &[(&str, String)]) -> ServerError {
    coded(ServerError::new(say(Locale::En, env!("CARGO_PKG_NAME"), id, args), None), TOO_COMPLEX)
}
