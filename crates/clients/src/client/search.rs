//! What somebody types into a search box, understood: part of a name, a phone in any spelling, an e-mail address.
//! Pure; the statement is made in `repo.rs`.

use kernel::text::search_key;
use kernel::{Error, Phone, Result};

use super::ClientId;

/// More than this is no search but an attack on the database.
const MAX_SEARCH: usize = 100;
/// Words beyond these are ignored: they can only narrow what is already narrow.
const MAX_WORDS: usize = 6;
/// Fewer digits than these would match nearly every phone.
const MIN_DIGITS: usize = 3;

/// Which clients are asked for; every field given narrows the list.
#[derive(Clone, Debug, Default)]
pub struct ClientFilter {
    /// Part of a name in any case, a phone in any spelling, or an e-mail address.
    pub search: Option<String>,
    /// Exactly these cards.
    pub ids: Option<Vec<ClientId>>,
    /// Cards with every one of these tags.
    pub tags: Vec<String>,
    /// Only those on the block list, or only those not on it.
    pub blocked: Option<bool>,
    /// Only archived cards, or only live ones; None: both.
    pub archived: Option<bool>,
}

/// A search box's content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Needle {
    /// Each folded word must be somewhere in the name, or the one word begins the address.
    Words(Vec<String>),
    /// Folded part of an e-mail address.
    Email(String),
    /// Digits that must stand in the phone one after another; with `exact` also the whole number that they make.
    Phone { digits: String, exact: Option<String> },
}

impl Needle {
    /// None when nothing was typed.
    pub(super) fn parse(typed: &str) -> Result<Option<Self>> {
        if typed.chars().count() > MAX_SEARCH {
            return Err(Error::invalid_argument("filter.search").with("max", MAX_SEARCH));
        }
        let typed = typed.trim();
        if typed.is_empty() {
            return Ok(None);
        }
        if typed.contains('@') {
            // PostgreSQL has no text with NUL in it.
            return Ok(Some(Self::Email(typed.replace('\0', "").to_lowercase())));
        }
        Ok(Self::phone(typed).or_else(|| Self::words(typed)))
    }

    fn phone(typed: &str) -> Option<Self> {
        let spelling = |character: char| character.is_ascii_digit() || " +-().\u{a0}".contains(character);
        if !typed.chars().all(spelling) {
            return None;
        }
        let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
        // Numbers are kept with their country, so the zeros that replace it at home are never in them.
        let digits = digits.trim_start_matches('0');
        (digits.len() >= MIN_DIGITS).then(|| Self::Phone {
            digits: digits.to_owned(),
            exact: Phone::parse(typed).ok().map(|phone| phone.to_string()),
        })
    }

    fn words(typed: &str) -> Option<Self> {
        let folded = search_key(typed);
        let words: Vec<String> = folded.split_whitespace().take(MAX_WORDS).map(str::to_owned).collect();
        (!words.is_empty()).then_some(Self::Words(words))
    }

    /// Whether answering it tells something about phones and addresses.
    pub(super) fn reads_contacts(&self) -> bool {
        !matches!(self, Self::Words(_))
    }
}

/// What LIKE patterns escape by. Not a backslash, which the engines read differently in literals.
pub(super) const ESCAPE: char = '!';

/// The LIKE pattern of texts that contain `part`, whatever signs it has.
pub(super) fn containing(part: &str) -> String {
    let mut pattern = String::with_capacity(part.len() + 2);
    pattern.push('%');
    for character in part.chars() {
        if matches!(character, '%' | '_' | ESCAPE) {
            pattern.push(ESCAPE);
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    fn parse(typed: &str) -> Option<Needle> {
        Needle::parse(typed).unwrap()
    }

    #[test]
    fn a_name_is_folded_words_in_any_order() {
        assert_eq!(parse("  КОВАЛЬ  Оле "), Some(Needle::Words(vec!["коваль".into(), "оле".into()])));
        assert_eq!(parse("Мар’яна"), parse("мар'яна"));
        assert_eq!(parse("   "), None);
    }

    #[test]
    fn a_phone_is_recognised_in_any_spelling() {
        for typed in ["067 123-45-67", "+38 (067) 123 45 67", "0671234567", "380671234567"] {
            let Some(Needle::Phone { digits, exact }) = parse(typed) else { panic!("{typed} is a phone") };
            assert_eq!(exact.as_deref(), Some("+380671234567"), "{typed}");
            assert!("380671234567".contains(&digits), "{typed}");
        }
    }

    #[test]
    fn part_of_a_phone_is_a_run_of_digits() {
        let Some(Needle::Phone { digits, .. }) = parse("067 123") else { panic!("a phone") };
        assert_eq!(digits, "67123");
        assert_eq!(parse("12"), Some(Needle::Words(vec!["12".into()])));
    }

    #[test]
    fn an_address_is_folded() {
        assert_eq!(parse("Olena@Example.com"), Some(Needle::Email("olena@example.com".into())));
        assert!(parse("olena@").unwrap().reads_contacts());
        assert!(!parse("olena").unwrap().reads_contacts());
    }

    #[test]
    fn wildcards_are_plain_signs() {
        assert_eq!(containing("100%_!"), "%100!%!_!!%");
        assert_eq!(containing("о"), "%о%");
    }

    #[test]
    fn a_page_of_text_is_refused() {
        assert!(Needle::parse(&"а".repeat(MAX_SEARCH + 1)).is_err());
    }
}
