//! Stamps: what caches are keyed by.
//!
//! Each small table of a company has one random value, replaced by whoever changes the table, in the same transaction. A
//! snapshot reads the stamps with its first message, so a cached value that is found under them is true in that snapshot.
//! Random rather than counted: a counter that a rollback or a restored backup sets back would come again and find
//! entries that belong to another history.

use std::collections::BTreeMap;

/// The version of one small table of a company. Zero: never changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Stamp(pub i64);

impl Stamp {
    pub(crate) fn fresh() -> Self {
        Self(rand::random_range(1..=i64::MAX))
    }
}

#[derive(Debug, Default)]
pub(crate) struct Stamps(BTreeMap<String, Stamp>);

impl Stamps {
    /// Reads `name=value,name=value`; names hold neither sign.
    pub(crate) fn parse(text: &str) -> Self {
        let pairs = text.split(',').filter_map(|pair| pair.split_once('='));
        Self(pairs.filter_map(|(name, value)| Some((name.to_owned(), Stamp(value.parse().ok()?)))).collect())
    }

    pub(crate) fn get(&self, name: &str) -> Stamp {
        self.0.get(name).copied().unwrap_or(Stamp(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_are_read_from_the_preludes_text() {
        let stamps = Stamps::parse("catalog=12,staff=-7");
        assert_eq!(stamps.get("catalog"), Stamp(12));
        assert_eq!(stamps.get("staff"), Stamp(-7));
        assert_eq!(stamps.get("tenancy"), Stamp(0));
        assert_eq!(Stamps::parse("").get("catalog"), Stamp(0));
    }
}
