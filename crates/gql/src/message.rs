//! Sentences for people, in Project Fluent, two files per crate: `i18n/en.ftl` and `i18n/uk.ftl`.
//! A crate's own message comes first, then the kit's, then the bare id: a missing one is ugly, never an error.

use std::collections::HashMap;
use std::sync::OnceLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use kernel::Locale;
use unic_langid::LanguageIdentifier;

/// The messages of one crate.
#[doc(hidden)]
pub struct Sentences {
    pub domain: &'static str,
    pub en: &'static str,
    pub uk: &'static str,
}

inventory::collect!(Sentences);

/// Registers the crate's `i18n/en.ftl` and `i18n/uk.ftl`. Once, in its `lib.rs`.
#[macro_export]
macro_rules! messages {
    () => {
        $crate::support::inventory::submit! {
            $crate::support::Sentences {
                domain: env!("CARGO_PKG_NAME"),
                en: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/i18n/en.ftl")),
                uk: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/i18n/uk.ftl")),
            }
        }
    };
}

crate::messages!();

const OWN: &str = env!("CARGO_PKG_NAME");

/// All messages of one language, by crate.
pub struct Catalogue {
    bundles: HashMap<&'static str, FluentBundle<FluentResource>>,
}

impl Catalogue {
    /// The messages of a language, of every linked crate. Read once per process.
    ///
    /// # Panics
    /// When a message file is malformed or names a message twice: the first start, and every test, shows it.
    pub fn of(locale: Locale) -> &'static Self {
        static CATALOGUES: OnceLock<[Catalogue; 2]> = OnceLock::new();
        &CATALOGUES.get_or_init(|| Locale::ALL.map(Self::read))[locale as usize]
    }

    fn read(locale: Locale) -> Self {
        let bundles = inventory::iter::<Sentences>.into_iter().map(|sentences| {
            let text = match locale {
                Locale::En => sentences.en,
                Locale::Uk => sentences.uk,
            };
            (sentences.domain, bundle(locale, sentences.domain, text))
        });
        Self { bundles: bundles.collect() }
    }

    fn find(&self, domain: &str, id: &str) -> Option<&FluentBundle<FluentResource>> {
        let own = |domain: &str| self.bundles.get(domain).filter(|bundle| bundle.has_message(id));
        own(domain).or_else(|| own(OWN))
    }
}

fn bundle(locale: Locale, domain: &str, text: &str) -> FluentBundle<FluentResource> {
    let fault = |errors: &dyn std::fmt::Debug| -> ! { panic!("messages of {domain} in {locale}: {errors:?}") };
    let language: LanguageIdentifier = match locale.code().parse() {
        Ok(language) => language,
        Err(error) => fault(&error),
    };
    let mut bundle = FluentBundle::new_concurrent(vec![language]);
    // Invisible marks around arguments break mail subjects and tests; our sentences don't mix directions.
    bundle.set_use_isolating(false);
    let resource = FluentResource::try_new(text.to_owned()).unwrap_or_else(|(_, errors)| fault(&errors));
    if let Err(errors) = bundle.add_resource(resource) {
        fault(&errors);
    }
    bundle
}

/// The sentence `id` of a crate (or of the kit) in a language.
pub fn say(locale: Locale, domain: &str, id: &str, args: &[(&str, String)]) -> String {
    let sentence = || {
        let bundle = Catalogue::of(locale).find(domain, id)?;
        let pattern = bundle.get_message(id)?.value()?;
        let args: FluentArgs = args.iter().map(|(name, value)| (*name, argument(value))).collect();
        let mut errors = Vec::new();
        let sentence = bundle.format_pattern(pattern, Some(&args), &mut errors).into_owned();
        if !errors.is_empty() {
            tracing::warn!(domain, id, ?errors, "a message lacks an argument");
        }
        Some(sentence)
    };
    sentence().unwrap_or_else(|| id.to_owned())
}

/// The sentence `id` of whichever crate has it; for errors whose domain isn't known.
pub(crate) fn say_for_any(locale: Locale, id: &str, args: &[(&str, String)]) -> String {
    let catalogue = Catalogue::of(locale);
    let mut domains: Vec<_> = catalogue.bundles.iter().filter(|(_, bundle)| bundle.has_message(id)).collect();
    domains.sort_unstable_by_key(|(domain, _)| **domain);
    say(locale, domains.first().map_or(OWN, |(domain, _)| domain), id, args)
}

/// Numbers choose plural forms; texts that merely look like numbers (`007`, a phone) stay texts.
fn argument(value: &str) -> FluentValue<'_> {
    match value.parse::<i32>() {
        Ok(number) if number.to_string() == value => FluentValue::from(number),
        _ => FluentValue::from(value),
    }
}

/// Whether `id` has a sentence in this language.
pub(crate) fn is_worded(locale: Locale, domain: &str, id: &str) -> bool {
    Catalogue::of(locale).find(domain, id).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plurals_follow_the_language_and_nothing_is_isolated() {
        let say = |locale, seconds: u32| say(locale, OWN, "RATE_LIMITED", &[("seconds", seconds.to_string())]);
        assert_eq!(say(Locale::En, 1), "Too many requests. Try again in 1 second.");
        assert_eq!(say(Locale::En, 5), "Too many requests. Try again in 5 seconds.");
        assert_eq!(say(Locale::Uk, 1), "Забагато запитів. Спробуйте через 1 секунду.");
        assert_eq!(say(Locale::Uk, 3), "Забагато запитів. Спробуйте через 3 секунди.");
        assert_eq!(say(Locale::Uk, 11), "Забагато запитів. Спробуйте через 11 секунд.");
    }

    #[test]
    fn an_unknown_message_is_its_id() {
        assert_eq!(say(Locale::Uk, "zapys-nothing", "NO_SUCH", &[]), "NO_SUCH");
    }

    #[test]
    fn both_languages_have_the_same_messages() {
        let ids = |text: &str| -> Vec<String> {
            let lines = text.lines().filter(|line| line.starts_with(|first: char| first.is_ascii_alphabetic()));
            lines.filter_map(|line| line.split_once(" =")).map(|(id, _)| id.to_owned()).collect()
        };
        for sentences in inventory::iter::<Sentences> {
            assert_eq!(ids(sentences.en), ids(sentences.uk), "{}", sentences.domain);
        }
    }
}
