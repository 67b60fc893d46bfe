//! The languages the product speaks to people.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A language of messages, templates and sorting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Locale {
    /// Ukrainian, the default.
    #[default]
    Uk,
    /// English.
    En,
}

/// The text names no language that the product speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a supported language")]
pub struct UnknownLocale;

impl Locale {
    /// Every language, the default first.
    pub const ALL: [Self; 2] = [Self::Uk, Self::En];

    /// The BCP 47 tag: `uk`, `en`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Uk => "uk",
            Self::En => "en",
        }
    }

    /// The best supported language of an `Accept-Language` header (RFC 9110, 12.5.4), or None.
    pub fn negotiate(header: &str) -> Option<Self> {
        let mut best: Option<(f32, Self)> = None;
        for range in header.split(',').take(32) {
            let mut parts = range.split(';');
            let Ok(locale) = parts.next().unwrap_or_default().parse::<Self>() else { continue };
            let quality =
                parts.find_map(|part| part.trim().strip_prefix("q=")?.trim().parse::<f32>().ok()).unwrap_or(1.0);
            // The first of equals wins, so only a strictly better one replaces it.
            if quality > 0.0 && best.is_none_or(|(known, _)| quality > known) {
                best = Some((quality, locale));
            }
        }
        best.map(|(_, locale)| locale)
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Locale {
    type Err = UnknownLocale;

    /// Reads a language tag; the region is ignored (`uk-UA`, `en_GB`).
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let language = text.trim().split(['-', '_']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|locale| locale.code().eq_ignore_ascii_case(language)).ok_or(UnknownLocale)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_accepted_language_wins() {
        assert_eq!(Locale::negotiate("de, en-GB;q=0.8, uk;q=0.9"), Some(Locale::Uk));
        assert_eq!(Locale::negotiate("en_US,uk"), Some(Locale::En));
        assert_eq!(Locale::negotiate("uk;q=0, en;q=0.1"), Some(Locale::En));
        assert_eq!(Locale::negotiate("de, fr"), None);
        assert_eq!(Locale::negotiate(""), None);
    }
}
