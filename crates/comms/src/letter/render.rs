//! From what a letter says to its two bodies, by templates that are part of the program.

use std::sync::OnceLock;

use kernel::{Error, Result};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment};

use super::Content;

const TEXT: &str = "mail.txt";
const HTML: &str = "mail.html";

/// A letter ready for the envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bodies {
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
}

impl Content {
    /// Its bodies: text as it is, HTML with every value escaped.
    pub(crate) fn render(&self) -> Result<Bodies> {
        let templates = templates()?;
        let body = |name| {
            templates.get_template(name).and_then(|template| template.render(Serde(self))).map_err(Error::internal)
        };
        Ok(Bodies { subject: self.subject.clone(), text: body(TEXT)?, html: body(HTML)? })
    }
}

fn templates() -> Result<&'static Environment<'static>> {
    static TEMPLATES: OnceLock<Result<Environment<'static>, minijinja::Error>> = OnceLock::new();
    let made = TEMPLATES.get_or_init(|| {
        let mut environment = Environment::new();
        environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
        environment.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|name| if name == HTML { AutoEscape::Html } else { AutoEscape::None });
        environment.add_template(TEXT, include_str!("../../templates/mail.txt"))?;
        environment.add_template(HTML, include_str!("../../templates/mail.html"))?;
        Ok(environment)
    });
    made.as_ref().map_err(|error| Error::internal(error.to_string()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::super::{Action, Fact};
    use super::*;

    fn content(value: &str) -> Content {
        Content {
            language: "en",
            subject: value.into(),
            heading: value.into(),
            paragraphs: vec![value.into(), "Second".into()],
            facts: vec![Fact { label: "When".into(), value: value.into() }],
            action: Some(Action { label: "Open".into(), url: "https://book.example/x#token=a_b".into() }),
            footer: "Footer".into(),
        }
    }

    #[test]
    fn both_bodies_say_everything() {
        let bodies = content("Hello").render().unwrap();
        for body in [&bodies.text, &bodies.html] {
            for part in ["Hello", "Second", "When", "Open", "https:", "token=a_b", "Footer"] {
                assert!(body.contains(part), "{part} in {body}");
            }
        }
        assert!(bodies.text.contains("\nWhen: Hello\n"), "{}", bodies.text);
    }

    #[test]
    fn a_hostile_name_is_neither_markup_nor_a_template() {
        let hostile = "<script>alert('x')</script>\"><img src=x> {{ 7 * 7 }} {% for x in y %}";
        let bodies = content(hostile).render().unwrap();
        assert!(!bodies.html.contains("<script"), "{}", bodies.html);
        assert!(!bodies.html.contains("<img"));
        assert!(bodies.html.contains("{{ 7 * 7 }}"));
        assert!(bodies.text.contains(hostile));
    }

    #[test]
    fn a_letter_without_facts_and_action_has_no_empty_frames() {
        let bare = Content { facts: vec![], action: None, ..content("Hello") };
        let bodies = bare.render().unwrap();
        assert!(!bodies.html.contains("href"));
        assert!(!bodies.html.contains("color:#656d76;vertical-align"));
    }
}
