//! One error for the whole server. `Invalid` and `Conflict` are what a person can mend: they become user
//! errors of a mutation, each issue at its field. All other kinds become top-level errors of the API.
//! Sentences are not made here: an issue has a stable code and arguments, and gql words it in a language.

mod checks;
mod code;

use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Duration;

pub use checks::Checks;
pub use code::{Code, CommonCode};

/// The result of anything that can fail for a reason worth telling.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Who has to do what about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The input breaks a rule; the issues say which, and where.
    Invalid,
    /// The input was fine, the state of the world is not: taken, changed, already done.
    Conflict,
    /// No such thing, or none that the caller may know of.
    NotFound,
    /// The caller did not say who they are, or it is no longer true.
    Unauthenticated,
    /// The caller may not do this.
    Forbidden {
        /// The permission that is lacking.
        permission: &'static str,
    },
    /// Too often; the same will work later.
    RateLimited {
        /// How long to wait.
        retry_after: Duration,
    },
    /// Something that this needs is down or overloaded; the same may work later.
    Unavailable,
    /// A program called the API wrongly: a malformed cursor, contradicting arguments.
    InvalidArgument,
    /// A fault of the server. Its cause is logged and never shown.
    Internal,
}

/// One thing that is wrong, for a person to mend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// Stable code in capitals: `TOO_LONG`.
    pub code: &'static str,
    /// The input field it is about, as a path of GraphQL names and indexes: `lines.0.serviceId`.
    pub field: Option<Cow<'static, str>>,
    /// What the sentence needs: `max` = `64`.
    pub args: Vec<(&'static str, String)>,
}

impl Issue {
    /// An issue without field and arguments.
    pub fn new(code: impl Code) -> Self {
        Self { code: code.code(), field: None, args: Vec::new() }
    }

    /// The same issue at a field.
    #[must_use]
    pub fn at(mut self, field: impl Into<Cow<'static, str>>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// The same issue with an argument for its sentence.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.args.push((name, value.to_string()));
        self
    }
}

impl<C: Code> From<C> for Issue {
    fn from(code: C) -> Self {
        Self::new(code)
    }
}

/// An error: its kind, its issues, its cause. One pointer wide, so that results stay small.
#[derive(Clone)]
pub struct Error(Box<Detail>);

/// What is inside an [`Error`]; reached through it.
#[derive(Clone)]
pub struct Detail {
    /// Who has to do what about it.
    pub kind: Kind,
    /// What is wrong; filled for `Invalid`, `Conflict` and `InvalidArgument`.
    pub issues: Vec<Issue>,
    /// What came with the refusal, such as the current state of what was to be changed.
    pub data: Option<Arc<dyn Any + Send + Sync>>,
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error of this kind, with nothing more to say.
    pub fn new(kind: Kind) -> Self {
        Self(Box::new(Detail { kind, issues: Vec::new(), data: None, source: None }))
    }

    /// The input breaks a rule. Usually followed by [`Error::at`].
    pub fn invalid(issue: impl Into<Issue>) -> Self {
        Self::new(Kind::Invalid).and(issue)
    }

    /// The state of the world does not allow it.
    pub fn conflict(issue: impl Into<Issue>) -> Self {
        Self::new(Kind::Conflict).and(issue)
    }

    /// No such thing for this caller.
    pub fn not_found() -> Self {
        Self::new(Kind::NotFound)
    }

    /// The caller is nobody.
    pub fn unauthenticated() -> Self {
        Self::new(Kind::Unauthenticated)
    }

    /// The caller lacks this permission.
    pub fn forbidden(permission: &'static str) -> Self {
        Self::new(Kind::Forbidden { permission })
    }

    /// Too often; try after this long.
    pub fn rate_limited(retry_after: Duration) -> Self {
        Self::new(Kind::RateLimited { retry_after })
    }

    /// A program's mistake in this argument.
    pub fn invalid_argument(argument: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::InvalidArgument).and(Issue::new(CommonCode::Invalid).at(argument))
    }

    /// Something needed is down; `source` says what.
    pub fn unavailable(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::new(Kind::Unavailable).because(source)
    }

    /// A fault of ours; `source` goes to the log.
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::new(Kind::Internal).because(source)
    }

    /// The same error with one more issue.
    #[must_use]
    pub fn and(mut self, issue: impl Into<Issue>) -> Self {
        self.issues.push(issue.into());
        self
    }

    /// The same error with its last issue at `field`.
    #[must_use]
    pub fn at(mut self, field: impl Into<Cow<'static, str>>) -> Self {
        if let Some(issue) = self.issues.last_mut() {
            issue.field = Some(field.into());
        }
        self
    }

    /// The same error with an argument for the sentence of its last issue.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        if let Some(issue) = self.issues.last_mut() {
            issue.args.push((name, value.to_string()));
        }
        self
    }

    /// The same error as seen from outside `prefix`: field `serviceId` becomes `lines.0.serviceId`.
    #[must_use]
    pub fn within(mut self, prefix: &str) -> Self {
        for issue in &mut self.issues {
            issue.field = Some(match issue.field.take() {
                Some(field) => format!("{prefix}.{field}").into(),
                None => prefix.to_owned().into(),
            });
        }
        self
    }

    /// The same error with its cause, for the log.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(Arc::from(source.into()));
        self
    }

    /// The same error with the current state of what was to be changed (a `VERSION_CONFLICT`).
    #[must_use]
    pub fn current<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        self.data = Some(Arc::new(value));
        self
    }

    /// What [`Error::current`] attached, when it is a `T`.
    pub fn attached<T: 'static>(&self) -> Option<&T> {
        self.data.as_deref()?.downcast_ref()
    }

    /// Who has to do what about it.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether a person can mend it: it then belongs into `userErrors`.
    pub fn is_user_error(&self) -> bool {
        matches!(self.kind, Kind::Invalid | Kind::Conflict)
    }

    /// Whether one of the issues has this code.
    pub fn has(&self, code: impl Code) -> bool {
        let code = code.code();
        self.issues.iter().any(|issue| issue.code == code)
    }
}

impl Deref for Error {
    type Target = Detail;

    fn deref(&self) -> &Detail {
        &self.0
    }
}

impl DerefMut for Error {
    fn deref_mut(&mut self) -> &mut Detail {
        &mut self.0
    }
}

impl fmt::Display for Error {
    /// For logs: kind, codes and fields. Arguments may hold what a person typed and are left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Forbidden { permission } => write!(f, "forbidden: {permission}")?,
            kind => write!(f, "{}", kind.name())?,
        }
        for issue in &self.issues {
            write!(f, " {}", issue.code)?;
            if let Some(field) = &issue.field {
                write!(f, "@{field}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")?;
        match &self.source {
            Some(source) => write!(f, ": {source:?}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn std::error::Error + 'static))
    }
}

impl Kind {
    /// The code of this kind as a top-level error of the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Invalid => "INVALID",
            Self::Conflict => "CONFLICT",
            Self::NotFound => "NOT_FOUND",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden { .. } => "FORBIDDEN",
            Self::RateLimited { .. } => "RATE_LIMITED",
            Self::Unavailable => "UNAVAILABLE",
            Self::InvalidArgument => "INVALID_ARGUMENT",
            Self::Internal => "INTERNAL",
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::Conflict => "conflict",
            Self::NotFound => "not found",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden { .. } => "forbidden",
            Self::RateLimited { .. } => "rate limited",
            Self::Unavailable => "unavailable",
            Self::InvalidArgument => "invalid argument",
            Self::Internal => "internal",
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn a_refusal_names_code_field_and_arguments() {
        let error = Error::invalid(CommonCode::TooLong).at("name").with("max", 64).within("lines.0");
        assert_eq!(error.kind, Kind::Invalid);
        assert_eq!(
            error.issues,
            [Issue { code: "TOO_LONG", field: Some("lines.0.name".into()), args: vec![("max", "64".into())] }]
        );
        assert_eq!(error.to_string(), "invalid TOO_LONG@lines.0.name");
        assert!(error.is_user_error() && error.has(CommonCode::TooLong));
    }

    #[test]
    fn a_version_conflict_carries_the_current_state() {
        let error = Error::conflict(CommonCode::VersionConflict).current(7_u32);
        assert_eq!(error.attached::<u32>(), Some(&7));
        assert_eq!(error.attached::<String>(), None);
    }

    #[test]
    fn the_cause_is_kept_for_the_log_and_not_shown() {
        let error = Error::internal("disk on fire");
        assert_eq!(error.to_string(), "internal");
        assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "disk on fire");
        assert_eq!(size_of::<Result<()>>(), size_of::<usize>());
    }
}
