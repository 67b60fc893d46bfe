//! Collects what is wrong with an input, so that a form shows all its mistakes at once.

use std::borrow::Cow;

use super::{Error, Issue, Kind, Result};

/// The issues of one input, gathered field by field.
///
/// ```
/// use kernel::{Checks, Email, text::text};
/// # use zapys_kernel as kernel;
/// # struct NewClient { name: String, email: Option<Email> }
/// # fn new_client(name: &str, email: Option<&str>) -> kernel::Result<NewClient> {
/// let mut checks = Checks::new();
/// let name = checks.check("name", text(name, 1, 80));
/// let email = checks.optional("email", email.map(Email::parse));
/// checks.build(|| Some(NewClient { name: name?, email: email? }))
/// # }
/// # assert_eq!(new_client("", Some("x")).map(|_| ()).unwrap_err().issues.len(), 2);
/// # assert!(new_client("Оля", None).is_ok());
/// ```
#[derive(Debug, Default)]
pub struct Checks {
    issues: Vec<Issue>,
}

impl Checks {
    /// Nothing wrong yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The value when it is right; otherwise its issue is noted at `field` and None is answered.
    pub fn check<T, E: Into<Issue>>(&mut self, field: impl Into<Cow<'static, str>>, value: Result<T, E>) -> Option<T> {
        match value {
            Ok(value) => Some(value),
            Err(fault) => {
                self.issues.push(fault.into().at(field));
                None
            }
        }
    }

    /// Like [`Checks::check`] for what may be left out: absent is right and answers `Some(None)`.
    pub fn optional<T, E: Into<Issue>>(
        &mut self,
        field: impl Into<Cow<'static, str>>,
        value: Option<Result<T, E>>,
    ) -> Option<Option<T>> {
        match value {
            None => Some(None),
            Some(value) => self.check(field, value).map(Some),
        }
    }

    /// Notes `issue` at `field` unless `holds`.
    pub fn ensure(&mut self, field: impl Into<Cow<'static, str>>, holds: bool, issue: impl Into<Issue>) {
        if !holds {
            self.add(field, issue);
        }
    }

    /// Notes `issue` at `field`.
    pub fn add(&mut self, field: impl Into<Cow<'static, str>>, issue: impl Into<Issue>) {
        self.issues.push(issue.into().at(field));
    }

    /// Takes over what a nested check found, below `prefix` (`lines.0`); other errors end the check.
    pub fn nested<T>(&mut self, prefix: &str, value: Result<T>) -> Result<Option<T>> {
        match value {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.kind == Kind::Invalid => {
                self.issues.append(&mut error.within(prefix).issues);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Whether nothing is wrong so far.
    pub fn is_clean(&self) -> bool {
        self.issues.is_empty()
    }

    /// Fails with everything that was noted.
    pub fn finish(self) -> Result<()> {
        if self.issues.is_empty() {
            return Ok(());
        }
        let mut error = Error::new(Kind::Invalid);
        error.issues = self.issues;
        Err(error)
    }

    /// Fails with everything that was noted, or builds the checked value: after a clean check each
    /// checked part is Some, so `build` can use `?` on them.
    pub fn build<T>(self, build: impl FnOnce() -> Option<T>) -> Result<T> {
        self.finish()?;
        build().ok_or_else(|| Error::internal("a checked value is missing though no check failed"))
    }
}
