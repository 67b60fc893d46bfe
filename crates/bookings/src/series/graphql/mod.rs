//! Series in the schema.

mod input;
mod mutation;
mod object;
mod query;

pub use mutation::SeriesMutation;
pub use object::{SeriesObject, SeriesOccurrence};
pub use query::SeriesQuery;
