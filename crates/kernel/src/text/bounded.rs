//! Bounded text: trimmed, in Unicode's normal form C, of a length in characters, without what has no place in
//! a name or a note: NUL and other controls, and the overrides of writing direction that make one text look like another.

use unicode_normalization::UnicodeNormalization;

use crate::{CommonCode, Issue};

/// Why a text is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextFault {
    /// Nothing but white space, where something is needed.
    #[error("a value is required")]
    Required,
    /// Fewer characters than the least.
    #[error("shorter than {min} characters")]
    TooShort {
        /// The least number of characters.
        min: usize,
    },
    /// More characters than the most.
    #[error("longer than {max} characters")]
    TooLong {
        /// The greatest number of characters.
        max: usize,
    },
    /// Not of the form asked for, or with a character that has no place in it.
    #[error("not of the expected form")]
    Invalid,
}

impl From<TextFault> for Issue {
    fn from(fault: TextFault) -> Self {
        match fault {
            TextFault::Required => Self::new(CommonCode::Required),
            TextFault::TooShort { min } => Self::new(CommonCode::TooShort).with("min", min),
            TextFault::TooLong { max } => Self::new(CommonCode::TooLong).with("max", max),
            TextFault::Invalid => Self::new(CommonCode::Invalid),
        }
    }
}

impl From<TextFault> for crate::Error {
    fn from(fault: TextFault) -> Self {
        Self::invalid(Issue::from(fault))
    }
}

/// One line of `min` to `max` characters.
pub fn text(raw: &str, min: usize, max: usize) -> Result<String, TextFault> {
    bounded(raw, min, max, char::is_control)
}

/// Several lines: line feeds and tabs are allowed too; other spellings of a line break become a line feed.
pub fn multiline(raw: &str, min: usize, max: usize) -> Result<String, TextFault> {
    refuse_huge(raw, max)?;
    let raw = raw.replace("\r\n", "\n").replace('\r', "\n");
    bounded(&raw, min, max, |letter| letter.is_control() && letter != '\n' && letter != '\t')
}

/// One line of at most `max` characters that may be left out: absent and blank are None.
pub fn optional_text(raw: Option<&str>, max: usize) -> Result<Option<String>, TextFault> {
    let text = text(raw.unwrap_or_default(), 0, max)?;
    Ok((!text.is_empty()).then_some(text))
}

fn bounded(raw: &str, min: usize, max: usize, refused: impl Fn(char) -> bool) -> Result<String, TextFault> {
    refuse_huge(raw, max)?;
    let text: String = raw.trim_matches(is_blank).nfc().collect();
    if text.is_empty() {
        return if min == 0 { Ok(text) } else { Err(TextFault::Required) };
    }
    if text.chars().any(|letter| refused(letter) || overrides_direction(letter)) {
        return Err(TextFault::Invalid);
    }
    match text.chars().count() {
        count if count < min => Err(TextFault::TooShort { min }),
        count if count > max => Err(TextFault::TooLong { max }),
        _ => Ok(text),
    }
}

/// A megabyte for a name is refused before work is spent on it. Normal form C never has fewer than a third of
/// the characters (Unicode Standard Annex 15), a character has at most 4 bytes, and white space at the ends may be cut.
fn refuse_huge(raw: &str, max: usize) -> Result<(), TextFault> {
    if raw.len() > max.saturating_mul(16).saturating_add(1024) { Err(TextFault::TooLong { max }) } else { Ok(()) }
}

/// White space, and what is seen as nothing: zero-width characters and the byte order mark.
fn is_blank(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' | '\u{00ad}')
}

fn overrides_direction(letter: char) -> bool {
    matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn text_is_trimmed_composed_and_counted_in_characters() {
        assert_eq!(text("  Ольга \u{200b}\n", 1, 80).as_deref(), Ok("Ольга"));
        // и + combining breve, і + combining diaeresis
        assert_eq!(text("Андрі\u{438}\u{306} Ки\u{456}\u{308}в", 1, 80).as_deref(), Ok("Андрій Київ"));
        assert_eq!(text("їїїї", 1, 4).as_deref(), Ok("їїїї"));
        assert_eq!(text("їїїїї", 1, 4), Err(TextFault::TooLong { max: 4 }));
        assert_eq!(text("a", 2, 4), Err(TextFault::TooShort { min: 2 }));
        assert_eq!(text("👩‍🎨", 1, 8).as_deref(), Ok("👩‍🎨"));
    }

    #[test]
    fn what_cannot_be_seen_is_nothing() {
        for raw in ["", "   ", "\u{200b}\u{feff}", "\n\t"] {
            assert_eq!(text(raw, 1, 9), Err(TextFault::Required));
            assert_eq!(optional_text(Some(raw), 9), Ok(None));
        }
        assert_eq!(optional_text(None, 9), Ok(None));
        assert_eq!(optional_text(Some(" a "), 9), Ok(Some("a".into())));
    }

    #[test]
    fn controls_and_direction_overrides_are_refused() {
        for raw in ["a\0b", "a\nb", "a\tb", "a\u{7f}b", "a\u{85}b", "a\u{202e}b", "a\u{2066}b"] {
            assert_eq!(text(raw, 1, 9), Err(TextFault::Invalid), "{raw:?}");
        }
        assert_eq!(multiline("a\r\nb\rc\td", 1, 9).as_deref(), Ok("a\nb\nc\td"));
        assert_eq!(multiline("a\0b", 1, 9), Err(TextFault::Invalid));
    }

    #[test]
    fn a_megabyte_is_refused() {
        assert_eq!(text(&"a".repeat(1 << 20), 1, 80), Err(TextFault::TooLong { max: 80 }));
        assert_eq!(multiline(&"a".repeat(1 << 20), 0, 4000), Err(TextFault::TooLong { max: 4000 }));
    }

    proptest! {
        #[test]
        fn what_is_accepted_is_accepted_unchanged_again(raw in "\\PC*") {
            if let Ok(once) = text(&raw, 1, 100) {
                prop_assert_eq!(text(&once, 1, 100), Ok(once));
            }
        }
    }
}
