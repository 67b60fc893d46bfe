//! Names and descriptions in the languages of the product.
//! Where a text is required at least one language is filled; asking for the other falls back to it.

use kernel::text::{multiline, search_key, sort_key, text};
use kernel::{Checks, CommonCode, Locale, TextFault};
use serde::{Deserialize, Serialize};

/// A text per language. `None` where nobody has translated it yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Localized {
    /// Ukrainian.
    pub uk: Option<String>,
    /// English.
    pub en: Option<String>,
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
        [&self.uk, &self.en].into_iter().flatten().any(|text| search_key(text).contains(needle))
    }

    /// What two names are compared by when they must differ: the folded Ukrainian name, else the English one.
    pub fn key(&self) -> String {
        search_key(self.get(Locale::Uk))
    }

    /// What a list is sorted by in this language.
    pub fn sort_key(&self, locale: Locale) -> Vec<u8> {
        sort_key(self.get(locale), locale)
    }

    /// Cleans an input: trims, bounds, and makes blank texts absent. What is wrong is noted below `field`.
    pub fn check(&self, checks: &mut Checks, field: &'static str, bounds: Bounds) -> Option<Self> {
        let mut one = |language: &str, raw: &Option<String>| {
            checks.check(format!("{field}.{language}"), bounds.clean(raw.as_deref().unwrap_or_default()))
        };
        let (uk, en) = (one("uk", &self.uk), one("en", &self.en));
        let clean = Self { uk: uk?, en: en? };
        if bounds.required && clean.is_empty() {
            checks.add(field, CommonCode::Required);
            return None;
        }
        Some(clean)
    }
}

impl Bounds {
    fn clean(self, raw: &str) -> Result<Option<String>, TextFault> {
        let text = if self.multiline { multiline(raw, 0, self.max) } else { text(raw, 0, self.max) }?;
        Ok((!text.is_empty()).then_some(text))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    fn localized(uk: &str, en: &str) -> Localized {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Localized { uk: some(uk), en: some(en) }
    }

    fn check(input: &Localized, bounds: Bounds) -> kernel::Result<Localized> {
        let mut checks = Checks::new();
        let clean = input.check(&mut checks, "name", bounds);
        checks.build(|| clean)
    }

    #[test]
    fn a_missing_language_falls_back_to_the_other() {
        assert_eq!(localized("Стрижка", "").get(Locale::En), "Стрижка");
        assert_eq!(localized("Стрижка", "Haircut").get(Locale::En), "Haircut");
        assert_eq!(Localized::default().get(Locale::Uk), "");
    }

    #[test]
    fn blank_is_absent_and_a_name_needs_one_language() {
        assert_eq!(check(&localized("  ", " Haircut "), NAME).unwrap(), localized("", "Haircut"));
        let error = check(&localized(" ", "\u{200b}"), NAME).unwrap_err();
        assert_eq!(error.to_string(), "invalid REQUIRED@name");
        assert_eq!(check(&localized(" ", ""), DESCRIPTION).unwrap(), Localized::default());
    }

    #[test]
    fn each_language_is_bounded_at_its_own_field() {
        let error = check(&localized(&"ї".repeat(121), "a\0b"), NAME).unwrap_err();
        assert_eq!(error.to_string(), "invalid TOO_LONG@name.uk INVALID@name.en");
    }
}
