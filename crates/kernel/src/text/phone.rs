//! Phone numbers, by Google's libphonenumber rules and metadata.

use rlibphonenumber::enums::Region;
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat};

use super::{TextFault, checked_text};

/// A valid phone number in E.164 (`+380671234567`). A number without a country code is read as Ukrainian.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Phone(String);

checked_text!(Phone, stored);

impl Phone {
    /// Reads a number in any Ukrainian or international spelling: `067 123-45-67`, `(067) 1234567`, `8 067 …`,
    /// `380…`, `00380…`, `+44 …`.
    pub fn parse(raw: &str) -> Result<Self, TextFault> {
        let raw = raw.trim();
        if raw.is_empty() {
            return Err(TextFault::Required);
        }
        if raw.len() > 64 {
            return Err(TextFault::TooLong { max: 64 });
        }
        // Letters would be read as the keys they stand on (1-800-FLOWERS): a typing mistake here. An extension is
        // not part of a number that a message can be sent to.
        if raw.chars().any(char::is_alphabetic) {
            return Err(TextFault::Invalid);
        }
        Self::read(raw).or_else(|| Self::read(&international(raw)?)).ok_or(TextFault::Invalid)
    }

    /// A number that was read before. Only its form is looked at: the rules of numbers change with the metadata, and what
    /// was valid when somebody gave it is still theirs. Nor has each row of a list to pay for reading the metadata.
    fn stored(text: &str) -> Result<Self, TextFault> {
        let digits = text.strip_prefix('+').ok_or(TextFault::Invalid)?;
        // E.164: up to 15 digits; shorter ones than 4 no country has.
        let is_number = (4..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        if is_number { Ok(Self(text.to_owned())) } else { Err(TextFault::Invalid) }
    }

    fn read(raw: &str) -> Option<Self> {
        let number = PHONE_NUMBER_UTIL.parse(raw, Some(Region::UA)).ok()?;
        PHONE_NUMBER_UTIL
            .is_valid_number(&number)
            .then(|| Self(PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::E164).into_owned()))
    }

    /// Its digits, without the plus sign.
    pub fn digits(&self) -> &str {
        self.0.trim_start_matches('+')
    }

    /// Loads the metadata, which otherwise delays the first number by some milliseconds.
    pub fn warm_up() {
        let _ = Self::read("+380671234567");
    }
}

/// Spellings that people still use and the rules for Ukraine do not know: `00` for the plus sign, and the trunk
/// prefix `8` that was in use until 2009 (`8 067 …`).
fn international(raw: &str) -> Option<String> {
    let digits = phone_digits(raw);
    if let Some(rest) = digits.strip_prefix("00") {
        return Some(format!("+{rest}"));
    }
    (digits.len() == 11 && digits.starts_with("80")).then(|| format!("+3{digits}"))
}

/// The ASCII digits of what somebody typed; the needle when searching for part of a number.
pub fn phone_digits(raw: &str) -> String {
    raw.chars().filter(char::is_ascii_digit).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_spelling_of_a_number_is_one_number() {
        for raw in [
            "+380671234567",
            "380671234567",
            "00380671234567",
            "0671234567",
            "067 123 45 67",
            "(067) 123-45-67",
            "067.123.45.67",
            "8 067 123 45 67",
            "8(067)1234567",
            "+38 067 123 45 67",
            "+38 (067) 123-45-67",
            "\u{a0}+380 67 123\u{2011}45\u{2011}67 ",
            "671234567",
        ] {
            assert_eq!(Phone::parse(raw).map(String::from), Ok("+380671234567".into()), "{raw}");
        }
        assert_eq!(Phone::parse("+44 20 7946 0958").map(String::from), Ok("+442079460958".into()));
        assert_eq!(Phone::parse("0044 20 7946 0958").map(String::from), Ok("+442079460958".into()));
        assert_eq!(Phone::parse("044 279 00 00").map(String::from), Ok("+380442790000".into()));
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for raw in
            ["12", "+38067123456", "+3806712345678", "067-ABC-45-67", "телефон", "+999123456789", "0671234567 ext. 5"]
        {
            assert_eq!(Phone::parse(raw), Err(TextFault::Invalid), "{raw}");
        }
        assert_eq!(Phone::parse(" "), Err(TextFault::Required));
        assert_eq!(Phone::parse(&"0".repeat(100)), Err(TextFault::TooLong { max: 64 }));
    }

    #[test]
    fn a_stored_number_is_read_back_by_its_form() {
        let read = |json: &str| serde_json::from_str::<Phone>(json).ok().map(String::from);
        assert_eq!(read(r#""+380671234567""#), Some("+380671234567".into()));
        // Valid once, by older rules.
        assert_eq!(read(r#""+999123456789""#), Some("+999123456789".into()));
        for wrong in [r#""380671234567""#, r#""+38 067""#, r#""+""#, r#""+1234567890123456""#, "1"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic_and_what_is_read_is_read_again(raw in "[+0-9() .-]{0,20}|\\PC{0,20}") {
            if let Ok(phone) = Phone::parse(&raw) {
                prop_assert_eq!(Phone::parse(phone.as_str()), Ok(phone));
            }
        }
    }
}
