//! Letters to people who work with the product, about their account, and invitations; and the code by which a client proves
//! an address. Pure.

use kernel::Locale;

use super::words::say;
use super::{Action, Content, Letter};

/// What `letter` says. `link` is the address to open, where the letter has one.
pub(crate) fn content(
    letter: Letter,
    locale: Locale,
    name: Option<&str>,
    company: &str,
    link: Option<&str>,
) -> Content {
    let key = letter.name();
    let args = [("company", company)];
    let greeting = name.map(|name| say(locale, "greeting", &[("name", name)]));
    let action = link.map(|url| Action { label: say(locale, &format!("{key}-action"), &args), url: url.to_owned() });
    Content {
        language: locale.code(),
        subject: say(locale, &format!("{key}-subject"), &args),
        heading: say(locale, &format!("{key}-heading"), &args),
        paragraphs: greeting.into_iter().chain([say(locale, &format!("{key}-text"), &args)]).collect(),
        facts: Vec::new(),
        action,
        footer: say(locale, "footer-product", &[]),
    }
}

/// The letter with a client's code. The code is in the text alone: subjects are shown on locked screens.
pub(crate) fn code(locale: Locale, company: &str, code: &str) -> Content {
    let args = [("company", company), ("code", code)];
    let words = |part: &str| say(locale, &format!("{}-{part}", Letter::ClientCode.name()), &args);
    Content {
        language: locale.code(),
        subject: words("subject"),
        heading: words("heading"),
        paragraphs: vec![words("digits"), words("text")],
        facts: Vec::new(),
        action: None,
        footer: words("footer"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_stands_in_the_text_and_nowhere_else() {
        for locale in Locale::ALL {
            let content = code(locale, "Бджілка", "012345");
            assert!(content.paragraphs[0].contains("012345"), "{locale}: {content:?}");
            let rest = [&content.subject, &content.heading, &content.paragraphs[1], &content.footer];
            for text in rest {
                assert!(!text.contains("012345") && !text.starts_with("client-code"), "{locale}: {text}");
            }
        }
    }

    #[test]
    fn every_letter_has_words_in_both_languages() {
        for (letter, link) in [
            (Letter::EmailVerification, Some("https://x/y")),
            (Letter::RegistrationRepeated, None),
            (Letter::PasswordReset, Some("https://x/y")),
            (Letter::PasswordChanged, None),
            (Letter::Invitation, Some("https://x/y")),
        ] {
            for locale in Locale::ALL {
                let content = content(letter, locale, Some("Олена"), "Бджілка", link);
                let label = content.action.map_or_else(String::new, |action| action.label);
                for text in [&content.subject, &content.heading, &content.paragraphs[1], &content.footer, &label] {
                    assert!(!text.starts_with(letter.name()) && !text.contains('{'), "{letter:?} {locale}: {text}");
                }
            }
        }
    }
}
