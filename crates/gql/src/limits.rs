//! How much one operation may ask for. Measured before anything else looks at the document: the executor's own checks
//! walk fragments again and again, and a kilobyte of them can keep it busy for hours.

mod measure;
mod scan;

use async_graphql::parser::parse_query;
use async_graphql::parser::types::ExecutableDocument;
use async_graphql::registry::Registry;
use async_graphql::{ServerError, Variables};
use kernel::Locale;

use crate::fault::{PARSE_FAILED, TOO_COMPLEX, coded};
use crate::message::say;
use measure::Measure;

/// The limits of one operation. What goes beyond is `TOO_COMPLEX`.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Levels of fields.
    pub depth: u64,
    /// The sum over all fields, where a page counts its fields once per item that it may have.
    pub cost: u64,
    /// Root fields, aliases counted one by one.
    pub roots: u64,
    /// Aliases.
    pub aliases: u64,
    /// Directives.
    pub directives: u64,
    /// Tokens of the text.
    pub tokens: usize,
}

impl Default for Limits {
    /// Room for a calendar page with everything on it and for GraphiQL's introspection, not for much more.
    fn default() -> Self {
        Self { depth: 15, cost: 20_000, roots: 20, aliases: 60, directives: 60, tokens: 10_000 }
    }
}

impl Limits {
    /// Parses the text of an operation and refuses what is beyond the limits. Says also what it costs.
    pub(crate) fn parse(
        &self,
        text: &str,
        variables: &Variables,
        registry: &Registry,
    ) -> Result<(ExecutableDocument, u64), ServerError> {
        scan::check(text, self.tokens).map_err(|text| coded(ServerError::new(text, None), TOO_COMPLEX))?;
        let document = parse_query(text).map_err(|error| coded(error.into(), PARSE_FAILED))?;
        let measure = Measure::of(&document, variables, registry);
        let counts = [
            ("TOO_DEEP", "depth", measure.depth, self.depth),
            ("TOO_MANY_ROOTS", "count", measure.roots, self.roots),
            ("TOO_MANY_ALIASES", "count", measure.aliases, self.aliases),
            ("TOO_MANY_DIRECTIVES", "count", measure.directives, self.directives),
            ("TOO_COMPLEX", "cost", measure.cost, self.cost),
        ];
        if measure.introspection_is_deep {
            return Err(refusal("INTROSPECTION_TOO_DEEP", &[]));
        }
        match counts.iter().find(|(.., count, max)| count > max) {
            Some((id, name, count, max)) => Err(refusal(id, &[(name, count.to_string()), ("max", max.to_string())])),
            None => Ok((document, measure.cost)),
        }
    }
}

/// In English: whoever writes operations reads it, not whoever uses the product.
fn refusal(id: &str, args: &[(&str, String)]) -> ServerError {
    coded(ServerError::new(say(Locale::En, env!("CARGO_PKG_NAME"), id, args), None), TOO_COMPLEX)
}
