//! Names and descriptions in the languages of the product.
//! At least one language is filled; asking for the other falls back to it, so a name is never empty.

use kernel::Locale;
use serde::{Deserialize, Serialize};

/// A text per language. `None` where nobody has translated it yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Localized {
    /// Ukrainian.
    pub uk: Option<String>,
    /// English.
    pub en: Option<String>,
}

impl Localized {
    /// The text in `locale`, else in the other language, else empty (an optional text that nobody wrote).
    pub fn get(&self, locale: Locale) -> &str {
        let (wanted, other) = match locale {
            Locale::Uk => (&self.uk, &self.en),
            Locale::En => (&self.en, &self.uk),
        };
        wanted.as_deref().or(other.as_deref()).unwrap_or_default()
    }

    /// Is there no text in any language?
    pub fn is_empty(&self) -> bool {
        self.uk.is_none() && self.en.is_none()
    }

    /// Does the text in any language contain `needle`, which is already a search key?
    pub fn contains(&self, needle: &str) -> bool {
        [&self.uk, &self.en].into_iter().flatten().any(|text| kernel::text::search_key(text).contains(needle))
    }

    /// What two names are compared by when they must differ: the folded name in its first language.
    pub fn key(&self) -> String {
        kernel::text::search_key(self.get(Locale::Uk))
    }
}

/// How a localized text is bounded.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Must at least one language be filled?
    pub required: bool,
    /// The most characters in one language.
    pub max: usize,
    /// May it have line breaks?
    pub multiline: bool,
}

/// A name that must be there: one line, at most 120 characters.
pub const NAME: Bounds = Bounds { required: true, max: 120, multiline: false };
/// A description that may be empty: at most 4,000 characters with line breaks.
pub const DESCRIPTION: Bounds = Bounds { required: false, max: 4000, multiline: true };
