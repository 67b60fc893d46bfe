//! Keys by which text is found and ordered. They are stored beside the text and compared as plain bytes, so both
//! database engines find and order alike.

use std::sync::LazyLock;

use icu_collator::options::CollatorOptions;
use icu_collator::{Collator, CollatorBorrowed, CollatorPreferences};
use icu_locale::locale;
use unicode_normalization::UnicodeNormalization;

use crate::Locale;

/// The key of a text for finding part of it in any case and spelling: compatibility forms, case, the apostrophes
/// (`'`, `’`, `ʼ`), ё and е, and runs of white space are one. A needle is folded by the same function.
pub fn search_key(text: &str) -> String {
    let mut key = String::with_capacity(text.len());
    for letter in text.nfkc().flat_map(char::to_lowercase) {
        match letter {
            'ё' => key.push('е'),
            // Lower-casing letter by letter leaves no final sigma but this one.
            'ς' => key.push('σ'),
            '‘' | '’' | 'ʼ' | 'ʹ' | '′' | '`' | '´' | '\u{2bb}' => key.push('\''),
            '\0' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' => {}
            _ if letter.is_whitespace() => {
                if !key.is_empty() && !key.ends_with(' ') {
                    key.push(' ');
                }
            }
            _ => key.push(letter),
        }
    }
    key.truncate(key.trim_end().len());
    // Lower-casing can take a composed letter apart.
    key.nfkc().collect()
}

/// The key of a text for ordering it as people of this language do, by the Unicode collation algorithm with the
/// language's tailoring (uk: ґ after г, і and ї after и). Keys compare as bytes.
///
/// Only good within one version of the collation data: an update of it comes with a migration that writes all keys anew.
pub fn sort_key(text: &str, locale: Locale) -> Vec<u8> {
    let collator = match locale {
        Locale::Uk => &*UKRAINIAN,
        Locale::En => &*ENGLISH,
    };
    let mut key = Vec::with_capacity(text.len() * 2);
    if let Some(collator) = collator {
        let Ok(()) = collator.write_sort_key_to(text, &mut key);
    } else {
        key.extend_from_slice(search_key(text).as_bytes());
    }
    key
}

// The data is compiled in, so that a collator is always there; a test says so.
static UKRAINIAN: LazyLock<Option<CollatorBorrowed<'static>>> = LazyLock::new(|| collator(locale!("uk").into()));
static ENGLISH: LazyLock<Option<CollatorBorrowed<'static>>> = LazyLock::new(|| collator(locale!("en").into()));

fn collator(preferences: CollatorPreferences) -> Option<CollatorBorrowed<'static>> {
    Collator::try_new(preferences, CollatorOptions::default()).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sorted(mut words: Vec<&str>, locale: Locale) -> Vec<&str> {
        words.sort_by_key(|word| sort_key(word, locale));
        words
    }

    #[test]
    fn spellings_of_one_name_have_one_search_key() {
        for name in ["Мар'яна", "МАР’ЯНА", "марʼяна", "  Мар`яна "] {
            assert_eq!(search_key(name), "мар'яна", "{name}");
        }
        assert_eq!(search_key("Алёна  Їжак"), "алена їжак");
        assert_eq!(search_key("\u{418}\u{306}осип"), "йосип");
        assert_eq!(search_key("ＡＢＣ ﬁ"), "abc fi");
        assert_eq!(search_key("ΟΔΟΣ"), search_key("οδος"));
    }

    #[test]
    fn the_ukrainian_alphabet_is_in_its_order() {
        let alphabet: Vec<String> = "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя".chars().map(String::from).collect();
        let mut shuffled: Vec<&str> = alphabet.iter().map(String::as_str).collect();
        shuffled.sort_unstable();
        assert_ne!(shuffled, alphabet);
        assert_eq!(sorted(shuffled, Locale::Uk), alphabet);
        assert_eq!(
            sorted(vec!["Яна", "анна", "Іван", "Ївга", "Ганна", "Ґалаґан"], Locale::Uk),
            ["анна", "Ганна", "Ґалаґан", "Іван", "Ївга", "Яна"]
        );
        assert_eq!(sorted(vec!["b", "A", "B", "a"], Locale::En), ["a", "A", "b", "B"]);
        assert!(UKRAINIAN.is_some() && ENGLISH.is_some());
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in "\\PC*") {
            let once = search_key(&text);
            prop_assert_eq!(search_key(&once), once.clone());
        }

        #[test]
        fn keys_order_as_the_collator_does(a in "\\PC{0,12}|[А-Яа-яІіЇїЄєҐґ' -]{0,12}", b in "\\PC{0,12}|[А-Яа-яІіЇїЄєҐґ' -]{0,12}") {
            if let Some(collator) = &*UKRAINIAN {
                prop_assert_eq!(collator.compare(&a, &b), sort_key(&a, Locale::Uk).cmp(&sort_key(&b, Locale::Uk)));
            }
        }
    }
}
