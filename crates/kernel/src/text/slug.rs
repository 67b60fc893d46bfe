//! Slugs: the part of a public address that names a company.

use super::{TextFault, checked_text};

/// 3 to 40 lower-case ASCII letters, digits and single inner hyphens. Not `xn--`: a slug may become a host name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slug(String);

checked_text!(Slug);

impl Slug {
    /// The least number of characters.
    pub const MIN: usize = 3;
    /// The greatest number of characters.
    pub const MAX: usize = 40;

    /// Reads a slug; capitals and white space around it are forgiven.
    pub fn parse(raw: &str) -> Result<Self, TextFault> {
        let slug = raw.trim().to_ascii_lowercase();
        match slug.len() {
            0 => return Err(TextFault::Required),
            length if length < Self::MIN => return Err(TextFault::TooShort { min: Self::MIN }),
            length if length > Self::MAX => return Err(TextFault::TooLong { max: Self::MAX }),
            _ => {}
        }
        let is_word = |word: &str| {
            !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        };
        if slug.split('-').all(is_word) { Ok(Self(slug)) } else { Err(TextFault::Invalid) }
    }

    /// A slug made of a name: Ukrainian letters by the national romanization, everything else a hyphen. None
    /// when too little is left of it.
    pub fn suggest(name: &str) -> Option<Self> {
        let mut slug = String::new();
        for word in name.to_lowercase().split(|letter: char| letter.is_whitespace() || letter == '-') {
            let start = slug.len();
            for letter in word.chars() {
                let first = slug.len() == start;
                slug.push_str(&romanized(letter, first));
            }
            if slug.len() > start {
                slug.push('-');
            }
        }
        slug.truncate(Self::MAX);
        Self::parse(slug.trim_matches('-')).ok()
    }
}

/// The Latin letters for a Ukrainian one, by resolution 55 of the Cabinet of Ministers of 27 January 2010: some
/// letters read otherwise at the beginning of a word; the soft sign and the apostrophe are left out.
fn romanized(letter: char, first: bool) -> String {
    let latin = match letter {
        'а' => "a",
        'б' => "b",
        'в' => "v",
        'г' => "h",
        'ґ' => "g",
        'д' => "d",
        'е' | 'э' => "e",
        'є' if first => "ye",
        'є' => "ie",
        'ж' => "zh",
        'з' => "z",
        'и' | 'ы' => "y",
        'ї' if first => "yi",
        'й' if first => "y",
        'і' | 'ї' | 'й' => "i",
        'к' => "k",
        'л' => "l",
        'м' => "m",
        'н' => "n",
        'о' => "o",
        'п' => "p",
        'р' => "r",
        'с' => "s",
        'т' => "t",
        'у' => "u",
        'ф' => "f",
        'х' => "kh",
        'ц' => "ts",
        'ч' => "ch",
        'ш' => "sh",
        'щ' => "shch",
        'ю' if first => "yu",
        'ю' => "iu",
        'я' if first => "ya",
        'я' => "ia",
        'ё' => "io",
        _ if letter.is_ascii_alphanumeric() => return letter.to_string(),
        _ => "",
    };
    latin.to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn slugs_are_plain() {
        assert_eq!(Slug::parse(" Lilia-Kyiv ").map(String::from), Ok("lilia-kyiv".into()));
        for raw in ["a--b", "-ab", "ab-", "a_b", "лілія", "a b", "xn--abc", "a/b"] {
            assert_eq!(Slug::parse(raw), Err(TextFault::Invalid), "{raw}");
        }
        assert_eq!(Slug::parse("ab"), Err(TextFault::TooShort { min: 3 }));
        assert_eq!(Slug::parse(&"a".repeat(41)), Err(TextFault::TooLong { max: 40 }));
    }

    #[test]
    fn names_are_romanized_by_the_national_rule() {
        let suggested = |name| Slug::suggest(name).map(String::from);
        assert_eq!(suggested("Салон краси «Лілія»").as_deref(), Some("salon-krasy-liliia"));
        assert_eq!(suggested("Їжак & Ґанок").as_deref(), Some("yizhak-ganok"));
        assert_eq!(suggested("Щастя-Юність Львів").as_deref(), Some("shchastia-yunist-lviv"));
        assert_eq!(suggested("日本"), None);
    }

    proptest! {
        #[test]
        fn a_suggestion_is_a_slug(name in "\\PC{0,80}|[а-яіїєґ' -]{0,80}") {
            if let Some(slug) = Slug::suggest(&name) {
                prop_assert_eq!(Slug::parse(slug.as_str()), Ok(slug));
            }
        }
    }
}
